"""A client visit, and what it yields: testimonials, stories and referrals."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field

from improv.records.base import Record, after, between, clock, day, named, not_negative, one_of, table
from improv.records.words import PERMISSIONS, TESTIMONIAL_KINDS


class Visit(Record, table=True):
    """A visit that was held. Its booking, if there was one, is the event it names."""

    __table_args__ = table(
        day("held_on"), between("satisfaction", 1, 5), Index("visits_by_day", "client_id", "held_on")
    )

    client_id: int = Field(foreign_key="client.id")
    event_id: int | None = Field(default=None, foreign_key="event.id", index=True)
    kind: str | None = None
    held_on: date = Field(index=True)
    attendees: str | None = None
    topics: str | None = None
    outcomes: str | None = None
    satisfaction: int | None = None
    asked_testimonial: bool = False
    asked_story: bool = False
    asked_referral: bool = False
    next_steps: str | None = None
    owner: str | None = None
    external_id: str | None = None


class Testimonial(Record, table=True):
    """A client's praise, with the permission to publish it and where it was used."""

    __table_args__ = table(
        day("given_on"),
        one_of("kind", TESTIMONIAL_KINDS),
        between("rating", 1, 5),
        one_of("permission", PERMISSIONS),
        day("published_on"),
        day("used_on"),
        after("published_on", "given_on"),
        after("used_on", "given_on"),
    )

    client_id: int = Field(foreign_key="client.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    given_on: date = Field(index=True)
    method: str | None = None
    kind: str | None = None
    collected_by: str | None = None
    content: str | None = None
    rating: int | None = None
    permission: str | None = None
    published_on: date | None = None
    published_where: str | None = None
    used_on: date | None = None
    external_id: str | None = None


class Story(Record, table=True):
    """What was achieved at a client, with the numbers in it."""

    __table_args__ = table(day("told_on"), one_of("permission", PERMISSIONS))

    client_id: int = Field(foreign_key="client.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    told_on: date = Field(index=True)
    achieved: str | None = None
    numbers: str | None = None
    permission: str | None = None
    external_id: str | None = None


class Referral(Record, table=True):
    """Somebody a client named to us: due a first contact within the hours the playbook gives."""

    __table_args__ = table(
        named("name"),
        day("received_on"),
        clock("received_time"),
        not_negative("estimated_value"),
        day("contacted_on"),
        clock("contacted_time"),
        day("declined_on"),
        after("contacted_on", "received_on"),
        after("declined_on", "received_on"),
    )

    client_id: int = Field(foreign_key="client.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    name: str
    name_folded: str
    received_on: date = Field(index=True)
    received_time: str | None = None
    how: str | None = None
    kind: str | None = None
    email: str | None = None
    phone: str | None = None
    estimated_value: int | None = None
    incentive: str | None = None
    contacted_on: date | None = None
    contacted_time: str | None = None
    declined_on: date | None = None
    external_id: str | None = None
