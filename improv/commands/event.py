"""`improv event`: a booking, the day it is set and the day it is for."""

from datetime import date
from typing import Annotated, Any

from improv.commands import message
from improv.commands.declared import Argument, Option
from improv.commands.desk import desk
from improv.commands.doors import (
    On,
    also_said,
    ask_missing,
    ask_required,
    day_words,
    moment_ahead,
    moment_words,
    named,
    noun_app,
    past,
    quoted,
    shaped,
    told,
    typed,
    writes,
)
from improv.commands.listing import pick, with_common_verbs, with_edit
from improv.dates import days_between
from improv.fields import one_word
from improv.money import parse_percent
from improv.playbook import Playbook, offered
from improv.records.words import EVENT_OUTCOMES
from improv.resolve import Found, resolve

app = noun_app(
    "Events: bookings with somebody. The gap from set to scheduled is shown at once.",
    """
    improv event schedule acme discovery-meeting "thu 15:00" --anticipated-stage proposal
    improv event done acme --next proposal --outcome positive
    improv event move acme "mon 10:00"
    improv event no-show acme
    """,
)
APPS = {"event": app}
EventArgument = Annotated[str, Argument(metavar="EVENT", help="an id such as E9, or whose event it is")]
Words = Annotated[str | None, Option("--notes", metavar="TEXT", help="what was said")]


@writes(
    app,
    "event",
    "schedule",
    fields="event",
    examples='improv event schedule acme discovery-meeting "thu 15:00"',
)
def schedule(
    about: Annotated[
        str | None, Argument(metavar="RECORD", help="with whom: an opportunity, a lead or a client")
    ] = None,
    kind: Annotated[str | None, Argument(metavar="KIND", help="a kind of the playbook")] = None,
    when: Annotated[str | None, Argument(metavar="WHEN", help="a day, and perhaps a time")] = None,
    on: Annotated[
        str | None, Option("--set", "--on", metavar="DAY", help="the day it was set; today unless told")
    ] = None,
    invite: message.Invite = False,
    confirm: message.Confirm = False,
    **fields: Any,  # noqa: ANN401 - one option per field
) -> None:
    """Book an event: set today (or --set), scheduled for a day."""
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel

    purpose = message.wanted(invite=invite, confirm=confirm)
    whom = named(about, "With whom?", "the record it is with", 'improv event schedule acme KIND "thu 15:00"')
    kinds = ", ".join(one.key for one in offered(desk().playbook().event_kinds))
    what = named(kind, f"What kind? ({kinds})", "the kind of event", f"one of: {kinds}")
    day = named(
        when, "When?", "the day it is for", f'improv event schedule {quoted(whom)} {what} "thu 15:00"'
    )
    ask_missing("event", fields)
    with desk().writing() as work:
        found = resolve(work.reader, whom, ["opportunity", "client", "lead"])
        set_on = past(on, work.today)
        values = typed(work.reader, "event", fields)
        event = events.schedule(work, found, what, moment_ahead(day, work.today), set_on, values)
        draft = message.draft(work.reader, event.id, purpose) if purpose else None
    told(
        f"E{event.id} {work.playbook.name_of('event_kind', event.kind)} with {found.ref} {found.name}: "
        f"{moment_words(event.scheduled_for, event.scheduled_time, work.today)}",
        gap_words(work.playbook, event.kind, days_between(event.set_on, event.scheduled_for)),
        also_said(work.reader, "event", values),
        then=None if draft else f"improv event done E{event.id} --outcome positive",
    )
    if draft:
        message.present(draft)


def gap_words(book: Playbook, key: str, gap: int) -> str:
    """Return the gap of a booking against the target of its kind."""
    target = next((kind.gap for kind in book.event_kinds if kind.key == key), None)
    said = f"gap {gap} {'day' if gap == 1 else 'days'} from set to scheduled"
    if target is None:
        return said
    low, high = target
    judged = "on target" if gap <= high else f"{gap - high} over"
    return f"{said}, target {low}–{high}: {judged}"


@writes(app, "event", "done", examples="improv event done acme --next proposal --outcome positive --on fri")
def done(
    event: EventArgument,
    next_stage: Annotated[str | None, Option("--next", metavar="STAGE", help="the stage it led to")] = None,
    outcome: Annotated[
        str | None, Option("--outcome", metavar="TEXT", help="positive, negative or needs adjustment")
    ] = None,
    notes: Words = None,
    probability: Annotated[
        str | None, Option("--probability", metavar="PERCENT", help="the chance to win it now")
    ] = None,
    next_event: Annotated[
        str | None,
        Option(
            "--then", metavar="'KIND WHEN'", help="book the next event, such as 'proposal-presentation +7d'"
        ),
    ] = None,
    on: On = None,
) -> None:
    """Say that an event was held, and what came of it; the opportunity moves to the stage it led to."""
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel
    from improv.quotas import earned_words  # noqa: PLC0415 - as above

    with desk().writing() as work:
        found = pick(work.reader, event, "event")
        values: dict[str, Any] = {"discussion": notes} if notes else {}
        if probability:
            values["probability"] = parse_percent(probability)
        word = one_word(outcome, EVENT_OUTCOMES) if outcome else None
        day = past(on, work.today)
        ask_required(work, found, next_stage, day)
        held = events.complete(work, found.id, day, next_stage=next_stage, outcome=word, values=values)
        assert held.closed_on is not None  # noqa: S101 - it was just held
        booked = _book_next(work, held, next_event)
        earned = earned_words(work.reader, found.ref, held.closed_on)
        work.subject = found.ref
    told(
        f"{found.ref} {work.playbook.name_of('event_kind', held.kind)} with {found.name} held {day_words(held.closed_on, work.today)}"
        + (f": {held.outcome}" if held.outcome else ""),
        _anticipation(work.playbook, held.anticipated_stage, held.actual_stage),
        booked,
        earned,
        then=None if booked else _next_command(work.playbook, held),
    )


