/* What only some clients do. */
#ifndef LASTCALL_SIM_HABITS_H
#define LASTCALL_SIM_HABITS_H

#include "sim/sim.h"

struct habits {
    int64_t burst_ms; /* NEVER_MS: there is none, or it has come */
    int *idle_since;  /* blind clients: a ring of ticks, how many became idle in each; or NULL */
    int64_t places;   /* of it */
    int64_t tick;     /* up to which it is kept */

    int64_t stubborn; /* connections that were told to close, and are still used, */
    int *told;        /* by the tick in which they were told: a ring; NULL: all obey */
    int64_t told_tick;
    int64_t told_owed, lost_owed;
    int64_t lost;     /* of those whom Envoy closes, so many lose a request; in millionths */

    int *refused;     /* clients that back off, by the tick in which they were refused: a ring; */
    int64_t refused_tick; /* NULL: all try again at their turn */
    int64_t backoff_tick_ms;
    int64_t backing_off, failing_owed;
};

int habits_init(struct habits *habits, const struct sim_service *service);

/* Of clients that are answered, so many are late with the next request, in millionths.
 * client_rate: of a request, in a millisecond. */
int64_t habits_late(const struct sim_traffic *config, int64_t client_rate, int64_t request_ms);

void habits_close(struct habits *habits);
void habits_on_exit(struct habits *habits); /* no connection is left */
void habits_on_idle(struct habits *habits, int64_t now_ms, int64_t connections);

/* If the service exits now, so many clients will send on their connection without a look.
 * client_rate: millionths of a request, in a millisecond. */
int64_t habits_blind(struct habits *habits, int64_t now_ms, int64_t client_rate);

/* So many responses told clients to close who go on; returns how many of these hear it for the
 * first time. open: connections, with those that have heard it. */
int64_t habits_tell(struct habits *habits, int64_t now_ms, int64_t responses, int64_t open);

/* When Envoy closes some of these connections next, or later; NEVER_MS. */
int64_t habits_close_ms(const struct habits *habits);

/* So many of them it closes by now; the requests lost in it are added. */
int64_t habits_close_told(struct habits *habits, int64_t now_ms, int64_t *requests_lost);

/* So many clients were refused, and back off: returns how many requests of theirs fail until they
 * try again. */
int64_t habits_back_off(struct habits *habits, int64_t now_ms, int64_t client_rate,
                        int64_t clients);

/* When some of them may try again next, or later; NEVER_MS. So many do so by now. */
int64_t habits_again_ms(const struct habits *habits);
int64_t habits_try_again(struct habits *habits, int64_t now_ms);

#endif
