"""What stands in one cell, read by type: days, moments, numbers, yes or no. What has two readings is refused.

A column is read in one form: a format the mapping gives, or the one its other values prove (`Evidence`).
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from improv.named import NamedTuple

DAY_FIRST: Final = "day/month/year"
MONTH_FIRST: Final = "month/day/year"
EXCEL: Final = "excel"
_FIRST: Final = date(1900, 1, 1)
_LAST: Final = date(2199, 12, 31)
_MOST: Final = Decimal(10) ** 15
_MONTHS_IN_YEAR: Final = 12
_NOON: Final = 12
_EXCEL_DAY_0: Final = date(1899, 12, 30)


class Fault(Exception):
    """Why a row is not imported, in one sentence."""


class Moment(NamedTuple):
    """A day as it is written, and the time on it (with seconds, for sorting) when one is written that is not midnight."""

    day: date
    clock: str | None = None


_TIME: Final = (
    r"(?:(?:[T,]| |, )\s*(?:at )?(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}(?:[.,][0-9]+)?))?"
    r" ?(?P<half>[AaPp]\.?[Mm]\.?)? ?(?:Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?"
)
_ISO: Final = re.compile(r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})" + _TIME)
_COMPACT: Final = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_NUMERIC: Final = re.compile(r"(?P<one>[0-9]{1,2})([-/.])(?P<two>[0-9]{1,2})\2(?P<year>[0-9]{4})" + _TIME)
_DAY_NAMED: Final = re.compile(
    r"(?:[A-Za-z]{3,9},? )?(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?[ -]?(?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<year>[0-9]{4})"
    + _TIME
)
_MONTH_NAMED: Final = re.compile(
    r"(?:[A-Za-z]{3,9},? )?(?P<name>[A-Za-z]{3,9})\.? (?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<year>[0-9]{4})"
    + _TIME
)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_YES: Final = frozenset(("yes", "y", "true", "t", "1", "x", "on", "ja", "oui", "si", "sí", "sim"))
_NO: Final = frozenset(("no", "n", "false", "f", "0", "off", "nein", "non", "não", "nao"))


def read_moment(text: str, form: str = "", year: str = "") -> Moment:
    """Return the day and time a cell says. A time zone written there is not converted: the day is the one written."""
    if len(text) == len("2026-11-03") and not form:
        try:
            return Moment(_in_range(date.fromisoformat(text), text))
        except ValueError:
            pass
    if form == EXCEL:
        return _serial(text)
    if form and form not in {DAY_FIRST, MONTH_FIRST}:
        return _formatted(text, form, year)
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _moment(match, int(match["month"]), int(match["day"]), text)
    if match := _NUMERIC.fullmatch(text):
        return _ordered(match, form, text)
    match = _DAY_NAMED.fullmatch(text) or _MONTH_NAMED.fullmatch(text)
    if match and (month := _month(match["name"])):
        return _moment(match, month, int(match["day"]), text)
    raise Fault(f'"{text}" is not understood as a day: give its format under [dates] of a mapping')


def _month(name: str) -> int:
    """Return the number of a month by its English name or the first three letters of it; 0 for no month."""
    said = name.casefold().rstrip(".")
    found = [
        at for at, month in enumerate(_MONTHS, 1) if said in {month, month[:3]} or said == month[:4] == "sept"
    ]
    return found[0] if found else 0


def _ordered(match: re.Match[str], form: str, text: str) -> Moment:
    one, two = int(match["one"]), int(match["two"])
    if not form and one != two and max(one, two) <= _MONTHS_IN_YEAR:
        raise Fault(f'"{text}" may be day/month or month/day: give the format under [dates] of a mapping')
    day_first = form == DAY_FIRST or (not form and one > _MONTHS_IN_YEAR)
    return _moment(match, two if day_first else one, one if day_first else two, text)


def _moment(match: re.Match[str], month: int, day: int, text: str) -> Moment:
    try:
        found = date(int(match["year"]), month, day)
    except ValueError:
        raise Fault(f'"{text}" is a day that does not exist') from None
    parts = match.groupdict()
    if parts.get("h") is None:
        return Moment(_in_range(found, text))
    hour, minute, second = int(parts["h"]), int(parts["m"]), (parts["s"] or "00").replace(",", ".")
    if parts["half"]:
        hour = hour % _NOON + (_NOON if parts["half"][0] in "pP" else 0)
    clock = f"{hour:02}:{minute:02}:{second}"
    if clock > "23:59:59.99999999" or minute > 59 or second >= "60":  # noqa: PLR2004 - an hour has sixty minutes
        raise Fault(f'"{text}" has a time that does not exist')
    # Exports write midnight where no time is known.
    return Moment(
        _in_range(found, text), clock if clock.rstrip("0") != "00:00:" and clock != "00:00:00" else None
    )


def _formatted(text: str, form: str, year: str) -> Moment:
    if year and "%Y" not in form and "%y" not in form:
        text, form = f"{text} {year}", f"{form} %Y"
    try:
        found = datetime.strptime(text, form)  # noqa: DTZ007 - the day is the one written, whatever the zone
    except ValueError:
        raise Fault(f'"{text}" is no day in the format {form}') from None
    clock = found.strftime("%H:%M:%S")
    return Moment(_in_range(found.date(), text), None if clock == "00:00:00" else clock)


def _serial(text: str) -> Moment:
    match = re.fullmatch(r"([0-9]{1,6})(?:[.,]([0-9]*))?", text)
    if match is None:
        raise Fault(f'"{text}" is no day number of a spreadsheet')
    found = _EXCEL_DAY_0 + timedelta(days=int(match[1]))
    seconds = round(float("0." + (match[2] or "0")) * 86_400) % 86_400
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return Moment(_in_range(found, text), clock if seconds else None)


def _in_range(day: date, text: str) -> date:
    if not _FIRST <= day <= _LAST:
        raise Fault(f'"{text}" is not a day from 1900 to 2199')
    return day


def read_clock(text: str) -> str:
    """Return the time of day a cell says, as HH:MM."""
    moment = read_moment(f"2000-01-01 {text}") if re.match("[0-9]", text) else None
    if moment is None:
        raise Fault(f'"{text}" is not understood as a time')
    return (moment.clock or "00:00")[:5]


def read_yes_or_no(text: str) -> bool:
    """Return what a cell says: yes or no, in a few languages, true or false, 1 or 0."""
    said = text.casefold()
    if said in _YES or said in _NO:
        return said in _YES
    raise Fault(f'"{text}" is neither yes nor no')


_NUMBER: Final = re.compile(
    r"(?P<sign>[-+(]?) ?(?:[€$£¥]|[A-Z]{2,3}\$?)? ?(?P<minus>-?)(?P<digits>[0-9][0-9.,' ]*|[.,][0-9]+)"
    r" ?(?P<power>[kKmM%]?) ?(?:[€$£¥]|[A-Z]{3})?\)?"
)
_SCIENTIFIC: Final = re.compile(r"-?[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})
_POWERS: Final = {"k": 3, "m": 6}


def read_number(text: str, decimal: str = "") -> Decimal:
    """Return the number a cell says; `decimal` is its decimal mark, unknown when empty."""
    plain = text.translate(_SPACES)
    if plain.isascii() and plain.isdigit():
        return _bounded(Decimal(plain), text)
    if _SCIENTIFIC.fullmatch(plain):
        return _bounded(Decimal(plain), text)
    match = _NUMBER.fullmatch(plain)
    if match is None or (match["sign"] == "(") != plain.endswith(")") or (match["sign"] and match["minus"]):
        raise Fault(f'"{text}" is not understood as a number')
    digits = match["digits"].strip()
    mark = decimal or _decimal_mark(digits, text)
    whole, _, fraction = digits.rpartition(mark) if mark and mark in digits else (digits, "", "")
    if not _grouped(whole) or (mark in digits and mark and not fraction.isdigit()):
        raise Fault(f'the marks in "{text}" do not fit together: give them under [numbers] of a mapping')
    units = "".join(char for char in whole if char.isdigit())
    found = Decimal(f"{units or '0'}.{fraction or '0'}").scaleb(_POWERS.get(match["power"].lower(), 0))
    return _bounded(-found if match["sign"] in {"-", "("} or match["minus"] else found, text)


def _bounded(number: Decimal, text: str) -> Decimal:
    if abs(number) > _MOST:
        raise Fault(f'"{text}" is too large to keep')
    return number


def _grouped(whole: str) -> bool:
    marks = set(whole) - set("0123456789")
    if not marks:
        return True
    return len(marks) == 1 and bool(re.fullmatch(r"[0-9]{1,3}(?:[.,' ][0-9]{3})+", whole))


def _decimal_mark(digits: str, text: str) -> str:
    """Return the decimal mark of a number that stands alone; refuse a dot that may separate thousands."""
    decimals, thousands = marks_proven(digits)
    if decimals:
        return decimals
    if thousands or "." not in digits:
        return ""
    raise Fault(
        f'the dot in "{text}" may separate thousands or decimals: give it under [numbers] of a mapping'
    )


def marks_proven(digits: str) -> tuple[str, str]:
    """Return the decimal mark and the thousands mark that a number proves, "" for what it leaves open."""
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return "", ""
    if len(set(marks)) > 1:
        return marks[-1], marks[0]
    if len(marks) > 1:
        return "", marks[0]
    whole, _, fraction = digits.partition(marks[0])
    open_reading = len(fraction) == len("000") and re.fullmatch("[1-9][0-9]{0,2}", whole)
    return ("", "") if open_reading else (marks[0], "")


def rounded(number: Decimal, decimals: int) -> tuple[int, bool]:
    """Return a number in units of so many decimals, and whether it had to be rounded (half to even)."""
    scaled = number.scaleb(decimals)
    whole = scaled.to_integral_value(rounding=ROUND_HALF_EVEN)
    return int(whole), whole != scaled


@dataclass(slots=True)
class Evidence:
    """What the values of one column prove about how they are written."""

    orders: set[str] = field(default_factory=set)
    decimals: set[str] = field(default_factory=set)
    thousands: set[str] = field(default_factory=set)
    witness: str = ""
    most: Decimal = Decimal(0)
    has_fraction: bool = False

    def see_day(self, text: str) -> None:
        """Note which order of day and month a value proves."""
        match = None if text[:3].isdigit() else _NUMERIC.fullmatch(text)  # as most, it begins with its year
        if match is None:
            return
        for one, order in (("one", DAY_FIRST), ("two", MONTH_FIRST)):
            if int(match[one]) > _MONTHS_IN_YEAR and order not in self.orders:
                self.orders.add(order)
                self.witness = text

    def see_number(self, text: str) -> None:
        """Note which marks a value proves, and how large it is."""
        if text.isdigit():
            return
        decimals, thousands = marks_proven("".join(char for char in text if char in "0123456789.,"))
        if decimals:
            self.decimals.add(decimals)
        if thousands:
            self.thousands.add(thousands)

    def see_size(self, text: str) -> None:
        """Note how large a percentage is: a column whose values are all up to 1 holds fractions."""
        try:
            number = read_number(text, self.decimal)
        except Fault:
            return
        self.most = max(self.most, number)
        self.has_fraction = self.has_fraction or number != number.to_integral_value()

    @property
    def order(self) -> str:
        """The order of day and month, when every value that proves one proves the same."""
        return next(iter(self.orders)) if len(self.orders) == 1 else ""

    @property
    def decimal(self) -> str:
        """The decimal mark, when nothing speaks against it."""
        if len(self.decimals) == 1 and not self.decimals & self.thousands:
            return next(iter(self.decimals))
        if len(self.thousands) == 1 and not self.decimals:
            return "," if "." in self.thousands else "."
        return ""

    @property
    def fractions(self) -> bool:
        """Whether the percentages of the column are written as fractions of one."""
        return self.has_fraction and self.most <= 1
