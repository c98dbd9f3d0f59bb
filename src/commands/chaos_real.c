/* lastcall chaos --real.
 *
 * Happy path: options -> worlds, from seeds or from scenario files -> a pool of runs -> a line for
 * each, in their order -> the counts.
 *
 * What can go wrong: files that cannot be used (said), a run that finds a fault (shown whole),
 * somebody interrupts (every run ends, and leaves nothing). */
#include "commands/chaos_real.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/chaos_real_options.h"
#include "commands/chaos_real_show.h"
#include "real/pool.h"
#include "real/worlds.h"

extern char **environ;

enum { INTERRUPTED = 130, RANDOM_READY_S = 3, SCENARIO_READY_S = 10,
       REAL_TOLERANCE_MS = 500 };

/* All that is too large for the stack. */
struct chaos_real {
    struct real_options options;
    struct real_scenarios scenarios;
    enum isolation isolation;
    struct real_counts counts;
    struct chaos_sources sources;          /* of a run, in its process */
    struct real_run run;
    struct judgement judgements[JUDGEMENTS_MAX];
    char text[SOURCE_MAX + 1];
};

/* One world */

static struct real_plan plan_of(const struct chaos_real *chaos, struct trial *trial, int ready_s)
{
    return (struct real_plan){
        .program = chaos->options.program,
        .isolation = chaos->isolation,
        .policy = chaos->sources.policy.text,
        .names = trial_names(trial),
        .ready_s = ready_s,
        .keep = chaos->options.keep,
    };
}

static int show(struct chaos_real *chaos, const char *name, const struct draw *world,
                const struct real_plan *plan, FILE *file)
{
    if (chaos->run.played.interrupted)
        return FOUND_NOTHING;
    if (chaos->options.json)
        real_show_json(file, name, world, plan->names, &chaos->run);
    else
        real_show(file, name, world, plan->names, &chaos->run, chaos->options.verbose);
    if (chaos->options.keep && !chaos->options.json)
        fprintf(file, "    kept in %s\n", chaos->run.folder);
    return (int)chaos->run.found;
}

static struct trial *trial_make(struct chaos_real *chaos, const char *const *environment)
{
    struct trial_config config = {
        .services = chaos->sources.services,
        .policy = chaos->sources.policy,
        .environment = environment,
        .complain = real_complain_text,
    };
    struct trial *trial;

    return trial_create(&config, &trial) < 0 ? NULL : trial;
}

static int run_seed(struct chaos_real *chaos, uint64_t seed, FILE *file)
{
    const char *const *environment = (const char *const *)environ;
    struct trial *trial;
    struct real_plan plan;
    struct draw world;
    char name[64];

    if (real_read_sources(&chaos->options, NULL, &chaos->sources) < 0 ||
        !(trial = trial_make(chaos, environment)))
        return FOUND_NOTHING;
    plan = plan_of(chaos, trial, RANDOM_READY_S);
    plan.environment = environment;
    world = draw_from_seed(seed, plan.names);
    world_shorten(&world);
    world_make_real(&world);
    snprintf(name, sizeof name, "seed %" PRIu64, seed);
    real_run(&plan, &world, &chaos->run);
    return show(chaos, name, &world, &plan, file);
}

/* What a scenario says must hold stands in the place of the invariants alone. */
static void scenario_judged(struct chaos_real *chaos, const struct scenario *scenario)
{
    struct real_run *run = &chaos->run;
    struct outcome outcome = {
        .facts = &run->events.facts,
        .steps = &run->events.steps,
        .exit_code = run->exit_code,
        .tolerance_ms = REAL_TOLERANCE_MS,
        .clients_known = true,
        .repeats = true,
    };
    int count;

    if (run->found & FOUND_NOTHING)
        return;
    run->found &= ~(unsigned)FOUND_BROKEN;
    count = scenario_judge(scenario, &outcome, real_strictness(&chaos->options),
                           chaos->judgements);
    for (int i = 0; i < count; i++)
        if (chaos->judgements[i].verdict == VERDICT_FAILED) {
            run->found |= FOUND_BROKEN;
            snprintf(run->wrong, sizeof run->wrong, "%.150s: %.150s",
                     chaos->judgements[i].expected, chaos->judgements[i].instead);
        }
}

