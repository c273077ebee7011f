"""Seals: a digest of every row that is no record, so that silent damage to it shows as damage to a record does.

A record is held against its last change in the journal; the settings, the journal's own entries, and what the machine
remembers have no journal. Triggers keep a digest of each of their rows in a table of its own. Plain SQL.
"""

import sqlite3
from collections.abc import Iterator
from typing import Final

from improv.journal import columns_of, digest_of

SCHEMA: Final = """
CREATE TABLE seal (
    place TEXT NOT NULL,
    key TEXT NOT NULL,
    digest INTEGER NOT NULL,
    PRIMARY KEY (place, key)
) WITHOUT ROWID;
"""

# The tables that are sealed, each with the column that tells its rows apart.
SEALED: Final = {
    "store_setting": "key",
    "journal_entry": "id",
    "memory_mail": "id",
    "memory_run": "id",
    "memory_schedule": "command",
    "purge": "entry_id",
}


def _digest(row: str, columns: list[str]) -> str:
    """Return the SQL of a row's digest; `quote` tells text from bytes and a number from its digits."""
    return digest_of(" || ',' || ".join(f"quote({row}{column})" for column in columns))


def _seal(table: str, row: str, columns: list[str]) -> str:
    return (
        f"INSERT INTO seal VALUES ('{table}', {row}{SEALED[table]}, {_digest(row, columns)}) "
        "ON CONFLICT (place, key) DO UPDATE SET digest = excluded.digest;"
    )


def triggers(connection: sqlite3.Connection, table: str) -> str:
    """Return the SQL that makes a sealed table's triggers; to be made anew when its columns change."""
    columns = columns_of(connection, table)
    gone = f"DELETE FROM seal WHERE place = '{table}' AND key = OLD.{SEALED[table]};"
    made = []
    for verb, what in (
        ("INSERT", _seal(table, "NEW.", columns)),
        ("UPDATE", f"{gone}\n  {_seal(table, 'NEW.', columns)}"),
        ("DELETE", gone),
    ):
        name = f"seal_{table}_{verb.lower()}"
        made.append(
            f"DROP TRIGGER IF EXISTS {name};\nCREATE TRIGGER {name} AFTER {verb} ON {table} BEGIN\n  {what}\nEND;\n"
        )
    return "".join(made)


def reseal(connection: sqlite3.Connection, table: str) -> None:
    """Seal every row of a table as it is: for a step that made the table or gave it a column."""
    columns = columns_of(connection, table)
    connection.execute("DELETE FROM seal WHERE place = ?", (table,))
    connection.execute(
        f"INSERT INTO seal SELECT '{table}', x.{SEALED[table]}, {_digest('x.', columns)} FROM {table} AS x"
    )


def broken(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield the rows that are not as they were sealed: the table and what tells the row apart."""
    for table, key in SEALED.items():
        columns = columns_of(connection, table)
        yield from connection.execute(
            f"""
            SELECT '{table}', CAST(x.{key} AS TEXT) FROM {table} AS x
            LEFT JOIN seal AS s ON s.place = '{table}' AND s.key = CAST(x.{key} AS TEXT)
            WHERE s.digest IS NOT {_digest("x.", columns)}
            UNION ALL SELECT s.place, s.key FROM seal AS s
            WHERE s.place = '{table}' AND s.key NOT IN (SELECT CAST({key} AS TEXT) FROM {table})
            """
        )
    known = ", ".join(f"'{table}'" for table in SEALED)
    yield from connection.execute(f"SELECT place, key FROM seal WHERE place NOT IN ({known})")
