/* What a request of the simulated world meets: when it is answered, and with what.
 *
 * Happy path: the server accepts, answers in its time, and fills the body.
 *
 * What can go wrong: nobody listens (ENOENT for a socket that was never made, else refused), the
 * manner of the server (sim.h), the timeout. */
#include <errno.h>
#include <string.h>

#include "sim/state.h"

enum { ANSWER_MS = 1 };

static const struct sim_service *pending_service(const struct sim *sim,
                                                 const struct pending *pending)
{
    return pending->process >= 0 ? sim->processes[pending->process].behaviour : NULL;
}

/* Its listeners close when Envoy drains, its admin's never does. */
static int connect_error(const struct sim *sim, const struct pending *pending)
{
    const struct sim_service *service = pending_service(sim, pending);
    const struct process *process;

    if (pending->endpoint)
        return 0;
    process = service ? &sim->processes[pending->process] : NULL;
    if (!process || (process->state == PROCESS_RUNNING && !process_ready(sim, process)))
        return strncmp(pending->where, "unix:", 5) == 0 ? -ENOENT : -ECONNREFUSED;
    if (process->state != PROCESS_RUNNING)
        return -ECONNREFUSED;
    if (address_is(service->address, pending->where) && sim->now_ms >= process->envoy.closed_ms)
        return -ECONNREFUSED;
    return 0;
}

/* Manners */

static bool fault_empty(const struct sim_fault *fault)
{
    return !fault->path && fault->manner == SIM_ANSWERS && fault->delay_ms == 0;
}

/* The fault that applies, counted; NULL: none. */
static const struct sim_fault *fault_take(struct sim *sim, const struct pending *pending)
{
    const struct process *process = &sim->processes[pending->process];

    for (int i = 0; process->service >= 0 && i < SIM_FAULTS_MAX; i++) {
        const struct sim_fault *fault = &process->behaviour->faults[i];
        int *times = &sim->services[process->service].fault_times[i];

        if (fault_empty(fault))
            break;
        if (fault->path && strncmp(pending->path, fault->path, strlen(fault->path)) != 0)
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
static int64_t manner_choose(struct sim *sim, struct pending *pending)
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
    if (!address_is(service->address, pending->where))
        fault = fault_take(sim, pending);
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

/* Whoever tries again meets the same one, once there is one. */
static void server_find(struct sim *sim, struct pending *pending)
{
    if (pending->process >= 0 || pending->endpoint)
        return;
    pending->endpoint = address_endpoint(sim, pending->where);
    if (!pending->endpoint)
        pending->process = address_process(sim, pending->where, &pending->at_admin);
}

/* A frozen service accepts connections. */
int64_t answer_arrange(struct sim *sim, struct pending *pending)
{
    int64_t delay_ms;

    server_find(sim, pending);
    if (pending->kind == REQUEST_SOCKETS) {
        pending->error = sockets_error(sim, pending);
        return sim->now_ms;
    }
    pending->error = connect_error(sim, pending);
    if (pending->error < 0)
        return sim->now_ms;
    delay_ms = manner_choose(sim, pending);
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

/* The answer */

/* Does what the request says, fills the body; returns the status. */
static int http_fill(struct sim *sim, const struct pending *pending, struct text *body)
{
    const struct sim_endpoint *endpoint = pending->endpoint;

    if (pending->manner == SIM_GARBAGE) {
        text_put(body, "\x01\x02<html>{\"http.ingress.downstream_rq_active\": \xff\n");
        return 200;
    }
    if (pending->manner == SIM_STATUS && !endpoint) {
        text_add(body, "status %d\n", pending->status);
        return pending->status;
    }
    if (!endpoint)
        return router_answer(sim, &sim->processes[pending->process], pending, body);
    text_put(body, endpoint->body ? endpoint->body : "");
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
    text_put_line(body, "open ", stats.connections_active);
    text_put_line(body, "busy ", busy);
    text_put_line(body, "stuck ", stuck_ms);
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

static int answer_fill(struct sim *sim, const struct pending *pending, struct text *body)
{
    switch (pending->kind) {
    case REQUEST_HTTP:
        return http_fill(sim, pending, body);
    case REQUEST_SOCKETS:
        sockets_fill(sim, pending, body);
        break;
    case REQUEST_CONNECT:
        break;
    }
    return 0;
}

void answer_give(struct sim *sim, struct pending *pending, struct event *event)
{
    struct text *body = &sim->body;
    int status = 0;

    text_clear(body);
    if (pending->error == 0)
        status = answer_fill(sim, pending, body);
    if (body->length > BODY_MAX)
        pending->error = -EMSGSIZE;
    answer_record(sim, pending, status);
    event->kind = EVENT_ANSWERED;
    event->answered.request = pending->request;
    event->answered.error = pending->error;
    if (pending->error < 0)
        return;
    event->answered.status = status;
    event->answered.body_length = body->length;
    event->answered.body = sim_lend(sim, text_read(body), &event->answered.body_length);
}
