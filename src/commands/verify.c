/* lastcall verify.
 *
 * Happy path: the report of a run -> the facts of its shutdown -> each invariant holds, is broken
 * or cannot be known -> the verdict.
 *
 * What can go wrong: the file cannot be read, is no report, or has no shutdown (status 2, and the
 * line and why). */
#include "commands/verify.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial/events.h"
#include "trial/invariants.h"

enum { EXIT_SOUND = 0, EXIT_BROKEN = 1, EXIT_NOT_JUDGED = 2 };

struct verify {
    const char *path;
    bool json;
    struct events events;
    enum invariant_state judgements[INVARIANTS];
    char why[INVARIANTS][WHY_MAX];
};

static const char *const words[] = {
    [INVARIANT_HOLDS] = "holds",
    [INVARIANT_BROKEN] = "BROKEN",
    [INVARIANT_UNKNOWN] = "unknown",
};

static int parse_options(struct verify *verify, int count, char **arguments)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--json") == 0)
            verify->json = true;
        else if (arguments[i][0] == '-' || verify->path)
            return -EINVAL;
        else
            verify->path = arguments[i];
    }
    return verify->path ? 0 : -EINVAL;
}

static int read_report(struct verify *verify)
{
    FILE *file = fopen(verify->path, "r");
    int error = file ? events_read(file, &verify->events) : -errno;

    if (file)
        fclose(file);
    if (error == -EINVAL)
        fprintf(stderr, "lastcall: verify: %s:%d: %s\n", verify->path, verify->events.line,
                verify->events.why);
    else if (error < 0)
        fprintf(stderr, "lastcall: verify: %s: %s\n", verify->path, strerror(-error));
    return error;
}

static int judged_so(const struct verify *verify, enum invariant_state judgement)
{
    int count = 0;

    for (int i = 0; i < INVARIANTS; i++)
        count += verify->judgements[i] == judgement;
    return count;
}

static void print_header(const struct verify *verify)
{
    const struct events *events = &verify->events;
    const struct facts *facts = &events->facts;

    printf("%s: %s", verify->path, *events->policy ? events->policy : "no policy");
    if (*events->started_at)
        printf(", started %s", events->started_at);
    if (events->runs > 1)
        printf(", the last of %d runs", events->runs);
    printf("\nits shutdown took %s%.3f s of %.1f s%s\n\n",
           facts->end_known ? "" : "at least ",
           (double)(facts->done_ms - facts->begun_ms) / 1000,
           (double)(facts->deadline_ms - facts->begun_ms) / 1000,
           facts->end_known ? "" : ": the report ends before it does");
}

static void print_judgements(const struct verify *verify)
{
    static const enum invariant_state order[] = {INVARIANT_HOLDS, INVARIANT_UNKNOWN,
                                                 INVARIANT_BROKEN};
    bool broken = judged_so(verify, INVARIANT_BROKEN) > 0;

    print_header(verify);
    for (size_t turn = 0; turn < sizeof order / sizeof *order; turn++)
        for (int i = 0; i < INVARIANTS; i++)
            if (verify->judgements[i] == order[turn])
                printf("%-7s %-22s %s\n", words[order[turn]], invariants[i].name,
                       order[turn] == INVARIANT_HOLDS ? invariants[i].meaning : verify->why[i]);
    printf("\n%s: %d of %d invariants hold, %d cannot be known\n", broken ? "BROKEN" : "sound",
           judged_so(verify, INVARIANT_HOLDS), INVARIANTS, judged_so(verify, INVARIANT_UNKNOWN));
}

static void print_json(const struct verify *verify)
{
    const struct events *events = &verify->events;
    const struct facts *facts = &events->facts;
    json_t *list = json_array(), *object;

    for (int i = 0; i < INVARIANTS; i++) {
        bool holds = verify->judgements[i] == INVARIANT_HOLDS;

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s*}", "name", invariants[i].name,
                                              "meaning", invariants[i].meaning, "judgement",
                                              words[verify->judgements[i]], "why",
                                              holds ? NULL : verify->why[i]));
    }
    object = json_pack("{s:b, s:b, s:f, s:f, s:s, s:s, s:o}", "sound",
                       judged_so(verify, INVARIANT_BROKEN) == 0, "whole", facts->end_known, "took",
                       (double)(facts->done_ms - facts->begun_ms) / 1000, "budget",
                       (double)(facts->deadline_ms - facts->begun_ms) / 1000, "policy",
                       events->policy, "started_at", events->started_at, "invariants", list);
    json_dumpf(object, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(object);
}

static int verify_file(struct verify *verify)
{
    if (read_report(verify) < 0)
        return EXIT_NOT_JUDGED;
    for (int i = 0; i < INVARIANTS; i++)
        verify->judgements[i] = invariant_look(i, &verify->events.facts, verify->why[i]);
    if (verify->json)
        print_json(verify);
    else
        print_judgements(verify);
    return judged_so(verify, INVARIANT_BROKEN) > 0 ? EXIT_BROKEN : EXIT_SOUND;
}

int verify_main(int count, char **arguments)
{
    struct verify *verify = calloc(1, sizeof *verify);
    int code = EXIT_NOT_JUDGED;

    if (!verify)
        return code;
    if (parse_options(verify, count, arguments) < 0)
        fputs("lastcall: verify FILE [--json] (see lastcall --help)\n", stderr);
    else
        code = verify_file(verify);
    free(verify);
    return code;
}
