#include "random.h"

#include <math.h>

uint64_t random_next(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

int64_t random_gap_us(uint64_t *state, double rate)
{
    double uniform = (double)(random_next(state) >> 11) / 9007199254740992.0; /* [0, 1) */

    return (int64_t)(-log(1 - uniform) / rate * 1e6);
}
