/* The world that the numbers of a draw describe. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "sim/draw.h"

enum {
    CRASH_CODE = 1,
    PATH_CHANGES = 4, /* choice of DRAW_ADMIN_PATH */
    UNAVAILABLE = 503,
    ORPHANS_PID = 1000
};

static void steps_add(struct sim_config *config, int64_t at_ms, enum sim_action action, int number,
                      const char *service)
{
    int count = 0;

    while (config->steps[count].action != SIM_NOTHING)
        count++;
    config->steps[count] = (struct sim_step){at_ms, action, number, service};
}

int64_t draw_signal_ms(const struct draw *draw)
{
    const int64_t *world = draw->values[DRAW_WORLD];

    if (world[DRAW_EARLY] > 0)
        return world[DRAW_EARLY];
    return world[DRAW_OLD] > 0 ? world[DRAW_OLD] : world[DRAW_SERVING];
}

static void world_configure(const struct draw *draw, struct sim_config *config)
{
    const int64_t *world = draw->values[DRAW_WORLD];
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT};
    int64_t at_ms = draw_signal_ms(draw);

    steps_add(config, at_ms, SIM_SIGNAL, signals[world[DRAW_SIGNAL]], NULL);
    if (world[DRAW_CUT_SHORT] > 0)
        steps_add(config, at_ms + world[DRAW_GRACE] * world[DRAW_CUT_SHORT] / 100, SIM_END, 0,
                  NULL);
    if (world[DRAW_SECOND] == 0)
        return;
    steps_add(config, at_ms + world[DRAW_SECOND], SIM_SIGNAL, SIGTERM, NULL);
    if (world[DRAW_THIRD] > 0)
        steps_add(config, at_ms + world[DRAW_SECOND] + world[DRAW_THIRD], SIM_SIGNAL, SIGTERM,
                  NULL);
}

/* How we ourselves run, and who else is in the container. */
static void container_configure(const struct draw *draw, struct sim_config *config)
{
    const int64_t *world = draw->values[DRAW_WORLD];
    int64_t count = world[DRAW_ORPHANS] + world[DRAW_SHELLS];

    config->throttled_ms = world[DRAW_THROTTLED];
    config->stall_at_ms = draw_signal_ms(draw) + world[DRAW_STALL_AT];
    config->stall_ms = world[DRAW_STALL];
    config->sockets_error = world[DRAW_HIDDEN_SOCKETS] ? EACCES : 0;
    for (int i = 0; i < count; i++)
        config->orphans[i] = (struct sim_orphan){
            .pid = ORPHANS_PID + i,
            .exit_ms = world[DRAW_ORPHANS_DEAF] ? NEVER_MS : world[DRAW_ORPHANS_FOR],
            .foreign = i >= world[DRAW_ORPHANS],
        };
}

static const char *flood(void)
{
    static char text[OUTPUT_MAX];

    memset(text, 'x', sizeof text - 1);
    return text;
}

/* What policies ask and run. */
static void outside_configure(const int64_t *world, struct sim_config *config)
{
    config->outside = (struct sim_endpoint){
        .address = "any",
        .manner = (enum sim_manner)world[DRAW_OUTSIDE],
        .status = world[DRAW_OUTSIDE] == SIM_STATUS ? UNAVAILABLE : 0,
        .answer_ms = world[DRAW_OUTSIDE_ANSWER],
    };
    config->any_command = (struct sim_command){
        .code = (int)world[DRAW_COMMAND_CODE],
        .after_ms = world[DRAW_COMMAND_HANGS] ? NEVER_MS : world[DRAW_COMMAND_FOR],
        .output = world[DRAW_COMMAND_FLOODS] ? flood() : NULL,
    };
}

static void steps_configure(const int64_t *values, const char *name, struct sim_config *config)
{
    if (values[DRAW_CRASH] > 0)
        steps_add(config, values[DRAW_CRASH], SIM_CRASH, CRASH_CODE, name);
    if (values[DRAW_FROZEN] == 0)
        return;
    steps_add(config, values[DRAW_FROZEN], SIM_FREEZE, 0, name);
    if (values[DRAW_THAW] > 0)
        steps_add(config, values[DRAW_FROZEN] + values[DRAW_THAW], SIM_THAW, 0, name);
}

static void admin_configure(const int64_t *values, struct sim_service *service)
{
    static const int statuses[] = {400, 403, 404, 500, 503};
    static const char *const paths[] = {"/", "/drain_listeners", "/stats", "/healthcheck", "/"};

    service->answer_ms = values[DRAW_ANSWER];
    service->hides_stats = values[DRAW_HIDDEN];
    service->lie = (enum sim_lie)values[DRAW_LIE];
    service->lie_from_ms = values[DRAW_LIE_FROM];
    if (values[DRAW_ADMIN] == 0)
        return;
    service->faults[0] = (struct sim_fault){
        .path = paths[values[DRAW_ADMIN_PATH]],
        .changes = values[DRAW_ADMIN_PATH] == PATH_CHANGES,
        .manner = (enum sim_manner)values[DRAW_ADMIN],
        .status = statuses[values[DRAW_ADMIN_STATUS]],
        .from_ms = values[DRAW_ADMIN_FROM],
        .times = (int)values[DRAW_ADMIN_TIMES],
    };
}

