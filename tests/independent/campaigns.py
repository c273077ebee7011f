"""Second opinions on what campaigns take and return."""

from fractions import Fraction

from tests.independent.figure import Figure, opinion, ratio, total
from tests.independent.seen import Row, Seen
from tests.independent.story import campaign_of
from tests.independent.work import done


def _for_campaigns(seen: Seen) -> list[Row]:
    """Return what was done for campaigns: it says so, or it was with an opportunity or a lead of one."""
    return [row for row in done(seen) if _campaign(seen, row) is not None]


def _campaign(seen: Seen, row: Row) -> int | None:
    if row.campaign_id is not None:
        return int(row.campaign_id)
    for deal in seen.opportunity.of("id", row.opportunity_id):
        return campaign_of(seen, deal)
    for lead in seen.lead.of("id", row.lead_id):
        return None if lead.campaign_id is None else int(lead.campaign_id)
    return None


def _costs(seen: Seen, row: Row) -> int | None:
    """Return what the time of an activity costs, to the nearest cent; half a cent counts up."""
    if seen.method["hour_costs"] is None or row.minutes is None:
        return None
    return int(Fraction(row.minutes * seen.method["hour_costs"], 60) + Fraction(1, 2))


@opinion
def campaign_activities(seen: Seen) -> Figure:
    """As many times as each was done."""
    return total(row.times for row in _for_campaigns(seen))


@opinion
def campaign_minutes(seen: Seen) -> Figure:
    """The minutes they took."""
    return total(row.minutes for row in _for_campaigns(seen))


@opinion
def campaign_time_cost(seen: Seen) -> Figure:
    """What these cost."""
    return total(_costs(seen, row) for row in _for_campaigns(seen))


@opinion
def campaign_full_cost(seen: Seen) -> Figure:
    """That, and what was spent; nothing without a rate."""
    told = seen.method["hour_costs"] is not None
    spent = [row.spend if told else None for row in seen.campaign_result if seen.within(row.on_day)]
    return total([*spent, *(_costs(seen, row) for row in _for_campaigns(seen))])


ratio("cost_per_campaign_opportunity", "campaign_spend", "campaign_opportunities")
ratio("campaign_roi", "campaign_gross_profit", "campaign_spend", less=1)
ratio("campaign_roi_with_time", "campaign_gross_profit", "campaign_full_cost", less=1)
