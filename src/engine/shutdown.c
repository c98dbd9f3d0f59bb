/* The phases of a life: starting, serving, stopping, finished; and the deadline of the last.
 *
 * Happy path: start task ends -> serving -> a signal -> policy task -> it returns -> finished.
 *
 * What can go wrong: a service does not start or exits by itself (a shutdown with that cause); the
 * policy raises, waits when no time is left, or reaches its deadline (finished, and the caller's
 * last resort takes over with the time kept for it); a second signal (the deadline comes nearer);
 * a third (finished: kill).
 *
 *   begun            deadline (policy)   world deadline          grace
 *     |---- total_ms ------|--LAST_RESORT_MS--|----MARGIN_MS-------|
 */
#include <stdio.h>
#include <string.h>

#include "engine/state.h"

static int64_t least_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

/* Sets the deadline `budget_ms` from now: the policy's, and a little later the world's. */
static void deadline_arm(struct engine *engine, int64_t budget_ms)
{
    int64_t last_resort_ms = least_ms(LAST_RESORT_MS, budget_ms / 6);

    engine->world_deadline_ms = engine_now_ms(engine) + budget_ms;
    engine->deadline_ms = engine->world_deadline_ms - last_resort_ms;
    engine->total_ms = budget_ms - last_resort_ms;
    engine->world->ops->deadline_set(engine->world, engine->world_deadline_ms);
    report_deadline(engine);
}

static void engine_finish(struct engine *engine, enum engine_end end, const char *reason)
{
    engine->phase = PHASE_FINISHED;
    engine->end = end;
    snprintf(engine->reason, sizeof engine->reason, "%s", reason);
    for (int i = 0; i < engine->service_count; i++) {
        size_t used = strlen(engine->left);

        if (service_alive(&engine->services[i]))
            snprintf(engine->left + used, sizeof engine->left - used, "%s%s",
                     used ? ", " : "", engine->services[i].name);
    }
    report_policy(engine);
}

/* Protected: (engine) -> the policy's task is started. */
static int l_start_policy(lua_State *L)
{
    struct engine *engine = engine_of(L);

    lua_getfield(L, LUA_REGISTRYINDEX, POLICY_SLOT);
    engine->policy = task_start(L, NULL, 0);
    return 0;
}

static void cause_describe(const struct engine *engine, char *text, size_t size)
{
    const struct cause *cause = &engine->cause;

    if (cause->signal)
        snprintf(text, size, "SIG%s", signal_name(cause->signal));
    else if (strcmp(cause->kind, "start") == 0)
        snprintf(text, size, "%s did not start", engine->services[cause->process].name);
    else
        snprintf(text, size, "%s exited by itself with code %d",
                 engine->services[cause->process].name,
                 engine->services[cause->process].exit_code);
}

void shutdown_begin(struct engine *engine, const struct cause *cause)
{
    int64_t grace_ms = engine->config->grace_ms;
    char text[192], line[256];

    engine->phase = PHASE_STOPPING;
    engine->cause = *cause;
    engine->cause.begun_ms = engine_now_ms(engine);
    deadline_arm(engine, grace_ms - least_ms(MARGIN_MS, grace_ms / 10));
    cause_describe(engine, text, sizeof text);
    snprintf(line, sizeof line, "%s; grace %.1f s, all gone within %.1f s", text,
             grace_ms / 1000.0, (engine->world_deadline_ms - engine->cause.begun_ms) / 1000.0);
    timeline_write(engine, &(struct moment){.what = "shutdown", .why = line, .took_ms = -1,
                                            .in_flight = -1});
    reload_on_shutdown(engine);
    tasks_cancel_roots(engine, NULL);
    if (!engine->policy_accepted) {
        engine_finish(engine, ENGINE_POLICY_FAILED, "there is no usable policy");
        return;
    }
    lua_pushcfunction(engine->lua, l_start_policy);
    if (lua_pcall(engine->lua, 0, 0, 0) != LUA_OK)
        engine_finish(engine, ENGINE_POLICY_FAILED, "no memory to run the policy");
}

static void shutdown_hurry(struct engine *engine, int signal)
{
    int64_t left_ms = engine->world_deadline_ms - engine_now_ms(engine);
    char line[64];

    deadline_arm(engine, least_ms(left_ms, HURRY_MS));
    snprintf(line, sizeof line, "second SIG%s: %.1f s are left", signal_name(signal),
             (engine->world_deadline_ms - engine_now_ms(engine)) / 1000.0);
    timeline_write(engine, &(struct moment){.what = "hurry", .why = line, .took_ms = -1,
                                            .in_flight = -1, .warning = true});
    tasks_hurry(engine);
}

void shutdown_on_signal(struct engine *engine, int signal)
{
    if (signal == signal_number("HUP")) {
        reload_on_signal(engine);
        return;
    }
    if (signal != signal_number("TERM") && signal != signal_number("INT") &&
        signal != signal_number("QUIT")) {
        timeline_print(engine, CHANNEL_INFO, "SIG%s ignored", signal_name(signal));
        return;
    }
    engine->signals++;
    if (engine->phase < PHASE_STOPPING) {
        shutdown_begin(engine, &(struct cause){"signal", signal, -1, 0});
    } else if (engine->signals == 2) {
        shutdown_hurry(engine, signal);
    } else if (engine->signals > 2) {
        tasks_cancel_roots(engine, NULL);
        engine_finish(engine, ENGINE_KILLED, "third signal");
    }
}

