"""A message as it goes over the wire, addresses, and a local sendmail that takes it or does not."""

import email
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from improv.errors import Usage
from improv.mail import compose, hand_over, text_of
from improv.post import MailNotSent, Post, Unanswered, Unreached, address
from improv.report import Column, Notes, Ref, Report, Section, Table
from improv.show import html, render

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
POST = Post(("sam@example.com", "ida@example.org"), "improv@example.com", sendmail="/none")
ID = "<abc@example.com>"

NAMES = {
    "a newline": "Acme\r\nBcc: eve@example.com",
    "a line of its own": "Acme\r\n\r\n.\r\nMAIL FROM:<eve@example.com>",
    "what only looks encoded": "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
    "what looks encoded and is not": "=?utf-8?b?!!!?= =?nocharset?q?x?=",
    "HTML": "<img src=x onerror=alert(1)>&amp;</title><script>alert(1)</script>",
    "right to left": "Acme \u202egnp.exe",
    "control characters": "Acme \x1b[31m\x00\x07\x7f",
    "a lone surrogate": "Acme \udc80",
    "line separators": "Acme\u2028Bcc: eve@example.com\u2029\x0b\x0c\x85",
    "emoji": "👩‍💻 Æsir & Søn – 株式会社",
    "dots at the beginning of a line": ".Acme\n.\n..",
    "one very long word": "x" * 5000,
    "very many words": "long words " * 500,
    "very many letters of two bytes": "ä" * 3000,
    "words of a header": 'From: eve@example.com, "Eve" <eve@example.com>; (a comment',
    "nothing": "",
}


def made(name: str) -> bytes:
    """Return a message with a name in its subject, its text and its page."""
    table = Table("alerts", "Red flags", (Column("record", "Record", "ref"),), [(Ref("C1", name),)])
    report = Report("alerts", "Red flags", name, (Section("", (table, Notes((name,)))),), date(2026, 11, 23))
    text = render(report, "terminal", width=78)
    return compose(POST, f"1 new: {name}", text, html.mailed(report), message_id=ID, at=AT)


