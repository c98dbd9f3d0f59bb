/* The live world: events, time, processes, signals, files. With real processes. */
#define _GNU_SOURCE 1

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "live_fixture.h"

static int64_t now_ms(void)
{
    return world->ops->now_ms(world);
}

static void a_signal_that_was_sent_before_the_world_was_created_arrives(void **state)
{
    (void)state;
    kill(getpid(), SIGTERM);

    world_open();

    struct event event = next();
    assert_int_equal(event.kind, EVENT_SIGNAL);
    assert_int_equal(event.signal, SIGTERM);
    world_close();
}

static void every_handled_signal_is_an_event(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
    world_open();

    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        kill(getpid(), signals[i]);
        assert_int_equal(next_of(EVENT_SIGNAL).signal, signals[i]);
    }
    world_close();
}

static void the_alarm_is_never_early_and_less_than_2_ms_late(void **state)
{
    (void)state;
    int64_t least_late_ms = INT64_MAX;
    world_open();

    for (int i = 0; i < 30; i++) {
        int64_t at_ms = now_ms() + i % 7;
        world->ops->alarm_set(world, at_ms);
        next_of(EVENT_ALARM);
        int64_t late_ms = now_ms() - at_ms;
        assert_true(late_ms >= 0);
        least_late_ms = late_ms < least_late_ms ? late_ms : least_late_ms;
    }
    assert_true(least_late_ms < 2);
    world_close();
}

static void an_alarm_replaces_the_one_before(void **state)
{
    (void)state;
    world_open();
    int64_t begin_ms = now_ms();

    world->ops->alarm_set(world, begin_ms);
    world->ops->alarm_set(world, begin_ms + 20);

    next_of(EVENT_ALARM);
    assert_true(now_ms() >= begin_ms + 20);
    world_close();
}

static void the_exit_status_of_a_process_is_its_code(void **state)
{
    (void)state;
    world_open();

    start_script(3, "", "exit 7");

    struct event event = next();
    assert_int_equal(event.kind, EVENT_EXITED);
    assert_int_equal(event.exited.process, 3);
    assert_int_equal(event.exited.code, 7);
    event = next();
    assert_int_equal(event.kind, EVENT_GONE);
    assert_int_equal(event.gone.process, 3);
    world_close();
}

static void a_process_that_a_signal_ended_has_code_128_and_the_signal(void **state)
{
    (void)state;
    world_open();
    start_script(0, "", "cat $FIFO");
    int writer = fifo_open_writer();

    assert_int_equal(send_signal(TARGET_GROUP, 0, SIGTERM), 0);

    assert_int_equal(next_of(EVENT_EXITED).exited.code, 128 + SIGTERM);
    close(writer);
    world_close();
}

static void gone_comes_when_the_last_of_the_group_has_exited(void **state)
{
    (void)state;
    world_open();
    start_script(0, "", "cat $FIFO & exit 3");
    assert_int_equal(next_of(EVENT_EXITED).exited.code, 3);
    int writer = fifo_open_writer();
    assert_int_equal(send_signal(TARGET_GROUP, 0, 0), 0);

    close(writer);

    assert_int_equal(next().kind, EVENT_GONE);
    assert_int_equal(send_signal(TARGET_GROUP, 0, 0), -ESRCH);
    world_close();
}

/* A member of our group that reads the FIFO, and its parent, which leaves the group and stays. */
static int run_foreign_parent(void)
{
    char byte;
    if (fork() != 0)
        return 0;
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0)
        return (int)read(open(getenv("FIFO"), O_RDONLY), &byte, 1);
    setsid();
    return pause();
}

static void gone_is_noticed_although_the_group_belongs_to_somebody_elses_children(void **state)
{
    (void)state;
    world_open();
    start_script(0, "", "exec /proc/$PPID/exe foreign-parent");
    next_of(EVENT_EXITED);

    close(fifo_open_writer());

    assert_int_equal(next_of(EVENT_GONE).gone.process, 0);
    assert_int_equal(send_signal(TARGET_OTHERS, 0, SIGKILL), 0);
    assert_int_equal(next_of(EVENT_GONE).gone.process, OTHERS);
    world_close();
}

