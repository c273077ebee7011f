"""Quotas: what somebody is to reach, and how they stand against it in any period.

A quota is read month by month. In each month the one counts that held on its first day, as a month's worth: 12,000 a
quarter is 4,000 a month, and 4,000 a month is 12,000 a quarter. Fractions are kept, and rounded once, at the end. Only
months that have a quota are compared. Everyone's, where none is set, is the sum of the salespeople's, if each has one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, cached_property
from math import lcm
from typing import TYPE_CHECKING, Final, Literal

from improv import measure
from improv.dates import Period, month_of, quarter_of, year_of
from improv.measure import Key, Word
from improv.metrics import Metric, declared
from improv.money import MINOR, money
from improv.named import NamedTuple
from improv.playbook import Bonus
from improv.reader import Reader
from improv.statistics import range_verdict

if TYPE_CHECKING:
    from fractions import Fraction

# What a quota is of: its column in the store → the metric that says what was reached.
Measure = Literal["value", "points"]
MEASURES: Final[Mapping[Measure, Metric]] = {
    "value": declared("sales", "won_value"),
    "points": declared("work", "points"),
}
# Whoever may have earned anything, and the day before which nobody has.
_NAMES: Final = """SELECT a.owner AS owner FROM activity AS a UNION SELECT e.assigned_to FROM event AS e
UNION SELECT v.owner FROM visit AS v UNION SELECT t.owner FROM opportunity_terms AS t
UNION SELECT r.text FROM reading AS r WHERE r.kind = 'owner'"""
_FIRST_DAY: Final = """SELECT MIN(d.day) AS day FROM (SELECT MIN(a.done_on) AS day FROM activity AS a
UNION ALL SELECT MIN(e.closed_on) FROM event AS e UNION ALL SELECT MIN(v.held_on) FROM visit AS v
UNION ALL SELECT MIN(l.received_on) FROM lead AS l) AS d"""
# Since when each person does anything that may be worth points, as far as some days tell.
_FIRSTS: Final = """SELECT y.owner AS owner, MIN(y.day) AS day FROM earned AS y
WHERE y.day BETWEEN :first AND :last GROUP BY y.owner"""
# So many days are looked at first, then twice as many, and so on.
_DAYS_AT_FIRST: Final = 8
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
# So many parts are one: what a quota of a year is in a day of any month is a whole number of them. Fractions would be the
# same; the red flags, which everybody asks for every day, do without the library of them.
_PARTS: Final = 12 * lcm(28, 29, 30, 31)
PERIOD_OF: Final[Mapping[str, Callable[[date], Period]]] = {
    "month": month_of,
    "quarter": quarter_of,
    "year": year_of,
}

# A salesperson and a business unit; None stands for all of them.
Subject = tuple[str | None, str | None]
# A key of a breakdown → its word, such as owner → Sam; nothing is everyone, and no word (None) nobody's.
Whose = Mapping[str, Word]
EVERYONE: Final[Whose] = {}


class Standing(NamedTuple):
    """What was reached against a quota.

    Of the `months` of a period only those that have a quota are compared: they begin on `since`, and `gone` of their
    `days` have passed.
    """

    metric: Metric
    reached: int | None
    quota: int | None
    days: int
    gone: int
    since: date
    compared: int
    months: int

    @property
    def is_running(self) -> bool:
        """Whether what is compared has begun and is not over."""
        return 0 < self.gone < self.days

    @property
    def percent(self) -> int | None:
        """How many percent of the quota are reached."""
        if self.quota is None or self.reached is None:
            return None
        return _nearest(100 * self.reached, self.quota)

    @property
    def missing(self) -> int | None:
        """What is still to be reached."""
        if self.quota is None or self.reached is None:
            return None
        return max(0, self.quota - self.reached)

    @property
    def pace(self) -> int | None:
        """What will be reached at the end if it goes on like this, to a whole: it is no promise to the cent."""
        if self.quota is None or self.reached is None or not self.is_running:
            return None
        whole = MINOR if self.metric.unit == "money" else 1
        return _nearest(self.reached * self.days, self.gone * whole) * whole

    def is_behind(self, percent: int) -> bool:
        """Tell whether this pace leads to less than so many percent of the quota."""
        if self.quota is None or self.reached is None:
            return False
        return 100 * self.reached * self.days < percent * self.quota * self.gone

    @property
    def verdict(self) -> str | None:
        """On target once the quota is reached, below it only when the period is over."""
        if self.quota is None or self.reached is None or not self.gone:
            return None
        return range_verdict(self.reached, None if self.is_running else self.reached, at_least=self.quota)

    @property
    def pace_words(self) -> str:
        """Where this pace leads: "day 22 of 30; at this pace 430 of 500"."""
        if self.pace is None or self.quota is None:
            return ""
        pace, quota = (amount_words(self.metric, amount) for amount in (self.pace, self.quota))
        return f"day {self.gone} of {self.days}; at this pace {pace} of {quota}"

    @property
    def words(self) -> str:
        """How it stands: "2,895 of 4,000, 72%; day 22 of 30; at this pace 3,948 of 4,000"."""
        if self.quota is None or self.reached is None:
            return ""
        reached, quota = (amount_words(self.metric, amount) for amount in (self.reached, self.quota))
        return f"{reached} of {quota}, {self.percent}%" + (f"; {self.pace_words}" if self.pace_words else "")


class Quotas:
    """All quotas of one measure: what each is to reach in a month, and how they stand."""

    def __init__(
        self, reader: Reader, measure: Measure, began: Mapping[str | None, date] | None = None
    ) -> None:
        """Read what is set; `began` says by when somebody had begun, where nobody else is asked about."""
        self._reader = reader
        self._began = began
        self.metric = MEASURES[measure]
        self._set: defaultdict[Subject, list[tuple[date, int]]] = defaultdict(list)
        for row in reader.rows(
            f"SELECT on_day, {measure} AS amount, per, owner, unit FROM quota WHERE {measure} IS NOT NULL "
            "ORDER BY on_day, id"
        ):
            monthly = row["amount"] * _PARTS // _MONTHS[row["per"]]
            self._set[row["owner"], row["unit"]].append((date.fromisoformat(row["on_day"]), monthly))
        self._measured = cache(self._measure)

    @cached_property
    def _given(self) -> dict[Subject, tuple[date, int]]:
        """What the playbook gives each person: looked for only where nothing set says it, for it reads all that earned points."""
        if self.metric is not MEASURES["points"]:
            return {}
        return _given_by_the_playbook(self._reader, self._set, self._began)

    @property
    def names_both(self) -> bool:
        """Whether a quota is set for a salesperson in a business unit."""
        return any(owner and unit for owner, unit in self._set)

    def standing(self, period: Period, whose: Whose = EVERYONE) -> Standing:
        """Return how somebody stands in a period; of a month cut short a part of its quota counts."""
        summed = self._owners() if not whose and self._each_has_one(period) else []
        shares = [(part, self._share(part, whose, summed)) for part in period.split("month")]
        with_quota = [part for part, share in shares if share]
        compared = _joined(with_quota or [part for part, _ in shares])
        return Standing(
            metric=self.metric,
            reached=self._reached(compared, whose),
            quota=_nearest(sum(share for _, share in shares), _PARTS) or None,
            days=sum(run.days for run in compared),
            gone=sum(_gone(run, self._reader.today) for run in compared),
            since=compared[0].first,
            compared=len(with_quota),
            months=len(shares),
        )

    def read_ahead(self, periods: Sequence[Period], *keys: str) -> None:
        """Look once at all the days of some periods, in each of which these keys will be asked for."""
        first, last = min(period.first for period in periods), max(period.last for period in periods)
        measure.read_ahead(self._reader, self.metric, Period(first, last, ""), *keys)

    def subjects(self, period: Period, keys: tuple[str, ...]) -> list[Key]:
        """Return who reached something or has a quota in a period, as the words of a breakdown by these keys."""
        with_quota = [
            tuple({"owner": owner, "business_unit": unit}[key] for key in keys)
            for owner, unit in {**self._given, **self._set}
            if tuple(subject(owner, unit)) == keys and self._has_one(period, owner, unit)
        ]
        return list(dict.fromkeys((*self._by(period, keys), *sorted(with_quota))))

    def own(self, day: date, owner: str | None, unit: str | None) -> int:
        """Return what is set for just this subject and holds on a day, a month's worth in parts; 0 is no quota."""
        set_before = [monthly for on, monthly in self._set.get((owner, unit), ()) if on <= day]
        if set_before:
            return set_before[-1]
        since, monthly = self._given.get((owner, unit), (date.max, 0))
        return monthly if since <= day else 0

    def _owners(self) -> list[str]:
        return [owner for owner, unit in {**self._given, **self._set} if owner and not unit]

    def _has_one(self, period: Period, owner: str | None, unit: str | None) -> bool:
        return any(self.own(month_of(part.first).first, owner, unit) for part in period.split("month"))

    def _each_has_one(self, period: Period) -> bool:
        """Say whether every salesperson who reached something has a quota."""
        owners = [_word(owner) for (owner,) in self._by(period, ("owner",)) if owner is not None]
        return all(self._has_one(period, owner, None) for owner in owners)

    def _share(self, part: Period, whose: Whose, summed: Iterable[str]) -> int:
        """Return what is to be reached in a month or some days of it, in parts."""
        if None in whose.values():
            return 0
        month = month_of(part.first)
        owner, unit = (_word(whose.get(key)) for key in ("owner", "business_unit"))
        monthly = self.own(month.first, owner, unit) or sum(
            self.own(month.first, one, None) for one in summed
        )
        return monthly * part.days // month.days

    def _reached(self, compared: Iterable[Period], whose: Whose) -> int | None:
        words = tuple(whose.values())
        found = [self._by(run, tuple(whose)).get(words, 0) for run in compared]
        known = [amount for amount in found if amount is not None]
        return sum(known) if known else None

    def _by(self, period: Period, keys: tuple[str, ...]) -> dict[Key, int | None]:
        """Return what everybody reached in a period, measured once whatever the period is called."""
        return self._measured(Period(period.first, period.last, ""), keys)

    def _measure(self, run: Period, keys: tuple[str, ...]) -> dict[Key, int | None]:
        readings = (
            measure.by(self._reader, self.metric, run, *keys)
            if keys
            else [((), measure.measure(self._reader, self.metric, run))]
        )
        return {key: None if one.value is None else round(one.value) for key, one in readings}


