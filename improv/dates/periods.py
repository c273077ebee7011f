"""What people type for a period: a calendar unit, so many days or weeks, or from one day to another."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from improv.dates.almanac import (
    COUNTED,
    FIRST_YEAR,
    MONTHS,
    MONTHS_IN,
    ONE_DAY,
    UNIT_OF_LETTER,
    Looking,
    Unit,
    check_year,
    cleaned,
    day_in,
    nearest,
    position,
    shifted,
    year_is_known,
)
from improv.dates.days import any_day
from improv.errors import Usage
from improv.named import NamedTuple


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

    @property
    def said(self) -> str:
        """The label as it reads within a sentence: the last 90 days."""
        return f"the {self.label}" if self.label.startswith("last ") and self.unit is None else self.label

    def previous(self) -> "Period":
        """Return the period just before: the calendar unit before, else as many days."""
        if self.unit:
            return _WHOLE[self.unit](self.first - ONE_DAY)
        return _span(self.first - timedelta(days=self.days), self.first - ONE_DAY)

    def split(self, unit: Unit) -> list["Period"]:
        """Return the period's days by calendar unit, in order; what is cut at an end says so in its label."""
        pieces = []
        first = self.first
        while first <= self.last:
            whole = _WHOLE[unit](first)
            last = min(whole.last, self.last)
            uncut = (first, last) == (whole.first, whole.last)
            pieces.append(whole if uncut else Period(first, last, f"part of {whole.label}"))
            first = last + ONE_DAY
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
    name = MONTHS[day.month - 1][:3].title()
    return _from_month(day.replace(day=1), "month", f"{name} {day.year}")


def quarter_of(day: date) -> Period:
    """Return the calendar quarter of the day."""
    before = (day.month - 1) // 3
    return _from_month(date(day.year, before * 3 + 1, 1), "quarter", f"{day.year}-Q{before + 1}")


def year_of(day: date) -> Period:
    """Return the calendar year of the day."""
    return _from_month(date(day.year, 1, 1), "year", str(day.year))


def parse_period(text: str, today: date) -> Period:
    """Return the period that was typed, or refuse it; a bare month or day is the latest one begun."""
    typed = cleaned(text)
    opening, dots, closing = typed.partition("..")
    if dots and opening and closing:
        first, last = parse_period(opening, today).first, parse_period(closing, today).last
        if last < first:
            raise Usage("the period ends before it begins", text, f'type "{closing}..{opening}"')
        return _span(first, last)
    if typed == "all":
        return Period(date(FIRST_YEAR, 1, 1), today, "all")
    for reading in (_turning, _running, _calendar, _month_by_name):
        period = reading(typed, today)
        if period is not None:
            # The week of the last day that is known ends on one that is not.
            if not (period.unit and (year_is_known(period.first.year) or year_is_known(period.last.year))):
                check_year(period.first.year, text)
                check_year(period.last.year, text)
            return period
    day = any_day(typed, today, Looking.BACK)
    if day is not None:
        return day_of(day)
    forms = 'type it like "this week", "last 90 days", "2026-07", "2026-Q3" or "2026-01..2026-06"'
    raise Usage("this is not understood as a period", text, forms)


def _turning(typed: str, today: date) -> Period | None:
    """Read "this week", "last month", "next quarter" and "last year"."""
    match = re.fullmatch(r"(this|last|next) (week|month|quarter|year)", typed)
    if match is None:
        return None
    this = _WHOLE[match[2]](today)
    if match[1] == "last":
        return this.previous()
    return this if match[1] == "this" else _WHOLE[match[2]](this.last + ONE_DAY)


def _running(typed: str, today: date) -> Period | None:
    """Read "last 90 days" and "next 4 weeks", which count today."""
    match = re.fullmatch(rf"(last|next) {COUNTED}", typed)
    if match is None:
        return None
    count, unit = int(match[2]), UNIT_OF_LETTER[match[3][0]]
    if not count:
        raise Usage("a period has at least one day", typed, f'type "{match[1]} 1 {unit}"')
    if match[1] == "last":
        return Period(shifted(today, -count, unit, typed) + ONE_DAY, today, typed)
    return Period(today, shifted(today, count, unit, typed) - ONE_DAY, typed)


def _calendar(typed: str, _today: date) -> Period | None:
    """Read "2026", "2026-07", "2026-Q3" and "2026-W47"."""
    match = re.fullmatch(r"([0-9]{4})(?:-(?:([0-9]{2})|q([1-4])|w([0-9]{2})))?", typed)
    if match is None:
        return None
    year, month, quarter, week = (int(part or 0) for part in match.groups())
    start = day_in(year, 1, 1, typed)
    if match[2]:
        return month_of(day_in(year, month, 1, typed))
    if match[4]:
        try:
            return week_of(date.fromisocalendar(year, week, 1))
        except ValueError:
            raise Usage(f"{year} has no week {week}", typed, f'type a week like "{year}-W01"') from None
    return quarter_of(start.replace(month=quarter * 3)) if quarter else year_of(start)


def _month_by_name(typed: str, today: date) -> Period | None:
    """Read "jul 2026" and "jul", the latest one begun."""
    name, _, year = typed.partition(" ")
    month = position(name, MONTHS)
    if month is None or not re.fullmatch(r"(?:[0-9]{4})?", year):
        return None
    if year:
        return month_of(day_in(int(year), month + 1, 1, typed))
    return month_of(nearest(month + 1, 1, today, Looking.BACK, typed))


def _from_month(first: date, unit: Unit, label: str) -> Period:
    """Return the period of whole months that begins there."""
    year, month = divmod(first.year * 12 + first.month - 1 + MONTHS_IN[unit], 12)
    return Period(first, date(year, month + 1, 1) - ONE_DAY, label, unit)


def _span(first: date, last: date) -> Period:
    return Period(first, last, f"{first}..{last}")


_WHOLE: dict[str, Callable[[date], Period]] = {
    "day": day_of,
    "week": week_of,
    "month": month_of,
    "quarter": quarter_of,
    "year": year_of,
}