static void nobody_is_signalled_after_the_reap(void **state)
{
    (void)state;
    world_open();
    start_script(0, "", "exit 0");
    next_of(EVENT_GONE);

    assert_int_equal(send_signal(TARGET_PROCESS, 0, SIGTERM), -ESRCH);
    assert_int_equal(send_signal(TARGET_GROUP, 0, SIGTERM), -ESRCH);
    assert_int_equal(send_signal(TARGET_PROCESS, 1, SIGTERM), -ESRCH);
    world_close();
}

static int start_program(const char *program, const char *path, const char *user,
                         const char *where)
{
    const char *arguments[] = {program, NULL};
    const char *environment[] = {path, NULL};
    struct process_spec spec = {.name = "service",
                                .arguments = arguments,
                                .environment = environment,
                                .directory = where,
                                .user = user,
                                .log_prefix = "[svc] "};
    int pid;
    return world->ops->process_start(world, 0, &spec, &pid);
}

static void a_program_that_cannot_be_started_is_an_error_and_no_event(void **state)
{
    (void)state;
    world_open();

    assert_int_equal(start_program("no-such-program", "PATH=/bin", NULL, NULL), -ENOENT);
    assert_int_equal(start_program("/tmp", "PATH=/bin", NULL, NULL), -EACCES);
    assert_int_equal(start_program("true", "PATH=/bin", NULL, "/nowhere"), -ENOENT);
    assert_int_equal(start_program("true", "PATH=/bin", "nobody-of-this-name", NULL), -EINVAL);

    world->ops->alarm_set(world, now_ms());
    assert_int_equal(next().kind, EVENT_ALARM);
    world_close();
    assert_non_null(strstr(text_of(STDERR_FILENO), "service: cannot enter directory /nowhere"));
    assert_non_null(strstr(text_of(STDERR_FILENO), "there is no user nobody-of-this-name"));
}

static int lowest_free_descriptor(void)
{
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return fd;
}

static void running_out_of_descriptors_is_an_error_that_leaves_nothing_behind(void **state)
{
    (void)state;
    struct rlimit before, limit;
    int result = -EMFILE;
    world_open();
    int lowest = lowest_free_descriptor();
    getrlimit(RLIMIT_NOFILE, &before);

    for (limit = before, limit.rlim_cur = (rlim_t)lowest; result != 0; limit.rlim_cur++) {
        assert_int_equal(result, -EMFILE);
        assert_int_equal(lowest_free_descriptor(), lowest);
        setrlimit(RLIMIT_NOFILE, &limit);
        result = start_program("true", "PATH=/bin", NULL, NULL);
        setrlimit(RLIMIT_NOFILE, &before);
    }

    assert_int_equal(next_of(EVENT_EXITED).exited.code, 0);
    world_close();
}

static void a_program_is_looked_up_in_the_path_of_its_own_environment(void **state)
{
    (void)state;
    char path[128], program[128];
    snprintf(path, sizeof(path), "PATH=%s", directory);
    snprintf(program, sizeof(program), "%s/only-here", directory);
    assert_int_equal(symlink("/bin/true", program), 0);
    world_open();

    assert_int_equal(start_program("only-here", path, NULL, NULL), 0);

    assert_int_equal(next_of(EVENT_EXITED).exited.code, 0);
    next_of(EVENT_GONE);
    assert_int_equal(start_program("true", path, NULL, NULL), -ENOENT);
    world_close();
}

static void a_process_can_become_another_user(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    const char *arguments[] = {"id", "-un", NULL};
    const char *environment[] = {"PATH=/usr/bin:/bin", NULL};
    struct process_spec spec = {.name = "id", .arguments = arguments,
                                .environment = environment, .user = "nobody"};
    int pid;
    world_open();

    assert_int_equal(world->ops->process_start(world, 0, &spec, &pid), 0);

    struct event event = next_of(EVENT_EXITED);
    assert_memory_equal(event.exited.output, "nobody\n", 7);
    world_close();
}

