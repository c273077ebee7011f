"""Second opinions on the metrics of revenue."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from tests.independent.figure import OPINIONS, Figure, Opinion, count, enter, opinion, ratio, share, total
from tests.independent.sales import ended, standing_only
from tests.independent.seen import Row, Seen
from tests.independent.story import (
    LOST,
    WON,
    active_clients,
    buyer,
    days_unvisited,
    is_visit,
    reading,
    stands,
    terms,
    value,
)

MONTHS = 12

Win = tuple[Row, Row, Row | None, int]


def _wins(seen: Seen) -> Iterator[Win]:
    """Return every win that stands: its ending, opportunity and client, and its place among the client's wins."""
    placed: dict[int | None, int] = {}
    standing = [row for row in seen.opportunity_outcome if row.outcome == WON and stands(row)]
    for ending in sorted(standing, key=lambda row: (row.since, row.id)):
        (deal,) = seen.opportunity.of("id", ending.opportunity_id)
        who = buyer(seen, deal)
        placed[who] = placed.get(who, 0) + 1
        yield ending, deal, next(iter(seen.client.of("id", who)), None), placed[who]


def _is_new(_seen: Seen, ending: Row, client: Row, place: int) -> bool:
    return place == 1 and bool(client.since_on >= ending.since)


def _is_later(seen: Seen, ending: Row, client: Row, place: int) -> bool:
    return not _is_new(seen, ending, client, place)


def _is_back(seen: Seen, ending: Row, client: Row, _place: int) -> bool:
    """Tell whether the client had left by the day of the win, or until that very day."""
    spans = (row for row in seen.client_status.of("client_id", client.id) if row.status == "former")
    return any(
        row.since <= ending.since and (row.until is None or row.until >= ending.since) for row in spans
    )


def _sorted_wins(fits: Callable[[Seen, Row, Row, int], bool], *, money: bool) -> Opinion:
    """Return the wins of one sort; one whose client is not known belongs to no sort, and is left out."""

    def calculate(seen: Seen) -> Figure:
        found: list[int | None] = []
        for ending, deal, client, place in _wins(seen):
            if seen.within(ending.since):
                if client is None:
                    found.append(None)
                elif fits(seen, ending, client, place):
                    found.append(value(seen, deal.id) if money else 1)
        return total(found) if money else count((x for x in found if x), left_out=found.count(None))

    return calculate


enter("new_revenue", _sorted_wins(_is_new, money=True))
enter("recurring_revenue", _sorted_wins(_is_later, money=True))
enter("new_customers", _sorted_wins(_is_new, money=False))
enter("recurring_wins", _sorted_wins(_is_later, money=False))
enter("win_backs", _sorted_wins(_is_back, money=False))


def _is_for_clients(seen: Seen, campaign: int) -> bool:
    """Tell whether no lead came by a campaign, and something was done for a client or sold to one in its name."""
    done = any(row.client_id is not None for row in seen.activity.of("campaign_id", campaign))
    sold = any(
        row.client_id is not None and row.lead_id is None
        for row in seen.opportunity.of("campaign_id", campaign)
    )
    return not seen.lead.of("campaign_id", campaign) and (done or sold)


def _spent(*, for_clients: bool) -> Opinion:
    def calculate(seen: Seen) -> Figure:
        results = (row for row in seen.campaign_result if seen.within(row.on_day))
        return total(row.spend for row in results if _is_for_clients(seen, row.campaign_id) == for_clients)

    return calculate


enter("winning_spend", _spent(for_clients=False))
enter("keeping_spend", _spent(for_clients=True))
ratio("cost_per_new_customer", "winning_spend", "new_customers")
ratio("cost_per_kept_client", "keeping_spend", "active_clients")


@opinion
def monthly_revenue(seen: Seen) -> Figure:
    """Add up a twelfth of the yearly revenue of those who are clients on the day."""
    return total(
        (reading(seen, "client_id", client.id, "revenue", seen.on) for client in active_clients(seen)),
        divisor=MONTHS,
    )


def _leavings(seen: Seen) -> list[Row]:
    spans = (row for row in seen.client_status if row.status == "active")
    return [row for row in spans if seen.within(row.until)]


@opinion
def lost_revenue(seen: Seen) -> Figure:
    """Add up a twelfth of the yearly revenue that the leavers had by the day they left."""
    return total(
        (reading(seen, "client_id", row.client_id, "revenue", row.until) for row in _leavings(seen)),
        divisor=MONTHS,
    )


