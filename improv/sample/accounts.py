"""The stories of clients: visits and what they yield, renewals, openings for more business, and leaving."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from improv.actions import clients, events, visits, work
from improv.models import Testimonial
from improv.playbook import VisitKind, offered
from improv.resolve import Found
from improv.sample.deals import open_deal, sell
from improv.sample.diary import USUAL_GAP, Diary, Story, found, workday, workday_before
from improv.sample.leads import refer, referred

ROUND = (62, 78)  # days from visit to visit: a round of all clients every quarter
AILING = 100  # days ago that an ailing client's health broke down
SETTLED = 21  # days after the first visit before the first round reaches a new client
YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How it goes with a client. Days are counted from today: `last_ago` back to the last visit, `next_in` ahead."""

    last_ago: int | None = None
    next_in: int | None = None
    unlogged: bool = False
    ailing: bool = False
    cooling: bool = False
    praises: bool = True
    generous: bool = False
    renewal_in: int | None = None
    opening_ago: int | None = None
    leaves_ago: int | None = None


HEALTHY = Manner()


@dataclass(slots=True)
class Account:
    """A client as their story goes on: what was read of them last, and what they gave; some are rated by formula."""

    about: Found
    since: date
    manner: Manner
    by_hand: bool = True
    engagement: int = 80
    fell: bool = False
    testimonials: int = 0
    left: bool = False

    def is_active(self) -> bool:
        """Say whether they are a client still, as the story stands."""
        return not self.left


@dataclass(frozen=True, slots=True)
class Round:
    """A visit to come: the day, the day it is booked, and whether it is held and logged."""

    day: date
    booked: date
    held: bool = True


def client_from_before(diary: Diary, years: int, manner: Manner) -> Story:
    """Add a client who was one before the book begins, and tell their year."""
    since = diary.first - timedelta(days=diary.days((40, YEAR * years)))
    name, reached = diary.cast.person()
    about = diary.cast.about()
    called = about.pop("company")
    values = {
        **about,
        **reached,
        "contact_name": name,
        "referrals_before": diary.days((0, 4)),
        "owner": diary.owner,
    }
    client = clients.add(diary.work, called, since, values)
    account = Account(found("client", client.id, called), since, manner)
    yield diary.first + timedelta(days=diary.days((0, 6)))
    welcome(diary, account)


def new_client(diary: Diary, about: Found, on: date) -> None:
    """Begin the story of a client who has just bought; those who bought before have one already."""
    known = diary.work.reader.value(
        "SELECT COUNT(*) FROM reading WHERE client_id = :id AND kind = 'revenue'", {"id": about.id}
    )
    if not known:
        by_hand = diary.happens("rated by hand", 2, 3)
        welcome(diary, Account(about, on, HEALTHY, by_hand=by_hand), on)


def welcome(diary: Diary, account: Account, on: date | None = None) -> None:
    """Begin all that happens with a client."""
    first = on or diary.first + timedelta(days=7)
    values = {"revenue": diary.days((8, 60)) * 100_000}
    if account.by_hand:
        values |= {"health": diary.days((84, 96)), "engagement": account.engagement}
    clients.edit(diary.work, account.about.id, None, first, values)
    for visit in _rounds(diary, account, first, new=on is not None):
        diary.begin(_visit(diary, account, visit), visit.booked)
    diary.begin(_renewals(diary, account, first), first)
    if account.manner.leaves_ago is not None:
        diary.begin(_leaving(diary, account), diary.ago(account.manner.leaves_ago))
    if account.manner.opening_ago is not None:
        day = max(first, diary.ago(account.manner.opening_ago))
        diary.begin(_opening(diary, account, day, None, pursued=False), day)


