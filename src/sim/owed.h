/* Fractions of clients are owed until they are whole ones: the mean of what chance would do. */
#ifndef LASTCALL_SIM_OWED_H
#define LASTCALL_SIM_OWED_H

#include <stdint.h>

enum { MILLION = 1000000 }; /* what is owed, and rates, are counted in millionths of one */

static inline int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

/* In a millisecond. */
static inline int64_t rate_of(double per_second)
{
    return (int64_t)(per_second * MILLION / 1000 + 0.5);
}

/* The whole ones of what is owed, at most so many; the rest stays owed, but no whole one. */
static inline int64_t take_whole(int64_t *owed, int64_t unit, int64_t most)
{
    int64_t whole;

    if (*owed < unit) /* mostly so: spares a division */
        return 0;
    whole = *owed / unit;
    *owed -= whole * unit;
    return least(whole, most);
}

#endif
