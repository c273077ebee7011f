"""What is wrong in the sample book: leads, sales and clients that each show a red flag, by the playbook's own limits."""

from collections.abc import Generator
from datetime import date, timedelta
from itertools import pairwise

from improv.actions import events, leads
from improv.playbook import Stage
from improv.resolve import Found
from improv.sample.accounts import Manner
from improv.sample.deals import Deal, book_event, hold, open_deal
from improv.sample.diary import USUAL_DAYS, USUAL_GAP, Diary, Story, workday_before
from improv.sample.leads import add_lead, reach, refer

Staged = Generator[date, None, Deal]
Stay = tuple[Stage, int]  # a stage, and how many days ago it was entered


# ── Leads ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def troubled_leads(diary: Diary) -> list[Story]:
    """Return the stories of leads that something is wrong with."""
    limits = diary.book.limits
    silent = limits["lead_uncontacted_after"]
    return [
        _forgotten(diary, silent + 3),
        _left_alone(diary, limits["lead_last_contact_after"] + 2),
        _left_alone(diary, limits["lead_last_contact_after"] + 4),
        _qualified(diary, limits["qualified_without_meeting_after"] + 3),
        _of_unknown_source(diary, 2),
        _of_unknown_source(diary, 4),
        _cooling(diary, limits["score_falls"]),
        _not_answering(diary, limits["attempts_without_response"]),
    ]


def _forgotten(diary: Diary, days: int) -> Story:
    yield diary.ago(days)
    add_lead(diary, diary.ago(days))


def _left_alone(diary: Diary, days: int) -> Story:
    yield diary.ago(days + 1)
    lead = add_lead(diary, diary.ago(days + 1))
    yield diary.ago(days)
    reach(diary, lead, diary.ago(days))


def _qualified(diary: Diary, days: int) -> Story:
    day = diary.ago(days)
    yield day
    lead = add_lead(diary, day)
    reach(diary, lead, day)
    leads.qualify(diary.work, lead.id, "yes", "asked for a date, and got none", day)
    yield diary.ago(1)
    reach(diary, lead, diary.ago(1))


def _of_unknown_source(diary: Diary, days: int) -> Story:
    yield diary.ago(days)
    lead = add_lead(diary, diary.ago(days), sourced=False)
    yield diary.ago(1)
    reach(diary, lead, diary.ago(1))


def _cooling(diary: Diary, falls: int) -> Story:
    day = diary.ago(2 * falls + 2)
    yield day
    lead = add_lead(diary, day)
    for fall in range(falls + 1):
        day = diary.ago(2 * (falls - fall))
        yield day
        reach(diary, lead, day)
        leads.edit(diary.work, lead.id, None, day, {"score": 80 - 12 * fall})


def _not_answering(diary: Diary, attempts: int) -> Story:
    yield diary.ago(2 * attempts)
    lead = add_lead(diary, diary.ago(2 * attempts))
    tried = [kind for kind in diary.contacts() if kind.attempt]
    for attempt in range(attempts if tried else 0):
        day = diary.ago(2 * (attempts - attempt) - 1)
        yield day
        reach(diary, lead, day, answered=False)


def waiting_referrals(diary: Diary) -> list[Story]:
    """Return the stories of people whom a client named: two not called in time, two to be called now."""
    late = diary.book.limits["referral_contact_within_hours"] // 24 + 1
    return [_uncalled(diary, days) for days in (late + 1, late, 0, 0)]


def _uncalled(diary: Diary, days: int) -> Story:
    day = diary.ago(days)
    yield day
    row = diary.work.reader.row(
        "SELECT c.id, c.name FROM client c JOIN client_status s ON s.client_id = c.id AND s.until IS NULL "
        "WHERE s.status = 'active' ORDER BY c.id LIMIT 1 OFFSET :place",
        {"place": days + diary.days((0, 3))},
    )
    if row is not None:
        refer(diary, Found("client", row["id"], row["name"]), day)


