"""Many rows in one statement: what SQLite does for each statement costs more than the row, above all in triggers.

The triggers fire for every row as they always do, so the journal is the same. Plain SQL.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain, islice
from typing import Final

_AT_ONCE: Final = 100  # with more nothing is gained, and the statements grow


def insert(
    connection: sqlite3.Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write rows of a table, whose columns `names` are, in their order."""
    most = min(_AT_ONCE, connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(names))
    left = iter(rows)
    while some := list(islice(left, most)):
        connection.execute(_statement(table, tuple(names), len(some)), list(chain.from_iterable(some)))


@cache
def _statement(table: str, names: tuple[str, ...], rows: int) -> str:
    one = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([one] * rows)}"
