"""An opportunity: a sale that may be won, with its stays in stages, its dated terms and its outcome."""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from improv.records.base import (
    Record,
    after,
    at_most_one,
    between,
    day,
    named,
    not_negative,
    one_of,
    table,
    whole,
)
from improv.records.words import CONTACT_ROLES, OPPORTUNITY_TYPES, OUTCOMES


class Opportunity(Record, table=True):
    """A sale that may be won. Its stage, terms and outcome are dated and stand in tables of their own."""

    __table_args__ = table(named("title"), day("opened_on"), one_of("type", OPPORTUNITY_TYPES))

    title: str
    title_folded: str = Field(index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    description: str | None = None
    type: str | None = None
    opened_on: date = Field(index=True)
    source: str | None = None
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    business_unit: str | None = None
    location: str | None = None
    rating: str | None = None
    external_id: str | None = None
    imported: bool = False


class OpportunityTerms(Record, table=True):
    """What was expected of an opportunity from a day on: value, probability, close date, owner. The last holds."""

    __tablename__ = "opportunity_terms"
    __table_args__ = table(
        day("on_day"),
        day("close_on"),
        not_negative("value"),
        between("probability", 0, 100),
        Index("terms_of_opportunity", "opportunity_id", "on_day"),
    )

    opportunity_id: int = Field(foreign_key="opportunity.id")
    on_day: date
    value: int | None = None
    probability: int | None = None
    close_on: date | None = None
    owner: str | None = None


class StageStay(Record, table=True):
    """A stay of an opportunity in a stage. No more than one is open; `sequence` orders stays of one day.

    An imported stay may end before it began: it is reported and left out of averages.
    """

    __tablename__ = "stage_stay"
    __table_args__ = table(
        named("stage"),
        whole("sequence"),
        day("since"),
        day("until"),
        after("until", "since", unless="imported"),
        Index("one_open_stay", "opportunity_id", unique=True, sqlite_where=text("until IS NULL")),
        Index("stays_of_opportunity", "opportunity_id", "sequence"),
        Index("stays_in_stage", "stage", "since", "until"),
    )

    opportunity_id: int = Field(foreign_key="opportunity.id")
    stage: str
    since: date
    until: date | None = None
    sequence: int
    imported: bool = False


class OpportunityOutcome(Record, table=True):
    """How an opportunity ended: won, lost or no decision, on a day and in a stage; `until` when it was reopened."""

    __tablename__ = "opportunity_outcome"
    __table_args__ = table(
        one_of("outcome", OUTCOMES),
        day("since"),
        day("until"),
        after("until", "since", unless="imported"),
        Index("one_open_outcome", "opportunity_id", unique=True, sqlite_where=text("until IS NULL")),
        Index("outcomes_by_day", "since", "outcome"),
    )

    opportunity_id: int = Field(foreign_key="opportunity.id", index=True)
    outcome: str
    stage: str | None = None
    since: date
    until: date | None = None
    reason: str | None = None
    words: str | None = None
    imported: bool = False


class ProductLine(Record, table=True):
    """A line of an offer: revenue, cost, and whether it is included. Margin is revenue less cost."""

    __tablename__ = "product_line"
    __table_args__ = table(named("product"), not_negative("revenue"), not_negative("cost"), day("added_on"))

    opportunity_id: int = Field(foreign_key="opportunity.id", index=True)
    product: str
    revenue: int | None = None
    cost: int | None = None
    included: bool = True
    added_on: date


class Contact(Record, table=True):
    """A person at the other side and their role: influencer, decision maker or buyer."""

    __table_args__ = table(
        named("name"),
        one_of("role", CONTACT_ROLES),
        day("added_on"),
        at_most_one("opportunity_id", "client_id"),
    )

    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    name: str
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    added_on: date
