/* The facts of a real shutdown, from the JSON lines that `lastcall run --report FILE` wrote. Their
 * members are in src/engine/README.md. */
#ifndef LASTCALL_TRIAL_EVENTS_H
#define LASTCALL_TRIAL_EVENTS_H

#include <stdio.h>

#include "trial/facts.h"
#include "trial/steps.h"

enum { EVENTS_NAME_MAX = 64, EVENTS_WHY_MAX = 200 };

struct events {
    /* Times are since the start. What a report cannot know is not: the requests, what was cut, the
     * digest; and with !end_known all that came after done_ms. */
    struct facts facts;
    struct steps steps;
    char names[SIM_SERVICES_MAX][EVENTS_NAME_MAX]; /* facts.services[].name point here */
    char lastcall[EVENTS_NAME_MAX];                /* the version that wrote it */
    char policy[EVENTS_NAME_MAX];                  /* its name; "" there was none */
    char started_at[EVENTS_NAME_MAX];              /* by the wall clock; "" not said */
    int runs;                                      /* of lastcall in the file; this is the last */
    int line;                                      /* of an error, from 1 */
    char why[EVENTS_WHY_MAX];                      /* what is wrong with it */
};

/* Reads one whole shutdown: that of the last run in the file, to which others may have appended
 * before. A last line that is cut, and a report that ends early, are no error: !end_known. Errors:
 * -EINVAL, where `line` and `why` say what is wrong; -EIO. `events` stay where they are. */
int events_read(FILE *file, struct events *events);

#endif
