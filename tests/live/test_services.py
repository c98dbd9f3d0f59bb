"""services.lua, the start, and services that end by themselves."""

import os
import pwd
import sys
import unittest

from container import ISOLATED, STOP_ALL, THREE, LiveTest, ready_socket, service


class Start(LiveTest):
    def test_each_service_is_started_when_the_one_before_is_ready(self):
        container = self.start(
            service("db", "sleep 80 listen @/db.sock say db-ready wait", ready_socket("db")) +
            service("web", "until @/db.sock say web-sees-it wait"))

        container.wait_for("web-sees-it").signal()

        self.assert_ended(container, 0, within=10)
        lines = container.stdout()
        self.assertLess(lines.index("[db] db-ready"), lines.index("[web] web-sees-it"))

    def test_a_stale_socket_is_removed_before_the_start_and_at_the_end(self):
        bind = "import socket; socket.socket(socket.AF_UNIX).bind('web.sock')"
        container = self.serving(
            service("web", "listen @/web.sock wait", ready_socket("web")),
            shell=f'{sys.executable} -c "{bind}"; test -S web.sock && exec "$@"')

        container.signal()

        self.assert_ended(container, 0, within=10)

    def test_a_missing_program_stops_the_others_and_gives_127(self):
        container = self.start(THREE + 'service "new" { command = { "/no/such/program" } }')

        self.assert_ended(container, 127, within=10)
        self.assert_says(container, "/no/such/program: No such file or directory")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_program_missing_from_the_path_gives_127(self):
        container = self.start('service "new" { command = { "no-such-program" } }')

        self.assert_ended(container, 127, within=10)

    def test_a_file_that_is_not_executable_gives_126(self):
        container = self.start(THREE + 'service "new" { command = { "@/services.lua" } }')

        self.assert_ended(container, 126, within=10)
        self.assert_says(container, "services.lua: Permission denied")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_directory_as_program_gives_126(self):
        container = self.start('service "new" { command = { "/etc" } }')

        self.assert_ended(container, 126, within=10)

    def test_a_missing_directory_is_named(self):
        container = self.start(service("web", "wait", 'directory = "/no/such/place"'))

        self.assertNotEqual(container.wait_for_exit(), 0)
        self.assert_says(container, "cannot enter directory /no/such/place")

    def test_a_missing_user_is_named(self):
        container = self.start(service("web", "wait", 'user = "nobody-of-that-name"'))

        self.assertNotEqual(container.wait_for_exit(), 0)
        self.assert_says(container, "there is no user nobody-of-that-name")

    def test_a_socket_that_never_appears_ends_the_start_with_1(self):
        container = self.start(THREE + service("new", "wait", ready_socket("new", 0.3)))

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "new: not ready within 0.3 s", "new.sock")
        self.assert_stopped_in_order(container, "new", "web", "app", "db")

    def test_a_service_that_dies_before_it_is_ready_gives_its_code(self):
        container = self.start(THREE + service("new", "sleep 30 exit 9", ready_socket("new", 20)))

        self.assert_ended(container, 9, within=10)
        self.assert_says(container, "new exited by itself with code 9")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_service_that_dies_while_the_next_one_starts_gives_its_code(self):
        container = self.start(service("db", "until @/go exit 6") +
                               service("web", "wait", ready_socket("web", 20)))
        container.wait_for("web-up").write("go", "")

        self.assert_ended(container, 6, within=10)
        self.assert_stopped_in_order(container, "web")

    def test_a_service_that_stops_itself_while_starting_is_ended_by_its_timeout(self):
        container = self.start(service("web", "stop", ready_socket("web", 0.3)))

        self.assert_ended(container, 1, within=10)

    def test_when_false_leaves_a_service_out(self):
        container = self.start(THREE + service("new", "wait", "when = false"))

        container.wait_for("all services are up").signal()

        self.assert_ended(container, 0, within=10)
        self.assertNotIn("[new]", container.text())

    def test_the_environment_of_a_service_is_ours_with_its_own(self):
        container = self.start(
            'environment { SHARED = "for all" }\n' +
            service("web", "show SHARED show OWN show OUTER show GONE wait",
                    'env = { OWN = "mine", GONE = false }'),
            environment={"OUTER": "from outside", "GONE": "still here"})

        container.wait_for("not set").signal()

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "[web] for all", "[web] mine", "[web] from outside")


    def test_a_directory_and_a_user_are_taken(self):
        user = "nobody" if ISOLATED else pwd.getpwuid(os.getuid()).pw_name
        container = self.start('service "web" { command = { "sh", "-c", '
                               '"pwd; id -un; exec sleep 1000" }, '
                               f'directory = "/usr/lib", user = "{user}" }}')
        container.wait_for("[web] /usr/lib").wait_for(f"[web] {user}").signal()

        self.assert_ended(container, 0, within=10)


