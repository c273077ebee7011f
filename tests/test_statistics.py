"""Small numbers told honestly: intervals, medians with unfinished stays, verdicts."""

import math
from statistics import median as plain_median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv.statistics import (
    Hits,
    counts_differ,
    intervals_differ,
    median,
    newcombe,
    product_limit,
    quantile,
    range_verdict,
    rate_ratio,
    share_range,
    shares_differ,
    whole_percents,
    wilson,
)

SHARES = st.integers(0, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
STAYS = st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=60)


def test_wilson_gives_the_published_interval() -> None:
    """81 of 263 is Newcombe's own worked example (1998): 0.2553 to 0.3662."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (20, 20, 0.8389, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_at_the_edges(k: int, n: int, low: float, high: float) -> None:
    """None, one and all of a few; from nothing, anything is possible."""
    assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "percents"),
    [
        ([1, 1, 1], [34, 33, 33]),
        ([5, 1], [83, 17]),
        ([2, 1, 5], [25, 13, 62]),  # 25, 12.5 and 62.5: of two halves the first goes up
        ([0, 7], [0, 100]),
        ([0, 0], [0, 0]),
        ([], []),
    ],
)
def test_whole_percents_add_up_to_a_hundred(counts: list[int], percents: list[int]) -> None:
    """The largest remainders go up; of nothing, nothing."""
    assert whole_percents(counts) == percents


@given(st.lists(st.integers(0, 900), min_size=1, max_size=9).filter(any))
def test_whole_percents_are_never_a_whole_one_away(counts: list[int]) -> None:
    """Each is the exact percentage, rounded one way or the other."""
    percents = whole_percents(counts)
    assert sum(percents) == 100
    assert all(
        abs(percent - 100 * count / sum(counts)) < 1 for percent, count in zip(percents, counts, strict=True)
    )


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (1, 0)])
def test_wilson_refuses_what_is_no_share(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="a share of"):
        wilson(k, n)


@given(SHARES)
def test_wilson_stays_within_0_and_1_and_holds_the_share(share: tuple[int, int]) -> None:
    k, n = share
    low, high = wilson(k, n)
    assert 0 <= low < high <= 1
    assert n == 0 or low <= k / n <= high


@given(SHARES)
def test_wilson_of_the_misses_mirrors_that_of_the_hits(share: tuple[int, int]) -> None:
    k, n = share
    low, high = wilson(n - k, n)
    assert wilson(k, n) == pytest.approx((1 - high, 1 - low))


def test_newcombe_gives_the_published_interval() -> None:
    """56 of 70 against 48 of 80 (Newcombe 1998, method 10): 0.2000, from 0.0524 to 0.3339."""
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_newcombe_of_nothing_is_nothing() -> None:
    assert newcombe(0, 0, 48, 80) is None
    assert newcombe(56, 70, 0, 0) is None


@given(SHARES, SHARES)
def test_newcombe_turned_round_is_its_negative(now: tuple[int, int], then: tuple[int, int]) -> None:
    forth, back = newcombe(*now, *then), newcombe(*then, *now)
    if forth is None:
        assert back is None
    else:
        difference, low, high = forth
        assert -1 <= low <= difference <= high <= 1
        assert back == pytest.approx((-difference, -high, -low))


# Whether two figures differ by more than chance.


def test_shares_that_are_settled_differ_by_newcombes_interval() -> None:
    """56 of 70 against 48 of 80 keeps clear of 0; 6 of 10 against 5 of 10 does not; nothing underneath says nothing."""
    interval, words = shares_differ(Hits(56, 0, 70), Hits(48, 0, 80))
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert words == "more than chance"
    assert shares_differ(Hits(48, 0, 80), Hits(56, 0, 70))[1] == "more than chance"
    assert shares_differ(Hits(6, 0, 10), Hits(5, 0, 10))[1] == "may be chance"
    assert shares_differ(Hits(6, 0, 10), Hits(0, 0, 0)) == (None, "too few to tell")


def test_open_rows_must_not_be_able_to_turn_the_verdict() -> None:
    """56 of 70 against 48 of 80: ten more hits now change nothing, ten more before close the gap."""
    assert shares_differ(Hits(56, 10, 70), Hits(48, 0, 80))[1] == "more than chance"
    interval, words = shares_differ(Hits(56, 0, 70), Hits(48, 10, 80))
    worst, best = newcombe(56, 70, 58, 80), newcombe(56, 70, 48, 80)
    assert worst is not None
    assert best is not None
    assert (interval, words) == ((worst[1], best[2]), "too few to tell")
    assert worst[1] < 0 < best[1]
    assert shares_differ(Hits(5, 1, 10), Hits(5, 1, 10))[1] == "may be chance"
    # All 10 open rows could hit now or before: either may end far above the other.
    assert shares_differ(Hits(0, 10, 10), Hits(0, 10, 10))[1] == "too few to tell"


@pytest.mark.parametrize(
    ("n", "words"), [(1, "too few to tell"), (3, "too few to tell"), (4, "more than chance")]
)
def test_a_handful_cannot_tell_shares_apart(n: int, words: str) -> None:
    """All of n against none of n comes by chance once in 2, 20 and 70 ways of dealing the hits out."""
    assert shares_differ(Hits(n, 0, n), Hits(0, 0, n))[1] == words


def test_the_ratio_of_two_rates_has_the_published_interval() -> None:
    """The example of R's manual (`poisson.test`): 11 over 800 against 21 over 3011 is 1.9715, 0.8584 to 4.2773."""
    assert rate_ratio(11, 800, 21, 3011) == pytest.approx((1.971488, 0.8584264, 4.2772659), rel=1e-6)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ((0, 30), (0, 30), "too few to tell"),
        # All of five in one half: 1 in 32 is more than 2.5%. All of six: 1 in 64 is less.
        ((5, 30), (0, 30), "too few to tell"),
        ((3, 30), (2, 30), "too few to tell"),
        ((6, 30), (0, 30), "more than chance"),
        ((0, 30), (6, 30), "more than chance"),
        ((3, 30), (3, 30), "may be chance"),
        # Of 16, 12 or more come once in 26 (2,517 of 65,536), 13 or more once in 94 (697 of 65,536).
        ((12, 30), (4, 30), "may be chance"),
        ((13, 30), (3, 30), "more than chance"),
        # Twelve days against thirty: as many a day, and three times as many.
        ((12, 12), (30, 30), "may be chance"),
        ((36, 12), (30, 30), "more than chance"),
        # Two in two days and none in thirty: (2/32)² is 0.4%.
        ((2, 2), (0, 30), "more than chance"),
    ],
)
def test_counts_differ_by_more_than_chance(now: tuple[int, int], before: tuple[int, int], words: str) -> None:
    """Over the days each has; turned round, the verdict is the same."""
    assert counts_differ(*now, *before)[1] == words
    assert counts_differ(*before, *now)[1] == words


