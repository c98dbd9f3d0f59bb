/* The clients of one service: what happens to it, and what can be seen of them.
 *
 * Happy path: it begins to serve -> clients come and go (clients.c) until somebody looks, a signal
 * makes routing move away, or it exits.
 *
 * What can go wrong: the service exits while a request is in flight (cut), or while the connection
 * is idle (cut, which only some clients notice in time); it is frozen, and so is all that goes on
 * in it; whom it needs is gone.
 *
 * Time is made up for when somebody looks: looking changes nothing for the clients, and where many
 * come it may see them as they were some milliseconds ago (steps.c). All is counted
 * in integers, so that every machine counts alike (owed.h), and chance is drawn likewise
 * (chance.c). */
#include <errno.h>

#include "sim/clients.h"
#include "sim/owed.h"

static bool clients_take_turns(const struct sim_traffic *config)
{
    return config->requests_per_second > 0;
}

int traffic_init(struct traffic *traffic, const struct sim_service *service)
{
    const struct sim_traffic *config = &service->traffic;

    traffic->config = config;
    traffic->http2 = config->http2;
    traffic->routed_until_ms = NEVER_MS;
    traffic->client_rate = rate_of(config->requests_per_second);
    traffic->one_shot_rate = rate_of(config->one_shots_per_second);
    traffic->probe_rate = rate_of(config->probes_per_second);
    traffic->busy_ms = traffic->arrived_ms = traffic->looked_ms = -1;
    traffic->request_ms = config->request_ms > 0 ? config->request_ms : 1;
    traffic->late_again = habits_late(config, traffic->client_rate, traffic->request_ms);
    traffic->chance = chance_init(config->chance);
    traffic->requests_owed = chance_first(&traffic->chance);
    traffic->arrivals_owed = chance_first(&traffic->chance);
    traffic->one_shots_owed = chance_first(&traffic->chance);
    traffic->newcomers = clients_take_turns(config) ? config->connections : 0;
    traffic->stride_ms = steps_stride_ms(traffic);
    if (answers_init(&traffic->answers, traffic->request_ms) < 0)
        return -ENOMEM;
    return habits_init(&traffic->habits, service);
}

void traffic_close(struct traffic *traffic)
{
    answers_close(&traffic->answers);
    habits_close(&traffic->habits);
    *traffic = (struct traffic){0};
}

void traffic_begin(struct traffic *traffic, const struct envoy *envoy, int64_t from_ms)
{
    traffic->begun = true;
    traffic->envoy = envoy;
    traffic->done_ms = from_ms;
    if (traffic->config->upgrades > 0 || traffic->config->long_requests > 0 ||
        (traffic->config->connections > 0 && traffic->config->requests_per_second <= 0))
        traffic->arrived_ms = from_ms;
}

static void advance(struct traffic *traffic, int64_t now_ms, bool exactly)
{
    if (!traffic->begun)
        return;
    if (traffic->habits.burst_ms <= now_ms) {
        steps_to(traffic, traffic->habits.burst_ms, true);
        traffic->away += traffic->config->burst;
        traffic->habits.burst_ms = NEVER_MS;
    }
    steps_to(traffic, now_ms, exactly);
}

void traffic_advance(struct traffic *traffic, int64_t now_ms)
{
    advance(traffic, now_ms, true);
}

void traffic_look(struct traffic *traffic, int64_t now_ms)
{
    advance(traffic, now_ms, false);
}

/* What happens to the service */

static void routing_move(struct traffic *traffic, int64_t now_ms)
{
    int64_t delay_ms = traffic->config->routing_ms;

    if (traffic->routed_until_ms == NEVER_MS && delay_ms != NEVER_MS)
        traffic->routed_until_ms = now_ms + delay_ms;
}

/* More replicas are there now, to which some of the one-shots go. */
static void surge_come(struct traffic *traffic)
{
    int replicas = clients_replicas(traffic->config), surge = traffic->config->surge;

    if (traffic->signalled || surge >= replicas)
        return;
    traffic->signalled = true;
    traffic->one_shot_rate = traffic->one_shot_rate * (replicas - surge) / replicas;
}

void traffic_on_signal(struct traffic *traffic, int64_t now_ms)
{
    traffic_advance(traffic, now_ms);
    surge_come(traffic);
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

static int64_t never_used(const struct traffic *traffic)
{
    return clients_take_turns(traffic->config) ? 0 : traffic->config->connections;
}

static int64_t idle_always(const struct traffic *traffic, int64_t now_ms)
{
    return traffic->envoy && now_ms >= traffic->envoy->idle_closed_ms ? 0 : never_used(traffic);
}

/* Was it serving at all? A service that never got ready has no clients to lose. */
static bool serving(const struct traffic *traffic, int64_t now_ms)
{
    return traffic->begun && traffic->envoy && traffic->done_ms <= now_ms;
}

void traffic_on_exit(struct traffic *traffic, int64_t now_ms)
{
    int64_t blind;

    traffic_advance(traffic, now_ms);
    if (serving(traffic, now_ms)) {
        traffic->requests_cut += traffic->kept + traffic->once + long_active(traffic, now_ms);
        traffic->requests_unseen += least(traffic->requests_new, traffic->kept + traffic->once);
        blind = least(traffic->idle, habits_blind(&traffic->habits, now_ms, traffic->client_rate));
        traffic->requests_blind += blind;
        traffic->connections_cut += traffic->idle + idle_always(traffic, now_ms);
        traffic->idle_cut += traffic->idle;
        traffic->upgrades_cut += traffic->config->upgrades;
        /* Blind ones lose a turn; by the next routing has mostly moved. */
        clients_leave(traffic, clients_inside(traffic) - blind);
    } else {
        traffic->begun = false;
    }
    answers_drop(&traffic->answers);
    habits_on_exit(&traffic->habits);
    traffic->idle = traffic->kept = traffic->once = 0;
    traffic->envoy = NULL;
    traffic->frozen = false;
    routing_move(traffic, now_ms);
}

int64_t traffic_finish(struct traffic *traffic, int64_t now_ms)
{
    traffic_advance(traffic, now_ms);
    if (!serving(traffic, now_ms))
        return now_ms;
    traffic->connections_cut += traffic->idle;
    clients_leave(traffic, traffic->idle);
    traffic->idle = 0;
    if (long_active(traffic, now_ms) > 0)
        return traffic->config->long_until_ms;
    return traffic->kept + traffic->once > 0 ? now_ms + traffic->request_ms : now_ms;
}

void traffic_on_need(struct traffic *traffic, int64_t now_ms, bool gone)
{
    traffic_advance(traffic, now_ms);
    traffic->failing = gone;
}

int64_t traffic_active(const struct traffic *traffic, int64_t now_ms)
{
    if (!traffic->envoy)
        return 0;
    return traffic->kept + traffic->once + long_active(traffic, now_ms);
}

struct traffic_stats traffic_stats(struct traffic *traffic, int64_t now_ms)
{
    int upgrades = traffic->config->upgrades;
    int64_t others = long_active(traffic, now_ms) + upgrades;

    traffic_look(traffic, now_ms);
    traffic->looked_ms = now_ms;
    traffic->requests_new = 0;
    return (struct traffic_stats){
        .requests_active = traffic->kept + traffic->once + others,
        .http2 = traffic->http2,
        .upgrades_active = upgrades,
        .connections_active = clients_connections(traffic) + others + idle_always(traffic, now_ms),
        .requests = traffic->requests + traffic->config->long_requests + upgrades,
        .connections = traffic->connections + traffic->config->long_requests + upgrades +
                       never_used(traffic),
        .closes = traffic->closes,
    };
}
