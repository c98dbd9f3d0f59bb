/* Routers that are not Envoy: what the statistics of nginx 1.22 and HAProxy 2.6 answer, and how
 * a signal or a file makes them drain.
 *
 * While a service drains each response closes its connection, as an Envoy's does. One that
 * finishes closes its listeners and its idle connections, and exits after the last response. */
#include "sim/state.h"

static struct traffic *router_traffic(struct sim *sim, const struct process *process)
{
    return process->service >= 0 ? &sim->services[process->service].traffic : NULL;
}

/* The look itself is a connection and a request, too. */
static void nginx_write(struct text *body, const struct traffic_stats *stats, int looks)
{
    long long connections = (long long)stats->connections + looks;
    long long waiting = (long long)(stats->connections_active - stats->requests_active);

    text_add(body,
             "Active connections: %lld \nserver accepts handled requests\n %lld %lld %lld \n"
             "Reading: 0 Writing: %lld Waiting: %lld \n",
             (long long)stats->connections_active + 1, connections, connections,
             (long long)stats->requests + looks, (long long)stats->requests_active + 1, waiting);
}

/* Of its many columns those that tell; the page's own section is there, too. */
static void haproxy_write(struct text *body, const struct traffic_stats *stats, int looks)
{
    text_add(body,
             "# pxname,svname,qcur,qmax,scur,smax,slim,stot,req_tot,conn_tot,\n"
             "gateway,FRONTEND,,,%lld,9,100,%lld,%lld,%lld,\n"
             "application,BACKEND,0,0,%lld,9,100,%lld,,,\n"
             "stats,FRONTEND,,,1,2,100,%d,%d,%d,\nstats,BACKEND,0,0,0,0,100,0,,,\n\n",
             (long long)stats->connections_active, (long long)stats->connections,
             (long long)stats->requests, (long long)stats->connections,
             (long long)stats->requests_active, (long long)stats->requests, looks, looks, looks);
}

int router_answer(struct sim *sim, struct process *process, const struct pending *request,
                  struct text *body)
{
    struct traffic *traffic = router_traffic(sim, process);
    struct traffic_stats stats = {0};

    if (process->behaviour->router == SIM_ENVOY)
        return envoy_answer(sim, process, request, body);
    if (process->behaviour->hides_stats)
        return 404;
    if (traffic)
        stats = traffic_stats(traffic, sim->now_ms);
    process->looks++;
    if (process->behaviour->router == SIM_NGINX)
        nginx_write(body, &stats, process->looks);
    else
        haproxy_write(body, &stats, process->looks);
    return 200;
}

void router_drain(struct sim *sim, struct process *process, bool draining)
{
    struct traffic *traffic = router_traffic(sim, process);

    if (traffic)
        traffic_advance(traffic, sim->now_ms);
    process->envoy.draining = draining;
    process->envoy.draining_ms = sim->now_ms;
    process->envoy.tells_all = true;
}

void router_on_file(struct sim *sim, const char *path, bool there)
{
    for (int i = 0; i < sim->processes_used; i++) {
        struct process *process = &sim->processes[i];

        if (process_running(process) && address_is(process->behaviour->drain_file, path))
            router_drain(sim, process, there);
    }
}

int64_t router_finish(struct sim *sim, struct process *process)
{
    struct traffic *traffic = router_traffic(sim, process);

    router_drain(sim, process, true);
    process->envoy.closed_ms = sim->now_ms;
    return traffic ? traffic_finish(traffic, sim->now_ms) : sim->now_ms;
}
