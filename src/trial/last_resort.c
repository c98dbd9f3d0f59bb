#include "trial/last_resort.h"

#include <signal.h>

enum { KILL_MS = 50 }; /* from a KILL until the process is gone */

static bool wait_gone(struct world *world, const struct service_facts *service, int64_t until_ms)
{
    struct event event;

    world->ops->alarm_set(world, until_ms);
    while (service->running && world->ops->now_ms(world) < until_ms)
        if (!world->ops->next_event(world, &event))
            return false;
    return !service->running;
}

static void service_end(struct world *world, const struct facts *facts, int place, int alive)
{
    const struct service_facts *service = &facts->services[place];
    enum target_kind kind = service->exited_ms == NOT_MS ? TARGET_PROCESS : TARGET_GROUP;
    struct target target = {kind, place}, group = {TARGET_GROUP, place};
    int64_t now_ms = world->ops->now_ms(world);
    int64_t share_ms = (facts->deadline_ms - now_ms) / alive - KILL_MS;

    world->ops->signal_send(world, target, SIGTERM);
    world->ops->signal_send(world, target, SIGCONT);
    if (share_ms > 0 && wait_gone(world, service, now_ms + share_ms))
        return;
    world->ops->signal_send(world, group, SIGKILL);
    wait_gone(world, service, facts->deadline_ms);
}

void trial_last_resort(struct world *world, const struct facts *facts)
{
    int alive = 0;

    for (int i = 0; i < facts->service_count; i++)
        alive += facts->services[i].running;
    for (int i = facts->service_count - 1; i >= 0; i--)
        if (facts->services[i].running)
            service_end(world, facts, i, alive--);
}

void trial_last_kill(struct world *world, const struct facts *facts)
{
    for (int i = facts->service_count - 1; i >= 0; i--) {
        struct target group = {TARGET_GROUP, i};

        if (!facts->services[i].running)
            continue;
        world->ops->signal_send(world, group, SIGKILL);
        wait_gone(world, &facts->services[i], facts->deadline_ms);
    }
}
