"""What a consultant does besides, told when the year is over and by a chance of its own: the plan, and for campaigns."""

from datetime import date, timedelta
from random import Random
from typing import Any

from improv.actions import quotas, work
from improv.dates import month_of
from improv.playbook import ActivityKind
from improv.quotas import Quotas, subject
from improv.sample.diary import BOOK_DAYS, Diary, workday

MONTH = timedelta(days=30)
EVERY = timedelta(days=14)
# How much of a month's plan is done, in percent, the days after the month began, and the hours of a day on a campaign.
DONE, DAYS, HOURS = (10, 50), (1, 27), (1, 4)


def farm(diary: Diary) -> None:
    """Do a part of each month's plan, of the kinds that nothing else earns and that reach clients: quotes, cards, lunches."""
    chance = Random("points")  # noqa: S311 - a sample, not a secret
    by_itself = {kind.activity for kind in diary.book.event_kinds}
    by_itself |= {kind.activity for kind in diary.book.visit_kinds}
    for kind in diary.book.activity_kinds:
        if kind.plan and kind.contact and kind.key not in by_itself:
            for month in range(BOOK_DAYS // MONTH.days + 1):
                day = workday(diary.first + month * MONTH + timedelta(days=chance.randint(*DAYS)))
                times = kind.plan * chance.randint(*DONE) // 100
                if times:
                    _log(diary, kind, day, {"times": times})


def ask_for_more(diary: Diary) -> None:
    """Set twice the points to earn from this month on, or twice what the pace so far leads to, where that is more."""
    if diary.book.points:
        month, mine = month_of(diary.today), subject(diary.owner, None)
        pace = Quotas(diary.work.reader, "points").standing(month, mine).pace or 0
        values = {"points": 2 * max(diary.book.points.quota, pace), "per": "month", "owner": diary.owner}
        quotas.set_from(diary.work, month.first, values)


def work_for_campaigns(diary: Diary) -> None:
    """Spend some hours on each campaign every other week: a block of calls, an evening with those who came."""
    chance = Random("campaigns")  # noqa: S311 - as above
    kinds = [
        kind
        for kind in diary.book.activity_kinds
        if kind.points and not (kind.attempt or kind.contact or kind.lead)
    ]
    for number, first, last in diary.campaigns if kinds else ():
        day = first
        while day <= last:
            values = {"campaign_id": number, "minutes": 60 * chance.randint(*HOURS)}
            _log(diary, chance.choice(kinds), workday(day), values)
            day += EVERY


def _log(diary: Diary, kind: ActivityKind, day: date, values: dict[str, Any]) -> None:
    """Log it, unless it has not happened yet."""
    if day <= diary.today:
        work.log(diary.work, kind.key, None, day, {"owner": diary.owner, "subject": kind.name, **values})
