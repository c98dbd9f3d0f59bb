#include "client.h"

#include "output.h"
#include "random.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    FAILED_CONNECT_PAUSE_US = 10000 /* at full speed, or refusals would count our own speed */
};

static void disconnect(struct client *client)
{
    if (client->connection.established) {
        client->load->connections--;
    }
    connection_close(&client->connection);
    client->unseen_event = false;
}

static void schedule_next(struct client *client, bool connected)
{
    double rate = client->load->options.rate;
    int64_t now = now_us();
    int64_t next_us = now;

    if (rate > 0) {
        next_us = client->scheduled_us + random_gap_us(&client->random, rate);
    } else if (!connected) {
        next_us = now + FAILED_CONNECT_PAUSE_US;
    }
    client_schedule(client, next_us > now ? next_us : now);
}

/* The request is over. */
static void rest(struct client *client, bool connected)
{
    struct load *load = client->load;

    client->state = CLIENT_RESTING;
    client->idle_since_us = now_us();
    load->in_flight--;
    timers_clear(&load->timers, &client->timer);
    if (client->one_shot || load->stopping) {
        disconnect(client);
    }
    if (client->one_shot) {
        client->next = load->spare;
        load->spare = client;
    } else if (!load->stopping) {
        schedule_next(client, connected);
    }
}

static void count_failure(struct client *client, enum failure_kind kind, const char *detail)
{
    struct statistics *statistics = &client->load->statistics;

    statistics_failure(statistics, kind, now_us());
    if (client->connection.endpoint != NULL) {
        client->connection.endpoint->requests++;
        client->connection.endpoint->failed++;
    }
    output_failure(client->load, client, kind, detail);
}

static void fail(struct client *client, enum failure_kind kind, const char *detail)
{
    bool connected = client->state == CLIENT_AWAITING;

    count_failure(client, kind, detail);
    disconnect(client);
    rest(client, connected);
}

static void fail_connect(struct client *client, int error)
{
    switch (error) {
    case ETIMEDOUT:
        fail(client, FAILURE_TIMEOUT, "connect");
        break;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EAGAIN:
    case ENOSPC: /* of epoll_ctl: too many watches */
        fail(client, FAILURE_LOCAL, strerrorname_np(error));
        break;
    default:
        fail(client, FAILURE_REFUSED, strerrorname_np(error));
        break;
    }
}

static void fail_cut(struct client *client)
{
    const struct connection *connection = &client->connection;
    const char *detail = connection->error != 0 ? strerrorname_np(connection->error) : "EOF";

    if (connection->received_bytes > 0) {
        fail(client, FAILURE_PARTIAL, detail);
    } else if (connection->requests > 1) {
        fail(client, FAILURE_CUT_REUSED, detail);
    } else {
        fail(client, FAILURE_CUT_FRESH, detail);
    }
}

static void count_answer(struct client *client)
{
    struct statistics *statistics = &client->load->statistics;
    char status[16];

    if (client->connection.response.status == 200) {
        statistics->requests++;
        client->connection.endpoint->requests++;
        histogram_add(&statistics->latency, now_us() - client->started_us);
    } else {
        snprintf(status, sizeof status, "%d", client->connection.response.status);
        count_failure(client, FAILURE_STATUS, status);
    }
    if (!client->one_shot && client->connection.response.close) {
        statistics->told_to_close++;
    }
}

static void finish(struct client *client)
{
    count_answer(client);
    if (client->connection.response.close && !client->load->options.ignore_close) {
        disconnect(client);
    } else if (client->connection.ended && client->load->options.blind) {
        client->unseen_event = true; /* a blind client would not have noticed */
    } else if (client->connection.ended && !client->one_shot) {
        client->load->statistics.closed_while_idle++;
        disconnect(client);
    }
    rest(client, true);
}

static void conclude(struct client *client, enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_MORE:
        break;
    case OUTCOME_ANSWERED:
        finish(client);
        break;
    case OUTCOME_CUT:
        fail_cut(client);
        break;
    case OUTCOME_GARBAGE:
        fail(client, FAILURE_PROTOCOL, "garbage");
        break;
    }
}

