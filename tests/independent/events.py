"""Second opinions on the metrics of events."""

from collections.abc import Callable

from tests.independent.figure import Figure, count, durations, opinion, share
from tests.independent.seen import Row, Seen
from tests.independent.story import gap, is_sale


def _set(seen: Seen) -> list[Row]:
    """Return the events that were set in the period."""
    return [event for event in seen.event if seen.within(event.set_on)]


@opinion
def event_gap(seen: Seen) -> Figure:
    """Days from the day sales events were set to the day they are for."""
    return durations((gap(event), True) for event in _set(seen) if is_sale(seen, event))


@opinion
def event_gap_all(seen: Seen) -> Figure:
    """The same, of every kind."""
    return durations((gap(event), True) for event in _set(seen))


def _judged(seen: Seen, is_hit: Callable[[int], bool]) -> Figure:
    return share(("hit" if is_hit(gap(event)) else "miss" for event in _set(seen)), "hit")


@opinion
def gap_under_goal(seen: Seen) -> Figure:
    """Of the events set, those under five days ahead."""
    return _judged(seen, lambda days: days < seen.limit("gap_goal_below"))


@opinion
def gap_over_red_flag(seen: Seen) -> Figure:
    """Of the events set, those over ten days ahead."""
    return _judged(seen, lambda days: days > seen.limit("gap_after"))


@opinion
def events_kept(seen: Seen) -> Figure:
    """Of the events for a day of the period, those that took place."""
    scheduled = (event for event in seen.event if seen.within(event.scheduled_for))
    return share((event.status for event in scheduled), "done", "scheduled")


@opinion
def events_scheduled(seen: Seen) -> Figure:
    """Events for a day of the period that were neither moved nor cancelled."""
    scheduled = (event for event in seen.event if seen.within(event.scheduled_for))
    return count(event for event in scheduled if event.status not in {"moved", "cancelled"})


def held(seen: Seen) -> list[Row]:
    """Return the events that took place in the period."""
    return [event for event in seen.event if event.status == "done" and seen.within(event.closed_on)]


@opinion
def appointments(seen: Seen) -> Figure:
    """Sales events that took place in the period."""
    return count(event for event in held(seen) if is_sale(seen, event))


@opinion
def appointments_set(seen: Seen) -> Figure:
    """Sales events that were set in the period."""
    return count(event for event in _set(seen) if is_sale(seen, event))


@opinion
def anticipation_accuracy(seen: Seen) -> Figure:
    """Of the events that took place, those that led where it was anticipated; both stages must be known."""
    states: list[str | None] = []
    for event in held(seen):
        anticipated, actual = event.anticipated_stage, event.actual_stage
        if anticipated and actual:
            states.append("hit" if anticipated == actual else "miss")
        elif anticipated or event.opportunity_id is not None:
            states.append(None)
    return share(states, "hit")
