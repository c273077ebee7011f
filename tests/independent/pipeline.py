"""Second opinions on the metrics of open opportunities."""

import math
from fractions import Fraction
from itertools import pairwise

from tests.independent.figure import Figure, count, mean, opinion, share, total
from tests.independent.seen import Row, Seen
from tests.independent.story import bookings_ahead, closed_stages, open_deals, stay_on, terms, value


@opinion
def pipeline_count(seen: Seen) -> Figure:
    """Opportunities open on the day."""
    return count(open_deals(seen))


@opinion
def days_in_current_stage(seen: Seen) -> Figure:
    """Days since they entered the stage they are in."""
    stays = (stay_on(seen, deal.id) for deal in open_deals(seen))
    return mean(None if stay is None else (seen.on - stay.since).days for stay in stays)


@opinion
def pipeline_value(seen: Seen) -> Figure:
    """What they are worth, by the terms of the day."""
    return total(value(seen, deal.id, seen.on) for deal in open_deals(seen))


def _default_probability(seen: Seen, deal: Row) -> int | None:
    stay = stay_on(seen, deal.id)
    return None if stay is None else seen.listed("stage", stay.stage).get("probability")


def _weighted(worth: int | None, percent: int | None) -> int | None:
    return None if worth is None or percent is None else worth * percent


@opinion
def weighted_pipeline(seen: Seen) -> Figure:
    """Value times the default probability of the stage."""
    return total(
        (
            _weighted(value(seen, deal.id, seen.on), _default_probability(seen, deal))
            for deal in open_deals(seen)
        ),
        divisor=100,
    )


@opinion
def weighted_pipeline_by_history(seen: Seen) -> Figure:
    """Value times how often the stage led to a win, drawn towards its default by so many more of that."""
    weight, ends = seen.limit("history_weight"), closed_stages(seen)
    hundredths: list[int | None] = []
    for deal in open_deals(seen):
        worth, default = value(seen, deal.id, seen.on), _default_probability(seen, deal)
        stay = stay_on(seen, deal.id)
        if stay is None or worth is None or default is None:
            hundredths.append(None)
            continue
        how = [ended for _, stage, ended in ends if stage == stay.stage]
        percent = Fraction(100 * how.count("won") + weight * default, len(how) + weight)
        hundredths.append(math.floor(worth * percent))
    return total(hundredths, divisor=100)


@opinion
def weighted_pipeline_by_hand(seen: Seen) -> Figure:
    """Value times the probability that was set by hand by the day."""
    held = (terms(seen, deal.id, seen.on) for deal in open_deals(seen))
    return total(
        (None if row is None else _weighted(row.value, row.probability) for row in held), divisor=100
    )


def _due(seen: Seen) -> list[Row]:
    """Return the open opportunities whose close date falls in the period."""
    held = ((deal, terms(seen, deal.id, seen.on)) for deal in open_deals(seen))
    return [deal for deal, row in held if row is not None and seen.within(row.close_on)]


@opinion
def closing_this_period(seen: Seen) -> Figure:
    """Open opportunities that are due to close."""
    return count(_due(seen))


@opinion
def closing_value(seen: Seen) -> Figure:
    """What those are worth."""
    return total(value(seen, deal.id, seen.on) for deal in _due(seen))


def _asked_on_the_day(seen: Seen) -> list[Row]:
    """Return the open opportunities, but none while the period is still to come."""
    return open_deals(seen) if seen.within(seen.on) else []


@opinion
def opportunities_with_next_event(seen: Seen) -> Figure:
    """Open opportunities that have an event ahead."""
    ahead = (bookings_ahead(seen, "opportunity_id", deal.id) for deal in _asked_on_the_day(seen))
    return share(("ahead" if events else "none" for events in ahead), "ahead")


@opinion
def opportunities_with_anticipated_stage(seen: Seen) -> Figure:
    """Open opportunities with an event ahead that says which stage comes next."""
    ahead = (bookings_ahead(seen, "opportunity_id", deal.id) for deal in _asked_on_the_day(seen))
    said = (any(event.anticipated_stage for event in events) for events in ahead)
    return share(("anticipated" if known else "not" for known in said), "anticipated")


@opinion
def opportunities_with_time_set_aside(seen: Seen) -> Figure:
    """Open opportunities with an event ahead that has both a beginning and an end."""
    ahead = (bookings_ahead(seen, "opportunity_id", deal.id) for deal in _asked_on_the_day(seen))
    said = (any(event.scheduled_time and event.ends_time for event in events) for events in ahead)
    return share(("set aside" if is_set else "not" for is_set in said), "set aside")


@opinion
def slipped(seen: Seen) -> Figure:
    """Close dates of the period that were moved later, or passed, while the opportunity was open."""
    return count(
        (deal.id, day)
        for deal in seen.opportunity
        for day in {row.close_on for row in seen.opportunity_terms.of("opportunity_id", deal.id)}
        if seen.within(day) and not _closed_by(seen, deal.id, day) and _slipped(seen, deal.id, day)
    )


def _closed_by(seen: Seen, deal: int, day: object) -> bool:
    endings = seen.opportunity_outcome.of("opportunity_id", deal)
    return any(row.since <= day and (row.until is None or row.until > day) for row in endings)


def _slipped(seen: Seen, deal: int, day: object) -> bool:
    given = sorted(seen.opportunity_terms.of("opportunity_id", deal), key=lambda row: (row.on_day, row.id))
    for held, following in pairwise([*given, None]):
        if held is None or held.close_on != day:
            continue
        if following is not None and following.close_on is not None and following.close_on > day:
            return True
        # It still held when it passed.
        if held.close_on < seen.today and (following is None or following.on_day > day):
            return True
    return False
