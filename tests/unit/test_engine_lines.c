/* Moments know the line of the policy that caused them. */
#include <signal.h>

#include "engine_fixture.h"

enum { MOMENTS_MAX = 64 };

static struct {
    char said[64]; /* "web TERM" */
    int line;
} moments[MOMENTS_MAX];
static int moment_count;

static bool on_moment(void *context, const struct moment *moment)
{
    (void)context;
    assert_in_range(moment_count, 0, MOMENTS_MAX - 1);
    snprintf(moments[moment_count].said, sizeof(moments->said), "%s %s",
             moment->service ? moment->service : "-", moment->what);
    moments[moment_count++].line = moment->line;
    return true;
}

static int line_of(const char *said)
{
    for (int i = 0; i < moment_count; i++)
        if (strcmp(moments[i].said, said) == 0)
            return moments[i].line;
    fail_msg("nothing says '%s'", said);
    return -1;
}

/* Services "db" and "web", a signal after a second; db crashes at `crash_ms`, 0: it does not. */
static void run(const char *policy, const char *fallback, int64_t crash_ms, bool asked)
{
    static const char services[] = "service 'db' { command = { 'db' } }\n"
                                   "service 'web' { command = { 'web' } }\n";
    struct sim_config world_config = {
        .services = {{.name = "db", .exit_ms = 10, .crash_ms = crash_ms, .crash_code = 3},
                     {.name = "web", .exit_ms = 100}},
        .steps = {{SIGNAL_MS, SIM_SIGNAL, .number = SIGTERM}},
    };
    struct source other = {"other.lua", fallback};
    struct engine_config config = {
        .services = {"services.lua", services}, .policy = {"shutdown.lua", policy},
        .fallback = fallback ? &other : NULL, .grace_ms = 30000, .on_moment = on_moment,
        .policy_lines = asked,
    };
    struct world *world;
    struct engine *engine;
    struct event event;

    moment_count = 0;
    assert_int_equal(sim_create(&world_config, &world), 0);
    assert_int_equal(engine_create(&config, world, &engine), 0);
    assert_int_equal(engine_start(engine), 0);
    while (!engine_finished(engine) && world->ops->next_event(world, &event))
        engine_handle(engine, &event);
    engine_destroy(engine);
    sim_destroy(world);
}

static const char two_stops[] = "local function end_it(name)\n  stop(name)\nend\n"
                                "end_it('web')\n\nstop('db')\n";

static void the_innermost_line_of_the_policy_counts_not_that_of_the_primitive(void **state)
{
    (void)state;
    run(two_stops, NULL, 0, true);

    assert_int_equal(line_of("web TERM"), 2);
    assert_int_equal(line_of("db TERM"), 6);
}

static void an_exit_has_the_line_that_waits_for_it(void **state)
{
    (void)state;
    run(two_stops, NULL, 0, true);

    assert_int_equal(line_of("web exited"), 2);
    assert_int_equal(line_of("db exited"), 6);
}

static void a_wait_in_a_branch_of_parallel_is_found(void **state)
{
    (void)state;
    run("parallel(\n  function() stop('web') end,\n  function() stop('db') end)", NULL, 0, true);

    assert_int_equal(line_of("web exited"), 2);
    assert_int_equal(line_of("db exited"), 3);
}

static void what_the_policy_has_not_caused_has_no_line(void **state)
{
    (void)state;
    run("stop('web') stop('db')", NULL, SIGNAL_MS + 50, true);

    assert_int_equal(line_of("db started"), 0);
    assert_int_equal(line_of("- serving"), 0);
    assert_int_equal(line_of("- shutdown"), 0);
    assert_int_equal(line_of("db exited"), 0);
    assert_int_equal(line_of("web exited"), 1);
}

static void lines_are_those_of_the_policy_that_is_used(void **state)
{
    (void)state;
    run("stop('web'", "\n\n\nstop('web') stop('db')", 0, true);

    assert_int_equal(line_of("web TERM"), 4);
}

static void nobody_looks_for_lines_that_nobody_asks_for(void **state)
{
    (void)state;
    run(two_stops, NULL, 0, false);

    assert_int_equal(line_of("web TERM"), 0);
    assert_int_equal(line_of("web exited"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_innermost_line_of_the_policy_counts_not_that_of_the_primitive),
        cmocka_unit_test(an_exit_has_the_line_that_waits_for_it),
        cmocka_unit_test(a_wait_in_a_branch_of_parallel_is_found),
        cmocka_unit_test(what_the_policy_has_not_caused_has_no_line),
        cmocka_unit_test(lines_are_those_of_the_policy_that_is_used),
        cmocka_unit_test(nobody_looks_for_lines_that_nobody_asks_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
