"""What the load clients of this folder share: routing, counting, and the protocol of tests/load.

Endpoints are chosen as tests/load does: a new connection takes one of the set at random, an
established one stays where it is. The commands on stdin, the JSON lines on stdout and the names of
the failures are those of tests/load, so that docker/load.py drives them all.
"""

import argparse
import asyncio
import json
import random
import sys
import time

KINDS = ("refused", "cut_fresh", "cut_reused", "partial", "timeout", "status", "protocol", "local")
TIMEOUT_SECONDS = 10  # for connecting and the whole answer together
REFUSED_PAUSE_SECONDS = 0.01  # as in tests/load: a refused connect is not tried at full speed
SERVICE_TIME_HEADER = "x-envoy-fault-delay-request"  # milliseconds, see docker/gateway/envoy.yaml


class Failed(Exception):
    """A request failed; `kind` is one of KINDS."""

    def __init__(self, kind, detail=""):
        super().__init__(f"{kind} {detail}")
        self.kind = kind
        self.detail = detail


def parser_of(text):
    """Of the options that all clients have."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--endpoints", required=True, help="HOST:PORT,HOST:PORT...")
    parser.add_argument("--service-milliseconds", type=int, default=20,
                        help="the router's backend takes")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def emit(event, **members):
    print(json.dumps({"event": event, **members}), flush=True)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def spread(seconds):
    """As milliseconds, in the form of tests/load."""
    return {name: round(1000 * quantile(seconds, share), 3)
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))}


class Run:
    """One run: the endpoints, the counts, and whether it is over."""

    def __init__(self, endpoints, seed):
        self.endpoints = endpoints.split(",")
        self.random = random.Random(seed)
        self.begun = time.monotonic()
        self.stopping = asyncio.Event()
        self.requests = 0
        self.failures = dict.fromkeys(KINDS, 0)
        self.latencies = []
        self.start_delays = []
        self.connections_opened = 0
        self.retried = 0  # requests that the server has surely not begun: safe to send again

    @property
    def failed(self):
        return sum(self.failures.values())

    def choose(self):
        """(host, port) of an endpoint, for a new connection."""
        if not self.endpoints:
            raise Failed("refused", "no endpoint")
        host, _, port = self.random.choice(self.endpoints).rpartition(":")
        return host, int(port)

    def answered(self, begun):
        self.requests += 1
        self.latencies.append(time.monotonic() - begun)

    def count_failure(self, failed, endpoint=None):
        self.requests += 1
        self.failures[failed.kind] += 1
        emit("failure", time=round(time.monotonic() - self.begun, 3), kind=failed.kind,
             endpoint=endpoint, detail=failed.detail)

    async def pause(self, seconds):
        """False when the run has ended meanwhile."""
        try:
            await asyncio.wait_for(self.stopping.wait(), max(seconds, 0))
        except TimeoutError:
            pass
        return not self.stopping.is_set()

    async def arrivals(self, rate):
        """Comes around whenever a request is due: Poisson, `rate` a second, until the end."""
        due = time.monotonic() + self.random.expovariate(rate)
        while not self.stopping.is_set():
            await asyncio.sleep(due - time.monotonic())
            self.start_delays.append(time.monotonic() - due)
            yield
            due += self.random.expovariate(rate)

    def obey(self, line):
        word, _, argument = line.strip().partition(" ")
        if word == "stop":
            self.stopping.set()
        elif word == "add":
            self.endpoints.append(argument)
        elif word == "remove" and argument in self.endpoints:
            self.endpoints.remove(argument)
        elif word != "mark":
            emit("error", text=line.strip(), why="commands are add, remove, mark and stop")

    def summary(self):
        emit("summary", requests=self.requests, ok=self.requests - self.failed,
             failed=self.failed, failures=self.failures, retried=self.retried,
             connections_opened=self.connections_opened,
             latency_ms=spread(self.latencies), start_delay_ms=spread(self.start_delays))


async def read_commands(run):
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        run.obey(line.decode())


async def report_progress(run):
    while await run.pause(1):
        emit("progress", requests=run.requests, failed=run.failed)


async def drive(run, clients):
    """Runs the coroutines until `stop`, and then until what is under way has ended."""
    commands = asyncio.create_task(read_commands(run))
    await asyncio.gather(report_progress(run), *clients)
    commands.cancel()
    run.summary()
