/* The report holds all that a report can know: what is read back from it are the facts that the
 * witness has seen itself. And whatever stands in a file, reading it ends well. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/random.h"
#include "trial/events.h"
#include "trial/trial.h"

enum { SEEDS = 2000, SEEDS_OF_A_MUTANT = 400 };

static struct trial *trial;
static struct events events; /* too large for a stack */
static bool said_in_ascii; /* what is not UTF-8, from an admin gone mad, is '?' in a report */
static int judged[INVARIANTS][3]; /* how often, by enum invariant_state */

static int read_bytes(const char *text, size_t length)
{
    FILE *file = fmemopen((void *)text, length > 0 ? length : 1, "r");
    int error;

    assert_non_null(file);
    if (length == 0)
        fgetc(file);
    error = events_read(file, &events);
    fclose(file);
    return error;
}

static int read_text(const char *text)
{
    return read_bytes(text, strlen(text));
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

static int create(const char *policy)
{
    struct trial_config config = {
        .services = {"services.lua", embedded_text("policies/services.lua")},
        .policy = {"shutdown.lua", policy},
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

static void show(uint64_t seed, struct facts *facts, struct trial_texts *texts)
{
    struct draw world = draw_from_seed(seed, trial_names(trial));
    int64_t *numbers = world.values[DRAW_WORLD];

    // No report knows that an admin lied, that we did not run, or of the processes of others.
    numbers[DRAW_THROTTLED] = numbers[DRAW_STALL] = numbers[DRAW_ORPHANS] = 0;
    for (int row = DRAW_SERVICE; row < DRAW_ROWS; row++)
        world.values[row][DRAW_LIE] = 0;
    assert_int_equal(trial_show(trial, &world, facts, texts), 0);
}

/* Comparing */

struct pair {
    const char *name;
    int64_t seen, read;
};

static void compare(const struct pair *pairs, size_t count, uint64_t seed, const char *who,
                    const char *report)
{
    for (size_t i = 0; i < count; i++)
        if (pairs[i].seen != pairs[i].read)
            fail_msg("seed %d: %s%s was seen as %lld, read as %lld, from\n%s", (int)seed, who,
                     pairs[i].name, (long long)pairs[i].seen, (long long)pairs[i].read, report);
}

#define PAIR(member) {#member, (int64_t)seen->member, (int64_t)read->member}
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Not later than the witness knows, who sees the clients themselves, but for the time between two
 * looks: a second, and later ten times what a look costs. */
static void compare_looks(const struct service_facts *seen, const struct service_facts *read,
                          const struct facts *facts, uint64_t seed)
{
    int64_t between_ms = 1000 + 12 * facts->slowest_ms;

    if (read->looked_ms == NOT_MS)
        return;
    if (read->busy_ms > seen->busy_ms + between_ms || (read->visited && !seen->visited))
        fail_msg("seed %d: %s was busy at %lld, and read as busy at %lld", (int)seed, seen->name,
                 (long long)seen->busy_ms, (long long)read->busy_ms);
}

static void compare_service(const struct service_facts *seen, const struct service_facts *read,
                            const struct facts *facts, uint64_t seed, const char *report)
{
    const struct pair always[] = {
        PAIR(drains), PAIR(started_ms), PAIR(stop_ms), PAIR(kill_ms), PAIR(exited_ms),
        PAIR(alive_before_it), PAIR(stopped_by_policy), PAIR(kills_sent), PAIR(kills_said),
        PAIR(drain_failed), PAIR(not_known),
    };
    const struct pair at_the_end[] = {PAIR(gone_ms), PAIR(running)};
    const struct pair by_policy[] = {PAIR(free_ms), PAIR(share_ms)};

    assert_string_equal(seen->name, read->name);
    compare(always, COUNT(always), seed, seen->name, report);
    if (events.facts.end_known && !facts->deadline_passed)
        compare(at_the_end, COUNT(at_the_end), seed, seen->name, report);
    if (!seen->stopped_by_policy)
        return;
    compare(by_policy, COUNT(by_policy), seed, seen->name, report);
    compare_looks(seen, read, facts, seed);
}

static void compare_facts(const struct facts *seen, const struct facts *read, uint64_t seed,
                          const char *report)
{
    const struct pair always[] = {
        PAIR(service_count), PAIR(begun_ms), PAIR(deadline_ms), PAIR(kept_ms), PAIR(free_ms),
        PAIR(ended_ms), PAIR(end), PAIR(resorted), PAIR(hurried), PAIR(deadline_passed),
        PAIR(warning_count), PAIR(said_twice),
    };
    const struct pair known[] = {PAIR(done_ms), PAIR(exit_code)};
    const struct pair returned[] = {PAIR(asked_ms), PAIR(slowest_ms)};

    compare(always, COUNT(always), seed, "", report);
    assert_string_equal(seen->reason, read->reason);
    assert_string_equal(seen->left, read->left);
    assert_string_equal(seen->said, read->said);
    for (int i = 0; i < seen->warning_count && said_in_ascii; i++)
        if (seen->warnings[i] != read->warnings[i])
            fail_msg("seed %d: warning %d differs in\n%s", (int)seed, i + 1, report);
    if (read->end_known)
        compare(known, COUNT(known), seed, "", report);
    else
        assert_true(seen->cut_short || seen->stuck);
    if (seen->end == ENGINE_POLICY_RETURNED && !seen->resorted)
        compare(returned, COUNT(returned), seed, "", report);
    for (int i = 0; i < seen->service_count; i++)
        compare_service(&seen->services[i], &read->services[i], seen, seed, report);
}

static void compare_steps(const struct steps *said, const struct steps *read, int64_t begun_ms)
{
    /* The verdict of a world that was ended from outside is not in its report. */
    assert_in_range(said->count, read->count, read->count + !events.facts.end_known);
    for (int i = 0; i < read->count && i < STEPS_MAX; i++) {
        const struct step *one = &said->list[i], *other = &read->list[i];
        bool before = one->at_ms < begun_ms || begun_ms == NOT_MS;

        if (one->at_ms != begun_ms)
            assert_int_equal(one->at_ms - (before ? 0 : begun_ms), other->at_ms);
        assert_string_equal(one->service, other->service);
        assert_string_equal(one->what, other->what);
        if (said_in_ascii)
            assert_string_equal(one->why, other->why);
        assert_int_equal(one->took_ms, other->took_ms);
        assert_int_equal(one->in_flight, other->in_flight);
        assert_int_equal(one->warning, other->warning);
        assert_int_equal(one->line, other->line);
    }
}

/* What is judged with less knowledge may be unknown, and is else the same. Of a world that was
 * ended from outside only the report's reader does not know that; the witness forgives all. */
static void compare_judgements(const struct facts *seen, const struct facts *read, uint64_t seed,
                               const char *report)
{
    for (int i = 0; i < INVARIANT_SAME_BYTES; i++) {
        char why_seen[WHY_MAX] = "", why_read[WHY_MAX] = "";
        enum invariant_state one = invariant_look(i, seen, why_seen);
        enum invariant_state other = invariant_look(i, read, why_read);

        assert_int_not_equal(one, INVARIANT_UNKNOWN);
        judged[i][other]++;
        if (other != INVARIANT_UNKNOWN && one != other && !seen->cut_short)
            fail_msg("seed %d: %s is %d (%s), and %d (%s) from\n%s", (int)seed,
                     invariants[i].name, one, why_seen, other, why_read, report);
    }
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return !*text;
}

static void compare_worlds(uint64_t seeds)
{
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct trial_texts texts;
        struct facts facts;

        show(seed, &facts, &texts);
        said_in_ascii = is_ascii(texts.output);
        if (facts.begun_ms == NOT_MS) {
            assert_int_equal(read_text(texts.report), -EINVAL);
            continue;
        }
        if (read_text(texts.report) < 0)
            fail_msg("seed %d: line %d: %s\n%s", (int)seed, events.line, events.why, texts.report);
        compare_facts(&facts, &events.facts, seed, texts.report);
        compare_judgements(&facts, &events.facts, seed, texts.report);
        compare_steps(texts.steps, &events.steps, facts.begun_ms);
    }
}

static void what_is_read_is_what_was_seen(void **state)
{
    const char *seeds = getenv("EVENTS_SEEDS");

    (void)state;
    compare_worlds(seeds ? strtoull(seeds, NULL, 10) : SEEDS);
    for (int i = 0; i < INVARIANT_SAME_BYTES; i++)
        assert_true(judged[i][INVARIANT_HOLDS] > 0);
}

struct mutant {
    const char *name;
    const char *invariant; /* that its reports must break; NULL: none that a report can */
};

static const struct mutant mutants[] = {
    {"swapped_stops", "order-kept"},
    {"parallel_stops", "order-kept"},
    {"stop_missing", "no-service-left"},
    {"no_kill", "no-service-left"},
    {"sleep_between", "no-needless-wait"},
    {"drain_again", "degradation-said-once"},
    {"raises", "policy-returns"},
    {"sleep_not_wait", NULL},
    {"fixed_stops", NULL},
    {"no_drain", NULL},
    {"no_wait", NULL},
    {"short_wait", NULL},
    {"kill_at_once", NULL},
};

enum { MUTANTS_COUNT = sizeof mutants / sizeof *mutants };

static void what_is_read_of_a_mutant_is_what_was_seen(void **state)
{
    const struct mutant *mutant = *state;

    memset(judged, 0, sizeof judged);
    assert_int_equal(create(read_mutant(mutant->name)), 0);
    compare_worlds(SEEDS_OF_A_MUTANT);
    for (int i = 0; i < INVARIANTS && mutant->invariant; i++)
        if (strcmp(invariants[i].name, mutant->invariant) == 0)
            assert_true(judged[i][INVARIANT_BROKEN] > 0);
}

int main(void)
{
    struct CMUnitTest tests[1 + MUTANTS_COUNT] = {
        cmocka_unit_test_setup_teardown(what_is_read_is_what_was_seen, setup, teardown),
    };

    for (int i = 0; i < MUTANTS_COUNT; i++)
        tests[1 + i] = (struct CMUnitTest){
            .name = mutants[i].name,
            .test_func = what_is_read_of_a_mutant_is_what_was_seen,
            .teardown_func = teardown,
            .initial_state = (void *)&mutants[i],
        };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
