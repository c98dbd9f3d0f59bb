/* What lastcall chaos --real says about a run, and about all of them. */
#ifndef LASTCALL_CHAOS_REAL_SHOW_H
#define LASTCALL_CHAOS_REAL_SHOW_H

#include <stdio.h>

#include "real/real.h"

struct real_counts {
    int runs;
    int broken, unlike, left, missed, races, nothing;
};

void real_count(struct real_counts *counts, unsigned found);

/* A line; where a fault was found, or `verbose`, also the world and both timelines. `name` says
 * which world it was. */
void real_show(FILE *file, const char *name, const struct draw *world,
               const struct draw_names *names, const struct real_run *run, bool verbose);

/* The same as an object of JSON. */
void real_show_json(FILE *file, const char *name, const struct draw *world,
                    const struct draw_names *names, const struct real_run *run);

void real_show_counts(FILE *file, const struct real_counts *counts, double seconds);

#endif
