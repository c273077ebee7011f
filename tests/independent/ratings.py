"""What clients and leads are rated on a day: by hand, else by the formula of the method, reckoned in plain Python."""

import math
from collections.abc import Callable
from datetime import date
from fnmatch import fnmatchcase
from fractions import Fraction

from tests.independent.seen import Row, Seen, newest

YEAR, QUARTER = 365, 90
WARMTH = {"cold": 0, "warm": 1, "hot": 2}


def rating(seen: Seen, of: str, record: Row, kind: str) -> int | None:
    """Return a rating: what somebody said last, else what the formula says, else what was kept of it last."""
    said = [
        row for row in seen.reading.of(f"{of}_id", record.id) if row.kind == kind and row.on_day <= seen.on
    ]
    by_hand = newest((row for row in said if row.parts is None), "on_day")
    if by_hand is not None and by_hand.value is not None:
        return int(by_hand.value)
    reckoned = _formula(seen, of, record, kind)
    kept = newest((row for row in said if row.parts is not None), "on_day")
    return reckoned if reckoned is not None or kept is None else int(kept.value)


def _formula(seen: Seen, of: str, record: Row, kind: str) -> int | None:
    """Return the mean of the points of what is known, by weight; none when too little is."""
    parts = seen.method["formula"][kind]
    known, unknown = [], 0
    for fact, part in parts.items():
        value = FACTS[of][fact](seen, of, record)
        if value is not None:
            gone = Fraction(value - part["worst"], part["best"] - part["worst"])
            known.append((part["weight"], _half_up(100 * min(max(gone, Fraction(0)), Fraction(1)))))
        elif not part.get("optional"):
            unknown += part["weight"]
    weight = sum(one for one, _ in known)
    if not weight or 100 * weight < seen.limit("rating_known_percent") * (weight + unknown):
        return None
    return _half_up(Fraction(sum(one * points for one, points in known), weight))


def _half_up(number: Fraction) -> int:
    return math.floor(number + Fraction(1, 2))


# What is told of a record up to the day.


def _belonging(seen: Seen, table: str, of: str, record: Row, day: str) -> list[Row]:
    """Return the rows of a record by the day; of a client those of their sales too."""
    rows = {row.id: row for row in seen.tables[table].of(f"{of}_id", record.id)}
    if of == "client":
        for deal in seen.opportunity.of("client_id", record.id):
            rows |= {row.id: row for row in seen.tables[table].of("opportunity_id", deal.id)}
    return [row for row in rows.values() if getattr(row, day) <= seen.on]


def _activities(seen: Seen, of: str, record: Row, mark: str | None = None) -> list[Row]:
    done = _belonging(seen, "activity", of, record, "done_on")
    return [row for row in done if mark is None or seen.listed("activity_kind", row.kind).get(mark)]


def _events(seen: Seen, of: str, record: Row, *how: str) -> list[Row]:
    """Return the events with a record that were over by the day, and how."""
    return [
        row
        for row in seen.event.of(f"{of}_id", record.id)
        if row.status in how and row.closed_on is not None and row.closed_on <= seen.on
    ]


def _visits(seen: Seen, of: str, record: Row) -> list[Row]:
    held = seen.visit.of("client_id", record.id) if of == "client" else []
    return [row for row in held if row.held_on <= seen.on]


def _met(seen: Seen, of: str, record: Row) -> list[date]:
    held = [row.closed_on for row in _events(seen, of, record, "done")]
    return held + [row.held_on for row in _visits(seen, of, record)]


def _responded(seen: Seen, of: str, record: Row) -> list[date]:
    answered = [row.done_on for row in _activities(seen, of, record) if row.response == "yes"]
    return _met(seen, of, record) + answered


def _reached(seen: Seen, of: str, record: Row) -> list[date]:
    days = _met(seen, of, record) + [row.done_on for row in _activities(seen, of, record, "contact")]
    if of == "lead":
        first = [row.contacted_on for row in seen.referral.of("lead_id", record.id) if row.contacted_on]
        days += [day for day in first if day <= seen.on]
    return days


def _since(seen: Seen, days: list[date]) -> int | None:
    return (seen.on - max(days)).days if days else None


def _in_year(seen: Seen, day: date) -> bool:
    return bool((seen.on - day).days < YEAR)


def _first_year(seen: Seen, record: Row) -> bool:
    return bool((seen.on - record.since_on).days < YEAR)


# The facts, by the sentences that declare them.


def _days_since_contact(seen: Seen, of: str, record: Row) -> int | None:
    return _since(seen, _reached(seen, of, record))


def _days_since_response(seen: Seen, of: str, record: Row) -> int | None:
    return _since(seen, _responded(seen, of, record))


def _attempts_without_response(seen: Seen, of: str, record: Row) -> int | None:
    tried = _activities(seen, of, record, "attempt")
    last = max(_responded(seen, of, record), default=date.min)
    return sum(row.times for row in tried if row.done_on > last) if tried else None


def _no_shows(seen: Seen, of: str, record: Row) -> int | None:
    over = _events(seen, of, record, "done", "no-show")
    missed = [row for row in over if row.status == "no-show" and _in_year(seen, row.closed_on)]
    return len(missed) if over else None


