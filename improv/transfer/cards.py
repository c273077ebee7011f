"""Leads and clients as vCards (3.0, RFC 2426), for an address book. A lead that became a client is in its client's card.

No note goes out: cards are handed on. All text goes through the gate of `improv.text`; lines are folded by the library.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from icalendar.parser import Contentline

from improv.nouns import ref
from improv.reader import Reader
from improv.text import shown
from improv.transfer.vcard import escaped

_PROGRAM: Final = "-//improv//improv//EN"
_PEOPLE: Final = """
SELECT 'lead' AS noun, id, name, company, job_profile, gender, email, phone, website, city, region, country FROM lead
WHERE id NOT IN (SELECT lead_id FROM client WHERE lead_id IS NOT NULL)
UNION ALL
SELECT 'client', c.id, COALESCE(c.contact_name, l.name, c.name), c.name, l.job_profile, l.gender, COALESCE(c.email, l.email),
COALESCE(c.phone, l.phone), l.website, COALESCE(c.city, l.city), COALESCE(c.region, l.region), COALESCE(c.country, l.country)
FROM client c LEFT JOIN lead l ON l.id = c.lead_id
ORDER BY 1 DESC, 2
"""
# What a line of a card is called, and the column it says.
_LINES: Final = (
    ("ORG", "company"),
    ("TITLE", "job_profile"),
    ("X-GENDER", "gender"),
    ("EMAIL;TYPE=work", "email"),
    ("TEL;TYPE=work", "phone"),
    ("URL;TYPE=work", "website"),
)


def write(reader: Reader) -> Iterator[bytes]:
    """Return the cards one by one."""
    store = reader.value("SELECT value FROM store_setting WHERE key = 'id'")
    for row in reader.each(_PEOPLE):
        yield _card(dict(zip(row.keys(), row, strict=True)), store)


def _card(one: Mapping[str, str | int | None], store: str) -> bytes:
    said = {
        name: escaped(shown(str(value), keep_newlines=True))
        for name, value in one.items()
        if value is not None
    }
    first, _, last = said["name"].rpartition(" ")
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"PRODID:{_PROGRAM}", f"FN:{said['name']}", f"N:{last};{first};;;"]
    lines += [f"{name}:{said[column]}" for name, column in _LINES if column in said]
    place = [said.get(column, "") for column in ("city", "region", "country")]
    if any(place):
        lines.append("ADR;TYPE=work:;;;{};{};;{}".format(*place))
    number = one["id"]
    assert isinstance(number, int)  # noqa: S101 - a record has one
    lines += [f"UID:{ref(said['noun'], number)}-{store}@improv", f"CATEGORIES:{said['noun']}", "END:VCARD"]
    folded = (Contentline(line).to_ical() for line in lines)  # type: ignore[no-untyped-call]
    return b"".join(line + b"\r\n" for line in folded)
