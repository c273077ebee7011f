"""The reports of events: the gap from set to scheduled, and how well the next stage was anticipated."""

from collections import Counter
from sqlite3 import Row
from typing import Final

from improv import measure
from improv.dates import Period
from improv.metrics import CATALOGUE
from improv.reader import Reader
from improv.report import Cell, Column, Section, Share, Table
from improv.reports import charts
from improv.reports.parts import day, days, in_words, ref, span
from improv.statistics import ON_TARGET

_ABOUT: Final = """'E' AS letter, e.id AS number, COALESCE(o.title, c.name, l.name) AS name, e.kind AS kind_key,
    COALESCE(k.name, e.kind) AS kind
    FROM event AS e LEFT JOIN playbook_event_kind AS k ON k.key = e.kind
    LEFT JOIN opportunity AS o ON o.id = e.opportunity_id LEFT JOIN client AS c ON c.id = e.client_id
    LEFT JOIN lead AS l ON l.id = e.lead_id"""

_SET: Final = f"""
SELECT e.set_on AS day, e.scheduled_for AS scheduled_for, e.status AS status, k.gap_low AS low, k.gap_high AS high,
    days(e.set_on, e.scheduled_for) AS gap, days(e.first_set_on, e.scheduled_for) AS wait, {_ABOUT}
WHERE e.set_on BETWEEN :first AND :last ORDER BY e.set_on, e.id"""

# By its status no index is taken: most events are done, and each would be fetched at a place of its own.
_MISREAD: Final = f"""
SELECT e.closed_on AS day, e.anticipated_stage AS anticipated, e.actual_stage AS actual, {_ABOUT}
WHERE COALESCE(e.status, '') = 'done' AND e.closed_on BETWEEN :first AND :last AND e.anticipated_stage <> e.actual_stage
ORDER BY e.closed_on, e.id"""


def gap(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the gap of every booking against its kind's target, by kind, and how the gaps spread."""
    rows = reader.rows(_SET, span(period))
    return (
        Section("By kind", (_by_kind(reader, period, rows),)),
        Section("Distribution", (charts.gaps(reader, period),)),
        Section("Events set", (events_set(rows),)),
    )


def set_on(reader: Reader, period: Period) -> Table:
    """Return the events set in the period, each with its gap against its target."""
    return events_set(reader.rows(_SET, span(period)))


def events_set(rows: list[Row]) -> Table:
    """Return bookings with their gap; the wait counts from the first booking of a moved event."""
    return Table(
        "events",
        "Events set",
        (
            Column("day", "Set on", "day"),
            Column("record", "Event", "ref"),
            Column("kind", "Kind"),
            Column("scheduled_for", "For", "day"),
            Column("gap", "Gap", "days"),
            Column("target", "Target"),
            Column("verdict", "Verdict"),
            Column("wait", "Wait", "days"),
            Column("status", "Status"),
        ),
        tuple(
            (
                day(row["day"]),
                ref(row),
                row["kind"],
                day(row["scheduled_for"]),
                days(row["gap"]),
                _target(row),
                _verdict(row),
                days(row["wait"]),
                row["status"],
            )
            for row in rows
        ),
        empty="No event was set.",
    )


def _target(row: Row) -> str | None:
    return None if row["high"] is None else f"{row['low']}–{row['high']} d"


def _verdict(row: Row) -> str | None:
    """Judge a gap by the target of its kind: sooner than its days is no fault."""
    if row["gap"] < 0:
        return "negative"
    if row["high"] is None:
        return None
    return ON_TARGET if row["gap"] <= row["high"] else "past its target"


def _by_kind(reader: Reader, period: Period, rows: list[Row]) -> Table:
    targets = {row["kind_key"]: _target(row) for row in rows}
    judged = Counter((row["kind_key"], _verdict(row)) for row in rows)
    kept = {kind: judged[kind, ON_TARGET] for kind in targets}
    told: list[tuple[Cell, ...]] = []
    for (kind,), part in measure.by(reader, CATALOGUE["event_gap_all"], period, "kind"):
        lengths = part.survival
        told.append(
            (
                in_words(reader, "kind", kind),
                part.n,
                targets[kind],
                Share(kept[kind], part.n) if targets[kind] else None,
                days(lengths.finished_mean if lengths else None),
                days(lengths.finished_median if lengths else None),
                part.verdict,
            )
        )
    return Table(
        "kinds",
        "By kind",
        (
            Column("kind", "Kind"),
            Column("set", "Set", "number"),
            Column("target", "Target"),
            Column("on_target", "On target", "share"),
            Column("mean", "Mean", "days"),
            Column("median", "Median", "days"),
            Column("verdict", "Verdict"),
        ),
        tuple(told),
        empty="No event was set.",
        note="The mean is judged by the later day of the kind's target: sooner is no fault." if told else "",
    )


def anticipation(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return which stage was anticipated and which came, as a matrix, and every event that was misread."""
    return (
        Section("Anticipated against actual", _came_true(reader, period)),
        Section("Misread", (_misread(reader, period),)),
    )


def _came_true(reader: Reader, period: Period) -> tuple[Table, Table]:
    """Return what came of each stage that was anticipated: all of it as a matrix, and how often the stage itself."""
    found = dict(measure.by(reader, CATALOGUE["anticipation_accuracy"], period, "anticipated", "actual"))
    counts = {key: part.n for key, part in found.items() if part.n}
    known = [stage.key for stage in reader.playbook.stages]
    words = {str(word) for key in counts for word in key}
    stages = [key for key in known if key in words] + sorted(words - set(known))
    came = [stage for stage in stages if any(key[1] == stage for key in counts)]
    rows: list[tuple[Cell, ...]] = []
    right: list[tuple[Cell, ...]] = []
    for stage in stages:
        line = [counts.get((stage, actual), 0) for actual in came]
        if sum(line):
            name = in_words(reader, "stage", stage)
            rows.append((name, *line))
            right.append((name, Share(counts.get((stage, stage), 0), sum(line))))
    matrix = Table(
        "matrix",
        "Anticipated against actual",
        (
            Column("anticipated", "Anticipated"),
            *(Column(stage, in_words(reader, "stage", stage), "number") for stage in came),
        ),
        tuple(rows),
        empty="No event has both an anticipated and an actual stage.",
        note="A row for the stage that was anticipated, a column for the one that came." if rows else "",
    )
    by_stage = Table(
        "right",
        "How often each came true",
        (Column("anticipated", "Anticipated"), Column("right", "Right", "share")),
        tuple(right),
        empty="No event has both an anticipated and an actual stage.",
    )
    return matrix, by_stage


def _misread(reader: Reader, period: Period) -> Table:
    return Table(
        "misread",
        "Misread",
        (
            Column("day", "Day", "day"),
            Column("record", "Event", "ref"),
            Column("kind", "Kind"),
            Column("anticipated", "Anticipated"),
            Column("actual", "Came"),
        ),
        tuple(
            (
                day(row["day"]),
                ref(row),
                row["kind"],
                in_words(reader, "stage", row["anticipated"]),
                in_words(reader, "stage", row["actual"]),
            )
            for row in reader.rows(_MISREAD, span(period))
        ),
        empty="No event led to another stage than anticipated.",
    )
