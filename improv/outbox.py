"""The way out: every message is kept in the store before it is sent, and sent until a server has accepted it.

Two runs at once send one mail: whoever delivers holds a lock on a file beside the store. A message is marked as in
doubt just before the bytes that may make it the server's, and as sent on the answer; killed in between, it goes out
again as it is, under the same Message-ID. `docs/mail.md` says how small that window is.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from improv import connecting, memory
from improv.memory import Letter
from improv.post import MailNotSent, Post, Unanswered, Unreached

# Tried again by the next run after this long, twice as long after each further failure, up to the longest.
_FIRST_WAIT: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
_MOST_DOUBLINGS: Final = 7
# How long a run waits, in seconds, for another that is delivering.
_PATIENCE: Final = 30
_PAUSE: Final = 0.1


class _TakenBack(Exception):
    """Another run took the message back while it was on its way: a newer one says what is true by now."""


@contextlib.contextmanager
def alone(store: Path) -> Iterator[bool]:
    """Hold the right to deliver what the store keeps; False where another run holds it for long."""
    name = store.with_name(f"{store.name}.mail-lock")
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def deliver(
    connection: sqlite3.Connection, post: Post, now: Callable[[], datetime], *, at_once: bool = False
) -> tuple[int, list[MailNotSent]]:
    """Send what waits in the outbox and is due, the oldest first; return how many were, and why others were not.

    `at_once` tries everything, whenever its next attempt was due. The caller is `alone`; what another run keeps
    meanwhile is sent too.
    """
    sent, failures, tried = 0, list[MailNotSent](), set[int]()
    while letter := _next(connection, tried, None if at_once else now()):
        tried.add(letter.id)
        try:
            _send(connection, letter, post, now)
            sent += 1
        except _TakenBack:
            continue
        except MailNotSent as error:
            refused = letter.state == "waiting" and not isinstance(error, Unanswered)
            with transaction(connection):
                memory.failed(
                    connection, letter.id, error.what, now() + _wait(letter.attempts), refused=refused
                )
            failures.append(error)
            if isinstance(error, Unreached):
                break
    return sent, failures


def _next(connection: sqlite3.Connection, tried: set[int], now: datetime | None) -> Letter | None:
    """Return the next message to send; `now` leaves out what is not due yet."""
    return next(
        (
            letter
            for letter in memory.waiting(connection)
            if letter.id not in tried and (now is None or _is_due(letter, now))
        ),
        None,
    )


def _is_due(letter: Letter, now: datetime) -> bool:
    """Tell whether a message may be tried again. A clock that was set back must not hold it for years."""
    return not now < datetime.fromisoformat(letter.next_at) <= now + _LONGEST_WAIT


def _wait(failures: int) -> timedelta:
    """Return how long a message waits after one more failure."""
    return min(_FIRST_WAIT * (1 << min(failures, _MOST_DOUBLINGS)), _LONGEST_WAIT)


def _send(connection: sqlite3.Connection, letter: Letter, post: Post, now: Callable[[], datetime]) -> None:
    """Hand a message over, and write down first that it may be accepted, then that it was."""
    from improv.mail import hand_over  # noqa: PLC0415 - only where there is something to send

    def in_doubt() -> None:
        with transaction(connection):
            if not memory.in_doubt(connection, letter.id):
                raise _TakenBack

    message = memory.message(connection, letter.id)
    if not message:
        raise _TakenBack
    hand_over(message, post, in_doubt=in_doubt)
    with transaction(connection):
        memory.accepted(connection, letter.id, now())


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock, and keep all that is written within or nothing."""
    connecting.patiently(connection, "BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # Ctrl-C is heard after a COMMIT, too
            connection.execute("ROLLBACK")
        raise
