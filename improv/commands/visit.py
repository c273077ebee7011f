"""`improv visit`: a client visit and what came of it."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from improv.commands import message
from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    also_said,
    ask_missing,
    day_words,
    moment_ahead,
    moment_words,
    named,
    noun_app,
    past,
    told,
    typed,
    writes,
)
from improv.commands.event import gap_words
from improv.commands.listing import with_common_verbs, with_edit
from improv.dates import days_between
from improv.errors import Usage
from improv.fields import whole_number
from improv.playbook import Playbook
from improv.reader import Reader
from improv.resolve import Found, resolve

app = noun_app(
    "Visits: how clients become testimonials, stories and referrals.",
    """
    improv visit schedule acme "tue 10:00" --visit-kind qbr
    improv visit log acme --kind qbr --satisfaction 5 --testimonial "Best audit ever" --referral "Grace Hopper"
    """,
)
APPS = {"visit": app}
ClientArgument = Annotated[str, Argument(metavar="CLIENT", help="an id such as C3, or a name")]


@writes(
    app,
    "visit",
    "schedule",
    fields="event",
    examples='improv visit schedule acme "tue 10:00" --visit-kind qbr',
)
def schedule(
    client: ClientArgument,
    when: Annotated[str | None, Argument(metavar="WHEN", help="a day, and perhaps a time")] = None,
    on: Annotated[
        str | None, Option("--set", "--on", metavar="DAY", help="the day it was set; today unless told")
    ] = None,
    invite: message.Invite = False,
    confirm: message.Confirm = False,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Book a visit with a client."""
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel

    purpose = message.wanted(invite=invite, confirm=confirm)
    day = named(when, "When?", "the day it is for", 'improv visit schedule acme "tue 10:00"')
    with desk().writing() as work:
        found = resolve(work.reader, client, ["client"])
        kind = work.playbook.visit_event.key
        values = typed(work.reader, "event", fields)
        booked = events.schedule(
            work, found, kind, moment_ahead(day, work.today), past(on, work.today), values
        )
        draft = message.draft(work.reader, booked.id, purpose) if purpose else None
    told(
        f"E{booked.id} visit to {found.ref} {found.name}: {moment_words(booked.scheduled_for, booked.scheduled_time, work.today)}",
        gap_words(work.playbook, booked.kind, days_between(booked.set_on, booked.scheduled_for)),
        also_said(work.reader, "event", values),
        then=None if draft else f"improv visit log {found.ref}",
    )
    if draft:
        message.present(draft)


