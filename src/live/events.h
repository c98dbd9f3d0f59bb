/* The queue of events between the callbacks of the loop and next_event. First in, first out. */
#ifndef LASTCALL_EVENTS_H
#define LASTCALL_EVENTS_H

#include "world.h"

/* Cannot overflow: two events for each process (its number is free again only when its GONE was
 * pulled), one for each request, one for each signal, one alarm, one OTHERS. */
enum { EVENTS_MAX = 2 * PROCESSES_MAX + REQUESTS_MAX + 64 };

/* Zeroed: empty. */
struct events {
    struct event queue[EVENTS_MAX];
    size_t first;
    size_t count;
};

/* Appends a copy of `event`. A signal that is already queued is not queued twice, as the kernel
 * does it; neither are an alarm and OTHERS. */
void events_push(struct events *events, const struct event *event);

/* Takes the oldest one. False: there is none. */
bool events_pull(struct events *events, struct event *event);

/* Takes back the answer to a request that is not wanted any more. False: not queued. */
bool events_remove_answer(struct events *events, uint32_t request);

/* Takes back an alarm that was replaced. */
void events_remove_alarm(struct events *events);

#endif
