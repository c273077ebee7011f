"""Other people's mathematics confirm ours: `lifelines` the product-limit figures, `scipy` the intervals."""

import math
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, qth_survival_time
from scipy.stats import beta, binomtest, norm
from scipy.stats import quantile as scipy_quantile

from improv import measure, statistics
from improv.dates import parse_period
from improv.metrics import find
from improv.reader import Reader
from improv.statistics import newcombe, product_limit, shrunk, tries, wilson
from tests.counted import imported
from tests.data import real
from tests.files import EXAMPLES
from tests.independent.figure import product_limit as plain_product_limit
from tests.kept import KEPT, Kept

Length = tuple[int, bool]

QUARTERS = {"lower_quartile": 0.75, "median": 0.5, "upper_quartile": 0.25}


def fitted(lengths: list[Length]) -> KaplanMeierFitter:
    """Return what lifelines makes of lengths; its interval of the curve is the exponential Greenwood one, as ours."""
    return KaplanMeierFitter().fit([days for days, _ in lengths], [ended for _, ended in lengths])


def theirs(curve: KaplanMeierFitter, lengths: list[Length], left: float) -> float | None:
    """Return the day on which their curve falls to a share, by our rule where it rests exactly there.

    `lifelines` takes the first day of the rest; we take half-way to its end, the next day on which something ended or
    else the last look, so that with everything finished the figure is the plain quantile.
    """
    # A product of many fractions is exact only up to rounding.
    first = float(qth_survival_time(left * (1 + 1e-9), curve.survival_function_.iloc[:, 0]))
    if math.isinf(first):
        return None
    resting = float(curve.survival_function_at_times(first).iloc[0])
    if not math.isclose(resting, left, rel_tol=1e-9):
        return first
    later = [days for days, ended in lengths if ended and days > first] or [max(days for days, _ in lengths)]
    return (first + min(later)) / 2


def confirm(lengths: list[Length]) -> None:
    """Compare median, quartiles and the median's interval."""
    ours, curve = product_limit(lengths), fitted(lengths)
    told = {name: getattr(ours, name) for name in QUARTERS}
    assert told == {name: theirs(curve, lengths, left) for name, left in QUARTERS.items()}
    assert told["median"] == plain_product_limit(lengths)
    low, high = ends(curve)
    assert ours.interval == (None if low is None else (low, high))


def ends(curve: KaplanMeierFitter) -> list[float | None]:
    """Return the ends of the median's interval: the days on which those of the curve's interval fall to the half.

    On the day on which nobody is left inside the curve has no interval. `lifelines` takes that day for an end; R's
    `survfit` and we take none.
    """
    days = median_survival_times(curve.confidence_interval_survival_function_).iloc[0]
    told = [float(day) for day in days]
    known = [math.isfinite(day) and curve.survival_function_at_times(day).iloc[0] > 0 for day in told]
    return [day if is_known else None for day, is_known in zip(told, known, strict=True)]


def drawn(luck: random.Random) -> list[Length]:
    """Draw lengths of a few days or many, many or few of them ended, with many on the same day."""
    longest, ending = luck.choice((6, 30, 200)), luck.choice((0.2, 0.5, 0.9, 1.0))
    return [
        (luck.randrange(longest), luck.random() < ending) for _ in range(luck.choice((1, 2, 5, 12, 40, 300)))
    ]


def test_lifelines_confirms_the_product_limit_on_random_lengths() -> None:
    """Where the curve rests on the half is no rare case: some of these differ from `lifelines` by our rule for it."""
    luck = random.Random(2026)  # noqa: S311 - lengths to test with, not a secret
    rested = 0
    for _ in range(300):
        lengths = drawn(luck)
        confirm(lengths)
        median = product_limit(lengths).median
        rested += median is not None and median != fitted(lengths).median_survival_time_
    assert rested > 10


