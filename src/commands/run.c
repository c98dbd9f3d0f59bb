/* lastcall run.
 *
 * Happy path: options -> files -> live world -> engine -> loop -> the policy has stopped all ->
 * verdict. What the policy could not stop is left to the last resort. */
#include "commands/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/embedded.h"
#include "engine/engine.h"
#include "commands/inputs.h"
#include "commands/options.h"
#include "commands/run_check.h"
#include "live/last_resort.h"
#include "live/live.h"

extern char **environ;

enum {
    DEFAULT_GRACE_MS = 30 * 1000, /* Kubernetes' own default */
    COMMANDS_GONE_MS = 100,       /* from a KILL, unless the kernel holds them */
    STARTED_AT_MAX = 40
};

struct run {
    const char *services_path;
    const char *policy_path;
    const char *report_path;
    int64_t grace_ms;
    bool strict;
    bool check;                     /* try the policy in simulated shutdowns */
    struct run_check policy_check;
    struct policy_file reload;      /* what SIGHUP reads */
    struct run_check reload_check;
    char started_at[STARTED_AT_MAX];
    const char **service_arguments; /* what is not an option of ours, NULL at the end */
    struct input services;
    struct input policy;
};

static void complain(const char *format, const char *what)
{
    fputs("lastcall: ", stderr);
    fprintf(stderr, format, what);
    fputs(" (see lastcall --help)\n", stderr);
}

/* The report is the one thing that users can get wrong there. */
static void complain_start(const struct run *run, int error)
{
    fprintf(stderr, "lastcall: cannot start%s%s: %s\n",
            run->report_path ? ", or cannot write " : "",
            run->report_path ? run->report_path : "", strerror(-error));
}

static int parse_options(struct run *run, int count, char **arguments)
{
    const char *grace = NULL;
    struct {
        const char *name;
        const char **value;
    } options[] = {
        {"--services", &run->services_path},
        {"--policy", &run->policy_path},
        {"--report", &run->report_path},
        {"--grace", &grace},
    };
    int others = 0;

    for (int i = 0; i < count; i++) {
        int taken = 0;

        for (size_t option = 0; option < sizeof options / sizeof *options && !taken; option++)
            taken = option_value(arguments, count, &i, options[option].name,
                                 options[option].value);
        if (taken < 0) {
            complain("%s needs a value", arguments[i]);
            return -EINVAL;
        }
        if (taken)
            continue;
        if (strcmp(arguments[i], "--strict") == 0)
            run->strict = true;
        else if (strcmp(arguments[i], "--no-check") == 0)
            run->check = false;
        else
            run->service_arguments[others++] = arguments[i];
    }
    if (grace && (run->grace_ms = input_parse_grace_ms(grace)) < 0) {
        complain("--grace must be a number of seconds, at least 1 (got '%s')", grace);
        return -EINVAL;
    }
    return 0;
}

/* The environment's grace, where no option gave one. */
static void choose_grace(struct run *run, struct world *world)
{
    const char *text = getenv("SHUTDOWN_GRACE_SECONDS");
    char line[160];

    if (run->grace_ms > 0)
        return;
    run->grace_ms = text && *text ? input_parse_grace_ms(text) : DEFAULT_GRACE_MS;
    if (run->grace_ms > 0)
        return;
    run->grace_ms = DEFAULT_GRACE_MS;
    snprintf(line, sizeof line, "SHUTDOWN_GRACE_SECONDS is '%.60s', which is not a number of "
             "seconds of at least 1: using %d", text, DEFAULT_GRACE_MS / 1000);
    world->ops->print(world, CHANNEL_WARNING, line);
}

static int choose_source(struct world *world, const struct input_places *places,
                         struct input *input)
{
    int error;

    input->regular_only = true;
    error = input_choose(places, input);
    if (error < 0) {
        char line[256];

        snprintf(line, sizeof line, "%.160s: %s", input->path, strerror(-error));
        world->ops->print(world, CHANNEL_WARNING, line);
    }
    return error;
}

static int choose_sources(struct run *run, struct world *world, struct engine_config *config,
                          struct source *fallback)
{
    struct input_places places = {run->services_path, NULL, STANDARD_SERVICES, BUILT_IN_SERVICES};
    int error = choose_source(world, &places, &run->services);

    if (error < 0)
        return error;
    config->services = run->services.source;
    // The default policy names the default services.
    fallback->name = run->services.built_in ? BUILT_IN_POLICY : BUILT_IN_REVERSE;
    fallback->text = embedded_text(fallback->name);
    places = (struct input_places){run->policy_path, NULL, STANDARD_POLICY, fallback->name};
    error = choose_source(world, &places, &run->policy);
    if (error < 0 && run->strict)
        return error;
    config->policy = error < 0 ? (struct source){0} : run->policy.source;
    config->fallback = config->policy.text == fallback->text ? NULL : fallback;
    return 0;
}

/* What was running beside the policy was killed, and is gone within a moment: it is not what the
 * policy has left. */
