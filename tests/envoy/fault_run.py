"""One fault under load: two replicas share the load, one has the fault and is told to stop."""

import dataclasses
import os
import re
import time

import support
import rollout
from load import Load
from replica import Kind, Replica

EXIT_MARGIN_SECONDS = 5  # how long we wait besides
WARM_UP_SECONDS = 4
DURING_SECONDS = 0.5     # after SIGTERM
ROUTING_SECONDS = 1      # after SIGTERM, until no new connection is sent there
TAIL_SECONDS = 1
LOG_LINES = 10000        # all
NOISE = 1.25             # two runs of a frozen Envoy, where nothing can be saved, differ so much
LOAD = {"connections": 200, "rate": 5, "one_shot": 10}
STAMP = re.compile(r"^\[ent\] \S+ \S+ +")
COLUMNS = re.compile(r"^[\d.]+  (\S+) +")


@dataclasses.dataclass
class Outcome:
    failures: dict
    failed: int
    seconds: float
    code: int
    left: list      # processes and sockets
    log: list       # lines of lastcall itself, from the start

    def lines_with(self, pattern):
        return [line for line in self.log if re.search(pattern, line)]


class Run:
    def __init__(self, fault, policy, directory):
        self.fault = fault
        self.load = None
        self.faulty = self.start("faulty", fault.kind, policy, directory, fault.grace)
        self.other = self.start("other", Kind(), policy, directory, fault.grace)

    @staticmethod
    def start(name, kind, policy, directory, grace_seconds):
        setup = rollout.Setup(policy=policy, kind=kind, arguments=getattr(kind, "arguments", ()),
                              **support.SETUP)
        return Replica(name, os.path.join(directory, name), setup.tools, setup.command(),
                       {"SHUTDOWN_GRACE_SECONDS": str(grace_seconds)}, kind)

    def run(self):
        endpoints = self.fault.kind.endpoints(self.faulty)
        for replica in (self.faulty, self.other):
            replica.wait_until_it_serves()
        setup = rollout.Setup(policy="", **LOAD, **support.SETUP)
        self.load = Load(setup.load_command(), [*endpoints, self.other.endpoint])
        time.sleep(WARM_UP_SECONDS)

        if self.fault.before:
            self.fault.before(self.faulty)
        self.faulty.terminate()
        time.sleep(DURING_SECONDS)
        if self.fault.during and self.faulty.exit_time is None:
            self.use(self.fault.during(self.faulty), endpoints)
        time.sleep(ROUTING_SECONDS - DURING_SECONDS)
        for endpoint in endpoints:
            self.load.remove(endpoint)
        code = self.faulty.wait_for_exit(self.fault.grace + EXIT_MARGIN_SECONDS)
        time.sleep(TAIL_SECONDS)
        return self.outcome(code, self.load.stop())

    def use(self, endpoint, endpoints):
        if endpoint:
            time.sleep(0.1)  # Envoy has seen the file by then
            self.load.add(endpoint)
            endpoints.append(endpoint)

    def outcome(self, code, summary):
        sockets = [name for name in os.listdir(self.faulty.directory) if name.endswith(".sock")]
        return Outcome(
            failures={kind: count for kind, count in summary["failures"].items() if count},
            failed=summary["failed"], seconds=self.faulty.seconds_to_exit(), code=code,
            left=sorted(self.faulty.processes().values()) + sockets,
            log=[STAMP.sub("", line) for line in self.faulty.log_tail(LOG_LINES).splitlines()
                 if line.startswith("[ent]")])

    def destroy(self):
        if self.load:
            self.load.destroy()
        for replica in (self.faulty, self.other):
            replica.destroy()


def measure(fault, policy):
    rollout.allow_many_connections()
    with rollout.working_directory(None) as directory:
        run = Run(fault, policy, directory)
        try:
            return run.run()
        finally:
            run.destroy()


def problems(fault, outcome, control=None):
    """What is not as it must be, a text each. control: SIGTERM at once; None: not measured."""
    found = []
    if outcome.seconds > fault.grace:
        found.append(f"past the grace: {outcome.seconds:.1f} s")
    if outcome.seconds > fault.most_seconds:
        found.append(f"took {outcome.seconds:.1f} s, more than {fault.most_seconds:g} s")
    if outcome.code != 0:
        found.append(f"exit code {outcome.code}")
    if outcome.left:
        found.append(f"left behind: {', '.join(outcome.left)}")
    if (count := len(outcome.lines_with(fault.said))) != 1:
        found.append(f"said {count} times instead of once: {fault.said}")
    if fault.zero and outcome.lines_with("router +no effect"):
        found.append("said that the drain has no effect")
    if fault.zero and outcome.failed:
        found.append(f"{outcome.failed} requests failed: {outcome.failures}")
    if control and control.failed == 0:
        found.append("the control lost nothing: this shows nothing")
    if control and outcome.failed > NOISE * control.failed:
        found.append(f"{outcome.failed} requests failed, with SIGTERM at once {control.failed}")
    return found


def line_of(fault, outcome):
    """The line in which lastcall says what is wrong, without the time."""
    lines = outcome.lines_with(fault.said)
    return COLUMNS.sub(r"\1 ", lines[0]) if lines else "–"
