"""An enrolment: a lead or a client on a track, its pauses, and what became of its steps."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from improv.records.base import Record, after, day, exactly_one, named, not_negative, one_of, table
from improv.records.words import ENDINGS, STEP_ENDINGS


class Enrolment(Record, table=True):
    """A span on a track of the playbook, what brought them there, and how it ended. Nobody is on two at once."""

    __table_args__ = table(
        named("track"),
        exactly_one("lead_id", "client_id"),
        day("since"),
        day("until"),
        after("until", "since"),
        one_of("ending", ENDINGS),
        CheckConstraint("(until IS NULL) = (ending IS NULL)", name="an_end_says_how"),
        Index("one_open_enrolment_of_lead", "lead_id", unique=True, sqlite_where=text("until IS NULL")),
        Index("one_open_enrolment_of_client", "client_id", unique=True, sqlite_where=text("until IS NULL")),
    )

    track: str
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    client_id: int | None = Field(default=None, foreign_key="client.id", index=True)
    since: date
    until: date | None = None
    ending: str | None = None
    because: str | None = None


class EnrolmentPause(Record, table=True):
    """A pause of an enrolment: until a day that was said, or until it was resumed, whichever comes first."""

    __tablename__ = "enrolment_pause"
    __table_args__ = table(
        day("since"), day("until_on"), day("ended_on"), after("until_on", "since"), after("ended_on", "since")
    )

    enrolment_id: int = Field(foreign_key="enrolment.id", index=True)
    since: date
    until_on: date | None = None
    ended_on: date | None = None


class EnrolmentStep(Record, table=True):
    """A step that became a task, known by its day on the track, and what became of it."""

    __tablename__ = "enrolment_step"
    __table_args__ = table(
        not_negative("step"),
        named("kind"),
        day("made_on"),
        day("ended_on"),
        after("ended_on", "made_on"),
        one_of("ending", STEP_ENDINGS),
        CheckConstraint("(ended_on IS NULL) = (ending IS NULL)", name="an_end_says_how"),
        Index("each_step_once", "enrolment_id", "step", unique=True),
    )

    enrolment_id: int = Field(foreign_key="enrolment.id")
    step: int
    kind: str
    task_id: int = Field(foreign_key="task.id", index=True)
    made_on: date
    ended_on: date | None = None
    ending: str | None = None
