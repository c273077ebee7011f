"""A chart in characters: each mark is a bar from nought, or a dot on its range; the target is the shade behind it."""

import math
from typing import Final, Literal

from improv.named import NamedTuple
from improv.show.marks import Mark, Scale

Role = Literal["", "value", "range", "target"]
Columns = list[tuple[str, Role]]


class Pen(NamedTuple):
    """The characters that marks are made of: `over` the shade a bar and a line look different, so that it is still seen.

    `parts` are those of a bar that ends within a column, from narrow to wide.
    """

    bar: str
    bar_over: str
    parts: str
    dot: str
    line: str
    line_over: str
    beyond: str
    shade: str


UNICODE: Final = Pen("█", "▓", "▏▎▍▌▋▊▉", "●", "━", "▒", "→", "░")
ASCII: Final = Pen("#", "%", "", "o", "-", "=", ">", ":")


def drawn(mark: Mark, scale: Scale, width: int, pen: Pen) -> Columns:
    """Return a mark as so many columns, each a character and what it stands for."""
    columns: Columns = [(" ", "")] * width
    if not mark.is_known:
        return columns
    if mark.target:
        for place in _places(*scale.ends(mark.target), width):
            columns[place] = (pen.shade, "target")
    if mark.range:
        for place in _places(*scale.ends(mark.range), width):
            _put(columns, place, pen.line, pen.line_over, "range")
        if mark.range.high is None:
            columns[-1] = (pen.beyond, "range")
        if mark.value is not None:
            columns[min(int(scale.at(mark.value) * width), width - 1)] = (pen.dot, "value")
    elif mark.value:
        _bar(columns, scale.at(0.0) * width, scale.at(mark.value) * width, pen)
    return columns


def _places(low: float, high: float, width: int) -> range:
    """Return the columns from one place on the scale to another: one at least."""
    first = min(int(low * width), width - 1)
    return range(first, max(first + 1, math.ceil(high * width)))


def _bar(columns: Columns, nought: float, end: float, pen: Pen) -> None:
    """Draw a bar from nought to a figure; it is never so short that it cannot be seen."""
    start, steps = round(nought), len(pen.parts) + 1
    if 0 < nought < len(columns):
        start = min(max(start, 1), len(columns) - 1)
    if end < nought:
        for place in range(max(0, min(math.floor(end), start - 1)), start):
            _put(columns, place, pen.bar, pen.bar_over, "value")
        return
    last, part = divmod(max(round(end * steps), start * steps + 1), steps)
    for place in range(start, last):
        _put(columns, place, pen.bar, pen.bar_over, "value")
    if part:
        columns[last] = (pen.parts[part - 1], "value")


def _put(columns: Columns, place: int, char: str, over: str, role: Role) -> None:
    shaded = columns[place][1] == "target"
    columns[place] = (over if shaded else char, role)
