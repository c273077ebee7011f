"""Real files counted twice: imported as users do and measured, and read as plainly as can be."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from pathlib import Path

from improv import measure, playbook
from improv.dates import parse_period
from improv.metrics import find
from improv.metrics.reading import Reading
from improv.transfer.csvfile import open_csv
from improv.transfer.importer import run_import
from improv.transfer.mapping import read_mapping
from tests.book import TODAY, Book, open_book

Rows = list[dict[str, str]]
Words = tuple[object, ...]


def told(path: Path, delimiter: str = ",") -> Rows:
    """Read a file as the plainest reader does."""
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened, delimiter=delimiter))


def day(text: str) -> date:
    """Return the day a cell begins with."""
    return date.fromisoformat(text[:10])


def cents(text: str) -> int:
    """Return an amount in minor units."""
    return round(Fraction(text) * 100)


@contextmanager
def imported(folder: Path, *files: tuple[Path, Path], use: Path | str = "improv") -> Iterator[Book]:
    """Give a book with these files in it, each by its mapping; no row may fail unless the data is at fault."""
    with open_book(folder / "improv.db", TODAY, playbook.load(use)) as book:
        for source, mapping in files:
            made = read_mapping(mapping)
            run_import(book.work, open_csv(source, delimiter=made.delimiter, encoding=made.encoding), made)
        yield book


def measured(book: Book, name: str, period: str = "all") -> Reading:
    """Return what a metric is."""
    reader = book.reader()
    return measure.measure(reader, find(name), parse_period(period, reader.today))


def parts(book: Book, name: str, *keys: str) -> dict[Words, Reading]:
    """Return what a metric is for each value of its keys."""
    reader = book.reader()
    return dict(measure.by(reader, find(name), parse_period("all", reader.today), *keys))
