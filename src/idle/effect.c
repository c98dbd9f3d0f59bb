#include "idle/effect.h"

#include <math.h>

enum { ESCAPED = 10 }; /* requests more than can be explained */

/* All that it takes to find out. */
enum { NEEDED = COUNTS_TOLD | COUNTS_REQUESTS | COUNTS_CONNECTIONS };

bool effect_is_none(const struct idle *idle)
{
    const struct counts *first = &idle->first, *counts = &idle->counts;

    if (!counts_know(counts, NEEDED) || !counts_know(first, COUNTS_REQUESTS) ||
        !counts_know(&idle->before, COUNTS_TOLD) || counts->told != idle->before.told)
        return false;
    return counts->requests - counts->active - first->requests >
           counts->connections - first->connections;
}

/* Of the open connections, are more than half such that were not told? Those who were and do not
 * go, as some clients do not, are no reason for anything. */
static bool mostly_untold(const struct idle *idle)
{
    const struct counts *before = &idle->before, *counts = &idle->counts;
    double closed = before->http1 + counts->connections - before->connections - counts->http1;

    return counts->told - before->told - closed < counts->http1 / 2;
}

/* Some are closed, others not: each request that is neither in flight nor the first on its
 * connection must have had its connection told. HTTP/2 tells a connection once for all of them,
 * and those that close_idle closes are not counted. */
static bool effect_is_partial(struct idle *idle)
{
    const struct counts *counts = &idle->counts;
    bool http1_only = counts_know(counts, COUNTS_HTTP1 | COUNTS_OPEN) &&
                      counts->http1 == counts->open;
    double untold = counts->requests - counts->connections - counts->told;

    if (idle->closing || !counts_know(counts, NEEDED))
        return false;
    idle->least_untold = http1_only ? fmin(idle->least_untold, untold) : untold;
    return untold - idle->least_untold > counts->active + ESCAPED && mostly_untold(idle);
}

enum idle_verdict effect_look(struct idle *idle)
{
    bool none;

    if (idle->complained || idle->look.by_sockets || !idle->look.drained)
        return IDLE_WAIT;
    none = effect_is_none(idle);
    if (!none && !effect_is_partial(idle))
        return IDLE_WAIT;
    idle->complained = true;
    return none ? IDLE_NO_EFFECT : IDLE_SOME_EFFECT;
}
