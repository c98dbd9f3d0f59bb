/* The two timers of the last resort, and their handlers.
 *
 * Happy path: neither ever fires.
 * The deadline (CLOCK_MONOTONIC) kills what is left, wherever the program is just then, also
 * inside the last resort itself. The watch (CPU time of the process, so that a throttled or
 * stopped machine is not mistaken for a hang) fires when a turn of the Lua machine never ends.
 * Both signal the thread that created them, the main one: libcurl may have others.
 * Failure modes: the kernel refuses a timer (said once; the program works without it); a watch
 * signal that was under way when the turn ended (ignored); somebody else sends these signals
 * (ignored: only the timers count). */
#define _GNU_SOURCE 1 /* gettid */

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "live/last_resort_internal.h"

enum { WATCH_CPU_MS = 500, REAP_AT_DEADLINE_MS = 200, EXIT_HANGING_AT_START = 1 };

struct resort_timer {
    timer_t id;
    bool created;
};

static struct resort_timer deadline_timer;
static struct resort_timer watch_timer;
static bool prepared;
static volatile sig_atomic_t watching;
static int64_t deadline_ms = NEVER_MS;
static int64_t shutdown_began_ms = NEVER_MS;

int64_t resort_deadline_ms(void)
{
    return deadline_ms;
}

int64_t resort_shutdown_began_ms(void)
{
    return shutdown_began_ms;
}

static void on_deadline(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    if (info->si_code != SI_TIMER)
        return;
    watching = 0; /* the other handler may come in between */
    resort_kill_everything(REAP_AT_DEADLINE_MS);
    line_say("the deadline has come: everything that was left is killed");
    resort_report_end("deadline", EXIT_DEADLINE, true);
    _exit(EXIT_DEADLINE);
}

static void on_watch(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    if (info->si_code != SI_TIMER || !watching || resort_run.under_way)
        return;
    if (shutdown_began_ms == NEVER_MS && resort_alive() == 0) {
        line_say("a Lua file hangs inside a C function; nothing was started");
        _exit(EXIT_HANGING_AT_START);
    }
    last_resort_run("the policy hangs inside a C function");
    resort_report_end("policy failed", EXIT_POLICY_FAILED, false);
    _exit(EXIT_POLICY_FAILED);
}

static void timer_prepare(struct resort_timer *timer, clockid_t clock, int signal,
                          void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};

    event._sigev_un._tid = gettid();
    sigemptyset(&action.sa_mask);
    timer->created = sigaction(signal, &action, NULL) == 0
                     && timer_create(clock, &event, &timer->id) == 0;
    if (!timer->created)
        line_say("no timer could be created: a hanging policy would not be noticed");
}

void resort_timers_prepare(void)
{
    if (prepared)
        return;
    prepared = true;
    /* Stop signals sent to containers by number (SIGRTMIN + 3 by systemd) are lower. */
    timer_prepare(&deadline_timer, CLOCK_MONOTONIC, SIGRTMIN + 8, on_deadline);
    timer_prepare(&watch_timer, CLOCK_PROCESS_CPUTIME_ID, SIGRTMIN + 9, on_watch);
}

void last_resort_set_deadline(int64_t at_ms)
{
    struct itimerspec when = {.it_value.tv_nsec = 1}; /* long ago; zero would disarm it */

    resort_timers_prepare();
    if (shutdown_began_ms == NEVER_MS)
        shutdown_began_ms = resort_now_ms();
    if (at_ms >= deadline_ms)
        return;
    deadline_ms = at_ms;
    if (at_ms > 0) {
        when.it_value.tv_sec = at_ms / 1000;
        when.it_value.tv_nsec = at_ms % 1000 * 1000000;
    }
    if (deadline_timer.created)
        timer_settime(deadline_timer.id, TIMER_ABSTIME, &when, NULL);
}

void last_resort_watch_begin(void)
{
    static const struct itimerspec limit = {
        .it_value = {.tv_sec = WATCH_CPU_MS / 1000, .tv_nsec = WATCH_CPU_MS % 1000 * 1000000},
    };

    resort_timers_prepare();
    watching = 1;
    if (watch_timer.created)
        timer_settime(watch_timer.id, 0, &limit, NULL);
}

void last_resort_watch_end(void)
{
    static const struct itimerspec off;

    watching = 0;
    if (watch_timer.created)
        timer_settime(watch_timer.id, 0, &off, NULL);
}
