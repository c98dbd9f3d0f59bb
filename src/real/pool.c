/* Happy path: fork a run for each free job -> its end -> the results up to the first that is not
 * there yet are shown.
 *
 * What can go wrong: we are told to stop (all runs are told, too, and waited for), a run dies, we
 * are killed (the kernel then tells the runs: PR_SET_PDEATHSIG), no more processes. */
#include "real/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
    pid_t pid;    /* 0: it does not run */
    bool ended;
    int result;
    FILE *file;
};

struct state {
    const struct pool *pool;
    struct run *runs;
    int started;
    int running;
    int shown;
    int error;
};

static void run_child(const struct pool *pool, int number, FILE *file, pid_t parent)
{
    int result;

    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() != parent)
        _exit(POOL_DIED);
    result = pool->run(pool->context, number, file);
    fflush(file);
    _exit(result);
}

static int run_start(struct state *state)
{
    struct run *run = &state->runs[state->started];
    pid_t parent = getpid();

    run->file = tmpfile();
    if (!run->file)
        return -errno;
    fflush(NULL);
    run->pid = fork();
    if (run->pid < 0)
        return -errno;
    if (run->pid == 0)
        run_child(state->pool, state->started, run->file, parent);
    state->started++;
    state->running++;
    return 0;
}

static void ended_take(struct state *state)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < state->started; i++)
            if (state->runs[i].pid == pid && !state->runs[i].ended) {
                state->runs[i].ended = true;
                state->runs[i].result = WIFEXITED(status) ? WEXITSTATUS(status) : POOL_DIED;
                state->running--;
            }
}

static void show(struct state *state)
{
    while (state->shown < state->started && state->runs[state->shown].ended && !state->error) {
        struct run *run = &state->runs[state->shown];

        rewind(run->file);
        state->pool->on_done(state->pool->context, state->shown, run->result, run->file);
        fclose(run->file);
        run->file = NULL;
        state->shown++;
    }
}

static void stop(struct state *state, int error)
{
    state->error = state->error ? state->error : error;
    for (int i = 0; i < state->started; i++)
        if (!state->runs[i].ended)
            kill(state->runs[i].pid, SIGTERM);
}

static void signals_take(struct state *state, const sigset_t *set)
{
    int signal = sigwaitinfo(set, NULL);

    if (signal == SIGINT || signal == SIGTERM)
        stop(state, POOL_INTERRUPTED);
    ended_take(state);
}

static void pool_loop(struct state *state, const sigset_t *set)
{
    const struct pool *pool = state->pool;

    while (state->running > 0 || (state->started < pool->count && !state->error)) {
        while (state->running < pool->jobs && state->started < pool->count && !state->error) {
            int error = run_start(state);

            if (error < 0)
                stop(state, error);
        }
        if (state->running > 0)
            signals_take(state, set);
        show(state);
    }
}

int pool_run(const struct pool *pool)
{
    struct state state = {.pool = pool};
    sigset_t set, before;

    state.runs = calloc((size_t)pool->count + 1, sizeof *state.runs);
    if (!state.runs)
        return -ENOMEM;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, &before);
    pool_loop(&state, &set);
    sigprocmask(SIG_SETMASK, &before, NULL);
    for (int i = state.shown; i <= state.started && i < pool->count; i++)
        if (state.runs[i].file)
            fclose(state.runs[i].file);
    free(state.runs);
    return state.error;
}
