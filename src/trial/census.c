/* Happy path: each worker is a fork of us with its share of the seeds; it writes its census so far
 * into a pipe now and then, and at the end. We add up what was written last.
 *
 * What can go wrong: a worker dies (its share is missing: -EIO). */
#include "trial/census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"

enum {
    WORKERS_MAX = 64,
    REPEATED_EVERY = 64,  /* so many seeds one is run three times, and must be the same */
    PROGRESS_EVERY = 256
};

/* Shorter than PIPE_BUF: written at once or not at all. */
struct message {
    int worker;
    bool ended;
    struct census census;
};

static void census_mark(struct census *census, int invariant, uint64_t seed)
{
    if (census->broken[invariant]++ == 0 || seed < census->first[invariant])
        census->first[invariant] = seed;
}

void census_add(struct census *census, uint64_t seed, const struct facts *facts)
{
    int64_t took_ms = facts->begun_ms == NOT_MS ? 0 : facts->done_ms - facts->begun_ms;
    bool killed = false, drain_failed = false;
    char why[WHY_MAX];

    for (int i = 0; i < INVARIANTS; i++)
        if (invariants[i].holds && !invariants[i].holds(facts, why))
            census_mark(census, i, seed);
    for (int i = 0; i < facts->service_count; i++) {
        killed |= facts->services[i].kill_ms != NOT_MS;
        drain_failed |= facts->services[i].drain_failed;
    }
    census->worlds++;
    census->digest += digest_bytes(facts->digest, &seed, sizeof seed);
    census->killed += killed;
    census->drain_failed += drain_failed;
    census->hurried += facts->hurried;
    census->failed += facts->end == ENGINE_POLICY_FAILED;
    census->cut += facts->requests_cut + facts->work_cut + facts->requests_failed > 0;
    if ((uint64_t)took_ms > census->longest_ms)
        census->longest_ms = (uint64_t)took_ms;
}

static void census_join(struct census *census, const struct census *other)
{
    for (int i = 0; i < INVARIANTS; i++) {
        if (other->broken[i] > 0 &&
            (census->broken[i] == 0 || other->first[i] < census->first[i]))
            census->first[i] = other->first[i];
        census->broken[i] += other->broken[i];
    }
    census->worlds += other->worlds;
    census->digest += other->digest;
    census->killed += other->killed;
    census->drain_failed += other->drain_failed;
    census->hurried += other->hurried;
    census->failed += other->failed;
    census->cut += other->cut;
    if (other->longest_ms > census->longest_ms)
        census->longest_ms = other->longest_ms;
}

static int world_try(struct trial *trial, uint64_t seed, struct census *census)
{
    struct draw world = draw_from_seed(seed, trial_names(trial));
    struct facts facts;
    int error = trial_run(trial, &world, &facts);

    if (error < 0)
        return error;
    census_add(census, seed, &facts);
    if (seed % REPEATED_EVERY == 0 && !trial_repeats(trial, &world))
        census_mark(census, INVARIANT_SAME_BYTES, seed);
    return 0;
}

static int worker_run(struct trial *trial, const struct census_plan *plan, int worker, int output)
{
    struct message message = {.worker = worker};

    for (uint64_t i = (uint64_t)worker; i < plan->worlds; i += (uint64_t)plan->workers) {
        if (world_try(trial, plan->from + i, &message.census) < 0)
            return 1;
        if (message.census.worlds % PROGRESS_EVERY == 0 &&
            write(output, &message, sizeof message) < 0)
            return 1;
    }
    message.ended = true;
    return write(output, &message, sizeof message) == sizeof message ? 0 : 1;
}

static void census_sum(struct census *census, const struct message *messages, int workers)
{
    *census = (struct census){0};
    for (int i = 0; i < workers; i++)
        census_join(census, &messages[i].census);
}

/* Reads until all workers have closed the pipe; returns how many came to their end. */
static int census_read(const struct census_plan *plan, int input, struct census *census)
{
    static struct message messages[WORKERS_MAX];
    struct message message;
    int ended = 0;

    memset(messages, 0, sizeof messages);
    while (read(input, &message, sizeof message) == sizeof message) {
        messages[message.worker] = message;
        ended += message.ended;
        census_sum(census, messages, plan->workers);
        if (plan->on_progress)
            plan->on_progress(census);
    }
    return ended;
}

int census_take(struct trial *trial, const struct census_plan *plan, struct census *census)
{
    struct census_plan whole = *plan;
    int ends[2], started = 0, ended, error = 0;

    if (whole.workers > WORKERS_MAX)
        whole.workers = WORKERS_MAX;
    if (pipe(ends) < 0)
        return -errno;
    *census = (struct census){0};
    for (; started < whole.workers; started++) {
        pid_t pid = fork();

        if (pid == 0) {
            close(ends[0]);
            _exit(worker_run(trial, &whole, started, ends[1]));
        }
        if (pid < 0) {
            error = -errno;
            break;
        }
    }
    close(ends[1]);
    ended = census_read(&whole, ends[0], census);
    close(ends[0]);
    while (started-- > 0)
        wait(NULL);
    return error < 0 ? error : ended == whole.workers ? 0 : -EIO;
}
