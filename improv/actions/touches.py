"""What is done with touches: kept, and attributed. A visitor becomes a lead or a client on a day, and not before."""

import secrets
from datetime import date
from typing import Any, Final

from improv.actions import mailings
from improv.actions.dated import not_after_today, not_before, not_before_parent, one_line
from improv.errors import Refused, Usage
from improv.links import checked, page_of
from improv.models import Link, Touch, Visitor
from improv.named import NamedTuple
from improv.nouns import ref
from improv.resolve import Found
from improv.store import Writing

BY_HAND: Final = "by hand"
BY_ADDRESS: Final = "by mail address"
BY_LINK: Final = "by own link"
_TAG_BYTES: Final = 9
# Whose each mail address is, and since when; a client and the lead it once was are one, and the lead stands for both.
_ADDRESSES: Final = """SELECT lower(l.email) AS email, 'lead' AS noun, l.id AS id, l.received_on AS since
    FROM lead AS l WHERE l.email IS NOT NULL
    UNION ALL SELECT lower(c.email), 'client', c.id, c.since_on FROM client AS c WHERE c.email IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM lead AS l WHERE l.id = c.lead_id AND lower(l.email) = lower(c.email))"""


def add(work: Writing, about: Found, on: date, at: str | None, values: dict[str, Any]) -> Touch:
    """Keep a touch of a lead, a client or a visitor, by hand."""
    not_after_today(work, on, "a touch")
    if about.table == "visitor":
        visitor = work.get(Visitor, about.id)
        if on < visitor.seen_on:
            work.change(visitor, seen_on=on)
    else:
        not_before_parent(work, about, on, "a touch")
    kind = values.pop("kind", None) or ("page" if values.get("page") else None)
    if kind is None:
        raise Usage("what they did is missing", "", "--page /pricing, or --kind chat")
    touch = work.add(
        Touch, kind=kind, on_day=on, at_time=at, **{f"{about.table}_id": about.id}, **_paged(values)
    )
    _heed_touch(work, touch)
    return touch


def edit(work: Writing, number: int, values: dict[str, Any]) -> Touch:
    """Correct what was said of a touch."""
    if "kind" in values and values["kind"] is None:
        raise Usage("a touch is something they did", "''", "--kind page")
    touch = work.change(work.get(Touch, number), **_paged(values))
    _heed_touch(work, touch)
    return touch


def _heed_touch(work: Writing, touch: Touch) -> None:
    if touch.kind == "unsubscribe":
        mailings.heed(work, "w.id = :id", {"id": touch.id})
    work.subject = ref("touch", touch.id)


def _paged(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"page": page_of(values["page"])} if values.get("page") else values


class OwnLink(NamedTuple):
    """A link of one person's own, as those who bring in visits look it up by its tag."""

    id: int
    lead_id: int | None
    client_id: int | None
    campaign_id: int | None
    made_on: str

    def learnt(self, day: date) -> dict[str, Any]:
        """Return what is known of a visitor who followed it on a day."""
        on = max(day, date.fromisoformat(self.made_on))
        return {
            "lead_id": self.lead_id,
            "client_id": self.client_id,
            "attributed_on": on,
            "because": BY_LINK,
        }


def own_links(work: Writing) -> dict[str, OwnLink]:
    """Return every link by its tag."""
    rows = work.connection.execute(f"SELECT tag, {', '.join(OwnLink._fields)} FROM link")
    return {tag: OwnLink(*link) for tag, *link in rows}


def make_link(
    work: Writing, about: Found, url: str, on: date, values: dict[str, Any], *, tag: str | None = None
) -> Link:
    """Make a link of one person's own, with a tag nobody can guess unless one is given."""
    not_after_today(work, on, "the day a link was made")
    not_before_parent(work, about, on, "a link")
    link = work.add(
        Link,
        tag=tag or secrets.token_urlsafe(_TAG_BYTES),
        url=checked(url),
        made_on=on,
        **{f"{about.table}_id": about.id},
        **values,
    )
    work.subject = ref("link", link.id)
    return link


def edit_link(work: Writing, number: int, values: dict[str, Any]) -> Link:
    """Correct what was said of a link."""
    work.subject = ref("link", number)
    return work.change(work.get(Link, number), **values)


def add_visitor(work: Writing, name: str | None, on: date, values: dict[str, Any]) -> Visitor:
    """Keep somebody who was seen and is not known yet; a mail address that somebody has says who it is."""
    not_after_today(work, on, "the day somebody was seen")
    told = values | {"name": one_line(name, "name")} if name else values
    visitor = work.add(Visitor, known_as=secrets.token_hex(_TAG_BYTES), seen_on=on)
    assert visitor.id is not None  # noqa: S101 - it was just written
    return edit_visitor(work, visitor.id, told)


