/* What services write and what we print, on the live world. With real processes and pipes. */
#define _GNU_SOURCE 1

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include "live/last_resort.h"
#include "live_fixture.h"

/* Not with strstr: AddressSanitizer's looks at the whole text each time. */
static int count_of(const char *text, const char *part)
{
    size_t length = strlen(part);
    int count = 0;
    for (; *text; text++)
        count += strncmp(text, part, length) == 0;
    return count;
}

/* Lets the loop run for some turns: the alarm is behind what is ready already. */
static void run_for_ms(int64_t duration_ms)
{
    world->ops->alarm_set(world, world->ops->now_ms(world) + duration_ms);
    next_of(EVENT_ALARM);
}

static void lines_get_the_prefix_and_keep_to_their_side(void **state)
{
    (void)state;
    world_open();

    start_script(0, "[rtr] ", "echo one; echo two >&2; echo; echo three");
    next_of(EVENT_GONE);
    world_close();

    assert_string_equal(text_of(STDOUT_FILENO), "[rtr] one\n[rtr] \n[rtr] three\n");
    assert_non_null(strstr(text_of(STDERR_FILENO), "[rtr] two\n"));
}

static void a_last_line_without_newline_gets_one(void **state)
{
    (void)state;
    world_open();

    start_script(0, "[a] ", "printf 'one\\ntw'; printf o");
    next_of(EVENT_GONE);
    world_close();

    assert_string_equal(text_of(STDOUT_FILENO), "[a] one\n[a] two\n");
}

static void a_line_that_is_too_long_goes_on_in_another(void **state)
{
    (void)state;
    world_open();

    start_script(0, "[a] ", "head -c 65536 /dev/zero | tr '\\0' x; echo;"
                            "head -c 65546 /dev/zero | tr '\\0' y; echo");
    next_of(EVENT_GONE);
    world_close();

    const char *text = text_of(STDOUT_FILENO);
    assert_int_equal(strlen(text), 65536 + 65546 + 3 * strlen("[a] \n"));
    assert_int_equal(count_of(text, "\n"), 3);
    assert_non_null(strstr(text, "y\n[a] yyyyyyyyyy\n"));
}

static void all_5000_lines_that_are_written_on_TERM_arrive(void **state)
{
    (void)state;
    world_open();
    start_script(0, "[a] ", "trap 'seq 5000; exit 0' TERM; echo ready; cat $FIFO & wait");
    int writer = fifo_open_writer();
    world->ops->deadline_set(world, world->ops->now_ms(world) + 3600 * 1000);

    send_signal(TARGET_PROCESS, 0, SIGTERM);

    next_of(EVENT_EXITED);
    close(writer);
    next_of(EVENT_GONE);
    world_close();
    assert_int_equal(count_of(text_of(STDOUT_FILENO), "[a] "), 5001);
    assert_non_null(strstr(text_of(STDOUT_FILENO), "[a] 5000\n"));
}

static void what_a_grandchild_writes_after_the_exit_arrives(void **state)
{
    (void)state;
    world_open();
    start_script(0, "[a] ", "cat $FIFO & echo leader; exit 0");
    next_of(EVENT_EXITED);
    int writer = fifo_open_writer();

    assert_int_equal(write(writer, "grandchild\n", 11), 11);

    close(writer);
    next_of(EVENT_GONE);
    world_close();
    assert_string_equal(text_of(STDOUT_FILENO), "[a] leader\n[a] grandchild\n");
}

static void what_services_write_while_the_last_resort_stops_them_arrives(void **state)
{
    (void)state;
    world_open();
    start_script(0, "[a] ", "trap 'seq 100000; exit 0' TERM; cat $FIFO & wait");
    int writer = fifo_open_writer();

    assert_true(last_resort_run("a test"));

    close(writer);
    world_close();
    assert_int_equal(count_of(text_of(STDOUT_FILENO), "[a] "), 100000);
}

