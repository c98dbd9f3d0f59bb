/* The clients of one service, in steps of a millisecond.
 *
 * Happy path: a client connects, sends requests at times that have nothing to do with each other
 * (Poisson: of those who wait, the same part sends in each millisecond), and gets each response
 * request_ms later. Once Envoy drains, a response closes the connection; at its next turn the
 * client comes back here or goes to another replica, for good.
 *
 * What can go wrong: the service exits while a request is in flight (cut), or while the connection
 * is idle (cut, which only some clients notice in time); a client comes that nobody accepts
 * (refused), and tries again at its next turn. Fractions of clients are owed until they are whole
 * ones: it is the mean of what chance would do, and no randomness is needed. All is counted in
 * integers, so that every machine counts alike.
 *
 * Time is made up for when somebody looks: looking changes nothing for the clients. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

enum { MILLION = 1000000, REPLICAS_DEFAULT = 2 };

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* The whole ones of what is owed, at most so many; the rest stays owed, but no whole one. */
static int64_t take_whole(int64_t *owed, int64_t unit, int64_t most)
{
    int64_t whole;

    if (*owed < unit) /* mostly so: spares a division */
        return 0;
    whole = *owed / unit;
    *owed -= whole * unit;
    return least(whole, most);
}

static int64_t rate_of(double per_second)
{
    return (int64_t)(per_second * MILLION / 1000 + 0.5);
}

static bool clients_take_turns(const struct sim_traffic *config)
{
    return config->requests_per_second > 0;
}

int traffic_init(struct traffic *traffic, const struct sim_traffic *config)
{
    traffic->config = config;
    traffic->http2 = config->http2;
    traffic->routed_until_ms = NEVER_MS;
    traffic->client_rate = rate_of(config->requests_per_second);
    traffic->one_shot_rate = rate_of(config->one_shots_per_second);
    traffic->probe_rate = rate_of(config->probes_per_second);
    traffic->busy_ms = traffic->arrived_ms = traffic->looked_ms = -1;
    traffic->request_ms = config->request_ms > 0 ? config->request_ms : 1;
    traffic->late_again = least(traffic->client_rate * traffic->request_ms, MILLION);
    traffic->newcomers = clients_take_turns(config) ? config->connections : 0;
    traffic->answers = calloc((size_t)traffic->request_ms, sizeof(*traffic->answers));
    return traffic->answers ? habits_init(&traffic->habits, config) : -ENOMEM;
}

