"""Small numbers told honestly: intervals, medians that count the unfinished, and verdicts in words.

Pure functions of plain numbers. Shares are fractions from 0 to 1; durations are whole days. Nothing underneath
is `None`, never zero.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypedDict, Unpack

from improv.named import NamedTuple

ON_TARGET: Final = "on target"
BELOW_TARGET: Final = "below target"
ABOVE_TARGET: Final = "above target"
TOO_FEW: Final = "too few to tell"
MORE_THAN_CHANCE: Final = "more than chance"
MAY_BE_CHANCE: Final = "may be chance"

# The two-sided 95% point of the normal distribution, and what chance may do on one side of an interval.
_Z: Final = 1.959963984540054
_TAIL: Final = 0.025
# How often a search is halved, and what adds nothing to a sum.
_HALVINGS: Final = 40
_NOTHING: Final = 1e-16
_HALF: Final = 0.5
_WHOLE: Final = 100  # percent


class Limits(TypedDict, total=False):
    """What a target asks for, as plain numbers; both ends of a band are inside it."""

    at_least: float | None
    more_than: float | None
    at_most: float | None
    less_than: float | None
    band: tuple[float, float] | None


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return the 95% interval of a share of k in n (Wilson's score); from nothing, anything is possible."""
    if not 0 <= k <= n:
        raise ValueError(f"a share of {k} in {n}")
    if n == 0:
        return 0.0, 1.0
    share = k / n
    scale = 1 + _Z * _Z / n
    centre = (share + _Z * _Z / (2 * n)) / scale
    reach = _Z / scale * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    # The ends are exact at none and all; elsewhere rounding may never push the share out of its interval.
    low = 0.0 if k == 0 else min(share, max(0.0, centre - reach))
    high = 1.0 if k == n else max(share, min(1.0, centre + reach))
    return low, high


def shrunk(hits: int, of: int, share: float, weight: int) -> float | None:
    """Return the share of hits, drawn towards another share as if that stood on `weight` rows of its own."""
    return (hits + weight * share) / (of + weight) if of + weight else None


