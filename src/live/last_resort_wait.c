/* The waiting loop of the last resort. It takes the place of the event loop: it reaps, forwards
 * what the services write, and takes the stop signals itself.
 *
 * Happy path: resort_wait_*() sleeps in sigtimedwait; SIGCHLD ends the sleep; the zombie is
 * matched against the table; `done` says true.
 * Failure modes: nobody exits (until_ms), a group outlives its leader (its entry stays), somebody
 * else has reaped a leader (its pid is gone: treated as exited), a further stop signal (the first
 * leaves 2 s for everything, the second nothing). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "live/last_resort_internal.h"

enum { TURN_MS = 5 }; /* the pump and `done` are called at least this often */

static void (*volatile pump_forward)(void);
static int64_t wait_until_ms;
static bool wait_is_gentle;

void last_resort_set_pump(void (*pump)(void))
{
    pump_forward = pump;
}

int64_t resort_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int resort_alive(void)
{
    int alive = 0;

    for (int i = 0; i < PROCESSES_MAX; i++)
        alive += resort_services[i].state != SERVICE_FREE;
    return alive;
}

int64_t resort_share_end_ms(int64_t by_ms)
{
    return resort_share_by_ms(resort_now_ms(), by_ms, resort_alive());
}

static void service_exited(struct service *service)
{
    service->state = SERVICE_GROUP_LEFT;
    resort_report_service("exit", service);
}

static void on_leader_reaped(pid_t pid)
{
    for (int i = 0; i < PROCESSES_MAX; i++) {
        struct service *service = &resort_services[i];

        if (service->state == SERVICE_RUNNING && service->pid == pid)
            service_exited(service);
    }
}

static bool nobody_at(pid_t pid)
{
    return kill(pid, 0) < 0 && errno == ESRCH;
}

void resort_reap(void)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        on_leader_reaped(pid);
    resort_run.children_left = pid == 0;

    for (int i = 0; i < PROCESSES_MAX; i++) {
        struct service *service = &resort_services[i];

        if (service->state == SERVICE_RUNNING && nobody_at(service->pid))
            service_exited(service);
        if (service->state == SERVICE_GROUP_LEFT && nobody_at(-service->pid)) {
            service->state = SERVICE_FREE;
            resort_report_service("gone", service);
        }
    }
}

static void on_interruption(void)
{
    int64_t share_end_ms;

    resort_time_interrupt(&resort_run.time, resort_now_ms());
    line_say(resort_run.time.interruptions == 1 ? "another stop signal: hurrying"
                                                : "another stop signal: killing");
    share_end_ms = resort_share_end_ms(resort_run.time.stop_by_ms);
    if (wait_is_gentle && wait_until_ms > share_end_ms)
        wait_until_ms = share_end_ms;
}

static void signals_taken(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGQUIT);
}

static void sleep_until_signal(int64_t duration_ms)
{
    struct timespec duration = {.tv_nsec = duration_ms * 1000000}; /* below one second */
    sigset_t set;
    int signal;

    signals_taken(&set);
    signal = sigtimedwait(&set, NULL, &duration);
    if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT)
        on_interruption();
}

static bool wait_until(bool (*done)(void *context), void *context, int64_t until_ms)
{
    wait_until_ms = until_ms;
    for (;;) {
        int64_t left_ms;

        resort_reap();
        if (pump_forward)
            pump_forward();
        if (done(context))
            return true;
        left_ms = wait_until_ms - resort_now_ms();
        if (left_ms <= 0)
            return false;
        sleep_until_signal(left_ms < TURN_MS ? left_ms : TURN_MS);
    }
}

bool resort_wait_gently(bool (*done)(void *context), void *context, int64_t until_ms)
{
    wait_is_gentle = true;
    return wait_until(done, context, until_ms);
}

bool resort_wait_killed(bool (*done)(void *context), void *context, int64_t until_ms)
{
    wait_is_gentle = false;
    return wait_until(done, context, until_ms);
}

void resort_wait_begin(sigset_t *before)
{
    sigset_t set;

    signals_taken(&set);
    sigprocmask(SIG_BLOCK, &set, before);
}

void resort_wait_end(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}
