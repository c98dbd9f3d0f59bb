/* Worlds drawn from seeds. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "sim/draw.h"

enum { SEEDS = 3000 };

static const struct draw_names names = {
    .count = 3,
    .names = {"python-executor", "policy-engine", "router"},
    .admins = {NULL, NULL, "unix:/admin"},
};

enum { ROUTER = DRAW_SERVICE + 2 };

static void random_numbers_are_those_of_splitmix64(void **state)
{
    struct random random = {1234567};

    (void)state;
    assert_true(random_next(&random) == UINT64_C(6457827717110365317));
    assert_true(random_next(&random) == UINT64_C(3203168211198807973));
}

static void streams_do_not_depend_on_each_other(void **state)
{
    struct random one = random_fork(7, "exit", 1), same = random_fork(7, "exit", 1);
    struct random other = random_fork(7, "exit", 2), another = random_fork(7, "crash", 1);
    uint64_t first = random_next(&one);

    (void)state;
    assert_true(first == random_next(&same));
    assert_true(first != random_next(&other));
    assert_true(first != random_next(&another));
}

static void decades_are_drawn_within_their_range_from_end_to_end(void **state)
{
    struct random random = {1};
    int64_t least = INT64_MAX, most = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        int64_t number = random_between_decades(&random, 3, 1000);

        least = number < least ? number : least;
        most = number > most ? number : most;
    }
    assert_int_equal(least, 3);
    assert_int_equal(most, 1000);
}

static void a_seed_always_draws_the_same_world(void **state)
{
    struct draw one = draw_from_seed(42, &names), other = draw_from_seed(42, &names);

    (void)state;
    assert_memory_equal(&one, &other, sizeof(one));
}

static void every_number_is_plain_or_in_its_range(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct draw draw = draw_from_seed(seed, &names);

        for (int row = 0; row < DRAW_ROWS; row++)
            for (int i = 0; i < DRAW_PARAMETERS; i++) {
                int64_t value = draw.values[row][i];

                assert_true(value == draw_table[i].plain ||
                            (value >= draw_table[i].least && value <= draw_table[i].most));
            }
    }
}

static void every_parameter_occurs(void **state)
{
    int seen[DRAW_PARAMETERS] = {0};

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct draw draw = draw_from_seed(seed, &names);

        for (int row = 0; row < DRAW_ROWS; row++)
            for (int i = 0; i < DRAW_PARAMETERS; i++)
                seen[i] += draw_has(&draw, row, (enum draw_parameter)i);
    }
    for (int i = 0; i < DRAW_PARAMETERS; i++)
        if (seen[i] == 0)
            fail_msg("%s is never drawn", draw_table[i].name);
}

static void only_what_can_be_drained_has_an_admin_and_clients(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct draw draw = draw_from_seed(seed, &names);

        for (int row = 0; row < ROUTER; row++) {
            assert_int_equal(draw.values[row][DRAW_ADMIN], 0);
            assert_int_equal(draw.values[row][DRAW_CONNECTIONS], 0);
        }
    }
}

static void some_worlds_have_no_fault_and_some_have_many(void **state)
{
    char text[8192];
    size_t shortest = sizeof(text), longest = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct draw draw = draw_from_seed(seed, &names);

        draw_describe(&draw, &names, text, sizeof(text));
        shortest = strlen(text) < shortest ? strlen(text) : shortest;
        longest = strlen(text) > longest ? strlen(text) : longest;
    }
    assert_in_range(shortest, 0, 200);
    assert_in_range(longest, 1500, sizeof(text) - 1);
}

static void a_world_is_described_in_words(void **state)
{
    struct draw draw = draw_plain();
    char text[512];

    (void)state;
    draw.values[DRAW_WORLD][DRAW_GRACE] = 2500;
    draw.values[ROUTER][DRAW_ADMIN] = SIM_HANGS;
    draw.values[ROUTER][DRAW_RATE] = 200; /* without connections it means nothing */

    draw_describe(&draw, &names, text, sizeof(text));

    assert_string_equal(text, "grace is 2.5 s\nrouter: its admin accepts and never answers\n");
}

static void every_parameter_is_in_the_readme(void **state)
{
    static char text[64 * 1024];
    FILE *file = fopen(SIM_README, "r");
    char cell[64];

    (void)state;
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    for (int i = 0; i < DRAW_PARAMETERS; i++) {
        snprintf(cell, sizeof(cell), "| `%s`%s |", draw_table[i].name,
                 draw_table[i].simulated ? " *" : "");
        if (!strstr(text, cell))
            fail_msg("src/sim/README.md does not explain %s", draw_table[i].name);
    }
}

