/* Described worlds on real processes, each with the simulated one beside it. Real time, so each
 * world is short. Its SIGCHLD, SIGINT and SIGTERM are blocked, as real_run wants it. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "real/real.h"
#include "real/worlds.h"

enum { SIGNAL_MS = 250, GRACE_S = 3 };

static const char stop_all[] = "stop(\"router\")\nstop(\"db\")\n";
static const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
static const struct draw_names names = {
    .count = 2, .names = {"db", "router"}, .admins = {NULL, "unix:/somewhere"},
};
static enum isolation isolation;
static struct real_run run; /* too large for a stack */

enum { DB = DRAW_SERVICE, ROUTER };

static struct draw short_world(void)
{
    struct draw world = draw_plain();

    world.values[DRAW_WORLD][DRAW_SERVING] = SIGNAL_MS;
    world.values[DRAW_WORLD][DRAW_GRACE] = GRACE_S * 1000;
    return world;
}

static unsigned run_with(const char *policy, const struct draw *world)
{
    struct real_plan plan = {
        .program = LASTCALL,
        .isolation = isolation,
        .policy = policy,
        .environment = environment,
        .names = &names,
        .ready_s = 3,
    };

    real_run(&plan, world, &run);
    if (run.found & FOUND_FAULTS)
        print_error("%s / %s / left %d, files %s\n", run.wrong, run.comparison.why,
                    run.processes_left, run.files_left);
    return run.found;
}

static int64_t took_ms(void)
{
    return run.events.facts.done_ms - run.events.facts.begun_ms;
}

static void assert_as_simulated(unsigned found)
{
    assert_int_equal(found & FOUND_FAULTS, 0);
    assert_int_not_equal(access(run.folder, F_OK), 0);
}

static void a_world_in_which_nothing_is_wrong_goes_as_simulated(void **state)
{
    struct draw world = short_world();
    (void)state;

    assert_as_simulated(run_with(stop_all, &world));
    assert_int_equal(run.exit_code, 0);
    assert_int_equal(run.events.facts.service_count, 2);
    assert_true(run.events.facts.services[0].exited_ms > run.events.facts.services[1].exited_ms);
}

static void a_deaf_service_is_killed_in_both_worlds(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DB][DRAW_DEAF] = 1;

    assert_as_simulated(run_with("stop('router')\nstop('db', { timeout = 0.2 })\n", &world));
    assert_int_not_equal(run.events.facts.services[0].kill_ms, NOT_MS);
    assert_int_not_equal(run.simulated.services[0].kill_ms, NOT_MS);
}

static void requests_are_cut_when_their_service_is_stopped_at_once(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[ROUTER][DRAW_LONG] = 3;
    world.values[ROUTER][DRAW_LONG_FOR] = 2000;

    run_with(stop_all, &world);

    assert_int_equal(run.events.facts.services[1].requests_cut, 3);
    assert_int_equal(run.simulated.services[1].requests_cut, 3);
}

static void a_router_is_drained_until_its_clients_are_gone(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[ROUTER][DRAW_CONNECTIONS] = 5;
    world.values[ROUTER][DRAW_RATE] = 10000;
    world.values[ROUTER][DRAW_ROUTING] = 50;

    assert_as_simulated(run_with("drain('router')\nwait_idle('router')\nstop('router')\n"
                                 "stop('db')\n", &world));
    assert_true(took_ms() > 500);
    assert_int_equal(run.events.facts.requests_cut, 0);
}

static void children_that_are_left_behind_are_waited_for(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DB][DRAW_CHILDREN] = 300;

    assert_as_simulated(run_with(stop_all, &world));
    assert_true(took_ms() >= 300);
}

static void a_frozen_service_goes_on_when_it_is_stopped(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DB][DRAW_FROZEN] = 150;

    assert_as_simulated(run_with(stop_all, &world));
    assert_int_equal(run.exit_code, 0);
}

static void a_frozen_admin_answers_when_it_goes_on(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DRAW_WORLD][DRAW_SERVING] = 600;
    world.values[ROUTER][DRAW_FROZEN] = 450;
    world.values[ROUTER][DRAW_THAW] = 400;

    assert_as_simulated(run_with("drain('router')\nstop('router')\nstop('db')\n", &world));
    assert_false(run.events.facts.services[1].drain_failed);
}

static void a_frozen_service_cannot_crash(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DB][DRAW_FROZEN] = 100;
    world.values[DB][DRAW_CRASH] = 150;

    assert_as_simulated(run_with(stop_all, &world));
    assert_true(run.events.facts.begun_ms >= SIGNAL_MS);
}

