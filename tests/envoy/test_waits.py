"""What wait_idle and envoy{} can be told, each with the control in which they are not told."""


import time

import echo
import support
from fault_kinds import SecondListener
from replica import Kind
from visitors import Balancer, Probe, WebSocket

SECONDS = 6  # the most that these waits may take: far more than what any of them needs
SOON_SECONDS = 3
LATE_SECONDS = 1  # how late this busy machine may be
EXIT_SECONDS = SECONDS + 10

POLICY = """
drain("router")
wait_idle("router", { timeout = %d, %s })
stop("router")
stop("policy-engine")
stop("python-executor")
"""

TYPE = "type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck"
HEALTH_CHECK = f"""
                  - name: envoy.filters.http.health_check
                    typed_config:
                      "@type": {TYPE}
                      pass_through_mode: false
                      headers: [{{ name: ":path", string_match: {{ exact: "/healthz" }} }}]"""


class WithProbes(SecondListener):
    """The gateway, and a listener for probes, where /healthz says whether it is ready."""

    def __init__(self, services):
        super().__init__(later=False, stat_prefix="probes")
        self.services = services

    def configuration(self):
        return support.replace_once(super().configuration(), "http_filters:",
                                    "http_filters:" + HEALTH_CHECK)


class Waiting(support.ReplicaTest):
    """A stop whose wait_idle has certain options."""

    def start_with(self, options, kind=None):
        return self.start(policy=self.write("shutdown.lua", POLICY % (SECONDS, options)), kind=kind)

    def wait_of(self, gateway):
        """How wait_idle ended when the replica is told to stop, and after how many seconds."""
        gateway.terminate()
        self.assertEqual(gateway.wait_for_exit(EXIT_SECONDS), 0, gateway.log_tail())
        self.assert_all_gone(gateway)
        step = self.router_step(gateway, "idle", "not idle")
        return step["what"], step["took"]

    def assert_soon(self, gateway):
        ended, seconds = self.wait_of(gateway)
        self.assertEqual(ended, "idle", gateway.log_tail())
        self.assertLess(seconds, SOON_SECONDS)

    def assert_to_the_end(self, gateway):
        ended, seconds = self.wait_of(gateway)
        self.assertEqual(ended, "not idle", gateway.log_tail())
        self.assertGreater(seconds, SECONDS - 1)  # the last moment in which nobody is inside


class Except(Waiting):
    """Probes ask a listener of their own, ten times a second."""

    def start_with_services(self, options_of_envoy):
        with open(Kind.services, encoding="utf-8") as file:
            text = support.replace_once(file.read(), "envoy { ", "envoy { " + options_of_envoy)
        kind = WithProbes(self.write("services.lua", text))
        return self.start_with("routing = 0.1", kind)

    def probed(self, gateway):
        probe = self.enterContext(Probe(gateway.second_endpoint, seconds=0.1))
        probe.wait_for_visits(5)

    def test_a_connection_manager_that_is_excepted_does_not_keep_it(self):
        gateway = self.start_with_services('except = "probes", ')
        self.probed(gateway)

        self.assert_soon(gateway)

    def test_the_same_one_keeps_it_to_the_end_when_it_is_not_excepted(self):
        gateway = self.start_with_services("")
        self.probed(gateway)

        self.assert_to_the_end(gateway)


class Ignore(Waiting):
    """A probe goes through the router itself, so often that no pause is quiet: 5 times a second."""

    def probed(self, gateway):
        probe = self.enterContext(Probe(gateway.endpoint, seconds=0.2))
        probe.wait_for_visits(10)  # so often that it shows in the rate

    def test_a_probe_that_is_ignored_does_not_keep_it(self):
        gateway = self.start_with("ignore = 5")
        self.probed(gateway)

        self.assert_soon(gateway)

    def test_the_same_probe_keeps_it_to_the_end_when_it_is_not_ignored(self):
        gateway = self.start_with("ignore = 0")
        self.probed(gateway)

        self.assert_to_the_end(gateway)


