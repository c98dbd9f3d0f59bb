/* The last resort, with real processes: see last_resort_scenario.h. */
#define _GNU_SOURCE 1

#include "last_resort_scenario.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <sys/socket.h>
#include <sys/un.h>

#define DRAIN_SOCKET "/tmp/test_last_resort.socket"

static int three_services(void)
{
    start("python-executor", speaks);
    start("policy-engine", speaks);
    start("router", speaks);
    return result_of_run();
}

static void stops_services_in_reverse_start_order(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(three_services));

    assert_said_in_order("[ent] last resort: test\n", "last resort: router exited after 0.");
    assert_said_in_order("router exited", "policy-engine exited");
    assert_said_in_order("policy-engine exited", "python-executor exited");
    assert_said_in_order("python-executor exited", "everything has stopped, nothing was killed");
    assert_said_in_order("service got TERM", "router exited");
    assert_true(duration_ms < 3000);
}

static void quits_gracefully(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGQUIT, on_term_speak);
}

static int service_with_a_signal_of_its_own(void)
{
    start_entry((struct last_resort_entry){.name = "nginx", .stop_signal = SIGQUIT},
                quits_gracefully);
    return result_of_run();
}

static void sends_the_signal_that_ends_a_service_gracefully(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(service_with_a_signal_of_its_own));

    assert_said("last resort: nginx exited after 0.");
}

static int nothing_at_all(void)
{
    return result_of_run();
}

static void is_done_at_once_with_nothing(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(nothing_at_all));

    assert_said("everything has stopped");
}

static int stubborn_service(void)
{
    start("first", speaks);
    start("stubborn", ignores_term);
    return result_within(1000);
}

static void kills_a_service_that_ignores_term(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(stubborn_service));

    assert_said_in_order("stubborn killed after 0.", "first exited after 0.");
    assert_said("everything is gone, not all of it by itself");
}

static int three_stubborn_services(void)
{
    start("a", ignores_term);
    start("b", ignores_term);
    start("c", ignores_term);
    return result_within(2400);
}

static void gives_each_service_a_fair_share(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(three_stubborn_services));

    assert_said("c killed after 0.");
    assert_said("b killed after 0.");
    assert_said("a killed after 0.");
}

static int stopped_service(void)
{
    pid_t pid = start("stopped", speaks);
    siginfo_t info;

    kill(pid, SIGSTOP);
    waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT);
    return result_of_run();
}

static void stops_a_service_that_is_stopped(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(stopped_service));

    assert_said_in_order("service got TERM\n", "stopped exited after 0.");
}

static int stubborn_grandchild(void)
{
    start("parent", forks_a_stubborn_grandchild);
    return result_within(600);
}

static void kills_grandchildren_of_an_exited_leader(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(stubborn_grandchild));

    assert_said("parent exited, the rest of its group killed after 0.");
    assert_said("everything is gone");
}

static int group_without_leader(void)
{
    pid_t pid = start("parent", forks_an_obedient_grandchild);

    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    last_resort_on_exited(0);
    return result_of_run();
}

static void stops_a_group_whose_leader_was_reaped(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(group_without_leader));

    assert_said("parent is gone after 0.");
}

static int service_that_has_gone(void)
{
    pid_t pid = start("gone", obeys);

    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    last_resort_on_exited(0);
    last_resort_on_gone(0);
    return result_of_run();
}

static void forgets_a_service_that_has_gone(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(service_that_has_gone));

    assert_not_said("gone ");
}

static int zombie_service(void)
{
    pid_t pid = start("zombie", obeys);

    start("router", speaks);
    kill(pid, SIGTERM);
    wait_until_exited(pid);
    return result_of_run();
}

static void notices_who_exited_by_itself(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(zombie_service));

    assert_said_in_order("router exited", "zombie had exited before its turn");
}

static int daemon_left_behind(void)
{
    start("starter", forks_a_daemon);
    return result_of_run();
}

static void stops_descendants_that_left_their_group(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(daemon_left_behind));

    assert_said_in_order("starter exited", "service got TERM");
    assert_said("other processes exited after 0.");
}

