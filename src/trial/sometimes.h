/* What must happen in some of the worlds: a test in which it never does proves nothing. And what
 * had better not, and is counted. */
#ifndef LASTCALL_TRIAL_SOMETIMES_H
#define LASTCALL_TRIAL_SOMETIMES_H

#include "trial/facts.h"

struct sometimes {
    const char *name; /* also a key of the JSON */
    bool (*happened)(const struct facts *facts);
    bool unwanted; /* the fewer the better */
};

enum { SOMETIMES = 13 };
extern const struct sometimes sometimes[SOMETIMES];

#endif
