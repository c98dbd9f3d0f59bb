/* The simulated world: its clock is the time of the last item of the queue.
 *
 * Happy path: the engine's commands and the script arrange items; next_event takes the first,
 * sets the clock, lets it happen and, if the engine sees it, returns it as an event.
 *
 * What can go wrong, and ends the world: the deadline (everything is killed), nothing left in the
 * queue, a step SIM_END, an engine that turns in a circle while no time passes. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

enum { LINE_LENGTH_MAX = 1023 };

void sim_record(struct sim *sim, const char *format, ...)
{
    char line[LINE_LENGTH_MAX + 1];
    va_list arguments;

    if (sim->config->no_history)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    text_add(&sim->history, "%6lld.%03d %s\n", (long long)(sim->now_ms / 1000),
             (int)(sim->now_ms % 1000), line);
}

const char *sim_lend(struct sim *sim, const char *bytes, size_t *length)
{
    sim->lent = malloc(*length > 0 ? *length : 1);
    if (sim->lent)
        memcpy(sim->lent, bytes, *length);
    else
        *length = 0;
    return sim->lent;
}

/* Events */

static bool item_take(struct sim *sim, const struct item *item, struct event *event)
{
    switch (item->kind) {
    case ITEM_ALARM:
        event->kind = EVENT_ALARM;
        return true;
    case ITEM_STEP:
        return script_on_step(sim, item->number, event);
    case ITEM_EXIT:
        return process_on_exit(sim, item->number, event);
    case ITEM_GONE:
        return process_on_gone(sim, item->number, event);
    case ITEM_ORPHAN:
        return orphan_on_exit(sim, item->number);
    case ITEM_OTHERS:
        return others_on_gone(event);
    case ITEM_ANSWER:
        return request_on_answer(sim, item->number, event);
    }
    return false;
}

static bool next_event(struct world *world, struct event *event)
{
    struct sim *sim = sim_of(world);

    free(sim->lent);
    sim->lent = NULL;
    while (!sim->ended) {
        const struct item *first = queue_first(&sim->queue);
        struct item item;

        if (clock_ends(sim, first))
            break;
        item = queue_take(&sim->queue, first);
        clock_advance(sim, item.at_ms);
        *event = (struct event){0};
        if (!sim->ended && item_take(sim, &item, event)) {
            sim->events++;
            return true;
        }
    }
    return false;
}

/* Other commands */

static int64_t now_ms(struct world *world)
{
    return sim_of(world)->now_ms;
}

static void alarm_set(struct world *world, int64_t at_ms)
{
    struct sim *sim = sim_of(world);

    queue_remove(&sim->queue, ITEM_ALARM, 0);
    queue_push(&sim->queue, at_ms > sim->now_ms ? at_ms : sim->now_ms, ITEM_ALARM, 0);
}

static void deadline_set(struct world *world, int64_t at_ms)
{
    struct sim *sim = sim_of(world);

    if (at_ms < sim->now_ms)
        at_ms = sim->now_ms;
    if (at_ms < sim->deadline_ms)
        sim->deadline_ms = at_ms;
}

static int file_read(struct world *world, const char *path, char *buffer, size_t size)
{
    struct sim *sim = sim_of(world);
    int length = store_read(sim->files, path, buffer, size);

    return length == -ENOENT && sim->config->files_exist ? 0 : length;
}

static int file_write(struct world *world, const char *path, const char *text)
{
    struct sim *sim = sim_of(world);

    sim_record(sim, "%s %s", text ? "write" : "remove", path);
    router_on_file(sim, path, text != NULL);
    idle_file_on_write(sim, path, text);
    return store_write(&sim->files, path, text);
}

static void print(struct world *world, enum channel channel, const char *line)
{
    struct sim *sim = sim_of(world);

    text_add(channel == CHANNEL_REPORT ? &sim->report : &sim->output, "%s\n", line);
}

static const struct world_ops ops = {
    .next_event = next_event,
    .now_ms = now_ms,
    .alarm_set = alarm_set,
    .deadline_set = deadline_set,
    .process_start = process_start,
    .signal_send = target_signal,
    .request_start = request_start,
    .request_cancel = request_cancel,
    .file_read = file_read,
    .file_write = file_write,
    .print = print,
};

/* Life */

static int sim_fill(struct sim *sim)
{
    const struct sim_config *config = sim->config;
    int result = 0;

    for (int i = 0; i < SIM_SERVICES_MAX && config->services[i].name && result == 0; i++) {
        struct service *service = &sim->services[sim->service_count++];

        *service = (struct service){0};
        result = traffic_init(&service->traffic, &config->services[i]);
    }
    for (int i = 0; i < SIM_FILES_MAX && config->files[i].path && result == 0; i++)
        result = store_write(&sim->files, config->files[i].path, config->files[i].text);
    for (int i = 0; i < SIM_STEPS_MAX && config->steps[i].action != SIM_NOTHING; i++)
        sim_at(&sim->world, config->steps[i]);
    return result;
}

