"""What commands that send mail have in common: a run that is written down, a mail that is kept, and its delivery."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import TypeVar

from improv import memory, outbox, storefile
from improv.commands.desk import desk
from improv.commands.postbox import post
from improv.errors import ImprovError
from improv.mail import MailNotSent, Post
from improv.reader import Reader

Kept = TypeVar("Kept")


class Outgoing:
    """One run of a command that sends mail: the store's connection, and how this user's mail is sent."""

    def __init__(self, connection: sqlite3.Connection, way: Post) -> None:
        self.connection = connection
        self.post = way

    def keep(self, write: Callable[[sqlite3.Connection, Reader, Post], Kept]) -> Kept:
        """Read the store and put what is to be sent into the outbox, in one transaction."""
        here = desk()
        with outbox.transaction(self.connection):
            today = here.today(here.settings()["timezone"])
            return write(self.connection, Reader(self.connection, here.playbook(), today), self.post)

    def deliver(self, *, at_once: bool = False) -> int:
        """Send what is due and return how many were sent; what was not raises, and stays in the outbox."""
        here = desk()
        with outbox.alone(here.path) as mine:
            if not mine:
                return 0  # another run is at it, and what we kept goes out with it or with the next
            sent, failures = outbox.deliver(self.connection, self.post, here.now, at_once=at_once)
        for failure in failures[1:]:
            here.hint(failure.lines()[0])
        if failures:
            raise failures[0]
        if left := memory.waiting(self.connection):
            what = (
                f"{len(left)} mail{'s' if len(left) > 1 else ''} not sent yet: {left[0].error or 'not tried'}"
            )
            raise MailNotSent(what, left[0].subject, "tried again by a later run; at once: improv mail send")
        return sent


@contextlib.contextmanager
def outgoing(command: str) -> Iterator[Outgoing]:
    """Open the store for a command that sends mail, and write its run down, however it ends."""
    here = desk()
    here.refuse_looking_back()
    way = post(here.config().get("mail", {}), here.configuration, here.environment)
    with (
        contextlib.closing(storefile.open_to_write(here.path)) as connection,
        storefile.telling(here.path),
    ):
        with outbox.transaction(connection):
            run = memory.began(connection, command, here.now())
        code = ImprovError.exit_code
        try:
            yield Outgoing(connection, way)
            code = 0
        except ImprovError as error:
            code = error.exit_code
            raise
        finally:
            with outbox.transaction(connection):
                memory.ended(connection, run, here.now(), code)
