/* The world outside of a container, in real time: who signals it, and when. */
#ifndef LASTCALL_REAL_PLAY_H
#define LASTCALL_REAL_PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sim/draw.h"

struct played {
    int status;       /* of waitpid, of the first process */
    int64_t ended_ms; /* of the world: when it had ended */
    int64_t late_ms;  /* so much later than planned came the latest signal of ours */
    bool missed;      /* it had not ended by its grace, and was killed */
    bool cut_short;   /* the platform killed it before its time, as planned */
    bool interrupted; /* somebody told us to stop: it was killed */
};

/* SIGCHLD, SIGINT and SIGTERM must be blocked; the latter two end it. To be called at once after
 * the container's start: time begins with the first stand-in. The process is reaped. */
void play(const struct draw *world, const struct draw_names *names, const char *folder, pid_t pid,
          struct played *played);

#endif
