"""What a consultant does beside leads, sales and clients: campaigns, calling, quotas, ratings kept, a few KPIs to learn from."""

from datetime import date, timedelta

from improv.actions import campaigns, kpis, quotas, ratings, work
from improv.dates import month_of, quarter_of, year_of
from improv.formulas import RATED
from improv.playbook import ActivityKind, CampaignType, offered
from improv.ratings import look
from improv.sample.diary import BOOK_DAYS, Diary, Story, found, workday

CAMPAIGN_DAYS = 56
PAUSE = 24
WEEK = timedelta(days=7)
FOUR_WEEKS = timedelta(days=28)
PICKED_AGO, CHANGED_AGO = 160, (100, 12)


def all_campaigns(diary: Diary) -> Story:
    """Run one campaign after the other, each with a result every week."""
    day = workday(diary.first + timedelta(days=3))
    for name, wanted in zip(diary.words["campaigns"], diary.words["campaign_types"], strict=True):
        yield day
        ends = day + timedelta(days=CAMPAIGN_DAYS)
        type_, subtype = _pair(diary, *wanted)
        values = {
            "type": type_,
            "subtype": subtype,
            "ends_on": ends,
            "keywords": diary.words["keywords"],
            "tracked_phone": "+49 40 5550 900",
            "owner": diary.owner,
        }
        campaign = campaigns.add(diary.work, name, day, values)
        number = found("campaign", campaign.id, name).id
        diary.campaigns.append((number, day, ends))
        while day < ends:
            day += WEEK
            yield day
            campaigns.add_result(diary.work, number, day, _result(diary))
        day = workday(day + timedelta(days=PAUSE))


def _pair(diary: Diary, key: str, subtype: str) -> tuple[str | None, str | None]:
    """Return the type and sub-type of a campaign: those wanted where the playbook has them, else any it has."""
    kinds = offered(diary.book.campaign_types)
    some: list[CampaignType] = [kind for kind in kinds if kind.subtypes]
    drawn = diary.draw("campaign types", some) if some else None
    kind = next((kind for kind in kinds if kind.key == key), drawn)
    if kind is None:
        return None, None
    return kind.key, subtype if subtype in kind.subtypes else next(iter(kind.subtypes), None)


def _result(diary: Diary) -> dict[str, int]:
    shown = diary.days((900, 2600))
    clicks = shown * diary.days((2, 5)) // 100
    return {
        "spend": diary.days((12, 34)) * 1000,
        "impressions": shown,
        "clicks": clicks,
        "emails_opened": clicks * 2,
        "links_clicked": clicks // 2,
        "forms": clicks // 12,
        "platform_leads": clicks // 15,
        "platform_customers": diary.days((0, 1)),
    }


def all_quotas(diary: Diary) -> Story:
    """Set what is to be won a quarter, raised half-way, what a business unit is to bring in a year, and the points."""
    yield diary.first
    mine = {"owner": diary.owner}
    for day, value in ((diary.first, 4_500_000), (diary.ago(BOOK_DAYS // 2), 6_000_000)):
        quotas.set_from(diary.work, quarter_of(day).first, {"value": value, "per": "quarter", **mine})
    unit = next(iter(diary.words["business_units"].values()))
    quotas.set_from(diary.work, year_of(diary.today).first, {"value": 9_600_000, "per": "year", "unit": unit})
    if diary.book.points:
        values = {"points": diary.book.points.quota, "per": "month", **mine}
        quotas.set_from(diary.work, month_of(diary.first).first, values)


def all_weeks(diary: Diary) -> Story:
    """Fill the funnel week by week: dials nobody is named for, and now and then something with points."""
    dials = [kind for kind in offered(diary.book.activity_kinds) if kind.attempt and not kind.contact]
    rest = [kind for kind in offered(diary.book.activity_kinds) if kind.points and not kind.contact]
    monday = workday(diary.first)
    for week in range(BOOK_DAYS // 7 + 1):
        for weekday in (0, 2):
            day = monday + timedelta(days=7 * week + weekday)
            yield day
            _log(diary, dials, day, diary.days((6, 18)))
        if week % 2:
            _log(diary, rest, day, 1)


def all_ratings(diary: Diary) -> Story:
    """Keep what the formulas say every four weeks, the last time on the Monday of this week."""
    day = diary.monday - (BOOK_DAYS - 7) // FOUR_WEEKS.days * FOUR_WEEKS
    while True:
        yield day
        ratings.keep(diary.work, look(diary.work.reader, list(RATED), day.isoformat()).to_keep, day)
        day += FOUR_WEEKS


def _log(diary: Diary, kinds: list[ActivityKind], day: date, times: int) -> None:
    if kinds:
        kind = diary.draw(f"kinds {kinds[0].key}", kinds)
        values = {"times": times, "owner": diary.owner, "subject": kind.name}
        work.log(diary.work, kind.key, None, day, values)


def kpi_habit(diary: Diary) -> Story:
    """Track a few KPIs, change one thing after the baseline, and lately another."""
    day = diary.ago(PICKED_AGO)
    yield day
    kpis.pick(diary.work, diary.words["kpis"], day)
    for what, ago in zip(diary.words["changes"], CHANGED_AGO, strict=True):
        yield diary.ago(ago)
        kpis.change(diary.work, what, diary.ago(ago))
