"""What does not grow: everyday commands on a first month's store and on ten years', as multiples of the smallest.

`python -m bench.flat [STORE …]` prints the section of docs/performance.md; the stores are measured beside those of the
sizes below, and are only read: what is written is written to copies.
"""

import argparse
import contextlib
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench import installed, startup, stores
from bench.bounds import Bound, figure, misses, table
from bench.generate import ACTIVE, OPEN
from bench.records import FAIR
from bench.turns import Job, Taken, take_turns

SIZES: Final = (1_000, 10_000, 100_000)
ROUNDS: Final = 9
# Seconds after which a command is run no more than three times.
PATIENCE: Final = 10.0
MOST_GROWTH: Final = 1.15
# The stores of a working life, and the one of them that holds ten years.
LIVES: Final = (1_000, 10_000, 100_000, stores.BIG)
TEN_YEARS: Final = 10_000
_ASKED_ONCE: Final = (
    "Each lead, client and opportunity is asked once whether somebody still works with it, about half a microsecond each: "
    "what is over is in no index"
)
REASONS: Final = {
    "`improv event done O7`": "It tells how the month stands, and a month of the largest store has thirty thousand events.",
    "`improv complete -- show Gra`": "A tenth of all leads are called Grace; the last sixty of them are offered.",
    "`improv`": f"{_ASKED_ONCE}; and what is far slower than average needs the average of all stays that ever ended.",
    "`improv todo`": f"{_ASKED_ONCE}. Which sale was lost without a reason is looked for among all that were lost.",
    "`improv alerts`": f"{_ASKED_ONCE}; and what is far slower than average needs the average of all stays that ever ended.",
    "`improv check`": "The charter asks of every lead whether its lifecycle is behind its deals, and whether it belongs to "
    "marketing.",
    "`improv report daily`": "Its figures are of all that was recorded, and grow like the scan.",
}

# By command, then by store.
Figures = Mapping[str, Sequence[Taken]]


class Command(NamedTuple):
    """A command as it is typed, `{deal}` and `{run}` being told; what it says; whether it may grow with the store."""

    typed: str
    says: str
    grows: bool = False


# In this order, so that an event is booked before it is held, and what is undone is the lead.
COMMANDS: Final = (
    Command("event schedule {deal} discovery-meeting +3d", "discovery meeting"),
    Command("event done {deal}", "{deal}"),
    Command("log email {deal} prices", "{deal}"),
    Command("lead add Nadia-Flat{run} --source web", "added"),
    Command("undo", "undone"),
    Command("history --limit 20", "undo"),
    Command("show {deal}", "{deal}"),
    Command("complete -- show Gra", "Grace"),
    Command("event list --of {deal}", "E"),
    Command(f"lead list --source {FAIR}", FAIR),
    Command("", "Today", grows=True),
    Command("todo", "fill", grows=True),
    Command("alerts", "Red flags", grows=True),
    Command("check", "The charter", grows=True),
)

# What is asked of a book in which nearly all is over.
OF_A_LIFE: Final = (
    Command("", "Today"),
    Command("todo", "fill"),
    Command("alerts", "Red flags"),
    Command("check", "The charter"),
    Command("report daily", "Daily", grows=True),
)

PROSE: Final = f"""\
The same commands of the installed program, in a pipe, on stores of different sizes: CPU time, medians of {ROUNDS}
alternating runs (of three where they take seconds). The first figure is in milliseconds; the others are multiples of it.
What is about one record or a few, or about the last commands, may take at most {MOST_GROWTH} times as long on the largest; a
figure in bold takes longer. Below stand pages about the whole book, which grow with what they have to read: today's page
counts the red flags, and `improv alerts` names every one.
"""


PROSE_OF_A_LIFE: Final = f"""\
The stores above were drawn by chance, and a sixth of all that is in them stays open for ever. Here nearly all is over, as with
one consultant: in each store the last {OPEN} opportunities are open, some fifty leads are active, the last {ACTIVE} clients are
active and visited, a few tasks and some thirty events are ahead; everything else was closed, turned down, handed on, or
left. A hundred opportunities a year make a thousand events, so that {TEN_YEARS:,} are ten years of it; in larger stores more
came in every year. The first figure is in milliseconds, the others are multiples of it, which may be {MOST_GROWTH} at most.
"""
PROSE_OF_TEN_YEARS: Final = f"""\
And what they cost after ten such years, at {TEN_YEARS:,} events, in multiples of a bare `python -c pass`, beside what the section
about start-up promises:
"""


def measured(files: Sequence[Path], rounds: int, commands: Sequence[Command] = COMMANDS) -> Figures:
    """Return what each command took on each store."""
    bin_ = installed.program()
    taken: dict[str, list[Taken]] = {command.typed: [] for command in commands}
    with tempfile.TemporaryDirectory() as folder:
        for place, file in enumerate(files):
            store = Path(shutil.copy(file, Path(folder) / f"{place}.db"))
            jobs = list(_jobs(bin_, store, Path(folder), commands))
            spent = take_turns(jobs, bin_ / "python", rounds, PATIENCE)
            store.unlink()
            for command in commands:
                taken[command.typed].append(spent[command.typed])
    return taken


def _jobs(bin_: Path, store: Path, folder: Path, commands: Sequence[Command]) -> Iterator[Job]:
    world = {**stores.WORLD, "HOME": str(folder), "IMPROV_DB": str(store)}
    deal = f"O{_value(store, _AN_OPEN_DEAL)}"
    for command in commands:

        def words(run: int, command: Command = command) -> Sequence[str]:
            return (str(bin_ / "improv"), *command.typed.format(deal=deal, run=run).split())

        def check(said: str, _run: int, command: Command = command) -> str | None:
            expected = command.says.format(deal=deal)
            return None if expected in said else f"it does not say {expected}"

        yield Job(command.typed, words, world, check)


