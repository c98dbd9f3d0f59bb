/* What happened in one shutdown, as far as somebody who looks on can tell. The invariants are
 * functions of this alone. */
#ifndef LASTCALL_TRIAL_FACTS_H
#define LASTCALL_TRIAL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "sim/draw.h"

enum { WARNINGS_MAX = 128, REASON_MAX = 160 };

/* It did not happen. */
#define NOT_MS INT64_C(-1)

/* What was said and done about one service. Times are those of the world. */
struct service_facts {
    const char *name;
    bool drains;
    bool running;           /* now: it or its group */
    int64_t started_ms;
    int64_t stop_ms;        /* the first signal that was to end it */
    int64_t kill_ms;
    int64_t exited_ms;
    int64_t gone_ms;
    int alive_before_it;    /* when it was stopped: a service started later that was alive; -1 */
    bool only_its_group;    /* of that one: it had exited itself */
    bool stopped_by_policy; /* else by the last resort */
    int64_t free_ms;        /* then: how long the policy could still have waited */
    int64_t share_ms;       /* then: how long it could have waited for the exit */
    int64_t looked_ms;      /* then: until when the next three are known; in the sim, then */
    int64_t in_flight;      /* requests, at that time */
    int64_t busy_ms;        /* then: when it had last had something to do */
    bool visited;           /* then: had a connection come at all? */
    int64_t requests_cut;   /* at its exit; with facts.cuts_known, as the next two */
    int64_t requests_unseen; /* of these: came when nobody could have seen them */
    int64_t idle_cut;       /* connections that waited for the next request of their client */
    int64_t upgrades_cut;   /* WebSockets that ended with it */
    int64_t work_cut;
    int kills_sent;         /* by the policy */
    int kills_said;
    bool drained;           /* said: its drain was accepted */
    bool drain_failed;      /* said, */
    bool unreachable;       /* and then: because nobody answers there */
    bool idle;              /* said: nobody is inside */
    enum sim_lie lie;       /* of its admin, which nobody could see through */
    int64_t lie_from_ms;
    bool not_known;         /* said: it cannot be known whether it is idle */
};

struct facts {
    int service_count;
    struct service_facts services[SIM_SERVICES_MAX];
    int64_t begun_ms;        /* of the shutdown; NOT_MS: there was none */
    int64_t deadline_ms;     /* the world's, as it was set last */
    int64_t kept_ms;         /* of the time before it: kept for the last resort */
    int64_t free_ms;         /* at the beginning: how long the policy could have waited */
    int64_t ended_ms;        /* when the policy ended; NOT_MS: it did not */
    int64_t done_ms;         /* when everything was over */
    enum engine_end end;
    char reason[REASON_MAX]; /* why the policy failed */
    char left[REASON_MAX];   /* names of services that were running then */
    bool resorted;           /* the last resort ran */
    bool hurried;            /* a second signal had come, */
    int64_t hurried_ms;      /* then */
    bool cut_short;          /* the platform killed everything before its time */
    bool deadline_passed;    /* the world had to kill at the deadline */
    int64_t late_ms;         /* we did not run when the policy ended, and so it ended later, */
    int64_t latest_ms;       /* the latest that anything came because of that, */
    int64_t deadline_late_ms; /* and so much later was the deadline */
    bool stuck;              /* the engine turned in a circle */
    bool cuts_known;          /* somebody counted what was cut: in a simulated world only */
    bool end_known;           /* it is known how all of it ended; else done_ms is the last time of
                                 which something is known */
    int processes_left;      /* at the end */
    int exit_code;           /* of lastcall */
    int64_t asked_ms;        /* how long, together, requests and commands of ours took */
    int64_t slowest_ms;      /* of them */
    uint64_t warnings[WARNINGS_MAX]; /* digests of the lines, without times */
    int warning_count;
    bool said_twice;
    char said[REASON_MAX];   /* what was said twice */
    uint64_t digest;         /* of moments, events and signals, with their times */
    int64_t requests, requests_cut, requests_refused, requests_failed, requests_blind, work_cut;
};

/* For so many services; what is said and done is added by those below. */
void facts_init(struct facts *facts, int service_count);

/* Something was said. */
void facts_on_moment(struct facts *facts, const struct moment *moment, int64_t at_ms);

/* Did the policy look at the service so short a time before it stopped it that it could not know of
 * what came since? looked_ms: the last look at all. */
bool facts_looked_in_time(const struct facts *facts, const struct service_facts *service,
                          int64_t looked_ms);

/* Nobody is left of it and of what it has started. */
void facts_on_gone(struct facts *facts, int place, int64_t at_ms);

/* We sent a signal to the service at this place. True: it is the first that was to end it. */
bool facts_on_signal(struct facts *facts, int place, int signal, int64_t at_ms);

#endif
