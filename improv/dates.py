"""What people type for days, times and periods, and how days are told back; `today` is always passed in.

The grammar is small on purpose: docs/dates.md lists it as examples, and the tests run that page. A text with
two readings is refused with the exact alternatives, and nothing that was not typed is invented, save the year
of a day like "3 nov", which the verb's direction gives.
"""

import datetime as dt
import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import Enum
from typing import Literal, NamedTuple

from improv.errors import Ambiguous, Usage

Unit = Literal["day", "week", "month", "quarter", "year"]

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_ONE_DAY = timedelta(days=1)
_MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
_DAYS_IN: dict[Unit, int] = {"day": 1, "week": 7}
_UNIT_OF_LETTER: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "y": "year"}
_COUNTED = r"([0-9]{1,4}) ?(d|days?|w|weeks?|m|months?|y|years?)"
_CLOCK = r"[0-9]{1,2}(?::[0-9]{2}){1,2}(?: ?[ap]\.?m\.?)?|[0-9]{1,2} ?[ap]\.?m\.?"
_NOON = 12
_FILLERS = {"st", "nd", "rd", "th", "of"}

# Own names rather than the locale's: what was said yesterday is understood on any machine.
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Looking(Enum):
    """Where a verb looks from today: logging looks back, scheduling looks forward."""

    BACK = "back"
    FORWARD = "forward"


class Moment(NamedTuple):
    """A day, and the local time on it when one was typed."""

    day: date
    time: dt.time | None = None


class Period(NamedTuple):
    """The days from `first` to `last`, both counted; `unit` is set for a whole calendar unit."""

    first: date
    last: date
    label: str
    unit: Unit | None = None

    @property
    def days(self) -> int:
        """How many days the period has, both ends counted."""
        return (self.last - self.first).days + 1

    def previous(self) -> "Period":
        """Return the period just before: the calendar unit before, else as many days."""
        if self.unit:
            return _WHOLE[self.unit](self.first - _ONE_DAY)
        return _span(self.first - timedelta(days=self.days), self.first - _ONE_DAY)

    def split(self, unit: Unit) -> list["Period"]:
        """Return the period's days by calendar unit, in order; what is cut at an end says so in its label."""
        pieces = []
        first = self.first
        while first <= self.last:
            whole = _WHOLE[unit](first)
            last = min(whole.last, self.last)
            uncut = (first, last) == (whole.first, whole.last)
            pieces.append(whole if uncut else Period(first, last, f"part of {whole.label}"))
            first = last + _ONE_DAY
        return pieces


def day_of(day: date) -> Period:
    """Return the day as a period."""
    return Period(day, day, day.isoformat(), "day")


def week_of(day: date) -> Period:
    """Return the week of the day, Monday to Sunday, named by its ISO number."""
    first = day - timedelta(days=day.weekday())
    year, week, _ = day.isocalendar()
    return Period(first, first + timedelta(days=6), f"{year}-W{week:02}", "week")


def month_of(day: date) -> Period:
    """Return the calendar month of the day."""
    name = _MONTHS[day.month - 1][:3].title()
    return _from_month(day.replace(day=1), "month", f"{name} {day.year}")


def quarter_of(day: date) -> Period:
    """Return the calendar quarter of the day."""
    before = (day.month - 1) // 3
    return _from_month(date(day.year, before * 3 + 1, 1), "quarter", f"{day.year}-Q{before + 1}")


def year_of(day: date) -> Period:
    """Return the calendar year of the day."""
    return _from_month(date(day.year, 1, 1), "year", str(day.year))


def days_between(a: date, b: date) -> int:
    """Whole calendar days from `a` to `b`; negative when `b` is the earlier one."""
    return (b - a).days


def describe_day(day: date, today: date) -> str:
    """Tell a day in words: "Fri 6 Nov", with its year unless it is this year."""
    weekday, month = _WEEKDAYS[day.weekday()][:3].title(), _MONTHS[day.month - 1][:3].title()
    year = "" if day.year == today.year else f" {day.year}"
    return f"{weekday} {day.day} {month}{year}"


def describe_moment(moment: Moment, today: date) -> str:
    """Tell a day and its time in words: "Fri 6 Nov 15:00"."""
    told = describe_day(moment.day, today)
    return told if moment.time is None else f"{told} {moment.time.isoformat('auto').removesuffix(':00')}"


