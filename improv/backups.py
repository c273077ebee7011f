"""Copies of the whole store, and going back to one. A copy is SQLite's own, checked before it counts as one.

To go back, the copy is put in the store's place as one step of the file system, under the lock of every writer: who
waits for the lock finds the file moved, and SQLite refuses the write. What was there is kept among the
backups, so that going back can be taken back.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import NamedTuple

from improv import interrupts, storefile
from improv.errors import NotFound, Refused, StoreUnusable, Usage
from improv.history import HISTORY
from improv.migrations import APPLICATION_ID, VERSION, stranger

_NAME = "improv-{}.db"
_ANOTHER = "improv restore another-file"


class Contents(NamedTuple):
    """What a copy holds: its file, its size, how many records of each table, and the newest command in it."""

    path: Path
    size: int
    records: dict[str, int]
    entry: int
    command: str | None
    recorded_at: str | None


class Restored(NamedTuple):
    """What going back did: what is there now, where what was there is kept, and how many commands only that knows."""

    now: Contents
    kept: Path | None
    since: int | None


def back_up(path: Path, stamp: str, to: Path | None = None) -> Contents:
    """Copy the store to a file, or into a folder; unless told among its backups. `stamp` is the moment, for the name."""
    with contextlib.closing(storefile.open_to_read(path)) as connection, storefile.telling(path):
        if to is None:
            return look(storefile.backup(connection, path, stamp))
        to = to / _NAME.format(stamp) if to.is_dir() else to
        if to.exists() or to.is_symlink():
            raise Refused("there is a file already", str(to), "name another")
        storefile.refuse_own(to, path)
        if not to.parent.is_dir():
            raise Usage("there is no such folder", str(to.parent), "make it first, or name another")
        storefile.copy(connection, to)
    return look(to)


def look(path: Path) -> Contents:
    """Return what a copy holds; refuse what is no whole store of ours."""
    if storefile.missing(path):
        raise NotFound("there is no such file", str(path), f"ls -l {path.parent}")
    if not path.is_file() or not _begins_as_one(path):
        raise StoreUnusable("the file is not a store", str(path), _ANOTHER)
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            _check(connection, path)
            there = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            records = {
                table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
                for table in HISTORY
                if table in there
            }
            last = connection.execute(
                "SELECT id, command, recorded_at FROM journal_entry ORDER BY id DESC LIMIT 1"
            ).fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a name in it that is no text
        raise StoreUnusable("the file does not hold together", str(path), _ANOTHER) from error
    return Contents(path, path.stat().st_size, records, *(last or (0, None, None)))


def _begins_as_one(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(storefile.MAGIC)) == storefile.MAGIC


def _check(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")  # it may be anybody's file
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreUnusable("the file is another program's database", str(path), _ANOTHER)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreUnusable(
            f"the file is newer than this program (version {version}, this program knows {VERSION})",
            str(path),
            "upgrade improv, for example: pipx upgrade improv",
        )
    if version == VERSION and (found := stranger(connection)) is not None:
        raise StoreUnusable(
            f"the file is not made as this program makes it: there is a {found} in it", str(path), _ANOTHER
        )
    for pragma, whole in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
        if connection.execute(f"PRAGMA {pragma}").fetchall() != whole:
            raise StoreUnusable("the file does not hold together", str(path), _ANOTHER)


def restore(path: Path, source: Path) -> Restored:
    """Put a copy in the store's place, and keep what was there among the backups."""
    if source.exists() and path.exists() and source.samefile(path):
        raise Refused("this is the store itself", str(source), "improv restore a-backup")
    found = look(source)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = path.resolve()  # a link is followed: what it points to is replaced, and not the link
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
        made = Path(file.name)
    made.unlink()
    try:
        with contextlib.closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            storefile.copy(connection, made)
        kept, since = (
            (None, None) if storefile.missing(path) else _keep_and_replace(path, place, made, found.entry)
        )
        if kept is None:
            interrupts.hold()
            made.replace(place)
        storefile.sync_folder(place.parent)
    finally:
        made.unlink(missing_ok=True)
    return Restored(found, kept, since)


def _keep_and_replace(path: Path, place: Path, made: Path, entry: int) -> tuple[Path, int | None]:
    """Keep the store that is there, and put another in its place while nobody can read or write it."""
    try:
        # One holds the writers off, the other copies: SQLite copies nothing from a connection that may write.
        with (
            contextlib.closing(storefile.connect(path)) as held,
            contextlib.closing(storefile.connect(path)) as read,
        ):
            storefile.patiently(held, "BEGIN IMMEDIATE")
            last = read.execute("SELECT COALESCE(MAX(id), 0) FROM journal_entry").fetchone()[0]
            kept = storefile.backup(read, path, "before-restore")
            interrupts.hold()
            made.replace(place)
            held.execute("ROLLBACK")
            return kept, max(last - entry, 0)
    except sqlite3.DatabaseError as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in {
            sqlite3.SQLITE_BUSY,
            sqlite3.SQLITE_LOCKED,
        }:
            with storefile.telling(path):
                raise
    except StoreUnusable:
        pass  # damaged: its bytes are kept
    kept = storefile.next_backup(path, "damaged")
    kept.touch(mode=0o600)
    shutil.copyfile(place, kept)
    journal = place.with_name(place.name + "-journal")
    if journal.exists():  # what a killed writer left must not be played into another file
        journal.replace(kept.with_name(kept.name + "-journal"))
    made.replace(place)
    return kept, None


def size_words(size: int) -> str:
    """Return a size as a person reads it."""
    for unit, thousand in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= thousand:
            return f"{size / thousand:.1f} {unit}"
    return f"{size} bytes"
