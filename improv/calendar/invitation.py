"""The message to the other side of an event: an invitation they can accept, or a confirmation. Prepared, never sent here.

Its texts are the playbook's. What users wrote stands in it as text and can add neither a header nor a recipient.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from sqlite3 import Row
from typing import Final, Literal

from improv.calendar import file, items
from improv.calendar.file import Person
from improv.dates import describe_day
from improv.errors import Refused, Usage
from improv.fragments import called
from improv.named import NamedTuple
from improv.nouns import ref
from improv.playbook import PLACEHOLDER, Message
from improv.reader import Reader
from improv.text import shown

Purpose = Literal["invitation", "confirmation"]
# What a calendar program is to do with the file: ask whether to accept, or take it in.
_METHODS: Final[Mapping[Purpose, str]] = {"invitation": "REQUEST", "confirmation": "PUBLISH"}

# Every line of a message is ASCII: any server takes it.
_POLICY: Final = SMTP.clone(cte_type="7bit", raise_on_defect=True)
_ADDRESS: Final = r"[A-Za-z0-9.!#$%&'*+/^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
_PLAIN_NAME: Final = r"[A-Za-z0-9 '-]{1,60}"
_PLAIN_TEXT: Final = r"[ -<>-~]{1,60}"

_EVENT: Final = f"""
SELECT x.status, x.closed_on, x.subject, x.place, x.scheduled_for, x.scheduled_time, x.ends_time,
    COALESCE({called("playbook_visit_kind", "x.visit_kind")}, {called("playbook_event_kind", "x.kind")}) AS what
FROM event AS x WHERE x.id = :number"""

# Who may be written to about an event: the client, else the lead, else a contact.
_REACHED: Final = """
WITH x AS (SELECT e.opportunity_id, COALESCE(e.client_id, o.client_id) AS client_id, COALESCE(e.lead_id, o.lead_id) AS lead_id
    FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id WHERE e.id = :number)
SELECT 1 AS place, 'client' AS noun, c.id AS id, COALESCE(c.contact_name, c.name) AS name, c.email AS email
    FROM x JOIN client AS c ON c.id = x.client_id
UNION ALL SELECT 2, 'lead', l.id, l.name, l.email FROM x JOIN lead AS l ON l.id = x.lead_id
UNION ALL SELECT 3, '', p.id, p.name, p.email
    FROM x JOIN contact AS p ON p.opportunity_id = x.opportunity_id OR p.client_id = x.client_id
