"""The report of KPIs: what a change did to the figures that are tracked, and the baseline while nothing was changed."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Change
from improv.metrics import Metric, as_typed, measurable, suggested
from improv.metrics.reading import Reading
from improv.named import NamedTuple
from improv.nouns import ref
from improv.reader import Reader
from improv.report import Cell, Column, Facts, Notes, Ref, Report, Section, Table
from improv.reports.goals import first_day
from improv.resolve import Found
from improv.scores import caveats, cell, difference_words, interval_words

CHANGE_COMMAND: Final = 'improv kpi change "raised the price"'
_NONE_PICKED: Final = "No KPI is picked; `improv kpi pick` picks some."
_BY_CHANCE: Final = (
    "Of twenty figures that nothing moved, one is called more than chance by chance alone. "
    "How far sums, means, levels and ratios move by chance is not known: they have no verdict."
)


class Kpi(NamedTuple):
    """A metric that is tracked since a day."""

    metric: Metric
    since: date


class Changed(NamedTuple):
    """What was changed, and when."""

    ref: str
    what: str
    day: date


class Window(NamedTuple):
    """The days a change is judged by: those before it, and as many from it on, as far as they have gone by."""

    before: Period
    after: Period
    length: int

    @property
    def is_running(self) -> bool:
        """Whether some of the days after are still to come."""
        return self.after.days < self.length

    def before_of(self, metric: Metric) -> Period:
        """Return the days before for a metric: of what matures only as many as after, so that it is no older."""
        if metric.matures and self.after.days < self.before.days:
            return self.before._replace(first=self.before.last - timedelta(days=self.after.days - 1))
        return self.before


def kpi(reader: Reader, change: Found | None = None) -> tuple[Section, ...]:
    """Return the KPIs before and after a change, the last one unless told; without any, the baseline so far."""
    known = changes(reader)
    chosen = next((one for one in known if change is None or one.ref == change.ref), None)
    if chosen is None:
        return (_baseline(reader),)
    window = window_of(reader, chosen.day)
    kpis = picked(reader, chosen.day) or picked(reader, reader.today)
    next_one = chosen == known[0] and not window.is_running
    then = (Section("", (Notes((f"next: {CHANGE_COMMAND}",)),)),) if next_one else ()
    return (_about(reader, chosen, window, kpis), *_compared(reader, window, kpis), *then)


def standing(reader: Reader) -> Report:
    """Return what is tracked and since when, how far its baseline is, the changes so far, and what comes next."""
    kpis, length = picked(reader, reader.today), _length(reader)
    tracked = Table(
        "kpis",
        "KPIs",
        (Column("kpi", "KPI"), Column("since", "Since", "day"), Column("baseline", "Baseline")),
        [(kpi.metric.title, kpi.since, _gone(reader, kpi.since, "complete")) for kpi in kpis],
        empty=_NONE_PICKED,
    )
    changed = Table(
        "changes",
        "Changes",
        (Column("change", "Change", "ref"), Column("day", "Changed", "day"), Column("after", "After")),
        [(Ref(one.ref, one.what), one.day, _gone(reader, one.day, "over")) for one in changes(reader)],
        empty="Nothing was changed yet.",
        note=f"A change is judged by the {length} days before it and the {length} from it on.",
    )
    names = " ".join(as_typed(kpi.metric.name) for kpi in kpis)
    again = (f"to track others: improv kpi pick {names}",) if names else ()
    sections = (
        Section(tracked.title, (tracked,)),
        Section(changed.title, (changed,)),
        Section("", (Notes((*again, f"next: {next_command(reader)}")),)),
    )
    return Report("kpis", "KPIs", "", sections, reader.today)


def next_command(reader: Reader, change: Changed | None = None) -> str:
    """Return what comes next: to pick KPIs, to change one thing once the baseline is complete, else to look."""
    kpis = picked(reader, reader.today)
    if not kpis:
        names = suggested(reader.playbook, (), reader.playbook.limits["kpis_fewest"])
        return f"improv kpi pick {' '.join(map(as_typed, names))}"
    if change is not None:
        return f"improv report kpi --change {change.ref}"
    complete = (reader.today - max(kpi.since for kpi in kpis)).days + 1 >= _length(reader)
    return CHANGE_COMMAND if complete and not changes(reader) else "improv report kpi"


def picked(reader: Reader, on: date) -> list[Kpi]:
    """Return the metrics that are tracked on a day, as they were picked; one that was picked again has its first day."""
    since: dict[str, str] = {}
    until: dict[str, str | None] = {}
    rows = reader.rows(
        "SELECT metric, since, until FROM kpi WHERE since <= :on ORDER BY id", {"on": on.isoformat()}
    )
    for row in rows:
        if until.get(row["metric"]) != row["since"]:
            since[row["metric"]] = row["since"]
        until[row["metric"]] = row["until"]
    tracked = (row["metric"] for row in rows if row["until"] is None or row["until"] > on.isoformat())
    # A store may have been written by another version: what is no metric here cannot be measured. Nor can one of the
    # user's own that does not fit: `improv playbook check` says why.
    known = measurable(reader.playbook)
    return [Kpi(known[name], date.fromisoformat(since[name])) for name in tracked if name in known]


def changes(reader: Reader) -> list[Changed]:
    """Return what was changed so far, the last first."""
    rows = reader.each(
        "SELECT id, what, on_day FROM change WHERE on_day <= :today ORDER BY on_day DESC, id DESC"
    )
    return [Changed(ref("change", row["id"]), row["what"], date.fromisoformat(row["on_day"])) for row in rows]


def window_of(reader: Reader, day: date) -> Window:
    """Return the days that a change of a day is judged by; none before the first record, for nothing was kept then."""
    length, yesterday = _length(reader), day - timedelta(days=1)
    first = day - timedelta(days=length)
    began = first_day(reader)
    if began is not None:
        first = max(first, min(began, yesterday))
    last = min(day + timedelta(days=length - 1), reader.today)
    return Window(Period(first, yesterday, "before"), Period(day, last, "after"), length)


def beside(reader: Reader, change: Changed) -> list[str]:
    """Tell which other changes fell into the days a change is judged by."""
    told = []
    for other in changes(reader):
        apart = (other.day - change.day).days
        if other.ref != change.ref and abs(apart) < _length(reader):
            where = "days after it" if apart > 0 else "days before it" if apart < 0 else "day of it"
            told.append(f"{other.ref} {other.what} ({other.day}) falls into the {where}")
    return told


def _about(reader: Reader, change: Changed, window: Window, kpis: Sequence[Kpi]) -> Section:
    """Say which days are compared, and what makes the comparison doubtful."""
    before, after = window.before, window.after
    gone = f", day {after.days} of {window.length}" if window.is_running else ""
    facts = Facts(
        "change",
        f"{change.ref} {change.what}",
        (
            ("Changed", change.day),
            ("Before", f"{before.first} to {before.last}"),
            ("After", f"{after.first} to {after.last}{gone}"),
        ),
    )
    doubts = [f"More than one thing was changed: {one}." for one in beside(reader, change)]
    if before.days < window.length:
        doubts.append(
            f"Only {before.days} of {window.length} days before: nothing is recorded until {before.first}."
        )
    late = [kpi.metric.title for kpi in kpis if kpi.since > change.day]
    doubts += [f"Picked after the change was made: {', '.join(late)}."] if late else []
    return Section(facts.title, (facts, Notes(tuple(doubts))) if doubts else (facts,))


def _compared(reader: Reader, window: Window, kpis: Sequence[Kpi]) -> Iterator[Section]:
    """Set each KPI before the change beside itself after it, and then the intervals that the verdicts come from."""
    after = [measure.measure(reader, kpi.metric, window.after) for kpi in kpis]
    compared = [
        (now, measure.change(reader, now.metric, window.after, now, window.before_of(now.metric)))
        for now in after
    ]
    values = Table(
        "before_and_after",
        "Before and after",
        (
            Column("kpi", "KPI"),
            Column("before", "Before", "number"),
            Column("after", "After", "number"),
            Column("difference", "Difference"),
            Column("verdict", "Verdict"),
        ),
        [
            (now.metric.title, cell(change.before), cell(now), _difference(now, change), change.verdict)
            for now, change in compared
        ],
        empty=_NONE_PICKED,
        note=_BY_CHANCE if compared else "",
    )
    intervals = Table(
        "intervals",
        "95% intervals",
        (
            Column("kpi", "KPI"),
            Column("before", "Before"),
            Column("after", "After"),
            Column("difference", "Difference"),
        ),
        [row for now, change in compared if any((row := _intervals(now, change))[1:])],
        empty="None of the KPIs has an interval.",
    )
    yield Section(values.title, (values,))
    noted = Notes(tuple(_caveats(reader, compared)))
    yield Section(intervals.title, (intervals, noted) if noted.lines else (intervals,))


def _difference(now: Reading, change: Change) -> str | None:
    """Tell a difference: of what adds up by the day in percent; of a share once its rows are settled, or as young."""
    metric, before = now.metric, change.before
    if change.difference is None or now.value is None or before.value is None:
        return None
    if not metric.matures and (now.still_open or before.still_open):
        return "still open"
    if metric.kind in {"count", "total"} and not metric.is_read_on_the_day and before.value > 0:
        times = now.value * before.period.days / (before.value * now.period.days)
        uneven = now.period.days != before.period.days
        return f"{100 * (times - 1):+.1f}%" + (" a day" if uneven else "")
    return difference_words(metric, change.difference) + (" d" if metric.unit == "days" else "")


def _intervals(now: Reading, change: Change) -> tuple[Cell, ...]:
    difference = None
    if change.interval is not None:
        difference = _points(*change.interval)
    elif change.times is not None:
        _, low, high = (100 * (times - 1) for times in change.times)
        difference = f"from {low:+.0f}%" if math.isinf(high) else f"{low:+.0f} to {high:+.0f}%"
    return now.metric.title, interval_words(change.before), interval_words(now), difference


def _points(low: float, high: float) -> str:
    return f"{100 * low:+.0f} to {100 * high:+.0f} points"


def _caveats(reader: Reader, compared: Sequence[tuple[Reading, Change]]) -> Iterator[str]:
    for now, change in compared:
        for when, reading in (("before", change.before), ("after", now)):
            told = caveats(reading, reader.today)
            if when == "before" and change.seen_on:
                days = f"the {reading.period.days} days up to {reading.period.last}"
                told.insert(0, f"{days} as they stood on {change.seen_on}, no older than those after")
            if told:
                yield f"{now.metric.title}, {when}: {'; '.join(told)}"


def _baseline(reader: Reader) -> Section:
    """Return the figures since they were picked: what a change made now would be compared with."""
    length, rows = _length(reader), []
    for kpi in picked(reader, reader.today):
        first = max(kpi.since, reader.today - timedelta(days=length - 1))
        reading = measure.measure(reader, kpi.metric, Period(first, reader.today, "baseline"))
        gone = _gone(reader, kpi.since, "complete")
        rows.append((kpi.metric.title, cell(reading), interval_words(reading), kpi.since, gone))
    columns = (
        Column("kpi", "KPI"),
        Column("so_far", "So far", "number"),
        Column("interval", "95% interval"),
        Column("since", "Since", "day"),
        Column("baseline", "Baseline"),
    )
    note = f"Nothing was changed yet. Once the baseline is complete, change one thing: {CHANGE_COMMAND}"
    table = Table("baseline", "The baseline so far", columns, rows, _NONE_PICKED, note if rows else "")
    return Section(table.title, (table,))


def _length(reader: Reader) -> int:
    return reader.playbook.limits["baseline_days"]


def _gone(reader: Reader, since: date, over: str) -> str:
    """Tell how far a baseline is, or the days after a change."""
    day, length = (reader.today - since).days + 1, _length(reader)
    return f"day {day} of {length}" if day < length else over
