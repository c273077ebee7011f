"""What the machine itself remembers: what was said of which alert, the outbox, and the runs of scheduled commands.

None of it is a record of the user's: neither journal nor undo knows it, and no looking back is applied to it. Only
commands meant for cron write it. Plain SQL on the store's own connection; the caller holds the transaction.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Final, Literal, NamedTuple

INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
State = Literal["waiting", "doubtful", "sent", "replaced"]


class Subject(NamedTuple):
    """What an alert is about: the flag's code and the record, by its letter and number."""

    code: str
    letter: str
    number: int


class Said(NamedTuple):
    """What a mail said of an alert: how grave it was, and on which day of the user's that was said."""

    severity: str
    on_day: str


class Letter(NamedTuple):
    """A message of the outbox: how it stands, and what went wrong last."""

    id: int
    message_id: str
    purpose: str
    recipients: tuple[str, ...]
    subject: str
    message: bytes
    state: State
    created_at: str
    attempts: int
    next_at: str
    sent_at: str | None
    error: str | None


def instant(moment: datetime) -> str:
    """Return a moment as it is kept: UTC text that sorts by time."""
    return moment.astimezone(UTC).strftime(INSTANT)


# What was said.


def said(connection: sqlite3.Connection) -> dict[Subject, Said]:
    """Return what mails have said of each alert: those accepted, and those of which nobody knows."""
    rows = connection.execute("SELECT code, letter, record_id, severity, said_on FROM memory_said")
    found = {Subject(*row[:3]): Said(*row[3:]) for row in rows}
    doubtful = connection.execute(
        "SELECT said FROM memory_mail WHERE state = 'doubtful' AND said IS NOT NULL ORDER BY id"
    )
    for (told,) in doubtful:
        found = _unpacked(told)
    return found


def _packed(told: Mapping[Subject, Said]) -> str:
    import json  # noqa: PLC0415 - only where something is said

    return json.dumps([[*subject, *words] for subject, words in told.items()])


def _unpacked(told: str) -> dict[Subject, Said]:
    import json  # noqa: PLC0415 - only where something was said

    return {Subject(*row[:3]): Said(*row[3:]) for row in json.loads(told)}


# The outbox.

_LETTER: Final = (
    "SELECT id, message_id, purpose, recipients, subject, message, state, created_at, attempts, next_at, sent_at, error "
    "FROM memory_mail"
)


def _letters(connection: sqlite3.Connection, which: str) -> list[Letter]:
    rows = connection.execute(f"{_LETTER} {which}")
    return [Letter._make((*row[:3], tuple(row[3].split(" ")), *row[4:])) for row in rows]


def put(  # noqa: PLR0913 - one parameter for each thing a message is kept with
    connection: sqlite3.Connection,
    *,
    purpose: str,
    message_id: str,
    recipients: Iterable[str],
    subject: str,
    message: bytes,
    at: datetime,
    told: Mapping[Subject, Said] | None = None,
    day: str | None = None,
    replaces: bool = False,
) -> None:
    """Put a message into the outbox, due at once.

    `told` is what has been said of every alert once it is accepted; `day` is the day it is the digest or the report
    of. `replaces`: one of the same purpose that is still waiting says nothing more; none of it ever left the machine.
    """
    if replaces:
        withdraw(connection, purpose)
    connection.execute(
        "INSERT INTO memory_mail (message_id, purpose, day, recipients, subject, message, said, state, "
        "created_at, next_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        (
            message_id,
            purpose,
            day,
            " ".join(recipients),
            subject,
            message,
            None if told is None else _packed(told),
            instant(at),
            instant(at),
        ),
    )


def waiting(connection: sqlite3.Connection) -> list[Letter]:
    """Return the messages that are not sent yet, the oldest first."""
    return _letters(connection, "WHERE state IN ('waiting', 'doubtful') ORDER BY id")


