"""The report of quotas: value won and points against what was to be reached, by month, quarter and year to date."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from improv.dates import Period, month_of, quarter_of
from improv.measure import Key
from improv.quotas import EVERYONE, Quotas, Standing, Whose
from improv.reader import Reader
from improv.report import Cell, Column, Kind, Notes, Percent, Section, Table
from improv.reports.parts import amount, in_words, ordered
from improv.statistics import TOO_FEW

# Columns that a page has beside those of every table of quotas, and what stands in them.
More = tuple[tuple[Column, Callable[[Standing, Whose], Cell]], ...]

_TITLES: Final = {"owner": "Salesperson", "business_unit": "Business unit"}
_OWNER: Final = ("owner",)
_UNIT: Final = ("business_unit",)


def quota(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return won value and points against their quotas, in the month a period ends in, its quarter and year to date."""
    value, points = Quotas(reader, "value"), Quotas(reader, "points")
    periods = _periods(period, reader.today)
    units = any(unit for (unit,) in value.subjects(periods[-1], _UNIT))
    wanted: list[tuple[Quotas, tuple[str, ...]]] = [
        (value, _OWNER),
        *([(value, _UNIT)] if units else []),
        *([(value, (*_OWNER, *_UNIT))] if value.names_both else []),
        (points, _OWNER),
    ]
    for quotas, keys in wanted:
        quotas.read_ahead(periods, *keys)
    sections = [
        Section(_heading(one, reader.today), tuple(standings(reader, *each, one) for each in wanted))
        for one in periods
    ]
    return (*sections, Section("How to read it", (Notes(tuple(_notes(reader, periods[-1]))),)))


def _periods(asked: Period, today: date) -> tuple[Period, Period, Period]:
    """Return the month that a period ends in, this month for one that is running, with its quarter and its year so far."""
    month = month_of(asked.last if asked.first > today else min(asked.last, today))
    year = Period(date(month.first.year, 1, 1), month.last, f"{month.first.year} up to {month.label[:3]}")
    return month, quarter_of(month.first), year


def _heading(period: Period, today: date) -> str:
    gone = (today - period.first).days + 1
    return f"{period.label}, day {gone} of {period.days}" if 0 < gone < period.days else period.label


def standings(
    reader: Reader, quotas: Quotas, keys: tuple[str, ...], period: Period, more: More = ()
) -> Table:
    """Return how each stands in a period; the last row is everyone together."""
    metric = quotas.metric
    unit: Kind = "money" if metric.unit == "money" else "number"
    listed = [
        (names, whose, quotas.standing(period, whose))
        for names, whose in _whose(reader, quotas, period, keys)
    ]
    rows = [
        (*names, *_figures(standing), *(tell(standing, whose) for _, tell in more))
        for names, whose, standing in listed
    ]
    return Table(
        f"{metric.name}_by_{'_'.join(keys)}_{period.unit or 'year_to_date'}",
        f"{metric.title} by {' and '.join(_TITLES[key].casefold() for key in keys)}",
        (
            *(Column(key, _TITLES[key]) for key in keys),
            Column("reached", metric.title.split()[-1].capitalize(), unit),
            Column("quota", "Quota", unit),
            Column("share", "Of quota", "share"),
            Column("missing", "Missing", unit),
            Column("pace", "Pace", unit),
            Column("verdict", "Verdict"),
            *(column for column, _ in more),
        ),
        rows,
        empty="No quota is set, and nothing was reached.",
        note=_partly([(names, standing) for names, _, standing in listed]),
    )


def _whose(
    reader: Reader, quotas: Quotas, period: Period, keys: tuple[str, ...]
) -> list[tuple[tuple[Cell, ...], Whose]]:
    """Return whose figures stand in the rows, with the cells that name them."""
    found: list[Key] = ordered([quotas.subjects(period, keys)])
    named: list[tuple[tuple[Cell, ...], Whose]] = [
        (
            tuple(in_words(reader, key, word) for key, word in zip(keys, words, strict=True)),
            dict(zip(keys, words, strict=True)),
        )
        for words in found
    ]
    if found or quotas.standing(period).quota:
        named.append((("all", *[None] * (len(keys) - 1)), EVERYONE))
    return named


def _figures(standing: Standing) -> tuple[Cell, ...]:
    """Return what somebody reached against a quota; a verdict only once it is certain."""

    def cell(figure: int | None) -> Cell:
        return amount(figure) if standing.metric.unit == "money" else figure

    return (
        cell(standing.reached),
        cell(standing.quota),
        None if standing.percent is None else Percent(standing.percent),
        cell(standing.missing),
        cell(standing.pace),
        None if standing.verdict == TOO_FEW else standing.verdict,
    )


def _partly(standings: list[tuple[tuple[Cell, ...], Standing]]) -> str:
    """Tell whose quotas do not cover every month of the period."""
    told = [
        f"{' in '.join(str(name) for name in names if name)} {standing.compared} of {standing.months}"
        for names, standing in standings
        if 0 < standing.compared < standing.months
    ]
    return f"Compared in the months with a quota: {', '.join(told)}." if told else ""


def _notes(reader: Reader, year: Period) -> Iterator[str]:
    """Yield what is compared with what."""
    yield f"{year.label} is the year to date, up to the end of that month, against the quotas of its months."
    yield "A quota counts month by month: the one that held on the month's first day."
    yield "All: the quota set for everyone, else the sum of the salespeople's where each has one."
    if reader.playbook.points:
        yield (
            f"A salesperson without a quota of points has the playbook's, {reader.playbook.points.quota:,} a month, "
            "from the first activity on."
        )
