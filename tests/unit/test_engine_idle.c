/* wait_idle: how soon after the last request it leaves, and how often it looks. */
#include <stdlib.h>

#include "engine_fixture.h"

enum { TOLD_MS = 250 };

/* When a line of the history with this text comes, in ms; fails if there is none. */
static int64_t time_of(const char *text)
{
    const char *found = strstr(life.history, text);

    expect_history(text);
    while (found > life.history && found[-1] != '\n')
        found--;
    return (int64_t)(strtod(found, NULL) * 1000 + 0.5);
}

static int times_in(const char *where, const char *text)
{
    int times = 0;

    for (const char *at = strstr(where, text); at; at = strstr(at + 1, text))
        times++;
    return times;
}

/* One request, far longer than routing stays, ends so long after the signal. */
static void request_of(int64_t ms)
{
    life_setup(NULL);
    service("web")->traffic = (struct sim_traffic){
        .long_requests = 1, .long_until_ms = GATEWAY_MS + ms, .routing_ms = 500};
    life.world.steps[0] = (struct sim_step){GATEWAY_MS, SIM_SIGNAL, .number = SIGTERM};
    life.policy = "drain('web') wait_idle('web') stop('web')";
    life_run();
}

static void after_the_last_request_term_comes_at_once(void **state)
{
    (void)state;
    for (int64_t ms = 1300; ms < 14000; ms += 487) {
        request_of(ms);
        assert_in_range(time_of("TERM web"), GATEWAY_MS + ms, GATEWAY_MS + ms + TOLD_MS);
        assert_int_equal(life.sim.requests_cut, 0);
        life_teardown(NULL);
    }
}

/* "web" with a driver written by hand: what each look sees, as Lua; each look is logged. */
static void looked_at(const char *counts, const char *policy)
{
    static char services[1024];

    snprintf(services, sizeof(services),
             "local served = 0\n"
             "service 'web' { command = { 'web' }, drain = {\n"
             "  drain = function() return true end,\n"
             "  in_flight = function()\n"
             "    local now = served + elapsed()\n"
             "    if elapsed() == 0 then served = served + 1 end\n"
             "    log('look')\n"
             "    return %s\n"
             "  end } }\n", counts);
    life.services = services;
    life.policy = policy;
    life.world = (struct sim_config){.services = {{.name = "web", .exit_ms = 1}}};
    life.world.steps[0] = (struct sim_step){GATEWAY_MS, SIM_SIGNAL, .number = SIGTERM};
    life_run();
}

static int looks_since_the_signal(void)
{
    return times_in(strstr(life.output, "shutdown "), "look\n");
}

static void a_service_without_clients_is_looked_at_three_times_in_its_second(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 0, connections = 0 }",
              "drain('web') wait_idle('web') stop('web')");

    assert_int_equal(life.result.elapsed_ms, 1001);
    assert_int_equal(looks_since_the_signal(), 3); /* none when the door is closed: it has none */
}

static void idle_connections_are_looked_at_often_enough_to_see_them_go(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 9, connections = 9, http1 = elapsed() < 3 and 1 or 0 }",
              "drain('web') wait_idle('web') stop('web')");

    assert_in_range(life.result.elapsed_ms, 3000, 3000 + TOLD_MS);
    assert_in_range(looks_since_the_signal(), 10, 25);
}

static void who_comes_while_nobody_looks_is_not_left_within_a_quarter_of_a_second(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = elapsed() > 0.9 and 1 or 0, connections = 0 }",
              "drain('web') wait_idle('web') stop('web')");

    assert_in_range(life.result.elapsed_ms, 1150, 1300);
}

static void routing_that_takes_no_time_is_no_mistake(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 9, connections = 9, http1 = 0 }",
              "drain('web') wait_idle('web', { routing = 0 }) stop('web')");

    assert_in_range(life.result.elapsed_ms, 1000, 1300);
}

static void a_driver_may_count_who_was_told_and_not_who_came(void **state)
{
    (void)state;
    looked_at("{ active = 0, http1 = 3, told = 1 }",
              "drain('web') wait_idle('web') stop('web')");

    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
    assert_in_range(life.result.elapsed_ms, 5000, 5500);
}

/* When wait_idle ends, where so many are never told, and use their connections once in 10 s until
 * 4.9 s after the signal. */
static int64_t left_untold_ms(int connections)
{
    char counts[160];
    int64_t took_ms;

    snprintf(counts, sizeof counts, "{ active = 0, connections = %d, http1 = %d, requests ="
             " %d * (1 + math.min(now, served + 4.9) // 0.1 / 100) }", connections, connections,
             connections);
    life_setup(NULL);
    looked_at(counts, "drain('web') wait_idle('web') stop('web')");
    took_ms = life.result.elapsed_ms;
    life_teardown(NULL);
    return took_ms;
}

