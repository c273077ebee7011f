"""Red flags that are put aside: hidden on every page until their day, and back when they get worse or begin anew."""

from datetime import date
from pathlib import Path

import pytest

from improv import playbook
from improv.alerts import KINDS
from improv.alerts.raised import alerts
from improv.models import Reading, Snooze, Visit
from improv.nouns import BY_TABLE
from improv.playbook import Playbook
from improv.records.words import FLAGGED, SEVERITIES
from tests.book import TODAY, Book
from tests.run import run
from tests.session import must
from tests.test_alerts import a_client, ago, ahead, an_event, an_opportunity

MONDAY, TUESDAY = "2026-11-23", "2026-11-24"


def up(book: Book, as_of: date | None = None, *, use: Playbook | None = None) -> list[str]:
    """Return the alerts that nobody has put aside, as `S3 O1`."""
    return [f"{one.code} {one.ref}" for one in alerts(book.reader(as_of, playbook=use)).awake()]


def put_aside(book: Book, code: str, noun: str, number: int, **fields: object) -> Snooze:
    said = {"severity": "warning", "since_on": TODAY, **fields}
    return book.add(Snooze, code=code, **{f"{noun}_id": number}, **said)


def test_what_a_flag_can_be_about_is_what_can_be_put_aside() -> None:
    assert set(FLAGGED) == set(KINDS)
    assert set(SEVERITIES) == {"critical", "warning"}


def test_a_snoozed_flag_is_hidden_up_to_the_day_before_its_day(book: Book) -> None:
    number = an_opportunity(book)
    assert up(book) == [f"S3 O{number}"]
    snooze = put_aside(book, "S3", "opportunity", number, since_on=ago(2), until_on=ahead(1))
    assert up(book) == []
    book.work.change(snooze, until_on=TODAY)
    assert up(book) == [f"S3 O{number}"]


def test_an_acknowledged_flag_is_hidden_without_a_day(book: Book) -> None:
    number = an_opportunity(book)
    put_aside(book, "S3", "opportunity", number, since_on=ago(99))
    assert up(book) == []


def test_one_flag_of_one_record_is_put_aside_and_no_other(book: Book) -> None:
    first, second = an_opportunity(book), an_opportunity(book, "proposal", 31)
    put_aside(book, "S3", "opportunity", first)
    assert up(book) == [f"S5 O{second}", f"S3 O{second}"]


def test_a_flag_that_gets_worse_comes_back_by_itself(book: Book) -> None:
    """Day 7 in Intro is a warning, day 8 critical: what was put aside as a warning is back, what was critical is not."""
    number = an_opportunity(book, days=8)
    an_event(book, 5, 6, opportunity_id=number)
    snooze = put_aside(book, "S7", "opportunity", number, since_on=ago(2))
    assert up(book, ago(1)) == []
    assert up(book) == [f"S7 O{number}"]
    book.work.change(snooze, severity="critical")
    assert up(book) == []


def test_a_more_specific_flag_is_another_one(book: Book) -> None:
    """Beyond the stage's days was put aside; then the proposal goes slow, which says more."""
    number = an_opportunity(book, "proposal", 31)
    an_event(book, 5, 6, opportunity_id=number)
    put_aside(book, "S7", "opportunity", number, since_on=ago(3))
    assert up(book, ago(1)) == []
    assert up(book) == [f"S5 O{number}"]


def test_hiding_a_flag_does_not_bring_up_what_it_stands_for(book: Book) -> None:
    """A client not visited for long is told neither of that nor that no visit is booked."""
    client = a_client(book, 91)
    put_aside(book, "C1", "client", client)
    assert up(book) == [f"C4 C{client}"]


