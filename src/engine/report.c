/* The facts of a shutdown, for programs: one JSON line each, with "fact" where the timeline's lines
 * have "what". README.md has the table of their members. Nothing is written where nobody has asked
 * for a report; what has no memory is left out. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

static json_t *seconds(int64_t ms)
{
    return json_real((double)ms / 1000.0);
}

/* Takes `object`. */
void report_write(struct engine *engine, json_t *object)
{
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

    if (line)
        engine->world->ops->print(engine->world, CHANNEL_REPORT, line);
    free(line);
    json_decref(object);
}

/* What is not UTF-8 would make the whole line fail: such bytes become '?'. */
json_t *report_text(const char *text)
{
    json_t *value = text ? json_string(text) : NULL;
    char *copy;

    if (!text || value || !(copy = strdup(text)))
        return value;
    for (char *byte = copy; *byte; byte++)
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    value = json_string(copy);
    free(copy);
    return value;
}

/* Takes `members`. Since the start; since the shutdown began, once it has. */
static void fact_write(struct engine *engine, const char *fact, json_t *members)
{
    json_t *object = json_pack("{s:o, s:s}", "time", seconds(timeline_now_ms(engine)), "fact",
                               fact);

    if (object && members)
        json_object_update(object, members);
    json_decref(members);
    report_write(engine, object);
}

static bool wanted(const struct engine *engine)
{
    return engine->config->report;
}

static json_t *services_json(struct engine *engine)
{
    struct engine_service services[SERVICES_MAX];
    int count = engine_services(engine, services, SERVICES_MAX);
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:b}", "name", services[i].name, "drains",
                                              services[i].drain_address != NULL));
    return list;
}

void report_begin(struct engine *engine)
{
    const struct engine_config *config = engine->config;
    const char *policy = engine->policy_accepted ? engine->policy_source->name : NULL;

    if (!wanted(engine))
        return;
    fact_write(engine, "report",
               json_pack("{s:i, s:s, s:o*, s:o*, s:o, s:o}", "format", REPORT_FORMAT, "lastcall",
                         LASTCALL_VERSION, "at", report_text(config->started_at), "policy",
                         report_text(policy), "grace", seconds(config->grace_ms), "services",
                         services_json(engine)));
}

void report_deadline(struct engine *engine)
{
    struct engine_time left;
    int64_t begun_ms = engine->cause.begun_ms;

    if (!wanted(engine))
        return;
    left = engine_time_left(engine, -1);
    fact_write(engine, "deadline",
               json_pack("{s:o, s:o, s:o, s:o}", "uptime", seconds(begun_ms - engine->created_ms),
                         "deadline", seconds(engine->world_deadline_ms - begun_ms), "kept",
                         seconds(left.kept_ms), "free", seconds(left.free_ms)));
}

void report_started(struct engine *engine, const struct service *service)
{
    if (wanted(engine))
        fact_write(engine, "start", json_pack("{s:s, s:i}", "service", service->name, "pid",
                                              service->pid));
}

/* When it was last seen at work, on the clock of the other times: before a shutdown below 0. */
static void add_looks(struct engine *engine, json_t *members, const struct service *service)
{
    int64_t zero_ms = engine_now_ms(engine) - timeline_now_ms(engine);

    if (!members || !service->looked)
        return;
    json_object_set_new(members, "looked", seconds(service->looked_ms - zero_ms));
    if (service->busy)
        json_object_set_new(members, "busy", seconds(service->busy_ms - zero_ms));
    json_object_set_new(members, "visited", json_boolean(service->visited));
    json_object_set_new(members, "in_flight", json_integer((json_int_t)service->counts.active));
}

void report_signal(struct engine *engine, int number, int signal, bool sent)
{
    const struct service *service = &engine->services[number];
    struct engine_time left;
    json_t *members;

    if (!wanted(engine) || !service_alive(service) || signal == signal_number("CONT"))
        return; // CONT follows each that stops, and ends nothing
    left = engine_time_left(engine, number);
    members = json_pack("{s:s, s:s, s:i, s:s, s:b}", "service", service->name, "signal",
                        signal_name(signal), "pid", service->pid, "by", "policy", "sent", sent);
    if (members && engine->phase == PHASE_STOPPING) {
        json_object_set_new(members, "free", seconds(left.free_ms));
        json_object_set_new(members, "share", seconds(left.share_ms));
    }
    add_looks(engine, members, service);
    fact_write(engine, "signal", members);
}

void report_exited(struct engine *engine, const struct service *service)
{
    int code = service->exit_code, signal = code > 128 ? code - 128 : 0;
    const char *name = signal > 0 && signal_number(signal_name(signal)) > 0 ? signal_name(signal)
                                                                             : NULL;

    if (wanted(engine))
        fact_write(engine, "exit", json_pack("{s:s, s:i, s:o*}", "service", service->name, "code",
                                             code, "signal", report_text(name)));
}

void report_gone(struct engine *engine, const struct service *service)
{
    if (wanted(engine))
        fact_write(engine, "gone", json_pack("{s:s}", "service", service->name));
}

static const char *end_word(enum engine_end end)
{
    switch (end) {
    case ENGINE_RUNNING:
        break;
    case ENGINE_POLICY_RETURNED:
        return "returned";
    case ENGINE_POLICY_FAILED:
        return "failed";
    case ENGINE_KILLED:
        return "killed";
    }
    return "running";
}

void report_policy(struct engine *engine)
{
    const char *reason = *engine->reason ? engine->reason : NULL;

    if (!wanted(engine))
        return;
    fact_write(engine, "policy",
               json_pack("{s:s, s:o*, s:o, s:b, s:o, s:o}", "end", end_word(engine->end),
                         "reason", report_text(reason), "left", report_text(engine->left),
                         "deadline_passed", engine->deadline_passed, "asked",
                         seconds(engine->asked_ms), "slowest", seconds(engine->slowest_ms)));
}

void report_end(struct engine *engine, const char *verdict, int exit_code)
{
    struct engine_result result;

    if (!wanted(engine))
        return;
    result = engine_result(engine);
    fact_write(engine, "end",
               json_pack("{s:s, s:i, s:o, s:o, s:b}", "verdict", verdict, "code", exit_code,
                         "elapsed", seconds(result.elapsed_ms), "budget",
                         seconds(result.budget_ms), "deadline_passed", false));
}
