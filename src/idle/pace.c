#include "idle/pace.h"

#include <math.h>

#include "idle/news.h"

#define POLL 0.1       /* seconds between two looks, and at least */
#define POLL_FACTOR 10 /* times what a look costs, so that looking stays below a tenth */
#define PART (1.0 / 8) /* of the silence that it takes: who comes is dated late by no more */
#define SHARE 0.05     /* of the time since the signal, where it may be over at any moment */
#define LONGEST 0.2    /* seconds, then: the last request has ended for no longer when it is seen */
#define RETRY 5        /* times POLL at most, as more and more looks in a row fail */
#define APART 1        /* seconds at most: as often as while it serves */

static double least_seconds(const struct idle *idle)
{
    if (!idle->known)
        return POLL * fmin(fmax(idle->failures - 1, 1), RETRY);
    return fmax(POLL, POLL_FACTOR * idle->cost);
}

/* Until it may leave at the earliest, whatever happens: the minimum, and no new request. */
static double fixed_seconds(const struct idle *idle, const struct idle_time *time)
{
    return fmax(idle->options.min - time->elapsed,
                idle->busy_at + idle_quiet(idle) - time->now);
}

/* Of the silence that is needed; 0: none is. */
static double silence_step(const struct idle *idle, const struct idle_time *time)
{
    if (idle->door_closed)
        return 0;
    if (!idle->counted)
        return PART * idle_quiet(idle);
    return PART * evidence_least_silence(&idle->evidence, news_time(idle, time),
                                         idle->options.tolerance);
}

/* In which somebody who keeps us will be gone, and may be at any moment; 0: nobody does. */
static double changing_seconds(const struct idle *idle, const struct idle_time *time)
{
    if (idle->counts.active >= idle->options.below)
        return INFINITY;
    if (idle_inside(idle, time) >= idle->options.below)
        return idle->begun + idle->options.streams - time->now;
    if (idle->counts.http1 == 0)
        return 0;
    return fmax(idle->drained_at + UNTOLD_SECONDS - time->now, 0);
}

/* Somebody may be gone at any moment, and we are late by no more than this. */
static double late_seconds(const struct idle_time *time)
{
    return fmin(SHARE * time->elapsed, LONGEST);
}

/* Where nobody comes and goes unseen. */
static double counted_seconds(const struct idle *idle, const struct idle_time *time)
{
    double fixed = fixed_seconds(idle, time), step = silence_step(idle, time), least;
    double seconds = fixed > QUIET_SECONDS + least_seconds(idle) ? fixed - QUIET_SECONDS : fixed;

    if (step > 0 && fixed > step)
        seconds = fmin(seconds, fmax(step, QUIET_SECONDS));
    else if (step > 0)
        seconds = step;
    least = fmin(late_seconds(time), changing_seconds(idle, time));
    return fmax(fmin(fmax(seconds, least), APART), least_seconds(idle));
}

/* Where requests are not counted, some may come and go between two looks: then they are frequent,
 * but not while somebody is inside, who keeps it for the whole silence from now on. */
static double uncounted_seconds(const struct idle *idle, const struct idle_time *time)
{
    bool inside = idle->counts.active >= idle->options.below;

    return fmax(inside ? late_seconds(time) : 0, least_seconds(idle));
}

/* The time before the end in which any moment will do is not slept through. */
double pace_seconds(const struct idle *idle, const struct idle_time *time)
{
    double seconds = least_seconds(idle), left = idle_seconds_left(idle, time);

    if (left <= idle->last_chance)
        return fmin(seconds, left);
    if (idle->known)
        seconds = counts_know(&idle->counts, COUNTS_REQUESTS) ? counted_seconds(idle, time)
                                                              : uncounted_seconds(idle, time);
    seconds = fmin(seconds, idle->unready_at - time->now);
    return fmax(fmin(seconds, left - idle->last_chance), TICK_SECONDS);
}
