"""Rolling restarts of two replicas under load, each with the control that must lose requests."""

import os
import tempfile
import unittest

import support

TABLE = []


def measure(mix, column, policy, **options):
    result = support.measure(policy, **options)
    TABLE.append((mix, column, result))
    return result


def print_table():
    if not TABLE:
        return
    print(f"{'mix':44}{'stopped by':16}{'requests':>9}{'failed':>8}  seconds to exit, kinds")
    for mix, column, result in TABLE:
        seconds = ", ".join(f"{replica['seconds']:.2f}" for replica in result["stopped"])
        kinds = " ".join(f"{kind}={count}" for kind, count in result["failures"].items() if count)
        print(f"{mix:44}{column:16}{result['requests']:9,}{result['failed']:8,}  "
              f"{seconds}  {kinds}")


class RollingRestart(unittest.TestCase):
    """Plain SIGTERM loses requests, lastcall loses none."""

    def compare(self, mix, **load):
        plain = measure(mix, "plain SIGTERM", support.PLAIN, **load)
        result = measure(mix, "lastcall", support.LASTCALL, **load)

        self.assertGreater(plain["failed"], 0, "the control lost nothing: this shows nothing")
        self.assertEqual(result["failed"], 0, result)
        for replica in result["stopped"]:
            self.assertEqual(replica["exit_code"], 0, replica)
            self.assertEqual(replica["processes_left"], [], replica)

    def test_100_busy_connections(self):
        self.compare("100 connections x 19/s", connections=100, rate=19)

    def test_380_connections(self):
        self.compare("380 connections x 5/s", connections=380, rate=5)

    def test_1900_slow_connections(self):
        self.compare("1,900 connections x 1/s", connections=1900, rate=1)

    def test_few_new_connections_and_slow_routing(self):
        self.compare("380 x 5/s, 5 one-shot/s, routing 6 s", warm_up_seconds=8,
                     connections=380, rate=5, one_shot=5, routing_seconds=6)

    def test_clients_blind_to_idle_closes(self):
        self.compare("600 x 1/s, blind for 4.9 s", connections=600, rate=1, blind=4.9)


class Order(unittest.TestCase):
    """The router goes first: without its policy engine it answers 500.

    Without a drain here, so that requests still come while the services stop.
    """

    NO_DRAIN = {"environment": {"ROUTER_DRAIN_TIME_SECONDS": "0"}}

    def test_the_order_of_the_policy_shows_no_error_status(self):
        result = measure("100 x 19/s, no drain", "lastcall", support.LASTCALL,
                         **self.NO_DRAIN)

        self.assertEqual(result["failures"]["status"], 0, result)

    def test_the_policy_engine_before_the_router_shows_error_statuses(self):
        with tempfile.TemporaryDirectory(prefix="lastcall-") as directory:
            policy = os.path.join(directory, "swapped.lua")
            write_with_stops_swapped(policy)
            result = measure("100 x 19/s, no drain", "swapped stops", policy,
                             **self.NO_DRAIN)

        self.assertGreater(result["failures"]["status"], 0, result)


def write_with_stops_swapped(path):
    router, policy_engine = 'stop("router"', 'stop("policy-engine"'
    with open(support.LASTCALL, encoding="utf-8") as file:
        text = file.read()
    if text.count(router) != 1 or text.count(policy_engine) != 1:
        raise AssertionError(f"cannot swap {router}) and {policy_engine}) in {support.LASTCALL}: "
                             "each should be there once")
    before, between, after = split_at(text, router, policy_engine)
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + policy_engine + between + router + after)


def split_at(text, first, second):
    before, _, rest = text.partition(first)
    between, _, after = rest.partition(second)
    return before, between, after
