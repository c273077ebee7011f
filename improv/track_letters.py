"""What a step of a track writes: the playbook's message, filled for the lead or client it goes to. Never sent here."""

from datetime import date, datetime
from typing import Final

from improv.calendar.file import Person
from improv.calendar.invitation import address, filled, plain, wired
from improv.errors import Refused
from improv.named import NamedTuple
from improv.nouns import ref
from improv.playbook import Step
from improv.reader import Reader
from improv.text import shown
from improv.tracks import Standing

# What stands between these is for the user to fill in.
_BLANK: Final = "<<"

_LEAD: Final = """SELECT x.name AS name, x.name AS person, x.email, x.company, x.industry, x.met_at FROM lead AS x
WHERE x.id = :id"""
_CLIENT: Final = """SELECT COALESCE(x.contact_name, x.name) AS name, x.contact_name AS person, x.email,
    x.name AS company, COALESCE(x.industry, l.industry) AS industry, l.met_at
FROM client AS x LEFT JOIN lead AS l ON l.id = x.lead_id WHERE x.id = :id"""


class Letter(NamedTuple):
    """The message of one step as it would be sent."""

    enrolment: str
    step: Step
    due: date | None
    sender: Person
    to: Person
    subject: str
    text: str

    @property
    def is_blank(self) -> bool:
        """Whether something is still to be filled in."""
        return _BLANK in self.subject + self.text


def prepare(reader: Reader, now: Standing, sender: Person, to: str | None = None) -> Letter:
    """Return the message of the first step that is still to be written; `to` is another address than the one on record."""
    step = _step(now)
    known = reader.row(_LEAD if now.noun == "lead" else _CLIENT, {"id": now.number})
    assert known is not None, f"{now.who} is on a track"  # noqa: S101 - a fault of ours
    record = ref(now.noun, now.number)
    mend = "--to name@example.com" if to else f"improv {now.noun} edit {record} --email name@example.com"
    if not (to or known["email"]):
        raise Refused("there is no mail address to write to", now.who, mend)
    whom = Person(known["name"], to or known["email"])
    address(whom, mend)
    said = {
        "name": known["name"],
        "first_name": (known["person"] or "").partition(" ")[0] or known["name"],
        "me": sender.name,
        "company": known["company"] or "",
        "industry": known["industry"] or "",
        "met_at": known["met_at"] or "",
    }
    words = {word: shown(text) for word, text in said.items()}
    template = reader.playbook.track_messages[step.message or ""]
    subject, text = filled(template.subject, words), filled(template.text, words)
    return Letter(now.ref, step, now.due_on(step), sender, whom, subject, text)


def _step(now: Standing) -> Step:
    """Return the first step with a message that is to do or ahead."""
    if not now.runs:
        ended = now.ending or (now.leaving.ending if now.leaving else "")
        raise Refused(
            "nothing more is written on this track",
            f"{now.ref} {now.who}: {ended}",
            f"improv track show {now.ref}",
        )
    to_do = set(now.open_steps)
    for step in now.steps:
        if step.message and (step.after in to_do or step in now.ahead):
            return step
    raise Refused(
        "no step that is left writes anything", f"{now.ref} {now.called}", f"improv track show {now.ref}"
    )


def compose(letter: Letter, *, message_id: str = "", at: datetime) -> bytes:
    """Return the message as it goes over the wire."""
    return wired(letter.sender, letter.to, letter.subject, plain(letter.text), message_id, at)
