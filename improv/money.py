"""What people type for amounts and percentages, and how amounts are told back.

An amount is an integer of minor units, two decimals; no float is ever made of it.
"""

import re

from improv.errors import Ambiguous, Usage

_DECIMALS = 2
MINOR = 10**_DECIMALS
_POWER = {"": 0, "k": 3, "m": 6}
_MOST = 10**15 * MINOR  # stays well inside the store's 64-bit integers
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})
_CURRENCY = r"(?:[€$£¥]|[A-Z]{3})?"
_FORMS = 'type it like "12500", "12,500" or "12500.50"'


def parse_money(text: str, *, decimal: str = "", thousands: str = "", allow_negative: bool = False) -> int:
    """Return the amount in minor units, or refuse it (`Usage`, `Ambiguous`).

    Without marks given, one comma before three digits separates thousands, one dot before three digits is
    refused, and of two marks the last is the decimal one. `decimal` and `thousands` say what a file uses.
    """
    plain = " ".join(text.translate(_SPACES).split())
    match = re.fullmatch(rf"(-?) ?{_CURRENCY} ?(-?)([0-9][0-9 .,']*?) ?([kKmM]?) ?{_CURRENCY}", plain)
    if match is None or (match[1] and match[2]):
        raise Usage("this is not understood as an amount", text, _FORMS)
    if (match[1] or match[2]) and not allow_negative:
        raise Usage("an amount is not negative here", text, _FORMS)
    digits, power = match[3], _POWER[match[4].lower()]
    mark = _decimal_mark(digits, decimal, thousands, power, text)
    whole, _, fraction = digits.rpartition(mark) if mark else (digits, "", "")
    if not _is_grouped(whole, thousands, mark) or (mark and not fraction.isdigit()):
        raise Usage("the marks in this amount do not fit together", text, _FORMS)
    minor = _minor(whole, fraction, power)
    exact_is_known = decimal or thousands or power
    if minor is None or (len(fraction) > _DECIMALS and not exact_is_known):
        raise Usage("an amount has at most two decimals", text, _FORMS)
    if minor > _MOST:
        raise Usage("this amount is too large to keep", text, f'type at most "{money(_MOST)}"')
    return -minor if match[1] or match[2] else minor


def money(minor: int) -> str:
    """Tell an amount: "12,500", or "12,500.50" when it has minor units."""
    whole, cents = divmod(abs(minor), MINOR)
    return f"{'-' if minor < 0 else ''}{whole:,}" + (f".{cents:02}" if cents else "")


def parse_percent(text: str) -> int:
    """Return the whole percentage from 0 to 100 that was typed: "40" or "40%"."""
    match = re.fullmatch(r"([0-9]{1,3}) ?%?", text.strip())
    if match is None or int(match[1]) > 100:  # noqa: PLR2004 -- a percentage is out of a hundred
        raise Usage("this is not a whole percentage from 0 to 100", text, 'type it like "40" or "40%"')
    return int(match[1])


def _decimal_mark(digits: str, decimal: str, thousands: str, power: int, text: str) -> str:
    """Return the decimal mark that the digits use, or nothing when they have no decimals."""
    if decimal:
        return decimal if decimal in digits else ""
    marks = [mark for mark in digits if mark in ".," and mark != thousands]
    if not marks or (len(marks) > 1 and len(set(marks)) == 1):
        return ""
    mark = marks[-1]
    if thousands or not re.fullmatch(rf"[1-9][0-9]{{0,2}}{re.escape(mark)}[0-9]{{3}}", digits):
        return mark
    # One mark, and three digits after it: thousands or decimals?
    if mark == "," and not power:
        return ""
    whole, _, fraction = digits.partition(mark)
    readings = [_minor(whole + fraction, "", power), _minor(whole, fraction, power)]
    alternatives = " or ".join(f'"{money(minor)}"' for minor in readings if minor is not None)
    raise Ambiguous("the mark may separate thousands or decimals", text, f"type {alternatives}")


def _minor(whole: str, fraction: str, power: int) -> int | None:
    """Return the minor units, or None when they are not whole."""
    digits = re.sub("[ .,']", "", whole) + fraction + "0" * (_DECIMALS + power)
    kept, finer = digits[: len(digits) - len(fraction)], digits[len(digits) - len(fraction) :]
    return None if finer.strip("0") else int(kept)


def _is_grouped(whole: str, thousands: str, decimal: str) -> bool:
    """Whether the digits before the decimals stand alone, or in groups of three by one mark."""
    marks = set(whole) - set("0123456789")
    if not marks:
        return True
    mark = marks.pop()
    known = mark == thousands if thousands else mark != decimal
    return not marks and known and bool(re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+", whole))
