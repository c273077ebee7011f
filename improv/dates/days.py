"""What people type for a day, and how a day is told back."""

import datetime as dt
import re
from datetime import date, timedelta

from improv.dates.almanac import (
    COUNTED,
    MONTHS,
    ONE_DAY,
    UNIT_OF_LETTER,
    WEEKDAYS,
    Looking,
    check_year,
    cleaned,
    day_in,
    days_in,
    nearest,
    position,
    shifted,
    year_is_known,
)
from improv.errors import Ambiguous, Usage

_FILLERS = {"st", "nd", "rd", "th", "of"}


def describe_day(day: date, today: date) -> str:
    """Tell a day in words: "Fri 6 Nov", with its year unless it is this year."""
    weekday, month = WEEKDAYS[day.weekday()][:3].title(), MONTHS[day.month - 1][:3].title()
    year = "" if day.year == today.year else f" {day.year}"
    return f"{weekday} {day.day} {month}{year}"


def parse_day(text: str, today: date, looking: Looking) -> date:
    """Return the one day that was typed, or refuse it (`Usage`, `Ambiguous`)."""
    typed = cleaned(text)
    day = any_day(typed, today, looking)
    if day is not None:
        return day
    if typed.isdigit() and len(typed) < len("100"):
        raise Usage("a day needs its month", text, f'type the month too, like "{typed} jan"')
    if position(typed, MONTHS) is not None:
        raise Usage("this is a month, not a day", text, f'type its day too, like "1 {typed}"')
    forms = 'type it like "today", "fri", "+3d", "2w ago", "3 nov" or "2026-11-03"'
    raise Usage("this is not understood as a day", text, forms)


def parse_weekday(text: str) -> int:
    """Return the weekday that was typed, Monday as 0: "mon", "monday"."""
    number = position(cleaned(text), WEEKDAYS)
    if number is None:
        raise Usage("this is no weekday", text, 'type it like "mon"')
    return number


# What a text may be read as. Each reading returns None when the text is not of its form.


def any_day(typed: str, today: date, looking: Looking) -> date | None:
    """Read a day in any form; the costly form comes last."""
    for reading in (_iso, _word, _offset, _weekday, _after_weekday, _named, _numeric, _written):
        day = reading(typed, today, looking)
        if day is not None:
            check_year(day.year, typed)
            return day
    return None


def _iso(typed: str, _today: date, _looking: Looking) -> date | None:
    """Read "2026-11-03" and "20261103"."""
    if typed[4:8:3] != "--" and not typed.isdigit():
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None  # the numeric reading says why


def _word(typed: str, today: date, _looking: Looking) -> date | None:
    """Read "today", "yesterday" and "tomorrow"."""
    return {"today": today, "yesterday": today - ONE_DAY, "tomorrow": today + ONE_DAY}.get(typed)


def _offset(typed: str, today: date, _looking: Looking) -> date | None:
    """Read "+3d", "-2w", "in 2 weeks" and "3d ago"; the direction must be typed."""
    match = re.fullmatch(rf"(\+|-|in )?{COUNTED}( ago)?", typed)
    if match is None or (match[1] and match[4]):
        return None
    if not match[1] and not match[4]:
        raise Ambiguous("this may lie ahead or behind", typed, f'type "+{typed}" or "-{typed}"')
    sign = -1 if match[4] or match[1] == "-" else 1
    return shifted(today, sign * int(match[2]), UNIT_OF_LETTER[match[3][0]], typed)


