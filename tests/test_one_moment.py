"""A page shows one moment: it asks nothing twice, and what it adds up from what it has read is what it would be alone."""

from collections import Counter
from collections.abc import Callable

import pytest

from improv import measure
from improv.dates import parse_period
from improv.metrics import named
from improv.reader import Reader
from improv.report import Report, Score, Scorecard
from improv.reports import make
from improv.reports.catalogue import CATALOGUE
from improv.scores import score
from tests.kept import SAMPLE, Kept

pytestmark = pytest.mark.xdist_group("sample")


def a_page(reader: Reader, name: str) -> Report:
    """Return a report about its own period."""
    typed = CATALOGUE[name].period
    return make(name, reader, parse_period(typed, reader.today) if typed else None)


def lines(page: Report) -> dict[str, Score]:
    """Return the first line of each metric on a page."""
    blocks = [block for section in page.sections for block in section.blocks if isinstance(block, Scorecard)]
    return {line.metric: line for block in reversed(blocks) for line in block.scores}


@pytest.mark.parametrize("name", [name for name, one in CATALOGUE.items() if one.groups])
def test_a_page_asks_nothing_twice(name: str, kept: Callable[..., Kept]) -> None:
    """Of a metric, that is: the same statement about the same days."""
    reader = kept(SAMPLE).reader()
    asked: Counter[str] = Counter()
    reader.connection.set_trace_callback(lambda sql: asked.update([sql]))
    try:
        a_page(reader, name)
    finally:
        reader.connection.set_trace_callback(None)
    assert [sql for sql, times in asked.items() if times > 1 and "AS valued" in sql] == []


@pytest.mark.parametrize("name", [name for name, one in CATALOGUE.items() if one.groups])
def test_a_line_says_on_a_page_what_it_says_alone(name: str, kept: Callable[..., Kept]) -> None:
    """Its figure, its interval, its change and its notes, out of rows that were read for a trend."""
    reader = kept(SAMPLE).reader()
    period = parse_period(CATALOGUE[name].period, reader.today)
    scored = [metric for group in CATALOGUE[name].groups.values() for metric in group]
    page = lines(a_page(reader, name))
    alone = [score(reader, named(metric, reader.playbook), period) for metric in scored]
    assert [page[metric]._replace(trend=()) for metric in scored] == alone


@pytest.mark.parametrize(
    ("name", "key"),
    [("won_value", "source"), ("points", "kind"), ("win_rate", "source"), ("event_gap", "assigned_to")],
)
def test_what_was_read_ahead_by_a_key_says_what_it_says_alone(
    name: str, key: str, kept: Callable[..., Kept]
) -> None:
    """The months and the quarter of a year that was read once, and another year that was not."""
    reader = kept(SAMPLE).reader()
    metric, page = named(name, reader.playbook), reader.of_one_moment()
    typed = ("this year", "2026-Q3", "2026-07", "2026-11", "2025")
    year, *_ = periods = [parse_period(one, reader.today) for one in typed]
    measure.read_ahead(page, metric, year, key)
    asked: list[str] = []
    reader.connection.set_trace_callback(asked.append)
    found = [measure.by(page, metric, period, key) for period in periods]
    reader.connection.set_trace_callback(None)
    assert found == [measure.by(reader, metric, period, key) for period in periods]
    assert len([sql for sql in asked if "AS valued" in sql]) == 1
    assert any(part.n for part in dict(found[0]).values())


@pytest.mark.parametrize("name", ["campaign_wins", "campaign_roi"])
def test_what_was_read_ahead_by_many_keys_says_the_same_by_some(name: str, kept: Callable[..., Kept]) -> None:
    """Of the two of a ratio, too; and nothing is asked again."""
    reader = kept(SAMPLE).reader()
    metric, page = named(name, reader.playbook), reader.of_one_moment()
    year = parse_period("this year", reader.today)
    measure.read_ahead(page, metric, year, "campaign", "type", "subtype")
    asked: list[str] = []
    reader.connection.set_trace_callback(asked.append)
    found = [measure.by(page, metric, year, *keys) for keys in (("campaign",), ("subtype", "type"))]
    reader.connection.set_trace_callback(None)
    assert found == [measure.by(reader, metric, year, *keys) for keys in (("campaign",), ("subtype", "type"))]
    assert asked == []
    assert all(len(parts) > 1 for parts in found)


def test_a_level_is_told_of_its_periods_in_any_order(kept: Callable[..., Kept]) -> None:
    """The same of each as alone: what came and went since the period before is added, or taken back."""
    reader = kept(SAMPLE).reader()
    metric = named("active_clients", reader.playbook)
    months = parse_period("2026", reader.today).split("month")
    alone = [measure.measure(reader, metric, month) for month in months]
    assert measure.trend(reader, metric, months) == alone
    assert measure.trend(reader, metric, months[::-1]) == alone[::-1]
    assert len({reading.n for reading in alone}) > 1


def test_what_was_read_is_not_kept_beyond_the_page(kept: Callable[..., Kept]) -> None:
    """A reader that lives on sees what is written; only the page's own keeps what it was told."""
    reader = kept(SAMPLE).reader()
    found = iter("ab")
    assert [reader.kept("x", lambda: next(found)) for _ in "12"] == ["a", "b"]
    page = reader.of_one_moment()
    assert [page.kept("x", lambda: "c"), page.kept("x", lambda: "d")] == ["c", "c"]