/* The text of the error on top of a failed task's stack. */
static const char *task_message(const struct task *task)
{
    if (task->status == LUA_ERRMEM)
        return "more memory than a policy may use (8 MB)";
    if (lua_type(task->lua, -1) != LUA_TSTRING)
        return "an error that is not a text was raised";
    return lua_tostring(task->lua, -1);
}

static void policy_on_ended(struct engine *engine, struct task *task)
{
    char words[256], reason[sizeof engine->reason];

    engine->policy = NULL;
    if (task->status == LUA_OK) {
        engine_finish(engine, ENGINE_POLICY_RETURNED, "");
        return;
    }
    finding_explain_failure(engine, task_message(task), words, sizeof words);
    snprintf(reason, sizeof reason, "%s%s", task_message(task), words);
    engine_finish(engine, ENGINE_POLICY_FAILED, reason);
}

/* The start task returns nothing, or the service that did not start, why, and an exit code. */
static void start_on_ended(struct engine *engine, struct task *task)
{
    struct cause cause = {"start", 0, -1, 0};

    if (task->status == LUA_OK && (task->results < 3 || lua_isnil(task->lua, -3))) {
        engine->phase = PHASE_SERVING;
        return;
    }
    engine->exit_code = 1;
    engine->exit_code_given = true;
    cause.process = 0;
    if (task->status == LUA_OK) {
        cause.process = service_find(engine, lua_tostring(task->lua, -3));
        engine->exit_code = (int)lua_tointeger(task->lua, -1);
    }
    timeline_print(engine, CHANNEL_WARNING, "%s",
                   task->status == LUA_OK ? lua_tostring(task->lua, -2) : task_message(task));
    shutdown_begin(engine, &cause);
}

void shutdown_on_task_ended(struct engine *engine, struct task *task)
{
    if (task == engine->policy) {
        policy_on_ended(engine, task);
    } else if (task == engine->starter) {
        engine->starter = NULL;
        start_on_ended(engine, task);
    } else if (task == engine->reload.task) {
        reload_on_tried(engine, task);
    } else if (task->status != LUA_OK) {
        timeline_print(engine, CHANNEL_WARNING, "%s", task_message(task));
    }
    if (task->state == TASK_ENDED)
        task_free(engine, task);
}

void shutdown_on_time(struct engine *engine)
{
    if (engine->phase != PHASE_STOPPING || engine_now_ms(engine) < engine->deadline_ms)
        return;
    tasks_cancel_roots(engine, NULL);
    engine->deadline_passed = true;
    engine_finish(engine, ENGINE_POLICY_FAILED, "the policy took all the time there is");
}

int64_t shutdown_next_ms(const struct engine *engine)
{
    return engine->phase == PHASE_STOPPING ? engine->deadline_ms : NEVER_MS;
}

/* A fixed time for each service alive, but together no more than half of all there is. */
static int64_t reserve_ms(const struct engine *engine, int alive)
{
    int services = engine->service_count > 0 ? engine->service_count : 1;

    return alive * least_ms(RESERVE_MS, engine->total_ms / (2 * services));
}

/* What is kept for a KILL. A short grace has small shares: most of each is for the TERM before. */
static int64_t kill_ms(const struct engine *engine)
{
    return least_ms(KILL_MS, engine->total_ms / (KILL_PARTS * (engine->service_count + 1)));
}

int64_t shutdown_limit_ms(const struct engine *engine, enum purpose purpose, int process)
{
    int64_t kept_ms;

    switch (purpose) {
    case FOR_ANYTHING:
    case FOR_TASKS:
        kept_ms = reserve_ms(engine, services_alive(engine, -1));
        return engine->deadline_ms - (kept_ms > 0 ? kept_ms : kill_ms(engine));
    case FOR_STOP:
        kept_ms = reserve_ms(engine, services_alive(engine, process));
        return engine->deadline_ms - kept_ms - kill_ms(engine);
    case FOR_KILL:
        return engine->deadline_ms;
    }
    return engine->deadline_ms;
}

int64_t shutdown_clamp_ms(lua_State *L, int64_t until_ms, enum purpose purpose, int process)
{
    struct engine *engine = engine_of(L);
    int64_t limit_ms, now_ms = engine_now_ms(engine);

    if (engine->phase != PHASE_STOPPING)
        return until_ms;
    limit_ms = shutdown_limit_ms(engine, purpose, process);
    if (engine->signals >= 2 && purpose == FOR_ANYTHING)
        limit_ms = now_ms;
    if (until_ms <= limit_ms)
        return until_ms;
    if (limit_ms > now_ms)
        return limit_ms;
    if (++engine->refused_waits > REFUSED_WAITS_MAX)
        machine_mistake(L, "no time is left, and still %d waits were tried", REFUSED_WAITS_MAX);
    return now_ms;
}

struct engine_time engine_time_left(struct engine *engine, int service)
{
    int64_t now_ms = engine_now_ms(engine);
    int64_t free_ms = shutdown_limit_ms(engine, FOR_ANYTHING, -1) - now_ms;

    return (struct engine_time){
        .free_ms = free_ms > 0 ? free_ms : 0,
        .share_ms = shutdown_share_ms(engine, service) - now_ms,
        .kept_ms = engine->world_deadline_ms - engine->deadline_ms,
    };
}

int64_t shutdown_share_ms(struct engine *engine, int process)
{
    int64_t now_ms = engine_now_ms(engine), left_ms = engine->deadline_ms - now_ms;
    int parts = SHARE_PARTS + services_alive(engine, process);
    int64_t until_ms = least_ms(now_ms + left_ms * SHARE_PARTS / parts - kill_ms(engine),
                                shutdown_limit_ms(engine, FOR_STOP, process));

    return until_ms > now_ms ? until_ms : now_ms;
}
