/* The clients of the simulated world. */
#include "sim_fixture.h"

static void make_with(struct sim_config *config, struct sim_traffic traffic, const char *option,
                      const char *value)
{
    *config = (struct sim_config){
        .services = {{.name = "router", .address = SOCKET, .admin = ADMIN, .traffic = traffic}},
    };
    make(config);
    start_with(ROUTER, "router", "[x] ", option, value);
}

static void make_busy(struct sim_config *config, struct sim_traffic traffic)
{
    make_with(config, traffic, "--drain-strategy", "immediate");
}

/* 380 connections with 5 requests a second each, 20 ms: 38 in flight. */
static const struct sim_traffic busy = {
    .connections = 380, .requests_per_second = 5, .request_ms = 20, .routing_ms = 1000,
};

static void test_clients_keep_their_rate(void **state)
{
    (void)state;
    struct sim_config config;
    make_busy(&config, busy);
    run_until(10000);

    assert_int_equal(stat_value("ingress.downstream_cx_http1_total"), 380);
    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 380);
    assert_in_range(stat_value("ingress.downstream_rq_active"), 37, 39);
    /* Each has sent one with its connect, besides. */
    assert_in_range(stat_value("ingress.downstream_rq_total"), 5 * 380 * 10, 5 * 380 * 10 + 380);
}

static void test_looking_changes_nothing(void **state)
{
    (void)state;
    struct sim_config config;
    int64_t unseen;

    make_busy(&config, busy);
    run_until(9999);
    unseen = sim_result(fixture.world).requests;
    sim_destroy(fixture.world);
    make_busy(&config, busy);
    for (int64_t at_ms = 10; at_ms < 10000; at_ms += 10) {
        run_until(at_ms);
        fetch(STATS);
    }
    run_until(9999);

    assert_int_equal(sim_result(fixture.world).requests, unseen);
}

static void test_a_drain_tells_every_client_with_its_next_response(void **state)
{
    (void)state;
    struct sim_config config;
    make_busy(&config, busy);
    run_until(9999);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");

    run_until(10230); /* 63 % have sent within the first 200 ms */
    assert_in_range(stat_value("ingress.downstream_cx_drain_close"), 300, 360);
    run_until(14000);

    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 0);
    assert_int_equal(stat_value("ingress.downstream_rq_active"), 0);
}

static void test_told_clients_come_back_while_routing_leads_here(void **state)
{
    (void)state;
    struct sim_config config;
    make_busy(&config, busy);
    run_until(10000);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    run_until(11550); /* a look may see what was 64 ms ago */

    assert_in_range(stat_value("ingress.downstream_cx_http1_total"), 380 + 360, 380 + 400);
}

static void test_nobody_is_told_before_a_gradual_drain_has_begun_to_bite(void **state)
{
    (void)state;
    struct sim_config config;
    make_busy(&config, busy);
    send_signal(TARGET_PROCESS, ROUTER, SIGKILL);
    run();
    start(ROUTER, "router");
    run_until(10000);

    act("POST", ADMIN ":/drain_listeners?graceful");
    run_until(25000);

    /* 15 of 600 s have passed: of 28,500 responses at most 2.5 % have told. */
    assert_in_range(stat_value("ingress.downstream_cx_drain_close"), 300, 700);
    assert_int_equal(sim_result(fixture.world).requests_refused, 0);
}

static void test_an_exit_in_the_middle_cuts_and_refuses(void **state)
{
    (void)state;
    struct sim_config config;
    make_busy(&config, busy);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    run_until(10001);

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run();
    sim_end(fixture.world);

    /* 38 and 342 in the mean; 24 come in each stride of the clients, in whole ones. */
    assert_in_range(sim_result(fixture.world).requests_cut, 37, 39);
    assert_in_range(sim_result(fixture.world).connections_cut, 341, 343);
    /* One half comes back and is refused; half of them try again until routing has moved. */
    assert_in_range(sim_result(fixture.world).requests_refused, 190 + 95, 2 * 190);
}

static void test_an_exit_after_a_drain_fails_nothing(void **state)
{
    (void)state;
    struct sim_config config;
    make_busy(&config, busy);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    run_until(10001);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    run_until(11500);
    act("POST", ADMIN ":/drain_listeners");
    run_until(11700);

    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run();
    sim_end(fixture.world);

    assert_int_equal(sim_result(fixture.world).requests_cut, 0);
    assert_int_equal(sim_result(fixture.world).connections_cut, 0);
    assert_int_equal(sim_result(fixture.world).requests_refused, 0);
}

