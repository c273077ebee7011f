"""The calendar: what stands in the file, and that a calendar which reads it again has neither less nor two of anything."""

import stat
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from improv import playbook
from improv.calendar import file, items
from improv.calendar.items import Diary, Item
from improv.dates import Period
from improv.models import Client, Event
from improv.text import shown
from tests import drawn, story
from tests.book import TODAY, Book
from tests.calendars import MONDAY, STORE, Type, components, lines, said, typing
from tests.run import run, spawn
from tests.session import must

pytestmark = pytest.mark.usefixtures("unsynced")
BERLIN = ZoneInfo("Europe/Berlin")
EVER = Period(date(2000, 1, 1), date.max, "")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Say where the store of a test is."""
    return tmp_path / "improv.db"


@pytest.fixture
def typed(db: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Give a way to type commands, on a store of its own in Berlin."""
    return typing(db, monkeypatch)


def calendar(db: Path, *options: str, today: str = MONDAY) -> str:
    """Return the calendar file as it comes out of a pipe."""
    result = run("calendar", *options, db=db, today=today)
    assert (result.code, result.err) == (0, "")
    return result.out


ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
COMMENT:This timezone only works from 2026-01-01 to 2027-01-01.
BEGIN:STANDARD
DTSTART:20260101T000000
TZNAME:CET
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20260329T030000
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20261025T030000
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE"""

WORKED = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//improv//improv//EN
{ZONE}
BEGIN:VEVENT
SUMMARY:discovery meeting with Audit 2027
DTSTART;TZID=Europe/Berlin:20261126T150000
DTEND;TZID=Europe/Berlin:20261126T163000
DTSTAMP:20261123T080300Z
UID:E1-{STORE}@improv
SEQUENCE:0
CREATED:20261123T080300Z
DESCRIPTION:E1 discovery meeting with O1 Audit 2027\\nanticipated stage: Proposal\\ngap 3 days from set to scheduled\\nfor Sam
LAST-MODIFIED:20261123T080300Z
LOCATION:Hauptstr. 1\\, Bonn
STATUS:CONFIRMED
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:discovery meeting with Audit 2027
TRIGGER:-PT30M
END:VALARM
END:VEVENT
BEGIN:VEVENT
SUMMARY:pricing with Ada Lovelace
DTSTART;VALUE=DATE:20261127
DTSTAMP:20261123T080400Z
UID:E2-{STORE}@improv
SEQUENCE:0
CREATED:20261123T080400Z
DESCRIPTION:E2 introductory call with L1 Ada Lovelace\\ngap 4 days from set to scheduled
LAST-MODIFIED:20261123T080400Z
STATUS:CONFIRMED
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
SUMMARY:check-in at Acme
DTSTART;VALUE=DATE:20261120
DTSTAMP:20261123T080600Z
UID:V1-{STORE}@improv
SEQUENCE:0
CREATED:20261123T080600Z
DESCRIPTION:V1 at C1 Acme
LAST-MODIFIED:20261123T080600Z
STATUS:CONFIRMED
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VTODO
CREATED:20261123T080700Z
DESCRIPTION:K1 about O1 Audit 2027
DTSTAMP:20261123T080800Z
DUE;VALUE=DATE:20261201
LAST-MODIFIED:20261123T080800Z
SEQUENCE:1
STATUS:NEEDS-ACTION
SUMMARY:send the contract
UID:K1-{STORE}@improv
END:VTODO
BEGIN:VTODO
COMPLETED:20261119T110000Z
CREATED:20261123T080900Z
DESCRIPTION:K2
DTSTAMP:20261123T081000Z
LAST-MODIFIED:20261123T081000Z
SEQUENCE:1
STATUS:COMPLETED
SUMMARY:buy stamps
UID:K2-{STORE}@improv
END:VTODO
END:VCALENDAR"""


