"""Files for the tests: of imports, written small or the real ones written anew, and of backups."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from improv import shelf
from improv.transfer.result import ImportResult
from tests.book import Book

Importer = Callable[..., ImportResult]
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def backups_of(store: Path) -> list[Path]:
    """Return the files of a store's backups, the newest last."""
    return [one.path for one in shelf.listed(store)]


def written(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    """Write a file and return where it is."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rewritten(
    source: Path,
    to: Path,
    change: Callable[[list[dict[str, str]]], None] | None = None,
    *,
    rename: Callable[[str], str] = str,
    order: Callable[[Sequence[str]], Sequence[str]] = list,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Path:
    """Write a file again with its columns renamed, in another order, and its cells changed."""
    with source.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    if change is not None:
        change(rows)
    columns = order(list(rows[0]))
    with to.open("w", encoding=encoding, newline="") as target:
        writer = csv.writer(target, delimiter=delimiter)
        writer.writerow([rename(column) for column in columns])
        writer.writerows([row[column] for column in columns] for row in rows)
    return to


def rows(book: Book, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in the book."""
    return book.work.connection.execute(sql).fetchall()
