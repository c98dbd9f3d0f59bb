"""One replica: lastcall as PID 1, with the services it runs. Which ones says its Kind."""

import contextlib
import functools
import glob
import http.client
import os
import signal
import socket
import string
import subprocess
import threading
import time

GATEWAY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gateway")
ADDRESS = "127.0.0.1"
SERVICE_TIME_HEADER = "x-envoy-fault-delay-request"  # milliseconds, see gateway/envoy.yaml
READY_TIMEOUT_SECONDS = 20
POLL_SECONDS = 0.02


class ReplicaFailed(Exception):
    """A replica did not do what the experiment needs. The message says what, and shows its log."""


class Kind:
    """What replicas run; this one: the gateway, with Envoy as its router."""

    services = os.path.join(GATEWAY, "services.lua")
    ready_path = "/python"  # through all three services
    service_time_header = SERVICE_TIME_HEADER

    def configuration(self):
        """The router's; the names in it are filled in for each replica."""
        with open(os.path.join(GATEWAY, "envoy.yaml"), encoding="utf-8") as template:
            return template.read()

    def prepare(self, replica):
        """Writes what its services need into the replica's directory."""
        replica.write("envoy.yaml", string.Template(self.configuration()).substitute(
            GATEWAY_ADDRESS=ADDRESS,
            GATEWAY_PORT=replica.port,
            POLICY_ENGINE_SOCKET=os.path.join(replica.directory, "policy-engine.sock"),
        ))

    def environment(self, replica):
        """Variables for its services.lua."""
        return {
            "GATEWAY_PROGRAMS": GATEWAY,
            "GATEWAY_PYTHON": os.path.join(replica.tools, "bin", "python"),
            "GATEWAY_ENVOY": os.path.join(replica.tools, "envoy"),
        }


def reserve_port():
    """A free port, kept by a socket that never listens.

    The router binds it besides (SO_REUSEPORT), and no outgoing connection can take it before.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    keeper.bind((ADDRESS, 0))
    return keeper


@functools.cache
def own_namespace_command():
    """In a PID namespace lastcall is PID 1, and nothing of it survives the end of this program.

    Empty where that is not allowed, as for users other than root and in most containers.
    """
    command = ["setpriv", "--pdeathsig", "KILL",
               "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    trial = subprocess.run(command + ["true"], stderr=subprocess.DEVNULL, check=False)
    return command if trial.returncode == 0 else []


class Replica:
    """Start it, wait until it serves, terminate it, see how long that takes."""

    def __init__(self, name, directory, tools, command, environment, kind=None):
        self.name = name
        self.directory = directory
        self.tools = tools
        self.kind = kind or Kind()
        self.log_path = os.path.join(directory, "log")
        self.report_path = os.path.join(directory, "report.jsonl")
        self.keeper = reserve_port()
        self.port = self.keeper.getsockname()[1]
        self.endpoint = f"{ADDRESS}:{self.port}"
        self.exit_time = None
        self.ready_seconds = None
        self.terminate_time = None
        self.terminate_offset = None  # length of the log at SIGTERM, bytes
        os.mkdir(directory)
        self.kind.prepare(self)
        self._start(command, environment)

    def write(self, name, text):
        """A file in its directory."""
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _start(self, command, environment):
        variables = {"GATEWAY_DIRECTORY": self.directory, **self.kind.environment(self)}
        self.start_time = time.monotonic()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                own_namespace_command() + command + ["--report", self.report_path],
                env={**os.environ, **variables, **environment},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        threading.Thread(target=self._note_exit, daemon=True).start()

    def _note_exit(self):
        self.process.wait()
        self.exit_time = time.monotonic()

    def wait_until_it_serves(self, timeout_seconds=READY_TIMEOUT_SECONDS):
        deadline = self.start_time + timeout_seconds
        while self._status() != 200:
            if self.exit_time is not None:
                raise ReplicaFailed(f"{self.name} exited with {self.process.returncode} before it "
                                    f"served anything. Its log ends:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ReplicaFailed(f"{self.name} did not answer 200 within "
                                    f"{timeout_seconds} s. Its log ends:\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        self.ready_seconds = time.monotonic() - self.start_time

    def _status(self):
        connection = http.client.HTTPConnection(ADDRESS, self.port, timeout=1)
        try:
            connection.request("GET", self.kind.ready_path, headers={"Connection": "close"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def terminate(self):
        """SIGTERM to lastcall, as the kubelet sends it."""
        self.terminate_offset = os.path.getsize(self.log_path)
        self.terminate_time = time.monotonic()
        os.kill(self.supervisor(), signal.SIGTERM)

    def supervisor(self):
        """The pid of lastcall. It may be the child of `unshare`, which does not pass signals on."""
        if not own_namespace_command():
            return self.process.pid
        for pid in self.processes():
            if parent_of(pid) == self.process.pid:
                return pid
        raise ReplicaFailed(f"{self.name} is not running. Its log ends:\n{self.log_tail()}")

    def wait_for_exit(self, timeout_seconds):
        """Its exit code."""
        deadline = time.monotonic() + timeout_seconds
        while self.exit_time is None:
            if time.monotonic() > deadline:
                raise ReplicaFailed(f"{self.name} still runs after {timeout_seconds:g} s. "
                                    f"Its log ends:\n{self.log_tail()}")
            time.sleep(POLL_SECONDS)
        return self.process.returncode

    def seconds_to_exit(self):
        """From SIGTERM to the exit."""
        return self.exit_time - self.terminate_time

    def processes(self):
        """The pids of everything that runs for this replica and their programs' names."""
        marker = f"GATEWAY_DIRECTORY={self.directory}".encode()
        found = {}
        for path in glob.glob("/proc/[0-9]*"):
            try:
                with open(path + "/environ", "rb") as file:
                    if marker in file.read().split(b"\0"):
                        found[int(os.path.basename(path))] = program_of(path)
            except OSError:
                pass  # it has exited meanwhile, or is somebody else's
        return found

    def pid_of(self, word):
        """The pid of the service whose command line has this word in it."""
        for pid, program in self.processes().items():
            if word in program and pid not in (self.process.pid, self.supervisor()):
                return pid
        raise ReplicaFailed(f"{self.name} runs no {word}. Its log ends:\n{self.log_tail()}")

    def log_tail(self, lines=15):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def log_since_terminate(self):
        with open(self.log_path, "rb") as log:
            log.seek(self.terminate_offset)
            return log.read().decode(errors="replace").splitlines()

    def destroy(self):
        """Kills what is left. Of a replica that has exited nothing should be."""
        while pids := self.processes():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        self.process.wait()
        self.keeper.close()


def program_of(process_path):
    with open(process_path + "/cmdline", "rb") as file:
        return file.read().replace(b"\0", b" ").decode(errors="replace").strip()


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[1])