def _weekday(typed: str, today: date, looking: Looking) -> date | None:
    """Read "fri", "this fri", "last fri" and "next fri"."""
    word, _, name = typed.rpartition(" ")
    number = position(name, WEEKDAYS)
    if number is None or word not in {"", "this", "last", "next"}:
        return None
    this_week = today + timedelta(days=number - today.weekday())
    before = this_week if this_week < today else this_week - timedelta(weeks=1)
    after = this_week if this_week > today else this_week + timedelta(weeks=1)
    if word == "this":
        return this_week
    if not word:
        if this_week == today:
            other = "last" if looking is Looking.BACK else "next"
            raise Ambiguous("today is that weekday", typed, f'type "today" or "{other} {name}"')
        return before if looking is Looking.BACK else after
    # To some "last" and "next" count from today, to others they name the week: both must agree.
    nearest, of_week = (before, -1) if word == "last" else (after, 1)
    named = this_week + timedelta(weeks=of_week)
    if nearest != named:
        raise Ambiguous("this is one of two days", typed, f"type {nearest} or {named}")
    return nearest


def _after_weekday(typed: str, today: date, looking: Looking) -> date | None:
    """Read "fri 6 nov": a day after its weekday, which must be right."""
    name, _, rest = typed.partition(" ")
    number = position(name.rstrip(",."), WEEKDAYS)
    if number is None or not rest:
        return None
    day = parse_day(rest, today, looking)
    if day.weekday() != number:
        name = WEEKDAYS[day.weekday()].title()
        raise Usage(f"{day} is a {name}", typed, "type the day without its weekday, or with its year")
    return day


def _named(typed: str, today: date, looking: Looking) -> date | None:
    """Read "3 nov", "nov 3" and "3 nov 2026"."""
    number, year = r"([0-9]{1,2})(?:st|nd|rd|th)?", r"(?: ?([0-9]{4}))?"
    if match := re.fullmatch(rf"{number} ?([a-z]+){year}", typed):
        day, name, in_year = match.groups()
    elif match := re.fullmatch(rf"([a-z]+) ?{number}(?: ([0-9]{{4}}))?", typed):
        name, day, in_year = match.groups()
    else:
        return None
    month = position(name, MONTHS)
    if month is None:
        return None
    if in_year:
        return day_in(int(in_year), month + 1, int(day), typed)
    return nearest(month + 1, int(day), today, looking, typed)


def _numeric(typed: str, _today: date, _looking: Looking) -> date | None:
    """Read "2026/11/03", and "13/11/2026" when only one order of day and month gives a day."""
    if match := re.fullmatch(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})", typed):
        return day_in(int(match[1]), int(match[3]), int(match[4]), typed)
    match = re.fullmatch(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})", typed)
    if match is None:
        return None
    one, two, year = int(match[1]), int(match[3]), int(match[4])
    days = {
        date(year, month, day)
        for month, day in ((two, one), (one, two))
        if year_is_known(year) and 1 <= month <= len(MONTHS) and 1 <= day <= days_in(year, month)
    }
    if len(days) > 1:
        here, there = sorted(days)
        raise Ambiguous("day and month may be in either order", typed, f"type {here} or {there}")
    return days.pop() if days else day_in(year, two, one, typed)


def _written(typed: str, _today: date, _looking: Looking) -> date | None:
    """Read a full written date, like "November 3, 2026" or "3rd of November 2026"."""
    numbers, words = re.findall("[0-9]+", typed), re.findall("[a-z]+", typed)
    days = [int(number) for number in numbers if len(number) < len("100")]
    years = [int(number) for number in numbers if len(number) == len("2026")]
    months = [at + 1 for word in words if (at := position(word, MONTHS)) is not None]
    others = [word for word in words if word not in _FILLERS and position(word, MONTHS) is None]
    # The library guesses; given one day, one named month, one year and no more, it has nothing to guess.
    if (len(days), len(months), len(years), len(numbers), len(others)) != (1, 1, 1, 2, 0):
        return None
    check_year(years[0], typed)
    from dateutil import parser  # noqa: PLC0415 -- it costs more than all the rest and is seldom needed

    defaults = (dt.datetime(2000, 1, 1), dt.datetime(2004, 2, 2))  # noqa: DTZ001 -- only days are read
    try:
        here, there = (parser.parse(typed, default=default).date() for default in defaults)
        understood = here == there == date(years[0], months[0], days[0])
    except (ValueError, OverflowError):
        return None
    return here if understood else None  # what was not typed would show as a difference
