"""An opening for further business found at a client."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, after, day, named, not_negative, table


class Upsell(Record, table=True):
    """An opening for further business found at a client, until it is pursued or dropped."""

    __table_args__ = table(
        named("what"),
        not_negative("value"),
        day("found_on"),
        day("closed_on"),
        after("closed_on", "found_on"),
    )

    client_id: int = Field(foreign_key="client.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    what: str
    value: int | None = None
    found_on: date
    closed_on: date | None = None
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    because: str | None = None
