/* Signals to processes that we did not start ourselves: services' children, adopted orphans.
 *
 * A process is ours when its ancestors lead to us. What `kubectl exec` and the like have put into
 * the container has no such ancestor (its parent is 0 in our PID namespace): it is not ours. */
#ifndef LASTCALL_DESCENDANTS_H
#define LASTCALL_DESCENDANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A descriptor of the process, or -1 where the kernel refuses (errno: ENOSYS, EPERM, ...) or
 * nobody is there (ESRCH). */
int pidfd_of(pid_t pid);

/* Signals the process behind `pidfd`, which is -1 where the kernel has none: then `pid`. */
int pidfd_signal(int pidfd, pid_t pid, int signal);

/* Signals one descendant. The pid cannot come to mean another process between check and signal.
 * Errors: -ESRCH nobody is there, -EPERM it is not a descendant (or that cannot be known). */
int descendants_signal(pid_t pid, int signal);

/* Signals every descendant but the members of the process groups `spared`; also those that are
 * forked meanwhile. Each gets it once. As PID 1 with nobody to spare this is kill(-1).
 * Errors: -ESRCH there is none, -EPERM they cannot be known (no /proc of our PID namespace). */
int descendants_signal_all(const pid_t *spared, size_t spared_count, int signal);

/* Is a child of ours left at all, also as a zombie? Without one there is no descendant either:
 * we adopt them. */
bool descendants_left(void);

/* Is there a /proc that shows our PID namespace? */
bool descendants_known(void);

#endif
