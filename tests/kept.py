"""Stores that are made once for many tests: to be read on any day; who writes copies them."""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from improv import playbook, storefile
from improv.playbook import Playbook
from improv.reader import Reader
from improv.sample import fill
from tests.book import open_book
from tests.life import Life

MONDAY = date(2026, 11, 23)
SAMPLE = "sample"
# The sample book, and two random ones that know deals reopened, clients come back, and much that is missing.
KEPT = (SAMPLE, "life 6", "life 8")
# The sample book of another playbook, which is named after it: what holds of one funnel holds of another.
ANOTHER = "managed-services"


# What an hour of the consultant's costs, in minor units.
HOUR_COSTS = 9050


def priced(use: Playbook) -> Playbook:
    """Return a playbook as the consultant uses it, who knows what an hour costs."""
    return Playbook(**{**vars(use), "hour_costs": HOUR_COSTS})


class Kept:
    """A finished store: `reader` reads all of it, on any day, as known on any entry."""

    def __init__(self, path: Path, connection: sqlite3.Connection, today: date, use: Playbook) -> None:
        self.path = path
        self.connection = connection
        self.today = today
        self.playbook = priced(use)

    def reader(
        self, as_of: date | None = None, known_on: int | None = None, *, playbook: Playbook | None = None
    ) -> Reader:
        """Return a reader of the store, as of a day or on its own; an hour costs the same under every playbook."""
        book = self.playbook if playbook is None else priced(playbook)
        return Reader(self.connection, book, self.today, as_of=as_of, known_on=known_on)


@contextlib.contextmanager
def keep(path: Path, what: str, today: date) -> Iterator[Kept]:
    """Make a store by its name, and open it to read."""
    kind, _, seed = what.partition(" ")
    use = playbook.load(ANOTHER if kind == ANOTHER else "improv")
    with open_book(path, today, use) as book:
        if seed:
            Life(book, int(seed)).live(today)
        else:
            fill(book.work)
    with contextlib.closing(storefile.open_to_read(path)) as connection:
        yield Kept(path, connection, today, use)
