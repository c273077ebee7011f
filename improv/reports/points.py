"""The report of points: against the quota, by person and group against the plan, and what is still to do."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Final

from improv.dates import Period
from improv.named import NamedTuple
from improv.playbook import ActivityKind
from improv.quotas import Quotas, Standing, Whose, bonus, months_of, subject
from improv.reader import Reader
from improv.report import Cell, Chart, Column, Notes, Percent, Range, Section, Table
from improv.reports.parts import span
from improv.reports.quota import More, standings

_EARNED: Final = """SELECT y.owner AS owner, y.kind AS kind, SUM(y.times) AS done,
    SUM(CASE WHEN y.how = 'logged' THEN 0 ELSE y.times END) AS unlogged
    FROM earned AS y WHERE y.day BETWEEN :first AND :last AND y.left_out IS NULL
    GROUP BY y.owner, y.kind"""
_OWNER: Final = ("owner",)


class _Work(NamedTuple):
    """How often each kind was done in so many months by so many people; `unlogged` is what earned by itself."""

    done: Counter[str]
    unlogged: Counter[str]
    months: Fraction
    people: int = 1

    def plan(self, kind: ActivityKind) -> int:
        """Return how often the plan asks for a kind."""
        return round((kind.plan or 0) * self.months * self.people)

    def times(self, kind: ActivityKind) -> int:
        """Return how often a kind was done."""
        return self.done[kind.key]

    def points(self, kinds: Sequence[ActivityKind]) -> tuple[int, int]:
        """Return the points that some kinds earned, and those that are planned."""
        earned, planned = (
            sum(count(kind) * kind.points for kind in kinds) for count in (self.times, self.plan)
        )
        return earned, planned

    def line(self, kinds: Sequence[ActivityKind]) -> tuple[Cell, ...]:
        """Return what was done of some kinds and what the plan asks for, in times and in points."""
        earned, planned = self.points(kinds)
        return (
            sum(map(self.times, kinds)),
            sum(map(self.plan, kinds)),
            earned,
            Range(planned, None) if planned else None,
            Percent(_percent(earned, planned)) if planned else None,
        )

    def to_do(self, kind: ActivityKind) -> int:
        """Return how often the plan still asks for a kind."""
        return max(0, self.plan(kind) - self.times(kind))


def _matters(kind: ActivityKind) -> bool:
    """Say whether a kind is worth points, or planned."""
    return bool(kind.points or kind.plan)


def points(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the points earned against the quota, by group against the plan, and what the plan still asks for.

    Where several people earned points, each has a section of their own.
    """
    quotas = Quotas(reader, "points")
    everyone, people = _works(reader, quotas, period)
    table = standings(reader, quotas, _OWNER, period, _bonus(reader, period, people))
    sections = [Section("Quota", (table, Notes(tuple(_notes(reader, quotas, period, people)))))]
    if len(people) > 1:
        for place, (owner, work) in enumerate(people.items(), start=1):
            sections.append(Section(owner, tuple(_of_one(reader, period, work, f"_{place}"))))
    else:
        sections.append(Section("Plan", tuple(_of_one(reader, period, everyone))))
    return (*sections, Section("By kind", (_kinds(reader, everyone),)))


def _works(reader: Reader, quotas: Quotas, period: Period) -> tuple[_Work, dict[str, _Work]]:
    """Return what was done in all, and by each person who did anything or has a quota."""
    months = months_of(period)
    owners = [str(owner) for (owner,) in quotas.subjects(period, _OWNER) if owner is not None]
    people = {owner: _Work(Counter(), Counter(), months) for owner in sorted(owners, key=str.casefold)}
    everyone = _Work(Counter(), Counter(), months, max(1, len(people)))
    for row in reader.rows(_EARNED, span(period)):
        for work in (everyone, *([people[row["owner"]]] if row["owner"] in people else [])):
            work.done[row["kind"]] += row["done"]
            work.unlogged[row["kind"]] += row["unlogged"]
    return everyone, people


def _bonus(reader: Reader, period: Period, people: Collection[str]) -> More:
    """Return the columns of the bonus, where the playbook has one and the period is a month: it is earned in each.

    It is a person's; everyone's only where nobody is named, and all are one person.
    """
    book = reader.playbook.points
    if book is None or not book.bonus or period.unit != "month":
        return ()

    def somebodys(whose: Whose) -> bool:
        return whose.get("owner") in people if people else not whose

    def reached(standing: Standing, whose: Whose) -> Cell:
        return Percent(bonus(book.bonus, standing.reached)[0]) if somebodys(whose) else None

    def following(standing: Standing, whose: Whose) -> Cell:
        step = bonus(book.bonus, standing.reached)[1] if somebodys(whose) else None
        return None if step is None else f"{step.percent}% at {step.at:,}"

    return (Column("bonus", "Bonus"), reached), (Column("next_bonus", "Next"), following)


