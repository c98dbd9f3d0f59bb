"""Policies that are wrong, hang or wait too long: an orderly stop in time, and one clear line."""

from container import STOP_ALL, THREE, LiveTest, service

POLICY_FAILED = 77

HANG_IN_C = 'local words = {}\nfor i = 1, 30000 do words[i] = "a" end\n' \
            'local found = table.concat(words):find(".-.-.-.-b")\n'


class Rejected(LiveTest):
    """Found at the start: a loud message, and the built-in policy for any set of services."""

    def rejected(self, policy, *texts):
        container = self.serving(THREE, policy)
        container.signal()
        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "using policies/examples/in_reverse.lua instead", *texts)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_syntax_error(self):
        self.rejected("log('one')\nstop('web'))\n", "policy.lua:2:", "policy.lua is REJECTED")

    def test_an_unknown_name(self):
        self.rejected('log("a")\nstopp("web")\n', "policy.lua:2:", "did you mean 'stop'")

    def test_an_unknown_service(self):
        self.rejected('stop("wep")\n', "policy.lua:1:", "did you mean 'web'")

    def test_a_name_that_the_sandbox_has_not(self):
        self.rejected('os.exit(1)\n', "policy.lua:1:", "os", "use env")

    def test_a_drain_of_a_service_that_has_no_driver(self):
        self.rejected('drain("web")\n', "policy.lua:1:", "does not say how 'web' drains")

    def test_bytecode(self):
        self.rejected("\x1bLua", "policy.lua")

    def test_a_missing_file_given_by_option(self):
        container = self.serving(THREE, None, arguments=["--policy", "@/no-such.lua"])

        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "no-such.lua: No such file or directory", "in_reverse.lua")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_file_that_is_too_long(self):
        self.rejected("-" * 70000, "policy.lua: File too large")

    def test_without_a_policy_the_built_in_one_drains_and_stops_in_reverse(self):
        driver = 'drain = { drain = function() return true, "told" end }'
        container = self.serving(THREE + service("gate", "wait", driver), None)

        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "gate             drain     told")
        self.assert_stopped_in_order(container, "gate", "web", "app", "db")


class Strict(LiveTest):
    def refused(self, policy, *texts, arguments=()):
        container = self.start(THREE, policy, arguments=["--strict", *arguments])
        self.assert_ended(container, 1, within=10)
        self.assert_says(container, *texts)
        self.assertNotIn(" started  ", container.text())

    def test_strict_does_not_start_with_a_syntax_error(self):
        self.refused("stop('web'\n", "policy.lua:")

    def test_strict_does_not_start_with_an_unknown_name(self):
        self.refused('stopp("web")\n', "did you mean 'stop'")

    def test_strict_does_not_start_without_the_file_given_by_option(self):
        self.refused(None, "no-such.lua: No such file", arguments=["--policy", "@/no-such.lua"])

    def test_strict_starts_with_a_good_policy(self):
        container = self.serving(THREE, STOP_ALL, arguments=["--strict"])

        container.signal()

        self.assert_ended(container, 0, within=10)


class Failing(LiveTest):
    """Found at the shutdown: the last resort stops everything in the reverse start order."""

    def fails(self, policy, *texts, within=8):
        container = self.serving(THREE, policy, grace=10)
        container.signal()
        self.assert_ended(container, POLICY_FAILED, within=within)
        self.assert_says(container, *texts)
        self.assert_stopped_in_order(container, "web", "app", "db")
        self.assert_says(container, "[web] web-down", "[app] app-down", "[db] db-down")
        self.assertEqual(container.events()[-1]["what"], "verdict")

    def test_an_error_raised(self):
        self.fails('log("so far")\nerror("no idea what to do")\n',
                   "policy.lua:2: no idea what to do")

    def test_an_error_that_is_no_text(self):
        self.fails("error({})\n", "an error that is not a text was raised")

    def test_a_wrong_option(self):
        self.fails('local options = { ["tim" .. "out"] = 3 }\nstop("web", options)\n',
                   "policy.lua:2:", "did you mean 'timeout'")

    def test_a_wrong_argument(self):
        self.fails('sleep(tostring(5) .. "s")\n', "policy.lua:1:", "must be a number of seconds")

    def test_a_computed_service_that_is_unknown(self):
        self.fails('local who = "wep"\nstop(who)\n', "policy.lua:2:", "did you mean 'web'")

    def test_a_call_of_nil(self):
        self.fails("local nothing\nnothing()\n", "policy.lua:2:")

    def test_an_endless_loop(self):
        self.fails("\nwhile true do end\n", "policy.lua:2:", "endless loop")

    def test_an_endless_loop_inside_pcall(self):
        self.fails("while true do pcall(function() while true do end end) end\n", "endless loop")

    def test_endless_recursion(self):
        self.fails("local function f() return 1 + f() end\nf()\n", "memory")

    def test_runaway_memory(self):
        self.fails("local t = {}\nwhile true do t[#t + 1] = { {}, {} } end\n", "memory")

    def test_memory_in_one_string(self):
        self.fails('local s = "x"\nwhile true do s = s .. s end\n', "memory")

    def test_a_sleep_inside_table_sort(self):
        self.fails("table.sort({ 3, 1, 2 }, function() sleep(1) return true end)\n",
                   "policy.lua:1:", "cannot wait here")

    def test_a_loop_of_waits_when_no_time_is_left(self):
        self.fails("while true do sleep(3600) end\n", "no time is left", within=10)

    def test_too_many_things_at_once(self):
        self.fails("local list = {}\nfor i = 1, 100 do list[i] = function() sleep(1) end end\n"
                   "parallel(table.unpack(list))\n", "more than 64 things at once")


