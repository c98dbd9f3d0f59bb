#define _GNU_SOURCE 1 /* pipe2, F_SETPIPE_SZ */

#include "live/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int stream_open(struct stream *stream, struct output *output, const char *prefix, int *write_end)
{
    *stream = (struct stream){.fd = -1, .output = output};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;

    /* The two ends are two descriptions: the process's stays blocking. */
    stream->fd = ends[0];
    stream->buffer = malloc(STREAM_BUFFER_SIZE);
    if (!stream->buffer || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        close(ends[1]);
        stream_close(stream);
        return -ENOMEM;
    }
    if (output)
        fcntl(ends[0], F_SETPIPE_SZ, STREAM_PIPE_SIZE);
    if (prefix) {
        stream->prefix_length = strnlen(prefix, STREAM_PREFIX_MAX);
        memcpy(stream->prefix, prefix, stream->prefix_length);
    }
    *write_end = ends[1];
    return 0;
}

void stream_close(struct stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream->buffer);
    *stream = (struct stream){.fd = -1, .ended = true};
}

static bool stream_put(struct stream *stream, size_t length)
{
    const char *text = stream->buffer + stream->start;
    stream->blocked = !output_put_line(stream->output, stream->prefix, stream->prefix_length,
                                       text, length);
    return !stream->blocked;
}

/* A rest without newline: cut if it fills the buffer, flushed if nothing follows any more. */
static void stream_pass_rest(struct stream *stream, bool flush)
{
    size_t length = stream->end - stream->start;
    bool too_long = length >= STREAM_LINE_MAX;
    if (length == 0 || !(too_long || flush) || !stream_put(stream, length))
        return;
    stream->cut = too_long;
    stream->start = stream->end;
}

/* The newline right after a cut only ends what was already passed on. */
static void stream_skip_cut_newline(struct stream *stream)
{
    if (!stream->cut || stream->start == stream->end)
        return;
    stream->cut = false;
    if (stream->buffer[stream->start] == '\n')
        stream->start++;
}

static void stream_pass(struct stream *stream, bool flush)
{
    stream->blocked = false;
    stream_skip_cut_newline(stream);
    while (!stream->blocked && stream->start < stream->end) {
        size_t from = stream->scanned > stream->start ? stream->scanned : stream->start;
        const char *newline = memchr(stream->buffer + from, '\n', stream->end - from);
        if (!newline)
            break;
        size_t next = (size_t)(newline - stream->buffer) + 1;
        if (stream_put(stream, next - 1 - stream->start))
            stream->start = next;
    }
    if (stream->blocked)
        return;

    if (stream->start > 0 && stream->start < stream->end)
        memmove(stream->buffer, stream->buffer + stream->start, stream->end - stream->start);
    stream->end -= stream->start;
    stream->start = 0;
    stream->scanned = stream->end;
    stream_pass_rest(stream, flush);
    if (stream->start == stream->end)
        stream->start = stream->end = stream->scanned = 0;
}

void stream_pass_lines(struct stream *stream)
{
    if (stream->output)
        stream_pass(stream, stream->ended);
}

static ssize_t stream_read(struct stream *stream)
{
    static char discarded[16 * 1024];
    size_t room = stream->buffer ? STREAM_BUFFER_SIZE - stream->end : 0;
    ssize_t count;
    do {
        if (room > 0)
            count = read(stream->fd, stream->buffer + stream->end, room);
        else
            count = read(stream->fd, discarded, sizeof(discarded));
    } while (count < 0 && errno == EINTR);

    if (count > 0 && room > 0)
        stream->end += (size_t)count;
    return count;
}

size_t stream_advance(struct stream *stream)
{
    if (stream->blocked)
        stream_pass_lines(stream);
    if (stream->blocked || stream->ended)
        return 0;

    ssize_t count = stream_read(stream);
    if (count < 0)
        return 0;
    stream->ended = count == 0;
    stream_pass_lines(stream);
    return (size_t)count;
}

void stream_drain(struct stream *stream)
{
    /* The writer's last words are within one pipe's content; what comes after that is somebody
     * else's and might never stop. */
    long capacity = fcntl(stream->fd, F_GETPIPE_SZ);
    size_t left = capacity > 0 ? (size_t)capacity : STREAM_PIPE_SIZE;
    size_t count;
    while ((count = stream_advance(stream)) > 0) {
        if (stream->output)
            output_flush(stream->output);
        if (count >= left)
            break;
        left -= count;
    }
    if (stream->output && !stream->blocked)
        stream_pass(stream, true);
}

bool stream_finished(const struct stream *stream)
{
    return stream->ended && (!stream->output || stream->start == stream->end);
}

char *stream_take_kept(struct stream *stream, size_t *length)
{
    char *kept = stream->buffer;
    *length = stream->end;
    stream->buffer = NULL;
    stream->start = stream->end = 0;
    return kept;
}
