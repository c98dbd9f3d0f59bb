/* How often new connections are said to come, after so many of them in each second of serving:
 * a driver written by hand says what the counters are. */
#include "engine_fixture.h"

struct serving {
    const char *name;         /* a sentence */
    const char *bins;         /* Lua: new connections in each second */
    const char *rate;         /* in the output */
    double least_s, most_s;   /* which wait_idle then takes, when nobody comes any more */
};

/* The counter grows by a bin with each reading, then no more. */
static const char services[] =
    "local bins, connections, reading = %s, 0, 0\n"
    "service 'web' { command = { 'web' }, drain = {\n"
    "  drain = function() return true end,\n"
    "  in_flight = function()\n"
    "    connections = connections + (bins[reading] or 0)\n"
    "    reading = reading + 1\n"
    "    return { active = 0, requests = connections, connections = connections }\n"
    "  end,\n"
    "} }\n";

/* The last reading is that of the shutdown itself. */
static int64_t seconds_of(const char *bins)
{
    int64_t seconds = 0;

    for (const char *at = bins; *at; at++)
        seconds += *at == ',';
    return seconds;
}

static void serving_run(void **state)
{
    const struct serving *serving = *state;
    char text[2048];
    double took;

    life_setup(NULL);
    snprintf(text, sizeof(text), services, serving->bins);
    life.services = text;
    life.world = (struct sim_config){.services = {{.name = "web", .exit_ms = 1}}};
    life.world.steps[0] = (struct sim_step){seconds_of(serving->bins) * 1000 + 500, SIM_SIGNAL,
                                            .number = SIGTERM};
    life.policy = "drain('web') wait_idle('web') stop('web')";

    life_run();

    took = (double)life.result.elapsed_ms / 1000;
    expect_output(serving->rate);
    if (took < serving->least_s || took > serving->most_s)
        fail_msg("%.3f s\n%s", took, life.output);
}

/* Each list ends with a comma. */
static const struct serving servings[] = {
    {"nobody_comes", "{0,0,0,0,0,0,0,0,}", "(0.0 new", 1, 1.2},
    {"as_many_each_second", "{5,5,5,5,5,5,5,5,5,5,5,5,}", "(5.0 new", 1.5, 3.5},
    {"few_in_many_seconds", "{0,0,1,0,0,0,0,1,0,0,0,0,0,1,0,0,0,1,0,0,}", "(0.2 new", 2, 5},
    {"the_clients_that_waited_for_the_start_do_not_count", "{190,2,0,0,0,0,}", "(0.0 new", 1, 1.2},
    {"the_clients_of_a_neighbour_that_drained_do_not_count", "{0,0,0,0,84,14,2,0,}", "(0.0 new", 1,
     1.2},
    {"nor_do_both_together", "{95,0,0,0,0,90,12,0,0,}", "(0.0 new", 1, 1.2},
    {"nor_when_most_of_the_time_was_burst", "{0,2,600,220,80,30,11,4,1,0,}", "(0.0 new", 1, 1.2},
    {"others_count_besides_a_burst", "{5,4,6,5,90,24,5,6,4,5,5,}", "(5.0 new", 1.5, 3.5},
    {"many_bursts_are_how_people_come", "{0,20,0,0,0,20,0,0,0,20,0,0,0,20,0,0,}", "(5.0 new", 4,
     8},
    {"the_first_second_proves_little", "{190,}", "(1.0 new", 2, 4},
};

int main(void)
{
    enum { COUNT = sizeof(servings) / sizeof(*servings) };
    struct CMUnitTest tests[COUNT];

    for (int i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){
            .name = servings[i].name,
            .test_func = serving_run,
            .teardown_func = life_teardown,
            .initial_state = (void *)(uintptr_t)&servings[i],
        };
    return _cmocka_run_group_tests("arrivals", tests, COUNT, NULL, NULL);
}
