"""What the simulated world says of a rolling restart as docker/rollout.py does it.

    clients = Clients(connections=380, rate=5, one_shot=5)
    failures, waits = predicted("policies/shutdown.lua", clients, routing=6)

`waits`: seconds from SIGTERM until the router is asked to exit, for each old replica in turn; the
exits of real programs are the machine's business. Every stop is a scenario of its own, played by
`lastcall chaos`, which takes some milliseconds.
"""

import dataclasses
import json
import os
import re
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LASTCALL = os.path.join(ROOT, "build", "lastcall")
SERVICES = os.path.join(ROOT, "docker", "gateway", "services.lua")

SCENARIO = """scenario "prediction" {{
  policy = "{policy}",
  services = "{services}",
  signal = at({signal}),
  world = {{ router = {{ clients = {{ {clients} }} }} }},
  expect = {{ finished_within(1000) }},
}}
"""


@dataclasses.dataclass(frozen=True)
class Clients:
    """Of all replicas together. Times in seconds, rates in requests or connections a second."""

    connections: int = 0  # kept alive
    rate: float = 1  # of each of them; 0: they stay idle
    one_shot: float = 0  # new connections with one request each
    request_takes: float = 0.02
    websockets: int = 0
    probes: float = 0  # for each replica, for ever


@dataclasses.dataclass(frozen=True)
class Rollout:
    """What docker/rollout.py does besides; times in seconds."""

    replicas: int = 2
    warm_up: float = 4
    starts_in: float = 0.4  # a new replica, until it serves


def words_of(clients, connections, replicas, routing):
    """The words of a scenario for one of the replicas, which has so many of the connections."""
    said = {
        "connections": connections,
        "requests_per_second": clients.rate if connections else None,
        "request_takes": clients.request_takes,
        "new_connections_per_second": clients.one_shot / replicas,
        "websockets": clients.websockets // (replicas - 1),
        "probes_per_second": clients.probes,
        "replicas": replicas,
        "routing_moves": f"after_signal({routing})",
    }
    return ", ".join(f"{word} = {value}" for word, value in said.items()
                     if value is not None and value != 0 or word == "requests_per_second"
                     and value == 0)


def play(text):
    """Plays one scenario. What its clients felt, and its timeline."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([LASTCALL, "chaos", "--json", "--verbose", file.name],
                              capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"lastcall chaos: {done.stderr}\n{text}")
    scenario, = json.loads(done.stdout)["scenarios"]
    return scenario


def stop(policy, words, signal):
    """One replica is told to stop, so long after its start: its failures and its wait."""
    scenario = play(SCENARIO.format(policy=os.path.join(ROOT, policy), services=SERVICES,
                                    signal=round(signal, 3), clients=words))
    felt = scenario["clients"]
    return (felt["cut"] + felt["refused"] + felt["failed"], wait_of(scenario))


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


def shares(connections, rollout):
    """Connections of each old replica when its turn comes: half of the first's go to the second."""
    first = connections // rollout.replicas
    return first, connections - first + first // 2


def predicted(policy, clients, routing, rollout=Rollout()):
    """Failed requests of the whole rollout, and the seconds that each old replica waits."""
    failures, waits = 0, []
    for connections in shares(clients.connections, rollout):
        words = words_of(clients, connections, rollout.replicas + 1, routing)
        failed, wait = stop(policy, words, rollout.warm_up + rollout.starts_in)
        failures += failed
        waits.append(wait)
    return failures, waits
