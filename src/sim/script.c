/* The script of a simulated world: what happens at its time, whatever the engine does. */
#include <errno.h>
#include <signal.h>

#include "base/signals.h"
#include "sim/state.h"

static bool signal_ends_us(int signal)
{
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

static bool step_signal(struct sim *sim, int signal, struct event *event)
{
    for (int i = 0; i < sim->service_count && signal_ends_us(signal); i++)
        traffic_on_signal(&sim->services[i].traffic, sim->now_ms);
    sim_record(sim, "signal %s", signal_name(signal));
    event->kind = EVENT_SIGNAL;
    event->signal = signal;
    return true;
}

/* A step for a service that does not run is lost. */
static int step_process(const struct sim *sim, const struct sim_step *step)
{
    int number = process_find(sim, step->service);

    return number >= 0 && sim->processes[number].state == PROCESS_RUNNING ? number : -1;
}

bool script_on_step(struct sim *sim, int place, struct event *event)
{
    const struct sim_step *step = &sim->steps[place];
    int number = step->service ? step_process(sim, step) : -1;

    switch (step->action) {
    case SIM_NOTHING:
        break;
    case SIM_SIGNAL:
        return step_signal(sim, step->number, event);
    case SIM_CRASH:
        if (number >= 0)
            process_crash(sim, number, step->number);
        break;
    case SIM_FREEZE:
        if (number < 0)
            break;
        sim_record(sim, "freeze %s", step->service);
        process_freeze(sim, number);
        break;
    case SIM_THAW:
        if (number < 0)
            break;
        sim_record(sim, "thaw %s", step->service);
        process_thaw(sim, number);
        break;
    case SIM_END:
        break;
    }
    return false;
}

int sim_at(struct world *world, struct sim_step step)
{
    struct sim *sim = sim_of(world);

    if (sim->step_count == SIM_STEPS_MAX)
        return -ENOSPC;
    if (step.at_ms < sim->now_ms)
        step.at_ms = sim->now_ms;
    if (step.action == SIM_END && step.at_ms < sim->cut_ms)
        sim->cut_ms = step.at_ms; // nobody needs to run for that
    queue_push(&sim->queue, step.at_ms, ITEM_STEP, sim->step_count);
    sim->steps[sim->step_count++] = step;
    return 0;
}
