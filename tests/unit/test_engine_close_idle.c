/* Idle connections of Envoy are closed while wait_idle waits: when this is in its configuration,
 * when it is left out and why, when they are closed, and what that is good for. */
#include "engine_fixture.h"

#define IDLE_FILE "/var/run/api-platform/router-admin.idle"

static const char CONFIGURATION[] = "/etc/envoy/envoy.yaml";

/* A gateway whose Envoy is configured so; NULL: the file is not there. */
static struct sim_service *gateway(const char *configuration)
{
    struct sim_service *router = life_gateway();

    life.world.files[1] = (struct sim_file){0};
    if (configuration)
        life.world.files[1] = (struct sim_file){CONFIGURATION, configuration};
    return router;
}

/* Of their connections four in five are still there when 2.5 s of a drain have passed. */
static void sparse_clients(struct sim_service *router)
{
    router->traffic = (struct sim_traffic){
        .connections = 2000, .requests_per_second = 0.1, .request_ms = 20, .routing_ms = 2000};
}

static void expect_nothing_closed(void)
{
    expect_no_output("closing ");
    assert_null(strstr(strstr(life.history, "signal TERM"), "write"));
}

static void expect_left_out(const char *why)
{
    expect_output("idle connections will not be closed before the end: ");
    expect_output(why);
    expect_spawned("--config-yaml admin:");
    expect_not_spawned("overload_manager");
    expect_no_history("write " IDLE_FILE);
}

/* In the configuration */

static void it_is_in_the_configuration_of_envoy(void **state)
{
    (void)state;
    sparse_clients(gateway("static_resources: {}\n"));

    life_run();

    expect_spawned("mode: 384 } } }\noverload_manager:\n");
    expect_spawned("filename: \"" IDLE_FILE "\"\n");
    expect_spawned("timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 1s");
    expect_history_order("write " IDLE_FILE, "start router", "signal TERM",
                         "POST router /drain_listeners?graceful&skip_exit 200",
                         "write " IDLE_FILE, "TERM router", "remove " IDLE_FILE);
    expect_output("router           closing   idle connections: ");
}

static void a_policy_that_does_not_wait_does_not_close_them(void **state)
{
    (void)state;
    sparse_clients(gateway("static_resources: {}\n"));
    life.policy = "drain('router') sleep(9)";

    life_run();

    expect_history_order("write " IDLE_FILE, "signal TERM", "POST router");
    expect_nothing_closed();
}

static void it_can_be_declined(void **state)
{
    (void)state;
    gateway("static_resources: {}\n");
    life.services = "service 'router' { command = { 'envoy', '-c', '/etc/envoy/envoy.yaml' },"
                    " drain = envoy { admin = 'unix:/run/a.sock', close_idle = false } }";
    life.policy = NULL;

    life_run();

    expect_not_spawned("overload_manager");
    expect_no_output("idle connections");
}

/* Left out */

static void an_overload_manager_of_the_users_own_is_left_alone(void **state)
{
    (void)state;
    gateway("static_resources: {}\noverload_manager:\n  actions: []\n");

    life_run();

    expect_left_out("/etc/envoy/envoy.yaml has an overload manager");
}

static void one_in_json_is_noticed_too(void **state)
{
    (void)state;
    gateway("{\"overloadManager\": {\"actions\": []}}");

    life_run();

    expect_left_out("/etc/envoy/envoy.yaml has an overload manager");
}

static void one_in_the_override_is_noticed_too(void **state)
{
    (void)state;
    gateway("static_resources: {}\n");
    life.world.files[2] = (struct sim_file){"/etc/envoy/config-override.yaml",
                                            "overload_manager: { actions: [] }"};

    life_run();

    expect_output("the override has an overload manager");
    expect_not_spawned("injected_resource");
}

static void one_in_a_comment_is_none(void **state)
{
    (void)state;
    gateway("static_resources: {} # no overload_manager here\n");

    life_run();

    expect_spawned("overload_manager:\n");
}

static void a_configuration_that_cannot_be_read_is_not_added_to(void **state)
{
    (void)state;
    gateway(NULL);

    life_run();

    expect_left_out("/etc/envoy/envoy.yaml cannot be read (No such file or directory)");
}

static void an_admin_on_tcp_needs_a_file_to_be_named(void **state)
{
    (void)state;
    gateway("static_resources: {}\n");
    life.services = "service 'router' { command = { 'envoy', '-c', '/etc/envoy/envoy.yaml' },"
                    " drain = envoy { admin = 'tcp:127.0.0.1:9901' } }";
    life.policy = NULL;

    life_run();

    expect_left_out("its admin is on TCP and envoy { idle_file = ... } is not given");
}

