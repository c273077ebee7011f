"""The message to the other side of an event: shown before it is sent, written as a draft, and never more than text."""

import email
import email.policy
import stat
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from improv import playbook
from improv.calendar import invitation
from improv.calendar.file import Person
from improv.errors import ImprovError
from improv.models import Client, Contact, Event, Lead, Opportunity
from improv.text import shown
from tests.book import Book
from tests.calendars import MONDAY, STORE, components, lines, named, said
from tests.mailbox import Mailbox
from tests.run import Result, run
from tests.session import answer, must

pytestmark = pytest.mark.usefixtures("unsynced")
SAM = Person("Sam Vimes", "sam@example.com")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with one lead that has an address."""
    path = tmp_path / "improv.db"
    must("lead add 'Ada Lovelace' --email ada@example.org", path, MONDAY)
    named(path)
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give settings that say who the user is."""
    path = tmp_path / "config.toml"
    path.write_text('[me]\nname = "Sam Vimes"\nemail = "sam@example.com"\n', "utf-8")
    return path


def typed(db: Path, config: Path, *words: object) -> Result:
    """Type a command on the Monday, with the settings."""
    return run(*words, db=db, today=MONDAY, config=config)


def read(message: bytes) -> EmailMessage:
    """Return a message as a mail program reads it."""
    return email.message_from_bytes(message, policy=email.policy.default)


def parts(message: EmailMessage) -> list[Any]:
    """Return the parts of a message that hold something."""
    return [part for part in message.walk() if not part.is_multipart()]


def calendar(part: Any) -> str:
    """Return the calendar file that a part holds, with its own line ends."""
    return str(part.get_payload(decode=True).decode())


SHOWN = """E1 discovery meeting with L1 Ada Lovelace: Thu 26 Nov 15:00
  gap 3 days from set to scheduled, target 4–6: on target
From: Sam Vimes <sam@example.com>
To: Ada Lovelace <ada@example.org>
Subject: Invitation: discovery meeting, Thu 26 Nov 2026, 15:00–16:30 (Europe/Berlin)

Hello Ada Lovelace,

I would like to invite you to our discovery meeting.

When:  Thu 26 Nov 2026, 15:00–16:30 (Europe/Berlin)
Where: Hauptstr. 1, Bonn

Please accept the invitation in this message, or simply reply to it.

Sam Vimes

  attached: invitation.ics; nothing is sent yet
  next: improv event invite E1 -o invitation.eml"""


def test_a_booking_shows_the_invitation_to_it(db: Path, config: Path) -> None:
    """What it says, to whom, and that nothing is sent; a line with nothing to say is left out."""
    said_at_once = typed(
        *(db, config, "event", "schedule", "ada", "discovery-meeting", "thu 15:00"),
        *("--ends-time", "16:30", "--place", "Hauptstr. 1, Bonn", "--invite"),
    )
    assert answer(said_at_once) == SHOWN.split("\n")
    again = typed(db, config, "event", "invite", "ada")
    assert answer(again) == SHOWN.split("\n")[2:]


def test_a_visit_is_confirmed_by_the_same_door(db: Path, config: Path) -> None:
    """The client is written to, by the name of the person known there; its subject is told, too."""
    must("client add Acme --contact-name Grace --email grace@example.org --on 2026-01-05", db, MONDAY)
    said_at_once = typed(
        *(db, config, "visit", "schedule", "acme", "2026-11-30", "--visit-kind", "qbr"),
        *("--subject", "the year behind us", "--confirm"),
    )
    assert answer(said_at_once)[2:] == [
        "From: Sam Vimes <sam@example.com>",
        "To: Grace <grace@example.org>",
        "Subject: Confirmed: QBR, Mon 30 Nov 2026",
        "",
        "Hello Grace,",
        "",
        "this is to confirm our QBR.",
        "",
        "When:  Mon 30 Nov 2026",
        "About: the year behind us",
        "",
        "The attached file puts it into your calendar.",
        "Should anything change, please reply to this message.",
        "",
        "Sam Vimes",
        "",
        "  attached: confirmation.ics; nothing is sent yet",
        "  next: improv event confirm E1 -o confirmation.eml",
    ]


