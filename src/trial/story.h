/* One shutdown as people want to read it: its steps from the signal on, and two of them side by
 * side. */
#ifndef LASTCALL_TRIAL_STORY_H
#define LASTCALL_TRIAL_STORY_H

#include "trial/trial.h"

struct story {
    int count;
    struct step steps[STEPS_MAX]; /* at_ms: since the shutdown began */
    int64_t took_ms;
    int64_t budget_ms;            /* until the deadline that was set last */
    bool resorted;                /* the last resort had to finish */
    struct facts facts;
};

/* Runs the policy in the world. Errors: -ENOMEM. */
int story_tell(struct trial *trial, const struct draw *world, struct story *story);

/* A step of one story beside the same step of the other; NULL where it has none. */
struct story_row {
    const struct step *one;
    const struct step *other;
};

enum { STORY_ROWS_MAX = 2 * STEPS_MAX };

/* Fills `rows` of STORY_ROWS_MAX in an order in which both stories are told from their beginning
 * to their end, with as many common steps as can be; returns how many. Steps are the same when
 * service and words are, and, where `same_policy`, the line of the policy is. */
int story_align(const struct story *one, const struct story *other, bool same_policy,
                struct story_row *rows);

#endif
