"""The tables made from the results, and where they go in the READMEs."""

import collections
import itertools
import os
import statistics

import cells
import matrix
import plot
import results

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PLOT = os.path.join(HERE, "matrix.svg")
RUNS = 3  # of each cell; a cell with fewer says so
WAIT_TOLERANCE_SECONDS = 0.3  # nobody is ahead by less


class Matrix:
    """The results by rows: {row: {policy: Summary}}, in the order of the matrix."""

    def __init__(self, runs):
        runs = [run for run in runs if cells.parse(run["cell"])]  # a mix may have been renamed
        runs = [run for some in results.by_cell(runs).values() for run in results.current(some)]
        found = {cells.parse(name): results.Summary(some)
                 for name, some in results.by_cell(runs).items()}
        order = [*cells.chosen(), *found]
        self.rows = {}
        for cell in dict.fromkeys(order):
            if cell in found:
                self.rows.setdefault(cell.row, {})[cell.policy] = found[cell]
        self.runs = runs

    def cells(self):
        for row, policies in self.rows.items():
            for policy, summary in policies.items():
                yield cells.parse(f"{row}/{policy}"), summary


def heading(columns):
    yield "| " + " | ".join(columns) + " |"
    yield "|---|" + "--:|" * (len(columns) - 1)


def cell_text(summary):
    if summary is None:
        return ""
    marks = ("†" if summary.busy else "") + (
        f" ({len(summary.runs)}×)" if len(summary.runs) < RUNS else "")
    return f"{summary.failures_text()} · {summary.mean_wait:.1f} s{marks}"


def measured(found, rows=None):
    """Failures and seconds waited, a line for each row."""
    yield from heading(["clients / routing gone after", *matrix.POLICIES])
    for row in found.rows if rows is None else rows:
        policies = found.rows[row]
        texts = [cell_text(policies.get(policy)) for policy in matrix.POLICIES]
        yield f"| {row.replace('/', ' / ')} | " + " | ".join(texts) + " |"


def not_ahead(found):
    """Where lastcall is not ahead of another policy, or equal, on both axes."""
    for row, policies in found.rows.items():
        ours = policies.get("lastcall")
        for policy, other in policies.items():
            if policy in ("lastcall", "plain") or ours is None:
                continue
            more = ours.mean_failures - other.mean_failures
            longer = ours.mean_wait - other.mean_wait
            if more > 0 or longer > WAIT_TOLERANCE_SECONDS:
                yield (f"- {row}: {ours.mean_failures:.1f} failures after {ours.mean_wait:.1f} s, "
                       f"{policy} {other.mean_failures:.1f} after {other.mean_wait:.1f} s")


def overshoots(found):
    """How long lastcall stayed after the last request, a line for each of its cells."""
    yield from heading(["clients / routing gone after", "after the last request", "left by"])
    for row, policies in found.rows.items():
        if "lastcall" in policies:
            stops = [stop for run in policies["lastcall"].runs for stop in run["stops"]]
            counts = collections.Counter(results.left_by(stop) for stop in stops)
            reasons = ", ".join(f"{reason} {count}×" for reason, count in counts.items())
            yield f"| {row.replace('/', ' / ')} | {overshoot_text(stops)} | {reasons} |"


def overshoot_text(stops):
    seconds = [one for stop in stops if results.left_by(stop) != results.UNTOLD
               and (one := results.overshoot(stop)) is not None]
    if not seconds:
        return ""
    least, most = (f"{value:.2f}" for value in (min(seconds), max(seconds)))
    return f"{least} s" if least == most else f"{least}–{most} s"


def overshoot_summary(found):
    seconds = [results.overshoot(stop) for run in found.runs
               if cells.parse(run["cell"]).policy == "lastcall"
               for stop in run["stops"] if results.left_by(stop) == results.LAST_REQUEST]
    if not seconds:
        return "No stop ended with the last request."
    return (f"Of the {len(seconds)} stops that ended with the last request half took at most "
            f"{statistics.median(seconds):.2f} s after it, and the slowest {max(seconds):.2f} s.")


