"""The cells of the matrix: their names, which ones are asked for, how long each takes."""

import dataclasses
import fnmatch
import re

import matrix

RUN_SECONDS = 1.5      # to start two replicas, and to clean up
REPLACE_SECONDS = 0.7  # to start the new replica
TAIL_SECONDS = 1       # after the last replica is gone
LASTCALL_SECONDS = 15.5  # a stop takes at most, as the policy waits for 15 s
NAME = re.compile(r"([^/]+)/([0-9.]+)s/([^/]+)")


@dataclasses.dataclass(frozen=True)
class Cell:
    mix: str
    routing: float
    policy: str

    @property
    def name(self):
        return f"{self.row}/{self.policy}"

    @property
    def row(self):
        return f"{self.mix}/{self.routing:g}s"

    @property
    def clients(self):
        """The entry of matrix.MIXES."""
        return matrix.MIXES[self.mix]

    def warm_up_seconds(self):
        return self.clients.get("warm_up_seconds", matrix.WARM_UP)

    def tail_seconds(self):
        """A blind client may find out that late that its connection is gone."""
        return TAIL_SECONDS + self.clients.get("blind", 0)

    def estimated_seconds(self):
        """Of one run: two replicas are stopped, one after the other."""
        usual = matrix.POLICIES[self.policy]["waits"]
        stop = max(self.routing, self.clients.get("waits", {}).get(self.policy, usual))
        if self.policy == "lastcall":  # which has to see that routing has moved
            stop = max(stop, min(1.6 * self.routing, LASTCALL_SECONDS))
        return (RUN_SECONDS + self.warm_up_seconds() + 2 * (REPLACE_SECONDS + stop)
                + self.tail_seconds())


def chosen():
    """The cells of matrix.ROWS, in their order."""
    return [Cell(mix, routing, policy) for mix, routing, policies in matrix.ROWS
            for policy in policies]


def parse(name):
    """Any cell there could be, also one that is in no row; None if the name means none."""
    found = NAME.fullmatch(name)
    if not found or found[1] not in matrix.MIXES or found[3] not in matrix.POLICIES:
        return None
    return Cell(found[1], float(found[2]), found[3])


def matching(patterns):
    """The cells of the rows that match one of the patterns, and those that are named outright.

    Raises ValueError for a pattern that matches nothing.
    """
    cells = chosen()
    found = []
    for pattern in patterns:
        cell = parse(pattern)
        some = [cell] if cell else [one for one in cells if fnmatch.fnmatchcase(one.name, pattern)]
        if not some:
            raise ValueError(f"no such cell: {pattern} (see --list)")
        found += some
    return list(dict.fromkeys(found))