# One that is still open, has a history, and nothing booked yet.
_AN_OPEN_DEAL: Final = """SELECT MAX(s.opportunity_id) FROM stage_stay AS s WHERE s.until IS NULL AND s.sequence > 1
AND s.opportunity_id NOT IN (SELECT o.opportunity_id FROM opportunity_outcome AS o WHERE o.until IS NULL)
AND s.opportunity_id NOT IN (SELECT e.opportunity_id FROM event AS e WHERE e.status = 'scheduled' AND e.opportunity_id > 0)"""


def _value(store: Path, sql: str) -> int:
    with contextlib.closing(sqlite3.connect(store)) as connection:
        return int(connection.execute(sql).fetchone()[0])


def ten_years(rounds: int) -> dict[str, Taken]:
    """Return what the commands of every day take after ten years, in a pipe and on a terminal."""
    bin_ = installed.program()
    asked = {f"improv {command.typed}".strip() for command in OF_A_LIFE}
    with tempfile.TemporaryDirectory() as folder:
        store = str(stores.store(TEN_YEARS, over=True))
        world = {**stores.WORLD, "HOME": folder, "IMPROV_DB": store}
        jobs = [
            startup.job(bin_, command, world, screen=screen)
            for command in startup.COMMANDS
            for screen in (False, True)
            if command.name in asked and command.most(screen=screen) is not None
        ]
        return take_turns(jobs, bin_ / "python", rounds, PATIENCE)


def growths(taken: Figures) -> list[Bound]:
    """Return how much longer each command takes on the largest store, of those that must not grow."""
    return [
        Bound(
            f"`{_name(command)}`", "", taken[command.typed][-1].cpu / taken[command.typed][0].cpu, MOST_GROWTH
        )
        for command in COMMANDS
        if not command.grows
    ]


def growths_of_a_life(taken: Figures, sizes: Sequence[int]) -> list[Bound]:
    """Return how much longer each command takes in each of the larger stores, of those that must not grow."""
    return [
        Bound(f"`{_name(command)}`", f"at {size:,} events", took.cpu / first.cpu, MOST_GROWTH)
        for command in OF_A_LIFE
        if not command.grows
        for first, *others in [taken[command.typed]]
        for size, took in zip(sizes[1:], others, strict=True)
    ]


def section(taken: Figures, sizes: Sequence[int]) -> str:
    """Return what does not grow in Markdown."""
    return "\n".join(
        ("## What does not grow", "", PROSE, *_grown(taken, sizes, COMMANDS, growths(taken)))
    ).rstrip()


def of_a_life(taken: Figures, sizes: Sequence[int], after: Mapping[str, Taken]) -> str:
    """Return what a working life costs in Markdown: how it grows, and what is promised after ten years."""
    grown = _grown(taken, sizes, OF_A_LIFE, growths_of_a_life(taken, sizes))
    told = "\n".join(("### A working life", "", PROSE_OF_A_LIFE, *grown)).rstrip()
    promised = [
        (
            f"`{command.name}`",
            *(cell for screen in (False, True) for cell in _kept(command, after, screen=screen)),
        )
        for command in startup.COMMANDS
        if command.name in after
    ]
    return "\n".join(
        (told, "", PROSE_OF_TEN_YEARS, table(("Command", "Pipe", "At most", "Terminal", "At most"), promised))
    )


def _kept(command: startup.Command, after: Mapping[str, Taken], *, screen: bool) -> tuple[str, str]:
    """Return what a command takes, and at most may; nothing where that is not asked for."""
    most, took = command.most(screen=screen), after.get(f"{command.name}{startup.ON if screen else ''}")
    if most is None or took is None:
        return "", ""
    ratio = figure(took.ratio)
    return ratio if took.ratio <= most else f"**{ratio}**", f"{most:g}"


def _grown(
    taken: Figures, sizes: Sequence[int], commands: Sequence[Command], promised: Sequence[Bound]
) -> Iterator[str]:
    head = ("Command", f"{sizes[0]:,} events, ms", *(f"{size:,}" for size in sizes[1:]))
    yield table(head, [_row(command, taken[command.typed]) for command in commands])
    yield ""
    yield from misses(promised, REASONS)


def _row(command: Command, took: Sequence[Taken]) -> tuple[str, ...]:
    smallest = took[0].cpu
    times = [one.cpu / smallest for one in took[1:]]
    told = [figure(each) if command.grows or each <= MOST_GROWTH else f"**{figure(each)}**" for each in times]
    return f"`{_name(command)}`", f"{1000 * smallest:.0f}", *told


def _name(command: Command) -> str:
    """Return a command as it is told: with the same opportunity and lead for every store."""
    return " ".join(("improv", *command.typed.format(deal="O7", run="").split()))


def main() -> None:
    """Measure, and print the section."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("stores", type=Path, nargs="*", metavar="STORE")
    asks.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    asks.add_argument("--lives", type=int, nargs="*", default=LIVES)
    asks.add_argument("--rounds", type=int, default=ROUNDS)
    asked = asks.parse_args()
    if files := [*map(stores.store, asked.sizes), *asked.stores]:
        sys.stdout.write(f"{section(measured(files, asked.rounds), _events(files))}\n\n")
    lives = [stores.store(size, over=True) for size in asked.lives]
    taken = measured(lives, asked.rounds, OF_A_LIFE)
    sys.stdout.write(f"{of_a_life(taken, _events(lives), ten_years(asked.rounds))}\n")


def _events(files: Sequence[Path]) -> list[int]:
    return [_value(file, "SELECT COUNT(*) FROM event") for file in files]


if __name__ == "__main__":
    main()
