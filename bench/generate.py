"""A store of any size, drawn by chance and brought in as anybody would: CSV files, `improv import`.

`python -m bench.generate STORE EVENTS` makes a store with about so many events, a tenth as many opportunities, half as many
stays in stages, and the leads, clients, visits and activities that go with them, over three years up to `TODAY`. The same
number makes the same records.
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

    def __init__(self, opportunities: int) -> None:
        self.opportunities = opportunities
        self.won: list[int] = []
        self.stays: list[tuple[int, str, date]] = []

    def leads(self) -> Iterator[Row]:
        """Yield two leads for each opportunity: the one it came from, and one that came to nothing."""
        chance = random.Random("leads")  # noqa: S311 - a book, no secret
        yield "id", "name", "company", "email", "city", "received_on", "source", "score"
        for number in range(2 * self.opportunities):
            name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)} {number}"
            mail = f"{name.replace(' ', '.').lower()}@example.com"
            day = _opened(number // 2, self.opportunities) - timedelta(chance.randrange(1, 30))
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
            opened = _opened(number, self.opportunities)
            value, owner = chance.randrange(1_000, 60_000), chance.choice(("Sam", "Kim"))
            close = opened + timedelta(chance.randrange(30, 120))
            yield f"O-{number}", f"Audit {number}", f"L-{2 * number}", opened, value, close, owner

    def stages(self) -> Iterator[Row]:
        """Yield the way of each opportunity through the funnel: five stays on average."""
        chance = random.Random("stages")  # noqa: S311
        yield "opportunity", "stage", "outcome", "since", "reason"
        for number in range(self.opportunities):
            day, place = _opened(number, self.opportunities), 0
            for _ in range(chance.choice((4, 5, 6, 7, 7))):
                if day > TODAY:
                    break
                self.stays.append((number, STAGES[place], day))
                yield f"O-{number}", STAGES[place], "", day, ""
                place = min(place + 1, 4) if chance.random() < 0.8 else max(place - 1, 0)
                day += timedelta(chance.randrange(1, 25))
            if day <= TODAY and chance.random() < 0.9:
                if place == 4 and chance.random() < 0.5:
                    self.won.append(number)
                    yield f"O-{number}", "", "won", day, ""
                else:
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
            since = min(_opened(number, self.opportunities) + timedelta(90), TODAY)
            rated = chance.randrange(30, 100), chance.randrange(30, 100), chance.randrange(5_000, 90_000)
            yield f"C-{number}", f"Client {number}", f"L-{2 * number}", since, "Sam", *rated

    def visits(self) -> Iterator[Row]:
        """Yield four visits for each client."""
        chance = random.Random("visits")  # noqa: S311
        yield "client", "held_on", "satisfaction", "asked_testimonial", "asked_referral"
        for number in self.won:
            since = min(_opened(number, self.opportunities) + timedelta(90), TODAY)
            for _ in range(4):
                day = since + timedelta(chance.randrange(0, 360))
                if day <= TODAY:
                    asked = chance.choice(("yes", "no"))
                    yield f"C-{number}", day, chance.randrange(2, 6), asked, asked

    def activities(self) -> Iterator[Row]:
        """Yield two calls and mails for each opportunity."""
        chance = random.Random("activities")  # noqa: S311
        yield "kind", "opportunity", "done_on", "response", "owner"
        for number in range(self.opportunities):
            for kind in ("call", "email"):
                day = _opened(number, self.opportunities) + timedelta(chance.randrange(0, 20))
                if day <= TODAY:
                    yield kind, f"O-{number}", day, chance.choice(("yes", "no")), "Sam"


def _opened(number: int, of: int) -> date:
    return TODAY - timedelta(YEARS * 365 - number * YEARS * 365 // of)


KINDS: Final = {
    "leads": Book.leads,
    "opportunities": Book.deals,
    "stages": Book.stages,
    "events": Book.events,
    "clients": Book.clients,
    "visits": Book.visits,
    "activities": Book.activities,
}


def write(events: int, folder: Path) -> dict[str, Path]:
    """Write the files of a book with about so many events; return them by kind, in the order they are brought in."""
    book = Book(events // 10)
    files = {}
    for kind, rows in KINDS.items():
        files[kind] = folder / f"{kind}.csv"
        _write(rows(book), files[kind])
    return files


def _write(rows: Iterable[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def generate(store: Path, events: int) -> Iterator[str]:
    """Make a store with about so many events; yield what came in, and how long it took."""
    with tempfile.TemporaryDirectory() as name:
        for kind, file in write(events, Path(name)).items():
            began = time.monotonic()
            words = [sys.executable, "-m", "improv", "--db", str(store.absolute()), "import", str(file)]
            subprocess.run(
                [*words, "--as", kind],
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
            yield f"{kind}: {time.monotonic() - began:.1f} s"


def main(words: Sequence[str]) -> None:
    """Make the store that somebody asks for."""
    asked = argparse.ArgumentParser(
        "python -m bench.generate", description=(__doc__ or "").partition("\n\n")[2].replace("`", "")
    )
    asked.add_argument("store", type=Path, metavar="STORE", help="a file that is not there yet")
    asked.add_argument(
        "events", type=int, metavar="EVENTS", help="how many, about: 1000 takes seconds, 1000000 minutes"
    )
    said = asked.parse_args(words)
    if said.store.exists():
        asked.error(f"{said.store} is there already: name a new file")
    if said.events < LEAST:
        asked.error(f"EVENTS is at least {LEAST}: a tenth of them are opportunities")
    for line in generate(said.store, said.events):
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"look at it with IMPROV_TODAY={TODAY} IMPROV_DB={said.store}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
