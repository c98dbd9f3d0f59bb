/* How often new connections come here, and how often a kept one is used: what a service's counters
 * say while it serves, a reading each second for the last minute. */
#ifndef LASTCALL_IDLE_ARRIVALS_H
#define LASTCALL_IDLE_ARRIVALS_H

#include "idle/counts.h"

enum { HISTORY_SECONDS = 60 };

/* Begins with zeros. */
struct history {
    double bins[HISTORY_SECONDS]; /* new connections in each second, the oldest first */
    int count;                    /* of them */
    double used, kept;            /* requests on kept connections, and their seconds; fading */
    bool read;                    /* is there a last reading? */
    double read_at;               /* when it was, seconds */
    struct counts last;
};

struct rate {
    double mean;    /* new connections a second */
    double certain; /* how many of these are certain enough to prove something by staying away */
};

/* Adds a reading of the counters, in which connections are known, at `now` (seconds). Of readings
 * that are further apart each second between them gets its share. */
void arrivals_record(struct history *history, double now, const struct counts *counts);

/* connections: so far. */
struct rate arrivals_rate(const struct history *history, double connections);

/* Requests a second of one kept connection; INFINITY: not known. */
double arrivals_use(const struct history *history);

#endif
