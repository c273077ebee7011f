"""What a report is: plain values that say nothing about how they are shown.

A report has sections, a section has blocks (tables, charts, scorecards, facts, timelines, notes), and a block has
cells. `improv.show` turns the same value into a terminal page, plain text or JSON.

They are named tuples and not dataclasses because every command that reads loads them, and start-up is felt: a
dataclass takes many times as long to define.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time
from itertools import chain, islice
from typing import Any, Final, Literal, overload

from improv.named import NamedTuple

Level = Literal["critical", "warning"]
Kind = Literal[
    "text",
    "number",
    "money",
    "day",
    "share",
    "days",
    "range",
    "ref",
    "severity",
    "verdict",
    "trend",
    "command",
]
Unit = Literal["number", "money", "days", "share"]
Form = Literal["bars", "columns", "line"]

# Figures are compared digit under digit; all else is read from the left.
RIGHT_ALIGNED: Final[frozenset[Kind]] = frozenset({"number", "money", "share", "days", "range"})


class Money(NamedTuple):
    """An amount in the store's currency, in minor units (hundredths)."""

    minor: int


class Share(NamedTuple):
    """So many hits of so many; nothing underneath (`of` is 0) is no share at all."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """The share as a fraction, or None with nothing underneath."""
        return self.hits / self.of if self.of else None


class Days(NamedTuple):
    """A length of time in days: whole for one stay, broken for a mean or a median."""

    value: float


class Ref(NamedTuple):
    """A record: its id, as it is typed, and its name, as it is known."""

    id: str
    name: str


class Percent(NamedTuple):
    """A percentage that is no k of n: whole where somebody gave it, such as a probability, else computed."""

    value: float


class Severity(NamedTuple):
    """How bad a red flag is."""

    level: Level


class Trend(NamedTuple):
    """A figure over the last periods, oldest first; None where there was nothing underneath."""

    values: tuple[float | None, ...]


class Range(NamedTuple):
    """From one figure to another: the interval of a figure, two quartiles, a target; an end that is open is None.

    The ends are in the unit of the figure: fractions of a share, minor units of money. A `strict` one leaves its ends
    out: "less than 5 days".
    """

    low: float | None
    high: float | None
    unit: Unit = "number"
    strict: bool = False


# None is "nothing to say". A whole number is a count; a broken one is a mean.
Cell = None | str | int | float | date | Money | Share | Days | Ref | Percent | Severity | Trend | Range


def cell_of(kind: Kind, value: Any) -> Cell:  # noqa: ANN401 - whatever SQLite returns
    """Return a value of the store as a cell of its kind; what does not fit its kind stands as it is, so that it hides no other."""
    match value:
        case bytes():
            return value.hex()
        case float() if not math.isfinite(value):
            return str(value)
        case int() | float() if kind == "money":
            return Money(round(value))
        case int() | float() if kind == "days":
            return Days(value)
        case str() if kind == "day":
            return day_of(value) or value
        case _:
            cell: Cell = value
            return cell


def day_of(value: object) -> date | None:
    """Return a day as the store writes it, 2026-11-24; nothing where it is none."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day and day.isoformat() == value else None


class Column(NamedTuple):
    """One column of a table; its kind says how its cells line up."""

    key: str
    title: str
    kind: Kind = "text"


class Made(Sequence[tuple[Cell, ...]]):
    """The rows of a long table, each made of what it tells when it is shown: a page of many is never held as a whole."""

    def __init__(self, make: Callable[[Any], tuple[Cell, ...]], things: Sequence[Any]) -> None:
        self._make, self._things = make, things

    def __repr__(self) -> str:
        """Return what the list of them is written as: a page says the same of rows that are made and of rows that are kept."""
        return repr(list(self))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._things)

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        """Yield one after the other."""
        return map(self._make, self._things)

    @overload
    def __getitem__(self, place: int) -> tuple[Cell, ...]: ...

    @overload
    def __getitem__(self, place: slice) -> "Made": ...

    def __getitem__(self, place: int | slice) -> "tuple[Cell, ...] | Made":
        """Return the one at a place, or those of some places."""
        if isinstance(place, slice):
            return Made(self._make, self._things[place])
        return self._make(self._things[place])


