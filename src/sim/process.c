/* The processes that the engine started.
 *
 * Happy path: started -> ready -> a signal that it heeds -> exits -> its group is gone.
 *
 * What can go wrong: it does not start, is never ready, exits by itself, ignores the signal, is
 * frozen (the signal stays pending until CONT, its exit waits), leaves children behind.
 *
 * Every exit is arranged in the queue first, and happens when its item comes. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/signals.h"
#include "sim/state.h"

enum { SIGNALLED = 128 }; /* + the signal: the exit code */

static const struct sim_service well_behaved;

bool process_running(const struct process *process)
{
    return process->state == PROCESS_RUNNING;
}

bool process_left(const struct process *process)
{
    return process_running(process) || process->state == PROCESS_EXITED;
}

static struct traffic *process_traffic(struct sim *sim, const struct process *process)
{
    return process->service >= 0 ? &sim->services[process->service].traffic : NULL;
}

int process_find(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->processes_used; i++) {
        const struct process *process = &sim->processes[i];

        if (process->state != PROCESS_NONE && !process->output && !strcmp(process->name, name))
            return i;
    }
    return -1;
}

int process_find_service(const struct sim *sim, int service)
{
    for (int i = 0; i < sim->processes_used; i++)
        if (sim->processes[i].state != PROCESS_NONE && sim->processes[i].service == service)
            return i;
    return -1;
}

bool process_ready(const struct sim *sim, const struct process *process)
{
    int64_t ready_ms = process->behaviour->ready_ms;

    return process_running(process) && ready_ms != NEVER_MS &&
           sim->now_ms >= process->started_ms + ready_ms;
}

/* The clients of those who need this service feel that it has come or gone. */
static void needs_tell(struct sim *sim, const struct process *process, bool gone)
{
    for (int i = 0; i < sim->service_count; i++) {
        const char *needs = sim->config->services[i].needs;

        if (needs && strcmp(needs, process->name) == 0)
            traffic_on_need(&sim->services[i].traffic, sim->now_ms, gone);
    }
}

/* Exits */

/* The earliest exit that was arranged is the one that happens. */
static void exit_arrange(struct sim *sim, int number, int64_t at_ms, int code)
{
    struct process *process = &sim->processes[number];

    if (at_ms >= process->exit_at_ms)
        return;
    process->exit_at_ms = at_ms;
    process->code = code;
    queue_remove(&sim->queue, ITEM_EXIT, number);
    queue_push(&sim->queue, at_ms, ITEM_EXIT, number);
}

static void process_terminate(struct sim *sim, int number, int signal)
{
    struct process *process = &sim->processes[number];
    int code = process->output ? SIGNALLED + signal : process->behaviour->exit_code;

    if (process->asked_ms == NEVER_MS)
        process->asked_ms = sim->now_ms;
    exit_arrange(sim, number, sim_after_ms(sim, process->behaviour->exit_ms), code);
}

/* Gracefully: first everybody who is inside is served. */
static void process_finish(struct sim *sim, int number)
{
    struct process *process = &sim->processes[number];
    int64_t served_ms = router_finish(sim, process);

    if (process->asked_ms == NEVER_MS)
        process->asked_ms = sim->now_ms;
    if (served_ms != NEVER_MS && process->behaviour->exit_ms != NEVER_MS)
        exit_arrange(sim, number, served_ms + process->behaviour->exit_ms,
                     process->behaviour->exit_code);
}

/* A frozen one can do nothing, and so not crash before it goes on. */
void process_crash(struct sim *sim, int number, int code)
{
    struct process *process = &sim->processes[number];

    if (!process->frozen) {
        exit_arrange(sim, number, sim->now_ms, code);
        return;
    }
    process->exit_left_ms = 0;
    process->code = code;
}

static void process_kill(struct sim *sim, int number)
{
    sim->processes[number].frozen = false;
    exit_arrange(sim, number, sim->now_ms, SIGNALLED + SIGKILL);
}

void process_freeze(struct sim *sim, int number)
{
    struct process *process = &sim->processes[number];
    struct traffic *traffic = process_traffic(sim, process);

    if (process->frozen || !process_running(process) || process->exit_at_ms <= sim->now_ms)
        return; /* nothing stops one that is exiting now, such as by SIGKILL */
    process->frozen = true;
    process->frozen_ms = sim->now_ms;
    process->exit_left_ms = NEVER_MS;
    if (process->exit_at_ms != NEVER_MS)
        process->exit_left_ms = process->exit_at_ms - sim->now_ms;
    process->exit_at_ms = NEVER_MS;
    queue_remove(&sim->queue, ITEM_EXIT, number);
    if (traffic)
        traffic_on_frozen(traffic, sim->now_ms, true);
}

void process_thaw(struct sim *sim, int number)
{
    struct process *process = &sim->processes[number];
    struct traffic *traffic = process_traffic(sim, process);

    if (!process->frozen || !process_running(process))
        return;
    process->frozen = false;
    exit_arrange(sim, number, sim_after_ms(sim, process->exit_left_ms), process->code);
    if (process->pending_signal)
        process_terminate(sim, number, process->pending_signal);
    process->pending_signal = 0;
    if (traffic)
        traffic_on_frozen(traffic, sim->now_ms, false);
    requests_on_thaw(sim, number);
}

void process_end(struct sim *sim, struct process *process)
{
    struct traffic *traffic = process_traffic(sim, process);

    if (traffic && process_running(process))
        traffic_on_exit(traffic, sim->now_ms);
    process->state = PROCESS_GONE;
}