# ── Sales ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def troubled_deals(diary: Diary) -> list[Story]:
    """Return the stories of sales that something is wrong with; those a playbook has no limit for are left out."""
    book = diary.book
    first, roomy = book.sale_stages[0], _roomy(diary)
    gap_after = book.limits["gap_after"]
    told = [_without_event(diary, first, 1), _without_event(diary, roomy, 4)]
    told += [_far_ahead(diary, roomy, gap_after + 2), *_beyond_its_kind(diary)]
    told += [_surprised(diary, roomy, book.limits["anticipation_misses"])]
    if len(book.sale_stages) > 1:
        told += [_going_back(diary, book.limits["backward_moves"])]
    slow = [stage for stage in book.sale_stages if stage.slow_after]
    told += [_stuck(diary, stage, (stage.slow_after or 0) + 4) for stage in slow]
    told += [_stuck(diary, stage, days) for stage, days in _too_long(diary, slow)]
    return told


def _roomy(diary: Diary) -> Stage:
    """Return the stage in which a sale may stay longest."""
    return max(diary.book.sale_stages, key=lambda stage: stage.warning_after or sum(stage.days or USUAL_DAYS))


def _too_long(diary: Diary, slow: list[Stage]) -> list[Stay]:
    """Return a stay beyond the warning and one beyond the critical days, in stages without a sterner limit."""
    limited = [stage for stage in diary.book.sale_stages if stage not in slow]
    warned = [stage for stage in limited if stage.warning_after][-2:]
    critical = [stage for stage in limited if stage.critical_after][:1]
    return [
        *((stage, (stage.warning_after or 0) + 1) for stage in warned),
        *((stage, (stage.critical_after or 0) + 2) for stage in critical),
    ]


def way_to(diary: Diary, stage: Stage, ago: int) -> list[Stay]:
    """Return the stays of a sale that entered a stage so many days ago, each earlier one of its usual length."""
    stays = [(stage, ago)]
    for earlier in reversed(diary.road(stage)[:-1]):
        ago += diary.days(earlier.days or USUAL_DAYS)
        stays.insert(0, (earlier, ago))
    return stays


def staged(diary: Diary, stays: list[Stay], title: str | None = None, close_on: date | None = None) -> Staged:
    """Take a new lead into a sale and through its stages, each left by an event that was held."""
    opened = diary.ago(stays[0][1])
    first = workday_before(opened - timedelta(days=4))
    yield first
    lead = add_lead(diary, first)
    reach(diary, lead, first)
    yield opened
    leads.enter(diary.work, lead.id, "mql", opened)
    leads.qualify(diary.work, lead.id, "yes", "knows what they want, and by when", opened)
    deal = open_deal(diary, lead, opened, title, close_on)
    for (stage, since), (after, until) in pairwise(stays):
        if diary.event_kind(stage) is None:
            continue
        gap = (diary.event_kind(stage) or diary.book.event_kinds[0]).gap or USUAL_GAP
        booked = max(diary.ago(since), diary.ago(until + gap[1]))
        yield booked
        event = book_event(diary, deal.about, stage, booked, diary.ago(until), after)
        yield diary.ago(until)
        hold(diary, event, stage, after, diary.ago(until))
    yield diary.ago(stays[-1][1])
    return deal


def book_next(
    diary: Diary, deal: Deal, stay: Stay, in_days: int | None = None, gap: int | None = None
) -> Story:
    """Book the next event of a sale, today or in some days, set as long before as its kind should be."""
    stage, since = stay
    kind = diary.event_kind(stage)
    if kind is None:
        return
    low, high = kind.gap or USUAL_GAP
    wait = gap or diary.days((low, high))
    ahead = diary.draw("ahead", (0, 1, 2, 3)) if in_days is None else in_days
    day = diary.today + timedelta(days=min(ahead, wait))
    booked = max(diary.ago(since), day - timedelta(days=wait))
    yield booked
    onward = diary.book.sale_stages
    after = next((one for one in onward if one.key in stage.advances_to), diary.after_sale)
    book_event(diary, deal.about, stage, booked, day, after)


def _stuck(diary: Diary, stage: Stage, days: int) -> Story:
    deal = yield from staged(diary, way_to(diary, stage, days))
    yield from book_next(diary, deal, (stage, days))


