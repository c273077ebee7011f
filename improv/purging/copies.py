"""Copies of the store beside it that still hold a person: backups, and what a killed command left of one."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from improv import aside, shelf
from improv.purging.extent import Extent


def holding(path: Path, found: Extent) -> list[Path]:
    """Return the files beside a store, its backups first, in which the person still is."""
    return [file for file in _beside(path) if _holds(file, found)]


def _beside(path: Path) -> Iterator[Path]:
    place = path.resolve()
    for folder in dict.fromkeys(
        (shelf.folder_of(path), shelf.folder_of(place))
    ):  # of a link, and of the file it leads to
        yield from sorted(file for file in folder.glob("*") if file.is_file() and not file.is_symlink())
    yield from sorted(
        file
        for file in place.parent.glob(f".{place.name}.*")
        if file.is_file() and not file.is_symlink() and file != work_copy(path)
    )


def work_copy(path: Path) -> Path:
    """Return the file in which a purge is done, before it is put in the place of the store."""
    return aside.named(path, "purge")


def _holds(file: Path, found: Extent) -> bool:
    """Tell whether one of the person's records is in a copy: ids are never given twice. What is no store is searched."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")  # it may be anybody's file
            there = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            # Older versions gave a store no id.
            if _id(connection, there) in {None, _id(found.connection, {"store_setting"})}:
                return any(_has(connection, there, table, number) for table, number in found.persons)
    except sqlite3.Error:
        pass  # damaged, or none
    content = file.read_bytes()
    return any(word in content for word in found.words.raw())


def _id(connection: sqlite3.Connection, there: set[str]) -> str | None:
    if "store_setting" not in there:
        return None
    row = connection.execute("SELECT value FROM store_setting WHERE key = 'id'").fetchone()
    return None if row is None else str(row[0])


def _has(connection: sqlite3.Connection, there: set[str], table: str, number: int) -> bool:
    known = f"SELECT 1 FROM {table} WHERE id = ?" if table in there else "SELECT 1 WHERE ? IS NULL"
    kept = "SELECT 1 FROM journal_change WHERE record = ? AND record_id = ?"
    return bool(
        connection.execute(known, (number,)).fetchone()
        or connection.execute(kept, (table, number)).fetchone()
    )