static void a_stalled_reader_stalls_the_service_and_not_us(void **state)
{
    (void)state;
    world_open_unread();
    start_script(0, "[a] ", "yes");

    run_for_ms(20);
    kill(getpid(), SIGUSR1);
    assert_int_equal(next().signal, SIGUSR1);

    assert_int_equal(send_signal(TARGET_GROUP, 0, SIGKILL), 0);
    next_of(EVENT_EXITED);
    collector_start(&collectors[0]);
    world_close();
    assert_null(strstr(text_of(STDOUT_FILENO), "dropped"));
}

static void a_service_can_exit_although_the_reader_has_stalled(void **state)
{
    (void)state;
    world_open_unread();
    world->ops->deadline_set(world, world->ops->now_ms(world) + 3600 * 1000);

    start_script(0, "[a] ", "seq 300000; exit 0");
    assert_int_equal(next_of(EVENT_EXITED).exited.code, 0);
    next_of(EVENT_GONE);

    collector_start(&collectors[0]);
    world_close();
    assert_int_equal(count_of(text_of(STDOUT_FILENO), "lines were dropped here"), 1);
    assert_true(count_of(text_of(STDOUT_FILENO), "\n[a] ") > 10000);
}

static void our_own_lines_come_through_a_stall_in_order(void **state)
{
    (void)state;
    char line[64];
    world_open_unread();
    start_script(0, "[a] ", "yes");
    run_for_ms(50);

    for (int i = 0; i < 500; i++) {
        snprintf(line, sizeof(line), "line %d.", i);
        world->ops->print(world, CHANNEL_INFO, line);
    }
    send_signal(TARGET_GROUP, 0, SIGKILL);
    next_of(EVENT_EXITED);
    collector_start(&collectors[0]);
    world_close();

    const char *at = text_of(STDOUT_FILENO);
    for (int i = 0; at && i < 500; i++) {
        snprintf(line, sizeof(line), "line %d.\n", i);
        at = strstr(at, line);
    }
    assert_non_null(at);
}

static void a_reader_that_is_never_there_delays_the_end_by_200_ms_at_most(void **state)
{
    (void)state;
    world_open_unread();
    start_script(0, "[a] ", "yes");
    run_for_ms(20);
    send_signal(TARGET_GROUP, 0, SIGKILL);
    next_of(EVENT_GONE);
    int64_t begin_ms = world->ops->now_ms(world);

    live_destroy(world);

    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert_true(now.tv_sec * 1000 + now.tv_nsec / 1000000 - begin_ms < 400);
    world = NULL;
    collectors_close();
    assert_non_null(strstr(text_of(STDERR_FILENO), "lines for stdout are lost"));
}

static void a_reader_that_has_gone_is_survived(void **state)
{
    (void)state;
    world_open_unread();
    close(collectors[0].reader);
    collectors[0].reader = open("/dev/null", O_RDONLY | O_CLOEXEC);

    start_script(0, "[a] ", "seq 100000; echo end >&2");
    assert_int_equal(next_of(EVENT_EXITED).exited.code, 0);
    next_of(EVENT_GONE);
    world_close();

    assert_non_null(strstr(text_of(STDERR_FILENO), "[a] end\n"));
}

static void the_description_that_we_inherited_stays_blocking(void **state)
{
    (void)state;
    world_open();

    start_script(0, "[a] ", "seq 10000");
    next_of(EVENT_GONE);

    assert_false(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK);
    assert_false(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK);
    world_close();
}