def test_a_draft_is_a_private_file_that_mail_programs_open_to_edit(
    db: Path, config: Path, tmp_path: Path
) -> None:
    """With the text, the invitation beside it, and the same as a file; its next command writes down that it was sent."""
    must("event schedule ada discovery-meeting 'thu 15:00'", db, MONDAY)
    path = tmp_path / "invitation.eml"
    done = typed(db, config, "event", "invite", "E1", "-o", path)
    edit = "improv event edit E1 --confirmation-on today"
    assert answer(done) == [f"written: {path}", f"  next: {edit}, once it is sent"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    message = read(path.read_bytes())
    assert [message[name] for name in ("X-Unsent", "From", "To", "Message-ID")] == [
        *("1", "Sam Vimes <sam@example.com>", "Ada Lovelace <ada@example.org>", None)
    ]
    text, asks, attached = parts(message)
    assert text.get_content().splitlines()[0] == "Hello Ada Lovelace,"
    assert (asks.get_content_type(), asks["Content-Type"].params["method"]) == ("text/calendar", "REQUEST")
    assert (attached.get_filename(), attached.get_content().decode()) == ("invitation.ics", calendar(asks))
    assert typed(db, config, "event", "invite", "E1", "-o", path).code == 1
    assert must(edit.removeprefix("improv "), db, MONDAY).out.startswith(
        "E1 Ada Lovelace changed: confirmation on"
    )


INVITED = f"""BEGIN:VEVENT
SUMMARY:discovery meeting with Sam Vimes
DTSTART;TZID=Europe/Berlin:20261126T150000
DTEND;TZID=Europe/Berlin:20261126T160000
DTSTAMP:20261122T120000Z
UID:E1-{STORE}@improv
SEQUENCE:0
ATTENDEE;CN="Ada Lovelace";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:ada@example.org
CREATED:20261122T120000Z
LAST-MODIFIED:20261122T120000Z
LOCATION:Bonn
ORGANIZER;CN="Sam Vimes":mailto:sam@example.com
STATUS:CONFIRMED
TRANSP:OPAQUE
END:VEVENT
END:VCALENDAR"""


def with_ada(book: Book, **fields: object) -> None:
    """Book a discovery meeting with Ada, with fields of its own."""
    lead = {"name": "Ada Lovelace", "name_folded": "ada lovelace", "email": "ada@example.org"} | {
        key.removeprefix("lead_"): fields.pop(key) for key in list(fields) if key.startswith("lead_")
    }
    book.work.connection.execute("UPDATE store_setting SET value = ? WHERE key = 'id'", (STORE,))
    number = book.add(Lead, received_on="2026-11-01", **lead).id
    days = {"set_on": "2026-11-20", "first_set_on": "2026-11-20", "scheduled_for": "2026-11-26"}
    book.add(
        Event, **({"kind": "discovery-meeting", "lead_id": number, "scheduled_time": "15:00"} | days | fields)
    )


def test_the_invitation_line_by_line(book: Book) -> None:
    """The other side sees who asks, when and where: not the stage you hope for, the gap, nor your alarm."""
    with_ada(book, place="Bonn", anticipated_stage="proposal", reminder_minutes=30, assigned_to="Eve")
    draft = invitation.prepare(book.reader(), 1, "invitation", SAM)
    assert lines(draft.calendar)[3] == "METHOD:REQUEST"
    assert lines(draft.calendar)[-16:] == INVITED.split("\n")
    kept = invitation.prepare(book.reader(), 1, "confirmation", SAM)
    assert lines(kept.calendar)[3] == "METHOD:PUBLISH"
    assert lines(kept.calendar)[-15:] == [
        line for line in INVITED.split("\n") if not line.startswith("ATTENDEE")
    ]


def test_the_invitation_to_a_moved_event_moves_it_in_their_calendar(db: Path, config: Path) -> None:
    """The same identity, a greater number; saying that it was sent changes neither."""
    must("event schedule ada discovery-meeting 'thu 15:00'", db, MONDAY)
    must("event edit E1 --confirmation-on today", db, MONDAY)
    must("event move E1 'fri 10:00'", db, MONDAY)
    must("event edit E2 --confirmation-on today", db, MONDAY)
    message = read(typed(db, config, "event", "confirm", "E2", "--format", "eml").out.encode())
    (kept,) = message.iter_attachments()
    assert said(calendar(kept), "UID", "SEQUENCE", "DTSTART") == [
        (f"E1-{STORE}@improv", "1", "20261127T100000")
    ]


# ── To whom ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_client_is_written_to_then_the_lead_then_a_contact(book: Book) -> None:
    """The first of them that has an address; another one on demand."""
    lead = book.add(Lead, name="Lee", name_folded="lee", received_on="2026-01-05", email="lee@x.org")
    client = book.add(
        Client, name="Acme", name_folded="acme", since_on="2026-01-05", email="acme@x.org", lead_id=lead.id
    )
    deal = book.add(
        Opportunity, title="T", title_folded="t", opened_on="2026-01-05", lead_id=lead.id, client_id=client.id
    )
    book.add(Contact, opportunity_id=deal.id, name="Con", added_on="2026-01-06", email="con@x.org")
    days = {"set_on": "2026-11-20", "first_set_on": "2026-11-20", "scheduled_for": "2026-11-26"}
    book.add(Event, kind="discovery-meeting", opportunity_id=deal.id, **days)

    def to(address: str | None = None) -> Person:
        return invitation.prepare(book.reader(), 1, "invitation", SAM, address).to

    assert to() == Person("Acme", "acme@x.org")
    assert to("other@x.org") == Person("Acme", "other@x.org")
    book.work.change(client, email=None)
    assert to() == Person("Lee", "lee@x.org")
    book.work.change(lead, email="")
    assert to() == Person("Con", "con@x.org")


def test_without_an_address_nothing_is_booked(db: Path, config: Path) -> None:
    """Neither where the other side has none, nor where the settings have none."""
    must("lead add Bob", db, MONDAY)
    must("client add Acme --email nowhere --on 2026-01-05", db, MONDAY)
    book = ("event", "schedule", "bob", "introductory-call", "thu")
    assert typed(db, config, *book, "--invite").told == [
        "improv: there is no mail address to write to",
        "  at fault: L2 Bob",
        "  to mend:  improv lead edit L2 --email name@example.com",
    ]
    assert typed(db, config, "visit", "schedule", "acme", "thu", "--confirm").told == [
        "improv: this is no mail address in plain letters",
        "  at fault: nowhere",
        "  to mend:  improv client edit C1 --email name@example.com",
    ]
    config.write_text("", "utf-8")
    assert typed(db, config, *book, "--invite").told == [
        "improv: the settings do not say what your mail address is",
        "  at fault: [me]",
        f'  to mend:  email = "you@example.com" under [me] in {config}',
    ]
    both = typed(db, config, *book, "--invite", "--confirm")
    assert (both.code, both.told[0]) == (2, "improv: an invitation says all that a confirmation says")
    assert must("event list", db).out == ""


def test_an_event_that_is_over_is_not_written_about(db: Path, config: Path) -> None:
    """It was moved, held, missed or cancelled."""
    must("event schedule ada introductory-call thu", db, MONDAY)
    must("event cancel E1", db, MONDAY)
    assert typed(db, config, "event", "invite", "E1").told == [
        "improv: the event is cancelled already",
        "  at fault: E1, 2026-11-23",
        "  to mend:  improv event show E1",
    ]


# ── What it says ───────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = (
    'Eve" <eve@evil.example>, x\r\nBcc: all@evil.example\n\n\u202e{me} ;:,\\N',
    "=?utf-8?q?x=0D=0ABcc=3A_all=40evil.example?=",
    "=?utf-8?q?eve=2C_all=40evil.example?=",
    "a, " * 40,
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_users_wrote_adds_no_header_and_no_recipient(hostile: str, book: Book) -> None:
    """A newline, an address in a name, what looks encoded, an override of the direction, a placeholder: all text."""
    with_ada(book, lead_name=hostile, kind=hostile, subject=hostile, place=hostile)
    sender = Person(hostile, "sam@example.com")
    draft = invitation.prepare(book.reader(), 1, "invitation", sender)
    raw = invitation.compose(draft, message_id="<1@improv>", at=NOW)
    assert raw.isascii()
    message = read(raw)
    assert message.keys() == ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
    assert message["Subject"] == f"Invitation: {shown(hostile)}, Thu 26 Nov 2026, 15:00 (Europe/Berlin)"
    for name, spec in (("From", "sam@example.com"), ("To", "ada@example.org")):
        (only,) = message[name].addresses
        # The reader of this Python puts a space between two encoded words.
        assert (only.addr_spec, only.display_name.replace(" ", "")) == (spec, shown(hostile).replace(" ", ""))
    text, asks, attached = parts(message)
    assert text.get_content().splitlines()[0] == f"Hello {shown(hostile)},"
    assert f"About: {shown(hostile)}" in text.get_content().splitlines()
    (event,) = components(attached.get_content().decode())
    assert str(event["LOCATION"]) == shown(hostile)
    assert str(event["ATTENDEE"]) == "mailto:ada@example.org"
    assert event["ATTENDEE"].params["CN"] == shown(hostile)
    assert asks.get_content_type() == "text/calendar"


@pytest.mark.parametrize(
    "typed_address",
    [
        "",
        " ",
        "ada",
        "ada@",
        "@x.org",
        "a b@x.org",
        "ada@x.org, eve@y.org",
        "ada@x.org\nBcc: e@y.org",
        "ä@x.org",
        "a@ü.org",
    ],
)
def test_what_is_no_address_is_refused(typed_address: str) -> None:
    """One address in plain letters, and nothing else."""
    with pytest.raises(ImprovError, match="this is no mail address in plain letters"):
        invitation.address(Person("Ada", typed_address))


def test_the_words_are_the_playbooks(book: Book) -> None:
    """Single texts are overridden; a line is left out when all of its placeholders are empty, and only then."""
    with_ada(book)
    own = playbook.load(
        overrides={
            "message": {
                "invitation": {
                    "title": "{what}",
                    "subject": "Einladung",
                    "text": "Hallo {name}\n{place}\n{place}{about}\n{place} {me} {0\n\nGruss",
                }
            }
        }
    )
    draft = invitation.prepare(book.reader(playbook=own), 1, "invitation", SAM)
    assert (draft.subject, draft.text) == ("Einladung", "Hallo Ada Lovelace\n Sam Vimes {0\n\nGruss")
    assert said(draft.calendar, "SUMMARY") == [("discovery meeting",)]
    kept = invitation.prepare(book.reader(playbook=own), 1, "confirmation", SAM)
    assert kept.subject == "Confirmed: discovery meeting, Thu 26 Nov 2026, 15:00 (Europe/Berlin)"


def test_looking_at_a_message_changes_no_record(db: Path, config: Path, tmp_path: Path) -> None:
    """Neither showing it nor writing the draft is a step that could be undone."""
    must("event schedule ada introductory-call thu", db, MONDAY)
    before = db.read_bytes()
    assert typed(db, config, "event", "invite", "ada").code == 0
    assert typed(db, config, "event", "confirm", "ada", "-o", tmp_path / "x.eml").code == 0
    assert db.read_bytes() == before


def test_a_message_is_sent_only_when_told_and_to_the_other_side_alone(tmp_path: Path) -> None:
    """It is shown too; the next command says how to note it. What the program refuses is told, and nothing is kept."""
    box = Mailbox(tmp_path)
    box.set('[me]\nname = "Sam Vimes"\nemail = "sam@example.com"')
    box.must("lead add Ada --email ada@example.org", "event schedule ada introductory-call +2d")
    assert box.type("event invite E1").out.endswith("\n  next: improv event invite E1 --send\n")
    assert box.letters() == []
    sent = box.type("event invite E1 --send")
    assert sent.code == 0
    assert sent.out.splitlines()[-2:] == [
        f"  attached: invitation.ics; accepted by {box.sendmail}",
        "  next: improv event edit E1 --confirmation-on today",
    ]
    (letter,) = box.letters()
    assert (letter["From"], letter["To"]) == ("Sam Vimes <sam@example.com>", "Ada <ada@example.org>")
    assert letter["Message-ID"]
    box.takes("exit 1")
    refused = box.type("event confirm E1 --send")
    assert (refused.code, refused.out) == (6, "")
    assert refused.told[0] == "improv: sendmail said no: no words (exit code 1)"
    box.takes("echo full; exit 75")
    later = box.type("event confirm E1 --send")
    assert later.told[-1] == "  to mend:  it is not kept: type it again later"
    assert box.type("mail list").out == ""
