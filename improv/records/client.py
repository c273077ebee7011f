"""A client: an account that bought."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, day, named, not_negative, table


class Client(Record, table=True):
    """An account that bought. Owner, health, engagement and yearly revenue are dated readings."""

    __table_args__ = table(
        named("name"), day("since_on"), not_negative("referrals_before"), day("unsubscribed_on")
    )

    name: str
    name_folded: str = Field(index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    industry: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    since_on: date = Field(index=True)
    referrals_before: int | None = None
    unsubscribed_on: date | None = None
    external_id: str | None = None