def lengths_of(reader: Reader, name: str) -> dict[str, list[Length]]:
    """Return the lengths that a metric ever counted, in all and by stage."""
    told = measure.explain(reader, find(name), parse_period("all", reader.today))
    stages = {row["id"]: row["stage"] for row in reader.rows("SELECT id, stage FROM stage_stay")}
    found = defaultdict[str, list[Length]](list)
    for row in told.counted:
        found["all"].append((row.days or 0, row.ended))
        if name == "time_in_stage":
            found[stages[row.id]].append((row.days or 0, row.ended))
    return found


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize("name", ["time_in_stage", "days_to_first_contact", "sales_cycle", "event_gap"])
def test_lifelines_confirms_the_lengths_of_the_books(what: str, name: str, kept: Callable[..., Kept]) -> None:
    """Stays in each stage, waits for a first contact, cycles and gaps."""
    for lengths in lengths_of(kept(what).reader(), name).values():
        assert lengths
        confirm(lengths)


def test_lifelines_confirms_the_stays_of_real_deals(tmp_path: Path) -> None:
    """Of 873 stays 327 go on; in Offer the median is not reached."""
    folder = EXAMPLES / "pe_pipeline"
    files = (("pipeline_deals", "deals"), ("stage_history", "stages"))
    with imported(
        tmp_path,
        *((real("pe_pipeline", f"{file}.csv"), folder / f"{mapping}.toml") for file, mapping in files),
        use=folder / "playbook.toml",
    ) as book:
        stays = lengths_of(book.reader(), "time_in_stage")
    assert {stage: len(lengths) for stage, lengths in stays.items()} == {
        "all": 873,
        "reviewed": 498,
        "indication": 266,
        "offer": 109,
    }
    for lengths in stays.values():
        confirm(lengths)
    assert product_limit(stays["offer"]).median is None


def test_scipy_confirms_the_plain_quantiles() -> None:
    luck = random.Random(7)  # noqa: S311 - lengths to test with, not a secret
    for _ in range(300):
        values = [luck.randrange(40) for _ in range(luck.randrange(1, 30))]
        for share in (0.25, 0.5, 0.75):
            plain = scipy_quantile([*map(float, values)], share, method="averaged_inverted_cdf")
            assert statistics.quantile(values, share) == plain


def test_scipy_confirms_every_interval_of_a_share_of_up_to_60_and_some_of_many() -> None:
    """Wilson's score interval."""
    shares = [(k, n) for n in range(1, 61) for k in range(n + 1)]
    shares += [(0, 10**6), (1, 10**6), (12_345, 10**6), (25_741, 45_909), (10**6, 10**6)]
    for k, n in shares:
        assert wilson(k, n) == pytest.approx(scipy_wilson(k, n), abs=1e-12), (k, n)
    assert pytest.approx(norm.ppf(0.975), abs=1e-15) == statistics._Z


def scipy_wilson(k: int, n: int) -> tuple[float, float]:
    interval = binomtest(k, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def test_the_interval_of_a_difference_is_newcombes_of_scipys_intervals() -> None:
    """Method 10 of 1998: the distances of both shares to their ends, squared and added."""
    luck = random.Random(10)  # noqa: S311 - shares to test with, not a secret
    for _ in range(500):
        (k1, n1), (k2, n2) = ((luck.randint(0, n), n) for n in (luck.randint(1, 400), luck.randint(1, 400)))
        (low1, high1), (low2, high2) = scipy_wilson(k1, n1), scipy_wilson(k2, n2)
        p1, p2 = k1 / n1, k2 / n2
        low = p1 - p2 - math.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2)
        high = p1 - p2 + math.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2)
        assert newcombe(k1, n1, k2, n2) == pytest.approx((p1 - p2, low, high), abs=1e-12)


def test_how_many_rows_a_hit_takes_is_scipys_interval_turned_over() -> None:
    for k, n in ((1, 3), (7, 20), (20, 20), (37, 97)):
        low, high = scipy_wilson(k, n)
        assert tries(k, n) == pytest.approx((n / k, 1 / high, 1 / low))


def test_a_share_drawn_towards_its_default_is_the_mean_of_scipys_beta() -> None:
    """Won and not won, added to what the default would be of so many more."""
    for won, closed, default, weight in ((1, 4, 0.63, 8), (0, 0, 0.42, 8), (30, 40, 0.88, 8)):
        known = beta(won + weight * default, closed - won + weight * (1 - default))
        assert shrunk(won, closed, default, weight) == pytest.approx(known.mean())
