"""What clients and leads are rated: formulas worked by hand, their edges, who says what holds, and what was kept."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improv import measure, playbook
from improv.alerts import alerts
from improv.commands.desk import Desk
from improv.dates import day_of
from improv.formulas import FACTS, RATED, TABLES
from improv.metrics import find
from improv.models import (
    Activity,
    Client,
    ClientStatus,
    Event,
    Lead,
    Opportunity,
    Reading,
    Referral,
    Task,
    Visit,
)
from improv.models import Testimonial as Praise
from improv.ratings import look
from tests.book import TODAY, Book
from tests.rated import half_up, points
from tests.session import must

TOO_LITTLE = "too little known to rate by"


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def client(book: Book, since: int = 400) -> int:
    number = book.add(Client, name="Acme", name_folded="acme", since_on=ago(since)).id or 0
    book.add(ClientStatus, client_id=number, status="active", since=ago(since))
    return number


def visit(book: Book, account: int, days: int, satisfaction: int | None = None, **fields: object) -> None:
    book.add(Visit, client_id=account, held_on=ago(days), satisfaction=satisfaction, **fields)


def lead(book: Book) -> int:
    return book.add(Lead, name="Ada", name_folded="ada", received_on=ago(60)).id or 0


def call(book: Book, days: int, kind: str = "dial", **fields: object) -> None:
    book.add(Activity, kind=kind, done_on=ago(days), **fields)


def rated(book: Book, kind: str, on: int = 0, as_of: date | None = None) -> tuple[int | None, str | None]:
    """Return what the one record is rated, and by whom, on a day."""
    row = book.reader(as_of).row(f"SELECT value, state FROM rated_{kind}", {"on": ago(on).isoformat()})
    assert row is not None
    return row["value"], row["state"]


def values(
    book: Book, kind: str, formula: playbook.Playbook | None = None
) -> dict[str, tuple[int | None, int | None]]:
    """Return the value and the points of each part."""
    rows = book.reader(playbook=formula).rows(f"SELECT fact, value, points FROM {kind}_part")
    return {row["fact"]: (row["value"], row["points"]) for row in rows}


def say(
    book: Book, kind: str, value: int | str, days: int, *, parts: str | None = None, **subject: int
) -> None:
    said = {"value": value} if isinstance(value, int) else {"text": value}
    book.add(Reading, kind=kind, on_day=ago(days), parts=parts, **said, **subject)


# ── Worked by hand ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_health_worked_by_hand(book: Book) -> None:
    """75 days are half way from 120 to 30; (50 * 30 + 75 * 40 + 75 * 10) / 80 = 65.6."""
    acme = client(book)
    visit(book, acme, 75, satisfaction=4)
    visit(book, acme, 200, satisfaction=1)
    visit(book, acme, 364)
    visit(book, acme, 365)  # not of this year any more
    assert values(book, "health") == {
        "days-since-visit": (75, 50),
        "last-satisfaction": (4, 75),
        "visits-of-year": (3, 75),
        "problem-visits": (None, None),
        "overdue-tasks": (None, None),
    }
    assert rated(book, "health") == (66, "by formula")
    visit(book, acme, 170, kind="problem-solving")
    visit(book, acme, 371, kind="problem-solving")
    for due, done in ((1, None), (1, 0), (0, None), (30, None)):
        task = book.add(
            Task, what="call", created_on=ago(40), client_id=acme, done_on=None if done is None else ago(0)
        )
        say(book, "due", ago(due).isoformat(), 40, task_id=task.id or 0)
    found = values(book, "health")
    assert (found["problem-visits"], found["overdue-tasks"]) == ((1, 67), (2, 33))
    assert found["visits-of-year"] == (4, 100)
    # It is the mean (50 * 30 + 75 * 40 + 100 * 10 + 67 * 10 + 33 * 10) / 100.
    assert rated(book, "health") == (65, "by formula")


def test_engagement_worked_by_hand(book: Book) -> None:
    """137 days are 46 of the 93 from 183 to 90; (49 * 40 + 67 * 20 + 50 * 20 + 50 * 20) / 100 = 53. Sales are theirs."""
    acme = client(book)
    visit(book, acme, 183)
    sale = book.add(Opportunity, title="x", title_folded="x", client_id=acme, opened_on=ago(170)).id
    call(book, 137, "chat", opportunity_id=sale)
    call(book, 136, opportunity_id=sale)
    book.add(Praise, client_id=acme, given_on=ago(183))
    book.add(Referral, client_id=acme, name="Zoe", name_folded="zoe", received_on=ago(364))
    book.add(Referral, client_id=acme, name="Zoe", name_folded="zoe", received_on=ago(365))
    assert values(book, "engagement") == {
        "days-since-contact": (137, 49),
        "attempts-without-response": (1, 67),
        "testimonials": (1, 50),
        "referrals-of-year": (1, 50),
    }
    assert rated(book, "engagement") == (53, "by formula")


def test_a_score_worked_by_hand(book: Book) -> None:
    """(52 * 30 + 67 * 20 + 100 * 20 + 50 * 10 + 50 * 20) / 100 = 64."""
    ada = lead(book)
    say(book, "temperature", "hot", 50, lead_id=ada)
    say(book, "temperature", "warm", 20, lead_id=ada)
    call(book, 16, response="yes", lead_id=ada)
    call(book, 16, "dial", lead_id=ada)  # of the same day: answered
    call(book, 15, "dial", lead_id=ada)
    missed = {
        "kind": "introductory-call",
        "set_on": ago(30),
        "first_set_on": ago(30),
        "scheduled_for": ago(20),
    }
    book.add(Event, **missed, lead_id=ada, status="no-show", closed_on=ago(20))
    ahead = {"kind": "introductory-call", "set_on": ago(2), "first_set_on": ago(2), "scheduled_for": ago(-3)}
    book.add(Event, **ahead, lead_id=ada)
    assert values(book, "score") == {
        "days-since-response": (16, 52),
        "attempts-without-response": (1, 67),
        "meetings": (1, 100),
        "no-shows": (1, 50),
        "temperature": (1, 50),
    }
    assert rated(book, "score") == (64, "by formula")


def test_of_nobody_nothing_is_said(book: Book) -> None:
    """An empty store has nobody to rate, and a playbook without formulas rates nobody."""
    reader = book.reader()
    assert all(reader.rows(f"SELECT * FROM rated_{kind}") == [] for kind in RATED)
    assert look(reader, list(RATED), TODAY.isoformat()).to_keep == ()
    visit(book, client(book), 75, satisfaction=4)
    none = playbook.load(overrides={"playbook": {"replace": [f"formula.{kind}" for kind in RATED]}})
    row = book.reader(playbook=none).row("SELECT value, state FROM rated_health")
    assert row is not None
    assert tuple(row) == (None, None)


# ── Edges ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "gained"),
    [(0, 100), (29, 100), (30, 100), (31, 99), (75, 50), (119, 1), (120, 0), (121, 0), (900, 0)],
)
def test_a_part_gives_all_at_its_best_nothing_at_its_worst_and_no_more_beyond(
    book: Book, days: int, gained: int
) -> None:
    visit(book, client(book, 1000), days, satisfaction=4)
    assert values(book, "health")["days-since-visit"] == (days, gained)


@pytest.mark.parametrize(("percent", "health"), [(0, 100), (30, 100), (31, None)])
def test_a_formula_says_nothing_while_too_little_is_known(
    book: Book, percent: int, health: int | None
) -> None:
    """Only the last visit is known, 30 of 100 of the weights."""
    visit(book, client(book, 30), 5)
    limit = {"limit": {"rating_known_percent": percent}}
    row = book.reader(playbook=playbook.load(overrides=limit)).row("SELECT value FROM rated_health")
    assert row is not None
    assert row["value"] == health


def test_before_anything_happened_nothing_is_known(book: Book) -> None:
    """Whatever is asked of a client and a lead of whom only the name is written down."""
    client(book)
    lead(book)
    for of, facts in FACTS.items():
        shown = ", ".join(f"{fact.sql} AS fact_{place}" for place, fact in enumerate(facts.values()))
        row = book.reader().row(f"SELECT {shown} FROM {of} AS x")
        assert row is not None
        assert dict(zip(facts, tuple(row), strict=True)) == dict.fromkeys(facts)


def test_in_the_first_year_a_years_count_is_not_known(book: Book) -> None:
    """364 days are no year, 365 are."""
    for since, known in ((364, None), (365, 1)):
        account = client(book, since)
        visit(book, account, 10)
        row = book.reader().row(
            "SELECT value FROM health_fact WHERE place = 2 AND subject_id = :id", {"id": account}
        )
        assert row is not None
        assert row["value"] == known


def test_only_who_is_active_is_rated_by_formula(book: Book) -> None:
    """A client who left, a lead with a sale and one found not to be one: the last rating by hand still stands."""
    acme, ada = client(book), lead(book)
    visit(book, acme, 10, satisfaction=5)
    call(book, 3, response="yes", lead_id=ada)
    assert rated(book, "health")[1] == rated(book, "score")[1] == "by formula"
    span = book.reader().value("SELECT id FROM client_status")
    book.work.change(book.work.get(ClientStatus, span), until=TODAY)
    book.add(ClientStatus, client_id=acme, status="former", since=TODAY)
    book.add(Opportunity, title="x", title_folded="x", lead_id=ada, opened_on=TODAY)
    assert rated(book, "health") == rated(book, "score") == (None, None)
    assert rated(book, "health", on=1)[1] == rated(book, "score", on=1)[1] == "by formula"
    say(book, "score", 40, 2, lead_id=ada)
    assert rated(book, "score") == (40, "by hand")


# ── Who says what holds ──────────────────────────────────────────────────────────────────────────────────────────────


def test_by_hand_holds_whatever_was_kept_later_until_it_is_left_to_the_formula(book: Book) -> None:
    """Day by day: the formula, a rating by hand from day 30 on, from day 20 on the formula again, by hand today."""
    acme = client(book, 1000)
    visit(book, acme, 75, satisfaction=4)
    say(book, "health", 11, 25, parts="[]", client_id=acme)  # kept before somebody told what held then
    say(book, "health", 40, 30, client_id=acme)
    say(book, "health", "by formula", 20, client_id=acme)
    say(book, "health", 80, 0, client_id=acme)
    told = {
        45: (78, "by formula"),  # visited 30 days before: (100 * 30 + 75 * 40 + 25 * 10) / 80
        31: (72, "by formula"),  # 44 days: (84 * 30 + 75 * 40 + 25 * 10) / 80
        30: (40, "by hand"),
        25: (40, "by hand"),
        21: (40, "by hand"),
        20: (68, "by formula"),  # 55 days: (72 * 30 + 75 * 40 + 25 * 10) / 80
        1: (60, "by formula"),  # 74 days: (51 * 30 + 75 * 40 + 25 * 10) / 80
        0: (80, "by hand"),
    }
    assert {on: rated(book, "health", on) for on in told} == told
    assert {on: rated(book, "health", on, as_of=ago(on)) for on in told} == told


def test_what_was_kept_stands_where_the_formula_knows_nothing_any_more(book: Book) -> None:
    acme = client(book)
    say(book, "health", 61, 9, parts="[]", client_id=acme)
    assert rated(book, "health") == (61, "by formula")
    assert rated(book, "health", on=10) == (None, None)


def test_the_figure_is_the_mean_of_what_each_is_rated(book: Book) -> None:
    """By hand 80, by formula 66, and one of whom too little is known."""
    acme = client(book)
    for days, satisfaction in ((75, 4), (150, 2), (250, 3)):
        visit(book, acme, days, satisfaction)
    say(book, "health", 80, 5, client_id=client(book))
    client(book)
    reading = measure.measure(book.reader(), find("client_health"), day_of(TODAY))
    assert (reading.value, reading.n, reading.left_out) == ((80 + 66) / 2, 2, {TOO_LITTLE: 1})
    parts = measure.by(book.reader(), find("client_health"), day_of(TODAY), "state")
    assert [(key, part.value) for key, part in parts] == [
        (("by formula",), 66),
        (("by hand",), 80),
        ((None,), None),
    ]


def test_a_client_is_at_risk_by_formula_too(book: Book) -> None:
    """69 is below 70, and the flag counts from the first reading in a row that is; without any, from today."""
    acme = client(book, 200)
    visit(book, acme, 84, satisfaction=5)  # (40 * 30 + 100 * 40) / 70 = 74
    assert (rated(book, "health"), c2(book)) == ((74, "by formula"), [])
    visit(book, acme, 83, satisfaction=4)  # (41 * 30 + 75 * 40) / 70 = 60
    assert c2(book) == ["health 60 by formula, below 70 since 2026-11-22, 0 days ago"]
    say(book, "health", 71, 30, parts="[]", client_id=acme)
    assert c2(book) == ["health 60 by formula, below 70 since 2026-11-22, 0 days ago"]
    say(book, "health", 69, 20, parts="[]", client_id=acme)
    say(book, "health", 65, 10, parts="[]", client_id=acme)
    assert c2(book) == ["health 60 by formula, below 70 since 2026-11-02, 20 days ago"]
    assert measure.measure(book.reader(), find("at_risk_clients"), day_of(TODAY)).states == {"low health": 1}


def c2(book: Book) -> list[str]:
    return [alert.reason for alert in alerts(book.reader()) if alert.code == "C2"]


def test_ratings_that_were_kept_fall_like_those_by_hand(book: Book) -> None:
    """C3 and L4: each kept below the one before; words that leave it to the formula are no fall."""
    acme, ada = client(book), lead(book)
    for days, value in ((20, 60), (10, 50), (0, 40)):
        say(book, "engagement", value, days, parts="[]", client_id=acme)
        say(book, "score", value, days, parts="[]", lead_id=ada)
    say(book, "engagement", "by formula", 0, client_id=acme)
    up = {alert.code: alert.reason for alert in alerts(book.reader())}
    assert up["C3"] == "engagement fell 2 times running, from 60 to 40, since 2026-11-12"
    assert up["L4"] == "score fell 2 times running, from 60 to 40, since 2026-11-12"


# ── Two clocks ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rating_is_true_as_it_was_true_and_known_as_it_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visit typed in late changes what was true last week, and not what was known before it was typed."""
    db = tmp_path / "improv.db"
    monkeypatch.setattr(Desk, "now", lambda _: datetime(2026, 11, 23, 12, tzinfo=UTC))
    for command in (
        "client add Acme --on 2026-03-01",
        "visit log acme --on 2026-08-20 --satisfaction 4",
        "visit log acme --on 2026-11-12 --satisfaction 1",
    ):
        must(command, db)
    monday, then = "--as-of 2026-11-16", "--known-on '#2'"
    health = {
        at: must(f"client list {at}", db).out.split("\t")[5] for at in ("", monday, then, f"{then} {monday}")
    }
    assert health == {
        "": "43",  # (100 * 30 + 0 * 40) / 70
        monday: "43",
        then: "55",  # 95 days: (28 * 30 + 75 * 40) / 70
        f"{then} {monday}": "58",  # 88 days: (36 * 30 + 75 * 40) / 70
    }


