/* What an Envoy answers, as far as the drivers of lua/ and policies ask (1.40). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

enum { DRAIN_TIME_S_DEFAULT = 600 };

struct envoy envoy_started(const char *const *arguments)
{
    struct envoy envoy = {
        .gradual = true,
        .drain_time_s = DRAIN_TIME_S_DEFAULT,
        .closed_ms = NEVER_MS,
        .idle_closed_ms = NEVER_MS,
    };

    for (int i = 0; arguments[i] && arguments[i + 1]; i++) {
        if (strcmp(arguments[i], "--drain-strategy") == 0)
            envoy.gradual = strcmp(arguments[i + 1], "immediate") != 0;
        if (strcmp(arguments[i], "--drain-time-s") == 0)
            envoy.drain_time_s = (int)strtol(arguments[i + 1], NULL, 10);
        if (strcmp(arguments[i], "--config-yaml") == 0)
            idle_file_find(&envoy, arguments[i + 1]);
    }
    return envoy;
}

static bool path_is(const char *path, const char *wanted)
{
    size_t length = strlen(wanted);

    return strncmp(path, wanted, length) == 0 && (path[length] == '\0' || path[length] == '?');
}

/* Is `word` ("graceful", "type=Gauges") one of the parts of the query? */
static bool query_has(const char *path, const char *word)
{
    const char *part = strchr(path, '?');
    size_t length = strlen(word);

    while (part) {
        part++;
        if (strncmp(part, word, length) == 0 && (part[length] == '&' || part[length] == '\0'))
            return true;
        part = strchr(part, '&');
    }
    return false;
}

static struct traffic *envoy_traffic(struct sim *sim, const struct process *process)
{
    return process->service >= 0 ? &sim->services[process->service].traffic : NULL;
}

static void drain_begin(struct sim *sim, struct process *process)
{
    struct envoy *envoy = &process->envoy;

    if (envoy->draining)
        return;
    envoy->draining = true;
    envoy->draining_ms = sim->now_ms;
    envoy->tells_all = !envoy->gradual;
}

static void listeners_close(struct envoy *envoy, int64_t at_ms)
{
    if (at_ms < envoy->closed_ms)
        envoy->closed_ms = at_ms;
}

static void listeners_drain(struct sim *sim, struct process *process, const char *path)
{
    struct envoy *envoy = &process->envoy;
    bool repeated = envoy->draining;

    drain_begin(sim, process);
    if (!query_has(path, "graceful"))
        listeners_close(envoy, sim->now_ms);
    else if (!query_has(path, "skip_exit") && !repeated)
        listeners_close(envoy, sim->now_ms + (int64_t)envoy->drain_time_s * 1000);
}

#define STAT(name) "http.ingress.downstream_" name ": "

/* By hand, since each look at an Envoy writes them. */
static void stat_write(struct text *body, const char *stat, int64_t value, bool used_only)
{
    if (used_only && value == 0)
        return; // the real one shows a zero that was something else before
    text_put_line(body, stat, value);
}

/* The admin's own are there, too, as in the real one. */
static void gauges_write(struct text *body, const struct traffic_stats *stats, bool used_only)
{
    int64_t open = stats->connections_active;

    text_put(body, "http.admin.downstream_rq_active: 1\n"
                   "http.admin.downstream_cx_active: 1\n"
                   "http.admin.downstream_cx_http1_active: 1\n"
                   "http.admin.downstream_cx_upgrades_active: 0\n");
    stat_write(body, STAT("cx_active"), open, used_only);
    stat_write(body, STAT("cx_http1_active"), stats->http2 ? 0 : open, used_only);
    stat_write(body, STAT("cx_http2_active"), stats->http2 ? open : 0, used_only);
    stat_write(body, STAT("cx_http3_active"), 0, used_only);
    stat_write(body, STAT("cx_upgrades_active"), stats->upgrades_active, used_only);
    stat_write(body, STAT("rq_active"), stats->requests_active, used_only);
}

