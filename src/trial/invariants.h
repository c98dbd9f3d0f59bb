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
    /* Where nothing shows that it is broken: is it known to hold? If not, says why not in `why`.
     * In a simulated world all of them are. */
    bool (*known)(const struct facts *facts, char why[WHY_MAX]);
};

enum invariant_state { INVARIANT_HOLDS, INVARIANT_BROKEN, INVARIANT_UNKNOWN };

enum { INVARIANTS = 9, INVARIANT_SAME_BYTES = INVARIANTS - 1 };
extern const struct invariant invariants[INVARIANTS];

/* Judges the facts of a shutdown of which not all is known. `why`: unless it holds. */
enum invariant_state invariant_look(int invariant, const struct facts *facts, char why[WHY_MAX]);

#endif
