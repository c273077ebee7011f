"""What people of the sample book did by themselves: pages opened before a sale, a return, a named page, and strangers.

Drawn from a stream of its own, after everything else: nothing else of the book knows of it.
"""

import random
from datetime import date, timedelta
from typing import Any, Final

from improv.actions import touches
from improv.formulas import last_contact
from improv.models import Touch, Visitor
from improv.resolve import Found
from improv.sample.diary import Diary
from improv.store import Writing

_SITE: Final = "https://www.example.com"
_PAGES: Final = ("/", "/services", "/about", "/blog/how-we-work", "/references")
_SOURCES: Final = ("newsletter", "linkedin", "search")
_STRANGERS: Final = 24
_MOST_PAGES: Final = 4
_BEFORE_A_WIN: Final = (5, 25)
_SECONDS: Final = (8, 240)

_WON: Final = """SELECT l.id, l.name, MAX(l.received_on, :first) AS since, MIN(x.since) AS day
    FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id JOIN lead AS l ON l.id = o.lead_id
    WHERE x.outcome = 'won' AND x.until IS NULL AND x.since > :first GROUP BY l.id ORDER BY l.id"""
# Who has a sale under way, those first who were spoken to longest ago.
_UNDER_WAY: Final = f"""SELECT x.id, x.name, {last_contact("lead")} AS own, (
    SELECT MAX(e.closed_on) FROM event AS e WHERE e.opportunity_id = o.id AND e.status = 'done') AS met
    FROM opportunity AS o JOIN lead AS x ON x.id = o.lead_id
    WHERE NOT EXISTS (SELECT 1 FROM opportunity_outcome AS z WHERE z.opportunity_id = o.id AND z.until IS NULL)
    AND (SELECT COUNT(*) FROM opportunity AS y WHERE y.lead_id = x.id) = 1
    ORDER BY MAX(COALESCE(own, ''), COALESCE(met, '')), x.id"""


def touched(diary: Diary) -> None:
    """Let people do something by themselves."""
    chance = random.Random("touches")  # noqa: S311 - a sample, not a secret
    work = diary.work
    for row in work.reader.rows(_WON, {"first": diary.first.isoformat()}):
        if chance.random() < 2 / 3:
            day = date.fromisoformat(row["day"]) - timedelta(days=chance.randint(*_BEFORE_A_WIN))
            day = max(day, date.fromisoformat(row["since"]))
            _open(work, chance, {"lead_id": row["id"]}, day)
    pricing = next((page.path.rstrip("*") for page in diary.book.pages), "/")
    waiting = [Found("lead", row["id"], row["name"]) for row in work.reader.rows(_UNDER_WAY)][:2]
    for lead, page in zip(waiting, (pricing, "/references"), strict=False):
        link = touches.make_link(
            work, lead, _SITE + page, diary.ago(1), {}, tag=f"{chance.getrandbits(72):018x}"
        )
        back = diary.ago(diary.book.limits["returned_after"] + chance.randint(2, 9))
        _keep(work, chance, {"lead_id": lead.id}, max(back, _received(diary, lead)), "/services")
        _keep(work, chance, {"lead_id": lead.id, "link_id": link.id}, diary.ago(1), page)
    for number in range(_STRANGERS):
        seen = diary.ago(chance.randint(0, 200))
        visitor = work.add(Visitor, known_as=f"sample {number}", seen_on=seen)
        _open(work, chance, {"visitor_id": visitor.id}, seen)


def _received(diary: Diary, lead: Found) -> date:
    day = diary.work.reader.value("SELECT received_on FROM lead WHERE id = :id", {"id": lead.id})
    return date.fromisoformat(day)


def _open(work: Writing, chance: random.Random, who: dict[str, Any], day: date) -> None:
    """Open some pages, one after the other, on a day."""
    source = chance.choice((None, *_SOURCES))
    for page in chance.sample(_PAGES, chance.randint(1, _MOST_PAGES)):
        _keep(work, chance, who | {"utm_source": source}, day, page)


def _keep(work: Writing, chance: random.Random, who: dict[str, Any], day: date, page: str) -> None:
    at = f"{chance.randint(8, 19):02}:{chance.randint(0, 59):02}"
    seconds = chance.choice((None, chance.randint(*_SECONDS)))
    work.add(Touch, kind="page", on_day=day, at_time=at, page=page, seconds=seconds, **who)