def test_a_calendar_line_by_line(db: Path, typed: Type) -> None:
    """An event with all its fields, one without a time, a visit that was not booked, a task moved and a task done."""
    typed("lead add 'Ada Lovelace'")
    typed("opp add ada --title 'Audit 2027'")
    expected = (
        "--anticipated-stage proposal --ends-time 16:30 --place 'Hauptstr. 1, Bonn' --reminder-minutes 30"
    )
    typed(f"event schedule audit discovery-meeting 'thu 15:00' {expected} --assigned-to Sam")
    typed("event schedule L1 introductory-call fri --subject pricing")
    typed("client add Acme --on 2026-01-05")
    typed("visit log acme --kind check-in --on 2026-11-20")
    typed("task add 'send the contract' --about audit --due fri")
    typed("task move K1 2026-12-01")
    typed("task add 'buy stamps' --on 2026-11-18")
    typed("task done K2 --on 2026-11-19")
    assert lines(calendar(db)) == WORKED.split("\n")


def test_an_empty_store_has_an_empty_calendar(db: Path, typed: Type) -> None:
    """It holds the time zone alone, which the format takes for a calendar."""
    del typed
    written = calendar(db)
    assert lines(written) == [*WORKED.split("\n")[:3], *ZONE.split("\n"), "END:VCALENDAR"]
    assert components(written) == []
    listed = run("calendar", db=db, today=MONDAY, tty=True)
    assert listed.out == "\x1b[2mNothing is in the calendar.\x1b[0m\n"


def test_without_a_store_there_is_no_calendar(db: Path) -> None:
    """Nothing is made by looking."""
    assert run("calendar", db=db).told[0] == "improv: there is no store yet"


def test_another_program_reads_what_was_written(book: Book) -> None:
    """Every event, visit and task of a small story comes back with its title, days, state and numbers."""
    story.tell(book)
    diary = items.diary(book.reader(), EVER)
    read = components(file.write(diary, TODAY))
    assert len(read) == len(diary.items) == 5
    for item, part in zip(diary.items, read, strict=True):
        assert str(part["UID"]) == file.uid(diary.store, item)
        assert str(part["SUMMARY"]) == item.title
        assert str(part["DESCRIPTION"]) == "\n".join(item.notes)
        assert int(part["SEQUENCE"]) == item.changes
        when = "DUE" if item.noun == "task" else "DTSTART"
        assert part[when].dt == item.start
        assert ("DTEND" in part, item.end) == (item.end is not None, part["DTEND"].dt if item.end else None)
    assert [(str(part["UID"]).partition("-")[0], str(part["STATUS"])) for part in read] == [
        *(("E1", "CONFIRMED"), ("E3", "CONFIRMED"), ("V1", "CONFIRMED")),
        *(("K1", "NEEDS-ACTION"), ("K2", "NEEDS-ACTION")),
    ]


# ── Read again by a calendar that has it already ───────────────────────────────────────────────────────────────────


def test_what_is_typed_about_an_event_changes_one_entry_for_good(db: Path, typed: Type) -> None:
    """Moved, corrected, renamed, removed, brought back, undone: one identity, and a number that only grows."""
    steps = (
        ("event schedule ada discovery-meeting 'thu 15:00'", "20261126T150000", "CONFIRMED", 0),
        ("event edit E1 --confirmation-on today", "20261126T150000", "CONFIRMED", 0),
        ("event edit E1 --external-id x7", "20261126T150000", "CONFIRMED", 0),
        ("event edit E1 --place Bonn", "20261126T150000", "CONFIRMED", 1),
        ("event move E1 'fri 10:00'", "20261127T100000", "CONFIRMED", 2),
        ("undo", "20261126T150000", "CONFIRMED", 3),
        ("event move E1 'fri 11:00'", "20261127T110000", "CONFIRMED", 4),
        ("event move E3 2026-12-24", "20261224T110000", "CONFIRMED", 5),
        ("lead edit L1 --city Bonn", "20261224T110000", "CONFIRMED", 5),
        ("lead edit L1 --name 'Ada King'", "20261224T110000", "CONFIRMED", 6),
        ("event cancel E4", "20261224T110000", "CANCELLED", 7),
        ("event remove E4", "20261127T110000", "CANCELLED", 8),
        ("undo", "20261224T110000", "CANCELLED", 9),
        ("undo", "20261224T110000", "CONFIRMED", 10),
    )
    typed("lead add Ada")
    before, last = "", -1
    for command, start, status, number in steps:
        typed(command)
        written = calendar(db)
        assert said(written, "UID", "DTSTART", "STATUS", "SEQUENCE") == [
            (f"E1-{STORE}@improv", start, status, str(number))
        ], command
        assert (written == before) == (number == last), command
        before, last = written, number


