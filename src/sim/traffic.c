/* The clients of one service, in steps of a millisecond.
 *
 * Happy path: a client connects at its first turn, sends a request at each turn and gets the
 * response request_ms later. Once Envoy drains, a response closes the connection; at its next turn
 * the client comes back here or goes to another replica, for good.
 *
 * What can go wrong: the service exits while a request is in flight (cut), or while the connection
 * is idle (cut, which only some clients notice in time); a client comes that nobody accepts
 * (refused). Fractions of clients are owed until they are whole ones, so that no randomness is
 * needed; all is counted in integers, so that every machine counts alike.
 *
 * Time is made up for when somebody looks: looking changes nothing. */
#include <errno.h>
#include <stdlib.h>

#include "sim/state.h"

enum { MILLION = 1000000, REPLICAS_DEFAULT = 2 };

/* The whole ones of what is owed; the rest stays owed. */
static int64_t take_whole(int64_t *owed, int64_t unit)
{
    int64_t whole = *owed < unit ? 0 : *owed / unit; /* mostly none: spares a division */

    *owed -= whole * unit;
    return whole;
}

static bool clients_take_turns(const struct sim_traffic *config)
{
    return config->requests_per_second > 0;
}

int traffic_init(struct traffic *traffic, const struct sim_traffic *config)
{
    int64_t period_ms = 0;

    traffic->config = config;
    traffic->routed_until_ms = NEVER_MS;
    traffic->one_shots_per_ms = (int64_t)(config->one_shots_per_second * MILLION / 1000 + 0.5);
    traffic->probes_per_ms = (int64_t)(config->probes_per_second * MILLION / 1000 + 0.5);
    traffic->busy_ms = traffic->arrived_ms = -1;
    traffic->request_ms = config->request_ms > 0 ? config->request_ms : 1;
    if (clients_take_turns(config))
        period_ms = (int64_t)(1000 / config->requests_per_second + 0.5);
    if (period_ms <= traffic->request_ms)
        period_ms = traffic->request_ms + 1;
    traffic->slots = calloc((size_t)period_ms, sizeof(*traffic->slots));
    if (!traffic->slots)
        return -ENOMEM;
    traffic->period_ms = period_ms;
    traffic->respond_slot = period_ms - traffic->request_ms;
    if (clients_take_turns(config))
        for (int64_t i = 0; i < config->connections; i++)
            traffic->slots[i * period_ms / config->connections].coming++;
    return 0;
}

void traffic_close(struct traffic *traffic)
{
    free(traffic->slots);
    *traffic = (struct traffic){0};
}

void traffic_begin(struct traffic *traffic, const struct envoy *envoy, int64_t from_ms)
{
    traffic->begun = true;
    traffic->envoy = envoy;
    traffic->done_ms = from_ms;
    if (traffic->config->upgrades > 0 || traffic->config->long_requests > 0)
        traffic->arrived_ms = from_ms;
}

/* Clients that lost their connection: how many of them will come back here. */
static int returning(struct traffic *traffic, int clients)
{
    int replicas = traffic->config->replicas > 0 ? traffic->config->replicas : REPLICAS_DEFAULT;

    traffic->returns_owed += clients;
    return (int)take_whole(&traffic->returns_owed, replicas);
}

/* Of so many responses, how many close their connection. */
static int told_to_close(struct traffic *traffic, int responses, int64_t now_ms)
{
    const struct envoy *envoy = traffic->envoy;
    int64_t elapsed_ms = now_ms - envoy->draining_ms;
    int64_t drain_ms = (int64_t)envoy->drain_time_s * 1000;

    if (!envoy->draining)
        return 0;
    if (envoy->tells_all || elapsed_ms >= drain_ms)
        return responses;
    traffic->closes_owed += responses * (elapsed_ms * MILLION / drain_ms);
    return (int)take_whole(&traffic->closes_owed, MILLION);
}

static void slot_respond(struct traffic *traffic, struct slot *slot, int64_t now_ms)
{
    int told;

    if (!traffic->envoy)
        return;
    told = told_to_close(traffic, slot->busy, now_ms);
    if (traffic->failing)
        traffic->requests_failed += slot->busy + slot->once;
    traffic->requests_active -= slot->busy + slot->once;
    traffic->connections_active -= told + slot->once;
    traffic->closes += told;
    slot->open -= told;
    slot->coming += returning(traffic, told);
    slot->busy = 0;
    slot->once = 0;
}

static void slot_request(struct traffic *traffic, struct slot *slot, int64_t now_ms)
{
    bool routed = now_ms < traffic->routed_until_ms;
    bool accepting = traffic->envoy && now_ms < traffic->envoy->closed_ms;
    int coming = slot->coming;
    int once = (int)take_whole(&traffic->one_shots_owed, MILLION);

    slot->coming = 0;
    if (!routed)
        coming = once = 0;
    if (!accepting) {
        traffic->requests += coming + once;
        traffic->requests_refused += coming + once;
        coming = once = 0;
    }
    slot->open += coming;
    slot->busy = slot->open;
    slot->once = once;
    traffic->connections += coming + once;
    traffic->connections_active += coming + once;
    traffic->requests += slot->busy + once;
    traffic->requests_active += slot->busy + once;
    if (coming + once > 0)
        traffic->arrived_ms = now_ms;
}

