"""The reports of where sales stand and come from: the pipeline by stage, and the sources of leads."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Key
from improv.metrics import CATALOGUE
from improv.metrics.fragments import OPEN_OPPORTUNITIES
from improv.metrics.reading import Reading
from improv.money import money as money_words
from improv.reader import Reader
from improv.report import Cell, Column, Percent, Section, Share, Table
from improv.reports import charts
from improv.reports.parts import amount, day, days, in_words, money, on_day, ordered, ref
from improv.statistics import shrunk

# What each source brought, and what it cost.
_ROI: Final = ("new_leads", "lead_to_opportunity", "lead_to_win", "won_deals", "won_value", "lead_spend")
_WEEK: Final = timedelta(days=7)

_OPEN: Final = f"""
SELECT 'O' AS letter, o.id AS number, o.title AS name, COALESCE(k.name, s.stage) AS stage,
    days(s.since, :on) AS days, t.value AS value, t.probability AS probability, t.close_on AS close_on, t.owner AS owner,
    (SELECT MIN(e.scheduled_for) FROM event AS e WHERE e.opportunity_id = o.id AND e.set_on <= :on
        AND e.scheduled_for >= :on AND (e.closed_on IS NULL OR e.closed_on > :on)) AS next_event
{OPEN_OPPORTUNITIES} ORDER BY CASE WHEN k.position IS NULL THEN 1 ELSE 0 END, k.position, o.id"""

# The three ways to weigh the pipeline: column → title and metric.
_WEIGHTED: Final = {
    "default": ("Default", "weighted_pipeline"),
    "history": ("Own history", "weighted_pipeline_by_history"),
    "by_hand": ("By hand", "weighted_pipeline_by_hand"),
}


def stages(reader: Reader, period: Period) -> Table:
    """Return the pipeline by stage on the last day of the period; after the sale, active clients are counted."""
    return _by_stage(reader, period, {"weighted": ("Weighted", "weighted_pipeline")})


def _by_stage(reader: Reader, period: Period, weighted: Mapping[str, tuple[str, str]]) -> Table:
    """Return count, value and weighted values by stage; `weighted` is column → title and metric."""
    metrics = [
        CATALOGUE[name]
        for name in ("pipeline_count", "pipeline_value", *(name for _, name in weighted.values()))
    ]
    found = [dict(measure.by(reader, one, period, "stage")) for one in metrics]
    whole = [measure.measure(reader, one, period) for one in metrics]
    rows: list[tuple[Cell, ...]] = []
    for key in _stage_keys(reader, found):
        count, *amounts = (part.get(key) for part in found)
        rows.append((in_words(reader, "stage", key[0]), count.n if count else 0, *map(money, amounts)))
    rows.append(("all open", whole[0].n, *map(money, whole[1:])))
    clients = measure.measure(reader, CATALOGUE["active_clients"], period)
    rows += [
        (f"{stage.name} (active clients)", clients.n, *[None] * (len(metrics) - 1))
        for stage in reader.playbook.stages
        if stage.after_sale
    ]
    missing = (whole[1].left_out or {}).get("no value", 0)
    return Table(
        "pipeline",
        "Pipeline",
        (
            Column("stage", "Stage"),
            Column("open", "Open", "number"),
            Column("value", "Value", "money"),
            *(Column(key, title, "money") for key, (title, _) in weighted.items()),
        ),
        tuple(rows),
        empty="The playbook has no stage.",
        note=f"{missing} open without a value: improv todo" if missing else "",
    )


def _stage_keys(reader: Reader, found: Sequence[Mapping[Key, Reading]]) -> list[Key]:
    """Return the stages of a sale in the order of the funnel, then what else was found."""
    known: list[Key] = [(stage.key,) for stage in reader.playbook.sale_stages]
    return [*known, *(key for key in ordered(found) if key not in known)]


def _probabilities(reader: Reader, period: Period) -> Table:
    """Return the probabilities that weigh each stage: its default, that drawn to its own history, those set by hand."""
    # All that had closed by the day; `:on` is that day, whatever the period's first.
    ever = period._replace(first=date.min)
    history = dict(measure.by(reader, CATALOGUE["win_rate_from_stage"], ever, "stage"))
    by_hand = dict(measure.by(reader, CATALOGUE["weighted_pipeline_by_hand"], period, "stage"))
    opened = dict(measure.by(reader, CATALOGUE["pipeline_count"], period, "stage"))
    weight = reader.playbook.limits["history_weight"]
    rows: list[tuple[Cell, ...]] = []
    for stage in reader.playbook.sale_stages:
        key = (stage.key,)
        closed = Share(history[key].hits, history[key].n) if key in history else Share(0, 0)
        own = None if stage.probability is None else shrunk(*closed, stage.probability / 100, weight)
        rows.append(
            (
                stage.name,
                None if stage.probability is None else Percent(stage.probability),
                closed,
                None if own is None else Percent(100 * own),
                Share(by_hand[key].n if key in by_hand else 0, opened[key].n if key in opened else 0),
            )
        )
    return Table(
        "probabilities",
        "Probabilities",
        (
            Column("stage", "Stage"),
            Column("default", "Default", "number"),
            Column("won", "Won of closed", "share"),
            Column("history", "Own history", "number"),
            Column("by_hand", "Set by hand", "share"),
        ),
        rows,
        empty="The playbook has no stage.",
        note=f"Own history: won of those closed by the day that had entered the stage, with the default as {weight} more. "
        "Open ones are not counted.",
    )


def _left_out(reader: Reader, period: Period) -> Table:
    """Return what no weighted value counts, and why: nothing is guessed."""
    day = on_day(reader, period).last
    when = f" --for {day}" if reader.as_of or day < reader.today else ""
    rows = [
        (title, why, n, f"improv explain {name.replace('_', '-')}{when}")
        for title, name in _WEIGHTED.values()
        for why, n in (measure.measure(reader, CATALOGUE[name], period).left_out or {}).items()
    ]
    return Table(
        "left_out",
        "Left out",
        (
            Column("weighted", "Weighted by"),
            Column("why", "Why"),
            Column("n", "Open", "number"),
            Column("see", "Which ones", "command"),
        ),
        rows,
        empty="Every open opportunity counts in all three.",
    )


def sources_of_the_week(reader: Reader, period: Period) -> Table:
    """Return how each source did in the seven days up to the end of the period, or up to today."""
    last = min(period.last, reader.today)
    week = Period(last - _WEEK + timedelta(days=1), last, "last 7 days")
    names = ("new_leads", "opportunities", "won_deals", "won_value")
    found = [dict(measure.by(reader, CATALOGUE[name], week, "source")) for name in names]
    rows = []
    for key in sorted(ordered(found), key=lambda key: (key[0] is None, str(key[0]))):
        leads, opened, won, value = (part.get(key) for part in found)
        rows.append((in_words(reader, "source", key[0]), _n(leads), _n(opened), _n(won), money(value)))
    return Table(
        "sources",
        "Sources, last 7 days",
        (
            Column("source", "Source"),
            Column("leads", "Leads", "number"),
            Column("opened", "Opened", "number"),
            Column("won", "Won", "number"),
            Column("value", "Won value", "money"),
        ),
        tuple(rows),
        empty="Nothing came in and nothing was won.",
    )


def pipeline(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the pipeline snapshot: count and value by stage, and every open opportunity."""
    rows = tuple(
        (
            ref(row),
            row["stage"],
            days(row["days"]),
            amount(row["value"]),
            None if row["probability"] is None else Percent(row["probability"]),
            day(row["close_on"]),
            day(row["next_event"]),
            row["owner"],
        )
        for row in reader.rows(_OPEN, {"on": on_day(reader, period).last.isoformat()})
    )
    columns = (
        Column("record", "Opportunity", "ref"),
        Column("stage", "Stage"),
        Column("days", "In stage", "days"),
        Column("value", "Value", "money"),
        Column("probability", "By hand", "share"),
        Column("close_on", "Closes", "day"),
        Column("next_event", "Next event", "day"),
        Column("owner", "Owner"),
    )
    opened = Table("open", "Open opportunities", columns, rows, empty="No opportunity is open.")
    by_stage = (
        _by_stage(reader, period, _WEIGHTED),
        _probabilities(reader, period),
        _left_out(reader, period),
    )
    return (Section("By stage", by_stage), Section("Open opportunities", (opened,)))


