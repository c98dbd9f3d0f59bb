"""`lastcall verify` on the reports of real shutdowns."""

import json
import signal
import subprocess

from container import SETUP, STOP_ALL, THREE, LiveTest, service
from test_envoy import BUILT_IN, gateway
from test_policies import HANG_IN_C, POLICY_FAILED

WRONG_ORDER = 'stop("db")\nstop("web")\nstop("app")\n'
SOUND, BROKEN, NOT_JUDGED = 0, 1, 2


class Verify(LiveTest):
    def ended(self, services, policy=STOP_ALL, code=0, grace=10):
        container = self.serving(services, policy, grace=grace)
        container.signal()
        self.assert_ended(container, code, within=grace + 2)
        return container

    def verify(self, container, *options):
        command = [SETUP["binary"], "verify", container.path("report.json"), *options]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)

    def judged(self, container, code):
        """By name: "holds", "BROKEN" or "unknown"."""
        result = self.verify(container, "--json")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return {entry["name"]: entry["judgement"]
                for entry in json.loads(result.stdout)["invariants"]}

    def assert_broken(self, container, *names):
        judged = self.judged(container, BROKEN)
        self.assertEqual([name for name, word in judged.items() if word == "BROKEN"],
                         list(names), container.shown())

    def test_a_clean_shutdown_is_sound_and_what_nobody_counted_is_unknown(self):
        judged = self.judged(self.ended(THREE), SOUND)

        self.assertEqual([name for name, word in judged.items() if word != "holds"],
                         ["no-request-cut", "same-seed-same-bytes"])

    def test_a_service_that_had_to_be_killed_is_sound(self):
        container = self.ended(service("db") + service("web", "forever"), code=75, grace=3)

        self.assertEqual(self.judged(container, SOUND)["degradation-said-once"], "holds")

    def test_a_policy_that_raises_is_broken_and_the_last_resort_is_not(self):
        container = self.ended(THREE, 'stop("web")\nerror("no idea")\n', POLICY_FAILED)

        self.assert_broken(container, "policy-returns")
        self.assertEqual([fact["service"] for fact in container.facts("signal")
                          if fact["by"] == "last resort"], ["app", "db"])

    def test_a_policy_that_hangs_in_c_is_broken(self):
        container = self.ended(THREE, HANG_IN_C, POLICY_FAILED)

        self.assert_broken(container, "policy-returns")
        self.assertEqual(container.facts("end")[0]["code"], POLICY_FAILED)

    def test_a_wrong_order_is_broken(self):
        self.assert_broken(self.ended(THREE, WRONG_ORDER), "order-kept")

    def test_a_service_that_is_left_is_broken(self):
        self.assert_broken(self.ended(THREE, 'stop("web")\nstop("app")\n'), "no-service-left")

    def test_a_kill_by_signal_is_said(self):
        container = self.ended(service("db") + service("web", "forever"),
                               'signal("web", "KILL")\nstop("web")\nstop("db")\n')

        self.assertEqual(self.judged(container, SOUND)["degradation-said-once"], "holds")

    def test_a_third_signal_is_sound(self):
        container = self.serving(service("db", "forever") + service("web", "forever"), grace=10)
        for text in ("  TERM  ", "  hurry  ", "third signal"):
            container.signal()
            container.wait_for(text)

        self.assert_ended(container, 75, within=10)

        self.assertEqual(self.judged(container, SOUND)["finished-in-time"], "holds")

    def test_a_container_that_was_killed_is_judged_as_far_as_it_goes(self):
        container = self.serving(service("db") + service("web", "forever"), grace=30)
        container.signal()
        container.wait_for("  TERM  ").signal(signal.SIGKILL)
        container.wait_for_exit()

        result = self.verify(container)

        self.assertEqual(result.returncode, SOUND, result.stdout + result.stderr)
        self.assertIn("the report ends before it does", result.stdout)
        self.assertNotIn("holds ", result.stdout)

    def test_a_router_is_seen_at_work_until_it_is_idle(self):
        container = self.serving(gateway("ok"), BUILT_IN, grace=12).wait_for("listening")
        container.signal()
        self.assert_ended(container, 0, within=12)

        judged = self.judged(container, SOUND)

        self.assertEqual(judged["no-needless-wait"], "holds")
        self.assertEqual([fact["in_flight"] for fact in container.facts("signal")
                          if fact["service"] == "router"], [0])

    def test_a_run_without_a_shutdown_is_not_judged(self):
        container = self.serving(THREE)

        result = self.verify(container)

        self.assertEqual(result.returncode, NOT_JUDGED)
        self.assertIn("there is no shutdown in it", result.stderr)
        container.signal()
        self.assert_ended(container, 0, within=10)

    def test_a_file_that_is_not_there_is_not_judged(self):
        result = subprocess.run([SETUP["binary"], "verify", "/no/such/report"], check=False,
                                capture_output=True, text=True, timeout=20)

        self.assertEqual(result.returncode, NOT_JUDGED)
        self.assertIn("/no/such/report: No such file", result.stderr)
