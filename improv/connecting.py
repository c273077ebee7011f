"""A file as SQLite opens it for this program, and the patience with another command that has it.

Whoever waits looks up often enough for Ctrl-C to be heard, and so does SQLite where a statement takes long.
"""

import os
import sqlite3
from pathlib import Path

from improv import journal

BUSY_SECONDS = 30
HEARS_AFTER_MS = 250
_LOOKS_EVERY = 1_000_000  # steps of SQLite's machine: some 10 ms


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name, timeout=BUSY_SECONDS, isolation_level=None, uri=uri, check_same_thread=False
    )
    # Between two looks of its machine Ctrl-C is heard: a hostile store could keep SQLite busy for ever.
    connection.set_progress_handler(lambda: None, _LOOKS_EVERY)
    connection.execute("PRAGMA foreign_keys = ON")
    # The first statement that looks into the file is the first that may have to wait.
    patiently(connection, "PRAGMA synchronous = EXTRA")
    journal.prepare(connection)
    return connection


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """Open a file as a store, whatever its version and state. One that has just vanished is not made."""
    return _connect(f"file://{_written(path)}?mode={mode}", uri=True)


def _written(path: Path) -> str:
    """Return a path as it stands in an address; by the library of paths it would load all that addresses can be."""
    plain = bytes(range(128)).translate(None, b"%?#")
    return "".join(chr(byte) if byte in plain else f"%{byte:02x}" for byte in os.fsencode(path.absolute()))


def patiently(connection: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
    """Run a statement that may have to wait for another command, in short waits: between them Ctrl-C is heard."""
    connection.execute(f"PRAGMA busy_timeout = {HEARS_AFTER_MS}")
    try:
        for _ in range(int(BUSY_SECONDS * 1000 / HEARS_AFTER_MS)):
            try:
                return connection.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
        return connection.execute(statement)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
