/* Scenario files: what is read of them, and what is said of mistakes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "chaos/scenario.h"

static const struct draw_names names = {
    .count = 3,
    .names = {"python-executor", "policy-engine", "router"},
    .admins = {NULL, NULL, "unix:/admin"},
};

enum { ENGINE = DRAW_SERVICE + 1, ROUTER = DRAW_SERVICE + 2 };

/* A scenario of a file, bound to the services above. */
static struct draw draw_of(const char *text)
{
    struct scenarios *scenarios;
    char error[SCENARIO_ERROR_MAX];
    struct draw draw;

    if (scenarios_read("some/s.lua", text, &scenarios) < 0)
        fail_msg("%s", scenarios->error);
    if (scenario_bind(&scenarios->list[0], &names, JUDGE_ALL, error) < 0)
        fail_msg("%s", error);
    draw = scenarios->list[0].draw;
    scenarios_destroy(scenarios);
    return draw;
}

/* Every word of the vocabulary that becomes a number. */
static const char everything[] =
    "scenario 'one' {\n"
    "  grace = 20, signal = at(6), second_signal = after_signal(2), third_signal = at(9),\n"
    "  platform_kills = after_signal(10),\n"
    "  container = { first_signal = 'INT', throttled = 0.06, stalls = after_signal(2),\n"
    "    stalls_for = 3, orphans = 2, orphans_exit_after = 0.5, orphans_ignore_term = true,\n"
    "    shells = 1, hides_sockets = true, outside = hangs(), outside_takes = 0.2,\n"
    "    commands_exit_with = 3,\n"
    "    commands_take = 2, commands_hang = true, commands_flood = true },\n"
    "  world = {\n"
    "    ['policy-engine'] = {\n"
    "      ready_after = 0.5, never_ready = true, cannot_start = true, exits_after = 3,\n"
    "      work_in_hand = 4, exits_with = 7, crashes = after_signal(1), freezes = at(2),\n"
    "      frozen_for = 1.5, children_stay = 2.5,\n"
    "    },\n"
    "    ['python-executor'] = { ignores_term = true, exits_after = 0.1,\n"
    "                            children_stay = for_ever, needs_to_finish = 20,\n"
    "                            pieces_to_finish = 5 },\n"
    "    router = {\n"
    "      admin = status(503, { only = '/stats', from = at(3), times = 2 }),\n"
    "      admin_takes = 0.25, hides_statistics = true, lies = 'drains', lies_from = at(1),\n"
    "      clients = {\n"
    "        connections = 10, requests_per_second = 2.5, request_takes = 0.3,\n"
    "        new_connections_per_second = 0.2, long_requests = 3,\n"
    "        long_requests_end = after_signal(8), websockets = 2, probes_per_second = 0.5,\n"
    "        replicas = 4, routing_moves = after_signal(1.25), pinned = true, long_polls = 20,\n"
    "        burst = 12, burst_at = before_signal(0.4), blind = 4.9, http2 = true,\n"
    "        ignore_close = true, backoff = 1.5, skips_late = true, by_chance = 7, surge = 1,\n"
    "      },\n"
    "    },\n"
    "  },\n"
    "  expect = { finished_within(30) },\n"
    "}\n"
    "scenario 'early' { signal = at(0.2), expect = { finished_within(1) } }\n"
    "scenario 'old' { signal = at(60), expect = { finished_within(1) } }\n";

static void words_become_the_numbers_of_the_table(void **state)
{
    struct draw draw = draw_of(everything);

    (void)state;
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_SERVING], 6000);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_GRACE], 20000);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_SECOND], 2000);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_THIRD], 1000);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_CUT_SHORT], 50);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_SIGNAL], 1);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_STALL_AT], 2000);
    assert_int_equal(draw.values[DRAW_WORLD][DRAW_OUTSIDE], SIM_HANGS);
    assert_int_equal(draw.values[ROUTER][DRAW_LIE], SIM_LIE_DRAINS);
    assert_int_equal(draw.values[ENGINE][DRAW_CRASH], 7000);
    assert_int_equal(draw.values[ENGINE][DRAW_SLOW], 3000);
    assert_int_equal(draw.values[ENGINE][DRAW_CHILDREN], 2500);
    assert_int_equal(draw.values[ROUTER][DRAW_ADMIN], SIM_STATUS);
    assert_int_equal(draw.values[ROUTER][DRAW_ADMIN_FROM], 3000);
    assert_int_equal(draw.values[ROUTER][DRAW_RATE], 2500);
    assert_int_equal(draw.values[ROUTER][DRAW_LONG_FOR], 8000);
    assert_int_equal(draw.values[ROUTER][DRAW_ROUTING], 1250);
    assert_int_equal(draw.values[ROUTER][DRAW_BURST_BEFORE], 400);
    assert_int_equal(draw.values[ROUTER][DRAW_BLIND], 4900);
    assert_int_equal(draw.values[ROUTER][DRAW_BACKOFF], 1500);
    assert_int_equal(draw.values[ROUTER][DRAW_CHANCE], 7);
}

