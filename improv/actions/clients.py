"""What is done with clients: added, edited, left, renewed, and the openings for more business at them."""

from datetime import date
from typing import Any

from improv.actions.dated import not_after_today, not_before, one_line, read_all, read_on, split_dated
from improv.actions.touches import recognise
from improv.errors import Refused
from improv.models import Client, ClientStatus, Renewal, Upsell
from improv.nouns import ref
from improv.store import Writing
from improv.text import folded

DATED = ("owner", "health", "engagement", "revenue")


def add(work: Writing, name: str, on: date, values: dict[str, Any]) -> Client:
    """Add a client who is active since a day."""
    not_after_today(work, on, "the day somebody became a client")
    own, dated = split_dated(values, *DATED)
    called = one_line(name, "name")
    client = work.add(Client, name=called, name_folded=folded(called), since_on=on, **own)
    assert client.id is not None  # noqa: S101 - it was just written
    work.add(ClientStatus, client_id=client.id, status="active", since=on)
    read_all(work, "client", client.id, dated, on)
    recognise(work, "client", client.id, client.email, on)
    work.subject = ref("client", client.id)
    return client


def edit(work: Writing, number: int, name: str | None, on: date, values: dict[str, Any]) -> Client:
    """Change a client. Owner, health, engagement and revenue hold from `on`; the rest is a correction."""
    client = work.get(Client, number)
    own, dated = split_dated(values, *DATED)
    not_before(on, client.since_on, "a change", "they became a client")
    for kind, value in dated.items():
        read_on(work, "client", number, kind, value, on)
    if name:
        own |= {"name": one_line(name, "name"), "name_folded": folded(name)}
    changed = work.change(client, **own)
    recognise(work, "client", number, own.get("email"), client.since_on)
    work.subject = ref("client", number)
    return changed


def status(work: Writing, number: int) -> ClientStatus:
    """Return the open span of a client's status."""
    row = work.reader.row(
        "SELECT id FROM client_status WHERE client_id = :id AND until IS NULL", {"id": number}
    )
    assert row is not None, "a client has a status from its first day"  # noqa: S101 - a fault of ours
    return work.get(ClientStatus, row["id"])


def set_status(work: Writing, number: int, word: str, on: date, reason: str | None) -> ClientStatus:
    """Say that a client left, with the reason, or came back."""
    current = status(work, number)
    not_after_today(work, on, "the day of a change")
    not_before(on, current.since, "the change", f"they became {current.status}")
    if current.status == word:
        raise Refused(
            f"the client is {word} already",
            f"{ref('client', number)}, since {current.since.isoformat()}",
            f"improv client show {ref('client', number)}",
        )
    reason = one_line(reason, "the reason") if reason else None
    work.change(current, until=on)
    work.subject = ref("client", number)
    return work.add(ClientStatus, client_id=number, status=word, since=on, reason=reason)


def welcome_back(work: Writing, number: int, on: date) -> None:
    """Make a former client active again, because they bought."""
    if status(work, number).status != "active":
        set_status(work, number, "active", on, None)


def renewal(work: Writing, number: int, due_on: date, on: date) -> Renewal:
    """Note when a contract is to be renewed."""
    not_after_today(work, on, "the day you learnt of a renewal")
    not_before(on, work.get(Client, number).since_on, "a renewal", "they became a client")
    work.subject = ref("client", number)
    return work.add(Renewal, client_id=number, due_on=due_on, noted_on=on)


def renewal_discussed(work: Writing, number: int, on: date) -> Renewal:
    """Say that the next renewal was discussed."""
    not_after_today(work, on, "a talk")
    row = work.reader.row(
        "SELECT id FROM renewal WHERE client_id = :id AND discussed_on IS NULL ORDER BY due_on LIMIT 1",
        {"id": number},
    )
    name = ref("client", number)
    if row is None:
        raise Refused(
            "no renewal waits to be discussed", name, f"improv client renewal {name} --due 2027-03-31"
        )
    found = work.get(Renewal, row["id"])
    not_before(on, found.noted_on, "the talk", "the renewal was noted")
    work.subject = name
    return work.change(found, discussed_on=on)


def found_upsell(
    work: Writing, number: int, what: str, value: int | None, on: date, visit_id: int | None = None
) -> Upsell:
    """Note an opening for further business at a client."""
    not_after_today(work, on, "the day an opening was found")
    not_before(on, work.get(Client, number).since_on, "an opening", "they became a client")
    called = one_line(what, "opening")
    upsell = work.add(Upsell, client_id=number, visit_id=visit_id, what=called, value=value, found_on=on)
    work.subject = ref("upsell", upsell.id)
    return upsell


def close_upsell(
    work: Writing, number: int, on: date, opportunity_id: int | None, because: str | None
) -> Upsell:
    """Say that an opening is pursued (with the opportunity, when there is one) or was dropped, and why."""
    upsell = work.get(Upsell, number)
    if upsell.closed_on is not None:
        raise Refused(
            "this opening is closed already",
            f"{ref('upsell', number)}, {upsell.closed_on.isoformat()}",
            f"improv show {ref('upsell', number)}",
        )
    not_after_today(work, on, "the day it was closed")
    not_before(on, upsell.found_on, "closing it", "it was found")
    work.subject = ref("upsell", number)
    return work.change(upsell, closed_on=on, opportunity_id=opportunity_id, because=because)
