"""Where others' records still name somebody: what is told after a purge, and taken out where that was asked for."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from improv.history import HISTORY
from improv.nouns import BY_TABLE, ref
from improv.purging.extent import Extent, Row, keys_of
from improv.recorded import RECORDED

# What other people are called, and who of ours did it: told, and never rewritten. So is a question somebody saved.
_OTHERS: Final = frozenset(
    {
        *("name", "contact_name", "company", "email", "phone", "website", "known_as", "external_id"),
        *("owner", "assigned_to", "assigned_by", "written_by", "collected_by", "unit"),
        *("noun", "query", "options", "url", "tag", "parts"),
    }
)
_KEYS: Final = frozenset(place for places in RECORDED.values() for place in places)
# Fixed words, and text of another form than people's.
_FIXED: Final = frozenset(
    {"recorded_at", "kind", "status", "state", "verdict", "outcome", "ending", "field", "code"}
)


def texts_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table in which people write."""
    return [
        name
        for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall()
        if kind == "VARCHAR"
        and (table, name) not in _KEYS
        and (name not in _FIXED or (table, name) == ("activity", "outcome"))
    ]


def free(column: str) -> bool:
    """Tell whether a column holds words that may be rewritten without making another record untrue."""
    return column.removesuffix("_folded") not in _OTHERS


def standing(found: Extent) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the records that stay and still name the person: the table, the number, and in which columns."""
    for table in HISTORY:
        columns = texts_of(found.connection, table)
        going = found.gone.get(table, set())
        if not columns:
            continue
        for number, *texts in found.connection.execute(
            f"SELECT id, {', '.join(columns)} FROM main.{table} ORDER BY id"
        ):
            # Nearly no row does: all of one is looked at together first.
            if number in going or not found.words.found(" ".join(filter(None, texts))):
                continue
            named = [column for column, text in zip(columns, texts, strict=True) if found.words.found(text)]
            if named:
                yield table, number, named


def take_out(found: Extent) -> None:
    """Take the person's name out of the words that others' records keep."""
    for table, number, columns in list(standing(found)):
        for column in filter(free, columns):
            (text,) = found.connection.execute(
                f"SELECT {column} FROM {table} WHERE id = ?", (number,)
            ).fetchone()
            found.connection.execute(
                f"UPDATE {table} SET {column} = ? WHERE id = ?", (found.words.blanked(text), number)
            )


def said(connection: sqlite3.Connection, row: Row) -> str:
    """Return a record as it is told: its id, or, where it has none, what it is and whose."""
    table, number = row
    if table in BY_TABLE:
        return ref(table, number)
    for key in keys_of(connection):
        if key.child == table and key.parent in BY_TABLE:
            found = connection.execute(f"SELECT {key.column} FROM {table} WHERE id = ?", (number,)).fetchone()
            if found and found[0] is not None:
                return f"a {table.replace('_', ' ')} of {ref(key.parent, found[0])}"
    return f"{table.replace('_', ' ')} {number}"


def refs_of(found: Extent) -> tuple[str, ...]:
    """Return the records of others that still name the person, as they are told."""
    rows = ((table, number) for table, number, _ in standing(found))
    return tuple(dict.fromkeys(said(found.connection, row) for row in rows))
