/* Numbers that look random and are the same in every run: splitmix64, by Sebastiano Vigna. */
#ifndef LASTCALL_RANDOM_H
#define LASTCALL_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

/* The stream of this seed for one purpose. Streams do not depend on each other, so that a new
 * purpose changes none of the others. */
struct random random_fork(uint64_t seed, const char *purpose, uint64_t place);

/* The same in two steps, for who needs the streams of many places. */
uint64_t random_purpose(const char *purpose);
struct random random_fork_place(uint64_t seed, uint64_t purpose, uint64_t place);

/* Here, so that it becomes part of who draws: clients do a thousand times in a world. */
static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* A number from least to most, both included. */
int64_t random_between(struct random *random, int64_t least, int64_t most);

/* The same, as many below 10 as from 10 to 100: for what may be small or large. least > 0. */
int64_t random_between_decades(struct random *random, int64_t least, int64_t most);

#endif
