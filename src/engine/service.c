/* Services by number: what is alive, what has exited, and with which code. */
#include <stdio.h>
#include <string.h>

#include "engine/state.h"

int service_find(const struct engine *engine, const char *name)
{
    for (int i = 0; i < engine->service_count; i++)
        if (strcmp(engine->services[i].name, name) == 0)
            return i;
    return -1;
}

bool service_alive(const struct service *service)
{
    return service->state == SERVICE_RUNNING || service->state == SERVICE_EXITED;
}

int services_alive(const struct engine *engine, int except)
{
    int alive = 0;

    for (int i = 0; i < engine->service_count; i++)
        alive += i != except && service_alive(&engine->services[i]);
    return alive;
}

bool engine_commands_left(const struct engine *engine)
{
    for (int i = SERVICES_MAX; i < PROCESSES_MAX; i++)
        if (engine->command_used[i])
            return true;
    return false;
}

static void service_write_exit(struct engine *engine, const struct service *service)
{
    char why[64];
    int code = service->exit_code, signal = code > 128 ? signal_number(signal_name(code - 128)) : 0;

    if (signal > 0)
        snprintf(why, sizeof why, "killed by SIG%s", signal_name(signal));
    else
        snprintf(why, sizeof why, "code %d", code);
    timeline_write(engine, &(struct moment){
        .service = service->name, .what = "exited", .why = why,
        .took_ms = service->stopped_ms ? service->exited_ms - service->stopped_ms : -1,
        .in_flight = -1, .line = policy_line_waiting(engine, (int)(service - engine->services)),
    });
}

/* Of a command that began before the shutdown, such as a check of the policy, only the rest. */
static void command_note_exit(struct engine *engine, int process)
{
    int64_t begun_ms = engine->command_begun_ms[process];

    if (engine->phase < PHASE_STOPPING)
        return;
    if (begun_ms < engine->cause.begun_ms)
        begun_ms = engine->cause.begun_ms;
    engine->asked_ms += engine_now_ms(engine) - begun_ms;
}

void service_on_exited(struct engine *engine, const struct event *event)
{
    struct service *service;

    if (event->exited.process >= SERVICES_MAX) {
        command_note_exit(engine, event->exited.process);
        return;
    }
    service = &engine->services[event->exited.process];
    service->state = SERVICE_EXITED;
    service->exit_code = event->exited.code;
    service->exited_ms = engine_now_ms(engine);
    report_exited(engine, service);
    if (engine->phase == PHASE_STOPPING) {
        service_write_exit(engine, service);
        return;
    }
    engine->exit_code = service->exit_code;
    engine->exit_code_given = true;
    shutdown_begin(engine, &(struct cause){"exit", 0, event->exited.process, 0});
}

void service_on_gone(struct engine *engine, const struct event *event)
{
    int process = event->gone.process;

    if (process == OTHERS)
        return;
    if (process >= SERVICES_MAX) {
        engine->command_used[process] = false;
        return;
    }
    engine->services[process].state = SERVICE_GONE;
    report_gone(engine, &engine->services[process]);
}
