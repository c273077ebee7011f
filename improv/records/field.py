"""What a custom field of a record says, from a day on; the last one said holds."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as condition
from sqlmodel import Field

from improv.nouns import FIELDED
from improv.records.base import Record, day, exactly_one, is_a_day, named, one_of, table, whole
from improv.records.words import FIELD_KINDS, FIELD_NUMBERS

_NUMBER = "kind IN (" + ", ".join(f"'{kind}'" for kind in FIELD_NUMBERS) + ")"


class FieldValue(Record, table=True):
    """A dated value of a field of the user's own, which the playbook declares.

    Numbers, amounts in minor units, and yes (1) or no (0) stand in `value`; texts, days and choices in `text`. With
    neither, the field is empty from that day on. `kind` is the field's when it was typed: should the playbook come to
    say another, nothing is taken for what it is not.
    """

    __tablename__ = "field_value"
    __table_args__ = table(
        exactly_one(*(f"{noun}_id" for noun in FIELDED)),
        named("field"),
        one_of("kind", FIELD_KINDS),
        day("on_day"),
        whole("value"),
        CheckConstraint(f"value IS NULL OR {_NUMBER}", name="a_number_in_value"),
        CheckConstraint(f"text IS NULL OR NOT {_NUMBER}", name="words_in_text"),
        CheckConstraint(f"kind <> 'day' OR text IS NULL OR {is_a_day('text')}", name="a_day_is_a_day"),
        CheckConstraint("kind <> 'yes-no' OR value IS NULL OR value IN (0, 1)", name="yes_or_no"),
        *(
            Index(
                f"values_of_{noun}",
                f"{noun}_id",
                "field",
                "on_day",
                sqlite_where=condition(f"{noun}_id IS NOT NULL"),
            )
            for noun in FIELDED
        ),
    )

    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    opportunity_id: int | None = Field(default=None, foreign_key="opportunity.id")
    event_id: int | None = Field(default=None, foreign_key="event.id")
    client_id: int | None = Field(default=None, foreign_key="client.id")
    visit_id: int | None = Field(default=None, foreign_key="visit.id")
    testimonial_id: int | None = Field(default=None, foreign_key="testimonial.id")
    story_id: int | None = Field(default=None, foreign_key="story.id")
    referral_id: int | None = Field(default=None, foreign_key="referral.id")
    activity_id: int | None = Field(default=None, foreign_key="activity.id")
    task_id: int | None = Field(default=None, foreign_key="task.id")
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id")
    upsell_id: int | None = Field(default=None, foreign_key="upsell.id")
    survey_answer_id: int | None = Field(default=None, foreign_key="survey_answer.id")
    field: str
    kind: str
    on_day: date
    value: int | None = None
    text: str | None = None
