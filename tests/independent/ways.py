"""Second opinions on the metrics of the way through the funnel."""

from datetime import date

from tests.independent.figure import Figure, Opinion, count, durations, enter, mean, opinion, share
from tests.independent.leads import received
from tests.independent.ratings import rating
from tests.independent.seen import Row, Seen, earliest
from tests.independent.story import (
    LOST,
    NO_DECISION,
    WON,
    became_of,
    closings,
    contacts,
    deals_of_lead,
    lead_of,
    path,
    qualified,
    stands,
)
from tests.independent.story import active_leads as still_active

STILL_THERE = "still there"


def in_window(seen: Seen, lead: Row, since: date, limit: str) -> str | None:
    """Tell whether a lead had its opportunity in a window; nothing before that is over, whatever happened already."""
    window = seen.limit(limit)
    if (seen.today - since).days <= window:
        return None
    opened = min((deal.opened_on for deal in deals_of_lead(seen, lead.id)), default=date.max)
    return "in time" if (opened - since).days <= window else "not in time"


def _within(limit: str) -> Opinion:
    def calculate(seen: Seen) -> Figure:
        return share((in_window(seen, lead, lead.received_on, limit) for lead in received(seen)), "in time")

    return calculate


enter("lead_to_opportunity_within_30", _within("conversion_short"))
enter("lead_to_opportunity_within_60", _within("conversion_middle"))
enter("lead_to_opportunity_within_90", _within("conversion_long"))


@opinion
def qualified_to_opportunity(seen: Seen) -> Figure:
    """Of the leads first found qualified in the period, those with an opportunity in the long window."""
    found = ((lead, day) for lead, day in qualified(seen) if seen.within(day))
    return share((in_window(seen, lead, day, "conversion_long") for lead, day in found), "in time")


def went_to(seen: Seen, stay: Row, following: Row | None) -> str:
    """Return what came after a stay: how it ended there, the next stage, or nothing yet."""
    if stay.until is None:
        return STILL_THERE
    endings = [
        row
        for row in seen.opportunity_outcome.of("opportunity_id", stay.opportunity_id)
        if row.since >= stay.until
        and row.stage in {None, stay.stage}
        # Before the next stay it was closed and reopened in between.
        and (following is None or (row.until is not None and row.until <= following.since))
    ]
    if ending := earliest(endings, "since"):
        return str(ending.outcome)
    return "not known" if following is None else str(following.stage)


def stays_begun(seen: Seen) -> list[tuple[Row, str]]:
    """Return the stays begun in the period, each with what came next."""
    found = []
    for deal in seen.opportunity:
        stays = path(seen, deal.id)
        for stay, following in zip(stays, [*stays[1:], None], strict=False):
            if seen.within(stay.since):
                found.append((stay, went_to(seen, stay, following)))
    return found


@opinion
def stage_conversion(seen: Seen) -> Figure:
    """Stays begun in the period."""
    return count(stays_begun(seen))


@opinion
def advance_rate(seen: Seen) -> Figure:
    """Of the stays begun, those that went where their stage leads, past it, or to a win."""
    return share((_advanced(seen, stay, to) for stay, to in stays_begun(seen)), "advanced", STILL_THERE)


def _advanced(seen: Seen, stay: Row, to: str) -> str:
    order = list(seen.method["stage"])
    goals = [order.index(stage) for stage in seen.listed("stage", stay.stage).get("advances_to", ())]
    if to == WON or (to in order and goals and order.index(to) >= min(goals)):
        return "advanced"
    return to


@opinion
def close_by_stage(seen: Seen) -> Figure:
    """Of the stays begun, those that ended in a win there."""
    return share((to for _, to in stays_begun(seen)), WON, STILL_THERE)


@opinion
def referral_to_win(seen: Seen) -> Figure:
    """Of the referrals received, those whose lead was won."""
    states = []
    for referral in seen.referral:
        if not seen.within(referral.received_on):
            continue
        became = became_of(seen, referral.lead_id)
        if WON in became or "open" in became:
            states.append(WON if WON in became else "under way")
        elif became <= {LOST, NO_DECISION} and became:
            states.append("not won")
        else:
            states.append("declined" if referral.declined_on else "waiting")
    return share(states, WON, "under way", "waiting")


@opinion
def time_to_close(seen: Seen) -> Figure:
    """Days from receiving a lead to winning its opportunity."""
    lengths = []
    for ending, deal in closings(seen):
        if ending.outcome == WON:
            lead = lead_of(seen, deal)
            days = None if lead is None else (ending.since - lead.received_on).days
            lengths.append((days, True) if stands(ending) and days is not None and days >= 0 else None)
    return durations(lengths)


@opinion
def days_to_first_contact(seen: Seen) -> Figure:
    """Days from receiving a lead to first reaching it; who is not reached yet waits at least so long."""
    lengths = []
    for lead in received(seen):
        first = next(iter(contacts(seen, lead.id)), None)
        days = ((first or seen.today) - lead.received_on).days
        lengths.append((days, first is not None) if days >= 0 else None)
    return durations(lengths, shows="median")


@opinion
def contact_before_opportunity(seen: Seen) -> Figure:
    """Leads whose first opportunity was opened in the period."""
    deals = (deals_of_lead(seen, lead.id) for lead in seen.lead)
    return count(lead_s for lead_s in deals if lead_s and seen.within(min(deal.opened_on for deal in lead_s)))


@opinion
def active_leads(seen: Seen) -> Figure:
    """Leads that on the day have no opportunity and were not found unfit."""
    return count(still_active(seen))


@opinion
def days_since_last_contact(seen: Seen) -> Figure:
    """Days since active leads were last reached, or came in."""
    waited = []
    for lead in still_active(seen):
        reached = [day for day in contacts(seen, lead.id) if day <= seen.on]
        waited.append((seen.on - max(reached, default=lead.received_on)).days)
    return mean(waited)


@opinion
def lead_score(seen: Seen) -> Figure:
    """The scores of active leads, as rated by hand or by formula."""
    return mean(rating(seen, "lead", lead, "score") for lead in still_active(seen))
