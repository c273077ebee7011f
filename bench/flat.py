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

from bench import installed, stores
from bench.bounds import Bound, figure, misses, table
from bench.records import FAIR
from bench.turns import Job, Taken, take_turns

SIZES: Final = (1_000, 10_000, 100_000)
ROUNDS: Final = 9
# Seconds after which a command is run no more than three times.
PATIENCE: Final = 10.0
MOST_GROWTH: Final = 1.15
REASONS: Final = {
    "`improv event done O7`": "It tells what the event earned and how the month stands: both look through the events for the "
    "days they were closed on, and an index of those days would serve little else.",
    "`improv undo`": "It looks whether an open sale stands in a stage that is not in the playbook any more, and a store of "
    "this size has 16,000 open ones.",
    "`improv complete -- show Gra`": "A tenth of all leads are called Grace; the last sixty of them are offered.",
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
    Command(f"lead list --source {FAIR}", FAIR, grows=True),
    Command("", "Today", grows=True),
    Command("todo", "fill", grows=True),
    Command("alerts", "Red flags", grows=True),
    Command("check", "The charter", grows=True),
)

PROSE: Final = f"""\
The same commands of the installed program, in a pipe, on stores of different sizes: CPU time, medians of {ROUNDS}
alternating runs (of three where they take seconds). The first figure is in milliseconds; the others are multiples of it.
What is about one record, or about the last commands, may take at most {MOST_GROWTH} times as long on the largest; a figure
in bold takes longer. Below stand pages about the whole book, which grow with what they have to read: a list of twenty
leads looks at all of them for their source, today's page counts the red flags, and `improv alerts` names every one.
"""


def measured(files: Sequence[Path], rounds: int) -> Figures:
    """Return what each command took on each store."""
    bin_ = installed.program()
    taken: dict[str, list[Taken]] = {command.typed: [] for command in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for place, file in enumerate(files):
            store = Path(shutil.copy(file, Path(folder) / f"{place}.db"))
            spent = take_turns(list(_jobs(bin_, store, Path(folder))), bin_ / "python", rounds, PATIENCE)
            store.unlink()
            for command in COMMANDS:
                taken[command.typed].append(spent[command.typed])
    return taken


def _jobs(bin_: Path, store: Path, folder: Path) -> Iterator[Job]:
    world = {**stores.WORLD, "HOME": str(folder), "IMPROV_DB": str(store)}
    deal = f"O{_value(store, _AN_OPEN_DEAL)}"
    for command in COMMANDS:

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


def growths(taken: Figures) -> list[Bound]:
    """Return how much longer each command takes on the largest store, of those that must not grow."""
    return [
        Bound(
            f"`{_name(command)}`", "", taken[command.typed][-1].cpu / taken[command.typed][0].cpu, MOST_GROWTH
        )
        for command in COMMANDS
        if not command.grows
    ]


def section(taken: Figures, sizes: Sequence[int]) -> str:
    """Return the section of the page in Markdown."""
    head = ("Command", f"{sizes[0]:,} events, ms", *(f"{size:,}" for size in sizes[1:]))
    rows = [_row(command, taken[command.typed]) for command in COMMANDS]
    return "\n".join(
        ("## What does not grow", "", PROSE, table(head, rows), "", *misses(growths(taken), REASONS))
    ).rstrip()


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
    asks.add_argument("--rounds", type=int, default=ROUNDS)
    asked = asks.parse_args()
    files = [*map(stores.store, asked.sizes), *asked.stores]
    sizes = [_value(file, "SELECT COUNT(*) FROM event") for file in files]
    sys.stdout.write(f"{section(measured(files, asked.rounds), sizes)}\n")


if __name__ == "__main__":
    main()
