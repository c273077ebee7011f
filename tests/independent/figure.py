"""What a metric comes to, in the plainest arithmetic there is: fractions, and loops over rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.independent.seen import Seen

_HALF = Fraction(1, 2)

Length = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class Lengths:
    """What is told of lengths: how many ended, how many go on, and of the ended the mean and the median."""

    finished: int
    inside: int
    mean: Fraction | None
    median: Fraction | None
    product_limit: Fraction | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: nothing underneath is None. `n` rows count, `left_out` do not."""

    value: Fraction | None
    n: int
    hits: int = 0
    still_open: int = 0
    left_out: int = 0
    lengths: Lengths | None = None


Opinion = Callable[[Seen], Figure]
OPINIONS: dict[str, Opinion] = {}


def opinion(calculate: Opinion) -> Opinion:
    """Enter a function as the second opinion on the metric of its name."""
    return enter(calculate.__name__, calculate)


def enter(name: str, calculate: Opinion) -> Opinion:
    """Enter the second opinion on a metric."""
    assert name not in OPINIONS, name
    OPINIONS[name] = calculate
    return calculate


def count(rows: Iterable[object], left_out: int = 0) -> Figure:
    """Count rows."""
    n = len(list(rows))
    return Figure(Fraction(n), n, left_out=left_out)


def share(states: Iterable[str | None], hit: str, *still_open: str) -> Figure:
    """Return the share of the rows whose state is the hit; a row without a state is left out."""
    listed = list(states)
    counted = [state for state in listed if state is not None]
    hits = counted.count(hit)
    going = sum(state in still_open for state in counted)
    value = Fraction(hits, len(counted)) if counted else None
    return Figure(value, len(counted), hits, going, len(listed) - len(counted))


def total(values: Iterable[int | None], divisor: int = 1) -> Figure:
    """Add up values; what nobody gave is left out, and a sum of nothing known is unknown."""
    listed = list(values)
    given = [value for value in listed if value is not None]
    left_out = len(listed) - len(given)
    value = None if left_out and not given else Fraction(sum(given), divisor)
    return Figure(value, len(given), left_out=left_out)


def mean(values: Iterable[int | None]) -> Figure:
    """Return the mean of the values given."""
    summed = total(values)
    value = summed.value / summed.n if summed.n and summed.value is not None else None
    return Figure(value, summed.n, left_out=summed.left_out)


def durations(lengths: Iterable[Length | None], shows: str = "mean") -> Figure:
    """Return the mean of the lengths that ended, or the median with those that go on; None is left out."""
    listed = list(lengths)
    counted = [length for length in listed if length is not None]
    ended = sorted(days for days, over in counted if over)
    told = Lengths(
        finished=len(ended),
        inside=len(counted) - len(ended),
        mean=Fraction(sum(ended), len(ended)) if ended else None,
        median=_middle(ended),
        product_limit=product_limit(counted),
    )
    value = told.mean if shows == "mean" else told.product_limit
    return Figure(value, len(counted), left_out=len(listed) - len(counted), lengths=told)


def _middle(ordered: list[int]) -> Fraction | None:
    if not ordered:
        return None
    return Fraction(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2], 2)


def product_limit(lengths: Iterable[Length], left: Fraction = _HALF) -> Fraction | None:
    """Return the day by which all but a share `left` have ended, those that go on counted as at least so long.

    From one day on which something ended to the next, the share that is left is multiplied by that of the ones at
    risk who stayed. Where it rests exactly on what is asked, the answer is half-way to the next such day, or to the
    last look when there is none.
    """
    listed = list(lengths)
    days = sorted({day for day, over in listed if over})
    last_look = max((day for day, _ in listed), default=0)
    inside = Fraction(1)
    for place, day in enumerate(days):
        at_risk = sum(length >= day for length, _ in listed)
        gone = sum(length == day and over for length, over in listed)
        inside *= Fraction(at_risk - gone, at_risk)
        if inside == left:
            return Fraction(day + (days[place + 1] if place + 1 < len(days) else last_look), 2)
        if inside < left:
            return Fraction(day)
    return None


def ratio(name: str, of: str, per: str, times: int = 1, less: int = 0) -> None:
    """Enter a ratio: the figure of one metric over that of another, never a mean of ratios."""

    def calculate(seen: Seen) -> Figure:
        above, below = OPINIONS[of](seen), OPINIONS[per](seen)
        value = times * above.value / below.value - less if below.value and above.value is not None else None
        return Figure(value, above.n)

    enter(name, calculate)
