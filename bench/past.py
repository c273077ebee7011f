"""What it costs to look back: each page of a large store as of a past day, against the same page today.

`python -m bench.past STORE` prints the section of docs/performance.md.
"""

import statistics
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from bench.blocks import DAYS, SCAN, blocks
from bench.size import Program
from improv.metrics import CATALOGUE

BEFORE: Final = (date(2026, 11, 22), date(2026, 5, 1))
MOST: Final = 2.0
TIMES: Final = 3
# Why a page misses the bound.
REASONS: Final[dict[str, str]] = {}
PROSE: Final = f"""\
Each page of the large store with `--as-of` a day, against the same page today: CPU time of the installed program from its
start to its end, medians of {TIMES} alternating runs. It may take {MOST:.0f} times as long."""


def pages() -> Iterator[str]:
    """Yield the pages that are measured: those of `bench/sql`, and what else is looked at every day."""
    yield from (name for name in blocks() if name not in CATALOGUE and not name.startswith((SCAN, DAYS)))
    yield from ("todo", "lead list", "show O1")


def ratios(program: Program, page: str) -> list[float]:
    """Return how many times as long a page takes as of each of the past days."""
    taken: list[list[float]] = [[] for _ in range(len(BEFORE) + 1)]
    for _ in range(TIMES):
        taken[0].append(program.run(*page.split())[0])
        for place, day in enumerate(BEFORE, start=1):
            taken[place].append(program.run(*page.split(), "--as-of", day.isoformat())[0])
    today, *before = map(statistics.median, taken)
    return [past / today for past in before]


def main(store: Path) -> None:
    """Print the section."""
    program, missed = Program(store), list[str]()
    head = " | ".join(f"as of {day:%-d %B %Y}" for day in BEFORE)
    sys.stdout.write(f"## Looking back\n\n{PROSE}\n\n| page | {head} |\n|---|--:|--:|\n")
    for page in pages():
        told = ratios(program, page)
        cells = " | ".join(f"**{one:.2f}**" if one > MOST else f"{one:.2f}" for one in told)
        sys.stdout.write(f"| `{page}` | {cells} |\n")
        if max(told) > MOST:
            missed.append(f"- `{page}`: {REASONS.get(page, 'no reason is known yet.')}")
    sys.stdout.write("".join(f"\n{line}" for line in ["", *missed]) if missed else "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
