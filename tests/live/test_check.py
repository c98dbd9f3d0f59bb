"""The policy is tried in simulated shutdowns once all services are up, and disturbs nobody."""

from container import STOP_ALL, THREE, LiveTest
from test_policies import HANG_IN_C

RISKY = 'stop("db") stop("app") stop("web")\n'
SLOW_TO_TRY = "for i = 1, 300000 do end\n" + STOP_ALL


class Check(LiveTest):
    def assert_clean(self, container, *order):
        self.assert_ended(container, 0, within=10)
        self.assert_says(container, "verdict   clean: ")
        self.assertNotIn("last resort", container.text())
        self.assert_stopped_in_order(container, *order)

    def test_a_sound_policy_is_tried_in_silence(self):
        container = self.serving(THREE)
        container.wait_for_end_of_check()

        container.signal()

        self.assert_clean(container, "web", "app", "db")
        for word in ("policy", "simulated"):
            self.assertNotIn(word, container.text())

    def test_a_risky_policy_is_warned_of_once(self):
        container = self.serving(THREE, RISKY).wait_for("is risky: order-kept broken in ")

        container.signal()

        self.assert_clean(container, "db", "app", "web")
        self.assertEqual(container.text().count("is risky"), 1)
        self.assertEqual(container.text().count("--grace 30 says more"), 1)

    def test_a_shutdown_ends_the_check_and_is_not_disturbed(self):
        container = self.serving(THREE, SLOW_TO_TRY)
        container.wait_for_check()

        container.signal()

        self.assert_clean(container, "web", "app", "db")
        self.assertNotIn("simulated", container.text())

    def test_a_signal_right_after_the_start_is_not_delayed(self):
        container = self.start(THREE).wait_for("all services are up")

        container.signal()

        self.assert_clean(container, "web", "app", "db")

    def test_a_check_that_hangs_is_ended_and_said(self):
        hangs = 'if file_exists("@/not-there") then\n' + HANG_IN_C + "end\n"
        container = self.serving(hangs + THREE)
        container.wait_for("was not tried in simulated shutdowns: timeout")

        container.signal()

        self.assert_clean(container, "web", "app", "db")

    def test_no_check_tries_nothing(self):
        container = self.serving(THREE, RISKY, arguments=["--no-check"])

        container.signal()

        self.assert_clean(container, "db", "app", "web")
        self.assertNotIn("risky", container.text())

    def test_a_rejected_policy_is_not_tried(self):
        container = self.serving(THREE, 'stopp("web")\n')

        container.signal()

        self.assert_clean(container, "web", "app", "db")
        self.assertNotIn("says more", container.text())


class Strict(LiveTest):
    def test_strict_does_not_start_with_a_risky_policy(self):
        container = self.start(THREE, RISKY, arguments=["--strict"])

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "is risky: order-kept", "is not started with (--strict)")
        self.assertNotIn(" started  ", container.text())

    def test_strict_does_not_start_with_a_policy_that_fails_where_nothing_is_wrong(self):
        container = self.start(THREE, 'log(pid("web") + nil)\n', arguments=["--strict"])

        self.assert_ended(container, 1, within=10)
        self.assert_says(container, "is broken: line 1: attempt", "(--strict)")

    def test_strict_and_no_check_start_with_a_risky_policy(self):
        container = self.serving(THREE, RISKY, arguments=["--strict", "--no-check"])

        container.signal()

        self.assert_ended(container, 0, within=10)
