#include "sim/draw.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"

enum { RICHNESSES = 4, CRASH_CODE = 1 };

/* Percent of the kinds of faults that exist, by how rich in faults the seed is. */
static const int richness_percent[RICHNESSES] = {5, 15, 30, 55};

/* Clients are in most worlds, in whatever else is wrong. */
enum { CLIENTS_PERCENT = 70 };

struct draw draw_plain(void)
{
    struct draw draw = {0};

    for (int row = 0; row < DRAW_ROWS; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++)
            draw.values[row][i] = draw_table[i].plain;
    return draw;
}

static void draw_kinds(uint64_t seed, bool kinds[DRAW_KINDS])
{
    struct random random = random_fork(seed, "richness", 0);
    int percent = richness_percent[random_between(&random, 0, RICHNESSES - 1)];

    for (int kind = 0; kind < DRAW_KINDS; kind++) {
        random = random_fork(seed, "kind", (uint64_t)kind);
        kinds[kind] = random_between(&random, 1, 100) <=
                      (kind == KIND_CLIENTS ? CLIENTS_PERCENT : percent);
    }
    kinds[KIND_PLAIN] = true;
}

static int64_t draw_value(uint64_t seed, const struct draw_row *row, uint64_t place)
{
    struct random random = random_fork(seed, row->name, place);

    if (random_between(&random, 1, 100) > row->chance)
        return row->plain;
    return row->decades ? random_between_decades(&random, row->least, row->most)
                        : random_between(&random, row->least, row->most);
}

/* Does this row of numbers have this parameter? */
static bool row_owns(const struct draw_names *names, int row, enum draw_owner owner)
{
    switch (owner) {
    case OF_WORLD:
        return row == DRAW_WORLD;
    case OF_SERVICE:
        return row >= DRAW_SERVICE && row < DRAW_SERVICE + names->count;
    case OF_DRAINED:
        return row >= DRAW_SERVICE && row < DRAW_SERVICE + names->count &&
               names->admins[row - DRAW_SERVICE];
    }
    return false;
}

struct draw draw_from_seed(uint64_t seed, const struct draw_names *names)
{
    struct draw draw = draw_plain();
    bool kinds[DRAW_KINDS];

    draw.seed = seed;
    draw_kinds(seed, kinds);
    for (int i = 0; i < DRAW_PARAMETERS; i++) {
        const struct draw_row *parameter = &draw_table[i];

        for (int row = 0; row < DRAW_ROWS && kinds[parameter->kind]; row++)
            if (row_owns(names, row, parameter->owner))
                draw.values[row][i] = draw_value(seed, parameter, (uint64_t)row);
    }
    return draw;
}

bool draw_has(const struct draw *draw, int row, enum draw_parameter parameter)
{
    const struct draw_row *described = &draw_table[parameter];

    return draw->values[row][parameter] != described->plain &&
           (described->without == parameter || draw_has(draw, row, described->without));
}

/* The world */

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
    int64_t at_ms = draw_signal_ms(draw);

    steps_add(config, at_ms, SIM_SIGNAL, SIGTERM, NULL);
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
    static const char *const paths[] = {"/", "/drain_listeners", "/stats", "/healthcheck"};

    service->answer_ms = values[DRAW_ANSWER];
    service->hides_stats = values[DRAW_HIDDEN];
    if (values[DRAW_ADMIN] == 0)
        return;
    service->faults[0] = (struct sim_fault){
        .path = paths[values[DRAW_ADMIN_PATH]],
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
        .routing_ms = values[DRAW_ROUTING],
    };
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
        .exit_ms = values[DRAW_SLOW] > 0 ? values[DRAW_SLOW] : values[DRAW_EXIT],
        .exit_code = (int)values[DRAW_CODE],
        .work = values[DRAW_SLOW] > 0 && !values[DRAW_DEAF] ? (int)values[DRAW_WORK] : 0,
        .group_ms = values[DRAW_CHILDREN_STAY] ? NEVER_MS : values[DRAW_CHILDREN],
    };
    router_configure(names, place, service);
    if (values[DRAW_DEAF])
        service->exit_ms = NEVER_MS;
    steps_configure(values, service->name, config);
    if (!service->admin)
        return;
    admin_configure(values, service);
    clients_configure(draw, values, &service->traffic);
    if (service->router != SIM_ENVOY)
        service->traffic.upgrades = 0; /* its statistics do not tell them from requests */
}

void draw_config(const struct draw *draw, const struct draw_names *names,
                 struct sim_config *config)
{
    *config = (struct sim_config){.files_exist = true};
    world_configure(draw, config);
    for (int i = 0; i < names->count; i++)
        service_configure(draw, names, i, config);
}

/* Words */

static void value_show(const struct draw_row *row, int64_t value, char *text, size_t size)
{
    switch (row->unit) {
    case UNIT_MS:
        if (value < 1000)
            snprintf(text, size, "%d ms", (int)value);
        else
            snprintf(text, size, "%g s", (double)value / 1000);
        break;
    case UNIT_COUNT:
    case UNIT_CODE:
    case UNIT_FLAG:
        snprintf(text, size, "%d", (int)value);
        break;
    case UNIT_PER_1000_S:
        snprintf(text, size, "%g requests/s", (double)value / 1000);
        break;
    case UNIT_PERCENT:
        snprintf(text, size, "%d %%", (int)value);
        break;
    case UNIT_CHOICE:
        snprintf(text, size, "%s", row->choices[value]);
        break;
    }
}

/* `words` with the value in the place of "%s". */
static void words_fill(const char *words, const char *value, char *text, size_t size)
{
    const char *place = strstr(words, "%s");
    int before = place ? (int)(place - words) : (int)strlen(words);

    snprintf(text, size, "%.*s%s%s", before, words, place ? value : "", place ? place + 2 : "");
}

void draw_describe(const struct draw *draw, const struct draw_names *names, char *text,
                   size_t size)
{
    char value[64], line[160];
    size_t used = 0;

    *text = '\0';
    for (int row = 0; row < DRAW_SERVICE + names->count; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++) {
            const char *name = row == DRAW_WORLD ? NULL : names->names[row - DRAW_SERVICE];

            if (!draw_has(draw, row, (enum draw_parameter)i) || used >= size)
                continue;
            value_show(&draw_table[i], draw->values[row][i], value, sizeof(value));
            words_fill(draw_table[i].words, value, line, sizeof(line));
            used += (size_t)snprintf(text + used, size - used, "%s%s%s\n", name ? name : "",
                                     name ? ": " : "", line);
        }
}