def _notes(reader: Reader, quotas: Quotas, period: Period, people: Collection[str]) -> Iterator[str]:
    """Yield where this pace leads, and what the plan adds up to."""
    named = [(owner, quotas.standing(period, subject(owner, None))) for owner in people]
    for who, standing in (*named, ("All", quotas.standing(period))):
        if standing.pace_words:
            yield f"{who}: {standing.pace_words}."
    planned = sum(kind.points * (kind.plan or 0) for kind in reader.playbook.activity_kinds)
    if planned:
        quota = reader.playbook.points
        yield f"The plan adds up to {planned:,} points a month" + (
            f"; the playbook's quota is {quota.quota:,}." if quota else "."
        )
    yield "Events held, visits and new leads earn by themselves; what was logged for one of them counts once."


def _of_one(reader: Reader, period: Period, work: _Work, place: str = "") -> Iterator[Chart | Table]:
    """Yield the groups against the plan and, while the period runs, what is still to do."""
    yield _groups(reader, work, place)
    if period.first <= reader.today <= period.last:
        yield _to_do(reader, period, work, place)


def _groups(reader: Reader, work: _Work, place: str) -> Chart:
    """Return each group of activities against the plan, in times and in points; nothing to draw without a point."""
    kinds, groups = reader.playbook.activity_kinds, reader.playbook.activity_groups
    names: list[tuple[str | None, str]] = [*((one.key, one.name) for one in groups), (None, "no group")]
    rows = [
        (name, *work.line(listed))
        for key, name in names
        if (listed := [kind for kind in kinds if kind.group == key and _matters(kind)])
    ]
    earned, planned = work.points(kinds)
    columns = (
        Column("group", "Group"),
        Column("done", "Done", "number"),
        Column("plan", "Plan", "number"),
        Column("points", "Points", "number"),
        Column("planned_points", "Planned", "range"),
        Column("share", "Of plan", "share"),
    )
    table = Table(f"groups{place}", "By group", columns, rows if earned else (), "No points were earned.")
    of_plan = f" of {planned:,} planned, {_percent(earned, planned)}%" if planned else ""
    says = f"{earned:,} {'point' if earned == 1 else 'points'}{of_plan}." if earned else ""
    return Chart(table, "bars", says, "points", target="planned_points")


def _percent(part: int, whole: int) -> int:
    return round(Fraction(100 * part, whole))


def _to_do(reader: Reader, period: Period, work: _Work, place: str) -> Table:
    """Return the kinds that the plan still asks for, those that bring the most points first."""
    left = [kind for kind in reader.playbook.activity_kinds if work.to_do(kind)]
    left.sort(key=lambda kind: -work.to_do(kind) * kind.points)
    rows = [
        (
            kind.name,
            work.to_do(kind),
            kind.points,
            work.to_do(kind) * kind.points,
            work.times(kind),
            work.plan(kind),
        )
        for kind in left
    ]
    columns = (
        Column("kind", "Kind"),
        Column("to_do", "To do", "number"),
        Column("each", "Each", "number"),
        Column("points", "Points", "number"),
        Column("done", "Done", "number"),
        Column("plan", "Plan", "number"),
    )
    days = (period.last - reader.today).days + 1
    worth = sum(work.to_do(kind) * kind.points for kind in left)
    note = f"All of it is worth {worth:,} points; {days} {'day is' if days == 1 else 'days are'} left, today among them."
    return Table(
        f"to_do{place}", "Still to do", columns, rows, "All of the plan is done.", note if rows else ""
    )


def _kinds(reader: Reader, work: _Work) -> Table:
    """Return each kind that was done or is planned, in the playbook's order."""
    groups = {one.key: one.name for one in reader.playbook.activity_groups}
    rows: list[tuple[Cell, ...]] = [
        (
            kind.name,
            groups.get(kind.group or ""),
            work.times(kind),
            work.unlogged[kind.key],
            None if kind.plan is None else work.plan(kind),
            work.times(kind) * kind.points,
        )
        for kind in reader.playbook.activity_kinds
        if _matters(kind) and (work.times(kind) or kind.plan)
    ]
    columns = (
        Column("kind", "Kind"),
        Column("group", "Group"),
        Column("done", "Done", "number"),
        Column("unlogged", "By itself", "number"),
        Column("plan", "Plan", "number"),
        Column("points", "Points", "number"),
    )
    return Table("kinds", "By kind", columns, rows, "No points were earned, and none are planned.")