static void clients_configure(const struct draw *draw, const int64_t *values,
                              struct sim_traffic *traffic)
{
    *traffic = (struct sim_traffic){
        .connections = (int)values[DRAW_CONNECTIONS],
        .requests_per_second = (double)values[DRAW_RATE] / 1000,
        .one_shots_per_second = (double)values[DRAW_ONE_SHOTS] / 1000,
        .request_ms = values[DRAW_REQUEST],
        .long_requests = (int)values[DRAW_LONG],
        .long_until_ms = draw_signal_ms(draw) + values[DRAW_LONG_FOR],
        .upgrades = (int)values[DRAW_UPGRADES],
        .probes_per_second = (double)values[DRAW_PROBES] / 1000,
        .replicas = (int)values[DRAW_REPLICAS],
        .pinned = values[DRAW_PINNED],
        .burst = (int)values[DRAW_BURST],
        .burst_ms = draw_signal_ms(draw) - values[DRAW_BURST_BEFORE],
        .blind_ms = values[DRAW_HTTP2] ? 0 : values[DRAW_BLIND],
        .http2 = values[DRAW_HTTP2],
        .ignores_close = values[DRAW_STUBBORN],
        .backoff_ms = values[DRAW_HTTP2] ? values[DRAW_BACKOFF] : 0,
        .skips_late = values[DRAW_SKIPS] && values[DRAW_POLL] == 0,
        .chance = (int)values[DRAW_CHANCE],
        .surge = (int)values[DRAW_SURGE],
        .routing_ms = values[DRAW_ROUTING],
    };
    if (values[DRAW_POLL] == 0)
        return;
    traffic->request_ms = values[DRAW_POLL];
    traffic->requests_per_second = 1000.0 / (double)(values[DRAW_POLL] + 1);
}

static int64_t exit_ms(const int64_t *values)
{
    if (values[DRAW_DEAF])
        return NEVER_MS;
    if (values[DRAW_JOBS_FOR] > 0)
        return values[DRAW_JOBS_FOR];
    return values[DRAW_SLOW] > 0 ? values[DRAW_SLOW] : values[DRAW_EXIT];
}

/* Pieces in hand; one that ignores SIGTERM finishes nothing. */
static int work(const int64_t *values)
{
    if (values[DRAW_DEAF])
        return 0;
    if (values[DRAW_JOBS_FOR] > 0)
        return (int)values[DRAW_JOBS];
    return values[DRAW_SLOW] > 0 ? (int)values[DRAW_WORK] : 0;
}

static void router_configure(const struct draw_names *names, int place,
                             struct sim_service *service)
{
    service->router = names->routers[place];
    switch (service->router) {
    case SIM_ENVOY:
        break;
    case SIM_NGINX:
        service->drain_file = names->drain_files[place];
        service->finish_signal = SIGQUIT;
        break;
    case SIM_HAPROXY:
        service->drain_signal = SIGUSR1;
        break;
    }
}

/* A service with clients needs the one that was started before it. */
static void service_configure(const struct draw *draw, const struct draw_names *names, int place,
                              struct sim_config *config)
{
    const int64_t *values = draw->values[DRAW_SERVICE + place];
    struct sim_service *service = &config->services[place];

    *service = (struct sim_service){
        .name = names->names[place],
        .admin = names->admins[place],
        .needs = place > 0 ? names->names[place - 1] : NULL,
        .start_error = values[DRAW_MISSING] ? ENOENT : 0,
        .ready_ms = values[DRAW_NEVER_READY] ? NEVER_MS : values[DRAW_READY],
        .exit_ms = exit_ms(values),
        .exit_code = (int)values[DRAW_CODE],
        .work = work(values),
        .group_ms = values[DRAW_CHILDREN_STAY] ? NEVER_MS : values[DRAW_CHILDREN],
    };
    router_configure(names, place, service);
    steps_configure(values, service->name, config);
    if (!service->admin)
        return;
    admin_configure(values, service);
    clients_configure(draw, values, &service->traffic);
    if (service->router == SIM_ENVOY)
        return;
    service->traffic.upgrades = 0; /* its statistics do not tell them from requests */
    service->lie = SIM_HONEST;     /* only an Envoy lies here */
}

void draw_config(const struct draw *draw, const struct draw_names *names,
                 struct sim_config *config)
{
    *config = (struct sim_config){.files_exist = true};
    world_configure(draw, config);
    container_configure(draw, config);
    outside_configure(draw->values[DRAW_WORLD], config);
    for (int i = 0; i < names->count; i++)
        service_configure(draw, names, i, config);
}
