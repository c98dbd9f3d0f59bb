/* Connections of a service as the kernel sees them, when the service itself cannot say. */
#ifndef LASTCALL_SOCKETS_H
#define LASTCALL_SOCKETS_H

#include <sys/types.h>

struct sockets_seen {
    int open; /* TCP connections to ports on which the group listens */
    int busy; /* of these: data came, and none was sent since: very likely a request in flight */
    int stuck_ms; /* for so long data has waited to be read, and none was sent to anybody */
};

/* Looks at the process group `group` in our network namespace. Takes some milliseconds when there
 * are thousands. Errors: -ESRCH it has no process, -ENOENT it listens on no TCP port, -E2BIG on
 * more than 256; -EACCES, -EPROTONOSUPPORT, ...: the kernel does not tell; -ENOMEM. */
int sockets_look(pid_t group, struct sockets_seen *seen);

#endif
