/* The clients of one service. */
#ifndef LASTCALL_SIM_TRAFFIC_H
#define LASTCALL_SIM_TRAFFIC_H

#include "sim/answers.h"
#include "sim/chance.h"
#include "sim/envoy.h"
#include "sim/habits.h"
#include "sim/sim.h"

/* Rates are millionths of one for each millisecond, and so is what is owed, unless said. */
struct traffic {
    const struct sim_traffic *config;
    const struct envoy *envoy; /* NULL: nobody serves them */
    bool begun;
    bool frozen;
    bool signalled;          /* the first signal has come */
    bool failing;            /* whom it needs is gone */
    int64_t done_ms;         /* time up to which all was done */
    int64_t routed_until_ms;
    int64_t request_ms;
    int64_t served_ms;       /* as done_ms, but stands still while frozen */
    struct answers answers;  /* by served_ms */
    int64_t stride_ms;       /* at most: steps.c */
    bool http2;
    struct habits habits;
    struct chance chance;

    int64_t client_rate;     /* of each client */
    int64_t late_again;      /* of clients that are answered, so many are late with the next
                                request */
    int64_t one_shot_rate;
    int64_t probe_rate;
    int64_t requests_owed;
    int64_t late_owed;       /* where clients come by chance; else part of the one above */
    int64_t arrivals_owed;
    int64_t one_shots_owed;
    int64_t probes_owed;
    int64_t closes_owed;
    int64_t returns_owed;    /* in parts of `replicas` */

    int64_t newcomers;       /* clients that have not come yet */
    int64_t away;            /* clients that connect here at their turn */
    int64_t idle;            /* connections that wait for the turn of their client */
    int64_t kept;            /* requests in flight on connections that are kept */
    int64_t once;            /* requests in flight on one-shot connections */

    int64_t requests;
    int64_t connections;
    int64_t closes;
    int64_t requests_cut;
    int64_t requests_refused;
    int64_t requests_failed;
    int64_t requests_blind;
    int64_t requests_new;    /* that came since somebody looked */
    int64_t requests_unseen; /* of those cut: came since then */
    int64_t looked_ms;       /* -1: never */
    int64_t connections_cut;
    int64_t idle_cut;        /* of these: of clients that would have sent again */
    int64_t upgrades_cut;
    int64_t busy_ms;         /* -1: never */
    int64_t arrived_ms;      /* -1: never */
};

/* As Envoy counts. */
struct traffic_stats {
    bool http2;              /* the connections are so */
    int64_t requests_active; /* with upgrades */
    int64_t upgrades_active;
    int64_t connections_active;
    int64_t requests;
    int64_t connections;
    int64_t closes;
};

int traffic_init(struct traffic *traffic, const struct sim_service *service);
void traffic_close(struct traffic *traffic);
void traffic_begin(struct traffic *traffic, const struct envoy *envoy, int64_t from_ms);

/* To be called before anything changes that the clients feel. */
void traffic_advance(struct traffic *traffic, int64_t now_ms);

/* Enough for who only looks: where many come the last milliseconds may be missing (steps.c). */
void traffic_look(struct traffic *traffic, int64_t now_ms);

void traffic_on_signal(struct traffic *traffic, int64_t now_ms);
void traffic_on_frozen(struct traffic *traffic, int64_t now_ms, bool frozen);
void traffic_on_exit(struct traffic *traffic, int64_t now_ms);

/* Whom the service needs has exited, or was started. */
void traffic_on_need(struct traffic *traffic, int64_t now_ms, bool gone);

/* Idle connections are closed. Returns when the last request under way will be answered. */
int64_t traffic_finish(struct traffic *traffic, int64_t now_ms);

/* Requests in flight now, without upgrades; to be looked at before. */
int64_t traffic_active(const struct traffic *traffic, int64_t now_ms);
struct traffic_stats traffic_stats(struct traffic *traffic, int64_t now_ms);

#endif
