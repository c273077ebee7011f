"""A contract renewal of a client."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, day, table


class Renewal(Record, table=True):
    """A contract renewal that falls due, and the day it was discussed."""

    __table_args__ = table(day("due_on"), day("noted_on"), day("discussed_on"))

    client_id: int = Field(foreign_key="client.id", index=True)
    due_on: date
    noted_on: date
    discussed_on: date | None = None
