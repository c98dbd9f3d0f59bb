/* Does anybody accept a connection there?
 *
 * Happy path: connect() is under way, the socket becomes writable, its error is 0; it is closed.
 * Failure modes: refused or no such socket (delivered from the event loop, never from
 * connect_start; "localhost" tries ::1 next), the backlog of a unix socket is full (tried again
 * every RETRY_SECONDS), nobody answers (-ETIMEDOUT). With retry_ms each of these, but the full
 * backlog, ends one try of many: another one begins unless the time is over. */
#include <errno.h>
#include <unistd.h>

#include "live/output.h"
#include "live/requests_internal.h"

#define RETRY_SECONDS 0.01
#define TRY_SECONDS 1.0 /* one try of many may take */

static void result_deliver_soon(struct slot *slot, int error)
{
    slot->connect.error = error;
    ev_timer_start(slot->requests->loop, &slot->connect.result);
}

static void socket_close(struct slot *slot)
{
    ev_io_stop(slot->requests->loop, &slot->connect.writable);
    if (slot->connect.fd >= 0)
        close(slot->connect.fd);
    slot->connect.fd = -1;
}

void connect_close(struct slot *slot)
{
    socket_close(slot);
    ev_timer_stop(slot->requests->loop, &slot->connect.retry);
    ev_timer_stop(slot->requests->loop, &slot->connect.again);
    ev_timer_stop(slot->requests->loop, &slot->connect.timeout);
    ev_timer_stop(slot->requests->loop, &slot->connect.result);
}

/* One attempt at one address: 0, -EINPROGRESS, -EAGAIN (backlog full) or another -errno. */
static int address_try(struct slot *slot)
{
    const struct address *address = &slot->connect.addresses[slot->connect.address_at];

    slot->connect.fd = socket(address->bytes.ss_family,
                              SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (slot->connect.fd < 0)
        return -errno;
    if (connect(slot->connect.fd, (const struct sockaddr *)&address->bytes, address->size) == 0)
        return 0;
    return -errno;
}

static void attempt_continue(struct slot *slot)
{
    int result = address_try(slot);

    while (result && result != -EINPROGRESS && result != -EAGAIN
           && slot->connect.address_at + 1 < slot->connect.address_count) {
        socket_close(slot);
        slot->connect.address_at++;
        result = address_try(slot);
    }
    if (result == -EINPROGRESS) {
        ev_io_set(&slot->connect.writable, slot->connect.fd, EV_WRITE);
        ev_io_start(slot->requests->loop, &slot->connect.writable);
    } else if (result == -EAGAIN) {
        socket_close(slot);
        ev_timer_set(&slot->connect.retry, RETRY_SECONDS, 0.);
        ev_timer_start(slot->requests->loop, &slot->connect.retry);
    } else {
        result_deliver_soon(slot, result);
    }
}

static void try_begin(struct slot *slot)
{
    slot->connect.address_at = 0;
    ev_timer_start(slot->requests->loop, &slot->connect.timeout);
    attempt_continue(slot);
}

/* One try has ended: another one, or the answer. Called from the event loop. */
static void try_end(struct slot *slot, int error)
{
    struct connect_attempt *attempt = &slot->connect;
    struct ev_loop *loop = slot->requests->loop;

    connect_close(slot);
    if (error && attempt->again_seconds > 0 && monotonic_ms() < attempt->again_until_ms) {
        ev_timer_set(&attempt->again, attempt->again_seconds, 0.);
        ev_timer_start(loop, &attempt->again);
        return;
    }
    slot_answer(slot, error, 0);
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct slot *slot = watcher->data;
    int error = 0;
    socklen_t size = sizeof error;

    (void)loop;
    (void)events;
    if (getsockopt(slot->connect.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    socket_close(slot);
    if (error && slot->connect.address_at + 1 < slot->connect.address_count) {
        slot->connect.address_at++;
        attempt_continue(slot);
        return;
    }
    try_end(slot, -error);
}

static void on_retry(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    attempt_continue(timer->data);
}

static void on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    try_begin(timer->data);
}

static void on_timeout(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    try_end(timer->data, -ETIMEDOUT);
}

static void on_result(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct slot *slot = timer->data;

    (void)loop;
    (void)events;
    try_end(slot, slot->connect.error);
}

int connect_start(struct slot *slot, const struct request *what)
{
    struct connect_attempt *attempt = &slot->connect;
    struct ev_loop *loop = slot->requests->loop;
    ev_tstamp seconds = what->timeout_ms > 0 ? (double)what->timeout_ms / 1000. : 0.;

    ev_now_update(loop); /* a timer counts from the loop's own, perhaps older, time */
    attempt->again_seconds = (double)what->retry_ms / 1000.;
    attempt->again_until_ms = monotonic_ms() + what->timeout_ms;
    ev_init(&attempt->writable, on_writable);
    ev_timer_init(&attempt->retry, on_retry, RETRY_SECONDS, 0.);
    ev_timer_init(&attempt->again, on_again, 0., 0.);
    ev_timer_init(&attempt->result, on_result, 0., 0.);
    ev_timer_init(&attempt->timeout, on_timeout, what->retry_ms > 0 ? TRY_SECONDS : seconds, 0.);
    attempt->writable.data = slot;
    attempt->retry.data = slot;
    attempt->again.data = slot;
    attempt->result.data = slot;
    attempt->timeout.data = slot;

    attempt->address_count = address_parse(what->address, attempt->addresses);
    if (attempt->address_count < 0)
        return attempt->address_count;
    try_begin(slot);
    return 0;
}
