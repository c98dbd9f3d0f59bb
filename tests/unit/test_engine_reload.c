/* SIGHUP, in the simulated world: which policy a shutdown runs, and what is said. */
#include "engine_fixture.h"

#include <stdlib.h>

enum { HANGUP_MS = 500, CHECK_MS = 100, LONG_LINES = 300, RELOADS = 1000 };

static const char *const check_words[] = {"check", NULL};

/* The policy in use logs "old", its file has `text` by now; SIGHUP before the SIGTERM. */
static void file_has(const char *text)
{
    life.policy = "log('old')";
    life.policy_file = (struct policy_file){.path = "/shutdown.lua", .name = "shutdown.lua"};
    life.world.files[0] = (struct sim_file){"/shutdown.lua", text};
    life.world.steps[0] = (struct sim_step){HANGUP_MS, SIM_SIGNAL, .number = SIGHUP};
    life.world.steps[1] = (struct sim_step){SIGNAL_MS, SIM_SIGNAL, .number = SIGTERM};
}

/* It is tried by a process that ends with `code` after so long. */
static void check_ends(int code, const char *output, int64_t after_ms)
{
    life.policy_file.check_command = check_words;
    life.world.commands[0] = (struct sim_command){"check", code, output, after_ms};
}

static void the_new_policy_is_used(void **state)
{
    (void)state;
    file_has("log('new')");

    life_run();

    expect_output_order("reload    shutdown.lua is the policy from now on", "shutdown  SIGTERM",
                        "log       new");
    expect_no_output("log       old");
}

static void a_policy_that_passes_its_check_is_used(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(0, "", CHECK_MS);

    life_run();

    expect_output_order("shutdown.lua is the policy from now on, in 0.100 s", "log       new");
}

static void a_risky_policy_is_used_and_what_the_check_says_is_shown(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(2, "it is risky\n", CHECK_MS);

    life_run();

    expect_output_order("it is risky", "is the policy from now on", "log       new");
}

static void strict_rejects_a_risky_policy(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(2, "it is risky\n", CHECK_MS);
    life.strict = true;

    life_run();

    expect_output_order("it is risky",
                        "shutdown.lua is REJECTED, the one before stays: it is risky, which "
                        "--strict refuses", "log       old");
}

static void a_broken_policy_is_rejected(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(1, "it is broken\n", CHECK_MS);

    life_run();

    expect_output_order("is REJECTED, the one before stays: it is broken", "log       old");
}

static void a_check_that_hangs_rejects(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(0, "", NEVER_MS);
    life.world.steps[1].at_ms = 10000;

    life_run();

    expect_output_order("is REJECTED, the one before stays: it could not be tried: timeout",
                        "log       old");
}

static void what_does_not_compile_is_rejected_with_line_and_advice(void **state)
{
    (void)state;
    file_has("log('a')\nif true\n  log('b')\nend\n");
    check_ends(0, "", CHECK_MS);

    life_run();

    expect_output_order("shutdown.lua:2: 'then' is missing", "     2 | if true",
                        "shutdown.lua is REJECTED, the one before stays: line 2: 'then' is "
                        "missing after the condition of 'if'. Write: if true then",
                        "log       old");
    expect_not_spawned("check:");
}

static void what_is_rejected_names_the_policy_that_stays_where_it_is_another(void **state)
{
    (void)state;
    file_has("stopp('db')");
    life.policy = "stopp('web')";
    life.fallback = "log('fallback')";

    life_run();

    expect_output_order("shutdown.lua is REJECTED, fallback.lua stays: ", "log       fallback");
}

static void a_policy_that_was_rejected_at_the_start_is_repaired(void **state)
{
    (void)state;
    file_has("log('new')");
    life.policy = "stopp('web')";

    life_run();

    expect_output_order("no policy", "is the policy from now on", "log       new");
}

static void a_failure_of_the_new_policy_is_explained_with_its_text(void **state)
{
    (void)state;
    file_has("log('new')\nlocal nothing\nlog(nothing.x)\n");

    life_run();

    expect_output_order("is the policy from now on", "shutdown.lua:3: ",
                        "     3 | log(nothing.x)");
}

static void a_shutdown_during_the_check_keeps_the_policy_and_kills_the_check(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(0, "", NEVER_MS);

    life_run();

    expect_output_order("shutdown  SIGTERM", "shutdown.lua was not tried to the end",
                        "log       old");
    expect_no_output("not tried in simulated");
    expect_history("1.000 KILL group of the check");
}

