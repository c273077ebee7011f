"""Plain text for a pipe: tab-separated, every figure to its last digit, nothing cut off.

A list is rows and nothing else. A report is a line `# Title` per section, `## Title` per block that has a title of
its own, then a line of column titles and the rows; an empty line ends each block. A chart is its sentence and its table. No value holds a tab or a
newline: the gate writes them as escapes.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from improv.report import Block, Chart, Facts, Notes, Report, Score, Scorecard, Section, Table, Timeline
from improv.show.cells import Look, share_of

# Lines that are written at once.
_PIECE: Final = 500


def report(report: Report, look: Look) -> str:
    """Return the whole report, section by section."""
    return "".join(pieces(report, look))


def table(table: Table, look: Look) -> str:
    """Return the rows of a list, without a header."""
    return "".join(pieces(table, look))


def pieces(shown: Report | Table, look: Look) -> Iterator[str]:
    """Yield a report or a list piece by piece, some lines each: a long one is never held as a whole."""
    look = look._replace(precise=True)
    lines = _rows(shown, look) if isinstance(shown, Table) else _page(shown, look)
    while some := list(islice(lines, _PIECE)):
        yield "\n".join((*some, ""))


def _page(report: Report, look: Look) -> Iterator[str]:
    """Yield the lines of a report."""
    yield f"# {look.gate(report.title)}"
    if report.subtitle:
        yield look.gate(report.subtitle)
    if report.period:
        yield "\t".join(("period", *(day.isoformat() for day in report.period)))
    yield f"as of\t{report.as_of.isoformat()}"
    for section in report.sections:
        yield ""
        yield from _section(section, look)
    if report.notes:
        yield ""
        yield from map(look.gate, report.notes)


def _section(section: Section, look: Look) -> Iterator[str]:
    """Yield a section's title and its blocks, an empty line between them."""
    if section.title:
        yield f"# {look.gate(section.title)}"
    for index, block in enumerate(section.blocks):
        if index:
            yield ""
        if not isinstance(block, Notes) and block.title not in {"", section.title}:
            yield f"## {look.gate(block.title)}"
        yield from _block(block, look)


def _block(block: Block, look: Look) -> Iterator[str]:
    """Yield the lines of a block below its title."""
    match block:
        case Chart(table=table, says=says):
            if says:
                yield look.gate(says)
            yield from _table(table, look)
        case Table():
            yield from _table(block, look)
        case Scorecard():
            yield _line(("Metric", "Value", "95% interval", "Target", "Verdict", "Change", "Trend", "Note"))
            yield from (_score(score, look) for score in block.scores)
        case Facts():
            yield from (_line((look.gate(name), look.cell(cell))) for name, cell in block.pairs)
        case Timeline():
            for day, clock, ref, words in block.entries:
                hour = clock.isoformat("minutes") if clock else None
                yield _line(look.cell(cell) for cell in (day, hour, ref, words))
        case Notes():
            yield from map(look.gate, block.lines)


def _table(table: Table, look: Look) -> Iterator[str]:
    """Yield a table's column titles and rows, or the sentence for none, and its note."""
    if table.rows:
        yield _line(look.gate(column.title) for column in table.columns)
        yield from _rows(table, look)
    elif table.empty:
        yield look.gate(table.empty)
    if table.note:
        yield look.gate(table.note)


def _rows(table: Table, look: Look) -> Iterator[str]:
    """Yield one line a row."""
    return (_line(map(look.cell, row)) for row in table.rows)


def _score(score: Score, look: Look) -> str:
    """Write one metric on one line."""
    said = (
        look.interval(score),
        score.target,
        score.verdict,
        score.change,
        look.trend(score.trend),
        score.note,
    )
    share = share_of(score)
    return _line(
        (
            look.gate(score.title),
            look.cell(score.value if share is None else share),
            *(look.cell(it or None) for it in said),
        )
    )


def _line(values: Iterable[str]) -> str:
    """Join values that the gate has freed of tabs."""
    return "\t".join(values)
