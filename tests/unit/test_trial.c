/* Trials: the invariants hold for the default policy, and each fires for the policy that breaks
 * it (tests/policies/mutants). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/resort_time.h"
#include "trial/census.h"

enum { SEEDS = 400, MANY_SEEDS = 10000, MUTANT_SEEDS = 4000, ROUTER = DRAW_SERVICE + 2 };

static struct trial *trial;
static char said[4096];

static void keep(const char *text)
{
    snprintf(said, sizeof(said), "%s", text);
}

static int create(const char *policy)
{
    struct trial_config config = {
        .services = {"services.lua", embedded_text("policies/services.lua")},
        .policy = {"shutdown.lua", policy},
        .complain = keep,
    };

    return trial_create(&config, &trial);
}

static int setup(void **state)
{
    (void)state;
    return create(embedded_text("policies/shutdown.lua"));
}

static int teardown(void **state)
{
    (void)state;
    if (trial)
        trial_destroy(trial);
    trial = NULL;
    return 0;
}

static const char *read_mutant(const char *name)
{
    static char text[SOURCE_MAX + 1];
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), MUTANTS "/%s.lua", name);
    file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, SOURCE_MAX, file)] = '\0';
    fclose(file);
    return text;
}

static struct census census_of(uint64_t seeds)
{
    struct census census = {0};

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct draw world = draw_from_seed(seed, trial_names(trial));
        struct facts facts;

        assert_int_equal(trial_run(trial, &world, &facts), 0);
        census_add(&census, &world, &facts);
    }
    return census;
}

static int invariant_find(const char *name)
{
    for (int i = 0; i < INVARIANTS; i++)
        if (strcmp(invariants[i].name, name) == 0)
            return i;
    fail_msg("there is no invariant %s", name);
    return -1;
}

static void all_invariants_hold_for_the_default_policy(void **state)
{
    struct census census = census_of(SEEDS);

    (void)state;
    for (int i = 0; i < INVARIANTS; i++)
        if (census.broken[i] > 0)
            fail_msg("%s is broken by seed %d", invariants[i].name, (int)census.first[i]);
}

static uint64_t happened(const struct census *census, const char *name)
{
    for (int i = 0; i < SOMETIMES; i++)
        if (strcmp(sometimes[i].name, name) == 0)
            return census->happened[i];
    fail_msg("%s is not counted", name);
    return 0;
}

static void the_worlds_are_not_harmless(void **state)
{
    struct census census = census_of(SEEDS);

    (void)state;
    assert_in_range(happened(&census, "killed"), SEEDS / 20, SEEDS);
    assert_in_range(happened(&census, "drain failed"), SEEDS / 40, SEEDS);
    assert_in_range(happened(&census, "second signal"), SEEDS / 40, SEEDS);
    assert_in_range(happened(&census, "requests cut"), SEEDS / 40, SEEDS);
}

/* Each in at least one world of a hundred, or what is tried of it proves little. */
static void every_kind_and_every_outcome_occurs(void **state)
{
    struct census_plan plan = {.from = 1, .worlds = MANY_SEEDS, .workers = 2};
    struct census census;

    (void)state;
    assert_int_equal(census_take(trial, &plan, &census), 0);
    for (int i = 0; i < DRAW_KINDS; i++)
        if (census.kinds[i] < MANY_SEEDS / 100)
            fail_msg("%s: in %d worlds only", draw_kind_names[i], (int)census.kinds[i]);
    for (int i = 0; i < SOMETIMES; i++)
        if (census.happened[i] < MANY_SEEDS / 100 && !sometimes[i].unwanted)
            fail_msg("%s: in %d worlds only", sometimes[i].name, (int)census.happened[i]);
    assert_in_range(happened(&census, "work cut with 10 s to spare"), 0, MANY_SEEDS / 100);
}

struct mutant {
    const char *name;
    const char *invariant;
};

static const struct mutant mutants[] = {
    {"fixed_stops", "no-request-cut"},
    {"swapped_stops", "order-kept"},
    {"parallel_stops", "order-kept"},
    {"no_drain", "no-request-cut"},
    {"no_wait", "no-request-cut"},
    {"short_wait", "no-request-cut"},
    {"undrained", "no-request-cut"},
    {"unknown_is_idle", "no-request-cut"},
    {"sleep_not_drain", "no-request-cut"},
    {"sleep_not_wait", "no-needless-wait"},
    {"sleep_between", "no-needless-wait"},
    {"stop_missing", "no-service-left"},
    {"no_kill", "no-service-left"},
    {"kill_at_once", "no-request-cut"},
    {"drain_again", "degradation-said-once"},
    {"raises", "policy-returns"},
};

