"""A saved list: a question that is asked again and again, under a name."""

from datetime import date

from sqlalchemy import CheckConstraint

from improv.records.base import Record, day, exactly_one, named, table


class SavedList(Record, table=True):
    """The list of a noun with its options, or a query with its values, as they were typed, under a name.

    `options` is JSON: what was typed for each option. A day such as "last month" stays one that moves.
    """

    __tablename__ = "saved_list"
    __table_args__ = table(
        named("name"),
        exactly_one("noun", "query"),
        day("saved_on"),
        CheckConstraint("json_valid(options)", name="options_are_json"),
    )

    name: str
    name_folded: str
    noun: str | None = None
    query: str | None = None
    options: str
    saved_on: date
