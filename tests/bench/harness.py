"""Runs the contenders and takes their times: stamps, supervisors, what /proc says of them."""

import os
import select
import signal
import socket
import subprocess
import time

WAIT_S = 30  # for anything; a contender that needs longer has failed

HELPERS = ("payload", "lines", "sink", "orphans", "stamp_exec")


class BenchError(Exception):
    pass


class Stamps:
    """The datagram socket which the helper programs send their time stamps to."""

    def __init__(self, directory):
        self.path = f"{directory}/stamps.sock"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.times_ns = {}  # (run, what): list

    def wait(self, run, what, count):
        """Returns `count` times of the stamp `what` of this run, in nanoseconds."""
        deadline = time.monotonic() + WAIT_S
        times_ns = self.times_ns.setdefault((run, what), [])
        while len(times_ns) < count:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                stamp = self.socket.recv(256).decode().split()
            except TimeoutError:
                raise BenchError(
                    f"{run}: {len(times_ns)} of {count} stamps '{what}' in {WAIT_S} s") from None
            self.times_ns.setdefault((stamp[0], stamp[1]), []).append(int(stamp[2]))
        return times_ns


class Service:
    def __init__(self, command, ready_socket=None):
        self.command = command
        self.ready_socket = ready_socket


class Contender:
    """A way of running services. `command` returns argv and what to add to the environment."""

    def __init__(self, key, command, services_max=3):
        self.key = key
        self.command = command
        self.services_max = services_max


NAMES = ("one", "two", "three")

# As lastcall does by itself where it is not PID 1. Without it tini only adds a warning.
TINI_ENVIRONMENT = {"TINI_SUBREAPER": ""}


def lastcall(binary):
    def command(services, directory, _as_pid1):
        lines = []
        for name, service in zip(NAMES, services):
            words = ", ".join(f'"{word}"' for word in service.command)
            ready = service.ready_socket
            ready = f', ready = {{ socket = "{ready}", timeout = 10 }}' if ready else ""
            lines.append(f'service "{name}" {{ command = {{ {words} }}{ready} }}\n')
        stops = [f'stop("{name}")\n' for name, _ in zip(NAMES, services)]
        write(f"{directory}/services.lua", "".join(lines))
        write(f"{directory}/shutdown.lua", "".join(reversed(stops)))
        return [binary, "run", "--services", f"{directory}/services.lua",
                "--policy", f"{directory}/shutdown.lua"], {}
    return Contender("lastcall", command)


def tini():
    def command(services, _directory, _as_pid1):
        return ["tini", "--", *services[0].command], TINI_ENVIRONMENT
    return Contender("tini", command, services_max=1)


def entrypoint(script):
    """As in the reference's image, below tini; where PID 1 is what is measured, bash is PID 1."""
    def command(services, _directory, as_pid1):
        environment = {**TINI_ENVIRONMENT, "ROUTER_DRAIN_TIME_SECONDS": "0",
                       "SOCKET_ONE": "", "SOCKET_TWO": ""}
        for name, service in zip(NAMES, services):
            environment[f"COMMAND_{name.upper()}"] = " ".join(service.command)
            if service.ready_socket:
                environment[f"SOCKET_{name.upper()}"] = service.ready_socket
        return ([] if as_pid1 else ["tini", "--"]) + ["bash", script], environment
    return Contender("bash", command)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def read(path):
    with open(path, errors="replace") as file:
        return file.read()


class Bench:
    """What all measures share: the helper programs, a directory, the stamps, a number per run."""

    def __init__(self, helpers, directory, contenders, runs):
        self.helpers = helpers
        self.directory = directory
        self.contenders = contenders
        self.runs = runs
        self.stamps = Stamps(directory)
        self.count = 0
        self.discard = self.sink(0, "-")  # most output goes there, through a pipe as in life

    def helper(self, name, *arguments):
        return [f"{self.helpers}/{name}", *map(str, arguments)]

    def environment(self, run):
        return {**os.environ, "BENCH_STAMPS": self.stamps.path, "BENCH_RUN": run}

    def sink(self, marks, run):
        return subprocess.Popen(self.helper("sink", marks), stdin=subprocess.PIPE,
                                env=self.environment(run))

    def supervise(self, contender, services=None, **options):
        """Starts `services` (default: three payloads), as many as this contender can."""
        services = services or [Service(self.helper("payload"))] * 3
        return Supervisor(self, contender, services[:contender.services_max], **options)

    def new_run(self, contender):
        self.count += 1
        run = f"{contender.key}-{self.count}"
        os.mkdir(f"{self.directory}/{run}")
        return run

    def close(self):
        self.discard.stdin.close()
        self.discard.wait()


