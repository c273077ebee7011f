"""The reports: each reads the store and returns a `Report`, a plain value that any format can show.

All have one layout: the scorecard, the breakdown that was asked for, then the tables. Which there are says the catalogue
(`catalogue.py`); a table is made in a room of its own, which is loaded when its report is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from improv.errors import ImprovError, Usage
from improv.report import Column, Report, Section, Table

if TYPE_CHECKING:
    from improv.dates import Period
    from improv.playbook import Playbook
    from improv.reader import Reader
    from improv.reports.catalogue import Maker
    from improv.resolve import Found


def make(
    name: str,
    reader: "Reader",
    period: "Period | None" = None,
    keys: Sequence[str] = (),
    record: "Found | None" = None,
) -> Report:
    """Return a report of the catalogue about a period, its scorecard broken down by the keys given, or about a record."""
    from improv.reports.parts import breakdown, scorecards  # noqa: PLC0415 - only what is asked for is loaded

    maker = maker_of(name, reader.playbook)
    tables = _tables(maker)
    reader = reader.of_one_moment()
    if period is None:
        about = (record,) if maker.about else ()
        return Report(name, maker.title, "", tables(reader, *about), reader.today)
    sections: list[Section] = []
    if maker.groups:
        sections.append(Section("Scorecard", scorecards(reader, period, maker.groups)))
    if keys and not maker.groups:
        raise Usage("this report has no scorecard to break down", name, "give it one, as in docs/custom.md")
    if keys:
        names = [metric for group in maker.groups.values() for metric in group]
        table = breakdown(reader, names, period, keys)
        sections.append(Section(table.title, (table,)))
    sections += tables(reader, period)
    return Report(name, maker.title, period.label, tuple(sections), reader.today, (period.first, period.last))


def _ours() -> "Mapping[str, Maker]":
    """Return how each report of ours is made."""
    from improv.reports.catalogue import CATALOGUE  # noqa: PLC0415 - today's page is not one of them

    return CATALOGUE


def maker_of(name: str, playbook: "Playbook") -> "Maker":
    """Return how a report is made: one of ours, or one that the playbook declares itself."""
    if name in _ours():
        return _ours()[name]
    from improv.reports import own  # noqa: PLC0415 - only a report of the user's own needs it

    return own.maker(name, playbook)


def _tables(maker: "Maker") -> Callable[..., tuple[Section, ...]]:
    """Return what makes the tables of a report."""
    room = import_module(f"improv.reports.{maker.room}")
    if maker.name not in _ours():
        return partial(room.sections, maker.name)
    tables: Callable[..., tuple[Section, ...]] = getattr(room, maker.name.replace("-", "_"))
    return tables


def catalogue_table(playbook: "Playbook") -> Table:
    """Return every report with what it shows and how often it is read; the playbook's own after ours."""
    columns = (
        Column("name", "Name"),
        Column("sentence", "What it shows"),
        Column("rhythm", "Rhythm"),
        Column("period", "About"),
        Column("source", "Source"),
    )
    rows = tuple(
        (one.name, one.sentence, one.rhythm, one.period or None, one.source)
        for one in (*_ours().values(), *own_makers(playbook))
    )
    return Table("reports", "Reports", columns, rows)


def own_makers(playbook: "Playbook") -> "list[Maker]":
    """Return how the reports are made that the playbook declares itself; those that fit."""
    makers = []
    for name in playbook.reports:
        with suppress(ImprovError):
            makers.append(maker_of(name, playbook))
    return makers


def weekly(reader: "Reader", period: "Period") -> Report:
    """Return the Monday and Friday page."""
    return make("weekly", reader, period)


def today(reader: "Reader", flags: Table) -> Report:
    """Return today's page: events, tasks due, the worst flags, referrals to call within a day, and whom to ask."""
    from improv.reports import agenda  # noqa: PLC0415 - only today's page needs it

    return agenda.today(reader, flags)
