/* What each fact of a report says. They come in the order in which it happened: that is what "when
 * it was stopped, who was alive?" rests on. */
#include <errno.h>
#include <string.h>

#include "base/signals.h"
#include "trial/events_internal.h"

static int read_service(struct reader *reader, int place, json_t *entry)
{
    struct service_facts *service = &reader->facts->services[place];
    const char *name = json_string_value(json_object_get(entry, "name"));

    if (!name || strlen(name) >= EVENTS_NAME_MAX)
        return reader_refuse(reader, "\"services\" must be a list of objects with a \"name\" each");
    snprintf(reader->events->names[place], EVENTS_NAME_MAX, "%s", name);
    service->name = reader->events->names[place];
    service->drains = json_is_true(json_object_get(entry, "drains"));
    return 0;
}

/* The first line of a run: all that came before is of another one. */
static int on_report(struct reader *reader)
{
    json_t *services = json_object_get(reader->object, "services"), *entry;
    size_t count = json_array_size(services), place;
    struct events *events = reader->events;
    int runs = events->runs + 1, line = events->line, error = 0;
    int64_t format = 0;

    error = member_integer(reader, "format", &format);
    if (error == 0 && format > EVENTS_FORMAT)
        return reader_refuse(reader, "it is of format %lld; this lastcall knows formats up to %d",
                             (long long)format, EVENTS_FORMAT);
    if (error < 0 || format < 1 || !json_is_array(services))
        return reader_refuse(reader, "a report begins with a \"format\" and \"services\"");
    if (count > SIM_SERVICES_MAX)
        return reader_refuse(reader, "there are %zu services; at most %d can be judged", count,
                             SIM_SERVICES_MAX);
    memset(events, 0, sizeof *events);
    events->runs = runs;
    events->line = line;
    reader->zero_ms = 0;
    facts_init(reader->facts, (int)count);
    json_array_foreach(services, place, entry)
        if (read_service(reader, (int)place, entry) < 0)
            return -EINVAL;
    error = member_copy(reader, "lastcall", events->lastcall, sizeof events->lastcall);
    if (error == 0)
        error = member_copy(reader, "policy", events->policy, sizeof events->policy);
    return error < 0 ? error : member_copy(reader, "at", events->started_at,
                                         sizeof events->started_at);
}

static int on_deadline(struct reader *reader)
{
    struct facts *facts = reader->facts;
    int64_t uptime_ms = 0, deadline_ms = 0, free_ms = 0;

    if (member_ms(reader, "uptime", &uptime_ms) < 0 ||
        member_ms(reader, "deadline", &deadline_ms) < 0 ||
        member_ms(reader, "kept", &facts->kept_ms) < 0 || member_ms(reader, "free", &free_ms) < 0)
        return -EINVAL;
    if (facts->begun_ms == NOT_MS) {
        facts->begun_ms = reader->zero_ms = reader->at_ms = uptime_ms;
        facts->free_ms = free_ms;
    }
    facts->deadline_ms = facts->begun_ms + deadline_ms;
    return 0;
}

static int on_start(struct reader *reader)
{
    int place, error = member_place(reader, &place);

    if (error < 0 || place < 0)
        return error;
    reader->facts->services[place].started_ms = reader->at_ms;
    reader->facts->services[place].running = true;
    return 0;
}

/* What is said of a service at the first signal that is to end it. */
static int read_stop(struct reader *reader, struct service_facts *service)
{
    int64_t looked_ms = INT64_MIN, busy_ms = INT64_MIN;

    if (member_ms(reader, "free", &service->free_ms) < 0 ||
        member_ms(reader, "share", &service->share_ms) < 0 ||
        member_ms(reader, "looked", &looked_ms) < 0 || member_ms(reader, "busy", &busy_ms) < 0)
        return -EINVAL;
    if (looked_ms != INT64_MIN)
        service->looked_ms = reader->zero_ms + looked_ms;
    if (busy_ms != INT64_MIN)
        service->busy_ms = reader->zero_ms + busy_ms;
    if (member_integer(reader, "in_flight", &service->in_flight) < 0)
        return -EINVAL;
    return member_flag(reader, "visited", &service->visited);
}

static int on_signal(struct reader *reader)
{
    const char *name = "";
    int place, error = member_place(reader, &place);

    if (error == 0)
        error = member_text(reader, "signal", &name);
    if (error < 0 || place < 0)
        return error;
    if (!facts_on_signal(reader->facts, place, signal_number(name), reader->at_ms))
        return 0;
    return read_stop(reader, &reader->facts->services[place]);
}

static int on_exit_of(struct reader *reader)
{
    int place, error = member_place(reader, &place);

    if (error == 0 && place >= 0)
        reader->facts->services[place].exited_ms = reader->at_ms;
    return error;
}

