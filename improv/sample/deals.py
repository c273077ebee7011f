"""The stories of sales: an opportunity goes from stage to stage, event by event, until it is won or not."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from improv.actions import events, opportunities, work
from improv.models import Event
from improv.playbook import Stage, offered
from improv.resolve import Found
from improv.sample.diary import USUAL_DAYS, USUAL_GAP, Diary, Story, found, workday

Wait = Generator[date, None, date]
FATES = ["won"] * 6 + ["lost"] * 9 + ["no decision"] * 2
FATES_OF_CLIENTS = ["won"] * 3 + ["lost", "no decision"]
VALUES = (6, 48)  # in steps
STEP = 50_000  # five hundred, in minor units
LEANINGS = (None, 10, -10, None, -20, 5)  # from a stage's own probability, by the number of the sale


@dataclass(slots=True)
class Deal:
    """An opportunity under way: what the actions call it, what it is worth, whether a client's."""

    about: Found
    value: int
    repeat: bool


def open_deal(
    diary: Diary, about: Found, on: date, title: str | None = None, close_on: date | None = None
) -> Deal:
    """Open an opportunity with the people, the offer and the terms it starts with."""
    writing, book = diary.work, diary.book
    value = diary.days(VALUES) * STEP
    kind = diary.draw("product or service", [each.name for each in book.opportunity_types] or [None])
    called = title or f"{diary.say('projects')}, {about.name}"
    terms = {
        "value": value,
        "close_on": close_on or expected_close(diary, book.sale_stages[0], on),
        "owner": diary.owner,
        "type": kind,
        "business_unit": diary.words["business_units"].get(kind),
        "description": diary.say("discussions"),
    }
    opened = opportunities.add(writing, about, called, None, on, terms)
    deal = Deal(found("opportunity", opened.id, called), value, about.table == "client")
    for role in diary.draw("roles", [[role.name] for role in book.contact_roles] or [[]]):
        name, reached = diary.cast.person()
        opportunities.add_contact(writing, deal.about.id, name, {"role": role, **reached}, on)
    for product in diary.draw("products", [[product.name] for product in book.product_types] or [[]]):
        line = {"revenue": value, "cost": value * 2 // 5}
        opportunities.add_line(writing, deal.about.id, product, line, on)
    return deal


def expected_close(diary: Diary, stage: Stage, on: date) -> date:
    """Return the workday on which a sale should close that enters a stage on a day."""
    ahead = [one for one in diary.book.sale_stages if one.position >= stage.position and not one.optional]
    return workday(on + timedelta(days=sum(sum(one.days or USUAL_DAYS) // 2 for one in ahead)))


def sell(diary: Diary, deal: Deal, on: date) -> Story:
    """Take an opportunity through its stages to the end that chance has for it; clients buy more readily."""
    fate = diary.draw(f"fates {deal.repeat}", FATES_OF_CLIENTS if deal.repeat else FATES)
    road = diary.road(_stop(diary, fate))
    day = on
    for stage, after in zip(road, [*road[1:], None], strict=True):
        closes = expected_close(diary, stage, day)
        if stage is not road[0]:
            opportunities.agree(diary.work, deal.about.id, {"close_on": closes}, day)
        if after is None and fate == "won":
            after = diary.after_sale  # noqa: PLW2901 - a sale that is won leads to the stage after it
        if diary.happens("task at a sale", 1, 3):
            diary.begin(_task(diary, deal.about, diary.say("deal_tasks"), day), day)
        day = yield from stay(diary, deal, stage, after, day)
    finish(diary, deal, fate, day)


def _stop(diary: Diary, fate: str) -> Stage:
    """Return the stage a sale ends in: where the playbook says that sales close, or where they stall."""
    stages = diary.book.sale_stages
    closing = [stage for stage in stages if stage.may_close] or [stages[-1]]
    if fate == "won":
        return diary.draw("closing", [stage for stage in closing for _ in range(stage.close_goal or 20)])
    lost = [stage for stage in stages for _ in range(100 - (stage.advance_goal or 70))]
    return diary.draw("stalling", lost[len(lost) // 6 :])


def stay(diary: Diary, deal: Deal, stage: Stage, after: Stage | None, since: date) -> Wait:
    """Stay in a stage, event after event, until one of them leads on; return the day it did."""
    until = since + timedelta(days=diary.days(stage.days or USUAL_DAYS))
    kind = diary.event_kind(stage)
    if kind is None:
        yield workday(until)
        return workday(until)
    gap, day, held = kind.gap or USUAL_GAP, since, 0
    while not held or day + timedelta(days=gap[0]) <= until:
        held_on = diary.within(day, gap)
        last = held_on + timedelta(days=gap[0]) > until
        event = book_event(diary, deal.about, stage, day, held_on, after if last else stage, held)
        middle = workday(day + timedelta(days=2))
        if middle < held_on:
            yield middle
            _touch(diary, deal, middle)
        moved = middle < held_on and diary.happens("moved", 1, 9)
        if moved:
            held_on = max(held_on, diary.within(middle, gap))
            event = events.move(diary.work, _id(event.id), diary.at(held_on), middle)
        yield held_on
        day = held_on
        if diary.happens("no-show", 1, 14):
            events.close(diary.work, _id(event.id), "no-show", day, None)
            continue
        held += 1
        hold(diary, event, stage, after if last else stage, day)
    return day


def _id(number: int | None) -> int:
    assert number is not None, "it was just written"  # noqa: S101 - a fault of ours
    return number


def book_event(
    diary: Diary, about: Found, stage: Stage, set_on: date, for_day: date, led_to: Stage | None, turn: int = 0
) -> Event:
    """Book the event of a stage, or the next of them, with the stage it is expected to lead to; mostly it will."""
    kind = diary.event_kind(stage, turn)
    assert kind is not None, "somebody asked for it before"  # noqa: S101 - a fault of ours
    expected = led_to if diary.happens("anticipated", 6, 7) else stage
    when = diary.at(for_day)
    values: dict[str, Any] = {
        "subject": f"{kind.name}, {about.name}",
        "anticipated_stage": expected.key if expected else None,
        "assigned_to": diary.owner,
        "place": diary.draw("place", ["their office", "video call", "our office"]),
        "reminder_minutes": 60,
        "confirmation_on": set_on,
    }
    return events.schedule(diary.work, about, kind.key, when, set_on, values)


def hold(diary: Diary, event: Event, stage: Stage, led_to: Stage | None, on: date) -> None:
    """Say that an event was held, and the stage it led to, if it led on."""
    outcome = "negative" if led_to is None else "needs adjustment" if led_to == stage else "positive"
    values = {"discussion": diary.say("discussions"), "probability": _believed(led_to, event)}
    key = led_to.key if led_to else None
    events.complete(diary.work, _id(event.id), on, next_stage=key, outcome=outcome, values=values)


def _believed(stage: Stage | None, event: Event) -> int | None:
    """Return the probability that is given after an event to the sale it was about; a third are given none."""
    lean = LEANINGS[(event.opportunity_id or 0) % len(LEANINGS)]
    if stage is None or stage.probability is None or lean is None:
        return None
    return max(0, min(100, round(stage.probability, -1) + lean))


def _touch(diary: Diary, deal: Deal, on: date) -> None:
    kinds = diary.contacts()
    if kinds:
        values = {"subject": diary.say("subjects"), "minutes": 10, "response": "yes", "owner": diary.owner}
        work.log(diary.work, diary.draw("contacts", kinds).key, deal.about, on, values)


def _task(diary: Diary, about: Found, what: str, on: date) -> Story:
    """Keep a task and do it in time."""
    due = workday(on + timedelta(days=3))
    task = work.add_task(diary.work, what, about, on, {"due": due, "assigned_to": diary.owner})
    day = workday(on + timedelta(days=diary.days((1, 3))))
    yield day
    work.finish_task(diary.work, _id(task.id), day)


def reason(diary: Diary, of: str) -> str:
    """Return one of the reasons that answer a question."""
    answers: list[str] = [each.key for each in offered(diary.book.reasons) if of in each.of]
    return diary.draw(f"reasons {of}", answers) if answers else diary.say("lost_words")


def finish(diary: Diary, deal: Deal, fate: str, on: date) -> None:
    """Close an opportunity; a new client's own story begins."""
    number = deal.about.id
    if fate == "lost":
        opportunities.lose(diary.work, number, on, reason(diary, "lost"), diary.say("lost_words"))
    elif fate == "no decision":
        opportunities.no_decision(diary.work, number, on, reason(diary, "no-decision"), None)
    else:
        client = opportunities.win(diary.work, number, on, deal.value, reason(diary, "bought"))
        diary.welcome(found("client", client.id, client.name), on)
