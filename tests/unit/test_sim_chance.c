/* Clients of the simulated world that come by chance. */
#include <math.h>

#include "sim/chance.h"
#include "sim_fixture.h"

enum { SECONDS = 400, DRAWS = 400000, WHOLE = 1000000 };

/* New connections of each second, after the first one. */
struct bins {
    double mean;
    double variance;
};

static void assert_between(double value, double least, double most)
{
    if (value < least || value > most)
        fail_msg("%g is not between %g and %g", value, least, most);
}

static void make_served(struct sim_traffic traffic)
{
    static struct sim_config kept; /* sim_create wants it until sim_destroy */

    kept = (struct sim_config){
        .services = {{.name = "router", .address = SOCKET, .admin = ADMIN, .traffic = traffic}},
    };
    make(&kept);
    start(ROUTER, "router");
}

static struct bins count(const char *what, struct sim_traffic traffic)
{
    struct bins bins = {0};
    int64_t last;

    make_served(traffic);
    run_until(5000);
    last = stat_value(what);
    for (int i = 1; i <= SECONDS; i++) {
        int64_t now, came;

        run_until(5000 + i * 1000);
        now = stat_value(what);
        came = now - last;
        last = now;
        bins.mean += (double)came / SECONDS;
        bins.variance += (double)(came * came) / SECONDS;
    }
    bins.variance -= bins.mean * bins.mean;
    return bins;
}

struct drawn {
    double mean;
    double variance;
};

static struct drawn drawn_of(double sum, double squares)
{
    double mean = sum / DRAWS;

    return (struct drawn){mean, squares / DRAWS - mean * mean};
}

static void the_time_between_two_is_exponentially_distributed(void **state)
{
    struct chance chance = chance_init(1);
    double sum = 0, squares = 0, longer[8] = {0};
    struct drawn drawn;

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        double time = (double)chance_exponential(&chance) / WHOLE;

        sum += time;
        squares += time * time;
        for (int whole = 0; whole < 8; whole++)
            longer[whole] += time > whole;
    }
    drawn = drawn_of(sum, squares);

    assert_between(drawn.mean, 0.994, 1.006); /* four standard deviations */
    assert_between(drawn.variance, 0.98, 1.02);
    for (int whole = 0; whole < 8; whole++)
        assert_between(longer[whole] / DRAWS, exp(-whole) - 4 * sqrt(exp(-whole) / DRAWS),
                       exp(-whole) + 4 * sqrt(exp(-whole) / DRAWS));
}

static void it_is_the_logarithm_of_what_is_drawn(void **state)
{
    struct chance chance = chance_init(2);

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        struct random same = chance.random;
        double exact = -log(ldexp((double)random_next(&same), -64));

        assert_between((double)chance_exponential(&chance) / WHOLE, exact - 2e-6, exact + 4e-5);
    }
}

/* Of so many in the mean, owed at once. The first is there in any case. */
static struct drawn taken_at_once(int mean)
{
    struct chance chance = chance_init(3);
    double sum = 0, squares = 0;

    for (int i = 0; i < DRAWS; i++) {
        int64_t owed = (int64_t)WHOLE * (1 + mean);
        double others = (double)chance_take(&chance, &owed, INT64_MAX) - 1;

        assert_true(owed < WHOLE && others >= 0);
        sum += others;
        squares += others * others;
    }
    return drawn_of(sum, squares);
}

static void as_many_come_at_once_as_one_after_the_other(void **state)
{
    static const int means[] = {5, 31, 32, 33, 100, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(means) / sizeof(*means); i++) {
        struct drawn drawn = taken_at_once(means[i]);
        double off = 4 * sqrt((double)means[i] / DRAWS);

        assert_between(drawn.mean, means[i] - off, means[i] + off);
        assert_between(drawn.variance / means[i], 0.98, 1.02);
    }
}

static void no_more_come_than_wait_and_the_next_comes_at_once(void **state)
{
    struct chance chance = chance_init(4);

    (void)state;
    for (int i = 0; i < 100; i++) {
        int64_t owed = 100 * (int64_t)WHOLE;

        assert_int_equal(chance_take(&chance, &owed, 40), 40);
        assert_int_equal(owed, WHOLE - 1);
        assert_int_equal(chance_take(&chance, &owed, 0), 0);
    }
}

static void one_shots_that_come_by_chance_vary_as_much_as_they_are_many(void **state)
{
    struct bins bins = count("ingress.downstream_cx_http1_total",
                             (struct sim_traffic){.one_shots_per_second = 5, .chance = 1});

    (void)state;
    assert_between(bins.mean, 4.6, 5.4);
    assert_between(bins.variance, 3.8, 6.2); /* of Poisson numbers: the mean */
}

static void else_they_come_evenly(void **state)
{
    struct bins bins = count("ingress.downstream_cx_http1_total",
                             (struct sim_traffic){.one_shots_per_second = 5});

    (void)state;
    assert_between(bins.mean, 4.99, 5.01);
    assert_between(bins.variance, -0.01, 0.1); /* but for rounding */
}

static void requests_on_kept_connections_come_by_chance_too(void **state)
{
    struct bins bins = count("ingress.downstream_rq_total",
                             (struct sim_traffic){.connections = 20, .requests_per_second = 1,
                                                  .request_ms = 20, .chance = 1});

    (void)state;
    assert_between(bins.mean, 19.2, 20.8);
    assert_between(bins.variance, 15, 25);
}

static void clients_who_are_late_do_not_wait_for_chance(void **state)
{
    struct bins bins = count("ingress.downstream_rq_total",
                             (struct sim_traffic){.connections = 20, .requests_per_second = 0.9,
                                                  .request_ms = 1000, .chance = 1});

    (void)state;
    assert_between(bins.mean, 17.2, 18.8);
}

static int64_t came_until(int64_t at_ms, int chance)
{
    make_served((struct sim_traffic){.one_shots_per_second = 100, .chance = chance});
    run_until(at_ms);
    return stat_value("ingress.downstream_cx_http1_total");
}

static void another_seed_is_another_chance(void **state)
{
    int64_t one = came_until(10000, 1), again, other;

    (void)state;
    sim_destroy(fixture.world);
    again = came_until(10000, 1);
    sim_destroy(fixture.world);
    other = came_until(10000, 2);

    assert_int_equal(one, again);
    assert_int_not_equal(one, other);
}

static void looking_does_not_change_what_comes_by_chance(void **state)
{
    int64_t unseen = came_until(10000, 3);

    (void)state;
    sim_destroy(fixture.world);
    make_served((struct sim_traffic){.one_shots_per_second = 100, .chance = 3});
    for (int64_t at_ms = 3; at_ms < 10000; at_ms += 7) {
        run_until(at_ms);
        stat_value("ingress.downstream_cx_http1_total");
    }
    run_until(10000);

    assert_int_equal(stat_value("ingress.downstream_cx_http1_total"), unseen);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_time_between_two_is_exponentially_distributed),
        TEST(it_is_the_logarithm_of_what_is_drawn),
        TEST(as_many_come_at_once_as_one_after_the_other),
        TEST(no_more_come_than_wait_and_the_next_comes_at_once),
        TEST(one_shots_that_come_by_chance_vary_as_much_as_they_are_many),
        TEST(else_they_come_evenly),
        TEST(requests_on_kept_connections_come_by_chance_too),
        TEST(clients_who_are_late_do_not_wait_for_chance),
        TEST(another_seed_is_another_chance),
        TEST(looking_does_not_change_what_comes_by_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
