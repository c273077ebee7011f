"""What people type for days, times and periods, and how days are told back; `today` is always passed in.

The grammar is small on purpose: docs/dates.md lists it as examples, and the tests run that page. A text with
two readings is refused with the exact alternatives, and nothing that was not typed is invented, save the year
of a day like "3 nov", which the verb's direction gives. Days, times and periods have a module each, over the calendar
itself (`almanac.py`).
"""

from improv.dates.almanac import (
    KNOWN_YEARS,
    Looking,
    Unit,
    days_between,
    weekday_name,
    year_is_known,
)
from improv.dates.days import describe_day, parse_day, parse_weekday
from improv.dates.periods import Period, day_of, month_of, parse_period, quarter_of, week_of, year_of
from improv.dates.times import Moment, describe_moment, parse_minutes, parse_moment, parse_time

__all__ = [
    "KNOWN_YEARS",
    "Looking",
    "Moment",
    "Period",
    "Unit",
    "day_of",
    "days_between",
    "describe_day",
    "describe_moment",
    "month_of",
    "parse_day",
    "parse_minutes",
    "parse_moment",
    "parse_period",
    "parse_time",
    "parse_weekday",
    "quarter_of",
    "week_of",
    "weekday_name",
    "year_is_known",
    "year_of",
]
