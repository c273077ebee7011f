"""What the red flags find, the worst first, without what a more exact flag says of the same record.

A large store raises many, and today's page shows three: here they are narrow rows, and nothing is put into words.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from operator import itemgetter
from sqlite3 import Row
from typing import Any, Final

from improv.alerts.flag import COLUMNS, Flag
from improv.errors import ImprovError
from improv.named import NamedTuple
from improv.playbook import Flag as Spec
from improv.playbook import Severity
from improv.reader import Reader

GRAVITY: Final[tuple[Severity, ...]] = ("critical", "warning")
# The columns that every flag finds; more of them fill the reason and the command.
_HEAD: Final = COLUMNS[:-1]


class Source(NamedTuple):
    """The flag that found some rows, how grave they are (and past the second limit), and what their other columns are called."""

    flag: Flag
    severities: tuple[Severity, Severity]
    more: tuple[str, ...]


class Up(NamedTuple):
    """One flag that is up on one record."""

    source: Source
    id: int
    letter: str
    name: str
    owner: str | None
    client_id: int | None
    since: str | None
    days: int
    severity: Severity
    more: tuple[Any, ...]

    @property
    def dated(self) -> bool:
        """Whether anybody knows since when."""
        return self.since is not None or self.days > 0

    def began(self, today: date) -> date:
        """Return the day it is up since, counted back from its days where no row says; today where nobody knows."""
        return date.fromisoformat(self.since) if self.since else today - timedelta(days=self.days)

    @property
    def row(self) -> dict[str, Any]:
        """Everything that was found, by the names of its columns."""
        told = {name: getattr(self, name) for name in _HEAD if name != "worse"}
        return {**told, **dict(zip(self.source.more, self.more, strict=True))}


def standing(reader: Reader, flags: Iterable[Flag], now: str | None) -> list[Up]:
    """Return what some flags find, the worst and longest first."""
    reader, specs = reader.of_one_moment(), reader.playbook.flags
    kept: dict[str, str] = {}
    ranked = sorted(flags, key=lambda flag: (flag.code[:1], len(flag.code), flag.code))  # H5 before H10
    up = [one for flag in ranked for one in _judged(flag, specs[flag.code], reader, now, kept)]
    found = _uncovered(up)
    # Each keeps the order of those before it where two are alike.
    found.sort(key=lambda one: one.days, reverse=True)
    found.sort(key=lambda one: GRAVITY.index(one.severity))
    return found


def _judged(flag: Flag, spec: Spec, reader: Reader, now: str | None, kept: dict[str, str]) -> list[Up]:
    """Return what a flag finds; one of the user's own that cannot be judged finds nothing, and `unjudged` says so."""
    try:
        return _found(flag, spec, reader, now, kept)
    except ImprovError:
        if flag.code not in reader.playbook.own_flags:
            raise
        return []


def _found(flag: Flag, spec: Spec, reader: Reader, now: str | None, kept: dict[str, str]) -> list[Up]:
    """Return what a flag finds, by its records; `kept` are words that many rows share, such as days."""
    rows = iter(flag.rows(reader, now))
    first = next(rows, None)
    if first is None:
        return []
    names = tuple(first.keys())
    source = Source(
        flag,
        (spec.severity, spec.worse or spec.severity),
        tuple(name for name in names if name not in _HEAD),
    )
    columns = (*_HEAD, *source.more)
    ordered = itemgetter(*(map(names.index, columns) if isinstance(first, Row) else columns))
    alike: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    found = [_up(source, ordered(row), kept, alike) for row in (first, *rows)]
    found.sort(key=lambda one: one.id)
    return found


def _up(
    source: Source,
    values: tuple[Any, ...],
    kept: dict[str, str],
    alike: dict[tuple[Any, ...], tuple[Any, ...]],
) -> Up:
    number, letter, name, owner, client, since, days, worse, *more = values
    told = tuple(more)
    return Up(
        source,
        number,
        kept.setdefault(letter, letter),
        name,
        owner and kept.setdefault(owner, owner),
        client,
        since and kept.setdefault(since, since),
        # By a clock that is wrong what happened is still to come: it has no age, and stays up, so that no mail tells of it.
        max(int(days), 0),
        source.severities[1 if worse else 0],
        alike.setdefault(told, told),
    )


def _uncovered(up: list[Up]) -> list[Up]:
    """Return what no more exact flag says of the same record."""
    covered: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for one in up:
        for code in one.source.flag.covers:
            covered[code, one.letter].add(one.id)
    return [one for one in up if one.id not in covered.get((one.source.flag.code, one.letter), ())]
