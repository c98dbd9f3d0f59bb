/* Drawn worlds, made fit for real time and real sockets. */
#ifndef LASTCALL_REAL_WORLDS_H
#define LASTCALL_REAL_WORLDS_H

#include "sim/draw.h"
#include "trial/facts.h"
#include "trial/steps.h"

/* What is above a second takes a tenth of the rest, and a grace period a twentieth of what is
 * above 2 s: so that a run takes seconds. For the simulated world, too. */
void world_shorten(struct draw *world);

/* A kernel refuses connections, not requests: who refuses, refuses everything and for good. What
 * stand-ins cannot do (`simulated` in the table) is put back to what is plain; work that is
 * finished before the exit is one parameter there. */
void world_make_real(struct draw *world);

/* The first parameter of a world that stand-ins cannot do; NULL: they can do all of it. */
const char *world_unreal(const struct draw *world);

/* The same world, in which what is not lastcall's doing happens when it really did: the machine was
 * late with it. That is: how long services took until they were ready, and when signals came. */
struct draw world_observed(const struct draw *world, const struct facts *facts,
                           const struct steps *steps);

/* By how much the machine was late with it, at most. */
int64_t world_late_ms(const struct draw *world, const struct draw *observed);

/* The same world with every time moved by at most `tolerance_ms`; `number` says how. In every other
 * one a signal that follows another one so soon is lost. */
struct draw world_moved(const struct draw *world, int64_t tolerance_ms, uint64_t number);

#endif
