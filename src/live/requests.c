/* The table of requests: numbers of the engine to exchanges and attempts.
 *
 * Happy path: requests_start() takes a slot; the exchange or the attempt ends in the event loop
 * with slot_answer(); the engine has read the event: requests_release() frees the slot.
 * Failure modes: no slot (-EAGAIN), a number that is in use (-EEXIST), a malformed address
 * (-EINVAL), a cancel at any moment in between (the slot is free at once, no event comes). */
#include "live/requests.h"

#include <errno.h>
#include <stdlib.h>

#include "live/requests_internal.h"

int requests_create(struct ev_loop *loop, on_answered callback, void *context,
                    struct requests **requests)
{
    struct requests *created = calloc(1, sizeof *created);

    if (!created)
        return -ENOMEM;
    created->loop = loop;
    created->callback = callback;
    created->context = context;
    for (int i = 0; i < REQUESTS_MAX; i++)
        created->slots[i].requests = created;
    *requests = created;
    return 0;
}

static void slot_close(struct slot *slot)
{
    switch (slot->kind) {
    case REQUEST_HTTP:
        http_close(slot);
        break;
    case REQUEST_CONNECT:
        connect_close(slot);
        break;
    case REQUEST_SOCKETS:
        look_close(slot);
        break;
    }
    slot->state = REQUEST_FREE;
}

void requests_destroy(struct requests *requests)
{
    if (!requests)
        return;
    for (int i = 0; i < REQUESTS_MAX; i++)
        if (requests->slots[i].state != REQUEST_FREE)
            slot_close(&requests->slots[i]);
    multi_close(requests);
    free(requests);
}

static struct slot *slot_find(struct requests *requests, uint32_t request)
{
    for (int i = 0; i < REQUESTS_MAX; i++) {
        struct slot *slot = &requests->slots[i];

        if (slot->state != REQUEST_FREE && slot->number == request)
            return slot;
    }
    return NULL;
}

static struct slot *slot_find_free(struct requests *requests)
{
    for (int i = 0; i < REQUESTS_MAX; i++)
        if (requests->slots[i].state == REQUEST_FREE)
            return &requests->slots[i];
    return NULL;
}

static int slot_start(struct slot *slot, const struct request *what)
{
    switch (slot->kind) {
    case REQUEST_HTTP:
        return http_start(slot, what);
    case REQUEST_CONNECT:
        return connect_start(slot, what);
    case REQUEST_SOCKETS:
        return look_start(slot, what);
    }
    return -EINVAL;
}

int requests_start(struct requests *requests, uint32_t request, const struct request *what)
{
    struct slot *slot;
    int error;

    if (slot_find(requests, request))
        return -EEXIST;
    slot = slot_find_free(requests);
    if (!slot)
        return -EAGAIN;
    *slot = (struct slot){
        .requests = requests,
        .state = REQUEST_RUNNING,
        .kind = what->kind,
        .number = request,
        .connect.fd = -1,
    };
    error = slot_start(slot, what);
    if (error)
        slot_close(slot);
    return error;
}

void requests_cancel(struct requests *requests, uint32_t request)
{
    struct slot *slot = slot_find(requests, request);

    if (slot)
        slot_close(slot);
}

void requests_release(struct requests *requests, uint32_t request)
{
    struct slot *slot = slot_find(requests, request);

    if (slot && slot->state == REQUEST_ANSWERED)
        slot_close(slot);
}

void slot_answer(struct slot *slot, int error, int status)
{
    struct event event = {
        .kind = EVENT_ANSWERED,
        .answered = {
            .request = slot->number,
            .error = error,
            .status = error ? 0 : status,
            .body = slot->http.body && !error ? slot->http.body : "",
            .body_length = error ? 0 : slot->http.body_length,
        },
    };

    slot->state = REQUEST_ANSWERED;
    slot->requests->callback(slot->requests->context, &event);
}
