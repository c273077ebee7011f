"""Every page once more, as SQL written by hand: what `bench.size` times it against must say the same."""

import json
import sqlite3
from collections.abc import Callable

import pytest

from bench import pages
from bench.blocks import DAYS, added_up, blocks, differences, parameters
from improv import measure
from improv.dates import parse_period
from improv.metrics import CATALOGUE as METRICS
from improv.reports import make
from improv.reports.catalogue import CATALOGUE
from improv.show import render
from tests.kept import SAMPLE, Kept

pytestmark = pytest.mark.xdist_group("sample")

FLAGS = blocks()["alerts"]
WRITTEN = {name: found for name, found in blocks().items() if name.startswith("report ")}
# All of them are lines of metrics, each of which has SQL of its own.
NOT_WRITTEN = {"goals", "kpi"}


def test_every_report_of_figures_is_written() -> None:
    """Those of which it is promised how long they may take."""
    assert sorted(WRITTEN) == sorted(f"report {name}" for name in CATALOGUE.keys() - NOT_WRITTEN)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_says_what_hand_written_sql_says(name: str, kept: Callable[..., Kept]) -> None:
    """Its tables, row by row; its scorecards are made of metrics, and those have tests of their own."""
    reader = kept(SAMPLE).reader()
    report = name.removeprefix("report ")
    period = parse_period(CATALOGUE[report].period, reader.today)
    page = render(make(report, reader, period), "json")
    cursor = reader.connection.cursor()
    cursor.row_factory = sqlite3.Row
    # The red flags have a test of their own: on a page the snoozed ones are left out, and quotas are judged.
    statements = [one for one in WRITTEN[name] if one not in FLAGS]
    answers = [cursor.execute(one, parameters(reader, period)).fetchall() for one in statements]
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


def test_one_answer_tells_of_several_tables_where_its_rows_say_of_which() -> None:
    """Each must be the whole of that table: the same rows of another are not on the page."""
    month, year = ([{"owner": "Sam", "reached": reached}] for reached in (3, 7))
    tables = [{"kind": "table", "key": key, "rows": rows} for key, rows in (("month", month), ("year", year))]
    page = json.dumps({"sections": [{"blocks": tables}]})
    told = [
        {"of_table": key, "owner": "Sam", "reached": reached} for key, reached in (("month", 3), ("year", 7))
    ]
    swapped = [{**row, "of_table": other["of_table"]} for row, other in zip(told, told[::-1], strict=True)]
    assert pages.differences(page, [told, month, year]) == []
    assert len(pages.differences(page, [swapped])) == len(swapped)


@pytest.mark.parametrize("name", [name.removeprefix(DAYS) for name in blocks() if name.startswith(DAYS)])
def test_what_is_told_by_day_adds_up_to_the_metric(name: str, kept: Callable[..., Kept]) -> None:
    """In a quarter out of the days of a year, as a page adds up its trend."""
    reader = kept(SAMPLE).reader()
    year, quarter = (parse_period(typed, reader.today) for typed in ("last 365 days", "last quarter"))
    cursor = reader.connection.cursor()
    cursor.row_factory = sqlite3.Row
    (statement,) = blocks()[DAYS + name]
    rows = [dict(row) for row in cursor.execute(statement, parameters(reader, year))]
    told = added_up(rows, quarter)
    assert told
    assert differences(measure.measure(reader, METRICS[name], quarter), told) == []
