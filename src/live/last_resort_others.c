/* The descendants that are not in the table: what services left behind, and what was adopted.
 *
 * Happy path: TERM and CONT to all, ECHILD soon after.
 * Failure modes: somebody ignores TERM (KILL after RESORT_OTHERS_MS or half of what is left), dying
 * parents hand us further children (as PID 1 kill(-1) has reached them before; otherwise each is
 * signalled when it appears), /proc is missing or shows another PID namespace (then only the
 * table's groups can be reached). */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "live/last_resort_internal.h"

enum { TERMINATED_MAX = 1024 };

/* Children that were sent TERM, so that none gets it twice; beyond the limit they get KILL only. */
static pid_t terminated[TERMINATED_MAX];
static int terminated_count;

static bool is_init(void)
{
    return getpid() == 1;
}

/* Is /proc of our own PID namespace? Otherwise its numbers mean other processes. */
static bool proc_is_ours(void)
{
    char text[16];
    ssize_t length = readlink("/proc/self", text, sizeof text);
    long pid = 0;

    for (ssize_t i = 0; i < length; i++)
        pid = pid * 10 + (text[i] - '0');
    return pid == getpid();
}

static void children_visit(void (*visit)(pid_t pid))
{
    char bytes[512];
    ssize_t count;
    pid_t pid = 0;
    int fd;

    if (!proc_is_ours() || (fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)) < 0)
        return;
    while ((count = read(fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                pid = pid * 10 + (bytes[i] - '0');
            } else if (pid > 0) {
                visit(pid);
                pid = 0;
            }
        }
    }
    close(fd);
}

static void child_kill(pid_t pid)
{
    kill(pid, SIGKILL);
}

static void child_terminate(pid_t pid)
{
    for (int i = 0; i < terminated_count; i++)
        if (terminated[i] == pid)
            return;
    if (terminated_count == TERMINATED_MAX)
        return;
    terminated[terminated_count++] = pid;
    kill(pid, SIGTERM);
    kill(pid, SIGCONT);
}

static void everybody_kill(void)
{
    if (is_init()) {
        kill(-1, SIGKILL);
        return;
    }
    for (int i = 0; i < PROCESSES_MAX; i++)
        if (resort_services[i].state != SERVICE_FREE)
            kill(-resort_services[i].pid, SIGKILL);
    children_visit(child_kill);
}

static bool others_terminated(void *context)
{
    (void)context;
    if (!resort_run.children_left)
        return true;
    if (!is_init())
        children_visit(child_terminate);
    return false;
}

static bool others_killed(void *context)
{
    (void)context;
    if (!resort_run.children_left)
        return true;
    everybody_kill();
    return false;
}

static void result_say(const char *result, int64_t began_ms)
{
    struct line line;

    line_begin(&line);
    line_add(&line, result);
    line_add_seconds(&line, resort_now_ms() - began_ms);
    line_write(&line);
}

bool resort_stop_others(void)
{
    int64_t began_ms = resort_now_ms();

    resort_reap();
    if (!resort_run.children_left)
        return true;
    if (is_init()) {
        kill(-1, SIGTERM);
        kill(-1, SIGCONT);
    }
    terminated_count = 0;
    if (resort_wait_gently(others_terminated, NULL,
                           resort_others_by_ms(&resort_run.time, began_ms))) {
        result_say("other processes exited after ", began_ms);
        return true;
    }
    if (resort_wait_killed(others_killed, NULL, resort_run.time.end_ms))
        result_say("other processes killed after ", began_ms);
    else
        result_say("other processes are still there after SIGKILL, after ", began_ms);
    return false;
}

void resort_kill_everything(int64_t for_ms)
{
    int64_t end_ms = resort_now_ms() + for_ms;
    bool said = false;

    do {
        everybody_kill();
        if (!said)
            resort_report_kill_all();
        said = true;
        resort_reap();
        if (!resort_run.children_left)
            return;
        poll(NULL, 0, 1);
    } while (resort_now_ms() < end_ms);
}
