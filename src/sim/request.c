/* Requests of the simulated world.
 *
 * Happy path: the address leads to a service or an endpoint, the answer is arranged, and when its
 * time has come what the request asks for is done and answered.
 *
 * What can go wrong: nobody listens (ENOENT for a socket that was never made, else refused; a
 * connection may be tried again and again, which makes no event until the last), the
 * manner of the server (sim.h), the timeout, a service that is frozen or exits meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

enum { ANSWER_MS = 1 };

static const struct sim_service *pending_service(const struct sim *sim,
                                                 const struct pending *pending)
{
    return pending->process >= 0 ? sim->processes[pending->process].behaviour : NULL;
}

/* Its listeners close when Envoy drains, its admin's never does. */
static int connect_error(const struct sim *sim, const struct pending *pending, const char *where)
{
    const struct sim_service *service = pending_service(sim, pending);
    const struct process *process;

    if (pending->endpoint)
        return 0;
    process = service ? &sim->processes[pending->process] : NULL;
    if (!process || (process->state == PROCESS_RUNNING && !process_ready(sim, process)))
        return strncmp(where, "unix:", 5) == 0 ? -ENOENT : -ECONNREFUSED;
    if (process->state != PROCESS_RUNNING)
        return -ECONNREFUSED;
    if (address_is(service->address, where) && sim->now_ms >= process->envoy.closed_ms)
        return -ECONNREFUSED;
    return 0;
}

/* Manners */

static bool fault_empty(const struct sim_fault *fault)
{
    return !fault->path && fault->manner == SIM_ANSWERS && fault->delay_ms == 0;
}

/* The fault that applies, counted; NULL: none. */
static const struct sim_fault *fault_take(struct sim *sim, const struct pending *pending,
                                          const char *path)
{
    const struct process *process = &sim->processes[pending->process];

    for (int i = 0; process->service >= 0 && i < SIM_FAULTS_MAX; i++) {
        const struct sim_fault *fault = &process->behaviour->faults[i];
        int *times = &sim->services[process->service].fault_times[i];

        if (fault_empty(fault))
            break;
        if (fault->path && strncmp(path, fault->path, strlen(fault->path)) != 0)
            continue;
        if (fault->changes && strcmp(pending->method, "POST") != 0)
            continue;
        if (sim->now_ms < fault->from_ms || (fault->times > 0 && *times >= fault->times))
            continue;
        ++*times;
        return fault;
    }
    return NULL;
}

static int64_t first_positive(int64_t one, int64_t other, int64_t last)
{
    return one > 0 ? one : other > 0 ? other : last;
}

/* How the server will behave; returns how long it takes to answer. */
static int64_t manner_choose(struct sim *sim, struct pending *pending, const char *where,
                             const char *path)
{
    const struct sim_service *service = pending_service(sim, pending);
    const struct sim_fault *fault = NULL;

    if (pending->endpoint) {
        pending->manner = pending->endpoint->manner;
        pending->status = pending->endpoint->status;
        return first_positive(pending->endpoint->answer_ms, 0, ANSWER_MS);
    }
    if (!service)
        return ANSWER_MS;
    if (!address_is(service->address, where))
        fault = fault_take(sim, pending, path);
    if (fault) {
        pending->manner = fault->manner;
        pending->status = fault->status;
    }
    return first_positive(fault ? fault->delay_ms : 0, service->answer_ms, ANSWER_MS);
}

static int manner_error(enum sim_manner manner)
{
    switch (manner) {
    case SIM_REFUSES:
        return -ECONNREFUSED;
    case SIM_RESETS:
        return -ECONNRESET;
    case SIM_HANGS:
        return -ETIMEDOUT;
    case SIM_FLOODS:
        return -EMSGSIZE;
    case SIM_ANSWERS:
    case SIM_STATUS:
    case SIM_GARBAGE:
        return 0;
    }
    return 0;
}

/* What the kernel says when it is asked for the connections of a service; it answers at once. */
static int sockets_error(const struct sim *sim, const struct pending *pending)
{
    if (pending->process < 0)
        return -ESRCH;
    if (!process_ready(sim, &sim->processes[pending->process]))
        return -ENOENT;
    return -sim->config->sockets_error;
}

/* When the answer will come; decides on its error. A frozen service accepts connections. */
static int64_t answer_arrange(struct sim *sim, struct pending *pending, const char *where,
                              const char *path)
{
    int64_t delay_ms;

    if (pending->kind == REQUEST_SOCKETS) {
        pending->error = sockets_error(sim, pending);
        return sim->now_ms;
    }
    pending->error = connect_error(sim, pending, where);
    if (pending->error < 0)
        return sim->now_ms;
    delay_ms = manner_choose(sim, pending, where, path);
    if (pending->manner == SIM_REFUSES || pending->kind == REQUEST_CONNECT) {
        pending->error = pending->manner == SIM_REFUSES ? -ECONNREFUSED : 0;
        return sim->now_ms;
    }
    pending->error = manner_error(pending->manner);
    if (pending->error == -ETIMEDOUT || sim->now_ms + delay_ms > pending->timeout_at_ms) {
        pending->error = -ETIMEDOUT;
        return pending->timeout_at_ms;
    }
    return sim->now_ms + delay_ms;
}

/* Start and end */

static void pending_free(struct pending *pending)
{
    free(pending->method);
    free(pending->where);
    free(pending->path);
    *pending = (struct pending){0};
}

