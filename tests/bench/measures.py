"""The measures. Each takes a Bench and returns {row: {contender: [a sample per run]}}.

The contenders take turns, so that whatever else the machine does hits all of them alike. One round
before the first counts for nothing: it fills the page cache.
"""

import contextlib
import os
import signal
import subprocess
import time

from harness import BenchError, Service, activity, children, memory_kib

ORPHANS = 10_000
ZOMBIES = 4_000
PAUSE_MS = 100  # for the last of them to exit
IDLE_S = 5
READY_MS = 50
SETTLE_S = 0.5  # until a supervisor whose children run has come to rest: lastcall tries its policy
TOGETHER = 5  # ordered starts of bash at once, as they sleep two seconds each,
STAGGER_S = 0.15  # one after the other
LINES = {"log_chunks": 2_000_000, "log_single": 500_000}  # half a second or less
LINES_BASH = 10_000  # also half a second
LINES_CHECKED = 2_000
LINE_BYTES = 100


class Samples(dict):
    def add(self, row, contender, value):
        self.setdefault(row, {}).setdefault(contender.key, []).append(value)


def rounds(bench):
    """Yields (contender, does it count) in turns."""
    for number in range(bench.runs + 1):
        for contender in bench.contenders:
            yield contender, number > 0


def start_and_stop(bench):
    """Rows start, gone, exited (ms), processes, rss, pss (KiB): three sleeping children."""
    samples = Samples()
    for contender, counts in rounds(bench):
        with bench.supervise(contender) as supervisor:
            exec_ns, up_ns = supervisor.started_ns()
            time.sleep(SETTLE_S)
            pids = supervisor.supervising()
            rss, pss = memory_kib(pids)
            term_ns, gone_ns, exited_ns = supervisor.stop_ns()
        if counts:
            samples.add("start", contender, (up_ns - exec_ns) / 1e6)
            samples.add("gone", contender, (gone_ns - term_ns) / 1e6)
            samples.add("exited", contender, (exited_ns - term_ns) / 1e6)
            samples.add("processes", contender, len(pids))
            samples.add("rss", contender, rss)
            samples.add("pss", contender, pss)
    return samples


def ordered_start(bench):
    """Row ordered (ms): each service is ready READY_MS after its exec; the next waits for it."""
    samples = Samples()
    for contender in bench.contenders:
        if contender.services_max == 1:
            continue
        together = TOGETHER if contender.key == "bash" else 1
        while len(samples.get("ordered", {}).get(contender.key, [])) < bench.runs:
            with contextlib.ExitStack() as stack:
                supervisors = []
                for _ in range(together):
                    run = bench.new_run(contender)
                    sockets = [f"{bench.directory}/{run}/{name}.sock" for name in ("one", "two")]
                    services = [Service(bench.helper("payload", path, READY_MS), path)
                                for path in sockets] + [Service(bench.helper("payload"))]
                    supervisors.append(stack.enter_context(
                        bench.supervise(contender, services, run=run)))
                    time.sleep(STAGGER_S if together > 1 else 0)
                for supervisor in supervisors:
                    exec_ns, up_ns = supervisor.started_ns()
                    samples.add("ordered", contender, (up_ns - exec_ns) / 1e6)
                time.sleep(SETTLE_S)
                for supervisor in supervisors:
                    supervisor.stop_ns()
    return samples


def prefix_of(contender):
    return "" if contender.key == "tini" else "[one] "


def check_prefixes(bench, contender):
    """Nobody is fast by losing or spoiling lines: each must arrive once, whole, and prefixed."""
    services = services_with(bench, bench.helper("lines", LINES_CHECKED, 65536))
    prefix = prefix_of(contender)
    with bench.supervise(contender, services, stdout=subprocess.PIPE) as supervisor:
        supervisor.started_ns()
        found = 0
        for line in supervisor.process.stdout:
            text = line.decode()
            if "~" not in text:
                continue  # a line of the supervisor itself
            if not text.startswith(f"{prefix}ab") or len(text) != len(prefix) + LINE_BYTES:
                raise BenchError(f"{contender.key}: a spoilt line: {text!r}")
            found += 1
            if found == LINES_CHECKED:
                break
        supervisor.process.stdout.close()
    if found != LINES_CHECKED:
        raise BenchError(f"{contender.key}: {found} of {LINES_CHECKED} lines arrived")


