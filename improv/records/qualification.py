"""A verdict on a lead."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, day, one_of, table
from improv.records.words import QUALIFIED


class Qualification(Record, table=True):
    """A verdict on a lead: qualified or not, on a day, and why. The last one holds."""

    __table_args__ = table(one_of("verdict", QUALIFIED), day("decided_on"))

    lead_id: int = Field(foreign_key="lead.id", index=True)
    decided_on: date
    verdict: str
    because: str | None = None