static void a_process_gets_default_signals_and_no_descriptor_of_ours(void **state)
{
    (void)state;
    world_open();

    start_script(0, NULL, "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; cd /proc/self/fd; echo *;"
                          "readlink 0; ps -o pid=,pgid= -p $$ >/dev/null");

    struct event event = next_of(EVENT_EXITED);
    char output[512];
    snprintf(output, sizeof(output), "%.*s", (int)event.exited.output_length,
             event.exited.output);
    assert_non_null(strstr(output, "SigBlk:\t0000000000000000"));
    assert_non_null(strstr(output, "SigIgn:\t0000000000000000"));
    assert_non_null(strstr(output, "0 1 2 3\n/dev/null\n")); /* 3 is the shell's own, for echo * */
    world_close();
}

static void sockets_that_were_passed_to_us_are_passed_on(void **state)
{
    (void)state;
    char listen_pid[32];
    snprintf(listen_pid, sizeof(listen_pid), "LISTEN_PID=%d", getpid());
    const char *arguments[] = {"sh", "-c", "test $LISTEN_PID = $$ && readlink /proc/self/fd/3",
                               NULL};
    const char *environment[] = {"PATH=/usr/bin:/bin", listen_pid, "LISTEN_FDS=1", NULL};
    struct process_spec spec = {.name = "command", .arguments = arguments,
                                .environment = environment};
    int saved = fcntl(3, F_DUPFD_CLOEXEC, 20), pid;
    world_open();
    int before = fcntl(3, F_DUPFD_CLOEXEC, 20);
    int null = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    dup2(null, 3);

    assert_int_equal(world->ops->process_start(world, 0, &spec, &pid), 0);
    dup2(before, 3);

    struct event event = next_of(EVENT_EXITED);
    assert_int_equal(event.exited.code, 0);
    assert_memory_equal(event.exited.output, "/dev/zero\n", 10);
    close(null);
    close(before);
    if (saved >= 0)
        close(saved);
    world_close();
}

static void the_output_of_a_command_comes_with_its_exit(void **state)
{
    (void)state;
    world_open();

    start_script(9, NULL, "echo one; echo two >&2; printf three");

    struct event event = next_of(EVENT_EXITED);
    assert_int_equal(event.exited.output_length, strlen("one\ntwo\nthree"));
    assert_memory_equal(event.exited.output, "one\ntwo\nthree", event.exited.output_length);
    world_close();
}

static void a_command_ends_although_a_grandchild_holds_its_pipe(void **state)
{
    (void)state;
    world_open();

    start_script(0, NULL, "echo hello; cat $FIFO & exit 0");

    struct event event = next_of(EVENT_EXITED);
    assert_memory_equal(event.exited.output, "hello\n", 6);
    close(fifo_open_writer());
    next_of(EVENT_GONE);
    world_close();
}

static void output_beyond_the_longest_kept_is_discarded(void **state)
{
    (void)state;
    world_open();

    start_script(0, NULL, "head -c 300000 /dev/zero");

    struct event event = next_of(EVENT_EXITED);
    assert_int_equal(event.exited.output_length, OUTPUT_MAX);
    assert_int_equal(event.exited.code, 0);
    world_close();
}

static void a_number_is_free_when_its_gone_was_pulled(void **state)
{
    (void)state;
    const char *arguments[] = {"true", NULL};
    const char *environment[] = {"PATH=/bin", NULL};
    struct process_spec spec = {.name = "true", .arguments = arguments,
                                .environment = environment};
    int pid;
    world_open();
    start_script(0, "", "exit 0");

    assert_int_equal(world->ops->process_start(world, 0, &spec, &pid), -EBUSY);
    next_of(EVENT_GONE);
    assert_int_equal(world->ops->process_start(world, 0, &spec, &pid), 0);
    next_of(EVENT_GONE);
    assert_int_equal(world->ops->process_start(world, PROCESSES_MAX, &spec, &pid), -EINVAL);
    world_close();
}