def test_a_ratio_against_nothing_has_no_upper_end() -> None:
    """Six against none: the share p of which all six come once in forty is 0.025^(1/6) = 0.5407, as odds 1.1774."""
    assert rate_ratio(6, 30, 0, 30) == pytest.approx((math.inf, 1.1774, math.inf), abs=5e-5)
    assert rate_ratio(0, 30, 6, 30) == pytest.approx((0, 0, 1 / 1.1774), abs=5e-5)
    assert rate_ratio(0, 30, 0, 30) is None


@given(st.integers(0, 60), st.integers(1, 40), st.integers(0, 60), st.integers(1, 40))
def test_the_interval_of_a_ratio_leaves_a_fortieth_on_either_side(
    now: int, now_days: int, before: int, before_days: int
) -> None:
    """Under its lower end so many or more come once in forty, under its upper end so few or fewer."""
    told = rate_ratio(now, now_days, before, before_days)
    if told is None:
        assert now == before == 0
        return
    ratio, low, high = told
    assert low <= ratio <= high
    total = now + before
    for end, hits in ((low, range(now, total + 1)), (high, range(now + 1))):
        if 0 < end < math.inf:
            share = end * now_days / (end * now_days + before_days)
            tail = sum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in hits)
            assert tail == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        ((3, 5), (6, 9), "more than chance"),
        ((6, 9), (3, 5), "more than chance"),
        ((3, 6), (6, 9), "may be chance"),
        ((10, None), (3, 9), "more than chance"),
        ((3, None), (6, 9), "may be chance"),
        ((3, 5), None, "too few to tell"),
    ],
)
def test_medians_differ_where_their_intervals_do_not_meet(
    now: tuple[float, float | None] | None, before: tuple[float, float | None] | None, words: str
) -> None:
    """An interval without an upper end reaches as far as can be."""
    assert intervals_differ(now, before) == words


