/* The requests of the live world: see requests_fixture.h. */
#include "requests_fixture.h"

static const char ok_answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

static void gets_an_answer_over_a_unix_socket(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);

    assert_int_equal(0, start_http(fixture, 7, "GET", url(fixture, "/stats?filter=x"), 5000));
    run_until(fixture, 1);

    assert_int_equal(7, fixture->last.answered.request);
    assert_int_equal(0, fixture->last.answered.error);
    assert_int_equal(200, fixture->last.answered.status);
    assert_int_equal(5, fixture->last.answered.body_length);
    assert_string_equal("hello", fixture->last.answered.body);
    assert_memory_equal("GET /stats?filter=x HTTP/1.1\r\nHost: localhost\r\n",
                        fixture->server.last_request, 47);
}

static void sends_method_headers_and_body(void **state)
{
    struct fixture *fixture = *state;
    const char *headers[] = {"X-Why: test", NULL};
    struct request what = {.method = "PATCH", .headers = headers, .body = "a\0b", .body_length = 3,
                           .timeout_ms = SOME_TIME_MS};
    serve_tcp(fixture, ANSWERS, ok_answer);

    what.address = url(fixture, "/x");
    assert_int_equal(0, requests_start(fixture->requests, 1, &what));
    run_until(fixture, 1);

    assert_memory_equal("PATCH /x HTTP/1.1\r\n", fixture->server.last_request, 19);
    assert_non_null(strstr(fixture->server.last_request, "\r\nX-Why: test\r\n"));
    assert_non_null(strstr(fixture->server.last_request, "\r\nUser-Agent: lastcall\r\n"));
    assert_non_null(strstr(fixture->server.last_request, "\r\nContent-Length: 3\r\n"));
    assert_null(strstr(fixture->server.last_request, "Expect"));
    assert_null(strstr(fixture->server.last_request, "Content-Type"));
    assert_memory_equal("a\0b", strstr(fixture->server.last_request, "\r\n\r\n") + 4, 3);
}

static void posts_without_a_body(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);

    assert_int_equal(0, start_http(fixture, 1, "POST", url(fixture, "/drain"), SOME_TIME_MS));
    run_until(fixture, 1);

    assert_int_equal(200, fixture->last.answered.status);
    assert_non_null(strstr(fixture->server.last_request, "\r\nContent-Length: 0\r\n"));
}

static void sends_a_large_body_without_waiting_for_100_continue(void **state)
{
    struct fixture *fixture = *state;
    static char body[200 * 1024];
    struct request what = {.method = "POST", .body = body, .body_length = sizeof body,
                           .timeout_ms = SOME_TIME_MS};
    int64_t began_ms = now_ms();
    serve_tcp(fixture, ANSWERS, ok_answer);

    what.address = url(fixture, "/");
    assert_int_equal(0, requests_start(fixture->requests, 1, &what));
    run_until(fixture, 1);

    assert_int_equal(200, fixture->last.answered.status);
    assert_true(now_ms() - began_ms < 950);
}

static void takes_any_status_as_an_answer(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");

    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));

    assert_int_equal(503, fixture->last.answered.status);
}

static void does_not_follow_a_redirect(void **state)
{
    struct fixture *fixture = *state;
    serve_tcp(fixture, ANSWERS,
              "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");

    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));

    assert_int_equal(302, fixture->last.answered.status);
}

static void does_not_use_a_proxy_of_the_environment(void **state)
{
    struct fixture *fixture = *state;
    serve_tcp(fixture, ANSWERS, ok_answer);
    setenv("http_proxy", "http://127.0.0.1:1", 1);

    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));

    unsetenv("http_proxy");
}

static void uses_a_connection_again(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);

    for (int i = 0; i < 5; i++)
        assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));

    assert_int_equal(5, fixture->server.requests);
    assert_int_equal(1, fixture->server.connections);
}

static void connects_anew_when_a_kept_connection_was_closed(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);
    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));

    connection_close(fixture->server.open[0], false);

    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));
    assert_int_equal(2, fixture->server.connections);
}

