"""Second opinions on the metrics of reaching people: web leads, cold calling, and what campaigns bring."""

from collections.abc import Callable
from fractions import Fraction

from tests.independent.figure import Figure, count, opinion, ratio, total
from tests.independent.sales import ended, standing_only
from tests.independent.seen import Row, Seen
from tests.independent.story import WON, campaign_of, is_sale, qualified, stands, value, verdict
from tests.independent.work import done


@opinion
def campaign_own_leads(seen: Seen) -> Figure:
    """Leads received in the period that name a campaign."""
    return count(row for row in seen.lead if row.campaign_id is not None and seen.within(row.received_on))


@opinion
def lead_spend(seen: Seen) -> Figure:
    """What the campaigns cost that leads name, shared out among these: in all, it is their whole cost."""
    spent: dict[int, int] = {}
    for row in seen.campaign_result:
        if seen.first <= row.on_day <= seen.on and row.spend is not None:
            spent[row.campaign_id] = spent.get(row.campaign_id, 0) + row.spend
    named = {number: len(seen.lead.of("campaign_id", number)) for number in spent}
    cost = sum(spent[number] for number, leads in named.items() if leads)
    return Figure(Fraction(cost), sum(named.values()))


ratio("return_on_lead_spend", "won_value", "lead_spend")


@opinion
def campaign_prospects(seen: Seen) -> Figure:
    """Leads that name a campaign and were first found qualified in the period."""
    found = [lead for lead, day in qualified(seen) if lead.campaign_id is not None and seen.within(day)]
    kept = [lead for lead in found if verdict(seen, lead.id) == "yes"]
    return count(kept, left_out=len(found) - len(kept))


@opinion
def campaign_opportunities(seen: Seen) -> Figure:
    """Opportunities opened in the period that came from a campaign."""
    opened = (deal for deal in seen.opportunity if seen.within(deal.opened_on))
    return count(deal for deal in opened if campaign_of(seen, deal) is not None)


def _wins(seen: Seen) -> list[tuple[Row, Row]]:
    return [pair for pair in ended(seen, WON) if campaign_of(seen, pair[1]) is not None]


@opinion
def campaign_wins(seen: Seen) -> Figure:
    """Those won in the period."""
    return standing_only(_wins(seen))


@opinion
def campaign_won_value(seen: Seen) -> Figure:
    """What they are worth."""
    return total(value(seen, deal.id) if stands(ending) else None for ending, deal in _wins(seen))


@opinion
def campaign_gross_profit(seen: Seen) -> Figure:
    """Revenue less cost of what was sold in them."""
    return total(_profit(seen, deal) if stands(ending) else None for ending, deal in _wins(seen))


def _profit(seen: Seen, deal: Row) -> int | None:
    sold = [row for row in seen.product_line.of("opportunity_id", deal.id) if row.included]
    if not sold or any(row.revenue is None or row.cost is None for row in sold):
        return None
    profit: int = sum(row.revenue - row.cost for row in sold)
    return profit


for _name, _of, _per in (
    ("click_through_rate", "campaign_clicks", "campaign_impressions"),
    ("leads_per_click", "campaign_leads", "campaign_clicks"),
    ("customers_per_lead", "campaign_customers", "campaign_leads"),
    ("own_leads_per_click", "campaign_own_leads", "campaign_clicks"),
    ("prospects_per_own_lead", "campaign_prospects", "campaign_own_leads"),
    ("wins_per_prospect", "campaign_wins", "campaign_prospects"),
    ("cost_per_click", "campaign_spend", "campaign_clicks"),
    ("cost_per_lead", "campaign_spend", "campaign_leads"),
    ("cost_per_customer", "campaign_spend", "campaign_customers"),
    ("cost_per_own_lead", "campaign_spend", "campaign_own_leads"),
    ("cost_per_prospect", "campaign_spend", "campaign_prospects"),
    ("cost_per_win", "campaign_spend", "campaign_wins"),
    ("campaign_return", "campaign_gross_profit", "campaign_spend"),
):
    ratio(_name, _of, _per)


# Cold calling.


def _logged(seen: Seen, fits: Callable[[str | None, Row], bool]) -> Figure:
    """Add up how many times a step of calling was logged."""
    steps = ((seen.listed("activity_kind", row.kind).get("calling"), row) for row in done(seen))
    return total(row.times for step, row in steps if fits(step, row))


@opinion
def dials(seen: Seen) -> Figure:
    """Dials, and calls that connected."""
    return _logged(seen, lambda step, _: step in {"dialled", "reached"})


@opinion
def contacts(seen: Seen) -> Figure:
    """Calls that connected and were answered, unless it says that they were not; dials that were answered."""
    return _logged(
        seen,
        lambda step, row: (
            (step == "reached" and row.response != "no") or (step == "dialled" and row.response == "yes")
        ),
    )


@opinion
def presentations(seen: Seen) -> Figure:
    """Presentations logged."""
    return _logged(seen, lambda step, _: step == "presented")


@opinion
def demos(seen: Seen) -> Figure:
    """Demos logged."""
    return _logged(seen, lambda step, _: step == "demonstrated")


@opinion
def proposals(seen: Seen) -> Figure:
    """Proposals logged."""
    return _logged(seen, lambda step, _: step == "proposed")


def _somebody(seen: Seen, event: Row) -> tuple[str, int]:
    """Return who an event was with: the lead, its opportunity's lead, else the opportunity, the client, itself."""
    deal = next(iter(seen.opportunity.of("id", event.opportunity_id)), None)
    lead = event.lead_id if event.lead_id is not None or deal is None else deal.lead_id
    ways = (("lead", lead), ("deal", event.opportunity_id), ("client", event.client_id))
    return next(((what, number) for what, number in ways if number is not None), ("event", event.id))


def _first_with_somebody(seen: Seen, events: list[Row], day: str) -> Figure:
    firsts: dict[tuple[str, int], Row] = {}
    for event in sorted(events, key=lambda row: (getattr(row, day), row.id)):
        firsts.setdefault(_somebody(seen, event), event)
    return count(event for event in firsts.values() if seen.within(getattr(event, day)))


@opinion
def first_appointments_set(seen: Seen) -> Figure:
    """Sales events set in the period that were the first with somebody."""
    return _first_with_somebody(seen, [event for event in seen.event if is_sale(seen, event)], "set_on")


@opinion
def first_appointments_held(seen: Seen) -> Figure:
    """Sales events held in the period that were the first held with somebody."""
    took_place = [event for event in seen.event if is_sale(seen, event) and event.status == "done"]
    return _first_with_somebody(seen, took_place, "closed_on")


for _name, _of, _per in (
    ("contacts_per_dial", "contacts", "dials"),
    ("presentations_per_contact", "presentations", "contacts"),
    ("appointments_per_presentation", "first_appointments_set", "presentations"),
    ("appointments_held_per_set", "first_appointments_held", "first_appointments_set"),
    ("demos_per_appointment", "demos", "first_appointments_held"),
    ("proposals_per_demo", "proposals", "demos"),
    ("closes_per_proposal", "won_deals", "proposals"),
    ("closes_per_dial", "won_deals", "dials"),
    ("cost_per_dial", "campaign_spend", "dials"),
    ("cost_per_contact", "campaign_spend", "contacts"),
    ("cost_per_presentation", "campaign_spend", "presentations"),
    ("cost_per_first_appointment", "campaign_spend", "first_appointments_held"),
    ("cost_per_demo", "campaign_spend", "demos"),
    ("cost_per_proposal", "campaign_spend", "proposals"),
    ("cost_per_close", "campaign_spend", "won_deals"),
):
    ratio(_name, _of, _per)
