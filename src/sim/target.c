/* Whom a signal is for; and orphans, the processes that the engine did not start. */
#include <errno.h>
#include <signal.h>

#include "base/signals.h"
#include "sim/state.h"

static bool orphan_left(const struct sim *sim, int number)
{
    return sim->config->orphans[number].pid && !sim->orphan_gone[number];
}

static bool orphan_ours(const struct sim *sim, int number)
{
    return orphan_left(sim, number) && !sim->config->orphans[number].foreign;
}

int processes_left(const struct sim *sim)
{
    int count = 0;

    for (int i = 0; i < sim->processes_used; i++)
        count += process_left(&sim->processes[i]);
    for (int i = 0; i < SIM_ORPHANS_MAX; i++)
        count += orphan_ours(sim, i);
    return count;
}

void others_check(struct sim *sim)
{
    if (!sim->others_awaited || processes_left(sim) > 0)
        return;
    sim->others_awaited = false;
    queue_push(&sim->queue, sim->now_ms, ITEM_OTHERS, 0);
}

bool orphan_on_exit(struct sim *sim, int number)
{
    sim->orphan_gone[number] = true;
    sim_record(sim, "exit %d", sim->config->orphans[number].pid);
    others_check(sim);
    return false;
}

bool others_on_gone(struct event *event)
{
    event->kind = EVENT_GONE;
    event->gone.process = OTHERS;
    return true;
}

static int signal_process(struct sim *sim, int number, int signal)
{
    struct process *process = &sim->processes[number];

    if (number >= sim->processes_used || !process_running(process))
        return -ESRCH;
    sim_record(sim, "%s %s", signal_name(signal), process->name);
    process_take_signal(sim, number, signal);
    return 0;
}

static bool number_valid(int number)
{
    return number >= 0 && number < PROCESSES_MAX;
}

/* What is left of the group of a leader that has exited. */
static void signal_rest(struct sim *sim, int number, int signal)
{
    if (signal != SIGKILL)
        return;
    queue_remove(&sim->queue, ITEM_GONE, number);
    queue_push(&sim->queue, sim->now_ms, ITEM_GONE, number);
}

static int signal_group(struct sim *sim, int number, int signal)
{
    struct process *process = &sim->processes[number];

    if (number >= sim->processes_used || !process_left(process))
        return -ESRCH;
    sim_record(sim, "%s group of %s", signal_name(signal), process->name);
    if (!process_running(process)) {
        signal_rest(sim, number, signal);
        return 0;
    }
    process->group_killed |= signal == SIGKILL;
    process_take_signal(sim, number, signal);
    return 0;
}

static void orphan_on_signal(struct sim *sim, int number, int signal)
{
    int64_t delay_ms = signal == SIGKILL ? 0 : sim->config->orphans[number].exit_ms;

    if (signal != SIGKILL && signal != SIGTERM)
        return;
    queue_remove(&sim->queue, ITEM_ORPHAN, number);
    queue_push(&sim->queue, sim_after_ms(sim, delay_ms), ITEM_ORPHAN, number);
}

static int signal_pid(struct sim *sim, int pid, int signal)
{
    for (int i = 0; i < SIM_ORPHANS_MAX; i++) {
        if (!orphan_left(sim, i) || sim->config->orphans[i].pid != pid)
            continue;
        if (sim->config->orphans[i].foreign)
            return -EPERM;
        sim_record(sim, "%s %d", signal_name(signal), pid);
        orphan_on_signal(sim, i, signal);
        return 0;
    }
    for (int i = 0; i < sim->processes_used; i++)
        if (process_running(&sim->processes[i]) && sim->processes[i].pid == pid)
            return signal_process(sim, i, signal);
    return -ESRCH;
}

/* Commands that a policy ran; what services have left behind is for TARGET_GROUP. */
static int signal_commands(struct sim *sim, int signal)
{
    int count = 0;

    for (int i = 0; i < sim->processes_used; i++) {
        struct process *process = &sim->processes[i];

        if (!process_left(process) || !process->output)
            continue;
        count++;
        if (process_running(process))
            process_take_signal(sim, i, signal);
        else
            signal_rest(sim, i, signal);
    }
    return count;
}

static int signal_others(struct sim *sim, int signal)
{
    int count = signal_commands(sim, signal);

    sim->others_awaited = true;
    others_check(sim);
    for (int i = 0; i < SIM_ORPHANS_MAX; i++)
        if (orphan_ours(sim, i)) {
            orphan_on_signal(sim, i, signal);
            count++;
        }
    if (count == 0)
        return -ESRCH;
    sim_record(sim, "%s others", signal_name(signal));
    return 0;
}

int target_signal(struct world *world, struct target target, int signal)
{
    struct sim *sim = sim_of(world);

    switch (target.kind) {
    case TARGET_PROCESS:
        return number_valid(target.number) ? signal_process(sim, target.number, signal) : -EINVAL;
    case TARGET_GROUP:
        return number_valid(target.number) ? signal_group(sim, target.number, signal) : -EINVAL;
    case TARGET_PID:
        return signal_pid(sim, target.number, signal);
    case TARGET_OTHERS:
        return signal_others(sim, signal);
    }
    return -EINVAL;
}

void processes_kill(struct sim *sim)
{
    sim->processes_killed += processes_left(sim);
    for (int i = 0; i < sim->processes_used; i++) {
        struct process *process = &sim->processes[i];

        if (process_left(process))
            process_end(sim, process);
    }
    for (int i = 0; i < SIM_ORPHANS_MAX; i++)
        sim->orphan_gone[i] = true;
}
