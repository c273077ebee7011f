"""The stories of leads: how they come in, are called, found qualified or not, and become sales."""

from datetime import date, timedelta
from typing import Any

from improv.actions import leads, visits, work
from improv.actions.dated import reading
from improv.playbook import Source, offered
from improv.resolve import Found
from improv.sample.deals import open_deal, sell
from improv.sample.diary import Diary, Story, found, workday

CALL_AGAIN = timedelta(days=2)
MORNING = ("08:55", "09:40", "10:25")
MINUTES = (4, 6, 8, 12, 15, 20, 25)
SCORES = (35, 90)


def lead_that_comes(diary: Diary, on: date) -> Story:
    """Somebody comes in by one of the sources, and is worked until they buy or fall away."""
    yield from worked(diary, add_lead(diary, on), on)


def add_lead(diary: Diary, on: date, *, sourced: bool = True) -> Found:
    """Add a lead with all a careful consultant writes down."""
    name, reached = diary.cast.person()
    values = {
        **reached,
        **diary.cast.about(),
        "job_profile": diary.say("job_profiles"),
        "age_group": diary.say("age_groups"),
        "owner": diary.owner,
        "temperature": diary.draw("temperature", ["cold", "warm", "warm", "hot"]),
    }
    if diary.happens("scored by hand", 2, 3):
        values["score"] = diary.days(SCORES)
    if sourced:
        values |= _came_by(diary, on)
    lead = leads.add(diary.work, name, on, values)
    return found("lead", lead.id, name)


def _came_by(diary: Diary, on: date) -> dict[str, Any]:
    """Return where a lead came from, and what is asked beside it; the first sources of a playbook bring the most."""
    sources = [source for source in offered(diary.book.sources) if not source.from_client]
    if not sources:
        return {}
    cards = [source for place, source in enumerate(sources) for _ in range(len(sources) - place)]
    source: Source = diary.draw("sources", cards)
    running = [number for number, first, last in diary.campaigns if first <= on <= last]
    if source.asks == "event":
        return {"source": source.key, "met_at": diary.say("gatherings"), "met_on": on - CALL_AGAIN}
    if source.asks == "platform":
        return {"source": source.key, "platform": diary.say("platforms")}
    campaign = running[0] if running and diary.happens("by campaign", 2, 3) else None
    return {"source": source.key, "campaign_id": campaign}


def worked(diary: Diary, lead: Found, first: date) -> Story:
    """Call a lead every other day until it is clear whether there is a sale in it."""
    day = first
    yield day
    reach(diary, lead, day)
    for _ in range(diary.draw("calls", [1, 1, 2])):
        day = workday(day + CALL_AGAIN)
        yield day
        reach(diary, lead, day)
    if reading(diary.work, "lead", lead.id, "score", day) is not None:
        leads.edit(diary.work, lead.id, None, day, {"score": diary.days(SCORES)})
    day = workday(day + CALL_AGAIN)
    yield day
    verdict = diary.draw("verdict", ["sells"] * 6 + ["waits"] * 3 + ["no"] * 9)
    reach(diary, lead, day)
    if verdict == "no":
        leads.qualify(diary.work, lead.id, "no", diary.say("not_qualified_words"), day)
        return
    leads.enter(diary.work, lead.id, "mql", day)
    leads.qualify(diary.work, lead.id, "yes", "a project, a budget and somebody who decides", day)
    day = workday(day + timedelta(days=1))
    yield day
    if verdict == "waits":
        leads.qualify(diary.work, lead.id, "no", diary.say("not_qualified_words"), day)
        return
    leads.enter(diary.work, lead.id, "sql", day)
    yield from sell(diary, open_deal(diary, lead, day), day)


def reach(diary: Diary, about: Found, on: date, *, answered: bool = True, at: str | None = None) -> None:
    """Log a call or a message that reaches somebody, answered or not."""
    kinds = diary.contacts()
    if kinds:
        values = {
            "subject": diary.say("subjects"),
            "minutes": diary.draw("minutes", MINUTES),
            "response": "yes" if answered else "no",
            "owner": diary.owner,
            "done_time": at,
        }
        work.log(diary.work, diary.draw("contacts", kinds).key, about, on, values)


def refer(diary: Diary, client: Found, on: date, visit_id: int | None = None) -> tuple[int, Found]:
    """Record somebody a client named; return the referral and the lead they became."""
    name, reached = diary.cast.person()
    values = {
        **reached,
        "received_time": diary.draw("received", MORNING),
        "how": diary.say("referral_ways"),
        "estimated_value": diary.days((4, 18)) * 100_000,
    }
    referral = visits.add_referral(diary.work, client.id, name, on, values, visit_id)
    lead = found("lead", referral.lead_id, name)
    own = {**diary.cast.about(), "owner": diary.owner, "temperature": "warm", "score": diary.days(SCORES)}
    leads.edit(diary.work, lead.id, None, on, own)
    assert referral.id is not None  # noqa: S101 - it was just written
    return referral.id, lead


def referred(diary: Diary, lead: Found, on: date) -> Story:
    """Call somebody who was referred, the same day or the next, and work them like any lead."""
    same_day = diary.happens("called the same day", 3, 5)
    day = on if same_day else on + timedelta(days=1)
    yield day
    reach(diary, lead, day, at="17:45" if same_day else "08:50")
    yield from worked(diary, lead, workday(day + CALL_AGAIN))
