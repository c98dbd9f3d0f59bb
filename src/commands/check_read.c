/* Reads the files of lastcall check, keeps what is found in them, and tries the policy. Nothing of
 * a policy runs but in simulated worlds; services.lua runs in a world where nothing happens. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clean.h"
#include "commands/check_state.h"
#include "sim/sim.h"

extern char **environ;

enum {
    READING_SECONDS_MAX = 10, /* services.lua runs, and may hang where no instruction is counted */
    TRYING_SECONDS_MAX = 20,  /* then no more seeds are tried */
    HANGING_SECONDS_MAX = 10, /* in the named worlds, or in that of a seed: it hangs */
    BRIEF_TRYING_MS_MAX = 800
};

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
    if (!finding->remark && strcmp(finding->file, check->services.source.name) == 0)
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

void check_free(struct check *check)
{
    for (int i = 0; i < check->count; i++) {
        const struct finding *finding = &check->kept[i].finding;

        free((char *)finding->file);
        free((char *)finding->message);
        free((char *)finding->advice);
        free((char *)finding->lua);
    }
    if (check->trial)
        trial_destroy(check->trial);
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

static const char *hanging; /* what does not come to an end */

/* Only calls that a signal handler may make. */
static void on_alarm(int signal)
{
    static const char text[] = " does not come to an end\n";

    (void)signal;
    if (write(STDERR_FILENO, hanging, strlen(hanging)) < 0 ||
        write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(CHECK_BROKEN);
    _exit(CHECK_BROKEN);
}

static void watch(const char *what, unsigned seconds)
{
    hanging = what;
    signal(SIGALRM, on_alarm);
    alarm(seconds);
}

static bool file_kept(struct check *check, const struct input *input, int error)
{
    struct finding finding = {.file = input->source.name};

    if (error == 0)
        return true;
    finding.message = error == -EFBIG ? "longer than 64 KB: is this the right file?"
                                      : strerror(-error);
    on_finding(check, &finding);
    return false;
}

static bool read_both(struct check *check)
{
    struct input_places places = {check->services_path, check->policy_path, STANDARD_SERVICES,
                                  BUILT_IN_SERVICES};
    int error = input_choose(&places, &check->services);

    if (check->policy_path)
        check->policy.source.name = input_shown_name(check->policy_path);
    if (!file_kept(check, &check->services, error))
        return false;
    if (!check->policy_path)
        return true;
    error = input_read(check->policy_path, &check->policy);
    return file_kept(check, &check->policy, error);
}

int check_files(struct check *check)
{
    static const struct sim_config nothing_happens;
    struct engine_config config = {
        .environment = (const char *const *)environ,
        .grace_ms = check->grace_ms > 0 ? check->grace_ms : 30 * 1000,
        .on_finding = on_finding,
        .finding_context = check,
    };
    struct world *world;
    int error = sim_create(&nothing_happens, &world);

    if (error < 0)
        return error;
    if (read_both(check)) {
        check->read = true;
        config.services = check->services.source;
        config.policy = check->policy.source;
        watch("lastcall check: services.lua", READING_SECONDS_MAX);
        error = engine_check(&config, world);
        alarm(0);
        print_output(world);
    }
    sim_destroy(world);
    qsort(check->kept, (size_t)check->count, sizeof *check->kept, compare_kept);
    return error == -EINVAL ? 0 : error; /* what was wrong was kept */
}

/* Worlds */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int64_t enough_at_ms;

static bool enough(void)
{
    alarm(HANGING_SECONDS_MAX);
    return now_ms() >= enough_at_ms;
}

/* The policy fails where nothing is wrong: its message is "shutdown.lua:9: ...". */
static void keep_failure(struct check *check)
{
    const char *failure = check->survey.failure, *name = check->policy.source.name;
    size_t length = strlen(name);
    struct finding finding = {
        .file = name, .message = failure, .text = check->policy.source.text,
        .advice = "It fails in a simulated shutdown in which nothing is wrong.",
    };
    char *end;

    if (strncmp(failure, name, length) == 0 && failure[length] == ':') {
        finding.line = (int)strtol(failure + length + 1, &end, 10);
        if (finding.line > 0 && end[0] == ':' && end[1] == ' ')
            finding.message = end + 2;
    }
    on_finding(check, &finding);
}

int check_open_trial(struct check *check)
{
    struct trial_config config = {
        .services = check->services.source,
        .policy = check->policy.source,
        .environment = (const char *const *)environ,
        .grace_ms = check->grace_ms,
    };

    watch("lastcall: a simulated shutdown", HANGING_SECONDS_MAX);
    return trial_create(&config, &check->trial);
}

int check_worlds(struct check *check)
{
    struct survey_plan plan = {.seeds = check->seeds, .lines = !check->brief, .enough = enough};
    int error;

    if (!check->policy_path || check->errors > 0)
        return 0;
    enough_at_ms = now_ms() + (check->brief ? BRIEF_TRYING_MS_MAX : TRYING_SECONDS_MAX * 1000);
    error = check_open_trial(check);
    if (error == 0)
        error = survey_take(check->trial, &plan, &check->survey);
    alarm(0);
    check->cut_short = check->survey.seeds < check->seeds && !check->survey.failed;
    if (error == 0 && check->survey.failed)
        keep_failure(check);
    return error;
}
