/* Happy path: spawn; SIGCHLD; the leader is reaped, its pipes are read and EXITED is queued; nobody
 * is left of its group: GONE is queued; GONE is pulled: the number is free.
 *
 * Failure modes: the program cannot be executed (an error, and no event ever); members of the
 * group outlive the leader (GONE comes when the last has exited: we see it at once if it is our
 * child by then, else within GROUP_CHECK_S); thousands of orphans exit at once
 * (PROCESSES_REAPS_MAX in one turn, so that signals and timers have theirs). A zombie that its own
 * parent never reaps counts as a member: SIGKILL to the group does not make it GONE.
 *
 * Numbers that name the wrong one: a leader's pid is not given to another process before we reap
 * it, and no handler runs until the last resort has forgotten it. A group's id is not reused while
 * it has members; it is checked in the turn of the reap and whenever a child of ours exits. */
#include "live/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/descendants.h"
#include "live/last_resort.h"
#include "live/spawn.h"

static const double group_check_s = 0.05;

enum process_state {
    PROCESS_FREE,
    PROCESS_RUNNING,
    PROCESS_EXITED, /* the leader was reaped, its group has members */
    PROCESS_GONE    /* as the engine will know when it pulls the event */
};

struct process {
    enum process_state state;
    bool is_service; /* known to the last resort; otherwise a command */
    pid_t pid;       /* also the id of its group */
    int pidfd;       /* while running; -1 where the kernel has none */
    struct stream_handle *out; /* while running */
    struct stream_handle *err; /* services only */
};

struct processes {
    struct ev_loop *loop;
    struct streams *streams;
    struct events *events;
    struct process table[PROCESSES_MAX];
    int running; /* leaders that were not reaped yet */
    ev_timer group_check; /* active while a group outlives its leader */
    bool others_awaited;  /* the engine wants to know when no descendant is left */
    bool blindness_said;  /* that there is no usable /proc */
};

static void groups_check(struct processes *processes);

static void on_group_check(struct ev_loop *loop, ev_timer *timer, int revents)
{
    (void)loop;
    (void)revents;
    groups_check(timer->data);
}

int processes_create(struct ev_loop *loop, struct streams *streams, struct events *events,
                     struct processes **processes)
{
    struct processes *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    created->loop = loop;
    created->streams = streams;
    created->events = events;
    ev_timer_init(&created->group_check, on_group_check, 0., group_check_s);
    created->group_check.data = created;
    *processes = created;
    return 0;
}

static void process_close_pidfd(struct process *process)
{
    if (process->pidfd >= 0)
        close(process->pidfd);
    process->pidfd = -1;
}

void processes_destroy(struct processes *processes)
{
    if (!processes)
        return;
    ev_timer_stop(processes->loop, &processes->group_check);
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        if (processes->table[i].state == PROCESS_RUNNING)
            process_close_pidfd(&processes->table[i]);
    }
    free(processes);
}

/* What on_forked needs. */
struct registration {
    int number;
    const struct process_spec *spec;
};

static void on_forked(void *context, pid_t pid)
{
    const struct registration *registration = context;
    const struct process_spec *spec = registration->spec;
    if (!spec->log_prefix)
        return;
    struct last_resort_entry entry = {.name = spec->name,
                                      .pid = pid,
                                      .drain_address = spec->drain_address,
                                      .drain_request = spec->drain_request,
                                      .stop_signal = spec->stop_signal};
    last_resort_add(registration->number, &entry);
}

/* Closes the write ends: of a process that has started they are its own. */
static void spawn_close_ends(const struct spawn *spawn)
{
    if (spawn->stdout_end >= 0)
        close(spawn->stdout_end);
    if (spawn->stderr_end >= 0 && spawn->stderr_end != spawn->stdout_end)
        close(spawn->stderr_end);
}

static void process_release_streams(struct process *process, char **kept, size_t *kept_length)
{
    if (process->out)
        stream_release(process->out, kept, kept_length);
    if (process->err)
        stream_release(process->err, NULL, NULL);
    process->out = process->err = NULL;
}

