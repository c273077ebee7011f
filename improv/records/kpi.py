"""The KPI habit: the figures that are tracked, and what was changed to see what it does to them."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from improv.records.base import Record, after, day, named, table


class Kpi(Record, table=True):
    """A metric of the catalogue that was picked to be tracked from a day on, until the next pick."""

    __table_args__ = table(
        named("metric"),
        day("since"),
        day("until"),
        after("until", "since"),
        Index("one_open_pick", "metric", unique=True, sqlite_where=text("until IS NULL")),
    )

    metric: str
    since: date
    until: date | None = None


class Change(Record, table=True):
    """One thing that was changed on a day, such as the price: the figures before it are compared with those after."""

    __table_args__ = table(named("what"), day("on_day"))

    what: str
    on_day: date = Field(index=True)
