/* Happy path: wait for the first stand-in, which is time 0 -> do each deed at its time -> the first
 * process of the container ends -> reap it.
 *
 * What can go wrong: no stand-in ever starts (time began with the container), the container does
 * not end in its grace (it is killed: missed), somebody interrupts us (killed, too). */
#include "real/play.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "real/container.h"
#include "standin/begun.h"

enum {
    DEEDS_MAX = 8 + SIM_SERVICES_MAX,
    LATE_MS = 1000,   /* after its grace the platform would have killed it; some of this is ours */
    LOOK_MS = 1,      /* for the first stand-in, */
    BEGIN_MS = 2000   /* at most so long: it may be one that cannot be executed */
};

enum deed_kind { DEED_SIGNAL, DEED_CUT_SHORT, DEED_MISSED, DEED_THAW };

struct deed {
    int64_t at_ms;
    enum deed_kind kind;
    const char *service;
    bool done;
};

struct plan {
    struct deed deeds[DEEDS_MAX];
    int count;
    int64_t begun_ms; /* CLOCK_MONOTONIC */
};

static void plan_add(struct plan *plan, int64_t at_ms, enum deed_kind kind, const char *service)
{
    plan->deeds[plan->count++] = (struct deed){at_ms, kind, service, false};
}

static void plan_make(struct plan *plan, const struct draw *draw, const struct draw_names *names)
{
    const int64_t *world = draw->values[DRAW_WORLD];
    int64_t at_ms = draw_signal_ms(draw);

    plan_add(plan, at_ms, DEED_SIGNAL, NULL);
    if (world[DRAW_SECOND] > 0)
        plan_add(plan, at_ms + world[DRAW_SECOND], DEED_SIGNAL, NULL);
    if (world[DRAW_SECOND] > 0 && world[DRAW_THIRD] > 0)
        plan_add(plan, at_ms + world[DRAW_SECOND] + world[DRAW_THIRD], DEED_SIGNAL, NULL);
    if (world[DRAW_CUT_SHORT] > 0)
        plan_add(plan, at_ms + world[DRAW_GRACE] * world[DRAW_CUT_SHORT] / 100, DEED_CUT_SHORT,
                 NULL);
    plan_add(plan, at_ms + world[DRAW_GRACE] + LATE_MS, DEED_MISSED, NULL);
    for (int i = 0; i < names->count; i++) {
        const int64_t *values = draw->values[DRAW_SERVICE + i];

        if (values[DRAW_FROZEN] > 0 && values[DRAW_THAW] > 0)
            plan_add(plan, values[DRAW_FROZEN] + values[DRAW_THAW], DEED_THAW, names->names[i]);
    }
}

static struct deed *plan_next(struct plan *plan)
{
    struct deed *next = NULL;

    for (int i = 0; i < plan->count; i++)
        if (!plan->deeds[i].done && (!next || plan->deeds[i].at_ms < next->at_ms))
            next = &plan->deeds[i];
    return next;
}

static void deed_do(const struct deed *deed, pid_t pid, struct played *played)
{
    pid_t service;

    switch (deed->kind) {
    case DEED_SIGNAL:
        kill(pid, SIGTERM);
        break;
    case DEED_CUT_SHORT:
        played->cut_short = true;
        kill(pid, SIGKILL);
        break;
    case DEED_MISSED:
        played->missed = true;
        kill(pid, SIGKILL);
        break;
    case DEED_THAW:
        service = container_find(pid, "stand-in", deed->service);
        if (service > 0)
            kill(service, SIGCONT);
        break;
    }
}

/* Waits for so long, or until something happens: true when the container has ended. */
static bool wait_for_end(int64_t for_ms, pid_t pid, struct played *played)
{
    struct timespec left = {for_ms / 1000, for_ms % 1000 * 1000000};
    siginfo_t info;
    sigset_t set;
    int signal;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (waitpid(pid, &played->status, WNOHANG) == pid)
        return true;
    signal = sigtimedwait(&set, &info, &left);
    if ((signal == SIGINT || signal == SIGTERM) && !played->interrupted) {
        played->interrupted = true;
        kill(pid, SIGKILL);
    }
    return waitpid(pid, &played->status, WNOHANG) == pid;
}

static bool wait_for_begin(const char *folder, pid_t pid, struct plan *plan, struct played *played)
{
    int64_t started_ms = monotonic_now_ms();

    plan->begun_ms = started_ms;
    while (monotonic_now_ms() < started_ms + BEGIN_MS && !played->interrupted) {
        if (begun_read(folder, &plan->begun_ms) == 0)
            return false;
        if (wait_for_end(LOOK_MS, pid, played))
            return true;
    }
    return false;
}

void play(const struct draw *world, const struct draw_names *names, const char *folder, pid_t pid,
          struct played *played)
{
    struct plan plan = {0};
    bool ended;

    *played = (struct played){0};
    plan_make(&plan, world, names);
    ended = wait_for_begin(folder, pid, &plan, played);
    while (!ended) {
        struct deed *next = plan_next(&plan);
        int64_t left_ms = next ? next->at_ms + plan.begun_ms - monotonic_now_ms() : LATE_MS;

        if (left_ms > 0) {
            ended = wait_for_end(left_ms, pid, played);
            continue;
        }
        if (next->kind == DEED_SIGNAL && -left_ms > played->late_ms)
            played->late_ms = -left_ms;
        next->done = true;
        deed_do(next, pid, played);
    }
    played->ended_ms = monotonic_now_ms() - plan.begun_ms;
}
