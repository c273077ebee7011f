"""Good moments to ask: recognised from what is recorded, told where they help, over once somebody has asked."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from improv import playbook
from improv.models import Opportunity, OpportunityOutcome, Referral, Renewal, Story, Visit
from improv.models import Testimonial as Praise
from improv.moments import asks, asks_table
from improv.playbook import Playbook
from tests.book import TODAY, Book
from tests.run import run
from tests.session import must
from tests.test_alerts import _leave, a_client, ago

EVERYTHING = "testimonial, story, referral"
MONDAY = "2026-11-23"


def a_visit(book: Book, client: int, days: int = 0, **fields: Any) -> int:
    return book.add(Visit, client_id=client, held_on=ago(days), **fields).id or 0


def told(book: Book, as_of: date | None = None, *, use: Playbook | None = None) -> list[str]:
    """Return the good moments, each as `C1 after a renewal: referral`."""
    return [
        f"{one.client.ref} {one.moment.name}: {', '.join(one.wanted)}"
        for one in asks(book.reader(as_of, playbook=use))
    ]


def won(book: Book, client: int, days: int, outcome: str = "won") -> None:
    sale = book.add(Opportunity, title="Sale", title_folded="sale", opened_on=ago(200), client_id=client)
    book.add(OpportunityOutcome, opportunity_id=sale.id, outcome=outcome, since=ago(days))


@pytest.mark.parametrize(
    ("kind", "satisfaction", "moments"),
    [
        ("qbr", 4, [f"C1 after a strong QBR: {EVERYTHING}"]),
        ("qbr", 3, []),
        ("qbr", None, []),
        ("qbr", 5, [f"C1 after a strong QBR: {EVERYTHING}"]),
        ("problem-solving", 4, [f"C1 after a solved problem: {EVERYTHING}"]),
        ("problem-solving", 2, []),
        ("celebration", None, [f"C1 after a finished project: {EVERYTHING}"]),
        ("check-in", 5, ["C1 after a 5/5 visit: referral"]),
        ("check-in", 4, []),
        (None, 5, ["C1 after a 5/5 visit: referral"]),
    ],
)
def test_visits_make_moments_by_their_kind_and_how_satisfied_the_client_was(
    book: Book, kind: str | None, satisfaction: int | None, moments: list[str]
) -> None:
    a_visit(book, a_client(book, 90), kind=kind, satisfaction=satisfaction)
    assert told(book) == moments


def test_testimonials_renewals_and_another_sale_make_moments_for_referrals(book: Book) -> None:
    """A first sale, which made them a client, makes none; nor does a lost one, nor a renewal that is only noted."""
    first, second, third, fourth = (a_client(book, 90, name) for name in ("A", "B", "C", "D"))
    book.add(Praise, client_id=first, given_on=ago(1))
    book.add(Renewal, client_id=second, due_on=ago(0), noted_on=ago(60), discussed_on=ago(2))
    book.add(Renewal, client_id=fourth, due_on=ago(0), noted_on=ago(3))
    won(book, third, 3)
    won(book, fourth, 90)
    won(book, fourth, 3, "lost")
    won(book, a_client(book, 3, "E"), 3)
    assert told(book) == [
        "C1 after a testimonial: referral",
        "C2 after a renewal: referral",
        "C3 after a milestone: referral",
    ]


def test_a_moment_lasts_as_long_as_the_playbook_says(book: Book) -> None:
    """Fourteen days unless told otherwise; a day more is too late."""
    client = a_client(book, 90)
    a_visit(book, client, 14, satisfaction=5)
    assert told(book) == ["C1 after a 5/5 visit: referral"]
    assert told(book, use=playbook.load("improv", {"limit": {"ask_within": 13}})) == []
    assert told(book, ago(1)) == ["C1 after a 5/5 visit: referral"]
    assert told(book, ago(15)) == []


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Visit, {"held_on": TODAY, "asked_referral": True}),
        (Referral, {"received_on": TODAY, "name": "Grace", "name_folded": "grace"}),
    ],
)
def test_once_they_were_asked_or_gave_it_the_moment_is_over(
    book: Book, model: Any, fields: dict[str, Any]
) -> None:
    """What was asked for before the moment does not count."""
    client = a_client(book, 90)
    a_visit(book, client, 9, asked_referral=True)
    a_visit(book, client, 3, satisfaction=5)
    assert told(book) == ["C1 after a 5/5 visit: referral"]
    assert told(book, ago(4)) == []
    book.add(model, client_id=client, **fields)
    assert told(book) == []
    assert told(book, ago(1)) == ["C1 after a 5/5 visit: referral"]


def test_each_thing_is_asked_for_at_its_latest_moment(book: Book) -> None:
    """At the visit two were asked for; of the testimonial that came later comes a referral."""
    client = a_client(book, 90)
    number = a_visit(book, client, 5, kind="qbr", satisfaction=5, asked_testimonial=True)
    book.add(Praise, client_id=client, given_on=ago(2), visit_id=number)
    assert told(book) == ["C1 after a testimonial: referral", "C1 after a strong QBR: story"]
    assert [one.command for one in asks(book.reader())] == [
        "improv visit edit V1 --asked-referral",
        "improv visit edit V1 --asked-story",
    ]
    book.add(Story, client_id=client, told_on=ago(1))
    assert told(book) == ["C1 after a testimonial: referral"]


def test_a_client_who_left_is_not_asked(book: Book) -> None:
    client = a_client(book, 90)
    a_visit(book, client, 1, satisfaction=5)
    _leave(book, client)
    assert told(book) == []


def test_what_makes_a_moment_is_the_playbooks(book: Book) -> None:
    """A moment of one's own, made by a kind of visit; a QBR that has to be perfect."""
    client = a_client(book, 90)
    a_visit(book, client, 2, kind="kickoff")
    a_visit(book, client, 1, kind="qbr", satisfaction=4)
    own = playbook.load(
        "improv",
        {
            "moment": {
                "start": {"name": "after a start", "asks_for": ["referral"]},
                "strong-qbr": {"satisfaction": 5},
            },
            "visit_kind": {"kickoff": {"moment": "start"}},
        },
    )
    assert told(book, use=own) == ["C1 after a start: referral"]