def whole_percents(counts: Sequence[int]) -> list[int]:
    """Return what each of some counts is of them all, in whole percents that add up to 100 (largest remainders)."""
    total = sum(counts)
    if total == 0:
        return [0] * len(counts)
    percents = [_WHOLE * count // total for count in counts]
    nearest_up = sorted(range(len(counts)), key=lambda place: -(_WHOLE * counts[place] % total))
    for place in nearest_up[: _WHOLE - sum(percents)]:
        percents[place] += 1
    return percents


def newcombe(k1: int, n1: int, k2: int, n2: int) -> tuple[float, float, float] | None:
    """Return the first share minus the second and its 95% interval (Newcombe's); None if one is empty."""
    low1, high1 = wilson(k1, n1)
    low2, high2 = wilson(k2, n2)
    if n1 == 0 or n2 == 0:
        return None
    share1, share2 = k1 / n1, k2 / n2
    difference = share1 - share2
    low = difference - math.hypot(share1 - low1, high2 - share2)
    high = difference + math.hypot(high1 - share1, share2 - low2)
    return difference, low, high


class Hits(NamedTuple):
    """So many hits of so many, and how many of the rest are open: they may become hits."""

    hits: int
    still_open: int
    of: int


def shares_differ(now: Hits, before: Hits) -> tuple[tuple[float, float] | None, str]:
    """Return the 95% interval of a share less an earlier one, and whether they differ by more than chance.

    While rows are open the interval covers all they can still do: from every one missing now and hitting before, to
    the reverse; both ends must agree on a verdict. Where none of them against all of them may be chance (by Fisher's
    exact test), they are too few to tell.
    """
    lowest = newcombe(now.hits, now.of, before.hits + before.still_open, before.of)
    highest = newcombe(now.hits + now.still_open, now.of, before.hits, before.of)
    if lowest is None or highest is None:
        return None, TOO_FEW
    sides = {_beside(0, *lowest[1:]), _beside(0, *highest[1:])}
    if len(sides) > 1 or _few(now.of, before.of):
        words = TOO_FEW
    else:
        words = MAY_BE_CHANCE if sides == {0} else MORE_THAN_CHANCE
    return (lowest[1], highest[2]), words


def _few(now: int, before: int) -> bool:
    """Tell whether none of the one against all of the other may be chance; of forty rows and more it is not."""
    return (now + before) * _TAIL < 1 and math.comb(now + before, now) * _TAIL < 1


def rate_ratio(now: int, now_days: int, before: int, before_days: int) -> tuple[float, float, float] | None:
    """Return how many times as many a day there were as before, and its exact 95% interval; None where there were none.

    Of all there were, chance lets each fall into either span by its length (Przyborowski and Wilenski, 1940); the
    interval is that of the share that fell into one (Clopper and Pearson's), as odds.
    """
    total = now + before
    if total == 0:
        return None
    shares = (now / total, _least_share(now, total), 1 - _least_share(before, total))
    ratio, low, high = (_odds(share) * before_days / now_days for share in shares)
    return ratio, low, high


def counts_differ(
    now: int, now_days: int, before: int, before_days: int
) -> tuple[tuple[float, float, float] | None, str]:
    """Return the ratio of two counts a day with its 95% interval, and whether they differ by more than chance.

    Where all of them on one side may be chance, they are too few to tell.
    """
    ratio = rate_ratio(now, now_days, before, before_days)
    rarer = min(now_days, before_days) / (now_days + before_days)
    if ratio is None or rarer ** (now + before) > _TAIL:
        return ratio, TOO_FEW
    return ratio, MORE_THAN_CHANCE if _beside(1, *ratio[1:]) else MAY_BE_CHANCE


def intervals_differ(
    now: tuple[float, float | None] | None, before: tuple[float, float | None] | None
) -> str:
    """Tell whether two figures differ by more than chance: surely so where their 95% intervals do not meet."""
    if now is None or before is None:
        return TOO_FEW
    (low, high), (low_before, high_before) = now, before
    apart = (high is not None and high < low_before) or (high_before is not None and high_before < low)
    return MORE_THAN_CHANCE if apart else MAY_BE_CHANCE


def _beside(value: float, low: float, high: float) -> int:
    """Tell on which side of a value an interval lies: 1 above, -1 below, 0 when it holds the value."""
    return (low > value) - (high < value)


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def _least_share(k: int, n: int) -> float:
    """Return the smallest share under which k hits or more of n are no rarer than chance allows."""
    low, high = 0.0, k / n
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_least(k, n, middle) < _TAIL:
            low = middle
        else:
            high = middle
    return low


def _at_least(k: int, n: int, share: float) -> float:
    """Return how likely k hits or more of n are under a share of no more than k / n."""
    if k == 0:
        return 1.0
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    term = math.exp(ways + k * math.log(share) + (n - k) * math.log1p(-share))
    total = 0.0
    for hits in range(k, n + 1):
        total += term
        # Beyond k each further hit is less likely than the one before.
        term *= (n - hits) / (hits + 1) * share / (1 - share)
        if term < total * _NOTHING:
            break
    return total


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value that a share of the values does not exceed; between two of them, the mean of both."""
    if not values:
        return None
    ordered = sorted(values)
    place = len(ordered) * share
    before = math.ceil(place) - 1
    after = math.floor(place)
    last = len(ordered) - 1
    low, high = ordered[max(before, 0)], ordered[min(after, last)]
    return (low + high) / 2


def median(values: Sequence[float]) -> float | None:
    """Return the middle value; of an even count, the mean of the middle two."""
    return quantile(values, _HALF)


class Estimate(NamedTuple):
    """A figure with its 95% interval; None where there is no upper end, and then no figure either."""

    value: float | None
    low: float
    high: float | None


def tries(hits: int, of: int) -> Estimate | None:
    """Return how many rows one hit takes, from a share of hits; None with nothing underneath."""
    if of == 0:
        return None
    low, high = wilson(hits, of)
    return Estimate(of / hits, 1 / high, 1 / low) if hits else Estimate(None, 1 / high, None)


def count_per(count: int, hits: int) -> Estimate | None:
    """Return how many of one kind there are for one of another, where both are counted over the same time.

    Of all that happened the hits are a share, so it is as many tries as one of these takes, less the hit itself.
    """
    taken = tries(hits, hits + count)
    if taken is None:
        return None
    value, low, high = taken
    return Estimate(None if value is None else value - 1, low - 1, None if high is None else high - 1)


def product(estimates: Sequence[Estimate]) -> Estimate:
    """Return the product of independent figures and its 95% interval.

    As in Newcombe's interval the distances to the ends are squared and added, here on the logarithmic scale; where a
    figure has no upper end, the lower ends are multiplied.
    """
    values = [one.value for one in estimates if one.value is not None]
    highs = [one.high for one in estimates if one.high is not None]
    lows = [one.low for one in estimates]
    if len(values) < len(estimates) or len(highs) < len(estimates) or not all(lows):
        return Estimate(None, math.prod(lows), None)
    value = math.prod(values)
    below = math.hypot(*(math.log(one / low) for one, low in zip(values, lows, strict=True)))
    above = math.hypot(*(math.log(high / one) for one, high in zip(values, highs, strict=True)))
    return Estimate(value, value * math.exp(-below), value * math.exp(above))


class Survival(NamedTuple):
    """How long something lasts, with the unfinished counted as lasting at least as long as they have.

    `median`, `lower_quartile` and `upper_quartile` are product-limit figures in days: None where too few have
    finished to reach them. `interval` is the 95% interval of that median; its upper end is None when no upper end
    can be given yet. `finished_mean` and `finished_median` look at the finished alone.
    """

    median: float | None
    lower_quartile: float | None
    upper_quartile: float | None
    interval: tuple[float, float | None] | None
    finished: int
    inside: int
    longest_inside: int | None
    finished_mean: float | None
    finished_median: float | None


# A step of the curve: the day, the share still inside after it, and Greenwood's sum up to it (None at the end).
_Step = tuple[int, float, float | None]


def product_limit(durations: Iterable[tuple[int, bool]] | Mapping[tuple[int, bool], int]) -> Survival:
    """Tell how long stays last, from (days, whether it has ended), by the product-limit (Kaplan-Meier) estimate.

    They are given one by one, or as how many there are of each.
    """
    ended: Counter[int] = Counter()
    still_open: Counter[int] = Counter()
    for (days, over), count in (+Counter(durations)).items():
        (ended if over else still_open)[days] += count
    steps = _curve(ended, still_open)
    finished = ended.total()
    return Survival(
        median=_reached(steps, 1 - _HALF),
        lower_quartile=_reached(steps, 0.75),
        upper_quartile=_reached(steps, 0.25),
        interval=_median_interval(steps),
        finished=finished,
        inside=still_open.total(),
        longest_inside=max(still_open, default=None),
        finished_mean=sum(day * count for day, count in ended.items()) / finished if finished else None,
        finished_median=_reached(_curve(ended, Counter()), 1 - _HALF),
    )


def _curve(ended: Counter[int], still_open: Counter[int]) -> list[_Step]:
    """Return the share still inside after each day on which something ended, and at the last look."""
    at_risk = ended.total() + still_open.total()
    steps: list[_Step] = []
    left, spread = 1.0, 0.0
    for day in sorted(ended.keys() | still_open.keys()):
        gone = ended[day]
        if gone:
            remain = at_risk - gone
            left *= remain / at_risk
            if remain:
                spread += gone / (at_risk * remain)
            steps.append((day, left, spread if remain else None))
        at_risk -= gone + still_open[day]
    if steps and steps[-1][0] < (last := max(still_open, default=0)):
        steps.append((last, left, spread))
    return steps


def _reached(steps: list[_Step], left: float) -> float | None:
    """Return the day on which the curve falls to `left`.

    Where the curve rests exactly there, half-way to its next step, so that with everything finished this is the
    plain quantile.
    """
    for index, (day, share, _) in enumerate(steps):
        # A product of many fractions is exact only up to rounding.
        if math.isclose(share, left, rel_tol=1e-9):
            following = steps[index + 1][0] if index + 1 < len(steps) else day
            return (day + following) / 2
        if share < left:
            return float(day)
    return None


def _median_interval(steps: list[_Step]) -> tuple[float, float | None] | None:
    """Return the 95% interval of the median (Brookmeyer-Crowley, on the log-log scale)."""
    low: float | None = None
    for day, share, spread in steps:
        if spread is None:
            break  # once nothing is left inside, the curve has no spread to judge by
        reach = _Z * math.sqrt(spread) / -math.log(share)
        if low is None and share ** math.exp(reach) <= _HALF:
            low = float(day)
        if share ** math.exp(-reach) <= _HALF:
            return (float(day) if low is None else low), float(day)
    return None if low is None else (low, None)


def share_range(hits: int, still_open: int, of: int) -> tuple[float, float]:
    """Return what a share can end at, as fractions, however the open rows end; `of` counts every row, open ones too.

    In the worst case every open row misses, in the best case every one hits: it runs from the lower 95% end of the worst
    case's interval to the upper one of the best's.
    """
    return wilson(hits, of)[0], wilson(hits + still_open, of)[1]


def range_verdict(low: float, high: float | None, **limits: Unpack[Limits]) -> str | None:
    """Tell how a figure that lies between low and high (None: no upper end) stands against its target.

    "on target" only when the whole range keeps every limit, "below target" or "above target" only when the whole
    range breaks one, else "too few to tell"; None when the target sets no limit.
    """
    top = math.inf if high is None else high
    band = limits.get("band") or (None, None)
    at_least, more_than = limits.get("at_least", band[0]), limits.get("more_than")
    at_most, less_than = limits.get("at_most", band[1]), limits.get("less_than")
    if at_least is None and more_than is None and at_most is None and less_than is None:
        return None
    if (at_least is not None and top < at_least) or (more_than is not None and top <= more_than):
        return BELOW_TARGET
    if (at_most is not None and low > at_most) or (less_than is not None and low >= less_than):
        return ABOVE_TARGET
    kept = (
        (at_least is None or low >= at_least)
        and (more_than is None or low > more_than)
        and (at_most is None or top <= at_most)
        and (less_than is None or top < less_than)
    )
    return ON_TARGET if kept else TOO_FEW
