"""The reports of a rhythm: the week, and the scorecard of a month, a quarter, a year or any period."""

from typing import Final

from improv import measure
from improv.dates import Period
from improv.metrics import CATALOGUE
from improv.reader import Reader
from improv.report import Column, Section, Table
from improv.reports import agenda, charts, sales
from improv.reports.catalogue import SCORECARD
from improv.reports.parts import pieces
from improv.scores import cell

# Of each group of the scorecard, what says most when it is seen over time.
_OVER_TIME: Final = ("qualified_leads", "win_rate_from_discovery", "client_health")


def weekly(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the Monday and Friday page: the pipeline, what is ahead, and what was done."""
    # Of a week that is over: what was still to do when it ended.
    then = reader if period.last >= reader.today else reader.looking(period.last)
    ahead = (
        agenda.closing(then, period),
        agenda.overdue(then),
        agenda.events(then, period),
        agenda.visits_booked(then, period)._replace(title="Visits"),
    )
    done = (
        agenda.closed(reader, period),
        agenda.slipped(reader, period),
        agenda.visits_held(reader, period),
        agenda.visits_unlogged(then),
    )
    return (
        Section("Pipeline", (sales.stages(reader, period),)),
        Section("Ahead", ahead),
        Section("Sources, last 7 days", (sales.sources_of_the_week(reader, period),)),
        Section("Done", done),
    )


def scorecard(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return how far the period's leads got, a metric of each group over time, and all of them in each part of it."""
    trends = charts.trends(reader, period, _OVER_TIME)
    return (
        Section("Funnel", (charts.funnel(reader, period),)),
        *([Section("Trends", trends)] if trends else []),
        *_parts(reader, period),
    )


def _parts(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the scorecard's metrics in each month of the period, or each quarter or year of a long one."""
    parts = pieces(period, reader.today)
    if not parts:
        return ()
    metrics = [CATALOGUE[name] for group in SCORECARD.values() for name in group]
    table = Table(
        "parts",
        f"By {parts[0].unit}",
        (
            Column("metric", "Metric"),
            *(Column(part.first.isoformat(), part.label, "number") for part in parts),
        ),
        tuple((one.title, *map(cell, measure.trend(reader, one, parts))) for one in metrics),
        empty="Nothing has begun.",
    )
    return (Section(table.title, (table,)),)


def monthly(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the scorecard's parts, and the pipeline and the sources behind it."""
    return (
        *scorecard(reader, period),
        Section("Pipeline", (sales.stages(reader, period),)),
        Section("Sources", (sales.sources(reader, period),)),
    )


quarterly = yearly = monthly
