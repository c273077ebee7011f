"""A schedule under the machine's own cron: every minute, until one mail of each kind came and a second run sent none."""

import email
import os
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from email import policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.needed import lacking
from tests.run import run
from tests.session import must

pytestmark = pytest.mark.system("cron", "crontab")

# It looks at the full minute; the second run comes in the next one.
LONGEST = 150


class Inbox:
    """What arrived: the subject of each message."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Take a message."""
        assert isinstance(envelope.content, bytes)
        self.subjects.append(email.message_from_bytes(envelope.content, policy=policy.default)["Subject"])
        return "250 taken"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """Give a mail server and its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller.handler, port
    controller.stop()


@pytest.fixture
def crontab() -> Iterator[None]:
    """Empty the crontab for a test, and put back what was in it."""
    if os.geteuid():
        lacking("root, which cron runs as,")
    before = subprocess.run(["crontab", "-l"], capture_output=True, check=False)
    subprocess.run(["crontab", "-r"], capture_output=True, check=False)
    yield
    subprocess.run(["crontab", "-r"], capture_output=True, check=False)
    if not before.returncode:
        subprocess.run(["crontab", "-"], input=before.stdout, check=True)


def every_minute(log: Path) -> None:
    """Let the lines of the crontab run every minute, whenever they are due, and keep every word they say."""
    lines = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=True).stdout
    lines = re.sub(r"^\d+ \* ", "* * ", lines, flags=re.MULTILINE)
    lines = re.sub(r" --due .*", f" >> {log} 2>&1", lines)
    lines = lines.replace("/usr/bin/env ", "/usr/bin/env IMPROV_TODAY=2026-11-23 ")
    assert lines.count("* * * * * ") == 2
    subprocess.run(["crontab", "-"], input=lines, text=True, check=True)


def runs(store: Path) -> dict[str, int]:
    """Return how often each command ran well."""
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        return dict(
            connection.execute(
                "SELECT command, COUNT(*) FROM memory_run WHERE exit_code = 0 GROUP BY command"
            )
        )


@pytest.mark.usefixtures("crontab")
def test_a_minutes_schedule_delivers_one_mail_and_then_none(tmp_path: Path, inbox: tuple[Inbox, int]) -> None:
    """The flags and the weekly report, at the same moment, twice: each is mailed once, and no word is said."""
    arrived, port = inbox
    store, config, log = tmp_path / "it's 100%.db", tmp_path / "config.toml", tmp_path / "log"
    config.write_text(
        f'[mail]\nto = "sam@example.com"\nserver = "127.0.0.1"\nport = {port}\nsecurity = "none"\n', "utf-8"
    )
    must("init --timezone Europe/Berlin", store)
    must("client add Acme --on 2026-01-05", store)
    assert run("schedule", "install", db=store, config=config).code == 0
    every_minute(log)
    with subprocess.Popen(["cron", "-f"], stdin=subprocess.DEVNULL) as cron:
        try:
            until = time.monotonic() + LONGEST
            while sum(runs(store).values()) < 4 and time.monotonic() < until:
                time.sleep(0.5)
        finally:
            cron.terminate()
    assert log.read_text("utf-8") == ""
    assert runs(store) == {"alerts": 2, "report weekly": 2}
    assert sorted(subject.partition(":")[0] for subject in arrived.subjects) == [
        "1 critical, 2 new",
        "Weekly report – 2026-W48",
    ]
