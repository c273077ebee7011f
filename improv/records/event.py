"""An event: a booking with somebody. The day it was *set* and the day it is *scheduled for* make the gap."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from improv.records.base import Record, after, clock, day, named, not_negative, one_of, table
from improv.records.words import EVENT_OUTCOMES, EVENT_STATUSES


class Event(Record, table=True):
    """A booking. A moved event closes its booking as *moved* and opens a new one with its own set date.

    `first_set_on` is the set date of the first booking of the chain, so that the total wait is known.
    """

    __table_args__ = table(
        named("kind"),
        day("set_on"),
        day("scheduled_for"),
        day("closed_on"),
        day("first_set_on"),
        after("scheduled_for", "set_on", unless="imported"),
        after("closed_on", "set_on", unless="imported"),
        clock("scheduled_time"),
        clock("ends_time"),
        not_negative("reminder_minutes"),
        one_of("status", EVENT_STATUSES),
        one_of("outcome", EVENT_OUTCOMES),
        CheckConstraint("(status = 'scheduled') = (closed_on IS NULL)", name="closed_has_a_day"),
        Index("events_by_day", "scheduled_for", "status", "closed_on", "set_on"),
        Index("events_set", "set_on", "scheduled_for"),
        Index("events_ahead", "scheduled_for", sqlite_where=text("status = 'scheduled'")),
        Index("events_closed", "closed_on"),
    )

    kind: str
    subject: str | None = None
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    set_on: date
    scheduled_for: date
    scheduled_time: str | None = None
    ends_time: str | None = None
    place: str | None = None
    reminder_minutes: int | None = None
    confirmation_on: date | None = None
    visit_kind: str | None = None
    assigned_to: str | None = None
    assigned_by: str | None = None
    anticipated_stage: str | None = None
    status: str = "scheduled"
    closed_on: date | None = None
    actual_stage: str | None = None
    outcome: str | None = None
    discussion: str | None = None
    moved_from_id: int | None = Field(default=None, foreign_key="event.id", index=True)
    first_set_on: date
    external_id: str | None = None
    imported: bool = False
