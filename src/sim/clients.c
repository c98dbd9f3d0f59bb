/* What the clients of a service do, in steps from one millisecond in which something happens to the
 * next.
 *
 * Happy path: a client connects, sends requests at times that have nothing to do with each other
 * (Poisson: of those who wait, the same part sends in each millisecond), and gets each response
 * request_ms later. Once Envoy drains, a response closes the connection; at its next turn the
 * client comes back here or goes to another replica, for good.
 *
 * What can go wrong: a client comes that nobody accepts (refused), and tries again at its next
 * turn; Envoy closes connections that are idle, or still used by who was told. */
#include "sim/owed.h"
#include "sim/traffic.h"

enum { REPLICAS_DEFAULT = 2 };

int clients_replicas(const struct sim_traffic *config)
{
    return config->replicas > 0 ? config->replicas : REPLICAS_DEFAULT;
}

/* Of so many clients, how many will come back here. */
static int64_t returning(struct traffic *traffic, int64_t clients)
{
    if (traffic->config->pinned)
        return clients;
    traffic->returns_owed += clients;
    return take_whole(&traffic->returns_owed, clients_replicas(traffic->config), clients);
}

/* Those who come or send, of so many that are owed. */
static int64_t take_clients(struct traffic *traffic, int64_t *owed, int64_t most)
{
    return traffic->chance.exists ? chance_take(&traffic->chance, owed, most)
                                  : take_whole(owed, MILLION, most);
}

void clients_leave(struct traffic *traffic, int64_t clients)
{
    if (clients == 0) /* mostly so */
        return;
    traffic->away += returning(traffic, clients);
}

int64_t clients_inside(const struct traffic *traffic)
{
    return traffic->http2 ? traffic->idle : traffic->idle + traffic->kept;
}

int64_t clients_connections(const struct traffic *traffic)
{
    int64_t clients = clients_inside(traffic);

    /* HTTP/2: one that was told stays until its last response, so there is some of them. */
    if (traffic->http2 && clients == 0 && traffic->kept > 0)
        clients = 1;
    return clients + traffic->once;
}

/* Responses */

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
    int64_t told = told_to_close(traffic, answered), leaving = told, late;

    if (traffic->habits.told) {
        told = habits_tell(&traffic->habits, traffic->done_ms, told, clients_inside(traffic));
        leaving = 0;
    } else if (traffic->http2) {
        told = leaving = least(told, traffic->idle);
    }
    traffic->closes += told;
    clients_leave(traffic, leaving);
    traffic->idle -= leaving;
    if (traffic->http2)
        return;
    traffic->idle += answered;
    late = (answered - leaving) * traffic->late_again;
    if (traffic->chance.exists)
        traffic->late_owed += late;
    else
        traffic->requests_owed += late;
    habits_on_idle(&traffic->habits, traffic->done_ms, answered - leaving);
}

static int64_t answer_ms(const struct traffic *traffic)
{
    return traffic->answers_count > 0 ? traffic->answers[traffic->answers_first].at_ms : NEVER_MS;
}

static void responses_come(struct traffic *traffic)
{
    const struct answers *answers = &traffic->answers[traffic->answers_first];

    if (answer_ms(traffic) > traffic->served_ms)
        return;
    if (traffic->failing)
        traffic->requests_failed += answers->kept + answers->once;
    connections_go_on(traffic, answers->kept);
    traffic->kept -= answers->kept;
    traffic->once -= answers->once;
    traffic->answers_count--;
    if (++traffic->answers_first == traffic->request_ms)
        traffic->answers_first = 0;
}

/* Requests */

static bool accepting(const struct traffic *traffic)
{
    return traffic->envoy && traffic->done_ms < traffic->envoy->closed_ms;
}

/* Who is late does not wait for its turn. */
static int64_t requests_by_chance(struct traffic *traffic)
{
    int64_t late = take_whole(&traffic->late_owed, MILLION, traffic->idle);

    return late + chance_take(&traffic->chance, &traffic->requests_owed, traffic->idle - late);
}

/* A client keeps its rate: what it would have sent while it waited for an answer comes right
 * after (late_again); else it sends when it is its turn. */
