/* The deadline: whatever a policy waits for, the stops get their time, and all is over before the
 * platform's patience ends. */
#include "engine_fixture.h"

static const char *const names[] = {"one", "two", "three", "four", "five"};

static const char services_1[] = "service 'one' { command = { 'x' } }";
static const char services_2[] = "for _, name in ipairs({ 'one', 'two' }) do"
                                 " service(name) { command = { 'x' } } end";
static const char services_3[] = "for _, name in ipairs({ 'one', 'two', 'three' }) do"
                                 " service(name) { command = { 'x' } } end";
static const char services_5[] = "for _, name in ipairs({ 'one', 'two', 'three', 'four', 'five' })"
                                 " do service(name) { command = { 'x' } } end";

static const char stops[] = "for _, name in ipairs(processes()) do stop(name) end";
static const char stops_of_10_s[] =
    "for _, name in ipairs(processes()) do stop(name, { timeout = 10 }) end";

/* So many services, each of which exits so long after TERM. */
static void services_are(int count, const char *text, int64_t exit_ms)
{
    memset(life.world.services, 0, sizeof(life.world.services));
    for (int i = 0; i < count; i++)
        life.world.services[i] = (struct sim_service){.name = names[i], .exit_ms = exit_ms};
    life.services = text;
}

/* Everybody was stopped by the policy, in time. */
static void expect_all_stopped(void)
{
    if (life.result.end != ENGINE_POLICY_RETURNED || *life.left || life.result.deadline_passed)
        fail_msg("%s", life.output);
    assert_true(life.result.elapsed_ms < life.result.budget_ms);
    assert_int_equal(life.sim.processes_left, 0);
}

struct hung {
    const char *name;
    int64_t grace_ms;
    int count;
    const char *services;
    const char *policy;
};

/* Nobody heeds TERM, and all are killed before the deadline. */
static void hung_run(void **state)
{
    const struct hung *hung = *state;
    life_setup(NULL);
    services_are(hung->count, hung->services, NEVER_MS);
    life.grace_ms = hung->grace_ms;
    life.policy = hung->policy;

    life_run();

    expect_all_stopped();
    assert_true(life.result.killed);
}

#define SLEEP_FIRST "sleep(3600) "

