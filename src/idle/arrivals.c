/* Not all that comes is somebody who will come again. A replica that was just started gets all the
 * clients that were waiting for it, and one whose neighbour drains gets the neighbour's: hundreds
 * at once, then for some seconds ever fewer, then none. They keep their connections, so they say
 * nothing of how many come from now on. Such bursts are left out: the seconds around one with far
 * more than in the quietest quarter of all, until it is as quiet again. The quietest quarter, since
 * in a replica that is only seconds old the two bursts may well be half of what was seen.
 *
 * Where bursts are many they are how people come here (a job on the minute), and all count. */
#include "idle/arrivals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BURST_FACTOR 2   /* times the usual, */
#define BURST_ABOVE 4    /* and so many more in a second are no chance: 1 in 300 at 0.5 a second */
#define BURST_SECONDS 20 /* one in so many seconds may be left out, */
#define BURSTS 2         /* and in a short history as many: the start, a neighbour's drain */
#define MEMORY 0.9       /* of what was seen of kept connections a second ago */
#define CERTAIN 0.9      /* of the rate at most: silence must not prove by one too high */
#define START 0.7        /* of the first second's, which is one at most */
#define DOUBTFUL 0.3     /* and at least, however few came */

/* Of each kept connection: how many requests it has sent, in how many seconds. */
static void record_use(struct history *history, double seconds, const struct counts *counts)
{
    const struct counts *last = &history->last;
    double open = counts_know(counts, COUNTS_OPEN) ? counts->open : counts->http1;
    double used = counts->requests - last->requests - (counts->connections - last->connections);

    if (!(counts->known & (COUNTS_OPEN | COUNTS_HTTP1)) ||
        !counts_know(counts, COUNTS_REQUESTS) || !counts_know(last, COUNTS_REQUESTS))
        return;
    history->used = MEMORY * history->used + fmax(used, 0);
    history->kept = MEMORY * history->kept + open * seconds;
}

static void push(struct history *history, double bin)
{
    if (history->count == HISTORY_SECONDS) {
        memmove(history->bins, history->bins + 1, sizeof(history->bins) - sizeof(*history->bins));
        history->count--;
    }
    history->bins[history->count++] = bin;
}

void arrivals_record(struct history *history, double now, const struct counts *counts)
{
    double seconds = history->read ? now - history->read_at : 0;
    double came = counts->connections - history->last.connections;

    if (seconds > 0 && came >= 0) {
        int bins = (int)fmax(1, fmin(floor(seconds + 0.5), HISTORY_SECONDS));

        for (int i = 0; i < bins; i++)
            push(history, came / seconds);
        record_use(history, seconds, counts);
    }
    history->read = true;
    history->read_at = now;
    history->last = *counts;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;

    return (a > b) - (a < b);
}

/* What the quietest quarter of the bins does not exceed. */
static double usual(const struct history *history)
{
    double sorted[HISTORY_SECONDS];

    memcpy(sorted, history->bins, sizeof(sorted));
    qsort(sorted, (size_t)history->count, sizeof(*sorted), compare);
    return sorted[(history->count + 3) / 4 - 1];
}

/* The first second after the burst that begins, or does not, at `first`: until it is quiet. */
static int burst_end(const struct history *history, int first, double level, bool *burst)
{
    const double *bins = history->bins;
    int at = first;

    for (*burst = false; at < history->count && bins[at] > level; at++)
        *burst = *burst || bins[at] > BURST_FACTOR * level + BURST_ABOVE;
    while (*burst && at < history->count && bins[at] > 0 && bins[at] < bins[at - 1])
        at++;
    return at;
}

/* The seconds outside of bursts; returns the number of bursts. */
static int without_bursts(const struct history *history, struct history *rest)
{
    double level = usual(history);
    int bursts = 0;
    bool burst;

    rest->count = 0;
    for (int at = 0, end; at < history->count; at = end + 1) {
        end = burst_end(history, at, level, &burst);
        bursts += burst;
        while (!burst && at < end)
            push(rest, history->bins[at++]);
        if (end < history->count)
            push(rest, history->bins[end]);
    }
    return bursts;
}

/* How much of a rate is certain, of which so many have been seen: a deviation below it. */
static double certainty(double seen)
{
    return fmax(DOUBTFUL, fmin(1 - 1 / sqrt(seen), CERTAIN));
}

/* The certain part is less than the mean: where few were seen; where they come in groups, of which
 * only one thing can be learned each (variance above the mean); and where the history is short: a
 * rate seen for four seconds may be a start. */
static struct rate rate_of(const struct history *seconds, int whole_count)
{
    double sum = 0, squares = 0, mean, group;

    for (int i = 0; i < seconds->count; i++) {
        sum += seconds->bins[i];
        squares += seconds->bins[i] * seconds->bins[i];
    }
    mean = sum / seconds->count;
    if (mean <= 0)
        return (struct rate){0, 0};
    group = (squares / seconds->count - mean * mean) / mean /
            (1 + 2 * sqrt(2.0 / seconds->count)); /* two deviations: no chance */
    return (struct rate){
        .mean = mean,
        .certain = fmin(certainty(mean * seconds->count) / fmax(1, group) * mean,
                        (double)whole_count * whole_count),
    };
}

/* The first second, of which all `connections` so far may be, is everybody's start: what came in it
 * says hardly more than that somebody comes. */
struct rate arrivals_rate(const struct history *history, double connections)
{
    struct history rest;
    int bursts;

    if (history->count <= 1) {
        double mean = fmin(history->count == 1 ? history->bins[0] : connections, 1);

        return (struct rate){mean, START * mean};
    }
    bursts = without_bursts(history, &rest);
    if (rest.count == 0 || bursts > fmax(BURSTS, (double)history->count / BURST_SECONDS))
        return rate_of(history, history->count);
    return rate_of(&rest, history->count);
}

double arrivals_use(const struct history *history)
{
    return history->kept > 0 ? history->used / history->kept : INFINITY;
}
