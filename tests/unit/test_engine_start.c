/* The start: in order, each when the one before is ready; and all the ways in which it fails. */
#include <errno.h>

#include "engine_fixture.h"

static const char three_services[] =
    "service 'one' { command = { 'x' }, ready = { socket = '/one', timeout = 2 } }\n"
    "service 'two' { command = { 'x' }, ready = { tcp = 'localhost:2' } }\n"
    "service 'three' { command = { 'x' }, ready = { http = 'http://localhost:3/ready' } }\n";

static void three_services_that_need_time(void)
{
    life.services = three_services;
    life.policy = "for _, name in ipairs(processes()) do stop(name) end";
    life.world.services[0] = (struct sim_service){
        .name = "one", .ready_ms = 100, .address = "unix:/one"};
    life.world.services[1] = (struct sim_service){
        .name = "two", .ready_ms = 50, .address = "tcp:localhost:2"};
    life.world.services[2] = (struct sim_service){
        .name = "three", .ready_ms = 200, .address = "tcp:localhost:3"};
}

static void each_starts_when_the_one_before_is_ready(void **state)
{
    (void)state;
    three_services_that_need_time();

    life_run();

    expect_output_order("one              started   pid 2", "one              ready     in 0.1",
                        "two              started   pid 3", "two              ready     in 0.0",
                        "three            started   pid 4", "three            ready     in 0.2",
                        "serving   all services are up");
}

static void ready_is_noticed_soon(void **state)
{
    (void)state;
    three_services_that_need_time();
    service("one")->ready_ms = 4;

    life_run();

    expect_output("one              ready     in 0.00");
}

static void a_delay_is_a_way_to_be_ready(void **state)
{
    (void)state;
    life.services = "service 'db' { command = { 'x' }, ready = { delay = 0.5 } }"
                    " service 'web' { command = { 'x' } }";

    life_run();

    expect_output_order("db               ready     in 0.500 s", "web              started");
}

static void an_http_status_other_than_2xx_is_not_ready(void **state)
{
    (void)state;
    three_services_that_need_time();
    service("three")->faults[0] = (struct sim_fault){.manner = SIM_STATUS, .status = 503};
    service("three")->address = NULL;
    life.world.steps[0] = (struct sim_step){60000, SIM_SIGNAL, .number = SIGTERM};

    life_run();

    expect_output("three: not ready within 10 s: http://localhost:3/ready gives 'status 503'");
    assert_int_equal(life.result.exit_code, 1);
}

static void a_socket_that_never_appears_ends_the_start(void **state)
{
    (void)state;
    three_services_that_need_time();
    service("one")->ready_ms = NEVER_MS;
    life.world.steps[0] = (struct sim_step){60000, SIM_SIGNAL, .number = SIGTERM};

    life_run();

    expect_output_order("one: not ready within 2 s: /one gives 'refused'",
                        "shutdown  one did not start");
    expect_no_history("start two");
    expect_history_order("TERM one", "exit one");
    assert_int_equal(life.result.exit_code, 1);
}

static void a_program_that_is_missing_gives_127(void **state)
{
    (void)state;
    service("web")->start_error = ENOENT;

    life_run();

    expect_output_order("web: web: No such file or directory; see its command in services.lua",
                        "shutdown  web did not start");
    assert_int_equal(life.result.exit_code, 127);
    expect_history_order("TERM db", "exit db");
}

static void a_program_that_may_not_run_gives_126(void **state)
{
    (void)state;
    service("db")->start_error = EACCES;

    life_run();

    expect_output("db: db: Permission denied");
    assert_int_equal(life.result.exit_code, 126);
}

static void the_policy_knows_who_did_not_start(void **state)
{
    (void)state;
    service("web")->start_error = ENOENT;
    life.policy = "log(shutdown.cause, shutdown.signal, shutdown.process, alive('web'),"
                  " drain('web')) log(stop('web')) stop('db')";

    life_run();

    expect_output_order("log       start nil web false false not running",
                        "log       true already");
}

