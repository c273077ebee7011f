"""The journal: what every command changed, so that it can be undone, redone and read back. Plain SQL.

Triggers on every record table write down each change: the entry it belongs to, the record, the row as it was before
(none when it was added) and a digest of the row after (none when it was removed). They see every writer alike, and
a write without an open entry is refused. The row after is the next change's before, or the record itself.

Undo (`undoing.py`) plays an entry's changes backwards, and is itself an entry.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from improv.errors import Refused
from improv.named import NamedTuple

if TYPE_CHECKING:
    from hashlib import blake2b

SCHEMA = """
CREATE TABLE journal_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recorded_at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('do', 'undo', 'redo')),
    command TEXT NOT NULL,
    subject TEXT,
    reverts INTEGER REFERENCES journal_entry (id),
    CHECK ((kind = 'do') = (reverts IS NULL))
);
CREATE INDEX journal_entry_reverts ON journal_entry (reverts, id);
CREATE TABLE journal_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entry_id INTEGER NOT NULL REFERENCES journal_entry (id),
    record TEXT NOT NULL,
    record_id INTEGER NOT NULL,
    before TEXT,
    after_digest INTEGER
);
CREATE INDEX journal_change_of_entry ON journal_change (entry_id);
CREATE INDEX journal_change_of_record ON journal_change (record, record_id);
CREATE TABLE journal_open (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), entry_id INTEGER);
INSERT INTO journal_open VALUES (1, NULL);
"""


class Entry(NamedTuple):
    """One command in the journal: its number, when it was typed in (UTC), its words, and whether it is undone."""

    id: int
    recorded_at: str
    kind: str
    command: str
    subject: str | None
    reverts: int | None
    undone: bool


def digest(image: bytes | None) -> int | None:
    """Return a signed 64-bit fingerprint of a row's image; none for no row."""
    return None if image is None else int.from_bytes(_hashing()(image, digest_size=8).digest(), signed=True)


@cache
def _hashing() -> "type[blake2b]":
    # The one of hashlib: a reader takes none, and OpenSSL, which hashlib brings along, takes a writer a fifth of Python's start.
    try:
        from _blake2 import blake2b  # noqa: PLC0415 - as said
    except ImportError:  # Python can be built without
        from hashlib import blake2b  # noqa: PLC0415 - as said

    return blake2b


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection the function that the triggers call; without it every write is refused."""
    connection.create_function("improv_digest", 1, digest, deterministic=True)


def digest_of(image: str) -> str:
    """Return the SQL of an image's fingerprint. Its bytes are taken: a damaged text is no text in UTF-8."""
    return f"improv_digest(CAST({image} AS BLOB))"


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table in their order."""
    return [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _image(row: str, columns: Iterable[str]) -> str:
    return "json_object(" + ", ".join(f"'{column}', {row}{column}" for column in columns) + ")"


def image(connection: sqlite3.Connection, table: str, number: int) -> str | None:
    """Return a record as the journal would keep it; nothing where it is not there."""
    row = connection.execute(
        f"SELECT {_image('', columns_of(connection, table))} FROM {table} WHERE id = ?", (number,)
    ).fetchone()
    return None if row is None else str(row[0])


def triggers(table: str, columns: list[str]) -> str:
    """Return the SQL that makes a table's three triggers; to be made anew when its columns change."""
    before, after = _image("OLD.", columns), digest_of(_image("NEW.", columns))
    made = []
    for verb, row, old, new in (
        ("INSERT", "NEW", "NULL", after),
        ("UPDATE", "OLD", before, after),
        ("DELETE", "OLD", before, "NULL"),
    ):
        name = f"journal_{table}_{verb.lower()}"
        made.append(
            f"DROP TRIGGER IF EXISTS {name};\n"
            f"CREATE TRIGGER {name} AFTER {verb} ON {table} BEGIN\n"
            "  INSERT INTO journal_change (entry_id, record, record_id, before, after_digest)\n"
            f"  VALUES ((SELECT entry_id FROM journal_open), '{table}', {row}.id, {old}, {new});\n"
            "END;\n"
        )
    return "".join(made)


