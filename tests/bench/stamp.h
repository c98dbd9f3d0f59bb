/* Time stamps of the benchmark's helper programs.
 *
 * Each stamp is one datagram "RUN WHAT NANOSECONDS" (CLOCK_MONOTONIC) to the socket named by
 * BENCH_STAMPS; RUN is the value of BENCH_RUN. Both are inherited through the supervisor. */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static inline int64_t stamp_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Exits with 125 where there is nobody to send stamps to: a run without them is worthless. */
static inline int stamp_open(void)
{
    const char *path = getenv("BENCH_STAMPS");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (!path || strlen(path) >= sizeof(address.sun_path) || fd < 0) {
        fprintf(stderr, "BENCH_STAMPS is not set to the path of a socket\n");
        exit(125);
    }
    strcpy(address.sun_path, path);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        perror(path);
        exit(125);
    }
    return fd;
}

static inline void stamp_send(int fd, const char *what, int64_t time_ns)
{
    const char *run = getenv("BENCH_RUN");
    char text[128];
    int length = snprintf(text, sizeof(text), "%s %s %lld", run ? run : "-", what,
                          (long long)time_ns);

    if (send(fd, text, length, 0) < 0) {
        perror("send");
        exit(125);
    }
}

/* To be called first in main, so that a TERM is kept until term_wait. */
static inline void term_block(void)
{
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
}

/* Sleeps until SIGTERM and stamps "gone": the last act of each service. */
static inline void term_wait(int stamps)
{
    sigset_t term;
    int signal;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    while (sigwait(&term, &signal) != 0)
        ;
    stamp_send(stamps, "gone", stamp_now_ns());
}

#endif
