/* Worlds in a hurry: what is not counted must come out as if it were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "trial/trial.h"

enum { SEEDS = 60 };

static struct trial *trial_of(const char *policy)
{
    struct trial_config config = {
        .services = {"services.lua", embedded_text("policies/services.lua")},
        .policy = {"shutdown.lua", policy},
    };
    struct trial *trial;

    assert_int_equal(trial_create(&config, &trial), 0);
    return trial;
}

static void run(struct trial *trial, uint64_t seed, struct facts *facts)
{
    struct draw world = draw_from_seed(seed, trial_names(trial));

    assert_int_equal(trial_run(trial, &world, facts), 0);
}

static void assert_hurrying_changes_nothing(const char *policy, uint64_t seeds)
{
    struct trial *counted = trial_of(policy), *hurried = trial_of(policy);
    struct facts expected, facts;

    trial_hurry(hurried);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        run(counted, seed, &expected);
        run(hurried, seed, &facts);

        assert_int_equal(facts.end, expected.end);
        assert_string_equal(facts.reason, expected.reason);
        assert_true(facts.digest == expected.digest);
    }
    trial_destroy(counted);
    trial_destroy(hurried);
}

static void the_default_policy_does_the_same(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing(embedded_text("policies/shutdown.lua"), SEEDS);
}

static void a_loop_without_end_is_ended(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing("stop(\"router\")\nwhile true do end", 2);
}

static void a_loop_without_end_in_pcall_is_ended(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing("while true do pcall(function() while true do end end) end", 2);
}

static void a_long_loop_that_ends_is_too_long(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing("for i = 1, 2e7 do end\nstop(\"router\")", 2);
}

static void a_loop_that_is_just_short_enough_is_not(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing("for i = 1, 9e6 do end\nstop(\"router\")", 2);
}

static void much_memory_in_no_time_counts(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing("local text = \"abcdefgh\"\n"
                                    "for i = 1, 18 do text = text .. text end\n"
                                    "for i = 1, 500 do local copy = text .. i end\n"
                                    "stop(\"router\")", 2);
}

static void too_much_memory_fails_in_the_same_way(void **state)
{
    (void)state;
    assert_hurrying_changes_nothing("local all = {}\n"
                                    "for i = 1, 1e6 do all[i] = { i } end", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_policy_does_the_same),
        cmocka_unit_test(a_loop_without_end_is_ended),
        cmocka_unit_test(a_loop_without_end_in_pcall_is_ended),
        cmocka_unit_test(a_long_loop_that_ends_is_too_long),
        cmocka_unit_test(a_loop_that_is_just_short_enough_is_not),
        cmocka_unit_test(much_memory_in_no_time_counts),
        cmocka_unit_test(too_much_memory_fails_in_the_same_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
