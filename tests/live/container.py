"""One lastcall with its files, in a PID namespace of its own, and what a test asks about it."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
ISOLATED = os.geteuid() == 0  # else lastcall runs directly, as a subreaper

# Set by main.py.
SETUP = {"binary": None, "service": None, "leftovers": None}

WAIT_SECONDS = 25  # for a line or an exit that is sure to come; a broken lastcall never gets there

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

STOP_ALL = "for _, name in pairs(processes()) do stop(name) end\n"


def lua_list(words):
    return "{ " + ", ".join(json.dumps(word) for word in words) + " }"


def service(name, words="wait", fields=""):
    """A service of services.lua which says that it is up; `words` are those of service.c, @/ is the
    test's directory."""
    command = lua_list(["@service", "say", name + "-up", *shlex.split(words)])
    return f'service "{name}" {{ command = {command}, {fields} }}\n'


def ready_socket(name, seconds=5):
    return f'ready = {{ socket = "@/{name}.sock", timeout = {seconds} }}, ' \
           f'sockets = {{ "@/{name}.sock" }}'


THREE = "".join(service(name, f"wait say {name}-down") for name in ("db", "app", "web"))


class Reader:
    """Collects what comes out of a pipe, line by line."""

    def __init__(self, stream, changed):
        self.lines = []
        self.ended = False
        self.changed = changed
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            with self.changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self.changed.notify_all()
        stream.close()
        with self.changed:
            self.ended = True
            self.changed.notify_all()


