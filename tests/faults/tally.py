"""How often a fault is made, and the table of what came of it: a sample in `make test-system`, all in `make faults`."""

import ast
import json
import os
import random
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, TypeVar

from tests.run import ROOT

FULL = os.environ.get("FAULTS") == "full"
KEPT = ROOT / "build" / "faults"

Kept = TypeVar("Kept")


class Line(NamedTuple):
    """One line of the table: the fault, how often it was made, how often something was lost, and what was said.

    `kind` is the first line of the test's file: what kind of fault it is, and what must hold.
    """

    kind: str
    fault: str
    tried: int
    lost: int
    said: list[str]


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
    """The lines so far, written down one by one in a full run: one that is stopped has told what it saw."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, fault: str, tried: int, lost: int, said: Iterable[str]) -> None:
        """Write a line; what was said is told once for each different first line."""
        assert tried > 0
        self.lines.append(Line(_kind(), fault, tried, lost, list(dict.fromkeys(said))))
        self._write()

    def _write(self) -> None:
        """Keep the lines of a full run for the page of them, in a file of this process: several share the tests."""
        if FULL:
            KEPT.mkdir(parents=True, exist_ok=True)
            name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
            (KEPT / f"{name}.json").write_text(json.dumps(self.lines, indent=1), "utf-8")


@cache
def _first_line(file: str) -> str:
    told = ast.get_docstring(ast.parse((ROOT / file).read_text("utf-8"))) or file
    return " ".join(told.partition("\n\n")[0].split())


def _kind() -> str:
    """Return what the file of the test that is running says it makes."""
    return _first_line(os.environ["PYTEST_CURRENT_TEST"].partition("::")[0])


def kept() -> list[Line]:
    """Return the lines that all processes kept, those of one fault added up, in the order of their kinds and names."""
    found = dict[tuple[str, str], Line]()
    for file in sorted(KEPT.glob("*.json")):
        for kind, fault, tried, lost, said in json.loads(file.read_text("utf-8")):
            before = found.get((kind, fault), Line(kind, fault, 0, 0, []))
            words = list(dict.fromkeys([*before.said, *said]))
            found[kind, fault] = Line(kind, fault, before.tried + tried, before.lost + lost, words)
    return [found[name] for name in sorted(found)]
