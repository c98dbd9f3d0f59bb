/* Each expectation of a scenario holds and fails, on facts made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chaos/scenario.h"

/* A shutdown that began at 5 s and took 5 s: the router went after 2 s, the engine was killed at
 * 9 s. Everything lasted a little too long for "order-kept": see facts_make. */
static struct facts facts_make(void)
{
    struct facts facts = {
        .service_count = 2,
        .begun_ms = 5000,
        .deadline_ms = 34000,
        .done_ms = 10000,
        .ended_ms = 10000,
        .end = ENGINE_POLICY_RETURNED,
        .requests_cut = 3,
        .requests_refused = 4,
        .requests_failed = 5,
        .requests_blind = 7,
        .work_cut = 6,
        .services = {
            {.name = "engine", .stop_ms = 7100, .kill_ms = 9000, .exited_ms = 9010,
             .gone_ms = 9010, .alive_before_it = -1, .stopped_by_policy = true, .kills_sent = 1,
             .kills_said = 1, .free_ms = 20000, .share_ms = 1000},
            {.name = "router", .stop_ms = 7000, .kill_ms = NOT_MS, .exited_ms = 7050,
             .gone_ms = 7050, .alive_before_it = -1, .stopped_by_policy = true, .free_ms = 20000},
        },
    };

    return facts;
}

static struct steps steps_make(void)
{
    struct steps steps = {0};
    struct moment moments[] = {
        {.what = "shutdown", .why = "SIGTERM"},
        {.service = "router", .what = "drain", .why = "FAILED: refused"},
        {.service = "router", .what = "TERM", .why = "pid 3"},
        {.service = "engine", .what = "KILL", .why = "still there"},
    };

    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        steps_add(&steps, 5000 + (int64_t)i * 1000, &moments[i]);
    return steps;
}

static int judge_in(const char *expectation, struct outcome *outcome, enum strictness strictness,
                    struct judgement judgements[JUDGEMENTS_MAX])
{
    struct scenarios *scenarios;
    char text[512];
    int count;

    snprintf(text, sizeof text, "scenario \"s\" { expect = { %s } }", expectation);
    assert_int_equal(scenarios_read("s.lua", text, &scenarios), 0);
    count = scenario_judge(&scenarios->list[0], outcome, strictness, judgements);
    scenarios_destroy(scenarios);
    return count;
}

/* The first judgement: that of the expectation. */
static struct judgement judge(const char *expectation, int64_t tolerance_ms)
{
    struct facts facts = facts_make();
    struct steps steps = steps_make();
    struct outcome outcome = {
        .facts = &facts, .steps = &steps, .exit_code = 75, .tolerance_ms = tolerance_ms,
        .clients_known = true, .repeats = true,
    };
    struct judgement judgements[JUDGEMENTS_MAX];

    judge_in(expectation, &outcome, JUDGE_ALL, judgements);
    return judgements[0];
}

/* By their kind: one that holds of these facts, one that does not, and what is said then. */
static const struct {
    const char *holds, *fails, *instead;
} pairs[] = {
    [EXPECT_FINISHED_WITHIN] = {"finished_within(5)", "finished_within(4.9)", "it took 5.000 s"},
    [EXPECT_FINISHED_NOT_BEFORE] = {"finished_not_before(5)", "finished_not_before(5.1)",
                                    "it took 5.000 s"},
    [EXPECT_STOPPED_WITHIN] = {"stopped_within('router', 2)", "stopped_within('router', 1.9)",
                               "it was asked to after 2.000 s"},
    [EXPECT_STOPPED_NOT_BEFORE] = {"stopped_not_before('router', 2)",
                                   "stopped_not_before('router', 2.1)",
                                   "it was asked to after 2.000 s"},
    [EXPECT_STOP_ORDER] = {"stop_order('router', 'engine')", "stop_order('engine', 'router')",
                           "router was asked to exit 2.010 s before engine was gone"},
    [EXPECT_HAPPENED] = {"happened('drain', 'router', 'refused')",
                         "happened('drain', 'router', 'timeout')",
                         "there were drain FAILED: refused"},
    [EXPECT_NEVER] = {"never('KILL', 'router')", "never('KILL')",
                      "after 3.000 s: engine KILL still there"},
    [EXPECT_EXIT_CODE] = {"exit_code_is(75)", "exit_code_is(0)", "it exited with 75"},
    [EXPECT_CUT_AT_MOST] = {"cut_at_most(3)", "cut_at_most(2)", "there were 3"},
    [EXPECT_REFUSED_AT_MOST] = {"refused_at_most(4)", "refused_at_most(3)", "there were 4"},
    [EXPECT_FAILED_AT_MOST] = {"failed_at_most(5)", "failed_at_most(4)", "there were 5"},
    [EXPECT_BLIND_AT_MOST] = {"blind_at_most(7)", "blind_at_most(6)", "there were 7"},
    [EXPECT_WORK_CUT_AT_MOST] = {"work_cut_at_most(6)", "work_cut_at_most(5)", "there were 6"},
    [EXPECT_BREAKS] = {"breaks('no-needless-wait')", "breaks('order-kept')", "it holds"},
};

