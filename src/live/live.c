/* The live world: translates between libev, the kernel and libcurl on one side and the commands
 * and events of world.h on the other.
 *
 * Happy path of next_event: the queue is empty, one turn of the loop, a callback queues an event.
 * Failure modes: none of its own. The loop has callbacks that only queue, so no event is lost
 * while the engine works; and it always has signals to wait for, so it never ends. */
#include "live/live.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "live/events.h"
#include "live/files.h"
#include "live/last_resort.h"
#include "live/output.h"
#include "live/outputs.h"
#include "live/processes.h"
#include "live/requests.h"
#include "live/signals.h"
#include "live/streams.h"

enum { ORPHANS_MANY = 4 /* in one turn of the loop */ };

static const double calm_s = 0.001;

struct live {
    struct world world;
    struct ev_loop *loop;
    struct signals signals;
    struct streams *streams;
    struct processes *processes;
    struct requests *requests;
    struct events events;
    struct event pulled; /* what it points to lives until the next pull */
    bool pulled_any;
    ev_timer alarm;
    int64_t alarm_ms; /* NEVER_MS: none */
    ev_timer calm;    /* active: SIGCHLD is blocked, see children_reap */
};

static struct live *live_of(struct world *world)
{
    return (struct live *)world;
}

static void event_release(struct live *live, const struct event *event)
{
    switch (event->kind) {
    case EVENT_EXITED:
        free((char *)event->exited.output);
        break;
    case EVENT_ANSWERED:
        requests_release(live->requests, event->answered.request);
        break;
    case EVENT_ALARM:
    case EVENT_SIGNAL:
    case EVENT_GONE:
        break;
    }
}

static bool live_next_event(struct world *world, struct event *event)
{
    struct live *live = live_of(world);
    last_resort_watch_end();
    if (live->pulled_any)
        event_release(live, &live->pulled);
    live->pulled_any = true;

    while (!events_pull(&live->events, &live->pulled))
        ev_run(live->loop, EVRUN_ONCE);
    processes_on_pulled(live->processes, &live->pulled);
    *event = live->pulled;
    last_resort_watch_begin();
    return true;
}

static int64_t live_now_ms(struct world *world)
{
    (void)world;
    return monotonic_ms();
}

static void alarm_arm(struct live *live)
{
    struct timespec now;
    ev_timer_stop(live->loop, &live->alarm);
    if (live->alarm_ms == NEVER_MS)
        return;
    ev_now_update(live->loop);
    clock_gettime(CLOCK_MONOTONIC, &now);
    double left_s = (double)live->alarm_ms / 1e3 - ((double)now.tv_sec + (double)now.tv_nsec / 1e9);
    ev_timer_set(&live->alarm, left_s > 0 ? left_s : 0., 0.);
    ev_timer_start(live->loop, &live->alarm);
}

static void on_alarm(struct ev_loop *loop, ev_timer *timer, int revents)
{
    (void)loop;
    (void)revents;
    struct live *live = timer->data;
    if (monotonic_ms() < live->alarm_ms) {
        alarm_arm(live); /* never early, not even by a rounding */
        return;
    }
    struct event event = {.kind = EVENT_ALARM};
    live->alarm_ms = NEVER_MS;
    events_push(&live->events, &event);
}

static void live_alarm_set(struct world *world, int64_t at_ms)
{
    struct live *live = live_of(world);
    live->alarm_ms = at_ms;
    events_remove_alarm(&live->events);
    alarm_arm(live);
}

static void live_deadline_set(struct world *world, int64_t at_ms)
{
    last_resort_set_deadline(at_ms);
    streams_begin_shutdown(live_of(world)->streams);
}

static int live_process_start(struct world *world, int process, const struct process_spec *spec,
                              int *pid)
{
    return processes_start(live_of(world)->processes, process, spec, pid);
}

static int live_signal_send(struct world *world, struct target target, int signal)
{
    return processes_signal(live_of(world)->processes, target, signal);
}

static int live_request_start(struct world *world, uint32_t request, const struct request *what)
{
    return requests_start(live_of(world)->requests, request, what);
}

static void live_request_cancel(struct world *world, uint32_t request)
{
    struct live *live = live_of(world);
    if (events_remove_answer(&live->events, request))
        requests_release(live->requests, request);
    else
        requests_cancel(live->requests, request);
}

static int live_file_read(struct world *world, const char *path, char *buffer, size_t size)
{
    (void)world;
    return files_read(path, buffer, size);
}

static int live_file_write(struct world *world, const char *path, const char *text)
{
    (void)world;
    return text ? files_write(path, text) : files_remove(path);
}

static void live_print(struct world *world, enum channel channel, const char *line)
{
    streams_print(live_of(world)->streams, channel, line);
}

