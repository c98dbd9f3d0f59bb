/* The worlds that everybody asks about first, by name: what check tries before any seed, and what
 * explain shows. */
#ifndef LASTCALL_TRIAL_CANONICAL_H
#define LASTCALL_TRIAL_CANONICAL_H

#include "sim/draw.h"

/* A name of the table, and where a service is meant its name before it. */
enum { CANONICAL_NAME_MAX = 96, CANONICAL_MAX = 64 };

#define CANONICAL_PLAIN "all good"
#define CANONICAL_USUAL "usual traffic"
#define CANONICAL_WORST "everything hangs"

struct canonical {
    char name[CANONICAL_NAME_MAX]; /* "admin hangs", "router ignores SIGTERM" */
    struct draw world;
};

/* Fills `list` of CANONICAL_MAX with those that these services can have, the plain one first;
 * returns how many. */
int canonical_list(const struct draw_names *names, struct canonical *list);

/* The one of this name. False: there is none. */
bool canonical_find(const struct draw_names *names, const char *name, struct canonical *found);

#endif
