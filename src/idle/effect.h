/* Does the drain do what it was accepted for? Where it does not, clients would come back to their
 * kept connections until the time is up, and be cut then.
 *
 * Known to happen: a listener that came after the drain began is not drained by it, nor by a second
 * one; a strategy that tells few; a listener with drain_type MODIFY_ONLY. What still helps, in the
 * first two: Envoy closes each connection with its next response when its health check fails. That
 * also tells load balancers that ask, maybe too early for some, so it is not done at once, but
 * only when this finds out. */
#ifndef LASTCALL_IDLE_EFFECT_H
#define LASTCALL_IDLE_EFFECT_H

#include "idle/idle.h"

/* Requests were answered on kept connections, and none of these was closed. */
bool effect_is_none(const struct idle *idle);

/* After each look: IDLE_NO_EFFECT or IDLE_SOME_EFFECT when it has found out, once; else
 * IDLE_WAIT. */
enum idle_verdict effect_look(struct idle *idle);

#endif
