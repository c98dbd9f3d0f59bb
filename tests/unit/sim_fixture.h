/* What the tests of the simulated world share: one world, short words for its commands, and events
 * as text, one line each. */
#ifndef LASTCALL_TESTS_SIM_FIXTURE_H
#define LASTCALL_TESTS_SIM_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

#define SOCKET "unix:/run/router.sock"
#define ADMIN "unix:/run/admin.sock"
#define STATS ADMIN ":/stats?filter=^http"

enum { ROUTER, ENGINE, COMMAND = 32, EVENTS_SIZE = 4096 };

/* Every test makes one world; teardown destroys it. */
struct fixture {
    struct world *world;
    char events[EVENTS_SIZE]; /* what happened in run_until, as text */
    char body[EVENTS_SIZE];   /* of the last answer */
};

static struct fixture fixture;

static inline int teardown(void **state)
{
    (void)state;
    if (fixture.world)
        sim_destroy(fixture.world);
    fixture.world = NULL;
    return 0;
}

static inline struct world *make(const struct sim_config *config)
{
    fixture.world = NULL;
    fixture.events[0] = '\0';
    fixture.body[0] = '\0';
    assert_int_equal(sim_create(config, &fixture.world), 0);
    return fixture.world;
}

static inline int64_t now_ms(void)
{
    return fixture.world->ops->now_ms(fixture.world);
}

static inline int start_with(int number, const char *name, const char *prefix,
                             const char *option, const char *value)
{
    const char *arguments[] = {name, option, value, NULL};
    const char *environment[] = {NULL};
    struct process_spec spec = {
        .name = name,
        .arguments = arguments,
        .environment = environment,
        .log_prefix = prefix,
    };
    int pid;

    return fixture.world->ops->process_start(fixture.world, number, &spec, &pid);
}

static inline int start(int number, const char *name)
{
    return start_with(number, name, "[x] ", NULL, NULL);
}

static inline int run_command(const char *name)
{
    return start_with(COMMAND, name, NULL, NULL, NULL);
}

static inline int send_signal(enum target_kind kind, int number, int signal)
{
    struct target target = {kind, number};

    return fixture.world->ops->signal_send(fixture.world, target, signal);
}

static inline int ask(uint32_t request, enum request_kind kind, const char *method,
                      const char *address)
{
    struct request what = {
        .kind = kind,
        .method = method,
        .address = address,
        .timeout_ms = 500,
    };

    return fixture.world->ops->request_start(fixture.world, request, &what);
}

static inline int get(uint32_t request, const char *address)
{
    return ask(request, REQUEST_HTTP, "GET", address);
}

static inline int post(uint32_t request, const char *address)
{
    return ask(request, REQUEST_HTTP, "POST", address);
}

static inline int connect_to(uint32_t request, const char *address)
{
    return ask(request, REQUEST_CONNECT, NULL, address);
}

/* For 500 ms, again after each pause. */
static inline int connect_again(uint32_t request, const char *address, int64_t retry_ms)
{
    struct request what = {.kind = REQUEST_CONNECT, .address = address, .timeout_ms = 500,
                           .retry_ms = retry_ms};

    return fixture.world->ops->request_start(fixture.world, request, &what);
}

static inline void events_add(const char *format, ...)
{
    size_t length = strlen(fixture.events);
    va_list arguments;

    length += (size_t)snprintf(fixture.events + length, EVENTS_SIZE - length, "%d ",
                               (int)now_ms());
    va_start(arguments, format);
    vsnprintf(fixture.events + length, EVENTS_SIZE - length, format, arguments);
    va_end(arguments);
}

static inline void event_write(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ALARM:
        events_add("alarm\n");
        break;
    case EVENT_SIGNAL:
        events_add("signal %d\n", event->signal);
        break;
    case EVENT_EXITED:
        events_add("exited %d code %d%s%.*s\n", event->exited.process, event->exited.code,
                   event->exited.output_length > 0 ? " " : "", (int)event->exited.output_length,
                   event->exited.output ? event->exited.output : "");
        break;
    case EVENT_GONE:
        events_add("gone %d\n", event->gone.process);
        break;
    case EVENT_ANSWERED:
        events_add("answered %u error %d status %d\n", event->answered.request,
                   event->answered.error, event->answered.status);
        snprintf(fixture.body, sizeof(fixture.body), "%.*s", (int)event->answered.body_length,
                 event->answered.body ? event->answered.body : "");
        break;
    }
}

/* Pulls events until nothing more happens. */
static inline const char *run(void)
{
    struct event event;

    fixture.events[0] = '\0';
    while (fixture.world->ops->next_event(fixture.world, &event))
        event_write(&event);
    return fixture.events;
}

/* Pulls events up to an alarm at this time; the other events are not kept. */
static inline void run_until(int64_t at_ms)
{
    struct event event = {.kind = EVENT_SIGNAL};

    fixture.world->ops->alarm_set(fixture.world, at_ms);
    while (event.kind != EVENT_ALARM)
        assert_true(fixture.world->ops->next_event(fixture.world, &event));
}

/* The body of the answer to GET. */
static inline const char *fetch(const char *address)
{
    struct event event = {.kind = EVENT_ALARM};

    assert_int_equal(get(99, address), 0);
    while (event.kind != EVENT_ANSWERED)
        assert_true(fixture.world->ops->next_event(fixture.world, &event));
    event_write(&event);
    return fixture.body;
}

static inline int64_t stat_value(const char *name)
{
    const char *line = strstr(fetch(STATS), name);

    assert_non_null(line);
    return atoll(line + strlen(name) + 2);
}

static inline void act(const char *method, const char *address)
{
    struct event event = {.kind = EVENT_ALARM};

    assert_int_equal(ask(98, REQUEST_HTTP, method, address), 0);
    while (event.kind != EVENT_ANSWERED)
        assert_true(fixture.world->ops->next_event(fixture.world, &event));
    assert_int_equal(event.answered.status, 200);
}

static const struct sim_config plain;

#endif
