/* Surveys: the canonical worlds, what is broken in them, the lines that never run, the worst case;
 * and the stories that explain shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "trial/story.h"
#include "trial/survey.h"

static struct trial *trial;
static struct survey survey;
static struct story story, other_story;

static void create(const char *policy, int64_t grace_ms)
{
    struct trial_config config = {
        .services = {"services.lua", embedded_text("policies/services.lua")},
        .policy = {"shutdown.lua", policy},
        .grace_ms = grace_ms,
    };

    assert_int_equal(trial_create(&config, &trial), 0);
}

static int teardown(void **state)
{
    (void)state;
    if (trial)
        trial_destroy(trial);
    trial = NULL;
    return 0;
}

static void take(const char *policy, uint64_t seeds)
{
    struct survey_plan plan = {.seeds = seeds, .lines = true};

    create(policy, 0);
    assert_int_equal(survey_take(trial, &plan, &survey), 0);
}

static const struct survey_broken *broken(const char *name)
{
    for (int i = 0; i < INVARIANTS; i++)
        if (strcmp(invariants[i].name, name) == 0)
            return &survey.broken[i];
    fail_msg("there is no invariant %s", name);
    return NULL;
}

static void tell(const char *world, struct story *told)
{
    struct canonical found;

    assert_true(canonical_find(trial_names(trial), world, &found));
    assert_int_equal(story_tell(trial, &found.world, told), 0);
}

static const struct step *step_find(const struct story *told, const char *service,
                                    const char *what)
{
    for (int i = 0; i < told->count; i++)
        if (strcmp(told->steps[i].service, service) == 0 &&
            strcmp(told->steps[i].what, what) == 0)
            return &told->steps[i];
    fail_msg("nothing says %s %s", service, what);
    return NULL;
}

/* Worlds */

static void canonical_worlds_take_each_service_in_turn(void **state)
{
    struct canonical list[CANONICAL_MAX], found;

    (void)state;
    create(embedded_text("policies/shutdown.lua"), 0);

    assert_in_range(canonical_list(trial_names(trial), list), 10, CANONICAL_MAX - 1);

    assert_string_equal(list[0].name, CANONICAL_PLAIN);
    assert_true(canonical_find(trial_names(trial), "policy-engine ignores SIGTERM", &found));
    assert_int_equal(found.world.values[DRAW_SERVICE + 1][DRAW_DEAF], 1);
    assert_int_equal(found.world.values[DRAW_SERVICE + 2][DRAW_DEAF], 0);
    assert_false(canonical_find(trial_names(trial), "nobody ignores SIGTERM", &found));
}

static void canonical_worlds_do_what_their_names_say(void **state)
{
    (void)state;
    create(embedded_text("policies/shutdown.lua"), 0);

    tell(CANONICAL_USUAL, &story);
    assert_true(story.facts.requests > 500 && story.facts.requests_cut == 0);
    tell("everything is dead already", &story);
    assert_true(story.took_ms < 500);
    tell("grace 5 s", &story);
    assert_int_equal(story.budget_ms, 4500);
    tell("a second signal after 1 s", &story);
    assert_true(story.facts.hurried);
    tell("admin answers 503", &story);
    assert_non_null(strstr(step_find(&story, "router", "drain")->why, "503"));
    tell("router crashes during the drain", &story);
    assert_int_equal(step_find(&story, "router", "exited")->at_ms, 300);
}

/* Surveys */

static void the_default_policy_is_sound_and_all_of_it_runs(void **state)
{
    (void)state;
    take(embedded_text("policies/shutdown.lua"), 100);

    assert_int_equal(survey_broken_count(&survey), 0);
    assert_int_equal(survey.seeds, 100);
    assert_int_equal(survey.never_ran, 0);
}

static void the_worst_named_world_is_the_one_in_which_everything_hangs(void **state)
{
    (void)state;
    take(embedded_text("policies/shutdown.lua"), 0);

    assert_string_equal(survey.worst.world, CANONICAL_WORST);
    assert_int_equal(survey.worst.budget_ms, 29000);
    assert_in_range(survey.worst.took_ms, 20000, 29000);
    assert_false(survey.worst.resorted);
}

static void what_is_broken_says_where_first(void **state)
{
    (void)state;
    take("stop('policy-engine') stop('router') stop('python-executor')", 10);

    assert_in_range(broken("order-kept")->worlds, 10, survey.canonical + survey.seeds);
    assert_string_equal(broken("order-kept")->first.name, CANONICAL_PLAIN);
    assert_non_null(strstr(broken("order-kept")->why, "policy-engine"));
}

