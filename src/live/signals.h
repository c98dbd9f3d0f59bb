/* Signals of the live world: which we handle, how they become events, and what children get.
 *
 * They are blocked from the first line of main (live_signals_block), and unblocked when the
 * handlers are there: one that is sent at any time arrives. Without a handler the kernel drops
 * what is sent to PID 1. */
#ifndef LASTCALL_LIVE_SIGNALS_H
#define LASTCALL_LIVE_SIGNALS_H

#include <ev.h>

/* TERM INT QUIT HUP USR1 USR2; and CHLD, which is the last of the watchers. */
enum { SIGNALS_HANDLED = 7 };

typedef void (*on_signal)(void *context, int signal);

struct signals {
    struct ev_loop *loop;
    on_signal callback;
    void *context;
    ev_signal watchers[SIGNALS_HANDLED];
};

/* Installs the handlers, ignores PIPE and TTOU, and unblocks. The callback is called from the
 * loop, never from a handler. */
void signals_init(struct signals *signals, struct ev_loop *loop, on_signal callback,
                  void *context);

/* Blocks them again, so that a late one does not change our exit code, and stops. */
void signals_close(struct signals *signals);

/* In a child, between fork and exec, with everything blocked: nothing of ours is left but the
 * mask. Async-signal-safe. */
void signals_reset(void);

/* In a child, just before exec: the mask with which we were started. */
void signals_unblock_original(void);

#endif
