/* Why a shutdown begins, what further signals do, and how services stop. */
#include "engine_fixture.h"

static void signals_at(int64_t first_ms, int64_t second_ms, int64_t third_ms)
{
    life.world.steps[0] = (struct sim_step){first_ms, SIM_SIGNAL, .number = SIGTERM};
    life.world.steps[1] = (struct sim_step){second_ms, SIM_SIGNAL, .number = SIGTERM};
    if (third_ms)
        life.world.steps[2] = (struct sim_step){third_ms, SIM_SIGNAL, .number = SIGINT};
}

/* Stopping */

static void term_is_followed_by_cont(void **state)
{
    (void)state;

    life_run();

    expect_history_order("TERM web", "CONT web", "exit web 0", "gone web", "TERM db");
}

static void a_frozen_service_stops(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){500, SIM_FREEZE, .service = "web"};
    life.world.steps[1] = (struct sim_step){1000, SIM_SIGNAL, .number = SIGTERM};

    life_run();

    expect_history_order("freeze web", "TERM web", "exit web 0");
    expect_no_history("KILL");
}

static void a_service_stops_by_the_signal_that_it_heeds(void **state)
{
    (void)state;
    service("web")->exit_signal = SIGQUIT;
    life.policy = "log(stop('web', { signal = 'QUIT' }))";

    life_run();

    expect_output_order("QUIT      pid 3", "exited    code 0", "log       true exited");
}

static void a_hung_service_is_killed_with_its_group(void **state)
{
    (void)state;
    service("web")->exit_ms = NEVER_MS;
    life.policy = "log(stop('web', { timeout = 2 }))";

    life_run();

    expect_history_order("3.000 KILL group of web", "exit web 137", "gone web");
    expect_output_order("KILL      still there after 2.0 s", "killed by SIGKILL",
                        "log       true killed");
    assert_true(life.result.killed);
}

static void without_kill_a_hung_service_stays(void **state)
{
    (void)state;
    service("web")->exit_ms = NEVER_MS;
    life.policy = "log(stop('web', { timeout = 2, kill = false }))";

    life_run();

    expect_output("log       false still running\n");
    expect_no_history("KILL");
    assert_string_equal(life.left, "db, web");
}

static void a_stop_waits_for_the_processes_that_a_service_leaves(void **state)
{
    (void)state;
    service("web")->group_ms = 3000;

    life_run();

    expect_history_order("exit web 0", "TERM group of web", "4.010 gone web", "4.010 TERM db");
    expect_output("to the processes it left behind");
}

/* Both events are there, but the policy hears of the first only. */
static void who_has_just_crashed_is_not_asked_to_exit(void **state)
{
    (void)state;
    service("web")->crash_ms = 2000;
    service("web")->crash_code = 3;
    life.policy = "wait_exit('web') log(stop('web'))";

    life_run();

    expect_output_order("web              exited    code 3", "log       true already");
    expect_no_output("TERM      ");
    expect_no_history("TERM group of web");
}

static void the_children_of_who_has_crashed_are_asked_once(void **state)
{
    (void)state;
    service("web")->crash_ms = 2000;
    service("web")->group_ms = 3000;
    life.policy = "wait_exit('web') log(stop('web'))";

    life_run();

    expect_output_order("TERM      to the processes it left behind", "log       true exited");
    expect_no_output("TERM      pid");
    expect_history_order("exit web 0", "TERM group of web", "gone web");
}

static void a_group_that_stays_is_killed(void **state)
{
    (void)state;
    service("web")->group_ms = NEVER_MS;
    life.policy = "log(stop('web', { timeout = 2 }))";

    life_run();

    expect_history_order("exit web 0", "3.000 KILL group of web", "gone web");
    expect_output("log       true killed");
}

static void a_service_in_no_hurry_to_die_is_still_running(void **state)
{
    (void)state;
    service("web")->exit_ms = NEVER_MS;
    life.policy = "signal('web', 'STOP') log(alive('web')) log(stop('web', { timeout = 1 }))";

    life_run();

    expect_output_order("log       true\n", "log       true killed");
}

