/* One destination of lines (our stdout, our stderr, the report file) that never blocks us.
 *
 * Lines are put into a buffer whole, and the buffer is written as far as the reader takes it.
 * How to write without blocking depends on what the descriptor is; O_NONBLOCK is never set on a
 * description that we inherited, because our siblings and children share it:
 *
 *   pipe, terminal   reopened through /proc/self/fd as a description of our own, non-blocking
 *   regular file     plain write
 *   socket           send with MSG_DONTWAIT
 *   else             (the reopening is refused) poll, then no more than PIPE_BUF bytes
 *
 * Possible failures: the reader stalls (lines wait in the buffer, see output_put_line); the
 * reader is gone (everything is discarded from then on); the disk is full (what is buffered is
 * discarded). Nothing here allocates after output_open or uses the event loop, so it may also be
 * called from a signal handler, if that has not interrupted another call here. */
#ifndef LASTCALL_OUTPUT_H
#define LASTCALL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    OUTPUT_LINES_SIZE = 256 * 1024,  /* bytes buffered of the services' lines */
    OUTPUT_RESERVE_SIZE = 64 * 1024, /* bytes that only our own lines may use besides */
    OUTPUT_STALL_MS = 200            /* without a byte of progress for so long: it has stalled */
};

enum output_kind { OUTPUT_FILE, OUTPUT_PRIVATE, OUTPUT_SOCKET, OUTPUT_SHARED };

/* Zeroed except fd = -1: closed. */
struct output {
    int fd;
    bool fd_owned;
    enum output_kind kind;
    dev_t device; /* with inode: what the descriptor is, to find two that are the same */
    ino_t inode;
    bool broken;        /* nobody will ever read: everything is discarded */
    bool may_drop;      /* lines are dropped while the reader stalls, instead of waiting */
    char *buffer;       /* OUTPUT_LINES_SIZE + OUTPUT_RESERVE_SIZE bytes */
    size_t start;       /* what is still to be written is buffer[start..end) */
    size_t end;
    int64_t progress_ms; /* last time at which something was written, or began to wait */
    uint64_t dropped;    /* lines, since output_take_dropped */
};

/* Prepares to write to `fd`, which stays the caller's and must stay open. `is_ours`: nobody else
 * shares its description. Returns 0 or -ENOMEM; a closed `fd` gives a broken output. */
int output_open(struct output *output, int fd, bool is_ours);
void output_close(struct output *output);

/* Puts a service's line. `text` has no newline; one is added. False: there is no room now. With
 * may_drop and a reader that has stalled the line is dropped and counted instead. */
bool output_put_line(struct output *output, const char *prefix, size_t prefix_length,
                     const char *text, size_t length);

/* Puts a line of our own, for which there is always room unless thousands of them wait. */
void output_put_own(struct output *output, const char *text, size_t length);

/* Writes what the reader takes now. */
void output_flush(struct output *output);

/* Writes until everything is written or it is `until_ms`. */
void output_flush_until(struct output *output, int64_t until_ms);

/* Bytes that wait. */
size_t output_pending(const struct output *output);

/* Gives up what waits; its lines count as dropped. */
void output_discard(struct output *output);

/* Number of lines that were dropped since it was asked last. */
uint64_t output_take_dropped(struct output *output);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t monotonic_ms(void);

#endif