class Supervisor:
    """One contender at work. A context manager: whatever happens, its processes end with it."""

    def __init__(self, bench, contender, services, as_pid1=False, stdout=None, run=None):
        self.stamps = bench.stamps
        self.services = services
        self.run = run or bench.new_run(contender)
        directory = f"{bench.directory}/{self.run}"
        argv, environment = contender.command(services, directory, as_pid1)
        if as_pid1:
            user = [] if os.geteuid() == 0 else ["--map-root-user"]
            argv = ["unshare", *user, "--pid", "--fork", "--kill-child", "--mount-proc", *argv]
        self.stderr_path = f"{directory}/stderr"
        with open(self.stderr_path, "a") as stderr:
            self.process = subprocess.Popen(
                bench.helper("stamp_exec") + argv, stdin=subprocess.DEVNULL, stderr=stderr,
                stdout=stdout or bench.discard.stdin,
                env={**bench.environment(self.run), **environment})
        self.pidfd = os.pidfd_open(self.process.pid)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _traceback):
        pids = [] if self.process.poll() is not None else [self.process.pid]
        for pid in pids + (descendants(self.process.pid) if pids else []):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        os.close(self.pidfd)
        if isinstance(error, BenchError) and str(error).startswith(f"{self.run}:"):
            raise BenchError(f"{error}\nits stderr:\n{read(self.stderr_path)}") from None

    def started_ns(self):
        """Waits until all services run; returns when it was executed and when the last one ran."""
        up_ns = max(self.stamps.wait(self.run, "up", len(self.services)))
        return self.stamps.wait(self.run, "exec", 1)[0], up_ns

    def stop_ns(self):
        """SIGTERM; returns when it was sent, when the last service was at its end, and when the
        supervisor had exited, which it must with status 0."""
        term_ns = time.monotonic_ns()
        self.process.send_signal(signal.SIGTERM)
        if not select.select([self.pidfd], [], [], WAIT_S)[0]:
            raise BenchError(f"{self.run}: still there {WAIT_S} s after SIGTERM")
        exited_ns = time.monotonic_ns()
        if self.process.wait() != 0:
            raise BenchError(f"{self.run}: exit status {self.process.returncode}")
        # Few datagrams fit into a socket's queue, so these are taken from it in any case.
        gone_ns = max(self.stamps.wait(self.run, "gone", len(self.services)))
        return term_ns, gone_ns, exited_ns

    def supervising(self):
        """Pids of the supervisor and of its helpers: every process but the services."""
        return [pid for pid in [self.process.pid, *descendants(self.process.pid)]
                if read(f"/proc/{pid}/comm").strip() not in HELPERS]


def children(pid):
    return [int(child) for child in read(f"/proc/{pid}/task/{pid}/children").split()]


def descendants(pid):
    found, new = [], [pid]
    while new:
        try:
            below = children(new.pop())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has exited since
        found += below
        new += below
    return found


def busy_share(seconds):
    """How much of all cores is in use, from 0 to 1."""
    def total_and_idle():
        ticks = [int(word) for word in read("/proc/stat").split("\n")[0].split()[1:]]
        return sum(ticks), ticks[3] + ticks[4]
    total, idle = total_and_idle()
    time.sleep(seconds)
    total_then, idle_then = total_and_idle()
    return 1 - (idle_then - idle) / (total_then - total)


def memory_kib(pids):
    """RSS and PSS of these processes together."""
    total = {"Rss:": 0, "Pss:": 0}
    for pid in pids:
        for line in read(f"/proc/{pid}/smaps_rollup").splitlines():
            words = line.split()
            if words[0] in total:
                total[words[0]] += int(words[1])
    return total["Rss:"], total["Pss:"]


def activity(pids):
    """Context switches and nanoseconds of CPU of these processes and all their threads."""
    switches = cpu_ns = 0
    for pid in pids:
        for thread in os.listdir(f"/proc/{pid}/task"):
            path = f"/proc/{pid}/task/{thread}"
            cpu_ns += int(read(f"{path}/schedstat").split()[0])
            switches += sum(int(line.split()[1]) for line in read(f"{path}/status").splitlines()
                            if "ctxt_switches" in line)
    return switches, cpu_ns