static const struct hung hung_services[] = {
    {"1 hung service, grace 3", 3000, 1, services_1, stops},
    {"2 hung services, grace 3", 3000, 2, services_2, stops},
    {"3 hung services, grace 3", 3000, 3, services_3, stops},
    {"5 hung services, grace 3", 3000, 5, services_5, stops},
    {"1 hung service, grace 10", 10000, 1, services_1, stops},
    {"2 hung services, grace 10", 10000, 2, services_2, stops},
    {"3 hung services, grace 10", 10000, 3, services_3, stops},
    {"5 hung services, grace 10", 10000, 5, services_5, stops},
    {"1 hung service, grace 30", 30000, 1, services_1, stops},
    {"3 hung services, grace 30", 30000, 3, services_3, stops},
    {"5 hung services, grace 30", 30000, 5, services_5, stops},
    {"5 hung services, grace 1", 1000, 5, services_5, stops},
    {"1 stop of 10 s, grace 3", 3000, 1, services_1, stops_of_10_s},
    {"2 stops of 10 s, grace 3", 3000, 2, services_2, stops_of_10_s},
    {"5 stops of 10 s, grace 3", 3000, 5, services_5, stops_of_10_s},
    {"1 stop of 10 s, grace 10", 10000, 1, services_1, stops_of_10_s},
    {"3 stops of 10 s, grace 10", 10000, 3, services_3, stops_of_10_s},
    {"5 stops of 10 s, grace 10", 10000, 5, services_5, stops_of_10_s},
    {"1 stop of 10 s, grace 30", 30000, 1, services_1, stops_of_10_s},
    {"3 stops of 10 s, grace 30", 30000, 3, services_3, stops_of_10_s},
    {"5 stops of 10 s, grace 30", 30000, 5, services_5, stops_of_10_s},
    {"a sleep of an hour before, grace 3", 3000, 3, services_3, SLEEP_FIRST
     "for _, name in ipairs(processes()) do stop(name) end"},
    {"a sleep of an hour before, grace 30", 30000, 5, services_5, SLEEP_FIRST
     "for _, name in ipairs(processes()) do stop(name) end"},
    {"a sleep of an hour before stops of 10 s", 30000, 5, services_5, SLEEP_FIRST
     "for _, name in ipairs(processes()) do stop(name, { timeout = 10 }) end"},
    {"a sleep of an hour between the stops", 30000, 5, services_5,
     "for _, name in ipairs(processes()) do stop(name) sleep(3600) end"},
    {"a wait of an hour for an exit", 30000, 1, services_1,
     "wait_exit('one', { timeout = 3600 }) stop('one')"},
    {"a wait for an exit of each", 30000, 3, services_3,
     "for _, name in ipairs(processes()) do wait_exit(name) stop(name) end"},
    {"a request of an hour", 30000, 3, services_3,
     "http.get('http://a/', { timeout = 3600 }) for _, n in ipairs(processes()) do stop(n) end"},
    {"a command of an hour", 30000, 3, services_3,
     "run({ 'hangs' }, { timeout = 3600 }) for _, n in ipairs(processes()) do stop(n) end"},
    {"a limit of an hour", 30000, 3, services_3, "with_timeout(3600, function() parallel(function()"
     " sleep(3600) end) end) for _, n in ipairs(processes()) do stop(n) end"},
    {"all stops at once", 30000, 5, services_5, "local t = {} for i, n in ipairs(processes()) do"
     " t[i] = function() stop(n) end end parallel(table.unpack(t))"},
    {"all stops of 100 s at once", 30000, 5, services_5, "local t = {} for i, n in"
     " ipairs(processes()) do t[i] = function() stop(n, { timeout = 100 }) end end"
     " parallel(table.unpack(t))"},
};

static int hung_run_group(void)
{
    enum { COUNT = sizeof(hung_services) / sizeof(*hung_services) };
    struct CMUnitTest tests[COUNT];

    for (int i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = hung_services[i].name,
            .test_func = hung_run,
            .teardown_func = life_teardown,
            .initial_state = (void *)(uintptr_t)&hung_services[i],
        };
    return _cmocka_run_group_tests("hung services", tests, COUNT, NULL, NULL);
}

static void a_stop_takes_three_parts_and_leaves_each_other_one(void **state)
{
    (void)state;
    services_are(3, services_3, NEVER_MS);
    life.policy = stops;

    life_run();

    expect_output_order("up to 16.9 s", "up to 8.5 s", "up to 2.9 s");
    expect_history_order("KILL group of three", "KILL group of two", "KILL group of one");
    expect_all_stopped();
}

static void what_a_fast_stop_leaves_is_shared_by_the_others(void **state)
{
    (void)state;
    services_are(3, services_3, NEVER_MS);
    service("three")->exit_ms = 100;
    life.policy = stops;

    life_run();

    expect_output_order("up to 16.9 s", "three", "up to 21.1 s", "two", "up to 7.1 s");
    expect_all_stopped();
}

static void a_short_grace_kills_nobody_who_exits_at_once(void **state)
{
    static const int64_t graces_ms[] = {1000, 1200, 1500, 2000};

    for (size_t i = 0; i < sizeof(graces_ms) / sizeof(*graces_ms); i++) {
        life_setup(state);
        services_are(5, services_5, 10);
        life.grace_ms = graces_ms[i];
        life.policy = "sleep(3600) for _, name in ipairs(processes()) do stop(name) end";
        life_run();
        expect_all_stopped();
        expect_no_history("KILL");
        life_teardown(state);
    }
}

