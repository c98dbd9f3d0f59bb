#include "trial/facts.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

enum {
    LOOK_MS = 250,
    TOLD_MS = 5 /* who leaves nobody behind: from the news of its exit to the news of that */
};

void facts_init(struct facts *facts, int service_count)
{
    *facts = (struct facts){
        .service_count = service_count,
        .begun_ms = NOT_MS,
        .deadline_ms = NEVER_MS,
        .free_ms = NOT_MS,
        .ended_ms = NOT_MS,
        .digest = DIGEST_NONE,
    };
    for (int i = 0; i < service_count; i++)
        facts->services[i] = (struct service_facts){
            .started_ms = NOT_MS,
            .stop_ms = NOT_MS,
            .kill_ms = NOT_MS,
            .exited_ms = NOT_MS,
            .gone_ms = NOT_MS,
            .looked_ms = NOT_MS,
            .busy_ms = NOT_MS,
            .alive_before_it = -1,
        };
}

static void warning_add(struct facts *facts, const struct moment *moment)
{
    uint64_t digest = digest_text(DIGEST_NONE, moment->what);

    digest = digest_text(digest, moment->service ? moment->service : "");
    digest = digest_text(digest, moment->why ? moment->why : "");
    for (int i = 0; i < facts->warning_count; i++)
        if (facts->warnings[i] == digest && !facts->said_twice) {
            facts->said_twice = true;
            snprintf(facts->said, sizeof(facts->said), "%s: %s: %s",
                     moment->service ? moment->service : "lastcall", moment->what,
                     moment->why ? moment->why : "");
        }
    if (facts->warning_count < WARNINGS_MAX)
        facts->warnings[facts->warning_count++] = digest;
}

/* Before a shutdown it is only said whether a drain will work. */
static void drain_said(struct service_facts *service, bool stopping, const char *reason)
{
    service->drain_failed |= reason != NULL;
    service->unreachable |= reason && strcmp(reason, "status") != 0;
    service->drained |= stopping && !reason;
}

static void service_said(struct service_facts *service, bool stopping, const struct moment *moment)
{
    if (strcmp(moment->what, "drain") == 0 || strcmp(moment->what, "not ready") == 0)
        drain_said(service, stopping, moment->reason);
    else if (strcmp(moment->what, "idle") == 0)
        service->idle = true;
    else if (strcmp(moment->what, "watching") == 0)
        service->not_known = true;
    else if (strcmp(moment->what, "not idle") == 0)
        service->not_known |= moment->reason && strcmp(moment->reason, "timeout") != 0;
    else if (strcmp(moment->what, "KILL") == 0)
        service->kills_said++;
}

void facts_on_moment(struct facts *facts, const struct moment *moment, int64_t at_ms)
{
    if (moment->warning)
        warning_add(facts, moment);
    if (strcmp(moment->what, "hurry") == 0) {
        facts->hurried = true;
        facts->hurried_ms = at_ms;
    }
    for (int i = 0; moment->service && i < facts->service_count; i++)
        if (strcmp(facts->services[i].name, moment->service) == 0)
            service_said(&facts->services[i], facts->begun_ms != NOT_MS, moment);
}

static bool signal_stops(int signal)
{
    return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGKILL;
}

static void service_stopped(struct facts *facts, int place, int64_t at_ms)
{
    struct service_facts *service = &facts->services[place];

    service->stop_ms = at_ms;
    service->stopped_by_policy = facts->ended_ms == NOT_MS;
    for (int i = place + 1; i < facts->service_count; i++) {
        bool exited = facts->services[i].exited_ms != NOT_MS;

        if (!facts->services[i].running ||
            (exited && service->alive_before_it >= 0 && !service->only_its_group))
            continue;
        service->alive_before_it = i;
        service->only_its_group = exited;
    }
}

/* `place` has left nobody behind: it was not alive any more since its exit. */
static void order_look_again(struct facts *facts, int place)
{
    for (int i = 0; i < place; i++) {
        struct service_facts *service = &facts->services[i];

        if (service->alive_before_it == place && service->only_its_group)
            service->alive_before_it = -1;
    }
}

void facts_on_gone(struct facts *facts, int place, int64_t at_ms)
{
    struct service_facts *service = &facts->services[place];

    if (service->exited_ms == NOT_MS)
        service->exited_ms = at_ms;
    service->gone_ms = at_ms;
    service->running = false;
    if (at_ms - service->exited_ms <= TOLD_MS)
        order_look_again(facts, place);
}

bool facts_on_signal(struct facts *facts, int place, int signal, int64_t at_ms)
{
    struct service_facts *service = &facts->services[place];
    bool first = service->stop_ms == NOT_MS && service->exited_ms == NOT_MS;

    if (!service->running || !signal_stops(signal))
        return false;
    if (first)
        service_stopped(facts, place, at_ms);
    if (signal == SIGKILL) {
        service->kill_ms = at_ms;
        service->kills_sent += facts->ended_ms == NOT_MS;
    }
    return first;
}

/* What looks before the shutdown begins is the sampling, not the policy. */
bool facts_looked_in_time(const struct facts *facts, const struct service_facts *service,
                          int64_t looked_ms)
{
    return facts->begun_ms != NOT_MS && looked_ms >= facts->begun_ms &&
           service->stop_ms - looked_ms <= LOOK_MS + 2 * facts->slowest_ms;
}
