/* Happy path: look up the user, block all signals, fork. Child: reset signals, process group,
 * directory, user, descriptors, mask, exec. Parent: process group, on_forked, unblock, then read
 * the failure pipe until exec closes it.
 *
 * Failure modes: a step in the child fails (it writes a struct failure to the pipe and exits, and
 * we reap it here); a signal ends the child before exec (the pipe closes empty: it counts as
 * started, and its exit is seen as any other).
 *
 * Not vfork: while an exec hangs (a dead network file system) the deadline's handler must still
 * be able to run in the parent. */
#define _GNU_SOURCE 1 /* pipe2, environ */

#include "live/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/signals.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

enum { GROUPS_MAX = 256, LISTEN_PID_SIZE = 32 };

enum step { STEP_SIGNALS, STEP_DIRECTORY, STEP_USER, STEP_DESCRIPTORS, STEP_PROGRAM };

static const char *const step_names[] = {"signals", "directory", "user", "descriptors",
                                         "program"};

/* What the child writes to the failure pipe. */
struct failure {
    enum step step;
    int error;
};

struct identity {
    bool wanted;
    uid_t user;
    gid_t group;
    gid_t groups[GROUPS_MAX];
    int group_count;
};

/* Everything the child needs: it must not allocate, other threads may have held the heap. */
struct start {
    const struct spawn *spawn;
    struct identity identity;
    const char **environment;          /* owned, only when sockets are passed on; else NULL */
    char listen_pid[LISTEN_PID_SIZE];  /* "LISTEN_PID=" and the child's pid, for environment */
    int listen_count;                  /* sockets from 3 on that the child inherits */
    int failure_end;
};

static int identity_find(const char *user, struct identity *identity)
{
    if (!user)
        return 0;
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (!entry)
        return errno == EIO || errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno
                                                                                     : -EINVAL;
    identity->wanted = true;
    identity->user = entry->pw_uid;
    identity->group = entry->pw_gid;
    identity->group_count = GROUPS_MAX;
    if (getgrouplist(user, entry->pw_gid, identity->groups, &identity->group_count) < 0)
        return -E2BIG;
    return 0;
}

static const char *environment_value(const char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    }
    return NULL;
}

/* Sockets that were passed to us (sd_listen_fds(3)) are passed on to each child whose environment
 * still has LISTEN_FDS, with LISTEN_PID naming the child. */
static int start_prepare_sockets(struct start *start)
{
    const char *const *environment = start->spawn->spec->environment;
    const char *pid = environment_value(environment, "LISTEN_PID");
    const char *count = environment_value(environment, "LISTEN_FDS");
    if (!pid || !count || atoi(pid) != getpid() || atoi(count) < 1)
        return 0;

    size_t length = 0;
    while (environment[length])
        length++;
    start->environment = calloc(length + 1, sizeof(*start->environment));
    if (!start->environment)
        return -ENOMEM;
    for (size_t i = 0; i < length; i++) {
        bool is_pid = strncmp(environment[i], "LISTEN_PID=", 11) == 0;
        start->environment[i] = is_pid ? start->listen_pid : environment[i];
    }
    start->listen_count = atoi(count);
    return 0;
}

static void child_fail(const struct start *start, enum step step)
{
    struct failure failure = {.step = step, .error = errno};
    ssize_t written = write(start->failure_end, &failure, sizeof(failure));
    _exit(written == sizeof(failure) ? 127 : 126);
}

static void child_become(const struct start *start)
{
    const struct identity *identity = &start->identity;
    if (!identity->wanted)
        return;
    /* Where we run without privileges as the wanted user already, nothing is to be done. */
    if (geteuid() != 0 && getuid() == identity->user && getgid() == identity->group)
        return;
    if (setgroups((size_t)identity->group_count, identity->groups) < 0 ||
        setgid(identity->group) < 0 || setuid(identity->user) < 0)
        child_fail(start, STEP_USER);
}

static int descriptors_mark_cloexec(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return 0;
    /* A kernel before 5.11. All of our own have it already; this is for what we inherited. */
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return -1;
    unsigned end = limit.rlim_cur < 65536 ? (unsigned)limit.rlim_cur : 65536;
    for (unsigned fd = first; fd < end; fd++)
        fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

static void child_set_descriptors(const struct start *start)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(start->spawn->stdout_end, STDOUT_FILENO) < 0 ||
        dup2(start->spawn->stderr_end, STDERR_FILENO) < 0 ||
        descriptors_mark_cloexec(3 + (unsigned)start->listen_count) < 0)
        child_fail(start, STEP_DESCRIPTORS);
}

static void child_run(struct start *start)
{
    const struct process_spec *spec = start->spawn->spec;
    signals_reset();
    setpgid(0, 0);
    if (spec->directory && chdir(spec->directory) < 0)
        child_fail(start, STEP_DIRECTORY);
    child_become(start);
    child_set_descriptors(start);

    /* execvp searches the PATH of `environ`: it has to be the child's. */
    environ = (char **)spec->environment;
    if (start->environment) {
        snprintf(start->listen_pid, sizeof(start->listen_pid), "LISTEN_PID=%d", getpid());
        environ = (char **)start->environment;
    }
    signals_unblock_original();
    execvp(spec->arguments[0], (char **)spec->arguments);
    child_fail(start, STEP_PROGRAM);
}

/* 0 when exec has closed the pipe. */
static int failure_read(int fd, pid_t pid, const char **failed_step)
{
    struct failure failure;
    ssize_t count;
    do {
        count = read(fd, &failure, sizeof(failure));
    } while (count < 0 && errno == EINTR);
    if (count != sizeof(failure))
        return 0;

    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *failed_step = step_names[failure.step];
    return -failure.error;
}

static int start_fork(struct start *start, pid_t *pid, const char **failed_step)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    start->failure_end = ends[1];

    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0)
        child_run(start);
    int result = child < 0 ? -errno : 0;
    if (child > 0) {
        setpgid(child, child);
        start->spawn->on_forked(start->spawn->context, child);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);

    close(ends[1]);
    if (result == 0)
        result = failure_read(ends[0], child, failed_step);
    close(ends[0]);
    if (result == 0)
        *pid = child;
    return result;
}

int spawn_program(const struct spawn *spawn, pid_t *pid, const char **failed_step)
{
    struct start start = {.spawn = spawn};
    *failed_step = "user";
    int result = identity_find(spawn->spec->user, &start.identity);
    if (result < 0)
        return result;

    *failed_step = "fork";
    result = start_prepare_sockets(&start);
    if (result == 0)
        result = start_fork(&start, pid, failed_step);
    free(start.environment);
    return result;
}
