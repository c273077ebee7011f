"""Many rows in one statement leave the store, and its journal, as row after row does."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from improv import bulk, journal
from improv.history import HISTORY
from tests.book import open_book
from tests.kept import MONDAY, SAMPLE, Kept

Insert = Callable[[sqlite3.Connection, str, list[str], list[tuple[object, ...]]], None]


def one_by_one(
    connection: sqlite3.Connection, table: str, names: list[str], rows: list[tuple[object, ...]]
) -> None:
    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)


def filled(path: Path, source: sqlite3.Connection, insert: Insert) -> dict[str, list[tuple[object, ...]]]:
    """Write every record of a store into an empty one, and return all that is in it, the journal too."""
    with open_book(path, MONDAY) as book:
        connection = book.work.connection
        connection.execute("PRAGMA defer_foreign_keys = ON")
        for table in HISTORY:
            names = journal.columns_of(source, table)
            insert(connection, table, names, source.execute(f"SELECT * FROM {table} ORDER BY id").fetchall())
        journal.close(connection, None)
        return {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()
            for name in (*HISTORY, "journal_change", "sqlite_sequence")
        }


def test_the_journal_is_that_of_row_after_row(tmp_path: Path, kept: Callable[..., Kept]) -> None:
    """Every change in its order, each with the digest of its row: of every table of the sample book."""
    source = kept(SAMPLE).connection
    single = filled(tmp_path / "single.db", source, one_by_one)
    many = filled(tmp_path / "many.db", source, bulk.insert)
    assert many == single
    assert len(many["journal_change"]) == sum(len(many[table]) for table in HISTORY) > bulk._AT_ONCE


def test_a_row_that_breaks_a_rule_is_refused_by_the_rule(tmp_path: Path) -> None:
    """The words are those of the store, whichever of the rows it is; an empty list is no row."""
    names = ["name", "name_folded", "received_on", "recorded_at"]
    good = ("Ada", "ada", "2026-11-02", "2026-11-02T09:00:00Z")
    with open_book(tmp_path / "improv.db", MONDAY) as book:
        bulk.insert(book.work.connection, "lead", names, [])
        with pytest.raises(sqlite3.IntegrityError, match="received_on_is_a_day"):
            bulk.insert(book.work.connection, "lead", names, [good, (*good[:2], "2026-02-30", good[3]), good])
        assert book.work.connection.execute("SELECT COUNT(*) FROM lead").fetchone() == (0,)