def widen(connection: sqlite3.Connection, table: str) -> None:
    """Give every image of a table the last column it has, which was just added and is empty in all its rows.

    Else what was typed before would look as if it were touched since: it could not be undone. An image that did not
    fit its digest before does not fit it afterwards either.
    """
    *known, added = columns_of(connection, table)
    after = f"""COALESCE((SELECT n.before FROM journal_change n WHERE n.record = c.record AND n.record_id = c.record_id
        AND n.id > c.id ORDER BY n.id LIMIT 1), (SELECT {_image("x.", known)} FROM {table} x WHERE x.id = c.record_id))"""

    def wide(image: str) -> str:
        return f"substr({image}, 1, length({image}) - 1) || ',\"{added}\":null}}'"

    connection.execute(
        f"UPDATE journal_change AS c SET after_digest = {digest_of(wide(after))} "
        f"WHERE record = ? AND after_digest = {digest_of(after)}",
        (table,),
    )
    connection.execute(
        f"UPDATE journal_change SET before = {wide('before')} WHERE record = ? AND before IS NOT NULL",
        (table,),
    )


def instant(moment: datetime) -> str:
    """Return an instant as the journal writes it: UTC text that sorts by time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def begin(
    connection: sqlite3.Connection,
    command: str,
    recorded_at: str,
    *,
    kind: str = "do",
    reverts: int | None = None,
) -> int:
    """Open an entry in the current transaction and return its number."""
    cursor = connection.execute(
        "INSERT INTO journal_entry (recorded_at, kind, command, reverts) VALUES (?, ?, ?, ?)",
        (recorded_at, kind, command, reverts),
    )
    connection.execute("UPDATE journal_open SET entry_id = ?", (cursor.lastrowid,))
    assert cursor.lastrowid is not None  # noqa: S101 - an INSERT has one
    return cursor.lastrowid


def close(connection: sqlite3.Connection, subject: str | None) -> bool:
    """Close the open entry; say whether it changed anything. `subject` is the record it was about, such as L12."""
    (changes,) = connection.execute(
        "SELECT COUNT(*) FROM journal_change WHERE entry_id = (SELECT entry_id FROM journal_open)"
    ).fetchone()
    connection.execute(
        "UPDATE journal_entry SET subject = ?, changes = ? WHERE id = (SELECT entry_id FROM journal_open)",
        (subject, changes),
    )
    connection.execute("UPDATE journal_open SET entry_id = NULL")
    return bool(changes)


_LAST_REVERTER = "(SELECT r.kind FROM journal_entry r WHERE r.reverts = e.id ORDER BY r.id DESC LIMIT 1)"
_ENTRY = (
    "SELECT e.id, e.recorded_at, e.kind, e.command, e.subject, e.reverts, "
    f"CASE WHEN {_LAST_REVERTER} = 'undo' THEN 1 ELSE 0 END AS undone FROM journal_entry e"
)


def _entry(row: tuple[int, str, str, str, str | None, int | None, int]) -> Entry:
    return Entry(*row[:6], undone=bool(row[6]))


def entries(connection: sqlite3.Connection, limit: int, known_on: int | None = None) -> Iterator[Entry]:
    """Return the newest entries first, undo and redo among them; as known on an entry number, when one is given."""
    upto = "COALESCE(:known_on, 9223372036854775807)"
    known = _ENTRY.replace("r.reverts = e.id", f"r.reverts = e.id AND r.id <= {upto}")
    for row in connection.execute(
        f"{known} WHERE e.id <= {upto} ORDER BY e.id DESC LIMIT :limit",
        {"known_on": known_on, "limit": limit},
    ):
        yield _entry(row)


def entry(connection: sqlite3.Connection, number: int) -> Entry | None:
    """Return one entry, or nothing."""
    row = connection.execute(f"{_ENTRY} WHERE e.id = ?", (number,)).fetchone()
    return None if row is None else _entry(row)


def last_subject(connection: sqlite3.Connection, known_on: int | None = None) -> str | None:
    """Return the record touched last, for `@`; as known on an entry number, when one is given."""
    row = connection.execute(
        "SELECT subject FROM journal_entry WHERE subject IS NOT NULL AND id <= COALESCE(?, id) ORDER BY id DESC LIMIT 1",
        (known_on,),
    ).fetchone()
    return None if row is None else str(row[0])


def last_entry_before(connection: sqlite3.Connection, instant: str) -> int:
    """Return the number of the last entry recorded before an instant (UTC, as the store writes it); 0 for none.

    Clocks go back, so the highest number decides: what was typed in before that entry counts, whatever its clock said.
    """
    (number,) = connection.execute(
        "SELECT COALESCE(MAX(id), 0) FROM journal_entry WHERE recorded_at < ?", (instant,)
    ).fetchone()
    return int(number)


def was_written_before(connection: sqlite3.Connection, instant: str) -> bool:
    """Tell whether anything was recorded before an instant: mostly the first entry says so."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM journal_entry WHERE recorded_at < ?)", (instant,)
    ).fetchone()
    return bool(found)


