"""What became of leads, opportunities and clients: the questions that several metrics ask of the rows."""

from collections.abc import Iterator
from datetime import date

from tests.independent.seen import Row, Seen, newest

WON, LOST, NO_DECISION = "won", "lost", "no decision"


# Opportunities.


def closings(seen: Seen) -> Iterator[tuple[Row, Row]]:
    """Return each closing in the period with its opportunity."""
    for ending in seen.opportunity_outcome:
        if seen.within(ending.since):
            (deal,) = seen.opportunity.of("id", ending.opportunity_id)
            yield ending, deal


def stands(ending: Row) -> bool:
    """Tell whether a closing was not taken back by reopening."""
    return ending.until is None


def closed_stages(seen: Seen) -> list[tuple[date, str, str]]:
    """Return each stage that an opportunity closed on the day had entered by its end, once: that end, and how it ended."""
    return [
        (ending.since, stage, ending.outcome)
        for ending in seen.opportunity_outcome
        if seen.holds(ending)
        for stage in {stay.stage for stay in path(seen, ending.opportunity_id) if stay.since <= ending.since}
    ]


def standing(seen: Seen, deal: int) -> str:
    """Return how an opportunity stands now: how it ended, or open."""
    ended = [row.outcome for row in seen.opportunity_outcome.of("opportunity_id", deal) if stands(row)]
    return ended[0] if ended else "open"


def is_open(seen: Seen, deal: Row) -> bool:
    """Tell whether an opportunity was open on the day."""
    ended = any(seen.holds(row) for row in seen.opportunity_outcome.of("opportunity_id", deal.id))
    return deal.opened_on <= seen.on and not ended


def open_deals(seen: Seen) -> list[Row]:
    """Return the opportunities that were open on the day."""
    return [deal for deal in seen.opportunity if is_open(seen, deal)]


def terms(seen: Seen, deal: int, by: date | None = None) -> Row | None:
    """Return the terms of an opportunity that hold on a day; its last ones when no day is told."""
    given = seen.opportunity_terms.of("opportunity_id", deal)
    return newest((row for row in given if by is None or row.on_day <= by), "on_day")


def value(seen: Seen, deal: int, by: date | None = None) -> int | None:
    """Return what an opportunity is worth by those terms."""
    held = terms(seen, deal, by)
    return None if held is None else held.value


def path(seen: Seen, deal: int) -> list[Row]:
    """Return the stays of an opportunity in the order in which it went through them."""
    return sorted(seen.stage_stay.of("opportunity_id", deal), key=lambda stay: (stay.sequence, stay.id))


def stay_on(seen: Seen, deal: int) -> Row | None:
    """Return the stay in which an opportunity was on the day."""
    inside = [stay for stay in path(seen, deal) if seen.holds(stay)]
    return inside[-1] if inside else None


def lead_of(seen: Seen, deal: Row) -> Row | None:
    """Return the lead an opportunity came from."""
    found = seen.lead.of("id", deal.lead_id)
    return found[0] if found else None


def deals_of_lead(seen: Seen, lead: int | None) -> list[Row]:
    """Return the opportunities that came from a lead."""
    return seen.opportunity.of("lead_id", lead)


def became_of(seen: Seen, lead: int | None) -> set[str]:
    """Return how the opportunities of a lead stand."""
    return {standing(seen, deal.id) for deal in deals_of_lead(seen, lead)}


# Leads.


def verdict(seen: Seen, lead: int, by: date | None = None) -> str | None:
    """Return the last verdict on a lead."""
    given = seen.qualification.of("lead_id", lead)
    last = newest((row for row in given if by is None or row.decided_on <= by), "decided_on")
    return None if last is None else str(last.verdict)


def qualified(seen: Seen) -> Iterator[tuple[Row, date]]:
    """Return each lead that was ever found qualified, with the first day it was."""
    for lead in seen.lead:
        found = [row for row in seen.qualification.of("lead_id", lead.id) if row.verdict == "yes"]
        if found:
            yield lead, min(row.decided_on for row in found)


def active_leads(seen: Seen) -> list[Row]:
    """Return the leads that on the day have no opportunity and were not found unfit."""
    return [
        lead
        for lead in seen.lead
        if lead.received_on <= seen.on
        and not any(deal.opened_on <= seen.on for deal in deals_of_lead(seen, lead.id))
        and verdict(seen, lead.id, seen.on) != "no"
    ]


def contacts(seen: Seen, lead: int) -> list[date]:
    """Return the days on which a lead was reached: by an activity, at an event, or as somebody referred."""
    deals = {deal.id for deal in deals_of_lead(seen, lead)}
    days = [
        row.done_on
        for row in seen.activity
        if (row.lead_id == lead or row.opportunity_id in deals)
        and seen.listed("activity_kind", row.kind).get("contact")
    ]
    days += [
        row.closed_on
        for row in seen.event
        if (row.lead_id == lead or row.opportunity_id in deals) and row.status == "done"
    ]
    days += [row.contacted_on for row in seen.referral.of("lead_id", lead) if row.contacted_on]
    return sorted(days)


# Clients.


def active_clients(seen: Seen) -> list[Row]:
    """Return the clients who are active on the day."""
    active = {row.client_id for row in seen.client_status if row.status == "active" and seen.holds(row)}
    return [client for client in seen.client if client.id in active and client.since_on <= seen.on]


def reading(seen: Seen, column: str, subject: int, kind: str, by: date) -> int | None:
    """Return the last reading of a kind by a day."""
    read = [row for row in seen.reading.of(column, subject) if row.kind == kind and row.on_day <= by]
    last = newest(read, "on_day")
    return None if last is None else last.value


def days_unvisited(seen: Seen, client: Row) -> int:
    """Return the days since a client was last visited; before the first visit, since it is a client."""
    held = [visit.held_on for visit in seen.visit.of("client_id", client.id) if visit.held_on <= seen.on]
    since: date = max(held, default=client.since_on)
    return (seen.on - since).days


def buyer(seen: Seen, deal: Row) -> int | None:
    """Return the client a sale was made to: its own, or the one its lead became."""
    if deal.client_id is not None:
        return int(deal.client_id)
    became = seen.client.of("lead_id", deal.lead_id)
    return min((client.id for client in became), default=None)


def bookings_ahead(seen: Seen, column: str, number: int) -> list[Row]:
    """Return the events that were booked by the day, not over or called off by then, and lie ahead of it."""
    return [
        event
        for event in seen.event.of(column, number)
        if event.set_on <= seen.on <= event.scheduled_for
        and (event.closed_on is None or event.closed_on > seen.on)
    ]


# Events and campaigns.


def is_sale(seen: Seen, event: Row) -> bool:
    """Tell whether an event is one of selling."""
    return bool(seen.listed("event_kind", event.kind).get("sales"))


def is_visit(seen: Seen, event: Row) -> bool:
    """Tell whether an event is a visit."""
    return bool(seen.listed("event_kind", event.kind).get("visit"))


def gap(event: Row) -> int:
    """Return the calendar days from the day an event was set to the day it is for."""
    days: int = (event.scheduled_for - event.set_on).days
    return days


def campaign_of(seen: Seen, deal: Row) -> int | None:
    """Return the campaign an opportunity came from: its own, or that of its lead."""
    lead = lead_of(seen, deal)
    own: int | None = deal.campaign_id
    return own if own is not None or lead is None else lead.campaign_id
