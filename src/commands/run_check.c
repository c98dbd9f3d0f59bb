/* Happy path: our own program is spawned with its output in a pipe -> it is read to its end -> the
 * child is reaped -> exit status 0.
 *
 * What can go wrong: it cannot be spawned (no /proc), is killed (it has an alarm of its own), or
 * finds something: all mean that --strict does not start, and are said. */
#define _GNU_SOURCE /* pipe2 */
#include "commands/run_check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define OURSELVES "/proc/self/exe"
#define SEEDS "200" /* within 100 ms */

enum { SAID_MAX = 4096 };

void run_check_init(struct run_check *check, const char *services, const char *policy,
                    int64_t grace_ms)
{
    snprintf(check->grace, sizeof check->grace, "%g", (double)grace_ms / 1000);
    memcpy(check->arguments,
           (const char *[RUN_CHECK_WORDS]){OURSELVES, "check", policy, "--brief", "--seeds",
                                           SEEDS, "--grace", check->grace, "--services",
                                           services, NULL},
           sizeof check->arguments);
}

/* With the signals as a program expects them; `output` becomes its stdout and stderr. */
static int check_spawn(const struct run_check *check, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int error;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = posix_spawn(pid, OURSELVES, &actions, &attributes, (char **)check->arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

/* Reads to the end; what does not fit is dropped. */
static void output_read(int input, char said[SAID_MAX])
{
    char dropped[512];
    size_t used = 0;
    ssize_t count;

    do {
        bool full = used == SAID_MAX - 1;

        count = read(input, full ? dropped : said + used,
                     full ? sizeof dropped : SAID_MAX - 1 - used);
        used += count > 0 && !full ? (size_t)count : 0;
    } while (count > 0 || (count < 0 && errno == EINTR));
    said[used] = '\0';
}

static void lines_print(struct world *world, char *said)
{
    for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
        world->ops->print(world, CHANNEL_WARNING, line);
}

/* Errors: -errno; else the status of waitpid. */
static int check_wait(const struct run_check *check, char said[SAID_MAX])
{
    int ends[2], status = 0, error;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    error = check_spawn(check, ends[1], &pid);
    close(ends[1]);
    if (error == 0)
        output_read(ends[0], said);
    close(ends[0]);
    while (error == 0 && waitpid(pid, &status, 0) < 0)
        error = errno == EINTR ? 0 : -errno;
    return error < 0 ? error : status;
}

bool run_check_passes(const struct run_check *check, struct world *world)
{
    char said[SAID_MAX] = "", line[256];
    int status = check_wait(check, said);

    lines_print(world, said);
    if (status == 0)
        return true;
    if (status < 0)
        snprintf(line, sizeof line, "the policy was not tried in simulated shutdowns: %s",
                 strerror(-status));
    else if (WIFSIGNALED(status))
        snprintf(line, sizeof line, "the check of the policy was killed by signal %d",
                 WTERMSIG(status));
    else
        snprintf(line, sizeof line, "%s is not started with", check->arguments[2]);
    snprintf(line + strlen(line), sizeof line - strlen(line), " (--strict)");
    world->ops->print(world, CHANNEL_WARNING, line);
    return false;
}
