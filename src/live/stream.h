/* What one process writes: the read end of a pipe, cut into lines for an output, or kept.
 *
 * Lines go to the output whole, each after the prefix. One that is longer than STREAM_LINE_MAX
 * goes on in another line with the prefix; what has no newline at the end gets one.
 *
 * Nothing here allocates after stream_open or uses the event loop, so that stream_advance may
 * also be called from a signal handler, if that has not interrupted another call here. */
#ifndef LASTCALL_STREAM_H
#define LASTCALL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "live/output.h"
#include "world.h"

enum {
    STREAM_LINE_MAX = 64 * 1024,
    STREAM_PREFIX_MAX = 64,        /* a longer prefix is cut */
    STREAM_PIPE_SIZE = 256 * 1024, /* asked for, so that a pause of ours blocks nobody */
    STREAM_BUFFER_SIZE = STREAM_LINE_MAX > OUTPUT_MAX ? STREAM_LINE_MAX : OUTPUT_MAX
};

struct stream {
    int fd;                /* read end, non-blocking; owned */
    struct output *output; /* NULL: what is read is kept, up to OUTPUT_MAX */
    char prefix[STREAM_PREFIX_MAX];
    size_t prefix_length;
    char *buffer;   /* STREAM_BUFFER_SIZE bytes; NULL: what is read is discarded */
    size_t start;   /* read and not passed on: buffer[start..end) */
    size_t end;
    size_t scanned; /* no newline before this index */
    bool cut;       /* a long line was cut just before start */
    bool blocked;   /* the output has no room for the next line */
    bool ended;     /* nobody has the write end any more */
};

/* Creates a pipe; its write end is for the caller to close. `output` NULL: keep what is written.
 * Errors: those of pipe, -ENOMEM. */
int stream_open(struct stream *stream, struct output *output, const char *prefix,
                int *write_end);
void stream_close(struct stream *stream);

/* Reads once what is there and passes lines on. Returns the number of bytes read; 0: nothing is
 * there, or blocked, or ended. */
size_t stream_advance(struct stream *stream);

/* The writer has exited: reads everything that it has left in the pipe, if the output has room.
 * Others may still hold the pipe: it ends only when they have gone, too. */
void stream_drain(struct stream *stream);

/* Passes on what waits, as far as there is room. */
void stream_pass_lines(struct stream *stream);

/* Nothing is left to read or to pass on. */
bool stream_finished(const struct stream *stream);

/* What was kept: the caller frees it, and what comes later is discarded. */
char *stream_take_kept(struct stream *stream, size_t *length);

#endif
