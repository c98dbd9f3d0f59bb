/* A live world with pipes as its stdout and stderr, for test_live*.c. Processes are real; what a
 * test waits for is an event, a pipe or a FIFO, never a time. */
#ifndef LASTCALL_TESTS_LIVE_FIXTURE_H
#define LASTCALL_TESTS_LIVE_FIXTURE_H

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/live.h"

enum { TEST_SECONDS_MAX = 60 };

/* What our stdout or stderr leads to, while a world lives. */
struct collector {
    int saved;   /* the descriptor to restore */
    int reader;  /* read end of the pipe */
    pthread_t thread;
    bool collecting;
    char *text; /* what was written, ends with a zero */
    size_t length;
};

static struct world *world;
static struct collector collectors[2]; /* stdout, stderr */
static char directory[64];
static char fifo[128];

static void *collector_run(void *argument)
{
    struct collector *collector = argument;
    size_t size = 0;
    ssize_t count;
    do {
        if (size - collector->length < 65536)
            collector->text = realloc(collector->text, size = size * 2 + 131072);
        count = read(collector->reader, collector->text + collector->length, 65536);
        if (count > 0)
            collector->length += (size_t)count;
    } while (count > 0);
    collector->text[collector->length] = '\0';
    return NULL;
}

/* Nobody reads before this. */
static void collector_start(struct collector *collector)
{
    collector->collecting = true;
    pthread_create(&collector->thread, NULL, collector_run, collector);
}

static void collector_open(struct collector *collector, int fd)
{
    int ends[2];
    fflush(NULL);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    *collector = (struct collector){.reader = ends[0]};
    collector->saved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    dup2(ends[1], fd);
    close(ends[1]);
}

/* Restoring the descriptors ends the pipes, and so the threads. */
static void collectors_close(void)
{
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        dup2(collectors[i].saved, STDOUT_FILENO + i);
        close(collectors[i].saved);
    }
    for (int i = 0; i < 2; i++) {
        if (!collectors[i].collecting)
            collector_start(&collectors[i]);
        pthread_join(collectors[i].thread, NULL);
        close(collectors[i].reader);
    }
}

static void world_open_unread(void)
{
    struct live_config config = {.name = "ent"};
    collector_open(&collectors[0], STDOUT_FILENO);
    collector_open(&collectors[1], STDERR_FILENO);
    assert_int_equal(live_create(&config, &world), 0);
}

static void world_open(void)
{
    world_open_unread();
    collector_start(&collectors[0]);
    collector_start(&collectors[1]);
}

/* Afterwards the texts are complete. No process may be left that holds stdout. */
static void world_close(void)
{
    live_destroy(world);
    world = NULL;
    collectors_close();
}

static const char *text_of(int fd)
{
    return collectors[fd - STDOUT_FILENO].text;
}

static int fixture_setup(void **state)
{
    (void)state;
    alarm(TEST_SECONDS_MAX);
    live_signals_block();
    strcpy(directory, "/tmp/test_live.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
    return mkfifo(fifo, 0600);
}

static int fixture_teardown(void **state)
{
    (void)state;
    char command[128];
    if (world) /* the test has failed */
        world_close();
    free(collectors[0].text);
    free(collectors[1].text);
    memset(collectors, 0, sizeof(collectors));
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    return system(command);
}

/* Waits until somebody has opened the FIFO to read from it; the FIFO ends with close(). */
static int fifo_open_writer(void)
{
    int fd = open(fifo, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static struct event next(void)
{
    struct event event;
    assert_true(world->ops->next_event(world, &event));
    return event;
}

static struct event next_of(enum event_kind kind)
{
    struct event event;
    do {
        event = next();
    } while (event.kind != kind);
    return event;
}

/* Runs `script` with sh; $FIFO is the FIFO. log_prefix NULL: a command. Returns its pid. */
static int start_script(int number, const char *log_prefix, const char *script)
{
    char variable[160];
    snprintf(variable, sizeof(variable), "FIFO=%s", fifo);
    const char *arguments[] = {"sh", "-c", script, NULL};
    const char *environment[] = {"PATH=/usr/bin:/bin", variable, NULL};
    struct process_spec spec = {.name = "service",
                                .arguments = arguments,
                                .environment = environment,
                                .log_prefix = log_prefix};
    int pid = 0;
    assert_int_equal(world->ops->process_start(world, number, &spec, &pid), 0);
    return pid;
}

static int send_signal(enum target_kind kind, int number, int signal)
{
    struct target target = {.kind = kind, .number = number};
    return world->ops->signal_send(world, target, signal);
}

#endif
