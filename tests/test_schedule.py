"""What the machine runs by itself: when it is due, and which runs were missed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from improv import memory
from improv.errors import Usage
from improv.migrations import run_script
from improv.schedule import Due, Missed, in_words, is_due, minute_there, missed, parse_due, times, untold

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def remembered() -> Iterator[sqlite3.Connection]:
    """Give what a machine remembers, and no records."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for name in ("memory", "schedule"):
            run_script(connection, files("improv.migrations").joinpath(f"{name}.sql").read_text("utf-8"))
        yield connection


def moment(text: str) -> datetime:
    """Return an instant, typed in UTC unless it says otherwise."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ran(connection: sqlite3.Connection, at: datetime, command: str = "alerts", code: int = 0) -> None:
    """Let a command run."""
    memory.ended(connection, memory.began(connection, command, at), at, code)


def planned(connection: sqlite3.Connection, since: str, **due: str) -> None:
    """Schedule `alerts` and perhaps `report_weekly`."""
    memory.schedule(
        connection,
        "cron",
        {name.replace("_", " "): when for name, when in due.items()},
        moment(since),
    )


# When it is due.


@pytest.mark.parametrize(
    ("typed", "due", "told"),
    [
        ("07:00", Due(time(7)), "every day at 07:00"),
        ("7am", Due(time(7)), "every day at 07:00"),
        ("mon 06:45", Due(time(6, 45), 0), "every Monday at 06:45"),
        (" Sunday 3:30 pm", Due(time(15, 30), 6), "every Sunday at 15:30"),
    ],
)
def test_a_time_and_perhaps_a_weekday_say_when(typed: str, due: Due, told: str) -> None:
    """It reads back as it is kept."""
    assert (parse_due(typed), due.in_words(), parse_due(str(due))) == (due, told, due)


@pytest.mark.parametrize(
    ("typed", "weekly", "what"),
    [
        ("noon", None, "this is not understood as a time"),
        ("moon 07:00", None, "this is no weekday"),
        ("24:00", None, "there is no such time"),
        ("mon", None, "this is not understood as a time"),
        ("mon 07:00", False, "this must be a time alone"),
        ("07:00", True, "this must be a weekday and a time"),
    ],
)
def test_anything_else_is_refused(typed: str, weekly: bool | None, what: str) -> None:  # noqa: FBT001 - as it is asked
    """In words."""
    with pytest.raises(Usage) as refused:
        parse_due(typed, weekly=weekly)
    assert refused.value.what == what


def ticks(machine: ZoneInfo, minute: int, first: datetime, last: datetime) -> Iterator[datetime]:
    """Return when a cron in a time zone runs the line `minute * * * *`."""
    at = first
    while at < last:
        if at.astimezone(machine).minute == minute:
            yield at
        at += timedelta(minutes=15)


@pytest.mark.parametrize(
    "night", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"]
)
@pytest.mark.parametrize(
    ("user", "machine", "at"),
    [
        ("Europe/Berlin", "Etc/UTC", "07:00"),
        ("Europe/Berlin", "Europe/Berlin", "02:30"),
        ("Europe/Berlin", "America/New_York", "00:00"),
        ("America/New_York", "Europe/Berlin", "02:15"),
        ("Asia/Kolkata", "Europe/Berlin", "07:00"),
        ("Australia/Lord_Howe", "Asia/Kathmandu", "01:45"),
    ],
)
def test_it_runs_once_a_day_at_the_users_hour_on_any_night(
    remembered: sqlite3.Connection, night: str, user: str, machine: str, at: str
) -> None:
    """Clocks change in Europe, America or Australia that night; the machine looks every hour of its own clock."""
    mine, theirs, due = ZoneInfo(user), ZoneInfo(machine), parse_due(at)
    days = [date.fromisoformat(night) + number * DAY for number in range(-3, 3)]
    first, end = (datetime.combine(day, time(), mine).astimezone(UTC) for day in (days[0], days[-1] + DAY))
    planned(remembered, f"{first - SECOND:%Y-%m-%dT%H:%M:%S}", alerts=at)
    runs = []
    for tick in ticks(theirs, minute_there(due, mine, theirs, first), first, end):
        if is_due(remembered, "alerts", due, mine, tick):
            ran(remembered, tick)
            runs.append(tick)
    assert [run.astimezone(mine).date() for run in runs] == days
    wanted = times(due, mine, first - SECOND, end - SECOND)
    assert all(timedelta() <= run - due_at < HOUR for run, due_at in zip(runs, wanted, strict=True))


def test_a_time_that_a_night_leaves_out_or_has_twice_comes_once() -> None:
    """In Berlin 02:30 is not there on 29 March, and is there twice on 25 October."""
    due = parse_due("02:30")
    for night, at in (("2026-03-29", "2026-03-29T01:30Z"), ("2026-10-25", "2026-10-25T00:30Z")):
        midnight = datetime.combine(date.fromisoformat(night), time(), BERLIN)
        assert times(due, BERLIN, midnight, midnight + DAY - HOUR) == [datetime.fromisoformat(at)]


def test_what_failed_is_due_again_and_what_went_well_is_not(remembered: sqlite3.Connection) -> None:
    """The machine looks every hour; once a week is once a week."""
    due, weekly = parse_due("07:00"), parse_due("mon 06:45")
    ran(remembered, moment("2026-11-23T06:00"), code=6)
    assert is_due(remembered, "alerts", due, BERLIN, moment("2026-11-23T07:00"))
    ran(remembered, moment("2026-11-23T07:00"))
    assert not is_due(remembered, "alerts", due, BERLIN, moment("2026-11-24T05:59"))
    assert is_due(remembered, "alerts", due, BERLIN, moment("2026-11-24T06:00"))
    ran(remembered, moment("2026-11-23T05:45"), "report weekly")
    assert not is_due(remembered, "report weekly", weekly, BERLIN, moment("2026-11-29T23:45"))
    assert is_due(remembered, "report weekly", weekly, BERLIN, moment("2026-11-30T05:45"))


def test_what_was_due_before_it_was_scheduled_is_not_made_up_for(remembered: sqlite3.Connection) -> None:
    """Scheduled at noon for 07:00, it runs tomorrow; scheduling the same again changes nothing."""
    planned(remembered, "2026-11-23T11:00", alerts="07:00")
    assert not is_due(remembered, "alerts", parse_due("07:00"), BERLIN, moment("2026-11-23T12:00"))
    planned(remembered, "2026-11-24T11:00", alerts="07:00")
    assert is_due(remembered, "alerts", parse_due("07:00"), BERLIN, moment("2026-11-24T12:00"))


def test_a_clock_that_was_wrong_once_holds_nothing_up(remembered: sqlite3.Connection) -> None:
    """A run is noted for 2031, and the clock is set right."""
    ran(remembered, moment("2031-01-01T06:00"))
    assert is_due(remembered, "alerts", parse_due("07:00"), BERLIN, moment("2026-11-23T06:00"))
    ran(remembered, moment("2026-11-23T06:00"))
    assert not is_due(remembered, "alerts", parse_due("07:00"), BERLIN, moment("2026-11-23T07:00"))


# What was missed.


def test_nothing_is_missed_where_nothing_is_scheduled(remembered: sqlite3.Connection) -> None:
    """Not even by somebody who never ran anything."""
    assert missed(remembered, BERLIN, moment("2026-11-23T12:00")) == []


def test_a_machine_that_slept_for_three_weeks_is_told_of_in_one_phrase(
    remembered: sqlite3.Connection,
) -> None:
    """21 days, 3 Mondays; what was due this morning and runs now was not missed."""
    planned(remembered, "2026-10-31T12:00", alerts="07:00", report_weekly="mon 06:45")
    ran(remembered, moment("2026-11-01T06:00"))
    now = moment("2026-11-23T06:00")
    found = untold(remembered, BERLIN, now, "alerts")
    told = "alerts 21 times, Mon 2 Nov to Sun 22 Nov; report weekly 3 times, Mon 2 Nov to Mon 16 Nov"
    assert in_words(found, date(2026, 11, 23)) == told
    assert in_words(missed(remembered, BERLIN, now), date(2026, 11, 23)) == told


def test_a_day_is_missed_only_when_no_run_went_well_before_the_next(remembered: sqlite3.Connection) -> None:
    """Late is not missed, a failure is; what may still come within the hour is not yet."""
    planned(remembered, "2026-11-16T12:00", alerts="07:00")
    ran(remembered, moment("2026-11-17T06:00"))
    ran(remembered, moment("2026-11-18T21:00"))
    ran(remembered, moment("2026-11-19T06:00"), code=6)
    ran(remembered, moment("2026-11-20T05:59"))
    ran(remembered, moment("2026-11-21T06:00"))
    assert untold(remembered, BERLIN, moment("2026-11-22T07:00"), "alerts") == [
        Missed("alerts", (date(2026, 11, 20),))
    ]
    assert missed(remembered, BERLIN, moment("2026-11-22T07:09")) == []
    assert missed(remembered, BERLIN, moment("2026-11-22T07:10")) == [Missed("alerts", (date(2026, 11, 22),))]


def test_no_day_is_missed_on_the_nights_when_clocks_change(remembered: sqlite3.Connection) -> None:
    """It ran every day at 02:30 in Berlin, or when that came."""
    planned(remembered, "2026-03-26T12:00", alerts="02:30")
    for day in range(4):
        at = datetime.combine(date(2026, 3, 27) + day * DAY, time(2, 30), BERLIN)
        ran(remembered, at.astimezone(UTC))
    assert missed(remembered, BERLIN, moment("2026-03-30T23:00")) == []
    assert missed(remembered, BERLIN, moment("2026-03-31T23:00")) == [Missed("alerts", (date(2026, 3, 31),))]


def test_what_runs_now_makes_up_for_what_is_due_now(remembered: sqlite3.Connection) -> None:
    """However late: the machine was off until noon. To anybody else it was missed."""
    planned(remembered, "2026-11-22T12:00", alerts="07:00")
    assert untold(remembered, BERLIN, moment("2026-11-23T11:00"), "alerts") == []
    assert missed(remembered, BERLIN, moment("2026-11-23T11:00")) == [Missed("alerts", (date(2026, 11, 23),))]


def test_what_a_mail_could_not_know_yet_the_next_one_tells(remembered: sqlite3.Connection) -> None:
    """The report failed at 06:45, the flags were mailed at 07:00: by then it might still have come."""
    planned(remembered, "2026-11-22T12:00", alerts="07:00", report_weekly="mon 06:45")
    at = moment("2026-11-23T06:00")
    ran(remembered, moment("2026-11-23T05:45"), "report weekly", code=6)
    assert untold(remembered, BERLIN, at, "alerts") == []
    memory.put(remembered, purpose="alerts", message_id="<1@x>", subject="2 new", message=b"", at=at)
    memory.accepted(remembered, 1, at)
    ran(remembered, at)
    told = [Missed("report weekly", (date(2026, 11, 23),))]
    assert untold(remembered, BERLIN, moment("2026-11-24T06:00"), "alerts") == told


def test_a_run_noted_for_the_future_hides_nothing(remembered: sqlite3.Connection) -> None:
    """The clock was wrong once."""
    planned(remembered, "2026-11-20T12:00", alerts="07:00")
    ran(remembered, moment("2031-01-01T06:00"))
    days = tuple(date(2026, 11, day) for day in (21, 22))
    assert missed(remembered, BERLIN, moment("2026-11-22T12:00")) == [Missed("alerts", days)]
