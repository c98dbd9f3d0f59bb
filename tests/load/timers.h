/* The clock of a run and its timers: a binary heap that copes with tens of thousands of them. */
#ifndef LOAD_TIMERS_H
#define LOAD_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in its owner, all zero but for `fire` at first. */
struct timer {
    int64_t due_us;
    size_t position; /* in the heap, counted from 1; 0: not set */
    void (*fire)(struct timer *timer);
};

struct timers {
    struct timer **heap; /* heap[0] is due first */
    size_t count;
    size_t capacity;
};

/* Microseconds since the first call, on CLOCK_MONOTONIC. */
int64_t now_us(void);

void timers_close(struct timers *timers);

/* Also moves a timer that is set already. */
void timers_set(struct timers *timers, struct timer *timer, int64_t due_us);

/* Does nothing to a timer that is not set. */
void timers_clear(struct timers *timers, struct timer *timer);

/* Fires what is due at `limit_us` or before; each timer is unset before it fires. */
void timers_fire(struct timers *timers, int64_t limit_us);

/* For epoll_wait: milliseconds until the first timer is due, rounded up; -1 without any. */
int timers_wait_ms(const struct timers *timers);

#endif