static void two_stops_of_one_service_at_once_agree(void **state)
{
    (void)state;
    service("web")->exit_ms = 500;
    life.policy = "parallel(function() log(stop('web')) end, function() log(stop('web')) end)";

    life_run();

    expect_output_order("log       true exited", "log       true exited");
    expect_no_history("KILL");
}

static void wait_exit_gives_the_code_of_a_killed_service(void **state)
{
    (void)state;
    life.policy = "signal('web', 'KILL') log(wait_exit('web'))";

    life_run();

    expect_output("log       true 137\n");
}

static void an_exit_code_that_no_signal_has_is_shown_as_one(void **state)
{
    (void)state;
    service("web")->exit_code = 255;

    life_run();

    expect_output("exited    code 255");
}

/* Causes */

static void each_signal_that_stops_is_a_cause(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_SIGNAL, .number = SIGQUIT};
    life.policy = "log(shutdown.cause, shutdown.signal, shutdown.process)";

    life_run();

    expect_output_order("shutdown  SIGQUIT; grace 30.0 s, all gone within 29.0 s",
                        "log       signal QUIT nil");
}

static void other_signals_are_ignored(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_SIGNAL, .number = SIGUSR1};
    life.world.steps[1] = (struct sim_step){2000, SIM_SIGNAL, .number = SIGTERM};

    life_run();

    expect_output("SIGUSR1 ignored");
    expect_history_order("2.000 signal TERM", "2.000 TERM web");
}

static void a_service_that_exits_by_itself_is_a_cause_with_its_code(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_CRASH, .number = 3, .service = "db"};
    life.policy = "log(shutdown.cause, shutdown.signal, shutdown.process) stop('web')";

    life_run();

    expect_output_order("shutdown  db exited by itself with code 3", "log       exit nil db");
    assert_int_equal(life.result.exit_code, 3);
    assert_true(life.result.exit_code_given);
    expect_history_order("exit db 3", "TERM web", "exit web 0");
}

static void a_crash_by_a_signal_gives_128_and_the_signal(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_CRASH, .number = 139, .service = "web"};

    life_run();

    expect_output("web exited by itself with code 139");
    assert_int_equal(life.result.exit_code, 139);
}

static void a_service_that_exits_with_0_by_itself_ends_all_with_0(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_CRASH, .number = 0, .service = "db"};

    life_run();

    assert_int_equal(life.result.exit_code, 0);
    assert_true(life.result.exit_code_given);
    assert_string_equal(life.left, "");
}

static void a_second_crash_during_the_shutdown_does_not_change_the_code(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_CRASH, .number = 3, .service = "db"};
    life.world.steps[1] = (struct sim_step){2000, SIM_CRASH, .number = 4, .service = "web"};
    life.policy = "sleep(3) stop('web') stop('db')";

    life_run();

    assert_int_equal(life.result.exit_code, 3);
    expect_output("exited    code 4");
}

static void a_policy_can_choose_the_exit_code(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_CRASH, .number = 3, .service = "db"};
    life.policy = "exit_code(42) stop('web')";

    life_run();

    assert_int_equal(life.result.exit_code, 42);
}

static void a_signal_after_a_crash_does_not_hurry(void **state)
{
    (void)state;
    life.world.steps[0] = (struct sim_step){1000, SIM_CRASH, .number = 3, .service = "db"};
    life.world.steps[1] = (struct sim_step){2000, SIM_SIGNAL, .number = SIGTERM};
    life.policy = "log(sleep(5)) stop('web')";

    life_run();

    expect_output("log       true\n");
    expect_no_output("hurry");
}

/* Further signals */

