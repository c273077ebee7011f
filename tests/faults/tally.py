"""How often a fault is made, and the table of what came of it: a sample in `make test-system`, all in `make faults`."""

import json
import os
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from tests.run import ROOT

FULL = os.environ.get("FAULTS") == "full"
KEPT = ROOT / "build" / "faults.json"

Kept = TypeVar("Kept")


class Line(NamedTuple):
    """One line of the table: the fault, how often it was made, how often something was lost, and what was said."""

    fault: str
    tried: int
    lost: int
    said: str


def some(of: Iterable[Kept], sampled: int, seed: str) -> Sequence[Kept]:
    """Return all of them in `make faults`, else so many, drawn alike every time."""
    listed = list(of)
    if FULL or len(listed) <= sampled:
        return listed
    chosen = sorted(random.Random(seed).sample(range(len(listed)), sampled))  # noqa: S311 - a sample, no secret
    return [listed[place] for place in chosen]


def evenly(listed: Sequence[Kept], most: int) -> Sequence[Kept]:
    """Return at most so many of a list, spread evenly over it."""
    step = max(len(listed) / most, 1)
    return [listed[int(place * step)] for place in range(min(len(listed), most))]


class Tally:
    """The lines so far, written down at the end of a full run."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, fault: str, tried: int, lost: int, said: Iterable[str]) -> None:
        """Write a line; what was said is told once for each different first line."""
        assert tried > 0
        words = "; ".join(dict.fromkeys(said)) or "nothing: nothing was to be said"
        self.lines.append(Line(fault, tried, lost, words))

    def write(self) -> None:
        """Keep the lines of a full run for the page of them."""
        if FULL and self.lines:
            KEPT.parent.mkdir(exist_ok=True)
            known = {line[0]: line for line in json.loads(KEPT.read_text())} if KEPT.exists() else {}
            known |= {line.fault: list(line) for line in self.lines}
            KEPT.write_text(json.dumps(list(known.values()), indent=1))
