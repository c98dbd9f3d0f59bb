"""The built-in policy with a router whose admin misbehaves: never late, and one clear line."""

import os
import signal
import sys

from container import HERE, ROOT, LiveTest, lua_list, service


with open(os.path.join(ROOT, "policies", "shutdown.lua"), encoding="utf-8") as policy_file:
    BUILT_IN = policy_file.read()


def gateway(mode, options=""):
    command = lua_list([sys.executable, "-B", os.path.join(HERE, "fake_envoy.py"),
                        "@/admin.sock", mode])
    return service("python-executor") + service("policy-engine") + \
        f'service "router" {{ command = {command}, sockets = {{ "@/admin.sock" }}, ' \
        f'drain = envoy {{ admin = "unix:@/admin.sock"{options} }} }}\n'


class Admin(LiveTest):
    GRACE = 8

    def gateway(self, mode, drain_time="3", policy=BUILT_IN, options=""):
        return self.serving(gateway(mode, options), policy, grace=self.GRACE,
                            environment={"ROUTER_DRAIN_TIME_SECONDS": drain_time}
                            ).wait_for("listening")

    def ends(self, container, *texts, code=0, within=GRACE):
        self.assert_ended(container, code, within=within)
        self.assert_says(container, *texts)
        self.assert_stopped_in_order(container, "router", "policy-engine", "python-executor")

    def test_an_admin_that_works_is_drained_and_left_when_idle(self):
        container = self.gateway("ok")

        container.signal()

        self.ends(container, "/drain_listeners?graceful&skip_exit 200", "idle",
                  "[router] POST /drain_listeners", within=5)

    def test_the_file_that_closes_idle_connections_is_there_and_removed(self):
        container = self.gateway("ok")
        path = os.path.join(container.directory, "admin.idle")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "0")

        container.wait_for("idle connections will not be closed before the end").signal()

        self.ends(container, "its listeners are not known")
        self.assertFalse(os.path.exists(path))

    def test_a_file_that_cannot_be_written_is_said_and_left_out(self):
        container = self.gateway("ok", options=', idle_file = "/nowhere/idle"')

        container.signal()

        self.ends(container, "/nowhere/idle cannot be written (No such file or directory)", "idle")

    def test_a_router_that_stays_busy_is_left_after_the_drain_time(self):
        container = self.gateway("busy", drain_time="1")

        container.signal()

        self.ends(container, "not idle", "1 in flight")

    def test_a_router_that_stays_busy_is_left_before_the_deadline(self):
        container = self.gateway("busy", drain_time="600")

        container.signal()

        self.ends(container, "not idle")

    def test_a_drain_time_of_0_does_not_drain(self):
        container = self.gateway("ok", drain_time="0")

        container.signal()

        self.ends(container, within=3)
        self.assertNotIn("POST", container.text())

    def test_a_drain_time_that_is_no_number_is_said(self):
        container = self.gateway("ok", drain_time="abc")

        container.signal()

        self.ends(container, "ROUTER_DRAIN_TIME_SECONDS is 'abc'", "idle")

    def test_a_drain_time_that_is_a_service_link_is_said(self):
        container = self.gateway("ok", drain_time="tcp://10.0.0.1:80")

        container.signal()

        self.ends(container, "'tcp://10.0.0.1:80'", "idle")

    def test_a_router_that_never_answered_and_listens_nowhere_is_not_waited_for(self):
        container = self.gateway("refused")

        container.signal()

        self.ends(container, "FAILED: refused", "nor does the kernel; it gets 0.0 s",
                  within=5)

    def test_an_admin_that_never_comes_up_is_said_while_serving(self):
        container = self.gateway("refused")

        container.wait_for("will NOT work").signal()

        self.ends(container, within=5)

    def test_a_frozen_admin_is_not_waited_for_beyond_the_drain_time(self):
        container = self.gateway("frozen")

        container.signal()

        self.ends(container, "FAILED: timeout")

    def test_a_stopped_router_is_continued_and_ends(self):
        container = self.gateway("ok")
        os.kill(container.pid_of("fake_envoy"), signal.SIGSTOP)

        container.signal()

        self.ends(container, "FAILED: timeout")

    def refused_with(self, status):
        container = self.gateway(f"status-{status}")
        container.signal()
        self.ends(container, f"FAILED: status {status}")

    def test_a_drain_answered_with_400_is_said(self):
        self.refused_with(400)

    def test_a_drain_answered_with_403_is_said(self):
        self.refused_with(403)

    def test_a_drain_answered_with_503_is_said(self):
        self.refused_with(503)

    def test_garbage_is_said(self):
        container = self.gateway("garbage")

        container.signal()

        self.ends(container, "FAILED:")

    def test_hidden_statistics_are_never_idle(self):
        container = self.gateway("hidden", drain_time="2")

        container.wait_for("statistics http.*.downstream_* are hidden").signal()

        self.ends(container, "nor does the kernel; it gets 1.", "not idle  unknown")

    def test_a_router_that_dies_during_the_wait_ends_it(self):
        container = self.gateway("dies")

        container.signal()

        self.assert_ended(container, 0, within=self.GRACE)
        self.assert_says(container, "router           exited    code 5", "not idle  exited")
        self.assert_stopped_in_order(container, "router", "policy-engine", "python-executor")

    def test_a_policy_that_fails_still_drains(self):
        container = self.gateway("ok", policy='error("broken")')

        container.signal()

        self.ends(container, "broken", "[router] POST /drain_listeners", code=77)

    def test_a_policy_that_fails_before_a_frozen_admin_ends_in_time(self):
        container = self.gateway("frozen", policy='error("broken")')

        container.signal()

        self.ends(container, "broken", code=77)
