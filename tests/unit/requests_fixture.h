/* The fixture of test_requests.c: the requests, and a server that lives in the same event loop, so
 * that there are no threads and no sleeps. */
#ifndef LASTCALL_TEST_REQUESTS_FIXTURE_H
#define LASTCALL_TEST_REQUESTS_FIXTURE_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/address.h"
#include "live/requests.h"

enum { CONNECTIONS_MAX = 80, REQUEST_SIZE = 256 * 1024, SOME_TIME_MS = 5000, SHORT_TIME_MS = 60 };

/* What a server does with a request. */
enum behaviour {
    ANSWERS,        /* `answer`, and keeps the connection */
    ANSWERS_CLOSES, /* `answer`, and closes */
    RESETS,
    SILENT,
    DRIPS, /* a byte of `answer` every 10 ms */
    FLOODS /* `answer`, then x for ever */
};

struct server {
    struct ev_loop *loop;
    enum behaviour behaviour;
    const char *answer;
    int fd;
    ev_io acceptable;
    int port;
    char socket[64];
    int connections; /* accepted so far */
    int requests;    /* complete so far */
    struct connection *open[CONNECTIONS_MAX];
    char last_request[REQUEST_SIZE];
};

struct connection {
    struct server *server;
    ev_io io;
    ev_timer drip;
    size_t sent;
    size_t length;
    char request[REQUEST_SIZE];
};

struct fixture {
    struct ev_loop *loop;
    struct requests *requests;
    struct server server;
    int answers;
    struct event last;
    uint32_t numbers[CONNECTIONS_MAX];
};

