/* Policies in worlds: each file of expected/ is one shutdown as its operator and an onlooker saw
 * it. UPDATE_EXPECTED=1 writes them anew; --print writes them to stdout. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine_fixture.h"

enum { TEXT_MAX = 128 * 1024 };

static struct sim_service *router;

static void signals_at(int64_t first_ms, int64_t second_ms, int64_t third_ms)
{
    int64_t times_ms[] = {first_ms, second_ms, third_ms};

    for (int i = 0; i < 3 && times_ms[i] > 0; i++)
        life.world.steps[i] = (struct sim_step){times_ms[i], SIM_SIGNAL, .number = SIGTERM};
}

static void admin_does(enum sim_manner manner, int status)
{
    router->faults[0] = (struct sim_fault){
        .manner = manner, .status = status, .from_ms = GATEWAY_MS - 1};
}

static void clients(int connections, double requests_per_second)
{
    router->traffic = (struct sim_traffic){.connections = connections,
                                           .requests_per_second = requests_per_second,
                                           .request_ms = 20,
                                           .routing_ms = 1000};
}

/* Worlds; router is the gateway's, without clients. */

static void idle(void)
{
}

static void clients_380(void)
{
    clients(380, 5);
}

static void clients_4000(void)
{
    clients(4000, 0.3);
}

static void one_shots(void)
{
    clients(380, 5);
    router->traffic.one_shots_per_second = 5;
    router->traffic.routing_ms = 6000;
}

static void long_request(void)
{
    clients(20, 5);
    router->traffic.long_requests = 2;
    router->traffic.long_until_ms = GATEWAY_MS + 12000;
}

static void admin_refused(void)
{
    clients(20, 5);
    admin_does(SIM_REFUSES, 0);
}

static void admin_hangs(void)
{
    clients(20, 5);
    admin_does(SIM_HANGS, 0);
}

static void admin_503(void)
{
    clients(20, 5);
    admin_does(SIM_STATUS, 503);
}

static void admin_garbage(void)
{
    clients(20, 5);
    admin_does(SIM_GARBAGE, 0);
}

static void hidden_stats(void)
{
    clients(20, 5);
    router->hides_stats = true;
}

static void router_hangs(void)
{
    clients(20, 5);
    router->exit_ms = NEVER_MS;
}

static void policy_engine_hangs(void)
{
    clients(20, 5);
    service("policy-engine")->exit_ms = NEVER_MS;
}

static void all_hang_grace_10(void)
{
    life.grace_ms = 10000;
    clients(20, 5);
    router->exit_ms = NEVER_MS;
    service("policy-engine")->exit_ms = NEVER_MS;
    service("python-executor")->exit_ms = NEVER_MS;
}

static void drain_time_0(void)
{
    clients(20, 5);
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=0";
}

static void drain_time_abc(void)
{
    clients(20, 5);
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=abc";
}

static void drain_time_link(void)
{
    clients(20, 5);
    life.environment[0] = "ROUTER_DRAIN_TIME_SECONDS=tcp://10.0.0.1:80";
}

static void crash_of_python(void)
{
    clients(20, 5);
    life.world.steps[0] = (struct sim_step){
        GATEWAY_MS, SIM_CRASH, .number = 137, .service = "python-executor"};
}

static void second_signal(void)
{
    long_request();
    signals_at(GATEWAY_MS, GATEWAY_MS + 2000, 0);
}

static void third_signal(void)
{
    long_request();
    router->exit_ms = NEVER_MS;
    signals_at(GATEWAY_MS, GATEWAY_MS + 2000, GATEWAY_MS + 2300);
}

static void signal_during_start(void)
{
    signals_at(180, 0, 0);
}

static void missing_program(void)
{
    service("policy-engine")->start_error = ENOENT;
}

static void socket_never_appears(void)
{
    service("policy-engine")->ready_ms = NEVER_MS;
}

static void grace_3(void)
{
    long_request();
    life.grace_ms = 3000;
}

/* Worlds with another router: the services.lua of an example. */

static bool read_text(const char *path, char *text, size_t size);

