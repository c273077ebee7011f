"""The page docs/reliability.md, from what the last `make faults` came to; typed: `python -m tests.faults.page`."""

import itertools
import platform
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from tests.faults.tally import Line, kept
from tests.run import ROOT

PAGE = ROOT / "docs" / "reliability.md"
HEAD = """# What was done to it, and what was lost

`make faults` makes each of these faults on purpose, with strace's fault injection, libfaketime and a small disk in
memory, and looks afterwards: the store must be sound, every record that was acknowledged must be there, an interrupted
command must be whole or absent, the next command must work, and whatever failed must have said so in words.
`make test-system` makes a sample of them; what does not stand here was tried in those samples alone. Every try is a process of its own; what is tried hundreds of times is forked
from one that has loaded the program.

This page is of {day}, on Linux {release}, {machine}, Python {python}, SQLite {sqlite}: {tried:,} tries of {faults:,}
faults, and {lost} of them lost something. A dash says that nothing was to be said.
"""
COLUMNS = ("Fault", "Tried", "Lost", "Said")


def page(lines: list[Line]) -> str:
    """Return the page about the faults that were tried."""
    head = HEAD.format(
        day=datetime.now(UTC).date().isoformat(),
        release=platform.release(),
        machine=platform.machine(),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        tried=sum(line.tried for line in lines),
        faults=len(lines),
        lost=sum(line.lost for line in lines) or "none",
    )
    kinds = itertools.groupby(lines, key=lambda line: line.kind)
    return head + "".join(f"\n{text}\n" for kind, listed in kinds for text in _section(kind, listed))


def _section(kind: str, lines: Iterable[Line]) -> Iterator[str]:
    """Yield the heading of a kind, the sentence about it, and its table."""
    name, _, sentence = kind.rstrip(".").partition(":")
    yield f"## {name}"
    if sentence:
        yield f"{sentence.strip()[0].upper()}{sentence.strip()[1:]}."
    yield "\n".join(
        _table([(line.fault, f"{line.tried:,}", f"{line.lost:,}", _said(line)) for line in lines])
    )


def _table(rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
    """Yield the lines of a table that is read as it stands, too: the columns are as wide as their widest value."""
    fault, tried, lost = (max(len(row[column]) for row in [COLUMNS, *rows]) for column in range(3))
    rule = ("-" * fault, "-" * (tried - 1) + ":", "-" * (lost - 1) + ":", "----")
    for row in (COLUMNS, rule, *rows):
        yield f"| {row[0]:<{fault}} | {row[1]:>{tried}} | {row[2]:>{lost}} | {row[3]} |"


def _said(line: Line) -> str:
    """Return what was said, in one cell; a dash where nothing was to be said."""
    return " · ".join(said.removeprefix("improv: ") for said in line.said).replace("|", "/") or "–"


if __name__ == "__main__":
    PAGE.write_text(page(kept()), "utf-8")