/* A new parameter needs a word: see lua/chaos_world.lua and tests/scenarios/README.md. */
static void every_number_of_the_table_has_a_word(void **state)
{
    struct scenarios *scenarios;
    bool given[DRAW_PARAMETERS] = {false};

    (void)state;
    assert_int_equal(scenarios_read("s.lua", everything, &scenarios), 0);
    for (int i = 0; i < scenarios->count; i++) {
        struct scenario *scenario = &scenarios->list[i];
        char error[SCENARIO_ERROR_MAX];

        assert_int_equal(scenario_bind(scenario, &names, JUDGE_ALL, error), 0);
        for (int row = 0; row < DRAW_ROWS; row++)
            for (int k = 0; k < DRAW_PARAMETERS; k++)
                given[k] |= scenario->draw.values[row][k] != draw_table[k].plain;
    }
    for (int k = 0; k < DRAW_PARAMETERS; k++)
        if (!given[k])
            fail_msg("no word of scenario files gives '%s'", draw_table[k].name);
    scenarios_destroy(scenarios);
}

static void what_is_not_said_is_plain(void **state)
{
    struct draw draw = draw_of("scenario 'plain' { expect = { finished_within(2) } }");
    struct draw plain = draw_plain();

    (void)state;
    assert_memory_equal(draw.values, plain.values, sizeof plain.values);
}

static void paths_are_relative_to_the_file_and_the_environment_is_kept(void **state)
{
    struct scenarios *scenarios;
    int error = scenarios_read("some/s.lua", "scenario 'x' { policy = 'p.lua', source = 'a#1',\n"
                               "services = '/etc/s.lua', environment = { B = 2, A = 'one' },\n"
                               "expect = { stop_order('router', 'policy-engine') } }", &scenarios);
    struct scenario *scenario = &scenarios->list[0];

    (void)state;
    assert_int_equal(error, 0);
    assert_string_equal(scenario->policy, "some/p.lua");
    assert_string_equal(scenario->services, "/etc/s.lua");
    assert_string_equal(scenario->source, "a#1");
    assert_string_equal(scenario->environment[0], "A=one");
    assert_string_equal(scenario->environment[1], "B=2");
    assert_null(scenario->environment[2]);
    assert_string_equal(scenario->expectations[0].services[1], "policy-engine");
    assert_int_equal(scenario->expectations[0].line, 3);
    scenarios_destroy(scenarios);
}

static void several_scenarios_may_share_what_is_written_once(void **state)
{
    struct scenarios *scenarios;
    int error = scenarios_read("s.lua", "local calm = { finished_within(2) }\n"
                               "for count = 1, 3 do\n"
                               "  scenario('number ' .. count) { expect = calm }\n"
                               "end", &scenarios);

    (void)state;
    assert_int_equal(error, 0);
    assert_int_equal(scenarios->count, 3);
    assert_string_equal(scenarios->list[2].name, "number 3");
    scenarios_destroy(scenarios);
}

static void drawn_values_are_within_their_limits_and_the_same_in_every_run(void **state)
{
    static const char text[] =
        "for n = 1, 200 do scenario('x' .. n) { grace = between(2, 4),\n"
        "world = { router = { admin = one_of(refuses(), nil), exits_after = between(1.0, 1.5),\n"
        "crashes = chance(0.5, at(9)) } }, expect = { never('KILL') } } end";
    struct scenarios *scenarios, *again;
    bool graces[5] = {false}, admins[2] = {false}, crashes[2] = {false};

    (void)state;
    assert_int_equal(scenarios_read("s.lua", text, &scenarios), 0);
    assert_int_equal(scenarios_read("s.lua", text, &again), 0);
    for (int i = 0; i < scenarios->count; i++) {
        const int64_t *router = scenarios->list[i].described[0].values;

        assert_memory_equal(router, again->list[i].described[0].values,
                            sizeof again->list[i].described[0].values);
        assert_in_range(router[DRAW_SLOW], 1000, 1500);
        graces[scenarios->list[i].world[DRAW_GRACE] / 1000] = true;
        admins[router[DRAW_ADMIN] == SIM_REFUSES] = true;
        crashes[router[DRAW_CRASH] == 9000] = true;
    }
    assert_true(graces[2] && graces[3] && graces[4]);
    assert_true(admins[0] && admins[1] && crashes[0] && crashes[1]);
    scenarios_destroy(scenarios);
    scenarios_destroy(again);
}