def test_the_median_of_an_even_count_is_the_mean_of_the_middle_two() -> None:
    assert median([7, 1, 4, 2]) == 3.0
    assert median([7, 1, 4]) == 4
    assert median([]) is None


def test_quantiles_by_hand() -> None:
    """A quarter of four lies between the first two; a quarter of five is the second."""
    assert quantile([1, 2, 3, 4], 0.25) == 1.5
    assert quantile([1, 2, 3, 4, 5], 0.25) == 2
    assert quantile([3, 9, 5], 0) == 3
    assert quantile([3, 9, 5], 1) == 9


@given(st.lists(st.integers(-1000, 1000), min_size=1))
def test_the_median_is_the_standard_one(values: list[int]) -> None:
    assert median(values) == plain_median(values)


def test_product_limit_by_hand() -> None:
    """Of six, stays of 2, 4, 7 and 9 days ended, and two are inside after 4 and 8.

    After day 2: 5/6 = 0.833; after 4: 0.833 x 4/5 = 0.667; after 7 (three at risk): 0.444; after 9: 0.
    """
    stays = [(2, True), (4, True), (4, False), (7, True), (8, False), (9, True)]
    found = product_limit(stays)
    assert (found.lower_quartile, found.median, found.upper_quartile) == (4.0, 7.0, 9.0)
    assert (found.finished, found.inside, found.longest_inside) == (4, 2, 8)
    assert (found.finished_mean, found.finished_median) == (5.5, 5.5)


def test_a_median_that_is_not_reached_is_not_given() -> None:
    """One of five has left: three quarters are still inside at the last look."""
    found = product_limit([(3, True), (5, False), (6, False), (8, False), (9, False)])
    assert (found.lower_quartile, found.median, found.upper_quartile) == (None, None, None)
    assert found.finished_median == 3.0
    assert found.longest_inside == 9


def test_where_the_curve_rests_on_the_half_the_median_is_half_way() -> None:
    """To the next stay that ended, or to the last look when none did."""
    assert product_limit([(3, True), (5, False)]).median == 4.0
    assert product_limit([(3, True), (4, True), (6, True), (9, False)]).median == 5.0


def test_product_limit_of_nothing() -> None:
    found = product_limit([])
    assert (found.median, found.interval, found.finished_mean, found.longest_inside) == (
        None,
        None,
        None,
        None,
    )
    assert (found.finished, found.inside) == (0, 0)


def test_the_interval_of_a_median_is_the_published_one() -> None:
    """Remission under 6-MP (Freireich 1963): median 23 weeks, 95% from 13 with no upper end."""
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    inside = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = product_limit([(week, True) for week in ended] + [(week, False) for week in inside])
    assert found.median == 23.0
    assert found.interval == (13.0, None)


def test_the_interval_of_a_median_with_both_ends_is_the_published_one() -> None:
    """Remission under placebo (Freireich 1963): median 8 weeks, 95% from 4 to 11."""
    weeks = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    found = product_limit((week, True) for week in weeks)
    assert found.median == 8.0
    assert found.interval == (4.0, 11.0)


@given(st.lists(st.integers(0, 60), min_size=1))
def test_with_everything_finished_the_product_limit_is_the_plain_quantile(days: list[int]) -> None:
    found = product_limit([(day, True) for day in days])
    assert found.median == found.finished_median == plain_median(days)
    assert found.lower_quartile == quantile(days, 0.25)
    assert found.upper_quartile == quantile(days, 0.75)
    assert found.finished_mean == pytest.approx(sum(days) / len(days))


