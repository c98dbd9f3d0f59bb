/* What lastcall check found, for editors and CI. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "commands/check_state.h"

static json_t *json_text(const char *text)
{
    char clean[8192];

    if (!text)
        return NULL;
    clean_text(clean, sizeof clean, text, strlen(text));
    return json_string(clean);
}

static json_t *json_position(int number)
{
    return number > 0 ? json_integer(number) : NULL;
}

static json_t *json_finding(const struct finding *finding)
{
    return json_pack("{s:o*, s:o*, s:o*, s:o*, s:s, s:o*, s:o*, s:o*}", "file",
                     json_text(finding->file), "line", json_position(finding->line), "column",
                     json_position(finding->column), "length", json_position(finding->length),
                     "severity", finding->remark ? "remark" : "error", "message",
                     json_text(finding->message), "advice", json_text(finding->advice), "lua",
                     json_text(finding->lua));
}

/* Where an invariant was broken first: {"world", "seed" or none, "why", "smallest", "replay"}. */
static json_t *json_first(const struct check *check, int invariant)
{
    const struct survey_world *first = &check->survey.broken[invariant].first;
    struct trial_smallest smallest;
    char replay[COMMAND_MAX];

    trial_smallest(check->trial, &first->world, invariant, &smallest);
    check_replay(check, first, replay, sizeof replay);
    return json_pack("{s:o, s:o*, s:o, s:s, s:o}", "world", json_text(first->name), "seed",
                     first->world.seed > 0 ? json_integer((json_int_t)first->world.seed) : NULL,
                     "why", json_text(smallest.why), "smallest", smallest.words, "replay",
                     json_text(replay));
}

static json_t *json_invariants(const struct check *check)
{
    json_t *list = json_array();

    for (int i = 0; i < INVARIANTS; i++) {
        uint64_t worlds = check->survey.broken[i].worlds;

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:o*}", "name", invariants[i].name, "meaning",
                            invariants[i].meaning, "broken", (json_int_t)worlds, "first",
                            worlds > 0 ? json_first(check, i) : NULL));
    }
    return list;
}

static json_t *json_never_ran(const struct survey *survey)
{
    json_t *list = json_array();

    for (int line = 1; line < LINES_MAX; line++)
        if (survey->never[line])
            json_array_append_new(list, json_integer(line));
    return list;
}

static json_t *json_simulated(const struct check *check)
{
    const struct survey *survey = &check->survey;
    const struct survey_worst *worst = &survey->worst;

    if (!check->trial || survey->failed)
        return NULL;
    return json_pack("{s:I, s:I, s:b, s:o, s:o, s:{s:f, s:f, s:o, s:b}}", "canonical",
                     (json_int_t)survey->canonical, "seeds", (json_int_t)survey->seeds,
                     "cut_short", check->cut_short, "invariants", json_invariants(check),
                     "never_ran", json_never_ran(survey), "worst", "seconds",
                     (double)worst->took_ms / 1000, "budget", (double)worst->budget_ms / 1000,
                     "world", json_text(worst->world), "last_resort", worst->resorted);
}

void check_print_json(const struct check *check)
{
    static const char *const verdicts[] = {"sound", "broken", "risky"};
    json_t *findings = json_array(), *unchecked = json_array(), *all;
    char *text;

    for (int i = 0; i < check->count; i++)
        json_array_append_new(findings, json_finding(&check->kept[i].finding));
    for (const char *const *what = check_not_checked(check); *what; what++)
        json_array_append_new(unchecked, json_string(*what));
    all = json_pack("{s:o*, s:o*, s:s, s:i, s:i, s:o, s:o, s:o*}", "file",
                    json_text(check->policy_path ? check->policy.source.name : NULL), "services",
                    json_text(check->services.source.name), "verdict",
                    verdicts[check_verdict(check)], "errors", check->errors, "remarks",
                    check->remarks, "findings", findings, "not_checked", unchecked, "simulated",
                    json_simulated(check));
    text = all ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    if (text)
        puts(text);
    free(text);
    json_decref(all);
}