static int process_open_streams(struct processes *processes, struct process *process,
                                struct spawn *spawn)
{
    const char *prefix = spawn->spec->log_prefix;
    if (!prefix) {
        int result = streams_open_kept(processes->streams, &spawn->stdout_end, &process->out);
        spawn->stderr_end = spawn->stdout_end;
        return result;
    }
    int result = streams_open_log(processes->streams, CHANNEL_INFO, prefix, &spawn->stdout_end,
                                  &process->out);
    if (result == 0)
        result = streams_open_log(processes->streams, CHANNEL_WARNING, prefix,
                                  &spawn->stderr_end, &process->err);
    return result;
}

/* An error number alone would not tell a missing directory from a missing program. */
static void failure_print(struct processes *processes, const struct process_spec *spec,
                          const char *step, int error)
{
    char text[512];
    if (strcmp(step, "user") == 0 && error == EINVAL)
        snprintf(text, sizeof(text), "%s: there is no user %s", spec->name, spec->user);
    else if (strcmp(step, "user") == 0)
        snprintf(text, sizeof(text), "%s: cannot become user %s: %s", spec->name, spec->user,
                 strerror(error));
    else if (strcmp(step, "directory") == 0)
        snprintf(text, sizeof(text), "%s: cannot enter directory %s: %s", spec->name,
                 spec->directory, strerror(error));
    else
        return;
    streams_print(processes->streams, CHANNEL_WARNING, text);
}

int processes_start(struct processes *processes, int number, const struct process_spec *spec,
                    int *pid)
{
    if (number < 0 || number >= PROCESSES_MAX)
        return -EINVAL;
    struct process *process = &processes->table[number];
    if (process->state != PROCESS_FREE)
        return -EBUSY;

    struct registration registration = {.number = number, .spec = spec};
    struct spawn spawn = {.spec = spec, .stdout_end = -1, .stderr_end = -1,
                          .on_forked = on_forked, .context = &registration};
    *process = (struct process){.pidfd = -1, .is_service = spec->log_prefix != NULL};
    const char *failed_step = "";
    int result = process_open_streams(processes, process, &spawn);
    if (result == 0)
        result = spawn_program(&spawn, &process->pid, &failed_step);
    spawn_close_ends(&spawn);
    if (result < 0)
        goto fail;
    process->pidfd = pidfd_of(process->pid);
    process->state = PROCESS_RUNNING;
    processes->running++;
    *pid = process->pid;
    return 0;

fail:
    failure_print(processes, spec, failed_step, -result);
    if (process->is_service)
        last_resort_on_gone(number);
    process_release_streams(process, NULL, NULL);
    return result;
}

static void event_push_gone(struct processes *processes, int number)
{
    struct event event = {.kind = EVENT_GONE, .gone = {.process = number}};
    events_push(processes->events, &event);
}

static bool group_has_members(pid_t group)
{
    return kill(-group, 0) == 0 || errno != ESRCH;
}

/* Queues GONE for the groups of exited leaders that are empty now. */
static void groups_check(struct processes *processes)
{
    bool waiting = false;
    for (int i = 0; i < PROCESSES_MAX; i++) {
        struct process *process = &processes->table[i];
        if (process->state != PROCESS_EXITED)
            continue;
        if (group_has_members(process->pid)) {
            waiting = true;
            continue;
        }
        process->state = PROCESS_GONE;
        if (process->is_service)
            last_resort_on_gone(i);
        event_push_gone(processes, i);
    }
    /* Members may be children of somebody else, whose exits nobody tells us. */
    if (!waiting)
        ev_timer_stop(processes->loop, &processes->group_check);
    else if (!ev_is_active(&processes->group_check))
        ev_timer_again(processes->loop, &processes->group_check);
}