static int stubborn_daemon_left_behind(void)
{
    start("starter", forks_a_stubborn_daemon);
    return result_within(600);
}

static void kills_descendants_that_left_their_group(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(stubborn_daemon_left_behind));

    assert_said("other processes killed after 0.");
    assert_said("everything is gone");
}

/* Runs the scenario in a child of PID 1 that is a subreaper. */
static int as_subreaper(int (*scenario)(void))
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        _exit(scenario());
    }
    waitpid(pid, &status, 0);
    return exit_code_of(status);
}

static int subreaper_daemon(void)
{
    return as_subreaper(daemon_left_behind);
}

static int subreaper_stubborn_daemon(void)
{
    return as_subreaper(stubborn_daemon_left_behind);
}

static void stops_descendants_without_being_pid_1(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(subreaper_daemon));

    assert_said_in_order("service got TERM", "other processes exited after 0.");
}

static void kills_descendants_without_being_pid_1(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(subreaper_stubborn_daemon));

    assert_said("other processes killed after 0.");
}

/* ---- drain ---- */

/* Starts a server at DRAIN_SOCKET, in another process. answer NULL: it never accepts. Having
 * answered, it sends TERM to the process `then_term`, if that is not 0. */
static void serve(const char *answer, pid_t then_term)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = DRAIN_SOCKET};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    char request[200];
    int fd;

    unlink(DRAIN_SOCKET);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 5) < 0)
        _exit(98);
    if (fork() > 0) {
        close(listener);
        return;
    }
    while (answer && (fd = accept(listener, NULL, NULL)) >= 0) {
        if (read(fd, request, sizeof request) > 0 && strncmp(request, "POST /drain ", 12) == 0)
            send(fd, answer, strlen(answer), MSG_NOSIGNAL);
        if (then_term)
            kill(then_term, SIGTERM);
        close(fd);
    }
    sleep_for_ever();
}

static int drain_of(const char *answer, int64_t grace_ms)
{
    start("policy-engine", speaks);
    serve(answer, 0);
    start_drainable("router", speaks, "unix:" DRAIN_SOCKET);
    return result_within(grace_ms);
}

static int accepted_drain(void)
{
    return drain_of("HTTP/1.1 200 OK\r\n\r\n", 1000);
}

static int refused_drain(void)
{
    unlink(DRAIN_SOCKET);
    start_drainable("router", speaks, "unix:" DRAIN_SOCKET);
    return result_of_run();
}

static int rejected_drain(void)
{
    return drain_of("HTTP/1.1 503 Service Unavailable\r\n\r\n", 5000);
}

static int garbage_drain(void)
{
    return drain_of("SSH-2.0-OpenSSH\r\n", 5000);
}

static int frozen_drain(void)
{
    return drain_of(NULL, 5000);
}

static void drains_before_it_stops(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(accepted_drain));

    assert_said_in_order("router drains\n", "drained for 0."); /* half of the second */
    assert_said_in_order("drained for", "service got TERM");
    assert_said_in_order("router exited", "policy-engine exited");
}

static void does_not_wait_when_the_drain_is_refused(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(refused_drain));

    assert_said_in_order("router does not drain: refused", "router exited after");
    assert_true(duration_ms < 3000);
}

static void does_not_wait_when_the_drain_is_rejected(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(rejected_drain));

    assert_said_in_order("router does not drain: status 503", "router exited after");
    assert_true(duration_ms < 3500);
}

static void does_not_take_garbage_for_a_drain(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(garbage_drain));

    assert_said("router does not drain: not an HTTP answer");
}

static void does_not_hang_on_a_frozen_admin(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(frozen_drain));

    assert_said_in_order("router does not drain: no answer", "router exited after");
    assert_true(duration_ms < 3500);
}

static int drained_service_leaves(void)
{
    serve("HTTP/1.1 200 OK\r\n\r\n", start_drainable("router", speaks, "unix:" DRAIN_SOCKET));
    return result_within(8000);
}

