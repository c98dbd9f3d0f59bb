/* Many trials, on several processes, and what came of them together. */
#ifndef LASTCALL_TRIAL_CENSUS_H
#define LASTCALL_TRIAL_CENSUS_H

#include "trial/trial.h"

struct census {
    uint64_t worlds;
    uint64_t broken[INVARIANTS]; /* in how many worlds */
    uint64_t first[INVARIANTS];  /* the lowest seed of these */
    uint64_t digest;             /* of all worlds, in whatever order */
    uint64_t killed;             /* worlds in which a service was killed, */
    uint64_t drain_failed;
    uint64_t hurried;
    uint64_t failed;             /* the policy failed */
    uint64_t cut;                /* somebody was thrown out */
    uint64_t longest_ms;         /* of all shutdowns */
};

struct census_plan {
    uint64_t from; /* the first seed */
    uint64_t worlds;
    int workers;   /* processes */
    void (*on_progress)(const struct census *so_far); /* NULL: nobody wants to know */
};

/* Errors: of fork and pipe; -EIO: a worker did not come to its end. */
int census_take(struct trial *trial, const struct census_plan *plan, struct census *census);

/* Adds one world. */
void census_add(struct census *census, uint64_t seed, const struct facts *facts);

#endif
