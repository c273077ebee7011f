"""A report in a format: a terminal page, plain text for a pipe, JSON, CSV, Markdown or a web page, all of one value.

A format is one file here with two functions, `report` and `table`; each returns text, and only the caller prints.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Final, Protocol, cast

from improv.errors import Usage
from improv.report import Report, Table
from improv.show.cells import Look

FORMATS: Final = ("terminal", "plain", "json", "csv", "markdown", "html")


class _Renderer(Protocol):
    """What a format's file offers."""

    def report(self, report: Report, look: Look, /) -> str: ...

    def table(self, table: Table, look: Look, /) -> str: ...


def render(report: Report, fmt: str, *, width: int = 80, colour: bool = False, unicode: bool = True) -> str:
    """Return the whole report in a format, ending in a newline."""
    return _renderer(fmt).report(report, Look(width, colour, unicode))


def render_table(
    table: Table, fmt: str, *, width: int = 80, colour: bool = False, unicode: bool = True
) -> str:
    """Return one table in a format, as a list of records is shown; empty text where there is nothing to show."""
    return _renderer(fmt).table(table, Look(width, colour, unicode))


def pieces(
    shown: Report | Table, fmt: str, *, width: int = 80, colour: bool = False, unicode: bool = True
) -> Iterator[str]:
    """Yield a report or a list as text, piece by piece where its format is written line by line."""
    look = Look(width, colour, unicode)
    if fmt == "plain":
        from improv.show import plain  # noqa: PLC0415 - as any format

        yield from plain.pieces(shown, look)
    elif isinstance(shown, Report):
        yield _renderer(fmt).report(shown, look)
    else:
        yield _renderer(fmt).table(shown, look)


def _renderer(fmt: str) -> _Renderer:
    """Load the one format that is used: the terminal's costs more than all the others."""
    if fmt not in FORMATS:
        raise Usage("there is no such format", fmt, f"choose one of: {', '.join(FORMATS)}")
    return cast("_Renderer", import_module(f"improv.show.{fmt}"))