#define EXPECT "expect = { finished_within(2) } }"

static const struct {
    const char *text, *error;
} mistakes[] = {
    {"scenario 'x' { world = {\n router = { exits_aftr = 2 } },\n" EXPECT,
     "s.lua:2: unknown word 'exits_aftr' - did you mean 'exits_after'?"},
    {"scenario 'x' {\n garce = 5, " EXPECT,
     "s.lua:2: unknown word 'garce' - did you mean 'grace'?"},
    {"scenario 'x' { world = { router = { clients = {\n conections = 5 } } }, " EXPECT,
     "s.lua:2: unknown word of clients 'conections' - did you mean 'connections'?"},
    {"scenario 'x' { world = {\n router = {\n  admin = hang() } }, " EXPECT,
     "s.lua:3: unknown word 'hang' - did you mean 'hangs'?"},
    {"scenario 'x' { world = {\n router = {\n  admin = hangs } }, " EXPECT,
     "s.lua:3: admin must be one of answers(), refuses(), resets(), hangs(), status(503), "
     "garbage(), floods() (got a word that needs ( ) behind it)"},
    {"scenario 'x' { world = { router = {\n admin = status(418) } }, " EXPECT,
     "s.lua:2: status: there are status(400), 403, 404, 500, 503 (got 418)"},
    {"scenario 'x' { world = { router = {\n admin = hangs { only = 'stats' } } }, " EXPECT,
     "s.lua:2: only must be \"/drain_listeners\", \"/stats\", \"/healthcheck/fail\" or "
     "\"POST\" (got the text \"stats\")"},
    {"scenario 'x' {\n grace = '30s', " EXPECT,
     "s.lua:2: grace must be a number of seconds, like 2 or 0.5 (got the text \"30s\")"},
    {"scenario 'x' {\n signal = 5, " EXPECT,
     "s.lua:2: signal must be a moment after the start, like at(5) (got 5)"},
    {"scenario 'x' {\n second_signal = at(3), " EXPECT,
     "s.lua:2: second_signal must come after the first signal (got at(3))"},
    {"scenario 'x' {\n third_signal = after_signal(3), " EXPECT,
     "s.lua:2: third_signal says nothing without second_signal"},
    {"scenario 'x' {\n platform_kills = after_signal(40), " EXPECT,
     "s.lua:2: platform_kills must come after 1 to 95 % of the grace, which is 30 s "
     "(got after_signal(40))"},
    {"scenario 'x' { world = { router = {\n crashes = 3 } }, " EXPECT,
     "s.lua:2: crashes must be a moment, like at(5) or after_signal(2) (got 3)"},
    {"scenario 'x' { world = { router = {\n frozen_for = 3 } }, " EXPECT,
     "s.lua:2: frozen_for says nothing without freezes"},
    {"scenario 'x' { world = { router = {\n lies = 'always' } }, " EXPECT,
     "s.lua:2: lies must be one of \"drains\", \"nobody\", \"one_more\", \"the_same\" (got "
     "the text \"always\")"},
    {"scenario 'x' { container = {\n throttled = 0.2 }, " EXPECT,
     "s.lua:2: throttled is a part of each 0.1 s, such as 0.07"},
    {"scenario 'x' { container = {\n orphans = 9 }, " EXPECT,
     "s.lua:1: container: at most 8 orphans and shells"},
    {"scenario 'x' { world = { router = {\n work_in_hand = 3 } }, " EXPECT,
     "s.lua:2: work_in_hand says nothing without exits_after: the work is done in that time"},
    {"scenario 'x' { world = { router = {\n children_stay = true } }, " EXPECT,
     "s.lua:2: children_stay must be a number of seconds or for_ever (got true)"},
    {"scenario 'x' { world = { router = {\n ignores_term = 'yes' } }, " EXPECT,
     "s.lua:2: ignores_term must be true or false (got the text \"yes\")"},
    {"local a = 1\nlocal b = between(9, 3)",
     "s.lua:2: between: it must be two numbers, the smaller first, like between(1, 20) "
     "(got 9, 3)"},
    {"local a = chance(20, 1)", "s.lua:1: chance: the first must be a number from 0 to 1 (got 20)"},
    {"scenario 'x' { expect = {\n never('kill') } }",
     "s.lua:2: never: unknown step 'kill' - did you mean 'KILL'?"},
    {"scenario 'x' { expect = {\n breaks('order') } }",
     "s.lua:2: breaks: unknown invariant 'order': there are degradation-said-once, "
     "failure-handed-over, finished-in-time, no-needless-wait, no-request-cut, no-service-left, "
     "order-kept, policy-returns, same-seed-same-bytes"},
    {"scenario 'x' { expect = {\n exit_code_is('0') } }",
     "s.lua:2: exit_code_is: it must be a whole number from 0 to 255 (got the text \"0\")"},
    {"scenario 'x' { expect = {\n stop_order('router') } }",
     "s.lua:2: stop_order: name at least two services, at most 16"},
    {"scenario 'x' {\n expect = { finished_within } }",
     "s.lua:2: expect must be a list of expectations, like { finished_within(30) } (got a word "
     "that needs ( ) behind it)"},
    {"\nscenario 'x' { }",
     "s.lua:2: scenario \"x\" expects nothing: expect = { finished_within(30) }"},
    {"\nscenario 'x'", "s.lua:2: scenario \"x\": { ... } must follow"},
    {"\nx = 3", "s.lua:2: 'x' cannot be set: write local x = ..."},
    {"\nwhile true do end", "s.lua:2: 20000000 instructions: is this an endless loop?"},
    {"", "s.lua: there is no scenario in it: write scenario \"what happens\" { ... }"},
    {"scenario 'x' {\n grace = 5\n signal = at(5) }",
     "s.lua:3: '}' expected (to close '{' at line 1) near 'signal'"},
};

