#include "live/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_SIZE = OUTPUT_LINES_SIZE + OUTPUT_RESERVE_SIZE };

int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A description of our own of the same pipe or terminal, or -1. */
static int description_reopen(int fd)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static void output_choose_kind(struct output *output, mode_t mode, bool is_ours)
{
    if (S_ISSOCK(mode)) {
        output->kind = OUTPUT_SOCKET;
    } else if (S_ISFIFO(mode) || isatty(output->fd)) {
        int reopened = is_ours ? -1 : description_reopen(output->fd);
        output->kind = is_ours || reopened >= 0 ? OUTPUT_PRIVATE : OUTPUT_SHARED;
        output->fd_owned = reopened >= 0;
        if (reopened >= 0)
            output->fd = reopened;
    } else {
        output->kind = OUTPUT_FILE;
    }
}

int output_open(struct output *output, int fd, bool is_ours)
{
    *output = (struct output){.fd = fd, .progress_ms = monotonic_ms()};
    output->buffer = malloc(BUFFER_SIZE);
    if (!output->buffer)
        return -ENOMEM;

    struct stat status;
    if (fstat(fd, &status) < 0) {
        output->broken = true;
        return 0;
    }
    output->device = status.st_dev;
    output->inode = status.st_ino;
    output_choose_kind(output, status.st_mode, is_ours);
    return 0;
}

void output_close(struct output *output)
{
    if (output->fd_owned)
        close(output->fd);
    free(output->buffer);
    *output = (struct output){.fd = -1};
}

size_t output_pending(const struct output *output)
{
    return output->end - output->start;
}

static void output_compact(struct output *output)
{
    memmove(output->buffer, output->buffer + output->start, output_pending(output));
    output->end -= output->start;
    output->start = 0;
}

/* Room for `length` more bytes below `limit`. Moves the buffer's content only when at least half
 * of it was written, so that a byte is moved once at most on average. */
static bool output_has_room(struct output *output, size_t length, size_t limit)
{
    if (output->end + length <= limit)
        return true;
    if (output->start < limit / 2)
        return false;
    output_compact(output);
    return output->end + length <= limit;
}

static void output_append(struct output *output, const char *text, size_t length)
{
    memcpy(output->buffer + output->end, text, length);
    output->end += length;
}

bool output_put_line(struct output *output, const char *prefix, size_t prefix_length,
                     const char *text, size_t length)
{
    if (output->broken)
        return true;
    if (output->end == 0)
        output->progress_ms = monotonic_ms();

    if (!output_has_room(output, prefix_length + length + 1, OUTPUT_LINES_SIZE)) {
        if (!output->may_drop || monotonic_ms() - output->progress_ms < OUTPUT_STALL_MS)
            return false;
        output->dropped++;
        return true;
    }
    output_append(output, prefix, prefix_length);
    output_append(output, text, length);
    output_append(output, "\n", 1);
    return true;
}

void output_put_own(struct output *output, const char *text, size_t length)
{
    if (output->broken)
        return;
    if (output->end == 0)
        output->progress_ms = monotonic_ms();

    if (output->end + length + 1 > BUFFER_SIZE)
        output_compact(output);
    if (output->end + length + 1 > BUFFER_SIZE) {
        output->dropped++;
        return;
    }
    output_append(output, text, length);
    output_append(output, "\n", 1);
}

static ssize_t output_write(struct output *output)
{
    const char *text = output->buffer + output->start;
    size_t length = output_pending(output);

    switch (output->kind) {
    case OUTPUT_FILE:
    case OUTPUT_PRIVATE:
        return write(output->fd, text, length);
    case OUTPUT_SOCKET:
        return send(output->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    case OUTPUT_SHARED:
        break;
    }
    struct pollfd writable = {.fd = output->fd, .events = POLLOUT};
    if (poll(&writable, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return write(output->fd, text, length < PIPE_BUF ? length : PIPE_BUF);
}

void output_discard(struct output *output)
{
    for (size_t i = output->start; i < output->end; i++)
        output->dropped += output->buffer[i] == '\n';
    output->start = output->end = 0;
}

static void output_on_error(struct output *output, int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK)
        return;
    /* The disk is full, but may not be so for ever. */
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        output_discard(output);
        return;
    }
    output->broken = true;
    output->start = output->end = 0;
}

void output_flush(struct output *output)
{
    while (output_pending(output) > 0) {
        ssize_t written = output_write(output);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            output_on_error(output, errno);
            return;
        }
        output->start += (size_t)written;
        output->progress_ms = monotonic_ms();
        /* A private description took less than there is: it is full, do not ask again. */
        if (output->kind == OUTPUT_PRIVATE && output_pending(output) > 0)
            return;
    }
    output->start = output->end = 0;
}

void output_flush_until(struct output *output, int64_t until_ms)
{
    for (;;) {
        output_flush(output);
        int64_t left_ms = until_ms - monotonic_ms();
        if (output_pending(output) == 0 || left_ms <= 0)
            return;
        struct pollfd writable = {.fd = output->fd, .events = POLLOUT};
        poll(&writable, 1, (int)left_ms);
    }
}

uint64_t output_take_dropped(struct output *output)
{
    uint64_t dropped = output->dropped;
    output->dropped = 0;
    return dropped;
}
