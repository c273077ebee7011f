"""How the charter is kept in the sample book, and where it is broken: told after all else, by no chance of its own.

What was lost or found unfit long ago is handed to marketing or has a date; what came last is not, and the rules of the
charter are broken here and there. A year is too short to break those that look back on more of it. None of it raises a
red flag of the method.
"""

from datetime import timedelta

from improv.actions import clients, events, leads, opportunities, visits, work
from improv.alerts import Alert, alerts
from improv.resolve import Found
from improv.sample.diary import USUAL_GAP, Diary, found, workday
from improv.sample.leads import reach

LEFT_UNDONE = 3
CHECK_IN = timedelta(days=28)


def keep_the_charter(diary: Diary) -> None:
    """Keep the charter as a consultant does, and break its rules here and there."""
    up = alerts(diary.work.reader, of="charter")
    for alert in _but_the_last([one for one in up if one.code == "H17"]):
        leads.to_marketing(diary.work, alert.subject.number, alert.since, None)
    for place, alert in enumerate(_but_the_last([one for one in up if one.code == "H15"])):
        _settle(diary, alert, handed=place % 2 == 0)
    _lifecycles(diary)
    _deals(diary)
    _people(diary)
    due = diary.book.limits["task_overdue_after"] + 6
    values = {"due": diary.ago(due), "assigned_to": diary.owner}
    work.add_task(diary.work, diary.say("charter_tasks"), None, diary.ago(due + 20), values)


def _but_the_last(up: list[Alert]) -> list[Alert]:
    """Return what is up for longest: the last few are left as they are."""
    return up[:-LEFT_UNDONE]


def _settle(diary: Diary, alert: Alert, *, handed: bool) -> None:
    """Hand a lead that did not buy to marketing, or set a day to check in."""
    number = alert.subject.number
    if handed:
        leads.to_marketing(diary.work, number, alert.since, None)
        return
    due = workday(diary.today + CHECK_IN + timedelta(days=number))
    values = {"due": due, "assigned_to": diary.owner}
    work.add_task(diary.work, "check in", Found("lead", number, alert.name), alert.since, values)


def _lifecycles(diary: Diary) -> None:
    """Let one lead count as an opportunity though its deal was lost, one as no customer though it bought, one wait."""
    left = [one for one in alerts(diary.work.reader, of="charter") if one.code == "H15"]
    for state, alert in zip(("opportunity", "mql"), left, strict=False):
        leads.enter(diary.work, alert.subject.number, state, diary.today, told=True)
    bought = diary.work.reader.value(
        "SELECT lead_id FROM lifecycle WHERE state = 'customer' AND until IS NULL ORDER BY since DESC, id DESC LIMIT 1"
    )
    if bought is not None:
        leads.enter(diary.work, bought, "sql", diary.today, told=True)


def _deals(diary: Diary) -> None:
    """Offer a client what belongs to nobody and nobody works at, and another thing of which no word is noted."""
    buyer = diary.work.reader.row(
        "SELECT c.id, c.name FROM client c JOIN opportunity o ON o.client_id = c.id "
        "JOIN client_status s ON s.client_id = c.id AND s.until IS NULL WHERE s.status = 'active' ORDER BY c.id LIMIT 1"
    )
    if buyer is not None:
        client = Found("client", buyer["id"], buyer["name"])
        _offered(diary, client, None)
        reach(diary, _offered(diary, client, diary.owner), diary.ago(1))


def _offered(diary: Diary, client: Found, owner: str | None) -> Found:
    """Open a deal of which nothing is written down but its next event."""
    stage = max(diary.book.sale_stages, key=lambda one: one.warning_after or 0)
    opened = diary.ago(diary.book.limits["deal_unlogged_after"] + 1)
    terms = {"value": 400_000, "owner": owner}
    deal = opportunities.add(diary.work, client, diary.say("charter_deals"), stage.key, opened, terms)
    about, kind = found("opportunity", deal.id, deal.title), diary.event_kind(stage)
    if kind is not None:
        when = diary.at(diary.today + timedelta(days=(kind.gap or USUAL_GAP)[0]))
        events.schedule(diary.work, about, kind.key, when, diary.today, {"assigned_to": diary.owner})
    return about


def _people(diary: Diary) -> None:
    """Add a lead and a client in a hurry: nobody's, of no city, and not capitalised."""
    yesterday = diary.ago(1)
    source = next((one.key for one in diary.book.sources if not one.asks and not one.from_client), None)
    name = diary.say("charter_people")
    lead = leads.add(diary.work, name, yesterday, {"source": source, "email": "hello@site.example"})
    about = found("lead", lead.id, name)
    reach(diary, about, yesterday)
    leads.enter(diary.work, about.id, "mql", yesterday)
    called = diary.say("charter_companies")
    client = clients.add(diary.work, called, yesterday, {"contact_name": name.title(), "health": 90})
    assert client.id is not None  # noqa: S101 - it was just written
    visits.add_testimonial(diary.work, client.id, yesterday, {"content": diary.say("charter_praise")})
    kind = diary.visit_event
    if kind is not None:
        when = diary.at(diary.today + timedelta(days=(kind.gap or USUAL_GAP)[0]))
        events.schedule(
            diary.work,
            found("client", client.id, called),
            kind.key,
            when,
            diary.today,
            {"assigned_to": diary.owner},
        )
