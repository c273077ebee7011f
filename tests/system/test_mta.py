"""Mail by Debian's exim, on the loopback and by its sendmail, into a mailbox of this machine."""

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest

from improv import memory
from tests.mailbox import Mailbox
from tests.needed import lacking
from tests.system.killed import World, read

pytestmark = pytest.mark.system("exim4")
KILLS = int(os.environ.get("MAIL_KILLS", "20"))
NAMES = (
    "<b>Bold</b> & Søn",
    "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
    "a, b; c: <eve@example.com>",
    "株式会社 👩‍💻",
    ".",
    "-oQ/tmp",
)
CONFIG = """
primary_hostname = localhost.example
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
qualify_domain = example.com
untrusted_set_sender = *
keep_environment =
acl_smtp_rcpt = judge
begin acl
judge:
  deny local_parts = nobody
       message = there is no such mailbox
  accept hosts = 127.0.0.1
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  user = Debian-exim
"""


@dataclass
class Exim:
    """An exim of our own: a folder with its queue and mailbox, a port, and its sendmail."""

    folder: Path
    port: int

    @property
    def sendmail(self) -> Path:
        """The program that takes mail."""
        return self.folder / "sendmail"

    def config(self, where: Path, *, by: str, to: str = "sam@example.com") -> Path:
        """Write settings that send by the port or by the program."""
        server = f'server = "localhost"\nport = {self.port}\nsecurity = "none"\ntimeout = 20'
        way = server if by == "port" else f'sendmail = "{self.sendmail}"'
        where.write_text(f'[mail]\nto = "{to}"\nfrom = "improv@example.com"\n{way}\n')
        return where

    def got(self, number: int) -> list[bytes]:
        """Return what arrived, once so many have: it is delivered after it was taken."""
        until = time.monotonic() + 20
        while len(self.files()) < number and time.monotonic() < until:
            time.sleep(0.05)
        return [path.read_bytes() for path in self.files()]

    def files(self) -> list[Path]:
        """Return the files of the mailbox, in the order of their names."""
        return sorted((self.folder / "mail").glob("new/*"))


@pytest.fixture
def exim() -> Iterator[Exim]:
    """Give an exim of our own, listening."""
    if os.geteuid() != 0:
        lacking("root, who starts a mail server,")
    with tempfile.TemporaryDirectory(prefix="improv-exim-") as name, _port() as port:
        folder = Path(name)
        for part in ("spool", "log", "mail"):
            (folder / part).mkdir()
        (folder / "exim.conf").write_text(CONFIG.format(folder=folder, port=port))
        (folder / "sendmail").write_text(
            f'#!/bin/sh\nexec {shutil.which("exim4")} -C {folder}/exim.conf "$@"\n'
        )
        (folder / "sendmail").chmod(0o755)
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "Debian-exim")
        (folder / "exim.conf").chmod(0o644)
        shutil.chown(folder / "exim.conf", "root")
        with _listening(folder, port):
            yield Exim(folder, port)


@contextlib.contextmanager
def _port() -> Iterator[int]:
    """Give a port that is free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    yield port


@contextlib.contextmanager
def _listening(folder: Path, port: int) -> Iterator[None]:
    command = ["exim4", "-C", str(folder / "exim.conf"), "-bdf"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as daemon:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield
        finally:
            os.killpg(daemon.pid, signal.SIGTERM)
            daemon.communicate(timeout=20)


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    """Give a store with one flag up for each hostile name."""
    found = Mailbox(tmp_path)
    found.must("init --timezone Europe/Berlin", *(f"lead add -- '{name}'" for name in NAMES))
    return found


def part(message: EmailMessage, kind: str) -> str:
    """Return the text or the page of a message; a mailbox has line ends of its own."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("by", ["port", "program"])
def test_a_mail_arrives_in_a_mailbox(by: str, box: Mailbox, exim: Exim) -> None:
    """Once, with the Message-ID it was kept under, its text as it was written, and no header of a name's making."""
    exim.config(box.config, by=by)
    box.silent("alerts --email")
    box.silent("alerts --email")
    (arrived,) = map(read, exim.got(1))
    with contextlib.closing(sqlite3.connect(box.db)) as connection:
        kept = read(memory.message(connection, 1))
    for header in ("Subject", "From", "To", "Date", "Message-ID"):
        assert arrived.get_all(header) == [kept[header]]
    assert arrived["Subject"].startswith("6 new: <b>Bold</b> & Søn: no source recorded")
    assert arrived["Bcc"] is None
    assert part(arrived, "plain") == part(kept, "plain")
    assert part(arrived, "html") == part(kept, "html")
    assert all(f"> {name}<" in unescape(part(arrived, "html")) for name in NAMES)


def test_an_address_that_exim_refuses_is_told_and_corrected(box: Mailbox, exim: Exim) -> None:
    """In exim's own words; after it was corrected the mail goes out, once."""
    exim.config(box.config, by="port", to="nobody@example.com")
    result = box.type("alerts --email")
    what = "the server said no to the recipient nobody@example.com: 550 there is no such mailbox"
    assert (result.code, result.told[0]) == (6, f"improv: {what}")
    exim.config(box.config, by="port")
    box.must("mail send")
    box.silent("alerts --email")
    assert len(exim.got(1)) == 1


def test_killed_while_sendmail_has_it(tmp_path: Path, exim: Exim, capsys: pytest.CaptureFixture[str]) -> None:
    """A program takes its time to take a message, and goes on when the one that started it is killed."""
    config = exim.config(tmp_path / "config.toml", by="program")
    world = World(tmp_path, config, {}, seed=KILLS)
    took = world.took()
    for _ in range(KILLS):
        world.change()
        world.send(killed_after=world.luck.uniform(0.6, 1.1) * took)
    for _ in range(2):
        world.send()
    count = world.judge(exim.got(len(world.mails())))
    with capsys.disabled():
        sys.stdout.write(f"\n{KILLS} runs killed with sendmail: {count}\n")