int sim_create(const struct sim_config *config, struct world **world)
{
    struct sim *sim = malloc(sizeof(*sim));
    int result;

    if (!sim)
        return -ENOMEM;
    memset(sim, 0, offsetof(struct sim, queue.items));
    sim->world.ops = &ops;
    sim->config = config;
    sim->deadline_ms = sim->cut_ms = NEVER_MS;
    sim->last_started = -1;
    sim->last_pid = 1;
    result = sim_fill(sim);
    if (result < 0)
        goto fail;
    *world = &sim->world;
    return 0;

fail:
    sim_destroy(&sim->world);
    return result;
}

void sim_destroy(struct world *world)
{
    struct sim *sim = sim_of(world);

    for (int i = 0; i < sim->service_count; i++)
        traffic_close(&sim->services[i].traffic);
    requests_close(sim);
    store_close(&sim->files);
    text_close(&sim->output);
    text_close(&sim->report);
    text_close(&sim->history);
    text_close(&sim->body);
    free(sim->lent);
    free(sim);
}

int64_t sim_next_ms(struct world *world)
{
    const struct item *first = queue_first(&sim_of(world)->queue);

    return first ? first->at_ms : NEVER_MS;
}

void sim_end(struct world *world)
{
    struct sim *sim = sim_of(world);

    sim_record(sim, "end");
    processes_kill(sim);
    sim->ended = true;
    for (int i = 0; i < sim->service_count; i++) {
        struct traffic *traffic = &sim->services[i].traffic;

        if (traffic->routed_until_ms != NEVER_MS)
            traffic_advance(traffic, traffic->routed_until_ms);
    }
}

int64_t sim_late_ms(struct world *world)
{
    return sim_of(world)->late_ms;
}

struct sim_result sim_result(struct world *world)
{
    struct sim *sim = sim_of(world);
    struct sim_result result = {
        .processes_left = sim->processes_killed + processes_left(sim),
        .events = sim->events,
        .late_ms = sim->late_ms,
        .latest_ms = sim->latest_ms,
        .deadline_passed = sim->deadline_passed,
        .cut_short = sim->cut_short,
        .stuck = sim->stuck,
    };

    if (sim->deadline_ms != NEVER_MS)
        result.deadline_late_ms = clock_awake_ms(sim, sim->deadline_ms) - sim->deadline_ms;
    for (int i = 0; i < sim->service_count; i++) {
        struct traffic *traffic = &sim->services[i].traffic;

        traffic_look(traffic, sim->now_ms);
        result.requests += traffic->requests;
        result.requests_cut += traffic->requests_cut;
        result.requests_refused += traffic->requests_refused;
        result.requests_failed += traffic->requests_failed;
        result.work_cut += sim->services[i].work_cut;
        result.requests_blind += traffic->requests_blind;
        result.connections_cut += traffic->connections_cut;
    }
    return result;
}

struct sim_clients sim_clients(struct world *world, int service)
{
    struct sim *sim = sim_of(world);
    struct traffic *traffic = &sim->services[service].traffic;
    int64_t active, long_until_ms = traffic->config->long_until_ms;
    struct sim_clients clients;

    traffic_look(traffic, sim->now_ms);
    active = traffic_active(traffic, sim->now_ms);
    clients = (struct sim_clients){
        .requests_active = active,
        .requests_cut = traffic->requests_cut,
        .requests_unseen = traffic->requests_unseen,
        .requests_failed = traffic->requests_failed,
        .idle_cut = traffic->idle_cut,
        .upgrades_cut = traffic->upgrades_cut,
        .looked_ms = traffic->looked_ms,
        .work_cut = sim->services[service].work_cut,
        .busy_ms = active > 0 ? sim->now_ms : traffic->busy_ms,
        .arrived_ms = traffic->arrived_ms,
    };
    if (traffic->begun && traffic->config->long_requests > 0 && long_until_ms <= sim->now_ms &&
        long_until_ms > clients.busy_ms)
        clients.busy_ms = long_until_ms;
    return clients;
}

const char *sim_output(struct world *world)
{
    return text_read(&sim_of(world)->output);
}

const char *sim_report(struct world *world)
{
    return text_read(&sim_of(world)->report);
}

const char *sim_history(struct world *world)
{
    return text_read(&sim_of(world)->history);
}
