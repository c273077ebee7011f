r"""Markdown, as GitHub reads it: headings, tables, lists; what users typed is escaped and stays what they typed.

A newline in a table is `<br>`; a control character is shown as in every format (`\x1b`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from improv.report import (
    RIGHT_ALIGNED,
    Block,
    Cell,
    Chart,
    Entry,
    Facts,
    Money,
    Notes,
    Report,
    Score,
    Scorecard,
    Section,
    Table,
    Timeline,
)
from improv.show.cells import Look, share_of

# What begins or ends something in Markdown; a backslash in front makes it a letter.
_ESCAPED: Final = str.maketrans({sign: f"\\{sign}" for sign in r"\`*_[]<>|~&$#"})
_LINE_BREAK: Final = "<br>"
# At the beginning of a line these make a list or a heading of it.
_BEGINNERS: Final = ("-", "+", "=")


def report(report: Report, look: Look) -> str:
    """Return the whole report, an empty line between its parts."""
    return "\n".join(f"{part}\n" for part in _page(report, look))


def table(table: Table, look: Look) -> str:
    """Return one list as a table; an empty one is its sentence."""
    return "\n".join(f"{part}\n" for part in _table(table, look))


def _page(report: Report, look: Look) -> Iterator[str]:
    """Yield the parts of a report: paragraphs, headings, tables and lists."""
    period = " to ".join(map(str, report.span))
    yield f"# {_line(report.title, look)}"
    said = (_line(report.subtitle, look), period, f"as of {report.as_of}")
    yield _paragraph(look.gate(" · ").join(words for words in said if words))
    for section in report.sections:
        if section.title:
            yield f"## {_line(section.title, look)}"
        yield from _section(section, look)
    yield from _notes(report.notes, look)


def _section(section: Section, look: Look) -> Iterator[str]:
    for block in section.blocks:
        if not isinstance(block, Notes) and block.title not in {"", section.title}:
            yield f"{'###' if section.title else '##'} {_line(block.title, look)}"
        yield from _block(block, look)


def _block(block: Block, look: Look) -> Iterator[str]:
    """Yield the parts of a block below its heading."""
    match block:
        case Table():
            yield from _table(block, look)
        case Chart(table=table, says=says):
            yield from _notes((says,), look)
            yield from _table(table, look)
        case Scorecard():
            yield from _scorecard(block, look)
        case Facts(pairs=pairs):
            if pairs:
                yield _grid(
                    ("Field", "Value"), (False, False), [[_line(k, look), _cell(v, look)] for k, v in pairs]
                )
        case Timeline(entries=entries):
            if entries:
                yield "\n".join(f"- {_entry(entry, look)}" for entry in entries)
        case Notes(lines=lines):
            yield from _notes(lines, look)


def _table(table: Table, look: Look) -> Iterator[str]:
    if table.rows:
        broken = any(isinstance(cell, Money) and cell.minor % 100 for row in table.rows for cell in row)
        look = look._replace(cents=broken)
        yield _grid(
            [_line(column.title, look) for column in table.columns],
            [column.kind in RIGHT_ALIGNED for column in table.columns],
            [[_cell(cell, look) for cell in row] for row in table.rows],
        )
    elif table.empty:
        yield from _notes((table.empty,), look)
    if table.note:
        yield from _notes((table.note,), look)


def _scorecard(card: Scorecard, look: Look) -> Iterator[str]:
    """Yield the metrics as a table, without the columns that say nothing, then what is to be noted of them."""
    titles = ("Metric", "Value", "k of n", "95% interval", "Target", "Verdict", "Change", "Trend")
    right = (False, True, True, True, False, False, True, False)
    rows = [_score(score, look) for score in card.scores]
    told = [index for index in range(len(titles)) if any(row[index] for row in rows)]
    if rows:
        yield _grid(
            [titles[it] for it in told],
            [right[it] for it in told],
            [[row[it] for it in told] for row in rows],
        )
    noted = [
        f"- {_line(score.title, look)}: {_line(score.note, look)}" for score in card.scores if score.note
    ]
    if noted:
        yield "\n".join(noted)


def _score(score: Score, look: Look) -> list[str]:
    share = share_of(score)
    figure, base = look.share_parts(share) if share else (look.cell(score.value), "")
    said = (figure, base, look.interval(score), score.target, score.verdict or "", score.change)
    return [
        _line(score.title, look),
        *(_escaped(look.gate(words)) for words in said),
        _escaped(look.trend(score.trend)),
    ]


def _entry(entry: Entry, look: Look) -> str:
    day, clock, ref, words = entry
    moment = f"{day} {clock:%H:%M}" if clock else day.isoformat()
    about = "" if ref is None else f"{_cell(ref, look)}: "
    return f"**{moment}** {about}{_line(words, look)}"


def _notes(lines: Iterable[str], look: Look) -> Iterator[str]:
    return (_paragraph(_line(line, look)) for line in lines if line)


def _grid(titles: Sequence[str], right: Sequence[bool], rows: Iterable[Sequence[str]]) -> str:
    """Write a table: its titles, how its columns line up, and its rows."""
    rule = ["---:" if each else "---" for each in right]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (titles, rule, *rows))


def _cell(cell: Cell, look: Look) -> str:
    return _escaped(look.cell(cell, keep_newlines=True))


def _line(words: str, look: Look) -> str:
    return _escaped(look.gate(words, keep_newlines=True))


def _escaped(words: str) -> str:
    """Return words that Markdown takes for words, on one line."""
    return _LINE_BREAK.join(words.translate(_ESCAPED).replace("\t", " ").split("\n"))


def _paragraph(words: str) -> str:
    """Return a line that is neither a list nor a heading, whatever it begins with."""
    words = words.lstrip()
    numbers = len(words) - len(words.lstrip("0123456789"))
    if numbers and words[numbers : numbers + 1] in {".", ")"}:
        return f"{words[:numbers]}\\{words[numbers:]}"
    return f"\\{words}" if words.startswith(_BEGINNERS) else words
