/* libcurl's multi interface on the event loop.
 *
 * Happy path: adding a handle makes libcurl ask for its timer at once; libcurl tells which
 * sockets and which time to watch; each event goes into curl_multi_socket_action(); finished
 * exchanges are taken from curl_multi_info_read().
 * Failure modes: no memory for a watcher (libcurl fails that exchange). Those of an exchange are
 * in request_http.c.
 *
 * curl_multi_socket_action() is called from our watchers only, never from a callback of libcurl;
 * those of ours that libcurl calls arm or stop watchers, and nothing else. */
#include <errno.h>
#include <stdlib.h>

#include "live/requests_internal.h"

enum { CONNECTIONS_KEPT = 4 };

/* What libcurl wants to know about one of its sockets. Owned by libcurl's assignment. */
struct watched_socket {
    struct requests *requests;
    ev_io io;
};

static void finished_deliver(struct requests *requests)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(requests->multi, &left)) != NULL) {
        struct slot *slot;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        http_finish(slot, message->data.result); /* the message is gone from here on */
    }
}

static void on_multi_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct requests *requests = timer->data;
    int running;

    (void)loop;
    (void)events;
    curl_multi_socket_action(requests->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finished_deliver(requests);
}

static void on_socket(struct ev_loop *loop, ev_io *io, int events)
{
    struct watched_socket *watched = io->data;
    struct requests *requests = watched->requests;
    int what = (events & EV_READ ? CURL_CSELECT_IN : 0)
               | (events & EV_WRITE ? CURL_CSELECT_OUT : 0);
    int running;

    (void)loop;
    /* libcurl may let go of the socket, and so free `watched`, in this call. */
    curl_multi_socket_action(requests->multi, io->fd, what, &running);
    finished_deliver(requests);
}

/* Of libcurl: call me in timeout_ms (-1: not at all). */
static int on_timer_wanted(CURLM *multi, long timeout_ms, void *context)
{
    struct requests *requests = context;

    (void)multi;
    ev_timer_stop(requests->loop, &requests->multi_timer);
    if (timeout_ms < 0)
        return 0;
    ev_now_update(requests->loop);
    ev_timer_set(&requests->multi_timer, (double)timeout_ms / 1000., 0.);
    ev_timer_start(requests->loop, &requests->multi_timer);
    return 0;
}

static void watched_socket_free(struct watched_socket *watched)
{
    if (!watched)
        return;
    ev_io_stop(watched->requests->loop, &watched->io);
    free(watched);
}

/* Of libcurl: watch this socket so. */
static int on_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct requests *requests = context;
    struct watched_socket *watched = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        watched_socket_free(watched);
        curl_multi_assign(requests->multi, fd, NULL);
        return 0;
    }
    if (!watched) {
        watched = calloc(1, sizeof *watched);
        if (!watched)
            return -1;
        watched->requests = requests;
        ev_init(&watched->io, on_socket);
        watched->io.data = watched;
        curl_multi_assign(requests->multi, fd, watched);
    }
    ev_io_stop(requests->loop, &watched->io);
    ev_io_set(&watched->io, fd, (what & CURL_POLL_IN ? EV_READ : 0)
                                    | (what & CURL_POLL_OUT ? EV_WRITE : 0));
    ev_io_start(requests->loop, &watched->io);
    return 0;
}

int multi_open(struct requests *requests)
{
    if (requests->multi)
        return 0;
    /* No TLS: nothing else that costs time needs initialising. */
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
        return -ENOMEM;
    requests->multi = curl_multi_init();
    if (!requests->multi) {
        curl_global_cleanup();
        return -ENOMEM;
    }
    ev_timer_init(&requests->multi_timer, on_multi_timer, 0., 0.);
    requests->multi_timer.data = requests;
    curl_multi_setopt(requests->multi, CURLMOPT_SOCKETFUNCTION, on_socket_wanted);
    curl_multi_setopt(requests->multi, CURLMOPT_SOCKETDATA, requests);
    curl_multi_setopt(requests->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(requests->multi, CURLMOPT_TIMERDATA, requests);
    curl_multi_setopt(requests->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    return 0;
}

void multi_close(struct requests *requests)
{
    if (!requests->multi)
        return;
    while (requests->easy_handle_count > 0)
        curl_easy_cleanup(requests->easy_handles[--requests->easy_handle_count]);
    curl_multi_cleanup(requests->multi); /* closes kept connections: calls on_socket_wanted */
    ev_timer_stop(requests->loop, &requests->multi_timer);
    curl_global_cleanup();
    requests->multi = NULL;
}

void multi_easy_give_back(struct requests *requests, CURL *easy)
{
    if (requests->easy_handle_count < EASY_HANDLES_KEPT) {
        curl_easy_reset(easy);
        requests->easy_handles[requests->easy_handle_count++] = easy;
    } else {
        curl_easy_cleanup(easy);
    }
}

CURL *multi_easy_take(struct requests *requests)
{
    if (requests->easy_handle_count > 0)
        return requests->easy_handles[--requests->easy_handle_count];
    return curl_easy_init();
}
