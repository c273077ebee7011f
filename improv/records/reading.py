"""A reading: what somebody said of a lead, a client or a task on a day; the last one holds."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from improv.records.base import Record, day, exactly_one, is_a_day, one_of, table, whole
from improv.records.words import READINGS


class Reading(Record, table=True):
    """A dated value: owner, score, temperature, health, engagement, yearly revenue, or the day a task is due.

    Numbers (score, health and engagement 0-100, revenue in minor units a year) stand in `value`, words and days in
    `text`. A score, health or engagement with `parts` was not said by anybody: the playbook's formula was kept. One
    in words leaves it to the formula from that day on.
    """

    __table_args__ = table(
        exactly_one("lead_id", "client_id", "task_id"),
        one_of("kind", READINGS),
        day("on_day"),
        whole("value"),
        CheckConstraint(f"kind <> 'due' OR {is_a_day('text')}", name="due_is_a_day"),
        CheckConstraint("(value IS NULL) <> (text IS NULL)", name="a_number_or_words"),
        CheckConstraint(
            "kind NOT IN ('score', 'health', 'engagement') OR value BETWEEN 0 AND 100",
            name="scores_up_to_100",
        ),
        CheckConstraint(
            "parts IS NULL OR (kind IN ('health', 'engagement', 'score') AND value IS NOT NULL AND json_valid(parts))",
            name="parts_of_a_rating",
        ),
        Index("reading_of_lead", "lead_id", "kind", "on_day"),
        Index("reading_of_client", "client_id", "kind", "on_day"),
        Index("reading_of_task", "task_id", "kind", "on_day"),
    )

    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    client_id: int | None = Field(default=None, foreign_key="client.id")
    task_id: int | None = Field(default=None, foreign_key="task.id")
    kind: str
    on_day: date
    value: int | None = None
    text: str | None = None
    parts: str | None = None
