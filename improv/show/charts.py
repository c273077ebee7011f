"""A chart as inline SVG, its names and figures in it as text; it says in words what it shows.

It is as wide as the page lets it: places across are in percent and all else in pixels, so that nothing shrinks on a
phone, and words keep the size and the colours of the page (`page.css`).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final, Literal, TypeVar

from improv.report import Chart, Share
from improv.show.cells import Look
from improv.show.marks import Mark, Scale, marks_of, scale_of
from improv.statistics import ON_TARGET, TOO_FEW
from improv.text import clipped

# What colours say, words say too.
TONES: Final = {"": "plain", ON_TARGET: "good", TOO_FEW: "unsure"}
POOR: Final = "poor"

_NAME_AT_MOST: Final = 30
_BAR: Final = 8
# Bars stand one below the other: how high one is with its words, where its words stand and its track begins.
_ROW, _WORDS, _TRACK, _TRACK_HEIGHT = 46, 15, 22, 14
# Columns and lines stand side by side: the room above them for words, their own height.
_ABOVE, _PLOT = 28, 150
# The room beneath for names or figures of the scale, and the characters that fit there; a phone has half of that room
# and shows every second name.
_BENEATH, _CHARACTERS = 22, 100
# The part of a column's place that it fills, and the part of the width that a character takes on a phone.
_FILLED, _CHARACTER = 0.72, 0.019
_GAP: Final = 4
# The figures of the scale stand left of a line, in no more than this part of the width.
_MARGIN_AT_MOST: Final = 0.2
# More marks than these in a line are drawn finer.
_CROWD: Final = 16
# How far the figure of the last dot reaches beyond it.
_BESIDE: Final = 14

Text = Callable[[str], str]
Anchor = Literal["start", "middle", "end"]
Ends = tuple[float, float]
Point = tuple[float, float]
Alike = TypeVar("Alike")


def svg(chart: Chart, look: Look, text: Text) -> str:
    """Return a chart as SVG; `text` makes words safe in markup. Empty where there is nothing to draw."""
    marks = marks_of(chart)
    scale = scale_of(marks, from_nought=chart.form != "line")
    if scale is None:
        return ""
    plot = _Plot(marks, scale, look, text)
    shapes, height = {
        "bars": (plot.bars, len(marks) * _ROW),
        "columns": (plot.columns, _ABOVE + _PLOT),
        "line": (plot.line, _ABOVE + _PLOT),
    }[chart.form]
    crowded = " crowded" if chart.form == "line" and len(marks) > _CROWD else ""
    told = "; ".join(f"{look.cell(mark.name)}: {look.cell(mark.told)}" for mark in marks)
    return "\n".join(
        (
            f'<svg class="plot{crowded}" role="img" width="100%" height="{height + _BENEATH}">',
            f"<title>{text(chart.title)}</title><desc>{text(f'{chart.says} {told}'.strip())}</desc>",
            *shapes(),
            "</svg>",
        )
    )


class _Plot:
    """The shapes of one chart; places across are fractions of the width, places down are pixels."""

    def __init__(self, marks: Sequence[Mark], scale: Scale, look: Look, text: Text) -> None:
        self.marks, self.scale, self.look, self.text = marks, scale, look, text
        self.left = 0.0

    # One below the other

    def bars(self) -> Iterator[str]:
        """Draw each mark on a track of its own, its name and its figure above it; the scale stands beneath."""
        for index, mark in enumerate(self.marks):
            top = index * _ROW
            yield self.words(0, top + _WORDS, clipped(self.look.cell(mark.name), _NAME_AT_MOST), "name")
            yield self.told(1, top + _WORDS, mark, "end")
            yield from self.on_track(mark, top + _TRACK)
        first, *others, last = self.scale.lines()
        y = len(self.marks) * _ROW + _WORDS - 3
        yield self.words(0, y, self.figure(first), "tick")
        for figure in others:
            yield self.words(self.scale.at(figure), y, self.figure(figure), "tick", "middle")
        yield self.words(1, y, self.figure(last), "tick", "end")

    def on_track(self, mark: Mark, top: float) -> Iterator[str]:
        """Draw a mark across: its target, and a bar from nought or a dot on its range."""
        tone, bar = TONES.get(mark.verdict, POOR), top + (_TRACK_HEIGHT - _BAR) / 2
        yield _box("track", (0, 1), top, _TRACK_HEIGHT)
        if mark.target and mark.is_known:
            yield _box("target", self.scale.ends(mark.target), top, _TRACK_HEIGHT)
        if mark.range:
            kind = "range" if mark.range.high is not None else "range open"
            yield _box(kind, self.scale.ends(mark.range), bar, _BAR)
            if mark.value is not None:
                yield _dot(tone, self.scale.at(mark.value), top + _TRACK_HEIGHT / 2)
        elif mark.value is not None:
            low, high = sorted((self.scale.at(0.0), self.scale.at(mark.value)))
            yield _box(f"fill {tone}", (low, high), bar, _BAR)

    # Side by side

    def columns(self) -> Iterator[str]:
        """Draw each mark as a column with its figure on it; above them stands what they are judged to be."""
        nought = self.down(0.0)
        for verdict, (left, right) in self.runs(lambda mark: mark.verdict):
            if verdict:
                tone, is_last = TONES.get(verdict, POOR), math.isclose(right, 1)
                at = right if is_last else left
                yield self.words(at, _ABOVE / 3, verdict, f"judged {tone}", "end" if is_last else "start")
                yield _line(f"run {tone}", (left, _ABOVE / 2), (right, _ABOVE / 2))
        for index, mark in enumerate(self.marks):
            if mark.value:
                left, right = self.place(index, _FILLED)
                top, bottom = sorted((self.down(mark.value), nought))
                yield _box(f"fill {TONES.get(mark.verdict, POOR)}", (left, right), top, bottom - top)
                yield self.told((left + right) / 2, top - 5, mark, "middle")
        yield _line("axis", (0, nought), (1, nought))
        yield from self.names()

    def line(self) -> Iterator[str]:
        """Draw each mark as a dot on its range, from left to right, a line from each to the next."""
        lines = [(self.down(figure), self.figure(figure)) for figure in self.scale.lines()]
        self.left = min(_MARGIN_AT_MOST, _CHARACTER * max(len(words) for _, words in lines))
        for y, words in lines:
            yield _line("grid", (0, y), (1, y))
            yield self.words(0, y - 4, words, "tick")
        for target, ends in self.runs(lambda mark: mark.target):
            if target:
                bottom, top = map(_upright, self.scale.ends(target))
                yield _box("target", ends, top, bottom - top)
        points = [
            None if mark.value is None else (sum(self.place(index)) / 2, self.down(mark.value))
            for index, mark in enumerate(self.marks)
        ]
        yield from (_line("trace", one, other) for one, other in pairwise(points) if one and other)
        for index, (mark, point) in enumerate(zip(self.marks, points, strict=True)):
            yield from self.on_line(mark, sum(self.place(index)) / 2, point)
        yield from self.names()

    def on_line(self, mark: Mark, x: float, point: Point | None) -> Iterator[str]:
        """Draw a mark upright: its range and its dot; the last one has its figure above it."""
        if mark.range:
            bottom, top = map(_upright, self.scale.ends(mark.range))
            yield _line("range", (x, bottom), (x, top))
        if point:
            yield _dot(TONES.get(mark.verdict, POOR), *point)
            if mark is self.marks[-1]:
                yield self.told(x, point[1] - 10, mark, "end", _BESIDE)

    def names(self) -> Iterator[str]:
        """Write the names beneath, the last one always; where they are many, every so many of them."""
        names = [clipped(self.look.cell(mark.name), _NAME_AT_MOST) for mark in self.marks]
        # The first and the last may reach over their neighbours' places.
        longest = max(map(len, names[1:-1] or names))
        every = math.ceil(len(names) * (longest + _GAP) / (_CHARACTERS * (1 - self.left)))
        for index, name in enumerate(names):
            back, hidden = divmod(len(names) - 1 - index, every)
            if not hidden:
                yield self.name(index, name, "tick second" if back % 2 else "tick")

    def name(self, index: int, name: str, kind: str) -> str:
        """Write a name beneath its mark; the first and the last stay inside where they are wider than their place."""
        left, right = self.place(index)
        y = _ABOVE + _PLOT + _BENEATH - 5
        too_wide = len(name) * _CHARACTER > right - left
        if too_wide and index == 0:
            return self.words(left, y, name, kind)
        if too_wide and index + 1 == len(self.marks):
            return self.words(right, y, name, kind, "end")
        return self.words((left + right) / 2, y, name, kind, "middle")

    def place(self, index: int, filled: float = 1.0) -> Ends:
        """Return where the place of a mark begins and ends, or the part of it that is filled."""
        width = (1 - self.left) / len(self.marks)
        middle = self.left + (index + 0.5) * width
        return middle - filled * width / 2, middle + filled * width / 2

    def runs(self, of: Callable[[Mark], Alike]) -> Iterator[tuple[Alike, Ends]]:
        """Yield what marks next to each other have alike, and where the first of them begins and the last ends."""
        for alike, run in groupby(enumerate(self.marks), key=lambda item: of(item[1])):
            places = [self.place(index) for index, _ in run]
            yield alike, (places[0][0], places[-1][1])

    def down(self, figure: float) -> float:
        """Return how far down a figure stands."""
        return _upright(self.scale.at(figure))

    # Words

    def figure(self, figure: float) -> str:
        """Return a figure of the scale."""
        return self.scale.words(figure, self.look)

    def told(self, x: float, y: float, mark: Mark, anchor: Anchor, beside: int = 0) -> str:
        """Write a mark's figure; of a share, what it stands on is set small."""
        share = mark.told if isinstance(mark.told, Share) else None
        words, base = self.look.share_parts(share) if share else (self.look.cell(mark.told), "")
        small = f' <tspan class="tick">{self.text(base)}</tspan>' if base else ""
        shift = f' dx="{beside}"' if beside else ""
        return _text("told", x, y, self.text(words) + small, anchor, shift)

    def words(self, x: float, y: float, words: str, kind: str, anchor: Anchor = "start") -> str:
        """Write words; their anchor stands at x."""
        return _text(kind, x, y, self.text(words), anchor)


def _upright(part: float) -> float:
    """Return how far down a part of the height is, from the lowest line of the plot."""
    return _ABOVE + _PLOT * (1 - part)


def _text(kind: str, x: float, y: float, markup: str, anchor: Anchor, shift: str = "") -> str:
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{kind}" x="{_across(x)}" y="{_short(y)}"{shift}{placed}>{markup}</text>'


def _box(kind: str, ends: Ends, top: float, height: float) -> str:
    left, width = _across(ends[0]), _across(max(0.0, ends[1] - ends[0]))
    return f'<rect class="{kind}" x="{left}" y="{_short(top)}" width="{width}" height="{_short(height)}"/>'


def _line(kind: str, start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    ends = f'x1="{_across(x1)}" y1="{_short(y1)}" x2="{_across(x2)}" y2="{_short(y2)}"'
    return f'<line class="{kind}" {ends}/>'


def _dot(kind: str, x: float, y: float) -> str:
    return f'<circle class="point {kind}" cx="{_across(x)}" cy="{_short(y)}" r="5"/>'


def _across(part: float) -> str:
    """Write a part of the width."""
    return f"{_short(100 * part)}%"


def _short(number: float) -> str:
    """Write a number without digits that nobody sees."""
    return f"{round(number, 2):g}"
