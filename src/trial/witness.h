/* A world that passes everything on to another one and writes down what happens. */
#ifndef LASTCALL_TRIAL_WITNESS_H
#define LASTCALL_TRIAL_WITNESS_H

#include "trial/facts.h"
#include "trial/steps.h"

struct witness {
    struct world world;
    struct world *inner;   /* of sim_create */
    struct engine *engine;
    struct facts *facts;
    bool print;            /* also what is said; else nobody reads it */
    struct steps *steps;   /* gets the timeline; NULL: nobody wants it */
    int64_t asked_at_ms[REQUESTS_MAX];
    uint32_t asked[REQUESTS_MAX]; /* requests that are not answered yet; 0: none */
    int64_t ran_at_ms[PROCESSES_MAX];
};

/* `names` are those of the services. */
void witness_init(struct witness *witness, struct world *inner, struct engine *engine,
                  const struct draw_names *names, struct facts *facts, bool print);

/* engine_config.on_moment; the context is the witness. */
bool witness_on_moment(void *context, const struct moment *moment);

/* The policy has ended: from now on it is the last resort that stops. */
void witness_on_end(struct witness *witness, const struct engine_result *result);

#endif
