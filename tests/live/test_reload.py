"""SIGHUP: the policy is read again, tried, and used when it is good; else the one before stays."""

import os
import signal
import time

from container import STOP_ALL, THREE, LiveTest, service
from test_check import RISKY, SLOW_TO_TRY

OLD = 'log("the old policy")\n' + STOP_ALL
NEW = 'log("the new policy")\n' + STOP_ALL
SLOW = 'log("the slow policy")\n' + SLOW_TO_TRY
BROKEN = 'if drain("web")\n  stop("web")\nend\n'
USED = "policy.lua is the policy from now on, in "
REJECTED = "policy.lua is REJECTED, the one before stays: "


class ReloadTest(LiveTest):
    def replace(self, container, policy):
        """As editors and ConfigMaps do: a new file, renamed."""
        os.rename(container.write("policy.new", policy), container.path("policy.lua"))

    def reload(self, container, policy):
        self.replace(container, policy)
        container.signal(signal.SIGHUP)
        return container

    def assert_stops_by(self, container, policy, code=0):
        container.signal()
        self.assert_ended(container, code, within=10)
        self.assertEqual([name for name in ("old", "new", "slow")
                          if f"the {name} policy" in container.text()], [policy])
        self.assert_stopped_in_order(container, "web", "app", "db")

    def reloads(self, container):
        return [event for event in container.events() if event["what"] == "reload"]


class Used(ReloadTest):
    def test_a_good_policy_is_used_from_then_on_and_services_get_no_hangup(self):
        container = self.serving(THREE, OLD)

        self.reload(container, NEW).wait_for(USED)

        self.assert_stops_by(container, "new")
        event, = self.reloads(container)
        self.assertNotIn("warning", event)
        self.assertGreater(event["took"], 0)

    def test_a_file_that_is_written_in_place_is_used(self):
        container = self.serving(THREE, OLD)

        container.write("policy.lua", NEW)
        container.signal(signal.SIGHUP)
        container.wait_for(USED)

        self.assert_stops_by(container, "new")

    def test_a_config_map_that_swaps_its_folder_is_followed(self):
        container = self.serving(THREE, OLD)
        for version, policy in (("..1", OLD + "\n"), ("..2", NEW)):
            os.mkdir(container.path(version))
            container.write(version + "/policy.lua", policy)
        os.symlink("..1", container.path("..data"))
        os.symlink("..data/policy.lua", container.path("link"))
        os.rename(container.path("link"), container.path("policy.lua"))
        container.signal(signal.SIGHUP)
        container.wait_for(USED)

        os.symlink("..2", container.path("..data_tmp"))
        os.rename(container.path("..data_tmp"), container.path("..data"))
        container.signal(signal.SIGHUP)
        container.wait_for(USED, 2)

        self.assert_stops_by(container, "new")

    def test_a_risky_policy_is_used_with_a_warning(self):
        container = self.serving(THREE, OLD)

        self.reload(container, RISKY).wait_for(USED)

        self.assert_says(container, "is risky: order-kept broken in ")
        container.signal()
        self.assert_ended(container, 0, within=10)
        self.assert_stopped_in_order(container, "db", "app", "web")

    def test_what_was_rejected_at_the_start_is_repaired(self):
        container = self.serving(THREE, BROKEN)

        self.reload(container, NEW).wait_for(USED)

        self.assert_stops_by(container, "new")

    def test_no_check_tries_nothing(self):
        container = self.serving(THREE, OLD, arguments=["--no-check"])

        self.reload(container, RISKY).wait_for(USED)

        self.assertNotIn("risky", container.text())
        container.signal()
        self.assert_ended(container, 0, within=10)

    def test_the_last_of_two_that_follow_each_other_is_used(self):
        container = self.serving(THREE, OLD)
        self.reload(container, OLD + "\n").wait_for(USED)

        self.reload(container, NEW).wait_for(USED, 2)

        self.assert_stops_by(container, "new")