@writes(
    app,
    "visit",
    "log",
    fields="visit",
    examples='improv visit log acme --satisfaction 5 --testimonial "Best audit ever" --referral "Grace Hopper" --next +90d',
)
def log(
    client: Annotated[str, Argument(metavar="CLIENT|EVENT", help="the client, or the booking such as E9")],
    testimonial: Annotated[
        list[str] | None,
        Option("--testimonial", metavar="TEXT", help="a testimonial they gave, in their words"),
    ] = None,
    story: Annotated[
        list[str] | None, Option("--story", metavar="TEXT", help="a story: what was achieved")
    ] = None,
    referral: Annotated[
        list[str] | None,
        Option("--referral", metavar="NAME", help="somebody they referred; becomes a lead"),
    ] = None,
    upsell: Annotated[
        str | None, Option("--upsell", metavar="TEXT", help="an opening for more business")
    ] = None,
    health: Annotated[str | None, Option("--health", metavar="0-100", help="their health now")] = None,
    next_visit: Annotated[str | None, Option("--next", metavar="WHEN", help="book the next visit")] = None,
    on: On = None,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Record a visit that was held, with all that came of it; its booking is done with it."""
    from improv.actions import events, visits  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.quotas import earned_words  # noqa: PLC0415 - as above

    ask_missing("visit", fields)
    with desk().writing() as work:
        found, booking = _whom(work.reader, client)
        day = past(on, work.today)
        values = typed(work.reader, "visit", fields)
        values |= {"testimonials": testimonial, "stories": story, "referrals": referral, "upsell": upsell}
        values["health"] = whole_number(health, 0, 100) if health else None
        logged = visits.log(work, found.id, day, dict(values), booking)
        booked = None
        if next_visit:
            kind = work.playbook.visit_event.key
            booked = events.schedule(work, found, kind, moment_ahead(next_visit, work.today), day, {})
        work.subject = f"V{logged.visit.id}"
        earned = earned_words(work.reader, work.subject, day)
        to_ask = tuple(_to_ask(work.reader, found.id, day))
        fulfilled = _fulfilled_words(work.reader, logged.visit.id, work.today)
    told(
        _visit_words(work.playbook, logged.visit, found, day_words(day, work.today)),
        fulfilled,
        also_said(work.reader, "visit", values),
        *_what_came(logged),
        f"health {values['health']}" if values["health"] is not None else None,
        _booked_words(work.playbook, booked, work.today) if booked else None,
        earned,
        *to_ask,
        then=f"improv log call L{logged.referrals[0].lead_id} '…'"
        if logged.referrals
        else None
        if booked
        else f"improv visit schedule {found.ref} +84d",
    )


def _visit_words(book: Playbook, visit: Any, client: Found, day: str) -> str:  # noqa: ANN401 - a Visit, which only what writes loads
    kind = next((one.name for one in book.visit_kinds if one.key == visit.kind), "visit")
    rated = f", satisfaction {visit.satisfaction} of 5" if visit.satisfaction else ""
    return f"V{visit.id} {kind} at {client.ref} {client.name}: {day}{rated}"


def _what_came(logged: Any) -> Iterator[str]:  # noqa: ANN401 - what `visits.log` wrote, as above
    """Yield a line for all that a visit brought."""
    for one in logged.testimonials:
        yield f"T{one.id} testimonial: {one.content}"
    for one in logged.stories:
        yield f"S{one.id} story: {one.achieved}"
    for one in logged.referrals:
        yield f"R{one.id} referral: {one.name}, now lead L{one.lead_id}"
    if logged.upsell:
        yield f"U{logged.upsell.id} upsell found: {logged.upsell.what}"


def _to_ask(reader: Reader, client: int, day: date) -> Iterator[str]:
    """Yield what it is a good moment to ask for after the visit of that day, and how often we ask."""
    from improv.moments import ask_words, asks  # noqa: PLC0415 - only a visit that is logged needs them

    for about in asks(reader, client):
        if about.on_day == day:
            yield from ask_words(reader, about)


def _fulfilled_words(reader: Reader, visit: int | None, today: date) -> str | None:
    """Say which booking is done with a visit, where it was for another day: it may have been meant for another visit."""
    row = reader.row(
        "SELECT e.id, e.scheduled_for FROM visit v JOIN event e ON e.id = v.event_id "
        "WHERE v.id = :id AND e.scheduled_for <> v.held_on",
        {"id": visit},
    )
    if row is None:
        return None
    booked_for = day_words(date.fromisoformat(row["scheduled_for"]), today)
    return f"E{row['id']}, booked for {booked_for}, is done with it"


def _booked_words(book: Playbook, booked: Any, today: date) -> str:  # noqa: ANN401 - an Event, which only what writes loads
    gap = gap_words(book, booked.kind, days_between(booked.set_on, booked.scheduled_for))
    when = moment_words(booked.scheduled_for, booked.scheduled_time, today)
    return f"E{booked.id} next visit: {when}; {gap}"


def _whom(reader: Reader, text: str) -> tuple[Found, int | None]:
    found = resolve(reader, text, ["client", "event"])
    if found.table == "client":
        return found, None
    client = reader.row(
        "SELECT c.id, c.name FROM event e JOIN client c ON c.id = e.client_id WHERE e.id = :id",
        {"id": found.id},
    )
    if client is None:
        raise Usage("this event is with no client", found.ref, f"improv event done {found.ref}")
    return Found("client", client["id"], client["name"]), found.id


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import visits  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.models import Visit  # noqa: PLC0415 - as above

    visits.edit(work, Visit, "visit", found.id, values)


writes(app, "visit", "add", fields="visit", examples="improv visit add acme --satisfaction 5")(log)
with_edit(app, "visit", _edit)
with_common_verbs(app, "visit")
