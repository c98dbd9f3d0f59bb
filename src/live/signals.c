#include "live/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "live/live.h"

static const int handled[SIGNALS_HANDLED] = {SIGTERM, SIGINT,  SIGQUIT, SIGHUP,
                                             SIGUSR1, SIGUSR2, SIGCHLD};

/* How we were started; children are started in the same way. Never changes afterwards. */
static struct {
    bool known;
    sigset_t mask;
    sigset_t ignored;
} original;

static void handled_block(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS_HANDLED; i++)
        sigaddset(&set, handled[i]);
    sigprocmask(SIG_BLOCK, &set, before);
}

static bool signal_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void live_signals_block(void)
{
    sigset_t before;
    handled_block(&before);
    if (original.known)
        return;
    original.known = true;
    original.mask = before;
    sigemptyset(&original.ignored);
    for (int number = 1; number < NSIG; number++) {
        if (signal_ignored(number))
            sigaddset(&original.ignored, number);
    }
}

static void on_loop_signal(struct ev_loop *loop, ev_signal *watcher, int revents)
{
    (void)loop;
    (void)revents;
    struct signals *signals = watcher->data;
    signals->callback(signals->context, watcher->signum);
}

void signals_init(struct signals *signals, struct ev_loop *loop, on_signal callback, void *context)
{
    live_signals_block();
    signals->loop = loop;
    signals->callback = callback;
    signals->context = context;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);

    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < SIGNALS_HANDLED; i++) {
        ev_signal_init(&signals->watchers[i], on_loop_signal, handled[i]);
        signals->watchers[i].data = signals;
        ev_signal_start(loop, &signals->watchers[i]);
        sigaddset(&set, handled[i]);
    }
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void signals_close(struct signals *signals)
{
    if (!signals->loop)
        return;
    handled_block(NULL);
    for (size_t i = 0; i < SIGNALS_HANDLED; i++)
        ev_signal_stop(signals->loop, &signals->watchers[i]);
    signals->loop = NULL;
}

/* PIPE and CHLD are never passed on as ignored: programs rely on their default without looking,
 * and those who start us may have ignored them for themselves. */
static bool signal_stays_ignored(int number)
{
    return number != SIGPIPE && number != SIGCHLD && sigismember(&original.ignored, number) == 1;
}

void signals_reset(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, signal_stays_ignored(number) ? SIG_IGN : SIG_DFL);
}

void signals_unblock_original(void)
{
    sigprocmask(SIG_SETMASK, &original.mask, NULL);
}
