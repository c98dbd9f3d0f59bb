/* services.lua: its fields, what is wrong in it, the arguments and the environment of services. */
#include "engine_fixture.h"

/* What is wrong */

struct refusal {
    const char *name;
    const char *services;
    const char *expected;
};

static void refusal_run(void **state)
{
    const struct refusal *refusal = *state;
    life_setup(NULL);
    life.services = refusal->services;

    life_run();

    assert_int_equal(life.error, -22);
    expect_output(refusal->expected);
}

static const struct refusal refusals[] = {
    {"no service at all", "log('x')", "services.lua declares no service"},
    {"a syntax error", "\nservice {", "services.lua:2: "},
    {"an unknown name", "servce 'x' {}", "services.lua:1: unknown name 'servce' - did you mean 's"},
    {"a primitive of policies", "stop('x')", "services.lua:1: unknown name 'stop'"},
    {"an unknown field", "service 'x' { comand = { 'a' } }",
     "services.lua:1: unknown option of service \"x\" 'comand' - did you mean 'command'?"},
    {"no command", "service 'x' {}",
     "service \"x\": command must be a list, like { \"one\", \"two\" } (got nothing)"},
    {"a command that is a text", "service 'x' { command = 'a b' }", "command must be a list"},
    {"an empty command", "service 'x' { command = {} }", "service \"x\": command is empty"},
    {"a word that is no text", "service 'x' { command = { 'a', 5 } }",
     "service \"x\": command[2] must be a text in quotes (got 5)"},
    {"arguments that are no text", "service 'x' { command = { 'a' }, arguments = 1 }",
     "service \"x\": arguments must be a text in quotes (got 1)"},
    {"fixed that is no list", "service 'x' { command = { 'a' }, fixed = 'b' }",
     "service \"x\": fixed must be a list"},
    {"fixed with a number", "service 'x' { command = { 'a' }, fixed = { 1 } }",
     "service \"x\": fixed[1] must be a text in quotes (got 1)"},
    {"env that is no table", "service 'x' { command = { 'a' }, env = 'A=b' }",
     "service \"x\": env must be a table"},
    {"an env value that is a table", "service 'x' { command = { 'a' }, env = { A = {} } }",
     "service \"x\": env: A must be a text, a number or a flag (got a table)"},
    {"an env name that is a number", "service 'x' { command = { 'a' }, env = { 'A=b' } }",
     "service \"x\": env: every name must be a text, like NAME = \"value\" (got 1)"},
    {"an environment value that is a table",
     "environment { A = {} } service 'x' { command = { 'a' } }",
     "environment: A must be a text, a number or a flag (got a table)"},
    {"a directory that is no text", "service 'x' { command = { 'a' }, directory = 5 }",
     "directory must be a text"},
    {"a user that is no text", "service 'x' { command = { 'a' }, user = 5 }",
     "user must be a text"},
    {"when that is no flag", "service 'x' { command = { 'a' }, when = 'yes' }",
     "when must be true or false (got the text \"yes\")"},
    {"sockets that are no list", "service 'x' { command = { 'a' }, sockets = '/a' }",
     "sockets must be a list"},
    {"a socket that is no text", "service 'x' { command = { 'a' }, sockets = { {} } }",
     "sockets[1] must be a text"},
    {"log_prefix that is no text", "service 'x' { command = { 'a' }, log_prefix = true }",
     "log_prefix must be a text in quotes (got true)"},
    {"ready that is no table", "service 'x' { command = { 'a' }, ready = 5 }",
     "ready must be a table"},
    {"ready with nothing to look at", "service 'x' { command = { 'a' }, ready = { timeout = 5 } }",
     "must have one of socket, tcp, http and delay"},
    {"ready with two things", "service 'x' { command = { 'a' }, ready = { tcp = 'a:1',"
     " delay = 1 } }", "must have one of socket, tcp, http and delay"},
    {"ready with a slip", "service 'x' { command = { 'a' }, ready = { sokcet = '/a' } }",
     "did you mean 'socket'?"},
    {"a drain that is a text", "service 'x' { command = { 'a' }, drain = 'envoy' }",
     "drain must be a table"},
    {"a drain from no driver", "service 'x' { command = { 'a' }, drain = {} }",
     "service \"x\": drain must come from a driver, like envoy { admin = \"unix:...\" }"},
    {"a driver with a slip", "service 'x' { command = { 'a' }, drain = { dran = log } }",
     "unknown option of service \"x\": drain 'dran' - did you mean 'drain'?"},
    {"a driver whose stop is no signal", "service 'x' { command = { 'a' }, drain = {"
     " drain = function() end, stop = 'QIUT' } }", "drain: stop: there is no signal 'QIUT'"},
    {"nginx without a status", "service 'x' { command = { 'a' }, drain = nginx {} }",
     "nginx: status must be a text in quotes (got nothing)"},
    {"nginx with a slip", "service 'x' { command = { 'a' }, drain = nginx { stauts = 'x' } }",
     "unknown option of nginx 'stauts' - did you mean 'status'?"},
    {"haproxy with a slip", "service 'x' { command = { 'a' }, drain = haproxy { exept = 'x' } }",
     "unknown option of haproxy 'exept' - did you mean 'except'?"},
    {"haproxy with a number", "service 'x' { command = { 'a' }, drain = haproxy { status = 1 } }",
     "haproxy: status must be a text in quotes (got 1)"},
    {"http without a drain", "service 'x' { command = { 'a' }, drain = http { pointer = '/a' } }",
     "http: drain must be a text in quotes (got nothing)"},
    {"http without a method", "service 'x' { command = { 'a' }, drain = http { drain = 'a:1' } }",
     "http: drain must be like \"POST http://127.0.0.1:8081/drain\" (got \"a:1\")"},
    {"http with a bad pointer", "service 'x' { command = { 'a' }, drain = http {"
     " drain = 'POST http://a', in_flight = 'http://a', pointer = 'active' } }",
     "http: pointer must be a JSON pointer, like \"/requests/active\" (got \"active\")"},
    {"http with a pointer into nothing", "service 'x' { command = { 'a' }, drain = http {"
     " drain = 'POST http://a', pointer = '/active' } }", "http: pointer needs in_flight"},
    {"signal with no signal", "service 'x' { command = { 'a' }, drain = signal { drain = 'X' } }",
     "signal: drain: there is no signal 'X'"},
    {"a wait while it is read", "sleep(1)", "not in services.lua"},
    {"envoy without an admin", "service 'x' { command = { 'a' }, drain = envoy {} }",
     "envoy: admin must be a text in quotes (got nothing)"},
    {"envoy with a bad admin", "service 'x' { command = { 'a' }, drain = envoy { admin = 'x' } }",
     "services.lua:1: envoy: admin must be \"unix:/path\" or \"tcp:host:port\" (got \"x\")"},
    {"envoy with a slip", "service 'x' { command = { 'a' }, drain = envoy { amdin = 'x' } }",
     "unknown option of envoy 'amdin' - did you mean 'admin'?"},
    {"a name that is none", "service '' { command = { 'a' } }", "service: \"\" is not a name"},
    {"a name with a space", "service 'a b' { command = { 'a' } }",
     "service: \"a b\" is not a name"},
    {"a name of 64 bytes", "service ('x123456789012345678901234567890123456789012345678901234567890"
     "123') { command = { 'a' } }", "the name of a service is at most 63 bytes long"},
    {"a name twice", "service 'x' { command = { 'a' } }\nservice 'x' { command = { 'a' } }",
     "services.lua:2: service \"x\" is there twice"},
    {"a name alone", "service 'x'", "service \"x\": { command = ... } must follow"},
    {"a name alone before another", "service 'x' service 'y' { command = { 'a' } }",
     "service \"x\": { command = ... } must follow"},
    {"name and table as two arguments", "service('x', { command = { 'a' } })",
     "service \"x\": { command = ... } must follow"},
    {"a global", "x = 1", "'x' would be global"},
    {"an error that is no text", "error({})", "raised a table, not a text"},
    {"33 services", "for i = 1, 33 do service('s' .. i) { command = { 'a' } } end",
     "services.lua:1: more than 32 services"},
};

