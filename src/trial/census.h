/* Many trials, on several processes, and what came of them together. */
#ifndef LASTCALL_TRIAL_CENSUS_H
#define LASTCALL_TRIAL_CENSUS_H

#include "trial/excuses.h"
#include "trial/sometimes.h"
#include "trial/trial.h"

/* What became of the requests that clients sent, and of work in hand. */
enum { CLIENTS_SENT, CLIENTS_CUT, CLIENTS_REFUSED, CLIENTS_FAILED, CLIENTS_WORK_CUT,
       CLIENTS_COUNTS };
extern const char *const census_clients_names[CLIENTS_COUNTS];

struct census {
    uint64_t worlds;
    uint64_t broken[INVARIANTS]; /* in how many worlds */
    uint64_t first[INVARIANTS];  /* the lowest seed of these */
    uint64_t digest;             /* of all worlds, in whatever order */
    uint64_t kinds[DRAW_KINDS];  /* worlds in which there was something of this kind, */
    uint64_t happened[SOMETIMES]; /* in which this happened, */
    uint64_t excused[EXCUSES];   /* in which somebody was thrown out with this excuse */
    uint64_t clients[CLIENTS_COUNTS]; /* requests of clients, in all worlds */
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
void census_add(struct census *census, const struct draw *world, const struct facts *facts);

#endif
