/* The check of the policy at each start and reload: lastcall check --brief, in a process of its
 * own. */
#ifndef LASTCALL_RUN_CHECK_H
#define LASTCALL_RUN_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "world.h"

enum { RUN_CHECK_WORDS = 12 };

struct run_check {
    const char *arguments[RUN_CHECK_WORDS]; /* of the command, NULL at the end */
    char grace[32];
};

/* The paths of the files, as input_read takes them, and the grace of this run. Keeps the paths. */
void run_check_init(struct run_check *check, const char *services, const char *policy,
                    int64_t grace_ms);

/* Runs it and waits for its end, which is some 100 ms: is the policy sound? What is wrong is
 * printed. Only before the world has started a process. */
bool run_check_passes(const struct run_check *check, struct world *world);

#endif
