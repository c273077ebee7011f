"""The charts: the funnel, a metric over time, the days in each stage, and how the gaps of events spread.

Each is made of the catalogue's metrics, so that what is drawn is what `improv metric` shows.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from improv import measure, statistics
from improv.dates import Period
from improv.metrics import CATALOGUE, Metric, named
from improv.metrics.reading import Reading, is_running
from improv.reader import Reader
from improv.report import Cell, Chart, Column, Range, Share, Table, Unit
from improv.reports.parts import TREND, days, in_words, trend_of
from improv.scores import KINDS, cell, figure_words
from improv.statistics import ON_TARGET

_ENDS: Final = 2
_FUNNEL: Final = (
    Column("step", "Step"),
    Column("count", "Leads", "number"),
    Column("of_before", "Of step before", "share"),
    Column("of_first", "Of all leads", "share"),
    Column("goal", "Goal", "range"),
    Column("verdict", "Verdict", "verdict"),
)
_STAYS: Final = (
    Column("stage", "Stage"),
    Column("usual", "Target", "range"),
    Column("median", "Median", "days"),
    Column("quartiles", "Quartiles", "range"),
    Column("finished", "Left", "number"),
    Column("mean", "Mean", "days"),
    Column("inside", "Inside", "number"),
    Column("longest", "Longest", "days"),
    Column("verdict", "Verdict", "verdict"),
)


def funnel(reader: Reader, period: Period) -> Chart:
    """Return how far the leads of a period got: received, entered the pipeline, won; beside it the funnel's goal."""
    names = ("new_leads", "lead_to_opportunity", "lead_to_win")
    received, entered, won = (measure.measure(reader, CATALOGUE[name], period) for name in names)
    goal = reader.playbook.funnel
    aims = (goal.entered / goal.leads, goal.won / goal.leads) if goal else (None, None)

    def step(name: str, reading: Reading, before: int, least: float | None) -> tuple[Cell, ...]:
        judged = reading.interval and statistics.range_verdict(*reading.interval, at_least=least)
        shares = Share(reading.hits, before), Share(reading.hits, received.n)
        return (name, reading.hits, *shares, None if least is None else Range(least, None, "share"), judged)

    rows = (
        ("received", received.n, None, Share(received.n, received.n), None, None),
        step("entered", entered, received.n, aims[0]),
        step("won", won, entered.hits, aims[1]),
    )
    note = f"By {received.metric.clock}; who waits or is under way may still be won."
    says = f"{received.n} received, {entered.hits} entered the pipeline, {won.hits} won"
    says += "".join(f", {(won.states or {}).get(state, 0)} {state}" for state in won.metric.open) + "."
    table = Table("funnel", "Funnel", _FUNNEL, rows, "No lead was received.", note)
    chart = Chart(table, "bars", says, "of_first", target="goal", verdict="verdict")
    return chart if received.n else _of_nothing(chart)


def trends(reader: Reader, period: Period, names: Sequence[str]) -> tuple[Chart, ...]:
    """Return metrics over the months, quarters or years of a period, and over some before it where it has few."""
    periods = trend_of(period, reader.today)
    while periods and len(periods) < TREND:
        periods.insert(0, periods[0].previous())
    return tuple(trend(reader, named(name, reader.playbook), periods) for name in names) if periods else ()


def trend(reader: Reader, metric: Metric, periods: Sequence[Period]) -> Chart:
    """Return what a metric was in each of several periods, oldest first, with its interval and its target."""
    readings = measure.trend(reader, metric, periods)
    in_itself = metric.kind in {"count", "share"}  # the figure says how many rows are behind it
    ranged = metric.kind == "share" or (metric.kind == "duration" and metric.shows == "median")
    aimed = metric.name in reader.playbook.targets
    columns = [Column("period", "Period"), Column(metric.name, "Value", KINDS[metric.unit])]
    columns += [] if in_itself else [Column("n", "Rows", "number")]
    columns += [Column("interval", "95%", "range")] if ranged else []
    columns += [Column("target", "Target", "range"), Column("verdict", "Verdict", "verdict")] if aimed else []

    def row(reading: Reading) -> Iterator[Cell]:
        yield from (reading.period.label, cell(reading))
        yield from () if in_itself else (reading.n,)
        if ranged:
            yield None if reading.interval is None else Range(*reading.interval, _unit(metric))
        if aimed:
            yield from (_aim(reading), reading.verdict)

    table = Table(
        f"{metric.name}_trend",
        f"{metric.title} over time",
        tuple(columns),
        tuple(tuple(row(reading)) for reading in readings),
        empty=f"Nothing is recorded from {periods[0].label} to {periods[-1].label}.",
        note=f"By {metric.clock}.",
    )
    drawn = ("interval" if ranged else "", *(("target", "verdict") if aimed else ("", "")))
    chart = Chart(table, "line", _from_to(reader, readings), metric.name, *drawn)
    return chart if any(map(_counts, readings)) else _of_nothing(chart)


