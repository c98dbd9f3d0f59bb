/* Our stdout, our stderr and the report file, on the event loop. */
#ifndef LASTCALL_OUTPUTS_H
#define LASTCALL_OUTPUTS_H

#include <ev.h>

#include "live/output.h"
#include "world.h"

enum { CHANNELS = 3 };

/* Called from the loop: at least half of the buffer of `output` is free again. */
typedef void (*on_room)(void *context, struct output *output);

struct outputs;

struct watched_output {
    struct output output;
    struct outputs *outputs; /* NULL: not used */
    ev_io writable;          /* active while something waits */
};

struct outputs {
    struct ev_loop *loop;
    const char *name; /* in our own lines; the caller's */
    on_room callback;
    void *context;
    struct watched_output opened[CHANNELS];
    struct watched_output *channels[CHANNELS]; /* two are one where they lead to the same place,
                                                  so that lines are not mixed; NULL: none */
};

/* Opens /dev/null where stdin, stdout or stderr is closed. To be called before anything else is
 * opened: the first pipe or file would be our stdout. */
void outputs_open_standard(void);

/* Opens all three. `report_fd` is the caller's, opened by us, or -1. Errors: -ENOMEM. To be
 * closed also after an error. */
int outputs_init(struct outputs *outputs, struct ev_loop *loop, const char *name, int report_fd);
void outputs_close(struct outputs *outputs);

/* Writes what an output takes now; if something remains, again when it is writable. */
void outputs_flush(struct outputs *outputs, struct output *output);

/* As above, without the loop, for all of them. Async-signal-safe. */
void outputs_flush_now(struct outputs *outputs);

/* Writes everything, for at most until `until_ms`. */
void outputs_flush_until(struct outputs *outputs, int64_t until_ms);

/* Says how much is lost of each output that still has something, where somebody may read it. */
void outputs_report_lost(struct outputs *outputs);

/* From now on services' lines are dropped for a reader that has stalled. */
void outputs_allow_drops(struct outputs *outputs);

/* Where a channel is written to, for those who must not use the rest; -1: nowhere. */
int outputs_descriptor(const struct outputs *outputs, enum channel channel);

/* A line of our own. Also correct when a signal handler interrupts it and never returns. */
void outputs_print(struct outputs *outputs, enum channel channel, const char *text);

#endif