static void a_world_may_be_cut_short(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DB][DRAW_DEAF] = 1;
    world.values[DRAW_WORLD][DRAW_CUT_SHORT] = 10;

    assert_as_simulated(run_with(stop_all, &world));
    assert_true(run.played.cut_short);
    assert_int_equal(run.exit_code, 128 + SIGKILL);
}

static void below_a_subreaper_it_goes_the_same_way(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DB][DRAW_CHILDREN_STAY] = 1;

    isolation = ISOLATION_SUBREAPER;
    assert_as_simulated(run_with("stop('router')\nstop('db', { timeout = 0.2 })\n", &world));
    assert_int_equal(run.processes_left, 0);
}

/* Something else in the place of lastcall, which does not do what that does. */
static unsigned run_instead(const char *script, const struct draw *world)
{
    char path[] = "/tmp/lastcall-instead-XXXXXX";
    int fd = mkstemp(path);
    struct real_plan plan = {
        .program = path,
        .isolation = ISOLATION_SUBREAPER,
        .policy = stop_all,
        .environment = environment,
        .names = &names,
        .ready_s = 3,
    };

    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
    fchmod(fd, 0700);
    close(fd);
    real_run(&plan, world, &run);
    unlink(path);
    return run.found;
}

static void a_process_that_is_left_is_found_and_ended(void **state)
{
    struct draw world = short_world();
    (void)state;

    unsigned found = run_instead("#!/bin/sh\nsleep 100 & sleep 100 & exit 0\n", &world);

    assert_true(found & FOUND_LEFT);
    assert_int_equal(run.processes_left, 2);
    assert_int_equal(container_clear(), 0);
}

static void a_file_that_is_left_is_found(void **state)
{
    struct draw world = short_world();
    (void)state;

    unsigned found = run_instead("#!/bin/sh\n: > ${3%/*}/router.sock\n", &world);

    assert_true(found & FOUND_LEFT);
    assert_string_equal(run.files_left, "router.sock");
    assert_int_not_equal(access(run.folder, F_OK), 0);
}

static void one_that_does_not_end_has_missed_its_deadline(void **state)
{
    struct draw world = short_world();
    (void)state;
    world.values[DRAW_WORLD][DRAW_GRACE] = 100;

    unsigned found = run_instead("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n", &world);

    assert_true(found & FOUND_MISSED);
    assert_int_equal(run.exit_code, 128 + SIGKILL);
}

static int block_signals(void **state)
{
    sigset_t set;
    (void)state;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    isolation = container_isolation();
    return sigprocmask(SIG_BLOCK, &set, NULL);
}

static void what_only_a_simulated_world_can_do_is_left_out(void **state)
{
    struct draw world = short_world();

    (void)state;
    world.values[DRAW_WORLD][DRAW_STALL] = 2000;
    world.values[ROUTER][DRAW_LIE] = SIM_LIE_STUCK;
    world.values[DB][DRAW_JOBS_FOR] = 1500;
    world.values[DB][DRAW_JOBS] = 3;
    assert_string_equal(world_unreal(&world), "stall");

    world_make_real(&world);

    assert_null(world_unreal(&world));
    assert_int_equal(world.values[DB][DRAW_SLOW], 1500);
    assert_int_equal(world.values[DB][DRAW_WORK], 3);
    assert_int_equal(world.values[DB][DRAW_JOBS_FOR], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_world_in_which_nothing_is_wrong_goes_as_simulated),
        cmocka_unit_test(a_deaf_service_is_killed_in_both_worlds),
        cmocka_unit_test(requests_are_cut_when_their_service_is_stopped_at_once),
        cmocka_unit_test(a_router_is_drained_until_its_clients_are_gone),
        cmocka_unit_test(children_that_are_left_behind_are_waited_for),
        cmocka_unit_test(a_frozen_service_goes_on_when_it_is_stopped),
        cmocka_unit_test(a_frozen_admin_answers_when_it_goes_on),
        cmocka_unit_test(a_frozen_service_cannot_crash),
        cmocka_unit_test(what_only_a_simulated_world_can_do_is_left_out),
        cmocka_unit_test(a_world_may_be_cut_short),
        cmocka_unit_test(below_a_subreaper_it_goes_the_same_way),
        cmocka_unit_test(a_process_that_is_left_is_found_and_ended),
        cmocka_unit_test(a_file_that_is_left_is_found),
        cmocka_unit_test(one_that_does_not_end_has_missed_its_deadline),
    };

    return cmocka_run_group_tests(tests, block_signals, NULL);
}
