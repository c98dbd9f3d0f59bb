/* When the next look is. Each costs Envoy's main thread something, so none is made that cannot
 * change anything; but who comes between two looks is taken to have come just now, so late looks
 * make long waits.
 *
 *   it cannot leave yet (min, a request came a moment ago)   shortly before it can, then then
 *   silence must prove more                                   after an eighth of what it takes
 *   a request in flight, a connection that was not told       it may be over at any moment */
#ifndef LASTCALL_IDLE_PACE_H
#define LASTCALL_IDLE_PACE_H

#include "idle/idle.h"

#define QUIET_SECONDS 0.25 /* without a new request */
#define UNTOLD_SECONDS 5   /* before a connection that was never told may be cut: clients that do
                              not notice a close check a connection idle for so long */
#define TICK_SECONDS 0.001 /* a shorter pause is none */

double pace_seconds(const struct idle *idle, const struct idle_time *time);

#endif
