#include "idle/news.h"

#include <math.h>

#define LATE 1  /* seconds after the signal: who came since nobody looked may have come just now */
#define SAVED 2 /* probes that may come at once: they are not on time */

double news_time(const struct idle *idle, const struct idle_time *time)
{
    return fmax(time->elapsed - idle->unready_elapsed, 0);
}

/* How many were told to close between two looks; where that is not counted, how many kept
 * connections a drain has closed. */
static double told_between(const struct idle *idle, const struct counts *last,
                           const struct counts *counts)
{
    if (counts_know(counts, COUNTS_TOLD) && counts_know(last, COUNTS_TOLD))
        return counts->told - last->told;
    if (!idle->look.drained || !counts_know(counts, COUNTS_HTTP1) ||
        !counts_know(last, COUNTS_HTTP1))
        return 0;
    return last->http1 + counts->connections - last->connections - counts->http1;
}

void news_begin(struct idle *idle, const struct idle_time *time)
{
    const struct counts *counts = &idle->counts, *before = &idle->before;
    double t = news_time(idle, time), told, unseen;
    struct rate rate;

    idle->first = *counts;
    idle->before = idle->history.read ? idle->history.last : *counts;
    idle->expected = NAN;
    idle->counted = counts_know(counts, COUNTS_CONNECTIONS);
    if (!idle->counted)
        return;
    rate = arrivals_rate(&idle->history, counts->connections);
    idle->rate = fmax(rate.mean - idle->options.ignore, 0);
    idle->use = arrivals_use(&idle->history);
    idle->evidence = evidence_begin(idle->rate, fmax(rate.certain - idle->options.ignore, 0),
                                    isfinite(idle->use) ? idle->use : 0, idle->options.routing);
    told = told_between(idle, before, counts);
    unseen = counts->connections - (idle->history.read ? before->connections : 0);
    if (told > 0)
        evidence_on_told(&idle->evidence, t, told);
    if (t >= LATE && unseen > 0)
        evidence_on_connections(&idle->evidence, t, unseen);
}

/* How many of `count`, since the last look, were no probes. */
static double without_probes(struct idle *idle, int kind, double count, double seconds)
{
    double *saved = &idle->probes[kind];
    bool more;

    if (idle->options.ignore <= 0)
        return count;
    *saved = fmin(*saved, SAVED) + idle->options.ignore * seconds;
    more = count > *saved;
    *saved = fmax(*saved - count, 0);
    return more ? count : 0;
}

bool news_compare(struct idle *idle, const struct counts *last, double seconds,
                  const struct idle_time *time)
{
    const struct counts *counts = &idle->counts;
    double t = news_time(idle, time);
    double requests = without_probes(idle, PROBES_REQUESTS, counts->requests - last->requests,
                                     seconds);
    double connections = without_probes(idle, PROBES_CONNECTIONS,
                                        counts->connections - last->connections, seconds);
    double told = without_probes(idle, PROBES_TOLD, told_between(idle, last, counts), seconds);

    if (idle->counted) {
        evidence_on_nobody(&idle->evidence, t);
        if (connections > 0)
            evidence_on_connections(&idle->evidence, t, connections);
        if (told > 0)
            evidence_on_told(&idle->evidence, t, told);
        if (counts_know(counts, COUNTS_REQUESTS))
            return requests > 0;
    }
    return requests > 0 || counts->active >= idle->options.below;
}

double news_untold(const struct idle *idle)
{
    const struct counts *counts = &idle->counts, *before = &idle->before;
    double kept = counts_know(counts, COUNTS_OPEN) ? counts->open - counts->streams
                                                   : counts->http1;

    if (counts_know(counts, COUNTS_OPEN | COUNTS_TOLD) &&
        counts_know(before, COUNTS_OPEN | COUNTS_TOLD))
        kept = fmin(kept, before->open - before->streams + counts->connections -
                              before->connections - (counts->told - before->told));
    return fmax(kept - counts->active, 0);
}

double news_expected_failures(const struct idle *idle, const struct idle_time *time)
{
    return evidence_failures(&idle->evidence, news_time(idle, time)) +
           evidence_lost_at_exit(news_untold(idle), idle->use, time->now - idle->busy_at);
}
