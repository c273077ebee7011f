"""A snooze: a red flag that somebody put aside for one record."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, after, day, exactly_one, named, one_of, table
from improv.records.words import FLAGGED, SEVERITIES


class Snooze(Record, table=True):
    """A span in which one flag is quiet about one record: until a day, or for as long as it neither ends nor gets worse.

    The last one about a flag and a record holds. `severity` is how grave it was then, and `ended_on` the day it was
    taken back.
    """

    __table_args__ = table(
        named("code"),
        exactly_one(*(f"{noun}_id" for noun in FLAGGED)),
        one_of("severity", SEVERITIES),
        day("since_on"),
        day("until_on"),
        day("ended_on"),
        after("until_on", "since_on"),
        after("ended_on", "since_on"),
    )

    code: str
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    referral_id: int | None = Field(default=None, foreign_key="referral.id", index=True)
    event_id: int | None = Field(default=None, foreign_key="event.id", index=True)
    quota_id: int | None = Field(default=None, foreign_key="quota.id", index=True)
    severity: str
    since_on: date
    until_on: date | None = None
    because: str | None = None
    ended_on: date | None = None
    task_id: int | None = Field(default=None, foreign_key="task.id", index=True)
