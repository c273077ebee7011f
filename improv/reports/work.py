"""The report of daily work: activities and their points against the plan and the quota."""

from fractions import Fraction

from improv.dates import Period
from improv.playbook import ActivityKind
from improv.quotas import Quotas, months_of
from improv.reader import Reader
from improv.report import Cell, Column, Percent, Score, Scorecard, Section, Table
from improv.reports.parts import in_words, span

_DONE = "SELECT a.kind AS kind, SUM(a.times) AS done FROM activity AS a WHERE a.done_on BETWEEN :first AND :last GROUP BY a.kind"


def activity(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the activities done and the points they earned, by group and by kind, against plan and quota."""
    done = {row["kind"]: row["done"] for row in reader.rows(_DONE, span(period))}
    months = months_of(period)
    return (
        Section("Quota", (_quota(reader, period),)),
        Section("By group", (_groups(reader, done, months),)),
        Section("By kind", (_kinds(reader, done, months),)),
    )


def _quota(reader: Reader, period: Period) -> Scorecard:
    """Return the points against the quota and, while the period runs, where this pace leads."""
    standing = Quotas(reader, "points").standing(period)
    score = Score("points", "Points against the quota", standing.reached, note="no quota is set")
    if standing.quota is not None:
        score = score._replace(
            target=f"≥ {standing.quota:,}", verdict=standing.verdict, note=standing.pace_words
        )
    return Scorecard("quota", "Quota", (score,))


def _groups(reader: Reader, done: dict[str, int], months: Fraction) -> Table:
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
    kinds: "tuple[ActivityKind, ...] | list[ActivityKind]", done: dict[str, int], months: Fraction
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


def _kinds(reader: Reader, done: dict[str, int], months: Fraction) -> Table:
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
