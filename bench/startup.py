"""Start-up: what each everyday command costs from its first instruction to its last, at three sizes of a store.

`python -m bench.startup` prints the section of docs/performance.md.
"""

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench import installed, stores
from bench.bounds import Bound, figure, misses, table
from bench.records import AT_THE_FAIR, FAIR
from bench.turns import Job, Taken, take_turns

SIZES: Final = (1_000, 10_000, 100_000)
ROUNDS: Final = 9
# Seconds after which a command is run no more than three times.
PATIENCE: Final = 10.0
MANY: Final = 1_000
# A week's report is promised at this size; beyond it, in the section about size.
WEEKLY_AT: Final = 10_000
# What a job is called that runs on a terminal.
ON: Final = " on a terminal"
_SIZES: Final = f"{SIZES[0]:,}, {SIZES[1]:,} and {SIZES[2]:,}"
_OPEN: Final = (
    "A store of this size, drawn by chance, has hundreds to thousands of records that are open, booked or flagged, where one "
    "consultant has a few dozen; what it costs where all the rest is over is told under “A working life”"
)
REASONS: Final = {
    "`improv todo`": f"{_OPEN}. Each has a line, and Rich lays every line out.",
    "`improv`": f"{_OPEN}. The page says how many flags are up beside the three it shows, so it has to ask all of them: "
    "a good part of what it takes in a small store are some forty statements, and 3 ms in which SQLite reads the journal's "
    "triggers.",
    "`improv alerts`": f"{_OPEN}, and each has a line of its own.",
}


class Command(NamedTuple):
    """A command: what it must say, the most it may cost in a pipe and on a terminal, whether it reads, how often it says it."""

    words: tuple[str, ...]
    says: str
    pipe: float
    screen: float | None = None
    reads: bool = True
    times: int = 1

    @property
    def name(self) -> str:
        """The command as it is typed."""
        return " ".join(("improv", *self.words))

    def most(self, *, screen: bool) -> float | None:
        """Return the most it may cost; nothing where it is not asked for."""
        return self.screen if screen else self.pipe


COMMANDS: Final = (
    Command(("--version",), r"improv \d", 5.5, 12, reads=False),
    Command(("--help",), "improv lead add", 5.5, 12, reads=False),
    Command(("lead", "--help"), "list", 5.5, 12, reads=False),
    Command(("complete", "--", "lead", "li"), r"list\t", 5.5, reads=False),
    Command(("complete", "--", "show", "Ada"), r"Ada .*\tlead L", 5.5),
    Command(("lead", "list", "--source", FAIR), rf"L\d+.*{FAIR}", 6, 9, times=AT_THE_FAIR),
    Command(("show", "O1"), "Audit 0", 6, 9),
    Command(("todo",), "fill", 6, 9),
    Command((), "Today", 6, 9),
    Command(("report", "weekly"), "Weekly report", 12),
    Command(("alerts",), "Red flags", 6.5),
)
# What the program is made of, for comparison: nothing is promised of these.
LIBRARIES: Final = {
    "import typer": "import typer",
    "import sqlmodel": "import sqlmodel",
    "import sqlmodel without gc": "import gc; gc.disable(); import sqlmodel; gc.freeze()",
}
ADD: Final = "improv lead add"
BATCH: Final = "improv batch"
WEEKLY: Final = "improv report weekly"
MOST_OF_ADD: Final = 33.0
MOST_GROWTH: Final = 1.15
MOST_OF_BATCH: Final = 0.02

# By command, size (0 where no store is read), and whether on a terminal.
Figures = Mapping[tuple[str, int, bool], Taken]

PROSE: Final = f"""\
The program as a wheel in an environment of its own, on stores of {_SIZES} events with as many leads,
opportunities, stays, visits and activities together. Figures are CPU time in multiples of a bare `python -c pass` of the
same interpreter, which ran before each command and took {{bare}} ms: medians of {ROUNDS} alternating runs (of three where
they take seconds) after one that does not count. CPU time, because it stays what it is when the machine does something
else besides; milliseconds are given of both. *Pipe* is plain text, as scripts and cron get it, with nothing in the
environment but the bare `PATH` of cron; *terminal* is a real one, with colours and boxes. `improv` alone is today's page,
the list is of twenty leads, completion is always in a pipe. A figure in bold is more than was promised.
"""


def measured(sizes: Sequence[int], rounds: int) -> Figures:
    """Return what all commands took: those that read no store first, then the others at each size."""
    bin_ = installed.program()
    taken: dict[tuple[str, int, bool], Taken] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (0, *sizes):
            spent = take_turns(list(_jobs(bin_, size, Path(folder))), bin_ / "python", rounds, PATIENCE)
            taken |= {(name.removesuffix(ON), size, name.endswith(ON)): one for name, one in spent.items()}
    return taken


def _jobs(bin_: Path, size: int, folder: Path) -> Iterator[Job]:
    world = {**stores.WORLD, "HOME": str(folder)}
    if size:
        world["IMPROV_DB"] = str(stores.store(size))
    for command in COMMANDS:
        if command.reads == bool(size):
            yield job(bin_, command, world)
            if command.screen is not None:
                yield job(bin_, command, world, screen=True)
    if not size:
        for name, code in LIBRARIES.items():
            yield _library(bin_, name, code, world)
    else:
        yield from _writing(bin_, {**world, "IMPROV_DB": str(stores.copied(size, folder))}, folder)


