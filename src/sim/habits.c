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
 * reads no more, and closes delayed_close_timeout later: who sends in between loses the request. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/habits.h"
#include "sim/owed.h"

enum { TICK_MS = 10 };
enum {
    TOLD_TICK_MS = 100,
    TOLD_TICKS = 50,        /* drain_timeout: 5 s */
    DELAYED_CLOSE_MS = 1000 /* delayed_close_timeout */
};

static int64_t after_ticks(int64_t share, int64_t of_a_tick, int64_t ticks)
{
    for (int64_t i = 0; i < ticks; i++)
        share = share * of_a_tick / MILLION;
    return share;
}

int habits_init(struct habits *habits, const struct sim_traffic *config)
{
    *habits = (struct habits){.burst_ms = config->burst > 0 ? config->burst_ms : NEVER_MS};
    if (config->ignores_close && !config->http2) {
        int64_t rate = rate_of(config->requests_per_second);

        habits->lost = MILLION - after_ticks(MILLION, MILLION - rate, DELAYED_CLOSE_MS);
        habits->told = calloc(TOLD_TICKS, sizeof(*habits->told));
        if (!habits->told)
            return -ENOMEM;
    }
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
