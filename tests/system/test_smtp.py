"""Mail by a real server: encrypted and signed in, or told in words why not; lost never, twice only where nobody knows."""

import base64
import contextlib
import re
import sqlite3
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from improv import memory
from tests.mailbox import Mailbox
from tests.system.postoffice import CANARY, STEPS, USER, Office, kind, open_office, settings

pytestmark = pytest.mark.system
EXPIRED = datetime(2020, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    """Give an authority of our own, which this machine trusts while these tests run."""
    made, path = trustme.CA(), tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield made


def certified(
    authority: trustme.CA, name: str = "localhost", until: datetime | None = None
) -> ssl.SSLContext:
    """Return what a server shows who it is with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=until, not_before=EXPIRED - timedelta(days=9)).configure_cert(
        context
    )
    return context


@pytest.fixture(scope="module")
def open_one(authority: trustme.CA) -> Iterator[Office]:
    """Give a server that these tests share."""
    with open_office(certified(authority)) as office:
        yield office


@pytest.fixture
def office(open_one: Office) -> Office:
    """Give the server in its best mood, with no mail."""
    open_one.mood = kind
    open_one.got.clear()
    open_one.refused_passwords = 0
    open_one.talks.clear()
    return open_one


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with one flag up."""
    made = Mailbox(tmp_path_factory.mktemp("book"))
    made.must("init --timezone Europe/Berlin", "lead add Ada")
    return made.db


@pytest.fixture
def box(tmp_path: Path, book: Path, office: Office) -> Mailbox:
    """Give a copy of that store, and settings that send to the server."""
    found = Mailbox(tmp_path)
    found.db.write_bytes(book.read_bytes())
    settings(tmp_path, office.port)
    return found


def mailed(box: Mailbox, command: str = "alerts --email", password: str = CANARY) -> tuple[int, list[str]]:
    """Run as cron does; return the exit code and what was told, in which there is no password, nor anywhere in the files."""
    result = box.type(command, MAIL_PASSWORD=password)
    secrets = [password, base64.b64encode(password.encode()).decode()]
    secrets.append(base64.b64encode(f"\0{USER}\0{password}".encode()).decode())
    written = [path.read_bytes() for path in box.folder.rglob("*") if path.is_file()]
    for secret in secrets:
        assert secret not in result.out + result.err
        assert not any(secret.encode() in content for content in written)
    return result.code, result.told


def told(what: str, box: Mailbox, mend: str, *, who: str = "") -> list[str]:
    """Return three lines."""
    port = next(line for line in box.config.read_text().splitlines() if line.startswith("port")).split()[-1]
    return [f"improv: {what}", f"  at fault: {who}localhost:{port}", f"  to mend:  {mend}"]


def test_a_mail_arrives_encrypted_and_signed_in(box: Mailbox, office: Office) -> None:
    """As it was kept, byte for byte; the password reached the server, and nobody else."""
    assert mailed(box) == (0, [])
    assert mailed(box) == (0, [])
    (arrived,) = office.got
    assert arrived.startswith(b"Subject: 1 new: Ada: no source recorded")
    assert office.talks == {step: 1 + (step == "EHLO") for step in STEPS if step != "BODY"}


def test_a_mail_arrives_at_a_server_that_speaks_only_tls(box: Mailbox, authority: trustme.CA) -> None:
    """As on port 465."""
    with open_office(certified(authority), tls=True) as office:
        settings(box.folder, office.port, security="tls")
        assert mailed(box) == (0, [])
        assert len(office.got) == 1
        assert office.talks == {step: 1 for step in STEPS if step not in {"STARTTLS", "BODY"}}


def test_a_mail_to_this_machine_needs_neither(box: Mailbox) -> None:
    """A server of one's own on the loopback."""
    with open_office(None, sign_in=False) as office:
        box.config.write_text(
            f'[mail]\nto = "sam@example.com"\nserver = "localhost"\nsecurity = "none"\nport = {office.port}\n'
        )
        assert mailed(box) == (0, [])
        assert len(office.got) == 1


def test_the_lines_of_a_message_arrive_as_they_are(box: Mailbox, office: Office) -> None:
    """Those too that begin with a dot, or are one."""
    box.must("lead add '.'", "lead add '..'")
    assert mailed(box) == (0, [])
    with contextlib.closing(sqlite3.connect(box.db)) as connection:
        assert office.got == [memory.message(connection, 1)]
    assert re.search(r"^\.", office.got[0].decode(), re.MULTILINE)


# Certificates.


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("a stranger's", "unable to get local issuer certificate"),
        ("another name", "Hostname mismatch, certificate is not valid for 'localhost'"),
        ("expired", "certificate has expired"),
        ("its own", "self-signed certificate"),
    ],
)
def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    fault: str, reason: str, security: str, box: Mailbox, authority: trustme.CA
) -> None:
    """No password, no address, no word of the message."""
    contexts = {
        "a stranger's": lambda: certified(trustme.CA()),
        "another name": lambda: certified(authority, "mail.example.org"),
        "expired": lambda: certified(authority, until=EXPIRED),
        "its own": lambda: _of_its_own(box.folder),
    }
    with open_office(contexts[fault](), tls=security == "tls") as office:
        settings(box.folder, office.port, security=security)
        code, lines = mailed(box)
        assert (code, lines) == (
            6,
            told(
                f"the server's certificate is not trusted, and nothing was sent: {reason}",
                box,
                "`server` as its certificate has it; for a certificate of your own, SSL_CERT_FILE",
            ),
        )
        assert not {"AUTH", "MAIL", "DATA"} & set(office.talks)