static int64_t requests_again(struct traffic *traffic)
{
    int64_t clients = clients_inside(traffic);

    if (traffic->http2)
        return take_clients(traffic, &traffic->requests_owed, INT64_MAX);
    if (traffic->chance.exists)
        return requests_by_chance(traffic);
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

static void clients_refuse(struct traffic *traffic, int64_t clients)
{
    int64_t failing = 0;

    if (traffic->habits.refused)
        failing = habits_back_off(&traffic->habits, traffic->done_ms, traffic->client_rate,
                                  clients);
    else
        clients_leave(traffic, clients);
    traffic->requests += clients + failing;
    traffic->requests_refused += clients + failing;
}

/* Those who connect at their turn now: so many are accepted. */
static int64_t clients_arrive(struct traffic *traffic)
{
    int64_t waiting = traffic->newcomers + traffic->away;
    int64_t coming = take_clients(traffic, &traffic->arrivals_owed, waiting);
    int64_t new = least(coming, traffic->newcomers);

    if (coming == 0) /* mostly so */
        return 0;
    traffic->newcomers -= new;
    traffic->away -= coming - new;
    if (traffic->done_ms >= traffic->routed_until_ms && !stays(traffic))
        return 0;
    if (accepting(traffic))
        return coming;
    clients_refuse(traffic, coming);
    return 0;
}

static int64_t one_shots_arrive(struct traffic *traffic)
{
    int64_t coming = take_clients(traffic, &traffic->one_shots_owed, INT64_MAX);

    if (coming == 0 || traffic->done_ms >= traffic->routed_until_ms)
        return 0;
    if (accepting(traffic))
        return coming;
    traffic->requests += coming;
    traffic->requests_refused += coming;
    return 0;
}

/* The answers to these come request_ms from now. */
static void answers_add(struct traffic *traffic, int64_t kept, int64_t once)
{
    int64_t place = traffic->answers_first + traffic->answers_count;

    if (place >= traffic->request_ms)
        place -= traffic->request_ms;
    traffic->kept += kept;
    traffic->once += once;
    traffic->answers[place] = (struct answers){
        .at_ms = traffic->served_ms + traffic->request_ms,
        .kept = (int)kept,
        .once = (int)once,
    };
    traffic->answers_count++;
}

static void requests_come(struct traffic *traffic)
{
    int64_t again = requests_again(traffic);
    int64_t clients = clients_arrive(traffic), once = one_shots_arrive(traffic);

    if (again + clients + once == 0)
        return;
    answers_add(traffic, again + clients, once);
    traffic->idle += traffic->http2 ? clients : -again;
    traffic->connections += clients + once;
    traffic->requests += again + clients + once;
    traffic->requests_new += again + clients + once;
    if (clients + once > 0)
        traffic->arrived_ms = traffic->done_ms;
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

/* Connections that Envoy closes by itself */

/* When it closes all that is left idle: only in a drain which tells everybody. */
static int64_t idle_closed_ms(const struct traffic *traffic)
{
    const struct envoy *envoy = traffic->envoy;
    bool ever = traffic->idle > 0 && envoy && envoy->draining && envoy->tells_all;

    return ever ? envoy->idle_closed_ms : NEVER_MS;
}

/* Their clients notice, and connect at their next turn. */
static void idle_close(struct traffic *traffic)
{
    if (traffic->done_ms < idle_closed_ms(traffic))
        return;
    clients_leave(traffic, traffic->idle);
    traffic->idle = 0;
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
    clients_leave(traffic, closed);
}

/* Those who backed off choose a replica again. */
static void backoff_over(struct traffic *traffic)
{
    if (traffic->habits.backing_off > 0)
        clients_leave(traffic, habits_try_again(&traffic->habits, traffic->done_ms));
}

/* Time */

/* For so long none becomes a whole one. */
static int64_t until_whole_ms(int64_t owed, int64_t rate, int64_t most_ms)
{
    if (rate == 0 || owed + rate * most_ms < MILLION)
        return most_ms;
    return owed >= MILLION ? 0 : (MILLION - 1 - owed) / rate;
}

/* For so long it is before this time. */
static int64_t until_ms(int64_t now_ms, int64_t at_ms, int64_t most_ms)
{
    if (at_ms > now_ms + most_ms)
        return most_ms;
    return at_ms > now_ms ? at_ms - now_ms - 1 : 0;
}

/* For so long nobody comes, sends, gets an answer or is closed. */
static int64_t quiet_ms(const struct traffic *traffic, int64_t most_ms)
{
    int64_t quiet = until_ms(traffic->served_ms, answer_ms(traffic), most_ms);

    quiet = until_whole_ms(traffic->requests_owed, traffic->idle * traffic->client_rate, quiet);
    quiet = until_whole_ms(traffic->arrivals_owed, arrival_rate(traffic), quiet);
    quiet = until_whole_ms(traffic->one_shots_owed, traffic->one_shot_rate, quiet);
    quiet = until_whole_ms(traffic->probes_owed, traffic->probe_rate, quiet);
    quiet = until_ms(traffic->done_ms, habits_close_ms(&traffic->habits), quiet);
    quiet = until_ms(traffic->done_ms, habits_again_ms(&traffic->habits), quiet);
    return until_ms(traffic->done_ms, idle_closed_ms(traffic), quiet);
}

static void note_busy(struct traffic *traffic, int64_t at_ms)
{
    if (clients_connections(traffic) > 0)
        traffic->busy_ms = at_ms;
}

/* Time goes on, quietly but for the last millisecond; what comes of it is owed. */
static void time_pass(struct traffic *traffic, int64_t ms)
{
    traffic->done_ms += ms;
    traffic->served_ms += ms;
    note_busy(traffic, traffic->done_ms - 1);
    traffic->requests_owed += ms * traffic->idle * traffic->client_rate;
    traffic->arrivals_owed += ms * arrival_rate(traffic);
    traffic->one_shots_owed += ms * traffic->one_shot_rate;
    traffic->probes_owed += ms * traffic->probe_rate;
}

/* All that happens at done_ms. */
static void clients_act(struct traffic *traffic)
{
    stubborn_leave(traffic);
    backoff_over(traffic);
    responses_come(traffic);
    idle_close(traffic);
    requests_come(traffic);
    probes_come(traffic);
}

void clients_live(struct traffic *traffic, int64_t now_ms)
{
    if (traffic->done_ms >= now_ms)
        return;
    if (traffic->frozen) {
        traffic->done_ms = now_ms;
        return;
    }
    while (traffic->done_ms < now_ms) {
        time_pass(traffic, 1 + quiet_ms(traffic, now_ms - traffic->done_ms - 1));
        clients_act(traffic);
    }
    note_busy(traffic, now_ms);
}
