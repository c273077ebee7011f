"""Days, times and periods: the page that documents them is run, and no day is ever a wrong one."""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from improv.dates import (
    Looking,
    Moment,
    Period,
    Unit,
    day_of,
    days_between,
    describe_day,
    describe_moment,
    month_of,
    parse_day,
    parse_minutes,
    parse_moment,
    parse_period,
    quarter_of,
    week_of,
    year_of,
)
from improv.errors import Ambiguous, Usage
from tests.data import real

PAGE = Path(__file__).parents[1] / "docs" / "dates.md"
TODAY = date(2026, 11, 18)
UNITS: dict[Unit, Callable[[date], Period]] = {
    "day": day_of,
    "week": week_of,
    "month": month_of,
    "quarter": quarter_of,
    "year": year_of,
}

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
todays = st.dates(date(1950, 1, 1), date(2150, 12, 31))
directions = st.sampled_from(Looking)


def rows(*sections: str) -> Iterator[list[str]]:
    """Yield the cells of the page's examples in the sections."""
    section = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| `") and section in sections:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def outcome(read: Callable[[], str], cell: str) -> str:
    """Return what reading gives, told as the page's cell tells it."""
    try:
        return read()
    except Usage:
        return "refused"
    except Ambiguous as error:
        alternatives = [part.strip("`") for part in cell.removeprefix("ambiguous: ").split(" or ")]
        return cell if error.mend.replace('"', "") == "type " + " or ".join(alternatives) else error.mend


def day_typed(text: str, looking: Looking) -> str:
    return str(parse_day(text, TODAY, looking))


def moment_of(text: str, looking: Looking) -> str:
    moment = parse_moment(text, TODAY, looking)
    return str(moment.day) if moment.time is None else f"{moment.day} {moment.time:%H:%M}"


@pytest.mark.parametrize(("typed", "back", "forward"), list(rows("Days", "Moments")))
def test_page_of_days_and_moments(typed: str, back: str, forward: str) -> None:
    """Every example of a day or moment gives what the page says, in both directions."""
    text = typed.strip("`")
    for cell, looking in ((back, Looking.BACK), (forward, Looking.FORWARD)):
        assert outcome(partial(moment_of, text, looking), cell) == cell


@pytest.mark.parametrize(("typed", "back", "forward"), list(rows("Days")))
def test_page_of_days(typed: str, back: str, forward: str) -> None:
    """Every example of a day gives what the page says where only a day is asked for."""
    text = typed.strip("`")
    for cell, looking in ((back, Looking.BACK), (forward, Looking.FORWARD)):
        assert outcome(partial(day_typed, text, looking), cell) == cell


@pytest.mark.parametrize(("typed", "minutes"), list(rows("Lengths of time")))
def test_page_of_minutes(typed: str, minutes: str) -> None:
    """Every example of a length of time gives what the page says."""
    assert outcome(lambda: str(parse_minutes(typed.strip("`"))), minutes) == minutes


@pytest.mark.parametrize(("typed", "first", "last"), list(rows("Periods")))
def test_page_of_periods(typed: str, first: str, last: str) -> None:
    """Every example of a period gives the first and last day that the page says."""
    text = typed.strip("`")
    assert outcome(lambda: str(parse_period(text, TODAY).first), first) == first
    assert last == "" or outcome(lambda: str(parse_period(text, TODAY).last), last) == last


def test_page_is_read() -> None:
    """The page's tables are found: an unread page would prove nothing."""
    counts = [len(list(rows(name))) for name in ("Days", "Moments", "Lengths of time", "Periods")]
    assert counts == [47, 14, 8, 30]