def read(message: bytes) -> EmailMessage:
    """Return a message as a mail program reads it."""
    found = email.message_from_bytes(message, policy=default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize("what", NAMES)
def test_a_hostile_name_arrives_as_text(what: str) -> None:
    """It adds no header, no part, no markup, and no line that a server would stumble over."""
    message = made(NAMES[what])
    mail = read(message)
    headers = [
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ]
    assert mail.keys() == headers
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert not [part.defects for part in mail.walk() if part.defects]
    assert not any(header.defects for header in mail.values())
    lines = message.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert message.isascii()
    assert message.endswith(b"\r\n")
    assert not any(sign in line for line in lines for sign in (b"\r", b"\n", b"\0"))
    page = mail.get_body(("html",))
    assert page is not None
    assert "<script" not in page.get_content()
    assert "<img" not in page.get_content()


def test_the_subject_is_read_as_it_was_written() -> None:
    """Whatever it holds; what cannot be shown is an escape."""
    assert read(made("=?utf-8?q?=0D=0ABcc:_eve?="))["Subject"] == "1 new: =?utf-8?q?=0D=0ABcc:_eve?="
    assert read(made("Acme\r\nBcc: eve"))["Subject"] == "1 new: Acme\\r\\nBcc: eve"
    assert read(made("Æsir – 株式会社"))["Subject"] == "1 new: Æsir – 株式会社"
    assert read(made("x" * 300))["Subject"] == "1 new: " + "x" * 300
    assert read(made("long words " * 50))["Subject"] == "1 new: " + "long words " * 50
    assert b"\r\nSubject" not in made("Acme")
    assert made("Acme").startswith(b"Subject: 1 new: Acme\r\n")


def test_a_message_says_from_whom_it_is_and_that_a_machine_wrote_it() -> None:
    """So that nobody's absence note answers it."""
    mail = read(made("Acme"))
    assert mail["From"] == "improv <improv@example.com>"
    assert mail["To"] == "sam@example.com, ida@example.org"
    assert mail["Date"] == "Mon, 23 Nov 2026 07:00:00 +0000"
    assert mail["Message-ID"] == ID
    assert mail["Auto-Submitted"] == "auto-generated"


def test_its_text_is_the_page_of_a_terminal_and_its_page_asks_the_network_nothing() -> None:
    """Both come from the same report; the text is at most 78 columns wide."""
    message = made("Acme")
    assert text_of(message).splitlines() == [
        "Red flags",
        "Acme · as of 2026-11-23",
        "",
        "Red flags",
        "Record",
        "C1 Acme",
        "",
        "Acme",
    ]
    page = read(message).get_body(("html",))
    assert page is not None
    assert all(sign not in page.get_content() for sign in ("://", "url(", "var(", "@import", "<link"))


@pytest.mark.parametrize(
    "typed",
    ["sam@example.com", " sam@example.com\n", "o'neil+crm@mail.example.co.uk", "root@localhost", "a@b"],
)
def test_an_address(typed: str) -> None:
    """In plain letters; a machine's own name is a domain too."""
    assert address(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed",
    [
        *("", "sam", "@example.com", "sam@", "sam@@example.com", "sam@exam ple.com", "sam@-example.com"),
        *(
            "Sam <sam@example.com>",
            '"sam"@example.com',
            "säm@example.com",
            "sam@exämple.com",
            "sam.@example.com",
        ),
        *("sam@example.com\r\nRCPT TO:<eve@example.com>", "-oQ/tmp@example.com\x00"),
        *("a@example.com;b@example.com", "sam@[127.0.0.1]", "sam@example..com", f"{'x' * 250}@a.bc"),
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """Nor what not every server takes, nor what would say more to one."""
    with pytest.raises(Usage, match="this is no mail address in plain letters"):
        address(typed)


# A local sendmail.


def sendmail(folder: Path, script: str) -> Post:
    """Return the way to a local program that runs a script."""
    program = folder / "sendmail"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return POST._replace(sendmail=str(program), timeout=1)


def test_a_local_program_gets_the_message_and_the_addresses(tmp_path: Path) -> None:
    """On stdin, with the machine's own line ends, after its fate was written down as in doubt."""
    message, doubts = made("Acme\n."), list[bool]()
    post = sendmail(tmp_path, f'cat > {tmp_path}/message; echo "$@" > {tmp_path}/words')
    hand_over(message, post, in_doubt=lambda: doubts.append((tmp_path / "message").exists()))
    assert doubts == [False]
    assert (tmp_path / "message").read_bytes() == message.replace(b"\r\n", b"\n")
    assert (tmp_path / "words").read_text() == "-i -f improv@example.com -- sam@example.com ida@example.org\n"


def test_a_program_that_goes_on_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    """Some deliver after they have taken the message, and keep the streams they were given."""
    hand_over(made("Acme"), sendmail(tmp_path, "cat > /dev/null; sleep 5 &"), in_doubt=lambda: None)


REFUSALS: dict[str, tuple[type[MailNotSent], str, str]] = {
    "cat >/dev/null; echo 'no such\nuser' >&2; exit 67": (
        MailNotSent,
        "sendmail said no: no such user (exit code 67)",
        "correct [mail], then: improv mail test",
    ),
    "exit 1": (
        MailNotSent,
        "sendmail said no: no words (exit code 1)",
        "correct [mail], then: improv mail test",
    ),
    "echo full; exit 75": (MailNotSent, "sendmail said not now: full", "nothing to do: it is tried again"),
    "sleep 5": (
        Unanswered,
        "sendmail did not end within 1 seconds: it may have taken the message",
        "nothing to do: the same message goes out again, under the same Message-ID",
    ),
    "kill -9 $$": (
        Unanswered,
        "sendmail was stopped: it may have taken the message",
        "nothing to do: the same message goes out again, under the same Message-ID",
    ),
}


@pytest.mark.parametrize("script", REFUSALS)
def test_a_program_that_does_not_take_it_says_why(script: str, tmp_path: Path) -> None:
    """Temporary, for good, or nobody knows."""
    kind, what, mend = REFUSALS[script]
    post = sendmail(tmp_path, script)
    with pytest.raises(MailNotSent) as caught:
        hand_over(made("Acme"), post, in_doubt=lambda: None)
    assert type(caught.value) is kind
    assert caught.value.lines() == [f"improv: {what}", f"  at fault: {post.sendmail}", f"  to mend:  {mend}"]


@pytest.mark.parametrize(
    ("what", "reason"), [("missing", "no such file or directory"), ("sealed", "permission denied")]
)
def test_a_program_that_cannot_be_run(what: str, reason: str, tmp_path: Path) -> None:
    """It takes no message, and would take no other."""
    (tmp_path / "sealed").write_text("")
    post = POST._replace(sendmail=str(tmp_path / what))
    with pytest.raises(Unreached) as caught:
        hand_over(made("Acme"), post, in_doubt=lambda: None)
    assert caught.value.what == f"sendmail cannot be run: {reason}"


def test_what_cannot_be_written_down_is_not_sent(tmp_path: Path) -> None:
    """The message stays here when its keeper stops it at the last moment."""

    def stop() -> None:
        raise KeyError

    post = sendmail(tmp_path, f"cat > {tmp_path}/message")
    with pytest.raises(KeyError):
        hand_over(made("Acme"), post, in_doubt=stop)
    assert not (tmp_path / "message").exists()
