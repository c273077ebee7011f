"""The reports of a rhythm: the day, the week, and the scorecard of a month, a quarter, a year or any period."""

from improv.dates import Period
from improv.reader import Reader
from improv.report import Section
from improv.reports import agenda, sales


def weekly(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the Monday and Friday page: the pipeline, what is ahead, and what was done."""
    ahead = (
        agenda.closing(reader, period),
        agenda.overdue(reader),
        agenda.events(reader, period),
        agenda.visits_booked(reader, period)._replace(title="Visits"),
    )
    done = (
        agenda.closed(reader, period),
        agenda.slipped(reader, period),
        agenda.visits_held(reader, period),
        agenda.visits_unlogged(reader),
    )
    return (
        Section("Pipeline", (sales.stages(reader, period),)),
        Section("Ahead", ahead),
        Section("Sources, last 7 days", (sales.sources_of_the_week(reader, period),)),
        Section("Done", done),
    )
