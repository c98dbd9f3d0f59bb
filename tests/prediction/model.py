"""What the simulated world says of a rolling restart as docker/rollout.py does it.

    clients = Clients(connections=380, rate=5, one_shot=5)
    failures, waits = predicted("policies/shutdown.lua", clients, routing=6)

`waits`: seconds from SIGTERM until the router is asked to exit, for each old replica in turn: the
exits of real programs are the machine's business. Each is a Wait: the median, with the least and
the most, of several runs that differ only in when SIGTERM comes, within a second (a policy that
looks once a second sees a burst in one look or in two) or within the mean time between two requests
of a client, if that is longer. `failures` is their mean.
"""

import contextlib
import dataclasses
import json
import os
import re
import statistics
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LASTCALL = os.path.join(ROOT, "build", "lastcall")
GATEWAY = os.path.join(ROOT, "docker", "gateway", "services.lua")

PHASES = 10
GOLDEN = 0.618034  # multiples of it, without their whole part, lie evenly and fit no period
SPREAD_MOST = 10  # seconds
REPLICAS = 2

SCENARIO = """scenario "prediction" {{
  policy = "{policy}",
  services = "{services}",
  signal = at({signal:.3f}),
  world = {{ router = {{ clients = {{ {clients} }} }} }},
  expect = {{ finished_within(1000) }},
}}
"""


class Wait(float):
    """Seconds: the median; `least` and `most` of all phases."""

    def __new__(cls, seconds):
        wait = super().__new__(cls, statistics.median(seconds))
        wait.least, wait.most = min(seconds), max(seconds)
        return wait


@dataclasses.dataclass(frozen=True)
class Clients:
    """Of all replicas together. Times in seconds, rates in requests or connections a second."""

    connections: int = 0  # kept alive
    rate: float = 1  # of each of them; 0: they stay idle
    one_shot: float = 0  # new connections with one request each
    request_takes: float = 0.02
    blind: float = 0  # who was idle for less does not see that its connection is gone
    http2: bool = False  # many requests at once on a connection
    ignore_close: bool = False  # told to close, they go on until Envoy closes
    websockets: int = 0
    probes: float = 0  # for each replica, for ever


@dataclasses.dataclass(frozen=True)
class Rollout:
    """What docker/rollout.py does besides; times in seconds. There are two replicas."""

    gradual: bool = False  # --rtr.drain-strategy gradual, as Envoy does by itself, in 600 s
    warm_up: float = 4
    starts_in: float = 0.4  # a new replica, until it serves
    exits_in: float = 0.1  # all of its programs, from the router's SIGTERM on


def words_of(clients, connections, routing):
    """The words of a scenario for one of the replicas, which has so many of the connections."""
    said = {
        "connections": connections,
        "request_takes": clients.request_takes,
        "new_connections_per_second": clients.one_shot / (REPLICAS + 1),
        "websockets": clients.websockets // REPLICAS,
        "probes_per_second": clients.probes,
        "replicas": REPLICAS + 1,
        "routing_moves": f"after_signal({routing})",
    }
    said = {word: value for word, value in said.items() if value}
    if connections:
        said["requests_per_second"] = clients.rate
        if clients.blind:
            said["blind"] = clients.blind
        for word in ("http2", "ignore_close"):
            if getattr(clients, word):
                said[word] = "true"
    return said


@contextlib.contextmanager
def services_of(rollout):
    """The file of the gateway's services, with the arguments that its router is given."""
    if not rollout.gradual:
        yield GATEWAY
        return
    with open(GATEWAY, encoding="utf-8") as file, \
            tempfile.NamedTemporaryFile("w", suffix=".lua") as changed:
        changed.write(file.read().replace('router, "-c"',
                                          'router, "--drain-strategy", "gradual", "-c"'))
        changed.flush()
        yield changed.name


def play(text):
    """Plays scenarios. What their clients felt, and their timelines."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([LASTCALL, "chaos", "--json", "--verbose", file.name],
                              capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"lastcall chaos: {done.stderr}\n{text}")
    return json.loads(done.stdout)["scenarios"]


def stop(policy, services, words, signal):
    """One replica is told to stop, so long after its start: its failures and its wait."""
    spread = min(max(1, 1 / (words.get("requests_per_second") or 1)), SPREAD_MOST)
    clients = ", ".join(f"{word} = {value}" for word, value in words.items())
    scenarios = play("".join(
        SCENARIO.format(policy=os.path.join(ROOT, policy), services=services,
                        signal=signal + spread * (phase * GOLDEN % 1), clients=clients)
        for phase in range(PHASES)))
    return (statistics.mean(failures_of(scenario) for scenario in scenarios),
            Wait([wait_of(scenario) for scenario in scenarios]))


def failures_of(scenario):
    felt = scenario["clients"]
    return felt["cut"] + felt["refused"] + felt["failed"] + felt["blind"]


def wait_of(scenario):
    """Until the router is asked to exit: what comes later depends on its programs."""
    for step in scenario["timeline"]:
        if step["service"] == "router" and step["what"] in ("TERM", "KILL"):
            return step["time"]
    return scenario["seconds"]


def wait_of_log(lines):
    """The same, of a real replica: its log since SIGTERM, as docker/rollout.py returns it."""
    for line in lines:
        if step := re.search(r" (\d+\.\d+)  router +(TERM|KILL) ", line):
            return float(step[1])
    raise ValueError("its log does not say when the router was asked to exit")


def predicted(policy, clients, routing, rollout=Rollout()):
    """Failed requests of the whole rollout, and the seconds that each old replica waits.

    Half of the clients that leave a replica go to the next old one. They are told with their next
    response, or see it exit, and connect at their turn after that."""
    first = clients.connections // REPLICAS
    signal = rollout.warm_up + rollout.starts_in
    failures, waits, burst = 0, [], {}
    for connections in (first, clients.connections - first):
        words = words_of(clients, connections, routing)
        with services_of(rollout) as services:
            failed, wait = stop(policy, services, {**words, **burst}, signal)
        failures += failed
        waits.append(wait)
        until_next = max(routing, wait + rollout.exits_in) + rollout.starts_in
        signal += until_next
        if connections and clients.rate:
            told = min(wait, 1 / clients.rate)
            burst = {"burst": connections // 2, "burst_at": f"before_signal({until_next - told})"}
    return failures, waits
