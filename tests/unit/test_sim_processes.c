/* Processes of the simulated world. */
#include "sim_fixture.h"

static void test_a_service_exits_on_term_and_then_its_group_is_gone(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = 200, .exit_code = 3}},
    };
    make(&config);
    start(ROUTER, "router");
    run_until(1000);

    assert_int_equal(send_signal(TARGET_PROCESS, ROUTER, SIGTERM), 0);

    assert_string_equal(run(), "1200 exited 0 code 3\n1200 gone 0\n");
    assert_int_equal(send_signal(TARGET_PROCESS, ROUTER, SIGTERM), -ESRCH);
    assert_int_equal(sim_result(fixture.world).processes_left, 0);
}

static void test_a_service_that_nobody_described_behaves_well(void **state)
{
    (void)state;
    make(&plain);

    start(ENGINE, "anything");
    connect_to(1, "unix:/run/anything.sock");
    send_signal(TARGET_PROCESS, ENGINE, SIGTERM);

    assert_string_equal(run(), "0 answered 1 error 0 status 0\n0 exited 1 code 0\n0 gone 1\n");
}

static void test_a_program_that_is_missing_does_not_start(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .start_error = ENOENT}},
    };
    make(&config);

    assert_int_equal(start(ROUTER, "router"), -ENOENT);
    assert_int_equal(send_signal(TARGET_PROCESS, ROUTER, SIGTERM), -ESRCH);
}

static void test_a_number_is_free_again_after_gone(void **state)
{
    (void)state;
    make(&plain);
    start(ROUTER, "router");

    assert_int_equal(start(ROUTER, "router"), -EBUSY);
    send_signal(TARGET_PROCESS, ROUTER, SIGKILL);
    run();

    assert_int_equal(start(ROUTER, "router"), 0);
    assert_int_equal(start(PROCESSES_MAX, "router"), -EINVAL);
}

static void test_who_ignores_term_dies_of_kill(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = NEVER_MS}},
    };
    make(&config);
    start(ROUTER, "router");

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    assert_string_equal(run(), "");
    send_signal(TARGET_GROUP, ROUTER, SIGKILL);

    assert_string_equal(run(), "0 exited 0 code 137\n0 gone 0\n");
}

static void test_a_second_term_changes_nothing_and_kill_comes_first(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = 2000}},
    };
    make(&config);
    start(ROUTER, "router");
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run_until(1000);

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    send_signal(TARGET_PROCESS, ROUTER, SIGKILL);

    assert_string_equal(run(), "1000 exited 0 code 137\n1000 gone 0\n");
}

static void test_only_its_own_exit_signal_ends_a_service_that_has_one(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "nginx", .exit_signal = SIGQUIT}},
    };
    make(&config);
    start(ROUTER, "nginx");

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    assert_string_equal(run(), "");
    send_signal(TARGET_PROCESS, ROUTER, SIGQUIT);

    assert_string_equal(run(), "0 exited 0 code 0\n0 gone 0\n");
}

static void test_a_frozen_service_keeps_term_pending_until_it_is_continued(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = 100}},
        .steps = {{1000, SIM_FREEZE, .service = "router"}},
    };
    make(&config);
    start(ROUTER, "router");
    run_until(2000);

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    assert_string_equal(run(), "");
    send_signal(TARGET_PROCESS, ROUTER, SIGCONT);

    assert_string_equal(run(), "2100 exited 0 code 0\n2100 gone 0\n");
}

static void test_a_service_that_is_frozen_while_it_exits_needs_the_rest_of_its_time(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = 100}},
        .steps = {{30, SIM_FREEZE, .service = "router"}, {1000, SIM_THAW, .service = "router"}},
    };
    make(&config);
    start(ROUTER, "router");

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);

    assert_string_equal(run(), "1070 exited 0 code 0\n1070 gone 0\n");
}

static void test_services_crash_by_themselves_or_by_the_script(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .crash_ms = 700, .crash_code = 139}},
        .steps = {{500, SIM_CRASH, 1, "engine"}, {600, SIM_CRASH, 1, "nobody"}},
    };
    make(&config);
    start(ROUTER, "router");
    start(ENGINE, "engine");

    assert_string_equal(run(), "500 exited 1 code 1\n500 gone 1\n"
                               "700 exited 0 code 139\n700 gone 0\n");
}

