/* lastcall check: compiles a policy and looks at its names, services, options and values. Nothing
 * of it runs; services.lua does, in a world where nothing happens. */
#include "commands/check.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clean.h"
#include "base/embedded.h"
#include "engine/engine.h"
#include "commands/inputs.h"
#include "sim/sim.h"

extern char **environ;

enum {
    FINDINGS_MAX = 200,
    PATH_SIZE = 4096,
    SECONDS_MAX = 10      /* services.lua runs, and may hang where no instruction is counted */
};

/* A finding that is kept: its texts are ours. */
struct kept {
    struct finding finding;
    int order; /* of its arrival */
};

struct check {
    const char *policy_path;   /* NULL: only services.lua */
    const char *services_path; /* NULL: the one beside the policy, in /etc/lastcall, built in */
    bool strict;
    bool json;
    struct source policy;
    struct source services;
    struct kept kept[FINDINGS_MAX];
    int count;
    int more;            /* beyond FINDINGS_MAX */
    int errors, remarks;
    int services_errors; /* of the errors */
    bool read;           /* both files could be */
    char beside[PATH_SIZE];
    char policy_text[SOURCE_MAX + 1];
    char services_text[SOURCE_MAX + 1];
};

static void complain(const char *what, const char *why)
{
    fprintf(stderr, "lastcall check: %s%s (see lastcall --help)\n", what, why);
}

static int parse_options(struct check *check, int count, char **arguments)
{
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];

        if (strcmp(argument, "--json") == 0) {
            check->json = true;
        } else if (strcmp(argument, "--strict") == 0) {
            check->strict = true;
        } else if (strncmp(argument, "--services=", 11) == 0) {
            check->services_path = argument + 11;
        } else if (strcmp(argument, "--services") == 0) {
            if (i + 1 == count) {
                complain(argument, " needs the name of a file");
                return -EINVAL;
            }
            check->services_path = arguments[++i];
        } else if (argument[0] == '-' || check->policy_path) {
            complain(argument, argument[0] == '-' ? ": there is no such option"
                                                  : ": one policy at a time");
            return -EINVAL;
        } else {
            check->policy_path = argument;
        }
    }
    if (check->policy_path || check->services_path)
        return 0;
    complain("which file?", "");
    return -EINVAL;
}

static const char *kept_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void on_finding(void *context, const struct finding *finding)
{
    struct check *check = context;
    struct kept *kept = &check->kept[check->count];

    if (finding->remark)
        check->remarks++;
    else
        check->errors++;
    if (!finding->remark && strcmp(finding->file, check->services.name) == 0)
        check->services_errors++;
    if (check->count == FINDINGS_MAX) {
        check->more++;
        return;
    }
    kept->finding = *finding;
    kept->finding.file = kept_text(finding->file);
    kept->finding.message = kept_text(finding->message);
    kept->finding.advice = kept_text(finding->advice);
    kept->finding.lua = kept_text(finding->lua);
    kept->order = check->count++;
}

static void findings_free(struct check *check)
{
    for (int i = 0; i < check->count; i++) {
        const struct finding *finding = &check->kept[i].finding;

        free((char *)finding->file);
        free((char *)finding->message);
        free((char *)finding->advice);
        free((char *)finding->lua);
    }
}

/* Remarks first, so that the errors are what is seen last; each in the order of the lines. */
static int compare_kept(const void *one, const void *other)
{
    const struct kept *a = one, *b = other;

    if (a->finding.remark != b->finding.remark)
        return a->finding.remark ? -1 : 1;
    if (strcmp(a->finding.file, b->finding.file) == 0 && a->finding.line != b->finding.line)
        return a->finding.line - b->finding.line;
    return a->order - b->order;
}

static int read_named(struct check *check, const char *path, char *buffer, struct source *source)
{
    struct finding finding = {.file = input_shown_name(path)};
    int error = input_read_source(path, buffer, source);

    if (error == 0)
        return 0;
    finding.message = error == -EFBIG ? "longer than 64 KB: is this the right file?"
                                      : strerror(-error);
    source->name = finding.file;
    on_finding(check, &finding);
    return error;
}

/* As run does, but for the file beside the policy: where a policy is written, nothing is installed
 * in /etc. */
static int choose_services(struct check *check)
{
    const char *slash = check->policy_path ? strrchr(check->policy_path, '/') : NULL;
    int length = slash ? (int)(slash + 1 - check->policy_path) : 0;

    if (check->services_path)
        return read_named(check, check->services_path, check->services_text, &check->services);
    snprintf(check->beside, sizeof check->beside, "%.*sservices.lua", length,
             check->policy_path);
    if (access(check->beside, F_OK) == 0)
        return read_named(check, check->beside, check->services_text, &check->services);
    if (access(STANDARD_SERVICES, F_OK) == 0)
        return read_named(check, STANDARD_SERVICES, check->services_text,
                          &check->services);
    check->services = (struct source){BUILT_IN_SERVICES, embedded_text(BUILT_IN_SERVICES)};
    return 0;
}

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

