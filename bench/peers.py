"""Beside others: what the same three jobs cost in this program, in other programs, and in the one anyone would write.

`python -m bench.peers` installs the others and prints the section of docs/performance.md.
"""

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import installed
from bench.bounds import Bound, figure, misses, table
from bench.programs import PROGRAMS
from bench.programs.files import Watson
from bench.programs.folders import Todoman
from bench.programs.program import Program
from bench.programs.tables import Improv, Naive
from bench.records import ADDED, FAIR, Record, counted, drawn
from bench.turns import Job, Taken, take_turns

SIZES: Final = (1_000, 10_000, 100_000)
ROUNDS: Final = 7
# Seconds after which a job is run no more than three times.
PATIENCE: Final = 8.0
# A program that needs longer for a job is not asked the same of ten times as much.
TOO_LONG: Final = 1.0
# Where ours is promised to be ahead of two that keep all in one file, or in one for each record.
AT: Final = 10_000
JOBS: Final = ("add", "list", "report")
REASONS: Final = {
    "`lead add` beside the naive program": "Half of that program is about what `import sqlmodel` costs by itself "
    "([Start-up](#start-up)), and it is SQLModel that writes.",
    "`lead add` beside todoman": "Both take about as long, and which of them is ahead changes from run to run; most of ours "
    "is `import sqlmodel`.",
}

Figures = Mapping[tuple[str, str, int], Taken]  # by program, job and size

PROSE: Final = f"""\
Every program holds the same records, in the shape that is its own: a lead, a bookmark, a task, an event, a contact, an
entry, an hour of work, a booking. Each was asked to **add** one; to **list** the twenty of one group, by whatever it
groups (source, tag, project, category, account; khal by their week); and, where it can, to **report** how many there are
in each group, or their sum. topydo only names its projects, Beancount has no command to add, and khal, todoman and khard
count nothing. After every run it was checked what the program said and kept: all twenty and no other in the list, the
figures of the report, the added record in its own file. *naive* is `bench/naive.py`, written as the tutorials of Typer and
SQLModel have it.

CPU time in multiples of a bare `python -c pass`, which ran before each command and took {{bare}} ms: medians of {ROUNDS}
alternating runs (of three where they take seconds) after one that does not count, in a pipe. A cell is for {{sizes}}
records; a dash says that a program has no such job, or needed more than a second for one with a tenth of the records, that
it cannot hold so many (topydo), or that it keeps a file for each (khal, todoman, khard): to fill a folder with so many
takes longer than all the rest.
"""


class Asked:
    """A program with a store of so many records: its three jobs, each with what it must have done."""

    def __init__(self, program: Program, records: Sequence[Record]) -> None:
        self.program = program
        self.counts = counted(records)
        self.fair = {program.shown(one) for one in records if one.source == FAIR}
        self.others = {_last_word(program.shown(one)) for one in records if one.source != FAIR}
        program.fill(records)

    def jobs(self) -> Iterator[Job]:
        """Yield what it is asked for; what it cannot do is left out."""
        program, world = self.program, self.program.world
        if type(program).add is not Program.add:
            yield Job(
                "add",
                lambda run: program.add(_added(run)),
                world,
                self._kept,
                lambda run: program.typed(_added(run)),
            )
        yield Job("list", lambda _: program.listed(), world, self._listed)
        if (words := program.report()) is not None:
            yield Job("report", lambda _: words, world, self._reported)

    def _kept(self, _said: str, run: int) -> str | None:
        """Say what is wrong where no file of its home has the name that was added."""
        name = _added(run).encode()
        newest_first = sorted(
            (path for path in self.program.home.rglob("*") if path.is_file()),
            key=lambda path: path.stat().st_mtime,
            reverse=True,
        )
        found = any(name in path.read_bytes() for path in newest_first[:20])
        return None if found else "the record was not added"

    def _listed(self, said: str, _run: int) -> str | None:
        missing = [name for name in self.fair if name not in said]
        if missing:
            return f"{len(missing)} of {len(self.fair)} are not listed, such as {missing[0]}"
        more = self.others.intersection(re.findall(r"\w+", said))
        return f"{min(more)} was not asked for" if more else None

    def _reported(self, said: str, _run: int) -> str | None:
        lines = [line.replace(",", "").casefold() for line in said.splitlines()]
        for source, count in self.counts.items():
            told = rf"(?<!\d){re.escape(self.program.told(count).casefold())}(?!\d)"
            if source != ADDED and not any(source in line and re.search(told, line) for line in lines):
                return f"it does not say {self.program.told(count) or 'the name'} of {source}"
        return None


def _added(run: int) -> str:
    return f"Nadia Number{run:03}"


def _last_word(name: str) -> str:
    return name.rpartition(" ")[2]


