/* What lastcall chaos prints. */
#ifndef LASTCALL_CHAOS_SHOW_H
#define LASTCALL_CHAOS_SHOW_H

#include "chaos/scenario.h"
#include "commands/chaos_options.h"

enum { WORLD_TEXT_MAX = 8192 };

enum chaos_end {
    CHAOS_OK,
    CHAOS_FAILED,
    CHAOS_SKIPPED, /* it speaks of a service that --services does not have */
    CHAOS_UNUSABLE /* the scenario, its policy or its services.lua */
};

/* One scenario, run. */
struct chaos_result {
    const struct scenario *scenario;
    enum chaos_end end;
    char why[SCENARIO_ERROR_MAX]; /* skipped or not usable; "": it was said already */
    char world[WORLD_TEXT_MAX];   /* in words; what differs from the plain one */
    struct facts facts;
    const struct steps *steps;    /* live until the next run */
    int judgement_count;
    struct judgement judgements[JUDGEMENTS_MAX];
};

struct chaos_counts {
    int ends[CHAOS_UNUSABLE + 1];
    int not_known; /* expectations that nobody could judge */
};

void chaos_show(const struct chaos *chaos, const struct chaos_result *result);
void chaos_show_counts(const struct chaos *chaos, const struct chaos_counts *counts);

/* A mistake in a scenario file: `error` as scenarios_read says it, with the line of its text. */
void chaos_show_mistake(const char *file, const char *text, const char *error);

/* --json: an object for each scenario. `list` is a json_t array. */
void chaos_json_add(void *list, const struct chaos_result *result);
void chaos_json_print(void *list, const struct chaos_counts *counts);

#endif