@opinion
def lost_clients(seen: Seen) -> Figure:
    """Clients who left in the period."""
    return count(_leavings(seen))


@opinion
def clients_to_win_back(seen: Seen) -> Figure:
    """Clients who are former ones on the day."""
    return count(row for row in seen.client_status if row.status == "former" and seen.holds(row))


@opinion
def churn(seen: Seen) -> Figure:
    """Of the clients active when the period began, those who left in it."""
    there = [
        row
        for row in seen.client_status
        if row.status == "active"
        and row.since < seen.first <= seen.today
        and (row.until is None or row.until >= seen.first)
    ]
    return share(("left" if seen.within(row.until) else "stayed" for row in there), "left")


@opinion
def lapsed_clients(seen: Seen) -> Figure:
    """Active clients without a visit and without a sale for too long."""
    return count(client for client in active_clients(seen) if _lapsed(seen, client))


def _lapsed(seen: Seen, client: Row) -> bool:
    sales = [
        row.since
        for row in seen.opportunity_outcome
        if row.outcome == WON
        and seen.holds(row)
        and buyer(seen, seen.opportunity.of("id", row.opportunity_id)[0]) == client.id
    ]
    longest = seen.limit("lapsed_after")
    unsold = not sales or (seen.on - max(sales)).days > longest
    return unsold and days_unvisited(seen, client) > longest


@opinion
def visits_booked(seen: Seen) -> Figure:
    """Visits booked by the day, for the days ahead that the daily list looks at."""
    return count(
        event
        for event in seen.event
        if is_visit(seen, event)
        and event.set_on <= seen.on
        and (event.closed_on is None or event.closed_on > seen.on)
        and 0 <= (event.scheduled_for - seen.on).days <= seen.limit("visits_within")
    )


def _won_by_the_day(seen: Seen) -> list[Win]:
    return [win for win in _wins(seen) if seen.first <= win[0].since <= seen.on]


@opinion
def accounts_won(seen: Seen) -> Figure:
    """Different clients with a win in the period."""
    return count({client.id for _, _, client, _ in _won_by_the_day(seen) if client is not None})


@opinion
def recurring_customers(seen: Seen) -> Figure:
    """Different clients with a win in the period who were clients before it."""
    won = (
        (ending, client, place) for ending, _, client, place in _won_by_the_day(seen) if client is not None
    )
    return count({client.id for ending, client, place in won if _is_later(seen, ending, client, place)})


@opinion
def winning_salespeople(seen: Seen) -> Figure:
    """Different owners of the opportunities won in the period."""
    held = (terms(seen, deal.id) for _, deal, _, _ in _won_by_the_day(seen))
    return count({row.owner for row in held if row is not None and row.owner is not None})


ratio("average_revenue_per_account", "won_value", "accounts_won")
ratio("average_revenue_per_salesperson", "won_value", "winning_salespeople")


@opinion
def won_with_value(seen: Seen) -> Figure:
    """Opportunities won in the period whose value is known."""
    won = (deal for ending, deal, _, _ in _wins(seen) if seen.within(ending.since))
    return count(deal for deal in won if value(seen, deal.id) is not None)


@opinion
def decided(seen: Seen) -> Figure:
    """Opportunities won or lost in the period."""
    return standing_only(ended(seen, WON, LOST))


ratio("average_deal", "won_value", "won_with_value")
ratio("decisions_per_win", "decided", "won_deals")


@opinion
def value_per_decision(seen: Seen) -> Figure:
    """Win rate times average deal."""
    deal, rate = OPINIONS["average_deal"](seen), OPINIONS["win_rate"](seen)
    return Figure(_product(deal.value, rate.value), deal.n)


ratio("cycle_per_opportunity", "sales_cycle", "pipeline_count")


@opinion
def velocity(seen: Seen) -> Figure:
    """Open opportunities times win rate times average deal over the days of the sales cycle."""
    inputs = ("pipeline_count", "win_rate", "average_deal", "sales_cycle")
    stock, rate, deal, cycle = (OPINIONS[name](seen) for name in inputs)
    a_day = 1 / cycle.value if cycle.value else None
    # With nothing open there is nothing that could earn.
    return Figure(_product(stock.value or None, rate.value, deal.value, a_day), deal.n)


def _product(*factors: Fraction | None) -> Fraction | None:
    made = Fraction(1)
    for factor in factors:
        if factor is None:
            return None
        made *= factor
    return made
