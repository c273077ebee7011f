"""What the user's own fields say: the SQL of a value that holds, and a value in words.

A value holds from its day until the next; one that was typed while the field was of another kind is not read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from improv.money import money
from improv.named import NamedTuple
from improv.nouns import ref
from improv.playbook import CustomField, Playbook, Stage
from improv.playbook.entries import REQUIRED_OF
from improv.reader import Reader
from improv.records.words import FIELD_NUMBERS

# Before the column of a custom field, where its values stand among those of the program's own fields.
PREFIX: Final = "custom_"

_YES_OR_NO: Final = "CASE {} WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END"


def apart(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of the program's own fields, and those of custom fields by their column."""
    own = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
    return own, {name.removeprefix(PREFIX): values[name] for name in values if name not in own}


def kept_in(one: CustomField) -> str:
    """Return the column of the store that holds a field's values."""
    return "value" if one.kind in FIELD_NUMBERS else "text"


def holding(one: CustomField, record: str = "x.id") -> str:
    """Return the SQL of what a field of a record says on the day."""
    return (
        f"(SELECT f.{kept_in(one)} FROM field_value AS f WHERE f.{one.noun}_id = {record} AND f.field = '{one.key}' "
        f"AND f.kind = '{one.kind}' AND f.on_day <= :today ORDER BY f.on_day DESC, f.id DESC LIMIT 1)"
    )


def told(one: CustomField) -> str:
    """Return the SQL of what a field of a record `x` says on the day, as a list shows it."""
    return _YES_OR_NO.format(holding(one)) if one.kind == "yes-no" else holding(one)


def words_of_each(one: CustomField) -> str:
    """Return the SQL of the word that each record is sorted under by a field."""
    word = _YES_OR_NO.format("value") if one.kind == "yes-no" else kept_in(one)
    return (
        f"SELECT id, word FROM (SELECT {one.noun}_id AS id, {word} AS word, "
        f"ROW_NUMBER() OVER (PARTITION BY {one.noun}_id ORDER BY on_day DESC, id DESC) AS place FROM field_value "
        f"WHERE {one.noun}_id IS NOT NULL AND field = '{one.key}' AND kind = '{one.kind}' AND on_day <= :today) AS f "
        "WHERE place = 1"
    )


def in_words(one: CustomField, value: int | str) -> str:
    """Return a value as people say it: an amount, yes or no, a number, the word itself."""
    if one.kind == "money" and isinstance(value, int):
        return money(value)
    if one.kind == "yes-no" and isinstance(value, int):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else value


class Held(NamedTuple):
    """What a field of a record says on the day, and since when."""

    field: CustomField
    value: int | str
    since: str


def held(reader: Reader, noun: str, number: int) -> list[Held]:
    """Return what the custom fields of a record say on the day, those that are filled."""
    found = []
    for one in reader.playbook.fields_of(noun):
        value, since = None, ""
        for row in reader.each(
            f"SELECT {kept_in(one)} AS said, on_day FROM field_value WHERE {noun}_id = :id AND field = :field "
            "AND kind = :kind AND on_day <= :today ORDER BY on_day, id",
            {"id": number, "field": one.key, "kind": one.kind},
        ):
            if row["said"] != value:
                value, since = row["said"], row["on_day"]
        if value is not None:
            found.append(Held(one, value, since))
    return found


class Missing(NamedTuple):
    """A field that must be filled from a stage on, and the record that lacks it."""

    field: CustomField
    number: int
    from_stage: str

    @property
    def record(self) -> str:
        """The record as people write it."""
        return ref(self.field.noun, self.number)


def missing(reader: Reader, opportunity: int, stage: Stage) -> list[Missing]:
    """Return what must be filled for an opportunity to be in a stage, and is not: its own, its lead's, its client's.

    What the earliest stage calls for comes first.
    """
    needed = [pair for noun in REQUIRED_OF for pair in required(reader.playbook, noun)]
    found = []
    for one, first in sorted(needed, key=lambda pair: pair[1].position):
        if first.position <= stage.position:
            record = f"o.{REQUIRED_OF[one.noun]}"
            number = reader.value(
                f"SELECT {record} FROM opportunity AS o WHERE o.id = :id AND {record} IS NOT NULL "
                f"AND {holding(one, record)} IS NULL",
                {"id": opportunity},
            )
            found += [] if number is None else [Missing(one, number, first.name)]
    return found


def required(playbook: Playbook, noun: str) -> Iterator[tuple[CustomField, Stage]]:
    """Yield the fields of a noun that must be filled, each with the stage from which on."""
    stages = {stage.key: stage for stage in playbook.stages}
    for one in playbook.fields_of(noun):
        if one.required_from is not None:
            yield one, stages[one.required_from]


NO_FIELD: Final = "the playbook has no such field"


class Unfit(NamedTuple):
    """A value that the playbook has no place for: of which record and field, of which kind it was, and why."""

    record: str
    noun: str
    key: str
    kind: str
    why: str


def unfit(reader: Reader, noun: str, number: int | None = None) -> Iterator[Unfit]:
    """Yield the values of a noun's records, or of one, that hold and fit no field: kept, and not shown as they are."""
    declared = {one.key: one for one in reader.playbook.fields.get(noun, ())}
    whose = "IS NOT NULL" if number is None else "= :number"
    for row in reader.each(
        f"""SELECT id, field, kind, text FROM (SELECT {noun}_id AS id, field, kind, value, text, ROW_NUMBER() OVER (
        PARTITION BY {noun}_id, field ORDER BY on_day DESC, id DESC) AS place FROM field_value
        WHERE {noun}_id {whose} AND on_day <= :today) AS f
        WHERE place = 1 AND COALESCE(CAST(value AS TEXT), text) IS NOT NULL
        ORDER BY id, field""",
        {"number": number},
    ):
        one = declared.get(row["field"])
        if one is None:
            why = NO_FIELD
        elif one.kind != row["kind"]:
            why = f"it is {_of_kind(row['kind'])}, and the field is {_of_kind(one.kind)} now"
        elif one.choices and row["text"] not in one.choices:
            why = f"{row['text']} is none of its choices any more"
        else:
            continue
        yield Unfit(ref(noun, row["id"]), noun, row["field"], row["kind"], why)


def _of_kind(kind: str) -> str:
    return {"yes-no": "a yes or no", "money": "an amount"}.get(kind, f"a {kind}")
