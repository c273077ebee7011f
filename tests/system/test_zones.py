"""A day is the user's own, by the zone of the store: whatever zone the machine is in, and whatever its clock did before."""

import contextlib
import json
import shlex
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest
from icalendar import Calendar

from improv.history import HISTORY
from improv.show import FORMATS
from tests import drawn
from tests.ends import NEGATIVE
from tests.machine import Machine
from tests.run import run
from tests.session import must
from tests.test_two_clocks import PAGES, desk_at

pytestmark = pytest.mark.xdist_group("zones")
# The zones that are furthest apart: 25 hours.
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"
DAYS = (
    "1900-01-01",
    "1904-02-29",
    "1970-01-01",
    "2011-12-30",
    "2026-03-29",
    "2038-01-20",
    "2100-03-01",
    "2199-12-31",
)
_BY_CHANCE = {("link", "tag"), ("touch", "external_id")}


@contextlib.contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """Let the machine be in a time zone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()


def records(db: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every record, as it stands but for the instant it was typed in and what each store draws by chance."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        found = {}
        for table in HISTORY:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            kept = ", ".join(
                name for name in names if (table, name) not in _BY_CHANCE | {(table, "recorded_at")}
            )
            found[table] = connection.execute(f"SELECT {kept} FROM {table} ORDER BY id").fetchall()
    return found


@pytest.mark.parametrize("day", DAYS)
def test_a_day_typed_far_in_the_east_is_the_same_day_far_in_the_west(day: str, tmp_path: Path) -> None:
    """In lists, pages, every format, the calendar, and a store that is exported there and imported here."""
    db, other, whole = tmp_path / "improv.db", tmp_path / "other.db", tmp_path / "whole.jsonl"
    with machine_in(EAST):
        must("init --timezone Europe/Berlin", db, day)
        must(f"lead add Ada --on {day}", db, day)
        must(f"event schedule Ada introductory-call '{day} 00:10'", db, day)
        must(f"task add ring --about L1 --due {day}", db, day)
        must(f"export -o {whole}", db, day)
    with machine_in(WEST):
        seen = {
            form: run("lead", "list", "--format", form, db=db, today=day).out
            for form in FORMATS
            if form != "json"
        }
        data = json.loads(run("lead", "list", "--format", "json", db=db, today=day).out)
        page = run("lead", "show", "L1", db=db, today=day).out
        diary = Calendar.from_ical(run("calendar", db=db, today=day).out)
        must(f"import {whole}", other, day)
    assert [form for form, text in seen.items() if day not in text] == []
    assert data["rows"][0]["received"] == day
    assert page.count(day) >= 2
    starts = [entry.get("DTSTART").dt for entry in diary.walk("VEVENT")]
    dues = [entry.get("DUE").dt for entry in diary.walk("VTODO")]
    assert [start.replace(tzinfo=None).isoformat() for start in starts] == [f"{day}T00:10:00"]
    assert [str(due) for due in dues] == [day]
    assert records(other) == records(db)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the same book, typed on machines in both zones at one instant."""
    made = {}
    for zone in (EAST, WEST):
        db = tmp_path_factory.mktemp("zones") / "improv.db"
        with machine_in(zone), desk_at("2026-11-23T12:00+00:00"):
            must("init --timezone Europe/Berlin", db)
            made[zone] = drawn.template(db)
    return made


def test_what_is_typed_is_kept_alike_in_any_zone(books: dict[str, Path]) -> None:
    """Record for record."""
    assert records(books[EAST]) == records(books[WEST])


def test_every_page_has_the_same_bytes_in_any_zone(books: dict[str, Path]) -> None:
    """Each page in a format in its turn, at one instant."""
    said = {}
    asked = PAGES[::4]
    for zone in (EAST, WEST):
        forms = cycle(FORMATS)
        with machine_in(zone), desk_at("2026-11-23T23:30+00:00"):
            said[zone] = [
                run(
                    *shlex.split(page),
                    "--format",
                    next(forms),
                    db=books[EAST],
                    today="",
                    config=drawn.CONFIG,
                    extra={"TZ": zone},
                )
                for page in asked
            ]
    assert [page for page, *two in zip(asked, *said.values(), strict=True) if two[0] != two[1]] == []


def test_a_mail_says_the_same_in_any_zone(tmp_path: Path) -> None:
    """But for the name of the message, which is a new one."""
    said = []
    for zone in (EAST, WEST):
        folder = tmp_path / zone.replace("/", "-")
        folder.mkdir()
        with machine_in(zone):
            machine = Machine(folder).started()
            machine.type("alerts", "--email")
        (mail,) = machine.mails
        said.append(
            [line for line in mail.splitlines() if not line.startswith(("Message-ID", "--=", " boundary"))]
        )
    assert said[0] == said[1]


# Which day it is: the store's zone says so, at any hour.

MIDNIGHTS = {
    "Pacific/Kiritimati": "2026-11-22T10:00+00:00",
    "Asia/Kolkata": "2026-11-22T18:30+00:00",
    "Europe/Berlin": "2026-11-22T23:00+00:00",
    "America/New_York": "2026-11-23T05:00+00:00",
    "Pacific/Pago_Pago": "2026-11-23T11:00+00:00",
}


