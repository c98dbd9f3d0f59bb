/* The clock: the time of the last item, or later, since we do not always run; and what ends the
 * world, which needs nobody to run. */
#include "sim/state.h"

enum { SLICE_MS = 100 }; /* of CPU time, as cgroups count it */

static int64_t later_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms > other_ms ? one_ms : other_ms;
}

int64_t clock_awake_ms(const struct sim *sim, int64_t at_ms)
{
    const struct sim_config *config = sim->config;
    int64_t stall_end_ms = config->stall_at_ms + config->stall_ms, into_ms;

    if (at_ms >= config->stall_at_ms && at_ms < stall_end_ms)
        at_ms = stall_end_ms;
    if (config->throttled_ms == 0) /* mostly so */
        return at_ms;
    into_ms = at_ms % SLICE_MS;
    return into_ms < SLICE_MS - config->throttled_ms ? at_ms : at_ms + SLICE_MS - into_ms;
}

static void clock_set(struct sim *sim, int64_t now_ms)
{
    sim->events_at_once = now_ms == sim->now_ms ? sim->events_at_once + 1 : 0;
    sim->now_ms = now_ms;
    if (sim->events_at_once > SIM_EVENTS_AT_ONCE_MAX)
        sim->stuck = sim->ended = true;
}

void clock_advance(struct sim *sim, int64_t at_ms)
{
    clock_set(sim, later_ms(sim->now_ms, clock_awake_ms(sim, at_ms)));
    sim->late_ms = sim->now_ms - at_ms;
    sim->latest_ms = later_ms(sim->latest_ms, sim->late_ms);
}

static void deadline_pass(struct sim *sim, int64_t now_ms)
{
    sim->now_ms = now_ms;
    sim->deadline_passed = true;
    sim->ended = true;
    sim_record(sim, "deadline");
    processes_kill(sim);
}

bool clock_ends(struct sim *sim, const struct item *first)
{
    int64_t next_ms = first ? clock_awake_ms(sim, first->at_ms) : NEVER_MS, deadline_ms;

    if (next_ms <= sim->deadline_ms && next_ms < sim->cut_ms) /* mostly so */
        return false;
    deadline_ms = sim->deadline_ms == NEVER_MS ? NEVER_MS : clock_awake_ms(sim, sim->deadline_ms);
    if (sim->cut_ms != NEVER_MS && sim->cut_ms <= next_ms && sim->cut_ms <= deadline_ms) {
        clock_set(sim, later_ms(sim->now_ms, sim->cut_ms));
        sim->ended = sim->cut_short = true;
    } else if (deadline_ms < next_ms) {
        deadline_pass(sim, deadline_ms);
    }
    return sim->ended || !first;
}
