/* Clients of the simulated world that come by chance. */
#include "sim_fixture.h"

enum { SECONDS = 400 };

/* New connections of each second, after the first one. */
struct bins {
    double mean;
    double variance;
};

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

static void assert_between(double value, double least, double most)
{
    if (value < least || value > most)
        fail_msg("%g is not between %g and %g", value, least, most);
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
        TEST(one_shots_that_come_by_chance_vary_as_much_as_they_are_many),
        TEST(else_they_come_evenly),
        TEST(requests_on_kept_connections_come_by_chance_too),
        TEST(clients_who_are_late_do_not_wait_for_chance),
        TEST(another_seed_is_another_chance),
        TEST(looking_does_not_change_what_comes_by_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
