"""A lead: somebody who may become a client."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from improv.records.base import Record, day, named, table


class Lead(Record, table=True):
    """Somebody who may become a client. Owner, score and temperature are dated readings."""

    __table_args__ = table(
        named("name"),
        day("received_on"),
        day("met_on"),
        day("first_meeting_on"),
        day("unsubscribed_on"),
        Index("lead_company_folded", "company_folded", sqlite_where=text("company_folded IS NOT NULL")),
        Index("leads_of_source", "source", "received_on", sqlite_where=text("source IS NOT NULL")),
        Index("lead_email", text("lower(email)"), sqlite_where=text("email IS NOT NULL")),
    )

    name: str
    name_folded: str = Field(index=True)
    company: str | None = None
    company_folded: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    gender: str | None = None
    age_group: str | None = None
    job_profile: str | None = None
    industry: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    received_on: date = Field(index=True)
    source: str | None = None
    referring_client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    met_at: str | None = None
    met_on: date | None = None
    platform: str | None = None
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    first_meeting_on: date | None = None
    unsubscribed_on: date | None = None
    external_id: str | None = None
