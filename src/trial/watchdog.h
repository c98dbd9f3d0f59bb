/* Ends a simulated world that does not end: its policy turns in a circle, and nobody counts its
 * instructions. One for each process, by SIGVTALRM and its timer. */
#ifndef LASTCALL_TRIAL_WATCHDOG_H
#define LASTCALL_TRIAL_WATCHDOG_H

#include <stdbool.h>

#include "engine/engine.h"

/* Errors: those of setitimer. */
int watchdog_start(void);
void watchdog_stop(void);

/* Looks after the engine, from now on; interrupts it after 20 to 40 ms of CPU time. */
void watchdog_watch(struct engine *engine);

/* No longer. Was it over so quickly that half of the budget of instructions cannot have been
 * spent? */
bool watchdog_was_quick(void);

#endif
