"""The report of daily work: activities and their points against the plan and the quota."""

from improv.dates import Period
from improv.metrics.metric import DAYS_IN_YEAR
from improv.metrics.reading import is_running
from improv.playbook import ActivityKind
from improv.reader import Reader
from improv.report import Cell, Column, Percent, Score, Scorecard, Section, Table
from improv.reports.parts import in_words, span
from improv.statistics import range_verdict

_DONE = "SELECT a.kind AS kind, SUM(a.times) AS done FROM activity AS a WHERE a.done_on BETWEEN :first AND :last GROUP BY a.kind"
_MONTHS_OF_YEAR = 12


def activity(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the activities done and the points they earned, by group and by kind, against plan and quota."""
    done = {row["kind"]: row["done"] for row in reader.rows(_DONE, span(period))}
    months = _months(period)
    kinds = reader.playbook.activity_kinds
    earned = sum(done.get(kind.key, 0) * kind.points for kind in kinds)
    return (
        Section("Quota", (_quota(reader, period, earned, months),)),
        Section("By group", (_groups(reader, done, months),)),
        Section("By kind", (_kinds(reader, done, months),)),
    )


def _months(period: Period) -> float:
    """Return how many months a period has: whole ones are counted, others measured in days."""
    parts = period.split("month")
    if all(part.unit for part in parts):
        return len(parts)
    return period.days * _MONTHS_OF_YEAR / DAYS_IN_YEAR


def _quota(reader: Reader, period: Period, earned: int, months: float) -> Scorecard:
    """Return the points against the quota and, while the period runs, where this pace leads."""
    score = Score("points", "Points against the quota", earned, note="the playbook has no quota")
    points = reader.playbook.points
    if points is None:
        return Scorecard("quota", "Quota", (score,))
    quota = round(points.quota * months)
    running = is_running(period, reader.today)
    gone = (reader.today - period.first).days + 1
    pace = f"day {gone} of {period.days}; at this pace {round(earned * period.days / gone):,} of {quota:,}"
    verdict = range_verdict(earned, None if running else earned, at_least=quota)
    score = score._replace(target=f"≥ {quota:,}", verdict=verdict, note=pace if running else "")
    return Scorecard("quota", "Quota", (score,))


def _groups(reader: Reader, done: dict[str, int], months: float) -> Table:
    """Return each group of activities; what the plan asks for is told in points too."""
    kinds = reader.playbook.activity_kinds
    groups: list[tuple[str | None, str]] = [(one.key, one.name) for one in reader.playbook.activity_groups]
    rows: list[tuple[Cell, ...]] = [
        (name, *_line([kind for kind in kinds if kind.group == key], done, months))
        for key, name in (*groups, (None, "no group"))
        if any(kind.group == key and (done.get(kind.key) or kind.plan) for kind in kinds)
    ]
    rows += [("all", *_line(kinds, done, months))] if rows else []
    return Table(
        "groups",
        "By group",
        (
            Column("group", "Group"),
            Column("done", "Done", "number"),
            Column("plan", "Plan", "number"),
            Column("points", "Points", "number"),
            Column("planned_points", "Planned points", "number"),
            Column("share", "Of plan", "share"),
        ),
        tuple(rows),
        empty="No activity was done, and none is planned.",
    )


def _line(
    kinds: "tuple[ActivityKind, ...] | list[ActivityKind]", done: dict[str, int], months: float
) -> tuple[Cell, ...]:
    earned = sum(done.get(kind.key, 0) * kind.points for kind in kinds)
    plan = sum((kind.plan or 0) for kind in kinds) * months
    planned = sum((kind.plan or 0) * kind.points for kind in kinds) * months
    return (
        sum(done.get(kind.key, 0) for kind in kinds),
        round(plan),
        earned,
        round(planned),
        Percent(round(100 * earned / planned)) if planned else None,
    )


def _kinds(reader: Reader, done: dict[str, int], months: float) -> Table:
    """Return each kind that was done or is planned, in the playbook's order; unknown ones last."""
    kinds = reader.playbook.activity_kinds
    groups = {one.key: one.name for one in reader.playbook.activity_groups}
    rows: list[tuple[Cell, ...]] = [
        (
            kind.name,
            groups.get(kind.group or ""),
            done.get(kind.key, 0),
            None if kind.plan is None else round(kind.plan * months),
            done.get(kind.key, 0) * kind.points,
        )
        for kind in kinds
        if done.get(kind.key) or kind.plan
    ]
    known = {kind.key for kind in kinds}
    rows += [(in_words(reader, "kind", key), None, n, None, 0) for key, n in done.items() if key not in known]
    return Table(
        "kinds",
        "By kind",
        (
            Column("kind", "Kind"),
            Column("group", "Group"),
            Column("done", "Done", "number"),
            Column("plan", "Plan", "number"),
            Column("points", "Points", "number"),
        ),
        tuple(rows),
        empty="No activity was done, and none is planned.",
    )
