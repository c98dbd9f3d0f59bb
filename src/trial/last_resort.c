#include "trial/last_resort.h"

#include <signal.h>

/* As there: times before the deadline, and at most such a part of the time that is left. */
enum { END_MS = 100, END_PARTS = 20, KILL_MS = 500, KILL_PARTS = 8 };

/* For the orphans to exit, as in live/last_resort_others.c. */
enum { OTHERS_MS = 1000 };

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* When the last process must have been asked and waited for. */
static int64_t stop_by_ms(struct world *world, const struct facts *facts)
{
    int64_t left_ms = facts->deadline_ms - world->ops->now_ms(world);

    return facts->deadline_ms - least(END_MS, left_ms / END_PARTS) -
           least(KILL_MS, left_ms / KILL_PARTS);
}

static bool wait_gone(struct world *world, const struct service_facts *service, int64_t until_ms)
{
    struct event event;

    world->ops->alarm_set(world, until_ms);
    while (service->running && world->ops->now_ms(world) < until_ms)
        if (!world->ops->next_event(world, &event))
            return false;
    return !service->running;
}

/* What is killed is gone, if the world goes on: also where we did not run when that came. */
static void wait_killed(struct world *world, const struct service_facts *service)
{
    struct event event;

    while (service->running && world->ops->next_event(world, &event))
        ;
}

/* False: the world has ended. */
static bool service_end(struct world *world, const struct facts *facts, int place,
                        int64_t until_ms, int alive)
{
    const struct service_facts *service = &facts->services[place];
    enum target_kind kind = service->exited_ms == NOT_MS ? TARGET_PROCESS : TARGET_GROUP;
    struct target target = {kind, place}, group = {TARGET_GROUP, place};
    int64_t now_ms = world->ops->now_ms(world);
    int64_t share_ms = (until_ms - now_ms) / alive;

    world->ops->signal_send(world, target, SIGTERM);
    world->ops->signal_send(world, target, SIGCONT);
    if (share_ms > 0 && wait_gone(world, service, now_ms + share_ms))
        return true;
    world->ops->signal_send(world, group, SIGKILL);
    wait_killed(world, service);
    return !service->running;
}

void trial_last_resort(struct world *world, const struct facts *facts)
{
    int64_t until_ms = stop_by_ms(world, facts);
    int alive = 0;

    for (int i = 0; i < facts->service_count; i++)
        alive += facts->services[i].running;
    for (int i = facts->service_count - 1; i >= 0; i--)
        if (facts->services[i].running && !service_end(world, facts, i, until_ms, alive--))
            return;
}

static bool others_gone(struct world *world, int64_t until_ms)
{
    struct event event;

    world->ops->alarm_set(world, until_ms);
    while (world->ops->now_ms(world) < until_ms && world->ops->next_event(world, &event))
        if (event.kind == EVENT_GONE && event.gone.process == OTHERS)
            return true;
    return false;
}

bool trial_stop_others(struct world *world, const struct facts *facts)
{
    struct target others = {TARGET_OTHERS, 0};
    int64_t now_ms = world->ops->now_ms(world);

    if (world->ops->signal_send(world, others, SIGTERM) < 0 ||
        others_gone(world, now_ms + least(OTHERS_MS, (facts->deadline_ms - now_ms) / 2)))
        return true;
    world->ops->signal_send(world, others, SIGKILL);
    others_gone(world, NEVER_MS);
    return false;
}

void trial_last_kill(struct world *world, const struct facts *facts)
{
    for (int i = facts->service_count - 1; i >= 0; i--) {
        struct target group = {TARGET_GROUP, i};

        if (!facts->services[i].running)
            continue;
        world->ops->signal_send(world, group, SIGKILL);
        wait_killed(world, &facts->services[i]);
    }
    if (world->ops->signal_send(world, (struct target){TARGET_OTHERS, 0}, SIGKILL) == 0)
        others_gone(world, NEVER_MS);
}