@pytest.mark.parametrize("zone", MIDNIGHTS)
def test_the_day_begins_at_the_midnight_of_the_store(zone: str, tmp_path: Path) -> None:
    """A second before it is Sunday there, and then it is Monday, whatever day the machine has; so for all hours."""
    db = tmp_path / "improv.db"
    midnight = datetime.fromisoformat(MIDNIGHTS[zone])
    with machine_in(WEST if zone == EAST else EAST):
        must(f"init --timezone {zone}", db)
        days = {}
        for seconds in (-86400, -1, 0, *range(3600, 24 * 3600, 5 * 3600), 24 * 3600 - 1, 24 * 3600):
            with desk_at((midnight + timedelta(seconds=seconds)).isoformat()):
                told = run("lead", "list", "--format", "json", db=db, today="")
                days[seconds] = run("report", "daily", db=db, today="").out.splitlines()[1]
                assert told.code == 0
    assert days.pop(-86400) == "2026-11-22"
    assert days.pop(-1) == "2026-11-22"
    assert days.pop(24 * 3600) == "2026-11-24"
    assert set(days.values()) == {"2026-11-23"}


def test_ninety_days_ago_is_ninety_days_across_a_night_when_clocks_change(tmp_path: Path) -> None:
    """From 25 January, at five past midnight, to 25 April: Berlin lost an hour in between, and no day."""
    db = tmp_path / "improv.db"
    must("init --timezone Europe/Berlin", db)
    with desk_at("2026-04-24T22:05+00:00"):
        assert "received Sun 25 Jan" in must("lead add Ada --on '90d ago'", db, today="").out
    with desk_at("2026-11-22T23:05+00:00"):
        assert "received Tue 25 Aug" in must("lead add Bob --on '90d ago'", db, today="").out


# A clock that was set wrong between two commands.


def test_commands_are_taken_back_in_the_order_they_were_typed_whatever_the_clock_said(tmp_path: Path) -> None:
    """The clock goes back ten years and forth again: undo, redo, history and known-on go by the number of the entry."""
    db = tmp_path / "improv.db"
    must("init --timezone Europe/Berlin", db)

    def at(when: str) -> Callable[[str], list[str]]:
        def typed(line: str) -> list[str]:
            with desk_at(f"{when}T12:00+00:00"):
                return must(line, db, today="").out.splitlines()

        return typed

    now, back, later = at("2026-11-23"), at("2016-11-26"), at("2026-11-24")
    now("lead add Ada")
    back("lead add Bob")
    later("lead add Cid")
    assert [line.split("\t")[0] for line in back("history")] == ["#3", "#2", "#1"]
    assert back("undo")[0] == "undone: #3 lead add Cid"
    assert later("undo")[0] == "undone: #2 lead add Bob"
    assert back("redo")[0] == "done again: #2 lead add Bob"
    names = {
        number: [line.split("\t")[1] for line in later(f"lead list --known-on '#{number}'")]
        for number in (1, 2, 3, 4, 5, 6)
    }
    assert names[1] == ["Ada"]
    assert sorted(names[3]) == ["Ada", "Bob", "Cid"]
    assert (names[5], sorted(names[6])) == (["Ada"], ["Ada", "Bob"])
    assert sorted(line.split("\t")[1] for line in later("lead list --known-on 2026-11-24")) == ["Ada", "Bob"]
    assert later("doctor") == []


def test_a_snooze_outlives_a_clock_that_jumps(tmp_path: Path) -> None:
    """Ten years back nothing has a negative age, and forth again it hides what it hid; no page fails."""
    db = tmp_path / "improv.db"
    must("init --timezone Europe/Berlin", db)
    must("client add Acme --on 2026-01-05", db)
    with desk_at("2026-11-23T12:00+00:00"):
        up = must("alerts", db, today="").out
        must("alerts snooze C1 Acme --until +20d", db, today="")
        quiet = must("alerts", db, today="").out
    with desk_at("2016-11-26T12:00+00:00"):
        assert not NEGATIVE.search(must("alerts", db, today="").out)
    with desk_at("2026-11-23T12:00+00:00"):
        assert must("alerts", db, today="").out == quiet != up
    with desk_at("2036-11-23T12:00+00:00"):
        assert "C1" in must("alerts", db, today="").out


def test_what_is_still_to_come_by_a_wrong_clock_has_no_age(tmp_path: Path) -> None:
    """Typed in 2026 and looked at in 2016: a flag counts no days, and where an age would stand stands nothing."""
    db = tmp_path / "improv.db"
    for command in (
        "client add Acme --on 2026-01-05",
        "lead add Ada --on 2026-11-02",
        "opportunity add Ada --title Audit --on 2026-11-02",
        "visit log C1 --on 2026-02-02",
        "kpi pick new-leads visits lost closed points --on 2026-10-01",
        "kpi change 'a new page' --on 2026-11-02",
    ):
        must(command, db)
    shown = {
        page: must(f"{page} --format plain", db, today="2016-11-26").out
        for page in (
            "alerts",
            "check",
            "show C1",
            "show L1",
            "show O1",
            "change list",
            "show X1",
            "report kpi",
            "kpi list",
        )
    }
    assert "\tno next visit booked; 0 days since the last one on 2026-02-02\t0\t" in shown["alerts"]
    assert "X1\ta new page\t2026-11-02\t–\trunning\n" in shown["change list"]
    assert [page for page, text in shown.items() if NEGATIVE.search(text) or "\t-" in text] == []