static void an_address_that_is_none_is_the_fault_of_its_service(void **state)
{
    (void)state;
    life.services = "service 'db' { command = { 'x' } }"
                    " service 'web' { command = { 'x' }, ready = { http = 'ready' } }";

    life_run();

    expect_output_order("'ready' is not an address", "shutdown  web did not start");
    assert_int_equal(life.result.exit_code, 1);
}

static void a_service_that_dies_while_starting_gives_its_code(void **state)
{
    (void)state;
    three_services_that_need_time();
    service("two")->ready_ms = NEVER_MS;
    service("two")->crash_ms = 30;
    service("two")->crash_code = 9;

    life_run();

    expect_output("shutdown  two exited by itself with code 9");
    expect_no_history("start three");
    assert_int_equal(life.result.exit_code, 9);
}

static void an_earlier_service_that_dies_during_the_start_ends_it(void **state)
{
    (void)state;
    three_services_that_need_time();
    service("one")->crash_ms = 120;
    service("one")->crash_code = 5;

    life_run();

    expect_output("one exited by itself with code 5");
    expect_history_order("exit one 5", "TERM two");
    expect_no_history("start three");
}

static void a_service_that_is_left_out_is_not_started(void **state)
{
    (void)state;
    life.services = "service 'db' { command = { 'x' }, when = file_exists('/none') }"
                    " service 'web' { command = { 'x' }, when = true }";
    life.policy = "log(alive('db'), pid('db'), stop('db')) stop('web')";

    life_run();

    expect_no_history("start db");
    expect_output("log       false nil true already");
}

static void stale_sockets_are_removed_before_the_start_and_at_the_end(void **state)
{
    (void)state;
    life.services = "service 'web' { command = { 'x' }, sockets = { '/a', '/b' } }";
    life.policy = "stop('web')";

    life_run();

    expect_history_order("remove /a", "remove /b", "start web", "gone web", "remove /a",
                         "remove /b");
}

static void a_signal_at_any_millisecond_of_the_start_stops_cleanly(void **state)
{
    for (int64_t at_ms = 0; at_ms < 420; at_ms++) {
        life_setup(state);
        three_services_that_need_time();
        life.world.steps[0] = (struct sim_step){at_ms, SIM_SIGNAL, .number = SIGTERM};

        life_run();

        assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
        assert_string_equal(life.left, "");
        assert_int_equal(life.sim.processes_left, 0);
        assert_false(life.result.exit_code_given);
        life_teardown(state);
    }
}

static void a_crash_at_any_millisecond_of_the_start_gives_its_code(void **state)
{
    for (int64_t at_ms = 1; at_ms < 420; at_ms++) {
        life_setup(state);
        three_services_that_need_time();
        life.world.steps[0] = (struct sim_step){at_ms, SIM_CRASH, .number = 7, .service = "one"};

        life_run();

        assert_int_equal(life.result.exit_code, 7);
        assert_string_equal(life.left, "");
        assert_int_equal(life.sim.processes_left, 0);
        life_teardown(state);
    }
}

static void an_hour_of_serving_is_an_hour_of_waiting(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){3600 * 1000, SIM_SIGNAL, .number = SIGTERM};

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
    expect_history("  3600.000 signal TERM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_starts_when_the_one_before_is_ready),
        TEST(ready_is_noticed_soon),
        TEST(a_delay_is_a_way_to_be_ready),
        TEST(an_http_status_other_than_2xx_is_not_ready),
        TEST(a_socket_that_never_appears_ends_the_start),
        TEST(a_program_that_is_missing_gives_127),
        TEST(a_program_that_may_not_run_gives_126),
        TEST(the_policy_knows_who_did_not_start),
        TEST(an_address_that_is_none_is_the_fault_of_its_service),
        TEST(a_service_that_dies_while_starting_gives_its_code),
        TEST(an_earlier_service_that_dies_during_the_start_ends_it),
        TEST(a_service_that_is_left_out_is_not_started),
        TEST(stale_sockets_are_removed_before_the_start_and_at_the_end),
        TEST(a_signal_at_any_millisecond_of_the_start_stops_cleanly),
        TEST(a_crash_at_any_millisecond_of_the_start_gives_its_code),
        TEST(an_hour_of_serving_is_an_hour_of_waiting),
    };

    return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
