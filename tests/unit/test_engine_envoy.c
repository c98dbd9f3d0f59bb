/* The Envoy driver and the least wait, with the default policy and everything that an admin can
 * do wrong: a clear line each, and never past the deadline. */
#include <errno.h>

#include "engine_fixture.h"

static struct sim_service *router;

static const char WATCHED[] = "its sockets are watched, up to ";

static void gateway(void)
{
    router = life_gateway();
    router->traffic = (struct sim_traffic){
        .connections = 20, .requests_per_second = 5, .request_ms = 20};
}

static void admin_does(enum sim_manner manner, int status)
{
    gateway();
    router->faults[0] = (struct sim_fault){
        .manner = manner, .status = status, .from_ms = GATEWAY_MS - 1};
}

static void expect_stopped_within_ms(int64_t least_ms, int64_t most_ms)
{
    if (life.result.elapsed_ms < least_ms || life.result.elapsed_ms > most_ms)
        fail_msg("took %lld ms\n%s", (long long)life.result.elapsed_ms, life.output);
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
    assert_string_equal(life.left, "");
    expect_history_order("TERM router", "gone router", "TERM policy-engine", "gone policy-engine",
                         "TERM python-executor", "gone python-executor");
}

/* Happy paths */

static void clients_that_move_lose_nothing(void **state)
{
    (void)state;
    gateway();
    router->traffic.routing_ms = 1000;

    life_run();

    expect_stopped_within_ms(1000, 8000);
    expect_history_order("POST router /drain_listeners?graceful&skip_exit 200",
                         "POST router /drain_listeners 200", "TERM router");
    assert_int_equal(life.sim.requests_cut, 0);
    assert_int_equal(life.sim.requests_refused, 0);
}

static void nobody_at_all_is_left_after_a_second(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){0};

    life_run();

    expect_stopped_within_ms(1000, 1700);
    expect_output("expected failures 0.000 (0.0 new connections/s before)");
}

static void a_drain_time_of_0_does_not_drain(void **state)
{
    (void)state;
    gateway();
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=0";

    life_run();

    expect_stopped_within_ms(80, 100);
    expect_no_history("POST");
}

static void a_long_request_is_waited_for(void **state)
{
    (void)state;
    gateway();
    router->traffic.long_requests = 3;
    router->traffic.long_until_ms = GATEWAY_MS + 9000;
    router->traffic.routing_ms = 1000;

    life_run();

    expect_stopped_within_ms(9000, 10000);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void a_request_without_end_is_cut_at_the_drain_time(void **state)
{
    (void)state;
    gateway();
    router->traffic.long_requests = 1;
    router->traffic.long_until_ms = NEVER_MS;

    life_run();

    expect_stopped_within_ms(15000, 16000);
    expect_output("not idle  timeout");
    expect_output("1 in flight");
    assert_int_equal(life.sim.requests_cut, 1);
}

static void a_shorter_drain_time_is_the_limit(void **state)
{
    (void)state;
    gateway();
    router->traffic.long_requests = 1;
    router->traffic.long_until_ms = NEVER_MS;
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=5";

    life_run();

    expect_stopped_within_ms(5000, 6000);
    expect_output("not idle  timeout");
}

static void a_router_that_stays_busy_is_left_when_nobody_is_inside(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){
        .one_shots_per_second = 7, .request_ms = 20, .routing_ms = NEVER_MS};
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=5";

    life_run();

    expect_stopped_within_ms(4400, 5000);
    expect_output("not idle  timeout");
}

static void fewer_than_below_may_be_inside(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){.long_requests = 3, .long_until_ms = NEVER_MS};
    life.policy = "drain('router') log(wait_idle('router', { below = 4, timeout = 9 }))";

    life_run();

    expect_output_order("3 in flight", "log       true");
}

static void so_many_as_below_may_not_be_inside(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){.long_requests = 3, .long_until_ms = NEVER_MS};
    life.policy = "drain('router') log(wait_idle('router', { below = 3, timeout = 9 }))";

    life_run();

    expect_output("log       false timeout");
}