static void a_second_signal_ends_sleeps_and_shortens_stops(void **state)
{
    (void)state;
    signals_at(1000, 2000, 0);
    service("web")->exit_ms = NEVER_MS;
    life.policy = "log(sleep(10)) stop('web') stop('db')";

    life_run();

    expect_output_order("hurry", "second SIGTERM: 3.0 s are left", "log       false no time left",
                        "web              KILL", "db               exited");
    assert_true(life.result.elapsed_ms <= 4000);
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void a_second_signal_shortens_a_stop_that_waits(void **state)
{
    (void)state;
    signals_at(1000, 2000, 0);
    service("web")->exit_ms = NEVER_MS;

    life_run();

    expect_output_order("up to 21.1 s", "second SIGTERM", "KILL");
    assert_true(life.result.elapsed_ms < 3500);
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void a_second_signal_does_not_lengthen_what_is_left(void **state)
{
    (void)state;
    life.grace_ms = 3000;
    signals_at(1000, 2900, 0);
    life.policy = "sleep(10) log(remaining() < 1)";

    life_run();

    assert_true(life.result.budget_ms <= 2700);
}

static void a_second_signal_ends_requests_and_commands(void **state)
{
    (void)state;
    signals_at(1000, 2000, 0);
    life.world.endpoints[0] = (struct sim_endpoint){"tcp:a:1", .manner = SIM_HANGS};
    life.world.commands[0] = (struct sim_command){"hangs", .after_ms = NEVER_MS};
    life.policy = "parallel(function() log(http.get('http://a:1/', { timeout = 20 })) end,"
                  " function() log(run({ 'hangs' }, { timeout = 20 })) end) log(elapsed())"
                  " stop('web') stop('db')";

    life_run();

    expect_output_order("log       nil no time left", "log       false timeout",
                        "log       1.0\n");
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void after_a_second_signal_stops_within_a_limit_go_on(void **state)
{
    (void)state;
    signals_at(1000, 2000, 0);
    service("web")->exit_ms = 500;
    life.policy = "sleep(10) log(with_timeout(20, function() return stop('web') end)) stop('db')";

    life_run();

    expect_output("log       true true exited");
    expect_no_history("KILL");
}

static void a_third_signal_ends_all_at_once(void **state)
{
    (void)state;
    signals_at(1000, 2000, 2500);
    service("web")->exit_ms = NEVER_MS;

    life_run();

    assert_int_equal(life.result.end, ENGINE_KILLED);
    assert_string_equal(life.reason, "third signal");
    assert_string_equal(life.left, "db, web");
    assert_int_equal(life.result.elapsed_ms, 1500);
}

static void three_signals_at_once_kill(void **state)
{
    (void)state;
    signals_at(1000, 1000, 1000);

    life_run();

    assert_int_equal(life.result.end, ENGINE_KILLED);
}

static void signals_after_the_end_change_nothing(void **state)
{
    (void)state;
    signals_at(1000, 1020, 1021);

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
    expect_no_output("third");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(term_is_followed_by_cont),
        TEST(a_frozen_service_stops),
        TEST(a_service_stops_by_the_signal_that_it_heeds),
        TEST(a_hung_service_is_killed_with_its_group),
        TEST(without_kill_a_hung_service_stays),
        TEST(a_stop_waits_for_the_processes_that_a_service_leaves),
        TEST(who_has_just_crashed_is_not_asked_to_exit),
        TEST(the_children_of_who_has_crashed_are_asked_once),
        TEST(a_group_that_stays_is_killed),
        TEST(a_service_in_no_hurry_to_die_is_still_running),
        TEST(two_stops_of_one_service_at_once_agree),
        TEST(wait_exit_gives_the_code_of_a_killed_service),
        TEST(an_exit_code_that_no_signal_has_is_shown_as_one),
        TEST(each_signal_that_stops_is_a_cause),
        TEST(other_signals_are_ignored),
        TEST(a_service_that_exits_by_itself_is_a_cause_with_its_code),
        TEST(a_crash_by_a_signal_gives_128_and_the_signal),
        TEST(a_service_that_exits_with_0_by_itself_ends_all_with_0),
        TEST(a_second_crash_during_the_shutdown_does_not_change_the_code),
        TEST(a_policy_can_choose_the_exit_code),
        TEST(a_signal_after_a_crash_does_not_hurry),
        TEST(a_second_signal_ends_sleeps_and_shortens_stops),
        TEST(a_second_signal_shortens_a_stop_that_waits),
        TEST(a_second_signal_does_not_lengthen_what_is_left),
        TEST(a_second_signal_ends_requests_and_commands),
        TEST(after_a_second_signal_stops_within_a_limit_go_on),
        TEST(a_third_signal_ends_all_at_once),
        TEST(three_signals_at_once_kill),
        TEST(signals_after_the_end_change_nothing),
    };

    return cmocka_run_group_tests_name("shutdown", tests, NULL, NULL);
}
