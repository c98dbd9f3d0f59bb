/* Random numbers of which one seed always gives the same sequence. */
#ifndef LOAD_RANDOM_H
#define LOAD_RANDOM_H

#include <stdint.h>

/* splitmix64. A state moves on by a constant, so two that are begun from neighbouring values of one
 * sequence would repeat each other: begin each with a number that random_next gave. */
uint64_t random_next(uint64_t *state);

/* Exponentially distributed with mean 1 / rate. */
int64_t random_gap_us(uint64_t *state, double rate);

#endif
