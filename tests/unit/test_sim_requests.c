/* Requests of the simulated world, and its Envoy. */
#include "sim_fixture.h"

static const struct sim_config envoy = {
    .services = {{.name = "router", .ready_ms = 90, .address = SOCKET, .admin = ADMIN}},
};

static void test_a_socket_is_there_once_its_service_is_ready(void **state)
{
    (void)state;
    make(&envoy);
    start(ROUTER, "router");

    connect_to(1, SOCKET);
    run_until(90);
    connect_to(2, SOCKET);

    assert_string_equal(run(), "90 answered 2 error 0 status 0\n");
}

static void test_a_connection_is_tried_again_until_somebody_accepts(void **state)
{
    (void)state;
    make(&envoy);
    start(ROUTER, "router");

    connect_again(1, SOCKET, 40);

    assert_string_equal(run(), "120 answered 1 error 0 status 0\n");
}

static void test_a_connection_is_not_tried_again_when_the_time_is_over(void **state)
{
    (void)state;
    make(&envoy);

    connect_again(1, SOCKET, 40);

    assert_string_equal(run(), "520 answered 1 error -2 status 0\n");
}

static void test_a_connection_that_is_cancelled_is_not_tried_again(void **state)
{
    (void)state;
    make(&envoy);
    connect_again(1, SOCKET, 40);

    fixture.world->ops->request_cancel(fixture.world, 1);

    assert_string_equal(run(), "");
}

static void test_nobody_answers_before_ready_and_after_the_exit(void **state)
{
    (void)state;
    make(&envoy);
    start(ROUTER, "router");

    connect_to(1, SOCKET);
    send_signal(TARGET_PROCESS, ROUTER, SIGTERM);
    assert_string_equal(run(), "0 answered 1 error -2 status 0\n0 exited 0 code 0\n0 gone 0\n");
    get(2, ADMIN ":/ready");

    assert_string_equal(run(), "0 answered 2 error -111 status 0\n");
}

static void test_an_address_that_nobody_was_given_stays_with_the_service_started_last(void **state)
{
    (void)state;
    make(&plain);
    start(ROUTER, "router");
    get(1, "http://127.0.0.1:9901/ready");
    start(ENGINE, "engine");
    run();

    send_signal(TARGET_PROCESS, ENGINE, SIGTERM);
    run();
    get(2, "http://127.0.0.1:9901/ready");

    assert_string_equal(run(), "2 answered 2 error 0 status 200\n");
}

static void test_malformed_addresses_are_refused(void **state)
{
    (void)state;
    make(&envoy);

    assert_int_equal(get(1, "ftp://localhost/"), -EINVAL);
    assert_int_equal(get(1, "http:///path"), -EINVAL);
    assert_int_equal(get(1, SOCKET), -EINVAL);
    assert_int_equal(connect_to(1, "/run/router.sock"), -EINVAL);
}

static void test_a_request_cannot_be_started_twice_nor_one_too_many(void **state)
{
    (void)state;
    make(&envoy);

    for (uint32_t i = 0; i < REQUESTS_MAX; i++)
        assert_int_equal(get(i, ADMIN ":/ready"), 0);

    assert_int_equal(get(7, ADMIN ":/ready"), -EEXIST);
    assert_int_equal(get(REQUESTS_MAX, ADMIN ":/ready"), -EAGAIN);
}

static void test_an_endpoint_outside_answers_as_it_was_told(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .endpoints = {{.address = "tcp:registry:80", .status = 204, .answer_ms = 30},
                      {.address = "tcp:registry:8500", .body = "{}"},
                      {.address = "tcp:[::1]:80", .manner = SIM_REFUSES}},
    };
    make(&config);

    get(1, "http://registry/leave");
    get(2, "http://registry:8500");
    get(3, "http://[::1]/");

    assert_string_equal(run(), "0 answered 3 error -111 status 0\n"
                               "1 answered 2 error 0 status 200\n"
                               "30 answered 1 error 0 status 204\n");
}

