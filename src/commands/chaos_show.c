#include "commands/chaos_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/print.h"
#include "engine/findings.h"

static const char *const end_words[] = {"ok", "FAILED", "skipped", "BROKEN"};

static void print_step(const struct step *step, int64_t begun_ms)
{
    char took[48] = "", in_flight[48] = "";

    if (step->took_ms >= 0)
        snprintf(took, sizeof took, "%sin %.3f s", *step->why ? ", " : "",
                 (double)step->took_ms / 1000);
    if (step->in_flight >= 0)
        snprintf(in_flight, sizeof in_flight, "%s%lld in flight",
                 *step->why || *took ? ", " : "", (long long)step->in_flight);
    printf("          %8.3f  %-16s %-9s %s%s%s\n", (double)(step->at_ms - begun_ms) / 1000,
           *step->service ? step->service : "-", step->what, step->why, took, in_flight);
}

/* In seconds since the shutdown began; with what came before it. */
static void print_timeline(const struct chaos_result *result)
{
    const struct steps *steps = result->steps;
    int64_t begun_ms = result->facts.begun_ms == NOT_MS ? 0 : result->facts.begun_ms;

    printf("        what lastcall did:\n");
    for (int i = 0; steps && i < steps->count && i < STEPS_MAX; i++)
        print_step(&steps->list[i], begun_ms);
}

static void print_world(const struct chaos_result *result)
{
    printf("        the world:%s\n", *result->world ? "" : " nothing is wrong in it");
    print_indented(stdout, "          ", result->world);
}

static void print_failures(const struct chaos_result *result)
{
    for (int i = 0; i < result->judgement_count; i++) {
        const struct judgement *judgement = &result->judgements[i];
        char line[32] = "";

        if (judgement->verdict != VERDICT_FAILED)
            continue;
        if (judgement->line > 0)
            snprintf(line, sizeof line, " in line %d", judgement->line);
        printf("        expected%s: %s\n         instead: %s\n", line, judgement->expected,
               judgement->instead);
    }
}

static void print_command(const struct chaos *chaos, const struct scenario *scenario)
{
    printf("        lastcall chaos %s:%d", scenario->file, scenario->line);
    if (chaos->policy_path)
        printf(" --policy %s", chaos->policy_path);
    if (chaos->services_path)
        printf(" --services %s", chaos->services_path);
    puts(" --verbose");
}

static double seconds_of(const struct facts *facts)
{
    return facts->begun_ms == NOT_MS ? 0 : (double)(facts->done_ms - facts->begun_ms) / 1000;
}

void chaos_show(const struct chaos *chaos, const struct chaos_result *result)
{
    const struct scenario *scenario = result->scenario;
    bool run = result->end == CHAOS_OK || result->end == CHAOS_FAILED;

    if (run)
        printf("%-7s %7.3f s  %s\n", end_words[result->end], seconds_of(&result->facts),
               scenario->name);
    else
        printf("%-7s %9s  %s\n", end_words[result->end], "", scenario->name);
    if (*result->why)
        printf("        %s\n", result->why);
    print_failures(result);
    if (run && (chaos->verbose || result->end == CHAOS_FAILED)) {
        if (chaos->verbose && *scenario->source)
            printf("        source: %s\n", scenario->source);
        print_world(result);
        print_timeline(result);
    }
    if (result->end == CHAOS_FAILED && !chaos->verbose)
        print_command(chaos, scenario);
}

void chaos_show_counts(const struct chaos *chaos, const struct chaos_counts *counts)
{
    int all = 0;

    for (int i = 0; i <= CHAOS_UNUSABLE; i++)
        all += counts->ends[i];
    printf("%d scenario%s: %d ok", all, all == 1 ? "" : "s", counts->ends[CHAOS_OK]);
    for (int i = CHAOS_FAILED; i <= CHAOS_UNUSABLE; i++)
        if (counts->ends[i] > 0)
            printf(", %d %s", counts->ends[i], end_words[i]);
    putchar('\n');
    if (chaos_strictness(chaos) == JUDGE_OUTCOME)
        puts("judged by what clients felt and by the invariants alone: the other expectations are "
             "about\nthe policy that the scenarios were written for");
    if (counts->not_known > 0)
        printf("%d expectations could not be judged: nobody counted the requests\n",
               counts->not_known);
}

static void print_error_line(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

/* Marks the first word that the message has in quotes, where the line has it. */
static void word_mark(struct finding *finding)
{
    const char *line = finding->text, *open = strchr(finding->message, '\'');
    const char *close = open ? strchr(open + 1, '\'') : NULL;

    for (int i = 1; line && i < finding->line; i++)
        line = (line = strchr(line, '\n')) ? line + 1 : NULL;
    if (!line || !close)
        return;
    for (size_t length = (size_t)(close - open - 1), i = 0; line[i] && line[i] != '\n'; i++)
        if (length > 0 && strncmp(line + i, open + 1, length) == 0) {
            finding->column = (int)i + 1;
            finding->length = (int)length;
            return;
        }
}

void chaos_show_mistake(const char *file, const char *text, const char *error)
{
    struct finding finding = {.file = file, .text = text, .message = error};
    size_t length = strlen(file);

    if (strncmp(error, file, length) == 0 && error[length] == ':') {
        char *end;

        finding.line = (int)strtol(error + length + 1, &end, 10);
        finding.message = end + strspn(end, ": ");
    }
    if (finding.line > 0)
        word_mark(&finding);
    finding_print(&finding, print_error_line, NULL);
}
