"""A book of records for tests: rows written straight as records, read back as of any day."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeVar

from improv import playbook, storefile
from improv.locking import Place
from improv.models import Record
from improv.playbook import Playbook
from improv.reader import Reader
from improv.store import Writing, writing

TODAY = date(2026, 11, 22)  # a Sunday
NOON = time(12, tzinfo=UTC)

Kept = TypeVar("Kept", bound=Record)


class Book:
    """One open transaction on a new store: `add` writes a record, `reader` reads all of it, on any day."""

    def __init__(self, work: Writing) -> None:
        self.work = work

    def add(self, model: type[Kept], **fields: object) -> Kept:
        """Write a record; days may be given as ISO text."""
        return self.work.add(model, **fields)

    def reader(self, as_of: date | str | None = None, *, playbook: Playbook | None = None) -> Reader:
        """Return a reader of the book, as of a day or as it is on the book's own day."""
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return Reader(self.work.connection, playbook or self.work.playbook, self.work.today, as_of=day)


@contextlib.contextmanager
def open_book(path: Path, today: date, use: Playbook | None = None) -> Iterator[Book]:
    """Open a new store and one transaction on it."""
    storefile.create(path, {"timezone": "Europe/Berlin", "currency": "EUR"})
    with writing(Place(path), use or playbook.load(), today, datetime.combine(today, NOON), "test") as work:
        yield Book(work)
