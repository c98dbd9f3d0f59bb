/* What must hold in every shutdown. */
#ifndef LASTCALL_TRIAL_INVARIANTS_H
#define LASTCALL_TRIAL_INVARIANTS_H

#include "trial/facts.h"

enum { WHY_MAX = 256 };

struct invariant {
    const char *name;
    const char *meaning;
    /* Does it hold? If not, says why not in `why`. NULL: not to be seen in one shutdown. */
    bool (*holds)(const struct facts *facts, char why[WHY_MAX]);
};

enum { INVARIANTS = 9, INVARIANT_SAME_BYTES = INVARIANTS - 1 };
extern const struct invariant invariants[INVARIANTS];

#endif
