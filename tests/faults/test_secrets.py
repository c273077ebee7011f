"""The password, the programs that are started and the network: what a whole session lets out, and to whom."""

import base64
import email
import os
import re
import shlex
import ssl
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import pytest
import trustme

from tests.faults.tally import FULL, Tally
from tests.faults.world import TODAY, words
from tests.run import Result, run, spawn
from tests.system.postoffice import CANARY, USER, Office, kind, open_office, settings
from tests.terminal import sit

pytestmark = pytest.mark.system("strace")

EVIL = "3vil"  # stands in every record of the session, and in nothing that is typed
NAMES = (
    f"{EVIL} $(touch owned)",
    f"{EVIL} `touch owned`",
    f"{EVIL}; touch owned",
    f"--{EVIL}=owned",
    f"-o/{EVIL}",
    f"{EVIL} | 'x' \"y\" %s %i",
    f"{EVIL} & <b>{EVIL}</b>",
)
# What the programs of the user's own are: each writes down its words and what it reads, and does nothing else.
RECORDER = """#!/bin/sh
{{ echo "$0 $*"; cat; }} >> '{folder}/{name}.record'
"""
HOOK = """#!/bin/sh
{{ env; cat; }} >> '{folder}/hook.record'
"""
CRONTAB = """#!/bin/sh
echo "$*" >> '{folder}/crontab.record'
case "$1" in
-l) cat '{folder}/crontab' 2>/dev/null || {{ echo 'no crontab for sam' >&2; exit 1; }} ;;
-) exec cat > '{folder}/crontab' ;;
esac
"""
PASSWORDS = {
    "password_command": 'password_command = ["{folder}/bin/keeper"]',
    "password_file": 'password_file = "secret"',
    "password_env": 'password_env = "MAIL_PASSWORD"',
}
BY_SERVER = (
    "import {folder}/people.csv --as leads",
    "opp add L1 --value 12k",
    "event schedule O1 discovery-meeting +3d",
    "mail test",
    "alerts --email",
    "mail list",
    "mail show 1",
    "doctor",
    "schedule install --at 07:00",
    "report weekly -o -weekly.html --open",
    "event invite E1 --to eve@example.com -o -invite.eml --open",
    "history",
    "backup",
    "export -o whole.zip",
    "export --format vcf -o people.vcf",
    "lead remove L7",
    "undo",
)
# What the server does when, for a test of the settings: at first what repeats the password.
MOODS = (
    ("AUTH", "echo"),
    ("MAIL", f"550 you are {CANARY}"),
    ("AUTH", "535 no"),
    ("AUTH", "cut"),
    ("AUTH", "deaf"),
)
BY_PROGRAM = ("mail test", "lead edit L2 --source web", "alerts --email")


# Where the C library asks for names before it looks into its own files.
_LIBC = "/var/run/nscd/socket"


