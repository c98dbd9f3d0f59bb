/* What the services write and what we print, on the event loop. See stream.h and outputs.h for
 * the two halves; this is what happens between them.
 *
 * Backpressure: while we serve, a stream whose output is full is not read until there is room
 * again, so a service blocks in its write, but never we. Once the shutdown has begun, services
 * must be able to exit: when the reader has stalled (OUTPUT_STALL_MS) whole lines are dropped,
 * counted, and reported in one line. */
#ifndef LASTCALL_STREAMS_H
#define LASTCALL_STREAMS_H

#include <ev.h>

#include "world.h"

struct streams;
struct stream_handle; /* one pipe, until stream_release */

/* Takes over our stdout and stderr. `report_fd` is the report file, ours from now on, or -1.
 * `name`, the caller's, is put before our own lines. There is one at a time in a process:
 * streams_pump is about the last one. Errors: -ENOMEM. */
int streams_create(struct ev_loop *loop, const char *name, int report_fd,
                   struct streams **streams);

/* Passes on what is left, for at most 200 ms if a reader stalls. */
void streams_destroy(struct streams *streams);

/* A pipe whose lines go to our stdout (CHANNEL_INFO) or stderr (CHANNEL_WARNING), each after
 * `prefix`. The caller closes *write_end, and releases *handle when the process has exited.
 * Errors: those of pipe, -ENOMEM, -EMFILE (too many pipes, of exited processes too). */
int streams_open_log(struct streams *streams, enum channel channel, const char *prefix,
                     int *write_end, struct stream_handle **handle);

/* A pipe whose content is kept, up to OUTPUT_MAX. */
int streams_open_kept(struct streams *streams, int *write_end, struct stream_handle **handle);

/* The process that it was for has exited, or never started: what it left in the pipe is read. If
 * others hold the pipe, it goes on being read until they have gone. *kept (if kept is not NULL)
 * is what was kept; the caller frees it. */
void stream_release(struct stream_handle *handle, char **kept, size_t *kept_length);

/* As outputs_descriptor. */
int streams_descriptor(const struct streams *streams, enum channel channel);

/* A line of our own. */
void streams_print(struct streams *streams, enum channel channel, const char *text);

/* From now on lines are dropped for a reader that has stalled. */
void streams_begin_shutdown(struct streams *streams);

/* For last_resort_set_pump: forwards what there is, without the loop. Async-signal-safe. */
void streams_pump(void);

#endif
