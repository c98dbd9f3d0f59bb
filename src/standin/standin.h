/* A service that behaves as described, on a real machine in real time.
 *
 * Inside it is the simulated world (sim/sim.h) with this one service in it, whose clock is the
 * real one: its exits, its Envoy admin and its clients are those that simulated shutdowns have.
 * What it shows to the outside is real: sockets, answers, signals, exits, children. */
#ifndef LASTCALL_STANDIN_STANDIN_H
#define LASTCALL_STANDIN_STANDIN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/draw.h"

enum { STANDIN_PATH_MAX = 96 }; /* a unix socket's path must be shorter than 108 */

struct standin_config {
    const char *name;
    const char *directory;         /* for its sockets and its record */
    bool drains;                   /* it has an admin, and clients */
    struct draw draw;              /* its numbers are in the row DRAW_SERVICE */
    const char *const *arguments;  /* which a driver has added, NULL at the end */
};

/* Reads "NAME DIRECTORY [drains] [PARAMETER=VALUE...] [-- ARGUMENTS]"; `config` points
 * into `arguments`, which end with NULL. Errors: -EINVAL, and *wrong is the word that is not
 * understood, NULL: one is missing. */
int standin_parse(char **arguments, struct standin_config *config, const char **wrong);

/* Until it exits; returns its exit status, or -errno. Its children may go on. */
int standin_run(const struct standin_config *config);

#endif