static void begin_request(struct client *client)
{
    const struct endpoint *endpoint = client->connection.endpoint;
    bool look_now = client->unseen_event;

    client->state = CLIENT_AWAITING;
    client->unseen_event = false;
    enum outcome outcome = connection_begin(
        &client->connection, client->one_shot ? &endpoint->one_shot : &endpoint->keep_alive);
    if (outcome == OUTCOME_MORE && look_now) {
        outcome = connection_receive(&client->connection, true);
    }
    conclude(client, outcome);
}

static void connecting_over(struct client *client, bool readable)
{
    int error = connection_establish(&client->connection);

    if (error != 0) {
        fail_connect(client, error);
        return;
    }
    client->load->connections++;
    client->load->statistics.connections_opened++;
    client->unseen_event = readable;
    begin_request(client);
}

static void open_connection(struct client *client)
{
    struct load *load = client->load;
    struct endpoint *endpoint = endpoints_choose(&load->endpoints,
                                                 random_next(&client->random));

    client->state = CLIENT_CONNECTING;
    if (endpoint == NULL) {
        client->connection.endpoint = NULL;
        client->connection.requests = 0;
        fail(client, FAILURE_REFUSED, "no endpoint"); /* as kube-proxy rejects */
        return;
    }
    int error = connection_open(&client->connection, endpoint, load->epoll, &client->watch);
    if (error != 0) {
        fail_connect(client, error);
    }
}

static void drop_if_stale(struct client *client)
{
    if (connection_stale(&client->connection)) {
        client->load->statistics.closed_while_idle++;
        disconnect(client);
    }
}

void client_start(struct client *client)
{
    struct load *load = client->load;
    const struct options *options = &load->options;

    client->started_us = now_us();
    histogram_add(&load->statistics.start_delay, client->started_us - client->scheduled_us);
    load->in_flight++;
    timers_set(&load->timers, &client->timer,
               client->started_us + (int64_t)(options->timeout_s * 1e6));
    if (options->blind && client->connection.socket >= 0 &&
        client->started_us - client->idle_since_us >= (int64_t)(options->blind_s * 1e6)) {
        drop_if_stale(client);
    }
    if (client->connection.socket >= 0) {
        begin_request(client);
    } else {
        open_connection(client);
    }
}

static void timer_fired(struct timer *timer)
{
    struct client *client = container_of(timer, struct client, timer);
    char detail[64];

    switch (client->state) {
    case CLIENT_RESTING:
        client_start(client);
        break;
    case CLIENT_CONNECTING:
        fail(client, FAILURE_TIMEOUT, "connect");
        break;
    case CLIENT_AWAITING:
        snprintf(detail, sizeof detail, "response, %zu bytes",
                 client->connection.received_bytes);
        fail(client, FAILURE_TIMEOUT, detail);
        break;
    }
}

static void request_ready(struct client *client, bool readable, bool hung_up)
{
    enum outcome outcome = connection_send(&client->connection);

    if (outcome == OUTCOME_MORE && readable) {
        outcome = connection_receive(&client->connection, hung_up);
    }
    conclude(client, outcome);
}

static void socket_ready(struct watch *watch, uint32_t events)
{
    struct client *client = container_of(watch, struct client, watch);
    bool hung_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    bool readable = (events & EPOLLIN) != 0 || hung_up;

    if (client->connection.socket < 0) {
        return; /* closed by an earlier event of the same batch */
    }
    switch (client->state) {
    case CLIENT_RESTING:
        if (client->load->options.blind) {
            client->unseen_event = client->unseen_event || readable;
        } else if (readable) {
            drop_if_stale(client);
        }
        break;
    case CLIENT_CONNECTING:
        connecting_over(client, readable);
        break;
    case CLIENT_AWAITING:
        request_ready(client, readable, hung_up);
        break;
    }
}

void client_init(struct client *client, struct load *load, uint64_t seed)
{
    *client = (struct client){
        .watch.ready = socket_ready,
        .timer.fire = timer_fired,
        .load = load,
        .random = seed,
        .connection.socket = -1,
    };
}

void client_schedule(struct client *client, int64_t scheduled_us)
{
    client->scheduled_us = scheduled_us;
    timers_set(&client->load->timers, &client->timer, scheduled_us);
}

void client_stop(struct client *client)
{
    if (client->state == CLIENT_RESTING) {
        timers_clear(&client->load->timers, &client->timer);
        disconnect(client);
    }
}
