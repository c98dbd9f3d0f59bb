/* Parts of the last resort: only last_resort*.c include this.
 *
 *   last_resort.c           the table, the order of the stops, the public functions
 *   last_resort_wait.c      clock, reaping, the one waiting loop, signals that hurry it
 *   last_resort_drain.c     asks the services to drain
 *   last_resort_others.c    the descendants that are not in the table
 *   last_resort_timers.c    the deadline and the watch on code that hangs
 *   last_resort_line.c      its lines on stderr
 *   last_resort_report.c    its lines in the report file
 *
 * Everything reached from last_resort_run() keeps to signal-safety(7), and to one plain system
 * call which is missing there: sigtimedwait. */
#ifndef LASTCALL_LAST_RESORT_INTERNAL_H
#define LASTCALL_LAST_RESORT_INTERNAL_H

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/resort_time.h"
#include "live/last_resort.h"
#include "world.h"

enum {
    NAME_SIZE = 64,
    LINE_SIZE = 256,
    DRAIN_REQUEST_SIZE = 512,
    KILL_WAIT_MS = 200 /* how long a process may take to vanish after SIGKILL */
};

enum service_state {
    SERVICE_FREE,      /* nobody: the entry may be used again */
    SERVICE_RUNNING,   /* the leader was not reaped */
    SERVICE_GROUP_LEFT /* the leader was reaped; its group may have members */
};

struct service {
    volatile enum service_state state;
    char name[NAME_SIZE];
    pid_t pid;          /* also its process group */
    unsigned order;     /* grows with each start */
    int stop_signal;    /* to the leader; its group gets TERM */
    bool drains;        /* address and request are there */
    bool due;           /* this run has yet to stop it, or to say that it had exited */
    bool draining;      /* it has accepted the drain request of this run */
    struct sockaddr_storage drain_address;
    socklen_t drain_address_size;
    char drain_request[DRAIN_REQUEST_SIZE];
};

extern struct service resort_services[PROCESSES_MAX];

/* One run. Times are milliseconds of CLOCK_MONOTONIC. */
struct resort_run {
    volatile bool under_way;
    int64_t began_ms;
    struct resort_time time;
    bool children_left; /* at the last reaping */
};

extern struct resort_run resort_run;

/* One line under construction, cut at its end when too long. */
struct line {
    char bytes[LINE_SIZE];
    size_t length;
};

void line_begin(struct line *line); /* "[ent] last resort: " */
void line_add(struct line *line, const char *text);
void line_add_number(struct line *line, int64_t number);
void line_add_seconds(struct line *line, int64_t duration_ms); /* "0.012 s" */

/* To stderr, with a newline; dropped where nobody reads stderr, because it must not block. */
void line_write(struct line *line);
void line_say(const char *text); /* the three in one */

/* Facts for the report, nothing where there is none. `killing`: all at once. `fact`: "exit" or
 * "gone". The last one is for where no engine comes back to say it. */
void resort_report_begin(const char *reason, bool killing);
void resort_report_signal(const struct service *service, int signal);
void resort_report_kill_all(void);
void resort_report_service(const char *fact, const struct service *service);
void resort_report_done(void);
void resort_report_end(const char *verdict, int exit_code, bool deadline_passed);

int64_t resort_now_ms(void);

/* The number of entries that are not free. */
int resort_alive(void);

/* The end of a fair share of the time between now and by_ms, divided by all that are alive. */
int64_t resort_share_end_ms(int64_t by_ms);

/* Reaps all zombies and brings the table up to date. */
void resort_reap(void);

/* Waits until `done` says so (true), or until_ms (false). In the gentle form a stop signal
 * shortens the wait; the other one is for what was killed already. */
bool resort_wait_gently(bool (*done)(void *context), void *context, int64_t until_ms);
bool resort_wait_killed(bool (*done)(void *context), void *context, int64_t until_ms);

/* Blocks the signals which the waiting loop takes itself; `before` gets the mask before. */
void resort_wait_begin(sigset_t *before);
void resort_wait_end(const sigset_t *before);

/* Asks every service that can drain, and waits until by_ms if one accepted; returns early when
 * all that accepted have exited. */
void resort_drain(int64_t by_ms);

/* TERM, CONT, wait, KILL to every descendant that is left. True: nobody had to be killed. */
bool resort_stop_others(void);

/* KILL to everything at once: as PID 1 to all, else to the groups in the table and to our
 * children. Reaps for at most for_ms. */
void resort_kill_everything(int64_t for_ms);

/* Creates the timers, once; not async-signal-safe, and never first called by a handler. */
void resort_timers_prepare(void);

/* The deadline, or NEVER_MS; and the beginning of the shutdown, or NEVER_MS. */
int64_t resort_deadline_ms(void);
int64_t resort_shutdown_began_ms(void);

#endif
