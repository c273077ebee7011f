"""The page of the metrics says what the catalogue says."""

from pathlib import Path

from improv import playbook
from improv.metrics import CATALOGUE
from improv.metrics_page import page

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"


def test_the_committed_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text("utf-8") == page(playbook.load())


def test_every_metric_has_its_line_with_its_target() -> None:
    book = playbook.load(overrides={"target": {"sales_cycle": {"less_than": 60}}})
    rows = [line for line in page(book).splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(CATALOGUE)
    assert {row.count(" | ") for row in rows} == {7}
    (cycle,) = (row for row in rows if "| < 60 days |" in row)
    assert cycle.startswith("| `sales_cycle`")
    assert any("| 35–40% |" in row for row in rows)
    assert any("| ≥ 2 a day |" in row for row in rows)


def test_no_two_metrics_are_called_alike() -> None:
    """A scorecard shows titles alone."""
    titles = [metric.title for metric in CATALOGUE.values()]
    assert len(titles) == len(set(titles))
