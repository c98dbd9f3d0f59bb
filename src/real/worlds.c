#include "real/worlds.h"

#include <string.h>

#include "base/random.h"

enum { LONG_MS = 1000, LONG_PARTS = 10, GRACE_MS = 2000, GRACE_PARTS = 20 };

static int64_t shortened_ms(int64_t value_ms, int64_t long_ms, int parts)
{
    return value_ms <= long_ms ? value_ms : long_ms + (value_ms - long_ms) / parts;
}

void world_shorten(struct draw *world)
{
    for (int row = 0; row < DRAW_ROWS; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++) {
            int64_t *value = &world->values[row][i];

            if (draw_table[i].unit != UNIT_MS ||
                (row == DRAW_WORLD) != (draw_table[i].owner == OF_WORLD))
                continue;
            if (i == DRAW_GRACE)
                *value = shortened_ms(*value, GRACE_MS, GRACE_PARTS);
            else
                *value = shortened_ms(*value, LONG_MS, LONG_PARTS);
        }
}

const char *world_unreal(const struct draw *world)
{
    for (int row = 0; row < DRAW_ROWS; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++)
            if (draw_table[i].simulated && draw_has(world, row, (enum draw_parameter)i))
                return draw_table[i].name;
    return NULL;
}

static void jobs_make_real(int64_t *values)
{
    if (values[DRAW_JOBS_FOR] == 0)
        return;
    values[DRAW_SLOW] = values[DRAW_JOBS_FOR];
    values[DRAW_WORK] = values[DRAW_JOBS];
    values[DRAW_JOBS_FOR] = draw_table[DRAW_JOBS_FOR].plain;
    values[DRAW_JOBS] = draw_table[DRAW_JOBS].plain;
}

void world_make_real(struct draw *world)
{
    for (int row = 0; row < DRAW_ROWS; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++)
            if (draw_table[i].simulated)
                world->values[row][i] = draw_table[i].plain;
    for (int row = DRAW_SERVICE; row < DRAW_ROWS; row++) {
        int64_t *values = world->values[row];

        jobs_make_real(values);

        if (values[DRAW_ADMIN] != SIM_REFUSES)
            continue;
        values[DRAW_ADMIN_PATH] = 0;
        values[DRAW_ADMIN_TIMES] = 0;
    }
}

/* When a step came; NOT_MS: never. `service` "": lastcall's own. */
static int64_t step_ms(const struct steps *steps, const char *service, const char *what)
{
    for (int i = 0; i < steps->count && i < STEPS_MAX; i++)
        if (strcmp(steps->list[i].service, service) == 0 &&
            strcmp(steps->list[i].what, what) == 0)
            return steps->list[i].at_ms;
    return NOT_MS;
}

/* With what passed until the next one was started, too. One that did not get ready in time does not
 * in this world either. */
static void ready_observe(struct draw *observed, int place, const struct facts *facts,
                          const struct steps *steps)
{
    const struct service_facts *service = &facts->services[place];
    int64_t *ready_ms = &observed->values[DRAW_SERVICE + place][DRAW_READY];
    int64_t at_ms = step_ms(steps, service->name, "ready");

    if (service->started_ms == NOT_MS)
        return;
    if (at_ms == NOT_MS)
        at_ms = facts->begun_ms + 1;
    else if (place + 1 < facts->service_count && service[1].started_ms != NOT_MS)
        at_ms = service[1].started_ms;
    if (at_ms - 1 > service->started_ms + *ready_ms)
        *ready_ms = at_ms - 1 - service->started_ms;
}

/* The kernel may make one signal of the first two: then the third is taken as the second. */
static bool second_was_lost(const int64_t *world, const struct facts *facts, int64_t second_ms)
{
    return second_ms != NOT_MS && world[DRAW_SECOND] > 0 && world[DRAW_THIRD] > 0 &&
           second_ms - facts->begun_ms >= world[DRAW_SECOND] + world[DRAW_THIRD] &&
           facts->end != ENGINE_KILLED;
}

