/* What wait_idle reckons with, alone: ../../src/idle. Its figures against plain ones, worked out
 * the slow way. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "idle/idle.h"
#include "idle/news.h"

#define TEST(name) cmocka_unit_test(name)

static void assert_near(double found, double expected, double part)
{
    if (!(fabs(found - expected) <= part * fabs(expected)))
        fail_msg("%g is not %g", found, expected);
}

/* E(t) of evidence.h where nobody was told and nobody came: by ten thousand small steps. */
static double plain_failures(double rate, double proof, double m, double t)
{
    enum { STEPS = 10000, LONG = 1000 };
    double n = exp(-proof * t) / (1 + pow(t / m, 3)), w = 0, stay = 0;

    for (int i = 0; i < STEPS; i++) {
        double u = (i + 0.5) * t / STEPS, x = pow(u / m, 3);

        w += 3 * x / u / pow(1 + x, 2) * exp(-proof * u) * t / STEPS;
    }
    for (int i = 0; i < STEPS * 10; i++) {
        double u = t + (i + 0.5) * LONG / (STEPS * 10);

        stay += 1 / (1 + pow(u / m, 3)) * LONG / (STEPS * 10);
    }
    stay *= 1 + pow(t / m, 3);
    return n / (n + w) * rate * stay;
}

static void the_expected_failures_are_what_the_formula_says(void **state)
{
    static const double rates[] = {0.1, 2, 50}, times[] = {0.3, 1, 2.5};

    (void)state;
    for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++)
        for (size_t j = 0; j < sizeof(times) / sizeof(*times); j++) {
            struct evidence evidence = evidence_begin(rates[i], 0.7 * rates[i], 0, 1.5);
            double plain = plain_failures(rates[i], 0.7 * rates[i], 1.5, times[j]);

            if (plain > 1e-6) /* else it does not matter */
                assert_near(evidence_failures(&evidence, times[j]), plain, 0.01);
        }
}

static void looking_often_changes_nothing(void **state)
{
    struct evidence seldom = evidence_begin(2, 1.5, 0, 1.5), often = seldom;

    (void)state;
    for (int ms = 100; ms <= 3000; ms += 100)
        evidence_on_nobody(&often, ms / 1000.0);

    assert_near(evidence_failures(&often, 3), evidence_failures(&seldom, 3), 0.01);
}

static void thousands_a_second_prove_within_a_moment_that_routing_has_moved(void **state)
{
    struct evidence evidence = evidence_begin(4000, 3000, 0, 1.5);

    (void)state;
    evidence_on_connections(&evidence, 1, 100);

    assert_true(evidence_failures(&evidence, 1) > 1000);
    assert_true(evidence_failures(&evidence, 1.01) < 0.02);
}

static void the_least_silence_is_hardly_too_long(void **state)
{
    (void)state;
    for (double rate = 0.1; rate < 30; rate *= 3) {
        struct evidence evidence = evidence_begin(rate, 0.7 * rate, 0, 1.5);
        double least = evidence_least_silence(&evidence, 0.5, 0.02);

        assert_true(least > 0);
        assert_true(evidence_failures(&evidence, 0.5 + 0.9 * least) > 0.02);
    }
}

static void who_is_silent_for_long_loses_nothing_at_the_exit(void **state)
{
    double quiet = evidence_exit_silence(10, 2, 0.02);

    (void)state;
    assert_near(evidence_lost_at_exit(10, 2, quiet), 0.02, 1e-9);
    assert_true(evidence_lost_at_exit(10, INFINITY, 0.1) > evidence_lost_at_exit(10, 2, 0.1));
    assert_true(evidence_lost_at_exit(0, 2, 0) == 0);
    assert_true(evidence_lost_at_exit(1000, 2, 5) == 0);
}

static struct counts counts(double requests, double connections, double open)
{
    return (struct counts){
        .known = COUNTS_REQUESTS | COUNTS_CONNECTIONS | COUNTS_OPEN,
        .requests = requests, .connections = connections, .open = open,
    };
}

static void a_minute_is_remembered(void **state)
{
    struct history history = {0};
    struct counts reading;

    (void)state;
    for (int second = 0; second <= 100; second++) {
        reading = counts(20 * second, second < 40 ? 10 * second : 400, 5);
        arrivals_record(&history, second, &reading);
    }

    assert_int_equal(history.count, HISTORY_SECONDS);
    assert_true(arrivals_rate(&history, 400).mean == 0);
    assert_near(arrivals_use(&history), 4, 0.01);
}

static void a_counter_that_falls_is_a_new_beginning(void **state)
{
    struct history history = {0};
    struct counts before = counts(0, 100, 0), after = counts(0, 3, 0);

    (void)state;
    arrivals_record(&history, 1, &before);
    arrivals_record(&history, 2, &after);

    assert_int_equal(history.count, 0);
    assert_true(isinf(arrivals_use(&history)));
}

