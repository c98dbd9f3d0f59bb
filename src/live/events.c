#include "live/events.h"

#include <stdlib.h>

static struct event *event_at(struct events *events, size_t index)
{
    return &events->queue[(events->first + index) % EVENTS_MAX];
}

static bool events_are_one(const struct event *a, const struct event *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case EVENT_ALARM:
        return true;
    case EVENT_SIGNAL:
        return a->signal == b->signal;
    case EVENT_GONE:
        return a->gone.process == b->gone.process;
    case EVENT_EXITED:
    case EVENT_ANSWERED:
        return false;
    }
    return false;
}

void events_push(struct events *events, const struct event *event)
{
    for (size_t i = 0; i < events->count; i++) {
        if (events_are_one(event_at(events, i), event))
            return;
    }
    if (events->count == EVENTS_MAX)
        abort(); /* EVENTS_MAX is wrong */
    *event_at(events, events->count++) = *event;
}

bool events_pull(struct events *events, struct event *event)
{
    if (events->count == 0)
        return false;
    *event = *event_at(events, 0);
    events->first = (events->first + 1) % EVENTS_MAX;
    events->count--;
    return true;
}

static void events_remove(struct events *events, size_t index)
{
    for (size_t i = index; i + 1 < events->count; i++)
        *event_at(events, i) = *event_at(events, i + 1);
    events->count--;
}

bool events_remove_answer(struct events *events, uint32_t request)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = event_at(events, i);
        if (event->kind == EVENT_ANSWERED && event->answered.request == request) {
            events_remove(events, i);
            return true;
        }
    }
    return false;
}

void events_remove_alarm(struct events *events)
{
    for (size_t i = 0; i < events->count; i++) {
        if (event_at(events, i)->kind == EVENT_ALARM) {
            events_remove(events, i);
            return;
        }
    }
}