def known_select(table: str, columns: Iterable[str]) -> str:
    """Return the SELECT that shows `table` as it stood when the entry `:known_on` was written.

    A row that no later entry changed is as it is; of the others, the first image after that entry is what stood
    then, and a row that has none was not there. A column that an old image lacks is empty.
    """
    listed = list(columns)
    taken = ", ".join(f"json_extract(c.before, '$.{column}') AS {column}" for column in listed)
    # The plus keeps to the index of entries: what was typed since is mostly little, and a record's whole history is not.
    later = f"FROM main.journal_change WHERE +record = '{table}' AND entry_id > :known_on"
    return (
        f"SELECT {', '.join(listed)} FROM main.{table} WHERE id NOT IN (SELECT record_id {later}) "
        f"UNION ALL SELECT {taken} FROM main.journal_change AS c "
        f"WHERE c.id IN (SELECT MIN(id) {later} GROUP BY record_id) AND c.before IS NOT NULL"
    )


def gone_select(table: str, columns: Iterable[str]) -> str:
    """Return the SELECT of the rows of `table` that were removed or undone, as they last stood; as known on `:known_on`."""
    taken = ", ".join(f"json_extract(c.before, '$.{column}') AS {column}" for column in columns)
    known = "{0}.entry_id <= COALESCE(:known_on, {0}.entry_id)".format
    return (
        f"SELECT {taken} FROM main.journal_change AS c "
        f"WHERE c.record = '{table}' AND c.after_digest IS NULL AND {known('c')} AND NOT EXISTS "
        "(SELECT 1 FROM main.journal_change AS d WHERE d.record = c.record AND d.record_id = c.record_id "
        f"AND d.id > c.id AND {known('d')})"
    )


def revisions(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[str],
    numbers: Iterable[int],
    known_on: int | None = None,
) -> Iterator[tuple[int, int, str]]:
    """Yield each time one of these columns of these records changed: the record, the entry, and when it was typed in.

    Being added, removed and brought back are changes, too.
    """
    shown = ("id", *columns)
    asked = ", ".join(f"'$.{column}'" for column in shown)
    # What stood after a change is the image before the next one, or the row itself.
    cursor = connection.execute(
        f"""
        SELECT c.record_id, c.entry_id, e.recorded_at FROM
          (SELECT id, record_id, entry_id, before, after_digest,
                  LEAD(before) OVER (PARTITION BY record_id ORDER BY id) AS next
           FROM main.journal_change
           WHERE record = :record AND record_id IN (SELECT value FROM json_each(:numbers))) AS c
        JOIN main.journal_entry AS e ON e.id = c.entry_id
        LEFT JOIN main.{table} AS x ON x.id = c.record_id
        WHERE c.entry_id <= COALESCE(:known_on, c.entry_id)
          AND json_extract(c.before, {asked}) IS NOT CASE WHEN c.after_digest IS NOT NULL
              THEN json_extract(COALESCE(c.next, {_image("x.", shown)}), {asked}) END
        ORDER BY c.id
        """,
        {"record": table, "numbers": f"[{', '.join(map(str, numbers))}]", "known_on": known_on},
    )
    yield from cursor


