"""The weighted pipeline by own history: worked by hand, of a past day, and against a calculation of its own."""

from datetime import date
from fractions import Fraction

import pytest

from improv import measure, playbook
from improv.dates import Period, day_of
from improv.metrics import find
from improv.statistics import shrunk
from tests.book import TODAY, Book
from tests.life import Life
from tests.test_metrics import measured, opportunity, outcome, stays, terms

NAME = "weighted_pipeline_by_history"


def close(book: Book, how: str, on: str, *stages: str, **fields: object) -> int:
    """Let an opportunity go through stages, a day each from 1 October on, and end."""
    deal = opportunity(book, "2026-10-01")
    steps = [(stage, f"2026-10-{day:02}", f"2026-10-{day + 1:02}") for day, stage in enumerate(stages, 1)]
    stays(book, deal, *steps)
    outcome(book, deal, on, how, stage=stages[-1], **fields)
    return deal


def leave_open(book: Book, stage: str, value: int, on: str = "2026-10-01") -> None:
    deal = opportunity(book, on)
    stays(book, deal, (stage, on, None))
    terms(book, deal, on, value=value)


def history(book: Book, on: date | str = TODAY) -> dict[object, tuple[int, int]]:
    """Return the won and all of those closed by a day, by the stage they had entered."""
    day = date.fromisoformat(on) if isinstance(on, str) else on
    ever = Period(date.min, day, "ever")
    parts = measure.by(book.reader(), find("win_rate_from_stage"), ever, "stage")
    return {key[0]: (part.hits, part.n) for key, part in parts}


def test_a_stage_leads_to_a_win_as_often_as_it_did_drawn_towards_its_default(book: Book) -> None:
    """From Proposal 1 of 4 was won; with 63% of 8 more that is 6.04 of 12: 50.33% of 1,200.00 are 604.00."""
    close(book, "won", "2026-10-20", "proposal")
    close(book, "lost", "2026-10-20", "proposal")
    close(book, "lost", "2026-10-20", "intro", "proposal")
    close(book, "no decision", "2026-10-20", "proposal")
    close(book, "won", "2026-10-20", "intro")
    leave_open(book, "proposal", 120000)
    assert history(book) == {"intro": (1, 2), "proposal": (1, 4)}
    assert measured(book, NAME).value == 60400
    assert shrunk(1, 4, 0.63, 8) == pytest.approx(0.5033, abs=5e-5)


def test_without_history_the_default_stands_alone(book: Book) -> None:
    leave_open(book, "proposal", 120000)
    assert measured(book, NAME).value == measured(book, "weighted_pipeline").value == 75600
    assert shrunk(0, 0, 0.63, 8) == pytest.approx(0.63)
    assert shrunk(0, 0, 0.63, 0) is None


def test_a_stage_counts_once_for_each_opportunity_however_often_it_was_entered(book: Book) -> None:
    close(book, "lost", "2026-10-20", "proposal", "intro", "proposal")
    assert history(book) == {"intro": (0, 1), "proposal": (0, 1)}


def test_a_reopened_one_counts_only_while_it_was_closed(book: Book) -> None:
    deal = close(book, "lost", "2026-10-05", "proposal", until="2026-10-10")
    assert [history(book, f"2026-10-{day}") for day in ("04", "05", "09", "10")] == [
        {},
        {"proposal": (0, 1)},
        {"proposal": (0, 1)},
        {},
    ]
    outcome(book, deal, "2026-10-20", "won", stage="proposal")
    assert history(book) == {"proposal": (1, 1)}


def test_a_win_of_today_changes_no_past_figure(book: Book) -> None:
    """By 15 October one was lost: (0 + 8 x 63%) / 9 of 900.00 are 504.00, whatever happened since."""
    close(book, "lost", "2026-10-15", "proposal")
    leave_open(book, "proposal", 90000)
    assert measured(book, NAME, "2026-10-14").value == 56700
    assert measured(book, NAME, "2026-10-15").value == 50400
    close(book, "won", TODAY.isoformat(), "proposal")
    assert measured(book, NAME, "2026-10-15").value == 50400
    assert measured(book, NAME, as_of="2026-10-15").value == 50400
    trend = measure.trend(book.reader(), find(NAME), [day_of(date(2026, 10, 15)), day_of(TODAY)])
    assert [reading.value for reading in trend] == [50400, 54360]  # 1 of 2 by now: (100 + 504) / 10 percent


def test_what_has_no_probability_is_listed_and_never_guessed(book: Book) -> None:
    """Also where others were won from that stage: there is nothing to draw it towards."""
    close(book, "won", "2026-10-20", "a stage of old")
    leave_open(book, "a stage of old", 1000)
    leave_open(book, "proposal", 1000)
    opportunity(book, "2026-10-01")
    reading = measured(book, NAME)
    assert (reading.value, reading.n) == (630, 1)
    assert reading.left_out == {"no probability for its stage": 1, "no value": 1}


def test_a_default_worth_nothing_leaves_history_alone(book: Book) -> None:
    """With a weight of 0 the shares are those found, and a stage without history has none."""
    bare = playbook.load(overrides={"limit": {"history_weight": 0}})
    close(book, "won", "2026-10-20", "proposal")
    close(book, "lost", "2026-10-20", "proposal")
    leave_open(book, "proposal", 1000)
    leave_open(book, "overcome", 1000)
    reading = measure.measure(book.reader(playbook=bare), find(NAME), day_of(TODAY))
    assert (reading.value, reading.left_out) == (500, {"no history of its stage": 1})


def test_it_agrees_with_a_calculation_of_its_own_on_any_day(book: Book) -> None:
    """Plain Python over the rows of a random book; each opportunity is exact to a hundredth of a cent."""
    Life(book, 6).live(TODAY)
    for day in ("2026-09-10", "2026-10-14", TODAY.isoformat()):
        exact, counted = weighed(book, day)
        reading = measured(book, NAME, day)
        assert reading.n == counted
        assert reading.value is not None
        assert 0 <= exact - Fraction(reading.value) <= Fraction(counted, 100)
        assert counted > 3


def weighed(book: Book, day: str) -> tuple[Fraction, int]:
    """Weigh every open opportunity of a day by the history of its stage up to then."""
    rows = book.reader().rows
    standing: dict[int, str] = {}
    for row in rows("SELECT * FROM opportunity_outcome ORDER BY id"):
        if row["since"] <= day and (row["until"] is None or row["until"] > day):
            standing[row["opportunity_id"]] = row["outcome"]
    entered: dict[str, set[int]] = {}
    inside: dict[int, str] = {}
    for row in rows("SELECT * FROM stage_stay ORDER BY sequence"):
        if row["since"] <= day:
            entered.setdefault(row["stage"], set()).add(row["opportunity_id"])
            if row["until"] is None or row["until"] > day:
                inside[row["opportunity_id"]] = row["stage"]
    worth = {
        row["opportunity_id"]: row["value"]
        for row in rows("SELECT * FROM opportunity_terms ORDER BY on_day, id")
        if row["on_day"] <= day
    }
    defaults = {stage.key: stage.probability for stage in book.work.playbook.stages}
    total, counted = Fraction(0), 0
    for deal, stage in inside.items():
        if deal in standing or worth.get(deal) is None:
            continue
        closed = [standing[it] for it in entered[stage] if it in standing]
        total += (
            worth[deal]
            * Fraction(100 * closed.count("won") + 8 * (defaults[stage] or 0), len(closed) + 8)
            / 100
        )
        counted += 1
    return total, counted
