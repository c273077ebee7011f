"""What commands that send mail have in common: a run that is written down, a mail that is kept, and its delivery."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from improv import interrupts, memory, outbox, schedule, storefile
from improv.commands.desk import desk, zone
from improv.commands.postbox import post
from improv.errors import ImprovError, Interrupted, NotFound, Usage
from improv.memory import Letter
from improv.post import AGAIN, MailNotSent, Post, Unanswered
from improv.reader import Reader

Kept = TypeVar("Kept")
_LEFT: Final = "what is not sent yet goes out with the next run"
_ONCE: Final = "it is not kept: type it again later"
_LATER: Final = "nothing to do: it is tried again; at once: improv mail send"


class Outgoing:
    """One run of a command that sends mail: the store's connection, and how this user's mail is sent."""

    def __init__(self, connection: sqlite3.Connection, way: Post) -> None:
        self.connection = connection
        self.post = way

    def keep(self, write: Callable[[sqlite3.Connection, Reader, Post], Kept]) -> Kept:
        """Read the store and put what is to be sent into the outbox, in one transaction."""
        here = desk()
        # Nothing may open the store once more while we hold its lock: closing that file would let go of the lock.
        book, today = here.playbook(), here.today(here.settings()["timezone"])
        with outbox.transaction(self.connection):
            return write(self.connection, Reader(self.connection, book, today), self.post)

    def missed(self, command: str) -> list[str]:
        """Return the sentence about runs that were missed and that no mail has told of, if any were."""
        here = desk()
        timezone = here.settings()["timezone"]
        found = schedule.untold(self.connection, zone(timezone), here.now(), command)
        if not found:
            return []
        days = schedule.in_words(found, here.today(timezone))
        return [f"Missed: {days}. The machine was off, or mail could not be sent: improv doctor"]

    def deliver(self, *, at_once: bool = False) -> int:
        """Send what is due and return how many were sent; what was not raises, and stays in the outbox."""
        if not memory.waiting(self.connection):
            return 0
        here = desk()
        with outbox.alone(here.path) as mine:
            if not mine and not at_once:
                return 0  # the run that is sending just now takes all that is kept until it ends
            _wanted(mine)
            sent, failures = outbox.deliver(self.connection, self.post, here.now, at_once=at_once)
        for failure in failures[1:]:
            here.hint(failure.lines()[0])
        if failures:
            raise failures[0]
        if left := memory.waiting(self.connection):
            many = f"{len(left)} mails are" if len(left) > 1 else "a mail is"
            raise MailNotSent(f"{many} not sent yet: {left[0].error}", left[0].subject, _LATER)
        return sent


def hand_over_once(message: bytes, way: Post) -> None:
    """Send a message that is no mail of the outbox: somebody is there to see whether it went, and nobody else tries again."""
    from improv.mail import hand_over  # noqa: PLC0415 - only what sends loads it

    try:
        hand_over(message, way, in_doubt=lambda: None)
    except Unanswered as error:
        error.mend = f"ask {', '.join(way.to)} whether it came, before you send it again"
        raise
    except MailNotSent as error:
        error.mend = error.mend.replace(AGAIN, _ONCE)
        raise


def _wanted(mine: bool) -> None:
    if not mine:
        raise MailNotSent("another run has been sending for long", str(desk().path), "improv mail list")


@contextlib.contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what SQLite says into words that deny nothing: a command that sends keeps what it does bit by bit."""
    try:
        with storefile.telling(path):
            yield
    except ImprovError as error:
        error.what = error.what.replace("; nothing was changed", f"; {_LEFT}")
        raise


@contextlib.contextmanager
def outgoing(command: str) -> Iterator[Outgoing]:
    """Open the store for a command that sends mail, and write its run down, however it ends."""
    here = desk()
    refuse("as_of", "known_on", "output", "format")
    way = post(here.config().get("mail", {}), here.configuration, here.environment)
    with (
        contextlib.closing(storefile.open_to_write(here.path)) as connection,
        _telling(here.path),
    ):
        with outbox.transaction(connection):
            run = memory.began(connection, command, here.now())
        code = ImprovError.exit_code
        try:
            yield Outgoing(connection, way)
            interrupts.hold()  # it is done, and is written down as done
            code = 0
        except (Exception, KeyboardInterrupt) as error:
            if interrupts.caused(error):
                code = Interrupted.exit_code
                raise Interrupted(f"stopped; {_LEFT}") from error
            code = getattr(error, "exit_code", code)
            raise
        finally:
            with outbox.transaction(connection):
                memory.ended(connection, run, here.now(), code)


@contextlib.contextmanager
def noted(command: str) -> Iterator[None]:
    """Write down the run of a command that sends nothing, however it ends; the store is closed while it runs."""
    here = desk()

    def write(what: Callable[[sqlite3.Connection], Kept]) -> Kept:
        with (
            contextlib.closing(storefile.open_to_write(here.path)) as connection,
            storefile.telling(here.path),
            outbox.transaction(connection),
        ):
            return what(connection)

    run = write(lambda connection: memory.began(connection, command, here.now()))
    code = ImprovError.exit_code
    try:
        yield
        code = 0
    except ImprovError as error:
        code = error.exit_code
        raise
    finally:
        write(lambda connection: memory.ended(connection, run, here.now(), code))


def due(command: str, when: str | None) -> bool:
    """Tell whether a command is to be run now: always, unless it was told when it is due and has run well since."""
    if when is None:
        return True
    here = desk()
    mine = zone(here.settings()["timezone"])
    with (
        contextlib.closing(storefile.open_to_read(here.path)) as connection,
        storefile.telling(here.path),
    ):
        return schedule.is_due(connection, command, schedule.parse_due(when), mine, here.now())


def given_up(number: int) -> Letter:
    """Give up a message that is not sent yet, while nobody is sending it, and return it."""
    here = desk()
    refuse("as_of", "known_on", "output", "format")
    with (
        contextlib.closing(storefile.open_to_write(here.path)) as connection,
        storefile.telling(here.path),
        outbox.alone(here.path) as mine,
    ):
        _wanted(mine)
        with outbox.transaction(connection):
            found = memory.drop(connection, number)
    if found is None:
        raise NotFound("no mail of this number waits to be sent", str(number), "improv mail list")
    return found


def refuse(*options: str, to: str = "mail") -> None:
    """Refuse options of the whole program that say nothing to mail, or to what sends it: they tell of now."""
    for option in options:
        typed = getattr(desk(), option)
        if typed is not None:
            raise Usage(f"--{option.replace('_', '-')} says nothing to {to}", str(typed), "type it without")