def test_what_cleared_and_began_again_is_new(book: Book) -> None:
    """Health 60 was put aside; it rose, and fell again after that day: for as long as it did not, it is the old one."""
    client = a_client(book, 60)
    book.add(Reading, client_id=client, kind="health", value=60, on_day=ago(30))
    put_aside(book, "C2", "client", client, since_on=ago(20), severity="critical")
    assert f"C2 C{client}" not in up(book)
    book.add(Reading, client_id=client, kind="health", value=50, on_day=ago(15))
    assert f"C2 C{client}" not in up(book)
    book.add(Reading, client_id=client, kind="health", value=90, on_day=ago(10))
    book.add(Reading, client_id=client, kind="health", value=60, on_day=ago(5))
    assert f"C2 C{client}" in up(book)


def test_what_nobody_knows_the_beginning_of_stays_put_aside(book: Book) -> None:
    """Health by formula is low today, and was so yesterday: that is no new condition each day."""
    client = a_client(book, 364)
    book.add(Visit, client_id=client, held_on=ago(200), satisfaction=1)
    assert [one.reason for one in alerts(book.reader()) if one.code == "C2"] == [
        "health 0 by formula, below 70 since 2026-11-22, 0 days ago"
    ]
    put_aside(book, "C2", "client", client, since_on=ago(3), severity="critical")
    assert "C2 C1" in up(book, ago(4))
    assert "C2 C1" not in [*up(book, ago(3)), *up(book, ago(1)), *up(book)]


def test_the_last_word_on_a_flag_holds(book: Book) -> None:
    """A later snooze moves the day; taken back, the one before does not hold again."""
    number = an_opportunity(book)
    put_aside(book, "S3", "opportunity", number, until_on=ahead(9))
    moved = put_aside(book, "S3", "opportunity", number, until_on=ahead(1))
    assert up(book) == []
    book.work.change(moved, ended_on=TODAY)
    assert up(book) == [f"S3 O{number}"]


def test_as_of_a_past_day_is_hidden_what_was_put_aside_by_then(book: Book) -> None:
    """Put aside from day 6 to day 3, when it was taken back."""
    number = an_opportunity(book)
    put_aside(book, "S3", "opportunity", number, since_on=ago(6), ended_on=ago(3), until_on=ahead(9))
    assert {days: up(book, ago(days)) for days in (7, 6, 4, 3, 0)} == {
        7: [f"S3 O{number}"],
        6: [],
        4: [],
        3: [f"S3 O{number}"],
        0: [f"S3 O{number}"],
    }


def test_a_flag_made_graver_in_the_settings_is_worse_than_it_was(book: Book) -> None:
    number = an_opportunity(book)
    put_aside(book, "S3", "opportunity", number)
    grave = playbook.load("improv", {"flag": {"S3": {"severity": "critical"}}})
    assert up(book, use=grave) == [f"S3 O{number}"]


