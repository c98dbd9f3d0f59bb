/* Happy path: create (files read, engine copied) -> run: a world, the engine put back, the loop of
 * commands/run.c, the last resort if it must -> facts.
 *
 * What can go wrong: a file cannot be used (create says why); the world ends before the engine does
 * (the deadline, the platform, a circle: facts say which). */
#include "trial/trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/exit_codes.h"
#include "base/signals.h"
#include "trial/last_resort.h"
#include "trial/report.h"
#include "trial/watchdog.h"
#include "trial/witness.h"

enum { SIGNALLED = 128 }; /* + the signal: the exit code */

struct trial {
    int64_t grace_ms;
    struct engine_config config;
    struct sim_config template_config;
    struct sim_config sim_config;
    struct world *sim;        /* of the last run */
    struct witness witness;
    struct engine *engine;
    struct engine_snapshot *snapshot;
    struct draw_names names;
    struct resort_service resort_services[SIM_SERVICES_MAX];
    struct steps steps;
    bool hurries;
};

static enum sim_router router_of(const char *word)
{
    if (word && strcmp(word, "nginx") == 0)
        return SIM_NGINX;
    return word && strcmp(word, "haproxy") == 0 ? SIM_HAPROXY : SIM_ENVOY;
}

/* Services beyond SIM_SERVICES_MAX behave well, and are not judged. */
static void trial_read_names(struct trial *trial, const struct trial_config *config)
{
    struct engine_service services[SIM_SERVICES_MAX + 1];
    int count = engine_services(trial->engine, services, SIM_SERVICES_MAX + 1);

    if (count > SIM_SERVICES_MAX && config->complain)
        config->complain("more services than a simulated world has room for: all after the 16th "
                         "behave well in it, and are not judged\n");
    trial->names.count = count > SIM_SERVICES_MAX ? SIM_SERVICES_MAX : count;
    for (int i = 0; i < trial->names.count; i++) {
        trial->names.names[i] = services[i].name;
        trial->names.admins[i] = services[i].drain_address;
        trial->names.routers[i] = router_of(services[i].router);
        trial->names.drain_files[i] = services[i].drain_file;
        trial->resort_services[i] = (struct resort_service){
            .drain_address = services[i].resort_address,
            .drain_request = services[i].resort_request,
            .stop_signal = services[i].stop_signal ? signal_number(services[i].stop_signal)
                                                   : SIGTERM,
        };
    }
}

int trial_create(const struct trial_config *config, struct trial **result)
{
    struct trial *trial = calloc(1, sizeof *trial);
    int error = -ENOMEM;

    if (!trial)
        return -ENOMEM;
    trial->grace_ms = config->grace_ms;
    trial->config = (struct engine_config){
        .services = config->services,
        .policy = config->policy,
        .strict = true,
        .environment = config->environment,
        .arguments = config->arguments,
        .grace_ms = config->grace_ms > 0 ? config->grace_ms : draw_table[DRAW_GRACE].plain,
        .snapshots = true,
    };
    trial->template_config.files_exist = true;
    if (sim_create(&trial->template_config, &trial->sim) < 0)
        goto fail;
    error = engine_create(&trial->config, trial->sim, &trial->engine);
    if (error < 0 && config->complain)
        config->complain(sim_output(trial->sim));
    if (error < 0)
        goto fail;
    error = -ENOMEM;
    trial_read_names(trial, config);
    trial->snapshot = engine_snapshot(trial->engine);
    if (!trial->snapshot)
        goto fail;
    trial->config.on_moment = witness_on_moment;
    trial->config.context = &trial->witness;
    *result = trial;
    return 0;

fail:
    trial_destroy(trial);
    return error;
}

void trial_destroy(struct trial *trial)
{
    if (trial->hurries)
        watchdog_stop();
    free(trial->snapshot);
    if (trial->engine)
        engine_destroy(trial->engine);
    if (trial->sim)
        sim_destroy(trial->sim);
    free(trial);
}

const struct draw_names *trial_names(const struct trial *trial)
{
    return &trial->names;
}

