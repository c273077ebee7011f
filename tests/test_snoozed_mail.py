"""What is put aside, in the mail: not a word of it until it is back, and then once."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from improv import memory, outbox, playbook, storefile
from improv.letters import about_alerts
from improv.post import Post
from improv.reader import Reader
from tests.session import must

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2026-11-{day}" for day in range(23, 28))
POST = Post(to=("me@example.com",), sender="me@example.com", server="localhost")


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Give a store with one client, of whom C4 and C7 are up."""
    must("client add Acme --on 2026-11-02", tmp_path / "improv.db", MONDAY)
    return tmp_path / "improv.db"


@contextlib.contextmanager
def opened(db: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(storefile.open_to_write(db)) as connection, outbox.transaction(connection):
        yield connection


def mailed(db: Path, today: str, overrides: Mapping[str, object] | None = None) -> list[str]:
    """Raise the alerts as `improv alerts --email` does and let the server accept what is kept; return its lines."""
    at = datetime.combine(date.fromisoformat(today), time(7), UTC)
    book = playbook.load("improv", overrides)
    with opened(db) as connection:
        about_alerts(
            connection, Reader(connection, book, date.fromisoformat(today)), POST, at, f"{today}T08:00"
        )
        letters = [(letter, memory.message(connection, letter.id)) for letter in memory.waiting(connection)]
        for letter, _ in letters:
            memory.accepted(connection, letter.id, at)
    return [line.strip() for letter, message in letters for line in (letter.subject, *_text(message))]


def _text(message: bytes) -> list[str]:
    part = message_from_bytes(message, policy=policy.default).get_body(("plain",))
    assert part
    return [line for line in str(part.get_content()).splitlines() if line.strip()]


def subjects(db: Path, *days: str) -> list[str]:
    """Return the subject of the mail of each day; an empty one where none was sent."""
    return [next(iter(mailed(db, day)), "") for day in days]


C4, C7 = (
    "Acme: no testimonial since becoming a client on 2026-11-02",
    "Acme: no next visit booked; {} days since becoming a client on 2026-11-02",
)


def test_a_snoozed_flag_is_quiet_and_told_anew_once_when_it_is_back(acme: Path) -> None:
    """Told on Monday, snoozed until Friday: not told as cleared; on Friday it is new, and once."""
    assert subjects(acme, MONDAY) == [f"2 new: {C4}, 21 days ago"]
    must("alerts snooze C4 acme --until fri --because 'their board meets'", acme, MONDAY)
    assert subjects(acme, MONDAY, TUESDAY, THURSDAY) == ["", "", ""]
    lines = mailed(acme, FRIDAY)
    assert lines[0] == f"1 new: {C4}, 25 days ago"
    assert "back from its snooze (their board meets)" in " ".join(lines)
    assert subjects(acme, FRIDAY, "2026-11-28") == ["", ""]


def test_a_mail_about_something_else_in_between_changes_nothing(acme: Path) -> None:
    """It says how many are snoozed; on Friday the snoozed one is told once."""
    mailed(acme, MONDAY)
    must("alerts snooze C4 acme --until fri", acme, MONDAY)
    must("client add Beta --on 2026-11-24", acme, TUESDAY)
    lines = mailed(acme, TUESDAY)
    assert lines[0].startswith("2 new: Beta: ")
    assert "1 snoozed: improv alerts --all" in lines
    assert "Cleared" not in lines
    assert subjects(acme, WEDNESDAY, FRIDAY, FRIDAY) == ["", f"1 new: {C4}, 25 days ago", ""]


def test_a_snooze_taken_back_is_told_the_same_day_and_once(acme: Path) -> None:
    mailed(acme, MONDAY)
    must("alerts ack C4 acme", acme, TUESDAY)
    assert subjects(acme, TUESDAY) == [""]
    must("alerts unsnooze C4 acme", acme, WEDNESDAY)
    assert subjects(acme, WEDNESDAY, WEDNESDAY, THURSDAY) == [f"1 new: {C4}, 23 days ago", "", ""]


def test_a_snooze_taken_back_before_any_mail_went_is_no_news(acme: Path) -> None:
    mailed(acme, MONDAY)
    must("alerts ack C4 acme", acme, MONDAY)
    must("alerts unsnooze C4 acme", acme, MONDAY)
    assert subjects(acme, MONDAY, TUESDAY) == ["", ""]


@pytest.mark.parametrize("told_before", [True, False])
def test_what_was_snoozed_and_gets_worse_is_told_as_worse(tmp_path: Path, told_before: bool) -> None:  # noqa: FBT001 - a case
    """Six days in Intro are a warning, eight are critical; where no mail ever spoke of it, it is new."""
    db = tmp_path / "improv.db"
    must("lead add Ada --source web --on 2026-11-17", db, MONDAY)
    must("opp add ada --title Audit --on 2026-11-17", db, MONDAY)
    must("event schedule audit introductory-call +2w --set 2026-11-22", db, MONDAY)
    must("alerts ack S1 audit", db, MONDAY)
    if told_before:
        assert subjects(db, MONDAY)[0].startswith("1 new: Audit: in Intro for 6 days")
    must("alerts snooze S7 audit --until +2w", db, MONDAY)
    assert subjects(db, MONDAY, TUESDAY) == ["", ""]
    what = "worse" if told_before else "new"
    assert subjects(db, WEDNESDAY)[0].startswith(f"1 critical, 1 {what}: Audit: in Intro for 8 days")
    assert subjects(db, THURSDAY, FRIDAY) == ["", ""]


def test_what_clears_while_it_is_snoozed_is_never_told(acme: Path) -> None:
    mailed(acme, MONDAY)
    must("alerts snooze C4 acme --until thu", acme, MONDAY)
    must("testimonial add acme --content Superb", acme, TUESDAY)
    assert subjects(acme, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY) == ["", "", "", ""]


def test_an_acknowledged_flag_that_begins_anew_is_new_and_later_cleared(acme: Path) -> None:
    """No visit was booked; one was held on Tuesday, and none is booked since: that is another matter."""
    must("testimonial add acme --content Superb", acme, MONDAY)
    mailed(acme, MONDAY)
    must("alerts ack C7 acme", acme, MONDAY)
    must("visit log acme", acme, TUESDAY)
    what = "Acme: no next visit booked; 0 days since the last one on 2026-11-24"
    assert subjects(acme, TUESDAY, TUESDAY, WEDNESDAY) == [f"1 new: {what}", "", ""]
    must("visit schedule acme +7d", acme, THURSDAY)
    assert subjects(acme, THURSDAY, FRIDAY) == ["1 cleared: C7 Acme", ""]


def test_a_flag_that_was_switched_off_is_not_told_as_cleared(acme: Path) -> None:
    assert mailed(acme, MONDAY)
    off = {"flag": {"C4": {"off": True}}}
    assert mailed(acme, TUESDAY, off) == []
    assert mailed(acme, WEDNESDAY) == []
