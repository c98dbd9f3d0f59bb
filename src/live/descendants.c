/* Happy path of one: a pidfd, then /proc/<pid>/stat for parent after parent up to us, then the
 * signal through the pidfd: it fails if the process that we looked at is not there any more.
 * Happy path of all: a walk of /proc, a pidfd for each descendant, its start time once more, the
 * signal; and again until a walk finds nobody new.
 *
 * Failure modes: no /proc, or one of another PID namespace (only our own children can be known,
 * by asking waitid); a parent that exits during the climb (the climb is tried again: its child
 * has a new parent then); no pidfd (the start time alone has to do). */
#include "live/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CLIMBS_MAX = 4,     /* attempts, when ancestors exit meanwhile */
    ANCESTORS_MAX = 4096,
    WALKS_MAX = 16      /* a fork bomb is not followed for ever */
};

/* One line of /proc. */
struct relative {
    pid_t pid;
    pid_t parent;
    pid_t group;
    unsigned long long start_time; /* ticks since boot: with the pid it names one process */
    bool zombie;
};

struct relatives {
    struct relative *list;
    size_t count;
    size_t size;
};

int pidfd_of(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int pidfd_signal(int pidfd, pid_t pid, int signal)
{
    long result = pidfd >= 0 ? syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0)
                             : kill(pid, signal);
    if (result < 0 && pidfd >= 0 && errno == ENOSYS)
        result = kill(pid, signal);
    return result < 0 ? -errno : 0;
}