static void test_children_outlive_their_leader(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .group_ms = 300}},
    };
    make(&config);
    start(ROUTER, "router");

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);

    assert_string_equal(run(), "0 exited 0 code 0\n300 gone 0\n");
}

static void test_children_that_stay_are_killed_through_their_group(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .group_ms = NEVER_MS}},
    };
    make(&config);
    start(ROUTER, "router");
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    assert_string_equal(run(), "0 exited 0 code 0\n");

    assert_int_equal(send_signal(TARGET_GROUP, ROUTER, SIGTERM), 0);
    assert_string_equal(run(), "");
    assert_int_equal(send_signal(TARGET_GROUP, ROUTER, SIGKILL), 0);

    assert_string_equal(run(), "0 gone 0\n");
    assert_int_equal(send_signal(TARGET_GROUP, ROUTER, SIGKILL), -ESRCH);
}

static void test_a_command_ends_by_itself_with_its_output(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .commands = {{.name = "migrate", .code = 4, .output = "no database", .after_ms = 50}},
    };
    make(&config);

    run_command("migrate");

    assert_string_equal(run(), "50 exited 32 code 4 no database\n50 gone 32\n");
}

static void test_a_command_that_hangs_dies_of_a_signal(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .commands = {{.name = "tail", .after_ms = NEVER_MS}},
    };
    make(&config);
    run_command("tail");
    assert_string_equal(run(), "");

    send_signal(TARGET_GROUP, COMMAND, SIGTERM);

    assert_string_equal(run(), "0 exited 32 code 143\n0 gone 32\n");
}

static void test_a_pid_is_signalled_unless_it_is_foreign_or_unknown(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .orphans = {{.pid = 1000}, {.pid = 1001, .foreign = true}},
    };
    make(&config);

    assert_int_equal(send_signal(TARGET_PID, 1000, SIGTERM), 0);
    assert_int_equal(send_signal(TARGET_PID, 1001, SIGTERM), -EPERM);
    assert_int_equal(send_signal(TARGET_PID, 1002, SIGTERM), -ESRCH);
    run();

    assert_int_equal(send_signal(TARGET_PID, 1000, SIGTERM), -ESRCH);
}

static void test_others_are_gone_when_the_last_descendant_is(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .orphans = {{.pid = 1000, .exit_ms = 40}, {.pid = 1001, .exit_ms = NEVER_MS}},
    };
    make(&config);

    assert_int_equal(send_signal(TARGET_OTHERS, 0, SIGTERM), 0);
    assert_string_equal(run(), "");
    assert_int_equal(send_signal(TARGET_OTHERS, 0, SIGKILL), 0);

    assert_string_equal(run(), "40 gone -1\n");
}

static void test_others_are_gone_at_once_when_there_are_none(void **state)
{
    (void)state;
    make(&plain);

    assert_int_equal(send_signal(TARGET_OTHERS, 0, SIGTERM), -ESRCH);

    assert_string_equal(run(), "0 gone -1\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_service_exits_on_term_and_then_its_group_is_gone),
        TEST(test_a_service_that_nobody_described_behaves_well),
        TEST(test_a_program_that_is_missing_does_not_start),
        TEST(test_a_number_is_free_again_after_gone),
        TEST(test_who_ignores_term_dies_of_kill),
        TEST(test_a_second_term_changes_nothing_and_kill_comes_first),
        TEST(test_only_its_own_exit_signal_ends_a_service_that_has_one),
        TEST(test_a_frozen_service_keeps_term_pending_until_it_is_continued),
        TEST(test_a_service_that_is_frozen_while_it_exits_needs_the_rest_of_its_time),
        TEST(test_services_crash_by_themselves_or_by_the_script),
        TEST(test_children_outlive_their_leader),
        TEST(test_children_that_stay_are_killed_through_their_group),
        TEST(test_a_command_ends_by_itself_with_its_output),
        TEST(test_a_command_that_hangs_dies_of_a_signal),
        TEST(test_a_pid_is_signalled_unless_it_is_foreign_or_unknown),
        TEST(test_others_are_gone_when_the_last_descendant_is),
        TEST(test_others_are_gone_at_once_when_there_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
