"""Why a figure changed between two days: over the whole catalogue the causes add up to the difference, exactly."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from improv.dates import Period
from improv.metrics import CATALOGUE, find
from improv.metrics.metric import Metric
from improv.models import Lead, Opportunity, OpportunityOutcome, OpportunityTerms, StageStay
from improv.reader import Reader
from improv.store import Writing
from improv.why import Why, why
from tests.book import TODAY, Book, open_book
from tests.life import Life

THEN = date(2026, 10, 14)
LENGTH = timedelta(days=69)


def ending(day: date) -> Period:
    """Return the ten weeks up to a day."""
    return Period(day - LENGTH, day, f"70 days to {day}")


def told(then_known: Reader, then: Reader, now: Reader, metric: Metric) -> Why:
    assert now.as_of
    return why(then_known, then, now, metric, ending(THEN), ending(now.as_of))


def test_the_causes_add_up_to_the_difference_exactly(tmp_path: Path) -> None:
    """For each metric, with much typed in late, edited and taken back: by record, and by cause."""
    seen = Counter[str]()
    for seed in (1, 3):
        with open_book(tmp_path / f"{seed}.db", TODAY) as book:
            life = Life(book, seed)
            life.live(THEN)
            known = next_entry(book.work)
            # What is typed in late: another life of the same days, and corrections of the first one.
            Life(book, seed + 100).live(THEN)
            life.live(TODAY)
            tamper(book)
            for answer in answers(book, known, *CATALOGUE):
                adds_up(answer)
                seen.update(cause.name for cause in answer.causes)
    assert {"typed in late", "edited since", "taken back since", "entered", "value changed"} <= seen.keys()
    assert {"open → won", "left: won", "left the period", "finished"} <= seen.keys()


def adds_up(answer: Why) -> None:
    """Compare the causes with the difference of the two readings; without one there is nothing to share out."""
    before, after = answer.before.value, answer.after.value
    if answer.difference is None:
        assert before is None or after is None
        assert all(cause.contribution is None for cause in answer.causes)
        return
    assert before is not None
    assert after is not None
    assert float(answer.difference) == pytest.approx(after - before, rel=1e-12, abs=1e-9), after
    assert sum((cause.contribution or 0 for cause in answer.causes), Fraction(0)) == answer.difference
    if answer.after.metric.shows != "median":
        parts = [moved.contribution for cause in answer.causes for moved in cause.records]
        assert None not in parts
        assert sum((part for part in parts if part is not None), Fraction(0)) == answer.difference


def next_entry(work: Writing) -> int:
    """Close the entry of a book and open another; return the number of the first."""
    work.session.flush()
    (number,) = work.connection.execute("SELECT entry_id FROM journal_open").fetchone()
    work.connection.execute(
        "INSERT INTO journal_entry (recorded_at, kind, command) VALUES ('2026-11-01T12:00:00Z', 'do', 'later')"
    )
    work.connection.execute("UPDATE journal_open SET entry_id = (SELECT MAX(id) FROM journal_entry)")
    return int(number)


def tamper(book: Book) -> None:
    """Correct and remove some of what was typed: values, days and activities."""
    book.work.session.flush()
    for sql in (
        "UPDATE opportunity_terms SET value = 5 WHERE id % 3 = 0",
        "UPDATE stage_stay SET since = date(since, '-2 days') WHERE id % 5 = 0 AND sequence > 0",
        "DELETE FROM activity WHERE id % 4 = 0",
        "UPDATE lead SET source = 'web' WHERE id % 4 = 1",
    ):
        book.work.connection.execute(sql)


def add_deal(book: Book, opened: str, outcome: str | None = None, closed: str = "", **terms: object) -> int:
    """Write an opportunity, closed or open, and return its number."""
    deal = book.add(Opportunity, title="deal", title_folded="deal", opened_on=opened)
    assert deal.id
    book.add(
        StageStay, opportunity_id=deal.id, stage="proposal", since=opened, until=closed or None, sequence=0
    )
    book.add(OpportunityTerms, opportunity_id=deal.id, on_day=opened, **terms)
    if outcome:
        book.add(OpportunityOutcome, opportunity_id=deal.id, outcome=outcome, stage="proposal", since=closed)
    return deal.id


def answers(book: Book, known: int, *names: str) -> list[Why]:
    """Ask why each metric changed from 14 October, when `known` was the last entry, to today."""
    book.work.session.flush()
    then_known = Reader(book.work.connection, book.work.playbook, TODAY, as_of=THEN, known_on=known)
    return [told(then_known, book.reader(THEN), book.reader(TODAY), find(name)) for name in names]


def shares(answer: Why) -> list[tuple[str, list[str], Fraction | int | None]]:
    """Return each cause with its records and what it adds."""
    return [
        (cause.name, [moved.ref for moved in cause.records], cause.contribution) for cause in answer.causes
    ]


def test_a_share_is_shared_out_by_hits_and_rows(book: Book) -> None:
    """1 of 2 then; a loss typed in late and a win since make it 2 of 4: each moved it by an eighth."""
    add_deal(book, "2026-10-01", "won", "2026-10-05")
    add_deal(book, "2026-10-01", "lost", "2026-10-06")
    add_deal(book, "2026-10-01")
    known = next_entry(book.work)
    late = add_deal(book, "2026-10-02", "lost", "2026-10-07")
    won = add_deal(book, "2026-10-20", "won", "2026-11-02")
    (answer,) = answers(book, known, "win_rate")
    assert (answer.before.hits, answer.before.n, answer.after.hits, answer.after.n) == (1, 2, 2, 4)
    assert answer.difference == 0
    assert shares(answer) == [
        ("typed in late", [f"O{late}"], Fraction(-1, 8)),
        ("entered", [f"O{won}"], Fraction(1, 8)),
    ]


def test_a_level_loses_what_was_won_and_gains_what_was_opened_edited_or_raised(book: Book) -> None:
    """10.00 was mistyped, 20.00 was won, 30.00 was raised by 5.00, 7.00 is new."""
    edited = add_deal(book, "2026-10-01", value=1000)
    won = add_deal(book, "2026-10-01", "won", "2026-11-02", value=2000)
    raised = add_deal(book, "2026-10-01", value=3000)
    known = next_entry(book.work)
    book.work.connection.execute(
        "UPDATE opportunity_terms SET value = 1100 WHERE opportunity_id = ?", (edited,)
    )
    book.add(OpportunityTerms, opportunity_id=raised, on_day="2026-11-01", value=3500)
    new = add_deal(book, "2026-11-03", value=700)
    (answer,) = answers(book, known, "pipeline_value")
    assert (answer.before.value, answer.after.value) == (6000, 5300)
    assert answer.difference == -700
    assert shares(answer) == [
        ("edited since", [f"O{edited}"], 100),
        ("entered", [f"O{new}"], 700),
        ("value changed", [f"O{raised}"], 500),
        ("left: won", [f"O{won}"], -2000),
    ]


def test_a_median_is_replayed_cause_by_cause(book: Book) -> None:
    """4 days ended and 5 so far: 4.5; the second is 44 so far: 24; a third of 9 days: 9."""
    add_deal(book, "2026-10-10", "lost", "2026-10-14")
    inside = add_deal(book, "2026-10-09")
    known = next_entry(book.work)
    third = add_deal(book, "2026-10-20", "lost", "2026-10-29")
    (answer,) = answers(book, known, "time_in_stage")
    assert (answer.before.value, answer.after.value) == (4.5, 9)
    assert [(name, refs) for name, refs, _ in shares(answer)] == [
        ("entered", [f"O{third}"]),
        ("matured", [f"O{inside}"]),
    ]
    # With the third the median of 4, 5 so far and 9 is 9; that the second stays on changes nothing.
    assert [part for *_, part in shares(answer)] == [Fraction(9, 2), 0]
    assert "replayed in this order" in answer.note


def test_what_became_won_matures_in_a_share_with_open_rows(book: Book) -> None:
    """Open then, won now: the cause names both states."""
    deal = add_deal(book, "2026-10-01", "won", "2026-11-02")
    add_deal(book, "2026-10-01", "lost", "2026-10-02")
    (answer,) = answers(book, next_entry(book.work), "pipeline_entry_to_win")
    assert shares(answer) == [("open → won", [f"O{deal}"], Fraction(1, 2))]


def test_what_was_taken_back_or_is_left_out_now_is_told(book: Book) -> None:
    """A lead removed since, and a win that was reopened."""
    lead = book.add(Lead, name="Ann", name_folded="ann", received_on="2026-10-01")
    book.add(Lead, name="Bob", name_folded="bob", received_on="2026-10-01")
    won = add_deal(book, "2026-10-01", "won", "2026-10-05")
    known = next_entry(book.work)
    book.work.connection.execute("DELETE FROM lead WHERE id = ?", (lead.id,))
    book.work.connection.execute("UPDATE opportunity_outcome SET until = '2026-11-01'")
    leads, wins = answers(book, known, "new_leads", "won_deals")
    assert shares(leads) == [("taken back since", [f"L{lead.id}"], -1)]
    assert shares(wins) == [("left out: reopened since", [f"O{won}"], -1)]


def test_from_nothing_there_is_no_difference(book: Book) -> None:
    """An empty store has no causes; a first figure has causes without parts."""
    known = next_entry(book.work)
    assert [(one.difference, one.causes) for one in answers(book, known, "win_rate", "new_leads")] == [
        (None, ()),
        (0, ()),
    ]
    won = add_deal(book, "2026-10-20", "won", "2026-11-02")
    (answer,) = answers(book, known, "win_rate")
    assert (answer.difference, shares(answer)) == (None, [("entered", [f"O{won}"], None)])