def parse_day(text: str, today: date, looking: Looking) -> date:
    """Return the one day that was typed, or refuse it (`Usage`, `Ambiguous`)."""
    typed = _clean(text)
    day = _any_day(typed, today, looking)
    if day is not None:
        return day
    if typed.isdigit() and len(typed) < len("100"):
        raise Usage("a day needs its month", text, f'type the month too, like "{typed} jan"')
    if _position(typed, _MONTHS) is not None:
        raise Usage("this is a month, not a day", text, f'type its day too, like "1 {typed}"')
    forms = 'type it like "today", "fri", "+3d", "2w ago", "3 nov" or "2026-11-03"'
    raise Usage("this is not understood as a day", text, forms)


def parse_time(text: str) -> dt.time:
    """Return the local time of the day that was typed: "15:00", "9am", "3:30 pm"."""
    typed = _clean(text)
    match = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2}))? ?(?:([ap])\.?m\.?)?", typed)
    if match is None or (match[2] is None and match[4] is None):
        raise Usage("this is not understood as a time", text, 'type it like "15:00" or "3pm"')
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= _NOON:
            raise Usage("with am or pm the hour is 1 to 12", text, 'type it like "15:00" or "3pm"')
        if (hour, minute, second) == (_NOON, 0, 0):
            raise Ambiguous("this is noon to some, midnight to others", text, 'type "12:00" or "00:00"')
        hour = hour % _NOON + (_NOON if match[4] == "p" else 0)
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        raise Usage("there is no such time", text, "type a time from 00:00 to 23:59") from None


def parse_weekday(text: str) -> int:
    """Return the weekday that was typed, Monday as 0: "mon", "monday"."""
    number = _position(_clean(text), _WEEKDAYS)
    if number is None:
        raise Usage("this is no weekday", text, 'type it like "mon"')
    return number


def weekday_name(number: int) -> str:
    """Return what a weekday is called: "Monday"."""
    return _WEEKDAYS[number].title()


def parse_moment(text: str, today: date, looking: Looking) -> Moment:
    """Return the day that was typed and, when typed after it, the time; a time alone is today's."""
    typed = _clean(text)
    iso = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})t(.+)", typed)
    match = iso or re.fullmatch(rf"(?:(.*?) )??(?:at )?({_CLOCK})", typed)
    if match is None:
        return Moment(parse_day(text, today, looking))
    day = (match[1] or "").rstrip(" ,")
    return Moment(parse_day(day, today, looking) if day else today, parse_time(match[2]))


def parse_minutes(text: str) -> int:
    """Return how many minutes were typed: "90", "45m", "2h", "1h30"; at least one."""
    match = re.fullmatch(r"(?:([0-9]{1,3}) ?h)? ?(?:([0-9]{1,4}) ?(?:m|min)?)?", _clean(text))
    hours, minutes = (int(match[1] or 0), int(match[2] or 0)) if match else (0, 0)
    if match and match[1] and minutes >= 60:  # noqa: PLR2004 -- an hour has sixty minutes
        raise Usage("beside hours, minutes go up to 59", text, f'type "{hours * 60 + minutes}m"')
    if not hours and not minutes:
        raise Usage("this is not understood as a length of time", text, 'type it like "90", "45m" or "1h30"')
    return hours * 60 + minutes


def parse_period(text: str, today: date) -> Period:
    """Return the period that was typed, or refuse it; a bare month or day is the latest one begun."""
    typed = _clean(text)
    opening, dots, closing = typed.partition("..")
    if dots and opening and closing:
        first, last = parse_period(opening, today).first, parse_period(closing, today).last
        if last < first:
            raise Usage("the period ends before it begins", text, f'type "{closing}..{opening}"')
        return _span(first, last)
    if typed == "all":
        return Period(date(_FIRST_YEAR, 1, 1), today, "all")
    for reading in (_turning, _running, _calendar, _month_by_name):
        period = reading(typed, today)
        if period is not None:
            _check_year(period.first.year, text)
            _check_year(period.last.year, text)
            return period
    day = _any_day(typed, today, Looking.BACK)
    if day is not None:
        return day_of(day)
    forms = 'type it like "this week", "last 90 days", "2026-07", "2026-Q3" or "2026-01..2026-06"'
    raise Usage("this is not understood as a period", text, forms)


# What a text may be read as. Each reading returns None when the text is not of its form.


def _any_day(typed: str, today: date, looking: Looking) -> date | None:
    """Read a day in any form; the costly form comes last."""
    for reading in (_iso, _word, _offset, _weekday, _after_weekday, _named, _numeric, _written):
        day = reading(typed, today, looking)
        if day is not None:
            _check_year(day.year, typed)
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
    return {"today": today, "yesterday": today - _ONE_DAY, "tomorrow": today + _ONE_DAY}.get(typed)