def _rounds(diary: Diary, account: Account, first: date, *, new: bool) -> list[Round]:
    """Return the visits of a client: counted back from the next one, or from the last one where there is no next."""
    kind = diary.visit_event
    gap = kind.gap if kind and kind.gap else USUAL_GAP
    manner, planned = account.manner, []
    if manner.last_ago is None:
        # A visit ahead is booked by today, and not longer ahead than its kind should be.
        day = diary.within(diary.today, (1, gap[1] - 1))
        planned.append(Round(day, day - timedelta(days=max(gap[0], (day - diary.today).days))))
    else:
        day = diary.ago(manner.last_ago)
        planned.append(Round(day, day - timedelta(days=gap[1]), held=not manner.unlogged))
        if manner.next_in is not None:
            ahead = diary.within(diary.today, (manner.next_in, manner.next_in + 2))
            booked = max(day, min(diary.today, ahead - timedelta(days=gap[1])))
            planned.append(Round(ahead, booked if manner.next_in <= gap[1] else day))
    while (day := workday_before(day - timedelta(days=diary.days(ROUND)))) >= first + timedelta(days=SETTLED):
        planned.append(Round(day, day - timedelta(days=diary.days(gap))))
    kickoff = diary.within(first, gap)
    if new and all(visit.day > kickoff + timedelta(days=SETTLED) for visit in planned):
        planned.append(Round(kickoff, first))
    return [Round(one.day, max(first, one.booked), one.held) for one in planned if one.day >= first]


def _visit(diary: Diary, account: Account, plan: Round) -> Story:
    """Book a visit, and on its day hold and log it."""
    if not account.is_active():
        return
    kind, booking = diary.visit_event, None
    visit_kind = _kind(diary)
    if kind is not None:
        values = {
            "subject": f"{kind.name}, {account.about.name}",
            "assigned_to": diary.owner,
            "visit_kind": visit_kind and visit_kind.key,
        }
        booking = events.schedule(
            diary.work, account.about, kind.key, diary.at(plan.day), plan.booked, values
        ).id
    yield plan.day
    if booking is not None and not account.is_active():
        events.close(diary.work, booking, "cancelled", plan.day, None)
    elif plan.held and account.is_active():
        _hold(diary, account, plan.day, visit_kind, booking)


def _kind(diary: Diary) -> VisitKind | None:
    """Return the kind of the next visit: regular ones mostly, any other now and then."""
    kinds = offered(diary.book.visit_kinds)
    regular = [kind for kind in kinds if kind.a_year] or kinds
    if not kinds:
        return None
    others = [kind for kind in kinds if kind not in regular]
    cards: list[VisitKind] = [*regular * max(1, len(others)), *others]
    return diary.draw("visit kinds", cards)


def _hold(diary: Diary, account: Account, day: date, kind: VisitKind | None, booking: int | None) -> None:
    """Log a visit with all that came of it."""
    first_praise = account.manner.praises and not account.testimonials
    generous = account.manner.generous and day >= diary.monday
    asked = _asks(diary, account, certainly=generous or first_praise)
    ails = account.manner.ailing and day > diary.ago(AILING)
    values: dict[str, Any] = {
        "kind": kind and kind.key,
        "attendees": account.about.name,
        "topics": ", ".join(kind.purposes[:3]) if kind else diary.say("next_steps"),
        "outcomes": diary.say("outcomes"),
        "satisfaction": 5 if generous else diary.draw("satisfaction", [3, 4, 4, 5, 5]),
        "next_steps": diary.say("next_steps"),
        "owner": diary.owner,
        "health": diary.days((48, 62) if ails else (84, 98)) if account.by_hand else None,
        **asked,
    }
    visit = visits.log(diary.work, account.about.id, day, values, booking).visit
    _engage(diary, account, day)
    if asked["asked_testimonial"] and (generous or first_praise or diary.happens("praised", 3, 5)):
        _praise(diary, account, day, visit.id)
    if asked["asked_story"] and diary.happens("story told", 2, 5):
        achieved, numbers = diary.draw("stories", diary.words["stories"])
        told = {"achieved": achieved, "numbers": numbers, "permission": "yes"}
        visits.add_story(diary.work, account.about.id, day, told, visit.id)
    if asked["asked_referral"] and (generous or diary.happens("referred", 2, 3)):
        _, lead = refer(diary, account.about, day, visit.id)
        diary.begin(referred(diary, lead, day), day)
    if diary.happens("opening", 1, 6):
        diary.begin(_opening(diary, account, day, visit.id), day)
    if diary.happens("task at a client", 1, 3):
        diary.begin(_task(diary, account, day), day)


def _asks(diary: Diary, account: Account, *, certainly: bool) -> dict[str, bool]:
    """Return what a client is asked for at a visit."""
    generous = certainly and account.manner.generous
    return {
        "asked_testimonial": account.manner.praises and (certainly or diary.happens("ask testimonial", 1, 2)),
        "asked_story": diary.happens("ask story", 1, 4),
        "asked_referral": generous or diary.happens("ask referral", 3, 7),
    }