static void open_connections_are_counted_idle_ones_and_websockets_too(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){.connections = 10, .upgrades = 2};
    life.policy = "log(connections('router'))";

    life_run();

    expect_output("log       12\n");
}

static void failing_readiness_closes_connections_with_their_response(void **state)
{
    (void)state;
    gateway();
    router->traffic.routing_ms = 0;
    life.policy = "fail_ready('router') sleep(1) log(connections('router'))";

    life_run();

    expect_history("POST router /healthcheck/fail 200");
    expect_output("router           not ready /healthcheck/fail 200");
    expect_output("log       0\n");
}

static void readiness_that_cannot_be_failed_is_said(void **state)
{
    (void)state;
    admin_does(SIM_STATUS, 403);
    life.policy = "log(fail_ready('router'))";

    life_run();

    expect_output_order("router           not ready FAILED: status 403",
                        "log       false status 403");
}

static void websockets_are_not_waited_for(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){.upgrades = 5};

    life_run();

    expect_stopped_within_ms(1000, 1700);
}

static void idle_connections_are_cut_after_5_seconds_only(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){.connections = 10};

    life_run();

    expect_stopped_within_ms(5000, 6000);
}

static void one_shots_are_followed_until_routing_has_moved(void **state)
{
    (void)state;
    gateway();
    router->traffic = (struct sim_traffic){
        .connections = 380, .requests_per_second = 5, .request_ms = 20,
        .one_shots_per_second = 5, .routing_ms = 6000};

    life_run();

    expect_stopped_within_ms(6000, 15500);
    assert_int_equal(life.sim.requests_refused, 0);
    assert_int_equal(life.sim.requests_cut, 0);
}

/* The admin misbehaves */

static void an_admin_that_refuses_is_said_and_its_sockets_are_watched(void **state)
{
    (void)state;
    admin_does(SIM_REFUSES, 0);

    life_run();

    expect_output("router           drain     FAILED: refused");
    expect_output(WATCHED);
    expect_stopped_within_ms(5000, 7500);
}

static void an_admin_that_hangs_is_said_and_its_sockets_are_watched(void **state)
{
    (void)state;
    admin_does(SIM_HANGS, 0);

    life_run();

    expect_output("router           drain     FAILED: timeout");
    expect_output(WATCHED);
    expect_stopped_within_ms(7000, 10000);
}

static void no_time_to_ask_is_not_taken_for_silence(void **state)
{
    (void)state;
    admin_does(SIM_HANGS, 0);
    life.grace_ms = 4000;

    life_run();

    expect_output("router           not idle  timeout");
    expect_no_output("no time left): nor does the kernel");
}

static void an_admin_that_resets_is_said_and_its_sockets_are_watched(void **state)
{
    (void)state;
    admin_does(SIM_RESETS, 0);

    life_run();

    expect_output("router           drain     FAILED: reset");
    expect_output(WATCHED);
    expect_stopped_within_ms(5000, 8000);
}