static void a_hangup_during_a_shutdown_changes_nothing(void **state)
{
    (void)state;
    file_has("log('new')");
    life.policy = "sleep(1) log('old')";
    life.world.steps[0].at_ms = SIGNAL_MS + 500;

    life_run();

    expect_output_order("the policy is not read again: this shutdown keeps its own",
                        "log       old");
    expect_no_output("log       new");
}

static void a_missing_file_leaves_the_policy(void **state)
{
    (void)state;
    file_has("log('new')");
    life.policy_file.path = "/not-there.lua";

    life_run();

    expect_output_order("is REJECTED, the one before stays: No such file", "log       old");
}

static void a_missing_file_is_no_fault_while_the_policy_is_built_in(void **state)
{
    (void)state;
    file_has("log('new')");
    life.policy_file.path = life.policy_file.name = "/not-there.lua";
    life.policy_file.optional = true;

    life_run();

    expect_output_order("nothing to read again: the policy is built in, and there is no "
                        "/not-there.lua", "log       old");
}

static void what_is_built_in_is_not_read_again(void **state)
{
    (void)state;
    file_has("log('new')");
    life.policy_file.path = NULL;

    life_run();

    expect_output_order("nothing to read again: the policy is built in", "log       old");
}

static void the_report_has_a_reload_as_one_event(void **state)
{
    (void)state;
    file_has("log('new')");
    check_ends(0, "", CHECK_MS);

    life_run();

    expect_text(life.report, "{\"time\":0.6,\"what\":\"reload\",\"why\":\"shutdown.lua is the "
                             "policy from now on\",\"took\":0.1}", true);
}

static void the_time_of_a_check_is_none_of_the_shutdown(void **state)
{
    (void)state;
    file_has("run({ 'slow' })");
    check_ends(0, "", CHECK_MS);
    life.world.commands[1] = (struct sim_command){"slow", .after_ms = 300};

    life_run();

    expect_text(life.report, "\"asked\":0.3,", true);
}

/* A policy of 7 KB, which logs its number at last. */
static void long_policy_write(struct world *world, int number)
{
    static char text[SOURCE_MAX];
    size_t used = 0;

    for (int i = 0; i < LONG_LINES; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "log('line %d of %d')\n",
                                 i, number);
    snprintf(text + used, sizeof text - used, "log('number %d')", number);
    assert_int_equal(world->ops->file_write(world, "/shutdown.lua", text), 0);
}

/* All of them together would need many times the memory that a machine may use. */
static void a_thousand_reloads_leave_nothing_behind(void **state)
{
    static const struct engine_config empty;
    struct event hangup = {EVENT_SIGNAL, .signal = SIGHUP};
    struct event stop = {EVENT_SIGNAL, .signal = SIGTERM};
    const char *environment[] = {NULL};

    (void)state;
    life.policy_file = (struct policy_file){.path = "/shutdown.lua", .name = "shutdown.lua"};
    life.config = empty;
    life.config.services = (struct source){"services.lua", life.services};
    life.config.policy = (struct source){"shutdown.lua", "log('number 0')"};
    life.config.environment = environment;
    life.config.grace_ms = life.grace_ms;
    life.config.policy_file = &life.policy_file;
    assert_int_equal(sim_create(&life.world, &life.made), 0);
    assert_int_equal(engine_create(&life.config, life.made, &life.engine), 0);
    for (int i = 1; i <= RELOADS; i++) {
        long_policy_write(life.made, i);
        engine_handle(life.engine, &hangup);
    }
    expect_text(sim_output(life.made), "REJECTED", false);

    engine_handle(life.engine, &stop);

    expect_text(sim_output(life.made), "log       number 1000", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_new_policy_is_used),
        TEST(a_policy_that_passes_its_check_is_used),
        TEST(a_risky_policy_is_used_and_what_the_check_says_is_shown),
        TEST(strict_rejects_a_risky_policy),
        TEST(a_broken_policy_is_rejected),
        TEST(a_check_that_hangs_rejects),
        TEST(what_does_not_compile_is_rejected_with_line_and_advice),
        TEST(what_is_rejected_names_the_policy_that_stays_where_it_is_another),
        TEST(a_policy_that_was_rejected_at_the_start_is_repaired),
        TEST(a_failure_of_the_new_policy_is_explained_with_its_text),
        TEST(a_shutdown_during_the_check_keeps_the_policy_and_kills_the_check),
        TEST(a_hangup_during_a_shutdown_changes_nothing),
        TEST(a_missing_file_leaves_the_policy),
        TEST(a_missing_file_is_no_fault_while_the_policy_is_built_in),
        TEST(what_is_built_in_is_not_read_again),
        TEST(the_report_has_a_reload_as_one_event),
        TEST(the_time_of_a_check_is_none_of_the_shutdown),
        TEST(a_thousand_reloads_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