static void a_descendant_can_be_signalled_by_its_pid_and_a_stranger_cannot(void **state)
{
    (void)state;
    world_open();
    int leader = start_script(0, NULL, "cat $FIFO & echo $!; exec >&- 2>&-; wait $!; exit $?");
    int writer = fifo_open_writer();
    char path[64], text[32] = "";
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", leader, leader);
    assert_true(world->ops->file_read(world, path, text, sizeof(text) - 1) > 0);

    assert_int_equal(send_signal(TARGET_PID, getpid(), 0), -EPERM);
    assert_int_equal(send_signal(TARGET_PID, getppid(), 0), -EPERM);
    assert_int_equal(send_signal(TARGET_PID, 0, 0), -EPERM);
    assert_int_equal(send_signal(TARGET_PID, -1, 0), -EPERM);
    assert_int_equal(send_signal(TARGET_PID, 4194303, 0), -ESRCH);
    assert_int_equal(send_signal(TARGET_PID, atoi(text), SIGTERM), 0);

    assert_int_equal(next_of(EVENT_EXITED).exited.code, 128 + SIGTERM);
    close(writer);
    world_close();
}

static void others_are_all_but_the_members_of_living_groups(void **state)
{
    (void)state;
    world_open();
    start_script(0, "", "setsid sh -c 'echo > $FIFO; exec sleep 50' & exec sleep 50");
    int reader = open(fifo, O_RDONLY | O_CLOEXEC);
    char byte;
    assert_int_equal(read(reader, &byte, 1), 1); /* it has left the group by now */
    close(reader);

    assert_int_equal(send_signal(TARGET_OTHERS, 0, SIGKILL), 0);

    assert_int_equal(send_signal(TARGET_PROCESS, 0, SIGTERM), 0);
    assert_int_equal(next_of(EVENT_EXITED).exited.code, 128 + SIGTERM);
    assert_int_equal(next_of(EVENT_GONE).gone.process, 0);
    assert_int_equal(next_of(EVENT_GONE).gone.process, OTHERS);
    world_close();
}

static void others_are_gone_at_once_where_there_are_none(void **state)
{
    (void)state;
    world_open();

    assert_int_equal(send_signal(TARGET_OTHERS, 0, 0), -ESRCH);

    struct event event = next();
    assert_int_equal(event.kind, EVENT_GONE);
    assert_int_equal(event.gone.process, OTHERS);
    world_close();
}

static void orphans_are_adopted_and_reaped(void **state)
{
    (void)state;
    world_open();
    start_script(0, "", "for i in $(seq 300); do (true &) ; done; exit 0");
    next_of(EVENT_GONE);

    send_signal(TARGET_OTHERS, 0, 0);

    assert_int_equal(next_of(EVENT_GONE).gone.process, OTHERS);
    siginfo_t info;
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOHANG), -1);
    world_close();
}

static void a_file_is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    char path[128], buffer[8];
    snprintf(path, sizeof(path), "%s/file", directory);
    world_open();

    assert_int_equal(world->ops->file_write(world, path, "12345678"), 0);
    assert_int_equal(world->ops->file_read(world, path, buffer, 8), 8);
    assert_memory_equal(buffer, "12345678", 8);
    assert_int_equal(world->ops->file_read(world, path, buffer, 7), -EFBIG);
    assert_int_equal(world->ops->file_read(world, directory, buffer, 8), -EISDIR);
    assert_int_equal(world->ops->file_read(world, fifo, buffer, 8), -EINVAL);
    assert_int_equal(world->ops->file_read(world, "/nowhere", buffer, 8), -ENOENT);
    assert_true(world->ops->file_read(world, "/proc/self/oom_score", buffer, 8) > 0);
    world_close();
}

static void a_file_is_replaced_and_removed(void **state)
{
    (void)state;
    char path[128], buffer[8];
    struct stat status;
    snprintf(path, sizeof(path), "%s/file", directory);
    world_open();

    assert_int_equal(world->ops->file_write(world, path, "one"), 0);
    assert_int_equal(world->ops->file_write(world, path, "two"), 0);
    assert_int_equal(world->ops->file_read(world, path, buffer, 8), 3);
    assert_memory_equal(buffer, "two", 3);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(world->ops->file_write(world, path, NULL), 0);
    assert_int_equal(world->ops->file_write(world, path, NULL), -ENOENT);
    assert_int_equal(world->ops->file_write(world, directory, NULL), -EISDIR);
    assert_int_equal(world->ops->file_write(world, fifo, NULL), -EPERM);
    assert_int_equal(world->ops->file_write(world, "/nowhere/file", "x"), -ENOENT);
    world_close();
}