static void lines_of_two_channels_with_one_reader_are_not_mixed(void **state)
{
    (void)state;
    world_open_unread();
    live_destroy(world);
    dup2(STDOUT_FILENO, STDERR_FILENO);
    struct live_config config = {.name = "ent"};
    assert_int_equal(live_create(&config, &world), 0);
    collector_start(&collectors[0]);

    start_script(0, "[a] ", "yes outoutoutout | head -n 50000 & yes errerrerrerr |"
                            "head -n 50000 >&2; wait");
    next_of(EVENT_GONE);
    world_close();

    const char *text = text_of(STDOUT_FILENO);
    assert_int_equal(count_of(text, "[a] outoutoutout\n"), 50000);
    assert_int_equal(count_of(text, "[a] errerrerrerr\n"), 50000);
}

static void a_socket_as_stdout_is_not_blocked_on(void **state)
{
    (void)state;
    int ends[2];
    world_open_unread();
    live_destroy(world);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    close(collectors[0].reader);
    collectors[0].reader = ends[0];
    struct live_config config = {.name = "ent"};
    assert_int_equal(live_create(&config, &world), 0);

    start_script(0, "[a] ", "seq 200000");
    run_for_ms(20);
    collector_start(&collectors[0]);
    next_of(EVENT_GONE);
    world_close();

    assert_int_equal(count_of(text_of(STDOUT_FILENO), "[a] "), 200000);
}

static void our_lines_have_name_and_time_and_no_control_characters(void **state)
{
    (void)state;
    world_open();

    world->ops->print(world, CHANNEL_INFO, "one\ntwo\033[31m");
    world->ops->print(world, CHANNEL_WARNING, "three");
    world_close();

    int year, consumed = 0;
    const char *text = text_of(STDOUT_FILENO);
    sscanf(text, "[ent] %4d-%*2d-%*2d %*2d:%*2d:%*2d %n", &year, &consumed);
    assert_int_equal(consumed, strlen("[ent] 2026-01-31 23:59:59 "));
    assert_string_equal(text + consumed, "one two [31m\n");
    assert_non_null(strstr(text_of(STDERR_FILENO), " three\n"));
}

static void the_report_is_appended_to_its_file(void **state)
{
    (void)state;
    char path[128], text[64] = "";
    snprintf(path, sizeof(path), "%s/report", directory);
    struct live_config config = {.name = "ent", .report_path = path};
    world_open_unread();
    live_destroy(world);
    assert_int_equal(live_create(&config, &world), 0);

    world->ops->print(world, CHANNEL_REPORT, "{\"a\":1}");
    world->ops->print(world, CHANNEL_REPORT, "{\"a\":2}");

    assert_int_equal(world->ops->file_read(world, path, text, sizeof(text)), 16);
    assert_string_equal(text, "{\"a\":1}\n{\"a\":2}\n");
    world_close();
}

static void a_report_file_that_cannot_be_opened_is_an_error(void **state)
{
    (void)state;
    struct live_config config = {.name = "ent", .report_path = "/nowhere/report"};

    assert_int_equal(live_create(&config, &world), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_get_the_prefix_and_keep_to_their_side),
        TEST(a_last_line_without_newline_gets_one),
        TEST(a_line_that_is_too_long_goes_on_in_another),
        TEST(all_5000_lines_that_are_written_on_TERM_arrive),
        TEST(what_a_grandchild_writes_after_the_exit_arrives),
        TEST(what_services_write_while_the_last_resort_stops_them_arrives),
        TEST(a_stalled_reader_stalls_the_service_and_not_us),
        TEST(a_service_can_exit_although_the_reader_has_stalled),
        TEST(our_own_lines_come_through_a_stall_in_order),
        TEST(a_reader_that_is_never_there_delays_the_end_by_200_ms_at_most),
        TEST(a_reader_that_has_gone_is_survived),
        TEST(the_description_that_we_inherited_stays_blocking),
        TEST(lines_of_two_channels_with_one_reader_are_not_mixed),
        TEST(a_socket_as_stdout_is_not_blocked_on),
        TEST(our_lines_have_name_and_time_and_no_control_characters),
        TEST(the_report_is_appended_to_its_file),
        TEST(a_report_file_that_cannot_be_opened_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
