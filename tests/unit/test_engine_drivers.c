/* The drivers besides Envoy's, in simulated worlds: nginx, HAProxy, a service over HTTP, by a
 * signal, and written by hand; and what wait_idle does where little is known. */
#include <errno.h>

#include "engine_fixture.h"

static struct sim_service *router;

static const char drain_and_stop[] =
    "if drain('router') then log('idle', wait_idle('router')) end stop('router') stop('db')";

/* "db", then "router" with this driver and 380 clients, asked to stop after GATEWAY_MS. */
static void router_with(const char *driver)
{
    static char services[2048];

    snprintf(services, sizeof(services),
             "service 'db' { command = { 'db' } }\n"
             "service 'router' { command = { 'router' }, drain = %s }\n", driver);
    life.services = services;
    life.policy = drain_and_stop;
    life.world = (struct sim_config){
        .services = {
            {.name = "db", .exit_ms = 10},
            {.name = "router", .exit_ms = 10, .address = "tcp:127.0.0.1:8080",
             .admin = "unix:/status",
             .traffic = {.connections = 380, .requests_per_second = 5, .request_ms = 20,
                         .routing_ms = 1000}},
        },
        .steps = {{GATEWAY_MS, SIM_SIGNAL, .number = SIGTERM}},
        .sockets_error = EACCES, /* what a driver does not say, nobody says */
    };
    router = &life.world.services[1];
}

static void nginx(const char *options)
{
    char driver[512];

    snprintf(driver, sizeof(driver), "nginx { status = 'unix:/status:/status', %s }", options);
    router_with(driver);
    router->router = SIM_NGINX;
    router->drain_file = "/run/draining";
    router->finish_signal = SIGQUIT;
}

static void haproxy(void)
{
    router_with("haproxy { status = 'unix:/status:/stats;csv' }");
    router->router = SIM_HAPROXY;
    router->drain_signal = SIGUSR1;
}

