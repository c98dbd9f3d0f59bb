/* What clients do, from step to step; and what of them is asked in each step, which is here so that
 * it becomes part of who asks. */
#ifndef LASTCALL_SIM_CLIENTS_H
#define LASTCALL_SIM_CLIENTS_H

#include "sim/traffic.h"

/* steps.c */

/* How long the steps are where many come. To be called when the rest is set. */
int64_t steps_stride_ms(const struct traffic *traffic);

/* Whatever clients do until then; or, if that is in the middle of a step with many, before it. */
void steps_to(struct traffic *traffic, int64_t now_ms, bool exactly);

/* clients.c */

/* All that they do at done_ms; those who come do so in the milliseconds before. */
void clients_act(struct traffic *traffic, int64_t step_ms);

/* So many lost their connection, or got none: those who will come back here are away. */
void clients_leave(struct traffic *traffic, int64_t clients);

/* Among how many replicas they are spread. */
int clients_replicas(const struct sim_traffic *config);

/* Those with a connection here. HTTP/2: `idle` are all, whatever is in flight on them. */
static inline int64_t clients_inside(const struct traffic *traffic)
{
    return traffic->http2 ? traffic->idle : traffic->idle + traffic->kept;
}

/* Connections as Envoy counts them. */
static inline int64_t clients_connections(const struct traffic *traffic)
{
    int64_t clients = clients_inside(traffic);

    /* HTTP/2: one that was told stays until its last response, so there is some of them. */
    if (traffic->http2 && clients == 0 && traffic->kept > 0)
        clients = 1;
    return clients + traffic->once;
}

/* So many come of all who are away or new, in each millisecond. Newcomers come evenly within the
 * mean time between two requests of a client. */
static inline int64_t clients_arrival_rate(const struct traffic *traffic)
{
    int64_t clients = traffic->away;

    if (traffic->newcomers > 0)
        clients += traffic->config->connections;
    return clients * traffic->client_rate;
}

/* When Envoy closes all that is left idle: only in a drain which tells everybody. NEVER_MS. */
static inline int64_t clients_closed_ms(const struct traffic *traffic)
{
    const struct envoy *envoy = traffic->envoy;
    bool ever = traffic->idle > 0 && envoy && envoy->draining && envoy->tells_all;

    return ever ? envoy->idle_closed_ms : NEVER_MS;
}

#endif