static void refuses_malformed_addresses_at_once(void **state)
{
    static const char *const addresses[] = {
        "", "http://", "https://127.0.0.1/", "ftp://127.0.0.1/", "127.0.0.1:80", "http://a b/",
        "http://127.0.0.1:99999/", "http://127.0.0.1/\r\nX: y", "unix:", "unix:/only/a/socket",
        "unix:relative:/path", "unix:/s:/a b", "file:///etc/passwd", "tcp:127.0.0.1:80",
    };

    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        assert_int_equal(-EINVAL, start_http(*state, 1, "GET", addresses[i], SOME_TIME_MS));
}

static void refuses_malformed_methods_and_headers(void **state)
{
    static const char *const methods[] = {"", "GET /", "get", "A\r\nB", "ABCDEFGHIJKLMNOPQ"};
    const char *headers[] = {"X: a\r\nY: b", NULL};
    struct request what = {.method = "GET", .address = "http://127.0.0.1/", .headers = headers};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        assert_int_equal(-EINVAL,
                         start_http(*state, 1, methods[i], "http://127.0.0.1/", SOME_TIME_MS));
    assert_int_equal(-EINVAL,
                     requests_start(((struct fixture *)*state)->requests, 1, &what));
}

static void says_refused_when_nobody_listens(void **state)
{
    struct fixture *fixture = *state;
    serve_tcp(fixture, ANSWERS, ok_answer);
    server_stop(&fixture->server);

    assert_int_equal(-ECONNREFUSED, error_of_get(fixture, SOME_TIME_MS));
}

static void says_refused_when_nobody_listens_on_a_socket_file(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);
    ev_io_stop(fixture->loop, &fixture->server.acceptable);
    close(fixture->server.fd);
    fixture->server.fd = -1;

    assert_int_equal(-ECONNREFUSED, error_of_get(fixture, SOME_TIME_MS));
}

static void says_no_entry_when_the_socket_file_is_missing(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);
    unlink(fixture->server.socket);

    assert_int_equal(-ENOENT, error_of_get(fixture, SOME_TIME_MS));
}

static void says_reset_when_the_connection_is_reset(void **state)
{
    struct fixture *fixture = *state;
    serve_tcp(fixture, RESETS, "");

    assert_int_equal(-ECONNRESET, error_of_get(fixture, SOME_TIME_MS));
}

static void says_reset_for_an_empty_answer(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS_CLOSES, "");

    assert_int_equal(-ECONNRESET, error_of_get(fixture, SOME_TIME_MS));
}

static void says_reset_for_a_body_cut_short(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS_CLOSES, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");

    assert_int_equal(-ECONNRESET, error_of_get(fixture, SOME_TIME_MS));
    assert_int_equal(0, fixture->last.answered.status);
    assert_int_equal(0, fixture->last.answered.body_length);
}

static void says_protocol_for_garbage(void **state)
{
    static const char *const answers[] = {
        "SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x02\x02\x16", "garbage without an end\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    };
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS_CLOSES, "");

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        fixture->server.answer = answers[i];
        assert_int_equal(-EPROTO, error_of_get(fixture, SOME_TIME_MS));
    }
}

static void says_too_long_for_an_endless_body(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, FLOODS, "HTTP/1.1 200 OK\r\n\r\n");

    assert_int_equal(-EMSGSIZE, error_of_get(fixture, SOME_TIME_MS));
}

static void says_too_long_for_endless_headers(void **state)
{
    struct fixture *fixture = *state;
    static char answer[100 * 1024];
    size_t length = (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\n");
    while (length < sizeof answer - 100)
        length += (size_t)sprintf(answer + length, "X-Header: %060d\r\n", (int)length);
    serve_unix(fixture, FLOODS, answer);

    assert_int_equal(-EMSGSIZE, error_of_get(fixture, SOME_TIME_MS));
}

static void takes_a_body_of_just_the_greatest_length(void **state)
{
    struct fixture *fixture = *state;
    static char answer[BODY_MAX + 100];
    int head = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BODY_MAX);
    memset(answer + head, 'x', BODY_MAX);
    serve_tcp(fixture, ANSWERS, answer);

    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));

    assert_int_equal(BODY_MAX, fixture->last.answered.body_length);
}

