"""khal, a calendar program of others, reads our file: each event is there once, at the right local time."""

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.calendars import MONDAY, Type, typing
from tests.needed import lacking
from tests.run import run

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("unsynced")]

CONFIG = """
[calendars]
[[improv]]
path = {folder}/improv
[sqlite]
path = {folder}/khal.db
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""
LINE = "{start-date}|{start-time}|{end-time}|{title}|{location}|{status}{alarm-symbol}"
# Not a backslash before an N: khal writes what it imports anew, with the library that takes it for a line break.
HOSTILE = "Eve BEGIN:VALARM; \\n, {title} " + "ü" * 80
Khal = Callable[..., list[str]]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Say where the store is."""
    return tmp_path / "improv.db"


@pytest.fixture
def typed(db: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Give a way to type commands, on a store of its own in Berlin."""
    return typing(db, monkeypatch)


@pytest.fixture
def listed(db: Path, tmp_path: Path) -> Khal:
    """Give a way to read the calendar with khal into what it has already, and to list what it then holds."""
    if find_spec("khal") is None:
        lacking("khal")
    (tmp_path / "improv").mkdir()
    file = tmp_path / "improv.ics"

    def khal(*words: str, zone: str) -> str:
        config = tmp_path / "khal.conf"
        config.write_text(CONFIG.format(folder=tmp_path, zone=zone), "utf-8")
        command = [sys.executable, "-m", "khal", "-c", str(config), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={"LC_ALL": "C.UTF-8"})
        assert "ERROR" not in done.stderr.upper(), done.stderr
        return done.stdout

    def listing(first: str, days: str, *, zone: str = "Europe/Berlin") -> list[str]:
        assert run("calendar", "-o", file, "--force", db=db, today=MONDAY).code == 0
        khal("import", "--batch", "-a", "improv", str(file), zone=zone)
        words = ("list", "--once", "--day-format", "", "--format", LINE, first, days)
        return [" ".join(line.split()) for line in khal(*words, zone=zone).splitlines()]

    return listing


def test_events_are_at_their_local_times(typed: Type, listed: Khal) -> None:
    """In the user's own zone and in another; on the day of the change of clocks; one without a time is all day."""
    typed("lead add Ada")
    typed("client add Acme --on 2026-01-05")
    typed("event schedule ada discovery-meeting 'thu 15:00' --ends-time 16:30 --place 'Bonn, Hauptstr. 1'")
    typed("event schedule ada introductory-call fri --subject pricing")
    typed("visit schedule acme '2027-03-28 10:00' --reminder-minutes 30")
    typed("visit log acme --kind qbr --on 2026-11-20")
    typed("task add 'no event' --due fri")
    expected = [
        "2026-11-20|||QBR at Acme||CONFIRMED",
        "2026-11-26|15:00|16:30|discovery meeting with Ada|Bonn, Hauptstr. 1|CONFIRMED",
        "2026-11-27|||pricing with Ada||CONFIRMED",
        "2027-03-28|10:00|11:00|client visit with Acme||CONFIRMED ⏰",
    ]
    assert listed("2026-11-01", "200d") == expected
    there = listed("2026-11-26", "1d", zone="America/New_York")
    assert there == ["2026-11-26|09:00|10:30|discovery meeting with Ada|Bonn, Hauptstr. 1|CONFIRMED"]


def test_a_file_read_again_moves_cancels_and_renames(typed: Type, listed: Khal) -> None:
    """Nothing stands in the calendar twice, and nothing stays that was removed."""
    typed("lead add Ada")
    typed("event schedule ada discovery-meeting 'thu 15:00'")
    assert listed("2026-11-01", "200d") == ["2026-11-26|15:00|16:00|discovery meeting with Ada||CONFIRMED"]
    typed("event move E1 '2026-12-10 9:00'")
    typed("lead edit L1 --name 'Ada King'")
    moved = "2026-12-10|09:00|10:00|discovery meeting with Ada King||"
    assert listed("2026-11-01", "200d") == [f"{moved}CONFIRMED"]
    typed("event cancel E2")
    assert listed("2026-11-01", "200d") == [f"{moved}CANCELLED"]
    typed("undo")
    assert listed("2026-11-01", "200d") == [f"{moved}CONFIRMED"]
    typed("event remove E2")
    assert listed("2026-11-01", "200d") == [
        "2026-11-26|15:00|16:00|discovery meeting with Ada King||CANCELLED"
    ]


def test_hostile_text_is_read_as_text(db: Path, typed: Type, listed: Khal) -> None:
    """What looks like the format's own signs, and a line that is too long for it."""
    typed("lead add Ada")
    typed("event schedule ada discovery-meeting 'thu 15:00'")
    assert run("lead", "edit", "L1", "--name", HOSTILE, db=db, today=MONDAY).code == 0
    assert listed("2026-11-26", "1d") == [
        f"2026-11-26|15:00|16:00|discovery meeting with {HOSTILE}||CONFIRMED"
    ]
