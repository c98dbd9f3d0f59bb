/* What happened, as readable lines and, for the report file, as JSON lines. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

static double since_begin(const struct engine *engine, int64_t now_ms)
{
    int64_t from_ms = engine->phase < PHASE_STOPPING ? engine->created_ms
                                                     : engine->cause.begun_ms;
    return (double)(now_ms - from_ms) / 1000.0;
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

/* What is not UTF-8 would make the whole line fail: such bytes become '?'. */
static json_t *json_text(const char *text)
{
    char copy[LINE_MAX_LENGTH];
    json_t *value = text ? json_string(text) : NULL;

    if (!text || value)
        return value;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *byte = copy; *byte; byte++)
        if ((unsigned char)*byte >= 0x80)
            *byte = '?';
    return json_string(copy);
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
    json_t *object = json_pack(
        "{s:f, s:o*, s:o*, s:o*, s:o*, s:o*}", "time", time, "service",
        json_text(moment->service),
        "what", json_text(moment->what), "why", json_text(moment->why), "took",
        json_optional(moment->took_ms >= 0, json_real((double)moment->took_ms / 1000.0)),
        "in_flight", json_optional(moment->in_flight >= 0, json_integer(moment->in_flight)));
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

    if (line)
        engine->world->ops->print(engine->world, CHANNEL_REPORT, line);
    free(line);
    json_decref(object);
}

void timeline_write(struct engine *engine, const struct moment *moment)
{
    const struct engine_config *config = engine->config;
    double time = since_begin(engine, engine_now_ms(engine));
    struct moment lined = *moment;

    if (lined.line == 0)
        lined.line = policy_line_running(engine);
    if (config->on_moment && !config->on_moment(config->context, &lined))
        return;
    timeline_text(engine, time, &lined);
    timeline_json(engine, time, &lined);
}