def external_cases() -> list[dict[str, str]]:
    with real("cases", "dateutil_parser_cases.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_no_day_is_a_wrong_one() -> None:
    """Of 104 texts whose meaning is known none gives another day or time; refusing is fine."""
    cases = external_cases()
    understood = 0
    for case in cases:
        meaning = datetime.fromisoformat(case["expected_iso"])
        for looking in Looking if case["group"] == "full" else (Looking.FORWARD,):
            try:
                moment = parse_moment(case["input"], date(2003, 9, 25), looking)
            except (Usage, Ambiguous):
                continue
            understood += 1
            assert moment.day == meaning.date(), case
            assert moment.time in {None, meaning.time()}, case
            assert moment.time is not None or meaning.time() == time(), case
    assert len(cases) == 104
    assert understood >= 60


@given(day=days, today=todays, looking=directions)
def test_iso_days_return(day: date, today: date, looking: Looking) -> None:
    """A day told as ISO is read as itself, whatever today is."""
    for form in (f"{day}", f"{day:%Y%m%d}", f"{day:%Y/%m/%d}", f"{day.day} {month_of(day).label}"):
        assert parse_day(form, today, looking) == day


@given(day=todays, today=todays)
@example(day=date(2024, 2, 29), today=date(2024, 11, 18))
@example(day=TODAY, today=TODAY)
def test_told_days_return(day: date, today: date) -> None:
    """A day told in words is read as itself in the direction where it lies."""
    looking = Looking.BACK if day <= today else Looking.FORWARD
    assert parse_day(describe_day(day, today), today, looking) == day


@given(day=todays, today=todays, clock=st.times().map(lambda t: t.replace(second=0, microsecond=0)))
def test_told_moments_return(day: date, today: date, clock: time) -> None:
    """A moment told in words is read as itself in the direction where it lies."""
    looking = Looking.BACK if day <= today else Looking.FORWARD
    for moment in (Moment(day, clock), Moment(day)):
        assert parse_moment(describe_moment(moment, today), today, looking) == moment


@given(today=todays, count=st.integers(0, 9999))
def test_counted_days(today: date, count: int) -> None:
    """A count of days with its sign is that many days away."""
    for form, signed in (("+{}d", count), ("in {} days", count), ("-{}d", -count), ("{}d ago", -count)):
        day = parse_day(form.format(count), today, Looking.BACK)
        assert days_between(today, day) == signed


@given(
    today=todays, looking=directions, name=st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
)
def test_weekdays_lie_within_a_week(today: date, looking: Looking, name: str) -> None:
    """A weekday is within six days in the direction, and today's own is refused."""
    if describe_day(today, today).lower().startswith(name):
        with pytest.raises(Ambiguous):
            parse_day(name, today, looking)
        return
    day = parse_day(name, today, looking)
    away = days_between(today, day) if looking is Looking.FORWARD else days_between(day, today)
    assert describe_day(day, today).lower().startswith(name)
    assert 1 <= away <= 6


@given(day=days, today=todays)
def test_numeric_days_are_right_or_refused(day: date, today: date) -> None:
    """A numeric day with its year last is right in the order typed, or refused with both readings."""
    for form in (f"{day:%d.%m.%Y}", f"{day:%m/%d/%Y}", f"{day.day}-{day.month}-{day.year}"):
        try:
            assert parse_day(form, today, Looking.BACK) == day
        except Ambiguous as error:
            assert str(day) in error.mend  # noqa: PT017 -- both outcomes are right, each in its own way
            assert day.day != day.month


@given(
    text=st.text(st.sampled_from("0123456789-+/:., adfnotvwmy"), max_size=14),
    today=todays,
    looking=directions,
)
@example(text="-9999y", today=TODAY, looking=Looking.BACK)
@example(text="+9999w", today=date(2150, 1, 1), looking=Looking.BACK)
@example(text="last 9999 years", today=TODAY, looking=Looking.BACK)
@example(text="٣ nov", today=TODAY, looking=Looking.BACK)
def test_anything_typed_is_a_day_or_a_refusal(text: str, today: date, looking: Looking) -> None:
    """Whatever is typed, a day of a known year comes out, or a refusal that says what to type."""
    reads: list[Callable[[], date]] = [
        lambda: parse_moment(text, today, looking).day,
        lambda: parse_period(text, today).first,
    ]
    for read in reads:
        try:
            assert 1900 <= read().year <= 2199
        except (Usage, Ambiguous) as error:
            assert error.mend  # noqa: PT017 -- a refusal is as good as a day, if it mends


@given(day=days, unit=st.sampled_from(sorted(UNITS)))
def test_units_hold_their_day_and_adjoin(day: date, unit: Unit) -> None:
    """A calendar unit holds its day; the one before ends the day before it and is of the same unit."""
    period = UNITS[unit](day)
    before = period.previous()
    assert period.first <= day <= period.last
    assert before == UNITS[unit](period.first - timedelta(days=1))
    assert before.last == period.first - timedelta(days=1)


@given(first=days, length=st.integers(1, 800), unit=st.sampled_from(sorted(UNITS)))
def test_periods_tile(first: date, length: int, unit: Unit) -> None:
    """A period's pieces follow one another without gap, cover it exactly, and lie in one unit each."""
    period = Period(first, first + timedelta(days=length - 1), "some days")
    pieces = period.split(unit)
    assert (pieces[0].first, pieces[-1].last) == (period.first, period.last)
    assert sum(piece.days for piece in pieces) == period.days == length
    for piece, following in pairwise(pieces):
        assert piece.last + timedelta(days=1) == following.first
    assert all(UNITS[unit](piece.first).last >= piece.last for piece in pieces)
    assert period.previous().days == length
    assert period.previous().last == first - timedelta(days=1)


@given(day=days, other=days, today=todays, unit=st.sampled_from(sorted(UNITS)))
def test_labels_return(day: date, other: date, today: date, unit: Unit) -> None:
    """The label of a calendar unit, and of a range, can be typed."""
    period = UNITS[unit](day)
    if period.last.year <= 2199:
        assert parse_period(period.label, today) == period
    first, last = sorted((day, other))
    assert parse_period(f"{first}..{last}", today) == Period(first, last, f"{first}..{last}")


def test_previous_of_a_running_period_has_as_many_days() -> None:
    """Ninety days that happen to be a quarter are still compared with ninety days."""
    period = parse_period("last 90 days", date(2026, 3, 31))
    assert (period.first, period.last) == (date(2026, 1, 1), date(2026, 3, 31))
    assert period.previous() == Period(date(2025, 10, 3), date(2025, 12, 31), "2025-10-03..2025-12-31")


def test_pieces_cut_at_an_end_say_so() -> None:
    """A month's weeks are named, and those that another month shares are marked."""
    labels = [piece.label for piece in parse_period("2026-11", TODAY).split("week")]
    assert labels == ["part of 2026-W44", "2026-W45", "2026-W46", "2026-W47", "2026-W48", "part of 2026-W49"]


def test_month_end_is_kept_short() -> None:
    """A month after 31 January is the end of February, and a year after 29 February the 28th."""
    assert parse_day("+1m", date(2026, 1, 31), Looking.FORWARD) == date(2026, 2, 28)
    assert parse_day("+1y", date(2024, 2, 29), Looking.FORWARD) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("30 feb", ["February has 29 days", "30 feb", "type a day from 1 to 29"]),
        ("29 feb 2027", ["February 2027 has 28 days", "29 feb 2027", "type a day from 1 to 28"]),
        ("10", ["a day needs its month", "10", 'type the month too, like "10 jan"']),
        ("may", ["this is a month, not a day", "may", 'type its day too, like "1 may"']),
        ("wed", ["today is that weekday", "wed", 'type "today" or "last wed"']),
        ("3.11.2026", ["day and month may be in either order", "3.11.2026", "type 2026-03-11 or 2026-11-03"]),
        (
            "mon 6 nov 2026",
            [
                "2026-11-06 is a Friday",
                "mon 6 nov 2026",
                "type the day without its weekday, or with its year",
            ],
        ),
    ],
)
def test_refusals_say_what_to_type(text: str, lines: list[str]) -> None:
    """A refusal names what is wrong, the text at fault, and what can be typed."""
    with pytest.raises((Usage, Ambiguous)) as refusal:
        parse_day(text, TODAY, Looking.BACK)
    assert [refusal.value.what, refusal.value.value, refusal.value.mend] == lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13NOV2017", date(2017, 11, 13)),
        ("3-Nov-2026", date(2026, 11, 3)),
        ("2026 Nov 3", date(2026, 11, 3)),
        ("Tuesday, November 3rd, 2026", date(2026, 11, 3)),
    ],
)
def test_written_dates(text: str, expected: date) -> None:
    """A full written date is read in any common order."""
    assert parse_day(text, TODAY, Looking.BACK) == expected


@pytest.mark.parametrize(
    "text",
    [
        "November 2026",
        "3 2026",
        "Nov 3, 26",
        "November 3, 2026 15:00",
        "Mon, November 3, 2026",
        "3 nov nov 2026",
        "31 June, 2026",
        "3 November, 2026 Monday",
        "3 November, 2026 EST",
        "1٢ November, 2026",
        "0 November, 2026",
    ],
)
def test_unfull_written_dates_are_refused(text: str) -> None:
    """What lacks a part, has one too many or contradicts itself is refused, never completed."""
    with pytest.raises(Usage):
        parse_day(text, TODAY, Looking.BACK)


def test_saturday_keeps_its_name() -> None:
    """The "at" of Saturday is not the "at" before a time."""
    assert parse_moment("sat 15:00", TODAY, Looking.FORWARD) == Moment(date(2026, 11, 21), time(15))
    assert parse_moment("at 15:00", TODAY, Looking.FORWARD) == Moment(TODAY, time(15))