enum { MUTANTS_COUNT = sizeof(mutants) / sizeof(*mutants) };

static void a_mutant_is_caught_by_the_invariant_meant_for_it(void **state)
{
    const struct mutant *mutant = *state;
    bool caught = false;

    assert_int_equal(create(read_mutant(mutant->name)), 0);
    for (uint64_t seed = 1; seed <= MUTANT_SEEDS && !caught; seed++) {
        struct draw world = draw_from_seed(seed, trial_names(trial));
        struct facts facts;
        char why[WHY_MAX];

        assert_int_equal(trial_run(trial, &world, &facts), 0);
        caught = !invariants[invariant_find(mutant->invariant)].holds(&facts, why);
    }
    assert_true(caught);
}

static void a_run_is_repeated_byte_by_byte(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct draw world = draw_from_seed(seed, trial_names(trial));

        assert_true(trial_repeats(trial, &world));
    }
}

static void what_was_run_before_changes_nothing(void **state)
{
    struct draw world = draw_from_seed(9, trial_names(trial));
    struct facts before, after;

    (void)state;
    trial_run(trial, &world, &before);
    census_of(20);
    trial_run(trial, &world, &after);
    assert_memory_equal(&before.digest, &after.digest, sizeof(before.digest));
}

static void printing_changes_nothing(void **state)
{
    struct draw world = draw_from_seed(9, trial_names(trial));
    struct trial_texts texts;
    struct facts quiet, shown;

    (void)state;
    trial_run(trial, &world, &quiet);
    trial_show(trial, &world, &shown, &texts);
    assert_true(quiet.digest == shown.digest);
    assert_non_null(strstr(texts.output, "shutdown"));
}

static void a_broken_world_is_shrunk_to_what_matters(void **state)
{
    int invariant = invariant_find("no-request-cut");
    struct draw world = draw_plain(), small;
    char text[512];

    (void)state;
    assert_int_equal(create(read_mutant("no_drain")), 0);
    world.values[ROUTER][DRAW_LONG] = 7;
    world.values[ROUTER][DRAW_LONG_FOR] = 20000;
    world.values[ROUTER][DRAW_SLOW] = 800;
    world.values[DRAW_SERVICE][DRAW_DEAF] = 1;
    small = trial_shrink(trial, &world, invariant);

    draw_describe(&small, trial_names(trial), text, sizeof(text));

    assert_string_equal(text, "router: 1 long requests are in flight\n");
}

static void the_workers_count_as_one_does(void **state)
{
    struct census_plan plan = {.from = 1, .worlds = 200, .workers = 1};
    struct census alone, together;

    (void)state;
    assert_int_equal(census_take(trial, &plan, &alone), 0);
    plan.workers = 3;
    assert_int_equal(census_take(trial, &plan, &together), 0);
    assert_memory_equal(&alone, &together, sizeof(alone));
}

static bool holds(const char *name, const struct facts *facts)
{
    char why[WHY_MAX] = "";
    bool held = invariants[invariant_find(name)].holds(facts, why);

    assert_int_equal(held, *why == '\0');
    return held;
}

static void a_counter_that_is_stuck_makes_no_wait_longer_than_its_limit(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    world.values[ROUTER][DRAW_LIE] = SIM_LIE_STUCK;
    trial_run(trial, &world, &facts);

    assert_in_range(facts.services[2].stop_ms - facts.begun_ms, 14000, 15100);
    assert_int_equal(facts.end, ENGINE_POLICY_RETURNED);
}

static void a_stall_until_the_deadline_leaves_nobody_and_is_no_fault(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    world.values[ROUTER][DRAW_DEAF] = 1;
    world.values[DRAW_WORLD][DRAW_STALL_AT] = 3000;
    world.values[DRAW_WORLD][DRAW_STALL] = 27000;
    trial_run(trial, &world, &facts);

    assert_int_equal(facts.processes_left, 0);
    assert_true(facts.done_ms >= facts.deadline_ms);
    for (int i = 0; i < INVARIANTS; i++)
        assert_true(!invariants[i].holds || holds(invariants[i].name, &facts));
}