void traffic_close(struct traffic *traffic)
{
    free(traffic->answers);
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

/* Clients that lost their connection, or got none: how many of them will come back here. */
static int64_t returning(struct traffic *traffic, int64_t clients)
{
    int replicas = traffic->config->replicas > 0 ? traffic->config->replicas : REPLICAS_DEFAULT;

    if (traffic->config->pinned)
        return clients;
    traffic->returns_owed += clients;
    return take_whole(&traffic->returns_owed, replicas, clients);
}

/* Clients with a connection here. HTTP/2: `idle` are all, whatever is in flight on them. */
static int64_t clients_inside(const struct traffic *traffic)
{
    return traffic->http2 ? traffic->idle : traffic->idle + traffic->kept;
}

/* Of so many responses, how many close their connection. Gradually, each does with two chances of
 * elapsed / drain time: those of its listener and of the server (measured, 1.40: after 15 of 600 s
 * 31 % of clients with a request a second had been told; one chance makes 17 %). */
static int64_t told_to_close(struct traffic *traffic, int64_t responses)
{
    const struct envoy *envoy = traffic->envoy;
    int64_t elapsed_ms = traffic->done_ms - envoy->draining_ms;
    int64_t drain_ms = (int64_t)envoy->drain_time_s * 1000, left;

    if (!envoy->draining)
        return 0;
    if (envoy->tells_all || elapsed_ms >= drain_ms)
        return responses;
    left = MILLION - elapsed_ms * MILLION / drain_ms;
    traffic->closes_owed += responses * (MILLION - left * left / MILLION);
    return take_whole(&traffic->closes_owed, MILLION, responses);
}

/* Connections of clients who were answered. HTTP/1.1: they are idle again. */
static void connections_go_on(struct traffic *traffic, int64_t answered)
{
    int64_t told = told_to_close(traffic, answered), leaving = told;

    if (traffic->habits.told) {
        told = habits_tell(&traffic->habits, traffic->done_ms, told, clients_inside(traffic));
        leaving = 0;
    } else if (traffic->http2) {
        told = leaving = least(told, traffic->idle);
    }
    traffic->closes += told;
    traffic->away += returning(traffic, leaving);
    traffic->idle -= leaving;
    if (traffic->http2)
        return;
    traffic->idle += answered;
    traffic->requests_owed += (answered - leaving) * traffic->late_again;
    habits_on_idle(&traffic->habits, traffic->done_ms, answered - leaving);
}

static void responses_come(struct traffic *traffic, struct answers *answers)
{
    if (traffic->failing)
        traffic->requests_failed += answers->kept + answers->once;
    connections_go_on(traffic, answers->kept);
    traffic->kept -= answers->kept;
    traffic->once -= answers->once;
    *answers = (struct answers){0};
}

static bool accepting(const struct traffic *traffic)
{
    return traffic->envoy && traffic->done_ms < traffic->envoy->closed_ms;
}

/* A client keeps its rate: what it would have sent while it waited for an answer comes right
 * after (late_again); else it sends when it is its turn. */
static int64_t requests_again(struct traffic *traffic)
{
    int64_t clients = clients_inside(traffic);

    if (traffic->http2)
        return take_whole(&traffic->requests_owed, MILLION, INT64_MAX);
    if (traffic->requests_owed > clients * MILLION)
        traffic->requests_owed = clients * MILLION;
    if (traffic->requests_owed < MILLION || traffic->idle == 0)
        return 0;
    clients = least(traffic->requests_owed / MILLION, traffic->idle);
    traffic->requests_owed -= clients * MILLION;
    return clients;
}

/* Newcomers come evenly within the mean time between two requests of a client. */
static int64_t arrival_rate(const struct traffic *traffic)
{
    int64_t clients = traffic->away;

    if (traffic->newcomers > 0)
        clients += traffic->config->connections;
    return clients * traffic->client_rate;
}

/* Pinned clients come whatever routing says, until nobody accepts them. */
static bool stays(const struct traffic *traffic)
{
    return traffic->config->pinned && accepting(traffic);
}

/* Those who connect at their turn now: so many are accepted. */
static int64_t clients_arrive(struct traffic *traffic)
{
    int64_t waiting = traffic->newcomers + traffic->away;
    int64_t coming = take_whole(&traffic->arrivals_owed, MILLION, waiting);
    int64_t new = least(coming, traffic->newcomers);

    traffic->newcomers -= new;
    traffic->away -= coming - new;
    if (coming == 0 || (traffic->done_ms >= traffic->routed_until_ms && !stays(traffic)))
        return 0;
    if (accepting(traffic))
        return coming;
    traffic->requests += coming;
    traffic->requests_refused += coming;
    traffic->away += returning(traffic, coming);
    return 0;
}

static int64_t one_shots_arrive(struct traffic *traffic)
{
    int64_t coming = take_whole(&traffic->one_shots_owed, MILLION, INT64_MAX);

    if (coming == 0 || traffic->done_ms >= traffic->routed_until_ms)
        return 0;
    if (accepting(traffic))
        return coming;
    traffic->requests += coming;
    traffic->requests_refused += coming;
    return 0;
}

static void requests_come(struct traffic *traffic, struct answers *answers)
{
    int64_t again = requests_again(traffic);
    int64_t clients = clients_arrive(traffic), once = one_shots_arrive(traffic);

    traffic->idle += traffic->http2 ? clients : -again;
    traffic->kept += again + clients;
    traffic->once += once;
    traffic->connections += clients + once;
    traffic->requests += again + clients + once;
    traffic->requests_new += again + clients + once;
    answers->kept = (int)(again + clients);
    answers->once = (int)once;
    if (clients + once > 0)
        traffic->arrived_ms = traffic->done_ms;
}

/* All that is left idle of a drain which tells everybody. Their clients notice, and connect at
 * their next turn. */
static void idle_close(struct traffic *traffic)
{
    const struct envoy *envoy = traffic->envoy;

    if (!envoy || traffic->done_ms < envoy->idle_closed_ms || !envoy->draining ||
        !envoy->tells_all)
        return;
    traffic->away += returning(traffic, traffic->idle);
    traffic->idle = 0;
}

/* They come whatever happens, and are gone within the millisecond. */
static void probes_come(struct traffic *traffic)
{
    int64_t probes = take_whole(&traffic->probes_owed, MILLION, INT64_MAX);

    if (probes == 0 || !accepting(traffic))
        return;
    traffic->connections += probes;
    traffic->requests += probes;
    traffic->arrived_ms = traffic->busy_ms = traffic->done_ms;
}

static int64_t connections_active(const struct traffic *traffic)
{
    int64_t clients = clients_inside(traffic);

    /* HTTP/2: one that was told stays until its last response, so there is some of them. */
    if (traffic->http2 && clients == 0 && traffic->kept > 0)
        clients = 1;
    return clients + traffic->once;
}

/* Envoy closes connections on which clients have gone on for long after they were told. */
static void stubborn_leave(struct traffic *traffic)
{
    int64_t closed;

    if (traffic->habits.stubborn == 0)
        return;
    closed = habits_close_told(&traffic->habits, traffic->done_ms, &traffic->requests_blind);
    closed = least(closed, traffic->idle);
    traffic->idle -= closed;
    traffic->away += returning(traffic, closed);
}

/* How long until one is owed, at a rate. */
static int64_t until_whole_ms(int64_t owed, int64_t rate, int64_t most_ms)
{
    if (rate == 0 || owed + rate * most_ms < MILLION)
        return most_ms;
    return owed >= MILLION ? 0 : (MILLION - 1 - owed) / rate;
}

/* For so long nobody comes, sends or gets an answer. */
static int64_t quiet_ms(const struct traffic *traffic, int64_t most_ms)
{
    int64_t quiet = most_ms;

    if (traffic->kept + traffic->once + traffic->habits.stubborn > 0)
        return 0;
    quiet = until_whole_ms(traffic->requests_owed, traffic->idle * traffic->client_rate, quiet);
    quiet = until_whole_ms(traffic->arrivals_owed, arrival_rate(traffic), quiet);
    quiet = until_whole_ms(traffic->one_shots_owed, traffic->one_shot_rate, quiet);
    return until_whole_ms(traffic->probes_owed, traffic->probe_rate, quiet);
}

/* Time goes on; what comes of it is owed. */
static void time_pass(struct traffic *traffic, int64_t ms)
{
    traffic->done_ms += ms;
    traffic->place = (traffic->place + ms) % traffic->request_ms;
    traffic->requests_owed += ms * traffic->idle * traffic->client_rate;
    traffic->arrivals_owed += ms * arrival_rate(traffic);
    traffic->one_shots_owed += ms * traffic->one_shot_rate;
    traffic->probes_owed += ms * traffic->probe_rate;
}

static void advance(struct traffic *traffic, int64_t now_ms)
{
    if (traffic->frozen && traffic->done_ms < now_ms)
        traffic->done_ms = now_ms;
    while (traffic->done_ms < now_ms) {
        struct answers *answers;

        time_pass(traffic, 1 + quiet_ms(traffic, now_ms - traffic->done_ms - 1));
        stubborn_leave(traffic);
        answers = &traffic->answers[traffic->place];
        if (answers->kept + answers->once > 0)
            responses_come(traffic, answers);
        idle_close(traffic);
        requests_come(traffic, answers);
        probes_come(traffic);
        if (connections_active(traffic) > 0)
            traffic->busy_ms = traffic->done_ms;
    }
}

void traffic_advance(struct traffic *traffic, int64_t now_ms)
{
    if (!traffic->begun)
        return;
    if (traffic->habits.burst_ms <= now_ms) {
        advance(traffic, traffic->habits.burst_ms);
        traffic->away += traffic->config->burst;
        traffic->habits.burst_ms = NEVER_MS;
    }
    advance(traffic, now_ms);
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
        /* Blind ones lose a turn; by the next routing has mostly moved. */
        traffic->away += returning(traffic, clients_inside(traffic) - blind);
    } else {
        traffic->begun = false;
    }
    memset(traffic->answers, 0, (size_t)traffic->request_ms * sizeof(*traffic->answers));
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
    traffic->away += returning(traffic, traffic->idle);
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

    traffic_advance(traffic, now_ms);
    traffic->looked_ms = now_ms;
    traffic->requests_new = 0;
    return (struct traffic_stats){
        .requests_active = traffic->kept + traffic->once + others,
        .http2 = traffic->http2,
        .upgrades_active = upgrades,
        .connections_active = connections_active(traffic) + others + idle_always(traffic, now_ms),
        .requests = traffic->requests + traffic->config->long_requests + upgrades,
        .connections = traffic->connections + traffic->config->long_requests + upgrades +
                       never_used(traffic),
        .closes = traffic->closes,
    };
}
