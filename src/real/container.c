#define _GNU_SOURCE 1 /* CLONE_NEWPID */
#include "real/container.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_MAX = 256, CANNOT_START = 126 };

static unsigned long isolation_flags(enum isolation isolation)
{
    switch (isolation) {
    case ISOLATION_USER:
        return CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS;
    case ISOLATION_PID:
        return CLONE_NEWPID | CLONE_NEWNS;
    case ISOLATION_SUBREAPER:
        return 0;
    }
    return 0;
}

const char *container_isolation_words(enum isolation isolation)
{
    return isolation == ISOLATION_SUBREAPER ? "below a subreaper (no PID namespace is allowed)"
                                            : "as PID 1 of a PID namespace";
}

/* As fork; both sides go on here. */
static pid_t fork_into(enum isolation isolation)
{
    return (pid_t)syscall(SYS_clone, isolation_flags(isolation) | SIGCHLD, NULL, NULL, NULL, 0);
}

/* A /proc that shows the namespace. Mounts of the outside stay as they are. */
static int proc_mount(enum isolation isolation)
{
    if (isolation == ISOLATION_SUBREAPER)
        return 0;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return -errno;
    return 0;
}

static bool isolation_works(enum isolation isolation)
{
    pid_t pid = fork_into(isolation);
    int status;

    if (pid == 0)
        _exit(proc_mount(isolation) < 0);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

enum isolation container_isolation(void)
{
    if (isolation_works(ISOLATION_USER))
        return ISOLATION_USER;
    return isolation_works(ISOLATION_PID) ? ISOLATION_PID : ISOLATION_SUBREAPER;
}

/* Start */

static void output_to(const char *log)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);

    if (in < 0 || out < 0)
        _exit(CANNOT_START);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    close(in);
    close(out);
}

/* Only what a container's first process finds; SIGTERM would be lost before it has a handler. */
static void signals_as_at_start(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

pid_t container_start(enum isolation isolation, const char *const *arguments,
                      const char *const *environment, const char *log)
{
    pid_t pid, parent = getpid();

    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return -errno;
    pid = fork_into(isolation);
    if (pid < 0)
        return -errno;
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (isolation == ISOLATION_SUBREAPER && getppid() != parent)
        _exit(CANNOT_START);
    setpgid(0, 0);
    if (proc_mount(isolation) < 0)
        _exit(CANNOT_START);
    output_to(log);
    signals_as_at_start();
    execve(arguments[0], (char *const *)arguments, (char *const *)environment);
    _exit(CANNOT_START);
}

/* Who is there */

static int children_read(pid_t pid, pid_t children[CHILDREN_MAX])
{
    char path[64];
    FILE *file;
    int count = 0, child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    file = fopen(path, "re");
    while (file && count < CHILDREN_MAX && fscanf(file, "%d", &child) == 1)
        children[count++] = child;
    if (file)
        fclose(file);
    return count;
}

static bool started_with(pid_t pid, const char *argument, const char *other)
{
    char path[64], text[512];
    const char *first, *second;
    size_t length;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    memset(text + length, 0, sizeof text - length);
    first = text + strlen(text) + 1;
    if (first >= text + length || strcmp(first, argument) != 0)
        return false;
    second = first + strlen(first) + 1;
    return second < text + length && strcmp(second, other) == 0;
}

pid_t container_find(pid_t pid, const char *argument, const char *other)
{
    pid_t children[CHILDREN_MAX];
    int count = children_read(pid, children);

    if (started_with(pid, argument, other))
        return pid;
    for (int i = 0; i < count; i++) {
        pid_t found = container_find(children[i], argument, other);

        if (found > 0)
            return found;
    }
    return -1;
}

/* End */

static int tree_kill(pid_t pid)
{
    pid_t children[CHILDREN_MAX];
    int count = children_read(pid, children), killed = 0;

    for (int i = 0; i < count; i++)
        killed += 1 + tree_kill(children[i]);
    for (int i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    return killed;
}

int container_clear(void)
{
    int found = 0;

    while (waitpid(-1, NULL, WNOHANG) > 0) /* what had ended already was left as a zombie only */
        continue;
    for (;;) {
        int killed = tree_kill(getpid());

        found = killed > found ? killed : found;
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
            return found;
    }
}