@pytest.mark.parametrize("noun", FLAGGED)
def test_flags_of_every_kind_can_be_put_aside(noun: str, tmp_path: Path) -> None:
    """By the id, and by what people call it; a snooze goes with its record."""
    db = tmp_path / "improv.db"
    for command in (
        "lead add Ada",
        "client add Acme --on 2026-10-05",
        "opp add L1 --title Audit",
        "event schedule O1 discovery-meeting +9d",
        "referral add acme Grace --on 2026-11-20",
        "quota set 500 --points --owner Sam",
        "task add 'send it' --about ada --due 2026-11-23",
    ):
        must(command, db)
    code, record = {
        "lead": ("L3", "ada"),
        "client": ("C4", "acme"),
        "opportunity": ("S7", "audit"),
        "event": ("S8", "audit"),
        "referral": ("R1", "grace"),
        "quota": ("Q1", "Q1"),
        "task": ("H19", "ada"),
    }[noun]
    on, page = "2026-12-24", "check" if noun == "task" else "alerts"
    assert f"\t{code}\t" in must(page, db, on).out
    assert must(f"alerts snooze {code.lower()} {record} --until +7d", db, on).out.startswith(f"Z1 {code} of ")
    assert f"\t{code}\t" not in must(page, db, on).out
    assert f"\t{code}\t" in must(f"{page} --all", db, on).out
    ref = f"{BY_TABLE[noun].letter}1"
    assert must(f"show {ref}", db, on).out.count(f"flag {code} snoozed until 2026-12-31") == 1
    if noun in {"event", "referral", "quota", "task"}:
        parts = 2 if noun == "task" else 1  # the day it is due goes with it, too
        assert f"with {parts} of its parts" in must(f"{noun} remove {ref}", db, on).out


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Give a store with one client, of whom C4 and C7 are up."""
    must("client add Acme --on 2026-11-02", tmp_path / "improv.db", MONDAY)
    return tmp_path / "improv.db"


def test_undo_takes_a_snooze_back_and_gives_it_back(acme: Path) -> None:
    must("alerts snooze C4 acme --until fri", acme, MONDAY)
    assert "C4" not in must("alerts", acme, MONDAY).out
    must("undo", acme, MONDAY)
    assert "C4" in must("alerts", acme, MONDAY).out
    must("redo", acme, MONDAY)
    must("alerts unsnooze C4 acme", acme, TUESDAY)
    assert "C4" in must("alerts", acme, TUESDAY).out
    must("undo", acme, TUESDAY)
    assert "C4" not in must("alerts", acme, TUESDAY).out


def test_known_on_an_entry_before_it_nothing_was_snoozed(acme: Path) -> None:
    must("alerts snooze C4 acme --until fri", acme, MONDAY)
    assert "1 snoozed" in must("alerts --known-on '#2'", acme, MONDAY).out
    assert "snoozed" not in must("alerts --known-on '#1'", acme, MONDAY).out
    refused = run("alerts", "ack", "C7", "acme", "--as-of", "fri", db=acme, today=MONDAY)
    assert (refused.code, refused.told[0]) == (2, "improv: --as-of looks back, and the past is not written")


def test_every_page_hides_what_is_snoozed_and_says_how_many(acme: Path) -> None:
    """Today's page and the daily report; with all of them snoozed a pipe is told nothing, and the exit code is 0."""
    for code in ("C4", "C7"):
        assert f"\t{code}\t" in must("today", acme, MONDAY).out
        assert f"\t{code}\t" in must("report daily", acme, MONDAY).out
        must(f"alerts ack {code} acme", acme, MONDAY)
    for page in ("today", "report daily"):
        told = must(page, acme, MONDAY).out.splitlines()
        at = told.index("# Red flags")
        assert told[at + 1 : at + 3] == ["No red flag is up (2 snoozed: improv alerts --all).", ""]
    assert must("alerts --exit-code", acme, MONDAY).out == ""
    assert "warning\tC4\tC1 Acme" in must("alerts --all --exit-code", acme, MONDAY).out
    assert run("alerts", db=acme, today=MONDAY, tty=True).out.count("2 snoozed: improv alerts --all") == 1


def test_why_a_flag_may_wait_stays_text(acme: Path) -> None:
    """What a user writes is data; a line break is refused."""
    because = "[red]{0}'; DROP TABLE snooze; --"
    assert run("alerts", "ack", "C4", "acme", "--because", because, db=acme, today=MONDAY).code == 0
    assert f"it gets worse\t{because}\n" in must("alerts --all", acme, MONDAY).out
    refused = run("alerts", "ack", "C4", "acme", "--because", "a\nb", db=acme, today=MONDAY)
    assert refused.told[:2] == [
        "improv: reason holds a character that cannot be shown",
        "  at fault: a\\nb",
    ]


def test_a_person_is_asked_until_when(acme: Path) -> None:
    asked = run("alerts", "snooze", "C4", "acme", db=acme, today=MONDAY, tty=True, stdin="fri\n")
    assert "Z1 C4 of C1 Acme snoozed until Fri 27 Nov" in asked.out
    assert asked.err == "Until when? "