/* A wait of 10 s of which nothing was known before. */
static struct idle a_wait(struct idle_options options)
{
    struct history history = {0};
    struct idle_time time = {.free = 20};
    struct idle idle;

    options.timeout = 10;
    options.tolerance = 0.02;
    options.below = 1;
    options.routing = 1.5;
    options.unready_after = options.unready_after > 0 ? options.unready_after : INFINITY;
    idle_begin(&idle, &options, &history, &time);
    return idle;
}

/* Looks all the time, always with these counts; the verdict that ends it, and when. */
static enum idle_verdict watch(struct idle *idle, const struct counts *seen, double *now)
{
    struct idle_time time = {.now = *now, .elapsed = *now, .free = 20 - *now};
    struct idle_look look = {.begun = *now, .drained = true};
    enum idle_verdict verdict;
    double seconds;

    for (int looks = 0; looks < 1000; looks++) {
        look.begun = time.now;
        idle_note(idle, &look, seen, &time);
        verdict = idle_conclude(idle, &time, &seconds);
        if (verdict != IDLE_WAIT)
            break;
        assert_true(seconds >= 0.001);
        time.now = time.elapsed = time.now + seconds;
        time.free = 20 - time.now;
    }
    *now = time.now;
    return verdict;
}

static void nobody_there_is_left_when_that_is_certain(void **state)
{
    struct idle idle = a_wait((struct idle_options){0});
    struct counts nobody = counts(0, 0, 0);
    double now = 0;

    (void)state;
    assert_int_equal(watch(&idle, &nobody, &now), IDLE_LEAVE);
    assert_true(now >= 0.25 && now < 0.5);
}

static void somebody_inside_keeps_it_until_its_time_is_up(void **state)
{
    struct idle idle = a_wait((struct idle_options){0});
    struct counts somebody = counts(1, 1, 1);
    double now = 0;

    (void)state;
    somebody.active = 1;
    assert_int_equal(watch(&idle, &somebody, &now), IDLE_TIMEOUT);
    assert_near(now, 10, 0.001);
}

static void streams_keep_it_for_as_long_as_they_may(void **state)
{
    struct idle idle = a_wait((struct idle_options){.streams = 4});
    struct counts streams = counts(1, 1, 1);
    double now = 0;

    (void)state;
    streams.known |= COUNTS_STREAMS;
    streams.streams = 1;
    assert_int_equal(watch(&idle, &streams, &now), IDLE_LEAVE);
    assert_true(now >= 4 && now < 4.3);
}

static void a_door_that_is_closed_needs_a_moment_only(void **state)
{
    struct idle idle = a_wait((struct idle_options){0});
    struct counts nobody = {.active = 0};
    double now = 0, closed;

    (void)state;
    assert_int_equal(watch(&idle, &nobody, &now), IDLE_LEAVE);
    assert_true(now >= 3 && now < 3.2); /* twice routing: connections are not counted */
    closed = now;
    idle_on_door_closed(&idle);
    nobody.active = 1;
    idle_note(&idle, &(struct idle_look){.begun = now}, &nobody,
              &(struct idle_time){.now = now, .elapsed = now, .free = 10});
    nobody.active = 0;
    assert_int_equal(watch(&idle, &nobody, &now), IDLE_LEAVE);
    assert_true(now - closed >= 0.25 && now - closed < 0.5);
}

static void looks_that_fail_are_repeated_less_and_less_often(void **state)
{
    struct idle idle = a_wait((struct idle_options){0});
    struct idle_time time = {.now = 1, .elapsed = 1, .free = 19};
    double pauses[8];

    (void)state;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(idle_note_failure(&idle), i + 1);
        assert_int_equal(idle_conclude(&idle, &time, &pauses[i]), IDLE_WAIT);
    }
    assert_near(pauses[0], 0.1, 1e-9);
    assert_near(pauses[1], 0.1, 1e-9);
    assert_near(pauses[7], 0.5, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_expected_failures_are_what_the_formula_says),
        TEST(looking_often_changes_nothing),
        TEST(thousands_a_second_prove_within_a_moment_that_routing_has_moved),
        TEST(the_least_silence_is_hardly_too_long),
        TEST(who_is_silent_for_long_loses_nothing_at_the_exit),
        TEST(a_minute_is_remembered),
        TEST(a_counter_that_falls_is_a_new_beginning),
        TEST(nobody_there_is_left_when_that_is_certain),
        TEST(somebody_inside_keeps_it_until_its_time_is_up),
        TEST(streams_keep_it_for_as_long_as_they_may),
        TEST(a_door_that_is_closed_needs_a_moment_only),
        TEST(looks_that_fail_are_repeated_less_and_less_often),
    };

    return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
