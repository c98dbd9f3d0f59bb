/* In which steps time goes on for the clients.
 *
 * Happy path: from one millisecond in which something happens to the next. Where many come, many
 * milliseconds at once: a stride. Who comes in a stride comes evenly in it, and is answered evenly,
 * request_ms later; so at its end as many are in flight as if each had been looked at. A stride
 * ends before anything changes that clients feel.
 *
 * What can go wrong: somebody looks in the middle of a stride. He sees what was before it: else
 * looking would change what comes of it. A request that comes and goes within a stride is counted,
 * but never seen in flight. */
#include "sim/clients.h"
#include "sim/owed.h"

enum {
    STRIDE_MS = 64,   /* at most: so old may be what is seen, while policies look for a second */
    STRIDE_TURNS = 8, /* at least so many in the mean time between two requests of a client: of
                         those who wait at the beginning hardly one should send twice */
    STRIDE_MANY = 1   /* who comes in one, in the mean; else it spares nothing */
};

int64_t steps_stride_ms(const struct traffic *traffic)
{
    if (traffic->client_rate == 0)
        return STRIDE_MS;
    return least(STRIDE_MS, MILLION / STRIDE_TURNS / traffic->client_rate);
}

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

/* For so long Envoy closes no connection by itself, and nobody has backed off for long enough. */
static int64_t until_closed_ms(const struct traffic *traffic, int64_t most_ms)
{
    int64_t quiet = until_ms(traffic->done_ms, habits_close_ms(&traffic->habits), most_ms);

    quiet = until_ms(traffic->done_ms, habits_again_ms(&traffic->habits), quiet);
    return until_ms(traffic->done_ms, clients_closed_ms(traffic), quiet);
}

/* For so long nobody comes, sends, gets an answer or is closed. */
static int64_t quiet_ms(const struct traffic *traffic, int64_t most_ms)
{
    int64_t quiet = until_ms(traffic->served_ms, answers_next_ms(&traffic->answers), most_ms);

    quiet = until_whole_ms(traffic->requests_owed, traffic->idle * traffic->client_rate, quiet);
    quiet = until_whole_ms(traffic->arrivals_owed, clients_arrival_rate(traffic), quiet);
    quiet = until_whole_ms(traffic->one_shots_owed, traffic->one_shot_rate, quiet);
    quiet = until_whole_ms(traffic->probes_owed, traffic->probe_rate, quiet);
    return until_closed_ms(traffic, quiet);
}

/* The same of what is over once it has come. */
static int64_t until_change_ms(int64_t now_ms, int64_t at_ms, int64_t most_ms)
{
    return at_ms > now_ms ? until_ms(now_ms, at_ms, most_ms) : most_ms;
}

/* For so long many come, and all goes on as it is; or 0. */
static int64_t busy_ms(const struct traffic *traffic)
{
    int64_t rate = traffic->idle * traffic->client_rate + clients_arrival_rate(traffic) +
                   traffic->one_shot_rate, busy;

    if (rate * traffic->stride_ms < STRIDE_MANY * MILLION)
        return 0;
    busy = until_change_ms(traffic->done_ms, traffic->routed_until_ms, traffic->stride_ms);
    if (traffic->envoy)
        busy = until_change_ms(traffic->done_ms, traffic->envoy->closed_ms, busy);
    return until_closed_ms(traffic, busy);
}

static void note_busy(struct traffic *traffic, int64_t at_ms)
{
    if (clients_connections(traffic) > 0)
        traffic->busy_ms = at_ms;
}

/* What comes of it is owed. */
static void time_pass(struct traffic *traffic, int64_t ms)
{
    traffic->done_ms += ms;
    traffic->served_ms += ms;
    note_busy(traffic, traffic->done_ms - 1);
    traffic->requests_owed += ms * traffic->idle * traffic->client_rate;
    traffic->arrivals_owed += ms * clients_arrival_rate(traffic);
    traffic->one_shots_owed += ms * traffic->one_shot_rate;
    traffic->probes_owed += ms * traffic->probe_rate;
}

/* Those who began or ceased to wait in a stride did so in its middle, in the mean. Where all came,
 * more were owed than there are: that is forgotten, and so is this. */
static int64_t owed_of_change(const struct traffic *traffic, int64_t before, int64_t after,
                              int64_t ms)
{
    return after > 0 ? (after - before) * traffic->client_rate * ms / 2 : 0;
}

static void stride(struct traffic *traffic, int64_t ms)
{
    int64_t idle = traffic->idle, away = traffic->away;

    time_pass(traffic, ms);
    clients_act(traffic, ms);
    traffic->requests_owed += owed_of_change(traffic, idle, traffic->idle, ms);
    traffic->arrivals_owed += owed_of_change(traffic, away, traffic->away, ms);
}

/* Quietly, but for the last millisecond. */
static void quiet_step(struct traffic *traffic, int64_t most_ms)
{
    time_pass(traffic, 1 + quiet_ms(traffic, most_ms - 1));
    clients_act(traffic, 1);
}

void steps_to(struct traffic *traffic, int64_t now_ms, bool exactly)
{
    if (traffic->done_ms >= now_ms)
        return;
    if (traffic->frozen) {
        traffic->done_ms = now_ms;
        return;
    }
    while (traffic->done_ms < now_ms) {
        int64_t left_ms = now_ms - traffic->done_ms, busy = busy_ms(traffic);

        if (busy > left_ms && !exactly)
            break;
        if (busy > 1)
            stride(traffic, least(busy, left_ms));
        else
            quiet_step(traffic, left_ms);
    }
    note_busy(traffic, now_ms);
}