STAMPS = ("SEQUENCE", "DTSTAMP", "LAST-MODIFIED")
SMALL = (
    "lead add Ada --on 2026-11-10",
    "opportunity add L1 --on 2026-11-10",
    "client add Acme --on 2026-01-05",
    "event schedule O1 discovery-meeting 'thu 15:00' --set 2026-11-18",
    "visit schedule C1 +3d",
    "event schedule L1 introductory-call +2d",
    "visit log C1 --on 2026-11-20",
    "task add 'send the contract' --about O1 --due fri",
    "task add 'check in' --about C1",
)
TYPED = ("event", "visit", "task", "lead edit", "client edit", "opportunity edit", "opportunity won")


def entries(db: Path) -> dict[str, tuple[int, list[str]]]:
    """Return the number and the other lines of each entry of the calendar, by its identity."""
    written = {}
    for part in components(calendar(db, today=str(TODAY))):
        kept = [line for line in lines(part.to_ical().decode()) if not line.startswith(STAMPS)]
        written[str(part["UID"])] = (int(part["SEQUENCE"]), kept)
    return written


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=3,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_an_entry_that_changes_has_a_greater_number_and_none_goes(data: st.DataObject) -> None:
    """Whatever is typed, undone and redone: with its old number it reads as before."""
    commands = [name for name in sorted(drawn.registered()) if name.startswith(TYPED)]
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "improv.db"
        for command in SMALL:
            must(command, db, TODAY)
        before = entries(db)
        assert len(before) == 6
        for _ in range(data.draw(st.integers(4, 12))):
            command = data.draw(st.sampled_from([*commands, "undo", "undo", "redo"]))
            words = [] if command in {"undo", "redo"} else data.draw(drawn.COMMANDS[command])
            run(*drawn.argv(command, words, Path(folder)), db=db, config=drawn.CONFIG)
            after = entries(db)
            for identity, (number, kept) in before.items():
                now, read = after[identity]
                assert now > number or (now, read) == (number, kept), (command, words)
            before = after


def test_what_was_removed_or_undone_is_cancelled(db: Path, typed: Type) -> None:
    """A calendar that has read it would keep it otherwise."""
    typed("client add Acme --on 2026-01-05")
    typed("visit log acme --kind check-in --on 2026-11-20")
    typed("visit remove V1")
    typed("task add 'call back' --about acme --due fri")
    typed("task remove K1")
    typed("visit schedule acme 'tue 10:00'")
    typed("undo")
    assert said(calendar(db), "UID", "STATUS", "SEQUENCE", "SUMMARY") == [
        (f"E1-{STORE}@improv", "CANCELLED", "1", "client visit with Acme"),
        (f"V1-{STORE}@improv", "CANCELLED", "1", "check-in at Acme"),
        (f"K1-{STORE}@improv", "CANCELLED", "1", "call back"),
    ]
    typed("redo")
    assert said(calendar(db), "UID", "STATUS", "SEQUENCE")[0] == (f"E1-{STORE}@improv", "CONFIRMED", "2")


def test_a_clock_that_was_set_back_makes_no_change_an_old_one(book: Book) -> None:
    """The last instant stands, whatever order they were typed in."""
    event = book.add(
        Event, kind="client-visit", set_on="2026-11-20", first_set_on="2026-11-20", scheduled_for="2026-11-25"
    )
    book.work.connection.execute("UPDATE journal_entry SET recorded_at = '2026-11-22T13:00:00Z'")
    book.work.connection.execute(
        "INSERT INTO journal_entry (recorded_at, kind, command) VALUES ('2026-11-22T09:00:00Z', 'do', 'later')"
    )
    book.work.connection.execute("UPDATE journal_open SET entry_id = entry_id + 1")
    book.work.change(event, place="Bonn")
    (item,) = items.event(book.reader(), 1).items
    assert (item.made, item.changed, item.changes) == ("2026-11-22T13:00:00Z", "2026-11-22T13:00:00Z", 1)


