#include "statistics.h"

#include <stddef.h>

const char *failure_kind_name(enum failure_kind kind)
{
    switch (kind) {
    case FAILURE_REFUSED:
        return "refused";
    case FAILURE_CUT_FRESH:
        return "cut_fresh";
    case FAILURE_CUT_REUSED:
        return "cut_reused";
    case FAILURE_PARTIAL:
        return "partial";
    case FAILURE_TIMEOUT:
        return "timeout";
    case FAILURE_STATUS:
        return "status";
    case FAILURE_PROTOCOL:
        return "protocol";
    case FAILURE_LOCAL:
        return "local";
    case FAILURE_KINDS:
        break;
    }
    return "?";
}

/* Values below HISTOGRAM_STEPS have a bucket each, above it each power of two has that many. */
static size_t bucket_of(uint64_t value)
{
    size_t power = 0;

    while (value >= 2 * HISTOGRAM_STEPS) {
        value /= 2;
        power++;
    }
    size_t bucket = power * HISTOGRAM_STEPS + (size_t)value;
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t bucket_end(size_t bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS) {
        return bucket;
    }
    size_t power = bucket / HISTOGRAM_STEPS - 1;
    return ((bucket - power * HISTOGRAM_STEPS + 1) << power) - 1;
}

void histogram_add(struct histogram *histogram, int64_t value_us)
{
    uint64_t value = value_us > 0 ? (uint64_t)value_us : 0;

    histogram->count++;
    histogram->buckets[bucket_of(value)]++;
    if (value > histogram->max_us) {
        histogram->max_us = value;
    }
}

double histogram_quantile_ms(const struct histogram *histogram, double share)
{
    double wanted = share * (double)histogram->count;
    uint64_t sum = 0;

    for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        sum += histogram->buckets[bucket];
        if (sum > 0 && (double)sum >= wanted) {
            uint64_t end = bucket_end(bucket);
            return (double)(end < histogram->max_us ? end : histogram->max_us) / 1000.0;
        }
    }
    return 0;
}

void statistics_failure(struct statistics *statistics, enum failure_kind kind, int64_t time_us)
{
    if (statistics->failed == 0) {
        statistics->first_failure_us = time_us;
    }
    statistics->last_failure_us = time_us;
    statistics->requests++;
    statistics->failed++;
    statistics->failures[kind]++;
}
