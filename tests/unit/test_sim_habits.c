/* What only some clients of the simulated world do. */
#include "sim_fixture.h"

static void make_service(struct sim_service router, const char *strategy)
{
    static struct sim_config kept; /* sim_create wants it until sim_destroy */

    router.name = "router";
    router.address = SOCKET;
    router.admin = ADMIN;
    kept = (struct sim_config){.services = {router}};
    make(&kept);
    start_with(ROUTER, "router", "[x] ", "--drain-strategy", strategy);
}

static void make_served(struct sim_traffic traffic, const char *strategy)
{
    make_service((struct sim_service){.traffic = traffic}, strategy);
}

static void stop_router(void)
{
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run();
}

static void a_burst_comes_at_the_next_turn_of_each_client(void **state)
{
    (void)state;
    make_served((struct sim_traffic){.connections = 100, .requests_per_second = 5,
                                     .request_ms = 20, .burst = 50, .burst_ms = 4000},
                "immediate");

    run_until(3999);
    assert_int_equal(stat_value("ingress.downstream_cx_http1_total"), 100);
    run_until(4200); /* one turn, in the mean: 63 % */
    assert_in_range(stat_value("ingress.downstream_cx_http1_total"), 100 + 28, 100 + 35);
    run_until(6000);
    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 150);
}

static void looking_does_not_move_a_burst(void **state)
{
    struct sim_traffic traffic = {.connections = 100, .requests_per_second = 5,
                                  .request_ms = 20, .burst = 50, .burst_ms = 4000};
    int64_t unseen;

    (void)state;
    make_served(traffic, "immediate");
    run_until(5000);
    unseen = sim_result(fixture.world).requests;
    sim_destroy(fixture.world);
    make_served(traffic, "immediate");
    for (int64_t at_ms = 3; at_ms <= 5000; at_ms += 7) {
        run_until(at_ms);
        stat_value("ingress.downstream_cx_http1_total");
    }
    run_until(5000);

    assert_int_equal(sim_result(fixture.world).requests, unseen);
}

static const struct sim_traffic jmeter = {
    .connections = 600, .requests_per_second = 1, .request_ms = 20, .blind_ms = 4900,
};

static void blind_clients_send_on_connections_that_were_cut(void **state)
{
    (void)state;
    make_served(jmeter, "immediate");
    run_until(20000);

    stop_router();

    /* All but those who will have been idle for 4.9 s at their next turn: 4 %. */
    assert_in_range(sim_result(fixture.world).connections_cut, 585, 592);
    assert_in_range(sim_result(fixture.world).requests_blind, 560, 575);
}

static void who_looks_earlier_is_surprised_less(void **state)
{
    struct sim_traffic traffic = jmeter;

    (void)state;
    traffic.blind_ms = 500;
    make_served(traffic, "immediate");
    run_until(20000);

    stop_router();

    /* Of 588 idle ones 1 - 1.5 e^-0.5. */
    assert_in_range(sim_result(fixture.world).requests_blind, 50, 56);
}

static void nobody_is_surprised_when_all_were_told_or_idle_for_long(void **state)
{
    (void)state;
    make_served(jmeter, "immediate");
    run_until(20000);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    run_until(24980); /* the last who were idle before, and do not look, sent by now */

    stop_router();

    assert_int_equal(sim_result(fixture.world).requests_blind, 0);
}

static void a_gradual_drain_leaves_most_to_be_surprised(void **state)
{
    (void)state;
    make_served(jmeter, "gradual");
    run_until(20000);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    run_until(35000);

    stop_router();

    /* 31 % were told; half of these came back. */
    assert_in_range(sim_result(fixture.world).requests_blind, 450, 510);
}

static const struct sim_traffic grpc = {
    .connections = 20, .requests_per_second = 50, .request_ms = 100, .http2 = true,
    .routing_ms = 1000,
};

static void http2_has_many_requests_on_a_connection(void **state)
{
    (void)state;
    make_served(grpc, "immediate");
    run_until(10000);

    assert_int_equal(stat_value("ingress.downstream_cx_http2_active"), 20);
    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 0);
    assert_int_equal(stat_value("ingress.downstream_rq_active"), 100);
    assert_in_range(stat_value("ingress.downstream_rq_total"), 9900, 10100);
}

static void told_http2_clients_are_gone_at_once(void **state)
{
    (void)state;
    make_served(grpc, "immediate");
    run_until(9999);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");

    run_until(10900);
    assert_in_range(stat_value("ingress.downstream_cx_http2_total"), 35, 42);
    run_until(11500);
    assert_int_equal(stat_value("ingress.downstream_cx_http2_active"), 0);
    assert_int_equal(stat_value("ingress.downstream_rq_active"), 0);
}

static void an_exit_cuts_all_that_is_in_flight_on_http2(void **state)
{
    (void)state;
    make_served(grpc, "immediate");
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    run_until(10001);

    stop_router();

    assert_int_equal(sim_result(fixture.world).requests_cut, 100);
    assert_int_equal(sim_result(fixture.world).connections_cut, 20);
}

static const struct sim_traffic stubborn = {
    .connections = 380, .requests_per_second = 5, .request_ms = 20, .routing_ms = 1000,
    .ignores_close = true,
};

