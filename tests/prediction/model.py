"""What the simulated world says of a rolling restart as docker/rollout.py does it.

    clients = Clients(connections=380, rate=5, one_shot=5)
    failures, waits = predicted("policies/shutdown.lua", clients, routing=6)

`waits`: seconds from SIGTERM until the router is asked to exit, for each old replica in turn: the
exits of real programs are the machine's business. All are Played: the mean of several plays and how
far they lie apart. They differ in chance (who comes and sends when), and in when SIGTERM comes:
within a second (a policy that looks once a second sees a burst in one look or in two) or within the
mean time between two requests of a client, if that is longer.
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

PLAYS = 40
GOLDEN = 0.618034  # multiples of it, without their whole part, lie evenly and fit no period
SILVER = 0.414214  # the same
SPREAD_MOST = 10  # seconds
REPLICAS = 2

# Once it is signalled Envoy answers nobody, and its connections are closed one after the other:
# what is sent until then is lost. Until half of 50, 250, 1,000 and 2,500 were closed it took
# (1.40.0, one worker; the better of two runs, on a busy machine) after TERM 2, 7, 10 and 23 ms;
# after KILL, where the kernel first frees the memory, 6, 12, 23 and 42 ms.
CLOSE_FIRST = {"TERM": 0.002, "KILL": 0.006}
CLOSE_EACH = {"TERM": 8e-6, "KILL": 15e-6}

SCENARIO = """scenario "prediction" {{
  policy = "{policy}",
  services = "{services}",
  signal = at({signal:.3f}),
  world = {{ router = {{ clients = {{ {clients} }} }} }},
  expect = {{ finished_within(1000) }},
}}
"""


class Played(float):
    """The mean of all plays; `least`, `most`, and the standard deviation of one."""

    def __new__(cls, values):
        played = super().__new__(cls, statistics.mean(values))
        played.least, played.most = min(values), max(values)
        played.deviation = statistics.stdev(values)
        return played


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
    backoff: float = 0  # HTTP/2: who is refused tries again only then, and fails meanwhile
    websockets: int = 0
    probes: float = 0  # for each replica, for ever


@dataclasses.dataclass(frozen=True)
class Rollout:
    """What docker/rollout.py does besides; times in seconds. There are two replicas."""

    gradual: bool = False  # --rtr.drain-strategy gradual, as Envoy does by itself, in 600 s
    warm_up: float = 4
    starts_in: float = 0.4  # a new replica, until it serves
    exits_in: float = 0.1  # all of its programs, from the router's SIGTERM on


@dataclasses.dataclass(frozen=True)
class Share:
    """What one of the replicas has of the clients, in the mean."""

    connections: float
    burst: float = 0  # clients that the other replica loses, and that come here,
    burst_at: float = 0  # so long before SIGTERM
    websockets: float = 0


def in_play(play, mean):
    """A whole number; over all plays this mean."""
    return int(mean + play * SILVER % 1)


def words_of(clients, share, routing, play):
    """The words of a scenario for one of the replicas."""
    connections = in_play(play, share.connections)
    said = {
        "new_connections_per_second": clients.one_shot / REPLICAS,
        "websockets": in_play(play, share.websockets),
        "probes_per_second": clients.probes,
    }
    said = {word: value for word, value in said.items() if value}
    said.update(request_takes=clients.request_takes, replicas=REPLICAS + 1,
                routing_moves=f"after_signal({routing})", by_chance=play + 1)
    if clients.one_shot:
        said["surge"] = 1  # until SIGTERM they have the old replicas only
    if clients.connections:
        said.update(connections=connections, requests_per_second=clients.rate, skips_late="true")
        if share.burst:  # of one client: where it is it does not come
            said.update(burst=int(share.burst + 1 - play * SILVER % 1),
                        burst_at=f"before_signal({share.burst_at})")
        if clients.blind:
            said["blind"] = clients.blind
        for word in ("http2", "ignore_close"):
            if getattr(clients, word):
                said[word] = "true"
        if clients.backoff:
            said["backoff"] = clients.backoff
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


def simulate(text):
    """Plays scenarios. What their clients felt, and their timelines."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([LASTCALL, "chaos", "--json", "--verbose", file.name],
                              capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"lastcall chaos: {done.stderr}\n{text}")
    return json.loads(done.stdout)["scenarios"]


def stop(policy, services, clients, share, routing, signal):
    """One replica is told to stop, so long after its start: failures and seconds of each play."""
    spread = min(max(1, 1 / (clients.rate or 1)), SPREAD_MOST) if clients.connections else 1
    scenarios = []
    for play in range(PLAYS):
        words = words_of(clients, share, routing, play)
        scenarios.append(SCENARIO.format(
            policy=os.path.join(ROOT, policy), services=services,
            signal=signal + spread * (play * GOLDEN % 1),
            clients=", ".join(f"{word} = {value}" for word, value in words.items())))
    played = simulate("".join(scenarios))
    return ([failures_of(scenario, clients, routing) for scenario in played],
            [wait_of(scenario) for scenario in played])


def failures_of(scenario, clients, routing):
    felt = scenario["clients"]
    return (felt["cut"] + felt["refused"] + felt["failed"] + felt["blind"]
            + sent_into_exit(scenario, clients) + websockets_lost(scenario, routing))


def sent_into_exit(scenario, clients):
    """Requests on connections that were idle when the router was told to exit."""
    _, signal = leaving(scenario)
    idle = scenario["clients"]["idle_cut"]
    return idle * clients.rate * (CLOSE_FIRST[signal] + idle * CLOSE_EACH[signal])


def websockets_lost(scenario, routing):
    """Each is one. Its client opens another at once: while the replica that is gone is routed to,
    one in three chooses that, and tries again at once."""
    lost = scenario["clients"]["websockets_cut"]
    return lost + (lost / REPLICAS if wait_of(scenario) < routing else 0)


def leaving(scenario):
    """When the router was asked to exit, and by which signal."""
    for step in scenario["timeline"]:
        if step["service"] == "router" and step["what"] in CLOSE_FIRST:
            return step["time"], step["what"]
    return scenario["seconds"], "KILL"


def wait_of(scenario):
    """Until the router is asked to exit: what comes later depends on its programs."""
    return leaving(scenario)[0]


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
    signal = rollout.warm_up + rollout.starts_in
    share = Share(clients.connections / REPLICAS, websockets=clients.websockets / REPLICAS)
    failures, waits = [0] * PLAYS, []
    for _ in range(REPLICAS):
        with services_of(rollout) as services:
            failed, seconds = stop(policy, services, clients, share, routing, signal)
        failures = [sum(pair) for pair in zip(failures, failed)]
        waits.append(wait := Played(seconds))
        until_next = max(routing, wait + rollout.exits_in) + rollout.starts_in
        signal += until_next
        told = min(wait, 1 / clients.rate) if clients.rate else until_next
        share = Share(share.connections, share.connections / 2 if clients.rate else 0,
                      until_next - told, share.websockets * 3 / 2)
    return Played(failures), waits
