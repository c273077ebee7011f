"""Second opinions on the metrics of visits and what they yield."""

from tests.independent.figure import Figure, Opinion, count, enter, opinion, ratio, share, total
from tests.independent.seen import Row, Seen
from tests.independent.story import WON, closings, deals_of_lead, is_visit, stands, value


def held(seen: Seen) -> list[Row]:
    """Return the visits held in the period."""
    return [visit for visit in seen.visit if seen.within(visit.held_on)]


@opinion
def visits(seen: Seen) -> Figure:
    """Visits held in the period."""
    return count(held(seen))


@opinion
def visits_with_outcomes(seen: Seen) -> Figure:
    """Of those, the ones whose outcomes are written down."""
    return share(("written" if visit.outcomes is not None else "not" for visit in held(seen)), "written")


@opinion
def visits_not_logged(seen: Seen) -> Figure:
    """Visits booked for a day before the day, of which nothing was said by then."""
    return count(
        event
        for event in seen.event
        if is_visit(seen, event)
        and event.set_on <= seen.on
        and event.scheduled_for < seen.on
        and (event.closed_on is None or event.closed_on > seen.on)
    )


@opinion
def visits_rated(seen: Seen) -> Figure:
    """Visits held in the period with a satisfaction."""
    return count(visit for visit in held(seen) if visit.satisfaction is not None)


@opinion
def visit_ratings(seen: Seen) -> Figure:
    """Their satisfaction, added up."""
    return total(visit.satisfaction for visit in held(seen))


ratio("visit_satisfaction", "visit_ratings", "visits_rated")


def _yielded(seen: Seen, what: str, visit: Row) -> str:
    came = any(row.visit_id == visit.id for row in seen.tables[what])
    return "received" if came else "not received"


@opinion
def testimonial_collection(seen: Seen) -> Figure:
    """Of the visits held, those that yielded a testimonial."""
    return share((_yielded(seen, "testimonial", visit) for visit in held(seen)), "received")


def _asked(what: str) -> Opinion:
    def calculate(seen: Seen) -> Figure:
        asked = (getattr(visit, f"asked_{what}") for visit in held(seen))
        return share(("asked" if did else "not" for did in asked), "asked")

    return calculate


def _succeeded(what: str) -> Opinion:
    def calculate(seen: Seen) -> Figure:
        asking = (visit for visit in held(seen) if getattr(visit, f"asked_{what}"))
        return share((_yielded(seen, what, visit) for visit in asking), "received")

    return calculate


for _what in ("testimonial", "story", "referral"):
    enter(f"{_what}_ask_rate", _asked(_what))
    enter(f"{_what}_ask_success", _succeeded(_what))


@opinion
def testimonials(seen: Seen) -> Figure:
    """Testimonials given in the period."""
    return count(row for row in seen.testimonial if seen.within(row.given_on))


@opinion
def stories(seen: Seen) -> Figure:
    """Stories told in the period."""
    return count(row for row in seen.story if seen.within(row.told_on))


def _referred(seen: Seen) -> list[Row]:
    return [row for row in seen.referral if seen.within(row.received_on)]


@opinion
def referrals(seen: Seen) -> Figure:
    """Referrals received in the period."""
    return count(_referred(seen))


@opinion
def referral_estimate(seen: Seen) -> Figure:
    """What those may be worth."""
    return total(referral.estimated_value for referral in _referred(seen))


@opinion
def referral_won_value(seen: Seen) -> Figure:
    """What was won in the period with leads that a client referred."""
    won = ((ending, deal) for ending, deal in closings(seen) if ending.outcome == WON)
    return total(
        value(seen, deal.id) if stands(ending) else None
        for ending, deal in won
        if seen.referral.of("lead_id", deal.lead_id)
    )


@opinion
def referral_to_intro(seen: Seen) -> Figure:
    """Of those received, the ones whose lead has an opportunity."""
    states = []
    for referral in _referred(seen):
        if deals_of_lead(seen, referral.lead_id):
            states.append("opportunity")
        else:
            states.append("declined" if referral.declined_on else "waiting")
    return share(states, "opportunity", "waiting")
