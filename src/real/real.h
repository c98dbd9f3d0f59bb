/* A described world on real processes: the program itself, unmodified, as the first process of a
 * container, with stand-ins as its services; what came of it, judged by the same invariants as
 * simulated shutdowns, and compared with one.
 *
 *     real_run(&plan, &world, &run);
 *     if (run.found == 0) it was as it should be
 */
#ifndef LASTCALL_REAL_REAL_H
#define LASTCALL_REAL_REAL_H

#include <stdio.h>

#include "real/compare.h"
#include "real/container.h"
#include "real/folder.h"
#include "real/play.h"
#include "sim/draw.h"
#include "trial/events.h"
#include "trial/trial.h"

enum { LEFT_MAX = 200, WRONG_MAX = 320 };

struct real_plan {
    const char *program;                   /* the path of this one */
    enum isolation isolation;
    const char *policy;                    /* its text */
    const char *const *environment;        /* "NAME=value", NULL at the end */
    const struct draw_names *names;        /* the services; their admins are replaced */
    int ready_s;                           /* how long a service may take until it is ready */
    bool keep;                             /* the folder stays */
};

/* What was found; bits of an exit status. */
enum {
    FOUND_BROKEN = 1,   /* an invariant */
    FOUND_UNLIKE = 2,   /* the simulated world goes another way, and that is no race */
    FOUND_LEFT = 4,     /* a process or a file */
    FOUND_MISSED = 8,   /* it had not ended when its grace was over */
    FOUND_RACE = 16,    /* the simulated world goes another way, too: not a fault */
    FOUND_NOTHING = 32, /* it could not be run or judged: `wrong` says why */
    FOUND_FAULTS = FOUND_BROKEN | FOUND_UNLIKE | FOUND_LEFT | FOUND_MISSED | FOUND_NOTHING
};

struct real_run {
    unsigned found;
    char folder[FOLDER_LENGTH_MAX];
    struct played played;
    int exit_code;             /* 128 + the signal that ended it */
    int processes_left;        /* after the end, by our own count */
    char files_left[LEFT_MAX]; /* their names */
    struct events events;
    struct facts simulated;
    struct steps simulated_steps;
    struct comparison comparison;
    char wrong[WRONG_MAX];
};

/* Runs it, in real time. SIGCHLD, SIGINT and SIGTERM must be blocked; the process becomes a
 * subreaper and must have no other children. One that was interrupted has found nothing. */
void real_run(const struct real_plan *plan, const struct draw *world, struct real_run *run);

#endif
