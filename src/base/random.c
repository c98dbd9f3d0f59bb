#include "base/random.h"

#include "base/digest.h"

uint64_t random_purpose(const char *purpose)
{
    return digest_text(DIGEST_NONE, purpose);
}

struct random random_fork_place(uint64_t seed, uint64_t purpose, uint64_t place)
{
    struct random random = {seed ^ purpose};

    random.state = random_next(&random) + place;
    random.state = random_next(&random);
    return random;
}

struct random random_fork(uint64_t seed, const char *purpose, uint64_t place)
{
    return random_fork_place(seed, random_purpose(purpose), place);
}

/* The remainder is a little uneven for huge ranges only. */
int64_t random_between(struct random *random, int64_t least, int64_t most)
{
    return least + (int64_t)(random_next(random) % (uint64_t)(most - least + 1));
}

/* With whole numbers only, so that every machine draws alike: first how many times the range is
 * doubled, then a number within that doubling. */
int64_t random_between_decades(struct random *random, int64_t least, int64_t most)
{
    int64_t from = least, to;
    int doublings = 0;

    while (most >> doublings >= least)
        doublings++;
    from = least << random_between(random, 0, doublings - 1);
    to = 2 * from - 1 < most ? 2 * from - 1 : most;
    return random_between(random, from, to);
}
