"""What the machine runs by itself: when it is due, which runs were missed, and the words that start it.

Whatever runs it, cron or systemd, only looks once an hour whether a command is due, and the command itself decides by
the user's own clock. So it is run once for each time it is due whatever the machine's time zone, on nights when
clocks change too; one that failed is tried again within the hour, and a machine that slept catches up.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import zip_longest
from typing import Final

from improv import memory
from improv.dates import describe_day, parse_time, parse_weekday, weekday_name
from improv.errors import Usage
from improv.named import NamedTuple

# What runs are started with: where programs are looked for, such as the one that knows the password.
PATH: Final = "/usr/local/bin:/usr/bin:/bin"
LANGUAGE: Final = "C.UTF-8"
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
# The machine looks every hour; a run that takes long is no missed one.
_LATE: Final = timedelta(minutes=70)


class Due(NamedTuple):
    """When a command is due by the user's own clock: every day at a time, or once a week."""

    at: time
    weekday: int | None = None

    def __str__(self) -> str:
        """Return it as it is typed: "07:00", "mon 06:45"."""
        day = "" if self.weekday is None else weekday_name(self.weekday)[:3].lower() + " "
        return f"{day}{self.at:%H:%M}"

    def in_words(self) -> str:
        """Return it as it is told: "every day at 07:00", "every Monday at 06:45"."""
        return f"every {'day' if self.weekday is None else weekday_name(self.weekday)} at {self.at:%H:%M}"


class Job(NamedTuple):
    """A command that the machine runs: when it is due in which time zone, and the words that start it from anywhere.

    `minute` is that of the machine's clock: time zones differ by parts of an hour too.
    """

    command: str
    due: Due
    zone: str
    minute: int
    words: Sequence[str]


class Missed(NamedTuple):
    """The days on which a command was due and no run of it went well."""

    command: str
    days: tuple[date, ...]


def parse_due(text: str, *, weekly: bool | None = None) -> Due:
    """Return when a command is due, as it was typed: "07:00" for every day, "mon 06:45" for once a week.

    `weekly` says which of the two it must be.
    """
    first, _, rest = text.strip().partition(" ")
    weekday, at = (first, rest) if first.isalpha() else ("", text)
    if weekly is not None and weekly != bool(weekday):
        raise Usage(
            "this must be a weekday and a time" if weekly else "this must be a time alone",
            text,
            'type it like "mon 06:45"' if weekly else 'type it like "07:00"',
        )
    return Due(parse_time(at).replace(second=0), parse_weekday(weekday) if weekday else None)


# When it is due.


def minute_there(due: Due, here: tzinfo, there: tzinfo, now: datetime) -> int:
    """Return the minute of the hour that a clock in another time zone shows when it is due here."""
    return datetime.combine(now.astimezone(here).date(), due.at, here).astimezone(there).minute


def times(due: Due, zone: tzinfo, after: datetime, until: datetime) -> list[datetime]:
    """Return the instants in UTC at which it is due, after one and until another; there is one on each such day.

    A time that a night leaves out is as much later as the clock jumped; of one that comes twice it is the first.
    """
    day, last = after.astimezone(zone).date() - _DAY, until.astimezone(zone).date() + _DAY
    found = set()
    while day <= last:
        if due.weekday in {None, day.weekday()}:
            found.add(datetime.combine(day, due.at, zone).astimezone(UTC))
        day += _DAY
    return sorted(moment for moment in found if after < moment <= until)


def last_time(due: Due, zone: tzinfo, now: datetime) -> datetime:
    """Return when it was due last."""
    return times(due, zone, now - _WEEK - _DAY, now)[-1]


def next_time(due: Due, zone: tzinfo, now: datetime) -> datetime:
    """Return when it is due next."""
    return times(due, zone, now, now + _WEEK + _DAY)[0]


def is_due(connection: sqlite3.Connection, command: str, due: Due, zone: tzinfo, now: datetime) -> bool:
    """Tell whether a command is to be run now: no run has gone well since it was due last.

    What was due before it was scheduled is not made up for. A run in the future is the trace of a wrong clock.
    """
    last = last_time(due, zone, now)
    if any(one.command == command and one.since > last for one in memory.scheduled(connection)):
        return False
    ran = memory.last_success(connection, command)
    return ran is None or ran < last or ran > now


# What was missed.


def missed(connection: sqlite3.Connection, zone: tzinfo, now: datetime) -> list[Missed]:
    """Return what was missed since each command that is scheduled ran well last."""
    found = [
        _missed(connection, plan, zone, memory.last_success(connection, plan.command), now)
        for plan in memory.scheduled(connection)
    ]
    return [one for one in found if one.days]


def untold(connection: sqlite3.Connection, zone: tzinfo, now: datetime, running: str) -> list[Missed]:
    """Return what was missed and no mail has told of, as the running command tells it: what is due now it makes up for."""
    told = memory.last_told(connection, running)
    found = [
        _missed(connection, plan, zone, told, now, running=plan.command == running)
        for plan in memory.scheduled(connection)
    ]
    return [one for one in found if one.days]


def _missed(
    connection: sqlite3.Connection,
    plan: memory.Planned,
    zone: tzinfo,
    since: datetime | None,
    now: datetime,
    *,
    running: bool = False,
) -> Missed:
    """Return when a command was due and no run went well before it was due again, where that became late since a moment."""
    # A moment in the future is the trace of a wrong clock.
    after = plan.since if since is None or since > now else max(plan.since, since - _LATE)
    ran = [moment for moment in memory.runs_well(connection, plan.command, after) if moment <= now]
    ran += [now] if running else []
    due = times(parse_due(plan.due), zone, after, now)
    return Missed(
        plan.command,
        tuple(
            moment.astimezone(zone).date()
            for moment, end in zip_longest(due, due[1:], fillvalue=datetime.max.replace(tzinfo=UTC))
            if moment <= now - _LATE and bisect_left(ran, moment) == bisect_left(ran, end)
        ),
    )


def in_words(found: Sequence[Missed], today: date) -> str:
    """Return what was missed in one phrase, however much it is: "alerts 21 times, Mon 2 Nov to Sun 22 Nov"."""

    def one(command: str, days: tuple[date, ...]) -> str:
        first, last = (describe_day(day, today) for day in (days[0], days[-1]))
        return (
            f"{command} on {first}" if len(days) == 1 else f"{command} {len(days)} times, {first} to {last}"
        )

    return "; ".join(one(*each) for each in found)