def measured(
    chosen: Sequence[type[Program]], sizes: Sequence[int], rounds: int
) -> tuple[Figures, dict[str, str]]:
    """Return what the jobs of all programs took, at each size in one alternating run; and who is absent, and why."""
    python = installed.program() / "python"
    taken: dict[tuple[str, str, int], Taken] = {}
    absent: dict[str, str] = {}
    for size in sizes:
        asked = [
            kind
            for kind in chosen
            if kind.name not in absent and size <= kind.most and not _slow(taken, kind.name)
        ]
        sys.stderr.write(f"{size:,} records: {', '.join(kind.name for kind in asked)}\n")
        with tempfile.TemporaryDirectory() as folder:
            jobs = list(_jobs(asked, Path(folder), drawn(size), absent))
            spent = take_turns(jobs, python, rounds, PATIENCE)
        for name, one in spent.items():
            program, _, job = name.rpartition(" ")
            taken[program, job, size] = one
    return taken, absent


def _slow(taken: Figures, program: str) -> bool:
    return any(one.cpu > TOO_LONG for (name, _, _), one in taken.items() if name == program)


def _jobs(
    asked: Sequence[type[Program]], folder: Path, records: Sequence[Record], absent: dict[str, str]
) -> Iterator[Job]:
    """Yield the jobs of all programs, each filled; who cannot be installed is noted as absent."""
    for kind in asked:
        home = folder / kind.name
        home.mkdir()
        try:
            program = kind(home)
        except installed.NotThere as error:
            absent[kind.name] = str(error)
            continue
        for job in Asked(program, records).jobs():
            yield replace(job, name=f"{kind.name} {job.name}")


def bounds(taken: Figures, sizes: Sequence[int]) -> Iterator[Bound]:
    """Yield what is promised of us beside the others, of all that were asked."""
    ours = {key[1:]: one.ratio for key, one in taken.items() if key[0] == Improv.name}
    added = {(name, size): one.ratio for (name, job, size), one in taken.items() if job == "add"}
    for size in sizes:
        if (Naive.name, size) in added:
            beside = ours["add", size] / added[Naive.name, size]
            yield Bound("`lead add` beside the naive program", f"at {size:,}", beside, 0.5)
    for other in (Watson, Todoman):
        if (other.name, AT) in added:
            yield Bound(
                f"`lead add` beside {other.name} at {AT:,}", "", ours["add", AT] / added[other.name, AT], 1
            )
    pythonic = {program.name for program in PROGRAMS if program.python} - {Improv.name}
    for job in ("list", "report"):
        for size in sizes:
            found = {name: taken[name, job, size].ratio for name in pythonic if (name, job, size) in taken}
            if found:
                first = min(found, key=found.__getitem__)
                case = f"at {size:,}, where that is {first}"
                yield Bound(f"{job} beside the fastest in Python", case, ours[job, size] / found[first], 1)


def section(taken: Figures, absent: Mapping[str, str], versions: Mapping[str, str]) -> str:
    """Return the section of the page in Markdown."""
    sizes = sorted({size for _, _, size in taken})
    names = sorted(versions, key=lambda name: _middle(taken, name, sizes))
    promised = list(bounds(taken, sizes))
    bare = statistics.median(cost.cpu for one in taken.values() for cost in one.bare)
    rows = [
        (_name(name), versions[name], *(_cell(taken, name, job, sizes) for job in JOBS)) for name in names
    ]
    told = " · ".join(f"{size:,}" for size in sizes)
    return "\n".join(
        (
            "## Beside other programs",
            "",
            PROSE.format(sizes=told, bare=f"{1000 * bare:.1f}"),
            table(("Program", "Version", "Add", "List", "Report"), rows, words=2),
            *(f"\n{name} is left out: {why}." for name, why in absent.items()),
            "",
            "What was promised, as a ratio of ours to theirs:",
            "",
            table(
                ("Promise", "Ratio", "At most", ""),
                (
                    (f"{one.about} {one.case}".strip(), figure(one.value), figure(one.most), one.verdict)
                    for one in promised
                ),
            ),
            "",
            *misses(promised, REASONS),
        )
    ).rstrip()


def _middle(taken: Figures, name: str, sizes: Sequence[int]) -> float:
    """Return by what a program is placed: its list at the middle size, or at the largest it was asked for."""
    known = [taken[name, "list", size].ratio for size in sizes[:2] if (name, "list", size) in taken]
    return known[-1] if known else float("inf")


def _name(name: str) -> str:
    return f"**{name}**" if name == Improv.name else name


def _cell(taken: Figures, name: str, job: str, sizes: Sequence[int]) -> str:
    cells = [taken[name, job, size].ratio if (name, job, size) in taken else None for size in sizes]
    return " · ".join("–" if one is None else figure(one) for one in cells) if any(cells) else "–"


def main() -> None:
    """Measure, and print the section."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("--only", default="", help="programs whose names match")
    asks.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    asks.add_argument("--rounds", type=int, default=ROUNDS)
    asked = asks.parse_args()
    chosen = [kind for kind in PROGRAMS if kind is Improv or re.search(asked.only, kind.name)]
    taken, absent = measured(chosen, asked.sizes, asked.rounds)
    versions = {kind.name: kind.version() for kind in chosen if kind.name not in absent}
    sys.stdout.write(f"{section(taken, absent, versions)}\n")


if __name__ == "__main__":
    main()