# ── When ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def booked(book: Book, **fields: object) -> Item:
    """Book a visit on a day, and return how it stands in the calendar."""
    day = fields["scheduled_for"]
    given = {"kind": "client-visit", "set_on": day, "first_set_on": day, "imported": True, **fields}
    number = book.add(Event, **given).id
    assert number is not None
    (item,) = items.event(book.reader(), number).items
    return item


@pytest.mark.parametrize(
    ("day", "starts", "ends", "start", "end"),
    [
        ("2026-11-26", "15:00", None, "2026-11-26T14:00", "2026-11-26T15:00"),
        ("2026-11-26", "15:00", "15:45", "2026-11-26T14:00", "2026-11-26T14:45"),
        ("2026-11-26", "15:00", "14:00", "2026-11-26T14:00", "2026-11-26T15:00"),
        ("2026-11-26", "23:30", None, "2026-11-26T22:30", "2026-11-26T23:30"),
        # The night clocks skip from 2 to 3, and the night they show 2 to 3 twice.
        ("2026-03-29", "01:30", None, "2026-03-29T00:30", "2026-03-29T01:30"),
        ("2026-03-29", "02:30", None, "2026-03-29T01:30", "2026-03-29T02:30"),
        ("2026-03-29", "10:00", "11:00", "2026-03-29T08:00", "2026-03-29T09:00"),
        ("2026-10-25", "01:30", None, "2026-10-24T23:30", "2026-10-25T00:30"),
        ("2026-10-25", "10:00", "11:00", "2026-10-25T09:00", "2026-10-25T10:00"),
    ],
)
def test_an_event_is_at_its_local_time(
    day: str, starts: str, ends: str | None, start: str, end: str, book: Book
) -> None:
    """By the user's own zone on every day of the year; an hour where no end was told, or none after its start."""
    item = booked(book, scheduled_for=day, scheduled_time=starts, ends_time=ends)
    (read,) = components(file.write(Diary(STORE, BERLIN, (item,)), TODAY))
    for name, expected in (("DTSTART", start), ("DTEND", end)):
        moment = read[name].dt
        assert read[name].params["TZID"] == "Europe/Berlin"
        assert f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}" == expected


def test_how_long_an_event_takes_is_the_playbooks(book: Book) -> None:
    """Where no end was told."""
    booked(book, scheduled_for="2026-11-26", scheduled_time="15:00")
    short = playbook.load(overrides={"limit": {"event_minutes": 25}})
    (item,) = items.event(book.reader(playbook=short), 1).items
    assert item.end == datetime(2026, 11, 26, 15, 25, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("closing", "start", "status", "note"),
    [
        ({"status": "done", "closed_on": "2026-11-20"}, "20261120T150000", "CONFIRMED", "held 2026-11-20"),
        ({"status": "done", "closed_on": "2026-11-21"}, "20261121", "CONFIRMED", "held 2026-11-21"),
        (
            {"status": "no-show", "closed_on": "2026-11-21"},
            "20261120T150000",
            "CONFIRMED",
            "no-show 2026-11-21",
        ),
        (
            {"status": "cancelled", "closed_on": "2026-11-19"},
            "20261120T150000",
            "CANCELLED",
            "cancelled 2026-11-19",
        ),
    ],
)
def test_what_is_over_stays_as_it_was(
    closing: dict[str, str], start: str, status: str, note: str, book: Book
) -> None:
    """Held on the day it was held, without a time when that was another; no alarm goes off any more."""
    item = booked(book, scheduled_for="2026-11-20", scheduled_time="15:00", reminder_minutes=10, **closing)
    written = file.write(Diary(STORE, BERLIN, (item,)), TODAY)
    assert said(written, "DTSTART", "STATUS") == [(start, status)]
    assert item.notes[-1] == note
    assert "VALARM" not in written


def test_a_visit_that_was_booked_is_one_entry(db: Path, typed: Type) -> None:
    """The booking is held with the visit."""
    typed("client add Acme --on 2026-01-05")
    typed("visit schedule acme 2026-11-23 --visit-kind qbr")
    typed("visit log acme --kind qbr")
    assert said(calendar(db), "UID", "SUMMARY", "DTSTART", "SEQUENCE") == [
        (f"E1-{STORE}@improv", "QBR with Acme", "20261123", "1")
    ]


