"""What the simulated world predicts for a cell, by tests/prediction/model.py."""

import os
import sys

import matrix

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "prediction"))

import model  # noqa: E402

AGREE_FACTOR, AGREE_FAILURES = 2, 3  # failures: within a factor, or so few more or less
AGREE_PART, AGREE_SECONDS = 0.2, 0.3  # waits: within a part, or so much more or less


class Comparison:
    """What was seen of a cell, a results.Summary, and what the model says of it."""

    def __init__(self, seen, failures, waits):
        self.seen = seen
        self.failures = failures
        self.wait = sum(waits) / len(waits)  # mean of both stops, in seconds
        self.failures_agree = failures_agree(seen.mean_failures, failures)
        self.wait_agrees = waits_agree(seen.mean_wait, self.wait)

    def text(self):
        """In bold what does not agree."""
        failures, wait = f"{self.failures:,.0f}", f"{self.wait:.1f} s"
        return (f"{failures if self.failures_agree else bold(failures)} · "
                f"{wait if self.wait_agrees else bold(wait)}")

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
