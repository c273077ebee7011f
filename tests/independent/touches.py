"""Second opinions on the metrics of touches."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise

from tests.independent.figure import Figure, count, enter, opinion, share
from tests.independent.leads import received, state_of_win
from tests.independent.ratings import is_interested
from tests.independent.seen import Row, Seen
from tests.independent.story import WON, deals_of_lead, stands

UTM = ("utm_source", "utm_medium", "utm_campaign")


def in_period(seen: Seen) -> list[Row]:
    """Return the touches of the period."""
    return [row for row in seen.touch if seen.within(row.on_day)]


def lead_of(seen: Seen, touch: Row) -> int | None:
    """Return the lead a touch is of: by itself, or because its visitor is known to be one."""
    if touch.visitor_id is None:
        return touch.lead_id  # type: ignore[no-any-return]
    (visitor,) = seen.visitor.of("id", touch.visitor_id)
    return visitor.lead_id  # type: ignore[no-any-return]


@opinion
def touches(seen: Seen) -> Figure:
    """Touches of the period."""
    return count(in_period(seen))


@opinion
def interest(seen: Seen) -> Figure:
    """Those that show interest."""
    return count(row for row in in_period(seen) if is_interested(seen, row))


@opinion
def pages_with_utm(seen: Seen) -> Figure:
    """Pages opened, by whether any of the tags was there."""
    opened = (row for row in in_period(seen) if row.kind == "page")
    return share(
        ("tagged" if any(getattr(row, name) for name in UTM) else "no tag" for row in opened), "tagged"
    )


@opinion
def returns(seen: Seen) -> Figure:
    """Touches of leads, in order, each compared with the one before."""
    done = defaultdict(list)
    for touch in seen.touch:
        lead = lead_of(seen, touch)
        if lead is not None and touch.kind != "unsubscribe":
            done[lead].append(touch.on_day)
    silence = seen.limit("returned_after")
    back = [
        day
        for days in map(sorted, done.values())
        for before, day in pairwise(days)
        if (day - before).days > silence and seen.within(day)
    ]
    return count(back)


@opinion
def new_visitors(seen: Seen) -> Figure:
    """Visitors first seen in the period, known by now or open."""
    first_seen = [row for row in seen.visitor if seen.within(row.seen_on)]
    known = [row for row in first_seen if row.attributed_on is not None]
    value = Fraction(len(known), len(first_seen)) if first_seen else None
    return Figure(value, len(first_seen), len(known), len(first_seen) - len(known))


@opinion
def unknown_visitors(seen: Seen) -> Figure:
    """Visitors seen by the day and not yet known on it."""
    return count(
        row
        for row in seen.visitor
        if row.seen_on <= seen.on and (row.attributed_on is None or row.attributed_on > seen.on)
    )


def first_win(seen: Seen, lead: int) -> date | None:
    """Return the first day a lead was won, as it stands."""
    wins = [
        row.since
        for deal in deals_of_lead(seen, lead)
        for row in seen.opportunity_outcome.of("opportunity_id", deal.id)
        if row.outcome == WON and stands(row)
    ]
    return min(wins, default=None)


def points(seen: Seen, lead: int) -> Iterator[tuple[date, str, int | None]]:
    """Yield what reached a lead or came from it: day, kind and campaign."""
    deals = {deal.id for deal in deals_of_lead(seen, lead)}
    for row in seen.activity:
        if (row.lead_id == lead or row.opportunity_id in deals) and seen.listed(
            "activity_kind", row.kind
        ).get("contact"):
            yield row.done_on, row.kind, row.campaign_id
    for row in seen.event:
        if (row.lead_id == lead or row.opportunity_id in deals) and row.status == "done":
            yield row.closed_on, row.kind, None
    for row in seen.referral.of("lead_id", lead):
        if row.contacted_on:
            yield row.contacted_on, "first contact", None
    for row in seen.touch:
        if lead_of(seen, row) == lead and row.kind != "unsubscribe":
            yield row.on_day, row.kind, row.campaign_id


def campaign_types(seen: Seen, lead: Row) -> Iterator[tuple[date, str]]:
    """Yield the types of the campaigns that reached a lead, the one it came from among them."""
    reached = [(day, campaign) for day, _, campaign in points(seen, lead.id)]
    for day, campaign in [*reached, (lead.received_on, lead.campaign_id)]:
        for row in seen.campaign.of("id", campaign):
            if row.type is not None:
                yield day, row.type


def _converted(seen: Seen, *, nurture: bool) -> Figure:
    states = []
    for lead in received(seen):
        won = first_win(seen, lead.id)
        had = (
            campaign_types(seen, lead) if nurture else ((day, kind) for day, kind, _ in points(seen, lead.id))
        )
        words = {word for day, word in had if won is None or day <= won}
        states += [state_of_win(seen, lead)] * len(words)
    return share(states, "won", "under way", "waiting")


enter("conversion_by_contact", lambda seen: _converted(seen, nurture=False))
enter("conversion_by_nurture", lambda seen: _converted(seen, nurture=True))


@opinion
def wins_by_contact(seen: Seen) -> Figure:
    """Leads whose first win is in the period."""
    days = (first_win(seen, lead.id) for lead in seen.lead)
    return count(day for day in days if day is not None and seen.within(day))
