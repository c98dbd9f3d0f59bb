/* The simulated world: time, files and output. */
#include "sim_fixture.h"

/* Time */

static void test_an_alarm_comes_at_its_time_and_nothing_after_it(void **state)
{
    (void)state;
    struct world *world = make(&plain);

    world->ops->alarm_set(world, 5000);

    assert_string_equal(run(), "5000 alarm\n");
}

static void test_a_new_alarm_replaces_the_one_before(void **state)
{
    (void)state;
    struct world *world = make(&plain);

    world->ops->alarm_set(world, 5000);
    world->ops->alarm_set(world, 7000);

    assert_string_equal(run(), "7000 alarm\n");
}

static void test_an_alarm_that_was_taken_back_never_comes(void **state)
{
    (void)state;
    struct world *world = make(&plain);

    world->ops->alarm_set(world, 5000);
    world->ops->alarm_set(world, NEVER_MS);

    assert_string_equal(run(), "");
}

static void test_what_is_due_at_the_same_time_happens_in_the_order_it_was_arranged(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .steps = {{1000, SIM_SIGNAL, .number = SIGTERM}, {1000, SIM_SIGNAL, .number = SIGINT}},
    };
    struct world *world = make(&config);

    world->ops->alarm_set(world, 1000);

    assert_string_equal(run(), "1000 signal 15\n1000 signal 2\n1000 alarm\n");
}

static void test_a_step_added_for_the_past_happens_now(void **state)
{
    (void)state;
    struct world *world = make(&plain);
    run_until(3000);

    sim_at(world, (struct sim_step){1000, SIM_SIGNAL, .number = SIGTERM});

    assert_string_equal(run(), "3000 signal 15\n");
}

static void test_nothing_happens_after_the_end(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .steps = {{1000, .action = SIM_END}, {2000, SIM_SIGNAL, .number = SIGTERM}},
    };
    make(&config);

    assert_string_equal(run(), "");
    assert_int_equal(now_ms(), 1000);
}

static void test_the_deadline_kills_what_is_left_and_ends_the_world(void **state)
{
    (void)state;
    struct world *world = make(&plain);
    start(ROUTER, "router");
    world->ops->deadline_set(world, 9000);
    world->ops->alarm_set(world, 9001);

    assert_string_equal(run(), "");

    assert_true(sim_result(world).deadline_passed);
    assert_int_equal(sim_result(world).processes_left, 1);
    assert_string_equal(sim_history(world), "     0.000 start router\n     9.000 deadline\n");
}

static void test_the_deadline_moves_to_an_earlier_time_only(void **state)
{
    (void)state;
    struct world *world = make(&plain);

    world->ops->deadline_set(world, 9000);
    world->ops->deadline_set(world, 4000);
    world->ops->deadline_set(world, 6000);
    run();

    assert_int_equal(now_ms(), 4000);
}

static void test_an_engine_that_turns_in_a_circle_is_stopped(void **state)
{
    (void)state;
    struct world *world = make(&plain);
    struct event event;

    do
        world->ops->alarm_set(world, 0);
    while (world->ops->next_event(world, &event));

    assert_true(sim_result(world).stuck);
}

/* Files and output */

static void test_files_are_read_replaced_and_removed(void **state)
{
    (void)state;
    static const struct sim_config config = {.files = {{"/etc/grace", "30"}}};
    struct world *world = make(&config);
    char buffer[4];

    assert_int_equal(world->ops->file_read(world, "/etc/grace", buffer, sizeof(buffer)), 2);
    assert_memory_equal(buffer, "30", 2);
    assert_int_equal(world->ops->file_write(world, "/etc/grace", "12345"), 0);
    assert_int_equal(world->ops->file_read(world, "/etc/grace", buffer, sizeof(buffer)), -EFBIG);
    assert_int_equal(world->ops->file_write(world, "/etc/grace", NULL), 0);
    assert_int_equal(world->ops->file_write(world, "/etc/grace", NULL), -ENOENT);
    assert_int_equal(world->ops->file_read(world, "/etc/grace", buffer, sizeof(buffer)), -ENOENT);
}

static void test_output_and_report_are_kept_apart(void **state)
{
    (void)state;
    struct world *world = make(&plain);

    world->ops->print(world, CHANNEL_INFO, "one");
    world->ops->print(world, CHANNEL_REPORT, "{}");
    world->ops->print(world, CHANNEL_WARNING, "two");

    assert_string_equal(sim_output(world), "one\ntwo\n");
    assert_string_equal(sim_report(world), "{}\n");
}

static void test_the_history_tells_what_happened_outside(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = 10}},
        .steps = {{12000, SIM_SIGNAL, .number = SIGTERM}},
    };
    struct world *world = make(&config);
    start(ROUTER, "router");
    run();
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run();
    world->ops->file_write(world, "/run/router.sock", NULL);
    sim_end(world);

    assert_string_equal(sim_history(world), "     0.000 start router\n"
                                            "    12.000 signal TERM\n"
                                            "    12.000 TERM router\n"
                                            "    12.010 exit router 0\n"
                                            "    12.010 gone router\n"
                                            "    12.010 remove /run/router.sock\n"
                                            "    12.010 end\n");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_alarm_comes_at_its_time_and_nothing_after_it),
        TEST(test_a_new_alarm_replaces_the_one_before),
        TEST(test_an_alarm_that_was_taken_back_never_comes),
        TEST(test_what_is_due_at_the_same_time_happens_in_the_order_it_was_arranged),
        TEST(test_a_step_added_for_the_past_happens_now),
        TEST(test_nothing_happens_after_the_end),
        TEST(test_the_deadline_kills_what_is_left_and_ends_the_world),
        TEST(test_the_deadline_moves_to_an_earlier_time_only),
        TEST(test_an_engine_that_turns_in_a_circle_is_stopped),
        TEST(test_files_are_read_replaced_and_removed),
        TEST(test_output_and_report_are_kept_apart),
        TEST(test_the_history_tells_what_happened_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
