"""Runs that send mail and are killed at any moment, while alerts come and clear; and what arrived in the end."""

import contextlib
import email
import random
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.run import Result, run, spawn, start
from tests.session import behind

TODAY = date(2026, 11, 23)
ALERTS = ("alerts", "--email")


class World:
    """A store whose leads have no source until somebody mends it, and commands as processes of their own."""

    def __init__(self, folder: Path, config: Path, extra: Mapping[str, str], seed: int) -> None:
        self.db, self.config, self.extra = folder / "improv.db", config, extra
        self.luck = random.Random(seed)  # noqa: S311 - no secret
        self.leads = 0
        self.up, self.doubted = set[str](), set[str]()
        self.must("init", "--timezone", "Europe/Berlin")

    def must(self, *words: str) -> None:
        """Type a command that has to succeed, in this process."""
        assert run(*words, db=self.db, today=TODAY).code == 0

    def type(self, *words: str) -> Result:
        """Type a command and wait for it."""
        return spawn(*words, db=self.db, today=TODAY, config=self.config, extra=self.extra)

    def come(self) -> None:
        """Let an alert come up."""
        self.leads += 1
        self.up.add(f"L{self.leads}")
        self.must("lead", "add", f"Lead{self.leads}")

    def clear(self) -> None:
        """Let one clear."""
        lead = self.luck.choice(sorted(self.up))
        self.up.remove(lead)
        self.must("lead", "edit", lead, "--source", "web")

    def change(self) -> None:
        """Let alerts come and clear, or not."""
        if self.luck.random() < 0.7:
            self.come()
        if self.up and self.luck.random() < 0.3:
            self.clear()

    def send(self, killed_after: float | None = None) -> Result | None:
        """Run as cron does, perhaps killed when it has run so many seconds."""
        # The waits between two attempts are tested elsewhere, and not waited for.
        behind(self.db, "UPDATE memory_mail SET next_at = created_at WHERE state <> 'sent'")
        result = None
        if killed_after is None:
            result = self.type(*ALERTS)
        else:
            with start(*ALERTS, db=self.db, today=TODAY, config=self.config, extra=self.extra) as process:
                time.sleep(killed_after)
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=60)
        self.mails()
        return result

    def took(self) -> float:
        """Run once, with one mail to send, and return how many seconds it takes."""
        self.come()
        began = time.monotonic()
        self.send()
        return time.monotonic() - began

    def mails(self) -> dict[str, str]:
        """Return how each mail stands, by its Message-ID, in their order; those that are in doubt are remembered."""
        with contextlib.closing(sqlite3.connect(self.db, timeout=30)) as connection:
            found = dict(
                connection.execute("SELECT message_id, state FROM memory_mail ORDER BY id").fetchall()
            )
        self.doubted |= {name for name, state in found.items() if state == "doubtful"}
        return found

    def judge(self, got: Iterable[bytes]) -> str:
        """Judge what arrived, once all is quiet, and return the count.

        A mail that was kept has arrived; one that arrived twice was in doubt; whoever reads them in their order knows
        what is up, and was told nothing twice.
        """
        states, arrived = self.mails(), [read(one) for one in got]
        times = Counter(str(one["Message-ID"]) for one in arrived)
        told = {str(one["Message-ID"]): told_in(one) for one in arrived}
        known, again = set[str](), 0
        for name in [name for name in states if name in told]:
            new, cleared = told[name]
            again += len(known & new)
            known = (known | new) - cleared
        lost = len(states.keys() - times.keys()) + len(self.up ^ known)
        twice = {name for name, number in times.items() if number > 1}
        assert set(states.values()) <= {"sent"}
        assert (lost, again, twice - self.doubted, times.keys() - states.keys()) == (0, 0, set(), set())
        return f"{len(states)} mails about {self.leads} alerts: 0 lost; {len(twice)} twice, all of them in doubt before"


def read(message: bytes) -> EmailMessage:
    """Return a message as a mail program reads it."""
    found = email.message_from_bytes(message, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def told_in(message: EmailMessage) -> tuple[set[str], set[str]]:
    """Return of which leads a mail tells that they have no source, and of which that they have one by now."""
    body = message.get_body(("plain",))
    assert body is not None
    new, _, cleared = body.get_content().partition("Cleared ──")
    return (
        set(re.findall(r"^warning +L3 +(L\d+) ", new, re.MULTILINE)),
        set(re.findall(r"^L3 +(L\d+) ", cleared, re.MULTILINE)),
    )
