#include "trial/sometimes.h"

enum { SPARE_MS = 10 * 1000 };

/* Of some service? */
static bool any(const struct facts *facts, bool (*is)(const struct service_facts *service))
{
    for (int i = 0; i < facts->service_count; i++)
        if (is(&facts->services[i]))
            return true;
    return false;
}

static bool service_drained(const struct service_facts *service)
{
    return service->drained;
}

static bool service_drain_failed(const struct service_facts *service)
{
    return service->drain_failed;
}

static bool service_idle(const struct service_facts *service)
{
    return service->idle;
}

static bool service_not_known(const struct service_facts *service)
{
    return service->not_known;
}

static bool service_killed(const struct service_facts *service)
{
    return service->kill_ms != NOT_MS;
}

static bool service_crashed(const struct service_facts *service)
{
    return service->exited_ms != NOT_MS && service->stop_ms == NOT_MS;
}

static bool drained(const struct facts *facts)
{
    return any(facts, service_drained);
}

static bool drain_failed(const struct facts *facts)
{
    return any(facts, service_drain_failed);
}

static bool idle(const struct facts *facts)
{
    return any(facts, service_idle);
}

static bool not_known(const struct facts *facts)
{
    return any(facts, service_not_known);
}

static bool killed(const struct facts *facts)
{
    return any(facts, service_killed);
}

static bool crashed(const struct facts *facts)
{
    return any(facts, service_crashed);
}

static bool hurried(const struct facts *facts)
{
    return facts->hurried;
}

static bool third_signal(const struct facts *facts)
{
    return facts->end == ENGINE_KILLED;
}

static bool cut_short(const struct facts *facts)
{
    return facts->cut_short;
}

static bool requests_cut(const struct facts *facts)
{
    return facts->requests_cut > 0;
}

static bool work_cut(const struct facts *facts)
{
    return facts->work_cut > 0;
}

/* Looking back, somebody's work could have been finished: what a share of the time costs. */
static bool time_to_spare(const struct facts *facts)
{
    bool ended_itself = facts->end == ENGINE_POLICY_RETURNED && !facts->hurried &&
                        !facts->cut_short;

    return work_cut(facts) && ended_itself && facts->deadline_ms - facts->done_ms >= SPARE_MS;
}

static bool clean(const struct facts *facts)
{
    return facts->end == ENGINE_POLICY_RETURNED && !killed(facts) && !drain_failed(facts) &&
           facts->requests_cut + facts->requests_refused + facts->requests_failed == 0;
}

const struct sometimes sometimes[SOMETIMES] = {
    {"clean", clean, false},
    {"drained", drained, false},
    {"drain failed", drain_failed, false},
    {"idle", idle, false},
    {"not known", not_known, false},
    {"crashed", crashed, false},
    {"killed", killed, false},
    {"second signal", hurried, false},
    {"third signal", third_signal, false},
    {"cut short", cut_short, false},
    {"requests cut", requests_cut, false},
    {"work cut", work_cut, false},
    {"work cut with 10 s to spare", time_to_spare, true},
};