def _engage(diary: Diary, account: Account, day: date) -> None:
    """Read how engaged a client is; a client who is not cooling never falls twice running."""
    if not account.by_hand:
        return
    falls = account.manner.cooling or (not account.fell and diary.happens("less engaged", 1, 3))
    step = diary.days((4, 9))
    account.engagement = max(5, min(98, account.engagement + (-step if falls else step)))
    account.fell = falls
    clients.edit(diary.work, account.about.id, None, day, {"engagement": account.engagement})


def _praise(diary: Diary, account: Account, day: date, visit_id: int | None) -> None:
    """Record a testimonial; with permission it is published some days later."""
    account.testimonials += 1
    values = {
        "content": diary.say("testimonials"),
        "method": diary.say("testimonial_methods"),
        "kind": diary.draw("written or video", ["written", "written", "video"]),
        "rating": diary.draw("rating", [4, 5, 5]),
        "permission": diary.draw("permission", ["yes", "yes", "asked"]),
        "collected_by": diary.owner,
    }
    given = visits.add_testimonial(diary.work, account.about.id, day, values, visit_id)
    if given.permission == "yes":
        diary.begin(_publish(diary, given), workday(day + timedelta(days=9)))


def _publish(diary: Diary, given: Testimonial) -> Story:
    day = workday(given.given_on + timedelta(days=9))
    number = found("testimonial", given.id, "").id
    values = {"published_on": day, "published_where": diary.say("platforms")}
    visits.edit(diary.work, Testimonial, "testimonial", number, values)
    yield from ()


def _opening(
    diary: Diary, account: Account, day: date, visit_id: int | None, *, pursued: bool = True
) -> Story:
    """Find an opening for more business at a client, and within days make a sale of it or drop it."""
    what = diary.say("upsells")
    upsell = clients.found_upsell(
        diary.work, account.about.id, what, diary.days((4, 20)) * 100_000, day, visit_id
    )
    day = workday(day + timedelta(days=diary.days((1, 3))))
    yield day
    number = found("upsell", upsell.id, what).id
    if not pursued or not account.is_active():
        return
    if diary.happens("opening dropped", 1, 4):
        clients.close_upsell(diary.work, number, day, None, diary.say("dropped_words"))
        return
    deal = open_deal(diary, account.about, day, f"{what.capitalize()}, {account.about.name}")
    clients.close_upsell(diary.work, number, day, deal.about.id, None)
    yield from sell(diary, deal, day)


def _task(diary: Diary, account: Account, day: date) -> Story:
    values = {"due": workday(day + timedelta(days=4)), "assigned_to": diary.owner}
    task = work.add_task(diary.work, diary.say("client_tasks"), account.about, day, values)
    done = workday(day + timedelta(days=diary.days((1, 4))))
    yield done
    work.finish_task(diary.work, found("task", task.id, "").id, done)


def _renewals(diary: Diary, account: Account, first: date) -> Story:
    """Note each renewal a year ahead and discuss it in time."""
    due_in = account.manner.renewal_in
    due = first + timedelta(days=diary.days((100, YEAR)))
    noted = first
    if due_in is not None:
        due = diary.today + timedelta(days=due_in)
    elif account.since == first:
        due = first + timedelta(days=YEAR)
    while noted <= diary.today and account.is_active():
        clients.renewal(diary.work, account.about.id, due, noted)
        if due_in is not None:
            return
        early = diary.book.limits["renewal_within"] + diary.days((6, 24))
        talk = max(noted, workday(due - timedelta(days=early)))
        yield talk
        if not account.is_active():
            return
        clients.renewal_discussed(diary.work, account.about.id, talk)
        yield due
        noted, due = due, due + timedelta(days=YEAR)


def _leaving(diary: Diary, account: Account) -> Story:
    """Say that a client left, and why."""
    assert account.manner.leaves_ago is not None  # noqa: S101 - else nobody begins this story
    day = diary.ago(account.manner.leaves_ago)
    account.left = True
    clients.set_status(diary.work, account.about.id, "former", day, diary.say("left_words"))
    yield from ()