static void orphans_are_ended_and_shells_are_not_ours(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    world.values[DRAW_WORLD][DRAW_ORPHANS] = 2;
    world.values[DRAW_WORLD][DRAW_ORPHANS_DEAF] = 1;
    world.values[DRAW_WORLD][DRAW_SHELLS] = 1;
    trial_run(trial, &world, &facts);

    assert_int_equal(facts.processes_left, 0);
    assert_true(facts.done_ms - facts.ended_ms >= 1000);
}

/* What each excuse is for, and what not. */
static void excuses_are_narrow(void **state)
{
    struct facts facts = {.free_ms = 20000, .deadline_ms = 29000};
    struct service_facts service = {.stop_ms = 2000, .stopped_by_policy = true, .drains = true,
                                    .free_ms = 18000, .share_ms = 9000, .kill_ms = NOT_MS};

    (void)state;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_NONE);
    service.drain_failed = true;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_NONE);
    service.not_known = true;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_NOT_KNOWN);
    service.drained = true; /* then it must wait for 5 s */
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_NONE);
    facts.hurried = true;
    facts.hurried_ms = 2001;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_NONE);
    facts.hurried_ms = 2000;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_HURRIED);
    service.lie = SIM_LIE_DRAINS;
    assert_false(excuse_lied(&service, 2000));
    service.lie = SIM_LIE_FROZEN;
    assert_true(excuse_lied(&service, 2000));
    service.stop_ms = 15000;
    service = (struct service_facts){.stop_ms = 15000, .stopped_by_policy = true, .drains = true,
                                     .free_ms = 5000, .kill_ms = NOT_MS};
    facts.hurried = false;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_NONE); /* never drained */
    service.drained = true;
    assert_int_equal(excuse_requests(&facts, &service), EXCUSE_PATIENCE);
}

static void a_policy_that_fails_hands_over_in_time(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;
    char why[WHY_MAX];

    (void)state;
    assert_int_equal(create("error('no')"), 0);
    world.values[ROUTER][DRAW_DEAF] = 1;
    trial_run(trial, &world, &facts);

    assert_int_equal(facts.end, ENGINE_POLICY_FAILED);
    assert_true(facts.resorted);
    assert_int_equal(facts.processes_left, 0);
    assert_true(facts.services[2].kill_ms != NOT_MS);
    assert_true(invariants[invariant_find("failure-handed-over")].holds(&facts, why));
    assert_true(invariants[invariant_find("order-kept")].holds(&facts, why));
    assert_true(invariants[invariant_find("finished-in-time")].holds(&facts, why));
    assert_false(invariants[invariant_find("policy-returns")].holds(&facts, why));
}

/* Runs a policy that raises at once, with 100 busy clients. */
static struct facts fail_at_once(struct draw *world)
{
    struct facts facts;

    assert_int_equal(create("error('no')"), 0);
    world->values[ROUTER][DRAW_CONNECTIONS] = 100;
    world->values[ROUTER][DRAW_RATE] = 5000;
    assert_int_equal(trial_run(trial, world, &facts), 0);
    return facts;
}

static void the_last_resort_drains_for_5_s(void **state)
{
    struct draw world = draw_plain();
    struct facts facts = fail_at_once(&world);

    (void)state;
    assert_int_equal(facts.services[2].stop_ms - facts.begun_ms, RESORT_DRAIN_MS);
    assert_int_equal(facts.requests_cut + facts.requests_refused, 0);
}

static void the_last_resort_does_not_wait_where_nobody_drains(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    world.values[ROUTER][DRAW_ADMIN] = SIM_REFUSES;
    facts = fail_at_once(&world);
    assert_int_equal(facts.services[2].stop_ms, facts.begun_ms);
    teardown(NULL);
    world.values[ROUTER][DRAW_ADMIN] = SIM_HANGS;
    facts = fail_at_once(&world);
    assert_int_equal(facts.services[2].stop_ms - facts.begun_ms, RESORT_ANSWER_MS);
}

static void the_last_resort_drains_no_longer_than_the_router_lives(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    world.values[ROUTER][DRAW_CRASH] = draw_signal_ms(&world) + 2000;
    facts = fail_at_once(&world);

    assert_int_equal(facts.services[2].stop_ms, NOT_MS);
    assert_in_range(facts.services[1].stop_ms - facts.begun_ms, 1900, 2100);
}

