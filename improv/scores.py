"""Metrics as they are shown: a line of a scorecard, a trend as a table, an explanation as a report."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Change, Counted, Explanation
from improv.metrics import Metric
from improv.metrics.reading import Reading, is_running
from improv.money import money
from improv.ratings import formula_sections
from improv.reader import Reader
from improv.report import (
    Block,
    Cell,
    Column,
    Days,
    Facts,
    Kind,
    Money,
    Percent,
    Ref,
    Report,
    Score,
    Section,
    Share,
    Table,
)
from improv.statistics import MORE_THAN_CHANCE
from improv.why import Why

# How a figure of each unit is shown in a table.
KINDS: Final[dict[str, Kind]] = {"number": "number", "money": "money", "days": "days", "percent": "share"}
_SIGNS: Final = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}


def cell(reading: Reading) -> Cell:
    """Return the figure of a reading in its unit."""
    if reading.metric.kind == "share":
        return Share(reading.hits, reading.n)
    if reading.metric.less:
        return None if reading.value is None else Percent(100 * reading.value)
    if reading.metric.unit == "percent" and reading.parts:
        of, per = (round(part.value or 0) for part in reading.parts)
        return Share(of, per)
    return _in_unit(reading.metric, reading.value)


def score(
    reader: Reader,
    metric: Metric,
    period: Period,
    trend_periods: Sequence[Period] = (),
    against: Period | None = None,
) -> Score:
    """Return a metric as a line of a scorecard; its trend is over the periods given, oldest first.

    Its change is against the period before, or against the one given, which is then told too.
    """
    # First of all: what it has read by day, the rest is added up from.
    # What matures is compared as it stood on another day.
    also = [period] if metric.matures else [period, measure.compared_with(reader, period, against)]
    trend = measure.trend(reader, metric, trend_periods, also)
    reading = measure.measure(reader, metric, period)
    change = measure.change(reader, metric, period, reading, against)
    shown = cell(reading)
    return Score(
        metric=metric.name,
        title=metric.title,
        value=shown,
        share=shown if isinstance(shown, Share) else None,
        interval=reading.interval,
        target=target_words(reading),
        verdict=reading.verdict,
        change=against_words(metric, change, against) if against else change_words(metric, change),
        trend=tuple(_plotted(metric, each) for each in trend),
        note="; ".join(caveats(reading, reader.today)),
    )


def _plotted(metric: Metric, reading: Reading) -> float | None:
    """Return a point of a trend: money in whole units, as it is shown beside it."""
    if reading.value is None or metric.unit != "money":
        return reading.value
    return reading.value / 100


def target_words(reading: Reading) -> str:
    """Tell a target as it stands for this period: "≥ 14 (2 a day)", "35-40%", "< 5 d"."""
    target, limits = reading.target, reading.limits
    if target is None or limits is None:
        return ""
    # A part of a count is judged by its share of all.
    metric = reading.metric if reading.of_all is None else reading.metric._replace(unit="percent")
    given = {name: getattr(target, name) for name in _SIGNS if getattr(target, name) is not None}
    ends = [f"{sign} {_amount(metric, given[name])}" for name, sign in _SIGNS.items() if name in given]
    if target.band:
        low, high = target.band
        ends = [f"{low}–{_amount(metric, high)}"]
    words = " ".join(ends) + (f" a {target.per}" if target.per else "")
    scaled = next((limits[name] for name in given), None)  # type: ignore[literal-required]
    if not target.per or metric.kind not in {"count", "total"} or scaled in given.values():
        return words
    whole = _amount(metric, round(scaled or 0)) if metric.unit == "money" else _short(scaled)
    return f"{_SIGNS[next(iter(given))]} {whole} ({_amount(metric, target.bound)} a {target.per})"


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:,.1f}".removesuffix(".0")


def change_words(metric: Metric, change: Change) -> str:
    """Tell a change with its sign; of a share in points, and whether it may be chance."""
    if change.difference is None:
        return ""
    doubt = metric.kind == "share" and change.verdict != MORE_THAN_CHANCE
    return difference_words(metric, change.difference) + (f", {change.verdict}" if doubt else "")


def difference_words(metric: Metric, difference: float) -> str:
    """Tell a difference with its sign; of a share in points."""
    if metric.unit == "percent":
        return f"{100 * difference:+.1f} points"
    if metric.unit == "money":
        amount = round(difference)
        return f"{'+' if amount >= 0 else ''}{money(amount)}"
    return f"{difference:+,d}" if isinstance(difference, int) else f"{difference:+,.1f}"


def against_words(metric: Metric, change: Change, against: Period) -> str:
    """Tell a change together with the earlier figure: "+12.5 points (-8.1 to +31.0) against 2026-Q2: 3 of 8, …"."""
    before = change.before
    days = "" if before.period.days == against.days else f"the first {before.period.days} days of "
    seen = f" as of {change.seen_on}" if change.seen_on else ""
    earlier = f"{days}{against.label}{seen}: {figure_words(before)}"
    if change.difference is None:
        return f"nothing to compare with {earlier}" if before.value is None else f"against {earlier}"
    words = difference_words(metric, change.difference)
    if change.interval is not None:
        low, high = change.interval
        words += f" ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"{words} against {earlier}" + (f", {change.verdict}" if change.verdict else "")


def figure_words(reading: Reading) -> str:
    """Tell a figure in a sentence."""
    metric, value = reading.metric, reading.value
    if value is None:
        return "nothing"
    if isinstance(shown := cell(reading), Share):
        return f"{100 * value:.1f}%, {shown.hits} of {shown.of}"
    if isinstance(shown, Percent):
        return f"{shown.value:.1f}%"
    if metric.unit == "money":
        return money(round(value))
    return f"{_short(value)}{' d' if metric.unit == 'days' else ''}"


def interval_words(reading: Reading) -> str | None:
    """Tell the 95% interval of a figure: "9.5-90.5%", "4-7 d", "from 12 d"."""
    if reading.interval is None:
        return None
    low, high = reading.interval
    if reading.metric.kind in {"share", "count"}:
        return f"{100 * low:.1f}–{100 * (high or 0):.1f}%"
    return f"{_short(low)}–{_short(high)} d" if high is not None else f"from {_short(low)} d"


def explanation_report(reader: Reader, metric: Metric, period: Period) -> Report:
    """Return a metric with its definition, its clock, its formula and every row behind the figure."""
    told = measure.explain(reader, metric, period)
    return Report(
        name="explain",
        title=metric.title,
        subtitle=period.label,
        sections=(*_sections(told, reader.today), *formula_sections(reader, told)),
        as_of=reader.today,
        period=(period.first, period.last),
    )


def _sections(told: Explanation, today: date) -> Iterator[Section]:
    reading, metric = told.reading, told.reading.metric
    pairs: list[tuple[str, Cell]] = [
        ("definition", metric.sentence),
        ("clock", metric.clock),
        ("formula", metric.in_words),
        ("source", metric.source),
        ("figure", cell(reading)),
    ]
    pairs += [("target", target_words(reading))] if reading.limits else []
    if own := metric.own_target:
        field, command = own.field.replace("_", " "), metric.name.replace("_", "-")
        pairs.append((f"target by {own.key}", f"{field} of each: improv metric {command} --by {own.key}"))
    pairs += [("note", "; ".join(notes))] if (notes := caveats(reading, today)) else []
    blocks: list[Block] = [Facts(metric.name, metric.title, tuple(pairs))]
    if metric.kind != "ratio":
        blocks.append(_rows("counted", "Counted", metric, told.counted, "No record counts."))
    if told.left_out:
        blocks.append(_rows("left_out", "Left out", metric, told.left_out))
    yield Section(metric.title, tuple(blocks))
    for part in told.parts:
        yield from _sections(part, today)


def _rows(key: str, title: str, metric: Metric, rows: Sequence[Counted], empty: str = "") -> Table:
    shown = [Column("record", "Record", "ref"), Column("day", "Since" if metric.is_level else "Day", "day")]
    values = ["ref", "day"]
    optional: tuple[tuple[str, str, Kind], ...] = (
        ("until", "Until", "day"),
        ("state", "State", "text"),
        ("value", "Value", KINDS[metric.unit]),
        ("days", "Days", "days"),
        ("why", "Why", "text"),
    )
    for name, heading, kind in optional:
        if any(getattr(row, name) is not None for row in rows):
            shown.append(Column(name, heading, kind))
            values.append(name)
    return Table(
        key, title, tuple(shown), [tuple(_part(metric, row, name) for name in values) for row in rows], empty
    )


def _part(metric: Metric, row: Counted, name: str) -> Cell:
    value: str | int | None = getattr(row, name)
    if value is None:
        return None
    if name == "ref":
        return Ref(row.ref, row.name or "")
    if name in {"day", "until"}:
        return date.fromisoformat(str(value))
    if name == "days":
        return Days(int(value))
    if name == "value":
        return _in_unit(metric, int(value) if metric.divisor == 1 else int(value) / metric.divisor)
    return value


def _in_unit(metric: Metric, value: float | None) -> Cell:
    if value is None:
        return None
    if metric.unit == "money":
        return Money(round(value))
    return Days(value) if metric.unit == "days" else value


def _amount(metric: Metric, bound: int) -> str:
    if metric.unit == "money":
        return money(bound)
    return f"{bound}{ {'percent': '%', 'days': ' d'}.get(metric.unit, '') }"


def caveats(reading: Reading, today: date) -> list[str]:
    """Tell what a figure does not say by itself: how far the period is, what is open, what is left out."""
    notes = []
    metric, period = reading.metric, reading.period
    if metric.kind in {"count", "total"} and reading.limits and is_running(period, today):
        notes.append(f"day {(today - period.first).days + 1} of {period.days}")
    if reading.still_open and reading.worst is not None and reading.best is not None:
        notes.append(
            f"{reading.still_open} open: may end at {100 * reading.worst:.1f}% to {100 * reading.best:.1f}%"
        )
    if reading.survival and reading.n:
        notes.append(_lengths(reading))
        if negative := (reading.states or {}).get("negative"):
            notes.append(f"{negative} negative")
    notes += [f"{count} left out: {why}" for why, count in (reading.left_out or {}).items()]
    return notes


def _lengths(reading: Reading) -> str:
    """Tell both ways to see a length: of the finished alone, and with the unfinished."""
    lengths = reading.survival
    if lengths is None or lengths.finished_mean is None or lengths.finished_median is None:
        return f"none finished, {reading.n} still inside"
    ended = "finished" if reading.metric.can_last else "in all"
    words = f"{lengths.finished} {ended}: mean {lengths.finished_mean:.1f} d, median {lengths.finished_median:g} d"
    if not lengths.inside:
        return words
    median = "not reached" if lengths.median is None else f"{lengths.median:g} d"
    return f"{words}; with {lengths.inside} still inside: product-limit median {median}"


def why_report(reader: Reader, told: Why) -> Report:
    """Return why a figure changed as a report: the causes, which add up to the difference, and the records."""
    before, after = told.before, told.after
    metric, days = after.metric, (before.period.last, after.period.last)
    ends: list[tuple[str, Cell]] = [
        (
            f"{reading.period.label}, as known then" if reading is before else reading.period.label,
            cell(reading),
        )
        for reading in (before, after)
    ]
    blocks: list[Block] = [Facts(metric.name, metric.title, tuple(ends)), _causes(metric, told)]
    if told.causes:
        blocks.append(_moved(metric, told))
    return Report(
        name="why",
        title=metric.title,
        subtitle=f"why it changed from {days[0]} to {days[1]}, by {metric.clock}",
        sections=(Section(metric.title, tuple(blocks)),),
        as_of=reader.today,
        period=days,
    )


def _contribution(metric: Metric) -> Column:
    points = metric.unit == "percent"
    kind: Kind = "number" if points else KINDS[metric.unit]
    return Column("contribution", "Points" if points else "Contribution", kind)


def _causes(metric: Metric, told: Why) -> Table:
    columns = (Column("cause", "Cause"), Column("records", "Records", "number"), _contribution(metric))
    rows = [(cause.name, len(cause.records), _added(metric, cause.contribution)) for cause in told.causes]
    moved = sum(len(cause.records) for cause in told.causes)
    rows.append(("difference", moved, _added(metric, told.difference)))
    note = told.note
    if told.difference is None:
        note = "One of the two days has no figure, so there is no difference to share out."
    return Table("causes", "Causes", columns, rows, note=note)


def _moved(metric: Metric, told: Why) -> Table:
    columns = (
        Column("record", "Record", "ref"),
        Column("cause", "Cause"),
        Column("before", "Before"),
        Column("after", "After"),
        _contribution(metric),
    )
    rows = [
        (
            Ref(moved.ref, moved.name or ""),
            cause.name,
            *(_standing(cause.metric, rows) for rows in (moved.before, moved.after)),
            _added(metric, moved.contribution),
        )
        for cause in told.causes
        for moved in cause.records
    ]
    return Table("records", "Records", columns, rows)


def _added(metric: Metric, contribution: Fraction | None) -> Cell:
    if contribution is None:
        return None
    if metric.unit == "percent":
        return float(100 * contribution)
    whole = contribution.denominator == 1 and metric.unit == "number"
    return int(contribution) if whole else _in_unit(metric, float(contribution))


def _standing(metric: Metric, rows: Sequence[Counted]) -> str | None:
    """Tell how a subject stood in a figure: its state, value or days; nothing when it was not in it."""
    told = []
    for row in rows:
        parts = [row.state] if row.state else []
        if row.value is not None:
            value = row.value / metric.divisor
            parts.append(money(round(value)) if metric.unit == "money" else _short(value))
        if row.days is not None:
            parts.append(f"{row.days} d" if row.ended else f"{row.days} d so far")
        told.append(" ".join(parts) or "counted")
    return "; ".join(told) or None