static void times_out_when_nobody_answers(void **state)
{
    struct fixture *fixture = *state;
    int64_t began_ms = now_ms();
    serve_unix(fixture, SILENT, "");

    assert_int_equal(-ETIMEDOUT, error_of_get(fixture, SHORT_TIME_MS));

    assert_in_range(now_ms() - began_ms, SHORT_TIME_MS - 1, SHORT_TIME_MS + 1000);
}

static void times_out_when_nobody_accepts(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, SILENT, "");
    ev_io_stop(fixture->loop, &fixture->server.acceptable);

    assert_int_equal(-ETIMEDOUT, error_of_get(fixture, SHORT_TIME_MS));
}

static void times_out_as_a_whole_when_the_answer_drips(void **state)
{
    struct fixture *fixture = *state;
    int64_t began_ms = now_ms();
    serve_unix(fixture, DRIPS, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");

    assert_int_equal(-ETIMEDOUT, error_of_get(fixture, SHORT_TIME_MS));

    assert_in_range(now_ms() - began_ms, SHORT_TIME_MS - 1, SHORT_TIME_MS + 1000);
}

static void times_out_at_once_without_time(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, SILENT, "");

    assert_int_equal(-ETIMEDOUT, error_of_get(fixture, 0));
}

static void sleeps_while_it_waits_for_an_answer(void **state)
{
    struct fixture *fixture = *state;
    unsigned before;
    serve_unix(fixture, SILENT, "");
    assert_int_equal(0, start_http(fixture, 1, "GET", url(fixture, "/"), 300));
    run_for_ms(fixture, 50);

    before = ev_iteration(fixture->loop);
    run_until(fixture, 1);

    assert_true(ev_iteration(fixture->loop) - before < 10);
}

static void never_answers_before_start_returns(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);

    assert_int_equal(0, start_http(fixture, 1, "GET", "http://127.0.0.1:1/", SOME_TIME_MS));
    assert_int_equal(0, start_connect(fixture, 2, "unix:/nowhere", SOME_TIME_MS));
    assert_int_equal(0, start_connect(fixture, 3, "tcp:127.0.0.1:1", SOME_TIME_MS));
    assert_int_equal(0, fixture->answers);

    run_until(fixture, 3);
}

static void serves_as_many_at_once_as_there_are_slots(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);

    for (uint32_t i = 0; i < REQUESTS_MAX; i++)
        assert_int_equal(0, start_http(fixture, i, "GET", url(fixture, "/"), SOME_TIME_MS));
    assert_int_equal(-EAGAIN, start_http(fixture, 99, "GET", url(fixture, "/"), SOME_TIME_MS));
    assert_int_equal(-EEXIST, start_http(fixture, 5, "GET", url(fixture, "/"), SOME_TIME_MS));
    run_until(fixture, REQUESTS_MAX);
    assert_int_equal(-EAGAIN, start_http(fixture, 99, "GET", url(fixture, "/"), SOME_TIME_MS));
    requests_release(fixture->requests, 5);

    assert_int_equal(0, start_http(fixture, 99, "GET", url(fixture, "/"), SOME_TIME_MS));
}

/* Cancels a GET after so many turns of the loop. */
static void cancel_after_turns(struct fixture *fixture, int turns)
{
    int answers = fixture->answers;
    int files = open_files();

    assert_int_equal(0, start_http(fixture, 1, "GET", url(fixture, "/"), SOME_TIME_MS));
    for (int i = 0; i < turns; i++)
        ev_run(fixture->loop, EVRUN_NOWAIT);
    assert_int_equal(answers, fixture->answers);
    requests_cancel(fixture->requests, 1);
    run_for_ms(fixture, 5);

    assert_int_equal(answers, fixture->answers);
    assert_int_equal(files, open_files());
}

