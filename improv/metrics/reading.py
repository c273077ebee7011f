"""What a metric came to: grouped rows added up, and the figure, its interval and its verdict made of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from sqlite3 import Row
from typing import Any, Final

from improv import statistics
from improv.dates import Period
from improv.metrics.metric import DAYS_IN_YEAR, Metric
from improv.named import NamedTuple
from improv.playbook import Playbook, Target
from improv.statistics import Limits, Survival

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
# How long each is on average.
DAYS_IN: Final = {
    "day": 1,
    "week": 7,
    "month": DAYS_IN_YEAR / 12,
    "quarter": DAYS_IN_YEAR / 4,
    "year": DAYS_IN_YEAR,
}


class Reading(NamedTuple):
    """What a metric is in a period. `value` is None with nothing underneath.

    A share is a fraction of all `n` rows, the open ones too; `worst` and `best` are what it can end at, and
    `interval` runs from the lower 95% end of the worst to the upper one of the best. The interval of a median is in
    days. Money is in minor units. `states` and `left_out` count rows by their state and by why they do not count;
    `limits` is the target as plain numbers of this metric and period, and `parts` the two metrics of a ratio.
    `of_all` is how many there are in all, where this is one part of a count: what is judged is then its share of these.
    """

    metric: Metric
    period: Period
    value: float | None
    n: int
    hits: int = 0
    still_open: int = 0
    interval: tuple[float, float | None] | None = None
    states: Mapping[str, int] | None = None
    left_out: Mapping[str, int] | None = None
    survival: Survival | None = None
    target: Target | None = None
    limits: Limits | None = None
    verdict: str | None = None
    parts: tuple["Reading", "Reading"] | None = None
    of_all: int | None = None

    @property
    def worst(self) -> float | None:
        """The lowest a share can end at: every open row misses."""
        return self.hits / self.n if self.n else None

    @property
    def best(self) -> float | None:
        """The highest a share can end at: every open row hits."""
        return (self.hits + self.still_open) / self.n if self.n else None


# What rows of a population have in common, and how many they are.
Group = Row | Mapping[str, Any]


class Tally:
    """Grouped rows of one population, added up; a row added with the sign -1 is taken out again."""

    __slots__ = ("left_out", "lengths", "states", "total", "valued")

    def __init__(self) -> None:
        self.states: Counter[str | None] = Counter()
        self.left_out: Counter[str] = Counter()
        self.lengths: Counter[tuple[int, bool]] = Counter()
        self.total = 0
        self.valued = 0

    def add(self, row: Group, sign: int = 1) -> None:
        """Count a group of rows in, or out."""
        count = sign * row["n"]
        if row["left_out"] is not None:
            self.left_out[row["left_out"]] += count
            return
        self.states[row["state"]] += count
        self.total += sign * (row["total"] or 0)
        self.valued += sign * row["valued"]
        if row["days"] is not None:
            self.lengths[row["days"], bool(row["ended"])] += count


def added_up(rows: Iterable[Group]) -> Tally:
    """Add up all the rows."""
    tally = Tally()
    for row in rows:
        tally.add(row)
    return tally


def is_running(period: Period, today: date) -> bool:
    """Tell whether a period has begun and is not over."""
    return period.first <= today < period.last


def reading_of(
    today: date, metric: Metric, period: Period, tally: Tally, target: Target | None = None
) -> Reading:
    """Make a reading of what was added up, judged against a target."""
    n = tally.states.total()
    hits = sum(tally.states[state] for state in metric.hits)
    still_open = sum(tally.states[state] for state in metric.open)
    survival = interval = None
    if metric.kind == "duration":
        survival = statistics.product_limit(tally.lengths)
        interval = survival.interval if metric.shows == "median" else None
    elif metric.kind == "share" and n:
        interval = statistics.share_range(hits, still_open, n)
    limits = _limits(metric, target, period)
    value = _value(metric, tally, hits, survival)
    judged = interval
    if metric.kind == "share" and n and limits and (limits.get("at_least") or 0) >= 1:
        # "All of them" is a rule, not a rate that rows are a sample of: a single miss breaks it, and no interval
        # belongs to a count of all there are.
        judged, interval = (hits / n, (hits + still_open) / n), None
    return Reading(
        metric=metric,
        period=period,
        value=value,
        n=n,
        hits=hits,
        still_open=still_open,
        interval=interval,
        states={
            state: tally.states[state]
            for state in sorted(each for each in tally.states if each is not None)
            if tally.states[state]
        },
        left_out={why: count for why, count in sorted(tally.left_out.items()) if count},
        survival=survival,
        target=target,
        limits=limits,
        verdict=_verdict(
            metric,
            value,
            judged,
            limits,
            running=is_running(period, today),
            ahead=period.first > today and not metric.is_level,
        ),
    )


def _value(metric: Metric, tally: Tally, hits: int, survival: Survival | None) -> float | None:
    n = tally.states.total()
    if survival is not None:
        return survival.median if metric.shows == "median" else survival.finished_mean
    if metric.kind == "share":
        return hits / n if n else None
    if metric.shows == "mean":
        return tally.total / tally.valued if tally.valued else None
    if metric.kind == "total" or metric.shows == "sum":
        # Everything left out is not the same as nothing there: an amount is never guessed.
        if not n and tally.left_out.total():
            return None
        return tally.total if metric.divisor == 1 else tally.total / metric.divisor
    return n


def _verdict(
    metric: Metric,
    value: float | None,
    interval: tuple[float, float | None] | None,
    limits: Limits | None,
    *,
    running: bool,
    ahead: bool = False,
) -> str | None:
    """Judge a figure, but none of a period that has not begun; what adds up day by day can only grow while its period is running."""
    if value is None or not limits or ahead:
        return None
    if metric.kind == "share" or metric.shows == "median":
        # A median of a few may have no interval at all.
        return statistics.range_verdict(*interval, **limits) if interval else statistics.TOO_FEW
    grows = running and metric.kind in {"count", "total"}
    return statistics.range_verdict(value, None if grows else value, **limits)


def _limits(metric: Metric, target: Target | None, period: Period) -> Limits | None:
    """Return a target as plain numbers: fractions for a share, and for a count as many as fit the period."""
    if target is None:
        return None
    scale = 1.0
    whole = 100 if metric.kind == "share" else 1
    if target.per and metric.kind in {"count", "total"}:
        if period.label == "all":  # begins before anything was recorded: no pace can be told
            return None
        scale = _units(period, target.per)
    low, high = target.band or (target.at_least, target.at_most)

    def scaled(bound: int | None) -> float | None:
        return None if bound is None else bound * scale / whole

    return Limits(
        at_least=scaled(low),
        more_than=scaled(target.more_than),
        at_most=scaled(high),
        less_than=scaled(target.less_than),
    )


def _units(period: Period, per: str) -> float:
    """Return how many days, weeks, months or years a period has; whole calendar units are counted as such."""
    if period.unit in _MONTHS and per in _MONTHS:
        return _MONTHS[period.unit] / _MONTHS[per]
    return period.days / DAYS_IN[per]


def ratio(metric: Metric, of: Reading, per: Reading, target: Target | None = None) -> Reading:
    """Return a ratio of two readings; without anything underneath it is nothing, not zero."""
    value = metric.times * of.value / per.value - metric.less if per.value and of.value is not None else None
    limits = _limits(metric, target, of.period)
    return Reading(
        metric=metric,
        period=of.period,
        value=value,
        n=of.n,
        target=target,
        limits=limits,
        verdict=_verdict(metric, value, None, limits, running=False),
        parts=(of, per),
    )


def own_targets(playbook: Playbook, metric: Metric, keys: Sequence[str]) -> dict[str | int | None, Target]:
    """Return the target that each value of a key has for itself, when a metric is broken down by that key alone."""
    own = metric.own_target
    if own is None or list(keys) != [own.key]:
        return {}
    found = {entry.key: getattr(entry, own.field) for entry in getattr(playbook, own.entries)}
    return {
        word: Target(**{own.bound: bound[1] if isinstance(bound, tuple) else bound})
        for word, bound in found.items()
        if bound is not None
    }


def part_of_count(reading: Reading, of_all: int, unplaced: int, target: Target | None) -> Reading:
    """Return a part of a count with how many there are in all; its target is a percentage of these.

    The `unplaced` ones may belong to any part: they count as a share's open rows do.
    """
    interval = statistics.share_range(reading.n, unplaced, of_all)
    if target is None:
        return reading._replace(of_all=of_all, interval=interval)
    limits = Limits(at_least=_fraction(target.at_least), at_most=_fraction(target.at_most))
    verdict = statistics.range_verdict(*interval, **limits)
    return reading._replace(of_all=of_all, interval=interval, target=target, limits=limits, verdict=verdict)


def _fraction(percent: int | None) -> float | None:
    return None if percent is None else percent / 100