/* What it had in hand, less what it has finished since it was asked to exit. */
static void work_cut(struct sim *sim, const struct process *process)
{
    int64_t work = process->behaviour->work, exit_ms = process->behaviour->exit_ms;
    int64_t done_ms = process->asked_ms == NEVER_MS ? 0 : sim->now_ms - process->asked_ms;

    if (process->service < 0 || process->code != SIGNALLED + SIGKILL || work == 0)
        return;
    if (exit_ms > 0 && exit_ms != NEVER_MS)
        work -= work * done_ms / exit_ms;
    if (work > 0)
        sim->services[process->service].work_cut += work;
}

bool process_on_exit(struct sim *sim, int number, struct event *event)
{
    struct process *process = &sim->processes[number];
    struct traffic *traffic = process_traffic(sim, process);
    size_t length = process->output ? strlen(process->output) : 0;
    int64_t group_ms = process->group_killed ? 0 : process->behaviour->group_ms;

    process->state = PROCESS_EXITED;
    work_cut(sim, process);
    needs_tell(sim, process, true);
    if (traffic)
        traffic_on_exit(traffic, sim->now_ms);
    requests_on_exit(sim, number);
    sim_record(sim, "exit %s %d", process->name, process->code);
    queue_push(&sim->queue, sim_after_ms(sim, group_ms), ITEM_GONE, number);
    event->kind = EVENT_EXITED;
    event->exited.process = number;
    event->exited.code = process->code;
    if (process->output)
        event->exited.output = sim_lend(sim, process->output, &length);
    event->exited.output_length = length;
    return true;
}

bool process_on_gone(struct sim *sim, int number, struct event *event)
{
    struct process *process = &sim->processes[number];

    process->state = PROCESS_GONE;
    sim_record(sim, "gone %s", process->name);
    others_check(sim);
    event->kind = EVENT_GONE;
    event->gone.process = number;
    return true;
}

/* Start */

static int service_find(const struct sim *sim, const char *name)
{
    for (int i = 0; i < sim->service_count; i++)
        if (strcmp(sim->config->services[i].name, name) == 0)
            return i;
    return -1;
}

static const struct sim_command *command_find(const struct sim *sim, const char *name)
{
    for (int i = 0; i < SIM_COMMANDS_MAX && sim->config->commands[i].name; i++)
        if (strcmp(sim->config->commands[i].name, name) == 0)
            return &sim->config->commands[i];
    return &sim->config->any_command;
}

static void command_arrange(struct sim *sim, int number, const char *name)
{
    const struct sim_command *command = command_find(sim, name);

    sim->processes[number].output = command->output ? command->output : "";
    exit_arrange(sim, number, sim_after_ms(sim, command->after_ms), command->code);
}

static void service_arrange(struct sim *sim, int number)
{
    const struct process *process = &sim->processes[number];
    const struct sim_service *behaviour = process->behaviour;
    struct traffic *traffic = process_traffic(sim, process);

    sim->last_started = number;
    needs_tell(sim, process, false);
    if (behaviour->crash_ms > 0)
        exit_arrange(sim, number, sim_after_ms(sim, behaviour->crash_ms), behaviour->crash_code);
    if (traffic && behaviour->ready_ms != NEVER_MS)
        traffic_begin(traffic, &process->envoy, sim_after_ms(sim, behaviour->ready_ms));
}

static void processes_reach(struct sim *sim, int number)
{
    while (sim->processes_used <= number)
        sim->processes[sim->processes_used++] = (struct process){0};
}

int process_start(struct world *world, int number, const struct process_spec *spec, int *pid)
{
    struct sim *sim = sim_of(world);
    int service = spec->log_prefix ? service_find(sim, spec->name) : -1;
    const struct sim_service *behaviour =
        service >= 0 ? &sim->config->services[service] : &well_behaved;
    struct process *process;

    if (number < 0 || number >= PROCESSES_MAX)
        return -EINVAL;
    processes_reach(sim, number);
    if (process_left(&sim->processes[number]))
        return -EBUSY;
    if (behaviour->start_error)
        return -behaviour->start_error;
    process = &sim->processes[number];
    *process = (struct process){
        .state = PROCESS_RUNNING,
        .pid = ++sim->last_pid,
        .service = service,
        .behaviour = behaviour,
        .started_ms = sim->now_ms,
        .exit_at_ms = NEVER_MS,
        .asked_ms = NEVER_MS,
        .envoy = envoy_started(spec->arguments),
    };
    memccpy(process->name, spec->name, '\0', sizeof(process->name) - 1);
    sim_record(sim, "start %s", process->name);
    if (spec->log_prefix)
        service_arrange(sim, number);
    else
        command_arrange(sim, number, spec->arguments[0]);
    *pid = process->pid;
    return 0;
}

/* Signals */

static bool process_heeds(const struct process *process, int signal)
{
    if (process->behaviour->exit_signal)
        return signal == process->behaviour->exit_signal;
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

void process_take_signal(struct sim *sim, int number, int signal)
{
    struct process *process = &sim->processes[number];

    if (signal == SIGKILL)
        process_kill(sim, number);
    else if (signal == SIGSTOP)
        process_freeze(sim, number);
    else if (signal == SIGCONT)
        process_thaw(sim, number);
    else if (signal == process->behaviour->drain_signal)
        router_drain(sim, process, true);
    else if (signal == process->behaviour->finish_signal)
        process_finish(sim, number);
    else if (!process_heeds(process, signal))
        return;
    else if (process->frozen)
        process->pending_signal = signal;
    else
        process_terminate(sim, number, signal);
}