def _of_its_own(folder: Path) -> ssl.SSLContext:
    """Return a certificate that nobody else has signed."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(folder / "own.pem")
    authority.private_key_pem.write_to_path(folder / "own.key")
    context.load_cert_chain(folder / "own.pem", folder / "own.key")
    return context


def test_a_server_without_encryption_gets_nothing(box: Mailbox) -> None:
    """Whoever sits in between may have taken the offer out."""
    with open_office(None, sign_in=False) as office:
        settings(box.folder, office.port)
        what = "the server offers no encryption; nothing was sent"
        assert mailed(box) == (6, told(what, box, 'security = "tls" with its port, or another server'))
        assert set(office.talks) == {"BANNER", "EHLO"}


def test_a_server_that_speaks_another_security_is_told_from_one_that_is_down(
    box: Mailbox, authority: trustme.CA, office: Office
) -> None:
    """The port goes with the security."""
    settings(box.folder, office.port, security="tls")
    mend = 'security = "starttls" or "tls", with the port that goes with it'
    code, lines = mailed(box)
    assert code == 6
    assert lines[0].startswith("improv: no encrypted connection: ")
    assert lines[2] == f"  to mend:  {mend}"
    with open_office(certified(authority), tls=True) as other:
        settings(box.folder, other.port)
        what = "the server did not answer within 1 seconds when it was called"
        assert mailed(box, "mail send")[1][:2] == told(what, box, "")[:2]


# Signing in.


@pytest.mark.parametrize("answer", ["", "535 no", "echo"])
def test_a_password_that_the_server_does_not_take_is_not_repeated(
    answer: str, box: Mailbox, office: Office
) -> None:
    """Not by us, whatever the server says."""
    office.only("AUTH", answer)
    code, lines = mailed(box, password="another-one")  # noqa: S106 - not a real one
    what = "the server does not take this user or password (535)"
    mend = "correct `user` and the password in [mail], then: improv mail test"
    assert (code, lines) == (6, told(what, box, mend, who="sam at "))
    assert office.got == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END"])
def test_a_server_that_repeats_the_password_later_is_not_quoted(
    step: str, box: Mailbox, office: Office
) -> None:
    """Neither on the screen nor in the outbox, as it is or as it was sent."""
    sent = base64.b64encode(f"\0{USER}\0{CANARY}".encode()).decode()
    for words in (f"550 {CANARY} is no good", f"450 {sent} is no good"):
        office.only(step, words)
        what = "and repeated the password, which is not shown"
        code, lines = mailed(box, "mail send" if words.startswith("450") else "alerts --email")
        assert (code, lines[0].endswith(f"{words[:3]} {what}")) == (6, True), lines


def test_letters_that_cannot_be_sent_in_a_password(box: Mailbox) -> None:
    """The library that signs in takes plain letters only; which they are is not shown."""
    code, lines = mailed(box, password="pässwörd")  # noqa: S106 - not a real one
    assert code == 6
    assert lines[0] == "improv: the user or the password has letters that cannot be sent"
    assert "ä" not in "".join(lines)


@pytest.mark.parametrize(
    ("security", "what", "mend"),
    [
        ("tls", "the server does not let anybody sign in", "leave `user` out, or another port"),
        ("starttls", "the server offers no way to sign in that we know", "another port, or another server"),
    ],
)
def test_a_server_that_lets_nobody_sign_in(
    security: str, what: str, mend: str, box: Mailbox, authority: trustme.CA
) -> None:
    """It may need no password, or want another way."""
    with open_office(certified(authority), tls=security == "tls", sign_in=False) as office:
        settings(box.folder, office.port, security=security)
        assert mailed(box) == (6, told(what, box, mend, who="sam at "))


# Whatever goes wrong, at each step.

WHEN = {
    "BANNER": "when it was called",
    "EHLO": "when it was greeted",
    "STARTTLS": "when encryption was asked for",
    "AUTH": "when we signed in",
    "MAIL": "to the sender improv@example.com",
    "RCPT": "to the recipient sam@example.com",
    "DATA": "when the message was announced",
    "BODY": "when it had the message",
    "END": "when it had the message",
}
MENDS = {
    "BANNER": "correct `server` and `port` in [mail], then: improv mail test",
    "EHLO": "correct `server` and `port` in [mail], then: improv mail test",
    "STARTTLS": "correct `security` and `port` in [mail], then: improv mail test",
    "MAIL": "correct `from` in [mail], then: improv mail test",
    "RCPT": "correct `to` in [mail], then: improv mail test",
    "DATA": "improv mail list",
    "END": "improv mail list",
}
AGAIN = "nothing to do: it is tried again"
UNKNOWN = "nothing to do: the same message goes out again, under the same Message-ID"


def state(box: Mailbox) -> str:
    """Return how the first mail stands."""
    return box.type("mail list").out.split("\t")[1]


def recovered(box: Mailbox, office: Office) -> None:
    """Let the server be kind again: the mail goes out when it is due, and after that nothing does."""
    office.mood = kind
    box.time += timedelta(minutes=5)
    assert mailed(box) == (0, [])
    assert mailed(box) == (0, [])
    assert state(box) == "sent"


@pytest.mark.parametrize("code", [450, 550])
@pytest.mark.parametrize("step", [step for step in STEPS if step not in {"AUTH", "BODY"}])
def test_a_server_that_says_no_is_told_and_tried_again(
    step: str, code: int, box: Mailbox, office: Office
) -> None:
    """Whatever it says no to, in its own words; in the end the mail is delivered once."""
    office.only(step, f"{code} 4.2.0 no,\x1b[1m thanks")
    no = "no" if code == 550 else "not now"
    what = f"the server said {no} {WHEN[step]}: {code} 4.2.0 no,\\x1b[1m thanks"
    assert mailed(box) == (6, told(what, box, MENDS[step] if code == 550 else AGAIN))
    assert office.got == []
    assert state(box) == "waiting"
    recovered(box, office)
    assert list(office.ids().values()) == [1]


def test_a_server_that_cannot_check_the_password_now_is_tried_again(box: Mailbox, office: Office) -> None:
    """It does not say that the password is wrong."""
    office.only("AUTH", "454 later")
    what = "the server cannot check the password now (454)"
    assert mailed(box) == (6, told(what, box, AGAIN, who="sam at "))
    recovered(box, office)
    assert list(office.ids().values()) == [1]


@pytest.mark.parametrize("mood", ["cut", "deaf"])
@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_line_that_is_cut_or_goes_silent(step: str, mood: str, box: Mailbox, office: Office) -> None:
    """Before the last dot nobody has the message: it waits, and is delivered once."""
    office.only(step, mood)
    code, lines = mailed(box)
    if step == "BODY":  # all of it was on its way by then: nobody knows
        assert (code, state(box)) == (6, "doubtful")
    else:
        does = "cut the line" if mood == "cut" else "did not answer within 1 seconds"
        assert (code, lines) == (6, told(f"the server {does} {WHEN[step]}", box, AGAIN))
        assert state(box) == "waiting"
    assert office.got == []
    recovered(box, office)
    assert list(office.ids().values()) == [1]


@pytest.mark.parametrize(
    ("mood", "arrives"), [("cut", 2), ("deaf", 2), ("lost", 1), ("299 done", 0), ("banana", 1)]
)
def test_where_nobody_knows_the_same_message_goes_out_again(
    mood: str, arrives: int, box: Mailbox, office: Office
) -> None:
    """The line is cut, or silent, after the last dot: the one window in which a mail may arrive twice."""
    office.only("END", mood)
    if mood == "299 done":  # an answer that means yes, whatever it means besides
        assert mailed(box) == (0, [])
        assert state(box) == "sent"
        return
    what = "the server did not say whether it took the message"
    assert mailed(box) == (6, told(what, box, UNKNOWN))
    assert state(box) == "doubtful"
    recovered(box, office)
    assert list(office.ids().values()) == [arrives]
    assert len(set(office.got)) == 1


def test_a_server_that_is_down_or_has_no_name(box: Mailbox) -> None:
    """No connection, and no such name."""
    with open_office(None) as office:
        port = office.port
    settings(box.folder, port)
    code, lines = mailed(box)
    assert (code, lines[0]) == (6, "improv: the server was not reached: connection refused")
    assert lines[2] == f"  to mend:  {AGAIN}; if it stays so, correct `server` and `port` in [mail]"
    settings(box.folder, port, name="no-such-host.invalid")
    code, lines = mailed(box, "mail send")
    assert (code, lines[0]) == (6, "improv: no server of this name was found")


def test_a_refusal_is_explained_by_the_test_of_the_settings(box: Mailbox, office: Office) -> None:
    """And it leaves nothing in the outbox."""
    office.only("RCPT", "550 5.1.1 user unknown")
    what = "the server said no to the recipient sam@example.com: 550 5.1.1 user unknown"
    assert mailed(box, "mail test") == (6, told(what, box, MENDS["RCPT"]))
    assert box.type("mail list").out == ""
    office.mood = kind
    assert mailed(box, "mail test") == (0, [])
    assert len(office.got) == 1
