/* A machine that does not let us run, admins that lie, clients that stay, what is outside. */
#include "sim_fixture.h"

static void test_an_alarm_comes_when_we_run_again(void **state)
{
    (void)state;
    static const struct sim_config config = {.throttled_ms = 80};
    make(&config);

    fixture.world->ops->alarm_set(fixture.world, 330);

    assert_string_equal(run(), "400 alarm\n");
    assert_int_equal(sim_result(fixture.world).latest_ms, 70);
}

static void test_what_happens_in_a_stall_is_seen_after_it(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .exit_ms = 500}},
        .stall_at_ms = 200,
        .stall_ms = 3000,
    };
    make(&config);
    start(ROUTER, "router");
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);

    assert_string_equal(run(), "3200 exited 0 code 0\n3200 gone 0\n");
}

static void test_a_deadline_in_a_stall_passes_at_its_end(void **state)
{
    (void)state;
    static const struct sim_config config = {.stall_at_ms = 200, .stall_ms = 3000};
    make(&config);
    start(ROUTER, "router");
    fixture.world->ops->deadline_set(fixture.world, 1000);

    run();

    assert_int_equal(now_ms(), 3200);
    assert_true(sim_result(fixture.world).deadline_passed);
    assert_int_equal(sim_result(fixture.world).deadline_late_ms, 2200);
}

static void test_the_platform_does_not_wait_until_we_run(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .stall_at_ms = 200,
        .stall_ms = 3000,
        .steps = {{1000, SIM_END}},
    };
    make(&config);
    fixture.world->ops->alarm_set(fixture.world, 300);

    assert_string_equal(run(), "");
    assert_int_equal(now_ms(), 1000);
    assert_true(sim_result(fixture.world).cut_short);
}

static const struct sim_config *lying(enum sim_lie lie)
{
    static struct sim_config config;

    config = (struct sim_config){
        .services = {{.name = "router", .admin = ADMIN, .lie = lie, .lie_from_ms = 1000,
                      .traffic = {.long_requests = 3, .long_until_ms = 60000,
                                  .one_shots_per_second = 100}}},
    };
    return &config;
}

static void test_an_admin_says_that_nobody_is_inside(void **state)
{
    (void)state;
    make(lying(SIM_LIE_NOBODY));
    start(ROUTER, "router");

    run_until(900);
    assert_true(stat_value("ingress.downstream_rq_active") >= 3);
    run_until(1000);
    assert_int_equal(stat_value("ingress.downstream_rq_active"), 0);
}

static void test_an_admin_says_the_same_again_and_again(void **state)
{
    int64_t once;

    (void)state;
    make(lying(SIM_LIE_FROZEN));
    start(ROUTER, "router");

    run_until(2000);
    once = stat_value("ingress.downstream_rq_total");
    run_until(4000);
    assert_int_equal(stat_value("ingress.downstream_rq_total"), once);
}

static void test_an_admin_accepts_a_drain_and_does_nothing(void **state)
{
    (void)state;
    make(lying(SIM_LIE_DRAINS));
    start(ROUTER, "router");

    run_until(2000);
    act("POST", ADMIN ":/drain_listeners");
    assert_string_equal(fetch(ADMIN ":/ready"), "LIVE\n");
    run_until(3000);
    assert_true(stat_value("ingress.downstream_rq_total") > 250);
}

static void test_a_counter_is_stuck(void **state)
{
    (void)state;
    make(lying(SIM_LIE_STUCK));
    start(ROUTER, "router");

    run_until(70000);
    assert_true(stat_value("ingress.downstream_rq_active") >= 1);
}

static void test_pinned_clients_come_back_when_routing_has_moved(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .admin = ADMIN,
                      .traffic = {.connections = 10, .requests_per_second = 10,
                                  .routing_ms = 100, .pinned = true}}},
        .steps = {{1000, SIM_SIGNAL, .number = SIGTERM}},
    };
    int64_t before;

    make(&config);
    start_with(ROUTER, "router", "[x] ", "--drain-strategy", "immediate");
    run_until(2000);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    before = stat_value("ingress.downstream_cx_http1_total");
    run_until(3000);

    assert_true(stat_value("ingress.downstream_cx_http1_total") > before + 50);
}

static void test_what_is_outside_behaves_as_it_was_told(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .outside = {.address = "any", .manner = SIM_STATUS, .status = 503},
        .any_command = {.code = 3, .after_ms = 40, .output = "no"},
    };
    make(&config);
    start(ROUTER, "router");

    get(1, "http://balancer:8080/deregister");
    get(2, "http://127.0.0.1:9901/ready");
    run_command("flush");

    assert_string_equal(run(), "1 answered 1 error 0 status 503\n1 answered 2 error 0 status 200\n"
                               "40 exited 32 code 3 no\n40 gone 32\n");
}

static void test_commands_are_among_the_others(void **state)
{
    (void)state;
    static const struct sim_config config = {.any_command = {.after_ms = NEVER_MS}};
    make(&config);
    run_command("flush");

    assert_int_equal(send_signal(TARGET_OTHERS, 0, SIGKILL), 0);

    assert_string_equal(run(), "0 exited 32 code 137\n0 gone 32\n0 gone -1\n");
}

static void test_who_is_killed_cannot_be_frozen(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router"}},
        .steps = {{100, SIM_FREEZE, .service = "router"}},
    };
    make(&config);
    start(ROUTER, "router");
    run_until(99);
    fixture.world->ops->alarm_set(fixture.world, 100);
    send_signal(TARGET_PROCESS, ROUTER, SIGKILL);

    assert_string_equal(run(), "99 exited 0 code 137\n99 gone 0\n100 alarm\n");
}

#define TEST(function) cmocka_unit_test_teardown(function, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_alarm_comes_when_we_run_again),
        TEST(test_what_happens_in_a_stall_is_seen_after_it),
        TEST(test_a_deadline_in_a_stall_passes_at_its_end),
        TEST(test_the_platform_does_not_wait_until_we_run),
        TEST(test_an_admin_says_that_nobody_is_inside),
        TEST(test_an_admin_says_the_same_again_and_again),
        TEST(test_an_admin_accepts_a_drain_and_does_nothing),
        TEST(test_a_counter_is_stuck),
        TEST(test_pinned_clients_come_back_when_routing_has_moved),
        TEST(test_what_is_outside_behaves_as_it_was_told),
        TEST(test_commands_are_among_the_others),
        TEST(test_who_is_killed_cannot_be_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
