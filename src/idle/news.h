/* What two looks say together: does somebody still come, and was somebody told to go? A probe that
 * never stops must not count: with `ignore` so many new connections and requests a second do not.
 * It is not found out: a probe looks like a client whom a slow balancer still sends here. */
#ifndef LASTCALL_IDLE_NEWS_H
#define LASTCALL_IDLE_NEWS_H

#include "idle/idle.h"

/* Seconds since balancers can know: since the signal, or, where they look at readiness, since that
 * fails. */
double news_time(const struct idle *idle, const struct idle_time *time);

/* At the first look: is there evidence, or only silence? The last reading before the shutdown says
 * who has come, and was told, before anybody looked. */
void news_begin(struct idle *idle, const struct idle_time *time);

/* Does somebody still come, after the look at `last`? Where only those inside are counted each of
 * them may be a new one; else one that ends says nothing. */
bool news_compare(struct idle *idle, const struct counts *last, double seconds,
                  const struct idle_time *time);

/* Kept connections that nobody told to close; who has a request in flight is told with it. HTTP/2
 * connections that were told stay open for a while: of those that were there before the drain, or
 * came since, the ones that were told are taken off. */
double news_untold(const struct idle *idle);

/* Were it left now, where connections are counted: of those who still come, and of those who are
 * still connected. */
double news_expected_failures(const struct idle *idle, const struct idle_time *time);

#endif