def job(bin_: Path, command: Command, world: Mapping[str, str], *, screen: bool = False) -> Job:
    """Return a command as a job, in a pipe or on a terminal."""

    def check(said: str, _run: int) -> str | None:
        found = len(re.findall(command.says, said))
        return None if found >= command.times else f"it says {command.says} {found} times"

    words = (str(bin_ / "improv"), *(("--no-pager",) if screen else ()), *command.words)
    seen = {**world, "TERM": "xterm-256color"} if screen else world
    return Job(f"{command.name}{ON if screen else ''}", lambda _: words, seen, check, screen=screen)


def _library(bin_: Path, name: str, code: str, world: Mapping[str, str]) -> Job:
    return Job(name, lambda _: (str(bin_ / "python"), "-c", code), world)


def _writing(bin_: Path, world: Mapping[str, str], folder: Path) -> Iterator[Job]:
    """Yield a lead that is added by itself, and many by one command: each run adds others."""
    program = str(bin_ / "improv")

    def kept(said: str, run: int) -> str | None:
        return None if f"Nadia One{run} added" in said else "the lead was not added"

    def batch(run: int) -> Sequence[str]:
        file = folder / f"{run}.batch"
        lines = (f'lead add "Nadia Many{run}x{number}" --source web\n' for number in range(MANY))
        file.write_text("".join(lines), "utf-8")
        return (program, "batch", str(file), "--quiet")

    def done(said: str, _run: int) -> str | None:
        return None if f"{MANY:,} commands done" in said else "not all leads were added"

    yield Job(ADD, lambda run: (program, "lead", "add", f"Nadia One{run}", "--source", "web"), world, kept)
    yield Job(BATCH, batch, world, done)


def promises(taken: Figures) -> dict[tuple[str, int, bool], Bound]:
    """Return what is promised of each figure of the table."""
    most = {
        (command.name, screen): command.most(screen=screen)
        for command in COMMANDS
        for screen in (False, True)
    }
    most[ADD, False] = MOST_OF_ADD
    return {
        (name, size, screen): Bound(f"`{name}`", _case(size, screen=screen), one.ratio, promised)
        for (name, size, screen), one in taken.items()
        if (promised := most.get((name, screen))) is not None and (name != WEEKLY or size <= WEEKLY_AT)
    }


def _case(size: int, *, screen: bool) -> str:
    return f"{ON.strip() if screen else 'in a pipe'}{f' at {size:,}' if size else ''}"


def further(taken: Figures) -> list[Bound]:
    """Return what is promised of adding: that it does not grow, and what a further one costs in a batch."""
    added = {size: one for (name, size, _), one in taken.items() if name == ADD}
    smallest, largest = min(added), max(added)
    growth = added[largest].ratio / added[smallest].ratio
    beside = f"at {largest:,}, beside one at {smallest:,}"
    batches = {size: taken[BATCH, size, False].cpu for size in added}
    shares = {size: (batches[size] - one.cpu) / (MANY - 1) / one.cpu for size, one in added.items()}
    return [
        Bound("`improv lead add`, growing", beside, growth, MOST_GROWTH),
        *(
            Bound(
                "each further one in `improv batch`",
                f"at {size:,}, beside one by itself",
                share,
                MOST_OF_BATCH,
            )
            for size, share in shares.items()
        ),
    ]


def section(taken: Figures) -> str:
    """Return the section of the page in Markdown."""
    promised = promises(taken)
    more = further(taken)
    rows = [
        _row(taken, promised, name, size)
        for name in (*(command.name for command in COMMANDS), ADD, *LIBRARIES)
        for size in sorted({size for known, size, _ in taken if known == name})
    ]
    bare = statistics.median(cost.cpu for one in taken.values() for cost in one.bare)
    head = ("Command", "Events", "Pipe", "At most", "CPU, ms", "Wall, ms", "Terminal", "At most")
    return "\n".join(
        (
            "## Start-up",
            "",
            PROSE.format(bare=f"{1000 * bare:.1f}"),
            table(head, rows),
            "",
            table(
                ("Adding many", "Ratio", "At most", ""),
                (
                    (f"{one.about} {one.case}", figure(one.value), figure(one.most), one.verdict)
                    for one in more
                ),
            ),
            "",
            *misses([*promised.values(), *more], REASONS),
        )
    ).rstrip()


def _row(
    taken: Figures, promised: Mapping[tuple[str, int, bool], Bound], name: str, size: int
) -> tuple[str, ...]:
    pipe = taken[name, size, False]
    times = f"{1000 * pipe.cpu:.0f}", f"{1000 * pipe.wall:.0f}"
    told = [_cells(taken, promised, (name, size, screen)) for screen in (False, True)]
    return f"`{name}`", f"{size:,}" if size else "", *told[0], *times, *told[1]


def _cells(
    taken: Figures, promised: Mapping[tuple[str, int, bool], Bound], key: tuple[str, int, bool]
) -> tuple[str, str]:
    if key not in taken:
        return "", ""
    bound, ratio = promised.get(key), figure(taken[key].ratio)
    if bound is None:
        return ratio, "–"
    return ratio if bound.holds else f"**{ratio}**", f"{bound.most:g}"


def main() -> None:
    """Measure, and print the section."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    asks.add_argument("--rounds", type=int, default=ROUNDS)
    asked = asks.parse_args()
    sys.stdout.write(f"{section(measured(asked.sizes, asked.rounds))}\n")


if __name__ == "__main__":
    main()