# ── What is in it ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_period_it_goes_from_thirty_days_back_on(db: Path, typed: Type) -> None:
    """All that is ahead, and every open task, however long overdue."""
    typed("client add Acme --on 2026-01-05")
    for day in ("2026-10-23", "2026-10-24", "2026-11-23"):
        typed(f"visit log acme --on {day}")
    typed("visit schedule acme 2031-01-01")
    typed("task add 'long overdue' --due 2026-02-01 --on 2026-01-05")
    typed("task add 'some day'")
    typed("task add 'over' --on 2026-01-05")
    typed("task done K3 --on 2026-10-23")
    assert [number.partition("-")[0] for (number,) in said(calendar(db), "UID")] == [
        "E1",
        "V2",
        "V3",
        "K1",
        "K2",
    ]
    assert [number.partition("-")[0] for (number,) in said(calendar(db, "--for", "oct"), "UID")] == [
        "V1",
        "V2",
        "K3",
    ]


def test_an_event_moved_out_of_the_period_is_told_where_it_is(db: Path, typed: Type) -> None:
    """Else a calendar that is fed week by week would keep it at its old time."""
    typed("lead add Ada")
    typed("event schedule ada discovery-meeting 'thu 15:00'")
    typed("event move E1 '2026-12-10 9:00'")
    assert said(calendar(db, "--for", "this week"), "DTSTART") == [("20261210T090000",)]
    assert said(calendar(db, "--for", "next week"), "DTSTART") == []


def test_the_calendar_of_one_person(db: Path, typed: Type, tmp_path: Path) -> None:
    """By whom it is assigned to; yours is also what nobody was given."""
    config = tmp_path / "config.toml"
    config.write_text('[me]\nname = "Sam"\n', "utf-8")
    typed("lead add Ada")
    typed("event schedule ada introductory-call thu --assigned-to sam")
    typed("event schedule ada introductory-call thu --assigned-to Eve")
    typed("event schedule ada introductory-call thu")
    for options, expected in ((("--owner", "EVE"), ["E2"]), (("--mine",), ["E1", "E3"])):
        result = run("calendar", *options, db=db, today=MONDAY, config=config)
        assert [number.partition("-")[0] for (number,) in said(result.out, "UID")] == expected
    assert run("calendar", "--mine", db=db).told[0] == "improv: the settings do not say who you are"
    both = run("calendar", "--mine", "--owner", "Eve", db=db, config=config)
    assert (both.code, both.told[0]) == (
        2,
        "improv: --mine is the calendar of one person, --owner of another",
    )


def test_as_of_a_past_day_it_is_the_calendar_of_that_day(db: Path, typed: Type) -> None:
    """What was set later is not in it, and what was moved later stands where it was."""
    typed("lead add Ada --on 2026-11-02")
    typed("event schedule ada discovery-meeting '2026-11-26 15:00' --set 2026-11-10")
    typed("event move E1 '2026-12-10 9:00' --on 2026-11-20")
    typed("event schedule ada introductory-call 2026-11-25 --set 2026-11-21")
    typed("task add 'call back' --due 2026-12-01 --on 2026-11-21")
    typed("event schedule ada introductory-call 2026-11-25 --set 2026-11-21")
    typed("undo")
    assert said(calendar(db, "--as-of", "2026-11-12"), "DTSTART", "STATUS") == [
        ("20261126T150000", "CONFIRMED")
    ]
    assert len(said(calendar(db), "UID")) == 4


# ── Hostile text ───────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = "Eve\r\nBEGIN:VALARM\nACTION:AUDIO; \\N \\n , \u202e\u2028 " + "ü" * 80


