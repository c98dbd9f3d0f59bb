/* Starting a program: fork, and in the child everything up to exec. */
#ifndef LASTCALL_SPAWN_H
#define LASTCALL_SPAWN_H

#include <sys/types.h>

#include "world.h"

struct spawn {
    const struct process_spec *spec;
    int stdout_end; /* write ends of pipes; the caller closes them */
    int stderr_end; /* may be the same as stdout_end */
    void (*on_forked)(void *context, pid_t pid); /* with all signals blocked: nothing can have
                                                    happened yet, not even a handler of ours */
    void *context;
};

/* Runs the program as the leader of a process group of its own, with /dev/null as its stdin, the
 * signal mask and dispositions with which we were started, and no other descriptor of ours.
 * Returns when exec has succeeded. Otherwise nothing is left of the child: it was reaped, and
 * *failed_step says what failed ("user", "directory", "program", ...; never NULL).
 * Errors: those of fork and exec; -EINVAL: there is no such user. */
int spawn_program(const struct spawn *spawn, pid_t *pid, const char **failed_step);

#endif