class Packed(Sequence[tuple[Any, ...]]):
    """Rows of numbers and texts in as few bytes as they have: a hundred thousand of them are no burden."""

    _BLOCK: Final = 500

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        from marshal import dumps  # noqa: PLC0415 - only long tables need it

        self._blocks: list[bytes] = []
        self._length, left = 0, map(tuple, rows)
        while block := list(islice(left, self._BLOCK)):
            self._blocks.append(dumps(block))
            self._length += len(block)

    def __len__(self) -> int:
        """Return how many there are."""
        return self._length

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield one after the other."""
        return chain.from_iterable(map(self._unpacked, range(len(self._blocks))))

    @overload
    def __getitem__(self, place: int) -> tuple[Any, ...]: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[tuple[Any, ...]]: ...

    def __getitem__(self, place: int | slice) -> "tuple[Any, ...] | Sequence[tuple[Any, ...]]":
        """Return the one at a place, or those of some places."""
        if isinstance(place, slice):
            return list(self)[place]
        block, within = divmod(range(self._length)[place], self._BLOCK)
        return self._unpacked(block)[within]

    def _unpacked(self, block: int) -> list[tuple[Any, ...]]:
        from marshal import loads  # noqa: PLC0415 - as above

        found: list[tuple[Any, ...]] = loads(self._blocks[block])  # noqa: S302 - our own bytes, of this process
        return found


class Table(NamedTuple):
    """Rows under named columns; `empty` is the sentence that stands for no rows."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    empty: str = ""
    note: str = ""


class Chart(NamedTuple):
    """A table that is drawn as well: each row is a mark under the name in its first cell, all of them on one scale.

    `says` is what it shows, in a sentence. `value` is the key of the column that is drawn; `range`, `target` and
    `verdict` are those of the range it lies in, of what it should be, and of the word that judges it ("": there is no
    such column). The form is `bars` one below the other, `columns` in an order that counts, or a `line` over time.
    """

    table: Table
    form: Form
    says: str
    value: str
    range: str = ""
    target: str = ""
    verdict: str = ""

    @property
    def key(self) -> str:
        """The key of its table."""
        return self.table.key

    @property
    def title(self) -> str:
        """The title of its table."""
        return self.table.title


class Score(NamedTuple):
    """One metric against its target.

    `share` is the k of n where the metric is a share, and is then shown for the value. `interval` is in fractions
    for a share and in days for a median; its upper end is None where none can be given yet. `target`, `change`
    and `note` are words; `verdict` is one of those in `improv.statistics`.
    """

    metric: str
    title: str
    value: Cell
    share: Share | None = None
    interval: tuple[float, float | None] | None = None
    target: str = ""
    verdict: str | None = None
    change: str = ""
    trend: tuple[float | None, ...] = ()
    note: str = ""


class Scorecard(NamedTuple):
    """Metrics against their targets."""

    key: str
    title: str
    scores: tuple[Score, ...]


class Facts(NamedTuple):
    """A record's fields, each with its name."""

    key: str
    title: str
    pairs: tuple[tuple[str, Cell], ...]


Entry = tuple[date, time | None, Ref | None, str]


class Timeline(NamedTuple):
    """What happened, in order: day, time of day, the record it happened to, and what."""

    key: str
    title: str
    entries: tuple[Entry, ...]


class Notes(NamedTuple):
    """Sentences, one a line."""

    lines: tuple[str, ...]


Block = Table | Chart | Scorecard | Facts | Timeline | Notes


class Section(NamedTuple):
    """A part of a report under its own title."""

    title: str
    blocks: tuple[Block, ...]


class Report(NamedTuple):
    """A whole page: what it is about, the day it is true on, the period it covers, and its sections."""

    name: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    as_of: date
    period: tuple[date, date] | None = None
    notes: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[date, ...]:
        """The first and the last day of its period; a day alone is said once, and not where the subtitle is that day."""
        days = tuple(dict.fromkeys(self.period or ()))
        return () if len(days) == 1 and self.subtitle == days[0].isoformat() else days
