/* Strides of the simulated clients come to what single milliseconds do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/clients.h"

enum { DRAIN_MS = 3000, EXIT_MS = 4500, END_MS = 7000 };

/* One service: drained after 3 s, gone after 4.5 s; routing moves a second after the drain. */
struct life {
    struct sim_service service;
    struct envoy envoy;
    struct traffic traffic;
};

static void life_begin(struct life *life, const struct sim_traffic *clients, bool strides)
{
    *life = (struct life){
        .service = {.name = "router", .traffic = *clients},
        .envoy = {.closed_ms = NEVER_MS, .idle_closed_ms = NEVER_MS, .drain_time_s = 600},
    };
    life->service.traffic.routing_ms = 1000;
    assert_int_equal(traffic_init(&life->traffic, &life->service), 0);
    if (!strides)
        life->traffic.stride_ms = 0;
    traffic_begin(&life->traffic, &life->envoy, 0);
}

static void life_drain(struct life *life)
{
    traffic_on_signal(&life->traffic, DRAIN_MS);
    life->envoy.draining = life->envoy.tells_all = true;
    life->envoy.draining_ms = DRAIN_MS;
}

static struct traffic lived(const struct sim_traffic *clients, bool strides)
{
    struct life life;
    struct traffic traffic;

    life_begin(&life, clients, strides);
    life_drain(&life);
    traffic_on_exit(&life.traffic, EXIT_MS);
    traffic_advance(&life.traffic, END_MS);
    traffic = life.traffic;
    traffic_close(&life.traffic);
    return traffic;
}

/* Within 1 %, or those who come in a millisecond or two. */
static void assert_near(int64_t one, int64_t other)
{
    assert_in_range(llabs(one - other), 0, one / 100 + 12);
}

static void assert_same_life(struct sim_traffic clients)
{
    struct traffic single = lived(&clients, false), strides = lived(&clients, true);

    assert_near(single.requests, strides.requests);
    assert_near(single.connections, strides.connections);
    assert_near(single.closes, strides.closes);
    assert_near(single.requests_cut, strides.requests_cut);
    assert_near(single.idle_cut, strides.idle_cut);
    assert_near(single.requests_refused, strides.requests_refused);
    assert_near(single.requests_blind, strides.requests_blind);
}

static void strides_come_to_the_same_whatever_the_clients_do(void **state)
{
    static const struct sim_traffic habits[] = {
        {.replicas = 3}, {.http2 = true}, {.pinned = true}, {.pinned = true, .http2 = true},
        {.ignores_close = true}, {.one_shots_per_second = 40}, {.blind_ms = 2000},
        {.skips_late = true}, {.burst = 500, .burst_ms = 2000},
        {.http2 = true, .backoff_ms = 1000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++) {
        struct sim_traffic clients = habits[i];

        clients.connections = 1000;
        clients.requests_per_second = 8;
        clients.request_ms = 20;
        assert_same_life(clients);
    }
}

/* From shorter than a stride to longer than the time between two requests. */
static void strides_come_to_the_same_however_long_a_request_takes(void **state)
{
    static const int64_t request_ms[] = {1, 5, 33, 150, 400};

    (void)state;
    for (size_t i = 0; i < sizeof(request_ms) / sizeof(*request_ms); i++)
        assert_same_life((struct sim_traffic){.connections = 500, .requests_per_second = 5,
                                              .request_ms = request_ms[i]});
}

static void in_strides_as_many_are_left_of_those_who_leave(void **state)
{
    (void)state;
    assert_same_life((struct sim_traffic){.connections = 20000, .requests_per_second = 1,
                                          .request_ms = 20});
}

static void nobody_comes_after_routing_has_moved_even_in_a_stride(void **state)
{
    struct sim_traffic clients = {.one_shots_per_second = 5000, .request_ms = 20};
    struct life life;

    (void)state;
    life_begin(&life, &clients, true);
    assert_true(life.traffic.stride_ms > 1);
    life_drain(&life);
    traffic_advance(&life.traffic, EXIT_MS);

    assert_int_equal(life.traffic.arrived_ms, DRAIN_MS + 1000 - 1);
    assert_in_range(life.traffic.requests, 5 * 3998, 5 * 4000);
    traffic_close(&life.traffic);
}

static void who_looks_sees_what_was_at_most_a_stride_ago(void **state)
{
    struct sim_traffic clients = {.one_shots_per_second = 5000, .request_ms = 20};
    struct life life;

    (void)state;
    life_begin(&life, &clients, true);
    for (int64_t at_ms = 7; at_ms < DRAIN_MS; at_ms += 7) {
        int64_t missing = 5 * at_ms - traffic_stats(&life.traffic, at_ms).requests;

        assert_in_range(missing, 0, 5 * (life.traffic.stride_ms - 1));
    }
    traffic_close(&life.traffic);
}

static void answers_come_evenly_and_in_time(void **state)
{
    struct answers answers;
    int kept = 0;

    (void)state;
    assert_int_equal(answers_init(&answers, 100), 0);
    answers_add(&answers, 100, 112, (struct answer_count){3, 1});
    answers_add(&answers, 112, 113, (struct answer_count){1, 0});

    for (int64_t at_ms = 101; at_ms <= 113; at_ms++) {
        bool due = answers_next_ms(&answers) == at_ms;
        struct answer_count taken = answers_take(&answers, at_ms);

        assert_int_equal(due, taken.kept + taken.once > 0);
        assert_in_range(taken.kept, 0, 1);
        assert_int_equal(taken.once, at_ms == 106);
        kept += taken.kept;
    }
    assert_int_equal(kept, 4);
    assert_true(answers_next_ms(&answers) == NEVER_MS);
    answers_close(&answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strides_come_to_the_same_whatever_the_clients_do),
        cmocka_unit_test(strides_come_to_the_same_however_long_a_request_takes),
        cmocka_unit_test(in_strides_as_many_are_left_of_those_who_leave),
        cmocka_unit_test(nobody_comes_after_routing_has_moved_even_in_a_stride),
        cmocka_unit_test(who_looks_sees_what_was_at_most_a_stride_ago),
        cmocka_unit_test(answers_come_evenly_and_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