class Streams(Waiting):
    """A WebSocket, and nobody else."""

    @classmethod
    def setUpClass(cls):
        cls.echo = cls.enterClassContext(echo.Echo(support.SETUP["tools"]))

    def start_with_websocket(self, options):
        gateway = self.start_with("routing = 0.1, " + options, self.echo.kind())
        return gateway, WebSocket(gateway.port)

    def cut_after(self, gateway, websocket):
        """Seconds from SIGTERM until the WebSocket ended."""
        return websocket.wait_for_end() - gateway.terminate_time

    def test_a_websocket_is_cut_when_all_else_is_done(self):
        gateway, websocket = self.start_with_websocket("")

        self.assert_soon(gateway)

        self.assertLess(self.cut_after(gateway, websocket), SOON_SECONDS + LATE_SECONDS)
        self.assert_said(gateway, "1 stream")

    def test_a_websocket_is_cut_after_the_seconds_that_streams_may_stay(self):
        gateway, websocket = self.start_with_websocket("streams = 3")

        ended, seconds = self.wait_of(gateway)

        self.assertEqual(ended, "idle", gateway.log_tail())
        self.assertTrue(3 <= seconds < 3 + LATE_SECONDS, seconds)
        self.assertGreaterEqual(self.cut_after(gateway, websocket), 3)

    def test_a_websocket_that_is_waited_for_ends_by_itself(self):
        gateway, websocket = self.start_with_websocket('streams = "wait"')
        request = support.Request(gateway.port, seconds=SOON_SECONDS)

        gateway.terminate()
        self.assertEqual(request.finished_status(), 200)
        still_open = websocket.end_time is None
        websocket.say_goodbye()
        goodbye_after = time.monotonic() - gateway.terminate_time
        gateway.wait_for_exit(EXIT_SECONDS)

        self.assertTrue(still_open, "it was cut")
        left = self.router_step(gateway, "idle")
        self.assertLess(left["time"], goodbye_after + LATE_SECONDS)
        self.assert_all_gone(gateway)

    def test_a_websocket_that_is_waited_for_is_cut_at_the_end_of_the_time(self):
        gateway, websocket = self.start_with_websocket('streams = "wait"')

        self.assert_to_the_end(gateway)

        self.assertGreater(self.cut_after(gateway, websocket), SECONDS - LATE_SECONDS)
        self.assert_said(gateway, "timeout: 1 stream")


class FailReady(Waiting):
    """A balancer that looks at Envoy's health check only, and sends clients while it is well."""

    def start_with_balancer(self, options):
        with open(Kind.services, encoding="utf-8") as file:
            text = support.replace_once(file.read(), "envoy { ", 'envoy { except = "probes", ')
        gateway = self.start_with("routing = 0.1, " + options,
                                  WithProbes(self.write("services.lua", text)))
        balancer = self.enterContext(Balancer(gateway.endpoint, gateway.second_endpoint))
        balancer.wait_for_visits(10)
        return gateway, balancer

    def test_readiness_fails_after_its_time_and_the_wait_goes_on_from_there(self):
        gateway, balancer = self.start_with_balancer("fail_ready_after = 2")

        ended, seconds = self.wait_of(gateway)

        moved_after = balancer.moved_time - gateway.terminate_time
        self.assertTrue(2 <= moved_after < 2 + LATE_SECONDS, moved_after)
        self.assertEqual(balancer.health, 503)
        self.assertEqual(set(balancer.statuses), {200})
        self.assertEqual(ended, "idle", gateway.log_tail())
        self.assertTrue(2 < seconds < moved_after + LATE_SECONDS, seconds)

    def test_readiness_stays_when_it_is_not_told_to_fail(self):
        gateway, balancer = self.start_with_balancer("")

        self.assert_to_the_end(gateway)

        self.assertTrue(balancer.wait_until_moved())
        self.assertIsNone(balancer.health, "it has seen a failed health check before the end")