static void test_a_cancelled_request_is_never_answered(void **state)
{
    (void)state;
    struct world *world = make(&envoy);
    start(ROUTER, "router");
    run_until(100);

    get(1, ADMIN ":/ready");
    world->ops->request_cancel(world, 1);
    world->ops->request_cancel(world, 2);

    assert_string_equal(run(), "");
}

/* A service whose admin has one fault. */
static void make_faulty(struct sim_config *config, struct sim_fault fault)
{
    *config = (struct sim_config){.services = {{.name = "router", .admin = ADMIN}}};
    config->services[0].faults[0] = fault;
    make(config);
    start(ROUTER, "router");
}

static void test_an_admin_that_hangs_answers_with_the_timeout(void **state)
{
    (void)state;
    struct sim_config config;
    make_faulty(&config, (struct sim_fault){.manner = SIM_HANGS});

    post(1, ADMIN ":/drain_listeners");

    assert_string_equal(run(), "500 answered 1 error -110 status 0\n");
    assert_string_equal(sim_history(fixture.world),
                        "     0.000 start router\n"
                        "     0.500 POST router /drain_listeners timeout\n");
}

static void test_an_admin_that_is_slower_than_the_timeout_times_out(void **state)
{
    (void)state;
    struct sim_config config;
    make_faulty(&config, (struct sim_fault){.delay_ms = 501});

    get(1, ADMIN ":/ready");

    assert_string_equal(run(), "500 answered 1 error -110 status 0\n");
}

static void test_faults_can_have_a_path_a_time_and_a_number(void **state)
{
    (void)state;
    struct sim_config config;
    make_faulty(&config, (struct sim_fault){.path = "/drain", .manner = SIM_STATUS, .status = 503,
                                            .from_ms = 10, .times = 1});

    post(1, ADMIN ":/drain_listeners");
    run_until(10);
    get(2, ADMIN ":/ready");
    post(3, ADMIN ":/drain_listeners");
    post(4, ADMIN ":/drain_listeners");

    assert_string_equal(run(), "11 answered 2 error 0 status 200\n"
                               "11 answered 3 error 0 status 503\n"
                               "11 answered 4 error 0 status 200\n");
}

static void test_an_admin_can_refuse_reset_and_flood(void **state)
{
    (void)state;
    struct sim_config config = {.services = {{.name = "router", .admin = ADMIN}}};
    config.services[0].faults[0] = (struct sim_fault){.path = "/a", .manner = SIM_REFUSES};
    config.services[0].faults[1] = (struct sim_fault){.path = "/b", .manner = SIM_RESETS};
    config.services[0].faults[2] = (struct sim_fault){.path = "/c", .manner = SIM_FLOODS};
    make(&config);
    start(ROUTER, "router");

    get(1, ADMIN ":/a");
    get(2, ADMIN ":/b");
    get(3, ADMIN ":/c");

    assert_string_equal(run(), "0 answered 1 error -111 status 0\n"
                               "1 answered 2 error -104 status 0\n"
                               "1 answered 3 error -90 status 0\n");
}

static void test_garbage_comes_with_status_200(void **state)
{
    (void)state;
    struct sim_config config;
    make_faulty(&config, (struct sim_fault){.manner = SIM_GARBAGE});

    get(1, ADMIN ":/server_info");

    assert_string_equal(run(), "1 answered 1 error 0 status 200\n");
    assert_null(strstr(fixture.body, "LIVE"));
}

static void test_a_service_that_exits_resets_its_requests(void **state)
{
    (void)state;
    struct sim_config config;
    make_faulty(&config, (struct sim_fault){.delay_ms = 100});
    get(1, ADMIN ":/ready");
    run_until(50);

    send_signal(TARGET_PROCESS, ROUTER, SIGKILL);

    assert_string_equal(run(), "50 exited 0 code 137\n50 answered 1 error -104 status 0\n"
                               "50 gone 0\n");
}

