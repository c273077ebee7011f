"""What the machine itself remembers: the outbox, with what was said of which alert, what is scheduled, and how it ran.

None of it is a record of the user's: neither journal nor undo knows it, and no looking back is applied to it. Only
commands meant for cron write it. Plain SQL on the store's own connection; the caller holds the transaction.
"""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final, Literal

from improv.named import NamedTuple

INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
State = Literal["waiting", "doubtful", "sent"]
Way = Literal["cron", "systemd"]


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
    purpose: str
    subject: str
    state: State
    created_at: str
    attempts: int
    next_at: str
    sent_at: str | None
    error: str | None


class Planned(NamedTuple):
    """A command that the machine runs by itself: when it is due, by which way, and since when that holds."""

    command: str
    due: str
    way: Way
    since: datetime


def instant(moment: datetime) -> str:
    """Return a moment as it is kept: UTC text that sorts by time."""
    return moment.astimezone(UTC).strftime(INSTANT)


# The outbox.

# So many mails are kept: enough to look up what was said, and for no digest or report to be sent again.
_MAILS_KEPT: Final = 500
_OUT: Final = "state IN ('sent', 'doubtful')"


def said(connection: sqlite3.Connection) -> dict[Subject, Said]:
    """Return what the last mail about alerts said of each: the last one accepted, or that may have been."""
    rows = connection.execute(
        "SELECT told.value ->> 0, told.value ->> 1, told.value ->> 2, told.value ->> 3, told.value ->> 4 "
        f"FROM json_each((SELECT said FROM memory_mail WHERE said IS NOT NULL AND {_OUT} ORDER BY id DESC LIMIT 1)) told"
    )
    return {Subject(*row[:3]): Said(*row[3:]) for row in rows}


def put(
    connection: sqlite3.Connection,
    *,
    purpose: str,
    message_id: str,
    subject: str,
    message: bytes,
    at: datetime,
    told: Mapping[Subject, Said] | None = None,
    day: str | None = None,
) -> None:
    """Put a message into the outbox, due at once, or in the place of one for the same purpose that still waits.

    That one's failures and its next attempt are then the new one's: a server that is down is not asked more often.
    `told` is what has been said of every alert once it is accepted; `day` is the day it is the digest or the report
    of.
    """
    import json  # noqa: PLC0415 - only where there is something to say

    tried = connection.execute(
        "SELECT attempts, next_at, error FROM memory_mail WHERE purpose = ? AND state = 'waiting'", (purpose,)
    ).fetchone()
    withdraw(connection, purpose)
    words = None if told is None else json.dumps([[*subject, *words] for subject, words in told.items()])
    connection.execute(
        "INSERT INTO memory_mail (message_id, purpose, day, subject, message, said, state, created_at, "
        "attempts, next_at, error) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)",
        (message_id, purpose, day, subject, message, words, instant(at), *(tried or (0, instant(at), None))),
    )


def withdraw(connection: sqlite3.Connection, purpose: str) -> None:
    """Take back what waits to be sent for a purpose: it became untrue, and no server has it."""
    connection.execute("DELETE FROM memory_mail WHERE purpose = ? AND state = 'waiting'", (purpose,))


def drop(connection: sqlite3.Connection, number: int) -> Letter | None:
    """Give a message up that is not sent yet, and return it; what it was to say counts as not said."""
    found = next((letter for letter in waiting(connection) if letter.id == number), None)
    if found is not None:
        connection.execute("DELETE FROM memory_mail WHERE id = ?", (number,))
    return found


def waiting(connection: sqlite3.Connection) -> list[Letter]:
    """Return the messages that are not sent yet, the oldest first."""
    return _letters(connection, "WHERE state IN ('waiting', 'doubtful') ORDER BY id")


def letters(connection: sqlite3.Connection) -> list[Letter]:
    """Return every message there is, the newest first."""
    return _letters(connection, "ORDER BY id DESC")


def _letters(connection: sqlite3.Connection, which: str) -> list[Letter]:
    rows = connection.execute(f"SELECT {', '.join(Letter._fields)} FROM memory_mail {which}")
    return [Letter._make(row) for row in rows]


