"""A touch: one contact that somebody made by themselves, the visitor who made it, and each person's own link."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from improv.records.base import (
    Record,
    after,
    at_most_one,
    clock,
    day,
    exactly_one,
    named,
    not_negative,
    one_of,
    table,
)
from improv.records.words import TOUCHES


class Visitor(Record, table=True):
    """Somebody who visits a page or opens a mail: nobody we know, until they are found to be a lead or a client.

    `known_as` is what tells one from another: a keyed hash of address and browser, a mail address, or the id a
    mailing program gives. Who they are is learnt on `attributed_on`: before that day nobody knew.
    """

    __table_args__ = table(
        named("known_as"),
        day("seen_on"),
        day("attributed_on"),
        after("attributed_on", "seen_on"),
        at_most_one("lead_id", "client_id"),
        CheckConstraint(
            "(attributed_on IS NULL) = (lead_id IS NULL AND client_id IS NULL)", name="attributed_on_a_day"
        ),
        Index("one_visitor", "known_as", unique=True),
    )

    known_as: str
    email: str | None = Field(default=None, index=True)
    name: str | None = None
    seen_on: date = Field(index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    attributed_on: date | None = None
    because: str | None = None


class Link(Record, table=True):
    """A link of one person's own: whoever follows it is that person. Its tag cannot be guessed."""

    __table_args__ = table(
        named("tag"),
        named("url"),
        day("made_on"),
        exactly_one("lead_id", "client_id"),
        Index("one_tag", "tag", unique=True),
    )

    tag: str
    url: str
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    made_on: date


class Touch(Record, table=True):
    """A page opened, a form sent, a chat, a mail opened or clicked: on one day, by a lead, a client or a visitor."""

    __table_args__ = table(
        one_of("kind", TOUCHES),
        day("on_day"),
        clock("at_time"),
        not_negative("seconds"),
        exactly_one("lead_id", "client_id", "visitor_id"),
        Index("touches_of_lead", "lead_id", "on_day"),
        Index("touches_of_client", "client_id", "on_day"),
        Index("touches_of_visitor", "visitor_id", "on_day"),
    )

    kind: str
    on_day: date = Field(index=True)
    at_time: str | None = None
    page: str | None = None
    seconds: int | None = None
    words: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    link_id: int | None = Field(default=None, foreign_key="link.id", index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    client_id: int | None = Field(default=None, foreign_key="client.id")
    visitor_id: int | None = Field(default=None, foreign_key="visitor.id")
    external_id: str | None = Field(default=None, index=True)