static void signals_observe(struct draw *observed, const struct facts *facts,
                            const struct steps *steps)
{
    int64_t *world = observed->values[DRAW_WORLD], planned_ms = draw_signal_ms(observed);
    int64_t second_ms = step_ms(steps, "", "hurry");
    int64_t signal_ms = facts->begun_ms - facts->services[0].started_ms;

    if (signal_ms < planned_ms) /* it was not the signal that began it */
        return;
    world[DRAW_SERVING] = signal_ms;
    world[DRAW_EARLY] = world[DRAW_OLD] = 0;
    if (second_was_lost(world, facts, second_ms))
        world[DRAW_THIRD] = 0;
    if (second_ms != NOT_MS && world[DRAW_SECOND] > 0)
        world[DRAW_SECOND] = second_ms > facts->begun_ms ? second_ms - facts->begun_ms : 1;
    if (second_ms != NOT_MS && facts->end == ENGINE_KILLED && facts->ended_ms > second_ms)
        world[DRAW_THIRD] = facts->ended_ms - second_ms;
}

static int64_t most(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

int64_t world_late_ms(const struct draw *world, const struct draw *observed)
{
    int64_t late_ms = draw_signal_ms(observed) - draw_signal_ms(world);

    for (int i = 0; i < DRAW_ROWS; i++)
        late_ms = most(late_ms, observed->values[i][DRAW_READY] - world->values[i][DRAW_READY]);
    late_ms = most(late_ms, observed->values[DRAW_WORLD][DRAW_SECOND] -
                                world->values[DRAW_WORLD][DRAW_SECOND]);
    return most(late_ms, observed->values[DRAW_WORLD][DRAW_THIRD] -
                             world->values[DRAW_WORLD][DRAW_THIRD]);
}

struct draw world_observed(const struct draw *world, const struct facts *facts,
                           const struct steps *steps)
{
    struct draw observed = *world;

    observed.values[DRAW_WORLD][DRAW_HIDDEN_SOCKETS] = 1; /* stand-ins have no TCP port */
    if (facts->service_count == 0 || facts->services[0].started_ms == NOT_MS ||
        facts->begun_ms == NOT_MS)
        return observed;
    for (int i = 0; i < facts->service_count; i++)
        ready_observe(&observed, i, facts, steps);
    signals_observe(&observed, facts, steps);
    return observed;
}

/* One that comes before the last one was taken is one with it. */
static void signal_lose(int64_t *after_ms, int64_t tolerance_ms)
{
    if (*after_ms <= tolerance_ms)
        *after_ms = 0;
}

/* A percent of the grace is the least by which it can be moved. */
static void platform_move(int64_t *world, int64_t tolerance_ms, uint64_t number)
{
    struct random random = random_fork(number, draw_table[DRAW_CUT_SHORT].name, DRAW_WORLD);

    if (world[DRAW_CUT_SHORT] > 1 && world[DRAW_GRACE] / 100 <= tolerance_ms)
        world[DRAW_CUT_SHORT] += random_between(&random, -1, 1);
}

struct draw world_moved(const struct draw *world, int64_t tolerance_ms, uint64_t number)
{
    struct draw moved = *world;

    for (int row = 0; row < DRAW_ROWS; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++) {
            int64_t *value = &moved.values[row][i];
            struct random random = random_fork(number, draw_table[i].name, (uint64_t)row);
            int64_t least;

            if (draw_table[i].unit != UNIT_MS || i == DRAW_GRACE || *value == 0)
                continue;
            *value += random_between(&random, -tolerance_ms, tolerance_ms);
            least = i == DRAW_CHILDREN ? 0 : 1; /* they may be gone before anybody looks */
            *value = *value < least ? least : *value;
        }
    platform_move(moved.values[DRAW_WORLD], tolerance_ms, number);
    if (number % 2) {
        signal_lose(&moved.values[DRAW_WORLD][DRAW_SECOND], tolerance_ms);
        signal_lose(&moved.values[DRAW_WORLD][DRAW_THIRD], tolerance_ms);
    }
    return moved;
}
