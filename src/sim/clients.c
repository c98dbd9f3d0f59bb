/* What the clients of a service do in a step (steps.c).
 *
 * Happy path: a client connects, sends requests at times that have nothing to do with each other
 * (Poisson: of those who wait, the same part sends in each millisecond), and gets each response
 * request_ms later. Once Envoy drains, a response closes the connection; at its next turn the
 * client comes back here or goes to another replica, for good.
 *
 * What can go wrong: a client comes that nobody accepts (refused), and tries again at its next
 * turn; Envoy closes connections that are idle, or still used by who was told. */
#include "sim/clients.h"
#include "sim/owed.h"

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

/* Connections of clients who were answered. HTTP/1.1: they are idle again, in the mean since the
 * middle of the step. */
static void connections_go_on(struct traffic *traffic, int64_t answered, int64_t step_ms)
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
    habits_on_idle(&traffic->habits, traffic->done_ms - step_ms / 2, answered - leaving);
}

static void responses_come(struct traffic *traffic, int64_t step_ms)
{
    struct answer_count answered = answers_take(&traffic->answers, traffic->served_ms);

    if (answered.kept + answered.once == 0)
        return;
    if (traffic->failing)
        traffic->requests_failed += answered.kept + answered.once;
    connections_go_on(traffic, answered.kept, step_ms);
    traffic->kept -= answered.kept;
    traffic->once -= answered.once;
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
        return take_clients(traffic, &traffic->requests_owed, clients > 0 ? INT64_MAX : 0);
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

/* Each is answered request_ms after it came; maybe within this very step. */
static void requests_begin(struct traffic *traffic, int64_t kept, int64_t once, int64_t step_ms)
{
    int64_t until_ms = traffic->served_ms + traffic->request_ms;

    traffic->busy_ms = traffic->done_ms;
    traffic->kept += kept;
    traffic->once += once;
    answers_add(&traffic->answers, until_ms - step_ms, until_ms,
                (struct answer_count){(int)kept, (int)once});
}

static void requests_come(struct traffic *traffic, int64_t step_ms)
{
    int64_t again = requests_again(traffic);
    int64_t clients = clients_arrive(traffic), once = one_shots_arrive(traffic);

    if (again + clients + once == 0)
        return;
    requests_begin(traffic, again + clients, once, step_ms);
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

/* Their clients notice, and connect at their next turn. */
static void idle_close(struct traffic *traffic)
{
    if (traffic->done_ms < clients_closed_ms(traffic))
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

/* In a stride, who comes may be answered in it. With HTTP/2 even those leave who came last, as long
 * as somebody is told to. */
static void requests_and_responses(struct traffic *traffic, int64_t step_ms)
{
    bool after = step_ms > 1 && (traffic->http2 || step_ms > traffic->request_ms);

    if (!after || !traffic->http2)
        responses_come(traffic, step_ms);
    idle_close(traffic);
    requests_come(traffic, step_ms);
    if (after)
        responses_come(traffic, step_ms);
}

void clients_act(struct traffic *traffic, int64_t step_ms)
{
    stubborn_leave(traffic);
    backoff_over(traffic);
    requests_and_responses(traffic, step_ms);
    probes_come(traffic);
}