def test_an_empty_store_has_no_moment(book: Book) -> None:
    table = asks_table(book.reader())
    assert (list(table.rows), table.note) == ([], "")
    assert table.empty == "No client waits to be asked after a good moment of the last 14 days."


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with a client of a year ago, visited twice this quarter and asked for a testimonial once."""
    path = tmp_path / "improv.db"
    must("client add 'Acme Ltd' --on 2025-11-24", path, MONDAY)
    must("visit log acme --kind check-in --on 2026-10-05 --asked-testimonial", path, MONDAY)
    must("visit log acme --kind check-in --on 2026-09-30 --asked-referral", path, MONDAY)
    return path


def test_logging_a_visit_proposes_the_ask_with_how_often_we_ask(db: Path) -> None:
    """This visit counts among those at which nothing was asked for."""
    answer = must("visit log acme --kind qbr --satisfaction 5 --next +14d", db, MONDAY).out.splitlines()
    assert answer == [
        "V3 QBR at C1 Acme Ltd: Mon 23 Nov, satisfaction 5 of 5",
        "  E1 next visit: Mon 7 Dec; gap 14 days from set to scheduled, target 7–14: on target",
        "  20 points; Nov 2026: 20 of 500, 4%; day 23 of 30; at this pace 26 of 500",
        "  a good moment to ask for a testimonial, a story and a referral: after a strong QBR",
        "  a testimonial was asked for at 1 of 2 visits in 2026-Q4, goal 50%",
        "  a story was asked for at 0 of 2 visits in 2026-Q4, goal 25%",
        "  a referral was asked for at 0 of 2 visits in 2026-Q4, goal 30%",
        "  once asked: improv visit edit V3 --asked-testimonial",
    ]


def test_logging_a_perfect_visit_proposes_to_ask_for_a_referral(db: Path) -> None:
    answer = must("visit log acme --satisfaction 5 --testimonial superb", db, MONDAY).out.splitlines()
    assert answer[2:] == [
        "  a good moment to ask for a referral: after a testimonial",
        "  a referral was asked for at 0 of 2 visits in 2026-Q4, goal 30%",
        "  once asked: improv visit edit V3 --asked-referral",
        "  next: improv visit schedule C1 +84d",
    ]
    asked = must("visit log acme --satisfaction 5 --referral Grace", db, MONDAY).out
    assert "a good moment" not in asked


def test_a_visit_of_weeks_ago_is_no_moment_any_more(db: Path) -> None:
    assert "a good moment" not in must("visit log acme --satisfaction 5 --on 2026-11-08", db, MONDAY).out
    assert "a good moment" in must("visit log acme --satisfaction 5 --on 2026-11-09", db, MONDAY).out


def test_todays_page_lists_the_moments_until_somebody_has_asked(db: Path) -> None:
    must("visit log acme --kind qbr --satisfaction 5 --on 2026-11-20", db, MONDAY)

    def page() -> list[str]:
        lines = must("today", db, MONDAY).out.splitlines()
        return lines[lines.index("# Good moments to ask") + 1 :]

    assert page() == [
        "Day\tClient\tMoment\tAsk for\tOnce asked",
        (
            "2026-11-20\tC1 Acme Ltd\tafter a strong QBR\ttestimonial, story, referral\t"
            "improv visit edit V3 --asked-testimonial"
        ),
        (
            "a testimonial was asked for at 1 of 2 visits in 2026-Q4, goal 50%; "
            "a story was asked for at 0 of 2 visits in 2026-Q4, goal 25%; "
            "a referral was asked for at 0 of 2 visits in 2026-Q4, goal 30%"
        ),
    ]
    for thing in ("testimonial", "story", "referral"):
        command = page()[1].split("\t")[-1]
        assert command == f"improv visit edit V3 --asked-{thing}"
        must(command.removeprefix("improv "), db, MONDAY)
    assert page() == ["No client waits to be asked after a good moment of the last 14 days."]
    assert run("today", "--as-of", "fri", "--format", "json", db=db, today=MONDAY).code == 0


def test_without_a_visit_what_they_gave_is_recorded(db: Path) -> None:
    must("client renewal acme --due 2027-01-01 --on 2026-11-01", db, MONDAY)
    must("client renewal acme --discussed today", db, MONDAY)
    line = must("today", db, MONDAY).out.splitlines()[-2]
    assert line.split("\t")[1:] == [
        "C1 Acme Ltd",
        "after a renewal",
        "referral",
        'improv referral add C1 "…"',
    ]
