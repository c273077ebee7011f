"""A campaign: a planned effort to find leads."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, after, day, named, table


class Campaign(Record, table=True):
    """A planned effort to find leads. The pair type and sub-type is a key of the playbook."""

    __table_args__ = table(named("name"), day("starts_on"), day("ends_on"), after("ends_on", "starts_on"))

    name: str
    name_folded: str = Field(index=True)
    type: str | None = None
    subtype: str | None = None
    starts_on: date
    ends_on: date | None = None
    tracked_phone: str | None = None
    keywords: str | None = None
    owner: str | None = None
    external_id: str | None = None
