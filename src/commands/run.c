/* lastcall run.
 *
 * Happy path: options -> files -> live world -> engine -> loop -> the policy has stopped all ->
 * verdict. What the policy could not stop is left to the last resort. */
#include "commands/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "engine/engine.h"
#include "commands/inputs.h"
#include "live/last_resort.h"
#include "live/live.h"

extern char **environ;

enum {
    DEFAULT_GRACE_MS = 30 * 1000 /* Kubernetes' own default */
};

struct run {
    const char *services_path;
    const char *policy_path;
    const char *report_path;
    int64_t grace_ms;
    bool strict;
    const char **service_arguments; /* what is not an option of ours, NULL at the end */
    char services_text[SOURCE_MAX + 1];
    char policy_text[SOURCE_MAX + 1];
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

/* Takes "--name VALUE" or "--name=VALUE" at *place; 1 if it was that, -1 if the value misses. */
static int option_value(char **arguments, int count, int *place, const char *name,
                        const char **value)
{
    size_t length = strlen(name);
    const char *argument = arguments[*place];

    if (strncmp(argument, name, length) != 0)
        return 0;
    if (argument[length] == '=') {
        *value = argument + length + 1;
        return 1;
    }
    if (argument[length] != '\0')
        return 0;
    if (*place + 1 >= count) {
        complain("%s needs a value", name);
        return -1;
    }
    *value = arguments[++*place];
    return 1;
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
        if (taken < 0)
            return -EINVAL;
        if (taken)
            continue;
        if (strcmp(arguments[i], "--strict") == 0)
            run->strict = true;
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

/* Reads the file that an option names, else the one in /etc/lastcall, else the embedded one.
 * -errno: it is there and cannot be read. */
static int choose_source(struct world *world, const char *option, const char *standard,
                         const char *embedded, char *buffer, struct source *source)
{
    const char *path = option ? option : standard;
    int length = world->ops->file_read(world, path, buffer, SOURCE_MAX);

    if (length >= 0) {
        *source = (struct source){input_shown_name(path), source_text(buffer, (size_t)length)};
        return 0;
    }
    if (option || length != -ENOENT) {
        char line[256];

        snprintf(line, sizeof line, "%.160s: %s", path, strerror(-length));
        world->ops->print(world, CHANNEL_WARNING, line);
        return length;
    }
    *source = (struct source){embedded, embedded_text(embedded)};
    return 0;
}

/* The default policy names the default services. */
static const char *built_in_policy(const struct engine_config *config)
{
    return config->services.text == embedded_text(BUILT_IN_SERVICES)
               ? "policies/shutdown.lua"
               : "policies/examples/in_reverse.lua";
}

static int choose_sources(struct run *run, struct world *world, struct engine_config *config,
                          struct source *fallback)
{
    int error = choose_source(world, run->services_path, STANDARD_SERVICES,
                              BUILT_IN_SERVICES, run->services_text, &config->services);

    if (error < 0)
        return error;
    fallback->name = built_in_policy(config);
    fallback->text = embedded_text(fallback->name);
    error = choose_source(world, run->policy_path, STANDARD_POLICY,
                          fallback->name, run->policy_text, &config->policy);
    if (error < 0 && run->strict)
        return error;
    if (error < 0)
        config->policy = (struct source){0};
    config->fallback = config->policy.text == fallback->text ? NULL : fallback;
    return 0;
}

/* Ends what the policy has left, and returns the exit status. */
static int run_finish(struct engine *engine)
{
    struct engine_result result = engine_result(engine);
    struct engine_verdict verdict;
    bool forced = false;

    switch (result.end) {
    case ENGINE_RUNNING:
    case ENGINE_POLICY_RETURNED:
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

static int run_world(struct run *run, struct world *world)
{
    struct source fallback;
    struct engine_config config = {
        .strict = run->strict,
        .environment = (const char *const *)environ,
        .arguments = run->service_arguments,
    };
    struct engine *engine;
    struct event event;
    int code = 1;

    choose_grace(run, world);
    config.grace_ms = run->grace_ms;
    last_resort_set_grace(run->grace_ms);
    if (choose_sources(run, world, &config, &fallback) < 0)
        return 1;
    last_resort_watch_begin(); /* until next_event, which does it from then on */
    if (engine_create(&config, world, &engine) < 0)
        return 1;
    if (engine_start(engine) == 0) {
        while (!engine_finished(engine) && world->ops->next_event(world, &event))
            engine_handle(engine, &event);
        code = run_finish(engine);
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
