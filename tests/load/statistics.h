/* What is counted during a run. */
#ifndef LOAD_STATISTICS_H
#define LOAD_STATISTICS_H

#include <stdint.h>

enum failure_kind {
    FAILURE_REFUSED,    /* no connection: an error other than the timeout, or no endpoint at all */
    FAILURE_CUT_FRESH,  /* closed before any byte of the answer, first request there */
    FAILURE_CUT_REUSED, /* the same on a connection that had answered before */
    FAILURE_PARTIAL,    /* closed within the answer */
    FAILURE_TIMEOUT,    /* no connection or no whole answer in time */
    FAILURE_STATUS,     /* an answer other than 200 */
    FAILURE_PROTOCOL,   /* not HTTP */
    FAILURE_LOCAL,      /* our own machine: no descriptor, no port, no memory */
    FAILURE_KINDS       /* how many there are */
};

const char *failure_kind_name(enum failure_kind kind);

enum {
    HISTOGRAM_STEPS = 64,   /* for each power of two: an error of at most 1.6 % */
    HISTOGRAM_POWERS = 36,
    HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * HISTOGRAM_POWERS
};

struct histogram {
    uint64_t count;
    uint64_t max_us;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t value_us);

/* Upper end of the bucket in which the share (0 … 1) is reached, never above the maximum. */
double histogram_quantile_ms(const struct histogram *histogram, double share);

struct statistics {
    uint64_t requests; /* finished, well or not */
    uint64_t failed;
    uint64_t failures[FAILURE_KINDS];
    uint64_t failures_printed;
    uint64_t connections_opened;
    uint64_t closed_while_idle; /* by the server, and noticed before the next request */
    uint64_t told_to_close;
    int64_t first_failure_us;   /* meaningless while failed is 0 */
    int64_t last_failure_us;
    struct histogram latency;     /* of the good ones, connecting included */
    struct histogram start_delay; /* how late we were ourselves */
};

void statistics_failure(struct statistics *statistics, enum failure_kind kind, int64_t time_us);

#endif