/* The world as PID 1 of a namespace; the pid of a process that was put into it arrives on the
 * pipe. Returns 0 when that process is not ours. */
static int run_as_init(int pid_reader)
{
    struct live_config config = {.name = "ent"};
    int stranger = 0;
    if (getpid() != 1 || unshare(CLONE_NEWNS) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("proc", "/proc", "proc", 0, NULL) < 0)
        return 10;
    if (read(pid_reader, &stranger, sizeof(stranger)) != sizeof(stranger))
        return 11;
    live_signals_block();
    if (live_create(&config, &world) != 0)
        return 12;
    if (kill(stranger, 0) != 0)
        return 13;
    return send_signal(TARGET_PID, stranger, SIGKILL) == -EPERM ? 0 : 14;
}

static pid_t put_into_namespace(pid_t init)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/ns/pid", init);
    int namespace = open(path, O_RDONLY | O_CLOEXEC);
    if (namespace < 0 || setns(namespace, CLONE_NEWPID) < 0)
        return -1;
    close(namespace);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    return pid;
}

/* In a process of its own, because a namespace cannot be left. */
static int run_with_stranger(void)
{
    int ends[2], status = 0;
    if (pipe(ends) < 0 || unshare(CLONE_NEWPID) < 0)
        return 20;
    pid_t init = fork();
    if (init == 0)
        _exit(run_as_init(ends[0]));
    pid_t pid = put_into_namespace(init);
    int stranger = 2; /* as the new namespace numbers it: the init is 1 */
    if (pid < 0 || write(ends[1], &stranger, sizeof(stranger)) < 0)
        return 21;
    /* The init's exit kills it, and waits until it is reaped. */
    waitpid(pid, NULL, 0);
    waitpid(init, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 22;
}

static void a_process_that_was_put_into_the_container_is_not_ours(void **state)
{
    (void)state;
    if (getuid() != 0)
        skip();
    int status;

    pid_t pid = fork();
    if (pid == 0)
        _exit(run_with_stranger());
    waitpid(pid, &status, 0);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int count, char **arguments)
{
    if (count > 1 && strcmp(arguments[1], "foreign-parent") == 0)
        return run_foreign_parent();
    const struct CMUnitTest tests[] = {
        TEST(a_signal_that_was_sent_before_the_world_was_created_arrives),
        TEST(every_handled_signal_is_an_event),
        TEST(the_alarm_is_never_early_and_less_than_2_ms_late),
        TEST(an_alarm_replaces_the_one_before),
        TEST(the_exit_status_of_a_process_is_its_code),
        TEST(a_process_that_a_signal_ended_has_code_128_and_the_signal),
        TEST(gone_comes_when_the_last_of_the_group_has_exited),
        TEST(gone_is_noticed_although_the_group_belongs_to_somebody_elses_children),
        TEST(nobody_is_signalled_after_the_reap),
        TEST(a_program_that_cannot_be_started_is_an_error_and_no_event),
        TEST(running_out_of_descriptors_is_an_error_that_leaves_nothing_behind),
        TEST(a_program_is_looked_up_in_the_path_of_its_own_environment),
        TEST(a_process_can_become_another_user),
        TEST(a_process_gets_default_signals_and_no_descriptor_of_ours),
        TEST(sockets_that_were_passed_to_us_are_passed_on),
        TEST(the_output_of_a_command_comes_with_its_exit),
        TEST(a_command_ends_although_a_grandchild_holds_its_pipe),
        TEST(output_beyond_the_longest_kept_is_discarded),
        TEST(a_number_is_free_when_its_gone_was_pulled),
        TEST(a_descendant_can_be_signalled_by_its_pid_and_a_stranger_cannot),
        TEST(others_are_all_but_the_members_of_living_groups),
        TEST(others_are_gone_at_once_where_there_are_none),
        TEST(orphans_are_adopted_and_reaped),
        TEST(a_file_is_read_whole_or_not_at_all),
        TEST(a_file_is_replaced_and_removed),
        TEST(a_process_that_was_put_into_the_container_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
