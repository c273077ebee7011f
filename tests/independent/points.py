"""What earns points by itself, in plain Python: events held, visits and leads, taken out one by one where they were logged."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tests.independent.seen import Row, Seen, earliest, newest


class Doing(NamedTuple):
    """Something that is an activity by itself: its kind, whom it was with, whose it is."""

    kind: str
    party: tuple[str, int] | None
    owner: str | None


def by_themselves(seen: Seen) -> list[int | None]:
    """Return the points of each, None for one that stands among the activities as well."""
    found: list[int | None] = []
    days = sorted({day for day, _ in _doings(seen) if seen.within(day)})
    for day in days:
        doings = [doing for on, doing in _doings(seen) if on == day]
        logged = [row for row in seen.activity if row.done_on == day]
        found += _worth(seen, doings, logged)
    return found


def _worth(seen: Seen, doings: list[Doing], logged: list[Row]) -> Iterator[int | None]:
    named, unnamed = Counter[tuple[str, tuple[str, int]]](), Counter[tuple[str, str | None]]()
    for row in logged:
        party = _party(seen, row)
        if party is None:
            unnamed[row.kind, row.owner] += row.times
        else:
            named[row.kind, party] += row.times
    rest = []
    for doing in doings:
        if doing.party is not None and named[doing.kind, doing.party]:
            named[doing.kind, doing.party] -= 1
            yield None
        else:
            rest.append(doing)
    for doing in rest:
        if unnamed[doing.kind, doing.owner]:
            unnamed[doing.kind, doing.owner] -= 1
            yield None
        else:
            yield seen.listed("activity_kind", doing.kind).get("points", 0)


def _doings(seen: Seen) -> Iterator[tuple[date, Doing]]:
    for event in seen.event:
        kind = seen.listed("event_kind", event.kind).get("activity")
        visits = seen.visit.of("event_id", event.id)
        if event.status == "done" and kind and not any(_of_visit(seen, visit) for visit in visits):
            party = _party(seen, event)
            yield event.closed_on, Doing(kind, party, event.assigned_to or _whose(seen, event))
    for visit in seen.visit:
        if kind := _of_visit(seen, visit):
            owner = visit.owner or _worker(seen, "client_id", visit.client_id, visit.held_on)
            yield visit.held_on, Doing(kind, _of_client(seen, visit.client_id), owner)
    for lead in seen.lead:
        for kind in (key for key, entry in seen.method["activity_kind"].items() if entry.get("lead")):
            owner = _worker(seen, "lead_id", lead.id, lead.received_on)
            yield lead.received_on, Doing(kind, ("lead", lead.id), owner)


def _of_visit(seen: Seen, visit: Row) -> str | None:
    kind: str | None = seen.listed("visit_kind", visit.kind).get("activity")
    return kind


def _party(seen: Seen, row: Row) -> tuple[str, int] | None:
    """Return the lead it was with, also by its opportunity or its client; else the client, else the opportunity."""
    if row.lead_id is not None:
        return "lead", row.lead_id
    client = row.client_id
    for deal in seen.opportunity.of("id", row.opportunity_id):
        if deal.lead_id is not None:
            return "lead", deal.lead_id
        client = deal.client_id if client is None else client
    if client is not None:
        return _of_client(seen, client)
    return None if row.opportunity_id is None else ("opportunity", row.opportunity_id)


def _of_client(seen: Seen, number: int) -> tuple[str, int]:
    (client,) = seen.client.of("id", number)
    return ("client", number) if client.lead_id is None else ("lead", client.lead_id)


def _whose(seen: Seen, event: Row) -> str | None:
    terms = [
        row
        for row in seen.opportunity_terms.of("opportunity_id", event.opportunity_id)
        if row.on_day <= event.closed_on
    ]
    held = newest(terms, "on_day")
    if held is not None and held.owner is not None:
        owner: str = held.owner
        return owner
    return _worker(seen, "lead_id", event.lead_id, event.closed_on) or _worker(
        seen, "client_id", event.client_id, event.closed_on
    )


def _worker(seen: Seen, column: str, number: int | None, day: date) -> str | None:
    """Return who worked a record on a day; before anybody did, who was the first to."""
    named = [row for row in seen.reading.of(column, number) if row.kind == "owner"]
    held = newest((row for row in named if row.on_day <= day), "on_day") or earliest(named, "on_day")
    return None if held is None else held.text
