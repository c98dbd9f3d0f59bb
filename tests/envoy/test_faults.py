"""What may go wrong with the router or its admin: the stop is orderly and in time all the same."""

import os
import signal
import stat
import time
import unittest

import replica
import fault_run
from fault_kinds import BehindProxy
from fault_list import FAULTS
from support import LASTCALL, UNDER_WAY_SECONDS, ReplicaTest

SOON_SECONDS = 3
FROZEN_SECONDS = 5  # longer than all attempts to drain and to look


class Draining(ReplicaTest):
    def test_a_request_under_way_is_answered(self):
        gateway = self.start()
        request = self.request_under_way(gateway, seconds=2)

        gateway.terminate()
        code = gateway.wait_for_exit(timeout_seconds=15)

        self.assertEqual(request.finished_status(), 200)
        self.assertEqual(code, 0)
        self.assert_all_gone(gateway)

    def test_the_admin_is_a_private_socket(self):
        gateway = self.start()

        mode = os.stat(os.path.join(gateway.directory, "router-admin.sock")).st_mode

        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_the_admin_can_be_tcp(self):
        with replica.reserve_port() as keeper:
            admin_port = keeper.getsockname()[1]
        gateway = self.start(ROUTER_ADMIN_ENABLED="true", ROUTER_ADMIN_PORT=str(admin_port))
        request = self.request_under_way(gateway, seconds=2)

        gateway.terminate()
        gateway.wait_for_exit(timeout_seconds=15)

        self.assertEqual(request.finished_status(), 200)
        self.assert_all_gone(gateway)

    def test_a_drain_time_of_zero_turns_draining_off(self):
        gateway = self.start(ROUTER_DRAIN_TIME_SECONDS="0")

        gateway.terminate()
        gateway.wait_for_exit(timeout_seconds=15)

        self.assertLess(gateway.seconds_to_exit(), 0.5)
        self.assert_all_gone(gateway)


class Faults(ReplicaTest):
    def test_envoy_killed_during_the_wait(self):
        gateway = self.start()
        self.request_under_way(gateway, seconds=10)

        gateway.terminate()
        time.sleep(UNDER_WAY_SECONDS)
        os.kill(gateway.pid_of("envoy.yaml"), signal.SIGKILL)
        gateway.wait_for_exit(timeout_seconds=15)

        self.assertLess(gateway.seconds_to_exit(), SOON_SECONDS)
        self.assert_all_gone(gateway)

    def test_envoy_frozen_before_sigterm(self):
        grace_seconds = 8
        gateway = self.start(SHUTDOWN_GRACE_SECONDS=str(grace_seconds))
        os.kill(gateway.pid_of("envoy.yaml"), signal.SIGSTOP)

        gateway.terminate()
        gateway.wait_for_exit(timeout_seconds=grace_seconds + 5)

        self.assertLess(gateway.seconds_to_exit(), grace_seconds)
        self.assert_all_gone(gateway)

    def test_an_admin_that_is_gone_is_replaced_by_the_sockets(self):
        gateway = self.start(kind=BehindProxy())
        gateway.proxy.refuse()
        request = self.request_under_way(gateway, seconds=3)

        gateway.terminate()
        code = gateway.wait_for_exit(timeout_seconds=15)

        self.assertEqual(request.finished_status(), 200)
        self.assertEqual(code, 0)
        self.assert_said(gateway, "its sockets are watched, up to 7.0 s; 1 open, 1 in flight")
        self.assert_all_gone(gateway)

    def test_envoy_frozen_for_some_seconds_finishes_its_requests(self):
        gateway = self.start()
        request = self.request_under_way(gateway, seconds=1)
        envoy = gateway.pid_of("envoy.yaml")
        os.kill(envoy, signal.SIGSTOP)

        gateway.terminate()
        time.sleep(FROZEN_SECONDS)
        os.kill(envoy, signal.SIGCONT)
        code = gateway.wait_for_exit(timeout_seconds=15)

        self.assertEqual(request.finished_status(), 200)
        self.assertEqual(code, 0)
        self.assert_said(gateway, "does not say how busy it is (timeout): its sockets are watched")
        self.assert_said(gateway, "; 1 open, 1 in flight")
        self.assert_all_gone(gateway)

    def test_a_request_that_never_ends_is_cut_before_the_deadline(self):
        grace_seconds = 6
        gateway = self.start(SHUTDOWN_GRACE_SECONDS=str(grace_seconds))
        self.request_under_way(gateway, seconds=60)

        gateway.terminate()
        gateway.wait_for_exit(timeout_seconds=grace_seconds + 5)

        self.assertLess(gateway.seconds_to_exit(), grace_seconds)
        self.assert_all_gone(gateway)

    def test_a_policy_engine_that_dies_stops_everything_with_its_exit_code(self):
        gateway = self.start()

        os.kill(gateway.pid_of("policy_engine.py"), signal.SIGKILL)
        code = gateway.wait_for_exit(timeout_seconds=15)

        self.assertEqual(code, 137)
        self.assert_all_gone(gateway)

    def test_a_second_sigterm_hurries(self):
        gateway = self.start()
        self.request_under_way(gateway, seconds=20)

        gateway.terminate()
        time.sleep(UNDER_WAY_SECONDS)
        os.kill(gateway.supervisor(), signal.SIGTERM)
        gateway.wait_for_exit(timeout_seconds=15)

        self.assertLess(gateway.seconds_to_exit(), 10)
        self.assert_all_gone(gateway)


class UnderLoad(unittest.TestCase):
    """Some rows of the table that tests/envoy/faults makes, without its controls."""

    def check(self, name):
        fault = next(fault for fault in FAULTS if fault.name == name)

        outcome = fault_run.measure(fault, LASTCALL)

        self.assertEqual(fault_run.problems(fault, outcome), [], outcome)

    def test_a_drain_that_is_refused_with_404_falls_back(self):
        self.check("404 to /drain_listeners only")

    def test_an_admin_that_goes_away_in_the_middle_of_the_drain(self):
        self.check("admin refuses in the middle of the drain")

    def test_an_envoy_frozen_in_the_middle_of_the_drain(self):
        self.check("frozen in the middle of the drain, grace 4 s")

    def test_two_listeners(self):
        self.check("two listeners")
