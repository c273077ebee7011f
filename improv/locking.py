"""The lock of every writer: held while a command writes, in the file that is the store to the end. Plain SQL."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from improv import connecting, storefile

Prepared = TypeVar("Prepared")


class Locked(Generic[Prepared]):
    """A store whose lock every other writer waits for, and which `file` it is."""

    def __init__(self, path: Path, connection: sqlite3.Connection, prepared: Prepared) -> None:
        self.path = path
        self.file = path.stat()
        self.connection = connection
        self.prepared = prepared

    def refuse_moved(self) -> None:
        """Refuse to go on where the file has been moved away meanwhile."""
        if self.is_moved:
            raise storefile.moved(self.path)

    @property
    def is_moved(self) -> bool:
        """Whether the file is not there any more, or another one is."""
        return storefile.missing(self.path) or not os.path.samestat(self.path.stat(), self.file)


@contextlib.contextmanager
def locked(path: Path, prepare: Callable[[sqlite3.Connection], Prepared]) -> Iterator[Locked[Prepared]]:
    """Open the store and begin to write; whatever is not committed is rolled back.

    What was kept in a file that has been moved away meanwhile is not acknowledged. `prepare` comes before the lock.
    """
    held = _waited_for(path, prepare)
    try:
        with storefile.telling(path):
            yield held
        held.refuse_moved()
    finally:
        with contextlib.suppress(sqlite3.Error):
            if held.connection.in_transaction:
                held.connection.execute("ROLLBACK")
        held.connection.close()


def _waited_for(path: Path, prepare: Callable[[sqlite3.Connection], Prepared]) -> Locked[Prepared]:
    """Wait for the lock of the store; where a long command has put another file in its place meanwhile, for that one's."""
    while True:
        connection = storefile.open_to_write(path)
        try:
            with storefile.telling(path):
                held = Locked(path, connection, prepare(connection))
                connecting.patiently(connection, "BEGIN IMMEDIATE")
            if not held.is_moved:
                return held
            if storefile.missing(path) and not storefile.make_again(path, connection):
                return held
        except BaseException:
            connection.close()
            raise
        connection.close()


def nothing(_: sqlite3.Connection) -> None:
    """Prepare nothing: what is written is plain SQL."""
