"""Killed at any moment, with a server in any mood and runs at once: no mail is lost, and none comes twice unannounced.

`MAIL_KILLS=200` runs so many; `make mail-faults` does.
"""

import contextlib
import email
import os
import random
import re
import signal
import sqlite3
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from email.policy import default
from pathlib import Path

import pytest
import trustme

from tests.run import Result, run, spawn, start
from tests.system.postoffice import CANARY, STEPS, Mood, Office, kind, open_office, settings

pytestmark = pytest.mark.system
KILLS = int(os.environ.get("MAIL_KILLS", "20"))
FIRST = date(2026, 11, 23)
# Where a server may be in a mood, and which: mostly it is kind, for else nothing would ever arrive.
MOODS = ("451 later", "550 never", "cut", "deaf")


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Give a certificate for this machine, and who signed it."""
    authority, path = trustme.CA(), tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context, path


class World:
    """A store, a server, and commands as processes of their own."""

    def __init__(self, folder: Path, office: Office, authority: Path) -> None:
        self.folder, self.office, self.db = folder, office, folder / "improv.db"
        self.config = settings(folder, office.port)
        self.extra = {"SSL_CERT_FILE": str(authority), "MAIL_PASSWORD": CANARY}
        self.today = FIRST
        self.doubted = set[str]()

    def type(self, *words: str) -> Result:
        """Type a command and wait for it."""
        return spawn(*words, db=self.db, today=self.today, config=self.config, extra=self.extra)

    def must(self, *words: str) -> None:
        """Type a command that has to succeed, in this process."""
        assert run(*words, db=self.db, today=self.today).code == 0

    def run_and_kill(self, *words: str, after: float) -> None:
        """Start a command, and kill it when it has run so long."""
        with start(*words, db=self.db, today=self.today, config=self.config, extra=self.extra) as process:
            time.sleep(after)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)

    def mails(self) -> dict[str, str]:
        """Return how each mail stands, by its Message-ID; those that are in doubt are remembered."""
        with contextlib.closing(sqlite3.connect(self.db, timeout=30)) as connection:
            found = dict(connection.execute("SELECT message_id, state FROM memory_mail").fetchall())
        self.doubted |= {name for name, state in found.items() if state == "doubtful"}
        return found

    def is_due(self) -> None:
        """Let what waits be due now: the moments between two runs are not waited for."""
        with contextlib.closing(sqlite3.connect(self.db, timeout=30)) as connection, connection:
            connection.execute("UPDATE memory_mail SET next_at = created_at WHERE state <> 'sent'")


@pytest.fixture
def world_of(tmp_path: Path, trusted: tuple[ssl.SSLContext, Path]) -> Iterator[World]:
    """Give a world with an empty store."""
    with open_office(trusted[0]) as office:
        made = World(tmp_path, office, trusted[1])
        assert made.type("init", "--timezone", "Europe/Berlin").code == 0
        yield made


def told_in(message: bytes) -> tuple[list[str], list[str]]:
    """Return which leads a mail tells to have no source, and which to have one by now."""
    body = email.message_from_bytes(message, policy=default).get_body(("plain",))
    assert body is not None
    text = body.get_content()
    new, _, cleared = text.partition("Cleared ──")
    return re.findall(r"^warning +L3 +(L\d+) ", new, re.MULTILINE), re.findall(
        r"^L3 +(L\d+) ", cleared, re.MULTILINE
    )


def moody(luck: random.Random) -> Mood:
    """Return a mood: at one step, one thing amiss; half of the time nothing."""
    if luck.random() < 0.5:
        return kind
    step = luck.choice(STEPS)
    answer = luck.choice(MOODS) if step != "END" else luck.choice((*MOODS, "lost"))
    return lambda at: answer if at == step else ""


def test_killed_at_any_moment_every_alert_is_told_once(
    world_of: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Leads without a source come and get one, between runs that are killed at random or meet a server in any mood."""
    here, luck = world_of, random.Random(KILLS)  # noqa: S311 - no secret
    here.must("lead", "add", "Lead1")
    took = time.monotonic()
    here.type("alerts", "--email")
    took = time.monotonic() - took
    leads, open_ones = 1, {"L1"}
    for _ in range(KILLS):
        if luck.random() < 0.7:
            leads += 1
            open_ones.add(f"L{leads}")
            here.must("lead", "add", f"Lead{leads}")
        if open_ones and luck.random() < 0.3:
            mended = luck.choice(sorted(open_ones))
            open_ones.remove(mended)
            here.must("lead", "edit", mended, "--source", "web")
        here.office.mood = moody(luck)
        here.is_due()
        here.run_and_kill("alerts", "--email", after=luck.uniform(0.4, 1.2) * took)
        here.mails()
        if luck.random() < 0.3:
            here.is_due()
            here.type("alerts", "--email")
            here.mails()
    here.office.mood = kind
    for _ in range(3):
        here.is_due()
        result = here.type("alerts", "--email")
        here.mails()
    assert (result.code, result.out, result.err) == (0, "", "")
    with capsys.disabled():
        judge(here, open_ones, sys.stdout.write)


def judge(here: World, open_ones: set[str], say: Callable[[str], object]) -> None:
    """Count what was lost and what came twice, and say so."""
    states, arrived = here.mails(), here.office.ids()
    assert set(states.values()) <= {"sent"}
    lost = states.keys() - arrived.keys()
    twice = {name for name, times in arrived.items() if times > 1}
    in_order = list(states)
    by_id = {
        str(email.message_from_bytes(one, policy=default)["Message-ID"]): told_in(one)
        for one in here.office.got
    }
    known, told_twice = set[str](), Counter[str]()
    for name in in_order:
        new, cleared = by_id[name]
        told_twice.update(known & set(new))
        known = (known | set(new)) - set(cleared)
    say(
        f"{KILLS} runs killed: {len(states)} mails, {len(lost)} lost, {len(twice)} twice, "
        f"of these {len(twice - here.doubted)} outside the window; "
        f"{len(open_ones ^ known)} alerts lost, {told_twice.total()} told twice\n"
    )
    assert not lost
    assert not twice - here.doubted
    assert arrived.keys() == states.keys()
    assert known == open_ones
    assert not told_twice


def test_eight_runs_at_once_send_one_mail(world_of: World) -> None:
    """The first that comes keeps it and sends it; the others find nothing to tell, and say nothing."""
    here = world_of
    here.must("lead", "add", "Ada")
    started = [
        start("alerts", "--email", db=here.db, today=here.today, config=here.config, extra=here.extra)
        for _ in range(8)
    ]
    ended = [(process.communicate(timeout=60), process.wait()) for process in started]
    assert ended == [(("", ""), 0)] * 8
    assert list(here.office.ids().values()) == [1]
