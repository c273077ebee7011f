"""What size costs: every figure of a large store against the same figure as hand-written SQL in the `sqlite3` shell.

`python -m bench.size STORE [--only PATTERN]` prints the section of docs/performance.md. What a figure is in SQL stands
in `bench/sql` (`blocks.py` says how); each must give the same before it is timed.
"""

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import pages
from bench.blocks import DAYS, SCAN, blocks, differences, parameters
from bench.generate import TODAY
from improv import measure, playbook, storefile
from improv.dates import Period, year_of
from improv.metrics import CATALOGUE, Metric
from improv.reader import Reader

PERIOD: Final = year_of(TODAY)
MOST: Final = 3.0
MOST_OF_A_SCAN: Final = 5.0
MOST_MEMORY: Final = 120
# A figure is measured so often, but stops once it took this long.
TIMES: Final = 9
PATIENCE: Final = 12.0
# Why a figure misses its bound.
REASONS: Final = {
    "report testimonials": "It stands at the bound, on one side of it or the other from run to run (2.8 and 3.2 times on one "
    "day): it lists 2,400 visits on which a testimonial was asked for, and to make lines of them takes Python about as long "
    "as SQL takes to find them.",
    "report tracks": "The large store has nobody on a track: what is told are 3 ms more than on an empty store, against half a "
    "millisecond of SQL.",
    "report reasons": "It stands at the bound, on one side of it or the other from run to run (2.8 and 3.1 times on one day): "
    "its six figures and six rankings are some twenty statements over few rows, half of what they take is to compile them.",
}

_MADE: Final = "\x1e"
_TOOK: Final = re.compile(r"Run Time: real \S+ user (\S+) sys (\S+)")


@dataclass(frozen=True)
class Line:
    """A line of the table: milliseconds of CPU time, what an empty store costs us alike, and megabytes at the peak."""

    name: str
    ours: float
    empty: float
    sql: float
    memory: float
    most: float

    @property
    def ratio(self) -> float:
        """How many times as long ours takes for what the size adds to it."""
        return max(self.ours - self.empty, 0.0) / self.sql

    @property
    def misses(self) -> bool:
        """Whether it takes longer or more memory than it may."""
        return self.ratio > self.most or self.memory > MOST_MEMORY

    def __str__(self) -> str:
        """Return the line in Markdown."""
        told = f"**{self.ratio:.1f}**" if self.ratio > self.most else f"{self.ratio:.1f}"
        memory = f"**{self.memory:.0f}**" if self.memory > MOST_MEMORY else f"{self.memory:.0f}"
        times = " | ".join(f"{spent:.1f}" for spent in (self.ours, self.empty, self.sql))
        return f"| {self.name} | {times} | {told} | {self.most:.0f} | {memory} |"


class Shell:
    """The `sqlite3` shell on a store, open to read: it answers statements, and says how long each took."""

    def __init__(self, store: Path) -> None:
        command = ("sqlite3", "-batch", "-readonly", str(store))
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._said, self._heard = self._process.stdin, self._process.stdout
        self._say(".mode json", ".timer on")

    def bind(self, values: Mapping[str, str | int | None]) -> None:
        """Bind what the statements name."""
        for name, value in values.items():
            self._say(f'.parameter set :{name} "{_quoted(value)}"')

    def answer(self, statements: Sequence[str]) -> tuple[list[list[dict[str, Any]]], float]:
        """Return the rows of each statement, and the milliseconds of CPU time they took together."""
        return _summed([self._answer(one) for one in statements])

    def _answer(self, statement: str) -> tuple[list[dict[str, Any]], float]:
        self._say(f"{statement};", f".print {_MADE}")
        told = "".join(iter(self._line, f"{_MADE}\n"))
        took = _TOOK.search(told)
        if took is None:
            raise ValueError(f"{told}\n{statement}")
        rows = told[: took.start()].strip()
        return (json.loads(rows) if rows else []), 1000 * sum(map(float, took.groups()))

    def _line(self) -> str:
        return (self._heard.readline() if self._heard else "") or f"{_MADE}\n"

    def _say(self, *lines: str) -> None:
        if self._said:
            self._said.writelines(f"{line}\n" for line in lines)
            self._said.flush()

    def close(self) -> None:
        """End the shell."""
        self._process.communicate()


def _summed(
    answers: Sequence[tuple[list[dict[str, Any]], float]],
) -> tuple[list[list[dict[str, Any]]], float]:
    return [rows for rows, _ in answers], sum(took for _, took in answers)


