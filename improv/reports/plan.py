"""Planning backwards: what so many wins need, at the user's own rates and at the playbook's."""

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from improv import measure, statistics
from improv.dates import Period
from improv.errors import Usage
from improv.metrics import CATALOGUE
from improv.metrics.reading import DAYS_IN, Reading
from improv.money import money
from improv.named import NamedTuple
from improv.playbook import Playbook
from improv.playbook.check import findings
from improv.reader import Reader
from improv.report import Cell, Column, Notes, Percent, Report, Section, Table
from improv.reports.goals import first_day
from improv.scores import cell
from improv.statistics import TOO_FEW, Estimate


class Step(NamedTuple):
    """Something that is needed, counted by a metric: what it leads to, and the metric of the rate at which it does.

    Of what is `followed` only the rows count whose window is over: a hit shows early, a miss only at the end.
    """

    metric: str
    leads_to: str
    rate: str
    followed: bool = False


_WINS: Final = "won_deals"
_STEPS: Final = (
    Step("opportunities", _WINS, "won_of_closed"),
    Step("qualified_leads", "opportunities", "qualified_to_opportunity", followed=True),
    Step("new_leads", "opportunities", "lead_to_opportunity_within_90", followed=True),
    Step("appointments", _WINS, "appointments_per_win"),
    Step("conversations", _WINS, "conversations_per_win"),
)
# How many of each step one of what it leads to takes.
_Taken = Mapping[str, float]


class _Own(NamedTuple):
    """A rate of the user's own: its reading, how many it takes of the step, and how many rows say so."""

    reading: Reading
    taken: Estimate | None
    n: int


def plan(reader: Reader, wins: float, per: str, period: Period, note: str = "") -> Report:
    """Return what so many wins a week, month, quarter or year need, at the rates of a period and of the playbook."""
    own = {step.metric: _own(reader, step, period) for step in _STEPS}
    sources = {
        "Funnel": _funnel(reader.playbook),
        "Charter": _charter(reader.playbook),
        "Targets": _targets(reader.playbook),
    }
    amount = f"{wins:,.1f}".removesuffix(".0") + (" win" if wins == 1 else " wins")
    return Report(
        "plan",
        "Plan",
        f"{amount} a {per}, at the rates of {period.said}",
        (
            Section(f"Needed a {per}", (_needed(reader, wins, per, period, own, sources),)),
            Section("Rates", (_rates(own, sources),)),
            Section("How to read it", (Notes(tuple(_notes(reader, period, note))),)),
        ),
        reader.today,
        (period.first, period.last),
    )


def wins_for(reader: Reader, value: int, period: Period) -> tuple[float, str]:
    """Return how many wins bring an amount at the average deal of a period, and how that was reckoned."""
    deal = measure.measure(reader, CATALOGUE["average_deal"], period)
    if not deal.value or deal.parts is None:
        raise Usage(
            f"no deal won in {period.said} has a value to reckon with",
            money(value),
            "improv plan --wins 2 --per month",
        )
    wins = value / deal.value
    return (
        wins,
        f"{money(value)} is {wins:.1f} wins of {money(round(deal.value))}, the average deal of {deal.parts[1].n}.",
    )


# What it takes: at the user's own rates, and as the playbook says.


def _own(reader: Reader, step: Step, period: Period) -> _Own:
    reading = measure.measure(
        reader, CATALOGUE[step.rate], _followed(reader, period) if step.followed else period
    )
    if reading.parts is None:
        return _Own(reading, statistics.tries(reading.hits, reading.n), reading.n)
    count, hits = (round(part.value or 0) for part in reading.parts)
    # What nobody logs is not known to take none.
    return _Own(reading, statistics.count_per(count, hits) if count else None, count + hits)


def _followed(reader: Reader, period: Period) -> Period:
    """Return the part of a period whose windows are over."""
    over = reader.today - timedelta(days=reader.playbook.limits["conversion_long"] + 1)
    last = min(period.last, over)
    return period if last == period.last else Period(period.first, last, f"{period.first}..{last}")


def _funnel(book: Playbook) -> _Taken:
    """Return what the worked example of the funnel says."""
    funnel = book.funnel
    if funnel is None or not funnel.entered or not funnel.won:
        return {}
    return {"new_leads": funnel.leads / funnel.entered, "opportunities": funnel.entered / funnel.won}


def _charter(book: Playbook) -> _Taken:
    """Return what the charter's shares say."""
    if book.charter is None:
        return {}
    shares = {
        "qualified_leads": book.charter.qualified_lead_converts,
        "opportunities": book.charter.opportunity_wins,
    }
    return {name: share[1] / share[0] for name, share in shares.items() if share and share[0]}


def _targets(book: Playbook) -> _Taken:
    """Return what the targets say that were set together with that for wins: those of one origin."""
    wins = book.targets.get(_WINS)
    paces = {
        name: target.bound / DAYS_IN[target.per]
        for name in (_WINS, *(step.metric for step in _STEPS))
        if (target := book.targets.get(name)) and target.per and wins and target.origin == wins.origin
    }
    return {
        step.metric: paces[step.metric] / paces[step.leads_to]
        for step in _STEPS
        if step.metric in paces and paces.get(step.leads_to)
    }


def _way(name: str) -> list[Step]:
    """Return the steps from one to a win."""
    step = next((step for step in _STEPS if step.metric == name), None)
    return [] if step is None else [step, *_way(step.leads_to)]


# As it is told.


