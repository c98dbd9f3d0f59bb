/* Requests of the simulated world, from their start to their end.
 *
 * Happy path: the address leads to a service or an endpoint, the answer is arranged (answer.c), and
 * when its time has come what the request asks for is done and answered.
 *
 * What can go wrong: what answer.c says; nobody listens, and the connection is tried again and
 * again, which makes no event until the last; a service that is frozen or exits meanwhile. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

static void pending_free(struct pending *pending)
{
    free(pending->names);
    *pending = (struct pending){0};
}

static struct pending *pending_slot(struct sim *sim)
{
    for (int i = 0; i < sim->requests_used; i++)
        if (!sim->requests[i].used)
            return &sim->requests[i];
    if (sim->requests_used == REQUESTS_MAX)
        return NULL;
    sim->requests[sim->requests_used] = (struct pending){0};
    return &sim->requests[sim->requests_used++];
}

static struct pending *pending_find(struct sim *sim, uint32_t request)
{
    for (int i = 0; i < sim->requests_used; i++)
        if (sim->requests[i].used && sim->requests[i].request == request)
            return &sim->requests[i];
    return NULL;
}

/* Copies of the three, in one block. */
static int pending_name(struct pending *pending, const char *method, const char *where,
                        const char *path)
{
    size_t method_size = strlen(method) + 1, where_size = strlen(where) + 1;
    size_t path_size = strlen(path) + 1;
    char *names = malloc(method_size + where_size + path_size);

    if (!names)
        return -ENOMEM;
    pending->names = names;
    pending->method = memcpy(names, method, method_size);
    pending->where = memcpy(names + method_size, where, where_size);
    pending->path = memcpy(names + method_size + where_size, path, path_size);
    return 0;
}

int request_start(struct world *world, uint32_t request, const struct request *what)
{
    struct sim *sim = sim_of(world);
    struct pending *pending = pending_slot(sim);
    char where[ADDRESS_LENGTH_MAX + 1];
    const char *path;
    int result = address_split(what, where, sizeof(where), &path);

    if (result < 0)
        return result;
    if (pending_find(sim, request))
        return -EEXIST;
    if (!pending)
        return -EAGAIN;
    *pending = (struct pending){
        .used = true,
        .request = request,
        .kind = what->kind,
        .process = -1,
        .timeout_at_ms = sim_after_ms(sim, what->timeout_ms),
        .retry_ms = what->retry_ms,
    };
    result = pending_name(pending, what->kind == REQUEST_HTTP ? what->method : "", where, path);
    if (result < 0) {
        pending_free(pending);
        return result;
    }
    queue_push(&sim->queue, answer_arrange(sim, pending), ITEM_ANSWER,
               (int)(pending - sim->requests));
    return 0;
}

void request_cancel(struct world *world, uint32_t request)
{
    struct sim *sim = sim_of(world);
    struct pending *pending = pending_find(sim, request);

    if (!pending)
        return;
    queue_remove(&sim->queue, ITEM_ANSWER, (int)(pending - sim->requests));
    pending_free(pending);
}

void requests_on_exit(struct sim *sim, int process)
{
    for (int i = 0; i < sim->requests_used; i++) {
        struct pending *pending = &sim->requests[i];

        if (!pending->used || pending->process != process || pending->kind != REQUEST_HTTP ||
            pending->error == -ECONNREFUSED || pending->error == -ENOENT)
            continue;
        pending->error = -ECONNRESET;
        queue_remove(&sim->queue, ITEM_ANSWER, i);
        queue_push(&sim->queue, sim->now_ms, ITEM_ANSWER, i);
    }
}

void requests_close(struct sim *sim)
{
    for (int i = 0; i < sim->requests_used; i++)
        pending_free(&sim->requests[i]);
}

/* It is frozen: it does nothing with the request before it goes on, or the timeout comes. */
static bool answer_held_up(struct sim *sim, struct pending *pending, int place)
{
    if (pending->process < 0 || !sim->processes[pending->process].frozen ||
        pending->kind != REQUEST_HTTP || pending->error == -ETIMEDOUT ||
        pending->error == -ECONNREFUSED)
        return false;
    pending->held_up = true;
    pending->held_error = pending->error;
    pending->error = -ETIMEDOUT;
    queue_push(&sim->queue, pending->timeout_at_ms, ITEM_ANSWER, place);
    return true;
}

/* Nobody accepted so far. What the next try gives is told after all else of that moment, as what
 * the first one gave. */
static bool connect_again(struct sim *sim, struct pending *pending, int place)
{
    bool tried = pending->refused;

    if (tried)
        answer_arrange(sim, pending);
    pending->refused = pending->retry_ms > 0 && pending->error < 0 &&
                       sim->now_ms < pending->timeout_at_ms;
    if (tried || pending->refused)
        queue_push(&sim->queue, sim->now_ms + (pending->refused ? pending->retry_ms : 0),
                   ITEM_ANSWER, place);
    return tried || pending->refused;
}

void requests_on_thaw(struct sim *sim, int process)
{
    for (int i = 0; i < sim->requests_used; i++) {
        struct pending *pending = &sim->requests[i];

        if (!pending->used || !pending->held_up || pending->process != process)
            continue;
        pending->held_up = false;
        pending->error = pending->held_error;
        queue_remove(&sim->queue, ITEM_ANSWER, i);
        queue_push(&sim->queue, sim->now_ms, ITEM_ANSWER, i);
    }
}

bool request_on_answer(struct sim *sim, int place, struct event *event)
{
    struct pending *pending = &sim->requests[place];

    if (answer_held_up(sim, pending, place) || connect_again(sim, pending, place))
        return false;
    answer_give(sim, pending, event);
    pending_free(pending);
    return true;
}