class Container:
    def __init__(self, services, policy=STOP_ALL, arguments=(), environment=None, init=True,
                 grace=None, stdout=None, stderr=None, shell=None):
        """stdout, stderr: a descriptor instead of a pipe that is read. init: as PID 1. shell: a
        line of sh which starts "$@" in its own way."""
        self.directory = tempfile.mkdtemp(prefix="live-")
        self.readers = []
        self.known_pid = None
        self.changed = threading.Condition()
        self.arguments = []
        for option, text in (("services", services), ("policy", policy)):
            if text is not None:
                self.arguments += [f"--{option}", self.write(f"{option}.lua", text)]
        self.arguments += ["--report", self.path("report.json")]
        if grace is not None:
            self.arguments += ["--grace", str(grace)]
        self.arguments += [self.expand(word) for word in arguments]
        self.start(environment or {}, init, stdout, stderr, shell)

    def path(self, name):
        return os.path.join(self.directory, name)

    def expand(self, text):
        return text.replace("@/", self.directory + "/").replace("@service", SETUP["service"])

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(self.expand(text))
        return self.path(name)

    def start(self, environment, init, stdout, stderr, shell):
        command = ["env", "LD_PRELOAD=" + SETUP["leftovers"], "LEFTOVERS=" + self.path("left"),
                   "ASAN_OPTIONS=verify_asan_link_order=0", SETUP["binary"], "run",
                   *self.arguments]
        if shell:
            command = ["sh", "-c", shell, "sh", *command]
        if ISOLATED and not init:
            command = ["sh", "-c", '"$@"; exit $?', "sh", *command]
        if ISOLATED:
            command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *command]
        self.process = subprocess.Popen(
            command, env={"PATH": PATH, **environment}, cwd=self.directory,
            stdin=subprocess.DEVNULL, stdout=stdout or subprocess.PIPE,
            stderr=stderr or subprocess.PIPE)
        for stream in (self.process.stdout, self.process.stderr):
            self.readers.append(stream and Reader(stream, self.changed))

    def pid(self):
        """Of lastcall, as we see it: the one below unshare (and sh) that runs the binary."""
        if self.known_pid:
            return self.known_pid
        limit = time.monotonic() + WAIT_SECONDS
        wanted = os.path.realpath(SETUP["binary"])
        while time.monotonic() < limit:
            for pid in self.descendants(self.process.pid):
                if executable_of(pid) == wanted:
                    self.known_pid = pid
                    return pid
        raise AssertionError("lastcall does not run" + self.shown())

    def descendants(self, pid):
        found, waiting = [], [pid]
        while waiting:
            found.append(waiting.pop())
            try:
                with open(f"/proc/{found[-1]}/task/{found[-1]}/children") as file:
                    waiting += [int(child) for child in file.read().split()]
            except OSError:
                pass
        return found

    def pid_of(self, words):
        """Of the youngest process below lastcall whose command line contains these words."""
        for pid in sorted(self.descendants(self.pid())[1:], reverse=True):
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                if words in file.read().replace("\0", " "):
                    return pid
        raise AssertionError(f"no process runs '{words}'" + self.shown())

    def wait_for_check(self):
        """Until the policy is being tried; returns the pid."""
        limit = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < limit:
            try:
                return self.pid_of(self.expand("check @/policy.lua --brief"))
            except (AssertionError, OSError):
                time.sleep(0.002)
        raise AssertionError("the check did not run" + self.shown())

    def wait_for_end_of_check(self):
        """Of the one at the start: the first child that lastcall waits for."""
        limit = time.monotonic() + WAIT_SECONDS
        while reaped_children(self.pid()) == 0:
            if time.monotonic() > limit:
                raise AssertionError("the check did not end" + self.shown())
            time.sleep(0.002)
        return self

    def wait_for_file(self, name):
        limit = time.monotonic() + WAIT_SECONDS
        while not os.path.exists(self.path(name)):
            if time.monotonic() > limit or self.process.poll() is not None:
                raise AssertionError(f"no file {name}" + self.shown())
            time.sleep(0.002)
        return self

    def wait_for_processes(self, count):
        """Waits until lastcall has so many descendants, dead ones included."""
        limit = time.monotonic() + WAIT_SECONDS
        while len(self.descendants(self.pid())) != count + 1:
            if time.monotonic() > limit:
                raise AssertionError(f"there are not {count} processes" + self.shown())
            time.sleep(0.002)
        return self

    def signal(self, number=signal.SIGTERM):
        os.kill(self.pid(), number)

    def lines(self):
        with self.changed:
            return [line for reader in self.readers if reader for line in reader.lines]

    def stdout(self):
        self.readers[0].thread.join(WAIT_SECONDS)
        return list(self.readers[0].lines)

    def stderr(self):
        self.readers[1].thread.join(WAIT_SECONDS)
        return list(self.readers[1].lines)

    def text(self):
        return "\n".join(self.lines())

    def shown(self):
        return "\nwhat it wrote:\n  " + "\n  ".join(line[:200] for line in self.lines()[:60])

    def wait_for(self, text, times=1):
        """Waits until a line contains `text`, or so many do."""
        limit = time.monotonic() + WAIT_SECONDS
        with self.changed:
            while sum(text in line for line in self.lines()) < times:
                ended = all(reader.ended for reader in self.readers if reader)
                if ended or not self.changed.wait(max(limit - time.monotonic(), 0)):
                    raise AssertionError(f"no line with '{text}'" + self.shown())
        return self

    def wait_for_exit(self):
        try:
            code = self.process.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError("it has not ended" + self.shown()) from None
        for reader in self.readers:
            if reader:
                reader.thread.join(WAIT_SECONDS)
        return code

    def events(self):
        """The timeline; the report's other lines are facts()."""
        return [line for line in self.report() if "what" in line]

    def facts(self, name):
        return [line for line in self.report() if line.get("fact") == name]

    def report(self):
        with open(self.path("report.json"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def left(self):
        with open(self.path("left"), encoding="utf-8") as file:
            return file.read().split()

    def close(self):
        alive = [] if self.process.poll() is not None else self.descendants(self.process.pid)
        for pid in reversed(alive):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def reaped_children(pid):
    """Page faults of the children that the process has waited for: 0 while there was none."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[8])


def executable_of(pid):
    try:
        return os.path.realpath(f"/proc/{pid}/exe")
    except OSError:
        return None


class LiveTest(unittest.TestCase):
    """Tests say what they need with start(), end with assert_ended(), and look at the rest."""

    def start(self, services, *arguments, **options):
        container = Container(services, *arguments, **options)
        self.addCleanup(container.close)
        return container

    def serving(self, services, *arguments, **options):
        container = self.start(services, *arguments, **options).wait_for("all services are up")
        return container.wait_for("-up", services.count('-up"'))

    def assert_ended(self, container, code, within=None):
        """It ends with `code`, `within` seconds of now, and leaves nothing behind."""
        began = time.monotonic()
        ended = container.wait_for_exit()
        took = time.monotonic() - began
        self.assertEqual(ended, code, container.shown())
        if within is not None:
            self.assertLess(took, within, container.shown())
        self.assertEqual(container.left(), [], "processes were left" + container.shown())
        names = os.listdir(container.directory)
        self.assertEqual([name for name in names if name.endswith((".sock", ".tmp"))], [])

    def assert_says(self, container, *texts):
        for text in texts:
            self.assertIn(text, container.text())

    def assert_stopped_in_order(self, container, *names):
        exited = [event["service"] for event in container.events() if event["what"] == "exited"]
        resort = re.findall(r"last resort: (?!everything)([\w-]+) (?:exited|killed|is gone) ",
                            container.text())
        self.assertEqual(exited + resort, list(names), container.shown())
