"""The file of results: JSON lines, one for each finished run, appended as they come."""

import collections
import contextlib
import fcntl
import json
import os
import statistics

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results.jsonl")
# Why a stop ended: see left_by.
TIME_UP, UNTOLD, LAST_REQUEST = "time up", "untold", "last request"
LEAST_WAIT, EVIDENCE = "least wait", "evidence"
STILL_SECONDS = 0.01  # a look, and what comes after it
AT_ONCE_SECONDS = 0.3  # the silence that wait_idle wants, 0.25 s, and a look
LEAST_WAIT_SECONDS = 1.1  # its option `min`, and a look
BUSY_START_DELAY_MS = 20  # the client itself was later than that in 1 % of its requests


def read(path=PATH):
    """The runs in the order in which they were made; of the same run of a cell the last one."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file]
    return list({(run["cell"], run["run"]): run for run in runs}.values())


def append(run, path=PATH):
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(run) + "\n")


@contextlib.contextmanager
def alone(path):
    """Nobody else measures into this file meanwhile; BlockingIOError if somebody does."""
    with open(path, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def is_busy(run):
    """The machine was: what was measured is the machine, too."""
    return run["start_delay_ms"] > BUSY_START_DELAY_MS


def done(runs):
    """The runs that are there, as (cell, number)."""
    return {(run["cell"], run["run"]) for run in runs}


def by_cell(runs):
    found = collections.defaultdict(list)
    for run in runs:
        found[run["cell"]].append(run)
    return found


def current(runs):
    """Of the runs of one cell those of the last version of lastcall, where that is the policy: the
    others do not change with it."""
    if not runs[0]["cell"].endswith("/lastcall"):
        return runs
    last = max(runs, key=lambda run: run["date"])["lastcall"]
    return [run for run in runs if run["lastcall"] == last]


def overshoot(stop):
    """Seconds from the last look that saw the router at work (a request in flight or come since, an
    open HTTP/1.1 connection) until it was asked to exit; None: no look did, or it was never
    asked."""
    if stop["left"] is None or stop.get("busy") is None:
        return None
    return stop["left"] - stop["busy"]


def left_by(stop):
    """Why lastcall left then."""
    seconds = overshoot(stop)
    if stop["ended"] != "idle":
        return TIME_UP
    if seconds is not None and seconds <= AT_ONCE_SECONDS:
        return LAST_REQUEST if seconds > STILL_SECONDS else UNTOLD
    return LEAST_WAIT if stop["left"] <= LEAST_WAIT_SECONDS else EVIDENCE


def waits_of(runs):
    """Seconds from SIGTERM until the router was asked to exit: what the policy decides. A replica
    whose router was never asked, since the grace was over, is gone by then."""
    return [stop["gone"] if stop["left"] is None else stop["left"]
            for run in runs for stop in run["stops"]]


class Summary:
    """All runs of one cell."""

    def __init__(self, runs):
        self.runs = runs
        self.failures = sorted(run["failed"] for run in runs)
        self.waits = waits_of(runs)
        self.busy = sum(is_busy(run) for run in runs)

    @property
    def mean_failures(self):
        return statistics.mean(self.failures)

    @property
    def mean_wait(self):
        """Of a stop, in seconds."""
        return statistics.mean(self.waits)

    def failures_text(self):
        least, most = self.failures[0], self.failures[-1]
        return f"{least:,}" if least == most else f"{least:,}–{most:,}"