static int run_scenario(struct chaos_real *chaos, struct scenario *scenario, FILE *file)
{
    char why[SCENARIO_ERROR_MAX];
    struct trial *trial;
    struct real_plan plan;

    chaos_rename_services(&chaos->options.chaos, scenario);
    if (real_read_sources(&chaos->options, scenario, &chaos->sources) < 0 ||
        !(trial = trial_make(chaos, scenario->environment)))
        return FOUND_NOTHING;
    plan = plan_of(chaos, trial, SCENARIO_READY_S);
    plan.environment = scenario->environment;
    if (scenario_bind(scenario, plan.names, real_strictness(&chaos->options), why) < 0) {
        fprintf(file, "%s\n", why);
        return FOUND_NOTHING;
    }
    if (world_unreal(&scenario->draw)) {
        fprintf(file, "%s: '%s' is possible in the simulated world only\n", scenario->name,
                world_unreal(&scenario->draw));
        return FOUND_NOTHING;
    }
    world_make_real(&scenario->draw);
    real_run(&plan, &scenario->draw, &chaos->run);
    scenario_judged(chaos, scenario);
    return show(chaos, scenario->name, &scenario->draw, &plan, file);
}

/* All of them */

static int run_one(void *context, int number, FILE *file)
{
    struct chaos_real *chaos = context;

    if (chaos->options.random > 0)
        return run_seed(chaos, chaos->options.from + (uint64_t)number, file);
    return run_scenario(chaos, chaos->scenarios.list[number], file);
}

static void on_done(void *context, int number, int result, FILE *file)
{
    struct chaos_real *chaos = context;
    char text[4096];
    size_t length;

    real_count(&chaos->counts, result == POOL_DIED ? FOUND_NOTHING : (unsigned)result);
    if (result == POOL_DIED)
        printf("FAILED   number %d: the run has died\n", number + 1);
    while ((length = fread(text, 1, sizeof text, file)) > 0)
        fwrite(text, 1, length, stdout);
    fflush(stdout);
}

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run_all(struct chaos_real *chaos)
{
    struct pool pool = {
        .count = chaos->options.random > 0 ? chaos->options.random : chaos->scenarios.count,
        .jobs = chaos->options.jobs,
        .context = chaos,
        .run = run_one,
        .on_done = on_done,
    };
    double begun = now_seconds();
    const struct real_counts *counts = &chaos->counts;
    int error;

    chaos->isolation = chaos->options.subreaper ? ISOLATION_SUBREAPER : container_isolation();
    fprintf(stderr, "each lastcall runs %s\n", container_isolation_words(chaos->isolation));
    error = pool_run(&pool);
    if (error == POOL_INTERRUPTED)
        return INTERRUPTED;
    if (error < 0) {
        real_complain("runs", strerror(-error));
        return 1;
    }
    real_show_counts(chaos->options.json ? stderr : stdout, counts, now_seconds() - begun);
    return counts->broken + counts->unlike + counts->left + counts->missed + counts->nothing > 0;
}

int chaos_real_main(int count, char **arguments)
{
    struct chaos_real *chaos = calloc(1, sizeof *chaos);
    int code = 1;

    if (!chaos)
        return 1;
    if (real_parse_options(&chaos->options, count, arguments) == 0 &&
        (chaos->options.random > 0 ||
         real_read_scenarios(&chaos->options, &chaos->scenarios, chaos->text) == 0))
        code = run_all(chaos);
    real_scenarios_close(&chaos->scenarios);
    free(chaos);
    return code;
}