static void a_stop_signal_leaves_the_last_resort_2_s(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    world.values[ROUTER][DRAW_DEAF] = 1;
    world.values[DRAW_WORLD][DRAW_SECOND] = 1000;
    facts = fail_at_once(&world);

    /* The end of the drain is a third of these 2 s away, and so is a third of the rest its KILL. */
    assert_int_equal(facts.services[2].stop_ms - facts.begun_ms, 1000 + 2000 / 3);
    assert_int_equal(facts.services[2].kill_ms - facts.services[2].stop_ms, 1334 / 3);
}

/* The policy hears of an exit before it hears that nobody is left behind. */
static void a_stop_right_after_an_exit_keeps_the_order(void **state)
{
    struct draw world = draw_plain();
    struct facts facts;

    (void)state;
    assert_int_equal(create("wait_exit('router') stop('policy-engine') stop('python-executor')"),
                     0);
    world.values[ROUTER][DRAW_CRASH] = draw_signal_ms(&world) + 2000;
    assert_int_equal(trial_run(trial, &world, &facts), 0);

    assert_int_equal(facts.services[1].stop_ms, facts.services[2].gone_ms);
    assert_true(holds("order-kept", &facts));
    world.values[ROUTER][DRAW_CHILDREN] = 500;
    assert_int_equal(trial_run(trial, &world, &facts), 0);
    assert_false(holds("order-kept", &facts));
}

/* What no policy can break, only a mistake of ours. */
static void invariants_fire_when_the_engine_breaks_them(void **state)
{
    struct draw world = draw_plain();
    struct facts good, facts;

    (void)state;
    trial_run(trial, &world, &good);
    facts = good;
    facts.deadline_passed = true;
    assert_false(holds("finished-in-time", &facts));
    facts = good;
    facts.stuck = true;
    assert_false(holds("finished-in-time", &facts));
    facts = good;
    facts.processes_left = 1;
    assert_false(holds("no-service-left", &facts));
    facts = good;
    facts.services[0].kills_sent = 1;
    assert_false(holds("degradation-said-once", &facts));
    facts = good;
    facts.end = ENGINE_POLICY_FAILED;
    snprintf(facts.reason, sizeof(facts.reason), "it is broken");
    assert_false(holds("failure-handed-over", &facts));
    facts.resorted = true;
    assert_true(holds("failure-handed-over", &facts));
    facts.ended_ms = facts.deadline_ms - facts.kept_ms + 1;
    assert_false(holds("failure-handed-over", &facts));
}

static void a_file_that_cannot_be_used_says_why(void **state)
{
    (void)state;
    assert_true(create("drian('router')") < 0);
    assert_non_null(strstr(said, "drain"));
}

#define TRIAL(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define BARE(function) cmocka_unit_test_teardown(function, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TRIAL(all_invariants_hold_for_the_default_policy),
        TRIAL(the_worlds_are_not_harmless),
        TRIAL(every_kind_and_every_outcome_occurs),
        TRIAL(a_run_is_repeated_byte_by_byte),
        TRIAL(what_was_run_before_changes_nothing),
        TRIAL(printing_changes_nothing),
        TRIAL(the_workers_count_as_one_does),
        TRIAL(a_counter_that_is_stuck_makes_no_wait_longer_than_its_limit),
        TRIAL(a_stall_until_the_deadline_leaves_nobody_and_is_no_fault),
        TRIAL(orphans_are_ended_and_shells_are_not_ours),
        BARE(excuses_are_narrow),
        TRIAL(invariants_fire_when_the_engine_breaks_them),
        BARE(a_broken_world_is_shrunk_to_what_matters),
        BARE(a_policy_that_fails_hands_over_in_time),
        BARE(a_stop_right_after_an_exit_keeps_the_order),
        BARE(the_last_resort_drains_for_5_s),
        BARE(the_last_resort_does_not_wait_where_nobody_drains),
        BARE(the_last_resort_drains_no_longer_than_the_router_lives),
        BARE(a_stop_signal_leaves_the_last_resort_2_s),
        BARE(a_file_that_cannot_be_used_says_why),
    };
    struct CMUnitTest mutant_tests[MUTANTS_COUNT];
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    for (int i = 0; i < MUTANTS_COUNT; i++)
        mutant_tests[i] = (struct CMUnitTest){
            .name = mutants[i].name,
            .test_func = a_mutant_is_caught_by_the_invariant_meant_for_it,
            .teardown_func = teardown,
            .initial_state = (void *)(uintptr_t)&mutants[i],
        };
    return failed + cmocka_run_group_tests(mutant_tests, NULL, NULL);
}