def test_what_users_wrote_is_text_and_nothing_else(book: Book) -> None:
    """A newline, a component of its own, an override of the direction, signs of the format, and a long line."""
    book.add(Client, name=HOSTILE, name_folded="eve", since_on="2026-01-05")
    item = booked(book, scheduled_for="2026-11-26", client_id=1, place=HOSTILE, assigned_to=HOSTILE)
    written = file.write(Diary(STORE, BERLIN, (item,)), TODAY)
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    assert [line for line in lines(written) if line.startswith(("BEGIN", "ACTION"))][-1] == "BEGIN:VEVENT"
    (read,) = components(written)
    assert str(read["SUMMARY"]) == f"client visit with {shown(HOSTILE)}"
    assert str(read["LOCATION"]) == shown(HOSTILE)
    assert str(read["DESCRIPTION"]).split("\n") == [
        f"E1 client visit with C1 {shown(HOSTILE)}",
        "gap 0 days from set to scheduled",
        f"for {shown(HOSTILE)}",
    ]


@settings(deadline=None)
@given(
    st.text(),
    st.text(st.sampled_from('\\nN;,:^"\r\n\t ü\u202e')),
    st.lists(st.text(), min_size=1, max_size=3),
)
def test_any_text_comes_back_as_it_is_shown(title: str, place: str, notes: list[str]) -> None:
    """Whatever it is made of, another program reads what we show everywhere else."""
    at = "2026-11-22T12:00:00Z"
    item = Item(
        "event",
        1,
        1,
        title,
        "scheduled",
        TODAY,
        place=place,
        notes=tuple(notes),
        reminder=5,
        made=at,
        changed=at,
    )
    (read,) = components(file.write(Diary(STORE, BERLIN, (item,)), TODAY))
    assert str(read["SUMMARY"]) == shown(title)
    assert str(read.get("LOCATION", "")) == shown(place)
    assert str(read["DESCRIPTION"]).split("\n") == [shown(note) for note in notes]
    (alarm,) = read.walk("VALARM")
    assert str(alarm["DESCRIPTION"]) == shown(title)


# ── Where it goes ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_private_whole_and_not_replaced_unasked(db: Path, typed: Type, tmp_path: Path) -> None:
    """As every page that is written to a file."""
    typed("lead add Ada")
    typed("event schedule ada introductory-call thu")
    path = tmp_path / "improv.ics"
    assert run("calendar", "-o", path, db=db, today=MONDAY).told == [f"written: {path}"]
    assert path.read_bytes().decode() == calendar(db)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("calendar", "-o", path, db=db, today=MONDAY).told[0] == "improv: there is a file already"
    assert run("calendar", "-o", path, "--force", db=db, today=MONDAY).code == 0


def test_on_a_terminal_it_is_a_list(db: Path, typed: Type) -> None:
    """By day and time; what is due on no day stands last. Other formats list it, too."""
    typed("lead add Ada")
    typed("task add 'some day'")
    typed("event schedule ada introductory-call 'thu 15:00' --assigned-to Sam")
    typed("event schedule ada discovery-meeting 'thu 9:00'")
    listed = run("calendar", db=db, today=MONDAY, tty=True, extra={"NO_COLOR": "1"}).out
    assert [line.split()[:3] for line in listed.splitlines()[1:4]] == [
        ["E2", "2026-11-26", "09:00"],
        ["E1", "2026-11-26", "15:00"],
        ["K1", "–", "–"],
    ]
    assert run("calendar", "--format", "csv", db=db, today=MONDAY).out.splitlines() == [
        "id,id_name,day,time,what,who,status",
        "E2,,2026-11-26,09:00,discovery meeting with Ada,,scheduled",
        "E1,,2026-11-26,15:00,introductory call with Ada,Sam,scheduled",
        "K1,,,,some day,,open",
    ]


def test_only_a_calendar_is_written_as_one(db: Path, typed: Type, tmp_path: Path) -> None:
    """A report has no such form."""
    typed("lead add Ada")
    refused = run("report", "weekly", "-o", tmp_path / "week.ics", db=db, today=MONDAY)
    assert (refused.code, refused.told[0]) == (2, "improv: there is no such format")
    assert not (tmp_path / "week.ics").exists()


def test_the_file_is_utf_8_whatever_the_locale_is(db: Path, typed: Type) -> None:
    """The format knows no other encoding."""
    typed("lead add Žofie")
    typed("event schedule Žofie introductory-call thu")
    told = spawn("calendar", db=db, today=MONDAY, extra={"PYTHONIOENCODING": "latin-1"})
    assert "SUMMARY:introductory call with Žofie" in told.out
