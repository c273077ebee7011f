"""CSV for spreadsheets and programs: one header, every row under it, nothing in a cell that is obeyed.

A list has a column for each of its keys. A report is one rectangle: `section` and `block`, then the keys of all its
blocks in the order they come; a row fills the columns of its own block. A share takes three columns (`kept`,
`kept_hits`, `kept_of`), a record two (`deal`, `deal_name`), a range two (`usual_low`, `usual_high`). A text that a
spreadsheet would read as a formula gets an apostrophe in front, and so does one that begins with an apostrophe: to take
one away gives the text back.
"""

from collections.abc import Iterable, Iterator
from csv import writer
from datetime import date
from io import StringIO
from typing import Final

from improv.report import (
    Block,
    Cell,
    Chart,
    Column,
    Days,
    Facts,
    Money,
    Notes,
    Percent,
    Range,
    Ref,
    Report,
    Score,
    Scorecard,
    Severity,
    Share,
    Table,
    Timeline,
    Trend,
)
from improv.show.cells import Look, share_of
from improv.text import unobeyed

_Row = dict[str, str]

_PLACE: Final = ("section", "block")
_FRACTION_DIGITS: Final = 6


def report(report: Report, look: Look) -> str:
    """Return the whole report as one rectangle, what it is about in its first rows."""
    rows = [dict(zip(_PLACE, ("", "report"), strict=True)) | row for row in _about(report, look)]
    keys = dict.fromkeys(_PLACE)
    for section in report.sections:
        for block in section.blocks:
            name = "notes" if isinstance(block, Notes) else block.key
            place = {"section": _text(section.title, look), "block": _text(name, look)}
            rows += [place | row for row in _block(block, look)]
    rows += [{"block": "notes", "text": _text(line, look)} for line in report.notes]
    for row in rows:
        keys |= dict.fromkeys(row)
    return _written(keys, rows, look)


def table(table: Table, look: Look) -> str:
    """Return one list under the keys of its columns, which an empty one has as well."""
    rows = list(_table(table, look))
    keys = {name: None for column in table.columns for name in _names(column)}
    for row in rows:
        keys |= dict.fromkeys(row)
    return _written(keys, rows, look)


def _written(keys: Iterable[str], rows: Iterable[_Row], look: Look) -> str:
    """Write the header and the rows, quoted where they must be."""
    keys = list(keys)
    page = StringIO()
    lines = writer(page, lineterminator="\n")
    lines.writerow([_text(key, look) for key in keys])
    lines.writerows([row.get(key, "") for key in keys] for row in rows)
    return page.getvalue()


def _about(report: Report, look: Look) -> Iterator[_Row]:
    """Yield what the report is about, as names and values."""
    first, last = report.period or (None, None)
    about: dict[str, Cell] = {
        "report": report.name,
        "title": report.title,
        "subtitle": report.subtitle or None,
        "first": first,
        "last": last,
        "as_of": report.as_of,
    }
    return (
        {"name": name} | _cell("value", value, look) for name, value in about.items() if value is not None
    )


def _block(block: Block, look: Look) -> Iterator[_Row]:
    """Yield the rows of a block."""
    match block:
        case Table():
            yield from _table(block, look)
        case Chart(table=table):
            yield from _table(table, look)
        case Scorecard(scores=scores):
            yield from (_score(score, look) for score in scores)
        case Facts(pairs=pairs):
            yield from ({"name": _text(name, look)} | _cell("value", cell, look) for name, cell in pairs)
        case Timeline(entries=entries):
            for day, clock, ref, words in entries:
                hour = clock.isoformat("minutes") if clock else ""
                row = {"day": day.isoformat(), "time": hour} | _cell("record", ref, look)
                yield row | {"text": _text(words, look)}
        case Notes(lines=lines):
            yield from ({"text": _text(line, look)} for line in lines)


def _table(table: Table, look: Look) -> Iterator[_Row]:
    for cells in table.rows:
        row: _Row = {}
        for column, cell in zip(table.columns, cells, strict=True):
            row |= dict.fromkeys(_names(column), "")
            row |= {} if cell is None else _cell(column.key, cell, look)
        yield row


def _names(column: Column) -> tuple[str, ...]:
    """Return the columns that a column takes."""
    match column.kind:
        case "share":
            return (column.key, f"{column.key}_hits", f"{column.key}_of")
        case "range":
            return (f"{column.key}_low", f"{column.key}_high")
        case "ref":
            return (column.key, f"{column.key}_name")
        case _:
            return (column.key,)


def _score(score: Score, look: Look) -> _Row:
    """Turn a metric into a row; an interval is in fractions for a share, else in days."""
    low, high = score.interval or (None, None)
    share = share_of(score)
    row = {"metric": _text(score.metric, look), "title": _text(score.title, look)}
    row |= {"value": "", "value_hits": "", "value_of": ""}
    row |= _cell("value", score.value if share is None else share, look)
    row |= _cell("low", low, look) | _cell("high", high, look)
    for name, words in (("target", score.target), ("verdict", score.verdict), ("change", score.change)):
        row[name] = _text(words or "", look)
    return row | {"trend": _trend(score.trend, look), "note": _text(score.note, look)}


def _cell(key: str, cell: Cell, look: Look) -> _Row:
    """Turn a value into the columns it takes; nothing to say is an empty cell."""
    match cell:
        case None:
            value = ""
        case str():
            value = _text(cell, look)
        case Share(hits=hits, of=of):
            value = "" if cell.value is None else _number(cell.value)
            return {key: value, f"{key}_hits": str(hits), f"{key}_of": str(of)}
        case Ref(id=record, name=name):
            return {key: _text(record, look), f"{key}_name": _text(name, look)}
        case Range(low=low, high=high):
            return {f"{key}_low": _bound(cell, low), f"{key}_high": _bound(cell, high)}
        case Severity(level=level):
            value = level
        case Trend(values=values):
            value = _trend(values, look)
        case date():
            value = cell.isoformat()
        case Money() | Days() | Percent() | int() | float():
            value = _figure(cell)
    return {key: value}


def _bound(span: Range, end: float | None) -> str:
    """Write one end of a range as a figure of its unit is written; an open end is empty."""
    if end is None:
        return ""
    return _figure(Money(round(end)) if span.unit == "money" else end)


def _figure(cell: Money | Days | Percent | float) -> str:
    """Write an amount with its two decimals, and every other figure without its unit."""
    if isinstance(cell, Money):
        return f"{'-' if cell.minor < 0 else ''}{abs(cell.minor) // 100}.{abs(cell.minor) % 100:02}"
    return _number(cell.value if isinstance(cell, Days | Percent) else cell)


def _number(number: float) -> str:
    """Write a count in whole, all else to six decimals, without zeros that say nothing."""
    if isinstance(number, int):
        return str(number)
    return f"{number:.{_FRACTION_DIGITS}f}".rstrip("0").rstrip(".")


def _trend(values: Iterable[float | None], look: Look) -> str:
    """Write the points of a trend in one cell, a semicolon between them; where nothing was, nothing stands."""
    return _text(";".join("" if value is None else _number(value) for value in values), look)


def _text(words: str, look: Look) -> str:
    """Return a text that stays one: tabs and newlines are kept, formulas are not."""
    return unobeyed(look.gate(words, keep_newlines=True))
