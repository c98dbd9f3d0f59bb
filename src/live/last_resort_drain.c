/* The drain of the last resort: one small request per service, without libcurl.
 *
 * Happy path: connect, send the request, read the status line of the answer; 2xx is a yes. When
 * somebody said yes, their clients get the time that is left to leave.
 * Failure modes: nobody listens ("refused"), connects but never answers (RESORT_ANSWER_MS), answers
 * garbage, another status; each is one line, and the stops begin. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "live/last_resort_internal.h"

/* "HTTP/1.1 200" */
enum { STATUS_AT = 9, STATUS_LINE_LENGTH = 12 };

struct exchange {
    const struct service *service;
    int fd;
    int error; /* 0 or -errno */
    char answer[STATUS_LINE_LENGTH + 1];
    size_t answer_length;
};

static int64_t earlier_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

/* Done when connected or failed. A full backlog (EAGAIN on a unix socket) is tried again. */
static bool connects(void *context)
{
    struct exchange *exchange = context;
    const struct service *service = exchange->service;

    if (connect(exchange->fd, (const struct sockaddr *)&service->drain_address,
                service->drain_address_size) == 0 || errno == EISCONN)
        return true;
    if (errno == EINPROGRESS || errno == EALREADY || errno == EAGAIN || errno == EINTR)
        return false;
    exchange->error = -errno;
    return true;
}

static bool status_line_read(void *context)
{
    struct exchange *exchange = context;
    ssize_t count;

    while (exchange->answer_length < STATUS_LINE_LENGTH) {
        count = recv(exchange->fd, exchange->answer + exchange->answer_length,
                     STATUS_LINE_LENGTH - exchange->answer_length, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        if (count <= 0) {
            exchange->error = count == 0 ? -ECONNRESET : -errno;
            return true;
        }
        exchange->answer_length += (size_t)count;
    }
    return true;
}

static int status_parse(const char *line)
{
    int status = 0;

    if (memcmp(line, "HTTP/1.", 7) != 0)
        return -EPROTO;
    for (int i = STATUS_AT; i < STATUS_LINE_LENGTH; i++) {
        if (line[i] < '0' || line[i] > '9')
            return -EPROTO;
        status = status * 10 + (line[i] - '0');
    }
    return status;
}

/* On an open socket. The HTTP status, or -errno. */
static int exchange_run(struct exchange *exchange, int64_t by_ms)
{
    const char *request = exchange->service->drain_request;
    size_t length = strlen(request);

    if (!resort_wait_gently(connects, exchange,
                            earlier_ms(resort_now_ms() + RESORT_CONNECT_MS, by_ms)))
        return -ETIMEDOUT;
    if (exchange->error)
        return exchange->error;
    if (send(exchange->fd, request, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
        return -ECONNRESET;
    if (!resort_wait_gently(status_line_read, exchange,
                            earlier_ms(resort_now_ms() + RESORT_ANSWER_MS, by_ms)))
        return -ETIMEDOUT;
    if (exchange->error)
        return exchange->error;
    return status_parse(exchange->answer);
}

static int service_ask(const struct service *service, int64_t by_ms)
{
    struct exchange exchange = {.service = service};
    int result;

    exchange.fd = socket(service->drain_address.ss_family,
                         SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (exchange.fd < 0)
        return -errno;
    result = exchange_run(&exchange, by_ms);
    close(exchange.fd);
    return result;
}

static void result_say(const struct service *service, int result)
{
    struct line line;

    line_begin(&line);
    line_add(&line, service->name);
    if (service->draining) {
        line_add(&line, " drains");
    } else if (result > 0) {
        line_add(&line, " does not drain: status ");
        line_add_number(&line, result);
    } else if (result == -ECONNREFUSED || result == -ENOENT) {
        line_add(&line, " does not drain: refused");
    } else if (result == -ETIMEDOUT) {
        line_add(&line, " does not drain: no answer");
    } else if (result == -EPROTO) {
        line_add(&line, " does not drain: not an HTTP answer");
    } else {
        line_add(&line, " does not drain: error ");
        line_add_number(&line, -result);
    }
    line_write(&line);
}

static bool drained_services_exited(void *context)
{
    (void)context;
    for (int i = 0; i < PROCESSES_MAX; i++)
        if (resort_services[i].draining && resort_services[i].state == SERVICE_RUNNING)
            return false;
    return true;
}

void resort_drain(int64_t by_ms)
{
    int64_t began_ms = resort_now_ms();
    bool accepted = false;
    struct line line;

    for (int i = 0; i < PROCESSES_MAX && resort_now_ms() < by_ms; i++) {
        struct service *service = &resort_services[i];
        int result;

        if (service->state != SERVICE_RUNNING || !service->drains)
            continue;
        result = service_ask(service, by_ms);
        service->draining = result >= 200 && result <= 299;
        accepted = accepted || service->draining;
        result_say(service, result);
    }
    if (!accepted)
        return;
    resort_wait_gently(drained_services_exited, NULL, by_ms);
    line_begin(&line);
    line_add(&line, "drained for ");
    line_add_seconds(&line, resort_now_ms() - began_ms);
    line_write(&line);
}
