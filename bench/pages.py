"""Whether a page says what hand-written SQL says: its tables row by row, its scorecards figure by figure."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from improv.dates import Period, parse_period
from improv.metrics import CATALOGUE, Metric
from improv.reader import Reader
from improv.reports.catalogue import CATALOGUE as REPORTS
from improv.reports.parts import trend_of

Row = Mapping[str, Any]

_OF_TABLE: Final = "of_table"


def figures(reader: Reader, words: str) -> list[tuple[Metric, Period]]:
    """Return each figure of a report's scorecards once: a metric, or the two of a ratio, in the period and its trend."""
    maker = REPORTS.get(words.removeprefix("report "))
    if maker is None or not maker.period:
        return []
    period = parse_period(maker.period, reader.today)
    parts = [part for group in maker.groups.values() for name in group for part in _parts(CATALOGUE[name])]
    found = [(one, each) for one in parts for each in (period, *trend_of(period, reader.today))]
    return list({(one.name, each.first, each.last): (one, each) for one, each in found}.values())


def _parts(metric: Metric) -> Iterator[Metric]:
    """Yield a metric, or all that a ratio is made of."""
    if metric.kind != "ratio":
        yield metric
    else:
        for name in (metric.of, metric.per):
            yield from _parts(CATALOGUE[name])


def differences(page: str, answers: Sequence[Sequence[Row]]) -> list[str]:
    """Return the answers that no part of a page, shown as JSON, gives.

    A row whose columns are metrics stands in a scorecard. Rows of other columns are the whole of one table or chart
    that has these columns, in any order; what the record in a column is called is the column's name and `_name`. A
    column `of_table` says of each row in which table it stands: so one look tells several.
    """
    parts = [block for section in json.loads(page)["sections"] for block in section["blocks"]]
    scores = {score["metric"]: _plain(score["value"]) for part in parts for score in part.get("scores", ())}
    tables = [
        (part["key"], list(map(_flat, part["rows"]))) for part in parts if part["kind"] in {"table", "chart"}
    ]
    return [
        f"not on the page: {dict(rows[0])}{' …' if len(rows) > 1 else ''}"
        for answer in answers
        for key, rows in _by_table(answer)
        if not _is_scored(scores, rows)
        and not any(_is_all_of(table, rows) for name, table in tables if key in {None, name})
    ]


def _by_table(answer: Sequence[Row]) -> Iterator[tuple[str | None, Sequence[Row]]]:
    """Yield the rows of an answer that stand in one table, with its key where they say it."""
    found: dict[str | None, list[Row]] = {}
    for row in answer:
        told = {column: value for column, value in row.items() if column != _OF_TABLE}
        found.setdefault(row.get(_OF_TABLE), []).append(told)
    yield from found.items()


def _is_scored(scores: Mapping[str, Any], rows: Sequence[Row]) -> bool:
    (row, *others) = rows
    return not others and all(name in scores and _same(scores[name], value) for name, value in row.items())


def _is_all_of(table: Sequence[Row], rows: Sequence[Row]) -> bool:
    if len(table) != len(rows) or not all(rows[0].keys() <= row.keys() for row in table):
        return False
    ours = sorted(([row[column] for column in rows[0]] for row in table), key=_order)
    theirs = sorted((list(row.values()) for row in rows), key=_order)
    return all(all(map(_same, one, other)) for one, other in zip(ours, theirs, strict=True))


def _order(row: Sequence[Any]) -> list[tuple[bool, str]]:
    return [(value is None, f"{value:.6f}" if isinstance(value, float) else str(value)) for value in row]


def _flat(row: Row) -> Row:
    """Return a row as SQL would give it, the name of each record in a column of its own."""
    names = {
        f"{key}_name": value["name"]
        for key, value in row.items()
        if isinstance(value, dict) and "name" in value
    }
    return {**{key: _plain(value) for key, value in row.items()}, **names}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a page shows
    """Return a value of a page as SQL would give it: an amount in minor units, a record by its id; a range is none."""
    if not isinstance(value, dict):
        return value
    return next((value[key] for key in _told() if key in value), None)


def _told() -> Iterator[str]:
    yield from ("minor", "value", "days", "percent", "id")


def _same(ours: Any, theirs: Any) -> bool:  # noqa: ANN401 - as above
    numbers = isinstance(ours, int | float) and isinstance(theirs, int | float)
    return math.isclose(ours, theirs, rel_tol=1e-9) if numbers else ours == theirs