def _offset(typed: str, today: date, _looking: Looking) -> date | None:
    """Read "+3d", "-2w", "in 2 weeks" and "3d ago"; the direction must be typed."""
    match = re.fullmatch(rf"(\+|-|in )?{_COUNTED}( ago)?", typed)
    if match is None or (match[1] and match[4]):
        return None
    if not match[1] and not match[4]:
        raise Ambiguous("this may lie ahead or behind", typed, f'type "+{typed}" or "-{typed}"')
    sign = -1 if match[4] or match[1] == "-" else 1
    return _shift(today, sign * int(match[2]), _UNIT_OF_LETTER[match[3][0]], typed)


def _weekday(typed: str, today: date, looking: Looking) -> date | None:
    """Read "fri", "this fri", "last fri" and "next fri"."""
    word, _, name = typed.rpartition(" ")
    number = _position(name, _WEEKDAYS)
    if number is None or word not in {"", "this", "last", "next"}:
        return None
    this_week = week_of(today).first + timedelta(days=number)
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
    number = _position(name.rstrip(",."), _WEEKDAYS)
    if number is None or not rest:
        return None
    day = parse_day(rest, today, looking)
    if day.weekday() != number:
        name = _WEEKDAYS[day.weekday()].title()
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
    month = _position(name, _MONTHS)
    if month is None:
        return None
    if in_year:
        return _day(int(in_year), month + 1, int(day), typed)
    return _nearest(month + 1, int(day), today, looking, typed)


def _numeric(typed: str, _today: date, _looking: Looking) -> date | None:
    """Read "2026/11/03", and "13/11/2026" when only one order of day and month gives a day."""
    if match := re.fullmatch(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})", typed):
        return _day(int(match[1]), int(match[3]), int(match[4]), typed)
    match = re.fullmatch(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})", typed)
    if match is None:
        return None
    one, two, year = int(match[1]), int(match[3]), int(match[4])
    days = {
        date(year, month, day)
        for month, day in ((two, one), (one, two))
        if _year_is_known(year) and 1 <= month <= len(_MONTHS) and 1 <= day <= _length(year, month)
    }
    if len(days) > 1:
        here, there = sorted(days)
        raise Ambiguous("day and month may be in either order", typed, f"type {here} or {there}")
    return days.pop() if days else _day(year, two, one, typed)


def _written(typed: str, _today: date, _looking: Looking) -> date | None:
    """Read a full written date, like "November 3, 2026" or "3rd of November 2026"."""
    numbers, words = re.findall("[0-9]+", typed), re.findall("[a-z]+", typed)
    days = [int(number) for number in numbers if len(number) < len("100")]
    years = [int(number) for number in numbers if len(number) == len("2026")]
    months = [at + 1 for word in words if (at := _position(word, _MONTHS)) is not None]
    others = [word for word in words if word not in _FILLERS and _position(word, _MONTHS) is None]
    # The library guesses; given one day, one named month, one year and no more, it has nothing to guess.
    if (len(days), len(months), len(years), len(numbers), len(others)) != (1, 1, 1, 2, 0):
        return None
    _check_year(years[0], typed)
    from dateutil import parser  # noqa: PLC0415 -- it costs more than all the rest and is seldom needed

    defaults = (dt.datetime(2000, 1, 1), dt.datetime(2004, 2, 2))  # noqa: DTZ001 -- only days are read
    try:
        here, there = (parser.parse(typed, default=default).date() for default in defaults)
        understood = here == there == date(years[0], months[0], days[0])
    except (ValueError, OverflowError):
        return None
    return here if understood else None  # what was not typed would show as a difference


def _turning(typed: str, today: date) -> Period | None:
    """Read "this week", "last month", "next quarter" and "last year"."""
    match = re.fullmatch(r"(this|last|next) (week|month|quarter|year)", typed)
    if match is None:
        return None
    this = _WHOLE[match[2]](today)
    if match[1] == "last":
        return this.previous()
    return this if match[1] == "this" else _WHOLE[match[2]](this.last + _ONE_DAY)