static void leaves_the_drain_early_when_all_have_exited(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(drained_service_leaves));

    assert_said_in_order("router drains", "router had exited before its turn");
    assert_true(duration_ms < 3500); /* not half of the 8 s */
}

static int drain_after_its_time(void)
{
    struct timespec drain_time = {.tv_sec = RESORT_DRAIN_MS / 1000, .tv_nsec = 10000000};

    last_resort_set_deadline(now_ms() + 15000); /* the shutdown begins here */
    nanosleep(&drain_time, NULL);
    return drain_of("HTTP/1.1 200 OK\r\n\r\n", 10000);
}

static void does_not_drain_when_the_drain_time_is_over(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(drain_after_its_time));

    assert_not_said("drain");
    assert_said_in_order("router exited", "policy-engine exited");
}

/* ---- hurry ---- */

static int interrupted(int signals)
{
    pid_t self = getpid();

    start("stubborn", ignores_term);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(self, SIGTERM);
    if (signals > 1)
        kill(self, SIGINT);
    return result_within(15000);
}

static int interrupted_once(void)
{
    return interrupted(1);
}

static int interrupted_twice(void)
{
    return interrupted(2);
}

static void hurries_at_another_stop_signal(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(interrupted_once));

    assert_said_in_order("another stop signal: hurrying", "stubborn killed after ");
    assert_in_range(duration_ms, 1500, 6000);
}

static void kills_at_the_stop_signal_after_that(void **state)
{
    (void)state;

    assert_int_equal(BY_FORCE, run(interrupted_twice));

    assert_said_in_order("another stop signal: killing", "stubborn killed after 0.");
    assert_true(duration_ms < 3000);
}

static int kill_now(void)
{
    start("stubborn", ignores_term);
    start("daemon", forks_a_stubborn_daemon);
    last_resort_kill("a third stop signal: killing everything");
    return waitpid(-1, NULL, WNOHANG) < 0 ? 0 : 1;
}

static int subreaper_kill_now(void)
{
    return as_subreaper(kill_now);
}

static void kills_everything_at_once_when_told(void **state)
{
    (void)state;

    assert_int_equal(0, run(kill_now));
    assert_said("[ent] last resort: a third stop signal: killing everything\n");

    assert_int_equal(0, run(subreaper_kill_now));
}

/* ---- timers ---- */

static void hang_in_lua(void)
{
    lua_State *lua = luaL_newstate();

    luaL_openlibs(lua);
    last_resort_watch_begin();
    if (luaL_dostring(lua, "string.rep('', 1 << 62)") == LUA_OK)
        last_resort_watch_end();
}

static int hang_with_services(void)
{
    start("policy-engine", speaks);
    serve("HTTP/1.1 200 OK\r\n\r\n", 0);
    start_drainable("router", speaks, "unix:" DRAIN_SOCKET);
    last_resort_set_grace(1500);
    hang_in_lua();
    return 1;
}

static int hang_at_start(void)
{
    hang_in_lua();
    return 1;
}

static void a_hang_in_c_ends_in_an_orderly_stop(void **state)
{
    (void)state;

    assert_int_equal(EXIT_POLICY_FAILED, run(hang_with_services));

    assert_said_in_order("the policy hangs inside a C function", "router drains");
    assert_said_in_order("router exited", "policy-engine exited");
    assert_said("nothing was killed");
}

static void a_hang_at_start_is_said(void **state)
{
    (void)state;

    assert_int_equal(1, run(hang_at_start));

    assert_said("a Lua file hangs inside a C function; nothing was started");
}

static int busy_between_watches(void)
{
    int64_t end_ms = now_ms() + 1200;

    while (now_ms() < end_ms) {
        last_resort_watch_begin();
        last_resort_watch_end();
    }
    return 0;
}

static void the_watch_counts_each_turn_for_itself(void **state)
{
    (void)state;

    assert_int_equal(0, run(busy_between_watches));
}

