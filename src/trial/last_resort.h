/* What live/last_resort.h does, as far as worlds can tell: it ends what a policy has left, the
 * last started first, and kills what takes more than its share. It does not drain here. */
#ifndef LASTCALL_TRIAL_LAST_RESORT_H
#define LASTCALL_TRIAL_LAST_RESORT_H

#include "trial/facts.h"

/* `facts` say who runs, and are kept by the world itself (witness.h). */
void trial_last_resort(struct world *world, const struct facts *facts);

/* Ends the orphans, when the services are gone. False: it had to kill. */
bool trial_stop_others(struct world *world, const struct facts *facts);

/* Kills everything now. */
void trial_last_kill(struct world *world, const struct facts *facts);

#endif
