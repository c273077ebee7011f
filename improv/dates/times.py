"""What people type for a time of day, a day with its time, and a length of time."""

import datetime as dt
import re
from datetime import date

from improv.dates.almanac import Looking, cleaned
from improv.dates.days import describe_day, parse_day
from improv.errors import Ambiguous, Usage
from improv.named import NamedTuple

_CLOCK = r"[0-9]{1,2}(?::[0-9]{2}){1,2}(?: ?[ap]\.?m\.?)?|[0-9]{1,2} ?[ap]\.?m\.?"
_NOON = 12


class Moment(NamedTuple):
    """A day, and the local time on it when one was typed."""

    day: date
    time: dt.time | None = None


def describe_moment(moment: Moment, today: date) -> str:
    """Tell a day and its time in words: "Fri 6 Nov 15:00"."""
    told = describe_day(moment.day, today)
    return told if moment.time is None else f"{told} {moment.time.isoformat('auto').removesuffix(':00')}"


def parse_time(text: str) -> dt.time:
    """Return the local time of the day that was typed: "15:00", "9am", "3:30 pm"."""
    typed = cleaned(text)
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


def parse_moment(text: str, today: date, looking: Looking) -> Moment:
    """Return the day that was typed and, when typed after it, the time; a time alone is today's."""
    typed = cleaned(text)
    iso = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})t(.+)", typed)
    match = iso or re.fullmatch(rf"(?:(.*?) )??(?:at )?({_CLOCK})", typed)
    if match is None:
        return Moment(parse_day(text, today, looking))
    day = (match[1] or "").rstrip(" ,")
    return Moment(parse_day(day, today, looking) if day else today, parse_time(match[2]))


def parse_minutes(text: str) -> int:
    """Return how many minutes were typed: "90", "45m", "2h", "1h30"; at least one."""
    match = re.fullmatch(r"(?:([0-9]{1,3}) ?h)? ?(?:([0-9]{1,4}) ?(?:m|min)?)?", cleaned(text))
    hours, minutes = (int(match[1] or 0), int(match[2] or 0)) if match else (0, 0)
    if match and match[1] and minutes >= 60:  # noqa: PLR2004 -- an hour has sixty minutes
        raise Usage("beside hours, minutes go up to 59", text, f'type "{hours * 60 + minutes}m"')
    if not hours and not minutes:
        raise Usage("this is not understood as a length of time", text, 'type it like "90", "45m" or "1h30"')
    return hours * 60 + minutes