def _days_since_visit(seen: Seen, of: str, record: Row) -> int | None:
    return _since(seen, [row.held_on for row in _visits(seen, of, record)])


def _last_satisfaction(seen: Seen, of: str, record: Row) -> int | None:
    told = newest((row for row in _visits(seen, of, record) if row.satisfaction is not None), "held_on")
    return None if told is None else int(told.satisfaction)


def _visits_of_year(seen: Seen, of: str, record: Row) -> int | None:
    held = _visits(seen, of, record)
    if not held or _first_year(seen, record):
        return None
    return sum(_in_year(seen, row.held_on) for row in held)


def _problem_visits(seen: Seen, of: str, record: Row) -> int | None:
    kinds = seen.method["visit_kind"]
    told = [row for row in _visits(seen, of, record) if row.kind in kinds]
    problems = [row for row in told if kinds[row.kind].get("problem") and _in_year(seen, row.held_on)]
    return len(problems) if told else None


def _overdue_tasks(seen: Seen, of: str, record: Row) -> int | None:
    tasks = _belonging(seen, "task", of, record, "created_on")
    undone = [row for row in tasks if row.done_on is None or row.done_on > seen.on]
    due = [_due(seen, row) for row in undone]
    return sum(day is not None and day < seen.on for day in due) if tasks else None


def _due(seen: Seen, task: Row) -> date | None:
    said = [row for row in seen.reading.of("task_id", task.id) if row.kind == "due" and row.on_day <= seen.on]
    last = newest(said, "on_day")
    return None if last is None else date.fromisoformat(last.text)


def _testimonials(seen: Seen, of: str, record: Row) -> int | None:
    given = [row for row in seen.testimonial.of("client_id", record.id) if row.given_on <= seen.on]
    return len(given) if given or _visits(seen, of, record) else None


def _referrals_of_year(seen: Seen, of: str, record: Row) -> int | None:
    given = [row for row in seen.referral.of("client_id", record.id) if row.received_on <= seen.on]
    if _first_year(seen, record) or not (given or _visits(seen, of, record)):
        return None
    return sum(_in_year(seen, row.received_on) for row in given)


def _meetings(seen: Seen, _of: str, record: Row) -> int | None:
    booked = [row for row in seen.event.of("lead_id", record.id) if row.set_on <= seen.on]
    held = [row for row in _events(seen, "lead", record, "done") if row in booked]
    ahead = [
        row
        for row in booked
        if (row.closed_on is None or row.closed_on > seen.on) and row.scheduled_for >= seen.on
    ]
    return len(held) + len(ahead) if booked or _activities(seen, "lead", record) else None


def _temperature(seen: Seen, _of: str, record: Row) -> int | None:
    said = [
        row
        for row in seen.reading.of("lead_id", record.id)
        if row.kind == "temperature" and row.on_day <= seen.on
    ]
    last = newest(said, "on_day")
    return None if last is None else WARMTH[last.text]


def _touched(seen: Seen, of: str, record: Row) -> list[Row]:
    """Return what a record did by itself by the day, as a visitor who was known by then too."""
    visitors = [row for row in seen.visitor.of(f"{of}_id", record.id) if row.attributed_on <= seen.on]
    rows = [
        *seen.touch.of(f"{of}_id", record.id),
        *(row for one in visitors for row in seen.touch.of("visitor_id", one.id)),
    ]
    return [row for row in rows if row.on_day <= seen.on]


def _days_since_touch(seen: Seen, of: str, record: Row) -> int | None:
    return _since(seen, [row.on_day for row in _touched(seen, of, record) if row.kind != "unsubscribe"])


def _interest_of_90_days(seen: Seen, of: str, record: Row) -> int | None:
    done = _touched(seen, of, record)
    recent = [row for row in done if (seen.on - row.on_day).days < QUARTER]
    return sum(is_interested(seen, row) for row in recent) if done else None


def is_interested(seen: Seen, touch: Row) -> bool:
    """Tell whether a touch shows interest."""
    pages = [page["path"] for page in seen.method["page"].values()]
    return (
        touch.kind in {"click", "form", "chat"}
        or touch.link_id is not None
        or (touch.page is not None and any(fnmatchcase(touch.page, path) for path in pages))
    )


Fact = Callable[[Seen, str, Row], int | None]
_OF_BOTH: dict[str, Fact] = {
    "days-since-contact": _days_since_contact,
    "days-since-response": _days_since_response,
    "attempts-without-response": _attempts_without_response,
    "no-shows": _no_shows,
    "days-since-touch": _days_since_touch,
    "interest-of-90-days": _interest_of_90_days,
}
FACTS: dict[str, dict[str, Fact]] = {
    "client": _OF_BOTH
    | {
        "days-since-visit": _days_since_visit,
        "last-satisfaction": _last_satisfaction,
        "visits-of-year": _visits_of_year,
        "problem-visits": _problem_visits,
        "overdue-tasks": _overdue_tasks,
        "testimonials": _testimonials,
        "referrals-of-year": _referrals_of_year,
    },
    "lead": _OF_BOTH | {"meetings": _meetings, "temperature": _temperature},
}