/* Our machine stalls after the first TERM; then its time is over, and the signal is there, too. */
static void a_second_signal_waits_for_who_was_just_killed(void **state)
{
    (void)state;
    services_are(5, services_5, 10);
    service("five")->exit_ms = NEVER_MS;
    life.grace_ms = 3000;
    life.world.steps[0] = (struct sim_step){SIGNAL_MS, SIM_SIGNAL, .number = SIGTERM};
    life.world.steps[1] = (struct sim_step){SIGNAL_MS + 900, SIM_SIGNAL, .number = SIGTERM};
    life.world.stall_at_ms = SIGNAL_MS + 100;
    life.world.stall_ms = 2000;
    life.policy = "stop('five', { timeout = 0.5 }) stop('four')";

    life_run();

    expect_history_order("KILL group of five", "signal TERM", "gone five", "TERM four");
}

static void a_slow_service_is_not_killed_while_there_is_time(void **state)
{
    (void)state;
    services_are(3, services_3, 8000);
    life.policy = stops;

    life_run();

    assert_false(life.result.killed);
    expect_all_stopped();
}

static void sleeping_leaves_each_stop_its_reserve(void **state)
{
    (void)state;
    services_are(5, services_5, 1000);
    life.policy = "sleep(3600) for _, n in ipairs(processes()) do stop(n) end";

    life_run();

    assert_false(life.result.killed);
    expect_all_stopped();
}

static void waiting_for_an_exit_leaves_the_stop_its_reserve(void **state)
{
    (void)state;
    services_are(1, services_1, 1000);
    life.policy = "log(wait_exit('one', { timeout = 3600 })) stop('one')";

    life_run();

    expect_output("log       false timeout");
    assert_false(life.result.killed);
    expect_all_stopped();
}

static void a_policy_that_only_waits_ends_after_100_refused_waits(void **state)
{
    (void)state;
    life.policy = "\nwhile true do sleep(1) end";

    life_run();

    expect_output("shutdown.lua:2: no time is left, and still 100 waits were tried");
    assert_int_equal(life.result.end, ENGINE_POLICY_FAILED);
    assert_true(life.result.elapsed_ms < 26000);
}

static void refused_waits_cannot_be_caught_for_ever(void **state)
{
    (void)state;
    life.policy = "while true do pcall(sleep, 1) end";

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_FAILED);
    assert_true(life.result.elapsed_ms < life.result.budget_ms);
}

static void sleeping_for_nothing_again_and_again_ends_at_the_deadline(void **state)
{
    (void)state;
    life.policy = "while true do sleep(0) end";

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_FAILED);
    assert_true(life.result.elapsed_ms < life.result.budget_ms);
}

static void a_policy_without_stops_leaves_services_to_the_last_resort(void **state)
{
    (void)state;
    life.policy = "log('nothing')";

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
    assert_string_equal(life.left, "db, web");
}

static void the_margins_shrink_with_the_grace(void **state)
{
    (void)state;
    life.grace_ms = 2000;
    life.policy = "log(remaining())";

    life_run();

    assert_int_equal(life.result.budget_ms, 1800);
    expect_output("log       1.5\n");
}

static void a_shortened_sleep_is_said_once(void **state)
{
    (void)state;
    life.policy = "sleep(100) sleep(100) sleep(100)";

    life_run();

    expect_output_order("shortened", "sleep(100) after 25.5 s");
    assert_null(strstr(strstr(life.output, "shortened") + 1, "shortened"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stop_takes_three_parts_and_leaves_each_other_one),
        TEST(what_a_fast_stop_leaves_is_shared_by_the_others),
        cmocka_unit_test(a_short_grace_kills_nobody_who_exits_at_once),
        TEST(a_second_signal_waits_for_who_was_just_killed),
        TEST(a_slow_service_is_not_killed_while_there_is_time),
        TEST(sleeping_leaves_each_stop_its_reserve),
        TEST(waiting_for_an_exit_leaves_the_stop_its_reserve),
        TEST(a_policy_that_only_waits_ends_after_100_refused_waits),
        TEST(refused_waits_cannot_be_caught_for_ever),
        TEST(sleeping_for_nothing_again_and_again_ends_at_the_deadline),
        TEST(a_policy_without_stops_leaves_services_to_the_last_resort),
        TEST(the_margins_shrink_with_the_grace),
        TEST(a_shortened_sleep_is_said_once),
    };

    return hung_run_group() + cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}
