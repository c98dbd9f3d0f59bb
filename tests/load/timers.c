#include "timers.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t now_us(void)
{
    static int64_t start_us = -1;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t absolute_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    if (start_us < 0) {
        start_us = absolute_us;
    }
    return absolute_us - start_us;
}

void timers_close(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

static void put(struct timers *timers, size_t index, struct timer *timer)
{
    timers->heap[index] = timer;
    timer->position = index + 1;
}

static void move_up(struct timers *timers, size_t index)
{
    struct timer *timer = timers->heap[index];

    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (timers->heap[parent]->due_us <= timer->due_us) {
            break;
        }
        put(timers, index, timers->heap[parent]);
        index = parent;
    }
    put(timers, index, timer);
}

static void move_down(struct timers *timers, size_t index)
{
    struct timer *timer = timers->heap[index];

    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= timers->count) {
            break;
        }
        if (child + 1 < timers->count &&
            timers->heap[child + 1]->due_us < timers->heap[child]->due_us) {
            child++;
        }
        if (timer->due_us <= timers->heap[child]->due_us) {
            break;
        }
        put(timers, index, timers->heap[child]);
        index = child;
    }
    put(timers, index, timer);
}

static void append(struct timers *timers, struct timer *timer)
{
    if (timers->count == timers->capacity) {
        timers->capacity = timers->capacity > 0 ? 2 * timers->capacity : 64;
        timers->heap = realloc(timers->heap, timers->capacity * sizeof *timers->heap);
        if (timers->heap == NULL) {
            perror("load_client: timers");
            exit(EXIT_FAILURE);
        }
    }
    put(timers, timers->count++, timer);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due_us)
{
    timer->due_us = due_us;
    if (timer->position == 0) {
        append(timers, timer);
    }
    move_up(timers, timer->position - 1);
    move_down(timers, timer->position - 1);
}

void timers_clear(struct timers *timers, struct timer *timer)
{
    if (timer->position == 0) {
        return;
    }

    size_t index = timer->position - 1;
    struct timer *last = timers->heap[--timers->count];
    timer->position = 0;
    if (last != timer) {
        put(timers, index, last);
        move_up(timers, index);
        move_down(timers, last->position - 1);
    }
}

void timers_fire(struct timers *timers, int64_t limit_us)
{
    while (timers->count > 0 && timers->heap[0]->due_us <= limit_us) {
        struct timer *timer = timers->heap[0];
        timers_clear(timers, timer);
        timer->fire(timer);
    }
}

int timers_wait_ms(const struct timers *timers)
{
    if (timers->count == 0) {
        return -1;
    }

    int64_t wait_us = timers->heap[0]->due_us - now_us();
    if (wait_us <= 0) {
        return 0;
    }
    int64_t wait_ms = (wait_us + 999) / 1000;
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}
