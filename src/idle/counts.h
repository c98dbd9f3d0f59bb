/* What a look at a service has counted. */
#ifndef LASTCALL_IDLE_COUNTS_H
#define LASTCALL_IDLE_COUNTS_H

#include <stdbool.h>

enum {
    COUNTS_REQUESTS = 1 << 0,
    COUNTS_CONNECTIONS = 1 << 1,
    COUNTS_HTTP1 = 1 << 2,
    COUNTS_OPEN = 1 << 3,
    COUNTS_TOLD = 1 << 4,
    COUNTS_STREAMS = 1 << 5
};

/* Sums are since the service began; each is at most 1e15, which a double holds exactly. */
struct counts {
    unsigned known;     /* which are; the others are 0. `active` always is */
    double active;      /* requests in flight */
    double requests;    /* so far */
    double connections; /* so far */
    double http1;       /* open connections of HTTP/1.1 */
    double open;        /* open connections */
    double told;        /* connections that were told to close, so far */
    double streams;     /* open ones that never end: WebSockets */
};

/* Are all of these known? */
static inline bool counts_know(const struct counts *counts, unsigned fields)
{
    return (counts->known & fields) == fields;
}

#endif
