"""Reports of the user's own: an entry of the playbook made into a report like ours, of metrics and queries.

Whatever does not fit is told where the report is asked for, and by `faults`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from improv import query
from improv.dates import Period, parse_period
from improv.errors import ImprovError, Usage
from improv.metrics import find
from improv.playbook import Playbook, ReportPart
from improv.reader import Reader
from improv.report import Block, Section
from improv.reports.catalogue import CATALOGUE, Maker
from improv.reports.charts import trends
from improv.reports.parts import breakdown, span

GIVEN: Final = ("first", "last")
# What is a period on one day is one on any.
_ANY_DAY: Final = date(2026, 1, 1)
_PARTS: Final = ("metrics", "trend", "query")


def maker(name: str, playbook: Playbook) -> Maker:
    """Return how a report that the playbook declares is made."""
    entry = playbook.reports[name]
    with _told_of(name):
        groups = {
            title: tuple(find(metric, playbook).name for metric in metrics)
            for title, metrics in entry.scorecard.items()
        }
        parse_period(entry.period, _ANY_DAY)
    title = entry.title or name.replace("-", " ").capitalize()
    sentence = entry.sentence or f"Show {title[:1].lower()}{title[1:]}, as the playbook declares it."
    return Maker(name, title, sentence, entry.rhythm, "the playbook's own", "own", entry.period, groups)


def sections(name: str, reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the tables and charts of a report, one section each."""
    refuse(name, reader.playbook)
    entry = reader.playbook.reports[name]
    return tuple(
        Section(part.title or f"Part {place}", tuple(_blocks(reader, part, period)))
        for place, part in enumerate(entry.table, 1)
    )


def _blocks(reader: Reader, part: ReportPart, period: Period) -> Iterator[Block]:
    """Yield what a part shows: metrics side by side by its keys, metrics over time, or what a query finds."""
    book = reader.playbook
    if part.query:
        asked = query.checked(part.query, book, GIVEN)
        found = query.table(reader, asked, span(period))
        yield found._replace(title=part.title or found.title)
    elif part.trend:
        yield from trends(reader, period, [find(name, book).name for name in part.trend])
    else:
        yield breakdown(reader, [find(name, book).name for name in part.metrics], period, part.by)


def faults(playbook: Playbook) -> Iterator[ImprovError]:
    """Yield what is wrong with the reports that the playbook declares itself."""
    for name in playbook.reports:
        try:
            refuse(name, playbook)
        except ImprovError as error:
            yield error


@contextmanager
def _told_of(name: str) -> Iterator[None]:
    """Say which report it is that does not fit."""
    try:
        yield
    except ImprovError as error:
        if not error.what.startswith("["):
            error.what = f"[report.{name}] of the playbook: {error.what}"
        raise


def refuse(name: str, playbook: Playbook) -> None:
    """Refuse a report that cannot be made, in words."""
    with _told_of(name):
        _refuse(name, playbook)


def _refuse(name: str, playbook: Playbook) -> None:
    entry = playbook.reports[name]
    if name in CATALOGUE or name == "list":
        raise Usage("a report of the catalogue has this name", name, "give it another one")
    if name != name.casefold() or not name.replace("-", "").isalnum():
        raise Usage("a report's name is written small, with hyphens", name, "as in my-week")
    maker(name, playbook)
    for part in entry.table:
        given = [field for field in _PARTS if getattr(part, field)]
        if len(given) != 1:
            raise Usage(
                "each table shows one thing",
                ", ".join(given) or part.title,
                f"give one of {', '.join(_PARTS)}",
            )
        if part.metrics and not part.by:
            raise Usage("metrics in a table are broken down", ", ".join(part.metrics), 'by = ["source"]')
        if part.query:
            query.checked(part.query, playbook, GIVEN)
        for metric in (*part.metrics, *part.trend):
            find(metric, playbook)
