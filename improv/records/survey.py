"""A survey answer: why somebody clicked, bought, did not buy, called support or left, as they say themselves."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from improv.records.base import Record, at_most_one, day, one_of, table
from improv.records.words import QUESTIONS


class SurveyAnswer(Record, table=True):
    """What somebody answered to one question, on one day: a reason of the playbook, their own words, or both."""

    __tablename__ = "survey_answer"
    __table_args__ = table(
        one_of("question", QUESTIONS),
        CheckConstraint("reason IS NOT NULL OR words IS NOT NULL", name="says_something"),
        day("answered_on"),
        at_most_one("lead_id", "opportunity_id", "client_id"),
        Index("answers_of_lead", "lead_id", "answered_on"),
        Index("answers_of_opportunity", "opportunity_id", "answered_on"),
        Index("answers_of_client", "client_id", "answered_on"),
    )

    question: str
    reason: str | None = None
    words: str | None = None
    answered_on: date = Field(index=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id")
    client_id: int | None = Field(default=None, foreign_key="client.id")
    external_id: str | None = None
