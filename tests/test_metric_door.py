"""`improv metric` as it is typed: over time, against an earlier period, and why a figure changed."""

import json
import shlex
from pathlib import Path

import pytest

from tests.run import run
from tests.session import behind, must

TYPED = (
    ("2026-07-06", "lead add Ada --source web --on 2026-07-01"),
    ("2026-07-06", "lead add Bob --on 2026-07-02"),
    ("2026-10-01", "opp add ada --title Audit --value 10k"),
    ("2026-10-01", "opp add bob --title Shop --value 4k"),
    ("2026-10-05", "opp lost shop --because price"),
    ("2026-10-30", "opp won audit"),
    ("2026-11-03", "lead add Cora"),
    ("2026-11-16", "opp add cora --title Site --value 2k"),
    ("2026-11-20", "lead add Dan"),
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of two quarters, each command recorded on the day it was typed."""
    path = tmp_path_factory.mktemp("door") / "improv.db"
    for number, (day, command) in enumerate(TYPED, 1):
        must(command, path, day)
        behind(path, f"UPDATE journal_entry SET recorded_at = '{day}T12:00:00Z' WHERE id = {number}")
    return path


def table(command: str, db: Path, title: str) -> list[list[str]]:
    """Return the rows of a table on a page, its heading aside."""
    lines = must(command, db, "2026-11-23").out.splitlines()
    rows = [line.split("\t") for line in lines[lines.index(f"## {title}") + 1 :]]
    header = next(place for place, row in enumerate(rows) if len(row) > 1)
    rows = rows[header + 1 :]
    return rows[: next((place for place, row in enumerate(rows) if len(row) == 1), len(rows))]


def change(command: str, db: Path) -> str:
    """Return the words of a scorecard's change."""
    page = json.loads(must(f"{command} --format json", db, "2026-11-23").out)
    (score,) = page["sections"][0]["blocks"][0]["scores"]
    return str(score["change"])


def test_a_trend_is_a_table_of_the_last_steps(db: Path) -> None:
    """Six weeks, months, quarters or years, the one under way last; with interval and verdict."""
    assert [row[0] for row in table("metric new-leads --trend weekly", db, "New leads over time")] == [
        "2026-W43",
        "2026-W44",
        "2026-W45",
        "2026-W46",
        "2026-W47",
        "2026-W48",
    ]
    months = table("metric new-leads --trend monthly", db, "New leads over time")
    assert [(row[0], row[1]) for row in months] == [
        ("Jun 2026", "0"),
        ("Jul 2026", "2"),
        ("Aug 2026", "0"),
        ("Sep 2026", "0"),
        ("Oct 2026", "0"),
        ("Nov 2026", "2"),
    ]
    assert months[1][2:] == ["≥ 62.000000", "below target"]
    quarters = table("metric win-rate --trend quarterly", db, "Win rate over time")
    assert quarters[-1] == ["2026-Q4", "50.0000% (1 of 2)", "9.4531–90.5469%"]
    assert quarters[-2][1:] == ["–", "–"]
    years = table("metric new-leads --trend yearly", db, "New leads over time")
    assert [(row[0], row[1]) for row in years[-2:]] == [("2025", "0"), ("2026", "4")]


def test_a_trend_goes_through_the_period_given_and_ends_today(db: Path) -> None:
    """A year by quarter, without the quarters to come; a half by month."""
    year = table("metric new-leads --for 2026 --trend quarterly", db, "New leads over time")
    assert [row[0] for row in year] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    months = table("metric new-leads --for 2026-06..2026-12 --trend monthly", db, "New leads over time")
    assert [row[1] for row in months] == ["0", "2", "0", "0", "0", "2"]


def test_a_share_against_an_earlier_period_is_told_with_newcombes_interval(db: Path) -> None:
    """1 of 2 in October and November against nothing, and against itself earlier."""
    assert change("metric win-rate --for 2026-10 --against 2026-09", db) == (
        "nothing to compare with Sep 2026: nothing"
    )
    # 1 of 1 after 16 October against 0 of 1 before: +100 points, by Newcombe from -12.2.
    later, earlier = "2026-10-16..2026-10-31", "2026-10-01..2026-10-15"
    assert change(f"metric win-rate --for {later} --against {earlier}", db) == (
        "+100.0 points (-12.2 to +100.0) against 2026-10-01..2026-10-15: 0.0%, 0 of 1, too few to tell"
    )


def test_a_count_under_way_is_compared_with_as_many_days(db: Path) -> None:
    """On day 23 of November the first 23 days of July count; a total is told in money, without a verdict."""
    assert change("metric new-leads --against 2026-07", db) == (
        "+0 against the first 23 days of Jul 2026: 2, too few to tell"
    )
    assert change("metric won-value --for 2026-10 --against 2026-09", db) == "+10,000 against Sep 2026: 0"


def test_why_names_the_records_and_ends_with_the_difference(db: Path) -> None:
    """The pipeline held 10,000 mid-October; that was won, and 2,000 is new."""
    command = "metric pipeline-value --why 2026-10-15..today"
    assert "2026-10-15, as known then\t10000.00" in must(command, db).out
    assert table(command, db, "Causes") == [
        ["entered", "1", "2000.00"],
        ["left: won", "1", "-10000.00"],
        ["difference", "2", "-8000.00"],
    ]
    assert table(command, db, "Records") == [
        ["O3 Site", "entered", "–", "2,000", "2000.00"],
        ["O1 Audit", "left: won", "10,000", "–", "-10000.00"],
    ]


def test_why_reads_a_flow_over_as_many_days_as_the_period_has(db: Path) -> None:
    """Thirty days are this November's; `--for` says another length, and the page says which."""
    out = must("metric new-leads --why 2026-07-31..today", db).out
    assert "the 30 days up to 2026-07-31, as known then\t1" in out
    assert "the 30 days up to 2026-11-23\t2" in out
    told = must("metric new-leads --why 2026-07-31..today --for 'last 40 days'", db).out
    assert "the 40 days up to 2026-07-31, as known then\t2" in told


def test_why_tells_what_was_typed_in_late(db: Path) -> None:
    """On 3 July nothing was typed in yet: what was received by then came later."""
    causes = table("metric new-leads --why 2026-07-03..2026-07-04", db, "Causes")
    assert causes == [["typed in late", "2", "2"], ["difference", "2", "2"]]
    # As known then, nothing could be late.
    known = table("metric new-leads --why 2026-07-03..2026-07-04 --known-on 2026-07-04", db, "Causes")
    assert known == [["difference", "0", "0"]]


def test_a_difference_from_nothing_is_said_to_be_none(db: Path) -> None:
    """No sale was closed by September, so a win rate cannot have moved from it."""
    out = must("metric win-rate --why 2026-09-01..today", db).out
    assert "One of the two days has no figure, so there is no difference to share out." in out
    assert "difference\t1\t–" in out


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ("--trend daily", "a trend goes by week, month, quarter or year"),
        ("--trend weekly --by source", "these are different questions"),
        ("--for 2026-07 --against 2026-08", "the period to compare with must be the earlier one"),
        ("--why today", "--why takes two days, neither to come"),
        ("--why today..tomorrow", "--why takes two days, neither to come"),
        ("--why tomorrow..today", "the period ends before it begins"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(options: str, first: str, db: Path) -> None:
    """One question at a time, about the past."""
    result = run("metric", "new-leads", *shlex.split(options), db=db, today="2026-11-23")
    assert (result.code, result.told[0]) == (2, f"improv: {first}")


def test_on_an_empty_store_every_question_is_answered(tmp_path: Path) -> None:
    """Nothing underneath is a dash, never a failure; a trend of nothing is a sentence."""
    db = tmp_path / "improv.db"
    must("init", db)
    for name in ("win-rate", "time-in-stage", "visits-per-client", "pipeline-value"):
        for question in ("--against 'last month'", "--why '1 nov..today'"):
            assert "–" in must(f"metric {name} {question}", db).out or name == "pipeline-value"
        trend = must(f"metric {name} --trend monthly", db).out.splitlines()
        assert trend[-1] == "Nothing is recorded from Jun 2026 to Nov 2026."
