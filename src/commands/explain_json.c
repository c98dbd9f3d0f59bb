/* What lastcall explain shows, for programs. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "commands/explain_state.h"

static json_t *json_text(const char *text)
{
    char clean[8192];

    if (!*text)
        return NULL;
    clean_text(clean, sizeof clean, text, strlen(text));
    return json_string(clean);
}

static json_t *json_step(const struct check *check, const struct step *step)
{
    char source[1024];

    explain_source_line(check, step->line, source, sizeof source);
    return json_pack("{s:f, s:o*, s:o*, s:o*, s:o*, s:o*, s:b, s:o*, s:o*}", "time",
                     (double)step->at_ms / 1000, "service", json_text(step->service), "what",
                     json_text(step->what), "why", json_text(step->why), "took",
                     step->took_ms < 0 ? NULL : json_real((double)step->took_ms / 1000),
                     "in_flight", step->in_flight < 0 ? NULL : json_integer(step->in_flight),
                     "warning", step->warning, "line",
                     step->line > 0 ? json_integer(step->line) : NULL, "source",
                     json_text(source));
}

/* The names of the invariants that do not hold, and why. */
static json_t *json_broken(const struct facts *facts)
{
    json_t *list = json_array();
    char why[WHY_MAX];

    for (int i = 0; i < INVARIANTS; i++)
        if (invariants[i].holds && !invariants[i].holds(facts, why))
            json_array_append_new(list, json_pack("{s:s, s:o*}", "name", invariants[i].name,
                                                  "why", json_text(why)));
    return list;
}

static json_t *json_told(const struct told *told)
{
    json_t *steps = json_array();

    for (int i = 0; i < told->story.count; i++)
        json_array_append_new(steps, json_step(told->check, &told->story.steps[i]));
    return json_pack("{s:o*, s:o*, s:s, s:s, s:f, s:f, s:b, s:o, s:o}", "file",
                     json_text(told->check->policy.source.name), "services",
                     json_text(told->check->services.source.name), "world", told->world, "words",
                     told->words, "seconds", (double)told->story.took_ms / 1000, "budget",
                     (double)told->story.budget_ms / 1000, "last_resort", told->story.resorted,
                     "broken", json_broken(&told->story.facts), "steps", steps);
}

void explain_json_print(const struct told *told, int count)
{
    json_t *list = json_array();
    char *text;

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_told(&told[i]));
    text = json_dumps(list, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    if (text)
        puts(text);
    free(text);
    json_decref(list);
}
