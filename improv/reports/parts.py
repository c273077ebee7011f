"""What every report is made of: its scorecards, their trend, a breakdown, and the cells of its tables."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from improv import measure
from improv.dates import Period, Unit
from improv.measure import Key
from improv.metrics import Metric, named
from improv.metrics.reading import Reading
from improv.naming import called
from improv.reader import Reader
from improv.report import Cell, Column, Money, Scorecard, Table
from improv.reports.cells import Rows, amount, day, days, ref, span
from improv.scores import KINDS, cell, score

__all__ = [
    "TREND",
    "Rows",
    "amount",
    "breakdown",
    "day",
    "days",
    "in_words",
    "money",
    "on_day",
    "ordered",
    "pieces",
    "ref",
    "scorecards",
    "span",
    "trend_of",
]

# How many periods a trend shows at most.
TREND: Final = 6
_UNITS: Final[tuple[Unit, ...]] = ("month", "quarter", "year")


def scorecards(reader: Reader, period: Period, groups: Mapping[str, Sequence[str]]) -> tuple[Scorecard, ...]:
    """Return the metrics of each group against their targets."""
    trend = trend_of(period, reader.today)
    return tuple(
        Scorecard(
            title.casefold().replace(" ", "_"),
            title,
            tuple(score(reader, named(name, reader.playbook), period, trend) for name in names),
        )
        for title, names in groups.items()
    )


def trend_of(period: Period, today: date) -> list[Period]:
    """Return the periods of a trend, oldest first: the months, quarters or years inside, else the ones before."""
    inside = pieces(period, today)
    if inside or period.label == "all":
        return inside
    trend = [period]
    while len(trend) < TREND:
        trend.insert(0, trend[0].previous())
    return trend


def pieces(period: Period, today: date) -> list[Period]:
    """Return the whole months a period is made of, or quarters or years where it has many; those that have begun."""
    if period.label == "all":
        return []
    for unit in _UNITS:
        parts = period.split(unit)
        if 1 < len(parts) <= TREND and all(part.unit for part in parts):
            return [part for part in parts if part.first <= today]
    return []


def breakdown(reader: Reader, names: Iterable[str], period: Period, keys: Sequence[str]) -> Table:
    """Return the metrics that these keys can break down, side by side; the last row is the whole."""
    metrics = [named(name, reader.playbook) for name in names]
    able = [one for one in metrics if set(keys) <= set(measure.keys_of(one, reader.playbook))] or metrics[:1]
    found = [dict(measure.by(reader, one, period, *keys)) for one in able]
    rows: list[tuple[Cell, ...]] = [
        (
            *(in_words(reader, key, word) for key, word in zip(keys, words, strict=True)),
            *(
                cell(part[words]) if words in part else _nothing(one)
                for one, part in zip(able, found, strict=True)
            ),
        )
        for words in ordered(found)
    ]
    if rows:
        whole = (cell(measure.measure(reader, one, period)) for one in able)
        rows.append(("all", *[None] * (len(keys) - 1), *whole))
    by_words = " and ".join(key.replace("_", " ") for key in keys)
    return Table(
        f"by_{'_'.join(keys)}",
        f"By {by_words}",
        (
            *(Column(key, key.replace("_", " ").capitalize()) for key in keys),
            *(Column(one.name, one.title, KINDS[one.unit]) for one in able),
        ),
        rows,
        empty=f"Nothing is recorded for {period.label}.",
    )


def _nothing(metric: Metric) -> Cell:
    """Return what a metric is where no record counts: a count is none, all else has nothing underneath."""
    return 0 if metric.counts_rows else None


def ordered(found: Iterable[Iterable[Key]]) -> list[Key]:
    """Return the keys of several breakdowns, each once, in their order; what has no word comes last."""
    keys = dict.fromkeys(key for part in found for key in part)
    return sorted(keys, key=lambda key: None in key)


def in_words(reader: Reader, key: str, word: str | int | None) -> str:
    """Return the playbook's name for a word of a breakdown; one it does not know stands for itself."""
    return f"no {key.replace('_', ' ')}" if word is None else called(reader.playbook, key, word)


def money(reading: Reading | None) -> Money | None:
    """Return the figure of a reading as an amount."""
    return None if reading is None else amount(reading.value)


def on_day(reader: Reader, period: Period) -> Period:
    """Return the day a level is read on: the last of the period, or today if that comes first."""
    last = min(period.last, reader.today)
    return Period(last, last, "")
