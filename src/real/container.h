/* A process and all its descendants: as PID 1 of a PID namespace of its own where that is allowed,
 * else below us, the subreaper. Neither outlives us. One at a time. */
#ifndef LASTCALL_REAL_CONTAINER_H
#define LASTCALL_REAL_CONTAINER_H

#include <stdbool.h>
#include <sys/types.h>

enum isolation {
    ISOLATION_USER,     /* namespaces of users, PIDs and mounts, with a /proc of its own */
    ISOLATION_PID,      /* the same without users: where we are root */
    ISOLATION_SUBREAPER
};

/* The best there is here, tried out. */
enum isolation container_isolation(void);
const char *container_isolation_words(enum isolation isolation);

/* Starts arguments[0] with its output to the file `log`. Its SIGTERM is blocked until it asks for
 * signals: what comes before waits for it. Returns its pid as we see it, or -errno. */
pid_t container_start(enum isolation isolation, const char *const *arguments,
                      const char *const *environment, const char *log);

/* The process `pid` or a descendant that was started with these two arguments after its program;
 * -1: none. */
pid_t container_find(pid_t pid, const char *argument, const char *other);

/* After the first process has ended and was reaped: how many others are there. Always 0 in a
 * namespace: the kernel has ended them. Kills and reaps them. */
int container_clear(void);

#endif