/* Of 2 hardly one sends in the 15 ms of Envoy's exit, of 100 every sixth time. */
static void the_more_were_never_told_the_longer_silence_must_be(void **state)
{
    (void)state;
    assert_in_range(left_untold_ms(2), 5000, 5300);
    assert_in_range(left_untold_ms(100), 4900 + 650, 4900 + 850);
}

static void half_a_connection_can_be_said(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 9, connections = 9, http1 = 2.5 }",
              "drain('web') wait_idle('web') stop('web')");

    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void a_moment_without_requests_near_the_end_is_not_missed(void **state)
{
    (void)state;
    looked_at("{ active = (elapsed() > 4.6 and elapsed() < 4.75) and 0 or 3, requests = 0,"
              " connections = 0, http1 = 0 }",
              "drain('web') log('why', wait_idle('web', { timeout = 5, min = 4.9 })) stop('web')");

    expect_output("why false timeout");
    assert_in_range(time_of("TERM web"), GATEWAY_MS + 4600, GATEWAY_MS + 4750);
}

/* 40 kept connections, used once a second until the signal. */
static void who_is_closed_was_told_where_that_is_not_counted(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 40 * math.min(now, served) // 1, connections = 40,"
              " http1 = elapsed() < 0.3 and 40 or 0 }",
              "drain('web') wait_idle('web') stop('web')");

    assert_in_range(life.result.elapsed_ms, 1400, 3500); /* they may come back */
}

static void who_was_told_before_the_first_look_is_known(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 40 * math.min(now, served) // 1, connections = 40,"
              " told = elapsed() > 0 and 40 or 0, http1 = elapsed() > 0 and 0 or 40 }",
              "drain('web') sleep(0.5) wait_idle('web') stop('web')");

    assert_in_range(life.result.elapsed_ms, 1400, 3500);
}

static void a_drain_that_told_all_before_the_first_look_has_its_effect(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 10 * now // 1, connections = 5, http1 = 5,"
              " told = elapsed() > 0 and 5 or 0 }",
              "drain('web') sleep(1) wait_idle('web', { timeout = 8 }) stop('web')");

    assert_null(strstr(life.output, "no effect"));
}

/* HTTP/2: they notice that they are closed, so they may be cut at any time, but not when they send.
 * They do until 1.4 s after the signal. */
static int64_t left_http2_ms(const char *told)
{
    char counts[200];
    int64_t took_ms;

    snprintf(counts, sizeof counts, "{ active = 0, connections = 100, http1 = 0, open = 100,"
             " requests = 10 * math.min(now, served + 1.4) // 0.1 / 10, told = %s }", told);
    life_setup(NULL);
    looked_at(counts, "drain('web') wait_idle('web', { routing = 0.01 }) stop('web')");
    took_ms = life.result.elapsed_ms;
    life_teardown(NULL);
    return took_ms;
}

static void who_was_never_told_must_be_silent_for_longer_with_http2_too(void **state)
{
    (void)state;
    assert_in_range(left_http2_ms("elapsed() > 0 and 100 or 0"), 1650, 1850);
    assert_in_range(left_http2_ms("0"), 1400 + 650, 1400 + 900);
}

static void the_lowest_tolerance_asks_for_five_seconds_of_silence(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 10 * math.min(now, served + 2) // 1, connections = 9,"
              " http1 = 9 }", "drain('web')"
              " wait_idle('web', { tolerance = 1e-6, routing = 0.01, timeout = 14 }) stop('web')");

    assert_in_range(life.result.elapsed_ms, 2000 + 5000, 2000 + 5500);
}

/* Options, and what is said */

/* With three WebSockets that go 4 s after the signal. */
static const char websockets[] =
    "{ active = 0, requests = 3, connections = 3, streams = elapsed() < 4 and 3 or 0 }";

static void streams_are_cut_when_all_else_is_done(void **state)
{
    (void)state;
    looked_at(websockets, "drain('web') wait_idle('web') stop('web')");

    assert_in_range(life.result.elapsed_ms, 1000, 1250);
    expect_output("new connections/s before), 3 streams, in");
}

static void streams_are_waited_for_when_that_is_wanted(void **state)
{
    (void)state;
    looked_at(websockets, "drain('web') wait_idle('web', { streams = 'wait' }) stop('web')");

    assert_in_range(life.result.elapsed_ms, 4000, 4000 + TOLD_MS);
}

static void streams_that_are_waited_for_and_stay_are_a_timeout(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 3, connections = 3, streams = 1 }",
              "drain('web') log('why', wait_idle('web', { timeout = 4, streams = 'wait' }))");

    expect_output("timeout: 1 stream, in 4.000 s");
    expect_output("why false timeout");
}

static void streams_may_have_a_budget_of_their_own(void **state)
{
    (void)state;
    looked_at(websockets, "drain('web') wait_idle('web', { streams = 3 }) stop('web')");

    assert_in_range(life.result.elapsed_ms, 3000, 3000 + TOLD_MS);
}

