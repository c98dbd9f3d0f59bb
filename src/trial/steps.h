/* The timeline of a shutdown, kept: what lastcall said, step by step. From a simulated world
 * (trial_show) or from the JSON lines of a real one (events_read). */
#ifndef LASTCALL_TRIAL_STEPS_H
#define LASTCALL_TRIAL_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

enum { STEPS_MAX = 512, STEP_NAME_MAX = 64, STEP_WHAT_MAX = 24, STEP_WHY_MAX = 256 };

/* As struct moment; texts are cut at their size, and empty where there is none. */
struct step {
    int64_t at_ms; /* of the world's clock; from events: since the start, or since the shutdown
                      began, whichever was later */
    char service[STEP_NAME_MAX];
    char what[STEP_WHAT_MAX];
    char why[STEP_WHY_MAX];
    int64_t took_ms;
    int64_t in_flight;
    bool warning;
    int line; /* of the policy, that caused it; 0: none */
};

struct steps {
    int count; /* that there were; those beyond STEPS_MAX are not kept */
    struct step list[STEPS_MAX];
};

void steps_add(struct steps *steps, int64_t at_ms, const struct moment *moment);

#endif