def source_roi(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return how far the leads got, and what each source brought and cost."""
    return (
        Section("Funnel", (charts.funnel(reader, period),)),
        Section("Sources", (sources(reader, period),)),
    )


def sources(reader: Reader, period: Period) -> Table:
    """Return what each source brought and cost: its leads, what became of them, and the value won."""
    metrics = [CATALOGUE[name] for name in _ROI]
    found = [dict(measure.by(reader, one, period, "source")) for one in metrics]
    whole = [measure.measure(reader, one, period) for one in metrics]
    spend = measure.measure(reader, CATALOGUE["campaign_spend"], period)
    idle = round((spend.value or 0) - (whole[-1].value or 0))
    rows: list[tuple[Cell, ...]] = [
        (in_words(reader, "source", key[0]), *_returned([part.get(key) for part in found]))
        for key in ordered(found)
    ]
    rows += [("all", *_returned([*whole[:-1], spend]))] if rows else []
    note = (
        "Leads and what became of them by the day received; won by the day won; cost by the day of the result, "
        "a campaign's shared among its leads. Return: value won over cost."
    )
    if idle:
        note += f" {money_words(idle)} was spent on campaigns without a lead."
    return Table(
        "sources",
        "Sources",
        (
            Column("source", "Source"),
            Column("leads", "Leads", "number"),
            Column("opportunity", "Opportunity", "share"),
            Column("win", "Win", "share"),
            Column("won", "Won", "number"),
            Column("value", "Value won", "money"),
            Column("cost", "Cost", "money"),
            Column("return", "Return", "number"),
        ),
        tuple(rows),
        empty="Nothing came in and nothing was won.",
        note=note if rows else "",
    )


def _returned(parts: Sequence[Reading | None]) -> tuple[Cell, ...]:
    leads, opened, wins, won, value, spend = parts
    gained, cost = (part.value if part else None for part in (value, spend))
    return (
        _n(leads),
        None if opened is None else Share(opened.hits, opened.n),
        None if wins is None else Share(wins.hits, wins.n),
        _n(won),
        amount(gained),
        amount(cost or None),
        gained / cost if cost and gained is not None else None,
    )


def _n(reading: Reading | None) -> int:
    return reading.n if reading else 0
