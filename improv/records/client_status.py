"""A span of a client's life: active or former."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from improv.records.base import Record, after, day, one_of, table
from improv.records.words import CLIENT_STATUSES


class ClientStatus(Record, table=True):
    """A span of a client's life: active or former, and why they left."""

    __tablename__ = "client_status"
    __table_args__ = table(
        one_of("status", CLIENT_STATUSES),
        day("since"),
        day("until"),
        after("until", "since"),
        Index("one_open_status", "client_id", unique=True, sqlite_where=text("until IS NULL")),
    )

    client_id: int = Field(foreign_key="client.id", index=True)
    status: str
    since: date
    until: date | None = None
    reason: str | None = None