@given(STAYS)
def test_the_unfinished_never_shorten_the_median(stays: list[tuple[int, bool]]) -> None:
    """A stay that goes on is known to last at least as long as it has."""
    found = product_limit(stays)
    if found.median is not None:
        assert found.finished_median is not None
        assert found.median >= min(day for day, ended in stays if ended)
        assert found.median >= (product_limit([(day, True) for day, _ in stays]).median or 0)
    if found.median is not None and found.interval is not None:
        low, high = found.interval
        assert low <= found.median
        assert high is None or found.median <= high


@pytest.mark.parametrize(
    ("value", "limits", "said"),
    [
        (50, {"at_least": 50}, "on target"),
        (49, {"at_least": 50}, "below target"),
        (85, {"more_than": 85}, "below target"),
        (85.1, {"more_than": 85}, "on target"),
        (45, {"less_than": 45}, "above target"),
        (44.9, {"less_than": 45}, "on target"),
        (45, {"at_most": 45}, "on target"),
        (46, {"at_most": 45}, "above target"),
        (35, {"band": (35, 40)}, "on target"),
        (40, {"band": (35, 40)}, "on target"),
        (34, {"band": (35, 40)}, "below target"),
        (41, {"band": (35, 40)}, "above target"),
        (0, {"at_least": 0}, "on target"),
        (50, {}, None),
    ],
)
def test_counts_sums_and_means_compare_directly(value: float, limits: dict[str, float], said: str) -> None:
    """Just inside, just past, and no limit."""
    assert range_verdict(value, value, **limits) == said  # type: ignore[arg-type]  # the limits are parameters of the test


def share_verdict(hits: int, still_open: int, of: int, **limits: Any) -> str | None:
    """Judge a share by all that it can end at."""
    return range_verdict(*share_range(hits, still_open, of), **limits)


def test_a_share_is_on_target_only_when_its_whole_interval_is() -> None:
    """40 of 80 reaches from 0.393 to 0.607."""
    assert share_verdict(40, 0, 80, at_least=0.39) == "on target"
    assert share_verdict(40, 0, 80, at_least=0.40) == "too few to tell"
    assert share_verdict(40, 0, 80, at_least=0.60) == "too few to tell"
    assert share_verdict(40, 0, 80, at_least=0.61) == "below target"
    assert share_verdict(40, 0, 80, at_most=0.61) == "on target"
    assert share_verdict(40, 0, 80, at_most=0.39) == "above target"
    assert share_verdict(40, 0, 80, band=(0.3, 0.7)) == "on target"
    assert share_verdict(40, 0, 80, band=(0.3, 0.6)) == "too few to tell"


def test_open_rows_hold_a_verdict_back_until_they_cannot_change_it() -> None:
    """40 of 80 with 20 more open: from the low end of 40 of 100 (0.309) to the high end of 60 of 100 (0.691)."""
    assert share_verdict(40, 20, 100, at_least=0.30) == "on target"
    assert share_verdict(40, 20, 100, at_least=0.39) == "too few to tell"
    assert share_verdict(40, 20, 100, at_least=0.69) == "too few to tell"
    assert share_verdict(40, 20, 100, at_least=0.70) == "below target"


def test_a_median_without_an_upper_end_is_never_below() -> None:
    assert range_verdict(9, None, at_least=8) == "on target"
    assert range_verdict(9, None, at_least=10) == "too few to tell"
    assert range_verdict(9, None, at_most=8) == "above target"


@given(SHARES.filter(lambda share: share[1] > 0), st.floats(0, 1))
def test_a_share_is_never_on_both_sides(share: tuple[int, int], target: float) -> None:
    """What is on target for one side is never on target for the other, save at a single point."""
    k, n = share
    up, down = share_verdict(k, 0, n, more_than=target), share_verdict(k, 0, n, at_most=target)
    pairs = {
        ("on target", "above target"),
        ("below target", "on target"),
        ("too few to tell", "too few to tell"),
    }
    assert (up, down) in pairs


def test_intervals_are_finite() -> None:
    assert all(math.isfinite(end) for end in wilson(10**6, 10**9))
