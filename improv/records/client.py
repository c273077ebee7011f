"""A client: an account that bought, with its dated status, its renewals and its upsell openings."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from improv.records.base import Record, after, day, named, not_negative, one_of, table
from improv.records.words import CLIENT_STATUSES


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
    external_id: str | None = Field(default=None, index=True)


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


class Renewal(Record, table=True):
    """A contract renewal that falls due, and the day it was discussed."""

    __table_args__ = table(day("due_on"), day("noted_on"), day("discussed_on"))

    client_id: int = Field(foreign_key="client.id", index=True)
    due_on: date
    noted_on: date
    discussed_on: date | None = None


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
