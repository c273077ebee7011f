"""The views of queries: their names stay, they say what the lists say, and the page of them is fresh."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from improv import measure, playbook, query
from improv.dates import parse_period
from improv.history import HISTORY
from improv.lists import table as listed
from improv.metrics import find
from improv.reader import expand_days
from improv.report import Days, Money
from improv.views import VIEWS
from improv.views_page import page
from tests.kept import SAMPLE, Kept

pytestmark = pytest.mark.xdist_group("sample")

HERE = Path(__file__).parent
# A promise to whoever wrote a query: a line may be added and grow, nothing may go.
PROMISED = dict(line.split(": ") for line in (HERE / "views.txt").read_text("utf-8").splitlines())


def test_no_view_and_no_column_goes_and_what_comes_is_promised_too() -> None:
    assert {
        name: " ".join(column.name for column in view.columns) for name, view in VIEWS.items()
    } == PROMISED


def test_the_committed_page_is_what_the_views_say() -> None:
    assert (HERE.parent / "docs" / "views.md").read_text("utf-8") == page(playbook.load())


def test_no_view_is_called_like_a_table_of_ours() -> None:
    """Else a query would read the table itself, where the view was not put before it."""
    assert not VIEWS.keys() & HISTORY.keys()


def test_every_view_can_be_read_on_any_day_and_shows_every_record(kept: Callable[..., Kept]) -> None:
    """The sample book has rows for all of them; half a year ago there were fewer."""
    book = kept(SAMPLE)
    for name, view in VIEWS.items():
        asked = query.checked(f"SELECT * FROM {name}", book.playbook)
        assert asked.columns == tuple(column.name for column in view.columns)
        now = query.table(book.reader(), asked)
        if not view.where:
            assert len(now.rows) == book.reader().value(f"SELECT COUNT(*) FROM {view.table}")
        past = query.table(book.reader(book.today.replace(month=5)), asked)
        assert len(past.rows) <= len(now.rows), name


def test_what_a_view_shows_is_what_the_list_of_the_noun_shows(kept: Callable[..., Kept]) -> None:
    """Owner, value, stage, status and health are those of the day, now and in the past."""
    same = {
        "lead": ("leads", "name company received_on owner score"),
        "opportunity": ("opportunities", "title party status value close_on owner"),
        "client": ("clients", "name since_on status owner health last_visit_on revenue"),
        "task": ("tasks", "what due_on status created_on owner"),
        "event": ("events", "scheduled_for scheduled_time gap status owner"),
        "touch": ("touches", "kind on_day at_time page seconds"),
        "visitor": ("visitors", "seen_on attributed_on"),
        "link": ("links", "url made_on"),
        "enrolment": ("enrolments", "since status until because"),
        "saved_list": ("saved_lists", "name saved_on"),
    }
    alias = {
        "lead received": "received_on",
        "client since": "since_on",
        "client last_visit": "last_visit_on",
        "task due": "due_on",
        "event time": "scheduled_time",
        "touch time": "at_time",
    }
    book = kept(SAMPLE)
    for day in (None, book.today.replace(month=7)):
        reader = book.reader(day)
        for noun, (view, names) in same.items():
            wanted = ["id", *names.split()]
            found = query.table(
                reader, query.checked(f"SELECT {', '.join(wanted)} FROM {view}", book.playbook)
            )
            made = listed(reader, noun, {})
            places = {
                alias.get(f"{noun} {column.key}", column.key): place
                for place, column in enumerate(made.columns)
            }
            assert sorted(found.rows) == sorted(
                tuple(row[places[name]] for name in wanted) for row in made.rows
            )


def test_what_earned_points_is_what_the_metric_counts(kept: Callable[..., Kept]) -> None:
    book = kept(SAMPLE)
    year = parse_period("last 365 days", book.today)
    ends = {"first": year.first.isoformat(), "last": year.last.isoformat()}
    text = """SELECT kind, SUM(earned) AS n FROM points_earned
        WHERE earned > 0 AND day BETWEEN :first AND :last GROUP BY kind"""
    rows = query.table(book.reader(), query.checked(text, book.playbook, ends), ends).rows
    by_kind = {
        words[0]: part.value for words, part in measure.by(book.reader(), find("points"), year, "kind")
    }
    assert rows
    assert sorted(rows) == sorted((kind, value) for kind, value in by_kind.items() if value)


def test_a_column_is_shown_as_what_its_name_is(kept: Callable[..., Kept]) -> None:
    """A sum of amounts called like one is an amount; what has another name is what it looks like."""
    book = kept(SAMPLE)
    text = """SELECT owner, SUM(value) AS value, SUM(value) AS total, MAX(close_on) AS latest, MIN(close_on) AS close_on,
        AVG(days(opened_on, :today)) AS days, COUNT(*) AS n FROM opportunities"""
    found = query.table(book.reader(), query.checked(text, book.playbook))
    assert [column.kind for column in found.columns] == [
        "text",
        "money",
        "number",
        "day",
        "day",
        "number",
        "number",
    ]
    ((_, value, total, *_),) = found.rows
    assert isinstance(value, Money)
    assert value.minor == total
    text = "SELECT days FROM stage_stays"
    assert {
        type(days) for (days,) in query.table(book.reader(), query.checked(text, book.playbook)).rows
    } == {Days}


@pytest.mark.parametrize(
    ("sql", "expanded"),
    [
        ("days(a, b)", "CAST(julianday(b) - julianday(a) AS INTEGER)"),
        ("DAYS (a, f(b, c))", "CAST(julianday(f(b, c)) - julianday(a) AS INTEGER)"),
        ("'days(' || my_days(1, 2)", "'days(' || my_days(1, 2)"),
        ("days(')', ',') -- days(", "CAST(julianday(',') - julianday(')') AS INTEGER) -- days("),
    ],
)
def test_the_macro_is_expanded_where_it_is_one(sql: str, expanded: str) -> None:
    """Not in a text, a comment or a longer name: users write it too."""
    assert expand_days(sql) == expanded


def test_the_macro_may_stand_within_itself() -> None:
    assert len(re.findall("julianday", expand_days("days(days(a, b), c)"))) == 4