def attribute(work: Writing, number: int, about: Found, on: date) -> Visitor:
    """Say who a visitor is, from a day on."""
    visitor = work.get(Visitor, number)
    not_after_today(work, on, "the day somebody was recognised")
    not_before(on, visitor.seen_on, "the day somebody was recognised", "they were first seen")
    not_before_parent(work, about, on, "the day somebody was recognised")
    if visitor.attributed_on is not None:
        raise Refused(
            "the visitor is known already",
            f"{ref('visitor', number)}, since {visitor.attributed_on.isoformat()}",
            f"improv visitor release {ref('visitor', number)}, if that was a mistake",
        )
    return _is(work, visitor, about.table, about.id, on, BY_HAND)


def _is(work: Writing, visitor: Visitor, table: str, number: int, on: date, because: str) -> Visitor:
    """Note who a visitor is, since when and why; and what follows of what they did."""
    known = work.change(visitor, **{f"{table}_id": number}, attributed_on=on, because=because)
    mailings.heed(work, "w.visitor_id = :id", {"id": visitor.id})
    work.subject = ref("visitor", visitor.id)
    return known


def release(work: Writing, number: int) -> Visitor:
    """Take back who a visitor was thought to be."""
    visitor = work.get(Visitor, number)
    if visitor.attributed_on is None:
        raise Refused(
            "nobody knows yet who this visitor is",
            ref("visitor", number),
            f"improv visitor attribute {ref('visitor', number)} LEAD",
        )
    work.subject = ref("visitor", number)
    return work.change(visitor, lead_id=None, client_id=None, attributed_on=None, because=None)


def edit_visitor(work: Writing, number: int, values: dict[str, Any]) -> Visitor:
    """Correct what is known of a visitor. A mail address that a lead or a client has says who it is."""
    visitor = work.get(Visitor, number)
    if values.get("email"):
        values["email"] = values["email"].casefold()
    changed = work.change(visitor, **values)
    if values.get("email") and visitor.attributed_on is None:
        found = whose_address(work, values["email"])
        if found is not None:
            table, owner, since = found
            day = max(visitor.seen_on, since)
            _is(work, changed, table, owner, day, BY_ADDRESS)
    work.subject = ref("visitor", number)
    return changed


def recognise(work: Writing, table: str, number: int, email: str | None, on: date) -> list[str]:
    """Attribute the visitors with this mail address, of whom nobody knew who they are; return their ids.

    Nothing is told of an address that several leads or clients have: nobody knows whose it is.
    """
    if not email or (found := whose_address(work, email)) is None or found[:2] != (table, number):
        return []
    rows = work.reader.rows(
        "SELECT id, seen_on FROM visitor WHERE email = :email AND attributed_on IS NULL ORDER BY id",
        {"email": email.casefold()},
    )
    for row in rows:
        day = max(on, date.fromisoformat(row["seen_on"]))
        _is(work, work.get(Visitor, row["id"]), table, number, day, BY_ADDRESS)
    return [ref("visitor", row["id"]) for row in rows]


def recognise_all(work: Writing) -> int:
    """Attribute every visitor nobody knew whose mail address one lead or one client has; return how many there are."""
    rows = work.connection.execute(
        "SELECT id, email, seen_on FROM visitor WHERE attributed_on IS NULL AND email IS NOT NULL ORDER BY id"
    ).fetchall()
    asked = {email for _, email, _ in rows}
    known: dict[str, tuple[str, int, str] | None] = {}
    for email, table, number, since in work.connection.execute(_ADDRESSES) if asked else ():
        if email in asked:
            known[email] = None if email in known else (table, number, since)
    found = [(visitor, seen_on, whose) for visitor, email, seen_on in rows if (whose := known.get(email))]
    for visitor, seen_on, (table, number, since) in found:
        work.connection.execute(
            f"UPDATE visitor SET {table}_id = ?, attributed_on = ?, because = ? WHERE id = ?",
            (number, max(since, seen_on), BY_ADDRESS, visitor),
        )
    return len(found)


def whose_address(work: Writing, email: str) -> tuple[str, int, date] | None:
    """Return the lead or the client with a mail address, and since when; nobody where it is not one alone."""
    rows = work.reader.rows(
        f"SELECT * FROM ({_ADDRESSES}) AS a WHERE a.email = :email",
        {"email": email.strip().casefold()},
    )
    if len(rows) != 1:
        return None
    return rows[0]["noun"], rows[0]["id"], date.fromisoformat(rows[0]["since"])
