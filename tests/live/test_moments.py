"""SIGTERM while the services are being started, and before."""

import os
import signal
import subprocess
import time
import unittest

from container import ISOLATED, LiveTest, ready_socket, service

FORCED = 75

SLOW_START = "".join(
    service(name, f"sleep 15 listen @/{name}.sock wait", ready_socket(name))
    for name in ("one", "two", "three"))


class DuringTheStart(LiveTest):
    MOMENTS = 24
    STEP_SECONDS = 0.004
    SURELY_SECONDS = 1  # who has not ended by then has not seen the signal

    def test_sigterm_at_any_moment_after_the_first_line_stops_in_order(self):
        for moment in range(self.MOMENTS):
            container = self.start(SLOW_START, init=moment % 3 > 0).wait_for("started")
            pid = container.pid()

            time.sleep(moment * self.STEP_SECONDS)
            os.kill(pid, signal.SIGTERM)

            self.assert_ended(container, 0, within=10)
            started = [e["service"] for e in container.events() if e["what"] == "started"]
            self.assert_stopped_in_order(container, *reversed(started))
            container.close()

    @unittest.skipUnless(ISOLATED, "without a PID namespace the first signal is fatal")
    def test_sigterm_right_after_exec_is_lost_before_main_or_stops_in_order(self):
        lost = 0
        for moment in range(self.MOMENTS):
            container = self.start(SLOW_START)
            pid = container.pid()

            time.sleep(moment * self.STEP_SECONDS)
            os.kill(pid, signal.SIGTERM)
            lost += self.ends_or_serves(container)
            container.close()
        print(f"     SIGTERM 0 to {self.MOMENTS * self.STEP_SECONDS * 1000:.0f} ms after exec: "
              f"{lost} of {self.MOMENTS} lost before main (no handler yet, dropped for PID 1)")

    def ends_or_serves(self, container):
        """Was the signal lost? Then another one stops it."""
        try:
            container.process.wait(self.SURELY_SECONDS)
            lost = False
        except subprocess.TimeoutExpired:
            container.signal()
            lost = True
        self.assert_ended(container, 0, within=10)
        return lost

    def test_sigterm_while_waiting_for_a_socket_that_never_appears(self):
        container = self.start(service("db") + service("web", "wait", ready_socket("web", 60)))
        container.wait_for("web              started").signal()

        self.assert_ended(container, 0, within=5)
        self.assert_stopped_in_order(container, "web", "db")

    def test_two_sigterms_during_the_start(self):
        container = self.start(service("db") + service("web", "forever", ready_socket("web", 60)),
                               grace=60)
        container.wait_for("web-up").signal()
        container.wait_for("web              TERM").signal()

        self.assert_ended(container, FORCED, within=5)
