/* Clients that come by chance: between two of them passes a time that is exponentially distributed
 * (Poisson), and not always the same.
 *
 * What is owed grows as ever; when it reaches a whole one somebody comes, and what is taken away
 * for it is one only in the mean. So a rate may change at any time. All in integers: exponential
 * numbers are made by nothing but comparing (John von Neumann, 1951), so that every machine draws
 * alike. */
#include "sim/chance.h"
#include "sim/owed.h"

enum { BITS = 32 };

struct chance chance_init(int64_t seed)
{
    return (struct chance){.exists = seed > 0, .random = random_fork((uint64_t)seed, "chance", 0)};
}

/* At least 0 and below 2^32. */
static uint64_t draw(struct chance *chance)
{
    return random_next(&chance->random) >> (64 - BITS);
}

/* Exponentially distributed, in millionths of its mean. The first of numbers that fall, if an odd
 * count of them does; else all over again, and one more. */
static int64_t exponential(struct chance *chance)
{
    for (int64_t whole = 0;; whole += MILLION) {
        uint64_t first = draw(chance), last = first, next;
        bool odd = true;

        while ((next = draw(chance)) < last) {
            last = next;
            odd = !odd;
        }
        if (odd)
            return whole + (int64_t)(first * MILLION >> BITS);
    }
}

int64_t chance_first(struct chance *chance)
{
    return chance->exists ? MILLION - exponential(chance) : 0;
}

int64_t chance_take(struct chance *chance, int64_t *owed, int64_t most)
{
    int64_t taken = 0;

    while (*owed >= MILLION && taken < most) {
        *owed -= exponential(chance);
        taken++;
    }
    if (*owed >= MILLION)
        *owed = MILLION - 1;
    return taken;
}