static void on_leader_reaped(struct processes *processes, int number, int status)
{
    struct process *process = &processes->table[number];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    struct event event = {.kind = EVENT_EXITED, .exited = {.process = number, .code = code}};
    char *output = NULL;
    process_release_streams(process, process->is_service ? NULL : &output,
                            &event.exited.output_length);
    event.exited.output = output;

    if (process->is_service)
        last_resort_on_exited(number);
    process_close_pidfd(process);
    process->state = PROCESS_EXITED;
    processes->running--;
    events_push(processes->events, &event);
}

static int leader_find(const struct processes *processes, pid_t pid)
{
    int unseen = processes->running; /* most who exit are orphans, so this is worth ending early */

    for (int i = 0; unseen > 0 && i < PROCESSES_MAX; i++) {
        if (processes->table[i].state != PROCESS_RUNNING)
            continue;
        if (processes->table[i].pid == pid)
            return i;
        unseen--;
    }
    return -1;
}

/* Reaps one child; *orphans counts it if it is no leader. False: no zombie is there. */
static bool child_reap(struct processes *processes, int *orphans)
{
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0)
        return false;
    int number = leader_find(processes, pid);
    if (number >= 0)
        on_leader_reaped(processes, number, status);
    else
        ++*orphans;
    return true;
}

static void others_check(struct processes *processes)
{
    if (!processes->others_awaited || descendants_left())
        return;
    processes->others_awaited = false;
    event_push_gone(processes, OTHERS);
}

int processes_reap(struct processes *processes)
{
    int reaped = 0, orphans = 0;
    sigset_t all, before;
    /* The deadline's handler must not come between a reap and last_resort_on_exited(): it would
     * signal a pid that is somebody else's by then. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    while (reaped < PROCESSES_REAPS_MAX && child_reap(processes, &orphans))
        reaped++;
    groups_check(processes);
    sigprocmask(SIG_SETMASK, &before, NULL);
    others_check(processes);
    return reaped == PROCESSES_REAPS_MAX ? PROCESSES_REAPS_MAX : orphans;
}

static int process_signal(const struct process *process, int signal)
{
    if (process->state != PROCESS_RUNNING)
        return -ESRCH;
    return pidfd_signal(process->pidfd, process->pid, signal);
}

static int group_signal(const struct process *process, int signal)
{
    if (process->state != PROCESS_RUNNING && process->state != PROCESS_EXITED)
        return -ESRCH;
    return kill(-process->pid, signal) < 0 ? -errno : 0;
}

static int others_signal(struct processes *processes, int signal)
{
    pid_t groups[PROCESSES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < PROCESSES_MAX; i++) {
        const struct process *process = &processes->table[i];
        if (process->state == PROCESS_RUNNING || process->state == PROCESS_EXITED)
            groups[count++] = process->pid;
    }
    int result = descendants_signal_all(groups, count, signal);
    processes->others_awaited = true;
    others_check(processes);
    return result;
}

static void blindness_print(struct processes *processes)
{
    if (processes->blindness_said || descendants_known())
        return;
    processes->blindness_said = true;
    streams_print(processes->streams, CHANNEL_WARNING,
                  "no /proc of our PID namespace: only our own children can be signalled");
}

int processes_signal(struct processes *processes, struct target target, int signal)
{
    bool known = target.number >= 0 && target.number < PROCESSES_MAX;
    int result = -EINVAL;
    switch (target.kind) {
    case TARGET_PROCESS:
        return known ? process_signal(&processes->table[target.number], signal) : -EINVAL;
    case TARGET_GROUP:
        return known ? group_signal(&processes->table[target.number], signal) : -EINVAL;
    case TARGET_PID:
        result = descendants_signal(target.number, signal);
        break;
    case TARGET_OTHERS:
        result = others_signal(processes, signal);
        break;
    }
    if (result == -EPERM)
        blindness_print(processes);
    return result;
}

void processes_on_pulled(struct processes *processes, const struct event *event)
{
    if (event->kind == EVENT_GONE && event->gone.process != OTHERS)
        processes->table[event->gone.process].state = PROCESS_FREE;
}