static void test_a_frozen_service_accepts_and_never_answers(void **state)
{
    (void)state;
    make(&plain);
    start(ROUTER, "router");
    sim_at(fixture.world, (struct sim_step){0, SIM_FREEZE, .service = "router"});

    connect_to(1, SOCKET);
    get(2, ADMIN ":/ready");

    assert_string_equal(run(), "0 answered 1 error 0 status 0\n"
                               "500 answered 2 error -110 status 0\n");
}

/* Envoy */

static void test_server_info_shows_the_arguments(void **state)
{
    (void)state;
    make(&envoy);
    start_with(ROUTER, "router", "[x] ", "--drain-strategy", "immediate");
    run_until(100);

    fetch(ADMIN ":/server_info");

    assert_non_null(strstr(fixture.body, "\"drain_time\": \"600s\""));
    assert_non_null(strstr(fixture.body, "\"drain_strategy\": \"Immediate\""));
    assert_non_null(strstr(fixture.body, "\"state\": \"LIVE\""));
}

static void test_the_admin_knows_its_paths_and_methods(void **state)
{
    (void)state;
    make(&envoy);
    start(ROUTER, "router");
    run_until(100);

    get(1, ADMIN ":/drain_listeners");
    get(2, ADMIN ":/nothing");
    post(3, ADMIN ":/healthcheck/fail");
    assert_string_equal(run(), "101 answered 1 error 0 status 405\n"
                               "101 answered 2 error 0 status 404\n"
                               "101 answered 3 error 0 status 200\n");
    get(4, ADMIN ":/ready");

    assert_string_equal(run(), "102 answered 4 error 0 status 503\n");
}

static void test_stats_are_gauges_or_counters_or_both(void **state)
{
    (void)state;
    make(&envoy);
    start(ROUTER, "router");
    run_until(100);

    fetch(ADMIN ":/stats?type=Gauges&filter=x");
    assert_non_null(strstr(fixture.body, "http.ingress.downstream_rq_active: 0\n"));
    assert_null(strstr(fixture.body, "total"));
    fetch(ADMIN ":/stats?filter=x&type=Counters");
    assert_non_null(strstr(fixture.body, "http.ingress.downstream_rq_total: 0\n"));
    assert_null(strstr(fixture.body, "active"));
    fetch(ADMIN ":/stats");

    assert_non_null(strstr(fixture.body, "active"));
    assert_non_null(strstr(fixture.body, "total"));
}

static void test_hidden_stats_are_missing_not_zero(void **state)
{
    (void)state;
    static const struct sim_config config = {
        .services = {{.name = "router", .admin = ADMIN, .hides_stats = true}},
    };
    make(&config);
    start(ROUTER, "router");

    assert_string_equal(fetch(STATS), "");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_socket_is_there_once_its_service_is_ready),
        TEST(test_a_connection_is_tried_again_until_somebody_accepts),
        TEST(test_a_connection_is_not_tried_again_when_the_time_is_over),
        TEST(test_a_connection_that_is_cancelled_is_not_tried_again),
        TEST(test_nobody_answers_before_ready_and_after_the_exit),
        TEST(test_an_address_that_nobody_was_given_stays_with_the_service_started_last),
        TEST(test_malformed_addresses_are_refused),
        TEST(test_a_request_cannot_be_started_twice_nor_one_too_many),
        TEST(test_an_endpoint_outside_answers_as_it_was_told),
        TEST(test_a_cancelled_request_is_never_answered),
        TEST(test_an_admin_that_hangs_answers_with_the_timeout),
        TEST(test_an_admin_that_is_slower_than_the_timeout_times_out),
        TEST(test_faults_can_have_a_path_a_time_and_a_number),
        TEST(test_an_admin_can_refuse_reset_and_flood),
        TEST(test_garbage_comes_with_status_200),
        TEST(test_a_service_that_exits_resets_its_requests),
        TEST(test_a_frozen_service_accepts_and_never_answers),
        TEST(test_server_info_shows_the_arguments),
        TEST(test_the_admin_knows_its_paths_and_methods),
        TEST(test_stats_are_gauges_or_counters_or_both),
        TEST(test_hidden_stats_are_missing_not_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
