"""Every page once more, as SQL written by hand: what `bench.size` times it against must say the same."""

import sqlite3
from collections.abc import Callable

import pytest

from bench import pages
from bench.blocks import blocks, parameters
from improv.dates import parse_period
from improv.reports import make
from improv.reports.catalogue import CATALOGUE
from improv.show import render
from tests.kept import SAMPLE, Kept

pytestmark = pytest.mark.xdist_group("sample")

WRITTEN = {name: found for name, found in blocks().items() if name.startswith("report ")}
TEN = [one.name for one in CATALOGUE.values() if "report" in one.source]


def test_the_week_the_scorecard_and_the_ten_reports_are_written() -> None:
    """Those of which it is promised how long they may take."""
    assert sorted(WRITTEN) == sorted(f"report {name}" for name in ("weekly", "scorecard", *TEN))


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_says_what_hand_written_sql_says(name: str, kept: Callable[..., Kept]) -> None:
    """Its tables, row by row; its scorecards are made of metrics, and those have tests of their own."""
    reader = kept(SAMPLE).reader()
    report = name.removeprefix("report ")
    period = parse_period(CATALOGUE[report].period, reader.today)
    page = render(make(report, reader, period), "json")
    cursor = reader.connection.cursor()
    cursor.row_factory = sqlite3.Row
    answers = [cursor.execute(one, parameters(reader, period)).fetchall() for one in WRITTEN[name]]
    assert pages.differences(page, [[dict(row) for row in rows] for rows in answers]) == []
    assert any(answers)


def test_the_figures_of_a_page_are_those_of_its_scorecards_and_their_trends(
    kept: Callable[..., Kept],
) -> None:
    """A ratio is two, and what two ratios share is asked once."""
    reader = kept(SAMPLE).reader()
    found = [(metric.name, period.label) for metric, period in pages.figures(reader, "report visits")]
    assert len(found) == len(set(found))
    assert {"visits_of_year", "client_days_of_year"} <= {name for name, _ in found}
    assert pages.figures(reader, "alerts") == []
