/* One life of lastcall in the simulated world: a world, a services.lua and a policy in, what was
 * said and done out. As in commands/run.c, but that what a policy leaves is only killed. */
#ifndef LASTCALL_TEST_ENGINE_FIXTURE_H
#define LASTCALL_TEST_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "sim/sim.h"

enum { WORDS_MAX = 16, SIGNAL_MS = 1000, GATEWAY_MS = 90 * 1000 };

struct life {
    struct sim_config world;            /* without steps: SIGTERM after SIGNAL_MS */
    const char *services;               /* text of services.lua; at first: "db", then "web" */
    const char *policy;                 /* text of shutdown.lua; NULL: none */
    const char *fallback;               /* text of the policy to use instead; NULL: none */
    const char *environment[WORDS_MAX];
    const char *arguments[WORDS_MAX];
    int64_t grace_ms;                   /* at first 30 s */
    bool strict;
    struct policy_file policy_file;     /* path NULL: none, nothing is read again */

    int error;                          /* of engine_create or engine_start */
    struct engine_result result;        /* when error is 0, as all that follows */
    char reason[512];
    char left[512];
    struct sim_result sim;
    const char *output;                 /* these live until the test ends */
    const char *report;
    const char *history;
    char spawned[64 * 1024];            /* "name: word word" and "name NAME=value", a line each */

    struct engine *engine;
    struct engine_config config;
    struct source fallback_source;
    struct world *made;
};

/* The one that the test is about. */
extern struct life life;

int life_setup(void **state);
int life_teardown(void **state);

/* Makes it the gateway of policies/: with all three services and the default policy, asked to stop
 * after GATEWAY_MS. Returns the router, which has no clients. */
struct sim_service *life_gateway(void);

/* Runs it from the start to the end, once. */
void life_run(void);

/* The service that the world knows by this name, to be changed before the run. */
struct sim_service *service(const char *name);

/* Fails unless the text is there, and shows what is. */
void expect_text(const char *where, const char *text, bool there);

#define expect_output(text) expect_text(life.output, text, true)
#define expect_no_output(text) expect_text(life.output, text, false)
#define expect_spawned(text) expect_text(life.spawned, text, true)
#define expect_not_spawned(text) expect_text(life.spawned, text, false)
#define expect_history(text) expect_text(life.history, text, true)
#define expect_no_history(text) expect_text(life.history, text, false)

/* Fails unless the output has all of these, one after the other. */
void expect_order(const char *where, const char *const *texts);

#define expect_history_order(...) \
    expect_order(life.history, (const char *const[]){__VA_ARGS__, NULL})
#define expect_output_order(...) \
    expect_order(life.output, (const char *const[]){__VA_ARGS__, NULL})

/* A policy and what it is to log: most rules of primitives fit into a line. */
struct example {
    const char *name;     /* a sentence */
    const char *policy;
    const char *expected; /* in the output */
};

void example_run(void **state);

#define TEST(function) cmocka_unit_test_setup_teardown(function, life_setup, life_teardown)

/* Runs the examples of a table, as tests of their own. Returns how many failed. */
#define run_examples(group, table) \
    examples_run_group(group, table, sizeof(table) / sizeof(*(table)))
int examples_run_group(const char *group, const struct example *examples, size_t count);

#endif