static void a_policy_that_fails_where_nothing_is_wrong_is_tried_no_further(void **state)
{
    (void)state;
    take("local nothing\nlog(nothing.here)", 10);

    assert_true(survey.failed);
    assert_int_equal(survey.canonical + survey.seeds, 1);
    assert_ptr_equal(strstr(survey.failure, "shutdown.lua:2: "), survey.failure);
}

static void lines_that_never_run_are_known_also_in_functions_that_nobody_calls(void **state)
{
    (void)state;
    take("local function never()\n  log('a')\n\n  stop('router')\nend\n"
         "for _, name in ipairs(processes()) do\n  stop(name)\nend\n"
         "if elapsed() < 0 then\n  never()\nelse\n  log('b')\nend\n", 10);

    assert_int_equal(survey.never_ran, 3);
    assert_true(survey.never[2] && survey.never[4] && survey.never[10]);
}

static void a_worst_case_that_the_policy_does_not_finish_is_marked(void **state)
{
    (void)state;
    take("stop('router', { kill = false }) stop('policy-engine', { kill = false })\n"
         "stop('python-executor', { kill = false })", 0);

    assert_true(survey.worst.resorted);
}

static bool at_once(void)
{
    return true;
}

static void a_survey_ends_when_it_is_enough(void **state)
{
    struct survey_plan plan = {.seeds = 1000, .enough = at_once};

    (void)state;
    create(embedded_text("policies/shutdown.lua"), 0);

    assert_int_equal(survey_take(trial, &plan, &survey), 0);

    assert_int_equal(survey.seeds, 0);
    assert_in_range(survey.canonical, 10, CANONICAL_MAX);
}

static void a_given_grace_is_that_of_all_worlds(void **state)
{
    struct survey_plan plan = {.seeds = 20};

    (void)state;
    create(embedded_text("policies/shutdown.lua"), 10000);

    assert_int_equal(survey_take(trial, &plan, &survey), 0);

    assert_int_equal(survey.worst.budget_ms, 9000);
}

/* Stories */

static void steps_know_the_line_of_the_policy(void **state)
{
    (void)state;
    create("drain('router')\n\nparallel(function()\n  stop('router')\nend)\n"
           "for _, name in ipairs(processes()) do\n  stop(name)\nend", 0);

    tell(CANONICAL_USUAL, &story);

    assert_int_equal(story.steps[0].line, 0);
    assert_int_equal(step_find(&story, "router", "drain")->line, 1);
    assert_int_equal(step_find(&story, "router", "TERM")->line, 4);
    assert_int_equal(step_find(&story, "router", "exited")->line, 4);
    assert_int_equal(step_find(&story, "policy-engine", "exited")->line, 7);
}

static void a_story_of_a_policy_that_fails_ends_with_the_last_resort(void **state)
{
    (void)state;
    create("stop('router')\nlog(nil + 1)", 0);

    tell(CANONICAL_PLAIN, &story);

    assert_int_equal(step_find(&story, "", "policy failed")->line, 2);
    assert_string_equal(step_find(&story, "", "last resort")->why,
                        "ends python-executor, policy-engine");
    assert_true(story.resorted);
}

static void two_stories_are_told_side_by_side(void **state)
{
    static struct story_row rows[STORY_ROWS_MAX];
    int count, both = 0, worst_only = 0;

    (void)state;
    create("for _, name in ipairs(processes()) do stop(name) end", 0);
    tell(CANONICAL_PLAIN, &story);
    tell(CANONICAL_WORST, &other_story);

    count = story_align(&story, &other_story, true, rows);

    for (int i = 0; i < count; i++) {
        both += rows[i].one && rows[i].other;
        worst_only += !rows[i].one;
        if (!rows[i].one)
            assert_string_equal(rows[i].other->what, "KILL");
    }
    assert_int_equal(both, 7);
    assert_int_equal(worst_only, 3);
    assert_int_equal(count, 10);
}

#define TEST(function) cmocka_unit_test_teardown(function, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(canonical_worlds_take_each_service_in_turn),
        TEST(canonical_worlds_do_what_their_names_say),
        TEST(the_default_policy_is_sound_and_all_of_it_runs),
        TEST(the_worst_named_world_is_the_one_in_which_everything_hangs),
        TEST(what_is_broken_says_where_first),
        TEST(a_policy_that_fails_where_nothing_is_wrong_is_tried_no_further),
        TEST(lines_that_never_run_are_known_also_in_functions_that_nobody_calls),
        TEST(a_worst_case_that_the_policy_does_not_finish_is_marked),
        TEST(a_survey_ends_when_it_is_enough),
        TEST(a_given_grace_is_that_of_all_worlds),
        TEST(steps_know_the_line_of_the_policy),
        TEST(a_story_of_a_policy_that_fails_ends_with_the_last_resort),
        TEST(two_stories_are_told_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