static void the_file_can_be_named(void **state)
{
    (void)state;
    gateway("static_resources: {}\n");
    life.services = "service 'router' { command = { 'envoy', '-c', '/etc/envoy/envoy.yaml' },"
                    " drain = envoy { admin = 'tcp:127.0.0.1:9901', idle_file = '/run/x' } }";
    life.policy = NULL;

    life_run();

    expect_spawned("filename: \"/run/x\"\n");
}

static void a_listener_that_would_lose_requests_keeps_its_connections(void **state)
{
    (void)state;
    struct sim_service *router = gateway("static_resources: {}\n");

    sparse_clients(router);
    router->delays_close = true;

    life_run();

    expect_output_order("will not be closed before the end: delayed_close_timeout of a listener is "
                        "not 0s", "SIGTERM", "waiting   until it is idle");
    expect_nothing_closed();
}

static void listeners_that_are_not_known_keep_their_connections(void **state)
{
    (void)state;
    struct sim_service *router = gateway("static_resources: {}\n");

    sparse_clients(router);
    router->faults[0] = (struct sim_fault){
        .manner = SIM_STATUS, .status = 403, .path = "/config_dump"};

    life_run();

    expect_output("its listeners are not known (status)");
    expect_nothing_closed();
}

static void listeners_that_are_not_known_any_more_are_said_then(void **state)
{
    (void)state;
    struct sim_service *router = gateway("static_resources: {}\n");

    sparse_clients(router);
    router->faults[0] = (struct sim_fault){.manner = SIM_STATUS, .status = 403,
                                           .path = "/config_dump", .from_ms = GATEWAY_MS};

    life_run();

    expect_output("closing   idle connections FAILED: its listeners are not known (status)");
    assert_null(strstr(strstr(life.history, "signal TERM"), "write"));
}

/* When */

static void nobody_who_is_told_soon_is_closed(void **state)
{
    (void)state;
    struct sim_service *router = gateway("static_resources: {}\n");

    router->traffic = (struct sim_traffic){
        .connections = 1900, .requests_per_second = 1, .request_ms = 20, .routing_ms = 2000};

    life_run();

    expect_nothing_closed();
}

static void where_nobody_sends_nothing_is_closed(void **state)
{
    (void)state;
    struct sim_service *router = gateway("static_resources: {}\n");

    router->traffic = (struct sim_traffic){.connections = 2000};

    life_run();

    expect_nothing_closed();
    assert_in_range(life.result.elapsed_ms, 5000, 5300);
}

static void a_drain_that_failed_closes_nothing(void **state)
{
    (void)state;
    struct sim_service *router = gateway("static_resources: {}\n");

    sparse_clients(router);
    router->faults[0] = (struct sim_fault){
        .manner = SIM_STATUS, .status = 403, .changes = true, .from_ms = GATEWAY_MS};

    life_run();

    expect_output("drain     FAILED");
    expect_nothing_closed();
}

/* What it is good for */

static void clients_that_send_seldom_do_not_keep_it_waiting(void **state)
{
    (void)state;
    sparse_clients(gateway("static_resources: {}\n"));

    life_run();

    expect_output_order("waiting   until it is idle", "closing   idle connections: ",
                        "router           idle ");
    assert_in_range(life.result.elapsed_ms, 8200, 8800);
    assert_int_equal(life.sim.connections_cut, 0);
    assert_int_equal(life.sim.requests_cut, 0);
}

static void without_it_they_do(void **state)
{
    (void)state;
    sparse_clients(gateway("overload_manager: {}\n"));

    life_run();

    assert_in_range(life.result.elapsed_ms, 12000, 15500);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(it_is_in_the_configuration_of_envoy),
        TEST(a_policy_that_does_not_wait_does_not_close_them),
        TEST(it_can_be_declined),
        TEST(an_overload_manager_of_the_users_own_is_left_alone),
        TEST(one_in_json_is_noticed_too),
        TEST(one_in_the_override_is_noticed_too),
        TEST(one_in_a_comment_is_none),
        TEST(a_configuration_that_cannot_be_read_is_not_added_to),
        TEST(an_admin_on_tcp_needs_a_file_to_be_named),
        TEST(the_file_can_be_named),
        TEST(a_listener_that_would_lose_requests_keeps_its_connections),
        TEST(listeners_that_are_not_known_keep_their_connections),
        TEST(listeners_that_are_not_known_any_more_are_said_then),
        TEST(nobody_who_is_told_soon_is_closed),
        TEST(where_nobody_sends_nothing_is_closed),
        TEST(a_drain_that_failed_closes_nothing),
        TEST(clients_that_send_seldom_do_not_keep_it_waiting),
        TEST(without_it_they_do),
    };

    return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
