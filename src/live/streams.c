/* Happy path: a pipe is readable; one read; its lines go into the output; one write.
 *
 * Failure modes: the output is full (the stream is not watched until the output was written to
 * half; while a shutdown is under way also looked after by a timer, because dropping depends on
 * time and not on a descriptor); the process exits but others hold its pipe (the stream stays
 * until they have gone); the reader of an output is gone (what comes is read and discarded). */
#include "live/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "live/outputs.h"
#include "live/stream.h"

enum {
    STREAMS_MAX = 4 * PROCESSES_MAX, /* those of exited processes that others hold, too */
    FINISH_MS = 200,
    PUMP_READS = 8 /* of each stream in one turn of the pump */
};

static const double retry_s = 0.05;

struct stream_handle {
    struct stream stream;
    struct streams *streams;
    ev_io readable;
    bool released; /* its process has exited */
};

struct streams {
    struct ev_loop *loop;
    int report_fd; /* -1: none */
    struct outputs outputs;
    struct stream_handle *handles[STREAMS_MAX];
    ev_timer retry; /* of blocked streams, while a shutdown is under way */
    bool shutting_down;
};

/* For the pump, which has no argument. It never interrupts work of the loop: a handler runs it
 * only while the engine works, which opens streams and prints, or in place of the loop. */
static struct streams *pumped;

static void handle_free(struct stream_handle *handle)
{
    struct streams *streams = handle->streams;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (streams->handles[i] == handle)
            streams->handles[i] = NULL;
    }
    ev_io_stop(streams->loop, &handle->readable);
    stream_close(&handle->stream);
    free(handle);
}

/* Brings the watchers in line with the stream's state; frees it when it is over. */
static void handle_update(struct stream_handle *handle)
{
    struct streams *streams = handle->streams;
    const struct stream *stream = &handle->stream;
    if (handle->released && stream_finished(stream)) {
        handle_free(handle);
        return;
    }
    if (stream->ended || stream->blocked)
        ev_io_stop(streams->loop, &handle->readable);
    else
        ev_io_start(streams->loop, &handle->readable);
    if (stream->blocked && streams->shutting_down && !ev_is_active(&streams->retry))
        ev_timer_again(streams->loop, &streams->retry);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int revents)
{
    (void)loop;
    (void)revents;
    struct stream_handle *handle = watcher->data;
    struct streams *streams = handle->streams;
    struct output *output = handle->stream.output;
    stream_advance(&handle->stream);
    handle_update(handle);
    outputs_flush(&streams->outputs, output);
}

/* Passes on what the streams of this output have been holding back. */
static void on_output_room(void *context, struct output *output)
{
    struct streams *streams = context;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        struct stream_handle *handle = streams->handles[i];
        if (!handle || !handle->stream.blocked || handle->stream.output != output)
            continue;
        stream_pass_lines(&handle->stream);
        handle_update(handle);
    }
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int revents)
{
    (void)revents;
    struct streams *streams = timer->data;
    ev_timer_stop(loop, timer);
    for (size_t i = 0; i < CHANNELS; i++)
        on_output_room(streams, &streams->outputs.opened[i].output);
}

int streams_create(struct ev_loop *loop, const char *name, int report_fd, struct streams **streams)
{
    struct streams *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    created->loop = loop;
    created->report_fd = -1;
    ev_timer_init(&created->retry, on_retry, 0., retry_s);
    created->retry.data = created;

    int result = outputs_init(&created->outputs, loop, name, report_fd);
    if (result < 0)
        goto fail;
    created->outputs.callback = on_output_room;
    created->outputs.context = created;
    created->report_fd = report_fd;
    pumped = created;
    *streams = created;
    return 0;

fail:
    streams_destroy(created);
    return result;
}

static bool streams_drain(struct streams *streams)
{
    bool blocked = false;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (!streams->handles[i])
            continue;
        stream_drain(&streams->handles[i]->stream);
        blocked = blocked || streams->handles[i]->stream.blocked;
    }
    return !blocked;
}

/* The last chance of what the pipes and buffers still hold. */
static void streams_finish(struct streams *streams)
{
    int64_t until_ms = monotonic_ms() + FINISH_MS;
    bool drained;
    do {
        drained = streams_drain(streams);
        outputs_flush_until(&streams->outputs, until_ms);
    } while (!drained && monotonic_ms() < until_ms);
    outputs_report_lost(&streams->outputs);
}

void streams_destroy(struct streams *streams)
{
    if (!streams)
        return;
    pumped = NULL;
    streams->outputs.callback = NULL;
    streams_finish(streams);
    ev_timer_stop(streams->loop, &streams->retry);
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        if (streams->handles[i])
            handle_free(streams->handles[i]);
    }
    outputs_close(&streams->outputs);
    if (streams->report_fd >= 0)
        close(streams->report_fd);
    free(streams);
}

static int handle_open(struct streams *streams, struct output *output, const char *prefix,
                       int *write_end, struct stream_handle **handle)
{
    size_t slot = 0;
    while (slot < STREAMS_MAX && streams->handles[slot])
        slot++;
    if (slot == STREAMS_MAX)
        return -EMFILE;

    struct stream_handle *created = calloc(1, sizeof(*created));
    if (!created)
        return -ENOMEM;
    int result = stream_open(&created->stream, output, prefix, write_end);
    if (result < 0) {
        free(created);
        return result;
    }
    created->streams = streams;
    ev_io_init(&created->readable, on_readable, created->stream.fd, EV_READ);
    created->readable.data = created;
    ev_io_start(streams->loop, &created->readable);
    streams->handles[slot] = created;
    *handle = created;
    return 0;
}

int streams_open_log(struct streams *streams, enum channel channel, const char *prefix,
                     int *write_end, struct stream_handle **handle)
{
    struct output *output = &streams->outputs.channels[channel]->output;
    return handle_open(streams, output, prefix, write_end, handle);
}

int streams_open_kept(struct streams *streams, int *write_end, struct stream_handle **handle)
{
    return handle_open(streams, NULL, NULL, write_end, handle);
}

void stream_release(struct stream_handle *handle, char **kept, size_t *kept_length)
{
    struct streams *streams = handle->streams;
    struct output *output = handle->stream.output;
    stream_drain(&handle->stream);
    if (kept)
        *kept = stream_take_kept(&handle->stream, kept_length);
    handle->released = true;
    handle_update(handle);
    outputs_flush(&streams->outputs, output);
}

void streams_print(struct streams *streams, enum channel channel, const char *text)
{
    outputs_print(&streams->outputs, channel, text);
}

int streams_descriptor(const struct streams *streams, enum channel channel)
{
    return outputs_descriptor(&streams->outputs, channel);
}

void streams_begin_shutdown(struct streams *streams)
{
    streams->shutting_down = true;
    outputs_allow_drops(&streams->outputs);
    if (!ev_is_active(&streams->retry))
        ev_timer_again(streams->loop, &streams->retry);
}

void streams_pump(void)
{
    struct streams *streams = pumped;
    if (!streams)
        return;
    outputs_allow_drops(&streams->outputs);
    for (int turn = 0; turn < PUMP_READS; turn++) {
        size_t count = 0;
        for (size_t i = 0; i < STREAMS_MAX; i++) {
            if (streams->handles[i])
                count += stream_advance(&streams->handles[i]->stream);
        }
        outputs_flush_now(&streams->outputs);
        if (count == 0)
            break;
    }
}