static int on_gone(struct reader *reader)
{
    int place, error = member_place(reader, &place);

    if (error == 0 && place >= 0)
        facts_on_gone(reader->facts, place, reader->at_ms);
    return error;
}

static int on_policy(struct reader *reader)
{
    struct facts *facts = reader->facts;
    const char *end = "";

    if (member_text(reader, "end", &end) < 0 ||
        member_copy(reader, "reason", facts->reason, sizeof facts->reason) < 0 ||
        member_copy(reader, "left", facts->left, sizeof facts->left) < 0 ||
        member_ms(reader, "asked", &facts->asked_ms) < 0 ||
        member_ms(reader, "slowest", &facts->slowest_ms) < 0)
        return -EINVAL;
    facts->ended_ms = reader->at_ms;
    if (strcmp(end, "returned") == 0)
        facts->end = ENGINE_POLICY_RETURNED;
    else if (strcmp(end, "failed") == 0)
        facts->end = ENGINE_POLICY_FAILED;
    else if (strcmp(end, "killed") == 0)
        facts->end = ENGINE_KILLED;
    else
        return reader_refuse(reader, "\"end\" must be \"returned\", \"failed\" or \"killed\"");
    return 0;
}

/* Is it one of the names in a list such as "db, web"? */
static bool list_has(const char *list, const char *name)
{
    size_t length = strlen(name);

    while (*list) {
        size_t word = strcspn(list, ",");

        if (word == length && strncmp(list, name, length) == 0)
            return true;
        list += word;
        list += strspn(list, ", ");
    }
    return false;
}

/* Those that it does not find alive had gone, and that could not be written any more. */
static void on_alive(struct reader *reader, const char *alive)
{
    for (int i = 0; i < reader->facts->service_count; i++) {
        const struct service_facts *service = &reader->facts->services[i];

        if (service->running && !list_has(alive, service->name))
            facts_on_gone(reader->facts, i, reader->at_ms);
    }
}

/* While a policy hangs, the last resort is the first that can say so. */
static int on_resort(struct reader *reader)
{
    struct facts *facts = reader->facts;
    const char *alive = "";
    int64_t deadline_ms = 0;
    bool kill = false;

    if (member_text(reader, "alive", &alive) < 0 || member_flag(reader, "kill", &kill) < 0 ||
        member_ms(reader, "deadline", &deadline_ms) < 0)
        return -EINVAL;
    if (facts->begun_ms == NOT_MS) {
        facts->begun_ms = reader->zero_ms = reader->last_ms;
        reader->at_ms += reader->zero_ms;
        facts->deadline_ms = facts->begun_ms + deadline_ms;
        facts->free_ms = 0;
    }
    facts->resorted |= !kill;
    on_alive(reader, alive);
    if (facts->ended_ms != NOT_MS)
        return 0;
    facts->ended_ms = reader->at_ms;
    facts->end = kill ? ENGINE_KILLED : ENGINE_POLICY_FAILED;
    snprintf(facts->left, sizeof facts->left, "%s", alive);
    return member_copy(reader, "reason", facts->reason, sizeof facts->reason);
}

static int on_resorted(struct reader *reader)
{
    const char *left = "";
    int64_t processes_left = 0;

    if (member_text(reader, "left", &left) < 0 ||
        member_integer(reader, "processes_left", &processes_left) < 0)
        return -EINVAL;
    on_alive(reader, left);
    reader->facts->processes_left = processes_left > 0 && processes_left < INT32_MAX
                                        ? (int)processes_left
                                        : 0;
    return 0;
}

static int on_end(struct reader *reader)
{
    int64_t exit_code = 0;

    if (member_integer(reader, "code", &exit_code) < 0)
        return -EINVAL;
    reader->facts->exit_code = exit_code > 0 && exit_code <= UINT8_MAX ? (int)exit_code : 0;
    reader->facts->end_known = true;
    return member_flag(reader, "deadline_passed", &reader->facts->deadline_passed);
}

static const struct {
    const char *name;
    int (*on_fact)(struct reader *reader);
} facts_known[] = {
    {"report", on_report}, {"deadline", on_deadline}, {"start", on_start},
    {"signal", on_signal}, {"exit", on_exit_of},      {"gone", on_gone},
    {"policy", on_policy}, {"resort", on_resort},     {"resorted", on_resorted},
    {"end", on_end},
};

int fact_read(struct reader *reader, const char *name)
{
    for (size_t i = 0; i < sizeof facts_known / sizeof *facts_known; i++)
        if (strcmp(facts_known[i].name, name) == 0)
            return facts_known[i].on_fact(reader);
    return 0;
}
