/* What can go wrong: looks fail (lua/idle.lua then asks the kernel instead, which begins anew,
 * since it counts other things); the time is up, or the deadline is near: then shortly before it a
 * moment in which nobody is inside is better to leave than the end; the drain has no effect. */
#include "idle/idle.h"

#include <math.h>

#include "idle/effect.h"
#include "idle/news.h"
#include "idle/pace.h"

#define SILENCE 2          /* times `routing`, without anybody inside, where connections are not
                              counted: routing has moved, or nobody uses it */
#define ROUTING_MIN 0.01   /* seconds */
#define LAST_CHANCE 0.5    /* seconds before the time is up, and at most */
#define LAST_PART 0.1      /* of the time that there was */

/* Idle connections are not told by a drain: who sends seldom keeps it waiting, for one request in
 * three seconds about 15 s. Some services can end them: each is given five seconds from then on.
 * Not at once: those who send soon are told by their own response, and a request that is on its way
 * when its connection is closed fails. Not where nobody sends: after 5 s they may be cut anyway.
 * So: CLOSE_AFTER seconds into the drain, where requests still come, and CLOSE_PART of the
 * connections that were open when it began are still there. Where fewer are left, all will be told
 * by themselves within these five seconds, about. */
#define CLOSE_AFTER 1.75   /* seconds */
#define CLOSE_TAKES 6      /* seconds until they are closed: in less than that it is of no use */
#define CLOSE_PART 0.25    /* of those that were open at the first look */
#define CLOSE_RECENT 1     /* seconds since the last request */

void idle_begin(struct idle *idle, const struct idle_options *options,
                const struct history *history, const struct idle_time *time)
{
    *idle = (struct idle){
        .options = *options,
        .history = *history,
        .begun = time->now,
        .until = time->now + options->timeout,
        .drained_at = options->drained_at,
        .unready_at = time->now + options->unready_after,
        .known_at = time->now,
        .busy_at = time->now,
        .quiet = QUIET_SECONDS,
        .least_untold = INFINITY,
        .probes = {INFINITY, INFINITY, INFINITY},
        .use = INFINITY,
        .expected = NAN,
    };
    idle->options.routing = fmax(options->routing, ROUTING_MIN);
    if (isfinite(options->unready_after))
        idle->unready_elapsed = time->elapsed + options->unready_after;
    idle->last_chance = fmin(LAST_CHANCE, LAST_PART * idle_seconds_left(idle, time));
}

double idle_seconds_left(const struct idle *idle, const struct idle_time *time)
{
    return fmin(idle->until - time->now, time->free);
}

double idle_inside(const struct idle *idle, const struct idle_time *time)
{
    bool streams_count = time->now < idle->begun + idle->options.streams;

    return idle->counts.active + (streams_count ? idle->counts.streams : 0);
}

/* May idle connections be cut now? Until then it need not be known how long they must be silent. */
static bool may_cut(const struct idle *idle, const struct idle_time *time)
{
    return idle->counts.http1 == 0 || time->now - idle->drained_at >= UNTOLD_SECONDS;
}

bool idle_note(struct idle *idle, const struct idle_look *look, const struct counts *counts,
               const struct idle_time *time)
{
    bool first = !idle->looked || idle->look.by_sockets != look->by_sockets;
    double seconds = time->now - idle->known_at;
    struct counts last = idle->counts;

    idle->known = idle->looked = true;
    idle->failures = 0;
    idle->known_at = time->now;
    idle->look = *look;
    idle->counts = *counts;
    idle->cost = first && look->by_sockets ? 0 : time->now - look->begun;
    if (first || news_compare(idle, &last, seconds, time))
        idle->busy_at = time->now;
    if (!first && idle->counted && may_cut(idle, time))
        idle->quiet = fmax(QUIET_SECONDS, evidence_exit_silence(news_untold(idle), idle->use,
                                                                idle->options.tolerance));
    if (first)
        news_begin(idle, time);
    if (first && !idle->counted)
        idle->quiet = fmax(QUIET_SECONDS, SILENCE * idle->options.routing);
    return first;
}

int idle_note_failure(struct idle *idle)
{
    idle->known = false;
    return ++idle->failures;
}

bool idle_unready(struct idle *idle, double now)
{
    bool due = now >= idle->unready_at;

    if (due)
        idle->unready_at = INFINITY;
    return due;
}

void idle_on_door_closed(struct idle *idle)
{
    idle->door_closed = true;
}

void idle_on_told_again(struct idle *idle, const struct idle_time *time)
{
    idle->drained_at = time->now;
}

double idle_quiet(const struct idle *idle)
{
    return idle->door_closed ? QUIET_SECONDS : idle->quiet;
}

static bool nobody_inside(const struct idle *idle, const struct idle_time *time)
{
    return idle->known && idle_inside(idle, time) < idle->options.below;
}

static bool is_still(const struct idle *idle, const struct idle_time *time)
{
    return nobody_inside(idle, time) && time->now - idle->busy_at >= idle_quiet(idle);
}

/* Was everybody told, or has waited long enough not to be surprised? */
static bool all_told(const struct idle *idle, const struct idle_time *time)
{
    return idle->counts.http1 == 0 || (!effect_is_none(idle) && may_cut(idle, time));
}

static bool may_leave(struct idle *idle, const struct idle_time *time)
{
    if (!is_still(idle, time) || !all_told(idle, time) || time->elapsed < idle->options.min)
        return false;
    if (!idle->counted)
        return true;
    idle->expected = news_expected_failures(idle, time);
    return idle->expected <= idle->options.tolerance;
}

static bool close_is_due(const struct idle *idle, const struct idle_time *time)
{
    double left = idle->counts.http1 - idle->counts.active, first = idle->first.http1;

    return idle->options.closes_idle && !idle->closing && idle->known && !idle->look.by_sockets &&
           idle->look.drained && time->now - idle->drained_at >= CLOSE_AFTER &&
           idle->until - time->now > CLOSE_TAKES && time->now - idle->busy_at < CLOSE_RECENT &&
           first > 0 && left > 0 && left >= CLOSE_PART * first;
}

enum idle_verdict idle_conclude(struct idle *idle, const struct idle_time *time, double *seconds)
{
    enum idle_verdict effect = IDLE_WAIT;
    double left;

    if (close_is_due(idle, time)) {
        idle->closing = true;
        return IDLE_CLOSE;
    }
    if (!idle->door_closed && idle->known && idle->counts.http1 != 0) /* however busy it is */
        effect = effect_look(idle);
    if (effect != IDLE_WAIT)
        return effect;
    if (idle->door_closed ? is_still(idle, time) : may_leave(idle, time))
        return IDLE_LEAVE;
    left = idle_seconds_left(idle, time);
    if (left <= idle->last_chance && nobody_inside(idle, time))
        return IDLE_TIMEOUT;
    if (left < TICK_SECONDS)
        return idle->known ? IDLE_TIMEOUT : IDLE_UNKNOWN;
    *seconds = pace_seconds(idle, time);
    return IDLE_WAIT;
}