class Home:
    """Somebody's home: settings, programs, a hook, and whatever a session leaves behind."""

    def __init__(self, folder: Path, port: int, way: str, authority: Path) -> None:
        self.folder, self.way = folder, way
        self.db, self.log = folder / "improv.db", folder.with_name("strace.log")
        self.config = settings(folder, port)
        told = self.config.read_text().replace(PASSWORDS["password_env"], PASSWORDS[way])
        self.config.write_text(told.format(folder=folder) + '[me]\nname = "Sam"\nemail = "sam@example.com"\n')
        bin_ = folder / "bin"
        for name in ("pager", "browser", "sendmail"):
            self.program(bin_ / name, RECORDER.format(folder=folder, name=name))
        self.program(bin_ / "crontab", CRONTAB.format(folder=folder))
        self.program(folder / "config" / "improv" / "hooks" / "after-write", HOOK.format(folder=folder))
        if way == "password_command":
            self.program(bin_ / "keeper", f"#!/bin/sh\necho {CANARY}\n")
        if way == "password_file":
            (folder / "secret").write_text(f"{CANARY}\n")
            (folder / "secret").chmod(0o600)
        rows = "".join(f"{_cell(name)},{number}@example.com\n" for number, name in enumerate(NAMES))
        (folder / "people.csv").write_text(f"Name,Email\n{rows}", "utf-8")
        self.world = {
            "PATH": f"{bin_}:/usr/bin:/bin",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "BROWSER": str(bin_ / "browser"),
            "IMPROV_PAGER": str(bin_ / "pager"),
            "IMPROV_CONFIG": str(self.config),
            "SSL_CERT_FILE": str(authority),
            "TMPDIR": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({"MAIL_PASSWORD": CANARY} if way == "password_env" else {}),
        }

    def program(self, path: Path, text: str) -> None:
        """Put a program of the user's own somewhere."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o700)

    @property
    def traced(self) -> tuple[str, ...]:
        """The words put before a command, so that every program it starts and every line it opens is written down."""
        calls = "trace=execve,execveat,connect,sendto,sendmsg,sendmmsg"
        return (
            "strace",
            "-f",
            "-qq",
            "-A",
            "-s",
            "100000",
            "--seccomp-bpf",
            "-e",
            calls,
            "-o",
            str(self.log),
        )

    def type(self, command: str) -> Result:
        """Type a command in this home."""
        argv = shlex.split(command.format(folder=self.folder))
        return spawn(*argv, db=self.db, today=TODAY, extra=self.world, before=self.traced, cwd=self.folder)

    def started(self) -> list[list[str]]:
        """Return the words of every program that was started."""
        found = re.findall(r'execve(?:at)?\("[^"]*", \[(.*?)\], 0x', self.log.read_text())
        return [re.findall(r'"((?:[^"\\]|\\.)*)"', words) for words in found]

    def called(self) -> set[str]:
        """Return whom every line went to that was opened: a port of an address, or a place of this machine."""
        lines = re.findall(
            r"(?:connect|sendto|sendmsg|sendmmsg)\(.*?\{(sa_family=.*?)\}", self.log.read_text()
        )
        ports = [re.search(r'htons\((\d+)\).*"([^"]+)"', line) for line in lines if "AF_INET" in line]
        others = [line for line in lines if "AF_INET" not in line and _LIBC not in line]
        return {f"{found[2]}:{found[1]}" for found in ports if found} | set(others)

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Yield whatever was left in this home, archives by what is in them; but for the place of the password itself."""
        secret = {self.folder / "secret", self.folder / "bin" / "keeper"}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and path not in secret:
                yield path.name, path.read_bytes()
                if path.suffix == ".zip":
                    with zipfile.ZipFile(path) as archive:
                        yield from ((name, archive.read(name)) for name in archive.namelist())


