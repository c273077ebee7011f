"""The reports of sales: the pipeline, the sources, what became of discoveries, the sales cycle, accounts and reasons."""

from datetime import timedelta
from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Key
from improv.metrics import CATALOGUE
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.report import Cell, Column, Table
from improv.reports.parts import in_words, money, ordered

_WEEK: Final = timedelta(days=7)


def stages(reader: Reader, period: Period) -> Table:
    """Return the pipeline by stage on the last day of the period; after the sale, active clients are counted."""
    names = ("pipeline_count", "pipeline_value", "weighted_pipeline")
    found = [dict(measure.by(reader, CATALOGUE[name], period, "stage")) for name in names]
    whole = [measure.measure(reader, CATALOGUE[name], period) for name in names]
    known: list[Key] = [(stage.key,) for stage in reader.playbook.sale_stages]
    rows: list[tuple[Cell, ...]] = []
    for key in (*known, *(key for key in ordered(found) if key not in known)):
        count, value, weighted = (part.get(key) for part in found)
        rows.append(
            (in_words(reader, "stage", key[0]), count.n if count else 0, money(value), money(weighted))
        )
    rows.append(("all open", whole[0].n, money(whole[1]), money(whole[2])))
    clients = measure.measure(reader, CATALOGUE["active_clients"], period)
    rows += [
        (f"{stage.name} (active clients)", clients.n, None, None)
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
            Column("weighted", "Weighted", "money"),
        ),
        tuple(rows),
        empty="The playbook has no stage.",
        note=f"{missing} open without a value: improv todo" if missing else "",
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


def _n(reading: Reading | None) -> int:
    return reading.n if reading else 0
