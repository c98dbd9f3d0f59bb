/* What judge.c puts together. Private to this folder. */
#ifndef LASTCALL_CHAOS_EXPECTATIONS_H
#define LASTCALL_CHAOS_EXPECTATIONS_H

#include "chaos/scenario.h"

/* Did it hold? Fills the two texts of the judgement. */
bool expectation_judge(const struct expectation *expectation, const struct outcome *outcome,
                       struct judgement *judgement);

/* Is it about what clients felt? That counts also of a policy that the scenario was not written
 * for, and has to be counted by somebody. */
bool expectation_of_clients(const struct expectation *expectation);

/* The number of an invariant by its name; -1: there is none. */
int invariant_of(const char *name);

bool invariant_holds(const struct outcome *outcome, int invariant, char why[WHY_MAX]);

#endif
