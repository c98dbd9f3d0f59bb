/* orphans COUNT [PAUSE_MS]: makes COUNT orphans which all exit at once, and stamps when all were
 * reaped.
 *
 * Happy path: an intermediate process forks the orphans, which block on a pipe, and exits, so that
 * PID 1 inherits them. "released": the pipe is closed and they exit. "dead": if PAUSE_MS is given,
 * all are zombies by now, as the harness has stopped PID 1, and it may continue. "reaped": no pid
 * is left.
 * To be run in a PID namespace of its own, whose PID 1 is the supervisor under test. A zombie still
 * answers kill(pid, 0); nobody reuses a pid in the meantime, as nothing else forks there.
 *
 * Failure mode: the orphans cannot be forked; it says so and exits with 1. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stamp.h"

enum { SETTLE_US = 100 * 1000, POLL_US = 200 };

/* Memory that all of them share. */
struct shared {
    int exiting; /* orphans that are about to exit */
    pid_t pids[];
};

static int fork_orphans(int count, struct shared *shared, const int gate[2])
{
    char byte;

    for (int i = 0; i < count; i++) {
        pid_t pid = fork();
        if (pid < 0)
            return 1;
        if (pid == 0) {
            close(gate[1]);
            while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
                ;
            __atomic_add_fetch(&shared->exiting, 1, __ATOMIC_RELAXED);
            _exit(0);
        }
        shared->pids[i] = pid; /* in the parent only, as the memory is shared */
    }
    return 0;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 0;
    int pause_us = argc > 2 ? atoi(argv[2]) * 1000 : 0;
    int gate[2];
    int status = 1;

    term_block();
    int stamps = stamp_open();
    stamp_send(stamps, "up", stamp_now_ns());

    struct shared *shared = mmap(NULL, sizeof(*shared) + count * sizeof(shared->pids[0]),
                                 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (count < 1 || shared == MAP_FAILED || pipe(gate) < 0)
        return 2;
    pid_t intermediate = fork();
    if (intermediate == 0)
        _exit(fork_orphans(count, shared, gate));
    if (waitpid(intermediate, &status, 0) < 0 || status != 0) {
        fprintf(stderr, "orphans: cannot fork %d processes\n", count);
        return 1;
    }
    usleep(SETTLE_US);
    int64_t released_ns = stamp_now_ns();
    close(gate[1]);
    if (pause_us > 0) {
        while (__atomic_load_n(&shared->exiting, __ATOMIC_RELAXED) < count)
            usleep(POLL_US);
        usleep(pause_us);
        stamp_send(stamps, "dead", stamp_now_ns());
    }
    for (int i = 0; i < count; i++)
        while (kill(shared->pids[i], 0) == 0)
            usleep(POLL_US);
    int64_t reaped_ns = stamp_now_ns();
    stamp_send(stamps, "released", released_ns);
    stamp_send(stamps, "reaped", reaped_ns);
    term_wait(stamps);
    return 0;
}