static void a_mistake_is_said_with_its_line_and_what_to_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct scenarios *scenarios;

        assert_int_equal(scenarios_read("s.lua", mistakes[i].text, &scenarios), -EINVAL);
        assert_string_equal(scenarios->error, mistakes[i].error);
        scenarios_destroy(scenarios);
    }
}

static void files_and_programs_are_out_of_reach(void **state)
{
    static const char *const texts[] = {"os.exit(1)", "io.open('x')", "require('x')",
                                        "load('x')", "debug.getinfo(1)", "string.rep('x', 9)",
                                        "setmetatable({}, {})", "pcall(at)"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct scenarios *scenarios;

        assert_int_equal(scenarios_read("s.lua", texts[i], &scenarios), -EINVAL);
        assert_non_null(strstr(scenarios->error, "unknown word"));
        scenarios_destroy(scenarios);
    }
}

static void binding_fails(const char *text, const char *expected)
{
    struct scenarios *scenarios;
    char error[SCENARIO_ERROR_MAX] = "";

    assert_int_equal(scenarios_read("s.lua", text, &scenarios), 0);
    assert_int_equal(scenario_bind(&scenarios->list[0], &names, JUDGE_ALL, error), -EINVAL);
    assert_string_equal(error, expected);
    scenarios_destroy(scenarios);
}

static void a_service_that_does_not_exist_is_said(void **state)
{
    (void)state;
    binding_fails("scenario 'x' { world = {\n rooter = { ignores_term = true } }, " EXPECT,
                  "s.lua:2: services.lua has no service 'rooter' - did you mean 'router'?");
    binding_fails("scenario 'x' { expect = {\n happened('KILL', 'database') } }",
                  "s.lua:2: services.lua has no service 'database': there are python-executor, "
                  "policy-engine, router");
    binding_fails("scenario 'x' { world = {\n ['policy-engine'] = { admin = hangs() } }, " EXPECT,
                  "s.lua:2: policy-engine has no drain in services.lua: it can have neither an "
                  "admin nor clients here");
}

static void with_another_policy_only_the_world_must_be_about_its_services(void **state)
{
    struct scenarios *scenarios;
    char error[SCENARIO_ERROR_MAX];

    (void)state;
    scenarios_read("s.lua", "scenario 'x' { expect = { never('KILL', 'database') } }", &scenarios);

    assert_int_equal(scenario_bind(&scenarios->list[0], &names, JUDGE_OUTCOME, error), 0);
    assert_null(scenario_stranger(&scenarios->list[0], &names));
    scenarios_destroy(scenarios);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_the_numbers_of_the_table),
        cmocka_unit_test(every_number_of_the_table_has_a_word),
        cmocka_unit_test(what_is_not_said_is_plain),
        cmocka_unit_test(paths_are_relative_to_the_file_and_the_environment_is_kept),
        cmocka_unit_test(several_scenarios_may_share_what_is_written_once),
        cmocka_unit_test(drawn_values_are_within_their_limits_and_the_same_in_every_run),
        cmocka_unit_test(a_mistake_is_said_with_its_line_and_what_to_write),
        cmocka_unit_test(files_and_programs_are_out_of_reach),
        cmocka_unit_test(a_service_that_does_not_exist_is_said),
        cmocka_unit_test(with_another_policy_only_the_world_must_be_about_its_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