static int strangers_signal(void)
{
    start("service", obeys);
    last_resort_watch_begin();
    last_resort_set_deadline(now_ms() + 10000);
    kill(getpid(), SIGRTMIN + 8);
    kill(getpid(), SIGRTMIN + 9);
    last_resort_watch_end();
    return result_of_run();
}

static void only_its_own_timers_count(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(strangers_signal));

    assert_not_said("hangs");
    assert_not_said("deadline");
}

static int deadline_comes(void)
{
    start("stubborn", ignores_term);
    start("daemon", forks_a_stubborn_daemon);
    last_resort_set_deadline(now_ms() + 200);
    sleep_for_ever();
    return 1;
}

static int subreaper_deadline_comes(void)
{
    int code = as_subreaper(deadline_comes);

    return waitpid(-1, NULL, WNOHANG) < 0 ? code : 1; /* nobody was left to be adopted by PID 1 */
}

static void the_deadline_kills_what_is_left(void **state)
{
    (void)state;

    assert_int_equal(EXIT_DEADLINE, run(deadline_comes));
    assert_said("the deadline has come");
    assert_in_range(duration_ms, 200, 3000);

    assert_int_equal(EXIT_DEADLINE, run(subreaper_deadline_comes));
}

static int earlier_deadline(void)
{
    last_resort_set_deadline(now_ms() + 10000);
    last_resort_set_deadline(now_ms() + 100);
    last_resort_set_deadline(now_ms() + 20000);
    sleep_for_ever();
    return 1;
}

static void the_deadline_only_moves_forward(void **state)
{
    (void)state;

    assert_int_equal(EXIT_DEADLINE, run(earlier_deadline));

    assert_in_range(duration_ms, 100, 3000);
}

static int many_stubborn_services(void)
{
    int64_t end_ms;
    int result;

    for (int i = 0; i < 40; i++)
        start("stubborn", i % 2 ? ignores_term : forks_a_stubborn_grandchild);
    start("daemon", forks_a_stubborn_daemon);
    serve(NULL, 0);
    start_drainable("router", ignores_term, "unix:" DRAIN_SOCKET);
    end_ms = now_ms() + 1000;
    last_resort_set_deadline(end_ms);
    result = result_of_run();
    return now_ms() <= end_ms ? result : 1;
}

static void never_past_the_deadline(void **state)
{
    int code;
    (void)state;

    code = run(many_stubborn_services);

    assert_true(code == BY_FORCE || code == EXIT_DEADLINE); /* a machine that stalls */
    assert_said("everything ");
}

static int deadline_has_passed(void)
{
    start("service", obeys);
    last_resort_set_grace(0);
    return result_of_run();
}

static void kills_at_once_without_time(void **state)
{
    int code;
    (void)state;

    code = run(deadline_has_passed);

    assert_true(code == EXIT_DEADLINE || code == BY_FORCE);
    assert_true(duration_ms < 3000);
}

/* ---- the rest ---- */

static int lines_pipe[2];

static void pump(void)
{
    char bytes[65536];

    (void)!read(lines_pipe[0], bytes, sizeof bytes);
}

static void on_term_write_much(int signal)
{
    static char bytes[400 * 1024];

    (void)signal;
    for (size_t sent = 0; sent < sizeof bytes;)
        sent += (size_t)write(lines_pipe[1], bytes, sizeof bytes - sent);
    say("service wrote everything\n");
    _exit(0);
}

static void says_much_at_its_end(void)
{
    signal(SIGTERM, on_term_write_much);
}

static int talkative_service(void)
{
    if (pipe(lines_pipe) < 0)
        return 98;
    fcntl(lines_pipe[0], F_SETFL, O_NONBLOCK);
    start("talkative", says_much_at_its_end);
    last_resort_set_pump(pump);
    return result_of_run();
}

static void pumps_so_that_no_service_blocks_on_its_output(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(talkative_service));

    assert_said("service wrote everything");
}

static int blocked_stderr(void)
{
    int ends[2];
    char bytes[4096] = {0};

    if (pipe(ends) < 0)
        return 98;
    start("service", obeys);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], bytes, sizeof bytes) > 0)
        continue;
    fcntl(ends[1], F_SETFL, 0);
    dup2(ends[1], STDERR_FILENO);
    return result_within(3000);
}

