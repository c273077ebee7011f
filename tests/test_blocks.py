"""Every figure once more, as SQL written by hand: what `bench.size` times the program against must say the same."""

from collections.abc import Callable

import pytest

from bench.blocks import SCAN, blocks, differences, parameters
from improv import measure
from improv.dates import parse_period
from improv.metrics import CATALOGUE
from tests.kept import KEPT, Kept

pytestmark = pytest.mark.xdist_group("sample")

PERIODS = ("last 365 days", "last quarter")
WRITTEN = {name: statements for name, statements in blocks().items() if name in CATALOGUE}


def test_every_metric_is_written_by_hand_once() -> None:
    """A ratio is told by its parts; a metric of lengths has the scan it is timed against, too."""
    told = {name for name, metric in CATALOGUE.items() if metric.kind != "ratio"}
    lengths = {SCAN + name for name, metric in CATALOGUE.items() if metric.kind == "duration"}
    assert sorted(WRITTEN.keys() ^ told) == []
    scans = {name for name in blocks() if name.startswith(SCAN)}
    assert sorted(scans ^ lengths) == []


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize("typed", PERIODS)
def test_hand_written_sql_says_the_same(what: str, typed: str, kept: Callable[..., Kept]) -> None:
    """Whatever determines the figure: how many, how many hit, what it adds up to."""
    reader = kept(what).reader()
    period = parse_period(typed, reader.today)
    bound = parameters(reader, period)
    wrong = {}
    for name, statements in WRITTEN.items():
        cursor = reader.connection.execute(statements[-1], bound)
        row = dict(zip((column for column, *_ in cursor.description), cursor.fetchone(), strict=True))
        if found := differences(measure.measure(reader, CATALOGUE[name], period), row):
            wrong[name] = found
    assert wrong == {}