def _cell(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def forms(secret: str, user: str = USER) -> set[bytes]:
    """Return a secret in every form that it takes on its way: as typed, for the wire, for a page, for a dump."""
    plain = secret.encode()
    wire = [base64.b64encode(each) for each in (plain, f"\0{user}\0{secret}".encode(), plain + b"\n")]
    # Inside of a longer text base64 has it in one of three places.
    inner = [base64.b64encode(b"x" * shift + plain)[4:-4] for shift in (3, 1, 2)]
    return {
        plain,
        plain.hex().encode(),
        plain.hex().upper().encode(),
        quote(secret).encode(),
        *wire,
        *inner,
    }


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    """Give an authority of our own, and the file that tells a command to trust it."""
    made, path = trustme.CA(), tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(path)
    return made, path


def certified(
    authority: trustme.CA, name: str = "localhost", until: datetime | None = None
) -> ssl.SSLContext:
    """Return what a server shows who it is with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    since = datetime(2020, 1, 1, tzinfo=UTC)
    authority.issue_cert(name, not_before=since, not_after=until).configure_cert(context)
    return context


@pytest.mark.parametrize("way", PASSWORDS if FULL else ["password_env"])
def test_a_session_lets_no_secret_and_no_record_out(
    way: str, tmp_path: Path, authority: tuple[trustme.CA, Path], tally: Tally
) -> None:
    """Typed as a user does, with every program that may be started, and a server in every mood."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    with open_office(certified(authority[0])) as office:
        home = Home(folder, office.port, way, authority[1])
        said = [(command, home.type(command)) for command in BY_SERVER]
        said += _in_bad_moods(home, office)
        seen = sit("lead", "list", db=home.db, rows=5, given=home.world, before=home.traced)
        arrived = [("a mail that arrived", part) for mail in office.got for part in _parts(mail)]
        home.config.write_text(f'[mail]\nto = "sam@example.com"\nsendmail = "{folder}/bin/sendmail"\n')
        said += [(command, home.type(command)) for command in BY_PROGRAM]
    assert [each for each in said if each[1].code not in {0, 6} and each[0] != "doctor"] == []
    told = [(command, (result.out + result.err).encode()) for command, result in said]
    written = [*home.kept(), *arrived, *told, ("the screen", seen.text.encode())]
    leaks = [(place, form) for place, content in written for form in forms(CANARY) if form in content]
    typed = [argv for argv in home.started() for form in forms(CANARY) if form.decode() in " ".join(argv)]
    tally.add(
        f"a session with a password of {way}: is it anywhere", len(written), len(leaks) + len(typed), []
    )
    assert (leaks, typed) == ([], [])
    _no_record_was_a_word(home, tally)
    server, called = f"127.0.0.1:{office.port}", home.called()
    tally.add("a session: lines to anywhere but the mail server", len(said), len(called - {server}), [])
    assert called == {server}


def _parts(mail: bytes) -> Iterator[bytes]:
    """Yield a mail as it went over the wire, and each of its parts as it is read."""
    yield mail
    for part in email.message_from_bytes(mail).walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content


def _in_bad_moods(home: Home, office: Office) -> list[tuple[str, Result]]:
    """Let the server say no to whoever signs in, in words that repeat what was said; cut the line; go silent."""
    said = []
    for step, mood in MOODS if FULL else MOODS[:2]:
        office.only(step, mood)
        said.append((f"mail test ({step}: {mood[:4]})", home.type("mail test")))
    office.mood = kind
    assert {result.code for _, result in said} == {6}
    return said


CERTIFICATES: dict[str, Callable[[trustme.CA], ssl.SSLContext]] = {
    "expired": lambda ours: certified(ours, until=datetime.now(UTC) - timedelta(days=1)),
    "another host's": lambda ours: certified(ours, "mail.example.org"),
    "nobody's we know": lambda _: certified(trustme.CA()),
}


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_no_password_is_sent_to_a_server_that_is_not_who_it_should_be(
    security: str, tmp_path: Path, authority: tuple[trustme.CA, Path], tally: Tally
) -> None:
    """Whatever is wrong with its certificate, and where the offer of encryption was taken out on the way."""
    said, trusted = [], []
    servers: dict[str, ssl.SSLContext | None] = {
        name: make(authority[0]) for name, make in CERTIFICATES.items()
    }
    servers |= {"no encryption": None} if security == "starttls" else {}
    for name, certificate in servers.items():
        encrypted = certificate is not None and security == "tls"
        with open_office(certificate, tls=encrypted, sign_in=certificate is not None) as office:
            config = settings(tmp_path, office.port, security=security)
            extra = {"SSL_CERT_FILE": str(authority[1]), "MAIL_PASSWORD": CANARY}
            result = run_with(extra, "mail", "test", db=tmp_path / "improv.db", config=config)
            said.append(str(words(result)).rpartition(": ")[2])
            if result.code != 6 or {"AUTH", "MAIL", "DATA"} & set(office.talks):
                trusted.append(name)
    tally.add(f"a mail server that is not who it should be, by {security}", len(servers), len(trusted), said)
    assert trusted == []


def run_with(extra: dict[str, str], *argv: str, db: Path, config: Path) -> Result:
    """Run a command in this process, which trusts whom it is told to."""
    with patch.dict(os.environ, {"SSL_CERT_FILE": extra["SSL_CERT_FILE"]}):
        return run(*argv, db=db, config=config, extra=extra)


def _no_record_was_a_word(home: Home, tally: Tally) -> None:
    """Check that every program was started, none by a shell, and none with what a record says among its words."""
    started = home.started()
    names = {Path(argv[0]).name for argv in started}
    hook = str(home.folder / "config" / "improv" / "hooks" / "after-write")
    assert {"pager", "browser", "sendmail", "crontab", "after-write"} <= names, names
    assert [hook] in started
    bad = [argv for argv in started if EVIL in " ".join(argv) or Path(argv[0]).name in {"sh", "bash", "dash"}]
    tally.add(
        "a session with hostile names: words of a record in the words of a program",
        len(started),
        len(bad),
        [],
    )
    assert bad == []
    assert not list(home.folder.rglob("owned"))
    for name in ("pager", "sendmail"):  # it did reach them, where data belongs
        assert EVIL in (home.folder / f"{name}.record").read_text()
    opened = (home.folder / "browser.record").read_text().splitlines()
    assert opened == [
        f"{home.folder}/bin/browser file://{home.folder}/{name}" for name in ("-weekly.html", "-invite.eml")
    ]
