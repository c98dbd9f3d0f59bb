#include "trial/excuses.h"

const char *const excuse_names[EXCUSES] = {
    [EXCUSE_NONE] = "no excuse",
    [EXCUSE_BY_ITSELF] = "exited by itself",
    [EXCUSE_LAST_RESORT] = "last resort",
    [EXCUSE_UNSEEN] = "unseen",
    [EXCUSE_HURRIED] = "second signal",
    [EXCUSE_NO_TIME] = "no time",
    [EXCUSE_LIED] = "lie",
    [EXCUSE_UNREACHABLE] = "unreachable",
    [EXCUSE_NOT_KNOWN] = "not known",
    [EXCUSE_PATIENCE] = "patience",
    [EXCUSE_SHARE] = "fair share",
};

static int64_t least_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

/* How long a policy must wait for those inside, if it can see them, and if it cannot: it may leave
 * at once who neither drains nor says anything. */
static int64_t patience_ms(const struct facts *facts)
{
    return least_ms(PATIENCE_MS, facts->free_ms / PATIENCE_PARTS);
}

static int64_t blind_ms(const struct facts *facts, const struct service_facts *service)
{
    return service->drained ? least_ms(BLIND_MS, patience_ms(facts)) : 0;
}

/* What was done after a second signal is no choice of the policy's; what was done before is. */
static bool after_hurry(const struct facts *facts, int64_t at_ms)
{
    return facts->hurried && at_ms >= facts->hurried_ms;
}

bool excuse_lied(const struct service_facts *service, int64_t at_ms)
{
    bool counts = service->lie != SIM_HONEST && service->lie != SIM_LIE_DRAINS;

    return counts && at_ms >= service->lie_from_ms;
}

enum excuse excuse_requests(const struct facts *facts, const struct service_facts *service)
{
    int64_t waited_ms = service->stop_ms - facts->begun_ms + SLACK_MS;
    bool asked = !service->drains || service->drained || service->drain_failed;

    if (service->stop_ms == NOT_MS)
        return EXCUSE_BY_ITSELF;
    if (!service->stopped_by_policy)
        return EXCUSE_LAST_RESORT;
    if (service->requests_cut > 0 && service->requests_cut <= service->requests_unseen)
        return EXCUSE_UNSEEN;
    if (after_hurry(facts, service->stop_ms))
        return EXCUSE_HURRIED;
    if (service->free_ms <= SLACK_MS)
        return EXCUSE_NO_TIME;
    if (excuse_lied(service, service->stop_ms))
        return EXCUSE_LIED;
    if (service->unreachable)
        return EXCUSE_UNREACHABLE;
    if (asked && service->not_known && waited_ms >= blind_ms(facts, service))
        return EXCUSE_NOT_KNOWN;
    if (asked && waited_ms >= patience_ms(facts))
        return EXCUSE_PATIENCE;
    return EXCUSE_NONE;
}

enum excuse excuse_work(const struct facts *facts, const struct service_facts *service)
{
    if (service->kill_ms == NOT_MS)
        return EXCUSE_BY_ITSELF;
    if (!service->stopped_by_policy)
        return EXCUSE_LAST_RESORT;
    if (after_hurry(facts, service->kill_ms))
        return EXCUSE_HURRIED;
    if (service->kill_ms - service->stop_ms + SLACK_MS >= service->share_ms)
        return EXCUSE_SHARE;
    return EXCUSE_NONE;
}
