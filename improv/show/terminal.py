"""A calm page for a person: aligned columns, dim titles, colours that only repeat what words already say.

Every table is fitted to the width by one rule: figures keep their columns, long texts wrap in theirs; where that does
not fit, the longest texts go beneath their row, and at last each row becomes a small block of its own. Every text enters through the gate as a Rich
`Text`, so that no markup, emoji code or escape in it is obeyed.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Final

from improv.show import unneeded  # noqa: F401 - before what would load it

# isort: split
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from improv.report import (
    RIGHT_ALIGNED,
    Block,
    Cell,
    Chart,
    Facts,
    Kind,
    Money,
    Notes,
    Ref,
    Report,
    Score,
    Scorecard,
    Section,
    Severity,
    Table,
    Timeline,
)
from improv.show import bars
from improv.show.cells import DASH, Look, share_of
from improv.show.grid import GAP, Grid, GridColumn
from improv.show.marks import Mark, Scale, marks_of, scale_of
from improv.statistics import ON_TARGET, TOO_FEW
from improv.text import clipped

_WIDEST: Final = 110
_NARROWEST: Final = 12
# Of a text so many letters are laid out: some hundred screens, which no one reads on one.
_MOST_LETTERS: Final = 100_000
# A name is cut beyond this, its id stays.
_NAME_AT_MOST: Final = 36
# Marks are drawn in no fewer columns than this beside their figures, and in no more.
_DRAWN_AT_LEAST: Final = 20
_DRAWN_AT_MOST: Final = 50

_STYLES: Final = {"critical": "bold red", "warning": "yellow", ON_TARGET: "green", TOO_FEW: "dim"}
_OFF_TARGET_STYLE: Final = "red"


def report(report: Report, look: Look) -> str:
    """Return the whole report as a page."""
    page = _Page(look)
    return page.printed(page.report(report))


def table(table: Table, look: Look) -> str:
    """Return one list, with its column titles."""
    page = _Page(look)
    return page.printed(page.table(table))


# A scorecard's columns: the title, whether it may be squeezed, and the parts of a score that stand in it.
_Layout = tuple[tuple[str, bool, tuple[str, ...]], ...]
# The widest that fits is taken.
_LAYOUTS: Final[tuple[_Layout, ...]] = (
    (
        ("", False, ("title",)),
        ("Value", False, ("value",)),
        ("k of n", False, ("k of n",)),
        ("95%", False, ("interval",)),
        ("Target", False, ("target",)),
        ("Verdict", False, ("verdict",)),
        ("Change", False, ("change",)),
        ("Trend", False, ("trend",)),
    ),
    (
        ("", True, ("title",)),
        ("Value", False, ("value", "k of n")),
        ("Target", False, ("target",)),
        ("Verdict", False, ("verdict", "named interval")),
        ("Change", False, ("difference", "doubt")),
        ("Trend", False, ("trend",)),
    ),
    (
        ("", True, ("title",)),
        ("Value", False, ("value", "k of n", "interval")),
        ("Verdict and target", False, ("verdict", "target")),
        ("Change", False, ("difference", "doubt")),
        ("Trend", False, ("trend",)),
    ),
)


class _Page:
    """A page of one width, made block by block."""

    def __init__(self, look: Look) -> None:
        self.width = max(_NARROWEST, min(look.width, _WIDEST))
        self.look = look._replace(width=self.width, precise=False, letters=_MOST_LETTERS)

    def printed(self, parts: Iterator[RenderableType]) -> str:
        """Return the parts as text, without the blanks that fill lines up."""
        written = StringIO()
        console = Console(
            file=written,
            width=self.width,
            height=25,
            color_system="standard" if self.look.colour else None,
            force_terminal=self.look.colour,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )
        for part in parts:
            console.print(part)
        return "".join(f"{line.rstrip()}\n" for line in written.getvalue().split("\n")[:-1])

    def text(self, words: str, style: str = "", *, keep_newlines: bool = False) -> Text:
        return Text(self.look.gate(words, keep_newlines=keep_newlines), style)

    def report(self, report: Report) -> Iterator[RenderableType]:
        yield self.text(report.title, "bold")
        about = (report.subtitle, " to ".join(map(str, report.span)), f"as of {report.as_of}")
        yield self.text(" · ".join(words for words in about if words), "dim")
        for section in report.sections:
            yield Text()
            yield from self.section(section)
        if report.notes:
            yield Text()
            yield from self.notes(report.notes)

    def section(self, section: Section) -> Iterator[RenderableType]:
        if section.title:
            yield self.rule(section.title)
        was_bare = True
        for index, found in enumerate(section.blocks):
            block = found.table if isinstance(found, Chart) and not found.table.rows else found
            bare = isinstance(block, Table) and not block.rows
            # What has nothing to show takes one line, so that a quiet week fits one screen.
            if index and not (bare and was_bare):
                yield Text()
            was_bare = bare
            if not isinstance(block, Notes) and block.title not in {"", section.title}:
                title = self.text(block.title, "bold")
                if isinstance(block, Table) and bare:
                    yield Text.assemble(title, "  ", self.text(block.empty, "dim"))
                    continue
                yield title
            yield from self.block(block)

    def rule(self, title: str) -> Text:
        """Draw a title and a line from it to the margin."""
        words = self.text(title, "bold")
        line = "─" * max(0, self.width - words.cell_len - 1)
        return Text.assemble(words, " ", (self.look.gate(line), "dim"))

    def block(self, block: Block) -> Iterator[RenderableType]:
        match block:
            case Table():
                return self.table(block)
            case Chart():
                return self.chart(block)
            case Scorecard():
                return self.scorecard(block)
            case Facts():
                return self.facts(block)
            case Timeline():
                return self.timeline(block)
            case Notes():
                return self.notes(block.lines)

    def notes(self, lines: Sequence[str]) -> Iterator[RenderableType]:
        return (self.text(line, "dim") for line in lines)

    def table(self, table: Table) -> Iterator[RenderableType]:
        if table.rows:
            yield from self.grid(self.rows(table))
        elif table.empty:
            yield self.text(table.empty, "dim")
        if table.note:
            yield self.text(table.note, "dim")

    def rows(self, table: Table) -> Grid:
        """Return a table's columns and rows, cents in all of its amounts or in none."""
        broken = any(isinstance(cell, Money) and cell.minor % 100 for row in table.rows for cell in row)
        page = _Page(self.look._replace(cents=broken))
        columns = [
            GridColumn(
                self.look.gate(it.title), it.kind in RIGHT_ALIGNED, it.kind in {"text", "ref", "verdict"}
            )
            for it in table.columns
        ]
        kinds = [it.kind for it in table.columns]
        return Grid(columns, [list(map(page.cell, row, kinds)) for row in table.rows])

    def chart(self, chart: Chart) -> Iterator[RenderableType]:
        """Draw each row's mark beside its figures; where they leave no room, those that are not drawn stand beneath."""
        if chart.says:
            yield self.text(chart.says)
        marks = marks_of(chart)
        scale = scale_of(marks)
        if scale is None:
            yield from self.table(chart.table)
            return
        beside, beneath = self.split(chart)
        room = self.width - beside.natural(self.width)
        yield from self.grid(self.with_marks(beside, marks, scale, room))
        yield from self.legend(chart)
        if beneath:
            yield Text()
            yield from self.grid(beneath)
        if chart.table.note:
            yield self.text(chart.table.note, "dim")

    def split(self, chart: Chart) -> tuple[Grid, Grid | None]:
        """Return the columns that marks are drawn beside, and those beneath: the first split that fits is taken."""
        grid, keys = self.rows(chart.table), [column.key for column in chart.table.columns]
        every = list(range(len(keys)))
        drawn = [it for it in every if not it or keys[it] in {chart.value, chart.range, chart.target}]
        others = [it for it in every if not it or it not in drawn]
        for above, below in ((every, []), (drawn, others), ([0], every)):
            beside, beneath = grid.picked(above), grid.picked(below)
            has_room = self.width - beside.natural(self.width) >= _DRAWN_AT_LEAST
            if has_room and beneath.widths(self.width) is not None:
                return beside, beneath if below else None
        return grid, None

    def with_marks(self, grid: Grid, marks: Sequence[Mark], scale: Scale, room: int) -> Grid:
        """Add the drawn marks as a last column, headed by the ends of the scale; in full width where rows are blocks."""
        width = self.width - GAP if room < _DRAWN_AT_LEAST else min(room, _DRAWN_AT_MOST)
        low, high = (scale.words(end, self.look) for end in (scale.low, scale.high))
        title = "" if room < _DRAWN_AT_LEAST else f"{low}{high:>{width - len(low)}}"
        rows = [[*row, self.mark(mark, scale, width)] for row, mark in zip(grid.rows, marks, strict=True)]
        return Grid([*grid.columns, GridColumn(title)], rows)

    def mark(self, mark: Mark, scale: Scale, width: int) -> Text:
        """Draw one mark; its colour repeats the word that judges it."""
        pen = bars.UNICODE if self.look.unicode else bars.ASCII
        judged = "" if mark.verdict == TOO_FEW else _judged(mark.verdict)
        styles = {"value": judged, "range": "dim", "target": "dim"}
        return Text.assemble(
            *((char, styles.get(role, "")) for char, role in bars.drawn(mark, scale, width, pen))
        )

    def legend(self, chart: Chart) -> Iterator[RenderableType]:
        """Say what the signs of a chart mean, where there is more than a bar."""
        pen = bars.UNICODE if self.look.unicode else bars.ASCII
        signs = {
            chart.value: pen.dot if chart.range else pen.bar,
            chart.range: pen.line,
            chart.target: pen.shade,
        }
        titles = {column.key: column.title for column in chart.table.columns}
        said = [f"{sign} {titles[key]}" for key, sign in signs.items() if key]
        return self.notes(["  ".join(said)] if len(said) > 1 else [])

    def cell(self, cell: Cell, kind: Kind = "text") -> Text:
        match cell:
            case str() if kind == "verdict":
                return self.said(cell)
            case None:
                return self.text(DASH, "dim")
            case Severity(level=level):
                return Text(level, _STYLES[level])
            case Ref(id=record, name=name):
                return self.text(clipped(self.look.cell(Ref(record, name)), len(record) + 1 + _NAME_AT_MOST))
            case _:
                return Text(self.look.cell(cell))

    def grid(self, grid: Grid) -> Iterator[RenderableType]:
        """Lay the rows out under their titles, or one below the other where they do not fit."""
        if not grid.rows:
            return
        widths = grid.widths(self.width)
        if widths is not None:
            yield self.aligned(grid, grid.rows, widths)
        elif storeys := grid.storeys(self.width):
            yield from self.in_storeys(grid, *storeys)
        else:
            yield from self.stacked(grid)

    def aligned(
        self, grid: Grid, rows: Sequence[Sequence[Text]], widths: Sequence[int], *, headed: bool = True
    ) -> RichTable:
        """Set rows side by side under their titles."""
        laid = RichTable(
            box=None,
            padding=(0, GAP, 0, 0),
            pad_edge=False,
            header_style="dim",
            show_edge=False,
            show_header=headed,
        )
        for column, width in zip(grid.columns, widths, strict=True):
            laid.add_column(
                Text(column.title),
                width=width,
                justify="right" if column.right else "left",
                overflow="fold",
                no_wrap=not column.flexible,
            )
        for row in rows:
            laid.add_row(*row)
        return laid

    def in_storeys(
        self, grid: Grid, above: Sequence[int], beneath: Sequence[int]
    ) -> Iterator[RenderableType]:
        """Set what fits side by side, and the rest of each row beneath it."""
        top = grid.picked(above)
        widths = top.widths(self.width) or []
        yield self.aligned(top, (), widths)
        for whole, row in zip(grid.rows, top.rows, strict=True):
            first = row[0].copy()
            first.stylize("bold")
            yield self.aligned(top, [[first, *row[1:]]], widths, headed=False)
            told = (it for it in beneath if whole[it].plain != self.look.gate(DASH))
            yield from self.packed((grid.columns[it].title, whole[it]) for it in told)

    def packed(self, pairs: Iterable[tuple[str, Text]]) -> Iterator[RenderableType]:
        """Set titled values in as few indented lines as they take."""
        line = Text()
        for title, value in pairs:
            if not value.plain.strip():
                continue
            told = Text.assemble((f"{title} " if title else "", "dim"), value)
            if line and line.cell_len + GAP + told.cell_len > self.width - GAP:
                yield Padding(line, (0, 0, 0, GAP))
                line = Text()
            line = Text.assemble(line, " " * GAP, told) if line else told
        if line:
            yield Padding(line, (0, 0, 0, GAP))

    def stacked(self, grid: Grid) -> Iterator[RenderableType]:
        """Set each row as a block: its first cell, then what else it says."""
        for first, *others in grid.rows:
            heading = first.copy()
            heading.stylize("bold")
            yield heading
            for column, value in zip(grid.columns[1:], others, strict=True):
                yield from self.packed([(column.title, value)])

    def scorecard(self, card: Scorecard) -> Iterator[RenderableType]:
        """Set each metric on one line; where that is too wide, what it stands on goes beneath."""
        parts = [self.parts(score) for score in card.scores]
        grids = [self.laid(parts, layout) for layout in _LAYOUTS]
        yield from self.grid(next((grid for grid in grids if grid.widths(self.width)), grids[0]))
        yield from self.notes([f"{score.title}: {score.note}" for score in card.scores if score.note])

    def laid(self, parts: Sequence[dict[str, Text]], layout: _Layout) -> Grid:
        """Lay scores out in columns; a column sets its parts one beneath the other."""
        columns = [
            GridColumn(title, right=title in {"Value", "k of n", "95%", "Change"}, flexible=flexible)
            for title, flexible, _ in layout
        ]
        rows = [[_stacked(*(score[name] for name in names)) for _, _, names in layout] for score in parts]
        return Grid(columns, rows).told()

    def parts(self, score: Score) -> dict[str, Text]:
        """Return all that a score says, part by part."""
        share = share_of(score)
        figure, base = self.look.share_parts(share) if share else (self.look.cell(score.value), "")
        words = score.verdict or ""
        difference, _, doubt = score.change.partition(", ")
        interval = Text(self.look.interval(score), "dim")
        return {
            "title": self.text(score.title),
            "value": Text(figure, "bold"),
            "k of n": Text(base, "dim"),
            "interval": interval,
            "named interval": Text.assemble("95%: ", interval, style="dim") if interval else interval,
            "target": self.text(score.target),
            "verdict": self.said(words),
            "change": self.text(score.change),
            "difference": self.text(difference),
            "doubt": self.text(doubt, "dim"),
            "trend": Text(self.look.trend(score.trend)),
        }

    def said(self, verdict: str) -> Text:
        """Return a word that judges, in its colour."""
        return self.text(verdict, _judged(verdict))

    def facts(self, facts: Facts) -> Iterator[RenderableType]:
        rows = [
            [
                self.text(name, "dim"),
                Text(self.look.cell(cell, keep_newlines=True), "dim" if cell is None else ""),
            ]
            for name, cell in facts.pairs
        ]
        return self.untitled(rows)

    def timeline(self, timeline: Timeline) -> Iterator[RenderableType]:
        rows = [
            [
                Text(f"{day} {clock:%H:%M}" if clock else day.isoformat(), "dim"),
                self.cell(ref) if ref else Text(),
                self.text(words, keep_newlines=True),
            ]
            for day, clock, ref, words in timeline.entries
        ]
        return self.untitled(rows)

    def untitled(self, rows: Sequence[Sequence[Text]]) -> Iterator[RenderableType]:
        """Lay out rows that need no column titles; a column that is empty throughout is left out."""
        columns = [GridColumn("", flexible=index > 0) for index in range(len(rows[0]) if rows else 0)]
        for part in self.grid(Grid(columns, rows).told()):
            if isinstance(part, RichTable):
                part.show_header = False
            yield part


def _judged(verdict: str) -> str:
    return _STYLES.get(verdict, _OFF_TARGET_STYLE) if verdict else ""


def _stacked(*parts: Text) -> Text:
    """Set texts one under the other, those that say something."""
    return Text("\n").join(text for text in parts if text.plain)