static void leaves_nothing_behind_when_cancelled(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, DRIPS, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
    start_http(fixture, 2, "GET", url(fixture, "/"), SOME_TIME_MS); /* libcurl has begun */
    run_for_ms(fixture, 20);

    for (int turns = 0; turns < 8; turns++)
        cancel_after_turns(fixture, turns);
}

static void leaves_nothing_behind_when_cancelled_in_the_body(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, DRIPS, "HTTP/1.1 200 OK\r\n\r\nHello, world, here is a long body......");
    assert_int_equal(0, start_http(fixture, 1, "GET", url(fixture, "/"), SOME_TIME_MS));
    run_for_ms(fixture, 300);

    requests_cancel(fixture->requests, 1);
    run_for_ms(fixture, 20);

    assert_int_equal(0, fixture->answers);
    assert_null(fixture->server.open[0]);
}

static void frees_an_answer_that_is_cancelled_before_its_release(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, ANSWERS, ok_answer);
    assert_int_equal(0, start_http(fixture, 1, "GET", url(fixture, "/"), SOME_TIME_MS));
    run_until(fixture, 1);

    requests_cancel(fixture->requests, 1);

    assert_int_equal(0, error_of_get(fixture, SOME_TIME_MS));
}

static void ignores_a_cancel_of_an_unknown_request(void **state)
{
    struct fixture *fixture = *state;

    requests_cancel(fixture->requests, 4711);
    requests_release(fixture->requests, 4711);
}

static void can_be_destroyed_in_the_middle_of_everything(void **state)
{
    struct fixture *fixture = *state;
    serve_unix(fixture, DRIPS, "HTTP/1.1 200 OK\r\n\r\nbody");
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(0, start_http(fixture, i, "GET", url(fixture, "/"), SOME_TIME_MS));
    run_for_ms(fixture, 50);

    assert_int_equal(0, start_connect(fixture, 20, "unix:/nowhere", SOME_TIME_MS));
    assert_int_equal(0, start_http(fixture, 21, "GET", url(fixture, "/"), SOME_TIME_MS));
}

static void connects_to_a_unix_socket(void **state)
{
    struct fixture *fixture = *state;
    char address[100];
    int files;
    serve_unix(fixture, SILENT, "");
    files = open_files();
    snprintf(address, sizeof address, "unix:%s", fixture->server.socket);

    assert_int_equal(0, start_connect(fixture, 1, address, SOME_TIME_MS));
    run_until(fixture, 1);
    run_for_ms(fixture, 5);

    assert_int_equal(0, fixture->last.answered.error);
    assert_int_equal(files, open_files());
}

static void connects_to_a_tcp_port(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    struct fixture *fixture = *state;
    char address[100];
    serve_tcp(fixture, SILENT, "");

    for (int i = 0; i < 2; i++) {
        snprintf(address, sizeof address, "tcp:%s:%d", hosts[i], fixture->server.port);
        assert_int_equal(0, start_connect(fixture, (uint32_t)i, address, SOME_TIME_MS));
        run_until(fixture, i + 1);
        assert_int_equal(0, fixture->last.answered.error);
    }
}

static void connects_to_localhost_that_listens_on_ipv6_only(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = sizeof ipv6;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    char address[100];
    if (fd < 0 || bind(fd, (struct sockaddr *)&ipv6, size) < 0)
        skip();
    assert_int_equal(0, listen(fd, 5));
    getsockname(fd, (struct sockaddr *)&ipv6, &size);

    snprintf(address, sizeof address, "tcp:localhost:%d", ntohs(ipv6.sin6_port));
    assert_int_equal(0, start_connect(fixture, 1, address, SOME_TIME_MS));
    run_until(fixture, 1);

    assert_int_equal(0, fixture->last.answered.error);
    close(fd);
}

