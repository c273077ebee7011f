"""The report of daily work: the activities that were logged, by kind."""

from improv.dates import Period
from improv.reader import Reader
from improv.report import Column, Section, Table
from improv.reports.parts import in_words, span

_LOGGED = """SELECT a.kind AS kind, SUM(a.times) AS done, SUM(CASE WHEN a.response = 'yes' THEN a.times END) AS answered,
    SUM(a.minutes) AS minutes FROM activity AS a WHERE a.done_on BETWEEN :first AND :last GROUP BY a.kind"""


def activity(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the activities logged, by kind: how many, how many were answered, and the minutes they took."""
    found = {row["kind"]: row for row in reader.rows(_LOGGED, span(period))}
    known = [kind.key for kind in reader.playbook.activity_kinds]
    rows = [
        (in_words(reader, "kind", key), *(found[key][column] for column in ("done", "answered", "minutes")))
        for key in (*(key for key in known if key in found), *(key for key in found if key not in known))
    ]
    columns = (
        Column("kind", "Kind"),
        Column("done", "Done", "number"),
        Column("answered", "Answered", "number"),
        Column("minutes", "Minutes", "number"),
    )
    return (Section("By kind", (Table("kinds", "By kind", columns, rows, "No activity was logged."),)),)