def message(connection: sqlite3.Connection, number: int) -> bytes:
    """Return a message as it goes over the wire; nothing of one that was taken back."""
    found = connection.execute("SELECT message FROM memory_mail WHERE id = ?", (number,)).fetchone()
    return found[0] if found else b""


def went_out(connection: sqlite3.Connection, purpose: str, day: str) -> bool:
    """Tell whether a mail for a purpose and a day was sent, or may have been."""
    found = connection.execute(
        f"SELECT EXISTS (SELECT 1 FROM memory_mail WHERE purpose = ? AND day = ? AND {_OUT})", (purpose, day)
    )
    return bool(found.fetchone()[0])


def in_doubt(connection: sqlite3.Connection, number: int) -> bool:
    """Write down that a message may be accepted from now on; False where it was taken back meanwhile."""
    return (
        connection.execute("UPDATE memory_mail SET state = 'doubtful' WHERE id = ?", (number,)).rowcount == 1
    )


def accepted(connection: sqlite3.Connection, number: int, at: datetime) -> None:
    """Write down that a message was accepted, and forget the oldest."""
    connection.execute(
        "UPDATE memory_mail SET state = 'sent', sent_at = ?, error = NULL, attempts = attempts + 1 WHERE id = ?",
        (instant(at), number),
    )
    connection.execute(
        "DELETE FROM memory_mail WHERE state = 'sent' AND id <= (SELECT MAX(id) FROM memory_mail) - ? "
        f"AND id < (SELECT MAX(id) FROM memory_mail WHERE said IS NOT NULL AND {_OUT})",
        (_MAILS_KEPT,),
    )


def failed(
    connection: sqlite3.Connection, number: int, error: str, next_at: datetime, *, refused: bool
) -> None:
    """Write down that a message was not sent, and when it is tried again.

    `refused`: surely nobody has it, so that it may be written anew; unless a later mail has left out what it says.
    """
    connection.execute(
        "UPDATE memory_mail SET error = ?, attempts = attempts + 1, next_at = ?, state = CASE WHEN ? AND NOT EXISTS ("
        " SELECT 1 FROM memory_mail later WHERE later.id > memory_mail.id AND later.purpose = memory_mail.purpose"
        ") THEN 'waiting' ELSE 'doubtful' END WHERE id = ?",
        (error, instant(next_at), refused, number),
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


def runs_well(connection: sqlite3.Connection, command: str, since: datetime) -> list[datetime]:
    """Return when a command began the runs since a moment that ended without a failure, the oldest first."""
    rows = connection.execute(
        "SELECT started_at FROM memory_run WHERE command = ? AND exit_code = 0 AND started_at >= ? ORDER BY started_at",
        (command, instant(since)),
    )
    return [datetime.fromisoformat(started) for (started,) in rows]


def last_told(connection: sqlite3.Connection, purpose: str) -> datetime | None:
    """Return when the last mail for a purpose that was sent, or may have been, was written."""
    (found,) = connection.execute(
        "SELECT MAX(created_at) FROM memory_mail WHERE purpose = ? AND state IN ('sent', 'doubtful')",
        (purpose,),
    ).fetchone()
    return None if found is None else datetime.fromisoformat(found)


# What is scheduled.


def scheduled(connection: sqlite3.Connection) -> list[Planned]:
    """Return what is scheduled, by the name of the command."""
    rows = connection.execute("SELECT command, due, way, since FROM memory_schedule ORDER BY command")
    return [Planned(command, due, way, datetime.fromisoformat(since)) for command, due, way, since in rows]


def schedule(connection: sqlite3.Connection, way: Way, due: Mapping[str, str], at: datetime) -> None:
    """Write down what is scheduled from now on, and nothing else; what stays as it is holds since it did before."""
    known = {(one.command, one.due): one.since for one in scheduled(connection)}
    unschedule(connection)
    rows = [(command, when, way, instant(known.get((command, when), at))) for command, when in due.items()]
    connection.executemany("INSERT INTO memory_schedule VALUES (?, ?, ?, ?)", rows)


def unschedule(connection: sqlite3.Connection) -> None:
    """Write down that nothing is scheduled."""
    connection.execute("DELETE FROM memory_schedule")
