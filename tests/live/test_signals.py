"""Signals to lastcall, and services that do not take theirs."""

import os
import signal
import time

from container import STOP_ALL, THREE, LiveTest, service

FORCED = 75
DEADLINE = 76

STUBBORN = service("db", "wait") + service("app", "forever") + service("web", "wait")


class Stopping(LiveTest):
    def stopped_by(self, number, name):
        container = self.serving(THREE)
        container.signal(number)
        self.assert_ended(container, 0, within=10)
        self.assert_says(container, f"SIG{name}", "clean", "[db] db-down")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_sigterm_stops_in_order(self):
        self.stopped_by(signal.SIGTERM, "TERM")

    def test_sigint_stops_in_order(self):
        self.stopped_by(signal.SIGINT, "INT")

    def test_sigquit_stops_in_order(self):
        self.stopped_by(signal.SIGQUIT, "QUIT")

    def test_as_a_subreaper_all_is_the_same(self):
        container = self.serving(THREE, init=False)

        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_other_signals_do_not_stop(self):
        container = self.serving(THREE)

        for name in ("USR1", "USR2"):
            container.signal(getattr(signal, "SIG" + name))
            container.wait_for(f"SIG{name} ignored")
        container.signal()

        self.assert_ended(container, 0, within=10)

    def test_each_service_has_exited_before_the_next_is_told(self):
        container = self.serving(
            service("db", "wait say db-told") +
            service("web", "wait sleep 150 say web-done"))

        container.signal()

        self.assert_ended(container, 0, within=10)
        lines = container.stdout()
        self.assertLess(lines.index("[web] web-done"), lines.index("[db] db-told"))

    def test_a_signal_that_was_blocked_or_ignored_by_our_parent_stops_all_the_same(self):
        container = self.serving(THREE, shell="trap '' TERM INT QUIT; exec \"$@\"")

        container.signal()

        self.assert_ended(container, 0, within=10)


class SecondSignal(LiveTest):
    def test_a_second_sigterm_hurries(self):
        container = self.serving(STUBBORN, grace=60)
        container.signal()
        container.wait_for("app              TERM")

        container.signal()

        self.assert_ended(container, FORCED, within=5)
        self.assert_says(container, "second SIGTERM", "hurry", "forced")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_second_sigterm_ends_a_sleep(self):
        container = self.serving(THREE, 'log("asleep")\nsleep(50)\n' + STOP_ALL, grace=60)
        container.signal()
        container.wait_for("asleep")

        container.signal()

        self.assert_ended(container, 0, within=5)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_third_sigterm_kills(self):
        container = self.serving(STUBBORN, grace=60)
        container.signal()
        container.wait_for("app              TERM")
        container.signal()
        container.wait_for("hurry")

        container.signal()

        self.assert_ended(container, FORCED, within=2)
        self.assert_says(container, "third signal")

    def test_a_third_sigterm_kills_as_a_subreaper_too(self):
        container = self.serving(STUBBORN, grace=60, init=False)
        container.signal()
        container.wait_for("app              TERM")
        container.signal()
        container.wait_for("hurry")

        container.signal()

        self.assert_ended(container, FORCED, within=2)
        self.assert_says(container, "third signal")

    def test_a_second_sigterm_ends_a_command_of_the_policy(self):
        container = self.serving(THREE, 'log("asleep")\nrun({ "sleep", "50" }, { timeout = 50 })\n'
                                 + STOP_ALL, grace=60)
        container.signal()
        container.wait_for("asleep")

        container.signal()

        self.assert_ended(container, 0, within=5)

    def test_signals_hurry_the_last_resort_too(self):
        container = self.serving(STUBBORN, 'error("broken")', grace=60)
        container.signal()
        container.wait_for("last resort: web exited")

        container.signal()
        container.wait_for("another stop signal: hurrying")
        container.signal()

        self.assert_ended(container, 77, within=4)


