/* Coroutines and their waits: what is cancelled where, what wakes whom, and that nothing outlives
 * its caller. The sanitizer looks for what a cancelled wait leaves behind. */
#include "engine_fixture.h"

/* Cancelled while it waits */

static void a_cancelled_sleep_never_ends(void **state)
{
    (void)state;
    life.policy = "race(function() sleep(1) end, function() sleep(5) log('never') end) sleep(9)";

    life_run();

    expect_no_output("never");
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void a_cancelled_stop_goes_on_outside_but_not_in_the_policy(void **state)
{
    (void)state;
    service("web")->exit_ms = 3000;
    life.policy = "log(with_timeout(1, function() stop('web') log('never') end)) sleep(9)";

    life_run();

    expect_output("log       false timeout");
    expect_no_output("never");
    expect_no_history("KILL");
    expect_history("     4.000 exit web 0");
}

static void an_answer_that_comes_after_the_cancellation_finds_nobody(void **state)
{
    (void)state;
    life.world.endpoints[0] = (struct sim_endpoint){"tcp:a:1", .answer_ms = 2000};
    life.policy = "with_timeout(1, function() http.get('http://a:1/', { timeout = 9 })"
                  " log('never') end) log(sleep(3), elapsed())";

    life_run();

    expect_no_output("never");
    expect_output("log       true 4.0\n");
}

static void a_late_answer_does_not_wake_the_next_wait_of_the_same_place(void **state)
{
    (void)state;
    life.world.endpoints[0] = (struct sim_endpoint){"tcp:a:1", .answer_ms = 1100};
    life.policy = "for i = 1, 5 do with_timeout(1, function() http.get('http://a:1/',"
                  " { timeout = 9 }) end) end log(elapsed())";

    life_run();

    expect_output("log       5.0\n");
}

static void each_of_two_requests_gets_its_own_answer(void **state)
{
    (void)state;
    life.world.endpoints[0] = (struct sim_endpoint){"tcp:a:1", .answer_ms = 100, .body = "a"};
    life.world.endpoints[1] = (struct sim_endpoint){"tcp:b:1", .answer_ms = 900, .body = "b"};
    life.policy = "parallel(function() log(http.get('http://b:1/').body, elapsed()) end,"
                  " function() log(http.get('http://a:1/').body, elapsed()) end)";

    life_run();

    expect_output_order("log       a 0.1\n", "log       b 0.9\n");
}

static void cancelled_requests_leave_their_places(void **state)
{
    (void)state;
    life.world.endpoints[0] = (struct sim_endpoint){"tcp:a:1", .manner = SIM_HANGS};
    life.world.endpoints[1] = (struct sim_endpoint){"tcp:b:1", .body = "b"};
    life.policy = "for i = 1, 200 do with_timeout(0.01, function() http.get('http://a:1/',"
                  " { timeout = 20 }) end) end log(http.get('http://b:1/').body)";

    life_run();

    expect_output("log       b\n");
}

static void a_cancelled_command_is_killed_with_its_group(void **state)
{
    (void)state;
    life.world.commands[0] = (struct sim_command){"hangs", .after_ms = NEVER_MS};
    life.policy = "with_timeout(1, function() run({ 'hangs' }, { timeout = 9 }) log('never')"
                  " end) sleep(1)";

    life_run();

    expect_no_output("never");
    expect_history_order("start hangs", "2.000 KILL group of hangs", "2.000 exit hangs 137");
}

static void commands_one_after_the_other_never_run_out(void **state)
{
    (void)state;
    life.world.commands[0] = (struct sim_command){"hangs", .after_ms = NEVER_MS};
    life.policy = "for i = 1, 100 do run({ 'hangs' }, { timeout = 0.1 }) end log('done')";

    life_run();

    expect_output("log       done");
}

static void more_commands_at_once_than_there_are_places_are_a_mistake(void **state)
{
    (void)state;
    life.world.commands[0] = (struct sim_command){"hangs", .after_ms = NEVER_MS};
    life.policy = "local t = {} for i = 1, 33 do t[i] = function() run({ 'hangs' }) end end"
                  " parallel(table.unpack(t))";

    life_run();

    expect_output("shutdown.lua:1: more than 32 commands at once");
}

static void cancelling_ends_children_of_children_first(void **state)
{
    (void)state;
    life.policy = "with_timeout(1, function() parallel(function() race(function() sleep(5)"
                  " log('a') end, function() parallel(function() sleep(6) log('b') end) end)"
                  " log('c') end, function() sleep(7) log('d') end) log('e') end) sleep(20)"
                  " log('end')";

    life_run();

    expect_output("log       end");
    expect_no_output("log       a");
    expect_no_output("log       e\n");
}

static void cancelling_is_not_seen_by_pcall(void **state)
{
    (void)state;
    life.policy = "with_timeout(1, function() while true do pcall(sleep, 1e6) log('never') end"
                  " end) sleep(3)";

    life_run();

    expect_no_output("never");
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void a_branch_that_is_ready_when_it_is_cancelled_does_not_run(void **state)
{
    (void)state;
    life.policy = "race(function() sleep(1) end, function() sleep(1) log('never') end) sleep(1)";

    life_run();

    expect_no_output("never");
}

static void hundreds_of_races_leave_nothing_behind(void **state)
{
    (void)state;
    life.world.endpoints[0] = (struct sim_endpoint){"tcp:a:1", .manner = SIM_HANGS};
    life.policy = "for i = 1, 300 do race(function() sleep(0.01) end, function()"
                  " http.get('http://a:1/') end, function() wait_exit('web') end,"
                  " function() parallel(function() sleep(9) end) end) end log('done')";

    life_run();

    expect_output("log       done");
}

static void what_the_start_watches_ends_with_the_shutdown(void **state)
{
    (void)state;
    life.policy = "sleep(10)";

    life_run();

    assert_int_equal(life.sim.requests, 0);
    expect_no_output("drain");
    assert_true(life.sim.events < 20);
}

/* Waiting where it cannot be */

static const struct example unwaitable[] = {
    {"sleep in table.sort says where and why", "table.sort({ 2, 1 }, function() sleep(1) end)",
     "shutdown.lua:1: sleep cannot wait here: not inside a function that table.sort"},
    {"sleep in gsub does as well", "local _ = ('a'):gsub('a', function() sleep(1) end)",
     "shutdown.lua:1: sleep cannot wait here"},
    {"http in table.sort does as well",
     "table.sort({ 2, 1 }, function() http.get('http://a/') end)",
     "shutdown.lua:1: a request cannot wait here"},
    {"run in table.sort does not start the command",
     "table.sort({ 2, 1 }, function() run({ 'x' }) end)", "shutdown.lua:1: run cannot wait here"},
    {"stop in table.sort does as well", "table.sort({ 2, 1 }, function() stop('web') end)",
     "shutdown.lua:1: waiting for a service cannot wait here"},
    {"parallel in table.sort starts nothing",
     "table.sort({ 2, 1 }, function() parallel(function() log('never') end) end)",
     "shutdown.lua:1: running functions at once cannot wait here"},
    {"sleep in pcall is fine", "log(pcall(sleep, 1)) log(elapsed())", "log       1.0\n"},
    {"sleep in an iterator is fine", "for i in function(_, i) sleep(1) return (i or 0) < 2 and"
     " (i or 0) + 1 or nil end do log(i, elapsed()) end", "log       2 2.0\n"},
    {"a mistake in a sort can be caught",
     "log(pcall(table.sort, { 2, 1 }, function() sleep(1) end))", "log       false shutdown.lua"},
};

/* Errors */

static const struct example errors[] = {
    {"an error has its line", "\n\nlocal x = nil + 1", "shutdown.lua:3: attempt to perform"},
    {"an error in a branch has its line", "\nparallel(function()\nerror('bad') end)",
     "shutdown.lua:3: bad"},
    {"an error that is no text is reported", "error({})", "an error that is not a text"},
    {"an error of nothing is reported", "error()", "an error that is not a text"},
    {"an error of nothing in a branch is reported", "parallel(function() error() end)",
     "an error that is not a text"},
    {"an error stops the policy and says who is left", "error('bad')", "bad; left: db, web"},
    {"an endless recursion is an error", "local function f() return 1 + f() end f()",
     "more memory than a policy may use"},
    {"an error is caught by pcall with its text", "log(pcall(error, 'x', 0))",
     "log       false x\n"},
};

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_cancelled_sleep_never_ends),
        TEST(a_cancelled_stop_goes_on_outside_but_not_in_the_policy),
        TEST(an_answer_that_comes_after_the_cancellation_finds_nobody),
        TEST(a_late_answer_does_not_wake_the_next_wait_of_the_same_place),
        TEST(each_of_two_requests_gets_its_own_answer),
        TEST(cancelled_requests_leave_their_places),
        TEST(a_cancelled_command_is_killed_with_its_group),
        TEST(commands_one_after_the_other_never_run_out),
        TEST(more_commands_at_once_than_there_are_places_are_a_mistake),
        TEST(cancelling_ends_children_of_children_first),
        TEST(cancelling_is_not_seen_by_pcall),
        TEST(a_branch_that_is_ready_when_it_is_cancelled_does_not_run),
        TEST(hundreds_of_races_leave_nothing_behind),
        TEST(what_the_start_watches_ends_with_the_shutdown),
    };

    return cmocka_run_group_tests_name("tasks", tests, NULL, NULL) +
           run_examples("waits where there can be none", unwaitable) +
           run_examples("errors", errors);
}
