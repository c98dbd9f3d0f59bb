/* What is going to happen, and when. */
#ifndef LASTCALL_SIM_QUEUE_H
#define LASTCALL_SIM_QUEUE_H

#include "sim/sim.h"

enum { ITEMS_MAX = SIM_STEPS_MAX + 2 * PROCESSES_MAX + REQUESTS_MAX + SIM_ORPHANS_MAX + 2 };

enum item_kind {
    ITEM_ALARM,
    ITEM_STEP,   /* number: of the step */
    ITEM_EXIT,   /* number: of the process */
    ITEM_GONE,   /* number: of the process */
    ITEM_ORPHAN, /* number: its place in the list */
    ITEM_OTHERS,
    ITEM_ANSWER  /* number: place of the request */
};

struct item {
    int64_t at_ms;
    uint64_t order;
    enum item_kind kind;
    int number;
};

/* Without order: the few things that are pending at once are searched. */
struct queue {
    int count;
    uint64_t order;
    struct item items[ITEMS_MAX];
};

void queue_push(struct queue *queue, int64_t at_ms, enum item_kind kind, int number);
void queue_remove(struct queue *queue, enum item_kind kind, int number);
const struct item *queue_first(const struct queue *queue); /* NULL: it is empty */

/* Removes an item that queue_first has returned. */
struct item queue_take(struct queue *queue, const struct item *first);

#endif