enum { PAIRS = sizeof pairs / sizeof *pairs };

static void every_expectation_holds_of_facts_that_are_so(void **state)
{
    (void)state;
    assert_int_equal(PAIRS, EXPECT_BREAKS + 1);
    for (int i = 0; i < PAIRS; i++) {
        struct judgement judgement = judge(pairs[i].holds, 0);

        if (judgement.verdict != VERDICT_HELD)
            fail_msg("%s: %s, but %s", pairs[i].holds, judgement.expected, judgement.instead);
    }
}

static void every_expectation_fails_of_facts_that_are_not_and_says_what_was(void **state)
{
    (void)state;
    for (int i = 0; i < PAIRS; i++) {
        struct judgement judgement = judge(pairs[i].fails, 0);

        assert_int_equal(judgement.verdict, VERDICT_FAILED);
        assert_string_equal(judgement.instead, pairs[i].instead);
        assert_int_equal(judgement.line, 1);
    }
}

static void times_have_a_tolerance(void **state)
{
    (void)state;
    assert_int_equal(judge("finished_within(4.9)", 100).verdict, VERDICT_HELD);
    assert_int_equal(judge("finished_within(4.9)", 99).verdict, VERDICT_FAILED);
    assert_int_equal(judge("finished_not_before(5.1)", 100).verdict, VERDICT_HELD);
    assert_int_equal(judge("stopped_within('router', 1.9)", 100).verdict, VERDICT_HELD);
}

static void a_kill_that_nobody_said_is_one(void **state)
{
    struct facts facts = facts_make();
    struct steps steps = {0};
    struct outcome outcome = {&facts, &steps, 75, 0, true, true};
    struct judgement judgements[JUDGEMENTS_MAX];

    (void)state;
    judge_in("happened('KILL', 'engine'), never('KILL', 'engine')", &outcome, JUDGE_ALL,
             judgements);

    assert_int_equal(judgements[0].verdict, VERDICT_HELD);
    assert_int_equal(judgements[1].verdict, VERDICT_FAILED);
    assert_string_equal(judgements[1].instead, "after 4.000 s: engine was killed");
}

static void requests_that_nobody_counted_are_not_judged(void **state)
{
    struct facts facts = facts_make();
    struct steps steps = steps_make();
    struct outcome outcome = {&facts, &steps, 75, 0, false, true};
    struct judgement judgements[JUDGEMENTS_MAX];

    (void)state;
    judge_in("cut_at_most(0), exit_code_is(0)", &outcome, JUDGE_ALL, judgements);

    assert_int_equal(judgements[0].verdict, VERDICT_NOT_KNOWN);
    assert_int_equal(judgements[1].verdict, VERDICT_FAILED);
}

static bool invariant_failed(const struct judgement *judgements, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (judgements[i].line == 0 && judgements[i].verdict == VERDICT_FAILED &&
            strncmp(judgements[i].expected, name, strlen(name)) == 0)
            return true;
    return false;
}

static void every_invariant_is_judged_unless_the_scenario_breaks_it(void **state)
{
    struct facts facts = facts_make();
    struct steps steps = steps_make();
    struct outcome outcome = {&facts, &steps, 75, 0, true, false};
    struct judgement judgements[JUDGEMENTS_MAX];
    int all = judge_in("exit_code_is(75)", &outcome, JUDGE_ALL, judgements);

    (void)state;
    assert_int_equal(all, 1 + INVARIANTS);
    assert_true(invariant_failed(judgements, all, "same-seed-same-bytes"));
    assert_true(invariant_failed(judgements, all, "no-needless-wait"));
    all = judge_in("breaks('same-seed-same-bytes')", &outcome, JUDGE_ALL, judgements);
    assert_int_equal(all, INVARIANTS);
    assert_false(invariant_failed(judgements, all, "same-seed-same-bytes"));
}

static void another_policy_is_judged_by_what_clients_felt(void **state)
{
    struct facts facts = facts_make();
    struct steps steps = steps_make();
    struct outcome outcome = {&facts, &steps, 75, 0, true, true};
    struct judgement judgements[JUDGEMENTS_MAX];
    int count = judge_in("exit_code_is(0), finished_within(0), cut_at_most(0)", &outcome,
                         JUDGE_OUTCOME, judgements);

    (void)state;
    assert_int_equal(count, 1 + INVARIANTS);
    assert_int_equal(judgements[0].verdict, VERDICT_FAILED);
    assert_string_equal(judgements[0].expected, "at most 0 requests are cut");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_expectation_holds_of_facts_that_are_so),
        cmocka_unit_test(every_expectation_fails_of_facts_that_are_not_and_says_what_was),
        cmocka_unit_test(times_have_a_tolerance),
        cmocka_unit_test(a_kill_that_nobody_said_is_one),
        cmocka_unit_test(requests_that_nobody_counted_are_not_judged),
        cmocka_unit_test(every_invariant_is_judged_unless_the_scenario_breaks_it),
        cmocka_unit_test(another_policy_is_judged_by_what_clients_felt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
