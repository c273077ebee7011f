"""A span of a lead's lifecycle."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from improv.records.base import Record, after, day, one_of, table
from improv.records.words import LIFECYCLE


class Lifecycle(Record, table=True):
    """A span of a lead's life: subscriber, lead, MQL, SQL, opportunity or customer."""

    __table_args__ = table(
        one_of("state", LIFECYCLE),
        day("since"),
        day("until"),
        after("until", "since"),
        Index("one_open_lifecycle", "lead_id", unique=True, sqlite_where=text("until IS NULL")),
    )

    lead_id: int = Field(foreign_key="lead.id", index=True)
    state: str
    since: date
    until: date | None = None
    because: str | None = None