def _quoted(value: str | int | None) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    return "NULL" if value is None else str(value)


class Program:
    """The installed program on a store: its pages, the CPU time they take, and the memory at the peak."""

    def __init__(self, store: Path) -> None:
        own = {"IMPROV_DB": str(store), "IMPROV_CONFIG": "/dev/null", "IMPROV_TODAY": TODAY.isoformat()}
        self._environment = {**os.environ, **own}
        self._path = str(Path(sys.executable).with_name("improv"))

    def page(self, *words: str) -> str:
        """Return a page as JSON."""
        command = (self._path, "--format", "json", *words)
        return subprocess.run(
            command, env=self._environment, check=True, capture_output=True, text=True
        ).stdout

    def run(self, *words: str) -> tuple[float, float]:
        """Return the milliseconds of CPU time that a page takes in a pipe, and the megabytes at the peak."""
        quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        child = os.posix_spawn(self._path, [self._path, *words], self._environment, file_actions=quiet)
        _, status, spent = os.wait4(child, 0)
        if status:
            raise RuntimeError(f"improv {' '.join(words)}: exit {os.waitstatus_to_exitcode(status)}")
        return 1000 * (spent.ru_utime + spent.ru_stime), spent.ru_maxrss / 1024


class Size:
    """A large store and an empty one, read by us and by the shell."""

    def __init__(self, large: Path, empty: Path, shell: Shell) -> None:
        book = playbook.load()
        self.large, self.empty = Program(large), Program(empty)
        self.shell = shell
        self.readers = [Reader(storefile.open_to_read(store), book, TODAY) for store in (large, empty)]

    def metric(self, metric: Metric, statements: Mapping[str, Sequence[str]], memory: float) -> Line:
        """Time one metric, both as it is measured in a program that runs already."""
        reader, empty = self.readers
        self._same(metric, PERIOD, statements)
        self.shell.bind(parameters(reader, PERIOD))
        scan = statements.get(SCAN + metric.name, statements[metric.name])
        ours, sql = _alternately(
            lambda: _spent(lambda: measure.measure(reader, metric, PERIOD)),
            lambda: self.shell.answer(scan)[1],
        )
        nothing, _ = _alternately(lambda: _spent(lambda: measure.measure(empty, metric, PERIOD)), lambda: 0.0)
        most = MOST_OF_A_SCAN if metric.kind == "duration" else MOST
        return Line(metric.name, ours, nothing, sql, memory, most)

    def page(self, name: str, found: Mapping[str, Sequence[str]], memory: float) -> Line:
        """Time one page, each time from the start of the program: its scorecards by the metrics' own statements."""
        words = name.split()
        page = self.large.page(*words)
        self.shell.bind(_parameters_of(page))
        answers, _ = self.shell.answer(found[name])
        if wrong := pages.differences(page, answers):
            raise ValueError(f"{name}: {'; '.join(wrong)}")
        figures = pages.figures(self.readers[0], name)
        for metric, period in figures:
            self._same(metric, period, found)
        ours, sql = _alternately(
            lambda: self.large.run(*words)[0], lambda: self._written(page, found[name], figures, found)
        )
        nothing, _ = _alternately(lambda: self.empty.run(*words)[0], lambda: 0.0)
        return Line(f"`{name}`", ours, nothing, sql, memory, MOST)

    def _same(self, metric: Metric, period: Period, found: Mapping[str, Sequence[str]]) -> None:
        """Refuse a metric that is another in SQL."""
        self.shell.bind(parameters(self.readers[0], period))
        ((row,),), _ = self.shell.answer(found[metric.name])
        if wrong := differences(measure.measure(self.readers[0], metric, period), row):
            raise ValueError(f"{metric.name}, {period.label}: {'; '.join(wrong)}")

    def _written(
        self,
        page: str,
        statements: Sequence[str],
        figures: Sequence[tuple[Metric, Period]],
        found: Mapping[str, Sequence[str]],
    ) -> float:
        """Return the milliseconds that a page takes in SQL: its tables, and each figure of its scorecards."""
        self.shell.bind(_parameters_of(page))
        spent = self.shell.answer(statements)[1]
        for name, period in _looks(figures, found):
            self.shell.bind(parameters(self.readers[0], period))
            spent += self.shell.answer(found[name])[1]
        return spent


def _looks(
    figures: Sequence[tuple[Metric, Period]], found: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Period]]:
    """Yield which block is asked about which days: one look at all of them where it tells them apart."""
    spans: dict[str, Period] = {}
    for metric, period in figures:
        by_day = DAYS + metric.name
        if by_day not in found:
            yield metric.name, period
            continue
        span = spans.get(by_day, period)
        spans[by_day] = Period(min(span.first, period.first), max(span.last, period.last), "")
    yield from spans.items()


