/* Clients that come by chance. */
#ifndef LASTCALL_SIM_CHANCE_H
#define LASTCALL_SIM_CHANCE_H

#include <stdbool.h>

#include "base/random.h"

struct chance {
    bool exists;
    struct random random;
};

struct chance chance_init(int64_t seed); /* 0: there is none */

/* Exponentially distributed, in millionths of its mean. */
int64_t chance_exponential(struct chance *chance);

/* What is owed at first, in millionths, so that the first one comes by chance, too. */
int64_t chance_first(struct chance *chance);

/* So many are owed, at most `most`; the rest stays owed, but no whole one. */
int64_t chance_take(struct chance *chance, int64_t *owed, int64_t most);

#endif
