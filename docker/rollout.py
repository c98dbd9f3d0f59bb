#!/usr/bin/env python3
"""A rolling restart under load, as Kubernetes does it.

For each old replica: start a new one, wait until it serves, let the client know it, SIGTERM the old
one, and only some time later stop sending new connections to the old one. Says how many requests
failed, how, and how long each old replica took from SIGTERM to its exit.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time

from load import Load
from replica import Kind, Replica, ReplicaFailed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GRACE_SECONDS = 30
EXIT_MARGIN_SECONDS = 5  # lastcall must be gone within its grace; this long we wait besides


@dataclasses.dataclass
class Setup:
    """What to measure. Times in seconds, rates in requests or connections a second."""

    policy: str
    connections: int = 100
    rate: float = 19  # of each connection
    one_shot: float = 0  # new connections with one request each
    blind: float = 0  # the client does not notice the end of a connection idle for less
    service_milliseconds: int = 20  # the backend takes for each request
    routing_seconds: float = 1  # from SIGTERM until no new connection is sent there
    replicas: int = 2
    warm_up_seconds: float = 4
    tail_seconds: float = 2
    seed: int = 1
    arguments: tuple = ()  # more arguments of lastcall
    environment: dict = dataclasses.field(default_factory=dict)
    build: str = os.path.join(ROOT, "build")
    tools: str = os.path.join(ROOT, "build", "tools")
    keep: str = None  # directory for logs and reports; None: removed at the end
    kind: Kind = Kind()  # what the replicas run

    def command(self):
        return [os.path.join(self.build, "lastcall"), "run",
                "--services", self.kind.services,
                "--policy", self.policy, *self.arguments]

    def load_command(self):
        """The load client; its endpoints are added."""
        command = [os.path.join(self.build, "tests", "load", "load_client"),
                   "--connections", self.connections, "--rate", self.rate, "--method", "POST",
                   "--header", f"{self.kind.service_time_header}: {self.service_milliseconds}",
                   "--seed", self.seed]
        if self.one_shot:
            command += ["--one-shot", self.one_shot]
        if self.blind:
            command += ["--blind", self.blind]
        return [str(word) for word in command]


class Rollout:
    """One experiment. `say` is called with a line for each thing that happens."""

    def __init__(self, setup, directory, say):
        self.setup = setup
        self.directory = directory
        self.say = say
        self.replicas = []
        self.load = None

    def run(self):
        self.say(f"starting {self.setup.replicas} replicas")
        old_replicas = [self.start_replica() for _ in range(self.setup.replicas)]
        for replica in old_replicas:
            replica.wait_until_it_serves()
        self.start_load(old_replicas)
        for replica in old_replicas:
            self.replace(replica)
        time.sleep(self.setup.tail_seconds)
        return self.result(self.load.stop(), old_replicas)

    def start_replica(self):
        name = f"replica-{len(self.replicas) + 1}"
        grace = {"SHUTDOWN_GRACE_SECONDS": str(GRACE_SECONDS)}
        replica = Replica(name, os.path.join(self.directory, name), self.setup.tools,
                          self.setup.command(), {**grace, **self.setup.environment},
                          self.setup.kind)
        self.replicas.append(replica)
        return replica

    def start_load(self, replicas):
        setup = self.setup
        self.say(f"load: {setup.connections} connections, {setup.rate:g} requests/s each")
        self.load = Load(setup.load_command(), [replica.endpoint for replica in replicas])
        time.sleep(setup.warm_up_seconds)

    def replace(self, old):
        new = self.start_replica()
        new.wait_until_it_serves()
        self.load.add(new.endpoint)
        self.load.mark(f"SIGTERM {old.name}")
        old.terminate()
        self.say(f"{old.name}: SIGTERM, {new.name} is there instead")
        time.sleep(self.setup.routing_seconds)
        self.load.remove(old.endpoint)
        code = old.wait_for_exit(GRACE_SECONDS + EXIT_MARGIN_SECONDS)
        self.say(f"{old.name}: exited with {code} after {old.seconds_to_exit():.2f} s")

    def counts(self):
        """Requests and failures so far."""
        return (self.load.requests, self.load.failed) if self.load else (0, 0)

    def result(self, summary, old_replicas):
        return {
            "policy": self.setup.policy,
            "requests": summary["requests"],
            "failed": summary["failed"],
            "failures": summary["failures"],
            "latency_ms": summary["latency_ms"],
            "start_delay_ms": summary["start_delay_ms"],
            "retried": summary.get("retried", 0),  # by clients that may: none of tests/load
            "stopped": [stopped(replica) for replica in old_replicas],
        }

    def destroy(self):
        if self.load:
            self.load.destroy()
        for replica in self.replicas:
            replica.destroy()


def stopped(replica):
    return {
        "name": replica.name,
        "seconds": round(replica.seconds_to_exit(), 3),
        "exit_code": replica.process.returncode,
        "ready_seconds": round(replica.ready_seconds, 3),
        "processes_left": sorted(replica.processes().values()),
        "log": replica.log_path,
        "report": replica.report_path,
        "log_since_sigterm": replica.log_since_terminate(),
    }


@contextlib.contextmanager
def working_directory(keep):
    """A short path: the unix sockets in it may have at most 107 bytes."""
    if keep:
        os.makedirs(keep)
        yield os.path.abspath(keep)
        return
    directory = tempfile.mkdtemp(prefix="lastcall-")
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def allow_many_connections():
    """A client with thousands of connections, and Envoy with as many, need descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def prepared(setup, say=lambda text: None):
    """A Rollout, to call `run` of. Whatever happens, it is cleaned up."""
    allow_many_connections()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with working_directory(setup.keep) as directory:
        rollout = Rollout(setup, directory, say)
        try:
            yield rollout
        finally:
            rollout.destroy()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     allow_abbrev=False)
    defaults = {field.name: field.default for field in dataclasses.fields(Setup)}
    parser.add_argument("--policy", required=True, help="the Lua file that says how to stop")
    for name in ("connections", "service-milliseconds", "replicas", "seed"):
        parser.add_argument(f"--{name}", type=int, default=defaults[name.replace("-", "_")])
    for name in ("rate", "one-shot", "blind", "routing-seconds", "warm-up-seconds",
                 "tail-seconds"):
        parser.add_argument(f"--{name}", type=float, default=defaults[name.replace("-", "_")])
    parser.add_argument("--build", default=defaults["build"], help="directory of lastcall")
    parser.add_argument("--tools", default=defaults["tools"], help="directory of Envoy and Python")
    parser.add_argument("--keep", metavar="DIRECTORY", help="new, for the logs and the reports")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options, arguments = parser.parse_known_args()
    return options, tuple(arguments)


def main():
    options, arguments = parse_arguments()
    fields = {**vars(options), "arguments": arguments}
    as_json = fields.pop("json")
    with prepared(Setup(**fields), lambda text: print(text, file=sys.stderr)) as rollout:
        result = rollout.run()
    if as_json:
        print(json.dumps(result, indent=2))
    else:
        print(f"{result['requests']} requests, {result['failed']} failed: {result['failures']}")


if __name__ == "__main__":
    try:
        main()
    except ReplicaFailed as failure:
        sys.exit(f"rollout: {failure}")
