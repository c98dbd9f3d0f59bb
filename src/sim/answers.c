#include "sim/answers.h"

#include <errno.h>
#include <stdlib.h>

#include "sim/owed.h"
#include "sim/sim.h"

int answers_init(struct answers *answers, int64_t request_ms)
{
    *answers = (struct answers){.places = request_ms + 1}; /* one may come before one has gone */
    answers->batches = malloc((size_t)answers->places * sizeof(*answers->batches));
    return answers->batches ? 0 : -ENOMEM;
}

void answers_close(struct answers *answers)
{
    free(answers->batches);
    *answers = (struct answers){0};
}

void answers_drop(struct answers *answers)
{
    answers->count = 0;
}

void answers_add(struct answers *answers, int64_t after_ms, int64_t until_ms,
                 struct answer_count all)
{
    int64_t place = answers->first + answers->count;

    if (place >= answers->places)
        place -= answers->places;
    answers->batches[place] = (struct answer_batch){after_ms, until_ms, all, {0, 0}};
    answers->count++;
}

/* Each comes in the middle of its part of the time: when is it the turn of the next? */
static int64_t turn_ms(const struct answer_batch *batch, int64_t all, int64_t given)
{
    int64_t length_ms = batch->until_ms - batch->after_ms;

    if (given >= all)
        return NEVER_MS;
    return batch->after_ms + ((2 * given + 1) * length_ms + 2 * all - 1) / (2 * all);
}

int64_t answers_next_ms(const struct answers *answers)
{
    const struct answer_batch *batch = &answers->batches[answers->first];

    if (answers->count == 0)
        return NEVER_MS;
    if (batch->until_ms - batch->after_ms == 1) /* mostly so: spares the divisions */
        return batch->until_ms;
    return least(turn_ms(batch, batch->all.kept, batch->given.kept),
                 turn_ms(batch, batch->all.once, batch->given.once));
}

/* So many of all have had their turn. */
static int part(const struct answer_batch *batch, int64_t all, int64_t now_ms)
{
    int64_t length_ms = batch->until_ms - batch->after_ms;

    if (all == 0) /* often so: spares a division */
        return 0;
    return (int)((2 * all * (now_ms - batch->after_ms) + length_ms) / (2 * length_ms));
}

/* Returns how many are still to come. */
static int batch_take(struct answer_batch *batch, int64_t now_ms, struct answer_count *taken)
{
    struct answer_count all = batch->all, due = all;

    if (now_ms < batch->until_ms) {
        due.kept = part(batch, due.kept, now_ms);
        due.once = part(batch, due.once, now_ms);
    }
    taken->kept += due.kept - batch->given.kept;
    taken->once += due.once - batch->given.once;
    batch->given = due;
    return all.kept - due.kept + all.once - due.once;
}

struct answer_count answers_take(struct answers *answers, int64_t now_ms)
{
    struct answer_count taken = {0, 0};

    while (answers->count > 0) {
        struct answer_batch *batch = &answers->batches[answers->first];

        if (now_ms <= batch->after_ms)
            break;
        if (batch_take(batch, now_ms, &taken) > 0)
            break;
        answers->count--;
        if (++answers->first == answers->places || answers->count == 0)
            answers->first = 0; /* where memory is warm, if it can be */
    }
    return taken;
}