static int refusals_run_group(void)
{
    enum { COUNT = sizeof(refusals) / sizeof(*refusals) };
    struct CMUnitTest tests[COUNT];

    for (int i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = refusals[i].name,
            .test_func = refusal_run,
            .teardown_func = life_teardown,
            .initial_state = (void *)(uintptr_t)&refusals[i],
        };
    return _cmocka_run_group_tests("services.lua with", tests, COUNT, NULL, NULL);
}

static void thirty_two_services_start_and_stop(void **state)
{
    (void)state;
    life.services = "for i = 1, 32 do service('s' .. i) { command = { 'a' } } end";
    life.policy = "for _, name in ipairs(processes()) do stop(name) end";

    life_run();

    expect_history_order("start s1\n", "start s32", "TERM s32", "TERM s1\n", "exit s1 0");
    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

/* Arguments */

#define ARGUMENTS(...) \
    memcpy(life.arguments, ((const char *[WORDS_MAX]){__VA_ARGS__}), sizeof(life.arguments))

static void arguments_reach_the_service_of_their_prefix(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--rtr.log-level", "debug", "--pol.a", "--pol.b=c", "--py.workers", "8", "--rtr.x");

    life_run();

    expect_spawned("python-executor: python3 /app/python-executor/main.py --listen "
                   "/var/run/api-platform/python-executor.sock --workers 8\n");
    expect_spawned("policy-engine: /app/policy-engine -xds-server gateway-controller:18001 --a "
                   "--b=c\n");
    expect_spawned(" --log-level debug --x\n");
}

static void what_the_user_sets_the_driver_does_not(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--rtr.drain-time-s", "60", "--rtr.drain-strategy=gradual");

    life_run();

    expect_spawned(" --disable-hot-restart --drain-time-s 60 --drain-strategy=gradual\n");
    expect_not_spawned("--drain-time-s 600");
    expect_not_spawned("--drain-strategy immediate");
    expect_output("will be slow: --drain-strategy gradual over 60s");
}

static void the_driver_makes_an_admin_that_only_we_can_open(void **state)
{
    (void)state;
    life_gateway();

    life_run();

    expect_spawned(" --config-yaml admin: { address: { pipe: { path: \"/var/run/api-platform/"
                   "router-admin.sock\", mode: 384 } } }\n");
    expect_spawned(" --drain-strategy immediate --drain-time-s 600 --disable-hot-restart\n");
}

static void the_admin_is_a_port_when_it_is_wanted(void **state)
{
    (void)state;
    life_gateway();
    life.environment[0] = "ROUTER_ADMIN_ENABLED=true";
    life.environment[1] = "ROUTER_ADMIN_PORT=9999";

    life_run();

    expect_spawned("socket_address: { address: \"127.0.0.1\", port_value: 9999 }");
}

static void the_override_is_merged_with_its_variables_replaced(void **state)
{
    (void)state;
    life_gateway();
    life.world.files[2] = (struct sim_file){"/etc/envoy/config-override.yaml",
                                            "node: { id: \"${HOSTNAME}\" }"};
    life.environment[0] = "HOSTNAME=pod-1";

    life_run();

    expect_spawned("--config-yaml node: { id: \"pod-1\" }\nadmin: { address:");
}

static void the_override_sees_what_services_export(void **state)
{
    (void)state;
    life_gateway();
    life.world.files[2] = (struct sim_file){"/etc/envoy/config-override.yaml",
                                            "port: ${ROUTER_XDS_PORT}, ${XDS_SERVER_HOST}"};

    life_run();

    expect_spawned("--config-yaml port: 18000, gateway-controller\n");
}

static void an_override_with_an_admin_of_its_own_is_said(void **state)
{
    (void)state;
    life_gateway();
    life.world.files[2] = (struct sim_file){"/etc/envoy/config-override.yaml", "admin:\n  x: y"};

    life_run();

    expect_output("/etc/envoy/config-override.yaml has an admin of its own: ours is not added");
    expect_not_spawned("pipe:");
}

static void an_argument_without_a_prefix_is_refused(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--verbose");

    life_run();

    assert_int_equal(life.error, -22);
    expect_output("unknown argument '--verbose': use --py.NAME, --pol.NAME, --rtr.NAME");
}

static void a_word_that_belongs_to_nothing_is_refused(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--rtr.a", "b", "c");

    life_run();

    expect_output("unknown argument 'c'");
}

static void a_prefix_alone_is_refused(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--rtr.");

    life_run();

    expect_output("unknown argument '--rtr.'");
}

static void fixed_arguments_are_refused(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--py.socket", "/x");

    life_run();

    assert_int_equal(life.error, -22);
    expect_output("'--py.socket' cannot be given: it is fixed in services.lua");
}

static void fixed_arguments_are_refused_with_a_sign_too(void **state)
{
    (void)state;
    life_gateway();
    ARGUMENTS("--py.listen=/x");

    life_run();

    expect_output("'--py.listen=/x' cannot be given");
}

static void arguments_where_no_service_takes_any_are_refused(void **state)
{
    (void)state;
    ARGUMENTS("--x");

    life_run();

    expect_output("unknown argument '--x': no service takes arguments");
}

/* The environment and the rest */

static void services_get_our_environment_and_what_the_file_exports(void **state)
{
    (void)state;
    life_gateway();
    life.environment[0] = "HOME=/root";
    life.environment[1] = "LOG_LEVEL=debug";
    life.environment[2] = "PYTHON_EXECUTOR_LISTEN=/elsewhere";

    life_run();

    expect_spawned("router HOME=/root\n");
    expect_spawned("policy-engine LOG_LEVEL=debug\n");
    expect_spawned("router ROUTER_DRAIN_TIME_SECONDS=15\n");
    expect_spawned("policy-engine PYTHON_EXECUTOR_LISTEN=/elsewhere\n");
    expect_not_spawned("python-executor PYTHON_EXECUTOR_LISTEN");
    expect_spawned(" --log-level debug --concurrency 0 ");
}

static void ports_of_kubernetes_service_links_are_not_taken(void **state)
{
    (void)state;
    life_gateway();
    life.environment[0] = "ROUTER_XDS_PORT=tcp://10.0.0.1:80";

    life_run();

    expect_output("ROUTER_XDS_PORT is 'tcp://10.0.0.1:80', which is not a port number: using "
                  "18000");
    expect_spawned("router ROUTER_XDS_PORT=18000\n");
}

static void an_environment_of_its_own_comes_last(void **state)
{
    (void)state;
    life.environment[0] = "A=ours";
    life.environment[1] = "B=ours";
    life.services = "environment { A = 'exported', C = 5, D = true }"
                    " service 'db' { command = { 'x' }, env = { A = 'own', B = false } }"
                    " service 'web' { command = { 'x' } }";

    life_run();

    expect_spawned("db: x\ndb A=own\ndb C=5\ndb D=true\n");
    expect_spawned("web: x\nweb A=exported\nweb B=ours\nweb C=5\nweb D=true\n");
}

static void directory_user_and_prefix_reach_the_world(void **state)
{
    (void)state;
    life.services = "service 'db' { command = { 'x' }, directory = '/d', user = 'nobody',"
                    " log_prefix = '[D]' } service 'web' { command = { 'x' } }";

    life_run();

    expect_spawned("db in /d\ndb as nobody\ndb prefix '[D] '\n");
    expect_spawned("web prefix '[web] '\n");
}

static void numbers_of_the_environment_that_are_none_are_told(void **state)
{
    (void)state;
    life.environment[0] = "A=abc";
    life.environment[1] = "B=-1";
    life.environment[2] = "C=1.5";
    life.environment[3] = "D=maybe";
    life.environment[4] = "E=";
    life.environment[5] = "F=OFF";
    life.policy = "log(env_seconds('A', 7), env_seconds('B', 7), env_seconds('C', 7),"
                  " env_flag('D', true), env_seconds('E', 7), env_flag('F', true))";

    life_run();

    expect_output("A is 'abc', which is not a number of seconds: using 7");
    expect_output("D is 'maybe', which is not true or false: using true");
    expect_output("log       7 7 1.5 true 7 false\n");
}

static void a_driver_can_be_written_by_hand(void **state)
{
    (void)state;
    life.services = "service 'db' { command = { 'x' } } service 'web' { command = { 'x' },"
                    " drain = { drain = function(who, seconds)"
                    " return who == 'web' and seconds > 5, 'busy' end } }";
    life.policy = "log(drain('web')) log(drain('web', { timeout = 9 })) log(wait_idle('web'))";

    life_run();

    expect_output_order("drain     FAILED: busy", "log       false busy", "log       true\n",
                        "log       false unknown");
}

static void a_driver_that_gives_no_reason_is_unknown(void **state)
{
    (void)state;
    life.services = "service 'web' { command = { 'x' }, drain = { drain = function() end } }";
    life.policy = "log(drain('web'))";

    life_run();

    expect_output_order("FAILED: unknown", "log       false unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(thirty_two_services_start_and_stop),
        TEST(arguments_reach_the_service_of_their_prefix),
        TEST(what_the_user_sets_the_driver_does_not),
        TEST(the_driver_makes_an_admin_that_only_we_can_open),
        TEST(the_admin_is_a_port_when_it_is_wanted),
        TEST(the_override_is_merged_with_its_variables_replaced),
        TEST(the_override_sees_what_services_export),
        TEST(an_override_with_an_admin_of_its_own_is_said),
        TEST(an_argument_without_a_prefix_is_refused),
        TEST(a_word_that_belongs_to_nothing_is_refused),
        TEST(a_prefix_alone_is_refused),
        TEST(fixed_arguments_are_refused),
        TEST(fixed_arguments_are_refused_with_a_sign_too),
        TEST(arguments_where_no_service_takes_any_are_refused),
        TEST(services_get_our_environment_and_what_the_file_exports),
        TEST(ports_of_kubernetes_service_links_are_not_taken),
        TEST(an_environment_of_its_own_comes_last),
        TEST(directory_user_and_prefix_reach_the_world),
        TEST(numbers_of_the_environment_that_are_none_are_told),
        TEST(a_driver_can_be_written_by_hand),
        TEST(a_driver_that_gives_no_reason_is_unknown),
    };

    return refusals_run_group() + cmocka_run_group_tests_name("services", tests, NULL, NULL);
}