/* They come whatever happens, and are gone within the millisecond. */
static void probes_come(struct traffic *traffic, int64_t now_ms)
{
    int probes;

    traffic->probes_owed += traffic->probes_per_ms;
    probes = (int)take_whole(&traffic->probes_owed, MILLION);
    if (probes == 0 || !traffic->envoy || now_ms >= traffic->envoy->closed_ms)
        return;
    traffic->connections += probes;
    traffic->requests += probes;
    traffic->arrived_ms = traffic->busy_ms = now_ms;
}

static bool clients_ever_come(const struct traffic *traffic)
{
    return (traffic->config->connections > 0 && clients_take_turns(traffic->config)) ||
           traffic->one_shots_per_ms > 0 || traffic->probes_per_ms > 0;
}

static int64_t slot_after(const struct traffic *traffic, int64_t slot)
{
    return slot + 1 < traffic->period_ms ? slot + 1 : 0;
}

void traffic_advance(struct traffic *traffic, int64_t now_ms)
{
    if (!traffic->begun)
        return;
    if (traffic->frozen) {
        if (traffic->done_ms < now_ms)
            traffic->done_ms = now_ms;
        return;
    }
    if (!clients_ever_come(traffic) && traffic->done_ms < now_ms)
        traffic->done_ms = now_ms;
    while (traffic->done_ms < now_ms) {
        struct slot *responding = &traffic->slots[traffic->respond_slot];
        struct slot *requesting = &traffic->slots[traffic->request_slot];

        traffic->done_ms++;
        if (responding->busy + responding->once > 0)
            slot_respond(traffic, responding, traffic->done_ms);
        traffic->one_shots_owed += traffic->one_shots_per_ms;
        if (requesting->open + requesting->coming > 0 ||
            traffic->one_shots_owed >= MILLION)
            slot_request(traffic, requesting, traffic->done_ms);
        if (traffic->connections_active > 0)
            traffic->busy_ms = traffic->done_ms;
        if (traffic->probes_per_ms > 0)
            probes_come(traffic, traffic->done_ms);
        traffic->respond_slot = slot_after(traffic, traffic->respond_slot);
        traffic->request_slot = slot_after(traffic, traffic->request_slot);
    }
}

static void routing_move(struct traffic *traffic, int64_t now_ms)
{
    int64_t delay_ms = traffic->config->routing_ms;

    if (traffic->routed_until_ms == NEVER_MS && delay_ms != NEVER_MS)
        traffic->routed_until_ms = now_ms + delay_ms;
}

void traffic_on_signal(struct traffic *traffic, int64_t now_ms)
{
    traffic_advance(traffic, now_ms);
    routing_move(traffic, now_ms);
}

void traffic_on_frozen(struct traffic *traffic, int64_t now_ms, bool frozen)
{
    traffic_advance(traffic, now_ms);
    traffic->frozen = frozen;
}

static int64_t long_active(const struct traffic *traffic, int64_t now_ms)
{
    return now_ms < traffic->config->long_until_ms ? traffic->config->long_requests : 0;
}

static int64_t idle_always(const struct traffic *traffic)
{
    return clients_take_turns(traffic->config) ? 0 : traffic->config->connections;
}

/* Was it serving at all? A service that never got ready has no clients to lose. */
static bool serving(const struct traffic *traffic, int64_t now_ms)
{
    return traffic->begun && traffic->envoy && traffic->done_ms <= now_ms;
}

void traffic_on_exit(struct traffic *traffic, int64_t now_ms)
{
    traffic_advance(traffic, now_ms);
    if (serving(traffic, now_ms)) {
        traffic->requests_cut += traffic->requests_active + long_active(traffic, now_ms);
        traffic->connections_cut += traffic->connections_active - traffic->requests_active +
                                    idle_always(traffic);
        for (int64_t i = 0; i < traffic->period_ms; i++) {
            struct slot *slot = &traffic->slots[i];

            slot->coming += returning(traffic, slot->open);
            slot->open = slot->busy = slot->once = 0;
        }
    } else {
        traffic->begun = false;
    }
    traffic->requests_active = 0;
    traffic->connections_active = 0;
    traffic->envoy = NULL;
    traffic->frozen = false;
    routing_move(traffic, now_ms);
}

void traffic_on_need(struct traffic *traffic, int64_t now_ms, bool gone)
{
    traffic_advance(traffic, now_ms);
    traffic->failing = gone;
}

int64_t traffic_active(const struct traffic *traffic, int64_t now_ms)
{
    return traffic->envoy ? traffic->requests_active + long_active(traffic, now_ms) : 0;
}

struct traffic_stats traffic_stats(struct traffic *traffic, int64_t now_ms)
{
    int upgrades = traffic->config->upgrades;
    int64_t others = long_active(traffic, now_ms) + upgrades;

    traffic_advance(traffic, now_ms);
    return (struct traffic_stats){
        .requests_active = traffic->requests_active + others,
        .upgrades_active = upgrades,
        .connections_active = traffic->connections_active + others + idle_always(traffic),
        .requests = traffic->requests + traffic->config->long_requests + upgrades,
        .connections = traffic->connections + traffic->config->long_requests + upgrades +
                       idle_always(traffic),
        .closes = traffic->closes,
    };
}
