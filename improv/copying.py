"""A store is copied: to its backups, or to a file. A copy is SQLite's own, and checked before it counts as one."""

import contextlib
import errno
import os
import shlex
import sqlite3
import tempfile
from datetime import date
from pathlib import Path

from improv import connecting, shelf
from improv.errors import ImprovError, StoreUnusable, reason_of

_PAGES = 2_000  # copied at a time: between them Ctrl-C is heard


def backup(connection: sqlite3.Connection, path: Path, why: str) -> Path:
    """Copy the store to its backups, and remove those that are too old to be kept."""
    try:
        with shelf.held(path) as folder:
            kept = shelf.next_in(folder, why)
            copy(connection, kept)
            shelf.thin(path)
    except OSError as error:
        raise _unmade("no backup could be made, and nothing was done", error, path) from error
    return kept


def backup_of_day(connection: sqlite3.Connection, path: Path, day: date) -> None:
    """Copy the store to its backups once a day; where another command is at it, leave that to it."""
    with contextlib.suppress(BlockingIOError), shelf.held(path, wait=False) as folder:
        if shelf.of_day(path, day) is None:
            copy(connection, shelf.next_in(folder, f"{shelf.DAILY}-{day}"))
            shelf.thin(path)


def backup_before(path: Path, what: str) -> Path | None:
    """Copy a store, whose write lock the caller holds, as it is before an import or the like; nothing of an empty one.

    None is removed for it before the caller has done what it set out to do.
    """
    try:
        with contextlib.closing(connecting.connect(path)) as connection:
            if not connection.execute("SELECT EXISTS (SELECT 1 FROM journal_entry)").fetchone()[0]:
                return None
            with shelf.held(path) as folder:
                kept = shelf.next_in(folder, f"before-{what}")
                copy(connection, kept)
    except OSError as error:
        raise _unmade(
            f"no backup could be made before the {what}, and nothing was done", error, path
        ) from error
    return kept


def _unmade(what: str, error: OSError, path: Path) -> ImprovError:
    """Return what is told where the folder of the backups takes none."""
    folder = shelf.folder_of(path)
    mend = (
        "make room there, and type it again"
        if error.errno == errno.ENOSPC
        else f"ls -ld {shlex.quote(str(folder))}"
    )
    return ImprovError(f"{what}: {reason_of(error)}", str(folder), mend)


def copy(connection: sqlite3.Connection, to: Path) -> None:
    """Copy a store by SQLite's backup call to a new file, checked and synced before it has its name."""
    with tempfile.NamedTemporaryFile(dir=to.parent, prefix=shelf.HALF, delete=False) as file:
        made = Path(file.name)
    try:
        with contextlib.closing(sqlite3.connect(made)) as target:
            _fill(target, connection)
        if not shelf.holds_together(made):
            raise StoreUnusable("the store is damaged: its backup does not hold together", str(to))
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(to)
    finally:
        made.unlink(missing_ok=True)
        shelf.journal_of(made).unlink(missing_ok=True)
    shelf.sync_folder(to.parent)


def _fill(target: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Copy all of a store as it is at one moment: nobody writes in between, and a wait for somebody ends."""
    source.execute("BEGIN")
    try:
        connecting.patiently(source, "SELECT 1 FROM sqlite_schema")
        source.backup(target, pages=_PAGES, progress=lambda *_: None)
    finally:
        source.execute("COMMIT")
