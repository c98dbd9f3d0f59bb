/* The live world: libev, fork, pidfd, libcurl. It translates and decides nothing. */
#ifndef LASTCALL_LIVE_H
#define LASTCALL_LIVE_H

#include "world.h"

struct live_config {
    const char *report_path; /* JSON lines go here; NULL: nowhere */
    const char *name;        /* prefix of our own lines: "ent" gives "[ent] 2026-01-31 23:59:59 " */
};

/* Blocks every signal that we handle, so that none is lost or fatal before live_create: to be
 * called first of all in main. Remembers the mask that children get back. */
void live_signals_block(void);

/* Creates the world: becomes a subreaper where we are not PID 1, installs the signal handlers.
 * The caller destroys *world with live_destroy. Errors: -errno (report file, epoll, memory). */
int live_create(const struct live_config *config, struct world **world);

/* Frees everything; processes that are still alive stay as they are. */
void live_destroy(struct world *world);

#endif
