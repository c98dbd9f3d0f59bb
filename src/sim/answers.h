/* Responses that are to come: a ring of batches, each of requests that came in the same step. */
#ifndef LASTCALL_SIM_ANSWERS_H
#define LASTCALL_SIM_ANSWERS_H

#include <stdint.h>

/* Kept: on connections that are kept. Once: on one-shot connections. */
struct answer_count {
    int kept;
    int once;
};

/* They come evenly from one time to the other. */
struct answer_batch {
    int64_t after_ms;
    int64_t until_ms;
    struct answer_count all;
    struct answer_count given;
};

struct answers {
    struct answer_batch *batches;
    int64_t places;
    int64_t first; /* the place of the next one to come */
    int64_t count;
};

/* There is at most one batch for each millisecond that a request takes. Errors: -ENOMEM. */
int answers_init(struct answers *answers, int64_t request_ms);
void answers_close(struct answers *answers);
void answers_drop(struct answers *answers); /* none will come */

/* Batches are added in their order, and do not overlap. */
void answers_add(struct answers *answers, int64_t after_ms, int64_t until_ms,
                 struct answer_count all);

/* When the next one comes; NEVER_MS. */
int64_t answers_next_ms(const struct answers *answers);

/* Those that have come by now, since the last time. */
struct answer_count answers_take(struct answers *answers, int64_t now_ms);

#endif