static void expect_nothing_lost(void)
{
    if (life.sim.requests_cut + life.sim.requests_refused + life.sim.connections_cut > 0)
        fail_msg("%lld cut, %lld refused, %lld idle cut\n%s%s", (long long)life.sim.requests_cut,
                 (long long)life.sim.requests_refused, (long long)life.sim.connections_cut,
                 life.output, life.history);
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

/* nginx */

static void nginx_with_a_drain_file_loses_nothing(void **state)
{
    (void)state;
    nginx("drain_file = '/run/draining'");

    life_run();

    expect_nothing_lost();
    expect_history_order("start router", "write /run/draining", "QUIT router", "exit router",
                         "remove /run/draining");
    expect_output("/run/draining is there");
    expect_output("idle      expected failures 0.0");
    assert_true(life.result.elapsed_ms < 5000);
}

static void a_drain_file_of_the_last_life_is_removed_before_the_start(void **state)
{
    (void)state;
    nginx("drain_file = '/run/draining'");
    life.world.files[0] = (struct sim_file){"/run/draining", "draining\n"};

    life_run();

    expect_history_order("remove /run/draining", "start router");
}

static void nginx_without_a_drain_file_says_so_and_cuts_idle_connections(void **state)
{
    (void)state;
    nginx("");

    life_run();

    expect_output("drain     clients are not told (no drain_file)");
    expect_output("not idle  timeout");
    expect_history("QUIT router");
    assert_int_equal(life.sim.requests_cut, 0);
    assert_true(life.sim.connections_cut > 0);
}

static void nginx_whose_status_is_missing_is_said_at_the_start(void **state)
{
    (void)state;
    nginx("drain_file = '/run/draining'");
    router->hides_stats = true;

    life_run();

    expect_output("will not know when it is idle: unix:/status:/status gives 'status 404'");
    expect_output("log       idle false unknown");
    expect_history("QUIT router");
}

static void nginx_whose_status_is_garbage_is_unknown(void **state)
{
    (void)state;
    nginx("drain_file = '/run/draining'");
    router->faults[0] = (struct sim_fault){.manner = SIM_GARBAGE};

    life_run();

    expect_output("gives 'unknown'");
    expect_output("log       idle false unknown");
}

static void its_own_looks_do_not_count(void **state)
{
    (void)state;
    nginx("drain_file = '/run/draining'");
    router->traffic = (struct sim_traffic){0};
    life.policy = "log(in_flight('router')) log(wait_idle('router'))";

    life_run();

    expect_output("log       0\n");
    expect_output("(0.0 new connections/s before)");
}

static void stop_sends_what_it_is_told_to(void **state)
{
    (void)state;
    nginx("stop = 'TERM'");
    life.policy = "stop('db', { signal = 'INT' }) stop('router')";

    life_run();

    expect_history_order("INT db", "TERM router");
}

/* HAProxy */

static void haproxy_loses_nothing(void **state)
{
    (void)state;
    haproxy();

    life_run();

    expect_nothing_lost();
    expect_history_order("USR1 router", "TERM router");
    assert_true(life.result.elapsed_ms < 5000);
}

static void haproxy_without_grace_is_said_at_the_start(void **state)
{
    (void)state;
    haproxy();
    life.services = "service 'db' { command = { 'db' } } service 'router' {"
                    " command = { 'haproxy', '-f', '/haproxy.cfg' },"
                    " drain = haproxy { status = 'unix:/status:/stats;csv' } }";
    life.world.files[0] = (struct sim_file){"/haproxy.cfg", "global\n  # grace 600s\n"};

    life_run();

    expect_output("will refuse who is still routed here: there is no `grace 600s`");
}

static void haproxy_that_tells_nobody_is_said_at_the_start(void **state)
{
    (void)state;
    haproxy();
    life.services = "service 'db' { command = { 'db' } } service 'router' {"
                    " command = { 'haproxy', '-f', '/haproxy.cfg' },"
                    " drain = haproxy { status = 'unix:/status:/stats;csv' } }";
    life.world.files[0] = (struct sim_file){"/haproxy.cfg", "global\n  grace 600s\n"};

    life_run();

    expect_output("will tell nobody");
}

/* Any service, over HTTP or by a signal */

static void stats(const char *body)
{
    life.world.endpoints[0] = (struct sim_endpoint){.address = "unix:/stats", .body = body};
    life.world.endpoints[1] = (struct sim_endpoint){.address = "unix:/admin"};
}

static void http_reads_numbers_at_json_pointers(void **state)
{
    (void)state;
    router_with("http { drain = 'POST unix:/admin:/drain', in_flight = 'unix:/stats:/',"
                " pointer = '/workers/1/a~1b', connections = '/total' }");
    stats("{ \"workers\": [ {}, { \"a/b\": 3 } ], \"total\": 8 }");
    life.policy = "log(drain('router')) log(in_flight('router'))"
                  " log(wait_idle('router', { timeout = 3, below = 4 }))";

    life_run();

    expect_history("POST unix:/admin /drain 200");
    expect_output("drain     POST unix:/admin:/drain 200");
    expect_output("log       3\n");
    expect_output("expected failures 0.000");
}

static void http_reads_a_plain_number(void **state)
{
    (void)state;
    router_with("http { drain = 'PUT unix:/admin:/drain', in_flight = 'unix:/stats:/' }");
    stats(" 12\n");
    life.policy = "log(in_flight('router'))";

    life_run();

    expect_output("log       12\n");
}

static void http_with_a_pointer_to_nothing_is_unknown(void **state)
{
    (void)state;
    router_with("http { drain = 'POST unix:/admin:/drain', in_flight = 'unix:/stats:/',"
                " pointer = '/requests/active' }");
    stats("{ \"requests\": 5 }");

    life_run();

    expect_output("will not know when it is idle: unix:/stats:/ gives 'unknown'");
    expect_output("log       idle false unknown");
}

static void http_that_is_refused_says_its_status(void **state)
{
    (void)state;
    router_with("http { drain = 'POST unix:/admin:/drain' }");
    life.world.endpoints[0] = (struct sim_endpoint){.address = "unix:/admin", .status = 503};
    life.policy = "log(drain('router')) log(wait_idle('router'))";

    life_run();

    expect_output("FAILED: status 503");
    expect_output("log       false status 503");
    expect_output("log       false unknown");
}

static void without_a_count_of_connections_a_long_silence_must_do(void **state)
{
    (void)state;
    router_with("signal { drain = 'USR1', in_flight = 'unix:/stats:/' }");
    stats("0");
    life.policy = "drain('router') log(wait_idle('router', { routing = 2 }))";

    life_run();

    expect_history("USR1 router");
    expect_output("nobody inside for 4.0 s (new connections are not counted)");
    expect_output("log       true 4");
}

static void a_signal_alone_knows_nothing_and_stops_with_its_own(void **state)
{
    (void)state;
    router_with("signal { drain = 'USR1', stop = 'INT' }");

    life_run();

    expect_output("log       idle false unknown");
    expect_history_order("USR1 router", "INT router");
}

/* By hand */

static void a_driver_by_hand_can_wait_and_ask(void **state)
{
    (void)state;
    router_with("{ drain = function(who, seconds) sleep(0.5) signal(who, 'HUP')"
                "   local ok, said = run({ 'says' }) return ok, said end,"
                " in_flight = function(who) local answer = http.get('unix:/stats:/')"
                "   return json(answer.body).busy end }");
    stats("{ \"busy\": 0 }");
    life.world.commands[0] = (struct sim_command){.name = "says", .output = "gone to lunch"};

    life_run();

    expect_output("drain     gone to lunch, in 0.500 s");
    expect_history_order("HUP router", "TERM router");
    expect_output("log       idle true 3");
}

static void a_driver_by_hand_may_know_all(void **state)
{
    (void)state;
    router_with("{ drain = function() return true end, in_flight = function()"
                " return { active = 0, requests = 5, connections = 5, http1 = 0 } end }");

    life_run();

    expect_output("expected failures 0.000 (0.0 new connections/s before)");
}

static void a_driver_by_hand_takes_no_longer_than_it_may(void **state)
{
    (void)state;
    router_with("{ drain = function() sleep(60) return true end,"
                " in_flight = function() if elapsed() > 0 then sleep(60) end return 0 end }");
    life.policy = "drain('router') wait_idle('router', { timeout = 3 })";

    life_run();

    expect_output("drain     FAILED: timeout, in 2.000 s");
    expect_output("not idle  unknown, in 3.200 s"); /* the last look had begun */
}

static void a_driver_that_raises_is_unknown_and_says_so_once(void **state)
{
    (void)state;
    router_with("{ drain = function() return true end,"
                " in_flight = function() return nothing.at.all end }");
    life.services = "local nothing\nservice 'db' { command = { 'db' } } service 'router' {"
                    " command = { 'x' }, drain = { drain = function() return true end,"
                    " in_flight = function() return nothing.at.all end } }";

    life_run();

    const char *first = strstr(life.output, "the driver's in_flight raises: services.lua:2:");

    assert_non_null(first);
    assert_null(strstr(first + strlen("the driver's in_flight raises"), "raises"));
    expect_output("log       idle false unknown");
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void a_count_that_is_none_is_unknown(void **state)
{
    static const char *const counts[] = {"'5'", "-1", "0/0", "{}", "{ active = '1' }",
                                         "{ active = 0, connections = 'x' }", "math"};

    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        char driver[256];

        life_setup(state);
        snprintf(driver, sizeof(driver), "{ drain = function() return true end,"
                 " in_flight = function() return %s end }", counts[i]);
        router_with(driver);
        life_run();
        expect_output("log       idle false unknown");
        assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
        life_teardown(state);
    }
}

static void a_reason_that_is_no_text_and_a_status_that_is_no_number_are_left_out(void **state)
{
    static const struct { const char *returned, *logged; } drains[] = {
        {"false, {}", "log       false unknown nil\n"},
        {"false, true", "log       false unknown nil\n"},
        {"nil, 5", "log       false unknown nil\n"},
        {"false, math, math", "log       false unknown nil\n"},
        {"false, 'full', {}", "log       false full nil\n"},
        {"false, 'status', 418", "log       false status 418\n"},
        {"true, {}", "log       true\n"},
    };

    for (size_t i = 0; i < sizeof(drains) / sizeof(*drains); i++) {
        char driver[256];

        life_setup(state);
        snprintf(driver, sizeof(driver), "{ drain = function() return %s end }",
                 drains[i].returned);
        router_with(driver);
        life.policy = "log(drain('router'))";
        life_run();
        expect_output(drains[i].logged);
        assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
        life_teardown(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nginx_with_a_drain_file_loses_nothing),
        TEST(a_drain_file_of_the_last_life_is_removed_before_the_start),
        TEST(nginx_without_a_drain_file_says_so_and_cuts_idle_connections),
        TEST(nginx_whose_status_is_missing_is_said_at_the_start),
        TEST(nginx_whose_status_is_garbage_is_unknown),
        TEST(its_own_looks_do_not_count),
        TEST(stop_sends_what_it_is_told_to),
        TEST(haproxy_loses_nothing),
        TEST(haproxy_without_grace_is_said_at_the_start),
        TEST(haproxy_that_tells_nobody_is_said_at_the_start),
        TEST(http_reads_numbers_at_json_pointers),
        TEST(http_reads_a_plain_number),
        TEST(http_with_a_pointer_to_nothing_is_unknown),
        TEST(http_that_is_refused_says_its_status),
        TEST(without_a_count_of_connections_a_long_silence_must_do),
        TEST(a_signal_alone_knows_nothing_and_stops_with_its_own),
        TEST(a_driver_by_hand_can_wait_and_ask),
        TEST(a_driver_by_hand_may_know_all),
        TEST(a_driver_by_hand_takes_no_longer_than_it_may),
        TEST(a_driver_that_raises_is_unknown_and_says_so_once),
        cmocka_unit_test(a_count_that_is_none_is_unknown),
        cmocka_unit_test(a_reason_that_is_no_text_and_a_status_that_is_no_number_are_left_out),
    };
    return cmocka_run_group_tests_name("drivers", tests, NULL, NULL);
}