static const struct world_ops live_ops = {
    .next_event = live_next_event,
    .now_ms = live_now_ms,
    .alarm_set = live_alarm_set,
    .deadline_set = live_deadline_set,
    .process_start = live_process_start,
    .signal_send = live_signal_send,
    .request_start = live_request_start,
    .request_cancel = live_request_cancel,
    .file_read = live_file_read,
    .file_write = live_file_write,
    .print = live_print,
};

static void on_answered_queue(void *context, const struct event *event)
{
    struct live *live = context;
    events_push(&live->events, event);
}

static void child_signal_set(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(how, &set, NULL);
}

static void on_calm(struct ev_loop *loop, ev_timer *timer, int revents)
{
    (void)revents;
    ev_timer_stop(loop, timer);
    child_signal_set(SIG_UNBLOCK);
}

/* When many orphans exit at once, waking up for each costs more than reaping it: after a turn that
 * found several, the next one comes a millisecond later, for all that have exited by then. */
static void children_reap(struct live *live)
{
    int orphans = processes_reap(live->processes);
    if (orphans >= PROCESSES_REAPS_MAX) {
        ev_feed_signal(SIGCHLD); /* in the next turn of the loop, not in this one */
    } else if (orphans >= ORPHANS_MANY && !ev_is_active(&live->calm)) {
        child_signal_set(SIG_BLOCK);
        ev_now_update(live->loop);
        ev_timer_set(&live->calm, calm_s, 0.);
        ev_timer_start(live->loop, &live->calm);
    }
}

static void on_signal_queue(void *context, int signal)
{
    struct live *live = context;
    if (signal == SIGCHLD) {
        children_reap(live);
        return;
    }
    struct event event = {.kind = EVENT_SIGNAL, .signal = signal};
    events_push(&live->events, &event);
}

static void become_reaper(struct live *live)
{
    if (getpid() == 1)
        return;
    const char *what = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
                           ? "not PID 1: adopting orphans as a subreaper"
                           : "not PID 1, and no subreaper: orphans are out of reach";
    streams_print(live->streams, CHANNEL_WARNING, what);
}

static int report_open(const char *path)
{
    if (!path)
        return -1;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
    return fd < 0 ? -errno : fd;
}

static int live_open_streams(struct live *live, const struct live_config *config)
{
    int report_fd = report_open(config->report_path);
    if (report_fd < 0 && config->report_path)
        return report_fd;
    int result = streams_create(live->loop, config->name, report_fd, &live->streams);
    if (result < 0 && report_fd >= 0)
        close(report_fd);
    return result;
}

int live_create(const struct live_config *config, struct world **world)
{
    outputs_open_standard();
    struct live *live = calloc(1, sizeof(*live));
    if (!live)
        return -ENOMEM;
    live->world.ops = &live_ops;
    live->alarm_ms = NEVER_MS;
    ev_timer_init(&live->alarm, on_alarm, 0., 0.);
    live->alarm.data = live;
    ev_timer_init(&live->calm, on_calm, 0., 0.);

    errno = ENOMEM;
    live->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    int result = live->loop ? live_open_streams(live, config) : -errno;
    if (result < 0)
        goto fail;
    result = processes_create(live->loop, live->streams, &live->events, &live->processes);
    if (result < 0)
        goto fail;
    result = requests_create(live->loop, on_answered_queue, live, &live->requests);
    if (result < 0)
        goto fail;

    become_reaper(live);
    last_resort_set_pump(streams_pump);
    last_resort_set_report(streams_descriptor(live->streams, CHANNEL_REPORT));
    signals_init(&live->signals, live->loop, on_signal_queue, live);
    /* Children that exited before there was a handler: exec keeps them, their SIGCHLD is gone. */
    ev_feed_signal(SIGCHLD);
    *world = &live->world;
    return 0;

fail:
    live_destroy(&live->world);
    return result;
}

void live_destroy(struct world *world)
{
    if (!world)
        return;
    struct live *live = live_of(world);
    last_resort_watch_end();
    last_resort_set_pump(NULL);
    last_resort_set_report(-1);
    signals_close(&live->signals);
    if (live->pulled_any)
        event_release(live, &live->pulled);
    struct event event;
    while (events_pull(&live->events, &event))
        event_release(live, &event);

    if (live->requests)
        requests_destroy(live->requests);
    processes_destroy(live->processes);
    if (live->loop)
        ev_timer_stop(live->loop, &live->alarm);
    if (live->loop)
        ev_timer_stop(live->loop, &live->calm);
    streams_destroy(live->streams);
    if (live->loop)
        ev_loop_destroy(live->loop);
    free(live);
}
