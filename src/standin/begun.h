/* Time 0 of a world on real processes: when its first stand-in started, as in the simulated one. A
 * file tells the others, and those who look on. Times are CLOCK_MONOTONIC. */
#ifndef LASTCALL_STANDIN_BEGUN_H
#define LASTCALL_STANDIN_BEGUN_H

#include <stdint.h>

#define BEGUN_FILE "begun"

int64_t monotonic_now_ms(void);

/* Makes the file if it is not there, and takes *begun_ms from it. Errors: those of open, read and
 * write; -EINVAL: there is something else in it. */
int begun_claim(const char *directory, int64_t *begun_ms);

/* Errors: -ENOENT no stand-in has started yet; as above. */
int begun_read(const char *directory, int64_t *begun_ms);

#endif
