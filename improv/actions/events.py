"""What is done with events: scheduled, held, moved, cancelled, missed."""

from datetime import date, time
from typing import Any

from improv.actions import opportunities
from improv.actions.dated import not_after_today, not_before, not_before_parent
from improv.custom import held
from improv.dates import Moment
from improv.errors import Refused
from improv.models import Event, Referral
from improv.nouns import ref
from improv.resolve import Found, party
from improv.store import Writing


def schedule(
    work: Writing, about: Found, kind: str, when: Moment, set_on: date, values: dict[str, Any]
) -> Event:
    """Book an event with a lead, an opportunity or a client: set on a day, scheduled for another."""
    not_after_today(work, set_on, "the day it was set")
    not_before(when.day, set_on, "the day it is scheduled for", "the day it was set")
    not_before_parent(work, about, set_on, "an event")
    _ends_after_it_starts(_clock(when.time), values.get("ends_time"))
    lead_id, client_id = party(work.reader, about)
    event = work.add(
        Event,
        kind=work.playbook.event_kind(kind).key,
        lead_id=lead_id if about.table != "client" else None,
        opportunity_id=about.id if about.table == "opportunity" else None,
        client_id=client_id if about.table != "lead" else None,
        set_on=set_on,
        first_set_on=set_on,
        scheduled_for=when.day,
        scheduled_time=_clock(when.time),
        **values,
    )
    work.subject = ref("event", event.id)
    return event


def _clock(at: time | None) -> str | None:
    return None if at is None else at.strftime("%H:%M")


def _ends_after_it_starts(starts: str | None, ends: str | None) -> None:
    if starts and ends and ends <= starts:
        raise Refused("an event ends after it starts", f"{starts} to {ends}", f"a time after {starts}")


def _open(work: Writing, number: int) -> Event:
    event = work.get(Event, number)
    if event.status != "scheduled":
        assert event.closed_on is not None  # noqa: S101 - the table says so
        name = ref("event", number)
        raise Refused(
            f"the event is {event.status} already",
            f"{name}, {event.closed_on.isoformat()}",
            f"improv event show {name}",
        )
    return event


def complete(
    work: Writing,
    number: int,
    on: date,
    *,
    next_stage: str | None,
    outcome: str | None,
    values: dict[str, Any],
) -> Event:
    """Say that an event was held: what came of it, and the stage it led to.

    The stage is compared with the one anticipated, and the opportunity moves to it when it is another than its own.
    `values` may hold discussion and probability.
    """
    event = _open(work, number)
    not_after_today(work, on, "the day it was held")
    not_before(on, event.set_on, "the day it was held", "it was set")
    probability = values.pop("probability", None)
    stage = None if next_stage is None else work.playbook.stage(next_stage)
    done = work.change(
        event,
        status="done",
        closed_on=on,
        actual_stage=None if stage is None else stage.key,
        outcome=outcome,
        **values,
    )
    if event.opportunity_id is not None:
        _advance(
            work, event.opportunity_id, stage.key if stage and not stage.after_sale else None, on, probability
        )
    first_contact(work, event.lead_id, on, None)
    work.subject = ref("event", number)
    return done


def _advance(
    work: Writing, opportunity_id: int, stage: str | None, on: date, probability: int | None
) -> None:
    if stage is not None and opportunities.standing(work, opportunity_id) != stage:
        opportunities.move(work, opportunity_id, stage, on, probability)
    elif probability is not None:
        opportunities.agree(work, opportunity_id, {"probability": probability}, on)


def first_contact(work: Writing, lead_id: int | None, on: date, at: str | None) -> None:
    """Note the first contact of the referral a lead came from, when this was it."""
    if lead_id is None:
        return
    waiting = work.reader.rows(
        "SELECT id FROM referral WHERE lead_id = :lead AND contacted_on IS NULL AND received_on <= :on",
        {"lead": lead_id, "on": on.isoformat()},
    )
    for row in waiting:
        work.change(work.get(Referral, row["id"]), contacted_on=on, contacted_time=at)


def close(work: Writing, number: int, status: str, on: date, discussion: str | None) -> Event:
    """Say that an event was cancelled, or that nobody came."""
    event = _open(work, number)
    not_after_today(work, on, "the day")
    not_before(on, event.set_on, "the day", "the event was set")
    work.subject = ref("event", number)
    return work.change(event, status=status, closed_on=on, discussion=discussion)


def move(work: Writing, number: int, when: Moment, on: date) -> Event:
    """Move an event: its booking is closed as moved, and a new one opens with its own set date."""
    event = _open(work, number)
    not_after_today(work, on, "the day it was moved")
    not_before(on, event.set_on, "the day it was moved", "it was set")
    not_before(when.day, on, "the day it is scheduled for", "the day it was moved")
    work.change(event, status="moved", closed_on=on)
    kept = event.model_dump(exclude={"id", "recorded_at", "external_id"})
    booked = kept | {
        "status": "scheduled",
        "closed_on": None,
        "set_on": on,
        "scheduled_for": when.day,
        "scheduled_time": _clock(when.time) or event.scheduled_time,
        "ends_time": None if when.time else event.ends_time,
        "confirmation_on": None,
        "moved_from_id": number,
    }
    moved = work.add(Event, **booked)
    assert moved.id is not None  # noqa: S101 - it was just written
    work.say("event", moved.id, {one.field.column: one.value for one in held(work.reader, "event", number)})
    work.subject = ref("event", moved.id)
    return moved


def edit(work: Writing, number: int, values: dict[str, Any]) -> Event:
    """Correct what was said of an event; its days change by `move`."""
    event = work.get(Event, number)
    _ends_after_it_starts(event.scheduled_time, values.get("ends_time"))
    work.subject = ref("event", number)
    return work.change(event, **values)
