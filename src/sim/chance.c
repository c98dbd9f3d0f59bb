/* Clients that come by chance: between two of them passes a time that is exponentially distributed
 * (Poisson), and not always the same.
 *
 * What is owed grows as ever; when it reaches a whole one somebody comes, and what is taken away
 * for it is one only in the mean. So a rate may change at any time. Where more than a dozen are
 * owed at once their number is drawn, and not each of them.
 *
 * All in integers, so that every machine draws alike. */
#include "sim/chance.h"
#include "sim/owed.h"

enum {
    BITS = 64, /* of a random number */
    LOG_BITS = 6,
    LOG_PLACES = 1 << LOG_BITS,
    LOG_2 = 693147,
    UNIFORMS = 4, /* are added up for about a normal number */
    UNIFORM_BITS = BITS / UNIFORMS,
    MANY = 3 * UNIFORMS, /* are drawn as one number: it is never below 0 */
    VARIANCE_OF_ROUNDING = MILLION / 12
};

/* The natural logarithm of 1 + i / LOG_PLACES, in millionths. Between two of them it is straight:
 * 30 millionths too little at most. */
static const int log_table[LOG_PLACES + 1] = {
    0, 15504, 30772, 45810, 60625, 75223, 89612, 103797,
    117783, 131576, 145182, 158605, 171850, 184922, 197826, 210565,
    223144, 235566, 247836, 259958, 271934, 283768, 295464, 307025,
    318454, 329753, 340927, 351976, 362905, 373716, 384412, 394994,
    405465, 415828, 426084, 436237, 446287, 456237, 466090, 475846,
    485508, 495077, 504556, 513946, 523248, 532465, 541597, 550647,
    559616, 568505, 577315, 586049, 594707, 603291, 611802, 620240,
    628609, 636907, 645138, 653301, 661398, 669431, 677399, 685304,
    693147,
};

struct chance chance_init(int64_t seed)
{
    return (struct chance){.exists = seed > 0, .random = random_fork((uint64_t)seed, "chance", 0)};
}

/* Minus the logarithm of a number that is even between 0 and 1: of the highest bit that it has,
 * and of what follows that. */
int64_t chance_exponential(struct chance *chance)
{
    uint64_t drawn = random_next(&chance->random) | 1;
    int zeros = __builtin_clzll(drawn);
    uint64_t rest = drawn << zeros << 1, place = rest >> (BITS - LOG_BITS);
    int64_t between = (int64_t)(rest << LOG_BITS >> (BITS / 2));
    int64_t step = log_table[place + 1] - log_table[place];

    return (zeros + 1) * (int64_t)LOG_2 - log_table[place] - (step * between >> (BITS / 2));
}

/* Rounded down, by Newton's method from above. */
static int64_t square_root(int64_t number)
{
    int64_t root = (int64_t)1 << (BITS - __builtin_clzll((uint64_t)number) + 1) / 2, next;

    while ((next = (root + number / root) / 2) < root)
        root = next;
    return root;
}

/* About normal, with a mean of 0 and a variance of UNIFORMS / 12, in parts of 2^UNIFORM_BITS. It is
 * UNIFORMS / 2 at most, which is MANY's square root of deviations. */
static int64_t sum_of_uniforms(struct chance *chance)
{
    int64_t sum = -(int64_t)UNIFORMS * ((1 << UNIFORM_BITS) - 1) / 2;

    for (uint64_t drawn = random_next(&chance->random); drawn > 0; drawn >>= UNIFORM_BITS)
        sum += (int64_t)(drawn & ((1 << UNIFORM_BITS) - 1));
    return sum;
}

/* How many come where so many do in the mean, in millionths. As of Poisson numbers, the variance is
 * the mean; a part of it comes from rounding. */
static int64_t number_of_many(struct chance *chance, int64_t mean)
{
    int64_t variance = (mean - VARIANCE_OF_ROUNDING) * 12 / UNIFORMS;
    int64_t deviation = square_root(variance * MILLION);

    return (mean + (sum_of_uniforms(chance) * deviation >> UNIFORM_BITS) + MILLION / 2) / MILLION;
}

int64_t chance_first(struct chance *chance)
{
    return chance->exists ? MILLION - chance_exponential(chance) : 0;
}

/* Who is owed now is one; what is owed besides brought others, and waits for the next one anew. */
static int64_t take_many(struct chance *chance, int64_t *owed)
{
    int64_t taken = 1 + number_of_many(chance, *owed - MILLION);

    *owed = MILLION - chance_exponential(chance);
    return taken;
}

int64_t chance_take(struct chance *chance, int64_t *owed, int64_t most)
{
    int64_t taken = 0;

    if (*owed >= (int64_t)MILLION * (1 + MANY) && most > 0)
        taken = take_many(chance, owed);
    while (*owed >= MILLION && taken < most) {
        *owed -= chance_exponential(chance);
        taken++;
    }
    if (*owed >= MILLION || taken > most)
        *owed = MILLION - 1;
    return least(taken, most);
}
