"""The report of campaigns: what each took and brought, what each step cost, and what the platforms report."""

from collections.abc import Mapping, Sequence
from typing import Final

from improv import measure
from improv.dates import Period
from improv.measure import Key
from improv.metrics import CATALOGUE, Metric
from improv.metrics.reading import Reading
from improv.money import money
from improv.named import NamedTuple
from improv.reader import Reader
from improv.report import Cell, Column, Notes, Ref, Section, Table
from improv.reports import charts
from improv.reports.parts import in_words
from improv.scores import KINDS, cell

# Column title → the metric that stands in it.
_BROUGHT: Final = {
    "Cost": "campaign_spend",
    "Leads": "campaign_own_leads",
    "Opportunities": "campaign_opportunities",
    "Activities": "campaign_activities",
    "Wins": "campaign_wins",
    "Won value": "campaign_won_value",
    "Gross profit": "campaign_gross_profit",
    "ROI": "campaign_roi",
}
_OWN_TIME: Final = {
    "Cost": "campaign_spend",
    "Own time": "campaign_time_cost",
    "Both": "campaign_full_cost",
    "Gross profit": "campaign_gross_profit",
    "ROI of both": "campaign_roi_with_time",
}
_STEPS: Final = {
    "Cost": "campaign_spend",
    "Click": "cost_per_click",
    "Lead": "cost_per_own_lead",
    "Qualified": "cost_per_prospect",
    "Opportunity": "cost_per_campaign_opportunity",
    "Win": "cost_per_win",
}
_SEEN: Final = {
    "Impressions": "campaign_impressions",
    "Clicks": "campaign_clicks",
    "Click-through": "click_through_rate",
    "Opened": "campaign_emails_opened",
    "Links clicked": "campaign_links_clicked",
    "Forms": "campaign_forms",
}
_REPORTED: Final = {
    "Leads": "campaign_leads",
    "Per lead": "cost_per_lead",
    "Customers": "campaign_customers",
    "Per customer": "cost_per_customer",
}
# The campaigns that ran in a period or were heard of in it, the latest first.
_RUNNING: Final = """SELECT m.id AS id, m.name AS name FROM campaign AS m
WHERE m.starts_on <= :last AND COALESCE(m.ends_on, :first) >= :first ORDER BY m.starts_on DESC, m.id DESC"""


class _Parts(NamedTuple):
    """What each metric is for each campaign or each pair of type and sub-type, and in all."""

    metrics: tuple[Metric, ...]
    found: tuple[Mapping[Key, Reading], ...]
    whole: tuple[Reading, ...]

    def cells(self, key: Key) -> tuple[Cell, ...]:
        """Return the figures of one."""
        return tuple(
            cell(part[key]) if key in part else _nothing(one)
            for one, part in zip(self.metrics, self.found, strict=True)
        )


def _nothing(metric: Metric) -> Cell:
    """Return what a metric is where no record counts: none was done or came; what nobody reported is not known."""
    return 0 if metric.counts_rows or metric.name == "campaign_activities" else None


def campaigns(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return what each campaign, and each type of them, took and brought; what each step cost; and what was spent when."""
    own_time = {"own_time": ("With own time", _OWN_TIME)} if reader.playbook.hour_costs is not None else {}
    brought = {"brought": ("What they took and brought", _BROUGHT), **own_time}
    for name in {name: None for _, shown in brought.values() for name in shown.values()}:
        measure.read_ahead(reader, CATALOGUE[name], period, "campaign", "type", "subtype")
    told = {
        **brought,
        "steps": ("What each step cost", _STEPS),
        "seen": ("How often they were seen", _SEEN),
        "platforms": ("What the platforms report", _REPORTED),
    }
    return (
        Section("By campaign", tuple(_by_campaign(reader, period, key, *one) for key, one in told.items())),
        Section(
            "By type and sub-type", tuple(_by_type(reader, period, key, *one) for key, one in brought.items())
        ),
        Section("Over time", charts.trends(reader, period, ("campaign_spend", "campaign_own_leads"))),
        Section("How to read it", (Notes(tuple(_notes(reader))),)),
    )


def _parts(reader: Reader, period: Period, shown: Mapping[str, str], *keys: str) -> _Parts:
    metrics = tuple(CATALOGUE[name] for name in shown.values())
    return _Parts(
        metrics,
        tuple(dict(measure.by(reader, one, period, *keys)) for one in metrics),
        tuple(measure.measure(reader, one, period) for one in metrics),
    )


def _columns(shown: Mapping[str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, title, KINDS[CATALOGUE[name].unit]) for title, name in shown.items())


def _by_campaign(reader: Reader, period: Period, key: str, title: str, shown: Mapping[str, str]) -> Table:
    """Return a line for each campaign that ran in the period or that anything of it belongs to, and for all."""
    parts = _parts(reader, period, shown, "campaign")
    span = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    running = [row["name"] for row in reader.rows(_RUNNING, span)]
    named = dict.fromkeys((*running, *(str(word) for part in parts.found for (word,) in part)))
    known = _known(reader)
    rows = [(known.get(name, name), *parts.cells((name,))) for name in named]
    rows += [("all", *map(cell, parts.whole))] if rows else []
    return Table(
        key, title, (Column("campaign", "Campaign"), *_columns(shown)), rows, "There was no campaign."
    )


def _known(reader: Reader) -> dict[str, Ref]:
    """Return the records that names belong to; a name that several campaigns have stands for all of them."""
    found: dict[str, list[int]] = {}
    for row in reader.rows("SELECT id, name FROM campaign"):
        found.setdefault(row["name"], []).append(row["id"])
    return {name: Ref(f"M{numbers[0]}", name) for name, numbers in found.items() if len(numbers) == 1}


def _by_type(reader: Reader, period: Period, key: str, title: str, shown: Mapping[str, str]) -> Table:
    """Return a line for each pair of type and sub-type, in the playbook's order."""
    parts = _parts(reader, period, shown, "type", "subtype")
    rows = [(in_words(reader, "type", key[0]), key[1], *parts.cells(key)) for key in _in_order(reader, parts)]
    rows += [("all", None, *map(cell, parts.whole))] if rows else []
    columns = (Column("type", "Type"), Column("subtype", "Sub-type"), *_columns(shown))
    return Table(f"{key}_by_type", title, columns, rows, "No campaign cost or brought anything.")


def _in_order(reader: Reader, parts: _Parts) -> Sequence[Key]:
    places = {kind.key: place for place, kind in enumerate(reader.playbook.campaign_types)}
    keys = dict.fromkeys(key for part in parts.found for key in part)
    return sorted(
        keys,
        key=lambda key: (
            key[0] is None,
            places.get(str(key[0]), len(places)),
            str(key[0]),
            str(key[1] or "~"),
        ),
    )


def _notes(reader: Reader) -> Sequence[str]:
    """Return what the figures mean."""
    notes = [
        "ROI: (gross profit − cost) / cost, so that 0% has just paid for itself; without a cost there is none.",
        "Gross profit is the revenue less the cost of the product lines sold; a win without them is left out of it.",
        "Leads, opportunities and wins are counted on the day they came, were opened, were won: costs may come before.",
    ]
    rate = reader.playbook.hour_costs
    if rate is not None:
        notes.append(
            f"Own time: the minutes of the activities of a campaign and of its leads and opportunities, at {money(rate)} an hour."
        )
    return notes