# ── Any formula ──────────────────────────────────────────────────────────────────────────────────────────────────────

PARTS = st.lists(
    st.tuples(
        st.integers(0, 400), st.integers(0, 400), st.integers(1, 100), st.integers(0, 500) | st.none()
    ).filter(lambda part: part[0] != part[1]),
    min_size=1,
    max_size=6,
)


def by_sql(parts: list[tuple[int, int, int, int | None]]) -> int | None:
    """Return what the program's own tables make of parts: worst, best, weight and the value of each."""
    known = ", ".join(
        f"('health', {place}, 'f', 'n', {worst}, {best}, {weight}, 0)"
        for place, (worst, best, weight, _) in enumerate(parts)
    )
    facts = ", ".join(
        f"(1, {place}, {'NULL' if part[3] is None else part[3]})" for place, part in enumerate(parts)
    )
    sql = f"""WITH playbook_part (formula, place, fact, name, worst, best, weight, optional) AS (VALUES {known}),
        health_fact (subject_id, place, value) AS (VALUES {facts}),
        health_part {TABLES["health_part"]}, health_formula {TABLES["health_formula"]} SELECT value FROM health_formula"""
    with sqlite3.connect(":memory:") as connection:
        row = connection.execute(sql, {"limit_rating_known_percent": 0}).fetchone()
    value: int | None = row and row[0]
    return value


@given(PARTS)
def test_a_formula_is_the_weighted_mean_of_the_points_that_are_known(
    parts: list[tuple[int, int, int, int | None]],
) -> None:
    known = [
        (points(value, worst, best), weight) for worst, best, weight, value in parts if value is not None
    ]
    weights = sum(weight for _, weight in known)
    mean = half_up(Fraction(sum(gained * weight for gained, weight in known), weights)) if weights else None
    assert by_sql(parts) == mean
    assert mean is None or 0 <= mean <= 100


@given(PARTS, st.data())
def test_nobody_is_rated_worse_because_one_fact_is_better(
    parts: list[tuple[int, int, int, int | None]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(parts) - 1))
    worst, best, weight, value = parts[place]
    one = data.draw(st.integers(0, 500)) if value is None else value
    other = data.draw(st.integers(0, 500))
    low, high = sorted((one, other), reverse=best < worst)
    below, above = (
        by_sql([*parts[:place], (worst, best, weight, at), *parts[place + 1 :]]) for at in (low, high)
    )
    assert below is not None
    assert above is not None
    assert below <= above