def _anticipation(book: Playbook, anticipated: str | None, actual: str | None) -> str | None:
    if actual is None:
        return None
    came = book.name_of("stage", actual)
    if anticipated is None:
        return f"led to {came}; no stage was anticipated"
    expected = book.name_of("stage", anticipated)
    return f"led to {came}" + (", as anticipated" if expected == came else f"; {expected} was anticipated")


def _book_next(work: Any, held: Any, wanted: str | None) -> str | None:  # noqa: ANN401 - a Writing and an Event, which only what writes loads
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel

    if not wanted:
        return None
    kind, _, when = wanted.strip().partition(" ")
    about = _about(held)
    set_on = held.closed_on
    made = events.schedule(work, about, kind, moment_ahead(when or "", work.today), set_on, {})
    gap = gap_words(work.playbook, made.kind, days_between(made.set_on, made.scheduled_for))
    return f"E{made.id} {work.playbook.name_of('event_kind', made.kind)} booked for {moment_words(made.scheduled_for, made.scheduled_time, work.today)}; {gap}"


def _about(held: Any) -> Found:  # noqa: ANN401 - as above
    table = "opportunity" if held.opportunity_id else "client" if held.client_id else "lead"
    return Found(table, getattr(held, f"{table}_id"), "")


def _next_command(book: Playbook, held: Any) -> str:  # noqa: ANN401 - as above
    if held.opportunity_id is None:
        return (
            f"improv opportunity add L{held.lead_id}"
            if held.lead_id
            else f"improv visit log C{held.client_id}"
        )
    stage = next((one for one in book.stages if one.key == held.actual_stage), None)
    if stage and stage.after_sale:
        return f"improv opportunity won O{held.opportunity_id}"
    kind = book.event_of(stage, held.kind)
    return f"improv event schedule O{held.opportunity_id} {kind} {book.by_when(kind)}"


@writes(app, "event", "move", examples='improv event move acme "mon 10:00"')
def move(
    event: EventArgument,
    when: Annotated[str, Argument(metavar="WHEN", help="the new day, and perhaps a time")],
    on: On = None,
) -> None:
    """Move an event: the booking is closed as moved, a new one opens with its own set date."""
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, event, "event")
        moved = events.move(work, found.id, moment_ahead(when, work.today), past(on, work.today))
    wait = days_between(moved.first_set_on, moved.scheduled_for)
    told(
        f"{found.ref} {found.name} moved: E{moved.id} is for {moment_words(moved.scheduled_for, moved.scheduled_time, work.today)}",
        f"{gap_words(work.playbook, moved.kind, days_between(moved.set_on, moved.scheduled_for))}; total wait {wait} days",
        then=f"improv event done E{moved.id}",
    )


def _closed(event: str, status: str, notes: str | None, on: str | None) -> None:
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel

    with desk().writing() as work:
        found = pick(work.reader, event, "event")
        day = past(on, work.today)
        closed = events.close(work, found.id, status, day, notes)
        about = _about(closed)
    told(
        f"{found.ref} {work.playbook.name_of('event_kind', closed.kind)} with {found.name}: {status} {day_words(day, work.today)}",
        then=f"improv event schedule {about.ref} {closed.kind} {work.playbook.by_when(closed.kind)}",
    )


@writes(app, "event", "cancel", examples="improv event cancel acme")
def cancel(event: EventArgument, notes: Words = None, on: On = None) -> None:
    """Say that an event was cancelled."""
    _closed(event, "cancelled", notes, on)


@writes(app, "event", "no-show", examples="improv event no-show acme --on fri")
def no_show(event: EventArgument, notes: Words = None, on: On = None) -> None:
    """Say that nobody came."""
    _closed(event, "no-show", notes, on)


@app.command("invite", epilog=shaped("improv event invite acme\nimprov event invite E9 -o invitation.eml"))
def invite(event: EventArgument, to: message.To = None, send: message.Send = False) -> None:
    """Prepare an invitation that the other side can accept: shown, written as a draft by -o FILE.eml, or sent."""
    message.prepared(event, "invitation", to, send=send)


@app.command(
    "confirm", epilog=shaped("improv event confirm acme\nimprov event confirm E9 -o confirmation.eml")
)
def confirm(event: EventArgument, to: message.To = None, send: message.Send = False) -> None:
    """Prepare a confirmation to the other side: shown, written as a draft by -o FILE.eml, or sent."""
    message.prepared(event, "confirmation", to, send=send)


def _edit(work: Any, found: Found, _name: str | None, _on: date, values: dict[str, Any]) -> None:  # noqa: ANN401 - a Writing, which only what writes loads
    from improv.actions import events  # noqa: PLC0415 - only what writes loads SQLModel

    events.edit(work, found.id, values)


# Every noun has `add`; for events it is `schedule`, for visits `log`.
writes(app, "event", "add", fields="event", examples='improv event add acme discovery-meeting "thu 15:00"')(
    schedule
)
with_edit(app, "event", _edit)
with_common_verbs(app, "event")