@unittest.skipUnless(ISOLATED, "needs a /etc of its own")
class StandardFiles(LiveTest):
    ETC = 'mount --bind . /etc && exec "$@"'

    def test_the_files_in_etc_lastcall_are_read(self):
        container = self.start(None, None, shell='until test -e go; do :; done; ' + self.ETC)
        os.mkdir(container.path("lastcall"))
        container.write("lastcall/services.lua", THREE)
        container.write("lastcall/shutdown.lua", 'log("mine")\n' + STOP_ALL)
        container.write("go", "")
        container.wait_for("-up", times=3).signal()

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "mine")

    def test_a_broken_file_in_etc_lastcall_is_said(self):
        container = self.start(None, None, shell='until test -e go; do :; done; ' + self.ETC)
        os.mkdir(container.path("lastcall"))
        container.write("lastcall/services.lua", "service(")
        container.write("go", "")

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "/etc/lastcall/services.lua:1:")

    def test_without_files_the_built_in_services_are_started(self):
        container = self.start(None, None, shell=self.ETC)

        self.assert_ended(container, 127, within=10)
        self.assert_says(container, "/app/policy-engine: No such file or directory")


class Exit(LiveTest):
    def crash(self, words, code):
        container = self.serving(
            service("db", "wait") + service("app", "until @/go " + words) + service("web", "wait"))
        container.write("go", "")
        self.assert_ended(container, code, within=10)
        return container

    def test_the_code_of_a_crash_is_passed_on_and_the_others_are_stopped_in_order(self):
        container = self.crash("exit 7", 7)

        self.assert_says(container, "app exited by itself with code 7")
        self.assert_stopped_in_order(container, "web", "db")

    def test_a_crash_by_a_signal_gives_128_and_the_signal(self):
        container = self.crash("die 9", 137)

        self.assert_stopped_in_order(container, "web", "db")

    def test_a_service_that_ends_with_0_by_itself_stops_all_with_0(self):
        container = self.crash("exit 0", 0)

        self.assert_says(container, "app exited by itself with code 0")
        self.assert_stopped_in_order(container, "web", "db")

    def test_a_policy_sees_which_service_exited(self):
        policy = 'log("because of", shutdown.cause, shutdown.process)\nstop("db")\n'
        container = self.serving(service("db", "wait") + service("app", "until @/go exit 3"),
                                 policy)

        container.write("go", "")

        self.assert_ended(container, 3, within=10)
        self.assert_says(container, "because of exit app")

    def test_two_crashes_at_once_are_one_shutdown(self):
        container = self.serving(
            service("db", "until @/go exit 3") + service("app", "until @/go exit 3"))

        container.write("go", "")

        self.assert_ended(container, 3, within=10)
        self.assertEqual(container.text().count("exited by itself"), 1)

    def test_a_grandchild_in_the_group_of_a_crashed_service_is_stopped_too(self):
        container = self.serving(service("db", "wait") + service(
            "app", "fork say child-up wait say bye end until @/go exit 4"))

        container.write("go", "")

        self.assert_ended(container, 4, within=10)
        self.assert_says(container, "[app] bye")


