"""Rolling restarts of two replicas under load, for each router, with its controls."""

import os
import sys
import unittest

import kinds
import rollout

LASTCALL = os.path.join(kinds.EXAMPLES, "in_reverse.lua")
AT_ONCE = os.path.join(kinds.HERE, "stop_at_once.lua")

LOAD = {"connections": 60, "rate": 10, "one_shot": 20, "service_milliseconds": 20,
        "warm_up_seconds": 2, "routing_seconds": 1, "tail_seconds": 0.5}
SETUP = {"build": rollout.Setup.build}  # set by main.py
RESULTS = []  # (router, how it was stopped, result)


def measure(router, column, kind, policy, **options):
    setup = rollout.Setup(policy=policy, kind=kind, **SETUP, **LOAD, **options)
    with rollout.prepared(setup) as running:
        result = running.run()
    RESULTS.append((router, column, result))
    return result


class RollingRestart(unittest.TestCase):
    def control(self, router, kind, signal):
        """Stopped at once it loses requests; else the run shows nothing."""
        result = measure(router, f"SIG{signal} at once", kind, AT_ONCE,
                         environment={"ROUTER_SIGNAL": signal})
        self.assertGreater(result["failed"], 0, "the control lost nothing: this shows nothing")

    def drained(self, router, kind):
        result = measure(router, "lastcall", kind, LASTCALL)
        self.assertEqual(result["failed"], 0, result)
        for replica in result["stopped"]:
            self.assertEqual(replica["exit_code"], 0, replica)
            self.assertEqual(replica["processes_left"], [], replica)

    def test_nginx(self):
        self.control("nginx", kinds.Nginx(), "TERM")
        self.control("nginx", kinds.Nginx(), "QUIT")
        self.drained("nginx", kinds.Nginx())

    def test_nginx_that_cannot_tell_its_clients_finishes_the_requests_inside(self):
        """Its idle connections are closed at the end, and a request may cross that."""
        result = measure("nginx, no drain_file", "lastcall", kinds.Nginx(tells=False), LASTCALL,
                         environment={"ROUTER_DRAIN_TIME_SECONDS": "3"})

        self.assertEqual(result["failures"]["refused"], 0, result)
        self.assertEqual(result["failures"]["partial"], 0, result)

    def test_haproxy(self):
        self.control("HAProxy", kinds.Haproxy(), "TERM")
        self.control("HAProxy", kinds.Haproxy(without="grace"), "USR1")
        self.drained("HAProxy", kinds.Haproxy())

    def test_http(self):
        self.control("service with http{}", kinds.service_with("http"), "TERM")
        self.drained("service with http{}", kinds.service_with("http"))

    def test_signal(self):
        self.drained("service with signal{}", kinds.service_with("signal"))

    def test_a_driver_written_by_hand(self):
        self.drained("service, driver by hand", kinds.service_with_own_driver())


class Page(unittest.TestCase):
    def test_the_driver_that_the_page_shows_is_the_one_that_was_tried(self):
        with open(os.path.join(kinds.ROOT, "lua", "README.md"), encoding="utf-8") as file:
            shown = file.read().partition("```lua\n")[2].partition("```")[0]
        with open(os.path.join(kinds.EXAMPLES, "own_driver_services.lua"),
                  encoding="utf-8") as file:
            tried = file.read()

        self.assertIn("drain = function(who, seconds)", shown)
        self.assertIn(shown, tried)


def table():
    """The figures as lines of Markdown."""
    yield "| router | stopped by | requests | failed | of them | seconds to exit |"
    yield "|---|---|--:|--:|---|---|"
    for router, column, result in sorted(RESULTS, key=lambda row: row[0].lower()):
        kinds_of_failure = ", ".join(f"{kind} {count}"
                                     for kind, count in result["failures"].items() if count)
        seconds = ", ".join(f"{replica['seconds']:.2f}" for replica in result["stopped"])
        yield (f"| {router} | {column} | {result['requests']:,} | {result['failed']:,} | "
               f"{kinds_of_failure or '–'} | {seconds} |")


def print_timelines(file=sys.stdout):
    for router, column, result in RESULTS:
        if column == "lastcall":
            print(f"{router}:", *result["stopped"][0]["log_since_sigterm"], sep="\n  ", file=file)
