/* The last resort: stops everything in order, by the deadline, without Lua, libev or memory.
 *
 * For every way in which a policy can fail. It uses async-signal-safe calls and a static table
 * only, so that it can also run from a signal handler while the Lua machine hangs. */
#ifndef LASTCALL_LAST_RESORT_H
#define LASTCALL_LAST_RESORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/exit_codes.h"
#include "base/resort_time.h"

struct last_resort_entry {
    const char *name;          /* copied, cut at 63 bytes */
    pid_t pid;                 /* also its process group */
    const char *drain_address; /* as address_parse() takes it; copied; NULL: cannot drain */
    const char *drain_request; /* an HTTP request, to be answered with 2xx; copied */
    int stop_signal;           /* 0: SIGTERM */
};

/* Keeps process `process` (a number below PROCESSES_MAX). Later ones are stopped earlier. */
void last_resort_add(int process, const struct last_resort_entry *entry);

/* The leader has exited: its pid is never signalled again, its group only while it has members.
 * To be called before it is reaped, or with all signals blocked since: no handler may meet a pid
 * that is somebody else's. */
void last_resort_on_exited(int process);

/* Nobody is left in its group: the entry is free. */
void last_resort_on_gone(int process);

/* Called in its waiting loop, if set: forwards what the services write, so that none of them
 * blocks on a full pipe. Must be async-signal-safe. NULL: none. */
void last_resort_set_pump(void (*pump)(void));

/* Where it writes its facts for programs, beside what others write there; -1: nowhere. */
void last_resort_set_report(int fd);

/* Arms the second timer: at this time (CLOCK_MONOTONIC) the handler kills what is left and ends
 * the process with EXIT_DEADLINE. May be called again with an earlier time; a later one changes
 * nothing. The first call is the beginning of the shutdown. */
void last_resort_set_deadline(int64_t at_ms);

/* When the deadline is not set yet (no shutdown has begun): how long the last resort may take. */
void last_resort_set_grace(int64_t grace_ms);

/* Arms a timer of CPU time (half a second) around code that may hang in C, a turn of the Lua
 * machine: when it fires, the handler runs the last resort and ends the process with
 * EXIT_POLICY_FAILED; with status 1 where nothing was started yet. A pair costs about 0.8 us. */
void last_resort_watch_begin(void);
void last_resort_watch_end(void);

/* Is any service, group or other child of ours left? Reaps what has exited, so it is for when the
 * event loop is done. */
bool last_resort_needed(void);

/* Stops everything: drains (up to RESORT_DRAIN_MS after the beginning of the shutdown, so a
 * policy that failed late has drained long enough already; at most half of the time left), then
 * for each service, last started first: TERM and CONT, wait for a fair share, KILL to the group;
 * then the same for the descendants that are left. Always done by the deadline, which is armed
 * when no shutdown has begun (last_resort_set_grace). Reaps by itself: the event loop hears of no
 * exit any more. A stop signal meanwhile leaves 2 s, one more kills.
 * Writes its timeline to stderr as it goes. Returns true if nothing had to be killed. */
bool last_resort_run(const char *reason);

/* Everything is killed now (third signal); waits at most 200 ms until it is gone. */
void last_resort_kill(const char *reason);

#endif
