/* Happy path: watch -> the world is over within QUICK_NS -> nobody watched in vain.
 *
 * What can go wrong: the world takes longer (was_quick says so, also when it was we who did not
 * run: some kernels count CPU time in steps of 4 ms, so the clock is the real one); it takes for
 * ever (a tick of CPU time marks it, the next one interrupts its policy). */
#include "trial/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

enum {
    TICK_US = 20000,
    QUICK_NS = 2000000 /* in which Lua runs some two million instructions */
};

static struct engine *volatile watched;
static volatile sig_atomic_t marked; /* it was there at the last tick */
static struct timespec begun;

static void on_tick(int signal)
{
    (void)signal;
    if (watched && marked)
        engine_interrupt(watched);
    marked = true;
}

static int timer_set(long interval_us)
{
    struct itimerval timer = {{0, interval_us}, {0, interval_us}};

    return setitimer(ITIMER_VIRTUAL, &timer, NULL) < 0 ? -errno : 0;
}

int watchdog_start(void)
{
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};

    sigaction(SIGVTALRM, &action, NULL);
    return timer_set(TICK_US);
}

void watchdog_stop(void)
{
    timer_set(0);
}

void watchdog_watch(struct engine *engine)
{
    clock_gettime(CLOCK_MONOTONIC, &begun);
    marked = false;
    watched = engine;
}

bool watchdog_was_quick(void)
{
    struct timespec now;

    watched = NULL;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begun.tv_sec) * 1000000000 + now.tv_nsec - begun.tv_nsec < QUICK_NS;
}
