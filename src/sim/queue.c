#include "sim/queue.h"

static bool item_before(const struct item *one, const struct item *other)
{
    return one->at_ms != other->at_ms ? one->at_ms < other->at_ms : one->order < other->order;
}

void queue_push(struct queue *queue, int64_t at_ms, enum item_kind kind, int number)
{
    if (at_ms == NEVER_MS)
        return;
    queue->items[queue->count++] = (struct item){
        .at_ms = at_ms,
        .order = ++queue->order,
        .kind = kind,
        .number = number,
    };
}

void queue_remove(struct queue *queue, enum item_kind kind, int number)
{
    for (int i = 0; i < queue->count; i++) {
        const struct item *item = &queue->items[i];

        if (item->kind == kind && item->number == number) {
            queue->items[i] = queue->items[--queue->count];
            return;
        }
    }
}

struct item queue_take(struct queue *queue, const struct item *first)
{
    struct item item = *first;

    queue->items[first - queue->items] = queue->items[--queue->count];
    return item;
}

const struct item *queue_first(const struct queue *queue)
{
    const struct item *first = NULL;

    for (int i = 0; i < queue->count; i++)
        if (!first || item_before(&queue->items[i], first))
            first = &queue->items[i];
    return first;
}
