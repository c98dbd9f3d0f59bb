#include "trial/steps.h"

#include <stdio.h>

void steps_add(struct steps *steps, int64_t at_ms, const struct moment *moment)
{
    struct step *step;

    if (steps->count++ >= STEPS_MAX)
        return;
    step = &steps->list[steps->count - 1];
    *step = (struct step){
        .at_ms = at_ms,
        .took_ms = moment->took_ms,
        .in_flight = moment->in_flight,
        .warning = moment->warning,
        .line = moment->line,
    };
    snprintf(step->service, sizeof step->service, "%s", moment->service ? moment->service : "");
    snprintf(step->what, sizeof step->what, "%s", moment->what);
    snprintf(step->why, sizeof step->why, "%s", moment->why ? moment->why : "");
}
