"""The lock of every writer: held while a command writes, in the file that is the store to the end. Plain SQL."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from improv import connecting, storefile
from improv.errors import NotFound, StoreUnusable
from improv.named import NamedTuple

Prepared = TypeVar("Prepared")


class Place(NamedTuple):
    """Where a store is, and what makes one there where there is none; nothing does where it is not to be made."""

    path: Path
    make: Callable[[], object] | None = None


class Locked(Generic[Prepared]):
    """A store whose lock every other writer waits for, and which `file` it is."""

    def __init__(
        self, path: Path, file: os.stat_result | None, connection: sqlite3.Connection, prepared: Prepared
    ) -> None:
        self.path = path
        self.file = file
        self.connection = connection
        self.prepared = prepared

    def refuse_moved(self) -> None:
        """Refuse to go on where the file has been moved away meanwhile."""
        if self.is_moved:
            raise storefile.moved(self.path)

    @property
    def is_moved(self) -> bool:
        """Whether the file is not there any more, or another one is."""
        now = _file(self.path)
        return now is None or self.file is None or not os.path.samestat(now, self.file)


@contextlib.contextmanager
def locked(place: Place, prepare: Callable[[sqlite3.Connection], Prepared]) -> Iterator[Locked[Prepared]]:
    """Open the store and begin to write; whatever is not committed is rolled back.

    What was kept in a file that has been moved away meanwhile is not acknowledged. `prepare` comes before the lock.
    """
    held = _opened(place, prepare)
    while held is None:
        held = _opened(place, prepare)
    try:
        with storefile.telling(place.path):
            yield held
        held.refuse_moved()
    finally:
        with contextlib.suppress(sqlite3.Error):
            if held.connection.in_transaction:
                held.connection.execute("ROLLBACK")
        held.connection.close()


def _opened(place: Place, prepare: Callable[[sqlite3.Connection], Prepared]) -> Locked[Prepared] | None:
    """Open the store and wait for its lock; nothing where it is to be opened again.

    A long command has put another file in its place meanwhile, or who had just made it kept nothing and took it back.
    """
    path, make = place
    if make is not None:
        make()
    file = _file(path)
    try:
        connection = storefile.open_to_write(path)
    except (FileNotFoundError, NotFound, StoreUnusable) as error:
        # Made, and taken back before it was open: what is there by now may be the next one.
        vanished = not isinstance(error, StoreUnusable) or storefile.missing(path)
        if make is None or not vanished or path.is_symlink():
            raise
        return None
    try:
        with storefile.telling(path):
            held = Locked(path, file, connection, prepare(connection))
            connecting.patiently(connection, "BEGIN IMMEDIATE")
            if not held.is_moved or (storefile.missing(path) and not _comes_back(place, connection)):
                return held
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None


def _file(path: Path) -> os.stat_result | None:
    """Return which file the store is, before it is opened: none where it cannot be told, which opening it says in words."""
    try:
        return path.stat()
    except OSError:
        return None


def _comes_back(place: Place, connection: sqlite3.Connection) -> bool:
    """Tell whether a store that is gone may be made again: nothing was kept in it."""
    return place.make is not None and storefile.is_unused(connection)


def nothing(_: sqlite3.Connection) -> None:
    """Prepare nothing: what is written is plain SQL."""
