"""The way out: every message is kept in the store before it is sent, and sent until a server has accepted it.

Two runs at once send one mail: whoever delivers holds a lock on a file beside the store. A message is marked as in
doubt just before the bytes that may make it the server's, and as sent on the answer; killed in between, it goes out
again as it is, under the same Message-ID. `docs/cron.md` says how small that window is.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from improv import mail, memory
from improv.mail import MailNotSent, Post, Unanswered
from improv.storefile import patiently

# Tried again by the next run after this long, twice as long after each further failure, up to the longest.
_FIRST_WAIT: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
_MOST_DOUBLINGS: Final = 7
# How long a run waits, in seconds, for another that is delivering.
_PATIENCE: Final = 30
_PAUSE: Final = 0.1


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

    `at_once` tries everything, whenever its next attempt was due. The caller is `alone`.
    """
    sent, failures = 0, list[MailNotSent]()
    for letter in memory.waiting(connection):
        # A clock that was set back must not hold a mail for years.
        due = datetime.fromisoformat(letter.next_at)
        if not at_once and now() < due <= now() + _LONGEST_WAIT:
            continue
        try:
            mail.hand_over(
                letter.message,
                post,
                in_doubt=partial(_kept, connection, memory.in_doubt, letter.id),
            )
        except MailNotSent as error:
            doubtful = isinstance(error, Unanswered)
            wait = min(_FIRST_WAIT * 2 ** min(letter.attempts, _MOST_DOUBLINGS), _LONGEST_WAIT)
            with transaction(connection):
                memory.failed(connection, letter.id, error.what, now() + wait, doubtful=doubtful)
            failures.append(error)
        else:
            _kept(connection, memory.accepted, letter.id, now())
            sent += 1
    return sent, failures


def _kept(connection: sqlite3.Connection, write: Callable[..., None], *values: object) -> None:
    """Write something down, synced to the disk before anything else happens."""
    with transaction(connection):
        write(connection, *values)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock, and keep all that is written within or nothing."""
    patiently(connection, "BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