static void reports_why_it_could_not_connect(void **state)
{
    struct fixture *fixture = *state;
    char address[100];
    serve_unix(fixture, SILENT, "");
    ev_io_stop(fixture->loop, &fixture->server.acceptable);
    close(fixture->server.fd);
    fixture->server.fd = -1;

    snprintf(address, sizeof address, "unix:%s", fixture->server.socket);
    start_connect(fixture, 1, address, SOME_TIME_MS);
    run_until(fixture, 1);
    assert_int_equal(-ECONNREFUSED, fixture->last.answered.error);
    start_connect(fixture, 2, "unix:/nowhere", SOME_TIME_MS);
    run_until(fixture, 2);
    assert_int_equal(-ENOENT, fixture->last.answered.error);
    start_connect(fixture, 3, "tcp:127.0.0.1:1", SOME_TIME_MS);
    run_until(fixture, 3);
    assert_int_equal(-ECONNREFUSED, fixture->last.answered.error);
}

static void connects_again_until_somebody_accepts(void **state)
{
    struct fixture *fixture = *state;
    char address[100];
    snprintf(address, sizeof address, "unix:/tmp/test_requests.%d", getpid());

    start_connect_again(fixture, 1, address, SOME_TIME_MS, 3);
    run_for_ms(fixture, 10);
    assert_int_equal(0, fixture->answers);
    serve_unix(fixture, SILENT, "");
    run_until(fixture, 1);

    assert_int_equal(0, fixture->last.answered.error);
}

static void connects_again_until_the_time_is_over(void **state)
{
    struct fixture *fixture = *state;
    int64_t begun_ms = now_ms();

    start_connect_again(fixture, 1, "unix:/nowhere", 20, 3);
    run_until(fixture, 1);

    assert_int_equal(-ENOENT, fixture->last.answered.error);
    assert_true(now_ms() - begun_ms >= 19);
}

/* A unix socket whose backlog is full. Returns the socket that fills it. */
static int backlog_fill(struct fixture *fixture)
{
    struct address addresses[ADDRESSES_MAX];
    char text[100];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    serve_unix(fixture, ANSWERS, ok_answer);
    ev_io_stop(fixture->loop, &fixture->server.acceptable);
    listen(fixture->server.fd, 0);
    snprintf(text, sizeof text, "unix:%s", fixture->server.socket);
    assert_int_equal(1, address_parse(text, addresses));
    assert_int_equal(0, connect(fd, (struct sockaddr *)&addresses[0].bytes, addresses[0].size));
    return fd;
}

static void waits_for_a_place_in_a_full_backlog(void **state)
{
    struct fixture *fixture = *state;
    int filler = backlog_fill(fixture);
    char address[100];

    snprintf(address, sizeof address, "unix:%s", fixture->server.socket);
    start_connect(fixture, 1, address, SHORT_TIME_MS);
    run_until(fixture, 1);
    assert_int_equal(-ETIMEDOUT, fixture->last.answered.error);
    start_connect(fixture, 2, address, SOME_TIME_MS);
    run_for_ms(fixture, 30);
    ev_io_start(fixture->loop, &fixture->server.acceptable);
    run_until(fixture, 2);

    assert_int_equal(0, fixture->last.answered.error);
    close(filler);
}

static void counts_its_timeout_from_the_start(void **state)
{
    struct fixture *fixture = *state;
    int filler = backlog_fill(fixture);
    int64_t began_ms;
    char address[100];
    run_for_ms(fixture, 1);
    began_ms = now_ms();
    while (now_ms() < began_ms + 2 * SHORT_TIME_MS)
        continue; /* the loop's own time is old now */

    snprintf(address, sizeof address, "unix:%s", fixture->server.socket);
    began_ms = now_ms();
    start_connect(fixture, 1, address, SHORT_TIME_MS);
    run_until(fixture, 1);

    assert_true(now_ms() - began_ms >= SHORT_TIME_MS - 1);
    close(filler);
}

static void does_not_take_a_full_backlog_for_an_answer(void **state)
{
    struct fixture *fixture = *state;
    int filler = backlog_fill(fixture);

    assert_int_equal(-ECONNREFUSED, error_of_get(fixture, SHORT_TIME_MS));

    close(filler);
}