static void counters_write(struct text *body, const struct traffic_stats *stats, bool used_only)
{
    text_put(body, "http.admin.downstream_rq_total: 7\n"
                   "http.admin.downstream_cx_http1_total: 7\n"
                   "http.admin.downstream_cx_drain_close: 0\n");
    stat_write(body, STAT("cx_drain_close"), stats->closes, used_only);
    stat_write(body, STAT("cx_http1_total"), stats->http2 ? 0 : stats->connections, used_only);
    stat_write(body, STAT("cx_http2_total"), stats->http2 ? stats->connections : 0, used_only);
    stat_write(body, STAT("cx_http3_total"), 0, used_only);
    stat_write(body, STAT("rq_total"), stats->requests, used_only);
}

static bool lies(const struct sim *sim, const struct process *process)
{
    return process->behaviour->lie != SIM_HONEST &&
           sim->now_ms >= process->behaviour->lie_from_ms;
}

static void stats_bend(struct process *process, struct traffic_stats *stats)
{
    switch (process->behaviour->lie) {
    case SIM_HONEST:
    case SIM_LIE_DRAINS:
        break;
    case SIM_LIE_NOBODY:
        stats->requests_active = stats->upgrades_active;
        stats->connections_active = stats->upgrades_active;
        break;
    case SIM_LIE_FROZEN:
        if (!process->told)
            process->told_stats = *stats;
        process->told = true;
        *stats = process->told_stats;
        break;
    case SIM_LIE_STUCK:
        stats->requests_active++;
        break;
    }
}

static void stats_answer(struct sim *sim, struct process *process, const char *path,
                         struct text *body)
{
    struct traffic *traffic = envoy_traffic(sim, process);
    struct traffic_stats stats = {0};
    bool used_only = query_has(path, "usedonly"), gauges_only = query_has(path, "type=Gauges");

    if (process->behaviour->hides_stats)
        return;
    if (traffic)
        stats = traffic_stats(traffic, sim->now_ms);
    if (lies(sim, process))
        stats_bend(process, &stats);
    if (!gauges_only)
        counters_write(body, &stats, used_only);
    if (gauges_only || !query_has(path, "type=Counters"))
        gauges_write(body, &stats, used_only);
}

/* Of all that the real one says what the driver asks for. */
static void server_info_answer(const struct process *process, struct text *body)
{
    const struct envoy *envoy = &process->envoy;

    text_add(body,
             "{\n \"state\": \"%s\",\n \"command_line_options\": {\n"
             "  \"drain_time\": \"%ds\",\n  \"drain_strategy\": \"%s\"\n }\n}\n",
             envoy->health_failed ? "DRAINING" : "LIVE", envoy->drain_time_s,
             envoy->gradual ? "Gradual" : "Immediate");
}

static int envoy_change(struct sim *sim, struct process *process, const char *path,
                        struct text *body)
{
    struct traffic *traffic = envoy_traffic(sim, process);

    if (traffic)
        traffic_advance(traffic, sim->now_ms);
    if (process->behaviour->lie == SIM_LIE_DRAINS && lies(sim, process)) {
        text_put(body, "OK\n");
        return 200;
    }
    if (path_is(path, "/healthcheck/fail")) {
        drain_begin(sim, process);
        process->envoy.tells_all = true;
        process->envoy.health_failed = true;
    } else {
        listeners_drain(sim, process, path);
    }
    text_put(body, "OK\n");
    return 200;
}

int envoy_answer(struct sim *sim, struct process *process, const struct pending *request,
                 struct text *body)
{
    const char *path = request->path;

    if (path_is(path, "/stats")) { /* mostly so */
        stats_answer(sim, process, path, body);
        return 200;
    }
    if (path_is(path, "/drain_listeners") || path_is(path, "/healthcheck/fail")) {
        if (strcmp(request->method, "POST") == 0)
            return envoy_change(sim, process, path, body);
        text_put(body, "Method Not Allowed");
        return 405;
    }
    if (path_is(path, "/ready")) {
        text_put(body, process->envoy.health_failed ? "DRAINING\n" : "LIVE\n");
        return process->envoy.health_failed ? 503 : 200;
    }
    if (path_is(path, "/server_info"))
        server_info_answer(process, body);
    else if (path_is(path, "/config_dump") && query_has(path, "resource=static_listeners"))
        idle_file_listeners(process, body);
    else if (path_is(path, "/config_dump"))
        text_put(body, "{}\n");
    else if (request->at_admin)
        return 404;
    return 200;
}
