/* Many runs, several at once: each in a process of its own, since each has a container below it.
 * They mostly sleep, so that there may be many more of them than processors. */
#ifndef LASTCALL_REAL_POOL_H
#define LASTCALL_REAL_POOL_H

#include <stdio.h>

enum { POOL_JOBS_MAX = 256, POOL_INTERRUPTED = -1, POOL_DIED = 255 };

struct pool {
    int count;  /* of runs */
    int jobs;   /* at once, at most POOL_JOBS_MAX */
    void *context;

    /* In a process of its own; SIGCHLD, SIGINT and SIGTERM are blocked, and the latter two are to
     * be obeyed soon. What it writes to `file` comes to on_done. Returns 0 to 254. */
    int (*run)(void *context, int number, FILE *file);

    /* In this process, in the order of the numbers. `result`: of run; POOL_DIED: it has not come
     * to its end. */
    void (*on_done)(void *context, int number, int result, FILE *file);
};

/* 0; POOL_INTERRUPTED: SIGINT or SIGTERM came, and all runs have ended; other errors: -errno. */
int pool_run(const struct pool *pool);

#endif
