"""The same rolling restart with several ways to stop, side by side. Started by docker/demo."""

import argparse
import os
import re
import sys
import threading
import time

import rollout
from replica import ReplicaFailed

POLICIES = os.path.join(rollout.ROOT, "policies")
SERVICE_LINE = re.compile(r"\[(pye|pol|rtr)\]")
PROGRESS_SECONDS = 0.2
LOAD = {"connections": 380, "rate": 5}

PLAIN = "plain SIGTERM"
LASTCALL = "lastcall"
FIXED = "fixed 15 s wait"
COLUMNS = {
    PLAIN: {"policy": os.path.join(POLICIES, "examples", "plain.lua")},
    LASTCALL: {"policy": os.path.join(POLICIES, "shutdown.lua")},
    FIXED: {
        "policy": os.path.join(POLICIES, "examples", "fixed_wait.lua"),
        "arguments": ("--rtr.drain-strategy", "gradual", "--rtr.drain-time-s", "600"),
    },
}
FAILURES = {
    "refused": "connection refused",
    "cut_fresh": "cut on a new connection",
    "cut_reused": "cut on a kept connection",
    "partial": "cut in the middle of the answer",
    "timeout": "no answer in time",
    "status": "answered with an error",
    "protocol": "answered with garbage",
    "local": "the client's own fault",
}


class Progress:
    """What goes on: on a terminal one line that changes, else a line for each thing."""

    def __init__(self, column):
        self.column = column
        self.text = ""
        self.start_time = time.monotonic()
        self.rollout = None
        self.finished = threading.Event()
        self.terminal = sys.stdout.isatty()

    def say(self, text):
        self.text = text
        if not self.terminal:
            print(self.line(), flush=True)

    def line(self):
        requests, failed = self.rollout.counts() if self.rollout else (0, 0)
        seconds = time.monotonic() - self.start_time
        return (f"{self.column:15} {seconds:5.1f} s {requests:8,} requests {failed:5,} failed  "
                f"{self.text}")

    def watch(self, running):
        self.rollout = running
        if self.terminal:
            threading.Thread(target=self._redraw, daemon=True).start()

    def _redraw(self):
        while not self.finished.wait(PROGRESS_SECONDS):
            print(f"\r{self.line()[:99]}\x1b[K", end="", flush=True)

    def close(self):
        self.finished.set()
        if self.terminal:
            print(f"\r{self.line()[:99]}\x1b[K")


def measure(column, options):
    progress = Progress(column)
    setup = rollout.Setup(build=options.build, tools=options.tools, **LOAD, **COLUMNS[column])
    try:
        with rollout.prepared(setup, progress.say) as running:
            progress.watch(running)
            return running.run()
    finally:
        progress.close()


def rows(results):
    """The lines of the table: a title and one text for each column."""
    yield "", list(results)
    yield "requests", [f"{result['requests']:,}" for result in results.values()]
    yield "failed", [f"{result['failed']:,}" for result in results.values()]
    for kind, title in FAILURES.items():
        counts = [result["failures"].get(kind, 0) for result in results.values()]
        if any(counts):
            yield "  " + title, [f"{count:,}" for count in counts]
    yield "seconds from SIGTERM to exit", [
        " and ".join(f"{replica['seconds']:.2f}" for replica in result["stopped"])
        for result in results.values()
    ]


def print_table(results):
    for title, cells in rows(results):
        print(f"{title:34}" + "".join(f"{cell:>20}" for cell in cells))


def print_timeline(result):
    """What lastcall itself wrote from SIGTERM on."""
    for line in result["stopped"][0]["log_since_sigterm"]:
        if not SERVICE_LINE.match(line):
            print(line)


def verdict(results):
    """What is wrong with the outcome; None if it is as it should be."""
    if results[PLAIN]["failed"] == 0:
        return ("the plain SIGTERM lost nothing, so this run shows nothing: the load did not "
                "reach the replicas while they stopped")
    if results[LASTCALL]["failed"] > 0:
        return f"lastcall lost {results[LASTCALL]['failed']} requests; it should lose none"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="docker/demo")
    parser.add_argument("--all", action="store_true", help=f"measure {FIXED!r} too")
    parser.add_argument("--build", default=rollout.Setup.build, help="directory of lastcall")
    parser.add_argument("--tools", default=rollout.Setup.tools, help="directory of Envoy")
    options = parser.parse_args()

    columns = COLUMNS if options.all else (PLAIN, LASTCALL)
    results = {column: measure(column, options) for column in columns}

    print("\nA rolling restart of two replicas, under {connections} kept connections with {rate} "
          "requests a second each:\n".format(**LOAD))
    print_table(results)
    print("\nHow lastcall stopped one replica:\n")
    print_timeline(results[LASTCALL])
    if problem := verdict(results):
        sys.exit(f"\ndocker/demo: {problem}")


if __name__ == "__main__":
    try:
        main()
    except ReplicaFailed as failure:
        sys.exit(f"docker/demo: {failure}")
