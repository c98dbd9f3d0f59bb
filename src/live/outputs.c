#include "live/outputs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/own_line.h"

static void watched_report_dropped(struct watched_output *watched)
{
    char text[128], line[OWN_LINE_MAX];
    uint64_t dropped = output_take_dropped(&watched->output);
    if (dropped == 0)
        return;
    snprintf(text, sizeof(text), "%" PRIu64 " lines were dropped here: nobody read them in time",
             dropped);
    output_put_own(&watched->output, line,
                   own_line_format(line, watched->outputs->name, text));
}

static void watched_flush(struct watched_output *watched)
{
    struct outputs *outputs = watched->outputs;
    output_flush(&watched->output);
    if (output_pending(&watched->output) <= OUTPUT_LINES_SIZE / 2) {
        watched_report_dropped(watched);
        if (outputs->callback)
            outputs->callback(outputs->context, &watched->output);
    }
    if (output_pending(&watched->output) > 0)
        ev_io_start(outputs->loop, &watched->writable);
    else
        ev_io_stop(outputs->loop, &watched->writable);
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int revents)
{
    (void)loop;
    (void)revents;
    watched_flush(watcher->data);
}

static bool output_leads_to(const struct output *output, const struct output *other)
{
    return !output->broken && !other->broken && output->device == other->device &&
           output->inode == other->inode;
}

static int channel_open(struct outputs *outputs, int channel, int fd, bool is_ours)
{
    struct watched_output *watched = &outputs->opened[channel];
    int result = output_open(&watched->output, fd, is_ours);
    if (result < 0)
        return result;
    for (int i = 0; i < channel; i++) {
        if (output_leads_to(&watched->output, &outputs->opened[i].output)) {
            output_close(&watched->output);
            outputs->channels[channel] = outputs->channels[i];
            return 0;
        }
    }
    watched->outputs = outputs;
    ev_io_init(&watched->writable, on_writable, watched->output.fd, EV_WRITE);
    watched->writable.data = watched;
    outputs->channels[channel] = watched;
    return 0;
}

void outputs_open_standard(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int outputs_init(struct outputs *outputs, struct ev_loop *loop, const char *name, int report_fd)
{
    *outputs = (struct outputs){.loop = loop, .name = name};
    int result = channel_open(outputs, CHANNEL_INFO, STDOUT_FILENO, false);
    if (result == 0)
        result = channel_open(outputs, CHANNEL_WARNING, STDERR_FILENO, false);
    if (result == 0 && report_fd >= 0)
        result = channel_open(outputs, CHANNEL_REPORT, report_fd, true);
    return result;
}

void outputs_close(struct outputs *outputs)
{
    for (int i = 0; i < CHANNELS; i++) {
        struct watched_output *watched = &outputs->opened[i];
        if (!watched->outputs)
            continue;
        ev_io_stop(outputs->loop, &watched->writable);
        output_close(&watched->output);
    }
    *outputs = (struct outputs){0};
}

void outputs_flush(struct outputs *outputs, struct output *output)
{
    for (int i = 0; i < CHANNELS; i++) {
        struct watched_output *watched = &outputs->opened[i];
        if (&watched->output == output && !ev_is_active(&watched->writable))
            watched_flush(watched);
    }
}

void outputs_flush_now(struct outputs *outputs)
{
    for (int i = 0; i < CHANNELS; i++) {
        if (outputs->opened[i].outputs)
            output_flush(&outputs->opened[i].output);
    }
}

void outputs_flush_until(struct outputs *outputs, int64_t until_ms)
{
    for (int i = 0; i < CHANNELS; i++) {
        struct watched_output *watched = &outputs->opened[i];
        if (!watched->outputs)
            continue;
        output_flush_until(&watched->output, until_ms);
        if (output_pending(&watched->output) == 0)
            watched_report_dropped(watched);
        output_flush_until(&watched->output, until_ms);
    }
}

void outputs_report_lost(struct outputs *outputs)
{
    static const char *const names[CHANNELS] = {"stdout", "stderr", "the report"};
    for (int i = 0; i < CHANNELS; i++) {
        struct watched_output *watched = &outputs->opened[i];
        if (!watched->outputs || output_pending(&watched->output) == 0)
            continue;
        char text[128];
        output_discard(&watched->output);
        snprintf(text, sizeof(text), "%" PRIu64 " lines for %s are lost: nobody reads them",
                 output_take_dropped(&watched->output), names[i]);
        outputs_print(outputs, i == CHANNEL_WARNING ? CHANNEL_INFO : CHANNEL_WARNING, text);
    }
}

void outputs_allow_drops(struct outputs *outputs)
{
    for (int i = 0; i < CHANNELS; i++)
        outputs->opened[i].output.may_drop = true;
}

int outputs_descriptor(const struct outputs *outputs, enum channel channel)
{
    const struct watched_output *watched = outputs->channels[channel];

    return watched && !watched->output.broken ? watched->output.fd : -1;
}

void outputs_print(struct outputs *outputs, enum channel channel, const char *text)
{
    struct watched_output *watched = outputs->channels[channel];
    if (!watched)
        return;

    /* The watch of the last resort runs its pump in a handler that may come at any time. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (channel == CHANNEL_REPORT) {
        output_put_own(&watched->output, text, strlen(text));
    } else {
        char line[OWN_LINE_MAX];
        output_put_own(&watched->output, line, own_line_format(line, outputs->name, text));
    }
    outputs_flush(outputs, &watched->output);
    sigprocmask(SIG_SETMASK, &before, NULL);
}
