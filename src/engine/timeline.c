/* What happened, as readable lines and, for the report file, as JSON lines. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine/state.h"

enum { LINE_MAX_LENGTH = 1024 };

void timeline_print(struct engine *engine, enum channel channel, const char *format, ...)
{
    char line[LINE_MAX_LENGTH];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    engine->world->ops->print(engine->world, channel, line);
}

int64_t timeline_now_ms(struct engine *engine)
{
    return engine_now_ms(engine) - (engine->phase < PHASE_STOPPING ? engine->created_ms
                                                                   : engine->cause.begun_ms);
}

static void timeline_text(struct engine *engine, double time, const struct moment *moment)
{
    char took[48] = "", in_flight[48] = "";

    if (moment->took_ms >= 0)
        snprintf(took, sizeof took, "%sin %.3f s", moment->why ? ", " : "",
                 (double)moment->took_ms / 1000.0);
    if (moment->in_flight >= 0)
        snprintf(in_flight, sizeof in_flight, "%s%lld in flight",
                 moment->why || *took ? ", " : "", (long long)moment->in_flight);
    timeline_print(engine, moment->warning ? CHANNEL_WARNING : CHANNEL_INFO,
                   "%8.3f  %-16s %-9s %s%s%s", time,
                   moment->service ? moment->service : "-", moment->what,
                   moment->why ? moment->why : "", took, in_flight);
}

static json_t *json_optional(bool known, json_t *value)
{
    if (known)
        return value;
    json_decref(value);
    return NULL;
}

static void timeline_json(struct engine *engine, double time, const struct moment *moment)
{
    report_write(engine, json_pack(
        "{s:f, s:o*, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}", "time", time,
        "service", report_text(moment->service),
        "what", moment->what, "why", report_text(moment->why), "took",
        json_optional(moment->took_ms >= 0, json_real((double)moment->took_ms / 1000.0)),
        "in_flight", json_optional(moment->in_flight >= 0, json_integer(moment->in_flight)),
        "reason", report_text(moment->reason),
        "warning", json_optional(moment->warning, json_true()),
        "line", json_optional(moment->line > 0, json_integer(moment->line))));
}

void timeline_write(struct engine *engine, const struct moment *moment)
{
    const struct engine_config *config = engine->config;
    double time = (double)timeline_now_ms(engine) / 1000.0;
    struct moment lined = *moment;

    if (lined.line == 0)
        lined.line = policy_line_running(engine);
    if (config->on_moment && !config->on_moment(config->context, &lined))
        return;
    timeline_text(engine, time, &lined);
    if (config->report)
        timeline_json(engine, time, &lined);
}
