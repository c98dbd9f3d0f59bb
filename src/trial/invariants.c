/* Each function is one sentence about facts. Where the world gave no chance, it says so by
 * holding; what counts as no chance is the first thing that each of them looks at. */
#include "trial/invariants.h"

#include <stdio.h>
#include <string.h>

#include "trial/excuses.h"

enum {
    QUIET_MS = 3000,         /* to see that nobody is there, where nobody ever came; */
    SILENCE_MS = 12 * 1000,  /* and where somebody might come again */
    LOOKS_APART_MS = 1000,   /* at most, while it is waited for */
    LOOKS = 12,              /* times the slowest answer: looking must not be half of the load */
    REST_MS = 1000           /* between the end of one service and what follows */
};

static double seconds(int64_t ms)
{
    return (double)ms / 1000.0;
}

static int64_t later(int64_t one_ms, int64_t other_ms)
{
    return one_ms > other_ms ? one_ms : other_ms;
}

/* Since when nobody but this service and those started before it is there. */
static int64_t turn_ms(const struct facts *facts, int place)
{
    int64_t at_ms = facts->begun_ms;

    for (int i = place + 1; i < facts->service_count; i++)
        at_ms = later(at_ms, facts->services[i].gone_ms);
    return at_ms;
}

/* Nothing can be said of what may still have come. */
static bool end_known(const struct facts *facts, char why[WHY_MAX])
{
    if (!facts->end_known)
        snprintf(why, WHY_MAX, "the report ends %.1f s after the beginning, and not with the end",
                 seconds(facts->done_ms - facts->begun_ms));
    return facts->end_known;
}

static bool finished_in_time(const struct facts *facts, char why[WHY_MAX])
{
    if (facts->stuck)
        snprintf(why, WHY_MAX, "no time passes any more: something is done again and again");
    else if (facts->deadline_passed ||
             facts->done_ms > facts->deadline_ms + facts->deadline_late_ms)
        snprintf(why, WHY_MAX, "at the deadline, %.1f s after the beginning, it was not done",
                 seconds(facts->deadline_ms - facts->begun_ms));
    else
        return true;
    return false;
}

static bool no_service_left(const struct facts *facts, char why[WHY_MAX])
{
    if (facts->end == ENGINE_POLICY_RETURNED && *facts->left)
        snprintf(why, WHY_MAX, "the policy ended and left %s running", facts->left);
    else if (facts->processes_left > 0 && !facts->deadline_passed && !facts->cut_short)
        snprintf(why, WHY_MAX, "in the end %d processes were left", facts->processes_left);
    else
        return true;
    return false;
}

/* A third signal, and the deadline, kill all that is left at once. */
static bool killed_together(const struct facts *facts, const struct service_facts *service)
{
    return !service->stopped_by_policy &&
           (facts->end == ENGINE_KILLED || facts->deadline_passed);
}

static bool order_kept(const struct facts *facts, char why[WHY_MAX])
{
    for (int i = 0; i < facts->service_count; i++) {
        const struct service_facts *service = &facts->services[i];

        if (service->alive_before_it < 0 || killed_together(facts, service))
            continue;
        snprintf(why, WHY_MAX, "%s was stopped %.1f s after the beginning, when %s was still alive",
                 service->name, seconds(service->stop_ms - facts->begun_ms),
                 facts->services[service->alive_before_it].name);
        return false;
    }
    return true;
}

static bool no_request_cut(const struct facts *facts, char why[WHY_MAX])
{
    for (int i = 0; i < facts->service_count; i++) {
        const struct service_facts *service = &facts->services[i];

        if (service->requests_cut > 0 && excuse_requests(facts, service) == EXCUSE_NONE)
            snprintf(why, WHY_MAX, "%s was stopped %.1f s after the beginning with %lld requests "
                     "in flight; there were %.1f s left to wait", service->name,
                     seconds(service->stop_ms - facts->begun_ms), (long long)service->requests_cut,
                     seconds(service->free_ms));
        else if (service->work_cut > 0 && excuse_work(facts, service) == EXCUSE_NONE)
            snprintf(why, WHY_MAX, "%s was killed %.1f s after its signal with %lld pieces of "
                     "work in hand; its share of the time was %.1f s", service->name,
                     seconds(service->kill_ms - service->stop_ms),
                     (long long)service->work_cut,
                     seconds(service->share_ms));
        else
            continue;
        return false;
    }
    return true;
}

/* Where nobody has counted, it holds if it would whatever was cut. */
static bool cuts_known(const struct facts *facts, char why[WHY_MAX])
{
    if (facts->cuts_known)
        return true;
    for (int i = facts->service_count - 1; i >= 0; i--) {
        const struct service_facts *service = &facts->services[i];
        char seen[96] = "";

        if (excuse_requests(facts, service) != EXCUSE_NONE &&
            excuse_work(facts, service) != EXCUSE_NONE)
            continue;
        if (service->looked_ms != NOT_MS)
            snprintf(seen, sizeof seen, "; %.1f s before it was stopped, %lld requests were seen",
                     seconds(service->stop_ms - service->looked_ms),
                     (long long)service->in_flight);
        snprintf(why, WHY_MAX, "nobody counted what %s had in hand when it exited%s",
                 service->name, seen);
        return false;
    }
    return end_known(facts, why);
}

/* Since when there was nothing to wait for any more, as far as is known. */
static int64_t idle_since_ms(const struct facts *facts, int place)
{
    const struct service_facts *service = &facts->services[place];

    return later(turn_ms(facts, place), service->drains ? service->busy_ms : 0);
}