def to_undo(connection: sqlite3.Connection) -> Entry:
    """Return the newest command that is not undone; refused when there is none."""
    row = connection.execute(
        f"{_ENTRY} WHERE e.kind = 'do' AND COALESCE({_LAST_REVERTER}, 'redo') = 'redo' ORDER BY e.id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise Refused("there is nothing to undo", mend="improv history")
    return _entry(row)


def to_redo(connection: sqlite3.Connection) -> tuple[Entry, int]:
    """Return the command undone last and the number of the undo; refused after any new command."""
    row = connection.execute(
        "SELECT u.reverts, u.id FROM journal_entry u WHERE u.kind = 'undo' "
        "AND u.id = (SELECT MAX(r.id) FROM journal_entry r WHERE r.reverts = u.reverts) "
        "AND u.id > COALESCE((SELECT MAX(d.id) FROM journal_entry d WHERE d.kind = 'do'), 0) "
        "ORDER BY u.id DESC LIMIT 1"
    ).fetchone()
    undone = None if row is None else entry(connection, row[0])
    if undone is None:
        raise Refused("there is nothing to redo", mend="improv history")
    return undone, row[1]


def unlike(
    connection: sqlite3.Connection, record: str, columns: list[str], number: int | None = None
) -> sqlite3.Cursor:
    """Return the records that are not as an entry left them, or as the last one did: number, and number of the change."""
    # The plus keeps to the index of entries: a command changes a few records of a table, and an index of tables finds all.
    among = "record = :record" if number is None else "entry_id = :entry AND +record = :record"
    return connection.execute(
        f"""
        SELECT l.record_id, l.last_id FROM
          (SELECT record_id, MAX(id) AS last_id FROM journal_change WHERE {among} GROUP BY record_id) AS l
        JOIN journal_change c ON c.id = l.last_id
        LEFT JOIN {record} x ON x.id = l.record_id
        WHERE CASE WHEN x.id IS NULL THEN NULL ELSE {digest_of(_image("x.", columns))} END IS NOT c.after_digest
        """,
        {"entry": number, "record": record},
    )


def broken(connection: sqlite3.Connection, record: str, columns: list[str]) -> list[int]:
    """Return the records of a table whose journal does not hold together.

    What stood before a change must be what the last one left, the first must have added the record, and the last must
    have left it as it is.
    """
    rows = connection.execute(
        f"""
        SELECT c.record_id FROM (SELECT record_id, before, LAG(after_digest) OVER (PARTITION BY record_id ORDER BY id)
          AS left_so FROM journal_change WHERE record = :record) AS c WHERE {digest_of("c.before")} IS NOT c.left_so
        UNION SELECT x.id FROM {record} AS x
        WHERE x.id NOT IN (SELECT record_id FROM journal_change WHERE record = :record)
        """,
        {"record": record},
    )
    return sorted({number for (number,) in rows} | {row[0] for row in unlike(connection, record, columns)})


def broken_entries(connection: sqlite3.Connection, records: Iterable[str]) -> list[int]:
    """Return the entries that have not the changes they closed with, or one of no known record."""
    known = ", ".join(f"'{record}'" for record in records)
    rows = connection.execute(
        f"""
        SELECT e.id FROM journal_entry AS e LEFT JOIN journal_change AS c ON c.entry_id = e.id
        GROUP BY e.id HAVING COUNT(c.id) <> e.changes OR e.changes IS NULL
        UNION SELECT entry_id FROM journal_change WHERE record NOT IN ({known})
        UNION SELECT entry_id FROM journal_open WHERE entry_id IS NOT NULL
        """
    )
    return [number for (number,) in rows]