static void services_of(const char *path)
{
    static char services[SOURCE_MAX];

    assert_true(read_text(path, services, sizeof(services)));
    life.services = services;
    life.world.services[0] = (struct sim_service){
        .name = "application", .ready_ms = 30, .exit_ms = 10,
        .address = "unix:/run/router/application.sock"};
    life.world.services[1] = (struct sim_service){
        .name = "router", .ready_ms = 20, .exit_ms = 10, .needs = "application",
        .address = "tcp:0.0.0.0:8080", .admin = "unix:/run/router/status.sock"};
    life.world.services[2] = (struct sim_service){0};
    router = &life.world.services[1];
    one_shots();
    router->traffic.routing_ms = 1500;
}

static void nginx(void)
{
    services_of(POLICIES "/examples/nginx_services.lua");
    router->router = SIM_NGINX;
    router->drain_file = "/run/router/draining";
    router->finish_signal = SIGQUIT;
}

static void haproxy(void)
{
    services_of(POLICIES "/examples/haproxy_services.lua");
    router->router = SIM_HAPROXY;
    router->drain_signal = SIGUSR1;
}

static void nginx_with_a_long_request(void)
{
    nginx();
    router->traffic.long_requests = 1;
    router->traffic.long_until_ms = GATEWAY_MS + 20000;
}

static void own_driver(void)
{
    services_of(POLICIES "/examples/own_driver_services.lua");
    life.world.services[0] = *router;
    life.world.services[1] = (struct sim_service){0};
    life.world.endpoints[0] = (struct sim_endpoint){
        .address = "unix:/run/router/admin.sock",
        .body = "{ \"requests\": { \"active\": 0, \"total\": 9 },"
                " \"connections\": { \"open\": 0, \"total\": 4 } }"};
    life.world.services[0].traffic = (struct sim_traffic){0};
}

#define WORLD(name) {#name, name}
static const struct {
    const char *name;
    void (*make)(void);
} worlds[] = {
    WORLD(idle), WORLD(clients_380), WORLD(one_shots), WORLD(admin_refused),
    WORLD(all_hang_grace_10), WORLD(crash_of_python), WORLD(second_signal),
    /* the default policy only: */
    WORLD(clients_4000), WORLD(long_request), WORLD(admin_hangs), WORLD(admin_503),
    WORLD(admin_garbage), WORLD(hidden_stats), WORLD(router_hangs), WORLD(policy_engine_hangs),
    WORLD(drain_time_0), WORLD(drain_time_abc), WORLD(drain_time_link), WORLD(third_signal),
    WORLD(signal_during_start), WORLD(missing_program), WORLD(socket_never_appears),
    WORLD(grace_3),
    /* with another router, at the end: */
    WORLD(nginx), WORLD(nginx_with_a_long_request), WORLD(haproxy), WORLD(own_driver),
};

enum {
    WORLDS_FOR_ALL = 7,
    WORLDS_OF_ROUTERS = 4,
    WORLDS = sizeof(worlds) / sizeof(*worlds),
    WORLDS_OF_GATEWAY = WORLDS - WORLDS_OF_ROUTERS
};

static const struct {
    const char *name;
    const char *file;
    int worlds;
    int first; /* of these worlds */
} policies[] = {
    {"shutdown", POLICIES "/shutdown.lua", WORLDS_OF_GATEWAY, 0},
    {"router", POLICIES "/examples/in_reverse.lua", WORLDS_OF_ROUTERS, WORLDS_OF_GATEWAY},
    {"fixed_wait", POLICIES "/examples/fixed_wait.lua", WORLDS_FOR_ALL, 0},
    {"plain", POLICIES "/examples/plain.lua", WORLDS_FOR_ALL, 0},
    {"in_reverse", POLICIES "/examples/in_reverse.lua", WORLDS_FOR_ALL, 0},
    {"envoy_gateway", POLICIES "/examples/envoy_gateway.lua", WORLDS_FOR_ALL, 0},
    {"istio", POLICIES "/examples/istio.lua", WORLDS_FOR_ALL, 0},
    {"contour", POLICIES "/examples/contour.lua", WORLDS_FOR_ALL, 0},
};

enum { POLICIES_COUNT = sizeof(policies) / sizeof(*policies) };

/* Reads a file into `text`; false: there is none. */
static bool read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t length;

    if (!file)
        return false;
    length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
    return true;
}

static const char *const ends[] = {
    [ENGINE_RUNNING] = "nothing ended it",
    [ENGINE_POLICY_RETURNED] = "the policy returned",
    [ENGINE_POLICY_FAILED] = "the policy failed",
    [ENGINE_KILLED] = "killed",
};