/* How long it may take to see that a service is idle, after it is. */
static int64_t seeing_ms(const struct facts *facts, const struct service_facts *service)
{
    if (!service->drains)
        return REST_MS + facts->asked_ms + facts->latest_ms;
    return facts->latest_ms + (service->visited ? SILENCE_MS : QUIET_MS) + facts->asked_ms +
           LOOKS * facts->slowest_ms + (service->not_known ? BLIND_MS : 0);
}

/* Was it stopped later than that, counted until `until_ms`? */
static bool waited_needlessly(const struct facts *facts, int place, int64_t until_ms)
{
    const struct service_facts *service = &facts->services[place];

    return service->stopped_by_policy && !excuse_lied(service, service->stop_ms) &&
           until_ms - idle_since_ms(facts, place) > seeing_ms(facts, service);
}

static bool no_needless_wait(const struct facts *facts, char why[WHY_MAX])
{
    int64_t end_ms = turn_ms(facts, -1);

    for (int i = 0; i < facts->service_count; i++) {
        const struct service_facts *service = &facts->services[i];

        if (!waited_needlessly(facts, i, service->drains ? service->looked_ms
                                                         : service->stop_ms))
            continue;
        snprintf(why, WHY_MAX, "%s had nothing to do any more, and was stopped only %.1f s later",
                 service->name, seconds(service->stop_ms - idle_since_ms(facts, i)));
        return false;
    }
    if (facts->end != ENGINE_POLICY_RETURNED || *facts->left ||
        facts->ended_ms - end_ms <= REST_MS + facts->asked_ms + facts->latest_ms)
        return true;
    snprintf(why, WHY_MAX, "the policy ended %.1f s after everything had stopped",
             seconds(facts->ended_ms - end_ms));
    return false;
}

/* After the last look at a service it may have had something to do until it was stopped; and what
 * a look saw may have been over since the one before. */
static bool waits_known(const struct facts *facts, char why[WHY_MAX])
{
    for (int i = 0; i < facts->service_count; i++) {
        const struct service_facts *service = &facts->services[i];
        int64_t unseen_ms = service->looked_ms < service->stop_ms ? LOOKS_APART_MS : 0;

        if (!waited_needlessly(facts, i, service->stop_ms + unseen_ms))
            continue;
        snprintf(why, WHY_MAX, "nobody looked whether %s was idle, before it was stopped",
                 service->name);
        return false;
    }
    return end_known(facts, why);
}

static bool degradation_said_once(const struct facts *facts, char why[WHY_MAX])
{
    if (facts->said_twice) {
        snprintf(why, WHY_MAX, "it said twice: %s", facts->said);
        return false;
    }
    for (int i = 0; i < facts->service_count; i++) {
        const struct service_facts *service = &facts->services[i];

        if (service->kills_sent <= service->kills_said)
            continue;
        snprintf(why, WHY_MAX, "%s was killed, and that was not said", service->name);
        return false;
    }
    return true;
}

static bool failure_handed_over(const struct facts *facts, char why[WHY_MAX])
{
    int64_t left_ms = facts->deadline_ms - (facts->ended_ms - facts->late_ms);

    if (facts->end != ENGINE_POLICY_FAILED)
        return true;
    if (!*facts->reason)
        snprintf(why, WHY_MAX, "the policy failed, and it was not said why");
    else if (!facts->resorted && facts->end_known)
        snprintf(why, WHY_MAX, "the policy failed (%s), and nobody took over", facts->reason);
    else if (left_ms < facts->kept_ms)
        snprintf(why, WHY_MAX, "the policy failed (%s) with %.3f s left for the last resort",
                 facts->reason, seconds(left_ms));
    else
        return true;
    return false;
}

static bool policy_returns(const struct facts *facts, char why[WHY_MAX])
{
    int64_t on_time_ms = facts->ended_ms - facts->late_ms;

    if (facts->end != ENGINE_POLICY_FAILED)
        return true;
    if (facts->late_ms > 0 && on_time_ms <= facts->deadline_ms - facts->kept_ms &&
        facts->ended_ms >= facts->deadline_ms - facts->kept_ms)
        return true; /* we did not run when its time ended */
    snprintf(why, WHY_MAX, "the policy failed: %s", facts->reason);
    return false;
}

/* The policy that had not ended by then may still have failed. */
static bool ending_known(const struct facts *facts, char why[WHY_MAX])
{
    if (facts->ended_ms != NOT_MS || facts->deadline_passed)
        return true;
    return end_known(facts, why);
}

const struct invariant invariants[INVARIANTS] = {
    {"finished-in-time", "everything is over before the deadline", finished_in_time, end_known},
    {"no-service-left", "the policy stops every service, and in the end nothing is left",
     no_service_left, end_known},
    {"order-kept", "none is stopped before those that were started after it are gone",
     order_kept, end_known},
    {"no-request-cut", "nobody who is inside is thrown out while there is time to wait",
     no_request_cut, cuts_known},
    {"no-needless-wait", "it does not wait for what is idle", no_needless_wait, waits_known},
    {"degradation-said-once", "what goes wrong is said, and said once", degradation_said_once,
     end_known},
    {"failure-handed-over", "when the policy fails, the last resort has its time",
     failure_handed_over, end_known},
    {"policy-returns", "the policy itself neither fails nor takes all the time there is",
     policy_returns, ending_known},
    {"same-seed-same-bytes", "another run of the same world says and does the same", NULL, NULL},
};

enum invariant_state invariant_look(int number, const struct facts *facts, char why[WHY_MAX])
{
    const struct invariant *invariant = &invariants[number];

    if (!invariant->holds) {
        snprintf(why, WHY_MAX, "it takes two runs in the same world");
        return INVARIANT_UNKNOWN;
    }
    if (!invariant->holds(facts, why))
        return INVARIANT_BROKEN;
    return invariant->known(facts, why) ? INVARIANT_HOLDS : INVARIANT_UNKNOWN;
}
