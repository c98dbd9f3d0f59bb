#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_BYTES = 64 * 1024 };

int connection_open(struct connection *connection, struct endpoint *endpoint, int epoll,
                    void *pointer)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.ptr = pointer,
    };
    int on = 1;

    connection->endpoint = endpoint;
    connection->established = false;
    connection->requests = 0;
    connection->socket = socket(endpoint->address.ss_family,
                                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->socket < 0) {
        return errno;
    }
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection->socket, (const struct sockaddr *)&endpoint->address,
                endpoint->address_length) < 0 && errno != EINPROGRESS) {
        return errno;
    }
    /* A connect that is complete already gives an event just the same. */
    return epoll_ctl(epoll, EPOLL_CTL_ADD, connection->socket, &event) < 0 ? errno : 0;
}

int connection_establish(struct connection *connection)
{
    int error = 0;
    socklen_t length = sizeof error;

    getsockopt(connection->socket, SOL_SOCKET, SO_ERROR, &error, &length);
    connection->established = error == 0;
    return error;
}

enum outcome connection_begin(struct connection *connection, const struct request_text *text)
{
    connection->requests++;
    connection->text = text;
    connection->sent_bytes = 0;
    connection->received_bytes = 0;
    connection->ended = false;
    connection->error = 0;
    http_response_init(&connection->response);
    return connection_send(connection);
}

static enum outcome cut(struct connection *connection, int error)
{
    connection->ended = true;
    connection->error = error;
    return OUTCOME_CUT;
}

enum outcome connection_send(struct connection *connection)
{
    while (connection->sent_bytes < connection->text->length) {
        ssize_t sent = send(connection->socket,
                            connection->text->bytes + connection->sent_bytes,
                            connection->text->length - connection->sent_bytes, MSG_NOSIGNAL);
        if (sent >= 0) {
            connection->sent_bytes += (size_t)sent;
        } else if (errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            return cut(connection, errno);
        }
    }
    return OUTCOME_MORE;
}

static enum outcome received_end(struct connection *connection, int error)
{
    enum http_state state = connection->response.state;

    if (error == 0) {
        state = http_response_end(&connection->response);
    }
    cut(connection, error);
    return state == HTTP_DONE ? OUTCOME_ANSWERED : OUTCOME_CUT;
}

enum outcome connection_receive(struct connection *connection, bool hung_up)
{
    static char buffer[RECEIVE_BYTES];

    for (;;) {
        ssize_t length = recv(connection->socket, buffer, sizeof buffer, 0);
        if (length < 0 && errno == EINTR) {
            continue;
        }
        if (length < 0 && errno == EAGAIN) {
            break;
        }
        if (length <= 0) {
            return received_end(connection, length < 0 ? errno : 0);
        }
        connection->received_bytes += (size_t)length;
        if (http_response_feed(&connection->response, buffer, (size_t)length) ==
            HTTP_GARBAGE) {
            return OUTCOME_GARBAGE;
        }
        /* After a short read the next byte gives a new edge; an end that is there does not. */
        if (!hung_up && (size_t)length < sizeof buffer) {
            break;
        }
    }
    return connection->response.state == HTTP_DONE ? OUTCOME_ANSWERED : OUTCOME_MORE;
}

bool connection_stale(const struct connection *connection)
{
    char byte = 0;

    return recv(connection->socket, &byte, 1, MSG_PEEK) >= 0 || errno != EAGAIN;
}

void connection_close(struct connection *connection)
{
    if (connection->socket >= 0) {
        close(connection->socket); /* which takes it out of epoll as well */
    }
    connection->socket = -1;
    connection->established = false;
}