def services_with(bench, command):
    return [Service(command)] + [Service(bench.helper("payload"))] * 2


def log_lines(bench):
    """Rows log_chunks, log_single (lines per second): first write to the last line at the sink."""
    samples = Samples()
    for contender in bench.contenders:
        check_prefixes(bench, contender)
    for row, chunk_bytes in (("log_chunks", 65536), ("log_single", LINE_BYTES)):
        for contender, counts in rounds(bench):
            count = LINES_BASH if contender.key == "bash" else LINES[row]
            services = services_with(bench, bench.helper("lines", count, chunk_bytes))
            run = bench.new_run(contender)
            sink = bench.sink(count, run)
            with bench.supervise(contender, services, run=run, stdout=sink.stdin) as supervisor:
                sink.stdin.close()
                supervisor.started_ns()
                sunk_ns = bench.stamps.wait(run, "sunk", 1)[0]
                sunk_bytes = bench.stamps.wait(run, "bytes", 1)[0]
                start_ns = bench.stamps.wait(run, "start", 1)[0]
                supervisor.stop_ns()
            sink.wait()
            if sunk_bytes < count * (len(prefix_of(contender)) + LINE_BYTES) - 1:
                raise BenchError(f"{run}: {count} lines in {sunk_bytes} bytes: without prefix?")
            if counts:
                samples.add(row, contender, count / ((sunk_ns - start_ns) / 1e9))
    return samples


def orphans(bench):
    """Row orphans (per second): the contender is PID 1, ORPHANS processes exit at once."""
    samples = Samples()
    for contender, counts in rounds(bench):
        services = services_with(bench, bench.helper("orphans", ORPHANS))
        with bench.supervise(contender, services, as_pid1=True) as supervisor:
            reaped_ns = bench.stamps.wait(supervisor.run, "reaped", 1)[0]
            released_ns = bench.stamps.wait(supervisor.run, "released", 1)[0]
        if counts:
            samples.add("orphans", contender, ORPHANS / ((reaped_ns - released_ns) / 1e9))
    return samples


def zombies(bench):
    """Row zombies (per second): the same without the noise of the exits. PID 1 is stopped until
    all ZOMBIES are dead, so that only its reaping is measured."""
    samples = Samples()
    for contender, counts in rounds(bench):
        services = services_with(bench, bench.helper("orphans", ZOMBIES, PAUSE_MS))
        with bench.supervise(contender, services, as_pid1=True) as supervisor:
            supervisor.started_ns()
            pid1 = children(supervisor.process.pid)[0]
            os.kill(pid1, signal.SIGSTOP)
            bench.stamps.wait(supervisor.run, "dead", 1)
            continued_ns = time.monotonic_ns()
            os.kill(pid1, signal.SIGCONT)
            reaped_ns = bench.stamps.wait(supervisor.run, "reaped", 1)[0]
        if reaped_ns < continued_ns:
            raise BenchError(f"{supervisor.run}: PID 1 was stopped too late")
        if counts:
            samples.add("zombies", contender, ZOMBIES / ((reaped_ns - continued_ns) / 1e9))
    return samples


def idle(bench):
    """Rows idle_switches, idle_cpu (us): in IDLE_S; all runs at once, as nobody does anything."""
    samples = Samples()
    with contextlib.ExitStack() as stack:
        running = []
        for _ in range(bench.runs):
            for contender in bench.contenders:
                supervisor = stack.enter_context(bench.supervise(contender))
                supervisor.started_ns()
                running.append((contender, supervisor))
        time.sleep(1)
        pids = [supervisor.supervising() for _, supervisor in running]
        before = [activity(each) for each in pids]
        time.sleep(IDLE_S)
        after = [activity(each) for each in pids]
        for (contender, supervisor), (switches, cpu_ns), (switches_then, cpu_ns_then) in zip(
                running, after, before):
            samples.add("idle_switches", contender, switches - switches_then)
            samples.add("idle_cpu", contender, (cpu_ns - cpu_ns_then) / 1e3)
            supervisor.stop_ns()
    return samples


ALL = (
    ("start, memory, stop", start_and_stop),
    ("ordered start", ordered_start),
    ("log lines", log_lines),
    ("orphans", orphans),
    ("zombies", zombies),
    ("idle", idle),
)
