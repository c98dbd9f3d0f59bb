/* Happy path: those that can drain do, until the time for that is over; each service, the last
 * started first, exits when it is asked to; the orphans as well.
 * What can go wrong: nobody drains, a service or its group ignores TERM (KILL), stop signals
 * come (less time), the world ends (`over`: nothing more is done). */
#include "trial/last_resort.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/resort_time.h"

enum { METHOD_MAX = 16, PATH_MAX_LENGTH = 256, ADDRESS_MAX = 600 };

#define METHOD_AND_PATH "%15s %255s"

/* The engine counts its requests from 1 on. */
#define DRAIN_REQUEST UINT32_MAX

struct resort {
    struct world *world;
    const struct facts *facts;
    const struct resort_service *services;
    struct resort_time time;
    int answer;       /* to the request under way: HTTP status or -errno; 0: none yet */
    bool draining[SIM_SERVICES_MAX]; /* accepted */
    bool others_gone;
    bool over;        /* the world has ended */
};

/* Waiting */

static int64_t least_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

static int64_t now_ms(const struct resort *resort)
{
    return resort->world->ops->now_ms(resort->world);
}

static int64_t share_by_ms(const struct resort *resort)
{
    int alive = 0;

    for (int i = 0; i < resort->facts->service_count; i++)
        alive += resort->facts->services[i].running;
    return resort_share_by_ms(now_ms(resort), resort->time.stop_by_ms, alive);
}

static bool is_stop_signal(int signal)
{
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT;
}

static void resort_on_event(struct resort *resort, const struct event *event)
{
    switch (event->kind) {
    case EVENT_ALARM:
    case EVENT_EXITED: /* the facts say so */
        break;
    case EVENT_SIGNAL:
        if (is_stop_signal(event->signal))
            resort_time_interrupt(&resort->time, now_ms(resort));
        break;
    case EVENT_GONE:
        resort->others_gone = resort->others_gone || event->gone.process == OTHERS;
        break;
    case EVENT_ANSWERED:
        if (event->answered.request == DRAIN_REQUEST)
            resort->answer = event->answered.error < 0 ? event->answered.error
                                                       : event->answered.status;
        break;
    }
}

/* Waits until `done` says so (true), or until_ms (false; never for NEVER_MS, which is for what was
 * killed already). A stop signal meanwhile shortens the wait. */
static bool wait_for(struct resort *resort, bool (*done)(const struct resort *resort, int place),
                     int place, int64_t until_ms)
{
    const struct world_ops *ops = resort->world->ops;
    struct event event = {EVENT_ANSWERED, {0}};

    while (!done(resort, place)) {
        if (event.kind == EVENT_ALARM && now_ms(resort) >= until_ms)
            return false;
        ops->alarm_set(resort->world, until_ms);
        if (resort->over || !ops->next_event(resort->world, &event)) {
            resort->over = true;
            return false;
        }
        resort_on_event(resort, &event);
        if (event.kind == EVENT_SIGNAL && until_ms != NEVER_MS && resort->time.interruptions > 0)
            until_ms = least_ms(until_ms, share_by_ms(resort));
    }
    return true;
}

/* Draining */

static bool answered(const struct resort *resort, int place)
{
    (void)place;
    return resort->answer != 0;
}

/* "unix:/socket" -> "unix:/socket:/path", "tcp:host:port" -> "http://host:port/path" */
static void address_join(const char *address, const char *path, char joined[ADDRESS_MAX])
{
    int port = 0;
    char host[PATH_MAX_LENGTH];

    if (sscanf(address, "tcp:%255[^:]:%d", host, &port) == 2)
        snprintf(joined, ADDRESS_MAX, "http://%s:%d%s", host, port, path);
    else
        snprintf(joined, ADDRESS_MAX, "%s:%s", address, path);
}

/* Only the first line of the answer is read, so that one which is too long is a yes. */
static bool service_asked(struct resort *resort, const struct resort_service *service,
                          int64_t by_ms)
{
    char method[METHOD_MAX], path[PATH_MAX_LENGTH], address[ADDRESS_MAX];
    struct request request = {REQUEST_HTTP, method, address, .timeout_ms = RESORT_ANSWER_MS};

    if (sscanf(service->drain_request, METHOD_AND_PATH, method, path) != 2)
        return false;
    address_join(service->drain_address, path, address);
    resort->answer = 0;
    if (resort->world->ops->request_start(resort->world, DRAIN_REQUEST, &request) < 0)
        return false;
    if (!wait_for(resort, answered, 0, by_ms))
        resort->world->ops->request_cancel(resort->world, DRAIN_REQUEST);
    return (resort->answer >= 200 && resort->answer <= 299) || resort->answer == -EMSGSIZE;
}

