"""Second opinions on the metrics of leads."""

from tests.independent.figure import Figure, Opinion, count, enter, opinion, share
from tests.independent.seen import Row, Seen, newest
from tests.independent.story import WON, became_of, deals_of_lead, qualified, verdict


def received(seen: Seen) -> list[Row]:
    """Return the leads received in the period."""
    return [lead for lead in seen.lead if seen.within(lead.received_on)]


@opinion
def new_leads(seen: Seen) -> Figure:
    """Leads received in the period."""
    return count(received(seen))


@opinion
def leads_with_source(seen: Seen) -> Figure:
    """Of those received, the ones whose source is known."""
    return share(("known" if lead.source else "unknown" for lead in received(seen)), "known")


@opinion
def referral_share(seen: Seen) -> Figure:
    """Of those received, the ones that a client referred."""
    said = (seen.listed("source", lead.source).get("from_client") for lead in received(seen))
    return share(("referred" if referred else "not" for referred in said), "referred")


@opinion
def qualified_leads(seen: Seen) -> Figure:
    """Leads first found qualified in the period; not those whose last verdict is no."""
    found = [lead for lead, day in qualified(seen) if seen.within(day)]
    kept = [lead for lead in found if verdict(seen, lead.id) == "yes"]
    return count(kept, left_out=len(found) - len(kept))


def _first_time(state: str) -> Opinion:
    def calculate(seen: Seen) -> Figure:
        firsts = []
        for lead in seen.lead:
            spans = [row.since for row in seen.lifecycle.of("lead_id", lead.id) if row.state == state]
            firsts += [min(spans)] if spans else []
        return count(day for day in firsts if seen.within(day))

    return calculate


enter("marketing_qualified_leads", _first_time("mql"))
enter("sales_qualified_leads", _first_time("sql"))


@opinion
def leads_in_lifecycle(seen: Seen) -> Figure:
    """Leads that have a state of their lifecycle on the day."""
    return count(row for row in seen.lifecycle if seen.holds(row))


@opinion
def lead_qualification(seen: Seen) -> Figure:
    """Of those received, the ones whose last verdict is yes; without a verdict they are open."""
    return share((verdict(seen, lead.id) or "none yet" for lead in received(seen)), "yes", "none yet")


@opinion
def qualified_lead_to_opportunity(seen: Seen) -> Figure:
    """Of those first found qualified in the period, the ones with an opportunity; who may still get one is open."""
    found = (lead for lead, day in qualified(seen) if seen.within(day))
    return share((_came_to_a_deal(seen, lead) for lead in found), "opportunity", "waiting")


@opinion
def lead_to_opportunity(seen: Seen) -> Figure:
    """Of those received, the ones with an opportunity since; who may still get one is open."""
    return share((_came_to_a_deal(seen, lead) for lead in received(seen)), "opportunity", "waiting")


def _came_to_a_deal(seen: Seen, lead: Row) -> str:
    if deals_of_lead(seen, lead.id):
        return "opportunity"
    return "not qualified" if verdict(seen, lead.id) == "no" else "waiting"


@opinion
def lead_to_win(seen: Seen) -> Figure:
    """Of those received, the ones won since; who may still be won is open."""
    return share((state_of_win(seen, lead) for lead in received(seen)), "won", "under way", "waiting")


def state_of_win(seen: Seen, lead: Row) -> str:
    """Return what became of a lead as far as a win goes."""
    became = became_of(seen, lead.id)
    if WON in became:
        return "won"
    if "open" in became:
        return "under way"
    return "not won" if became else _came_to_a_deal(seen, lead)


@opinion
def lead_to_customer(seen: Seen) -> Figure:
    """Of those received, the ones whose lifecycle says customer; who was not found unfit may become one."""
    states = []
    for lead in received(seen):
        now = [row.state for row in seen.lifecycle.of("lead_id", lead.id) if row.until is None]
        if "customer" in now:
            states.append("customer")
        else:
            last = newest(seen.qualification.of("lead_id", lead.id), "decided_on")
            states.append("not qualified" if last and last.verdict == "no" else "under way")
    return share(states, "customer", "under way")