def _without_event(diary: Diary, stage: Stage, days: int) -> Story:
    yield from staged(diary, way_to(diary, stage, days))


def _far_ahead(diary: Diary, stage: Stage, gap: int) -> Story:
    deal = yield from staged(diary, way_to(diary, stage, 3))
    yield from book_next(diary, deal, (stage, 3), in_days=gap - 2, gap=gap)


def _beyond_its_kind(diary: Diary) -> list[Story]:
    """Return a sale whose event is booked beyond the target of its kind, though not beyond that of all kinds."""
    for stage in diary.book.sale_stages:
        kind = diary.event_kind(stage)
        if kind and kind.gap and kind.gap[1] + 2 <= diary.book.limits["gap_after"]:
            return [_booked_late(diary, stage, kind.gap[1] + 2)]
    return []


def _booked_late(diary: Diary, stage: Stage, gap: int) -> Story:
    deal = yield from staged(diary, way_to(diary, stage, 2))
    yield from book_next(diary, deal, (stage, 2), in_days=gap - 2, gap=gap)


def _surprised(diary: Diary, stage: Stage, misses: int) -> Story:
    """Tell of a sale whose every event was to lead on, and led nowhere."""
    days = 3 * misses + 1
    deal = yield from staged(diary, way_to(diary, stage, days))
    kind, others = diary.event_kind(stage), [one for one in diary.book.stages if one != stage]
    if kind is None or not others:
        return
    for miss in range(misses):
        booked, held = diary.ago(days - 3 * miss), diary.ago(days - 3 * miss - 3)
        yield booked
        values = {"anticipated_stage": others[-1].key, "assigned_to": diary.owner}
        event = events.schedule(diary.work, deal.about, kind.key, diary.at(held), booked, values)
        yield held
        hold(diary, event, stage, stage, held)
    yield from book_next(diary, deal, (stage, 1), in_days=2)


def _going_back(diary: Diary, times: int) -> Story:
    """Tell of a sale that went a stage on and back again, time after time."""
    last = diary.book.sale_stages[-1]
    road = diary.road(last)
    early, late = road[-2], road[-1]
    stays = way_to(diary, early, 4 * times + 1)
    for back in range(times):
        ago = 4 * (times - back) - 1
        stays += [(late, ago), (early, ago - 2)]
    deal = yield from staged(diary, stays)
    yield from book_next(diary, deal, stays[-1], in_days=2)


def slower_than_average(diary: Diary) -> Story:
    """Tell of a sale that is far slower than finished stays were, in a stage whose own days are not over.

    Told after all others: what is average is known only then.
    """
    limits = diary.book.limits
    for stage in diary.book.sale_stages:
        row = diary.work.reader.row(
            "SELECT COUNT(*) AS stays, SUM(days(since, until)) AS total FROM stage_stay WHERE stage = :stage AND until IS NOT NULL",
            {"stage": stage.key},
        )
        if row is None or row["stays"] < limits["finished_stays_needed"]:
            continue
        days = row["total"] * limits["stage_over_average_percent"] // (100 * row["stays"]) + 1
        if days <= min(stage.warning_after or days, stage.slow_after or days):
            yield from _stuck(diary, stage, days)
            return


# ── Clients ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def troubled_clients(diary: Diary) -> list[Manner]:
    """Return how it goes with clients that something is wrong with."""
    limits = diary.book.limits
    this_week = (diary.today - diary.this_week(1)).days
    kind = diary.visit_event
    beyond = (kind.gap or USUAL_GAP)[1] if kind else 0
    return [
        Manner(last_ago=limits["no_visit_after"] + 8),
        Manner(last_ago=limits["no_visit_critical_after"] + 12, next_in=4),
        Manner(ailing=True),
        Manner(cooling=True),
        Manner(praises=False),
        Manner(renewal_in=limits["renewal_within"] - 19),
        Manner(opening_ago=23),
        Manner(last_ago=this_week),
        Manner(last_ago=this_week, next_in=beyond + 70, generous=True),
        Manner(last_ago=(diary.today - workday_before(diary.ago(1))).days, unlogged=True),
    ]
