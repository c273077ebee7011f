"""Undo and redo: the changes of an entry of the journal, played backwards as an entry of their own. Plain SQL.

Because a row must still have the digest that the entry left, what a later command touched is never silently undone.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from improv import interrupts, journal, purges
from improv.errors import Refused, Usage
from improv.journal import instant
from improv.locking import Place, locked, nothing

_AT_ONCE = 5_000  # changes that are read before any of them is played back


def undo(path: Path, now: datetime, number: int | None = None) -> journal.Entry:
    """Undo the last command, or the one with this number; return what was undone."""
    with locked(Place(path), nothing) as held:
        connection = held.connection
        undone = journal.to_undo(connection) if number is None else _chosen(connection, number)
        purges.refuse_undo(connection, undone.id, undone.command)
        entry = journal.begin(connection, undone.command, instant(now), kind="undo", reverts=undone.id)
        _play(connection, undone.id, entry, undone.subject)
    return undone


def redo(path: Path, now: datetime) -> journal.Entry:
    """Do again what was undone last; return it. Refused after any new command."""
    with locked(Place(path), nothing) as held:
        connection = held.connection
        undone, undo_number = journal.to_redo(connection)
        entry = journal.begin(connection, undone.command, instant(now), kind="redo", reverts=undone.id)
        _play(connection, undo_number, entry, undone.subject)
    return undone


def _play(connection: sqlite3.Connection, number: int, entry: int, subject: str | None) -> None:
    """Play the changes of entry `number` backwards as the open `entry`, and keep them."""
    _play_back(connection, number)
    journal.close(connection, subject)
    interrupts.hold()
    try:
        connection.execute("COMMIT")
    except sqlite3.IntegrityError:
        _refuse_orphans(connection, entry)
        raise


def _chosen(connection: sqlite3.Connection, number: int) -> journal.Entry:
    chosen = journal.entry(connection, number)
    if chosen is None or chosen.kind != "do":
        raise Usage("no command has this number", f"#{number}", "improv history")
    if chosen.undone:
        raise Refused("this command is undone already", f"#{number} {chosen.command}", "improv redo")
    return chosen


def _play_back(connection: sqlite3.Connection, number: int) -> None:
    """Play the changes of an entry backwards within the open entry.

    Refused, naming the later command, when a row is no longer as the entry left it.
    """
    connection.execute("PRAGMA defer_foreign_keys = ON")
    touched = connection.execute("SELECT DISTINCT record FROM journal_change WHERE entry_id = ?", (number,))
    columns = {record: journal.columns_of(connection, record) for (record,) in touched.fetchall()}
    for record, listed in columns.items():
        _refuse_touched_later(connection, number, record, listed)
    statements = {record: _restoring(record, listed) for record, listed in columns.items()}
    for record, record_id, before, after in _backwards(connection, number):
        insert, update, delete = statements[record]
        if before is None:
            connection.execute(delete, (record_id,))
        else:
            connection.execute(insert if after is None else update, {"image": before, "id": record_id})


def _backwards(
    connection: sqlite3.Connection, number: int
) -> Iterator[tuple[str, int, str | None, int | None]]:
    """Yield the changes of an entry, the last one first; what grows meanwhile is another entry's."""
    sql = (
        "SELECT id, record, record_id, before, after_digest FROM journal_change "
        "WHERE entry_id = ? AND id < ? ORDER BY id DESC LIMIT ?"
    )
    last = 2**63 - 1
    while some := connection.execute(sql, (number, last, _AT_ONCE)).fetchall():
        last = some[-1][0]
        yield from (change for _, *change in some)


def _restoring(record: str, columns: list[str]) -> tuple[str, str, str]:
    taken = ", ".join(f"json_extract(:image, '$.{column}')" for column in columns)
    pairs = ", ".join(
        f"{column} = json_extract(:image, '$.{column}')" for column in columns if column != "id"
    )
    return (
        f"INSERT INTO {record} ({', '.join(columns)}) SELECT {taken}",
        f"UPDATE {record} SET {pairs} WHERE id = :id",
        f"DELETE FROM {record} WHERE id = ?",
    )


def _refuse_touched_later(
    connection: sqlite3.Connection, number: int, record: str, columns: list[str]
) -> None:
    row = journal.unlike(connection, record, columns, number).fetchone()
    if row is not None:
        raise Refused("a later command changed the same record", *_later(connection, record, row[0], row[1]))


def _later(connection: sqlite3.Connection, record: str, record_id: int, after_change: int) -> tuple[str, str]:
    """Return the command that changed a record last, and how to get it out of the way."""
    row = connection.execute(
        "SELECT e.kind, COALESCE(e.reverts, e.id), e.command FROM journal_change c "
        "JOIN journal_entry e ON e.id = c.entry_id "
        "WHERE c.record = ? AND c.record_id = ? AND c.id > ? ORDER BY c.id DESC LIMIT 1",
        (record, record_id, after_change),
    ).fetchone()
    if row is None:
        known = "SELECT 1 FROM journal_change WHERE record = ? AND record_id = ?"
        if connection.execute(known, (record, record_id)).fetchone() is None:
            return f"{record} {record_id}, which was purged", "improv history"
        return f"{record} {record_id} is not as the journal left it", "improv history"
    kind, number, command = row
    if kind == "undo":
        return f"#{number} {command}, which is undone", "improv redo, when nothing was typed since"
    return f"#{number} {command}", f"improv undo {number}, then undo this one again"


def _refuse_orphans(connection: sqlite3.Connection, number: int) -> None:
    """Refuse when after undoing (in the entry `number`) a row refers to one that is gone, naming the command in the way."""
    row = connection.execute("PRAGMA foreign_key_check").fetchone()
    if row is None:
        return
    record, record_id, parent, key = row
    restored = connection.execute(
        "SELECT 1 FROM journal_change WHERE entry_id = ? AND record = ? AND record_id = ?",
        (number, record, record_id),
    ).fetchone()
    if restored is None:
        raise Refused("a later command refers to the same record", *_later(connection, record, record_id, 0))
    (column,) = connection.execute(
        'SELECT "from" FROM pragma_foreign_key_list(?) WHERE id = ?', (record, key)
    ).fetchone()
    (parent_id,) = connection.execute(f"SELECT {column} FROM {record} WHERE id = ?", (record_id,)).fetchone()
    raise Refused(
        "a later command removed what this record belongs to", *_later(connection, parent, parent_id, 0)
    )