static void leaves_nothing_behind_when_an_attempt_is_cancelled(void **state)
{
    struct fixture *fixture = *state;
    int filler = backlog_fill(fixture);
    int files = open_files();
    char address[100];

    snprintf(address, sizeof address, "unix:%s", fixture->server.socket);
    start_connect(fixture, 1, address, SOME_TIME_MS);
    start_connect(fixture, 2, "unix:/nowhere", SOME_TIME_MS);
    start_connect(fixture, 3, "tcp:127.0.0.1:1", SOME_TIME_MS);
    for (uint32_t i = 1; i <= 3; i++)
        requests_cancel(fixture->requests, i);
    assert_int_equal(files, open_files());
    ev_io_start(fixture->loop, &fixture->server.acceptable);
    run_for_ms(fixture, 30);

    assert_int_equal(0, fixture->answers);
    assert_int_equal(1, fixture->server.connections); /* the filler */
    close(filler);
}

static void refuses_malformed_addresses_to_connect_to(void **state)
{
    static const char *const addresses[] = {
        "", "unix:", "unix:relative", "tcp:", "tcp:80", "tcp::80", "tcp:localhost:", "tcp:::1",
        "tcp:127.0.0.1:0", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:8x", "tcp:example.org:80",
        "http://127.0.0.1/", "tcp:[::1:80",
        "unix:/0123456789012345678901234567890123456789012345678901234567890123456789"
        "01234567890123456789012345678901234567",
    };

    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        if (start_connect(*state, 1, addresses[i], SOME_TIME_MS) != -EINVAL)
            fail_msg("accepted: %s", addresses[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gets_an_answer_over_a_unix_socket),
        TEST(sends_method_headers_and_body),
        TEST(posts_without_a_body),
        TEST(sends_a_large_body_without_waiting_for_100_continue),
        TEST(takes_any_status_as_an_answer),
        TEST(does_not_follow_a_redirect),
        TEST(does_not_use_a_proxy_of_the_environment),
        TEST(uses_a_connection_again),
        TEST(connects_anew_when_a_kept_connection_was_closed),
        TEST(refuses_malformed_addresses_at_once),
        TEST(refuses_malformed_methods_and_headers),
        TEST(says_refused_when_nobody_listens),
        TEST(says_refused_when_nobody_listens_on_a_socket_file),
        TEST(says_no_entry_when_the_socket_file_is_missing),
        TEST(says_reset_when_the_connection_is_reset),
        TEST(says_reset_for_an_empty_answer),
        TEST(says_reset_for_a_body_cut_short),
        TEST(says_protocol_for_garbage),
        TEST(says_too_long_for_an_endless_body),
        TEST(says_too_long_for_endless_headers),
        TEST(takes_a_body_of_just_the_greatest_length),
        TEST(times_out_when_nobody_answers),
        TEST(times_out_when_nobody_accepts),
        TEST(times_out_as_a_whole_when_the_answer_drips),
        TEST(times_out_at_once_without_time),
        TEST(sleeps_while_it_waits_for_an_answer),
        TEST(never_answers_before_start_returns),
        TEST(serves_as_many_at_once_as_there_are_slots),
        TEST(leaves_nothing_behind_when_cancelled),
        TEST(leaves_nothing_behind_when_cancelled_in_the_body),
        TEST(frees_an_answer_that_is_cancelled_before_its_release),
        TEST(ignores_a_cancel_of_an_unknown_request),
        TEST(can_be_destroyed_in_the_middle_of_everything),
        TEST(connects_to_a_unix_socket),
        TEST(connects_to_a_tcp_port),
        TEST(connects_to_localhost_that_listens_on_ipv6_only),
        TEST(reports_why_it_could_not_connect),
        TEST(connects_again_until_somebody_accepts),
        TEST(connects_again_until_the_time_is_over),
        TEST(waits_for_a_place_in_a_full_backlog),
        TEST(counts_its_timeout_from_the_start),
        TEST(does_not_take_a_full_backlog_for_an_answer),
        TEST(leaves_nothing_behind_when_an_attempt_is_cancelled),
        TEST(refuses_malformed_addresses_to_connect_to),
    };

    alarm(60);
    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
