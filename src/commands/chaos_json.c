/* lastcall chaos --json: for CI and other programs. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clean.h"
#include "commands/chaos_show.h"

static const char *const end_words[] = {"ok", "failed", "skipped", "unusable"};
static const char *const verdict_words[] = {"held", "failed", "not known"};

/* Bytes that are no UTF-8 would make the whole object fail. */
static json_t *text_json(const char *text)
{
    char clean[WORLD_TEXT_MAX];
    json_t *value = json_string(text);

    if (value)
        return value;
    clean_text(clean, sizeof clean, text, strlen(text));
    return json_string(clean);
}

static json_t *judgements_json(const struct chaos_result *result)
{
    json_t *list = json_array();

    for (int i = 0; i < result->judgement_count; i++) {
        const struct judgement *judgement = &result->judgements[i];
        json_t *entry = json_pack("{s:o, s:s}", "expected", text_json(judgement->expected),
                                  "verdict", verdict_words[judgement->verdict]);

        if (judgement->line > 0)
            json_object_set_new(entry, "line", json_integer(judgement->line));
        if (*judgement->instead)
            json_object_set_new(entry, "instead", text_json(judgement->instead));
        json_array_append_new(list, entry);
    }
    return list;
}

/* Connections on which no request was in flight. */
static void connections_cut(const struct facts *facts, json_t *object)
{
    json_int_t idle = 0, websockets = 0;

    for (int i = 0; i < facts->service_count; i++) {
        idle += facts->services[i].idle_cut;
        websockets += facts->services[i].upgrades_cut;
    }
    json_object_set_new(object, "idle_cut", json_integer(idle));
    json_object_set_new(object, "websockets_cut", json_integer(websockets));
}

/* What the clients felt. */
static json_t *clients_json(const struct facts *facts)
{
    json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}",
                               "requests", (json_int_t)facts->requests,
                               "cut", (json_int_t)facts->requests_cut,
                               "refused", (json_int_t)facts->requests_refused,
                               "failed", (json_int_t)facts->requests_failed,
                               "blind", (json_int_t)facts->requests_blind,
                               "work_cut", (json_int_t)facts->work_cut);

    connections_cut(facts, object);
    return object;
}

static json_t *timeline_json(const struct chaos_result *result)
{
    json_t *list = json_array();
    int64_t begun_ms = result->facts.begun_ms == NOT_MS ? 0 : result->facts.begun_ms;

    for (int i = 0; result->steps && i < result->steps->count && i < STEPS_MAX; i++) {
        const struct step *step = &result->steps->list[i];

        json_array_append_new(
            list, json_pack("{s:f, s:o, s:o, s:o, s:b}", "time",
                            (double)(step->at_ms - begun_ms) / 1000, "service",
                            text_json(step->service), "what", text_json(step->what), "why",
                            text_json(step->why), "warning", (int)step->warning));
    }
    return list;
}

void chaos_json_add(void *list, const struct chaos_result *result)
{
    const struct scenario *scenario = result->scenario;
    const struct facts *facts = &result->facts;
    bool run = result->end == CHAOS_OK || result->end == CHAOS_FAILED;
    json_t *object = json_pack("{s:o, s:o, s:i, s:s}", "name", text_json(scenario->name), "file",
                               text_json(scenario->file), "line", scenario->line, "verdict",
                               end_words[result->end]);

    if (*scenario->source)
        json_object_set_new(object, "source", text_json(scenario->source));
    if (*result->why)
        json_object_set_new(object, "why", text_json(result->why));
    if (run) {
        json_object_set_new(object, "seconds",
                            json_real((double)(facts->done_ms - facts->begun_ms) / 1000));
        json_object_set_new(object, "exit_code", json_integer(facts->exit_code));
        json_object_set_new(object, "world", text_json(result->world));
        json_object_set_new(object, "clients", clients_json(facts));
        json_object_set_new(object, "expectations", judgements_json(result));
        json_object_set_new(object, "timeline", timeline_json(result));
    }
    json_array_append_new(list, object);
}

void chaos_json_print(void *list, const struct chaos_counts *counts)
{
    json_t *object = json_object();

    for (int i = 0; i <= CHAOS_UNUSABLE; i++)
        json_object_set_new(object, end_words[i], json_integer(counts->ends[i]));
    json_object_set(object, "scenarios", list);
    json_dumpf(object, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(object);
}
