"""A quota: what somebody is to reach in a period, from a day on; the last one holds."""

from datetime import date

from sqlalchemy import CheckConstraint

from improv.records.base import Record, day, not_negative, one_of, table
from improv.records.words import QUOTA_PERIODS


class Quota(Record, table=True):
    """What is to be won (`value`, in minor units) or earned (`points`) each month, quarter or year from a day on.

    It is a salesperson's, a business unit's, or both; with neither it is everyone's together. 0 ends it.
    """

    __table_args__ = table(
        day("on_day"),
        one_of("per", QUOTA_PERIODS),
        not_negative("value"),
        not_negative("points"),
        CheckConstraint("(value IS NULL) <> (points IS NULL)", name="value_or_points"),
        # Activities belong to people alone.
        CheckConstraint("points IS NULL OR unit IS NULL", name="points_have_no_unit"),
    )

    on_day: date
    value: int | None = None
    points: int | None = None
    per: str
    owner: str | None = None
    unit: str | None = None