static void the_config_is_what_the_numbers_say(void **state)
{
    struct draw draw = draw_plain();
    struct sim_config config;

    (void)state;
    draw.values[DRAW_SERVICE][DRAW_DEAF] = 1;
    draw.values[ROUTER][DRAW_SLOW] = 7000;
    draw.values[ROUTER][DRAW_CRASH] = 300;
    draw_config(&draw, &names, &config);

    assert_string_equal(config.services[2].name, "router");
    assert_string_equal(config.services[2].needs, "policy-engine");
    assert_true(config.services[0].exit_ms == NEVER_MS);
    assert_int_equal(config.services[2].exit_ms, 7000);
    assert_int_equal(config.steps[0].action, SIM_SIGNAL);
    assert_int_equal(config.steps[0].at_ms, 5000);
    assert_int_equal(config.steps[1].action, SIM_CRASH);
    assert_int_equal(config.steps[1].at_ms, 300);
}

static void the_surroundings_are_what_the_numbers_say(void **state)
{
    struct draw draw = draw_plain();
    int64_t *world = draw.values[DRAW_WORLD], *router = draw.values[ROUTER];
    struct sim_config config;

    (void)state;
    world[DRAW_SIGNAL] = 2;
    world[DRAW_THROTTLED] = 70;
    world[DRAW_STALL] = 4000;
    world[DRAW_STALL_AT] = 200;
    world[DRAW_ORPHANS] = 1;
    world[DRAW_ORPHANS_DEAF] = 1;
    world[DRAW_SHELLS] = 1;
    world[DRAW_OUTSIDE] = SIM_HANGS;
    world[DRAW_COMMAND_HANGS] = 1;
    world[DRAW_COMMAND_FLOODS] = 1;
    router[DRAW_LIE] = SIM_LIE_STUCK;
    router[DRAW_LIE_FROM] = 300;
    router[DRAW_PINNED] = 1;
    router[DRAW_POLL] = 20000;
    router[DRAW_BURST] = 40;
    router[DRAW_BURST_BEFORE] = 1500;
    draw_config(&draw, &names, &config);

    assert_int_equal(config.steps[0].number, SIGQUIT);
    assert_int_equal(config.throttled_ms, 70);
    assert_int_equal(config.stall_at_ms, 5200);
    assert_int_equal(config.stall_ms, 4000);
    assert_true(config.orphans[0].exit_ms == NEVER_MS && !config.orphans[0].foreign);
    assert_true(config.orphans[1].foreign);
    assert_int_equal(config.orphans[2].pid, 0);
    assert_int_equal(config.outside.manner, SIM_HANGS);
    assert_true(config.any_command.after_ms == NEVER_MS);
    assert_int_equal(strlen(config.any_command.output), OUTPUT_MAX - 1);
    assert_int_equal(config.services[2].lie, SIM_LIE_STUCK);
    assert_int_equal(config.services[2].lie_from_ms, 300);
    assert_true(config.services[2].traffic.pinned);
    assert_int_equal(config.services[2].traffic.request_ms, 20000);
    assert_int_equal(config.services[2].traffic.burst, 40);
    assert_int_equal(config.services[2].traffic.burst_ms, 3500);
}

static void work_in_hand_takes_its_time(void **state)
{
    struct draw draw = draw_plain();
    struct sim_config config;

    (void)state;
    draw.values[ROUTER][DRAW_JOBS_FOR] = 25000;
    draw.values[ROUTER][DRAW_JOBS] = 7;
    draw_config(&draw, &names, &config);

    assert_int_equal(config.services[2].exit_ms, 25000);
    assert_int_equal(config.services[2].work, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_are_those_of_splitmix64),
        cmocka_unit_test(streams_do_not_depend_on_each_other),
        cmocka_unit_test(decades_are_drawn_within_their_range_from_end_to_end),
        cmocka_unit_test(a_seed_always_draws_the_same_world),
        cmocka_unit_test(every_number_is_plain_or_in_its_range),
        cmocka_unit_test(every_parameter_occurs),
        cmocka_unit_test(only_what_can_be_drained_has_an_admin_and_clients),
        cmocka_unit_test(some_worlds_have_no_fault_and_some_have_many),
        cmocka_unit_test(a_world_is_described_in_words),
        cmocka_unit_test(the_config_is_what_the_numbers_say),
        cmocka_unit_test(the_surroundings_are_what_the_numbers_say),
        cmocka_unit_test(work_in_hand_takes_its_time),
        cmocka_unit_test(every_parameter_is_in_the_readme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
