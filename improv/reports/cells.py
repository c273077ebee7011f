"""The cells of a report's tables, made of what the store holds. Nothing here measures: today's page loads no metric."""

from datetime import date
from sqlite3 import Row

from improv.dates import Period
from improv.report import Cell, Days, Money, Ref

Rows = tuple[tuple[Cell, ...], ...]


def amount(minor: float | None) -> Money | None:
    """Return minor units as an amount."""
    return None if minor is None else Money(round(minor))


def day(text: str | None) -> date | None:
    """Return a day as the store writes it."""
    return None if text is None else date.fromisoformat(text)


def days(length: float | None) -> Days | None:
    """Return a length of time."""
    return None if length is None else Days(length)


def ref(row: Row) -> Ref | None:
    """Return the record that a row names by `letter`, `number` and `name`."""
    return None if row["number"] is None else Ref(f"{row['letter']}{row['number']}", row["name"] or "")


def span(period: Period) -> dict[str, str]:
    """Return the ends of a period as a query takes them."""
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}