static void a_drain_that_is_answered_with_400_fails_the_health_check(void **state)
{
    (void)state;
    admin_does(SIM_STATUS, 400);
    router->faults[0].path = "/drain_listeners?graceful";
    router->traffic.routing_ms = 1000;

    life_run();

    expect_output_order("drain failed (400): failing the health check instead",
                        "router           drain     /healthcheck/fail 200");
    expect_stopped_within_ms(1000, 8000);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void those_inside_are_waited_for_where_they_cannot_be_told(void **state)
{
    (void)state;
    admin_does(SIM_STATUS, 403);
    router->faults[0].changes = true;
    router->traffic = (struct sim_traffic){.long_requests = 3,
                                           .long_until_ms = GATEWAY_MS + 4000};

    life_run();

    expect_output_order("drain     FAILED: status 403", "waiting   until it is idle",
                        "router           idle ");
    assert_int_equal(life.sim.requests_cut, 0);
    expect_stopped_within_ms(4000, 6000);
}

static void a_drain_that_is_accepted_and_does_nothing_fails_the_health_check(void **state)
{
    (void)state;
    admin_does(SIM_GARBAGE, 0);
    router->faults[0].path = "/drain_listeners?graceful";
    router->traffic = (struct sim_traffic){.connections = 3, .requests_per_second = 0.5,
                                           .request_ms = 20, .routing_ms = 1000};

    life_run();

    expect_output_order("drain     /drain_listeners?graceful&skip_exit 200",
                        "router           no effect", "not ready /healthcheck/fail 200");
    expect_output("router           idle      expected failures");
    assert_int_equal(life.sim.requests_cut, 0);
}

static void an_admin_that_answers_all_with_403_is_said(void **state)
{
    (void)state;
    admin_does(SIM_STATUS, 403);

    life_run();

    expect_output("router           drain     FAILED: status 403");
    expect_output(WATCHED);
    expect_stopped_within_ms(5000, 8000);
}

static void an_admin_that_answers_all_with_503_is_said(void **state)
{
    (void)state;
    admin_does(SIM_STATUS, 503);

    life_run();

    expect_output("router           drain     FAILED: status 503");
}

static void statistics_that_make_no_sense_are_replaced_by_sockets(void **state)
{
    (void)state;
    admin_does(SIM_GARBAGE, 0);
    router->faults[0].path = "/stats";

    life_run();

    expect_output(WATCHED);
    expect_output("router           idle      nobody inside for 3.0 s");
    expect_stopped_within_ms(3000, 4300);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void statistics_that_flood_are_replaced_by_sockets(void **state)
{
    (void)state;
    admin_does(SIM_FLOODS, 0);
    router->faults[0].path = "/stats";

    life_run();

    expect_output(WATCHED);
    expect_output("router           idle      nobody inside for 3.0 s");
    expect_stopped_within_ms(3000, 4300);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void statistics_that_hang_are_replaced_by_sockets(void **state)
{
    (void)state;
    admin_does(SIM_HANGS, 0);
    router->faults[0].path = "/stats";

    life_run();

    expect_output(WATCHED);
    expect_output("router           idle      nobody inside for 3.0 s");
    expect_stopped_within_ms(4500, 6000);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void hidden_statistics_are_told_before_and_replaced_by_sockets(void **state)
{
    (void)state;
    gateway();
    router->hides_stats = true;

    life_run();

    expect_output_order("router           drain     will not know when it is idle: Envoy's",
                        "shutdown  SIGTERM", WATCHED);
    expect_stopped_within_ms(3000, 4300);
}

static void connections_that_were_not_told_are_kept_5_seconds_by_sockets_too(void **state)
{
    (void)state;
    gateway();
    router->hides_stats = true;
    router->traffic = (struct sim_traffic){.connections = 20};

    life_run();

    expect_output("its sockets are watched, up to 15.0 s; 20 open, 0 in flight");
    expect_stopped_within_ms(5000, 5500);
}

static void a_long_request_is_seen_by_its_socket(void **state)
{
    (void)state;
    gateway();
    router->hides_stats = true;
    router->traffic = (struct sim_traffic){.long_requests = 1, .long_until_ms = GATEWAY_MS + 9000};

    life_run();

    expect_stopped_within_ms(11900, 12500);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void clients_that_cannot_be_told_are_left_at_a_good_moment(void **state)
{
    (void)state;
    admin_does(SIM_REFUSES, 0);
    router->traffic = (struct sim_traffic){
        .connections = 1, .requests_per_second = 2, .request_ms = 200, .routing_ms = NEVER_MS};

    life_run();

    expect_output("router           not idle  timeout");
    expect_stopped_within_ms(5000, 6000);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void sockets_that_the_kernel_hides_are_said_and_given_5_seconds(void **state)
{
    (void)state;
    gateway();
    router->hides_stats = true;
    router->traffic = (struct sim_traffic){.long_requests = 1, .long_until_ms = GATEWAY_MS + 9000};
    life.world.sockets_error = EACCES;

    life_run();

    expect_output("it does not say how busy it is (unknown): nor does the kernel; it gets "
                  "5.0 s");
    expect_output("router           not idle  unknown");
    expect_stopped_within_ms(5000, 5500);
}

static void statistics_that_come_back_are_used_where_the_kernel_hides_sockets(void **state)
{
    (void)state;
    admin_does(SIM_RESETS, 0);
    router->faults[0].path = "/stats";
    router->faults[0].times = 12;
    router->traffic.routing_ms = 1000;
    life.world.sockets_error = EACCES;

    life_run();

    expect_output_order("nor does the kernel", "waiting   until it", "router           idle");
    assert_int_equal(life.sim.requests_cut, 0);
}

static void a_short_drain_time_bounds_the_watching(void **state)
{
    (void)state;
    admin_does(SIM_REFUSES, 0);
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=2";

    life_run();

    expect_stopped_within_ms(2000, 2700);
}

static void one_look_that_fails_is_not_unknown(void **state)
{
    (void)state;
    admin_does(SIM_RESETS, 0);
    router->faults[0].path = "/stats";
    router->faults[0].from_ms = GATEWAY_MS + 500;
    router->faults[0].times = 2;
    router->traffic.routing_ms = 1000;

    life_run();

    expect_output("router           idle ");
    assert_int_equal(life.sim.requests_cut, 0);
}

static void the_door_is_not_closed_on_old_news(void **state)
{
    (void)state;
    admin_does(SIM_RESETS, 0);
    router->faults[0].path = "/stats";
    router->faults[0].from_ms = GATEWAY_MS + 950;
    router->traffic = (struct sim_traffic){0};
    life.world.sockets_error = EACCES;

    life_run();

    expect_output("router           not idle  unknown");
    expect_no_history("POST router /drain_listeners 200");
}

static void an_admin_that_recovers_is_tried_again(void **state)
{
    (void)state;
    admin_does(SIM_RESETS, 0);
    router->faults[0].times = 2;
    router->traffic.routing_ms = 1000;

    life_run();

    expect_output("router           drain     /drain_listeners?graceful&skip_exit 200");
    assert_int_equal(life.sim.requests_cut, 0);
}

static void a_slow_admin_is_asked_less_often(void **state)
{
    (void)state;
    admin_does(SIM_ANSWERS, 0);
    router->faults[0].delay_ms = 400;
    router->traffic.routing_ms = 1000;

    life_run();

    expect_stopped_within_ms(1000, 16500);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void a_frozen_envoy_ends_in_time(void **state)
{
    (void)state;
    gateway();
    life.world.steps[0] = (struct sim_step){GATEWAY_MS - 1, SIM_FREEZE, .service = "router"};
    life.world.steps[1] = (struct sim_step){GATEWAY_MS, SIM_SIGNAL, .number = SIGTERM};

    life_run();

    expect_output("router           drain     FAILED: timeout");
    expect_output(WATCHED);
    expect_stopped_within_ms(6000, 8000);
}

static void an_envoy_that_freezes_while_it_drains_is_left_when_that_is_certain(void **state)
{
    (void)state;
    gateway();
    router->traffic.long_requests = 1;
    router->traffic.long_until_ms = NEVER_MS;
    life.world.steps[0] = (struct sim_step){GATEWAY_MS, SIM_SIGNAL, .number = SIGTERM};
    life.world.steps[1] = (struct sim_step){GATEWAY_MS + 500, SIM_FREEZE, .service = "router"};

    life_run();

    expect_output("it has read and sent nothing for 6.");
    expect_stopped_within_ms(6500, 8000);
}

static void an_envoy_that_dies_while_it_is_waited_for_ends_the_wait(void **state)
{
    (void)state;
    gateway();
    router->traffic.long_requests = 1;
    router->traffic.long_until_ms = NEVER_MS;
    life.world.steps[1] = (struct sim_step){
        GATEWAY_MS + 3000, SIM_CRASH, .number = 139, .service = "router"};

    life_run();

    expect_output_order("router           exited    killed by SIGSEGV",
                        "router           not idle  exited");
    assert_true(life.result.elapsed_ms < 3300);
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void an_admin_that_never_comes_up_is_told_while_serving(void **state)
{
    (void)state;
    admin_does(SIM_REFUSES, 0);
    router->faults[0].from_ms = 0;

    life_run();

    expect_output_order("serving", "router           drain     will NOT work: Envoy's admin at "
                                   "unix:/var/run/api-platform/router-admin.sock: gives 'refused'",
                        "shutdown");
}

static void an_admin_may_have_an_address_of_ipv6_with_brackets_or_without(void **state)
{
    static const char *const admins[] = {"tcp:[::1]:9901", "tcp:::1:9901"};

    for (size_t i = 0; i < sizeof(admins) / sizeof(*admins); i++) {
        char services[256];

        life_setup(state);
        snprintf(services, sizeof(services), "service 'router' { command = { 'envoy' },"
                 " drain = envoy { admin = '%s' } }", admins[i]);
        life.services = services;
        life.world.services[0] = (struct sim_service){
            .name = "router", .exit_ms = 10, .admin = "tcp:[::1]:9901"};
        life.policy = "drain('router') stop('router')";
        life_run();
        expect_spawned("socket_address: { address: \"::1\", port_value: 9901 }");
        expect_output("drain     /drain_listeners?graceful&skip_exit 200");
        life_teardown(state);
    }
}

/* With add_user_agent Envoy counts requests of phones there once more. It has no rq_active there,
 * but that is what shows here. */
static void what_is_counted_by_user_agent_is_not_counted_twice(void **state)
{
    (void)state;
    gateway();
    life.world.endpoints[0] = (struct sim_endpoint){
        .address = "unix:/var/run/api-platform/router-admin.sock",
        .body = "http.admin.downstream_rq_active: 1\n"
                "http.in.user_agent.ios.downstream_rq_active: 20\n"
                "http.in.user_agent.android.downstream_rq_active: 300\n"
                "http.in.user_agent.downstream_rq_active: 4000\n"
                "http.in.downstream_rq_active: 7\n"
                "http.in.downstream_rq_total: 9\n"
                "http.in.downstream_cx_http1_total: 9\n"};
    life.policy = "log('inside', in_flight('router'))";

    life_run();

    expect_output("log       inside 4007\n");
}

static void answers_that_make_no_sense_are_cut_to_a_line(void **state)
{
    (void)state;
    gateway();
    life.world.endpoints[0] = (struct sim_endpoint){
        .address = "unix:/var/run/api-platform/router-admin.sock",
        .body = "\x01\r\n<html>\x1b[31m<body>\xff\n"
                "<h1>Welcome to the page of somebody else</h1> and so on"};

    life_run();

    expect_output("gives '<html> [31m<body> <h1>Welcome to the page of somebody els...'\n");
}

static void a_state_that_is_no_text_is_shown_as_it_came(void **state)
{
    (void)state;
    gateway();
    life.world.endpoints[0] = (struct sim_endpoint){
        .address = "unix:/var/run/api-platform/router-admin.sock",
        .body = "{\"state\":{\"is\":\"LIVE\"}}"};

    life_run();

    expect_output("gives '{\"state\":{\"is\":\"LIVE\"}}'\n");
}

static void a_gradual_drain_is_told_while_serving(void **state)
{
    (void)state;
    gateway();
    life.arguments[0] = "--rtr.drain-strategy";
    life.arguments[1] = "gradual";

    life_run();

    expect_output("will be slow: --drain-strategy gradual over 600s tells few clients in time");
}

static void a_good_admin_is_not_told_about(void **state)
{
    (void)state;
    gateway();
    life.policy = "stop('router')";

    life_run();

    expect_no_output("will");
}

static void nothing_an_admin_does_passes_the_deadline(void **state)
{
    static const int64_t graces_ms[] = {1000, 2000, 3000, 5000, 10000};

    for (int manner = SIM_ANSWERS; manner <= SIM_FLOODS; manner++)
        for (size_t i = 0; i < sizeof(graces_ms) / sizeof(*graces_ms); i++) {
            life_setup(state);
            admin_does((enum sim_manner)manner, 500);
            life.grace_ms = graces_ms[i];
            router->exit_ms = manner % 2 ? NEVER_MS : 10;

            life_run();

            assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
            assert_true(life.result.elapsed_ms < life.result.budget_ms);
            assert_string_equal(life.left, "");
            life_teardown(state);
        }
}

static void wait_idle_never_leaves_with_requests_in_flight(void **state)
{
    for (int64_t until_ms = 0; until_ms < 14000; until_ms += 333) {
        life_setup(state);
        gateway();
        router->traffic = (struct sim_traffic){
            .long_requests = 1, .long_until_ms = GATEWAY_MS + until_ms, .routing_ms = 200};

        life_run();

        assert_int_equal(life.sim.requests_cut, 0);
        assert_true(life.result.elapsed_ms < until_ms + 6000);
        life_teardown(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clients_that_move_lose_nothing),
        TEST(nobody_at_all_is_left_after_a_second),
        TEST(a_drain_time_of_0_does_not_drain),
        TEST(a_long_request_is_waited_for),
        TEST(a_request_without_end_is_cut_at_the_drain_time),
        TEST(a_shorter_drain_time_is_the_limit),
        TEST(a_router_that_stays_busy_is_left_when_nobody_is_inside),
        TEST(fewer_than_below_may_be_inside),
        TEST(so_many_as_below_may_not_be_inside),
        TEST(open_connections_are_counted_idle_ones_and_websockets_too),
        TEST(failing_readiness_closes_connections_with_their_response),
        TEST(readiness_that_cannot_be_failed_is_said),
        TEST(websockets_are_not_waited_for),
        TEST(idle_connections_are_cut_after_5_seconds_only),
        TEST(one_shots_are_followed_until_routing_has_moved),
        TEST(an_admin_that_refuses_is_said_and_its_sockets_are_watched),
        TEST(an_admin_that_hangs_is_said_and_its_sockets_are_watched),
        TEST(no_time_to_ask_is_not_taken_for_silence),
        TEST(an_admin_that_resets_is_said_and_its_sockets_are_watched),
        TEST(a_drain_that_is_answered_with_400_fails_the_health_check),
        TEST(those_inside_are_waited_for_where_they_cannot_be_told),
        TEST(a_drain_that_is_accepted_and_does_nothing_fails_the_health_check),
        TEST(an_admin_that_answers_all_with_403_is_said),
        TEST(an_admin_that_answers_all_with_503_is_said),
        TEST(statistics_that_make_no_sense_are_replaced_by_sockets),
        TEST(statistics_that_flood_are_replaced_by_sockets),
        TEST(statistics_that_hang_are_replaced_by_sockets),
        TEST(hidden_statistics_are_told_before_and_replaced_by_sockets),
        TEST(connections_that_were_not_told_are_kept_5_seconds_by_sockets_too),
        TEST(a_long_request_is_seen_by_its_socket),
        TEST(clients_that_cannot_be_told_are_left_at_a_good_moment),
        TEST(sockets_that_the_kernel_hides_are_said_and_given_5_seconds),
        TEST(statistics_that_come_back_are_used_where_the_kernel_hides_sockets),
        TEST(a_short_drain_time_bounds_the_watching),
        TEST(one_look_that_fails_is_not_unknown),
        TEST(the_door_is_not_closed_on_old_news),
        TEST(an_admin_that_recovers_is_tried_again),
        TEST(a_slow_admin_is_asked_less_often),
        TEST(a_frozen_envoy_ends_in_time),
        TEST(an_envoy_that_freezes_while_it_drains_is_left_when_that_is_certain),
        TEST(an_envoy_that_dies_while_it_is_waited_for_ends_the_wait),
        TEST(an_admin_that_never_comes_up_is_told_while_serving),
        cmocka_unit_test(an_admin_may_have_an_address_of_ipv6_with_brackets_or_without),
        TEST(what_is_counted_by_user_agent_is_not_counted_twice),
        TEST(answers_that_make_no_sense_are_cut_to_a_line),
        TEST(a_state_that_is_no_text_is_shown_as_it_came),
        TEST(a_gradual_drain_is_told_while_serving),
        TEST(a_good_admin_is_not_told_about),
        TEST(nothing_an_admin_does_passes_the_deadline),
        TEST(wait_idle_never_leaves_with_requests_in_flight),
    };

    return cmocka_run_group_tests_name("envoy", tests, NULL, NULL);
}
