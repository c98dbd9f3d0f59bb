/* The least wait: how long wait_idle stays at so many new connections a second, when routing moves
 * away so late. The figures were measured before ../../src/idle was written, with a tolerance of
 * 0.02 and a routing of 1.5 s; the minimum is 0 here. */
#include "engine_fixture.h"

enum { SERVED_MS = 120 * 1000 };

struct wait {
    const char *name;
    double rate;        /* new connections a second */
    int64_t routing_ms; /* after which nobody comes any more */
    double least_s;
    double most_s;
    int64_t answer_ms;  /* that a look takes, so that it looks the more seldom; 0: 1 */
};

static void wait_run(void **state)
{
    const struct wait *wait = *state;
    double took;
    life_setup(NULL);
    service("web")->traffic = (struct sim_traffic){
        .one_shots_per_second = wait->rate, .request_ms = 5, .routing_ms = wait->routing_ms};
    service("web")->answer_ms = wait->answer_ms;
    life.world.steps[0] = (struct sim_step){SERVED_MS, SIM_SIGNAL, .number = SIGTERM};
    life.policy = "drain('web') wait_idle('web', { timeout = 60, min = 0 }) log('left')"
                  " stop('web')";
    life.grace_ms = 60000;

    life_run();

    took = (double)life.result.elapsed_ms / 1000;
    if (took < wait->least_s || took > wait->most_s)
        fail_msg("%s: %.3f s\n%s", wait->name, took, life.output);
    if (wait->rate < 0.1 || wait->rate > 1)
        assert_int_equal(life.sim.requests_refused, 0);
    assert_int_equal(life.sim.requests_cut, 0);
}

/* Between half and twice the mean that was measured, and never before routing has moved where
 * enough new connections show it. */
static const struct wait waits[] = {
    {"nobody, gone after 0.2 s", 0, 200, 0.2, 1.2, 0},
    {"nobody, gone after 20 s", 0, 20000, 0.2, 1.2, 0},
    {"0.17 a second, gone after 0.2 s", 0.17, 200, 1.6, 6.6, 0},
    {"0.17 a second, gone after 1 s", 0.17, 1000, 1.6, 6.4, 0},
    {"0.17 a second, gone after 2 s", 0.17, 2000, 1.7, 7.0, 0},
    {"0.17 a second, gone after 6 s", 0.17, 6000, 2.4, 12, 0},
    {"0.5 a second, gone after 0.2 s", 0.5, 200, 2.0, 8.2, 0},
    {"0.5 a second, gone after 1 s", 0.5, 1000, 2.1, 8.4, 0},
    {"0.5 a second, gone after 2 s", 0.5, 2000, 2.3, 9.2, 0},
    {"0.5 a second, gone after 6 s", 0.5, 6000, 4.5, 18, 0},
    {"1.7 a second, gone after 0.2 s", 1.7, 200, 1.7, 7.0, 0},
    {"1.7 a second, gone after 1 s", 1.7, 1000, 1.8, 7.2, 0},
    {"1.7 a second, gone after 2 s", 1.7, 2000, 2.2, 8.8, 0},
    {"1.7 a second, gone after 6 s", 1.7, 6000, 6.0, 16, 0},
    {"1.7 a second, gone after 20 s", 1.7, 20000, 20, 40, 0},
    {"5 a second, gone after 0.2 s", 5, 200, 1.1, 4.6, 0},
    {"5 a second, gone after 1 s", 5, 1000, 1.3, 5.2, 0},
    {"5 a second, gone after 2 s", 5, 2000, 2.0, 6.0, 0},
    {"5 a second, gone after 6 s", 5, 6000, 6.0, 12, 0},
    {"5 a second, gone after 20 s", 5, 20000, 20, 32, 0},
    {"17 a second, gone after 0.2 s", 17, 200, 0.6, 2.4, 0},
    {"17 a second, gone after 1 s", 17, 1000, 1.0, 3.4, 0},
    {"17 a second, gone after 2 s", 17, 2000, 2.0, 5.0, 0},
    {"17 a second, gone after 6 s", 17, 6000, 6.0, 10, 0},
    {"17 a second, gone after 20 s", 17, 20000, 20, 26, 0},
    {"170 a second, gone after 0.2 s", 170, 200, 0.2, 1.2, 0},
    {"170 a second, gone after 1 s", 170, 1000, 1.0, 2.4, 0},
    {"170 a second, gone after 2 s", 170, 2000, 2.0, 3.4, 0},
    {"170 a second, gone after 6 s", 170, 6000, 6.0, 8, 0},
    {"170 a second, gone after 20 s", 170, 20000, 20, 23, 0},
    {"5 a second, gone after 6 s, looked at every 7 s", 5, 6000, 6.0, 12, 70},
};

