/* A stand-in, run in a child of its own, and what can be seen of it from outside. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "standin/begun.h"
#include "standin/record.h"
#include "standin/standin.h"

enum { WORDS_MAX = 16, TEXT_MAX = 2048, PATIENCE_MS = 10000 };

static char folder[] = "/tmp/standin-XXXXXX";
static pid_t pid;

static char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* Starts one with these words ("exit=20 deaf=1"), and waits until it accepts connections. */
static void start(const char *words)
{
    static char text[256];
    char *arguments[WORDS_MAX] = {"router", folder};
    struct standin_config config;
    const char *wrong;
    int count = 2;

    snprintf(text, sizeof text, "%s", words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        arguments[count++] = word;
    assert_int_equal(standin_parse(arguments, &config, &wrong), 0);
    unlink(path_of("router.sock"));
    pid = fork();
    if (pid == 0)
        _exit(standin_run(&config));
    for (int64_t limit = monotonic_now_ms() + PATIENCE_MS; access(path_of("router.sock"), F_OK);) {
        assert_true(monotonic_now_ms() < limit);
        wait_a_moment();
    }
}

static int end_code(void)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int end_with(int signal)
{
    kill(pid, signal);
    return end_code();
}

static struct record record(void)
{
    struct record result;

    assert_int_equal(record_read(path_of("router.record"), &result), 0);
    return result;
}

/* Asks its admin; what came back is in `text`. Returns -errno of the last read. */
static int ask(const char *request, char text[TEXT_MAX])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t used = 0;
    ssize_t length;

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path_of("router-admin.sock"));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -errno;
    }
    assert_true(write(fd, request, strlen(request)) > 0);
    while (used < TEXT_MAX - 1 && (length = read(fd, text + used, TEXT_MAX - 1 - used)) > 0)
        used += (size_t)length;
    text[used] = '\0';
    length = length < 0 ? -errno : 0;
    close(fd);
    return (int)length;
}

static void it_exits_with_its_code_when_it_is_asked_to(void **state)
{
    (void)state;
    start("exit=20 code=7");

    assert_int_equal(end_with(SIGTERM), 7);
    assert_true(record().exited_ms >= record().asked_ms + 20);
}

static void it_exits_only_after_its_time(void **state)
{
    (void)state;
    start("slow=300");
    int64_t begun_ms = monotonic_now_ms();

    end_with(SIGTERM);

    assert_true(monotonic_now_ms() - begun_ms >= 299);
}

static void a_deaf_one_must_be_killed(void **state)
{
    (void)state;
    start("deaf=1");
    kill(pid, SIGTERM);
    kill(pid, SIGHUP);
    for (int64_t limit = monotonic_now_ms() + PATIENCE_MS; record().asked_ms < 0;) {
        assert_true(monotonic_now_ms() < limit);
        wait_a_moment();
    }

    assert_int_equal(end_with(SIGKILL), 128 + SIGKILL);
    assert_true(record().exited_ms < 0);
}

static void it_crashes_at_its_time(void **state)
{
    (void)state;
    unlink(path_of(BEGUN_FILE));
    start("crash=200");

    assert_int_equal(end_code(), 1);
    assert_true(record().exited_ms >= 200);
}

static void its_admin_drains_and_counts(void **state)
{
    char text[TEXT_MAX];
    (void)state;
    start("drains connections=4 rate=5000");

    assert_int_equal(ask("POST /drain_listeners?graceful HTTP/1.1\r\n\r\n", text), 0);
    assert_non_null(strstr(text, "HTTP/1.1 200"));
    assert_int_equal(ask("GET /stats?type=Gauges HTTP/1.1\r\n\r\n", text), 0);
    assert_non_null(strstr(text, "http.ingress.downstream_cx_http1_active: "));
    assert_int_equal(ask("GET /elsewhere HTTP/1.1\r\n\r\n", text), 0);
    assert_non_null(strstr(text, "HTTP/1.1 404"));
    end_with(SIGKILL);
}

static void its_admin_refuses_resets_and_fails_as_described(void **state)
{
    char text[TEXT_MAX];
    (void)state;

    start("drains admin=1"); /* refuses, once it is ready */
    for (int64_t limit = monotonic_now_ms() + PATIENCE_MS;
         ask("GET /ready HTTP/1.1\r\n\r\n", text) != -ECONNREFUSED;) {
        assert_true(monotonic_now_ms() < limit);
        wait_a_moment();
    }
    end_with(SIGKILL);
    start("drains admin=2"); /* resets */
    assert_int_equal(ask("GET /ready HTTP/1.1\r\n\r\n", text), -ECONNRESET);
    end_with(SIGKILL);
    start("drains admin=4 admin_status=4"); /* an error: 503 */
    assert_int_equal(ask("GET /ready HTTP/1.1\r\n\r\n", text), 0);
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    end_with(SIGKILL);
}

static void its_record_says_what_a_kill_has_cut(void **state)
{
    (void)state;
    start("drains long=3 long_for=60000");
    for (int64_t limit = monotonic_now_ms() + PATIENCE_MS; record().requests_active != 3;) {
        assert_true(monotonic_now_ms() < limit);
        wait_a_moment();
    }

    end_with(SIGKILL);

    assert_int_equal(record().requests_active, 3);
    assert_true(record().visited);
}

static void words_that_are_not_understood_are_named(void **state)
{
    char *arguments[] = {"router", folder, "exit=20", "exits=20", NULL};
    struct standin_config config;
    const char *wrong;
    (void)state;

    assert_int_equal(standin_parse(arguments, &config, &wrong), -EINVAL);
    assert_string_equal(wrong, "exits=20");
    arguments[3] = "admin=99";
    assert_int_equal(standin_parse(arguments, &config, &wrong), -EINVAL);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path_of("router.sock"));
    unlink(path_of("router-admin.sock"));
    unlink(path_of("router.record"));
    unlink(path_of(BEGUN_FILE));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_exits_with_its_code_when_it_is_asked_to),
        cmocka_unit_test(it_exits_only_after_its_time),
        cmocka_unit_test(a_deaf_one_must_be_killed),
        cmocka_unit_test(it_crashes_at_its_time),
        cmocka_unit_test(its_admin_drains_and_counts),
        cmocka_unit_test(its_admin_refuses_resets_and_fails_as_described),
        cmocka_unit_test(its_record_says_what_a_kill_has_cut),
        cmocka_unit_test(words_that_are_not_understood_are_named),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