def calibration(found):
    """All runs of lastcall in which each stop left by its evidence."""
    runs = [run for run in found.runs if cells.parse(run["cell"]).policy == "lastcall"]
    left = [run for run in runs
            if all(stop["expected"] is not None and stop["ended"] == "idle"
                   for stop in run["stops"])]
    expected = sum(stop["expected"] for run in left for stop in run["stops"])
    refused = sum(run["failures"].get("refused", 0) for run in left)
    failed = sum(run["failed"] for run in left)
    return (f"Calibration: in {len(left)} of {len(runs)} runs lastcall left both replicas because "
            f"it expected so few failures: {expected:.2f} in sum. Seen in these runs: {refused} "
            f"refused, which is what it expects, and {failed - refused} others.")


def facts(found):
    """When, on what, and how quiet the machine was."""
    runs = found.runs
    dates = sorted(run["date"][:10] for run in runs)
    lastcall = ", ".join(dict.fromkeys(run["lastcall"] for run in runs))
    envoy = ", ".join(dict.fromkeys(run["envoy"] for run in runs))
    busy = sum(summary.busy for _, summary in found.cells())
    return (f"{len(runs)} runs, {dates[0]} to {dates[-1]}, {runs[0]['cores']} cores, "
            f"Envoy {envoy}, lastcall {lastcall}. †: in {busy} runs the client was more than "
            f"{results.BUSY_START_DELAY_MS} ms late in 1 % of its requests.")


def predictions(found):
    """The same table from the simulated world, and how far the two agree."""
    import prediction  # only here: it plays scenarios, by lastcall
    compared = {}
    for cell, seen in found.cells():
        if comparison := prediction.compare(cell, seen):
            compared.setdefault(cell.row, {})[cell.policy] = comparison
    yield from heading(["clients / routing gone after", *matrix.POLICIES])
    for row, policies in compared.items():
        texts = [policies[policy].text() if policy in policies else ""
                 for policy in matrix.POLICIES]
        yield f"| {row.replace('/', ' / ')} | " + " | ".join(texts) + " |"
    yield ""
    yield agreement(compared)


def agreement(compared):
    every = [one for policies in compared.values() for one in policies.values()]
    failures_by_chance = sum(one.failures_by_chance for one in every)
    waits_by_chance = sum(one.wait_by_chance for one in every)
    ordered = sum(all(one.ordered_as(other)
                      for one, other in itertools.combinations(policies.values(), 2))
                  for policies in compared.values())
    return (f"Of {len(every)} cells that it can express the model agrees in the failures (a factor "
            f"of two, or three requests) in {sum(one.failures_agree for one in every)} and in the "
            f"waits (20 %, or 0.3 s) in {sum(one.wait_agrees for one in every)}. Of the others "
            f"{failures_by_chance} and {waits_by_chance} differ by no more than chance makes of so "
            f"few runs (±: one standard deviation of it; within two). In {ordered} of "
            f"{len(compared)} rows the policies come in the measured order.")


def baseline_rows(found):
    """Those that are measured with the reference, too: what the main README shows."""
    return [row for row, policies in found.rows.items() if "fixed_wait" in policies]


def replace_between(path, name, lines):
    """Puts the lines between the marks <!-- NAME:begin --> and <!-- NAME:end -->."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise RuntimeError(f"{path} has no {begin} ... {end}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}")


def write_readmes(runs):
    found = Matrix(runs)
    if not found.rows:
        raise RuntimeError("there are no results yet")
    with open(PLOT, "w", encoding="utf-8") as file:
        file.write(plot.svg(list(found.cells())))
    behind = list(not_ahead(found)) or ["- nowhere"]
    replace_between(os.path.join(HERE, "README.md"), "drain", [
        *measured(found), "", facts(found), "", "![failures against seconds waited](matrix.svg)",
        "", "Where lastcall is not ahead of another policy (but plain), or equal, on both axes:",
        "", *behind, "", calibration(found)])
    replace_between(os.path.join(HERE, "README.md"), "overshoot", [
        *overshoots(found), "", overshoot_summary(found)])
    replace_between(os.path.join(HERE, "README.md"), "prediction", predictions(found))
    replace_between(os.path.join(ROOT, "README.md"), "drain", [
        *measured(found, baseline_rows(found)), "", facts(found)])
