/* The facts of a real shutdown, from the JSON lines that `lastcall run --report FILE` wrote. */
#ifndef LASTCALL_TRIAL_EVENTS_H
#define LASTCALL_TRIAL_EVENTS_H

#include <stdio.h>

#include "trial/facts.h"
#include "trial/steps.h"

enum { EVENTS_NAME_MAX = 64, EVENTS_WHY_MAX = 200 };

struct events {
    struct facts facts;
    struct steps steps;
    char names[SIM_SERVICES_MAX][EVENTS_NAME_MAX]; /* facts.services[].name point here */
    int line;                                      /* of an error, from 1 */
    char why[EVENTS_WHY_MAX];                      /* what is wrong with it */
};

/* Reads one whole shutdown. Errors: -EINVAL, where `line` and `why` say what is wrong; -EIO. */
int events_read(FILE *file, struct events *events);

#endif
