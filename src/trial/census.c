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
    REPEATED_EVERY = 1024, /* so many seeds one is run again, from the first on */
    PROGRESS_EVERY = 256   /* worlds */
};

const char *const census_clients_names[CLIENTS_COUNTS] = {
    [CLIENTS_SENT] = "requests",
    [CLIENTS_CUT] = "cut",
    [CLIENTS_REFUSED] = "refused",
    [CLIENTS_FAILED] = "failed",
    [CLIENTS_WORK_CUT] = "pieces of work cut",
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

/* A kind counts once, however many numbers of it are not plain. */
static void kinds_add(struct census *census, const struct draw *world, int services)
{
    bool kinds[DRAW_KINDS] = {0};

    for (int i = 0; i < DRAW_PARAMETERS; i++)
        for (int row = 0; row < DRAW_SERVICE + services && !kinds[draw_table[i].kind]; row++)
            kinds[draw_table[i].kind] = draw_has(world, row, (enum draw_parameter)i);
    for (int kind = 0; kind < DRAW_KINDS; kind++)
        census->kinds[kind] += kinds[kind];
}

static void excuses_add(struct census *census, const struct facts *facts)
{
    bool excuses[EXCUSES] = {0};

    for (int i = 0; i < facts->service_count; i++) {
        const struct service_facts *service = &facts->services[i];

        if (service->requests_cut > 0)
            excuses[excuse_requests(facts, service)] = true;
        if (service->work_cut > 0)
            excuses[excuse_work(facts, service)] = true;
    }
    for (int i = 0; i < EXCUSES; i++)
        census->excused[i] += excuses[i];
}

void census_add(struct census *census, const struct draw *world, const struct facts *facts)
{
    int64_t took_ms = facts->begun_ms == NOT_MS ? 0 : facts->done_ms - facts->begun_ms;
    uint64_t seed = world->seed;
    char why[WHY_MAX];

    for (int i = 0; i < INVARIANTS; i++)
        if (invariants[i].holds && !invariants[i].holds(facts, why))
            census_mark(census, i, seed);
    for (int i = 0; i < SOMETIMES; i++)
        census->happened[i] += sometimes[i].happened(facts);
    kinds_add(census, world, facts->service_count);
    excuses_add(census, facts);
    census->clients[CLIENTS_SENT] += (uint64_t)facts->requests;
    census->clients[CLIENTS_CUT] += (uint64_t)facts->requests_cut;
    census->clients[CLIENTS_REFUSED] += (uint64_t)facts->requests_refused;
    census->clients[CLIENTS_FAILED] += (uint64_t)facts->requests_failed;
    census->clients[CLIENTS_WORK_CUT] += (uint64_t)facts->work_cut;
    census->worlds++;
    census->digest += digest_number(facts->digest, seed);
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
    for (int i = 0; i < DRAW_KINDS; i++)
        census->kinds[i] += other->kinds[i];
    for (int i = 0; i < SOMETIMES; i++)
        census->happened[i] += other->happened[i];
    for (int i = 0; i < EXCUSES; i++)
        census->excused[i] += other->excused[i];
    for (int i = 0; i < CLIENTS_COUNTS; i++)
        census->clients[i] += other->clients[i];
    census->worlds += other->worlds;
    census->digest += other->digest;
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
    census_add(census, &world, &facts);
    if (seed % REPEATED_EVERY == 1 && !trial_repeats(trial, &world))
        census_mark(census, INVARIANT_SAME_BYTES, seed);
    return 0;
}

static int worker_run(struct trial *trial, const struct census_plan *plan, int worker, int output)
{
    struct message message = {.worker = worker};

    trial_hurry(trial);
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
