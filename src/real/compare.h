/* Did the real world and the simulated one go the same way? */
#ifndef LASTCALL_REAL_COMPARE_H
#define LASTCALL_REAL_COMPARE_H

#include <stdio.h>

#include "trial/facts.h"
#include "trial/steps.h"
#include "trial/trial.h"

enum { DIFFERENCE_MAX = 640 };

/* One of the two. */
struct course {
    const struct facts *facts;
    const struct steps *steps;
};

enum likeness {
    LIKE,
    LIKE_A_RACE, /* the simulated world goes this way, too, when times move by a little */
    UNLIKE
};

/* `first` is the place of the first step that differs, -1: none; `why` says what differs. */
struct comparison {
    enum likeness likeness;
    int first;
    char why[DIFFERENCE_MAX];
};

/* `world` is simulated; where the two differ, so are worlds in which its times are moved by up to
 * 60 ms, or `late_ms`: by so much the machine was late. */
void compare(struct trial *trial, const struct draw *world, int64_t late_ms,
             const struct course *real, struct comparison *comparison);

/* Both, side by side, from the first difference on marked. */
void comparison_print(FILE *file, const struct course *real, const struct course *simulated,
                      const struct comparison *comparison);

#endif
