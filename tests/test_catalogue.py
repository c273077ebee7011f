"""Over the whole catalogue: rows, parts, trends and causes add up to the figure, and the past stays as it was.

On the sample book, on a random one, and on the sample book of another funnel. What a metric is by itself, `test_second_opinion` tells.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from improv import measure, statistics
from improv.dates import Period, Unit, day_of, month_of, parse_period, week_of
from improv.measure import Explanation
from improv.metrics import CATALOGUE, Metric
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.why import why
from tests.independent.seen import as_of, recorded, written
from tests.kept import ANOTHER, KEPT, MONDAY, SAMPLE, Kept, keep
from tests.run import run
from tests.test_why import adds_up, ending

pytestmark = pytest.mark.xdist_group("sample")

RANDOM = "life 6"
PAST = date(2026, 10, 14)
YEAR = parse_period("last 365 days", MONDAY)
PERIODS = (
    YEAR,
    parse_period("all", MONDAY),
    month_of(date(2026, 10, 5)),
    week_of(PAST),
    parse_period("+1d..+14d", MONDAY),
)


@pytest.fixture(params=[SAMPLE, RANDOM, ANOTHER])
def lived(request: pytest.FixtureRequest, kept: Callable[..., Kept]) -> Kept:
    return kept(request.param)


# Rows.


def exact(metric: Metric, told: Explanation) -> Fraction | None:
    """Add the rows of an explanation up, in the plainest way."""
    rows = told.counted
    values = [row.value for row in rows if row.value is not None]
    if metric.kind == "ratio":
        above, below = (exact(part.reading.metric, part) for part in told.parts)
        return metric.times * above / below - metric.less if below and above is not None else None
    if metric.shows == "median":
        median = statistics.product_limit((row.days or 0, row.ended) for row in rows).median
        return None if median is None else Fraction(median)
    if metric.kind == "share":
        values = [int(row.state in metric.hits) for row in rows]
    if metric.kind == "duration":
        values = [row.days or 0 for row in rows if row.ended]
    if metric.kind == "share" or metric.shows == "mean":
        return Fraction(sum(values), len(values)) if values else None
    if metric.kind == "total" or metric.shows == "sum":
        return None if told.left_out and not rows else Fraction(sum(values), metric.divisor)
    return Fraction(len(rows))


def counted(told: Explanation) -> int:
    """Return how many rows an explanation counts; a ratio those of what it is a ratio of."""
    return counted(told.parts[0]) if told.parts else len(told.counted)


def test_the_rows_that_explain_a_metric_give_its_figure_again(lived: Kept) -> None:
    """Those left out are told by the same reasons, and every record has its name."""
    reader = lived.reader()
    for metric in CATALOGUE.values():
        for period in PERIODS:
            told = measure.explain(reader, metric, period)
            figure, what = exact(metric, told), (metric.name, period.label)
            assert (counted(told), what) == (told.reading.n, what)
            assert told.reading.value == (None if figure is None else pytest.approx(float(figure))), what
            assert Counter(row.why for row in told.left_out) == Counter(told.reading.left_out or {}), what
            assert all(row.name for row in told.counted if row.ref[0] in "LOCM"), what


# Parts.


def test_a_breakdown_by_any_key_adds_up_to_the_whole(lived: Kept) -> None:
    """Counts, totals, hits and n, states and reasons; of lengths the finished and those inside."""
    reader = lived.reader()
    for metric in CATALOGUE.values():
        whole = measure.measure(reader, metric, YEAR)
        for key in measure.keys_of(metric):
            parts = [part for _, part in measure.by(reader, metric, YEAR, key)]
            add_up(parts, whole, f"{metric.name} by {key}")


def test_a_matrix_of_two_keys_adds_up_to_the_whole(lived: Kept) -> None:
    reader = lived.reader()
    for metric in CATALOGUE.values():
        keys = measure.keys_of(metric)
        if len(keys) > 1:
            parts = [part for _, part in measure.by(reader, metric, YEAR, keys[0], keys[-1])]
            add_up(parts, measure.measure(reader, metric, YEAR), f"{metric.name} by {keys[0]}, {keys[-1]}")


def add_up(parts: list[Reading], whole: Reading, what: str) -> None:
    """Compare all that can be added: a ratio is never added, but made of what adds up."""
    if whole.parts:
        for part in parts:
            assert part.parts, what
            above, below = (side.value for side in part.parts)
            metric = part.metric
            ratio = metric.times * above / below - metric.less if below and above is not None else None
            assert (part.value, what) == (ratio, what)
        for place, side in enumerate(whole.parts):
            add_up([part.parts[place] for part in parts if part.parts], side, f"{what}: {side.metric.name}")
        return
    assert (sum(part.n for part in parts), what) == (whole.n, what)
    assert (sum(part.hits for part in parts), what) == (whole.hits, what)
    assert (sum(part.still_open for part in parts), what) == (whole.still_open, what)
    for told in ("states", "left_out"):
        counters = (Counter(getattr(part, told) or {}) for part in parts)
        assert (sum(counters, Counter[str]()), what) == (Counter(getattr(whole, told) or {}), what)
    assert amount(*parts) == pytest.approx(amount(whole)), what
    assert finished_and_inside(*parts) == pytest.approx(finished_and_inside(whole)), what


def amount(*readings: Reading) -> float:
    """Return what readings add up to: a mean counts as often as it has rows."""
    values = ((it, it.value or 0) for it in readings if it.metric.kind in {"total", "level"})
    return sum(value * it.n if it.metric.shows == "mean" else value for it, value in values)


def finished_and_inside(*readings: Reading) -> tuple[float, ...]:
    """Return how many lengths are over, how many are not, and the days of those that are."""
    told = [it.survival for it in readings if it.survival]
    days = sum((it.finished_mean or 0) * it.finished for it in told)
    return sum(it.finished for it in told), sum(it.inside for it in told), days


# Trends.


def test_a_trend_is_what_measuring_each_period_gives(lived: Kept) -> None:
    reader = lived.reader()
    periods = [*YEAR.split("week")[-8:], day_of(PAST), YEAR]
    for metric in CATALOGUE.values():
        trend = [figures(reading) for reading in measure.trend(reader, metric, periods)]
        assert trend == [figures(measure.measure(reader, metric, period)) for period in periods], metric.name


@pytest.mark.parametrize("unit", ["week", "month"])
def test_the_periods_of_a_trend_add_up_to_the_whole(lived: Kept, unit: Unit) -> None:
    """What happened adds up; a stock is at the end what it is in the last part."""
    reader, parts = lived.reader(), YEAR.split(unit)
    seen = Counter[str]()
    for metric in CATALOGUE.values():
        if metric.kind == "ratio" or ":first" in metric.sql:
            continue
        whole = measure.measure(reader, metric, YEAR)
        if metric.is_level:
            assert figures(measure.trend(reader, metric, parts[-2:])[-1]) == figures(whole), metric.name
        elif not metric.is_read_on_the_day:
            add_up(measure.trend(reader, metric, parts), whole, f"{metric.name} by {unit}")
        seen[metric.kind] += 1
    assert seen.keys() == {"count", "total", "share", "duration", "level"}


# Causes.


def test_the_causes_between_two_days_add_up_to_the_difference(lived: Kept) -> None:
    """In fractions, over ten weeks up to either day; where nothing was edited, all of it happened."""
    before, after = date(2026, 8, 31), date(2026, 11, 22)
    then, now = lived.reader(before), lived.reader(after)
    told = [why(then, then, now, metric, ending(before), ending(after)) for metric in CATALOGUE.values()]
    for answer in told:
        adds_up(answer)
    causes = {cause.name for answer in told for cause in answer.causes}
    assert {"entered", "value changed", "left the period"} <= causes
    assert not {"typed in late", "edited since", "taken back since"} & causes


# Past days.


@contextlib.contextmanager
def cut_off(book: Kept, day: date) -> Iterator[Reader]:
    """Give a reader of a store that ends on a day: a copy of the rows that were there by then, as they were."""
    with contextlib.closing(written(as_of(recorded(book.connection), day), book.connection)) as store:
        yield Reader(store, book.playbook, day)


@pytest.mark.parametrize(("what", "day"), [(SAMPLE, PAST), (ANOTHER, PAST)], ids=str)
def test_as_of_a_day_every_metric_is_what_a_store_cut_off_there_says(
    what: str, day: date, kept: Callable[..., Kept]
) -> None:
    """Its figure, its rows, and its breakdowns by every key."""
    book = kept(what)
    with cut_off(book, day) as then:
        same_answers(book.reader(day), then, day)


@pytest.mark.parametrize("what", KEPT[1:])
def test_as_of_a_day_every_metric_is_what_a_book_lived_so_far_says(
    what: str, kept: Callable[..., Kept], tmp_path: Path
) -> None:
    """The same days, lived until then and no further."""
    with keep(tmp_path / "then.db", what, PAST) as then:
        same_answers(kept(what).reader(PAST), then.reader(), PAST)


def same_answers(looking_back: Reader, at_the_time: Reader, day: date) -> None:
    """Compare all that two readers answer; what a lead, a deal and a client are sorted under is asked once of each."""
    span = Period(YEAR.first, MONDAY, "the whole book")
    sorted_under = set[str | None]()
    for metric in CATALOGUE.values():
        for period in (span, month_of(day), week_of(day)):
            back, now = (measure.measure(it, metric, period) for it in (looking_back, at_the_time))
            assert (metric.name, figures(back)) == (metric.name, figures(now))
        rows, same = (measure.explain(it, metric, span).counted for it in (looking_back, at_the_time))
        assert sorted(map(str, rows)) == sorted(map(str, same)), metric.name
        for key in metric.keys if metric.about in sorted_under else measure.keys_of(metric):
            parts, there = (measure.by(it, metric, span, key) for it in (looking_back, at_the_time))
            assert [(word, figures(part)) for word, part in parts] == [
                (word, figures(part)) for word, part in there
            ], f"{metric.name} by {key}"
        sorted_under.add(metric.about)


def figures(reading: Reading) -> tuple[object, ...]:
    """Return all that a reading says, its metric and period aside."""
    said = (reading.value, reading.n, reading.hits, reading.still_open, reading.interval, reading.states)
    return (*said, reading.left_out, reading.survival, reading.verdict)


# As a user types it.


Pair = tuple[int, int]


def column(book: Kept, key: str, name: str, *words: str) -> list[Any]:
    """Type a command for JSON and return a column of one of its tables."""
    done = run(*words, "--format", "json", db=book.path, today=book.today)
    assert done.code == 0, done.err
    blocks = [block for section in json.loads(done.out)["sections"] for block in section["blocks"]]
    (table,) = (block for block in blocks if block["key"] == key)
    return [row[name] for row in table["rows"]]


def pair(cell: Any) -> Pair:
    """Return the hits and n of a share; of an amount or a number just that."""
    if isinstance(cell, int):
        return cell, 0
    return cell.get("hits", cell.get("minor")), cell.get("of", 0)


def added(told: list[Any]) -> Pair:
    pairs = [pair(cell) for cell in told]
    return sum(hits for hits, _ in pairs), sum(of for _, of in pairs)


@pytest.mark.parametrize("name", ["new_leads", "won_value", "win_rate", "lead_to_win"])
def test_typed_at_the_command_line_the_answers_add_up_too(name: str, kept: Callable[..., Kept]) -> None:
    """The parts of a breakdown to its last row; the quarters of a trend, and the rows behind the figure, to the same."""
    book, year = kept(SAMPLE), ("--for", "2026")
    *parts, whole = column(book, f"{name}_by_source", name, "metric", name, *year, "--by", "source")
    assert pair(whole) != (0, 0)
    assert added(parts) == pair(whole)
    assert added(column(book, f"{name}_trend", name, "metric", name, *year, "--trend", "quarterly")) == pair(
        whole
    )
    if name == "won_value":
        assert added(column(book, "counted", "value", "explain", name, *year)) == pair(whole)
    elif name == "new_leads":
        assert (len(column(book, "counted", "record", "explain", name, *year)), 0) == pair(whole)
    else:
        states = column(book, "counted", "state", "explain", name, *year)
        assert (states.count("won"), len(states)) == pair(whole)


@pytest.mark.parametrize("name", ["pipeline_value", "new_leads"])
def test_typed_at_the_command_line_the_causes_add_up_to_the_difference(
    name: str, kept: Callable[..., Kept]
) -> None:
    """By cause and by record."""
    typed = ("metric", name, "--for", "2026", "--why", "2026-10-01..2026-11-23")
    *causes, difference = column(kept(SAMPLE), "causes", "contribution", *typed)
    assert pair(difference) != (0, 0)
    assert added(causes) == added(column(kept(SAMPLE), "records", "contribution", *typed)) == pair(difference)
