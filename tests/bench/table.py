"""The Markdown table: medians, ratios, whether the goals are met, and the facts of the machine."""

import os
import platform
import re
import statistics
import subprocess

import measures
from harness import read, write


def markers(name):
    """Between which a table with this name stands in README.md."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


BEGIN, END = markers("bench")

HEAD = ("| | lastcall | tini, one child | tini + bash entrypoint | better than tini |"
        " better than bash | goal |\n|---|--:|--:|--:|--:|--:|---|\n")


class Row:
    """`scale` turns a sample into the unit shown; a goal is compared with lastcall's median."""

    def __init__(self, key, title, unit, scale=1, more_is_better=False, goal=None, goal_text=""):
        self.key = key
        self.title = title
        self.unit = unit
        self.scale = scale
        self.more_is_better = more_is_better
        self.goal = goal  # a number in the unit shown, or the key of a contender to equal
        self.goal_text = goal_text


ROWS = (
    Row("start", "exec → three children run", "ms",
        goal=2.5, goal_text="≤ 2.5 ms (static build)"),
    Row("ordered", "ordered start, each child ready after 50 ms, so at best 100 ms", "ms",
        goal=115, goal_text="≤ 115 ms"),
    Row("gone", "SIGTERM → last of three sleeping children gone, one by one", "ms",
        goal=1.5, goal_text="≤ 1.5 ms"),
    Row("exited", "SIGTERM → supervisor gone", "ms", goal=1.5, goal_text="≤ 1.5 ms"),
    Row("processes", "processes that supervise three children", ""),
    Row("rss", "their RSS", "MB", 1024 / 1e6, goal=1, goal_text="≤ 1 MB (static build)"),
    Row("pss", "their PSS", "MB", 1024 / 1e6),
    Row("log_chunks", "prefixed log lines of 100 bytes, written in 64 KiB", "/s",
        more_is_better=True, goal=4e6, goal_text="≥ 4 M/s"),
    Row("log_single", "the same, one write per line", "/s", more_is_better=True),
    Row("orphans", "orphans reaped as PID 1, 10,000 at once", "/s", more_is_better=True,
        goal="tini", goal_text="≥ tini"),
    Row("zombies", "the reaping alone, of 4,000 that are dead already", "/s",
        more_is_better=True, goal="tini", goal_text="≥ tini"),
    Row("idle_switches", "context switches in 5 s of doing nothing", "", goal=0, goal_text="0"),
    Row("idle_cpu", "CPU in these 5 s", "µs"),
)


def number(value):
    if value == 0 or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.01 else f"{value:.4f}"


def with_unit(value, unit):
    if value is not None and unit == "/s":
        return f"{number(value / 1e6)} M/s" if value >= 1e6 else f"{number(value / 1e3)} k/s"
    return "–" if value is None else f"{number(value)} {unit}".strip()


def ratio(row, ours, theirs):
    if not ours or not theirs:
        return "–"
    better = ours / theirs if row.more_is_better else theirs / ours
    return f"{better:.2g} ×" if better < 100 else f"{better:,.0f} ×"


def verdict(row, medians):
    ours = medians.get("lastcall")
    goal = medians.get(row.goal) if isinstance(row.goal, str) else row.goal
    if goal is None or ours is None:
        return row.goal_text
    met = ours >= goal if row.more_is_better else ours <= goal
    return f"{row.goal_text}: {'met' if met else '**missed**'}"


def render_row(row, samples):
    medians = {key: statistics.median(values) * row.scale for key, values in samples.items()}
    cells = [with_unit(medians.get(key), row.unit) for key in ("lastcall", "tini", "bash")]
    cells += [ratio(row, medians.get("lastcall"), medians.get(key)) for key in ("tini", "bash")]
    return f"| {row.title} | {' | '.join(cells)} | {verdict(row, medians)} |\n"


def render_spread(row, samples):
    """For people who watch: the median and the middle half of the runs."""
    texts = []
    for key, values in samples.items():
        low, middle, high = (quarter * row.scale for quarter in statistics.quantiles(values, n=4))
        texts.append(f"{key} {with_unit(middle, row.unit)} "
                     f"({with_unit(low, row.unit)} to {with_unit(high, row.unit)})")
    return f"  {row.title}: {', '.join(texts)}"


def first_line(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    return result.stdout.partition("\n")[0] if result.returncode == 0 else "of unknown version"


def linking(binary):
    ldd = subprocess.run(["ldd", binary], capture_output=True, text=True)
    libraries = ldd.stdout.count("=>")
    return f"{libraries} shared libraries" if libraries else "static"


def render_facts(bench, lastcall_binary, busy_share):
    model = re.search(r"model name\s*: (.*)", read("/proc/cpuinfo"))
    system = re.search(r'PRETTY_NAME="(.*)"', read("/etc/os-release"))
    bash = re.search(r"version (\S+)", first_line("bash", "--version"))
    facts = [f"{os.cpu_count()} cores" + (f" ({model[1].strip()})" if model else ""),
             f"Linux {platform.release()}", system[1] if system else "",
             first_line("tini", "--version").partition(" - ")[0],
             f"bash {bash[1]}" if bash else ""]
    if os.path.exists(lastcall_binary):
        facts.append(f"{first_line(lastcall_binary, '--version')} "
                     f"({linking(lastcall_binary)})")
    text = f"""
Medians of {bench.runs} runs, in turns on one machine: {'; '.join(filter(None, facts))}.
tini runs one child and leaves its output alone, so its log lines have no prefix; lastcall and bash
run three, with logs. As PID 1 for the orphans, bash runs without tini. Ratios above 1 are in our
favour. PSS shares a library's pages among all its users on this machine. "Gone" is stamped by a
child as its last act. Ordered start of bash: {measures.TOGETHER} at a time.
"""
    if busy_share > 0.05:
        text += f"The machine was not idle: {busy_share:.0%} of its CPU was busy before.\n"
    return text


def render(bench, samples, lastcall_binary, busy_share):
    return HEAD + "".join(render_row(row, samples.get(row.key, {})) for row in ROWS) + \
        render_facts(bench, lastcall_binary, busy_share)


def has_place(path, name="bench"):
    return os.path.exists(path) and all(marker in read(path) for marker in markers(name))


def replace_in(path, table, name="bench"):
    """Puts the table between the markers in the file at `path`, which has a place for it."""
    begin, end = markers(name)
    before, _, rest = read(path).partition(begin)
    after = rest.partition(end)[2]
    write(path, f"{before}{begin}\n{table}{end}{after}")