def _parameters_of(page: str) -> dict[str, str | int | None]:
    """Return what the statements of a page have bound: its own period."""
    told = json.loads(page)
    today, period = told["as_of"], told["period"] or {}
    first, last = period.get("first", today), period.get("last", today)
    return {"first": first, "last": last, "on": min(last, today), "today": today, "hour_costs": None}


def _spent(does: Callable[[], object]) -> float:
    began = time.process_time()
    does()
    return 1000 * (time.process_time() - began)


def _alternately(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    """Return the medians of two measurements that take turns."""
    pairs: list[tuple[float, float]] = []
    began = time.monotonic()
    while len(pairs) < TIMES and (len(pairs) < 3 or time.monotonic() - began < PATIENCE):
        pairs.append((ours(), theirs()))
    first, second = zip(*pairs, strict=True)
    return statistics.median(first), statistics.median(second)


@contextlib.contextmanager
def _sizes(store: Path) -> Iterator[Size]:
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.db"
        storefile.create(empty, {"timezone": "Europe/Berlin", "currency": "EUR"})
        shell = Shell(store)
        try:
            yield Size(store, empty, shell)
        finally:
            shell.close()


def lines(store: Path, only: str = "") -> Iterator[Line]:
    """Yield the line of each figure that has a block: the metrics as the catalogue has them, then the pages."""
    found = blocks()
    chosen = [metric for name, metric in CATALOGUE.items() if name in found and re.search(only, name)]
    named = [
        name
        for name in found
        if name not in CATALOGUE and not name.startswith((SCAN, DAYS)) and re.search(only, name)
    ]
    with _sizes(store) as size:
        # First of all: a child starts with the peak of its parent's memory.
        days = f"{PERIOD.first}..{PERIOD.last}"
        memory = {metric.name: size.large.run("metric", metric.name, "--for", days)[1] for metric in chosen}
        memory |= {name: size.large.run(*name.split())[1] for name in named}
        yield from (size.page(name, found, memory[name]) for name in named)
        yield from (size.metric(metric, found, memory[metric.name]) for metric in chosen)


def section(measured: Sequence[Line]) -> str:
    """Return the section of the page in Markdown."""
    missed = [line for line in measured if line.misses]
    told = [
        f"- {line.name}: {REASONS.get(line.name.strip('`'), 'no reason is known yet.')}" for line in missed
    ]
    head = "| figure | ours, ms | of it on an empty store, ms | SQL, ms | ratio | at most | peak, MB |"
    table = [head, "|---|--:|--:|--:|--:|--:|--:|", *map(str, measured)]
    bad = ["", f"{len(missed)} of {len(measured)} miss:", "", *told] if missed else []
    return "\n".join(["## Size", "", PROSE, "", *table, *bad])


PROSE: Final = f"""\
Each figure of the large store as this program gives it and as hand-written SQL in the `sqlite3` shell (`bench/sql`, on
the same file and indices); both came to the same before they were timed. CPU time, medians of up to {TIMES} alternating
runs. A metric is measured for {PERIOD.first.year}, by a reader that runs already, against the statement in a shell that
runs already (`.timer`), so that neither pays for its start. A page is the installed program from its start to its end;
its tables have statements of their own, its scorecards those of their metrics, in the period and in each of its trend;
`goals` and `kpi` are nothing but lines of metrics, and have no line here.
What the same costs on an empty store is start-up, whatever the size: the ratio is that of the rest, (ours − empty) /
SQL. Lengths are held against a bare scan of the rows they need and may take {MOST_OF_A_SCAN:.0f} times as long, all else
{MOST:.0f} times. The peak of memory is that of a program started for this figure alone, at most {MOST_MEMORY} MB. The store has
leads, sales, events, clients, visits and activities; of touches, campaigns, tracks and survey answers, which it has not,
the table tells what it takes to find none."""


def main() -> None:
    """Measure what there is, and print the section."""
    typed = argparse.ArgumentParser(prog="python -m bench.size", description=__doc__)
    typed.add_argument("store", type=Path, help="the large store; it is only read")
    typed.add_argument("--only", default="", metavar="PATTERN", help="figures whose name has this")
    given = typed.parse_args()
    print(section(list(lines(given.store, given.only))))  # noqa: T201 - a section of the page


if __name__ == "__main__":
    main()
