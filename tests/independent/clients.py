"""Second opinions on the metrics of clients: how well they are, who is at risk, and what a year brings from each."""

from datetime import timedelta

from tests.independent.figure import Figure, count, mean, opinion, ratio, share, total
from tests.independent.ratings import rating
from tests.independent.seen import Row, Seen
from tests.independent.story import active_clients as active
from tests.independent.story import bookings_ahead, days_unvisited, is_visit

YEAR = 365


@opinion
def active_clients(seen: Seen) -> Figure:
    """Clients who are active on the day."""
    return count(active(seen))


@opinion
def client_health(seen: Seen) -> Figure:
    """Their health, as rated by hand or by formula."""
    return mean(rating(seen, "client", client, "health") for client in active(seen))


@opinion
def client_engagement(seen: Seen) -> Figure:
    """Their engagement, as rated by hand or by formula."""
    return mean(rating(seen, "client", client, "engagement") for client in active(seen))


@opinion
def days_since_last_visit(seen: Seen) -> Figure:
    """Days since they were last visited, or became clients."""
    return mean(days_unvisited(seen, client) for client in active(seen))


@opinion
def at_risk_clients(seen: Seen) -> Figure:
    """Those with low health, or without a visit for too long."""
    return count(client for client in active(seen) if _at_risk(seen, client))


def _at_risk(seen: Seen, client: Row) -> bool:
    health = rating(seen, "client", client, "health")
    low = health is not None and health < seen.limit("health_below")
    return low or days_unvisited(seen, client) > seen.limit("no_visit_after")


@opinion
def clients_with_next_visit(seen: Seen) -> Figure:
    """Those who have a visit ahead; none while the period is still to come."""
    asked = active(seen) if seen.within(seen.on) else []
    booked = (bookings_ahead(seen, "client_id", client.id) for client in asked)
    ahead = (any(is_visit(seen, event) for event in events) for events in booked)
    return share(("ahead" if is_ahead else "none" for is_ahead in ahead), "ahead")


@opinion
def clients_with_high_health(seen: Seen) -> Figure:
    """Those whose health is above the goal; where it is not known it may be."""
    asked = active(seen) if seen.within(seen.on) else []
    health = (rating(seen, "client", client, "health") for client in asked)
    goal = seen.limit("health_goal_above")
    return share(
        ("not known" if it is None else "high" if it > goal else "not high" for it in health),
        "high",
        "not known",
    )


# A year, up to the last day of the period; of a period that is still to come there is none.


def _of_the_year(seen: Seen, rows: list[Row], day: str) -> list[Row]:
    began = seen.on - timedelta(days=YEAR - 1)
    return [row for row in rows if seen.within(seen.on) and began <= getattr(row, day) <= seen.on]


@opinion
def visits_of_year(seen: Seen) -> Figure:
    """Visits of the last 365 days."""
    return count(_of_the_year(seen, seen.visit, "held_on"))


@opinion
def referrals_of_year(seen: Seen) -> Figure:
    """Referrals of the last 365 days."""
    return count(_of_the_year(seen, seen.referral, "received_on"))


@opinion
def client_days_of_year(seen: Seen) -> Figure:
    """How many of the last 365 days each client was active, counted day by day."""
    if not seen.within(seen.on):
        return total([])
    lived = (_lived(seen, span) for span in seen.client_status)
    return total(inside for inside in lived if inside)


def _lived(seen: Seen, span: Row) -> int:
    """Return how many of the last 365 days a client was active in a span."""
    days = (seen.on - timedelta(days=ago) for ago in range(YEAR))
    inside = (span.since <= day and (span.until is None or day < span.until) for day in days)
    return sum(inside) if span.status == "active" else 0


@opinion
def clients_on_visit_plan(seen: Seen) -> Figure:
    """Those visited as often as the visits of a year ask for by now, in whole visits."""
    states = []
    for client in active(seen) if seen.within(seen.on) else []:
        lived = sum(_lived(seen, span) for span in seen.client_status.of("client_id", client.id))
        visits = len(_of_the_year(seen, seen.visit.of("client_id", client.id), "held_on"))
        states.append("on plan" if visits >= seen.limit("visits_a_year") * lived // YEAR else "too few")
    return share(states, "on plan")


ratio("visits_per_client", "visits_of_year", "client_days_of_year", times=YEAR)
ratio("referrals_per_client", "referrals_of_year", "client_days_of_year", times=YEAR)


@opinion
def referrals_given(seen: Seen) -> Figure:
    """What each client who was there by the day had given by then, here and before."""
    return mean(
        (client.referrals_before or 0)
        + sum(row.received_on <= seen.on for row in seen.referral.of("client_id", client.id))
        for client in seen.client
        if client.since_on <= seen.on
    )
