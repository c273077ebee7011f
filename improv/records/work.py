"""What is done every day: activities, follow-up tasks and notes."""

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
    whole,
)
from improv.records.words import NOTED, RESPONSES


class Activity(Record, table=True):
    """Something done towards a sale or a client: a dial, a call, an email, a card."""

    __table_args__ = table(
        named("kind"),
        day("done_on"),
        clock("done_time"),
        not_negative("minutes"),
        whole("times"),
        CheckConstraint("times >= 1", name="at_least_once"),
        one_of("response", RESPONSES),
        at_most_one("lead_id", "opportunity_id", "client_id"),
        Index("activities_of_lead", "lead_id", "done_on"),
        Index("activities_of_opportunity", "opportunity_id", "done_on"),
        Index("activities_of_client", "client_id", "done_on"),
    )

    kind: str
    times: int = 1
    subject: str | None = None
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id")
    client_id: int | None = Field(default=None, foreign_key="client.id")
    done_on: date = Field(index=True)
    done_time: str | None = None
    minutes: int | None = None
    response: str | None = None
    outcome: str | None = None
    owner: str | None = None
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    notes: str | None = None
    external_id: str | None = None


class Task(Record, table=True):
    """A follow-up to do. The day it is due is a reading, so that moving it keeps the past true."""

    __table_args__ = table(
        named("what"),
        at_most_one("lead_id", "opportunity_id", "client_id"),
        day("created_on"),
        day("done_on"),
        after("done_on", "created_on"),
    )

    what: str
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    created_on: date
    assigned_to: str | None = None
    assigned_by: str | None = None
    done_on: date | None = Field(default=None, index=True)
    external_id: str | None = None


class Note(Record, table=True):
    """Text on any record: who wrote it and when; a pinned one stands first."""

    __table_args__ = table(named("text"), exactly_one(*(f"{noun}_id" for noun in NOTED)), day("noted_on"))

    text: str
    pinned: bool = False
    noted_on: date
    written_by: str | None = None
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    event_id: int | None = Field(default=None, foreign_key="event.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    testimonial_id: int | None = Field(default=None, foreign_key="testimonial.id", index=True)
    story_id: int | None = Field(default=None, foreign_key="story.id", index=True)
    referral_id: int | None = Field(default=None, foreign_key="referral.id", index=True)
    activity_id: int | None = Field(default=None, foreign_key="activity.id", index=True)
    task_id: int | None = Field(default=None, foreign_key="task.id", index=True)
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
