"""A store of any size, drawn by chance and brought in as anybody would: CSV files, `improv import`.

`python -m bench.generate STORE EVENTS` makes a store with about so many events, a tenth as many opportunities, half as many
stays in stages, and the leads, clients, visits and activities that go with them, over three years up to `TODAY`. The same
number makes the same records. With `--over` nearly all of them are over, as after a long working life: however many there
are, the same few dozen leads, opportunities and clients are still worked with.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

TODAY: Final = date(2026, 11, 23)
YEARS: Final = 3
# Of a working life: its years, how many opportunities the last of them brought; how many of these are open, how many
# clients are active, how many visits are booked.
LIFE: Final = 30
A_YEAR: Final = 100
OPEN: Final = 30
ACTIVE: Final = 40
BOOKED: Final = 8
LEAST: Final = 10  # events: those of one opportunity
STAGES: Final = ("intro", "mutual-discovery", "proposal", "realign", "overcome")
MEETINGS: Final = {
    "intro": "introductory-call",
    "mutual-discovery": "discovery-meeting",
    "proposal": "proposal-presentation",
    "realign": "realignment-meeting",
    "overcome": "final-questions-session",
}
SOURCES: Final = ("web", "referral", "event", "campaign")
REASONS: Final = ("price", "no-budget", "competitor")
GIVEN: Final = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Frances", "Ken", "Margaret", "Tony")
FAMILY: Final = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Allen", "Hamilton", "Hoare")

Row = Sequence[object]


class Book:
    """The rows of a book with so many opportunities; each table is drawn from a stream of its own."""

    # How many of those that may have ended by now did.
    closed = 0.9

    def __init__(self, opportunities: int) -> None:
        self.opportunities = opportunities
        self.won: list[int] = []
        self.lost: list[tuple[int, date]] = []
        self.stays: list[tuple[int, str, date]] = []

    def files(self) -> dict[str, Iterator[Row]]:
        """Return the rows of each file, by what is typed to bring it in; they are drawn in this order."""
        return {
            "import --as leads": self.leads(),
            "import --as opportunities": self.deals(),
            "import --as stages": self.stages(),
            "import --as events": self.events(),
            "import --as clients": self.clients(),
            "import --as visits": self.visits(),
            "import --as activities": self.activities(),
        }

    def opened(self, number: int) -> date:
        """Return the day an opportunity was opened: as many of them on each day of the years."""
        return TODAY - timedelta(YEARS * 365 - number * YEARS * 365 // self.opportunities)

    def over(self, number: int) -> bool:  # noqa: ARG002 - what a working life judges by
        """Whether nothing of an opportunity is still open, be it as young as it may; here chance alone closes them."""
        return False

    def wins(self, place: int, chance: random.Random) -> bool:
        """Whether an opportunity that ends in a stage is won."""
        return place == len(STAGES) - 1 and chance.random() < 0.5

    def since(self, number: int) -> date:
        """Return the day a client came of an opportunity."""
        return min(self.opened(number) + timedelta(90), TODAY)

    def visited(self, number: int, place: int, chance: random.Random) -> date:  # noqa: ARG002 - as above
        """Return the day of a visit of a client: one of the first year."""
        return self.since(number) + timedelta(chance.randrange(0, 360))

    def leads(self) -> Iterator[Row]:
        """Yield two leads for each opportunity: the one it came from, and one that came to nothing."""
        chance = random.Random("leads")  # noqa: S311 - a book, no secret
        yield "id", "name", "company", "email", "city", "received_on", "source", "score"
        for number in range(2 * self.opportunities):
            name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} {number}"
            mail = f"{name.replace(' ', '.').lower()}@example.com"
            day = self.opened(number // 2) - timedelta(chance.randrange(1, 30))
            score = chance.randrange(100)
            yield (
                f"L-{number}",
                name,
                f"Company {number // 3}",
                mail,
                "Berlin",
                day,
                chance.choice(SOURCES),
                score,
            )

    def deals(self) -> Iterator[Row]:
        """Yield the opportunities."""
        chance = random.Random("deals")  # noqa: S311
        yield "id", "title", "lead", "opened_on", "value", "close_on", "owner"
        for number in range(self.opportunities):
            opened = self.opened(number)
            value, owner = chance.randrange(1_000, 60_000), chance.choice(("Sam", "Kim"))
            close = opened + timedelta(chance.randrange(30, 120))
            yield f"O-{number}", f"Audit {number}", f"L-{2 * number}", opened, value, close, owner

    def stages(self) -> Iterator[Row]:
        """Yield the way of each opportunity through the funnel: five stays on average."""
        chance = random.Random("stages")  # noqa: S311
        yield "opportunity", "stage", "outcome", "since", "reason"
        for number in range(self.opportunities):
            day, place = self.opened(number), 0
            for _ in range(chance.choice((4, 5, 6, 7, 7))):
                if day > TODAY:
                    break
                self.stays.append((number, STAGES[place], day))
                yield f"O-{number}", STAGES[place], "", day, ""
                place = min(place + 1, 4) if chance.random() < 0.8 else max(place - 1, 0)
                day += timedelta(chance.randrange(1, 25))
            if self.over(number) or (day <= TODAY and chance.random() < self.closed):
                day = min(day, TODAY)
                if self.wins(place, chance):
                    self.won.append(number)
                    yield f"O-{number}", "", "won", day, ""
                else:
                    self.lost.append((number, day))
                    yield f"O-{number}", "", "lost", day, chance.choice(REASONS)

    def events(self) -> Iterator[Row]:
        """Yield two events for each stay, about."""
        chance = random.Random("events")  # noqa: S311
        yield (
            *("opportunity", "kind", "set_on", "scheduled_for", "scheduled_time", "status", "closed_on"),
            *("anticipated_stage", "actual_stage", "outcome"),
        )
        for number, stage, since in self.stays:
            for _ in range(2):
                day = since + timedelta(chance.randrange(1, 15))
                reached = chance.choice(STAGES)
                told = (
                    ("done", day, reached, chance.choice(("positive", "negative")))
                    if day <= TODAY and chance.random() < 0.85
                    else ("no-show", day, "", "")
                    if day <= TODAY
                    else ("cancelled", TODAY, "", "")
                    if self.over(number)
                    else ("scheduled", "", "", "")
                )
                status, closed, actual, outcome = told
                yield (
                    *(f"O-{number}", MEETINGS[stage], since, day, "10:00", status, closed),
                    *(chance.choice(STAGES), actual, outcome),
                )

    def clients(self) -> Iterator[Row]:
        """Yield a client for each opportunity that was won."""
        chance = random.Random("clients")  # noqa: S311
        yield "id", "name", "lead", "since_on", "owner", "health", "engagement", "revenue"
        for number in self.won:
            since = self.since(number)
            rated = chance.randrange(30, 100), chance.randrange(30, 100), chance.randrange(5_000, 90_000)
            yield f"C-{number}", f"Client {number}", f"L-{2 * number}", since, "Sam", *rated

    def visits(self) -> Iterator[Row]:
        """Yield four visits for each client."""
        chance = random.Random("visits")  # noqa: S311
        yield "client", "held_on", "satisfaction", "asked_testimonial", "asked_referral"
        for number in self.won:
            for place in range(4):
                day = self.visited(number, place, chance)
                if self.since(number) <= day <= TODAY:
                    asked = chance.choice(("yes", "no"))
                    yield f"C-{number}", day, chance.randrange(2, 6), asked, asked

    def activities(self) -> Iterator[Row]:
        """Yield two calls and mails for each opportunity."""
        chance = random.Random("activities")  # noqa: S311
        yield "kind", "opportunity", "done_on", "response", "owner"
        for number in range(self.opportunities):
            for kind in ("call", "email"):
                day = self.opened(number) + timedelta(chance.randrange(0, 20))
                if day <= TODAY:
                    yield kind, f"O-{number}", day, chance.choice(("yes", "no")), "Sam"


class WorkingLife(Book):
    """The rows of a book of many years in which all but the same few are over: closed, turned down, handed on, left.

    As many opportunities came in through the last year however many did before; what is not over is among them.
    """

    closed = 0.0

    def files(self) -> dict[str, Iterator[Row]]:
        """Return the rows of each file; what is said of leads once more, and what no import tells, comes last."""
        return {
            **super().files(),
            "import --as leads --mode update": self.handed_on(),
            "batch": self.commands(),
        }

    def opened(self, number: int) -> date:
        """Return the day an opportunity was opened: at the pace of the last year, or faster where a life is too short."""
        age = self.opportunities - number
        before = max(age - A_YEAR, 0)
        pace = min(365 / A_YEAR, (LIFE - 1) * 365 / self.opportunities)
        return TODAY - timedelta((age - before) * 365 // A_YEAR + int(before * pace))

    def over(self, number: int) -> bool:
        """Whether it is not among the last."""
        return number < self.opportunities - OPEN

    def wins(self, place: int, chance: random.Random) -> bool:
        """Whether it is won: so often that a year brings as many clients as are still there later."""
        return place > 0 and chance.random() < 0.7

    def left_on(self, number: int) -> date | None:
        """Return the day a client left, a year after it had come; the last have not."""
        if number >= self.won[-ACTIVE:][0]:
            return None
        return min(self.since(number) + timedelta(365), TODAY)

    def visited(self, number: int, place: int, chance: random.Random) -> date:
        """Return the day of a visit: one in each two months, back from today or from the day they left."""
        return (self.left_on(number) or TODAY) - timedelta(60 * place + chance.randrange(60))

    def leads(self) -> Iterator[Row]:
        """Yield the leads; those that came to nothing were turned down, but the last."""
        rows = super().leads()
        yield *next(rows), "qualified"
        for number, row in enumerate(rows):
            yield *row, "no" if number % 2 and self.over(number // 2) else ""

    def handed_on(self) -> Iterator[Row]:
        """Yield the leads whose opportunities were lost: they are marketing's again."""
        yield "id", "lifecycle", "as_of"
        for number, day in self.lost:
            yield f"L-{2 * number}", "lead", day

    def clients(self) -> Iterator[Row]:
        """Yield the clients, and the day they left."""
        rows = super().clients()
        yield *next(rows), "left_on"
        for number, row in zip(self.won, rows, strict=True):
            yield *row, self.left_on(number)

    def commands(self) -> Iterator[Row]:
        """Yield what no import tells: a task for each tenth opportunity, done but for the last, and visits ahead."""
        tasks = range(0, self.opportunities, 10)
        for task, number in enumerate(tasks, 1):
            day = self.opened(number)
            yield (f"task add call --about O{number + 1} --on {day} --due {day + timedelta(14)}",)
            if self.over(number):
                yield (f"task done K{task} --on {day + timedelta(7)}",)
        for client in range(min(BOOKED, len(self.won))):
            yield (f"visit schedule C{len(self.won) - client} {TODAY + timedelta(client)}",)


