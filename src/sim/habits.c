/* What only some clients do. Each habit is a part of its own, which traffic.c and clients.c ask;
 * who has none of them costs nothing.
 *
 * A burst: clients who lose their replica somewhere else come here at their next turn.
 *
 * Blind clients send on a connection that was idle for less than blind_ms without a look whether
 * the server has closed it. When the service exits, how long each has been idle is worked out from
 * when connections became idle: of those that did, the same part has sent in each millisecond.
 *
 * Clients that ignore `Connection: close` go on. Envoy answers them for drain_timeout; then it
 * reads no more, and closes delayed_close_timeout later: who sends in between loses the request.
 * Where that timeout is 0 s, only those lose it who send in the very moment of the close (measured:
 * 2 of about 570 with 5 requests a second).
 *
 * Clients keep their rate: what became due while they waited for an answer is sent right after it,
 * so as many are late as are busy, in the mean. Those who skip what they are late with count the
 * time until the next request from the last one (tests/load): who was due at all meanwhile is late.
 *
 * Clients that back off: a gRPC channel that nobody accepted lets all its calls fail at once, and
 * connects again after a second (grpcio). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/habits.h"
#include "sim/owed.h"

enum { TICK_MS = 10 };
enum {
    TOLD_TICK_MS = 100,
    TOLD_TICKS = 50,         /* drain_timeout: 5 s */
    DELAYED_CLOSE_MS = 1000, /* delayed_close_timeout */
    CLOSE_MS = 1             /* a request crosses a close on its way, on one machine */
};
enum { BACKOFF_TICKS = 16 }; /* the time of a backoff is kept in so many */

static int64_t after_ticks(int64_t share, int64_t of_a_tick, int64_t ticks)
{
    for (int64_t i = 0; i < ticks; i++)
        share = share * of_a_tick / MILLION;
    return share;
}

static int stubborn_init(struct habits *habits, const struct sim_service *service)
{
    int64_t rate = rate_of(service->traffic.requests_per_second);
    int64_t lost_ms = service->delays_close ? DELAYED_CLOSE_MS : CLOSE_MS;

    habits->lost = MILLION - after_ticks(MILLION, MILLION - rate, lost_ms);
    habits->told = calloc(TOLD_TICKS, sizeof(*habits->told));
    return habits->told ? 0 : -ENOMEM;
}

static int backoff_init(struct habits *habits, int64_t backoff_ms)
{
    habits->backoff_tick_ms = (backoff_ms + BACKOFF_TICKS - 1) / BACKOFF_TICKS;
    habits->refused = calloc(BACKOFF_TICKS, sizeof(*habits->refused));
    return habits->refused ? 0 : -ENOMEM;
}

int habits_init(struct habits *habits, const struct sim_service *service)
{
    const struct sim_traffic *config = &service->traffic;

    *habits = (struct habits){.burst_ms = config->burst > 0 ? config->burst_ms : NEVER_MS};
    if (config->ignores_close && !config->http2 && stubborn_init(habits, service) < 0)
        return -ENOMEM;
    if (config->backoff_ms > 0 && config->http2 && backoff_init(habits, config->backoff_ms) < 0)
        return -ENOMEM;
    if (config->blind_ms < TICK_MS || config->requests_per_second <= 0)
        return 0;
    habits->places = config->blind_ms / TICK_MS;
    habits->idle_since = calloc((size_t)habits->places, sizeof(*habits->idle_since));
    return habits->idle_since ? 0 : -ENOMEM;
}

void habits_close(struct habits *habits)
{
    free(habits->idle_since);
    free(habits->told);
    free(habits->refused);
    *habits = (struct habits){0};
}

void habits_on_exit(struct habits *habits)
{
    if (habits->idle_since)
        memset(habits->idle_since, 0, (size_t)habits->places * sizeof(*habits->idle_since));
    if (habits->told)
        memset(habits->told, 0, TOLD_TICKS * sizeof(*habits->told));
    habits->stubborn = 0;
}

int64_t habits_late(const struct sim_traffic *config, int64_t client_rate, int64_t request_ms)
{
    if (config->skips_late)
        return MILLION - after_ticks(MILLION, MILLION - client_rate, request_ms);
    return least(client_rate * request_ms, MILLION);
}

