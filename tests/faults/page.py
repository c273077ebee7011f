"""The table of docs/reliability.md, from what the last `make faults` came to; typed: `python -m tests.faults.page`."""

import json
import platform
import sqlite3
from datetime import UTC, datetime

from tests.faults.tally import KEPT, Line
from tests.run import ROOT

PAGE = ROOT / "docs" / "reliability.md"
HEAD = """# What was done to it, and what was lost

`make faults` makes each of these faults on purpose, with strace's fault injection, libfaketime and a small disk in
memory, and looks afterwards: the store must be sound, every record that was acknowledged must be there, an interrupted
command must be whole or absent, the next command must work, and whatever failed must have said so in words.
`make test-system` makes a sample of them.

This table is of {day}, on Linux {release}, {processors}, Python {python}, SQLite {sqlite}.

| Fault | Tried | Lost | Said |
|---|--:|--:|---|
"""


def page(lines: list[Line]) -> str:
    """Return the page about the faults that were tried."""
    head = HEAD.format(
        day=datetime.now(UTC).date().isoformat(),
        release=platform.release(),
        processors=platform.machine(),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
    )
    rows = (
        f"| {one.fault} | {one.tried:,} | {one.lost:,} | {one.said.replace('|', '/')} |\n" for one in lines
    )
    return head + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page([Line(*one) for one in json.loads(KEPT.read_text("utf-8"))]), "utf-8")