class Kept(ReloadTest):
    def kept(self, policy, *texts, arguments=()):
        container = self.serving(THREE, OLD, arguments=arguments)
        self.reload(container, policy).wait_for(REJECTED)
        self.assert_stops_by(container, "old")
        self.assert_says(container, *texts)
        event, = self.reloads(container)
        self.assertTrue(event["warning"])

    def test_a_policy_that_does_not_compile_is_rejected_in_the_words_of_the_start(self):
        self.kept(BROKEN, "policy.lua:1: 'then' is missing after the condition of 'if'",
                  "     1 | if drain(\"web\")", "Write: if drain(\"web\") then",
                  REJECTED + "line 1: 'then' is missing after the condition of 'if'. Write: if "
                  "drain(\"web\") then")

    def test_an_unknown_name_is_rejected(self):
        self.kept("stopp('web')\n",
                  REJECTED + "line 1: unknown name 'stopp' - did you mean 'stop'?")

    def test_a_service_that_does_not_run_here_is_rejected(self):
        self.kept("stop('wep')\n", REJECTED + "line 1: stop: unknown service 'wep'")

    def test_a_policy_that_fails_where_nothing_is_wrong_is_rejected(self):
        self.kept("log(pid('web') + nil)\n", "policy.lua is broken: line 1: attempt",
                  REJECTED + "it is broken")

    def test_a_risky_policy_is_rejected_with_strict(self):
        self.kept(RISKY, "is risky: order-kept broken in ", REJECTED + "it is risky",
                  arguments=["--strict"])

    def test_bytecode_is_rejected(self):
        self.kept("\x1bLua", REJECTED)

    def test_a_file_that_is_gone_is_rejected(self):
        container = self.serving(THREE, OLD)

        os.remove(container.path("policy.lua"))
        container.signal(signal.SIGHUP)
        container.wait_for(REJECTED + "No such file or directory")

        self.assert_stops_by(container, "old")

    def test_what_has_not_changed_is_not_tried(self):
        container = self.serving(THREE, OLD)

        container.signal(signal.SIGHUP)
        container.wait_for("policy.lua has not changed")

        self.assert_stops_by(container, "old")

    def test_what_is_built_in_is_not_read_again(self):
        container = self.serving(THREE, None, arguments=[
            "--policy", "built-in:policies/examples/in_reverse.lua"])

        container.signal(signal.SIGHUP)
        container.wait_for("nothing to read again: the policy is built in")

        container.signal()
        self.assert_ended(container, 0, within=10)

    def test_changed_services_are_said_once_and_stay(self):
        container = self.serving(THREE, OLD)
        container.write("services.lua", THREE + "\n")

        self.reload(container, OLD + "\n").wait_for(USED)
        self.reload(container, NEW).wait_for(USED, 2)

        self.assert_stops_by(container, "new")
        self.assertEqual(container.text().count("services.lua has changed"), 1)


class Meanwhile(ReloadTest):
    MOMENTS = 15
    STEP_SECONDS = 0.01

    def slow(self):
        """Its reload is under way."""
        container = self.serving(THREE, OLD).wait_for_end_of_check()
        self.reload(container, SLOW).wait_for_check()
        return container

    def test_a_shutdown_begins_at_once_with_the_policy_before(self):
        container = self.slow()

        self.assert_stops_by(container, "old")

        self.assert_says(container, "policy.lua was not tried to the end", "verdict   clean: ")
        self.assertLess(container.text().index("SIGTERM; grace"),
                        container.text().index("was not tried to the end"))

    def test_sigterm_at_any_moment_of_a_reload_stops_by_one_of_the_two(self):
        for moment in range(self.MOMENTS):
            container = self.serving(THREE, OLD, init=moment % 3 > 0)
            self.reload(container, NEW)

            time.sleep(moment * self.STEP_SECONDS)
            container.signal()

            self.assert_ended(container, 0, within=10)
            self.assertEqual(container.text().count(" policy\n"), 1, container.shown())
            self.assert_stopped_in_order(container, "web", "app", "db")
            container.close()

    def test_a_hangup_during_the_start_is_a_reload(self):
        slow = service("db", "wait", "ready = { delay = 0.3 }") + service("web")
        container = self.start(slow, OLD).wait_for("db-up")

        self.reload(container, NEW).wait_for(USED)

        container.wait_for("web-up").signal()
        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "the new policy", "verdict   clean: ")

    def test_a_shutdown_keeps_its_policy(self):
        begun = 'log("begun")\nwait_exit("web", { timeout = 20 })\n'
        container = self.serving(THREE, begun + OLD, grace=60)
        container.signal()
        container.wait_for("begun")

        self.reload(container, NEW).wait_for("the policy is not read again")
        os.kill(container.pid_of("say web-up"), signal.SIGTERM)

        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "the old policy")
        self.assertNotIn("the new policy", container.text())

    def test_several_hangups_during_a_check_are_one_reload(self):
        container = self.slow()

        for _ in range(5):
            container.signal(signal.SIGHUP)
        container.wait_for("  reload  ").signal()

        self.assert_ended(container, 0, within=10)
        self.assertEqual(len(self.reloads(container)), 1, container.shown())

    def test_a_file_that_changes_during_its_check_is_read_anew(self):
        container = self.slow()

        self.reload(container, NEW).wait_for(USED)

        self.assert_stops_by(container, "new")
        self.assertEqual(len(self.reloads(container)), 1, container.shown())

    def test_a_check_that_is_killed_leaves_the_policy(self):
        container = self.slow()

        os.kill(container.wait_for_check(), signal.SIGKILL)
        container.wait_for(REJECTED + "it could not be tried: exit 137")

        self.assert_stops_by(container, "old")