static const char probe[] = "{ active = 0, requests = now // 2, connections = now // 2 }";

static void a_probe_keeps_it_until_the_end(void **state)
{
    (void)state;
    looked_at(probe, "drain('web') log('why', wait_idle('web')) stop('web')");

    expect_output("why false timeout");
}

static void a_probe_that_is_named_does_not(void **state)
{
    (void)state;
    looked_at(probe, "drain('web') wait_idle('web', { ignore = 0.5 }) stop('web')");

    assert_in_range(life.result.elapsed_ms, 1000, 1250);
}

static void readiness_fails_when_it_was_asked_for_and_routing_moves_after_that(void **state)
{
    (void)state;
    life_gateway();
    life.world.services[2].traffic = (struct sim_traffic){
        .one_shots_per_second = 20, .request_ms = 5, .routing_ms = 4000};
    life.policy = "drain('router') wait_idle('router', { fail_ready_after = 3 }) stop('router')";

    life_run();

    assert_in_range(time_of("POST router /healthcheck/fail 200"), GATEWAY_MS + 3000,
                    GATEWAY_MS + 3010);
    assert_true(time_of("TERM router") > GATEWAY_MS + 4000);
    assert_int_equal(life.sim.requests_refused, 0);
}

static void readiness_that_would_fail_too_late_is_said(void **state)
{
    (void)state;
    looked_at(probe, "local seconds = 4 drain('web')"
                     " wait_idle('web', { timeout = seconds, fail_ready_after = seconds })");

    expect_output("fail_ready_after (4) comes too late: the wait is over after 4 s");
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

/* Nine kept connections that send for ever, of which so many are told within a second. */
static void those_who_are_told(int told)
{
    char counts[256];

    snprintf(counts, sizeof(counts), "{ active = 0, requests = math.floor(now * 100),"
             " connections = 9, open = 9, http1 = 9,"
             " told = math.floor(math.min(elapsed(), 1) * %d) }", told);
    looked_at(counts, "drain('web') wait_idle('web', { timeout = 4 })");
}

static void a_drain_that_tells_some_only_is_said(void **state)
{
    (void)state;
    those_who_are_told(3);

    expect_output("no effect some connections are not told to close");
}

static void those_who_do_not_go_when_they_are_told_are_no_fault_of_the_drain(void **state)
{
    (void)state;
    those_who_are_told(9);

    assert_null(strstr(life.output, "no effect"));
}

static void a_timeout_says_what_stood_against_leaving(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = 9, connections = 9, http1 = 7, streams = 1 }",
              "drain('web') wait_idle('web', { timeout = 4, streams = 'wait' }) stop('web')");

    expect_output("timeout: 7 connections never told, 1 stream, in");
}

static void so_it_does_when_requests_keep_coming(void **state)
{
    (void)state;
    looked_at("{ active = 0, requests = math.floor(now * 10), connections = now // 2 }",
              "drain('web') wait_idle('web', { timeout = 4 }) stop('web')");

    expect_output("timeout: requests keep coming, expected failures ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_the_last_request_term_comes_at_once),
        TEST(a_service_without_clients_is_looked_at_three_times_in_its_second),
        TEST(idle_connections_are_looked_at_often_enough_to_see_them_go),
        TEST(who_comes_while_nobody_looks_is_not_left_within_a_quarter_of_a_second),
        TEST(routing_that_takes_no_time_is_no_mistake),
        TEST(a_driver_may_count_who_was_told_and_not_who_came),
        TEST(the_more_were_never_told_the_longer_silence_must_be),
        TEST(half_a_connection_can_be_said),
        TEST(a_moment_without_requests_near_the_end_is_not_missed),
        TEST(who_is_closed_was_told_where_that_is_not_counted),
        TEST(who_was_told_before_the_first_look_is_known),
        TEST(a_drain_that_told_all_before_the_first_look_has_its_effect),
        TEST(who_was_never_told_must_be_silent_for_longer_with_http2_too),
        TEST(the_lowest_tolerance_asks_for_five_seconds_of_silence),
        TEST(streams_are_cut_when_all_else_is_done),
        TEST(streams_are_waited_for_when_that_is_wanted),
        TEST(streams_that_are_waited_for_and_stay_are_a_timeout),
        TEST(streams_may_have_a_budget_of_their_own),
        TEST(a_probe_keeps_it_until_the_end),
        TEST(a_probe_that_is_named_does_not),
        TEST(readiness_fails_when_it_was_asked_for_and_routing_moves_after_that),
        TEST(readiness_that_would_fail_too_late_is_said),
        TEST(a_drain_that_tells_some_only_is_said),
        TEST(those_who_do_not_go_when_they_are_told_are_no_fault_of_the_drain),
        TEST(a_timeout_says_what_stood_against_leaving),
        TEST(so_it_does_when_requests_keep_coming),
    };

    return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
