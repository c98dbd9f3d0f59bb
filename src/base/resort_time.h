/* How the last resort divides the time that is left: one rule for the real one (live/) and for the
 * simulated one (trial/), so that their timelines agree. Arithmetic only, so async-signal-safe.
 *
 *   begun                 drain ends      stop_by      end    deadline
 *     |--- at most half ----|--- shares ----|- kills ---|-lines-|
 */
#ifndef LASTCALL_RESORT_TIME_H
#define LASTCALL_RESORT_TIME_H

#include <stdint.h>

enum {
    RESORT_DRAIN_MS = 5000,  /* after the beginning of the shutdown, not of the last resort */
    RESORT_CONNECT_MS = 250, /* to reach whom it asks to drain, */
    RESORT_ANSWER_MS = 250,  /* and to get an answer */
    RESORT_OTHERS_MS = 1000  /* for those that are no services to exit */
};

/* Times are milliseconds of one monotonic clock. */
struct resort_time {
    int64_t stop_by_ms; /* nobody is waited for gently after this */
    int64_t end_ms;     /* nobody is waited for after this */
    int interruptions;  /* stop signals since it began */
};

/* Of a last resort that begins now. */
struct resort_time resort_time(int64_t now_ms, int64_t deadline_ms);

/* Until when those that drain are waited for. */
int64_t resort_drain_by_ms(const struct resort_time *time, int64_t now_ms,
                           int64_t shutdown_began_ms);

/* The end of a fair share of the time between now and by_ms, for one of so many. */
int64_t resort_share_by_ms(int64_t now_ms, int64_t by_ms, int alive);

/* Until when those that are no services are waited for gently. */
int64_t resort_others_by_ms(const struct resort_time *time, int64_t now_ms);

/* A stop signal has come: the first leaves a little, the next nothing. */
void resort_time_interrupt(struct resort_time *time, int64_t now_ms);

#endif