static void does_not_block_on_stderr_that_nobody_reads(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(blocked_stderr));
}

static int bad_drain_addresses(void)
{
    start_drainable("name", obeys, "tcp:example.org:80");
    start_drainable("path", obeys, "nonsense");
    start("a-name-that-is-much-longer-than-the-sixty-three-bytes-which-are-kept-of-it", obeys);
    return result_of_run();
}

static void stops_services_whose_drain_address_is_wrong(void **state)
{
    (void)state;

    assert_int_equal(GENTLY, run(bad_drain_addresses));

    assert_said("a-name-that-is-much-longer-than-the-sixty-three-bytes-which-are exited");
    assert_not_said("drain");
}

static int remove_socket(void **state)
{
    (void)state;
    unlink(DRAIN_SOCKET);
    return 0;
}

static void a_watch_is_cheap(void **state)
{
    clock_t began = clock();
    clock_t spent;
    (void)state;

    for (int i = 0; i < 100000; i++) {
        last_resort_watch_begin();
        last_resort_watch_end();
    }

    spent = clock() - began; /* CPU time: microseconds, of 100,000 turns */
    print_message("    one watch: %ld ns\n", (long)spent / 100);
    assert_true(spent < 500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_services_in_reverse_start_order),
        cmocka_unit_test(sends_the_signal_that_ends_a_service_gracefully),
        cmocka_unit_test(is_done_at_once_with_nothing),
        cmocka_unit_test(kills_a_service_that_ignores_term),
        cmocka_unit_test(gives_each_service_a_fair_share),
        cmocka_unit_test(stops_a_service_that_is_stopped),
        cmocka_unit_test(kills_grandchildren_of_an_exited_leader),
        cmocka_unit_test(stops_a_group_whose_leader_was_reaped),
        cmocka_unit_test(forgets_a_service_that_has_gone),
        cmocka_unit_test(notices_who_exited_by_itself),
        cmocka_unit_test(stops_descendants_that_left_their_group),
        cmocka_unit_test(kills_descendants_that_left_their_group),
        cmocka_unit_test(stops_descendants_without_being_pid_1),
        cmocka_unit_test(kills_descendants_without_being_pid_1),
        cmocka_unit_test(drains_before_it_stops),
        cmocka_unit_test(does_not_wait_when_the_drain_is_refused),
        cmocka_unit_test(does_not_wait_when_the_drain_is_rejected),
        cmocka_unit_test(does_not_take_garbage_for_a_drain),
        cmocka_unit_test(does_not_hang_on_a_frozen_admin),
        cmocka_unit_test(leaves_the_drain_early_when_all_have_exited),
        cmocka_unit_test(does_not_drain_when_the_drain_time_is_over),
        cmocka_unit_test(hurries_at_another_stop_signal),
        cmocka_unit_test(kills_at_the_stop_signal_after_that),
        cmocka_unit_test(kills_everything_at_once_when_told),
        cmocka_unit_test(a_hang_in_c_ends_in_an_orderly_stop),
        cmocka_unit_test(a_hang_at_start_is_said),
        cmocka_unit_test(the_watch_counts_each_turn_for_itself),
        cmocka_unit_test(only_its_own_timers_count),
        cmocka_unit_test(the_deadline_kills_what_is_left),
        cmocka_unit_test(the_deadline_only_moves_forward),
        cmocka_unit_test(never_past_the_deadline),
        cmocka_unit_test(kills_at_once_without_time),
        cmocka_unit_test(pumps_so_that_no_service_blocks_on_its_output),
        cmocka_unit_test(does_not_block_on_stderr_that_nobody_reads),
        cmocka_unit_test(stops_services_whose_drain_address_is_wrong),
        cmocka_unit_test(a_watch_is_cheap), /* the last: it arms the timers of this process */
    };

    return cmocka_run_group_tests_name("last_resort", tests, NULL, remove_socket);
}