def write(events: int, folder: Path, *, over: bool = False) -> dict[str, Path]:
    """Write the files of a book with about so many events; return them by what is typed to bring each in, in that order."""
    book = WorkingLife(events // LEAST) if over else Book(events // LEAST)
    files = {}
    for typed, rows in book.files().items():
        files[typed] = folder / f"{typed.split()[-1]}.csv"
        _write(rows, files[typed])
    return files


def _write(rows: Iterable[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def generate(store: Path, events: int, *, over: bool = False) -> Iterator[str]:
    """Make a store with about so many events; yield what came in, and how long it took."""
    with tempfile.TemporaryDirectory() as name:
        for typed, file in write(events, Path(name), over=over).items():
            began = time.monotonic()
            words = [sys.executable, "-m", "improv", "--db", str(store.absolute()), *typed.split(), str(file)]
            subprocess.run(
                words,
                check=True,
                cwd=name,  # where rows that fail would go
                stdout=subprocess.DEVNULL,
                stderr=None if sys.stderr.isatty() else subprocess.DEVNULL,
                env={
                    "IMPROV_TODAY": TODAY.isoformat(),
                    "IMPROV_CONFIG": os.devnull,
                    "PYTHONPATH": os.environ.get("PYTHONPATH", str(Path(__file__).parent.parent)),
                    "TZ": "UTC",
                    "HOME": name,
                },
            )
            yield f"{typed}: {time.monotonic() - began:.1f} s"


def main(words: Sequence[str]) -> None:
    """Make the store that somebody asks for."""
    asked = argparse.ArgumentParser(
        "python -m bench.generate", description=(__doc__ or "").partition("\n\n")[2].replace("`", "")
    )
    asked.add_argument("store", type=Path, metavar="STORE", help="a file that is not there yet")
    asked.add_argument(
        "events", type=int, metavar="EVENTS", help="how many, about: 1000 takes seconds, 1000000 minutes"
    )
    asked.add_argument("--over", action="store_true", help="nearly all of them are over: a long working life")
    said = asked.parse_args(words)
    if said.store.exists():
        asked.error(f"{said.store} is there already: name a new file")
    if said.events < LEAST:
        asked.error(f"EVENTS is at least {LEAST}: a tenth of them are opportunities")
    for line in generate(said.store, said.events, over=said.over):
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"look at it with IMPROV_TODAY={TODAY} IMPROV_DB={said.store}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