def letters(connection: sqlite3.Connection) -> list[Letter]:
    """Return every message there is, the newest first."""
    return _letters(connection, "ORDER BY id DESC")


def withdraw(connection: sqlite3.Connection, purpose: str) -> None:
    """Take back what waits to be sent for a purpose: it has become untrue before it left the machine."""
    connection.execute(
        "UPDATE memory_mail SET state = 'replaced' WHERE purpose = ? AND state = 'waiting'", (purpose,)
    )


def kept_for(connection: sqlite3.Connection, purpose: str, day: str, *, sent: bool = False) -> bool:
    """Tell whether there is a mail for a purpose and a day; `sent`: one that was sent, or may have been."""
    states = "('sent', 'doubtful')" if sent else "('waiting', 'sent', 'doubtful')"
    found = connection.execute(
        f"SELECT EXISTS (SELECT 1 FROM memory_mail WHERE purpose = ? AND day = ? AND state IN {states})",
        (purpose, day),
    )
    return bool(found.fetchone()[0])


def in_doubt(connection: sqlite3.Connection, number: int) -> None:
    """Write down that a message may be accepted from now on."""
    connection.execute("UPDATE memory_mail SET state = 'doubtful' WHERE id = ?", (number,))


def accepted(connection: sqlite3.Connection, number: int, at: datetime) -> None:
    """Write down that a message was accepted; from now on what it says has been said."""
    told = connection.execute("SELECT said FROM memory_mail WHERE id = ?", (number,)).fetchone()[0]
    connection.execute(
        "UPDATE memory_mail SET state = 'sent', sent_at = ?, error = NULL, attempts = attempts + 1 WHERE id = ?",
        (instant(at), number),
    )
    if told is not None:
        connection.execute("DELETE FROM memory_said")
        rows = [(*subject, *words) for subject, words in _unpacked(told).items()]
        connection.executemany("INSERT INTO memory_said VALUES (?, ?, ?, ?, ?)", rows)


def failed(
    connection: sqlite3.Connection, number: int, error: str, next_at: datetime, *, doubtful: bool
) -> None:
    """Write down that a message was not sent, or that nobody knows, and when it is tried again."""
    connection.execute(
        "UPDATE memory_mail SET state = ?, error = ?, attempts = attempts + 1, next_at = ? WHERE id = ?",
        ("doubtful" if doubtful else "waiting", error, instant(next_at), number),
    )


# The runs.

# Enough to see how the last weeks went, and no more.
_RUNS_KEPT: Final = 1000


def began(connection: sqlite3.Connection, command: str, at: datetime) -> int:
    """Write down that a command meant for cron began, and return the number of its run."""
    number = connection.execute(
        "INSERT INTO memory_run (command, started_at) VALUES (?, ?)", (command, instant(at))
    ).lastrowid
    assert number is not None  # noqa: S101 - an INSERT has one
    connection.execute("DELETE FROM memory_run WHERE id <= ?", (number - _RUNS_KEPT,))
    return number


def ended(connection: sqlite3.Connection, number: int, at: datetime, code: int) -> None:
    """Write down how a run ended."""
    connection.execute(
        "UPDATE memory_run SET ended_at = ?, exit_code = ? WHERE id = ?", (instant(at), code, number)
    )


def ran_before(connection: sqlite3.Connection, day: date) -> bool:
    """Tell whether any run began before a day (UTC is near enough: it only says whether somebody was there)."""
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM memory_run WHERE started_at < ?)", (day.isoformat(),)
    )
    return bool(found.fetchone()[0])


def last_success(connection: sqlite3.Connection, command: str) -> datetime | None:
    """Return when a command last began a run that ended without a failure."""
    found = connection.execute(
        "SELECT started_at FROM memory_run WHERE command = ? AND exit_code = 0 ORDER BY id DESC LIMIT 1",
        (command,),
    ).fetchone()
    return None if found is None else datetime.fromisoformat(found[0])