static int waits_run_group(void)
{
    enum { COUNT = sizeof(waits) / sizeof(*waits) };
    struct CMUnitTest tests[COUNT];

    for (int i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = waits[i].name,
            .test_func = wait_run,
            .teardown_func = life_teardown,
            .initial_state = (void *)(uintptr_t)&waits[i],
        };
    return _cmocka_run_group_tests("least wait", tests, COUNT, NULL, NULL);
}

static void a_busy_gateway(void)
{
    service("web")->traffic = (struct sim_traffic){
        .one_shots_per_second = 5, .request_ms = 5, .routing_ms = 2000};
    life.world.steps[0] = (struct sim_step){SERVED_MS, SIM_SIGNAL, .number = SIGTERM};
}

static int64_t waited_ms(const char *policy)
{
    int64_t took_ms;

    life_setup(NULL);
    a_busy_gateway();
    life.policy = policy;
    life_run();
    took_ms = life.result.elapsed_ms;
    life_teardown(NULL);
    return took_ms;
}

static void a_lower_tolerance_waits_longer(void **state)
{
    (void)state;
    int64_t usual_ms = waited_ms("drain('web') wait_idle('web')");
    int64_t careful_ms = waited_ms("drain('web') wait_idle('web', { tolerance = 0.001 })");
    int64_t careless_ms = waited_ms("drain('web') wait_idle('web', { tolerance = 1 })");

    assert_true(careless_ms < usual_ms);
    assert_true(usual_ms < careful_ms);
}

static void slower_routing_waits_longer(void **state)
{
    (void)state;
    int64_t usual_ms = waited_ms("drain('web') wait_idle('web')");
    int64_t slow_ms = waited_ms("drain('web') wait_idle('web', { routing = 10 })");

    assert_true(usual_ms < slow_ms);
}

static void a_burst_of_another_replicas_drain_does_not_count(void **state)
{
    (void)state;
    a_busy_gateway();
    service("web")->traffic = (struct sim_traffic){
        .connections = 200, .requests_per_second = 1, .request_ms = 5, .routing_ms = 1000};
    life.policy = "drain('web') wait_idle('web')";

    life_run();

    expect_output("(0.0 new connections/s before)");
}

/* How long wait_idle stays with such a pool of kept connections, and nobody else. */
static int64_t waited_for_pool_ms(int connections, double rate, int64_t routing_ms)
{
    int64_t took_ms;

    life_setup(NULL);
    a_busy_gateway();
    service("web")->traffic = (struct sim_traffic){.connections = connections,
        .requests_per_second = rate, .request_ms = 5, .routing_ms = routing_ms};
    life.policy = "drain('web') wait_idle('web', { min = 0 }) stop('web')";
    life_run();
    assert_int_equal(life.sim.requests_cut + life.sim.requests_refused, 0);
    took_ms = life.result.elapsed_ms;
    life_teardown(NULL);
    return took_ms;
}

static void who_was_told_may_come_back_while_routing_leads_here(void **state)
{
    (void)state;
    int64_t brisk_ms = waited_for_pool_ms(40, 20, 10000);
    int64_t slow_ms = waited_for_pool_ms(40, 2, 10000);

    assert_true(brisk_ms < 1500);
    assert_true(slow_ms > 2500); /* the last two of them come half a second apart, at least */
}

static void a_pool_that_does_not_come_back_proves_that_routing_has_moved(void **state)
{
    (void)state;
    int64_t moved_ms = waited_for_pool_ms(1000, 5, 200);
    int64_t stays_ms = waited_for_pool_ms(1000, 5, 10000);

    assert_true(moved_ms + 500 < stays_ms);
}

static void a_long_sleep_before_does_not_use_up_the_budget(void **state)
{
    (void)state;
    a_busy_gateway();
    life.grace_ms = 24 * 3600 * 1000;
    life.policy = "sleep(20 * 3600) drain('web') log(wait_idle('web'))";

    life_run();

    expect_output("log       true ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lower_tolerance_waits_longer),
        TEST(slower_routing_waits_longer),
        TEST(a_burst_of_another_replicas_drain_does_not_count),
        TEST(who_was_told_may_come_back_while_routing_leads_here),
        TEST(a_pool_that_does_not_come_back_proves_that_routing_has_moved),
        TEST(a_long_sleep_before_does_not_use_up_the_budget),
    };

    return waits_run_group() + cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
