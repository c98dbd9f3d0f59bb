/* How many connections has a service? Answered from the kernel, see sockets.c.
 *
 * Happy path: the look is taken at once, its answer delivered from the event loop.
 * Failure modes: a malformed address (-EINVAL), and those of sockets_look(), delivered likewise. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/requests_internal.h"
#include "live/sockets.h"

enum { ANSWER_SIZE = 64 };

static void on_result(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct slot *slot = timer->data;

    (void)loop;
    (void)events;
    slot_answer(slot, slot->look.error, 0);
}

static int answer_fill(struct slot *slot, const struct sockets_seen *seen)
{
    char text[ANSWER_SIZE];
    int length = snprintf(text, sizeof(text), "open %d\nbusy %d\nstuck %d\n", seen->open,
                          seen->busy, seen->stuck_ms);

    slot->http.body = strdup(text);
    if (!slot->http.body)
        return -ENOMEM;
    slot->http.body_length = (size_t)length;
    return 0;
}

int look_start(struct slot *slot, const struct request *what)
{
    struct sockets_seen seen;
    char *end;
    long pid;

    ev_timer_init(&slot->look.result, on_result, 0., 0.);
    slot->look.result.data = slot;
    if (strncmp(what->address, "pid ", 4) != 0)
        return -EINVAL;
    pid = strtol(what->address + 4, &end, 10);
    if (*end || pid <= 0)
        return -EINVAL;
    slot->look.error = sockets_look((pid_t)pid, &seen);
    if (slot->look.error == 0)
        slot->look.error = answer_fill(slot, &seen);
    ev_timer_start(slot->requests->loop, &slot->look.result);
    return 0;
}

void look_close(struct slot *slot)
{
    ev_timer_stop(slot->requests->loop, &slot->look.result);
    free(slot->http.body);
    slot->http.body = NULL;
}