class Stubborn(LiveTest):
    def test_a_service_that_ignores_term_is_killed_in_its_share_of_the_time(self):
        container = self.serving(STUBBORN, grace=5)

        container.signal()

        self.assert_ended(container, FORCED, within=5)
        self.assert_says(container, "app              KILL")
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_three_services_that_ignore_term_are_gone_within_a_grace_of_3_s(self):
        services = "".join(service(name, "forever") for name in ("db", "app", "web"))
        container = self.serving(services, grace=3)

        container.signal()

        self.assert_ended(container, FORCED, within=3)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_grace_of_1_s_is_kept(self):
        services = "".join(service(name, "forever") for name in ("db", "app", "web"))
        container = self.serving(services, grace=1)

        container.signal()

        self.assert_ended(container, FORCED, within=1)

    def test_a_service_that_makes_daemons_all_the_time_is_ended(self):
        loop = "while :; do (setsid sleep 100 &); sleep 0.002; done"
        command = f'{{ "sh", "-c", "trap : TERM; echo web-up; {loop}" }}'
        for init in (True, False):
            container = self.start(f'service "web" {{ command = {command} }}', grace=4, init=init)
            container.wait_for("[web] web-up").signal()

            self.assert_ended(container, FORCED, within=4)

    def test_a_failed_policy_with_services_that_ignore_term_ends_in_time_too(self):
        services = "".join(service(name, "forever") for name in ("db", "app", "web"))
        container = self.serving(services, "error()", grace=3)

        container.signal()

        self.assert_ended(container, 77, within=3)
        self.assert_stopped_in_order(container, "web", "app", "db")

    def test_a_stop_without_kill_leaves_the_service_to_the_last_resort(self):
        container = self.serving(
            STUBBORN, 'stop("app", { timeout = 0.1, kill = false })\n' + STOP_ALL, grace=5)

        container.signal()

        self.assert_ended(container, FORCED, within=5)

    def test_a_stopped_service_is_continued_and_takes_its_term(self):
        container = self.serving(THREE)
        os.kill(container.pid_of("say app-up"), signal.SIGSTOP)

        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "[app] app-down")

    def test_a_stopped_service_takes_the_last_resorts_term_too(self):
        container = self.serving(THREE, "error()")
        os.kill(container.pid_of("say app-up"), signal.SIGSTOP)

        container.signal()

        self.assert_ended(container, 77, within=10)
        self.assert_says(container, "[app] app-down")


    def test_a_lastcall_that_stood_still_past_its_deadline_kills_what_is_left(self):
        container = self.serving(STUBBORN, grace=2)
        container.signal()
        container.wait_for("app              TERM").signal(signal.SIGSTOP)

        time.sleep(2)
        container.signal(signal.SIGCONT)

        self.assert_ended(container, DEADLINE, within=2)
        self.assert_says(container, "the deadline has come")

    def test_a_service_that_floods_its_log_is_stopped_by_the_last_resort(self):
        container = self.serving(service("web", "fork spam end wait"), "error()", grace=5)

        container.signal()

        self.assert_ended(container, 77, within=5)


class Grandchildren(LiveTest):
    def ends(self, words, code, *texts, grace=4, stopped=False, **options):
        container = self.serving(
            service("db", "wait") + service("web", words + " say ready wait"), grace=grace,
            **options)
        container.wait_for("ready", words.count("say ready") + 1)
        if stopped:
            os.kill(container.pid_of(words), signal.SIGSTOP)
        container.signal()
        self.assert_ended(container, code, within=grace)
        self.assert_says(container, *texts)

    def test_one_in_the_group_gets_term_when_its_leader_has_exited(self):
        self.ends("fork say ready wait say child-down end", 0, "[web] child-down",
                  "to the processes it left behind")

    def test_one_in_the_group_that_ignores_term_is_killed(self):
        self.ends("fork say ready forever end", FORCED, "KILL")

    def test_one_with_a_session_of_its_own_gets_term(self):
        self.ends("session say ready wait say child-down end", 0, "[web] child-down",
                  "the policy left other processes running")

    def test_one_with_a_session_of_its_own_that_ignores_term_is_killed(self):
        self.ends("session say ready forever end", FORCED, "other processes killed")

    def test_a_daemon_that_was_forked_twice_gets_term(self):
        self.ends("daemon say ready wait say daemon-down end", 0, "[web] daemon-down")

    def test_a_daemon_that_ignores_term_is_killed(self):
        self.ends("daemon say ready forever end", FORCED, "other processes killed")

    def test_a_daemon_gets_term_from_a_subreaper(self):
        self.ends("daemon say ready wait say daemon-down end", 0, "[web] daemon-down", init=False)

    def test_a_daemon_that_ignores_term_is_killed_by_a_subreaper(self):
        self.ends("daemon say ready forever end", FORCED, init=False)

    def test_a_stopped_daemon_is_continued(self):
        self.ends("daemon say ready wait say daemon-down end", 0, "[web] daemon-down", stopped=True)

    def test_generations_of_them_are_all_gone(self):
        self.ends("fork fork session daemon say ready wait end say ready wait end "
                  "say ready wait end say ready wait end", 0)


class Grace(LiveTest):
    def warned(self, value, expected):
        container = self.serving(THREE, environment={"SHUTDOWN_GRACE_SECONDS": value})
        container.signal()
        self.assert_ended(container, 0, within=10)
        self.assert_says(container, *expected)

    def test_the_grace_comes_from_the_environment(self):
        self.warned("12", ["grace 12.0 s"])

    def test_a_grace_that_is_no_number_is_said_and_30_is_used(self):
        self.warned("abc", ["SHUTDOWN_GRACE_SECONDS is 'abc'", "grace 30.0 s"])

    def test_a_grace_that_is_a_service_link_is_said_and_30_is_used(self):
        self.warned("tcp://10.0.0.1:80", ["'tcp://10.0.0.1:80'", "grace 30.0 s"])

    def test_a_grace_of_nothing_is_30(self):
        self.warned("", ["grace 30.0 s"])

    def test_a_negative_grace_is_said_and_30_is_used(self):
        self.warned("-5", ["'-5'", "grace 30.0 s"])

    def test_a_grace_that_is_not_a_number_in_c_is_said_and_30_is_used(self):
        self.warned("nan", ["'nan'", "grace 30.0 s"])

    def test_the_option_wins_over_the_environment(self):
        container = self.serving(THREE, grace=7, environment={"SHUTDOWN_GRACE_SECONDS": "abc"})

        container.signal()

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "grace 7.0 s")
        self.assertNotIn("abc", container.text())