static void who_ignores_close_goes_on_for_5_seconds(void **state)
{
    (void)state;
    make_served(stubborn, "immediate");
    run_until(9999);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");

    run_until(14500);
    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 380);
    assert_in_range(stat_value("ingress.downstream_cx_drain_close"), 377, 380);
    run_until(18000);
    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 0);
}

static int64_t lost_by_stubborn(bool delays_close)
{
    make_service((struct sim_service){.traffic = stubborn, .delays_close = delays_close},
                 "immediate");
    run_until(9999);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    run_until(20000);
    assert_int_equal(sim_result(fixture.world).requests_cut, 0);
    return sim_result(fixture.world).requests_blind;
}

static void who_ignores_close_loses_what_it_sends_in_the_second_after(void **state)
{
    (void)state;

    assert_in_range(lost_by_stubborn(true), 375, 380); /* 380 (1 - e^-5) */
}

static void who_ignores_close_loses_hardly_anything_where_envoy_closes_at_once(void **state)
{
    (void)state;

    assert_in_range(lost_by_stubborn(false), 1, 2); /* 380 x 5 a second x 1 ms */
}

static const struct sim_traffic channels = {
    .connections = 60, .requests_per_second = 10, .request_ms = 20, .http2 = true,
    .replicas = 3, .routing_ms = 4000,
};

static int64_t refused_to_channels(int64_t backoff_ms)
{
    struct sim_traffic traffic = channels;

    traffic.backoff_ms = backoff_ms;
    make_served(traffic, "immediate");
    run_until(5000);
    stop_router();
    run_until(10000);
    return sim_result(fixture.world).requests_refused;
}

static void refused_clients_try_again_at_their_turn(void **state)
{
    (void)state;

    assert_in_range(refused_to_channels(0), 28, 31); /* 60 (1/3 + 1/9 + 1/27 + ...) */
}

/* 20 are refused, and fail 10 times more in the first second; 7 of them in the second one, ... */
static void refused_clients_that_back_off_fail_meanwhile(void **state)
{
    (void)state;

    assert_in_range(refused_to_channels(1000), 20 * 11 + 6 * 11 + 2 * 11, 31 * 11);
}

static int64_t busy_of_slow(bool skips_late)
{
    make_served((struct sim_traffic){.connections = 1000, .requests_per_second = 0.3,
                                     .request_ms = 3000, .skips_late = skips_late},
                "immediate");
    run_until(60000);
    return stat_value("ingress.downstream_rq_active");
}

static void who_keeps_its_rate_is_busy_for_so_much_of_the_time(void **state)
{
    (void)state;

    assert_in_range(busy_of_slow(false), 880, 920); /* 0.3 x 3 s */
}

static void who_skips_what_it_is_late_with_is_idle_more_often(void **state)
{
    (void)state;

    assert_in_range(busy_of_slow(true), 670, 710); /* 3 / (3 + e^-0.9 / 0.3) */
}

static void a_surge_takes_its_share_of_the_one_shots(void **state)
{
    int64_t before;

    (void)state;
    make_served((struct sim_traffic){.one_shots_per_second = 90, .replicas = 3, .surge = 1,
                                     .routing_ms = 60000},
                "immediate");
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    sim_at(fixture.world, (struct sim_step){11000, SIM_SIGNAL, .number = SIGTERM});
    run_until(10000);
    before = stat_value("ingress.downstream_cx_http1_total");
    run_until(20000);

    assert_in_range(before, 890, 900);
    assert_in_range(stat_value("ingress.downstream_cx_http1_total") - before, 595, 605);
}

static void an_exit_cuts_websockets_and_idle_connections(void **state)
{
    struct sim_clients clients;

    (void)state;
    make_served((struct sim_traffic){.connections = 50, .requests_per_second = 1,
                                     .request_ms = 20, .upgrades = 7}, "immediate");
    run_until(5000);
    assert_int_equal(sim_clients(fixture.world, ROUTER).upgrades_cut, 0);
    stop_router();

    clients = sim_clients(fixture.world, ROUTER);
    assert_int_equal(clients.upgrades_cut, 7);
    assert_int_equal(clients.idle_cut + clients.requests_cut, 50);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_burst_comes_at_the_next_turn_of_each_client),
        TEST(looking_does_not_move_a_burst),
        TEST(blind_clients_send_on_connections_that_were_cut),
        TEST(who_looks_earlier_is_surprised_less),
        TEST(nobody_is_surprised_when_all_were_told_or_idle_for_long),
        TEST(a_gradual_drain_leaves_most_to_be_surprised),
        TEST(http2_has_many_requests_on_a_connection),
        TEST(told_http2_clients_are_gone_at_once),
        TEST(an_exit_cuts_all_that_is_in_flight_on_http2),
        TEST(who_ignores_close_goes_on_for_5_seconds),
        TEST(who_ignores_close_loses_what_it_sends_in_the_second_after),
        TEST(who_ignores_close_loses_hardly_anything_where_envoy_closes_at_once),
        TEST(refused_clients_try_again_at_their_turn),
        TEST(refused_clients_that_back_off_fail_meanwhile),
        TEST(who_keeps_its_rate_is_busy_for_so_much_of_the_time),
        TEST(who_skips_what_it_is_late_with_is_idle_more_often),
        TEST(a_surge_takes_its_share_of_the_one_shots),
        TEST(an_exit_cuts_websockets_and_idle_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
