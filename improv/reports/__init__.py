"""The catalogue of reports: each reads the store and returns a `Report`, a plain value that any format can show.

A report is declared once: what it shows, how often it is read, which period it is about unless told, and the metrics
of its scorecard. All have one layout: the scorecard, the breakdown that was asked for, then the tables. A table is made
in a room of its own, which is loaded when its report is asked for.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from improv.report import Column, Report, Section, Table

if TYPE_CHECKING:
    from improv.dates import Period
    from improv.reader import Reader


class Maker(NamedTuple):
    """How a report is made: `groups` are the metrics of its scorecards, `room` the module that makes its tables.

    `period` is what it is about unless told; a report without one has its own days.
    """

    name: str
    title: str
    sentence: str
    rhythm: str
    source: str
    room: str
    period: str = ""
    groups: Mapping[str, tuple[str, ...]] = {}


_SCORECARD: Final = {
    "Leads": ("qualified_leads", "lead_to_opportunity", "referral_share"),
    "Sales": ("win_rate_from_discovery", "sales_cycle", "pipeline_value", "weighted_pipeline"),
    "Clients": ("visits_per_client", "testimonial_collection", "referrals_per_client", "client_health"),
}


def _one(*names: str) -> dict[str, tuple[str, ...]]:
    return {"Scorecard": names}


CATALOGUE: Final[dict[str, Maker]] = {
    maker.name: maker
    for maker in (
        Maker(
            "weekly",
            "Weekly report",
            "Show the Monday and Friday page: the week's scorecard, the pipeline, what is ahead and what was done.",
            "weekly",
            "[A] weekly",
            "rhythm",
            "this week",
            _one(
                *("new_leads", "leads_with_source", "qualified_leads", "win_rate", "win_rate_from_discovery"),
                *("won_value", "sales_cycle", "event_gap", "anticipation_accuracy"),
                *("opportunities_with_next_event", "visits", "testimonial_collection", "client_health"),
            ),
        ),
    )
}


def make(name: str, reader: "Reader", period: "Period | None" = None, keys: Sequence[str] = ()) -> Report:
    """Return a report of the catalogue about a period, its scorecard broken down by the keys given."""
    from improv.reports.parts import breakdown, scorecards  # noqa: PLC0415 - only what is asked for is loaded

    maker = CATALOGUE[name]
    tables = getattr(import_module(f"improv.reports.{maker.room}"), name.replace("-", "_"))
    if period is None:
        return Report(name, maker.title, maker.rhythm, tables(reader), reader.today)
    sections: list[Section] = []
    if maker.groups:
        sections.append(Section("Scorecard", scorecards(reader, period, maker.groups)))
    if keys:
        names = [metric for group in maker.groups.values() for metric in group]
        table = breakdown(reader, names, period, keys)
        sections.append(Section(table.title, (table,)))
    sections += tables(reader, period)
    return Report(name, maker.title, period.label, tuple(sections), reader.today, (period.first, period.last))


def catalogue_table() -> Table:
    """Return every report with what it shows and how often it is read."""
    columns = (
        Column("name", "Name"),
        Column("sentence", "What it shows"),
        Column("rhythm", "Rhythm"),
        Column("period", "About"),
        Column("source", "Source"),
    )
    rows = tuple(
        (one.name, one.sentence, one.rhythm, one.period or None, one.source) for one in CATALOGUE.values()
    )
    return Table("reports", "Reports", columns, rows)


def weekly(reader: "Reader", period: "Period") -> Report:
    """Return the Monday and Friday page."""
    return make("weekly", reader, period)


def today(reader: "Reader", flags: Table) -> Report:
    """Return today's page: events, tasks due, the worst flags, and referrals to call within a day."""
    from improv.reports import agenda  # noqa: PLC0415 - only today's page needs it

    return agenda.today(reader, flags)
