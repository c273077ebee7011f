"""A copy of the store beside it, worked on while the store is read as ever, and put in its place when all is done.

It becomes the store as one step of the file system, under the lock of every writer, checked to be the file that was
copied: killed at any moment the store is as it was, or all of it is done.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from improv import connecting, interrupts, journal, shelf

_CACHE: Final = -4_000  # kB of the copy that are kept at hand


def named(path: Path, work: str) -> Path:
    """Return the file in which some work is done, such as a purge."""
    place = path.resolve()
    return place.with_name(f".{place.name}.{work}")


@contextlib.contextmanager
def copied(path: Path, made: Path, *, rolls_back: str = "MEMORY") -> Iterator[sqlite3.Connection]:
    """Copy the store to a file of its own, to be worked on; what a killed command left of one is removed.

    `rolls_back` is where SQLite keeps what it needs to take a statement back: in memory, or (DELETE) in a file.
    """
    forget(made)
    os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # `check_same_thread` as where the store itself is opened.
    with contextlib.closing(sqlite3.connect(made, isolation_level=None, check_same_thread=False)) as work:
        # It is thrown away when anything fails, and synced as a whole before it counts.
        for pragma in (f"journal_mode = {rolls_back}", "synchronous = OFF", f"cache_size = {_CACHE}"):
            work.execute(f"PRAGMA {pragma}")
        with contextlib.closing(connecting.connect(path)) as read:
            read.backup(work)
        work.execute("PRAGMA foreign_keys = ON")
        journal.prepare(work)
        yield work


def forget(made: Path) -> None:
    """Remove a copy that did not become the store, and what SQLite left of it."""
    for left in (made, shelf.journal_of(made)):
        left.unlink(missing_ok=True)


def put_in_place(made: Path, path: Path) -> None:
    """Let a file that is whole become the store: from here on Ctrl-C is not heard."""
    place = path.resolve()  # a link is followed: what it points to is replaced, and not the link
    with made.open("rb") as file:
        os.fsync(file.fileno())
    interrupts.hold()
    made.replace(place)
    shelf.sync_folder(place.parent)