def _running(typed: str, today: date) -> Period | None:
    """Read "last 90 days" and "next 4 weeks", which count today."""
    match = re.fullmatch(rf"(last|next) {_COUNTED}", typed)
    if match is None:
        return None
    count, unit = int(match[2]), _UNIT_OF_LETTER[match[3][0]]
    if not count:
        raise Usage("a period has at least one day", typed, f'type "{match[1]} 1 {unit}"')
    if match[1] == "last":
        return Period(_shift(today, -count, unit, typed) + _ONE_DAY, today, typed)
    return Period(today, _shift(today, count, unit, typed) - _ONE_DAY, typed)


def _calendar(typed: str, _today: date) -> Period | None:
    """Read "2026", "2026-07", "2026-Q3" and "2026-W47"."""
    match = re.fullmatch(r"([0-9]{4})(?:-(?:([0-9]{2})|q([1-4])|w([0-9]{2})))?", typed)
    if match is None:
        return None
    year, month, quarter, week = (int(part or 0) for part in match.groups())
    start = _day(year, 1, 1, typed)
    if match[2]:
        return month_of(_day(year, month, 1, typed))
    if match[4]:
        try:
            return week_of(date.fromisocalendar(year, week, 1))
        except ValueError:
            raise Usage(f"{year} has no week {week}", typed, f'type a week like "{year}-W01"') from None
    return quarter_of(start.replace(month=quarter * 3)) if quarter else year_of(start)


def _month_by_name(typed: str, today: date) -> Period | None:
    """Read "jul 2026" and "jul", the latest one begun."""
    name, _, year = typed.partition(" ")
    month = _position(name, _MONTHS)
    if month is None or not re.fullmatch(r"(?:[0-9]{4})?", year):
        return None
    if year:
        return month_of(_day(int(year), month + 1, 1, typed))
    return month_of(_nearest(month + 1, 1, today, Looking.BACK, typed))


# What the readings stand on.


def _clean(text: str) -> str:
    return " ".join(text.lower().split())


def _position(word: str, names: tuple[str, ...]) -> int | None:
    """Find a name by itself or by its first three letters or more."""
    short = len(names[0][:3])
    return next((at for at, name in enumerate(names) if len(word) >= short and name.startswith(word)), None)


def _year_is_known(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR


def _check_year(year: int, text: str) -> None:
    if not _year_is_known(year):
        mend = "type a year of four digits between them"
        raise Usage(f"days go from {_FIRST_YEAR} to {_LAST_YEAR}", text, mend)


def _length(year: int, month: int) -> int:
    """Return how many days the month has."""
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def _day(year: int, month: int, day: int, text: str) -> date:
    """Return the day, or refuse it because it does not exist."""
    _check_year(year, text)
    if not 1 <= month <= len(_MONTHS):
        raise Usage(f"there is no month {month}", text, "type the month as 01 to 12, or by its name")
    if not 1 <= day <= _length(year, month):
        raise _no_such_day(f"{_MONTHS[month - 1].title()} {year}", _length(year, month), text)
    return date(year, month, day)


def _no_such_day(month: str, length: int, text: str) -> Usage:
    return Usage(f"{month} has {length} days", text, f"type a day from 1 to {length}")


def _nearest(month: int, day: int, today: date, looking: Looking, text: str) -> date:
    """Return the nearest such day in the direction, today included; 29 February may be years away."""
    step = -1 if looking is Looking.BACK else 1
    most = _length(2000, month)  # a leap year has every day that any year has
    if not 1 <= day <= most:
        raise _no_such_day(_MONTHS[month - 1].title(), most, text)
    year = today.year
    while True:
        if day <= _length(year, month):
            found = date(year, month, day)
            if days_between(today, found) * step >= 0:
                return found
        year += step


def _shift(day: date, count: int, unit: Unit, text: str) -> date:
    """Move a day by whole units; a month too short for it gives its own last day."""
    if unit in _DAYS_IN:
        return day + timedelta(days=count * _DAYS_IN[unit])
    year, month = divmod(day.year * 12 + day.month - 1 + count * _MONTHS_IN[unit], 12)
    start = _day(year, month + 1, 1, text)
    return start.replace(day=min(day.day, _length(year, month + 1)))


def _from_month(first: date, unit: Unit, label: str) -> Period:
    """Return the period of whole months that begins there."""
    year, month = divmod(first.year * 12 + first.month - 1 + _MONTHS_IN[unit], 12)
    return Period(first, date(year, month + 1, 1) - _ONE_DAY, label, unit)


def _span(first: date, last: date) -> Period:
    return Period(first, last, f"{first}..{last}")


_WHOLE: dict[str, Callable[[date], Period]] = {
    "day": day_of,
    "week": week_of,
    "month": month_of,
    "quarter": quarter_of,
    "year": year_of,
}