class BadFile(LiveTest):
    def refused(self, services, *texts, arguments=()):
        container = self.start(services, arguments=arguments)
        self.assert_ended(container, 1, within=10)
        self.assert_says(container, *texts)
        self.assertNotIn(" started  ", container.text())

    def test_a_syntax_error_is_shown_with_its_line(self):
        self.refused('-- one\nservice "web" {\n', "services.lua:", "<eof>")

    def test_an_unknown_name_is_shown_with_its_line(self):
        self.refused('servise "web" { command = { "true" } }', "services.lua:1", "servise",
                     "did you mean 'service'")

    def test_an_unknown_field_names_the_nearest(self):
        self.refused('service "web" { comand = { "true" } }', "services.lua:1", "comand",
                     "did you mean 'command'")

    def test_a_field_of_a_wrong_type_says_what_to_write(self):
        self.refused('service "web" { command = "true" }', "services.lua:1", "must be a list")

    def test_a_service_without_a_command_is_refused(self):
        self.refused('service "web" { }', "services.lua:1", "command")

    def test_a_service_that_is_there_twice_is_refused(self):
        self.refused(THREE + service("web"), "services.lua:4", "twice")

    def test_a_file_without_a_service_is_refused(self):
        self.refused("", "declares no service")

    def test_an_endless_loop_is_refused(self):
        self.refused("while true do end", "services.lua:1", "endless loop")

    def test_a_hang_inside_c_is_ended(self):
        self.refused('local words = {}\nfor i = 1, 30000 do words[i] = "a" end\n'
                     'local found = table.concat(words):find(".-.-.-.-b")\n' + THREE, "hangs")

    def test_runaway_memory_is_refused(self):
        self.refused("local t = {}\nwhile true do t[#t + 1] = { {}, {} } end", "memory")

    def test_a_wait_is_refused(self):
        self.refused("sleep(1)", "services.lua:1", "sleep")

    def test_a_missing_file_given_by_option_is_named(self):
        container = self.start(None, None, arguments=["--services", "@/no-such.lua"])

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "no-such.lua: No such file or directory")

    def test_a_directory_as_file_is_named(self):
        container = self.start(None, None, arguments=["--services", "@/"])

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "Is a directory")

    def test_a_file_longer_than_64_kb_is_refused(self):
        container = self.start("-" * 70000)

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "services.lua")


class Arguments(LiveTest):
    SERVICES = service("web", "arguments", 'arguments = "--x.", fixed = { "listen" }')

    def test_arguments_with_the_prefix_are_passed_on(self):
        container = self.start(self.SERVICES, arguments=["--x.log-level", "debug", "--x.fast",
                                                         "--x.level=3", "--x.last", "v"])

        container.wait_for("all arguments shown").signal()

        self.assert_ended(container, 0, within=10)
        shown = [line[6:] for line in container.stdout() if line.startswith("[web] ")]
        self.assertEqual(shown[1:], ["--log-level", "debug", "--fast", "--level=3", "--last", "v",
                                 "all arguments shown"])

    def refused(self, arguments, *texts):
        container = self.start(self.SERVICES, arguments=arguments)
        self.assert_ended(container, 1, within=10)
        self.assert_says(container, *texts)

    def test_an_unknown_argument_is_refused_and_the_prefixes_are_named(self):
        self.refused(["--y.level", "3"], "unknown argument '--y.level'", "--x.NAME")

    def test_a_bare_word_is_refused(self):
        self.refused(["word"], "unknown argument 'word'")

    def test_a_fixed_argument_is_refused(self):
        self.refused(["--x.listen", "/tmp/other"], "'--x.listen' cannot be given")

    def test_a_fixed_argument_with_its_value_is_refused(self):
        self.refused(["--x.listen=/tmp/other"], "cannot be given")

    def test_a_grace_that_is_no_number_is_refused(self):
        self.refused(["--grace", "soon"], "--grace must be a number of seconds")

    def test_an_option_without_its_value_is_refused(self):
        self.refused(["--policy"], "--policy needs a value")

    def test_a_report_that_cannot_be_opened_is_refused(self):
        self.refused(["--report", "/no/such/place/report"], "/no/such/place/report")


class Orphans(LiveTest):
    def reaped(self, **options):
        container = self.serving(service("web", "orphans 300 say made wait"), **options)
        container.wait_for("made").wait_for_processes(1).signal()
        self.assert_ended(container, 0, within=10)
        return container

    def test_orphans_are_reaped_while_serving(self):
        self.reaped()

    def test_orphans_are_reaped_by_a_subreaper(self):
        self.assert_says(self.reaped(init=False), "not PID 1: adopting orphans as a subreaper")

    def test_a_child_from_before_exec_is_reaped(self):
        container = self.serving(THREE, shell='sleep 0.2 & exec "$@"')
        container.wait_for_processes(3).signal()

        self.assert_ended(container, 0, within=10)