ORDER BY place, id"""


class Draft(NamedTuple):
    """A message about an event as it would be sent, and the calendar file that goes with it."""

    event: str
    purpose: Purpose
    sender: Person
    to: Person
    subject: str
    text: str
    calendar: str

    @property
    def attachment(self) -> str:
        """The name of the file that goes with it."""
        return f"{self.purpose}.ics"


def prepare(reader: Reader, number: int, purpose: Purpose, sender: Person, to: str | None = None) -> Draft:
    """Return the message about an event that is still open; `to` is another address than the one on record."""
    event, name = reader.row(_EVENT, {"number": number}), ref("event", number)
    assert event is not None, f"{name} was just resolved"  # noqa: S101 - a fault of ours
    if event["status"] != "scheduled":
        what, value = f"the event is {event['status']} already", f"{name}, {event['closed_on']}"
        raise Refused(what, value, f"improv event show {name}")
    whom, diary = _recipient(reader, number, to), items.event(reader, number)
    template: Message = reader.playbook.messages[purpose]
    words = _words(event, diary.zone.key, whom, sender)
    title, subject, text = (filled(one, words) for one in (template.title, template.subject, template.text))
    told = file.message(diary, reader.today, title, sender, whom if purpose == "invitation" else None)
    return Draft(name, purpose, sender, whom, subject, text, told)


def _recipient(reader: Reader, number: int, to: str | None) -> Person:
    """Return who is written to; refused when no address is known."""
    known = reader.rows(_REACHED, {"number": number})
    found = next((row for row in known if row["email"]), known[0] if known else None)
    email = to or (found["email"] if found else None)
    named, mend = ref("event", number), "--to name@example.com"
    if found and found["noun"]:
        named = f"{ref(found['noun'], found['id'])} {found['name']}"
        mend = f"improv {found['noun']} edit {ref(found['noun'], found['id'])} --email name@example.com"
    if not email:
        raise Refused("there is no mail address to write to", named, mend)
    whom = Person(found["name"] if found else email, email)
    address(whom, "--to name@example.com" if to else mend)
    return whom


def _words(event: Row, zone: str, whom: Person, sender: Person) -> dict[str, str]:
    """Return what the placeholders of a message stand for."""
    day = date.fromisoformat(event["scheduled_for"])
    when = f"{describe_day(day, day)} {day.year}"
    if event["scheduled_time"]:
        until = f"–{event['ends_time']}" if event["ends_time"] else ""
        when += f", {event['scheduled_time']}{until} ({zone})"
    given = {
        "name": whom.name,
        "me": sender.name,
        "what": event["what"],
        "about": event["subject"] or "",
        "when": when,
        "place": event["place"] or "",
    }
    return {word: shown(text) for word, text in given.items()}


def filled(template: str, words: Mapping[str, str]) -> str:
    """Return a text with its placeholders filled; a line in which all of them are empty is left out.

    A playbook may be somebody else's: what it writes goes through the gate as what fills it did.
    """
    lines = []
    for line in shown(template, keep_newlines=True).strip("\n").split("\n"):
        asked = re.findall(PLACEHOLDER, line)
        if not asked or any(words[word] for word in asked):
            lines.append(re.sub(PLACEHOLDER, lambda found: words[found[1]], line))
    return "\n".join(lines)


def compose(draft: Draft, *, message_id: str = "", at: datetime) -> bytes:
    """Return a message as it goes over the wire. A mail program gives it a Message-ID where none is given here."""
    return wired(draft.sender, draft.to, draft.subject, _body(draft), message_id, at)


def plain(text: str) -> EmailMessage:
    """Return the body of a message that is text alone."""
    body = EmailMessage(policy=_POLICY)
    body.set_content(text + "\n")
    return body


def wired(
    sender: Person, to: Person, subject: str, body: EmailMessage, message_id: str, at: datetime
) -> bytes:
    """Return a message under its headers as it goes over the wire."""
    headers = {
        "From": _mailbox("From", sender),
        "To": _mailbox("To", to),
        "Subject": _header("Subject", subject, _PLAIN_TEXT),
        "Date": format_datetime(at),
        "Message-ID": message_id,
    }
    top = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return top.encode("ascii") + body.as_bytes()


def _body(draft: Draft) -> EmailMessage:
    body = plain(draft.text)
    method = {"method": _METHODS[draft.purpose]}
    if draft.purpose == "invitation":
        # Programs that offer to accept look for the part beside the text; the others show the file.
        body.add_alternative(draft.calendar, subtype="calendar", params=method)
        body.add_attachment(
            draft.calendar.encode(), maintype="application", subtype="ics", filename=draft.attachment
        )
    else:
        body.add_attachment(draft.calendar, subtype="calendar", params=method, filename=draft.attachment)
    return body


def unsent(message: bytes) -> bytes:
    """Return a message as a draft, which mail programs open to be edited and sent."""
    return b"X-Unsent: 1\r\n" + message


def address(person: Person, mend: str = "name@example.com") -> str:
    """Return the mail address of somebody; refused when it is none, or has signs not every server takes."""
    if re.fullmatch(_ADDRESS, person.email) is None:
        raise Usage("this is no mail address in plain letters", person.email, mend)
    return person.email


def _mailbox(header: str, person: Person) -> str:
    """Return a name and an address as a header holds them."""
    return f"{_header(header, person.name, _PLAIN_NAME)}\r\n <{address(person)}>"


def _header(name: str, text: str, plain: str) -> str:
    """Return a text as a header holds it: encoded, unless it is so plain that no program takes a sign in it for more.

    The headers of the library's own messages are no gate: they decode what looks encoded, and a name could hold a
    line break and a recipient.
    """
    safe = shown(text)
    return (
        safe if re.fullmatch(plain, safe) else Header(safe, "utf-8", header_name=name).encode(linesep="\r\n")
    )
