#include "engine_fixture.h"

#include <stdlib.h>

#include "base/embedded.h"

struct life life;

static const char two_services[] =
    "service 'db' { command = { 'db' } }\n"
    "service 'web' { command = { 'web' }, drain = envoy { admin = 'unix:/admin' } }\n";

int life_setup(void **state)
{
    (void)state;
    life = (struct life){
        .world.services = {{.name = "db", .exit_ms = 10},
                           {.name = "web", .exit_ms = 10, .admin = "unix:/admin"}},
        .services = two_services,
        .policy = "stop('web') stop('db')",
        .grace_ms = 30000,
    };
    return 0;
}

int life_teardown(void **state)
{
    (void)state;
    if (life.engine)
        engine_destroy(life.engine);
    if (life.made)
        sim_destroy(life.made);
    life = (struct life){0};
    return 0;
}

struct sim_service *life_gateway(void)
{
    life.services = embedded_text("policies/services.lua");
    life.policy = embedded_text("policies/shutdown.lua");
    life.world = (struct sim_config){
        .services = {
            {.name = "python-executor", .ready_ms = 170, .exit_ms = 70,
             .address = "unix:/var/run/api-platform/python-executor.sock"},
            {.name = "policy-engine", .ready_ms = 20, .exit_ms = 8,
             .address = "unix:/var/run/api-platform/policy-engine.sock"},
            {.name = "router", .ready_ms = 90, .exit_ms = 10,
             .admin = "unix:/var/run/api-platform/router-admin.sock"},
        },
        .files = {{"/app/python-executor/python_policy_registry.py", ""},
                  {"/etc/envoy/envoy.yaml", "static_resources: {}\n"}},
        .steps = {{GATEWAY_MS, SIM_SIGNAL, .number = SIGTERM}},
    };
    return &life.world.services[2];
}

struct sim_service *service(const char *name)
{
    for (int i = 0; i < SIM_SERVICES_MAX && life.world.services[i].name; i++)
        if (strcmp(life.world.services[i].name, name) == 0)
            return &life.world.services[i];
    fail_msg("the world has no service '%s'", name);
    return NULL;
}

static void spawned_add(const char *format, const char *one, const char *other)
{
    size_t used = strlen(life.spawned);

    snprintf(life.spawned + used, sizeof(life.spawned) - used, format, one, other);
}

static const struct world_ops *sim_ops;

/* What the world itself does not write down: with which words and variables. */
static int process_start(struct world *world, int process, const struct process_spec *spec,
                         int *pid)
{
    spawned_add("%s:%s", spec->name, "");
    for (int i = 0; spec->arguments[i]; i++)
        spawned_add("%s%s", " ", spec->arguments[i]);
    for (int i = 0; spec->environment[i]; i++)
        spawned_add("\n%s %s", spec->name, spec->environment[i]);
    spawned_add("%s%s", "\n", "");
    if (spec->directory)
        spawned_add("%s in %s\n", spec->name, spec->directory);
    if (spec->user)
        spawned_add("%s as %s\n", spec->name, spec->user);
    spawned_add("%s prefix '%s'\n", spec->name, spec->log_prefix ? spec->log_prefix : "none");
    return sim_ops->process_start(world, process, spec, pid);
}

/* The simulated world, with our process_start. */
static void life_make_world(void)
{
    static struct world_ops ops;

    assert_int_equal(sim_create(&life.world, &life.made), 0);
    sim_ops = life.made->ops;
    ops = *sim_ops;
    ops.process_start = process_start;
    life.made->ops = &ops;
}

static void life_configure(void)
{
    life.fallback_source = (struct source){.name = "fallback.lua", .text = life.fallback};
    life.config = (struct engine_config){
        .report = true,
        .services = {.name = "services.lua", .text = life.services},
        .policy = {.name = "shutdown.lua", .text = life.policy},
        .fallback = life.fallback ? &life.fallback_source : NULL,
        .strict = life.strict,
        .policy_file = life.policy_file.path ? &life.policy_file : NULL,
        .environment = life.environment,
        .arguments = life.arguments,
        .grace_ms = life.grace_ms,
    };
    if (life.world.steps[0].action == SIM_NOTHING)
        life.world.steps[0] = (struct sim_step){SIGNAL_MS, SIM_SIGNAL, .number = SIGTERM};
}