/* Runs the policy in the world, and writes down everything. */
static void timeline_write(int policy, int world, char *text, size_t size)
{
    static char source[SOURCE_MAX];

    life_setup(NULL);
    router = life_gateway();
    worlds[world].make();
    assert_true(read_text(policies[policy].file, source, sizeof(source)));
    life.policy = source;
    life_run();
    snprintf(text, size,
             "%s in the world %s\n\nwhat lastcall says:\n%s\nwhat happens:\n%s\n"
             "what comes of it:\n%s, left: %s\n%lld requests, %lld cut, %lld refused; %lld idle "
             "connections cut\n",
             policies[policy].name, worlds[world].name, life.output, life.history,
             ends[life.result.end], *life.left ? life.left : "nobody",
             (long long)life.sim.requests, (long long)life.sim.requests_cut,
             (long long)life.sim.requests_refused, (long long)life.sim.connections_cut);
    life_teardown(NULL);
}

/* Shows the first line that differs. */
static void compare(const char *name, const char *expected, const char *found)
{
    int line = 1;
    size_t start = 0, i = 0;

    for (; expected[i] && expected[i] == found[i]; i++)
        if (expected[i] == '\n') {
            line++;
            start = i + 1;
        }
    if (expected[i] != found[i])
        fail_msg("%s:%d\nexpected: %.*s\nfound:    %.*s", name, line,
                 (int)strcspn(expected + start, "\n"), expected + start,
                 (int)strcspn(found + start, "\n"), found + start);
}

struct timeline {
    char name[96]; /* of its file */
    int policy;
    int world;
};

static struct timeline timelines[POLICIES_COUNT * WORLDS];
static int timeline_count;

static void test_timeline(void **state)
{
    static char expected[TEXT_MAX], found[TEXT_MAX];
    const struct timeline *timeline = *state;
    char path[512];

    snprintf(path, sizeof(path), EXPECTED "/%s.txt", timeline->name);
    timeline_write(timeline->policy, timeline->world, found, sizeof(found));
    if (getenv("UPDATE_EXPECTED")) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        fputs(found, file);
        fclose(file);
    }
    if (!read_text(path, expected, sizeof(expected)))
        fail_msg("%s is missing; UPDATE_EXPECTED=1 writes it", path);
    compare(timeline->name, expected, found);
}

static void print_timelines(void)
{
    static char text[TEXT_MAX];

    for (int i = 0; i < timeline_count; i++) {
        timeline_write(timelines[i].policy, timelines[i].world, text, sizeof(text));
        fputs(text, stdout);
    }
}

/* FNV-1a of what another process of this program prints. */
static uint64_t digest_of_another_process(void)
{
    char self[512] = "", command[600];
    uint64_t digest = 0xcbf29ce484222325;
    FILE *output;
    int byte;

    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    snprintf(command, sizeof(command), "'%s' --print", self);
    output = popen(command, "r");
    assert_non_null(output);
    while ((byte = getc(output)) != EOF)
        digest = (digest ^ (uint64_t)byte) * 0x100000001b3;
    assert_int_equal(pclose(output), 0);
    return digest;
}

static void two_processes_give_the_same_bytes(void **state)
{
    (void)state;
    uint64_t one = digest_of_another_process();
    uint64_t other = digest_of_another_process();

    assert_true(one == other);
}

static void timelines_name(void)
{
    for (int policy = 0; policy < POLICIES_COUNT; policy++)
        for (int i = 0; i < policies[policy].worlds; i++) {
            struct timeline *timeline = &timelines[timeline_count++];
            int world = policies[policy].first + i;

            timeline->policy = policy;
            timeline->world = world;
            snprintf(timeline->name, sizeof(timeline->name), "%s.%s", policies[policy].name,
                     worlds[world].name);
        }
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[POLICIES_COUNT * WORLDS + 1];

    timelines_name();
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        print_timelines();
        return 0;
    }
    for (int i = 0; i < timeline_count; i++)
        tests[i] = (struct CMUnitTest){.name = timelines[i].name, .test_func = test_timeline,
                                       .initial_state = &timelines[i]};
    tests[timeline_count] = (struct CMUnitTest)cmocka_unit_test(two_processes_give_the_same_bytes);
    return _cmocka_run_group_tests("timelines", tests, (size_t)timeline_count + 1, NULL, NULL);
}
