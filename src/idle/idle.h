/* The least wait: may a service be left now? If not, when is another look worth what it costs?
 *
 * Leave when the expected number of failures, were we to leave now, is below a tolerance, and
 * nobody is inside. Unknown is never idle. Where new connections are not counted, nothing can be
 * expected: then a long silence must do.
 *
 * Happy path: idle_begin -> idle_note what a look has counted -> idle_conclude: wait, and look
 * again -> ... -> nothing in flight, nothing arriving, expected failures below the tolerance,
 * nobody left who was never told: leave -> lua/idle.lua has it stop accepting -> one more stable
 * look: leave.
 *
 * Pure: it is told counts and times, and knows neither Lua nor a world. All times in seconds. */
#ifndef LASTCALL_IDLE_IDLE_H
#define LASTCALL_IDLE_IDLE_H

#include "idle/arrivals.h"
#include "idle/counts.h"
#include "idle/evidence.h"

/* What a policy or a service decides; README.md of lua/ explains the options. */
struct idle_options {
    double timeout;       /* at most so long */
    double tolerance, min, below, routing, ignore;
    double streams;       /* so long streams count as requests; INFINITY: for ever */
    double unready_after; /* readiness fails so long after the beginning; INFINITY: never */
    double drained_at;    /* when the drain began; before the beginning */
    bool closes_idle;     /* the service can be made to close idle connections */
};

struct idle_time {
    double now;     /* of a clock that nobody sets */
    double elapsed; /* since the shutdown began */
    double free;    /* which the policy may use before the rest of the grace is for the stops */
};

/* What one look was. */
struct idle_look {
    double begun;
    bool drained;    /* the service was told to drain, and accepted it */
    bool by_sockets; /* the counts are the kernel's: it says only who is connected and busy */
};

enum { PROBES_REQUESTS, PROBES_CONNECTIONS, PROBES_TOLD, PROBES_KINDS };

struct idle {
    struct idle_options options;
    struct history history;     /* as it was at the beginning */
    double begun, until;        /* until: when its time is up */
    double last_chance;         /* so long before, any moment in which nobody is inside will do */
    double drained_at, unready_at, unready_elapsed;
    bool door_closed;
    bool closing;               /* idle connections: once */
    bool complained;            /* of a drain without effect: once */

    bool known;                 /* the last look succeeded */
    int failures;               /* of looks since one did */
    bool looked;                /* one did */
    struct idle_look look;      /* the last one that did */
    struct counts counts;       /* of it */
    struct counts first;        /* of the first one */
    struct counts before;       /* of the last reading before the shutdown, if there is one */
    double known_at, busy_at, cost;
    double quiet;               /* so long nobody may have come when its door is closed */
    double least_untold;        /* effect.h */

    bool counted;               /* new connections are counted, so there is evidence: */
    struct evidence evidence;
    double rate, use;           /* arrivals.h, without probes */
    double probes[PROBES_KINDS]; /* that may still come at once */
    double expected;            /* failures, when it was left; NAN: not known */
};

enum idle_verdict {
    IDLE_WAIT,       /* look again after so many seconds */
    IDLE_LEAVE,
    IDLE_TIMEOUT,    /* the time is up */
    IDLE_UNKNOWN,    /* and it is not known who is inside */
    IDLE_CLOSE,      /* have idle connections closed, and look again; once */
    IDLE_NO_EFFECT,  /* say that the drain tells nobody, */
    IDLE_SOME_EFFECT /* or not all, do something about it, and conclude again; once */
};

void idle_begin(struct idle *idle, const struct idle_options *options,
                const struct history *history, const struct idle_time *time);

/* A look has succeeded. True: it was the first of its kind. */
bool idle_note(struct idle *idle, const struct idle_look *look, const struct counts *counts,
               const struct idle_time *time);

/* How many failed in a row, with this one. */
int idle_note_failure(struct idle *idle);

/* Is it time for readiness to fail? Once. */
bool idle_unready(struct idle *idle, double now);

/* `*seconds` is set for IDLE_WAIT. */
enum idle_verdict idle_conclude(struct idle *idle, const struct idle_time *time, double *seconds);

/* It accepts nobody any more: now a stable look is enough. */
void idle_on_door_closed(struct idle *idle);

/* Clients are told from now on, once more. */
void idle_on_told_again(struct idle *idle, const struct idle_time *time);

/* Seconds that it may still take: its own limit, or what the grace leaves to the policy. */
double idle_seconds_left(const struct idle *idle, const struct idle_time *time);

/* So long nobody may have come when the next step is taken. */
double idle_quiet(const struct idle *idle);

/* Requests in flight, and streams as long as they may stay. */
double idle_inside(const struct idle *idle, const struct idle_time *time);

#endif
