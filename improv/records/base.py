"""What every record shares: an id that is never reused, the instant it was typed in, and its checks.

SQLModel tables do not validate on construction, so `improv.store` validates explicitly, and the same rules stand
in the table as CHECK constraints: whatever writes, a day is a day and a status is one of its words.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from improv import unneeded  # noqa: F401 - before what would load it

# isort: split
from sqlalchemy import CheckConstraint, Dialect, Index, String, TypeDecorator
from sqlmodel import Field, SQLModel

FIRST_DAY = "1900-01-01"
LAST_DAY = "2199-12-31"
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, kept as `2026-11-22T07:40:00Z`: text that sorts by time on every engine."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write an aware datetime as UTC text."""
        return None if value is None else value.astimezone(UTC).strftime(INSTANT)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read UTC text as an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


class Record(SQLModel):
    """A row that can be named by a letter and a number, and says when it was typed in."""

    id: int | None = Field(default=None, primary_key=True)
    recorded_at: datetime = Field(sa_type=Instant)


def is_a_day(column: str) -> str:
    """Return the rule of a day that exists. Only with a modifier does SQLite turn 30 February into a real day."""
    return f"(date({column}, '+0 days') IS {column} AND {column} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}')"


def day(column: str) -> CheckConstraint:
    """Check that a column is empty or a day that exists, from 1900 to 2199."""
    return CheckConstraint(f"{column} IS NULL OR {is_a_day(column)}", name=f"{column}_is_a_day")


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """Check that a column is empty or one of a fixed list of words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IS NULL OR {column} IN ({listed})", name=f"{column}_is_known")


def _whole(column: str) -> str:
    """Money and counts are integers: SQLite would keep a fraction in an INTEGER column."""
    return f"typeof({column}) = 'integer'"


def between(column: str, low: int, high: int) -> CheckConstraint:
    """Check that a column is empty or a whole number within a range."""
    return CheckConstraint(
        f"{column} IS NULL OR ({_whole(column)} AND {column} BETWEEN {low} AND {high})",
        name=f"{column}_in_range",
    )


def not_negative(column: str) -> CheckConstraint:
    """Check that a column is empty or not below zero."""
    return CheckConstraint(
        f"{column} IS NULL OR ({_whole(column)} AND {column} >= 0)", name=f"{column}_not_negative"
    )


def whole(column: str) -> CheckConstraint:
    """Check that a column is empty or a whole number."""
    return CheckConstraint(f"{column} IS NULL OR {_whole(column)}", name=f"{column}_is_whole")


def clock(column: str) -> CheckConstraint:
    """Check that a column is empty or a local time, HH:MM."""
    return CheckConstraint(
        f"{column} IS NULL OR strftime('%H:%M', {column}, '+0 days') IS {column}", name=f"{column}_is_a_time"
    )


def named(column: str) -> CheckConstraint:
    """Check that a name is not blank."""
    return CheckConstraint(f"length(trim({column})) > 0", name=f"{column}_is_given")


def exactly_one(*columns: str) -> CheckConstraint:
    """Check that a row belongs to exactly one record."""
    total = " + ".join(f"({column} IS NOT NULL)" for column in columns)
    return CheckConstraint(f"{total} = 1", name="belongs_to_one")


def at_most_one(*columns: str) -> CheckConstraint:
    """Check that a row belongs to no more than one record."""
    total = " + ".join(f"({column} IS NOT NULL)" for column in columns)
    return CheckConstraint(f"{total} <= 1", name="belongs_to_at_most_one")


def after(later: str, earlier: str, *, unless: str = "") -> CheckConstraint:
    """Check that one day is not before another; `unless` names a column that lifts the rule (imported rows)."""
    rule = f"{later} IS NULL OR {later} >= {earlier}"
    return CheckConstraint(
        rule + (f" OR {unless} = 1" if unless else ""), name=f"{later}_not_before_{earlier}"
    )


def table(*rules: CheckConstraint | Index) -> tuple[Any, ...]:
    """Return `__table_args__`: the rules, an instant that is one, and ids that are never reused."""
    instant = f"strftime('{INSTANT}', recorded_at, '+0 days') IS recorded_at"
    recorded = CheckConstraint(instant, name="recorded_at_is_an_instant")
    return (*rules, recorded, {"sqlite_autoincrement": True})