class Hanging(LiveTest):
    def test_a_hang_inside_c_is_ended_by_its_cpu_time(self):
        container = self.serving(THREE, HANG_IN_C, grace=10)

        container.signal()

        self.assert_ended(container, POLICY_FAILED, within=8)
        self.assert_says(container, "the policy hangs inside a C function", "[web] web-down")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_hang_inside_c_inside_pcall_and_parallel(self):
        container = self.serving(
            THREE, "parallel(function() pcall(function()\n" + HANG_IN_C + "end) end)", grace=10)

        container.signal()

        self.assert_ended(container, POLICY_FAILED, within=8)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_hang_inside_c_of_a_driver_while_serving(self):
        driver = "drain = { drain = function() return true end, in_flight = function()\n" + \
            HANG_IN_C + "end }"
        container = self.start(service("db", "wait") + service("web", "wait", driver), grace=10)

        self.assert_ended(container, POLICY_FAILED, within=8)
        self.assert_says(container, "hangs inside a C function")


class Waiting(LiveTest):
    def clean(self, policy, *texts, within):
        container = self.serving(THREE, policy, grace=4)
        container.signal()
        self.assert_ended(container, 0, within=within)
        self.assert_says(container, *texts)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_wait_of_an_hour_is_shortened_and_the_stops_still_happen(self):
        self.clean("sleep(3600)\n" + STOP_ALL, "shortened", within=4)

    def test_a_sleep_without_end_is_shortened(self):
        self.clean("sleep(1/0)\n" + STOP_ALL, "shortened", within=4)

    def test_a_wait_for_an_exit_that_does_not_come_is_shortened(self):
        self.clean('wait_exit("db", { timeout = 3600 })\n' + STOP_ALL, within=4)

    def test_an_empty_policy_leaves_the_stops_to_the_built_in_order(self):
        self.clean("", "the policy left", within=4)

    def test_a_comment_only_is_an_empty_policy(self):
        self.clean("-- nothing\n", "the policy left", within=4)

    def test_a_command_that_never_ends_is_killed(self):
        self.clean('local ok, why = run({ "sleep", "3600" }, { timeout = 0.2 })\n'
                   'log("ran", ok, why)\n' + STOP_ALL, "ran false timeout", within=4)

    def test_a_command_gives_what_it_wrote_and_its_exit_status(self):
        self.clean('log("ran", run({ "echo", "hello" }))\nlog("ran", run({ "false" }))\n'
                   + STOP_ALL, "ran true hello", "ran false exit 1", within=4)

    def test_a_command_that_is_missing_is_said(self):
        self.clean('local ok, why = run({ "no-such-program" })\nlog("ran", ok, why)\n' + STOP_ALL,
                   "ran false No such file or directory", within=4)

    def test_an_address_that_nobody_serves_is_refused(self):
        self.clean('local ok, why = http.get("http://127.0.0.1:1/")\nlog("got", ok, why)\n'
                   + STOP_ALL, "got nil refused", within=4)

    def test_branches_that_are_cancelled_leave_no_command_behind(self):
        self.clean('race(function() run({ "sleep", "3600" }) end, function() sleep(0.1) end)\n'
                   + STOP_ALL, within=4)

    def test_a_file_is_written_at_once_and_nothing_else_is_left(self):
        container = self.serving(THREE, 'log("wrote", write_file("@/state", "one\\n"))\n'
                                 'log("wrote", write_file("/no/such/state", "two"))\n' + STOP_ALL)

        container.signal()

        self.assert_ended(container, 0, within=4)
        self.assert_says(container, "wrote true", "wrote false No such file or directory")
        with open(container.path("state"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "one\n")

    def test_a_pid_that_is_not_there_or_not_ours_is_not_signalled(self):
        self.clean('log("sent", kill_pid(4194303, "KILL"))\n' + STOP_ALL, "sent false not",
                   within=4)

    def test_a_policy_may_choose_the_exit_code(self):
        container = self.serving(THREE, STOP_ALL + "exit_code(42)\n")

        container.signal()

        self.assert_ended(container, 42, within=10)