static void wait_for_commands(struct engine *engine, struct world *world)
{
    int64_t limit_ms = world->ops->now_ms(world) + COMMANDS_GONE_MS;
    struct event event;

    while (engine_commands_left(engine) && world->ops->now_ms(world) < limit_ms) {
        world->ops->alarm_set(world, limit_ms);
        if (!world->ops->next_event(world, &event))
            return;
        engine_handle(engine, &event);
    }
}

/* Ends what the policy has left, and returns the exit status. */
static int run_finish(struct engine *engine, struct world *world)
{
    struct engine_result result = engine_result(engine);
    struct engine_verdict verdict;
    bool forced = false;

    switch (result.end) {
    case ENGINE_RUNNING:
    case ENGINE_POLICY_RETURNED:
        wait_for_commands(engine, world);
        if (last_resort_needed()) {
            char reason[600];

            snprintf(reason, sizeof reason, "the policy left %s running",
                     *result.left ? result.left : "other processes");
            forced = !last_resort_run(reason);
        }
        break;
    case ENGINE_POLICY_FAILED:
        last_resort_run(result.reason);
        break;
    case ENGINE_KILLED:
        last_resort_kill(result.reason);
        forced = true;
        break;
    }
    verdict = engine_verdict(&result, forced);
    engine_close(engine, verdict.words, verdict.exit_code);
    return verdict.exit_code;
}

/* With --strict the policy is tried before anything starts, else once all services are up. */
static void plan_check(struct run *run, struct engine_config *config)
{
    if (!run->policy.source.text)
        run->check = false;
    if (!run->check)
        return;
    run_check_init(&run->policy_check, run->services.path, run->policy.path, run->grace_ms);
    if (!run->strict)
        config->check_command = run->policy_check.arguments;
}

/* At a reload the policy is looked for where it was at the start, or would have been. Before
 * plan_check: a policy that could not be read then may be there at a reload. */
static void plan_reload(struct run *run, struct engine_config *config)
{
    const char *path = run->policy_path ? run->policy_path : STANDARD_POLICY;

    if (strncmp(path, BUILT_IN, strlen(BUILT_IN)) == 0)
        return;
    run_check_init(&run->reload_check, run->services.path, path, run->grace_ms);
    run->reload = (struct policy_file){
        .path = path,
        .name = input_shown_name(path),
        .optional = run->policy.built_in,
        .check_command = run->check ? run->reload_check.arguments : NULL,
        .services_path = run->services.built_in ? NULL : run->services.path,
    };
    config->policy_file = &run->reload;
}

static bool may_start(const struct run *run, struct world *world)
{
    return !run->strict || !run->check || run_check_passes(&run->policy_check, world);
}

/* "2026-01-31T23:59:59.123Z" */
static const char *wall_clock(char text[STARTED_AT_MAX])
{
    struct timespec now;
    struct tm utc;
    size_t length;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    length = strftime(text, STARTED_AT_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + length, STARTED_AT_MAX - length, ".%03dZ", (int)(now.tv_nsec / 1000000));
    return text;
}

static int run_world(struct run *run, struct world *world)
{
    struct source fallback;
    const char *started_at = wall_clock(run->started_at);
    struct engine_config config = {
        .strict = run->strict,
        .environment = (const char *const *)environ,
        .policy_lines = run->report_path != NULL,
        .arguments = run->service_arguments,
        .report = run->report_path != NULL,
        .started_at = started_at,
    };
    struct engine *engine;
    struct event event;
    int code = 1;

    choose_grace(run, world);
    config.grace_ms = run->grace_ms;
    last_resort_set_grace(run->grace_ms);
    if (choose_sources(run, world, &config, &fallback) < 0)
        return 1;
    plan_reload(run, &config);
    plan_check(run, &config);
    last_resort_watch_begin(); /* until next_event, which does it from then on */
    if (engine_create(&config, world, &engine) < 0)
        return 1;
    if (may_start(run, world) && engine_start(engine) == 0) {
        while (!engine_finished(engine) && world->ops->next_event(world, &event))
            engine_handle(engine, &event);
        code = run_finish(engine, world);
    }
    engine_destroy(engine);
    return code;
}

int run_main(int count, char **arguments)
{
    struct run *run = calloc(1, sizeof *run);
    struct live_config config = {.name = "ent"};
    struct world *world;
    int code = 1, error;

    if (!run || !(run->service_arguments = calloc((size_t)count + 1, sizeof(char *)))) {
        complain("%s", strerror(ENOMEM));
        goto end;
    }
    run->check = true;
    if (parse_options(run, count, arguments) < 0)
        goto end;
    config.report_path = run->report_path;
    error = live_create(&config, &world);
    if (error < 0) {
        complain_start(run, error);
        goto end;
    }
    code = run_world(run, world);
    live_destroy(world);
end:
    if (run)
        free(run->service_arguments);
    free(run);
    return code;
}