bool descendants_left(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

bool descendants_known(void)
{
    char text[16];
    ssize_t length = readlink("/proc/self", text, sizeof(text) - 1);
    if (length <= 0)
        return false;
    text[length] = '\0';
    return atoi(text) == getpid();
}

/* False: no such process (any more). */
static bool relative_read(pid_t pid, struct relative *relative)
{
    char path[32], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (length <= 0)
        return false;
    text[length] = '\0';

    /* The name is in parentheses and may contain anything, also parentheses. */
    const char *fields = strrchr(text, ')');
    char state;
    int threads;
    *relative = (struct relative){.pid = pid};
    if (!fields || sscanf(fields + 1,
                          " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d"
                          " %d %*d %llu",
                          &state, &relative->parent, &relative->group, &threads,
                          &relative->start_time) != 5)
        return false;
    /* A process whose main thread alone has ended shows as a zombie, too. */
    relative->zombie = (state == 'Z' || state == 'X') && threads <= 1;
    return true;
}

enum ancestry { ANCESTRY_OURS, ANCESTRY_FOREIGN, ANCESTRY_BROKEN };

static enum ancestry ancestry_climb(pid_t pid)
{
    for (int i = 0; i < ANCESTORS_MAX; i++) {
        struct relative relative;
        if (!relative_read(pid, &relative))
            return ANCESTRY_BROKEN;
        if (relative.parent == getpid())
            return ANCESTRY_OURS;
        if (relative.parent <= 1)
            return ANCESTRY_FOREIGN;
        pid = relative.parent;
    }
    return ANCESTRY_FOREIGN;
}

static bool is_child(pid_t pid)
{
    siginfo_t info;
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static bool is_descendant(pid_t pid)
{
    if (is_child(pid))
        return true;
    if (!descendants_known())
        return false;
    for (int i = 0; i < CLIMBS_MAX; i++) {
        enum ancestry ancestry = ancestry_climb(pid);
        if (ancestry != ANCESTRY_BROKEN)
            return ancestry == ANCESTRY_OURS;
    }
    return false;
}

int descendants_signal(pid_t pid, int signal)
{
    if (pid <= 0 || pid == getpid())
        return -EPERM;
    int pidfd = pidfd_of(pid);
    /* EINVAL, or ENOENT in newer kernels: it is the number of a thread. */
    if (pidfd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
        return -ESRCH;
    if (pidfd < 0 && kill(pid, 0) < 0 && errno == ESRCH)
        return -ESRCH;

    int result = is_descendant(pid) ? pidfd_signal(pidfd, pid, signal) : -EPERM;
    if (pidfd >= 0)
        close(pidfd);
    return result;
}

static int relatives_add(struct relatives *relatives, const struct relative *relative)
{
    if (relatives->count == relatives->size) {
        size_t size = relatives->size ? 2 * relatives->size : 256;
        struct relative *list = realloc(relatives->list, size * sizeof(*list));
        if (!list)
            return -ENOMEM;
        relatives->list = list;
        relatives->size = size;
    }
    relatives->list[relatives->count++] = *relative;
    return 0;
}

static int relatives_compare(const void *a, const void *b)
{
    const struct relative *one = a, *other = b;
    return (one->pid > other->pid) - (one->pid < other->pid);
}

/* Everybody in /proc, sorted by pid. */
static int relatives_read(struct relatives *everybody)
{
    everybody->count = 0;
    DIR *directory = opendir("/proc");
    if (!directory)
        return -errno;
    struct dirent *entry;
    int result = 0;
    while (result == 0 && (entry = readdir(directory))) {
        struct relative relative;
        if (isdigit((unsigned char)entry->d_name[0]) &&
            relative_read(atoi(entry->d_name), &relative))
            result = relatives_add(everybody, &relative);
    }
    closedir(directory);
    if (everybody->count > 0)
        qsort(everybody->list, everybody->count, sizeof(*everybody->list), relatives_compare);
    return result;
}

static const struct relative *relatives_find(const struct relatives *sorted, pid_t pid)
{
    struct relative key = {.pid = pid};
    if (sorted->count == 0)
        return NULL;
    return bsearch(&key, sorted->list, sorted->count, sizeof(key), relatives_compare);
}

static bool relative_is_descendant(const struct relatives *everybody, const struct relative *one)
{
    for (int i = 0; one && i < ANCESTORS_MAX; i++) {
        if (one->parent == getpid())
            return true;
        one = relatives_find(everybody, one->parent);
    }
    return false;
}

static bool relatives_contain(const struct relatives *relatives, const struct relative *one)
{
    for (size_t i = 0; i < relatives->count; i++) {
        if (relatives->list[i].pid == one->pid &&
            relatives->list[i].start_time == one->start_time)
            return true;
    }
    return false;
}

static bool group_spared(pid_t group, const pid_t *spared, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (spared[i] == group)
            return true;
    }
    return false;
}

/* Signals the process if it is still the one that was seen. */
static int relative_signal(const struct relative *seen, int signal)
{
    int pidfd = pidfd_of(seen->pid);
    struct relative now;
    int result = -ESRCH;
    if (relative_read(seen->pid, &now) && now.start_time == seen->start_time)
        result = pidfd_signal(pidfd, seen->pid, signal);
    if (pidfd >= 0)
        close(pidfd);
    return result;
}

struct sweep {
    const pid_t *spared;
    size_t spared_count;
    int signal;
    struct relatives everybody;
    struct relatives signalled;
};

/* Returns how many were signalled that had not been before, or -errno. */
static int sweep_walk(struct sweep *sweep)
{
    int result = relatives_read(&sweep->everybody);
    int found = 0;
    for (size_t i = 0; result == 0 && i < sweep->everybody.count; i++) {
        const struct relative *one = &sweep->everybody.list[i];
        if (one->zombie || group_spared(one->group, sweep->spared, sweep->spared_count) ||
            !relative_is_descendant(&sweep->everybody, one) ||
            relatives_contain(&sweep->signalled, one) ||
            relative_signal(one, sweep->signal) < 0)
            continue;
        found++;
        result = relatives_add(&sweep->signalled, one);
    }
    return result < 0 ? result : found;
}

int descendants_signal_all(const pid_t *spared, size_t spared_count, int signal)
{
    if (!descendants_left())
        return -ESRCH;
    if (getpid() == 1 && spared_count == 0)
        return kill(-1, signal) < 0 ? -errno : 0;
    if (!descendants_known())
        return -EPERM;

    struct sweep sweep = {.spared = spared, .spared_count = spared_count, .signal = signal};
    int found = 0;
    for (int i = 0; i < WALKS_MAX; i++) {
        found = sweep_walk(&sweep);
        if (found <= 0)
            break;
    }
    size_t signalled = sweep.signalled.count;
    free(sweep.everybody.list);
    free(sweep.signalled.list);
    if (signalled > 0)
        return 0;
    return found < 0 ? found : -ESRCH;
}