/* What services.lua itself had to say, such as a variable of the environment that it refuses. */
static void print_output(struct world *world)
{
    const char *line = sim_output(world);

    while (*line) {
        size_t length = strcspn(line, "\n");
        char clean[1024];

        clean_text(clean, sizeof clean, line, length);
        fprintf(stderr, "%s\n", clean);
        line += length + (line[length] == '\n');
    }
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static bool is_sound(const struct check *check)
{
    return check->errors == 0 && !(check->strict && check->remarks > 0);
}

/* Clean, since the names are whatever was typed. */
static void print_verdict(const struct check *check)
{
    const char *file = check->policy_path ? check->policy.name : check->services.name;
    char line[512], clean[512], remarks[32] = "";

    if (check->remarks > 0)
        snprintf(remarks, sizeof remarks, "; %d remark%s", check->remarks,
                 plural(check->remarks));
    if (is_sound(check) && check->policy_path)
        snprintf(line, sizeof line,
                 "%s: sound: it compiles, and its names, services and options are known%s", file,
                 remarks);
    else if (is_sound(check))
        snprintf(line, sizeof line, "%s: sound: it can be used%s", file, remarks);
    else if (check->errors == 0)
        snprintf(line, sizeof line, "%s: BROKEN: %d remark%s, with --strict", file,
                 check->remarks, plural(check->remarks));
    else if (check->services_errors == check->errors && check->policy_path)
        snprintf(line, sizeof line, "%s: BROKEN: %d error%s in %s", file, check->errors,
                 plural(check->errors), check->services.name);
    else if (check->services_errors > 0 && check->policy_path)
        snprintf(line, sizeof line, "%s: BROKEN: %d error%s, of them %d in %s", file,
                 check->errors, plural(check->errors), check->services_errors,
                 check->services.name);
    else
        snprintf(line, sizeof line, "%s: BROKEN: %d error%s", file, check->errors,
                 plural(check->errors));
    clean_text(clean, sizeof clean, line, strlen(line));
    puts(clean);
}

static const char *const not_checked[] = {
    "what it does in a shutdown", "values that it computes", NULL,
};

static void print_text(const struct check *check)
{
    char line[512], clean[512];

    for (int i = 0; i < check->count; i++)
        finding_print(&check->kept[i].finding, print_line, NULL);
    if (check->more > 0)
        printf("and %d more\n", check->more);
    if (check->policy_path) {
        snprintf(line, sizeof line, "services: %s%s", check->services.name,
                 check->services_errors > 0 ? ", which is broken: names of services are not checked"
                 : check->services.text == embedded_text(BUILT_IN_SERVICES) ? " (built in)" : "");
        clean_text(clean, sizeof clean, line, strlen(line));
        puts(clean);
        if (check->read)
            printf("not checked: %s; %s\n", not_checked[0], not_checked[1]);
        else
            puts("not checked: anything else");
    }
    print_verdict(check);
}

static json_t *json_text(const char *text)
{
    char clean[1024];

    if (!text)
        return NULL;
    clean_text(clean, sizeof clean, text, strlen(text));
    return json_string(clean);
}

static json_t *json_position(int number)
{
    return number > 0 ? json_integer(number) : NULL;
}

static json_t *json_finding(const struct finding *finding)
{
    return json_pack("{s:o*, s:o*, s:o*, s:o*, s:s, s:o*, s:o*, s:o*}", "file",
                     json_text(finding->file), "line", json_position(finding->line), "column",
                     json_position(finding->column), "length", json_position(finding->length),
                     "severity", finding->remark ? "remark" : "error", "message",
                     json_text(finding->message), "advice", json_text(finding->advice), "lua",
                     json_text(finding->lua));
}

static void print_json(const struct check *check)
{
    json_t *findings = json_array(), *unchecked = json_array(), *all;
    char *text;

    for (int i = 0; i < check->count; i++)
        json_array_append_new(findings, json_finding(&check->kept[i].finding));
    for (int i = 0; check->policy_path && not_checked[i]; i++)
        json_array_append_new(unchecked, json_string(not_checked[i]));
    all = json_pack("{s:o*, s:o*, s:s, s:i, s:i, s:o, s:o}", "file",
                    json_text(check->policy_path ? check->policy.name : NULL), "services",
                    json_text(check->services.name), "verdict",
                    is_sound(check) ? "sound" : "broken", "errors", check->errors, "remarks",
                    check->remarks, "findings", findings, "not_checked", unchecked);
    text = all ? json_dumps(all, JSON_INDENT(2)) : NULL;
    if (text)
        puts(text);
    free(text);
    json_decref(all);
}

/* Only calls that a signal handler may make. */
static void on_alarm(int signal)
{
    static const char text[] = "lastcall check: services.lua does not come to an end\n";

    (void)signal;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(EXIT_BROKEN);
    _exit(EXIT_BROKEN);
}

static int check_files(struct check *check)
{
    static const struct sim_config nothing_happens;
    struct engine_config config = {
        .environment = (const char *const *)environ,
        .grace_ms = 30 * 1000,
        .on_finding = on_finding,
        .finding_context = check,
    };
    struct world *world;
    int error = sim_create(&nothing_happens, &world);

    if (error < 0)
        return error;
    if (choose_services(check) == 0 &&
        (!check->policy_path || read_named(check, check->policy_path, check->policy_text,
                                           &check->policy) == 0)) {
        check->read = true;
        config.services = check->services;
        config.policy = check->policy;
        signal(SIGALRM, on_alarm);
        alarm(SECONDS_MAX);
        error = engine_check(&config, world);
        alarm(0);
        print_output(world);
    }
    sim_destroy(world);
    return error == -EINVAL ? 0 : error; /* what was wrong was reported */
}

int check_main(int count, char **arguments)
{
    struct check *check = calloc(1, sizeof *check);
    int code = EXIT_BROKEN, error;

    if (!check || parse_options(check, count, arguments) < 0)
        goto end;
    check->policy.name = check->policy_path ? input_shown_name(check->policy_path) : NULL;
    error = check_files(check);
    if (error < 0) {
        complain("", strerror(-error));
        goto end;
    }
    qsort(check->kept, (size_t)check->count, sizeof *check->kept, compare_kept);
    if (check->json)
        print_json(check);
    else
        print_text(check);
    code = is_sound(check) ? EXIT_SOUND : EXIT_BROKEN;
end:
    if (check)
        findings_free(check);
    free(check);
    return code;
}
