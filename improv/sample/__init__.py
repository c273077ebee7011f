"""The sample book: a year of one consultant, made by the program's own actions, to try the program on.

It is made of stories (`improv.sample.diary`) and is the same for the same seed, day and playbook. What a playbook
lists is taken from it by its properties, so that another method gets a book of its own.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

from improv.actions import saved, snoozes
from improv.actions import work as desk_work
from improv.alerts import alerts
from improv.resolve import Found
from improv.sample.accounts import HEALTHY, Manner, client_from_before, new_client
from improv.sample.answers import ask_everybody
from improv.sample.charter import keep_the_charter
from improv.sample.diary import BOOK_DAYS, Diary, workday, workday_before
from improv.sample.farming import ask_for_more, farm, work_for_campaigns
from improv.sample.leads import lead_that_comes
from improv.sample.nurture import keep_on_tracks
from improv.sample.routine import all_campaigns, all_quotas, all_ratings, all_weeks, kpi_habit
from improv.sample.touched import touched
from improv.sample.troubles import (
    slower_than_average,
    troubled_clients,
    troubled_deals,
    troubled_leads,
    waiting_referrals,
)
from improv.sample.week import this_week_and_the_last
from improv.store import Writing

LEADS_A_WEEK = (2, 2, 1)
LEAVERS = (Manner(leaves_ago=240), Manner(leaves_ago=118), Manner(leaves_ago=45))
FROM_BEFORE = 3  # years
SNOOZED_FOR = timedelta(days=4)
QUIET = """SELECT id, name, owner, last_visit_on FROM clients
WHERE status = 'active' AND days(last_visit_on, :today) > :least ORDER BY last_visit_on"""


def fill(work: Writing, *, seed: int = 7) -> None:
    """Fill a store with the sample book that ends on the day of the transaction."""
    diary = Diary(work, seed)
    diary.welcome = lambda client, on: new_client(diary, client, on)
    for manner in (*troubled_clients(diary), HEALTHY, *LEAVERS):
        diary.begin(client_from_before(diary, FROM_BEFORE, manner), diary.first)
    diary.begin(all_campaigns(diary), diary.first)
    diary.begin(all_weeks(diary), diary.first)
    diary.begin(all_quotas(diary), diary.first)
    diary.begin(all_ratings(diary), diary.first)
    for day in _arrivals(diary):
        diary.begin(lead_that_comes(diary, day), day)
    for story in (
        *troubled_leads(diary),
        *waiting_referrals(diary),
        *troubled_deals(diary),
        *this_week_and_the_last(diary),
    ):
        diary.begin(story, diary.first)
    diary.begin(kpi_habit(diary), diary.first)
    diary.tell()
    diary.begin(slower_than_average(diary), diary.first)
    diary.tell()
    _write_notes(diary)
    ask_everybody(diary)
    _put_aside(diary)
    farm(diary)
    work_for_campaigns(diary)
    ask_for_more(diary)
    touched(diary)
    saved.save(work, "hot leads", {"temperature": "hot"}, noun="lead")
    saved.save(work, "quiet clients", {"least": 60}, query=QUIET)
    keep_the_charter(diary)
    keep_on_tracks(diary)
    work.subject = None


def _arrivals(diary: Diary) -> Iterator[date]:
    """Return the days on which leads come in, some every week."""
    for week, leads in zip(range(BOOK_DAYS // 7), cycle(LEADS_A_WEEK), strict=False):
        for _ in range(leads):
            yield workday_before(diary.first + timedelta(days=7 * week + diary.days((0, 6))))


def _put_aside(diary: Diary) -> None:
    """Snooze one flag for some days and acknowledge another, of those that are warnings."""
    up = [alert for alert in alerts(diary.work.reader) if alert.severity == "warning"]
    for kind, days, because in (
        ("opportunity", SNOOZED_FOR, "snoozed_words"),
        ("client", None, "acknowledged_words"),
    ):
        for alert in [one for one in up if one.kind == kind][-1:]:
            about = Found(alert.kind, alert.subject.number, alert.name)
            until = None if days is None else workday(diary.today + days)
            snoozes.put_aside(diary.work, alert.code, about, alert.severity, until, diary.say(because))


def _write_notes(diary: Diary) -> None:
    """Write notes on some clients and open sales, the first one pinned."""
    listed = (
        ("client", "SELECT id, name, since_on AS day FROM client ORDER BY id"),
        ("opportunity", "SELECT id, title AS name, opened_on AS day FROM opportunity ORDER BY id DESC"),
    )
    for table, sql in listed:
        for place, row in enumerate(diary.work.reader.rows(f"{sql} LIMIT 8")):
            day = max(date.fromisoformat(row["day"]), diary.ago(diary.days((1, 30))))
            values = {"pinned": place == 0, "written_by": diary.owner}
            desk_work.add_note(
                diary.work, Found(table, row["id"], row["name"]), diary.say("notes"), day, values
            )
