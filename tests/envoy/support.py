"""What the tests of this folder share: where things are, and replicas that are cleaned up."""

import contextlib
import http.client
import json
import os
import socket
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "docker"))
sys.path.append(os.path.join(ROOT, "tests", "drain"))  # echo

import replica  # noqa: E402
import rollout  # noqa: E402

# Set from the command line by main.py.
SETUP = {"build": os.path.join(ROOT, "build"), "tools": os.path.join(ROOT, "build", "tools")}

UNDER_WAY_SECONDS = 0.5  # after these a request has surely reached the router

PLAIN = os.path.join(ROOT, "policies", "examples", "plain.lua")
LASTCALL = os.path.join(ROOT, "policies", "shutdown.lua")


def replace_once(text, old, new):
    if text.count(old) != 1:
        raise RuntimeError(f"there is not one {old!r} in the configuration")
    return text.replace(old, new)


def measure(policy, **options):
    """The result of one rollout."""
    with rollout.prepared(rollout.Setup(policy=policy, **SETUP, **options)) as running:
        return running.run()


class UnixConnection(http.client.HTTPConnection):
    """To a unix socket, as Envoy's admin."""

    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Request(threading.Thread):
    """One request, on a connection of its own, that the backend takes so long to answer."""

    def __init__(self, port, seconds):
        super().__init__(daemon=True)
        self.headers = {replica.SERVICE_TIME_HEADER: str(seconds * 1000)}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.status = None  # None: no answer
        self.start()

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.connection.request("POST", "/", headers=self.headers)
            self.status = self.connection.getresponse().status

    def finished_status(self):
        self.join()
        return self.status


class ReplicaTest(unittest.TestCase):
    """A test with a replica of its own."""

    def start(self, policy=LASTCALL, kind=None, **environment):
        kind = kind or replica.Kind()
        started = replica.Replica(
            "replica", os.path.join(self.directory(), "r"), SETUP["tools"],
            rollout.Setup(policy=policy, kind=kind, **SETUP).command(), environment, kind)
        self.addCleanup(started.destroy)
        started.wait_until_it_serves()
        return started

    def directory(self):
        """A new one, for this test."""
        created = tempfile.TemporaryDirectory(prefix="lastcall-")
        self.addCleanup(created.cleanup)
        return created.name

    def write(self, name, text):
        """A file in a directory of its own; its path."""
        path = os.path.join(self.directory(), name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def request_under_way(self, gateway, seconds):
        request = Request(gateway.port, seconds)
        time.sleep(UNDER_WAY_SECONDS)
        return request

    def router_step(self, stopped, *whats):
        """The first of these steps of the router in the report: {"what": ..., "took": ..., ...}"""
        with open(stopped.report_path, encoding="utf-8") as file:
            for line in file:
                step = json.loads(line)
                if step.get("service") == "router" and step.get("what") in whats:
                    return step
        self.fail(f"no step of {whats} in the report")

    def assert_said(self, stopped, text):
        self.assertIn(text, "\n".join(stopped.log_since_terminate()))

    def assert_all_gone(self, stopped):
        self.assertEqual(stopped.processes(), {}, "processes are left")
        sockets = [name for name in os.listdir(stopped.directory) if name.endswith(".sock")]
        self.assertEqual(sockets, [], "sockets are left")