/* Did the last resort have to kill? */
static bool trial_forced(const struct facts *facts)
{
    for (int i = 0; i < facts->service_count; i++)
        if (facts->services[i].kill_ms != NOT_MS && facts->services[i].kill_ms >= facts->ended_ms)
            return true;
    return facts->end == ENGINE_KILLED;
}

/* What ends lastcall before it can end by itself. */
static int trial_cut_code(const struct facts *facts)
{
    return facts->deadline_passed ? EXIT_DEADLINE : SIGNALLED + SIGKILL;
}

int trial_policy_lines(struct trial *trial, unsigned char has_code[LINES_MAX])
{
    return engine_policy_lines(trial->engine, has_code);
}

void trial_mark_lines(struct trial *trial, unsigned char *lines_run)
{
    trial->config.lines_run = lines_run;
}

int64_t trial_grace_ms(const struct trial *trial)
{
    return trial->grace_ms > 0 ? trial->grace_ms : draw_table[DRAW_GRACE].plain;
}

bool trial_fixed_grace(const struct trial *trial)
{
    return trial->grace_ms > 0;
}

/* Whoever would say something then is killed, too. */
static bool world_ended(const struct trial *trial)
{
    struct sim_result result = sim_result(trial->sim);

    return result.deadline_passed || result.cut_short || result.stuck;
}

/* False: it had to kill what is no service. */
static bool trial_resort(struct trial *trial, struct facts *facts)
{
    struct world *world = &trial->witness.world;
    bool gently;

    facts->resorted = facts->end == ENGINE_POLICY_FAILED || *facts->left;
    if (facts->resorted)
        trial_report_begin(&trial->witness, false);
    gently = trial_last_resort(world, facts, trial->resort_services);
    if (facts->resorted && !world_ended(trial))
        trial_report_done(&trial->witness);
    return gently;
}

static void trial_kill(struct trial *trial, struct facts *facts)
{
    trial_report_begin(&trial->witness, true);
    trial_last_kill(&trial->witness.world, facts);
    if (!world_ended(trial))
        trial_report_done(&trial->witness);
}

/* As commands/run.c ends a policy. */
static void trial_finish(struct trial *trial, struct facts *facts)
{
    struct engine_result result = engine_result(trial->engine);
    struct engine_verdict verdict;
    bool forced = false;

    witness_on_end(&trial->witness, &result);
    switch (result.end) {
    case ENGINE_RUNNING:
        break;
    case ENGINE_POLICY_RETURNED:
    case ENGINE_POLICY_FAILED:
        forced = !trial_resort(trial, facts);
        break;
    case ENGINE_KILLED:
        trial_kill(trial, facts);
        break;
    }
    trial->config.report = trial->config.report && !world_ended(trial);
    verdict = engine_verdict(&result, forced || trial_forced(facts));
    facts->exit_code = verdict.exit_code;
    engine_close(trial->engine, verdict.words, verdict.exit_code);
}

/* Number by number: what is between the members of a structure is anything. */
static uint64_t result_digest(uint64_t digest, const struct sim_result *result)
{
    int64_t numbers[] = {
        result->requests, result->requests_cut, result->requests_refused,
        result->requests_failed, result->work_cut, result->requests_blind,
        result->connections_cut, result->processes_left, result->events, result->late_ms,
        result->latest_ms, result->deadline_late_ms,
        result->deadline_passed | result->cut_short << 8 | result->stuck << 16,
    };

    _Static_assert(sizeof numbers == sizeof *result, "a new member belongs here, too");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        digest = digest_number(digest, (uint64_t)numbers[i]);
    return digest;
}

static void trial_count(struct trial *trial, struct facts *facts)
{
    struct sim_result result;

    facts->done_ms = trial->sim->ops->now_ms(trial->sim);
    sim_end(trial->sim); /* whom routing still leads here finds nobody */
    result = sim_result(trial->sim);
    facts->processes_left = result.processes_left;
    facts->deadline_passed = result.deadline_passed;
    facts->cut_short = result.cut_short;
    facts->latest_ms = result.latest_ms;
    facts->deadline_late_ms = result.deadline_late_ms;
    facts->stuck = result.stuck;
    facts->requests = result.requests;
    facts->requests_cut = result.requests_cut;
    facts->requests_refused = result.requests_refused;
    facts->requests_failed = result.requests_failed;
    facts->requests_blind = result.requests_blind;
    facts->work_cut = result.work_cut;
    if (result.deadline_passed)
        trial_report_deadline(&trial->witness);
    facts->digest = result_digest(facts->digest, &result);
}

