"""What is done at a client visit, and what comes of it: testimonials, stories and referrals."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from improv.actions import clients, events, leads
from improv.actions.dated import not_after_today, not_before, one_line, read_on
from improv.errors import Refused, Usage
from improv.models import Client, Event, Record, Referral, Story, Testimonial, Upsell, Visit
from improv.nouns import ref
from improv.playbook import offered
from improv.store import Writing
from improv.text import folded


@dataclass
class Logged:
    """What logging a visit wrote."""

    visit: Visit
    testimonials: list[Testimonial] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    upsell: Upsell | None = None


def log(
    work: Writing, client_id: int, on: date, values: dict[str, Any], event_id: int | None = None
) -> Logged:
    """Record a visit that was held; its booking, when there is one, is done with it.

    `values` may also hold lists of `testimonials`, `stories` and `referrals`, the `health` they are in now, and an
    `upsell` found.
    """
    not_after_today(work, on, "a visit that was held")
    not_before(on, work.get(Client, client_id).since_on, "a visit", "they became a client")
    collected = {name: values.pop(name, None) or [] for name in ("testimonials", "stories", "referrals")}
    health, upsell = values.pop("health", None), values.pop("upsell", None)
    booking = event_id if event_id is not None else _booked(work, client_id, on)
    if booking is not None:
        events.complete(work, booking, on, next_stage=None, outcome=None, values={})
        values.setdefault("kind", work.get(Event, booking).visit_kind)
    if values.get("kind") is None:
        values.pop("kind", None)
    for what, asked in (
        ("testimonials", "asked_testimonial"),
        ("stories", "asked_story"),
        ("referrals", "asked_referral"),
    ):
        if collected[what]:
            values.setdefault(asked, True)
        if any(not words.strip() for words in collected[what]):
            raise Usage(f"one of the {what} is empty", mend=f"type the words, or leave the {what} out")
    visit = work.add(Visit, client_id=client_id, event_id=booking, held_on=on, **values)
    logged = Logged(
        visit,
        [
            add_testimonial(work, client_id, on, {"content": words}, visit.id)
            for words in collected["testimonials"]
        ],
        [add_story(work, client_id, on, {"achieved": words}, visit.id) for words in collected["stories"]],
        [add_referral(work, client_id, name, on, {}, visit.id) for name in collected["referrals"]],
    )
    if health is not None:
        read_on(work, "client", client_id, "health", health, on)
    if upsell:
        logged.upsell = clients.found_upsell(work, client_id, upsell, None, on, visit.id)
    work.subject = ref("visit", visit.id)
    return logged


def _booked(work: Writing, client_id: int, on: date) -> int | None:
    """Return the booking that a visit on a day fulfils: the earliest open one set by then."""
    found = work.reader.value(
        "SELECT e.id FROM event e JOIN playbook_event_kind k ON k.key = e.kind AND k.visit = 1 "
        "WHERE e.client_id = :client AND e.status = 'scheduled' AND e.set_on <= :on ORDER BY e.scheduled_for, e.id LIMIT 1",
        {"client": client_id, "on": on.isoformat()},
    )
    return None if found is None else int(found)


def edit(work: Writing, model: type[Record], table: str, number: int, values: dict[str, Any]) -> Record:
    """Correct what was said of a visit, a testimonial or a story."""
    work.subject = ref(table, number)
    return work.change(work.get(model, number), **values)


def _of_client(work: Writing, client_id: int, on: date, what: str, visit_id: int | None) -> None:
    not_after_today(work, on, what)
    not_before(on, work.get(Client, client_id).since_on, what, "they became a client")
    if visit_id is not None:
        visit = work.get(Visit, visit_id)
        if visit.client_id != client_id:
            raise Refused(
                "this visit was at another client",
                f"{ref('visit', visit_id)} at {ref('client', visit.client_id)}",
                f"improv visit list --of {ref('client', client_id)}",
            )
        not_before(on, visit.held_on, what, "the visit it came from")


def add_testimonial(
    work: Writing, client_id: int, on: date, values: dict[str, Any], visit_id: int | None = None
) -> Testimonial:
    """Record a testimonial that a client gave."""
    _of_client(work, client_id, on, "a testimonial", visit_id)
    made = work.add(Testimonial, client_id=client_id, visit_id=visit_id, given_on=on, **values)
    work.subject = ref("testimonial", made.id)
    return made


def add_story(
    work: Writing, client_id: int, on: date, values: dict[str, Any], visit_id: int | None = None
) -> Story:
    """Record what was achieved at a client."""
    _of_client(work, client_id, on, "a story", visit_id)
    made = work.add(Story, client_id=client_id, visit_id=visit_id, told_on=on, **values)
    work.subject = ref("story", made.id)
    return made


def add_referral(
    work: Writing, client_id: int, name: str, on: date, values: dict[str, Any], visit_id: int | None = None
) -> Referral:
    """Record somebody a client named; they become a lead that day."""
    _of_client(work, client_id, on, "a referral", visit_id)
    called = one_line(name, "name")
    source = next((one.key for one in offered(work.playbook.sources) if one.from_client), None)
    reached = {key: values[key] for key in ("email", "phone") if values.get(key)}
    lead = leads.add(work, called, on, {"source": source, "referring_client_id": client_id, **reached})
    made = work.add(
        Referral,
        client_id=client_id,
        visit_id=visit_id,
        lead_id=lead.id,
        name=called,
        name_folded=folded(called),
        received_on=on,
        **values,
    )
    work.subject = ref("referral", made.id)
    return made


def referral_contacted(work: Writing, number: int, on: date, at: str | None) -> Referral:
    """Say when a referral was contacted first."""
    referral = work.get(Referral, number)
    if referral.contacted_on is not None:
        raise Refused(
            "the first contact is recorded already",
            f"{ref('referral', number)}, {referral.contacted_on.isoformat()}",
            f"improv referral show {ref('referral', number)}",
        )
    not_after_today(work, on, "a contact")
    not_before(on, referral.received_on, "the first contact", "the referral was received")
    work.subject = ref("referral", number)
    return work.change(referral, contacted_on=on, contacted_time=at)


def referral_declined(work: Writing, number: int, on: date) -> Referral:
    """Say that a referral came to nothing."""
    referral = work.get(Referral, number)
    not_after_today(work, on, "the day")
    not_before(on, referral.received_on, "the day", "the referral was received")
    work.subject = ref("referral", number)
    return work.change(referral, declined_on=on)


def edit_referral(work: Writing, number: int, name: str | None, values: dict[str, Any]) -> Referral:
    """Correct what was said of a referral."""
    if name:
        called = one_line(name, "name")
        values = values | {"name": called, "name_folded": folded(called)}
    work.subject = ref("referral", number)
    return work.change(work.get(Referral, number), **values)