static void test_closed_listeners_refuse_who_is_still_routed_here(void **state)
{
    (void)state;
    struct sim_config config;
    struct sim_traffic traffic = {.one_shots_per_second = 5, .routing_ms = 6000};
    make_busy(&config, traffic);
    sim_at(fixture.world, (struct sim_step){10000, SIM_SIGNAL, .number = SIGTERM});
    run_until(10001);

    act("POST", ADMIN ":/drain_listeners");
    connect_to(1, SOCKET);
    assert_string_equal(run(), "10002 answered 1 error -111 status 0\n");
    run_until(20000);

    assert_in_range(sim_result(fixture.world).requests_refused, 29, 30);
}

static void test_long_requests_are_cut_until_they_end_and_websockets_never_count(void **state)
{
    (void)state;
    struct sim_config config;
    struct sim_traffic traffic = {.long_requests = 3, .long_until_ms = 8000, .upgrades = 2};
    make_busy(&config, traffic);
    run_until(5000);

    assert_int_equal(stat_value("ingress.downstream_rq_active"), 5);
    assert_int_equal(stat_value("ingress.downstream_cx_upgrades_active"), 2);
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run();

    assert_int_equal(sim_result(fixture.world).requests_cut, 3);
}

static void test_idle_connections_are_never_told(void **state)
{
    (void)state;
    struct sim_config config;
    struct sim_traffic traffic = {.connections = 600};
    make_busy(&config, traffic);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    run_until(60000);

    assert_int_equal(stat_value("ingress.downstream_cx_http1_active"), 600);
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    run();

    assert_int_equal(sim_result(fixture.world).connections_cut, 600);
}

static void test_idle_connections_are_closed_in_time_though_nobody_looks(void **state)
{
    (void)state;
    struct sim_config config;
    struct sim_traffic seldom = {.connections = 10, .requests_per_second = 0.01};
    int64_t written_ms;

    make_with(&config, seldom, "--config-yaml", "filename: \"/idle\"");
    run_until(120000);
    act("POST", ADMIN ":/healthcheck/fail");
    written_ms = now_ms();
    fixture.world->ops->file_write(fixture.world, "/idle", "1");
    run_until(140000);

    assert_int_equal(sim_clients(fixture.world, 0).busy_ms, written_ms + 5100 - 1);
}

/* A run with a bit of everything, as text. */
static void run_everything(char *text, size_t size)
{
    struct sim_config config;

    make_busy(&config, busy);
    sim_at(fixture.world, (struct sim_step){3000, SIM_SIGNAL, .number = SIGTERM});
    sim_at(fixture.world, (struct sim_step){3500, SIM_CRASH, 139, "router"});
    run_until(2000);
    act("POST", ADMIN ":/drain_listeners?graceful&skip_exit");
    fetch(STATS);
    run();
    sim_end(fixture.world);
    snprintf(text, size, "%s%s%s%lld", sim_history(fixture.world), fixture.events, fixture.body,
             (long long)sim_result(fixture.world).requests);
    teardown(NULL);
}

static void test_two_runs_give_the_same_bytes(void **state)
{
    (void)state;
    char one[EVENTS_SIZE], other[EVENTS_SIZE];

    run_everything(one, sizeof(one));
    run_everything(other, sizeof(other));

    assert_string_equal(one, other);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_clients_keep_their_rate),
        TEST(test_looking_changes_nothing),
        TEST(test_a_drain_tells_every_client_with_its_next_response),
        TEST(test_told_clients_come_back_while_routing_leads_here),
        TEST(test_nobody_is_told_before_a_gradual_drain_has_begun_to_bite),
        TEST(test_an_exit_in_the_middle_cuts_and_refuses),
        TEST(test_an_exit_after_a_drain_fails_nothing),
        TEST(test_closed_listeners_refuse_who_is_still_routed_here),
        TEST(test_long_requests_are_cut_until_they_end_and_websockets_never_count),
        TEST(test_idle_connections_are_never_told),
        TEST(test_idle_connections_are_closed_in_time_though_nobody_looks),
        TEST(test_two_runs_give_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
