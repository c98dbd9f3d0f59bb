"""What the simulated world predicts for a cell, by tests/prediction/model.py."""

import math
import os
import sys

import matrix

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "prediction"))

import model  # noqa: E402

AGREE_FACTOR, AGREE_FAILURES = 2, 3  # failures: within a factor, or so few more or less
AGREE_PART, AGREE_SECONDS = 0.2, 0.3  # waits: within a part, or so much more or less
CHANCE_DEVIATIONS = 2  # of what the plays of the model differ in: one in twenty differs by more


class Comparison:
    """What was seen of a cell, a results.Summary, and what the model says of it, model.Played."""

    def __init__(self, seen, failures, waits):
        self.seen = seen
        self.failures = failures
        self.wait = sum(waits) / len(waits)  # mean of both stops, in seconds
        runs = math.sqrt(len(seen.runs))
        self.failures_deviation = failures.deviation / runs  # of their mean
        self.wait_deviation = math.hypot(*(wait.deviation for wait in waits)) / len(waits) / runs
        self.failures_agree = failures_agree(seen.mean_failures, failures)
        self.wait_agrees = waits_agree(seen.mean_wait, self.wait)

    @property
    def failures_by_chance(self):
        """They do not agree, but that is no wonder."""
        return not self.failures_agree and is_chance(
            self.seen.mean_failures, self.failures, self.failures_deviation)

    @property
    def wait_by_chance(self):
        return not self.wait_agrees and is_chance(
            self.seen.mean_wait, self.wait, self.wait_deviation)

    def text(self):
        """In bold what does not agree; with its deviation what may differ by chance."""
        failures, wait = f"{self.failures:,.0f}", f"{self.wait:.1f}"
        if self.failures_by_chance:
            failures += f" ± {self.failures_deviation:.0f}"
        elif not self.failures_agree:
            failures = bold(failures)
        if self.wait_by_chance:
            wait += f" ± {self.wait_deviation:.1f}"
        wait += " s"
        return f"{failures} · {wait if self.wait_agrees or self.wait_by_chance else bold(wait)}"

    def ordered_as(self, other):
        """Whether two cells of a row that clearly differ do so in the same direction here."""
        seen, also = self.seen, other.seen
        if not failures_agree(seen.mean_failures, also.mean_failures):
            return (seen.mean_failures < also.mean_failures) == (self.failures < other.failures)
        if not waits_agree(seen.mean_wait, also.mean_wait):
            return (seen.mean_wait < also.mean_wait) == (self.wait < other.wait)
        return True


def bold(text):
    return f"**{text}**"


def failures_agree(one, other):
    low, high = sorted((one, other))
    return high - low <= AGREE_FAILURES or high <= AGREE_FACTOR * low


def waits_agree(one, other):
    return abs(one - other) <= max(AGREE_SECONDS, AGREE_PART * one)


def is_chance(one, mean, deviation):
    return abs(one - mean) <= CHANCE_DEVIATIONS * deviation


def clients_of(cell):
    """None: the simulated world has no such clients."""
    mix = cell.clients
    if mix.get("model") is False:
        return None
    said = {name: mix[name] for name in ("connections", "rate", "one_shot", "blind") if name in mix}
    said["request_takes"] = mix.get("service_milliseconds", 20) / 1000
    return model.Clients(**{**said, **mix.get("model", {})})


def compare(cell, seen):
    """A Comparison, or None."""
    clients = clients_of(cell)
    if clients is None:
        return None
    policy = matrix.POLICIES[cell.policy]
    rollout = model.Rollout(warm_up=cell.warm_up_seconds(),
                            gradual="gradual" in policy.get("arguments", ()))
    return Comparison(seen, *model.predicted(policy["file"], clients, cell.routing, rollout))
