"""Second opinions on the metrics of closed sales and of the way to them."""

from collections.abc import Iterable

from tests.independent.figure import Figure, Length, count, durations, opinion, ratio, share, total
from tests.independent.seen import Row, Seen
from tests.independent.story import (
    LOST,
    NO_DECISION,
    WON,
    closed_stages,
    closings,
    path,
    standing,
    stands,
    value,
)

Closing = tuple[Row, Row]


def ended(seen: Seen, *how: str) -> list[Closing]:
    """Return the closings of the period that ended in one of these ways."""
    return [(ending, deal) for ending, deal in closings(seen) if ending.outcome in how]


def standing_only(found: Iterable[Closing]) -> Figure:
    """Count closings; one that was reopened since is left out."""
    listed = list(found)
    kept = [ending for ending, _ in listed if stands(ending)]
    return count(kept, left_out=len(listed) - len(kept))


@opinion
def opportunities(seen: Seen) -> Figure:
    """Opportunities opened in the period."""
    return count(deal for deal in seen.opportunity if seen.within(deal.opened_on))


@opinion
def opportunities_from_leads(seen: Seen) -> Figure:
    """Of those, the ones that came from a lead."""
    opened = (deal for deal in seen.opportunity if seen.within(deal.opened_on))
    return share(("not" if deal.lead_id is None else "from a lead" for deal in opened), "from a lead")


@opinion
def won_deals(seen: Seen) -> Figure:
    """Opportunities won in the period."""
    return standing_only(ended(seen, WON))


@opinion
def won_value(seen: Seen) -> Figure:
    """Their value, by their last terms."""
    return total(value(seen, deal.id) if stands(ending) else None for ending, deal in ended(seen, WON))


@opinion
def lost(seen: Seen) -> Figure:
    """Opportunities lost in the period."""
    return standing_only(ended(seen, LOST))


@opinion
def closed(seen: Seen) -> Figure:
    """Opportunities closed in the period, however they ended."""
    return standing_only(ended(seen, WON, LOST, NO_DECISION))


@opinion
def win_rate(seen: Seen) -> Figure:
    """Won / (won + lost), closed in the period; no decision is beside it."""
    states = (
        ending.outcome if stands(ending) and ending.outcome != NO_DECISION else None
        for ending, _ in closings(seen)
    )
    return share(states, WON)


@opinion
def won_of_closed(seen: Seen) -> Figure:
    """Won / all closed in the period, no decision among them."""
    return share((ending.outcome if stands(ending) else None for ending, _ in closings(seen)), WON)


@opinion
def win_rate_from_stage(seen: Seen) -> Figure:
    """Of the stages entered by those closed in the period, each once: the ones that led to a win."""
    return share((how for day, _, how in closed_stages(seen) if seen.within(day)), WON)


ratio("appointments_per_win", "appointments", "won_deals")
ratio("conversations_per_win", "conversations", "won_deals")


@opinion
def win_rate_from_discovery(seen: Seen) -> Figure:
    """Won / all that first entered discovery in the period."""
    found = {key for key, stage in seen.method["stage"].items() if stage.get("discovery")}
    states = []
    for deal in seen.opportunity:
        entered = [stay.since for stay in path(seen, deal.id) if stay.stage in found]
        if entered and seen.within(min(entered)):
            states.append(standing(seen, deal.id))
    return share(states, WON, "open")


@opinion
def pipeline_entry_to_win(seen: Seen) -> Figure:
    """Won / all that were opened in the period."""
    opened = (deal for deal in seen.opportunity if seen.within(deal.opened_on))
    return share((standing(seen, deal.id) for deal in opened), WON, "open")


@opinion
def sales_cycle(seen: Seen) -> Figure:
    """Days from the first day to the day won, of those won."""
    lengths: list[Length | None] = []
    for ending, deal in ended(seen, WON):
        days = (ending.since - deal.opened_on).days
        lengths.append((days, True) if stands(ending) and days >= 0 else None)
    return durations(lengths)


@opinion
def time_in_stage(seen: Seen) -> Figure:
    """Days in a stage, for every stay begun in the period; who is inside stays at least so long."""
    lengths: list[Length | None] = []
    for stay in seen.stage_stay:
        if seen.within(stay.since):
            days = ((stay.until or seen.today) - stay.since).days
            lengths.append((days, stay.until is not None) if days >= 0 else None)
    return durations(lengths, shows="median")