static bool has_exited(const struct resort *resort, int place)
{
    return resort->facts->services[place].exited_ms != NOT_MS;
}

static bool drained_have_exited(const struct resort *resort, int place)
{
    (void)place;
    for (int i = 0; i < resort->facts->service_count; i++)
        if (resort->draining[i] && !has_exited(resort, i))
            return false;
    return true;
}

static void services_drain(struct resort *resort)
{
    int64_t by_ms = resort_drain_by_ms(&resort->time, now_ms(resort), resort->facts->begun_ms);

    for (int i = 0; i < resort->facts->service_count && now_ms(resort) < by_ms; i++)
        if (resort->services[i].drain_address && resort->services[i].drain_request &&
            resort->facts->services[i].running && !has_exited(resort, i))
            resort->draining[i] = service_asked(resort, &resort->services[i], by_ms);
    wait_for(resort, drained_have_exited, 0, by_ms);
}

/* Stopping */

static bool is_gone(const struct resort *resort, int place)
{
    return !resort->facts->services[place].running;
}

static void signal_gently(struct resort *resort, struct target target, int signal)
{
    resort->world->ops->signal_send(resort->world, target, signal);
    resort->world->ops->signal_send(resort->world, target, SIGCONT);
}

/* What is killed is gone, if the world goes on: also where we did not run when that came. */
static void service_kill(struct resort *resort, int place)
{
    resort->world->ops->signal_send(resort->world, (struct target){TARGET_GROUP, place}, SIGKILL);
    wait_for(resort, is_gone, place, NEVER_MS);
}

static void service_stop(struct resort *resort, int place)
{
    if (!has_exited(resort, place)) {
        signal_gently(resort, (struct target){TARGET_PROCESS, place},
                      resort->services[place].stop_signal);
        wait_for(resort, has_exited, place, share_by_ms(resort));
    }
    /* Whoever leaves nobody behind is gone in the same moment. */
    if (has_exited(resort, place) && !wait_for(resort, is_gone, place, now_ms(resort)) &&
        !resort->over) {
        signal_gently(resort, (struct target){TARGET_GROUP, place}, SIGTERM);
        wait_for(resort, is_gone, place, share_by_ms(resort));
    }
    if (!is_gone(resort, place) && !resort->over)
        service_kill(resort, place);
}

static bool others_gone(const struct resort *resort, int place)
{
    (void)place;
    return resort->others_gone;
}

/* True: none had to be killed. */
static bool others_stop(struct resort *resort)
{
    struct target others = {TARGET_OTHERS, 0};

    resort->others_gone = false;
    if (resort->over || resort->world->ops->signal_send(resort->world, others, SIGTERM) < 0 ||
        wait_for(resort, others_gone, 0, resort_others_by_ms(&resort->time, now_ms(resort))))
        return true;
    resort->world->ops->signal_send(resort->world, others, SIGKILL);
    wait_for(resort, others_gone, 0, NEVER_MS);
    return false;
}

bool trial_last_resort(struct world *world, const struct facts *facts,
                       const struct resort_service *services)
{
    struct resort resort = {.world = world, .facts = facts, .services = services};

    resort.time = resort_time(now_ms(&resort), facts->deadline_ms);
    services_drain(&resort);
    for (int i = facts->service_count - 1; i >= 0; i--)
        if (!is_gone(&resort, i) && !resort.over)
            service_stop(&resort, i);
    return others_stop(&resort);
}

void trial_last_kill(struct world *world, const struct facts *facts)
{
    struct resort resort = {.world = world, .facts = facts};
    struct target others = {TARGET_OTHERS, 0};

    for (int i = facts->service_count - 1; i >= 0; i--)
        if (!is_gone(&resort, i))
            service_kill(&resort, i);
    if (!resort.over && world->ops->signal_send(world, others, SIGKILL) == 0)
        wait_for(&resort, others_gone, 0, NEVER_MS);
}