def _counts(reading: Reading) -> bool:
    """Tell whether any record is behind a reading, or behind one that it is made of."""
    return bool(reading.n or reading.left_out) or any(map(_counts, reading.parts or ()))


def _from_to(reader: Reader, readings: Sequence[Reading]) -> str:
    """Tell the first figure there is and the last: "Jun 2026: 33.3%, 2 of 6. Nov 2026 so far: 71.4%, 5 of 7."."""
    known = [reading for reading in readings if reading.value is not None]
    return " ".join(
        f"{reading.period.label}{' so far' if is_running(reading.period, reader.today) else ''}: "
        f"{figure_words(reading)}."
        for reading in (known if len(known) < _ENDS else (known[0], known[-1]))
    )


def _aim(reading: Reading) -> Range | None:
    """Return a target as it stands for the period of a reading."""
    if reading.limits is None:
        return None
    limits = reading.limits
    strict = limits.get("more_than") is not None or limits.get("less_than") is not None
    low = limits.get("more_than") if strict else limits.get("at_least")
    high = limits.get("less_than") if strict else limits.get("at_most")
    return Range(low, high, _unit(reading.metric), strict)


def _unit(metric: Metric) -> Unit:
    return "share" if metric.unit == "percent" else metric.unit


def time_in_stage(reader: Reader, period: Period) -> Chart:
    """Return how long opportunities stay in each stage; the unfinished count as staying at least so long."""
    metric = CATALOGUE["time_in_stage"]
    usual = {stage.key: stage.days for stage in reader.playbook.stages}
    rows: list[tuple[Cell, ...]] = []
    medians: dict[str, float] = {}
    for (stage,), part in measure.by(reader, metric, period, "stage"):
        name, aim = in_words(reader, "stage", stage), usual.get(str(stage))
        rows.append((name, Range(*aim, "days") if aim else None, *_lengths(part), part.verdict))
        if part.survival and part.survival.median is not None:
            medians[name] = part.survival.median
    note = (
        f"By {metric.clock}. Median and quartiles: product-limit, who is still inside counted too; the median is judged "
        "by the later day of the target. Mean: of those that left."
    )
    longest = max(medians, key=medians.__getitem__, default=None)
    says = (
        f"Longest in {longest}: half of its stays last {medians[longest]:g} days or more." if longest else ""
    )
    table = Table("time_in_stage", "Time in stage", _STAYS, rows, "No stage was entered.", note)
    chart = Chart(table, "bars", says, "median", "quartiles", "usual", "verdict")
    return chart if rows else _of_nothing(chart)


def _lengths(part: Reading) -> tuple[Cell, ...]:
    """Return the median and quartiles of stays, how many ended and their mean, how many go on and the longest of them."""
    lengths = part.survival or statistics.product_limit(())
    quarter = lengths.lower_quartile
    return (
        days(lengths.median),
        None if quarter is None else Range(quarter, lengths.upper_quartile, "days"),
        lengths.finished,
        days(lengths.finished_mean),
        lengths.inside,
        days(lengths.longest_inside),
    )


def gaps(reader: Reader, period: Period) -> Chart:
    """Return how many events had each gap from set to scheduled; beyond the red flag they are counted together."""
    goal, flag = (reader.playbook.limits[name] for name in ("gap_goal_below", "gap_after"))
    counted: Counter[int] = Counter()
    for (gap,), part in measure.by(reader, CATALOGUE["event_gap_all"], period, "days"):
        counted[max(-1, min(int(gap or 0), flag + 1))] += part.n
    total, so_far = counted.total(), 0
    names = {-1: ("negative", "before it was set"), flag + 1: (f"over {flag} d", "over the red flag")}
    rows: list[tuple[Cell, ...]] = []
    for length in range(-1, flag + 2):
        name, verdict = names.get(length, (f"{length} d", ON_TARGET if length < goal else None))
        if counted[length] or length not in names:
            so_far += counted[length]
            rows.append((name, counted[length], Share(so_far, total), verdict))
    columns = (
        Column("gap", "Gap"),
        Column("set", "Set", "number"),
        Column("so_far", "Up to here", "share"),
        Column("verdict", f"Goal: under {goal} d", "verdict"),
    )
    judged = ("gap_under_goal", "gap_over_red_flag")
    under, over = (measure.measure(reader, CATALOGUE[name], period).hits for name in judged)
    says = (
        f"Of {total} events set, {under} under the goal of {goal} days and {over} over the red flag of {flag}"
    )
    says += f"; {counted[-1]} negative." if counted[-1] else "."
    table = Table("distribution", "Distribution", columns, rows, "No event was set.")
    chart = Chart(table, "columns", says, "set", verdict="verdict")
    return chart if total else _of_nothing(chart)


def _of_nothing(chart: Chart) -> Chart:
    """Return a chart with nothing to draw: only the sentence that says so."""
    return chart._replace(table=chart.table._replace(rows=(), note=""), says="")
