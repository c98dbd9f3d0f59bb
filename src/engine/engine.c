#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

/* The policy, else the fallback, else none: the built-in order. */
static int engine_read_policy(struct engine *engine)
{
    const struct engine_config *config = engine->config;

    if (config->policy.text) {
        engine->policy_accepted = source_read_policy(engine, &config->policy, POLICY_SLOT);
        engine->policy_source = &config->policy;
        if (engine->policy_accepted)
            return 0;
        if (config->strict)
            return -EINVAL;
        timeline_print(engine, CHANNEL_WARNING, "%s is REJECTED", config->policy.name);
    }
    if (config->fallback) {
        engine->policy_accepted = source_read_policy(engine, config->fallback, POLICY_SLOT);
        engine->policy_source = config->fallback;
        if (engine->policy_accepted)
            timeline_print(engine, CHANNEL_WARNING, "using %s instead", config->fallback->name);
    }
    if (!engine->policy_accepted)
        timeline_print(engine, CHANNEL_WARNING, "no policy: a shutdown will drain, and stop the "
                                                "services in the reverse of their start order");
    return 0;
}

/* An engine with its library, which has read nothing yet. */
static int engine_open(const struct engine_config *config, struct world *world,
                       struct engine **result)
{
    struct engine *engine = calloc(1, sizeof *engine);

    if (!engine)
        return -ENOMEM;
    engine->config = config;
    engine->world = world;
    engine->created_ms = engine_now_ms(engine);
    if (machine_create(engine) < 0)
        goto fail;
    lua_pushcfunction(engine->lua, l_open_machine);
    if (lua_pcall(engine->lua, 0, 0, 0) != LUA_OK) {
        timeline_print(engine, CHANNEL_WARNING, "%s", lua_tostring(engine->lua, -1));
        goto fail;
    }
    *result = engine;
    return 0;

fail:
    engine_destroy(engine);
    return -ENOMEM;
}

int engine_create(const struct engine_config *config, struct world *world,
                  struct engine **result)
{
    struct engine *engine;
    int error = engine_open(config, world, &engine);

    if (error < 0)
        return error;
    engine->services_read = source_read_services(engine, &config->services);
    error = engine->services_read ? engine_read_policy(engine) : -EINVAL;
    if (error < 0) {
        engine_destroy(engine);
        return error;
    }
    *result = engine;
    return 0;
}

int engine_check(const struct engine_config *config, struct world *world)
{
    struct engine *engine;
    int error = engine_open(config, world, &engine);
    bool good;

    if (error < 0)
        return error;
    engine->services_read = source_read_services(engine, &config->services);
    good = engine->services_read;
    if (config->policy.text && !source_read_policy(engine, &config->policy, POLICY_SLOT))
        good = false;
    engine_destroy(engine);
    return good ? 0 : -EINVAL;
}

void engine_destroy(struct engine *engine)
{
    machine_destroy(engine);
    reload_close(engine);
    free(engine);
}

/* Pushes core.services[number + 1].driver; false: it has none. */
static bool push_driver(lua_State *L, int number)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "core");
    lua_getfield(L, -1, "services");
    lua_rawgeti(L, -1, number + 1);
    return lua_getfield(L, -1, "driver") == LUA_TTABLE;
}

/* driver[name], or driver[table][name]; NULL: there is none. It lives as long as the driver. */
static const char *service_driver_text(lua_State *L, int number, const char *table,
                                       const char *name)
{
    const char *text = NULL;

    if (push_driver(L, number) && (!table || lua_getfield(L, -1, table) == LUA_TTABLE)) {
        lua_getfield(L, -1, name);
        text = lua_tostring(L, -1);
    }
    lua_settop(L, 0);
    return text;
}

int engine_services(struct engine *engine, struct engine_service *services, int size)
{
    int count = engine->service_count < size ? engine->service_count : size;

    for (int i = 0; i < count; i++)
        services[i] = (struct engine_service){
            .name = engine->services[i].name,
            .drain_address = service_driver_text(engine->lua, i, "simulated", "address"),
            .router = service_driver_text(engine->lua, i, "simulated", "router"),
            .drain_file = service_driver_text(engine->lua, i, "simulated", "drain_file"),
            .resort_address = service_driver_text(engine->lua, i, NULL, "resort_address"),
            .resort_request = service_driver_text(engine->lua, i, NULL, "resort_request"),
            .stop_signal = service_driver_text(engine->lua, i, NULL, "stop"),
        };
    return count;
}

static int l_start_services(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "core");
    lua_getfield(L, -1, "start_services");
    engine_of(L)->starter = task_start(L, NULL, 0);
    return 0;
}

/* One alarm for all tasks and the deadline. */
static void engine_set_alarm(struct engine *engine)
{
    int64_t tasks_ms = tasks_next_ms(engine), deadline_ms = shutdown_next_ms(engine);

    engine->world->ops->alarm_set(engine->world,
                                  tasks_ms < deadline_ms ? tasks_ms : deadline_ms);
}

int engine_start(struct engine *engine)
{
    report_begin(engine);
    lua_pushcfunction(engine->lua, l_start_services);
    if (lua_pcall(engine->lua, 0, 0, 0) != LUA_OK)
        return -ENOMEM;
    tasks_run_ready(engine);
    engine_set_alarm(engine);
    return 0;
}

bool engine_finished(const struct engine *engine)
{
    return engine->phase == PHASE_FINISHED;
}

void engine_handle(struct engine *engine, const struct event *event)
{
    switch (event->kind) {
    case EVENT_SIGNAL:
        shutdown_on_signal(engine, event->signal);
        break;
    case EVENT_EXITED:
        service_on_exited(engine, event);
        break;
    case EVENT_GONE:
        service_on_gone(engine, event);
        break;
    case EVENT_ALARM:
    case EVENT_ANSWERED:
        break;
    }
    tasks_on_event(engine, event);
    tasks_on_time(engine);
    shutdown_on_time(engine);
    tasks_run_ready(engine);
    engine_set_alarm(engine);
}

struct engine_result engine_result(struct engine *engine)
{
    return (struct engine_result){
        .end = engine->end,
        .cause = engine->cause.kind,
        .reason = engine->reason,
        .left = engine->left,
        .killed = engine->killed,
        .deadline_passed = engine->deadline_passed,
        .exit_code = engine->exit_code,
        .exit_code_given = engine->exit_code_given,
        .elapsed_ms = engine_now_ms(engine) - engine->cause.begun_ms,
        .budget_ms = engine->world_deadline_ms - engine->cause.begun_ms,
    };
}

static int l_remove_sockets(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "core");
    lua_getfield(L, -1, "remove_sockets");
    lua_call(L, 0, 0);
    return 0;
}

void engine_close(struct engine *engine, const char *verdict, int exit_code)
{
    struct engine_result result = engine_result(engine);
    char line[256];

    lua_pushcfunction(engine->lua, l_remove_sockets);
    if (lua_pcall(engine->lua, 0, 0, 0) != LUA_OK)
        timeline_print(engine, CHANNEL_WARNING, "%s", lua_tostring(engine->lua, -1));
    snprintf(line, sizeof line, "%s: %.3f s of %.1f s, exit code %d", verdict,
             (double)result.elapsed_ms / 1000.0, (double)result.budget_ms / 1000.0, exit_code);
    report_end(engine, verdict, exit_code);
    timeline_write(engine, &(struct moment){.what = "verdict", .why = line, .took_ms = -1,
                                            .in_flight = -1});
}