static void connection_close(struct connection *connection, bool reset)
{
    struct linger at_once = {.l_onoff = 1};

    if (reset)
        setsockopt(connection->io.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ev_io_stop(connection->server->loop, &connection->io);
    ev_timer_stop(connection->server->loop, &connection->drip);
    close(connection->io.fd);
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (connection->server->open[i] == connection)
            connection->server->open[i] = NULL;
    free(connection);
}

static void on_drip(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct connection *connection = timer->data;

    (void)loop;
    (void)events;
    send(connection->io.fd, connection->server->answer + connection->sent++, 1, MSG_NOSIGNAL);
}

static void watch(struct connection *connection, int events)
{
    ev_io_stop(connection->server->loop, &connection->io);
    ev_io_set(&connection->io, connection->io.fd, events);
    ev_io_start(connection->server->loop, &connection->io);
}

static void request_handle(struct connection *connection)
{
    struct server *server = connection->server;

    server->requests++;
    memcpy(server->last_request, connection->request, connection->length + 1);
    connection->length = 0;
    switch (server->behaviour) {
    case ANSWERS:
        send(connection->io.fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
        break;
    case ANSWERS_CLOSES:
        send(connection->io.fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
        connection_close(connection, false);
        break;
    case RESETS:
        connection_close(connection, true);
        break;
    case SILENT:
        break;
    case DRIPS:
        ev_timer_again(server->loop, &connection->drip);
        break;
    case FLOODS:
        send(connection->io.fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
        watch(connection, EV_WRITE);
        break;
    }
}

static bool request_is_complete(const struct connection *connection)
{
    const char *end = strstr(connection->request, "\r\n\r\n");
    const char *length = strstr(connection->request, "Content-Length: ");
    size_t body = length ? strtoul(length + 16, NULL, 10) : 0;

    return end && connection->length >= (size_t)(end + 4 - connection->request) + body;
}

static void on_connection(struct ev_loop *loop, ev_io *io, int events)
{
    struct connection *connection = io->data;
    static char flood[8192];
    ssize_t count;

    (void)loop;
    if (events & EV_WRITE) {
        memset(flood, 'x', sizeof flood);
        if (send(io->fd, flood, sizeof flood, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            connection_close(connection, false);
        return;
    }
    count = recv(io->fd, connection->request + connection->length,
                 sizeof connection->request - 1 - connection->length, 0);
    if (count <= 0) {
        connection_close(connection, false);
        return;
    }
    connection->length += (size_t)count;
    connection->request[connection->length] = '\0';
    if (request_is_complete(connection))
        request_handle(connection);
}

static void on_acceptable(struct ev_loop *loop, ev_io *io, int events)
{
    struct server *server = io->data;
    struct connection *connection = calloc(1, sizeof *connection);
    int fd = accept(io->fd, NULL, NULL);

    (void)events;
    assert_true(fd >= 0 && connection);
    connection->server = server;
    ev_io_init(&connection->io, on_connection, fd, EV_READ);
    ev_timer_init(&connection->drip, on_drip, 0.01, 0.01);
    connection->io.data = connection;
    connection->drip.data = connection;
    ev_io_start(loop, &connection->io);
    server->open[server->connections++] = connection;
}

static void server_listen(struct server *server, const struct sockaddr *address, socklen_t size)
{
    server->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(0, bind(server->fd, address, size));
    assert_int_equal(0, listen(server->fd, 128));
    ev_io_init(&server->acceptable, on_acceptable, server->fd, EV_READ);
    server->acceptable.data = server;
    ev_io_start(server->loop, &server->acceptable);
}

static void serve_unix(struct fixture *fixture, enum behaviour behaviour, const char *answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct server *server = &fixture->server;

    server->behaviour = behaviour;
    server->answer = answer;
    snprintf(server->socket, sizeof server->socket, "/tmp/test_requests.%d", getpid());
    unlink(server->socket);
    strcpy(address.sun_path, server->socket);
    server_listen(server, (struct sockaddr *)&address, sizeof address);
}

static void serve_tcp(struct fixture *fixture, enum behaviour behaviour, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    fixture->server.behaviour = behaviour;
    fixture->server.answer = answer;
    server_listen(&fixture->server, (struct sockaddr *)&address, sizeof address);
    assert_int_equal(0, getsockname(fixture->server.fd, (struct sockaddr *)&address, &size));
    fixture->server.port = ntohs(address.sin_port);
}

static void server_stop(struct server *server)
{
    for (int i = 0; i < CONNECTIONS_MAX; i++)
        if (server->open[i])
            connection_close(server->open[i], false);
    ev_io_stop(server->loop, &server->acceptable);
    if (server->fd >= 0)
        close(server->fd);
    server->fd = -1;
    if (server->socket[0])
        unlink(server->socket);
}

static void on_answer(void *context, const struct event *event)
{
    struct fixture *fixture = context;

    fixture->last = *event;
    fixture->numbers[fixture->answers++] = event->answered.request;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    fixture->loop = ev_loop_new(EVFLAG_AUTO);
    fixture->server.loop = fixture->loop;
    fixture->server.fd = -1;
    assert_int_equal(0, requests_create(fixture->loop, on_answer, fixture, &fixture->requests));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    requests_destroy(fixture->requests);
    server_stop(&fixture->server);
    ev_loop_destroy(fixture->loop);
    free(fixture);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_end_of_run(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* Runs the loop until `answers` answers have come in all; at most two seconds. */
static void run_until(struct fixture *fixture, int answers)
{
    int64_t end_ms = now_ms() + 2000;

    while (fixture->answers < answers && now_ms() < end_ms)
        ev_run(fixture->loop, EVRUN_ONCE);
    assert_int_equal(answers, fixture->answers);
}

static void run_for_ms(struct fixture *fixture, int duration_ms)
{
    ev_timer end;

    ev_now_update(fixture->loop);
    ev_timer_init(&end, on_end_of_run, duration_ms / 1000., 0.);
    ev_timer_start(fixture->loop, &end);
    ev_run(fixture->loop, 0);
}

static int start_http(struct fixture *fixture, uint32_t number, const char *method,
                      const char *address, int64_t timeout_ms)
{
    struct request what = {.method = method, .address = address, .timeout_ms = timeout_ms};

    return requests_start(fixture->requests, number, &what);
}

static int start_connect(struct fixture *fixture, uint32_t number, const char *address,
                         int64_t timeout_ms)
{
    struct request what = {
        .kind = REQUEST_CONNECT, .address = address, .timeout_ms = timeout_ms};

    return requests_start(fixture->requests, number, &what);
}

/* The same, again and again until somebody accepts. */
static int start_connect_again(struct fixture *fixture, uint32_t number, const char *address,
                               int64_t timeout_ms, int64_t retry_ms)
{
    struct request what = {.kind = REQUEST_CONNECT, .address = address,
                           .timeout_ms = timeout_ms, .retry_ms = retry_ms};

    return requests_start(fixture->requests, number, &what);
}

/* The address of the server, in a static buffer. */
static const char *url(struct fixture *fixture, const char *path)
{
    static char text[200];

    if (fixture->server.port)
        snprintf(text, sizeof text, "http://127.0.0.1:%d%s", fixture->server.port, path);
    else
        snprintf(text, sizeof text, "unix:%s:%s", fixture->server.socket, path);
    return text;
}

/* The error of a GET to this server. */
static int error_of_get(struct fixture *fixture, int64_t timeout_ms)
{
    int before = fixture->answers;

    assert_int_equal(0, start_http(fixture, 1, "GET", url(fixture, "/"), timeout_ms));
    run_until(fixture, before + 1);
    requests_release(fixture->requests, 1);
    return fixture->last.answered.error;
}

static int open_files(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

#endif