def bonus(steps: Sequence[Bonus], reached: int | None) -> tuple[int, Bonus | None]:
    """Return the percent that so many points in a month bring, and the next step of the bonus if there is one."""
    ordered = sorted(steps, key=lambda step: step.at)
    taken = [step for step in ordered if step.at <= (reached or 0)]
    following = ordered[len(taken) :]
    return (taken[-1].percent if taken else 0), (following[0] if following else None)


def subject(owner: str | None, unit: str | None) -> Whose:
    """Return whose figures a quota is about."""
    named = {"owner": owner, "business_unit": unit}
    return {key: word for key, word in named.items() if word is not None}


def whose_words(owner: str | None, unit: str | None) -> str:
    """Tell whose a quota is: "Sam", "everyone in managed"."""
    return (owner or "everyone") + (f" in {unit}" if unit else "")


def amount_words(metric: Metric, amount: int) -> str:
    """Tell what is reached or to be reached: an amount, or points."""
    return money(amount) if metric.unit == "money" else f"{amount:,}"


def earned_words(reader: Reader, ref: str, day: date) -> str | None:
    """Tell the points that a record earned on a day, and how the month stands; nothing where it earned none.

    "3 points; Nov 2026: 315 of 500, 63%; day 22 of 30; at this pace 430 of 500".
    """
    row = reader.row(
        "SELECT y.times * y.points AS points, y.owner AS owner FROM credited AS y "
        "WHERE y.id = :ref AND y.left_out IS NULL",
        {"ref": ref, **dict.fromkeys(("first", "last"), day.isoformat())},
    )
    if row is None or not row["points"]:
        return None
    month, owner = month_of(day), row["owner"]
    # Who earned something in a month had begun by then: there is no need to look when.
    standing = Quotas(reader, "points", {owner: day} if owner else None).standing(month, subject(owner, None))
    words = f"{row['points']:,} {'point' if row['points'] == 1 else 'points'}"
    return words + (f"; {month.label}: {standing.words}" if standing.words else "")


