/* Scenarios of test_last_resort.c: each runs as PID 1 of a PID namespace of its own, so that its
 * kill(-1) reaches nobody else. The test reads what the scenario wrote to stderr, its timeline, and
 * how it ended. */
#ifndef LASTCALL_TEST_LAST_RESORT_SCENARIO_H
#define LASTCALL_TEST_LAST_RESORT_SCENARIO_H

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/last_resort.h"

enum { TIMELINE_SIZE = 64 * 1024, SCENARIO_SECONDS_MAX = 20 };

/* Exit codes of scenarios: what last_resort_run() returned. */
enum { GENTLY = 0, BY_FORCE = 3 };

static char timeline[TIMELINE_SIZE];
static int64_t duration_ms;
static int next_process;

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- running a scenario ---- */

static int exit_code_of(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void namespace_enter(void)
{
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
        _exit(99);
}

static void proc_mount(void)
{
    mount("none", "/proc", NULL, MS_REC | MS_PRIVATE, NULL);
    mount("proc", "/proc", "proc", 0, NULL);
}

/* In a fresh process: enters a namespace, runs the scenario as its PID 1. */
static void scenario_host(int (*scenario)(void), int output)
{
    pid_t init;
    int status;

    alarm(SCENARIO_SECONDS_MAX); /* ends us, and so the scenario: PID 1 would ignore it */
    namespace_enter();
    dup2(output, STDERR_FILENO);
    init = fork();
    if (init == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        proc_mount();
        _exit(scenario());
    }
    close(output);
    close(STDERR_FILENO);
    waitpid(init, &status, 0);
    _exit(exit_code_of(status));
}

static void timeline_read(int fd)
{
    size_t length = 0;
    ssize_t count;

    while ((count = read(fd, timeline + length, sizeof timeline - 1 - length)) > 0)
        length += (size_t)count;
    timeline[length] = '\0';
}

/* Runs the scenario to its end; its exit code. */
static int run(int (*scenario)(void))
{
    int64_t began_ms = now_ms();
    int pipe_ends[2];
    int status;
    pid_t host;

    assert_int_equal(0, pipe(pipe_ends));
    host = fork();
    if (host == 0)
        scenario_host(scenario, pipe_ends[1]);
    close(pipe_ends[1]);
    timeline_read(pipe_ends[0]);
    close(pipe_ends[0]);
    waitpid(host, &status, 0);
    duration_ms = now_ms() - began_ms;
    if (exit_code_of(status) == 99)
        skip(); /* PID namespaces are not allowed here */
    return exit_code_of(status);
}

static void assert_said(const char *text)
{
    if (!strstr(timeline, text))
        fail_msg("\"%s\" is not in:\n%s", text, timeline);
}

static void assert_not_said(const char *text)
{
    if (strstr(timeline, text))
        fail_msg("\"%s\" is in:\n%s", text, timeline);
}

static void assert_said_in_order(const char *first, const char *second)
{
    const char *at = strstr(timeline, first);

    if (!at || !strstr(at, second))
        fail_msg("not \"%s\", then \"%s\" in:\n%s", first, second, timeline);
}

/* ---- what services do ---- */

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        _exit(98);
}

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static void obeys(void)
{
}

static void ignores_term(void)
{
    signal(SIGTERM, SIG_IGN);
}

static void on_term_speak(int signal)
{
    (void)signal;
    say("service got TERM\n");
    _exit(0);
}

static void speaks(void)
{
    signal(SIGTERM, on_term_speak);
}

static void forks_a_stubborn_grandchild(void)
{
    signal(SIGTERM, SIG_IGN);
    if (fork() == 0)
        sleep_for_ever();
    signal(SIGTERM, SIG_DFL);
}

static void forks_an_obedient_grandchild(void)
{
    if (fork() == 0)
        sleep_for_ever();
}

/* Forks a process that has left our group and session, and waits until it has. */
static void daemon_fork(void (*on_term)(int signal))
{
    int ready[2];
    char byte;

    if (pipe(ready) < 0)
        _exit(98);
    if (fork() == 0) {
        setsid();
        signal(SIGTERM, on_term);
        close(ready[0]);
        close(ready[1]);
        sleep_for_ever();
    }
    close(ready[1]);
    (void)!read(ready[0], &byte, 1); /* returns at the end of file */
    close(ready[0]);
}

static void forks_a_daemon(void)
{
    daemon_fork(on_term_speak);
}

static void forks_a_stubborn_daemon(void)
{
    daemon_fork(SIG_IGN);
}

/* Starts a service that calls `prepare`, tells so, and sleeps. */
static pid_t start_entry(struct last_resort_entry entry, void (*prepare)(void))
{
    int ready[2];
    char byte;

    if (pipe(ready) < 0)
        _exit(98);
    entry.pid = fork();
    if (entry.pid == 0) {
        setpgid(0, 0);
        prepare();
        if (write(ready[1], "", 1) != 1)
            _exit(98);
        close(ready[0]);
        close(ready[1]);
        sleep_for_ever();
    }
    if (read(ready[0], &byte, 1) != 1)
        _exit(98);
    close(ready[0]);
    close(ready[1]);
    last_resort_add(next_process++, &entry);
    return entry.pid;
}

static pid_t start_drainable(const char *name, void (*prepare)(void), const char *drain_address)
{
    struct last_resort_entry entry = {.name = name, .drain_address = drain_address,
                                      .drain_request = "POST /drain HTTP/1.0\r\n\r\n"};

    return start_entry(entry, prepare);
}

static pid_t start(const char *name, void (*prepare)(void))
{
    return start_drainable(name, prepare, NULL);
}

static void wait_until_exited(pid_t pid)
{
    siginfo_t info;

    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
}

static int result_of_run(void)
{
    return last_resort_run("test") ? GENTLY : BY_FORCE;
}

static int result_within(int64_t grace_ms)
{
    last_resort_set_deadline(now_ms() + grace_ms);
    return result_of_run();
}

#endif
