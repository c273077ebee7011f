"""The rows of a metric's population, counted in the store: by state, length and whatever they are cut by."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from sqlite3 import Row

from improv.dates import Period
from improv.metrics import Metric
from improv.metrics.dimensions import dimensions
from improv.metrics.metric import DAYS_IN_YEAR
from improv.metrics.reading import Group
from improv.reader import Reader


def grouped(
    reader: Reader,
    metric: Metric,
    period: Period,
    cuts: Sequence[str] = (),
    joins: str = "",
    *,
    everything: bool = False,
) -> list[Group]:
    """Return the population's rows in the period, counted by state, length and each cut; `everything`: of any day."""
    # What is the same of every row, or told of none, is no group: each costs a sort of all of them.
    same = {"left_out": "NULL", "state": "NULL", "days": "NULL", "ended": "0" if metric.can_last else "1"}
    present = [column for column in same if metric.has(column) and _is_told(metric, column)]
    shown = [f"{cut} AS cut_{place}" for place, cut in enumerate(cuts)]
    shown += [
        f"p.{column} AS {column}" if column in present else f"{nothing} AS {column}"
        for column, nothing in same.items()
    ]
    shown += (
        ["SUM(p.value) AS total", "COUNT(p.value) AS valued"]
        if metric.has("value")
        else ["0 AS total", "0 AS valued"]
    )
    groups = [*cuts, *(f"p.{column}" for column in present)]
    rows = f"FROM ({metric.sql}) AS p{joins}" + ("" if everything else f" WHERE {counts(metric)}")
    sql = f"SELECT {', '.join(shown)}, COUNT(*) AS n {rows}"
    sql += f" GROUP BY {', '.join(groups)}" if groups else ""
    days = tuple(day for name, day in _bound(reader, period).items() if f":{name}" in sql)

    def find() -> list[Group]:
        found = _without_a_sort(reader, metric, period, rows) if groups == ["p.left_out"] else None
        return list(each(reader, metric, sql, period)) if found is None else found

    return reader.kept((sql, days), find)


def cuts_of(reader: Reader, metric: Metric, keys: Sequence[str]) -> tuple[list[str], str]:
    """Return the columns that stand for the keys, and the joins that bring them."""
    cuts: list[str] = []
    joins = ""
    for place, key in enumerate(keys):
        found = dimensions(metric, key, reader.playbook)
        # The population's own column comes first: it knows the day, a dimension only how things stand.
        if key in metric.keys or not found:
            cuts.append("substr(p.day, 1, 7)" if key == "month" else f"p.{key}")
            continue
        names = [f"d{place}_{number}" for number in range(len(found))]
        words = [f"{name}.word" for name in names]
        cuts.append(f"COALESCE({', '.join(words)})" if len(words) > 1 else words[0])
        for name, (sql, column) in zip(names, found, strict=True):
            joins += f" LEFT JOIN ({sql}) AS {name} ON {name}.id = p.{column}"
    return cuts, joins


def counts(metric: Metric) -> str:
    """Return the condition under which a row of the population counts in a period."""
    if metric.is_level:
        return "p.since <= :on AND (p.until IS NULL OR p.until > :on)"
    return "p.day BETWEEN :first AND :last"


def each(reader: Reader, metric: Metric, sql: str, period: Period) -> Iterator[Row]:
    """Return what a query over a metric's population finds; one of the user's own is watched."""
    if not metric.query:
        return reader.each(sql, _bound(reader, period))
    from improv.query import watched  # noqa: PLC0415 - only a metric of the user's own needs it

    with watched(reader, metric.query):
        return iter(reader.rows(sql, _bound(reader, period)))


def _without_a_sort(reader: Reader, metric: Metric, period: Period, rows: str) -> list[Group] | None:
    """Return what counts, and what is left out for the one reason there is; nothing where there are several to tell apart."""
    total, valued = (
        (f"{what}(p.value) FILTER (WHERE p.left_out IS NULL)" if metric.has("value") else "0")
        for what in ("SUM", "COUNT")
    )
    sql = f"""SELECT {total} AS total, {valued} AS valued, COUNT(*) - COUNT(p.left_out) AS counted,
        COUNT(p.left_out) AS others, MIN(p.left_out) AS reason, MAX(p.left_out) AS another {rows}"""
    row = next(each(reader, metric, sql, period))
    if row["reason"] != row["another"]:
        return None
    same = {"state": None, "days": None, "ended": not metric.can_last}
    counted = {"left_out": None, "n": row["counted"], "total": row["total"], "valued": row["valued"], **same}
    others = {"left_out": row["reason"], "n": row["others"], "total": 0, "valued": 0, **same}
    return [group for group in (counted, others) if group["n"]]


def _is_told(metric: Metric, column: str) -> bool:
    """Tell whether what a reading says may differ by a column."""
    if column == "state":
        return metric.kind not in {"count", "total"}
    return column != "ended" or metric.can_last or bool(metric.query)


def _bound(reader: Reader, period: Period) -> dict[str, str]:
    on = min(period.last, reader.today)
    days = {
        "first": period.first,
        "last": period.last,
        "on": on,
        "year_began": on - timedelta(days=DAYS_IN_YEAR - 1),
    }
    return {name: day.isoformat() for name, day in days.items()}