def months_of(period: Period) -> "Fraction":
    """Return how many months a period has; of one cut short its part."""
    from fractions import Fraction  # noqa: PLC0415 - no red flag needs it

    return sum((Fraction(part.days, month_of(part.first).days) for part in period.split("month")), Fraction())


def _given_by_the_playbook(
    reader: Reader, quotas: Iterable[Subject], began: Mapping[str | None, date] | None
) -> dict[Subject, tuple[date, int]]:
    """Return the playbook's quota of points for each person, from the month on in which something first earned any.

    Where nobody is named, all that is done is one person's.
    """
    points = reader.playbook.points
    if points is None:
        return {}
    monthly = points.quota * _PARTS
    firsts = _firsts(reader) if began is None else dict(began)
    people: set[str | None] = {
        owner for owner in (*firsts, *(owner for owner, _ in quotas)) if owner is not None
    }
    if not people:
        firsts = {None: firsts.get(None, reader.today)}
        people = {None}
    return {
        (owner, None): (month_of(first).first, monthly) for owner, first in firsts.items() if owner in people
    }


def _firsts(reader: Reader) -> dict[str | None, date]:
    """Return the first day on which each person did anything; of what nobody did only where nobody is named.

    Everybody has mostly begun soon: the first days are looked at before the others, and those only while somebody is
    missing.
    """
    found: dict[str | None, date] = {}
    told = reader.value(_FIRST_DAY)
    if told is None:
        return found
    names = {row["owner"] for row in reader.rows(_NAMES)}
    missing = names - {None} or {None}
    first, days = date.fromisoformat(told), timedelta(days=_DAYS_AT_FIRST)
    while missing:
        last = first + days if first + days < reader.today else date.max
        for row in reader.rows(_FIRSTS, {"first": first.isoformat(), "last": last.isoformat()}):
            found.setdefault(row["owner"], date.fromisoformat(row["day"]))
        if last == date.max:
            break
        missing -= found.keys()
        first, days = last + timedelta(days=1), 2 * days
    return found


def _joined(parts: Iterable[Period]) -> list[Period]:
    """Return periods with those that follow each other as one."""
    runs: list[Period] = []
    for part in parts:
        if runs and runs[-1].last + timedelta(days=1) == part.first:
            runs[-1] = Period(runs[-1].first, part.last, "")
        else:
            runs.append(Period(part.first, part.last, ""))
    return runs


def _nearest(amount: int, by: int) -> int:
    """Return a quotient to the nearest whole; from the middle to the even one, as `round` does."""
    whole, rest = divmod(amount, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))


def _gone(run: Period, today: date) -> int:
    return min(max(0, (today - run.first).days + 1), run.days)


def _word(word: Word) -> str | None:
    return None if word is None else str(word)
