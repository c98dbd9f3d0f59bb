"""One run of a cell: a rolling restart of two replicas on real Envoy, as one line of results."""

import contextlib
import dataclasses
import datetime
import functools
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "docker"))

import direct  # noqa: E402
import echo  # noqa: E402
import matrix  # noqa: E402
import rollout  # noqa: E402
from replica import Kind  # noqa: E402

EXPECTED = re.compile(r"expected failures ([0-9.]+)")


@dataclasses.dataclass
class Setup(rollout.Setup):
    """A rollout whose clients may be a program of this folder."""

    client: tuple = ()   # it and its options; none: tests/load
    options: tuple = ()  # more options of tests/load
    path: str = "/"      # that tests/load asks for

    def load_command(self):
        if not self.client:
            return [*super().load_command(), "--path", self.path, *self.options]
        program, *options = self.client
        return [os.path.join(self.tools, "bin", "python"), os.path.join(HERE, program), *options,
                "--service-milliseconds", str(self.service_milliseconds),
                "--seed", str(self.seed)]


def setup_of(cell, seed, build, tools):
    policy = matrix.POLICIES[cell.policy]
    known = {field.name for field in dataclasses.fields(Setup)}
    return Setup(
        policy=os.path.join(ROOT, policy["file"]), arguments=policy.get("arguments", ()),
        routing_seconds=cell.routing, seed=seed, build=build, tools=tools,
        **{"warm_up_seconds": cell.warm_up_seconds(), "tail_seconds": cell.tail_seconds(),
           **{name: value for name, value in cell.clients.items() if name in known}})


@contextlib.contextmanager
def kind_of(cell, tools):
    """What the replicas run; with the echo server behind them if the clients need it."""
    if cell.clients.get("echo"):
        with echo.Echo(tools) as server:
            yield server.kind()
    else:
        yield direct.GatewayWithDirectPath() if cell.clients.get("path") == direct.PATH else Kind()


def how_it_left(report_path):
    """Of one replica's report: when the router was asked to exit, and when it was last seen at work
    before, both in seconds since SIGTERM; if its policy called wait_idle, how that ended, and the
    failures it expected if it said so."""
    found = {"left": None, "busy": None, "ended": None, "expected": None}
    with open(report_path, encoding="utf-8") as file:
        for line in file:
            step = json.loads(line)
            what = step.get("what")
            if step.get("service") != "router":
                continue
            if what in ("idle", "not idle"):
                expected = EXPECTED.search(step.get("why", ""))
                found["ended"] = what if what == "idle" else step["why"]
                found["expected"] = float(expected[1]) if expected else None
            elif step.get("fact") == "signal" and found["left"] is None:
                found["busy"] = step.get("busy")
            elif what in ("TERM", "KILL") and found["left"] is None:
                found["left"] = step["time"]
    return found


def measure(cell, run, build, tools, say=lambda text: None):
    """The line of results of the run number `run`. Raises what a rollout raises."""
    machine_load = os.getloadavg()[0]
    begun = datetime.datetime.now(datetime.timezone.utc)
    with kind_of(cell, tools) as kind:
        setup = setup_of(cell, run, build, tools)
        setup.kind = kind
        with rollout.prepared(setup, say) as running:
            result = running.run()
            stops = [{**how_it_left(stopped["report"]), "gone": stopped["seconds"],
                      "exit_code": stopped["exit_code"]} for stopped in result["stopped"]]
    seconds = (datetime.datetime.now(datetime.timezone.utc) - begun).total_seconds()
    return {
        "cell": cell.name, "run": run, "date": begun.isoformat(timespec="seconds"),
        **versions(build, tools), "cores": os.cpu_count(), "load": round(machine_load, 2),
        "requests": result["requests"], "failed": result["failed"],
        "failures": {kind: count for kind, count in result["failures"].items() if count},
        "retried": result["retried"], "stops": stops,
        "start_delay_ms": result["start_delay_ms"]["p99"], "seconds": round(seconds, 1),
    }


@functools.cache
def versions(build, tools):
    lastcall = output_of(os.path.join(build, "lastcall"), "--version").split()[-1]
    commit = output_of("git", "-C", ROOT, "rev-parse", "--short", "HEAD").strip()
    changed = output_of("git", "-C", ROOT, "status", "--porcelain", "--", "src", "lua", "policies")
    envoy = re.search(r"/(\d+\.\d+\.\d+)/", output_of(os.path.join(tools, "envoy"), "--version"))
    return {"lastcall": f"{lastcall} {commit}{'+changes' if changed else ''}", "envoy": envoy[1]}


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