static struct pending *pending_slot(struct sim *sim)
{
    for (int i = 0; i < REQUESTS_MAX; i++)
        if (!sim->requests[i].used)
            return &sim->requests[i];
    return NULL;
}

static struct pending *pending_find(struct sim *sim, uint32_t request)
{
    for (int i = 0; i < REQUESTS_MAX; i++)
        if (sim->requests[i].used && sim->requests[i].request == request)
            return &sim->requests[i];
    return NULL;
}

/* Who is asked, and what comes of it; returns when that is known. */
static int64_t pending_try(struct sim *sim, struct pending *pending)
{
    const char *where = pending->where;

    pending->endpoint = address_endpoint(sim, where);
    pending->process = pending->endpoint ? -1 : address_process(sim, where, &pending->at_admin);
    return answer_arrange(sim, pending, where, pending->path);
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
        .timeout_at_ms = sim_after_ms(sim, what->timeout_ms),
        .retry_ms = what->retry_ms,
        .method = strdup(what->kind == REQUEST_HTTP ? what->method : ""),
        .where = strdup(where),
        .path = strdup(path),
    };
    if (!pending->method || !pending->where || !pending->path)
        goto fail;
    queue_push(&sim->queue, pending_try(sim, pending), ITEM_ANSWER,
               (int)(pending - sim->requests));
    return 0;

fail:
    pending_free(pending);
    return -ENOMEM;
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
    for (int i = 0; i < REQUESTS_MAX; i++) {
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
    for (int i = 0; i < REQUESTS_MAX; i++)
        pending_free(&sim->requests[i]);
}

/* Answers */

static int answer_fill(struct sim *sim, const struct pending *pending, struct text *body)
{
    const struct sim_endpoint *endpoint = pending->endpoint;

    if (pending->manner == SIM_GARBAGE) {
        text_add(body, "\x01\x02<html>{\"http.ingress.downstream_rq_active\": \xff\n");
        return 200;
    }
    if (pending->manner == SIM_STATUS && !endpoint) {
        text_add(body, "status %d\n", pending->status);
        return pending->status;
    }
    if (!endpoint)
        return router_answer(sim, &sim->processes[pending->process], pending, body);
    text_add(body, "%s", endpoint->body ? endpoint->body : "");
    return endpoint->status > 0 ? endpoint->status : 200;
}

/* A WebSocket is not in a request. */
static void sockets_fill(struct sim *sim, const struct pending *pending, struct text *body)
{
    const struct process *process = &sim->processes[pending->process];
    struct traffic_stats stats = {0};
    int64_t busy, stuck_ms;

    if (process->service >= 0)
        stats = traffic_stats(&sim->services[process->service].traffic, sim->now_ms);
    busy = stats.requests_active - stats.upgrades_active;
    stuck_ms = process->frozen && busy > 0 ? sim->now_ms - process->frozen_ms : 0;
    text_add(body, "open %lld\nbusy %lld\nstuck %lld\n", (long long)stats.connections_active,
             (long long)busy, (long long)stuck_ms);
}

static const char *error_word(int error)
{
    switch (error) {
    case -ECONNREFUSED:
        return "refused";
    case -ECONNRESET:
        return "reset";
    case -ETIMEDOUT:
        return "timeout";
    case -ENOENT:
        return "no socket";
    case -EMSGSIZE:
        return "too long";
    }
    return "failed";
}

static const char *pending_server(const struct sim *sim, const struct pending *pending)
{
    if (pending->endpoint)
        return pending->endpoint->address;
    return pending->process >= 0 ? sim->processes[pending->process].name : "nobody";
}

static void answer_record(struct sim *sim, const struct pending *pending, int status)
{
    const char *server = pending_server(sim, pending);

    if (pending->kind != REQUEST_HTTP || strcmp(pending->method, "GET") == 0)
        return;
    if (pending->error < 0)
        sim_record(sim, "%s %s %s %s", pending->method, server, pending->path,
                   error_word(pending->error));
    else
        sim_record(sim, "%s %s %s %d", pending->method, server, pending->path, status);
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
        pending_try(sim, pending);
    pending->refused = pending->retry_ms > 0 && pending->error < 0 &&
                       sim->now_ms < pending->timeout_at_ms;
    if (tried || pending->refused)
        queue_push(&sim->queue, sim->now_ms + (pending->refused ? pending->retry_ms : 0),
                   ITEM_ANSWER, place);
    return tried || pending->refused;
}

void requests_on_thaw(struct sim *sim, int process)
{
    for (int i = 0; i < REQUESTS_MAX; i++) {
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
    struct text body = {0};
    int status = 0;

    if (answer_held_up(sim, pending, place) || connect_again(sim, pending, place))
        return false;
    if (pending->error == 0 && pending->kind == REQUEST_HTTP)
        status = answer_fill(sim, pending, &body);
    if (pending->error == 0 && pending->kind == REQUEST_SOCKETS)
        sockets_fill(sim, pending, &body);
    if (body.length > BODY_MAX)
        pending->error = -EMSGSIZE;
    answer_record(sim, pending, status);
    event->kind = EVENT_ANSWERED;
    event->answered.request = pending->request;
    event->answered.error = pending->error;
    if (pending->error == 0) {
        event->answered.status = status;
        event->answered.body = sim_lend(sim, text_read(&body), &body.length);
        event->answered.body_length = body.length;
    }
    text_close(&body);
    pending_free(pending);
    return true;
}