/* As the last resort says it. */
static void life_say_failure(void)
{
    char line[1100];

    if (life.result.end != ENGINE_POLICY_FAILED && life.result.end != ENGINE_KILLED)
        return;
    snprintf(line, sizeof(line), "%s; left: %s", life.reason, *life.left ? life.left : "nobody");
    life.made->ops->print(life.made, CHANNEL_WARNING, line);
}

static void life_pass(void)
{
    struct event event;

    life.error = engine_start(life.engine);
    if (life.error < 0)
        return;
    while (!engine_finished(life.engine) && life.made->ops->next_event(life.made, &event))
        engine_handle(life.engine, &event);
    life.result = engine_result(life.engine);
    snprintf(life.reason, sizeof(life.reason), "%s", life.result.reason);
    snprintf(life.left, sizeof(life.left), "%s", life.result.left);
    life_say_failure();
    engine_close(life.engine, "end", life.result.exit_code);
    sim_end(life.made);
    life.sim = sim_result(life.made);
    assert_false(life.sim.stuck);
}

void life_run(void)
{
    life_configure();
    life_make_world();
    life.error = engine_create(&life.config, life.made, &life.engine);
    if (life.error == 0)
        life_pass();
    life.output = sim_output(life.made);
    life.report = sim_report(life.made);
    life.history = sim_history(life.made);
}

void expect_text(const char *where, const char *text, bool there)
{
    if ((strstr(where, text) != NULL) != there)
        fail_msg("%s: '%s' in\n%s", there ? "missing" : "unexpected", text, where);
}

void expect_order(const char *where, const char *const *texts)
{
    const char *rest = where;

    for (; *texts; texts++) {
        const char *found = strstr(rest, *texts);

        if (!found)
            fail_msg("missing there: '%s' in\n%s", *texts, where);
        else
            rest = found + strlen(*texts);
    }
}

void example_run(void **state)
{
    const struct example *example = *state;

    life_setup(NULL);
    life.policy = example->policy;
    life.world.commands[0] = (struct sim_command){.name = "fails", .code = 3, .output = "oh no"};
    life.world.commands[1] = (struct sim_command){.name = "says", .output = "hello"};
    life.world.commands[2] = (struct sim_command){.name = "hangs", .after_ms = NEVER_MS};
    life.world.endpoints[0] = (struct sim_endpoint){
        .address = "tcp:good:80", .body = "{\"a\": [1, true, null, \"x\"]}", .answer_ms = 5};
    life.world.endpoints[1] = (struct sim_endpoint){.address = "tcp:bad:80", .status = 404};
    life.world.endpoints[2] = (struct sim_endpoint){.address = "tcp:hangs:80",
                                                    .manner = SIM_HANGS};
    life.world.endpoints[3] = (struct sim_endpoint){.address = "tcp:resets:80",
                                                    .manner = SIM_RESETS};
    life.world.endpoints[4] = (struct sim_endpoint){.address = "tcp:refuses:80",
                                                    .manner = SIM_REFUSES};
    life.world.endpoints[5] = (struct sim_endpoint){.address = "tcp:floods:80",
                                                    .manner = SIM_FLOODS};
    life.world.orphans[0] = (struct sim_orphan){.pid = 1000};
    life.world.orphans[1] = (struct sim_orphan){.pid = 1001, .foreign = true};
    life_run();
    expect_output(example->expected);
}

int examples_run_group(const char *group, const struct example *examples, size_t count)
{
    struct CMUnitTest *tests = calloc(count, sizeof(*tests));
    int failed;

    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){
            .name = examples[i].name,
            .test_func = example_run,
            .teardown_func = life_teardown,
            .initial_state = (void *)(uintptr_t)&examples[i],
        };
    failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    free(tests);
    return failed;
}