static int trial_pass(struct trial *trial, const struct draw *world, struct facts *facts,
                      bool print)
{
    struct world *seen = &trial->witness.world;
    struct event event;

    sim_destroy(trial->sim);
    trial->sim = NULL;
    draw_config(world, &trial->names, &trial->sim_config);
    trial->sim_config.no_history = !print;
    if (sim_create(&trial->sim_config, &trial->sim) < 0)
        return -ENOMEM;
    trial->config.grace_ms = trial->grace_ms > 0 ? trial->grace_ms
                                                 : world->values[DRAW_WORLD][DRAW_GRACE];
    witness_init(&trial->witness, trial->sim, trial->engine, &trial->names, facts, print);
    trial->config.report = print;
    for (int i = 0; i < trial->names.count; i++) {
        facts->services[i].lie = trial->sim_config.services[i].lie;
        facts->services[i].lie_from_ms = trial->sim_config.services[i].lie_from_ms;
    }
    trial->steps.count = 0;
    trial->witness.steps = print ? &trial->steps : NULL;
    trial->config.policy_lines = print;
    engine_restore(trial->engine, trial->snapshot, seen);
    if (engine_start(trial->engine) < 0)
        return -ENOMEM;
    while (!engine_finished(trial->engine) && seen->ops->next_event(seen, &event))
        engine_handle(trial->engine, &event);
    if (engine_finished(trial->engine))
        trial_finish(trial, facts);
    trial_count(trial, facts);
    if (!engine_finished(trial->engine))
        facts->exit_code = trial_cut_code(facts);
    return 0;
}

/* Uncounted; true: as it would have been counted. */
static bool trial_pass_quickly(struct trial *trial, const struct draw *world, struct facts *facts)
{
    bool quick;
    int error;

    trial->config.uncounted = true;
    watchdog_watch(trial->engine);
    error = trial_pass(trial, world, facts, false);
    quick = watchdog_was_quick();
    trial->config.uncounted = false;
    return error == 0 && quick && engine_frugal(trial->engine);
}

int trial_run(struct trial *trial, const struct draw *world, struct facts *facts)
{
    if (trial->hurries && !trial->config.lines_run && trial_pass_quickly(trial, world, facts))
        return 0;
    return trial_pass(trial, world, facts, false);
}

void trial_hurry(struct trial *trial)
{
    if (!trial->hurries)
        trial->hurries = watchdog_start() == 0;
}

int trial_show(struct trial *trial, const struct draw *world, struct facts *facts,
               struct trial_texts *texts)
{
    int error = trial_pass(trial, world, facts, true);

    if (error < 0)
        return error;
    texts->output = sim_output(trial->sim);
    texts->history = sim_history(trial->sim);
    texts->report = sim_report(trial->sim);
    texts->steps = &trial->steps;
    return 0;
}

/* Of what is done and said in a run of the world; 0: something else is done than expected. */
static uint64_t trial_digest(struct trial *trial, const struct draw *world, uint64_t expected)
{
    struct trial_texts texts;
    struct facts facts;
    uint64_t digest;

    if (trial_show(trial, world, &facts, &texts) < 0 || facts.digest != expected)
        return 0;
    digest = digest_text(facts.digest, texts.output);
    return digest_text(digest, texts.history);
}

bool trial_repeats(struct trial *trial, const struct draw *world)
{
    struct facts quiet;
    uint64_t one;

    if (trial_run(trial, world, &quiet) < 0)
        return false;
    one = trial_digest(trial, world, quiet.digest);
    return one != 0 && one == trial_digest(trial, world, quiet.digest);
}
