"""A chart as plain numbers: its rows as marks, and the one scale that all of them stand on."""

import math
from collections.abc import Sequence
from typing import Final

from improv.named import NamedTuple
from improv.report import Cell, Chart, Days, Money, Percent, Range, Share, Unit
from improv.show.cells import Look

_PERCENT: Final = 100
_STEPS: Final = 4
_ROUND: Final = (1, 2, 5, 10)
_HALF: Final = 0.5
# What is counted in whole has no lines in between.
_WHOLE: Final[frozenset[Unit]] = frozenset({"number", "days"})


class Mark(NamedTuple):
    """A row of a chart: its name, its figure as it is told and as a number, and what stands beside it."""

    name: Cell
    told: Cell
    value: float | None
    range: Range | None
    target: Range | None
    verdict: str

    @property
    def is_known(self) -> bool:
        """Whether there is anything to draw: a target alone is no figure."""
        return self.value is not None or self.range is not None


class Scale(NamedTuple):
    """Where a chart begins and ends, and how far apart its lines are, in the unit of its figures."""

    low: float
    high: float
    step: float
    unit: Unit

    def at(self, figure: float) -> float:
        """Return where a figure stands: 0 at the low end, 1 at the high end, never beyond."""
        return min(1.0, max(0.0, (figure - self.low) / (self.high - self.low)))

    def ends(self, span: Range) -> tuple[float, float]:
        """Return where a range stands; an open end reaches the end of the scale."""
        return (
            0.0 if span.low is None else self.at(span.low),
            1.0 if span.high is None else self.at(span.high),
        )

    def lines(self) -> list[float]:
        """Return the figures at which lines are drawn, both ends among them."""
        return [
            self.low + self.step * place for place in range(round((self.high - self.low) / self.step) + 1)
        ]

    def words(self, figure: float, look: Look) -> str:
        """Return a figure of the scale with its unit."""
        return look.range(Range(figure, figure, self.unit))


def marks_of(chart: Chart) -> tuple[Mark, ...]:
    """Return a chart's rows as marks."""
    table = chart.table
    places = {column.key: place for place, column in enumerate(table.columns)}

    def mark(row: Sequence[Cell]) -> Mark:
        told, span, target, verdict = (
            row[places[key]] if key else None
            for key in (chart.value, chart.range, chart.target, chart.verdict)
        )
        return Mark(
            row[0],
            told,
            _number(told),
            span if isinstance(span, Range) else None,
            target if isinstance(target, Range) else None,
            verdict if isinstance(verdict, str) else "",
        )

    return tuple(map(mark, table.rows))


def scale_of(marks: Sequence[Mark], *, from_nought: bool = True) -> Scale | None:
    """Return the scale that all marks fit on; None where there is nothing to draw.

    Bars are only true from nought; a line may begin higher where its lowest point is far above it.
    """
    spans = [span for mark in marks for span in (mark.range, mark.target) if span and mark.is_known]
    figures = [mark.value for mark in marks if mark.value is not None]
    figures += [end for span in spans for end in (span.low, span.high) if end is not None]
    low, high = min(figures, default=0.0), max(figures, default=0.0)
    if from_nought or low == high or low < high * _HALF:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return None
    unit: Unit = next((_unit_of(mark.told) for mark in marks if mark.told is not None), "number")
    step = _round_step(max((high - low) / _STEPS, 1.0 if unit in _WHOLE else 0.0))
    return Scale(step * math.floor(low / step), step * math.ceil(high / step), step, unit)


def _number(cell: Cell) -> float | None:
    """Return a figure as a plain number in its unit; None for what is no figure."""
    match cell:
        case Money(minor=minor):
            return minor
        case Share() | Days():
            return cell.value
        case Percent(value=percent):
            return percent / _PERCENT
        case int() | float():
            return cell
        case _:
            return None


def _unit_of(cell: Cell) -> Unit:
    """Return the unit of a figure."""
    match cell:
        case Money():
            return "money"
        case Share() | Percent():
            return "share"
        case Days():
            return "days"
        case _:
            return "number"


def _round_step(step: float) -> float:
    """Return the next 1, 2 or 5 of its power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * round_one for round_one in _ROUND if power * round_one >= step)