def _needed(
    reader: Reader,
    wins: float,
    per: str,
    period: Period,
    own: Mapping[str, _Own],
    sources: Mapping[str, _Taken],
) -> Table:
    """Return each step: how many are needed, and how many there were of late."""
    weight = reader.playbook.limits["history_weight"]
    paces = _paces(reader, per, period)
    rows: list[tuple[Cell, ...]] = [("won deals", _up(wins), None, paces[_WINS], *[_up(wins)] * len(sources))]
    for step in _STEPS:
        way = _way(step.metric)
        taken = [own[one.metric].taken for one in way]
        estimate = statistics.product([one for one in taken if one]) if all(taken) else None
        few = any(own[one.metric].n < weight for one in way)
        known = None if few or estimate is None or estimate.value is None else _up(wins * estimate.value)
        rows.append(
            (
                _named(step.metric),
                known,
                None if estimate is None else TOO_FEW if few else _range(wins, estimate),
                paces[step.metric],
                *(_at(wins, way, source) for source in sources.values()),
            )
        )
    return Table(
        "needed",
        f"Needed a {per}",
        (
            Column("step", "Step"),
            Column("needed", "Needed", "number"),
            Column("range", "95% range"),
            Column("pace", "So far", "number"),
            *(Column(name.casefold(), name, "number") for name in sources),
        ),
        rows,
        empty="There is nothing to plan.",
    )


def _paces(reader: Reader, per: str, period: Period) -> dict[str, float | None]:
    """Return how many of each step there were a week, month, quarter or year, since the first record at the earliest."""
    first, last = max(period.first, first_day(reader) or period.first), min(period.last, reader.today)
    days = (last - first).days + 1
    counts = {
        name: measure.measure(reader, CATALOGUE[name], period).value
        for name in (_WINS, *(step.metric for step in _STEPS))
    }
    return {
        name: None if count is None or days < 1 else count * DAYS_IN[per] / days
        for name, count in counts.items()
    }


def _at(wins: float, way: list[Step], source: _Taken) -> int | None:
    """Return how many a source of the playbook says are needed; nothing where it lacks a rate."""
    if any(step.metric not in source for step in way):
        return None
    return _up(wins * math.prod(source[step.metric] for step in way))


def _up(number: float) -> int:
    """Return a number rounded up: half a lead is none. One a hair above a whole number is that number."""
    return math.ceil(round(number, 6))


def _range(wins: float, estimate: Estimate) -> str:
    low = _up(wins * estimate.low)
    return f"from {low:,}" if estimate.high is None else f"{low:,}–{_up(wins * estimate.high):,}"


def _rates(own: Mapping[str, _Own], sources: Mapping[str, _Taken]) -> Table:
    """Return the rates that the plan stands on, each by the name of its metric."""
    return Table(
        "rates",
        "Rates",
        (
            Column("rate", "Rate"),
            Column("own", "Yours", "share"),
            Column("interval", "95% interval"),
            *(Column(name.casefold(), name, "number") for name in sources),
        ),
        [
            (
                _named(step.rate),
                cell(own[step.metric].reading),
                _interval(step, own[step.metric].taken),
                *(_rate_of(step, source.get(step.metric)) for source in sources.values()),
            )
            for step in _STEPS
        ],
        empty="There is nothing to plan.",
    )


def _is_share(step: Step) -> bool:
    return CATALOGUE[step.rate].kind == "share"


def _rate_of(step: Step, taken: float | None) -> Cell:
    """Return a rate as its metric tells it: a share, or how many for each win."""
    if taken is None or not _is_share(step):
        return taken
    return Percent(100 / taken)


def _interval(step: Step, taken: Estimate | None) -> str | None:
    if taken is None:
        return None
    if _is_share(step):
        return f"{100 / taken.high if taken.high else 0:.1f}–{100 / taken.low:.1f}%"
    return f"from {taken.low:.1f}" if taken.high is None else f"{taken.low:.1f}–{taken.high:.1f}"


def _named(metric: str) -> str:
    """Return a metric's name as people type it."""
    return metric.replace("_", " ")


def _notes(reader: Reader, period: Period, note: str) -> Iterator[str]:
    """Yield what the figures mean, and where to look behind them."""
    limits, followed = reader.playbook.limits, _followed(reader, period)
    if note:
        yield note
    if followed != period:
        known = (
            f"only those up to {followed.last} say"
            if followed.first <= followed.last
            else "none of these says yet"
        )
        yield f"A lead is followed for {limits['conversion_long']} days, so that {known} how many lead on."
    opened = measure.measure(reader, CATALOGUE["opportunities_from_leads"], period)
    if opened.n > opened.hits:
        yield f"Reckoned as if every opportunity came from a lead; of those opened {opened.hits} of {opened.n} did."
    yield f"Conversations are those of more than {limits['conversation_minutes']} minutes."
    yield (
        "The range is that of the rates, by Wilson's 95% interval; where two are multiplied, their distances are squared "
        "and added on the logarithmic scale. All is taken as independent, and luck comes on top. "
        f"Fewer than {limits['history_weight']} rows are too few to tell."
    )
    yield "Funnel, Charter and Targets are the playbook's; Targets are those set together with the one for wins."
    yield from _disagreements(reader.playbook)
    as_of = f" --as-of {reader.as_of}" if reader.as_of else ""
    for span, rate in ((period, _STEPS[0].rate), (followed, _STEPS[1].rate)):
        if span.first <= span.last:
            yield f"Behind a rate: improv explain {rate.replace('_', '-')} --for {span.first}..{span.last}{as_of}"


def _disagreements(book: Playbook) -> Iterator[str]:
    """Yield where the numbers of the playbook that are planned with cannot hold together."""
    for finding in findings(book):
        if any(key.startswith(("funnel.", "charter.")) for key in finding.keys):
            yield f"The playbook does not agree with itself: {finding.sentence}"