/* Blind clients */

/* Makes room for the ticks since the last time. */
static void ring_turn(struct habits *habits, int64_t now_ms)
{
    int64_t tick = now_ms / TICK_MS;

    if (tick - habits->tick >= habits->places)
        memset(habits->idle_since, 0, (size_t)habits->places * sizeof(*habits->idle_since));
    else
        for (int64_t i = habits->tick + 1; i <= tick; i++)
            habits->idle_since[i % habits->places] = 0;
    habits->tick = tick;
}

void habits_on_idle(struct habits *habits, int64_t now_ms, int64_t connections)
{
    if (!habits->idle_since)
        return;
    ring_turn(habits, now_ms);
    habits->idle_since[habits->tick % habits->places] += (int)connections;
}

/* Who became idle a ticks ago is still so with the part p^a of them, and sends within blind_ms of
 * it but for p^places: so many will send too early to look. */
int64_t habits_blind(struct habits *habits, int64_t now_ms, int64_t client_rate)
{
    int64_t waits = after_ticks(MILLION, MILLION - client_rate, TICK_MS), never;
    int64_t idle = 0, patient = 0;

    if (!habits->idle_since)
        return 0;
    ring_turn(habits, now_ms);
    never = after_ticks(MILLION, waits, habits->places);
    for (int64_t i = 1; i <= habits->places; i++) {
        int64_t connections = habits->idle_since[(habits->tick + i) % habits->places];

        idle = idle * waits / MILLION + connections * MILLION;
        patient += connections * never;
    }
    return (idle - patient + MILLION / 2) / MILLION;
}

/* Clients that ignore `Connection: close` */

int64_t habits_tell(struct habits *habits, int64_t now_ms, int64_t responses, int64_t open)
{
    int64_t new;

    if (responses == 0 || open <= habits->stubborn)
        return 0;
    habits->told_owed += responses * ((open - habits->stubborn) * MILLION / open);
    new = take_whole(&habits->told_owed, MILLION, INT64_MAX);
    if (habits->stubborn == 0)
        habits->told_tick = now_ms / TOLD_TICK_MS;
    habits->told[now_ms / TOLD_TICK_MS % TOLD_TICKS] += (int)new;
    habits->stubborn += new;
    return new;
}

int64_t habits_close_ms(const struct habits *habits)
{
    return habits->stubborn > 0 ? (habits->told_tick + 1) * TOLD_TICK_MS : NEVER_MS;
}

int64_t habits_close_told(struct habits *habits, int64_t now_ms, int64_t *requests_lost)
{
    int64_t tick = now_ms / TOLD_TICK_MS, closed = 0;

    while (habits->told_tick < tick) {
        int *told = &habits->told[++habits->told_tick % TOLD_TICKS];

        closed += *told;
        *told = 0;
    }
    habits->stubborn -= closed;
    habits->lost_owed += closed * habits->lost;
    *requests_lost += take_whole(&habits->lost_owed, MILLION, INT64_MAX);
    return closed;
}

/* Clients that back off */

int64_t habits_back_off(struct habits *habits, int64_t now_ms, int64_t client_rate,
                        int64_t clients)
{
    int64_t tick = now_ms / habits->backoff_tick_ms;

    if (habits->backing_off == 0)
        habits->refused_tick = tick;
    habits->refused[tick % BACKOFF_TICKS] += (int)clients;
    habits->backing_off += clients;
    habits->failing_owed += clients * client_rate * BACKOFF_TICKS * habits->backoff_tick_ms;
    return take_whole(&habits->failing_owed, MILLION, INT64_MAX);
}

int64_t habits_again_ms(const struct habits *habits)
{
    return habits->backing_off > 0 ? (habits->refused_tick + 1) * habits->backoff_tick_ms
                                   : NEVER_MS;
}

int64_t habits_try_again(struct habits *habits, int64_t now_ms)
{
    int64_t tick = now_ms / habits->backoff_tick_ms, again = 0;

    while (habits->refused_tick < tick) {
        int *refused = &habits->refused[++habits->refused_tick % BACKOFF_TICKS];

        again += *refused;
        *refused = 0;
    }
    habits->backing_off -= again;
    return again;
}
