"""The calendar itself: its units, the names of its weekdays and months, how long a month is, and days moved by units."""

from datetime import date, timedelta
from enum import Enum
from typing import Literal

from improv.errors import Usage

Unit = Literal["day", "week", "month", "quarter", "year"]

FIRST_YEAR, _LAST_YEAR = 1900, 2199
KNOWN_YEARS = f"{FIRST_YEAR} to {_LAST_YEAR}"
ONE_DAY = timedelta(days=1)
MONTHS_IN: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}
_DAYS_IN: dict[Unit, int] = {"day": 1, "week": 7}
UNIT_OF_LETTER: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "y": "year"}
# So many units, as in "3d" and "2 weeks".
COUNTED = r"([0-9]{1,4}) ?(d|days?|w|weeks?|m|months?|y|years?)"

# Own names rather than the locale's: what was said yesterday is understood on any machine.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Looking(Enum):
    """Where a verb looks from today: logging looks back, scheduling looks forward."""

    BACK = "back"
    FORWARD = "forward"


def days_between(a: date, b: date) -> int:
    """Whole calendar days from `a` to `b`; negative when `b` is the earlier one."""
    return (b - a).days


def weekday_name(number: int) -> str:
    """Return what a weekday is called: "Monday"."""
    return WEEKDAYS[number].title()


def cleaned(text: str) -> str:
    """Return what was typed in small letters, with one space between words."""
    return " ".join(text.lower().split())


def position(word: str, names: tuple[str, ...]) -> int | None:
    """Find a name by itself or by its first three letters or more."""
    short = len(names[0][:3])
    return next((at for at, name in enumerate(names) if len(word) >= short and name.startswith(word)), None)


def year_is_known(year: int) -> bool:
    """Whether days of the year can be typed."""
    return FIRST_YEAR <= year <= _LAST_YEAR


def check_year(year: int, text: str) -> None:
    """Refuse a year whose days cannot be typed."""
    if not year_is_known(year):
        mend = "type a year of four digits between them"
        raise Usage(f"days go from {KNOWN_YEARS}", text, mend)


def days_in(year: int, month: int) -> int:
    """Return how many days the month has."""
    return (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days


def day_in(year: int, month: int, day: int, text: str) -> date:
    """Return the day, or refuse it because it does not exist."""
    check_year(year, text)
    if not 1 <= month <= len(MONTHS):
        raise Usage(f"there is no month {month}", text, "type the month as 01 to 12, or by its name")
    if not 1 <= day <= days_in(year, month):
        raise _no_such_day(f"{MONTHS[month - 1].title()} {year}", days_in(year, month), text)
    return date(year, month, day)


def _no_such_day(month: str, length: int, text: str) -> Usage:
    return Usage(f"{month} has {length} days", text, f"type a day from 1 to {length}")


def nearest(month: int, day: int, today: date, looking: Looking, text: str) -> date:
    """Return the nearest such day in the direction, today included; 29 February may be years away."""
    step = -1 if looking is Looking.BACK else 1
    most = days_in(2000, month)  # a leap year has every day that any year has
    if not 1 <= day <= most:
        raise _no_such_day(MONTHS[month - 1].title(), most, text)
    year = today.year
    while True:
        if day <= days_in(year, month):
            found = date(year, month, day)
            if days_between(today, found) * step >= 0:
                return found
        year += step


def shifted(day: date, count: int, unit: Unit, text: str) -> date:
    """Move a day by whole units; a month too short for it gives its own last day."""
    if unit in _DAYS_IN:
        return day + timedelta(days=count * _DAYS_IN[unit])
    year, month = divmod(day.year * 12 + day.month - 1 + count * MONTHS_IN[unit], 12)
    start = day_in(year, month + 1, 1, text)
    return start.replace(day=min(day.day, days_in(year, month + 1)))
