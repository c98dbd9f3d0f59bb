/* Requests to the admin of a stand-in.
 *
 * Happy path: accept -> the whole request is there, since clients send it at once -> the simulated
 * world is asked -> its answer is sent -> close.
 *
 * What can go wrong: the client gives up (the request is cancelled), a request that is not whole
 * (closed), and what the world is to show: no answer, a reset, too long an answer. */
#define _GNU_SOURCE /* accept4 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "standin/state.h"

enum { BACKLOG = 64, HEADER_MAX = 256 };

int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error;

    if (fd < 0)
        return -errno;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    error = -errno;
    close(fd);
    return error;
}

void exchanges_init(struct standin *standin)
{
    for (int i = 0; i < EXCHANGES_MAX; i++)
        standin->exchanges[i].fd = -1;
}

/* What was not read when it is closed: the client sees a reset, else an end. */
static void exchange_close(struct exchange *exchange)
{
    close(exchange->fd);
    free(exchange->answer);
    *exchange = (struct exchange){.fd = -1};
}

void exchanges_close(struct standin *standin)
{
    for (int i = 0; i < EXCHANGES_MAX; i++)
        if (standin->exchanges[i].fd >= 0)
            exchange_close(&standin->exchanges[i]);
}

int exchanges_poll(const struct standin *standin, struct pollfd *list, int count)
{
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        const struct exchange *exchange = &standin->exchanges[i];
        short events = exchange->answer ? POLLOUT : exchange->request ? 0 : POLLIN;

        if (exchange->fd >= 0)
            list[count++] = (struct pollfd){.fd = exchange->fd, .events = events};
    }
    return count;
}

void exchange_accept(struct standin *standin)
{
    int fd = accept4(standin->admin_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    for (int i = 0; fd >= 0 && i < EXCHANGES_MAX; i++)
        if (standin->exchanges[i].fd < 0) {
            standin->exchanges[i] = (struct exchange){.fd = fd};
            return;
        }
    if (fd >= 0)
        close(fd);
}

/* Reads all but the last byte: what is left unread makes a close a reset. */
static bool request_read(int fd, char *text, size_t size)
{
    ssize_t length = recv(fd, text, size - 1, MSG_PEEK);

    if (length < 4)
        return false;
    text[length] = '\0';
    if (!strstr(text, "\r\n\r\n"))
        return false;
    return recv(fd, text, (size_t)length - 1, 0) == length - 1;
}

/* Somebody wants idle connections closed (see lua/envoy_idle.lua): the simulated Envoy is told when
 * we are asked something the next time. */
static void idle_file_look(struct standin *standin)
{
    char path[STANDIN_PATH_MAX], first = '0';
    int fd;

    snprintf(path, sizeof path, "%s/%s-admin.idle", standin->config->directory,
             standin->config->name);
    fd = standin->idle_closed ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    standin->idle_closed = read(fd, &first, 1) == 1 && first == '1';
    close(fd);
    if (standin->idle_closed)
        standin->world->ops->file_write(standin->world, path, "1");
}

static void exchange_ask(struct standin *standin, struct exchange *exchange)
{
    char text[REQUEST_LENGTH_MAX + 1], method[16], path[REQUEST_LENGTH_MAX];
    char address[sizeof standin->admin + sizeof path];
    struct request request = {
        .kind = REQUEST_HTTP, .method = method, .address = address, .timeout_ms = NEVER_MS,
    };

    if (!request_read(exchange->fd, text, sizeof text) ||
        sscanf(text, "%15s %4095s HTTP/1.", method, path) != 2) {
        exchange_close(exchange);
        return;
    }
    snprintf(address, sizeof address, "%s:%s", standin->admin, path);
    exchange->request = ++standin->last_request;
    standin_pump(standin);
    idle_file_look(standin);
    if (standin->world->ops->request_start(standin->world, exchange->request, &request) < 0)
        exchange_close(exchange);
}

static void exchange_send(struct exchange *exchange)
{
    ssize_t sent = send(exchange->fd, exchange->answer + exchange->sent,
                        exchange->length - exchange->sent, MSG_NOSIGNAL);
    char byte;

    if (sent < 0 && errno == EAGAIN)
        return;
    if (sent >= 0)
        exchange->sent += (size_t)sent;
    if (sent >= 0 && exchange->sent < exchange->length)
        return;
    while (recv(exchange->fd, &byte, 1, 0) > 0)
        continue;
    exchange_close(exchange);
}

void exchange_on_ready(struct standin *standin, int fd, short events)
{
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        struct exchange *exchange = &standin->exchanges[i];

        if (exchange->fd != fd)
            continue;
        if (exchange->answer) {
            exchange_send(exchange);
        } else if (!exchange->request) {
            exchange_ask(standin, exchange);
        } else if (events & (POLLHUP | POLLERR)) {
            standin->world->ops->request_cancel(standin->world, exchange->request);
            exchange_close(exchange);
        }
        return;
    }
}

/* "What follows": a header and so many bytes. */
static void answer_make(struct exchange *exchange, int status, const char *body, size_t length)
{
    int header;

    exchange->answer = malloc(HEADER_MAX + length);
    if (!exchange->answer)
        return;
    header = snprintf(exchange->answer, HEADER_MAX,
                      "HTTP/1.1 %d -\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
                      length);
    if (body)
        memcpy(exchange->answer + header, body, length);
    else
        memset(exchange->answer + header, 'x', length);
    exchange->length = (size_t)header + length;
}

void exchange_on_answered(struct standin *standin, const struct event *event)
{
    for (int i = 0; i < EXCHANGES_MAX; i++) {
        struct exchange *exchange = &standin->exchanges[i];

        if (exchange->fd < 0 || exchange->request != event->answered.request)
            continue;
        if (event->answered.error == -EMSGSIZE)
            answer_make(exchange, 200, NULL, BODY_MAX + BODY_MAX / 4);
        else if (event->answered.error == 0)
            answer_make(exchange, event->answered.status, event->answered.body,
                        event->answered.body_length);
        if (exchange->answer)
            exchange_send(exchange);
        else
            exchange_close(exchange);
        return;
    }
}
