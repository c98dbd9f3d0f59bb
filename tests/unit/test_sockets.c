#define _GNU_SOURCE 1 /* accept4 */

/* Connections of a process group as the kernel sees them: real sockets of a child of ours. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/sockets.h"

enum { TICKS_MS = 20, /* several ticks of the kernel's clock */
       PORTS_TOO_MANY = 256 }; /* with that of the server */

/* A server in a process group of its own. It answers a byte "q" with "a", and nothing else. */
static struct {
    pid_t pid;
    struct sockaddr_in6 address;
    int listener;
} server;

/* After so many dumps of the kernel each ends with an error; below 0: none does. */
static int dumps_that_work = -1;

ssize_t __real_recv(int fd, void *bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
    ssize_t length = __real_recv(fd, bytes, size, flags), left = length;
    struct nlmsghdr *header = bytes;

    if (dumps_that_work < 0)
        return length;
    for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left))
        if (header->nlmsg_type == NLMSG_DONE && dumps_that_work > 0)
            dumps_that_work--;
        else if (header->nlmsg_type == NLMSG_DONE)
            memcpy(NLMSG_DATA(header), &(int){-ENOBUFS}, sizeof(int));
    return length;
}

static void serve(void)
{
    int clients[8], count = 0;
    char byte;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int client = accept4(server.listener, NULL, NULL, SOCK_NONBLOCK);

        if (client >= 0 && count < 8)
            clients[count++] = client;
        for (int i = 0; i < count; i++)
            if (recv(clients[i], &byte, 1, 0) == 1 && byte == 'q')
                send(clients[i], "a", 1, MSG_NOSIGNAL);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static int setup(void **state)
{
    socklen_t size = sizeof(server.address);

    (void)state;
    server.listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
    server.address = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
    if (bind(server.listener, (struct sockaddr *)&server.address, size) < 0 ||
        listen(server.listener, 8) < 0 ||
        getsockname(server.listener, (struct sockaddr *)&server.address, &size) < 0)
        return -1;
    server.pid = fork();
    if (server.pid == 0)
        serve();
    setpgid(server.pid, server.pid);
    close(server.listener);
    return server.pid > 0 ? 0 : -1;
}

static int setup_of_too_many_ports(void **state)
{
    int listeners[PORTS_TOO_MANY], result = 0;

    for (int i = 0; i < PORTS_TOO_MANY; i++) {
        listeners[i] = socket(AF_INET6, SOCK_STREAM, 0);
        result |= listen(listeners[i], 1);
    }
    result |= setup(state);
    for (int i = 0; i < PORTS_TOO_MANY; i++)
        close(listeners[i]);
    return result;
}

static int teardown(void **state)
{
    (void)state;
    dumps_that_work = -1;
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
    return 0;
}

/* Over IPv4, to the socket that listens for both. */
static int client(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = server.address.sin6_port,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void ask(int fd)
{
    char byte;

    assert_int_equal(send(fd, "q", 1, 0), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), 1);
}

static void pass_ticks(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TICKS_MS * 1000000}, NULL);
}

static struct sockets_seen look(void)
{
    struct sockets_seen seen = {-1, -1, -1};

    assert_int_equal(sockets_look(server.pid, &seen), 0);
    return seen;
}

static void a_dump_that_fails_in_the_end_is_not_nobody(void **state)
{
    (void)state;
    struct sockets_seen seen;

    dumps_that_work = 2; /* of the ports; then those of the connections */

    assert_int_equal(sockets_look(server.pid, &seen), -ENOBUFS);
}

static void more_ports_than_it_can_remember_are_said(void **state)
{
    (void)state;
    struct sockets_seen seen;

    assert_int_equal(sockets_look(server.pid, &seen), -E2BIG);
}

static void nobody_is_connected(void **state)
{
    (void)state;
    struct sockets_seen seen = look();

    assert_int_equal(seen.open, 0);
    assert_int_equal(seen.busy, 0);
}

static void connections_are_counted_and_idle_after_their_answer(void **state)
{
    (void)state;
    int one = client(), other = client();

    ask(one);
    pass_ticks();
    ask(other);
    pass_ticks();

    assert_int_equal(look().open, 2);
    assert_int_equal(look().busy, 0);
    close(one);
    close(other);
}

static void a_request_without_an_answer_is_busy(void **state)
{
    (void)state;
    int one = client(), other = client();

    ask(one);
    ask(other);
    pass_ticks();
    assert_int_equal(send(other, "?", 1, 0), 1);
    pass_ticks();

    assert_int_equal(look().open, 2);
    assert_int_equal(look().busy, 1);
    close(one);
    close(other);
}

static void a_first_request_is_busy_at_once(void **state)
{
    (void)state;
    int one = client();

    assert_int_equal(send(one, "?", 1, 0), 1);
    pass_ticks();

    assert_int_equal(look().busy, 1);
    close(one);
}

static void what_a_frozen_service_has_not_read_is_busy(void **state)
{
    (void)state;
    int one = client();

    ask(one);
    kill(server.pid, SIGSTOP);
    assert_int_equal(send(one, "q", 1, 0), 1);
    pass_ticks();

    assert_int_equal(look().busy, 1);
    close(one);
}

static void a_service_that_reads_nothing_and_sends_nothing_is_stuck_for_so_long(void **state)
{
    (void)state;
    int one = client(), other = client();

    ask(one);
    ask(other);
    pass_ticks();
    assert_int_equal(look().stuck_ms, 0);
    kill(server.pid, SIGSTOP);
    assert_int_equal(send(one, "q", 1, 0), 1);
    pass_ticks();
    pass_ticks();

    assert_in_range(look().stuck_ms, TICKS_MS, 60000);
    kill(server.pid, SIGCONT);
    assert_int_equal(recv(one, &(char){0}, 1, 0), 1);
    assert_in_range(look().stuck_ms, 0, TICKS_MS);
    close(one);
    close(other);
}

static void connections_of_others_do_not_count(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int ours = socket(AF_INET, SOCK_STREAM, 0), to_us = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(ours, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(ours, 1), 0);
    assert_int_equal(getsockname(ours, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(to_us, (struct sockaddr *)&address, size), 0);

    assert_int_equal(look().open, 0);
    close(to_us);
    close(ours);
}

static void a_group_that_is_gone_is_an_error(void **state)
{
    (void)state;
    struct sockets_seen seen = {-1, -1, -1};

    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);

    assert_int_equal(sockets_look(server.pid, &seen), -ESRCH);
    assert_int_equal(seen.open, -1);
}

static void a_group_that_does_not_listen_is_an_error(void **state)
{
    (void)state;
    struct sockets_seen seen;
    pid_t child = fork();

    if (child == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    setpgid(child, child);

    assert_int_equal(sockets_look(child, &seen), -ENOENT);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(nobody_is_connected),
        TEST(connections_are_counted_and_idle_after_their_answer),
        TEST(a_request_without_an_answer_is_busy),
        TEST(a_first_request_is_busy_at_once),
        TEST(what_a_frozen_service_has_not_read_is_busy),
        TEST(a_service_that_reads_nothing_and_sends_nothing_is_stuck_for_so_long),
        TEST(connections_of_others_do_not_count),
        TEST(a_group_that_is_gone_is_an_error),
        TEST(a_group_that_does_not_listen_is_an_error),
        TEST(a_dump_that_fails_in_the_end_is_not_nobody),
        cmocka_unit_test_setup_teardown(more_ports_than_it_can_remember_are_said,
                                        setup_of_too_many_ports, teardown),
    };

    return cmocka_run_group_tests_name("sockets", tests, NULL, NULL);
}
