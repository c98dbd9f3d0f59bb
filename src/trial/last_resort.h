/* What live/last_resort.h does, as far as worlds can tell: it drains, ends what a policy has left,
 * the last started first, and kills what takes more than its share. When is one rule for both:
 * base/resort_time.h. */
#ifndef LASTCALL_TRIAL_LAST_RESORT_H
#define LASTCALL_TRIAL_LAST_RESORT_H

#include "trial/facts.h"

/* How a service is drained and stopped then, as its driver says. */
struct resort_service {
    const char *drain_address; /* "unix:/path" or "tcp:host:port"; NULL: it cannot drain */
    const char *drain_request; /* an HTTP request */
    int stop_signal;
};

/* Ends the services, then the orphans. `facts` say who runs, and are kept by the world itself
 * (witness.h); `services` are in the same order. False: it had to kill an orphan. */
bool trial_last_resort(struct world *world, const struct facts *facts,
                       const struct resort_service *services);

/* Kills everything now. */
void trial_last_kill(struct world *world, const struct facts *facts);

#endif
