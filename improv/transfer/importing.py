"""What every kind of import shares: the transaction, the mapping, the links, and how a row finds its own record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from improv import duplicates
from improv.custom import PREFIX, kept_in
from improv.duplicates import Likeness, Seen
from improv.fields import is_dated
from improv.history import HISTORY
from improv.models import FieldValue, Note, Reading
from improv.nouns import ref
from improv.playbook import CustomField
from improv.register import Latest, Numbers
from improv.store import Writing
from improv.text import folded
from improv.transfer.batch import Batch
from improv.transfer.links import Links
from improv.transfer.mapping import Mapping
from improv.transfer.result import ImportResult
from improv.transfer.survey import Survey
from improv.transfer.values import Fault, Moment

if TYPE_CHECKING:
    from improv.transfer.mailing import Person

Mode = Literal["create", "update", "both"]
Duplicates = Literal["keep", "skip", "update"]
# Table → the field of its records' name, and those that stand for a missing one.
NAMED: Final[dict[str, tuple[str, ...]]] = {
    "lead": ("name", "company"),
    "opportunity": ("title", "lead_name", "client_name"),
    "client": ("name",),
    "referral": ("name",),
    "campaign": ("name",),
}


@dataclass(slots=True)
class Importing:
    """One import under way."""

    work: Writing
    mapping: Mapping
    mode: Mode
    batch: Batch
    links: Links
    survey: Survey
    result: ImportResult
    people: "dict[str, Person]" = field(default_factory=dict)
    duplicates: Duplicates = "keep"
    latest: Latest = field(default_factory=Latest)
    known_fields: dict[str, tuple[CustomField, ...]] = field(default_factory=dict)
    moved: Numbers = field(default_factory=Numbers)  # the opportunities that rows opened, moved or closed

    def notice(self, what: str) -> None:
        """Count something that is kept although it is not as it should be."""
        self.result.notices[what] += 1

    def read(self, table: str, number: int, on: date, values: dict[str, Any], kinds: Iterable[str]) -> bool:
        """Keep dated readings from a day on where they say something new; tell whether any did."""
        said = [(kind, values[kind]) for kind in kinds if values.get(kind) is not None]
        new: list[tuple[str, int | str]] = [
            (kind, value) for kind, value in said if self._reading(table, number, kind) != value
        ]
        for kind, value in new:
            held = {"value": value} if isinstance(value, int) else {"text": value}
            self.batch.add(Reading, **{f"{table}_id": number}, kind=kind, on_day=on, **held)
            if self.returns:
                self.latest[table, number, kind] = value
        return bool(new)

    @property
    def returns(self) -> bool:
        """Whether a row may change a record that is there already, or that a row before it made."""
        return self.mode != "create" or self.duplicates == "update"

    def _reading(self, table: str, number: int, kind: str) -> object:
        """Return what somebody said last in a reading."""
        if not self.returns:
            return None
        if (table, number, kind) not in self.latest:
            row = self.work.connection.execute(
                f"SELECT value, text FROM reading WHERE {table}_id = ? AND kind = ? AND parts IS NULL ORDER BY on_day DESC, id DESC LIMIT 1",
                (number, kind),
            ).fetchone()
            self.latest[table, number, kind] = row and (row[1] if row[0] is None else row[0])
        return self.latest[table, number, kind]

    def custom(self, table: str) -> tuple[CustomField, ...]:
        """Return the custom fields of a table's records."""
        if table not in self.known_fields:
            self.known_fields[table] = tuple(self.work.playbook.fields_of(table))
        return self.known_fields[table]

    def say(self, table: str, number: int, values: dict[str, Any], *, new: bool = False) -> bool:
        """Keep what custom fields of a record say where it is something new; tell whether any did.

        It holds from the record's own day; where a record that was there changes over time, from the day of the row.
        """
        said = [one for one in self.custom(table) if one.column in values]
        changed = False
        for one in said:
            value = values[one.column]
            if not new and self._field(one, number) == _plain(value):
                continue
            own = date.fromisoformat(str(self.batch.peek(table, number, HISTORY[table].by)[0]))
            day = min(own, self.work.today) if new or not is_dated(table) else self.work.today
            on = values.get("as_of", day) if is_dated(table) else day
            kept = {kept_in(one): value, f"{table}_id": number}
            self.batch.add(FieldValue, field=one.key, kind=one.kind, on_day=on, **kept)
            if self.returns:
                self.latest[table, number, PREFIX + one.column] = _plain(value)
            changed = True
        return changed

    def _field(self, one: CustomField, number: int) -> object:
        """Return what a custom field of a record says last."""
        known = one.noun, number, PREFIX + one.column
        if known not in self.latest:
            row = self.work.connection.execute(
                f"SELECT {kept_in(one)} FROM field_value WHERE {one.noun}_id = ? AND field = ? AND kind = ? "
                "ORDER BY on_day DESC, id DESC LIMIT 1",
                (number, one.key, one.kind),
            ).fetchone()
            self.latest[known] = row and row[0]
        return self.latest[known]

    def note(self, table: str, number: int, on: date, values: dict[str, Any]) -> None:
        """Keep a note with the record it stands in the row of."""
        if values.get("note"):
            self.batch.add(Note, text=values["note"], noted_on=on, **{f"{table}_id": number})


class Kinds:
    """How rows of one kind are written. A kind says how a record is made and how it is changed."""

    table: ClassVar[str]
    # Columns that stand in the record under the field's own name.
    plain: ClassVar[tuple[str, ...]] = ()

    def __init__(self, importing: Importing) -> None:
        self.importing = importing
        self.batch = importing.batch
        self.links = importing.links
        self.today = importing.work.today
        self.names: tuple[str, ...] = NAMED.get(self.table, ())
        self._seen = self._everybody() if self.table in duplicates.TABLES else None

    def _everybody(self) -> Seen:
        """Return who is in the store already."""
        seen = Seen(self.table)
        for number, *said in self.importing.work.connection.execute(duplicates.likeness_sql(self.table)):
            seen.learn(number, Likeness(*said))
        return seen

    def _likeness(self, values: dict[str, Any]) -> Likeness:
        return Likeness(self._name(values), values.get("company"), values.get("email"), values.get("phone"))

    def _alike(self, values: dict[str, Any]) -> int | None:
        """Return the known record that a row looks like and is to change instead of making one; what is made is counted."""
        if self._seen is None:
            return None
        hits = self._seen.find(self._likeness(values))
        sure = [number for number, why in hits.items() if duplicates.SURE.intersection(why)]
        if len(sure) == 1 and self.importing.duplicates != "keep":
            return sure[0]
        if hits:
            why = next(iter(hits.values()))[0]
            self.importing.notice(f"looks like a known {self.table}, {why}: improv duplicates lists them")
        return None

    def write(self, line: int, values: dict[str, Any]) -> None:  # noqa: ARG002 - histories need the line
        """Write one row: a new record, a changed one, or nothing when it is there already."""
        result, mode = self.importing.result, self.importing.mode
        found = self._own(values)
        if found is None and mode != "update":
            found = self._alike(values)
            if found is not None and self.importing.duplicates == "skip":
                result.skipped += 1
                return
            if found is not None:
                mode = "both"
                self._name_for_next_time(found, values)
        if found is None:
            if mode == "update":
                raise Fault(self._not_there(values))
            number = self.create(values)
            if self._seen is not None:
                self._seen.learn(number, self._likeness(values))
            self.links.directory(self.table).learn(number, values.get("id"), self._name(values))
            self.importing.say(self.table, number, values, new=True)
        elif mode == "create":
            result.there += 1
        elif any(
            [self.change(found, values), self.importing.say(self.table, found, values)]
        ):  # both are done
            result.updated += 1
        else:
            result.unchanged += 1

    def _name_for_next_time(self, number: int, values: dict[str, Any]) -> None:
        """Let a record that a row looks like be found by the row's id from now on, when it has none."""
        if values.get("id") and self.batch.peek(self.table, number, "external_id") == (None,):
            self.batch.change(self.table, number, {"external_id": values["id"]})
            self.links.directory(self.table).learn(number, values["id"], None)

    def _not_there(self, values: dict[str, Any]) -> str:
        if "id" in values:
            return f"no {self.table.replace('_', ' ')} has the id {values['id']}"
        if self.importing.mapping.match == "name":
            return f"no {self.table} has this name"
        return 'id is missing: an update finds its record by it, or by its name where a mapping says match = "name"'

    def create(self, values: dict[str, Any]) -> int:
        """Make the record of a row and return its number."""
        raise NotImplementedError

    def change(self, number: int, values: dict[str, Any]) -> bool:
        """Change a record as a row says; tell whether anything changed."""
        return self.batch.change(self.table, number, {name: columns(values.get(name)) for name in self.plain})

    def spoil(self, line: int, texts: dict[str, str]) -> None:
        """Hear of a row that is not imported."""

    def written(self) -> None:
        """Hear that all that was taken so far is in the store."""

    def finish(self) -> None:
        """Write what needs all rows."""

    def _own(self, values: dict[str, Any]) -> int | None:
        """Return the record a row is about: by its id (of several, the one of its name), else by name if asked."""
        directory = self.links.directory(self.table)
        external, name = values.get("id"), self._name(values)
        if not external:
            return directory.find(None, name) if self.importing.mapping.match == "name" else None
        hits = directory.by_id.under(external)
        same = [number for number in hits if name is None or directory.named(number, name)]
        if len(same) == 1:
            return same[0]
        if not same and external in self.importing.survey.divided:
            return None
        found = directory.find(external, None)
        if found is not None and name is not None and self.importing.mode == "create":
            known = f"{ref(self.table, found)} {directory.called(found)}"
            raise Fault(f"{external} is {known} already, under another name: --mode update renames it")
        return found

    def _name(self, values: dict[str, Any]) -> str | None:
        for name in self.names:
            if name in values:
                return str(values[name])
        return None

    def kept(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the plain columns of a row."""
        return {name: columns(values[name]) for name in self.plain if name in values}

    def called(self, values: dict[str, Any], *instead: str) -> str:
        """Return the name of a row's record; without one, what stands for it."""
        if self.names[0] in values:
            return str(values[self.names[0]])
        for name in (*self.names[1:], *instead):
            if name in values:
                self.importing.notice(f"{self.table} without a name: {name.replace('_', ' ')} stands for it")
                return str(values[name])
        raise Fault(f"{self.names[0]} is missing")

    def day(self, values: dict[str, Any], name: str, what: str, *instead: date | None) -> date:
        """Return a day of a row; without one, the first that stands for it, at last today."""
        if name in values:
            return columns(values[name])  # type: ignore[no-any-return]
        for other in instead:
            if other is not None:
                return other
        self.importing.notice(f"{what}: the day of the import stands for it")
        return self.today


def _plain(value: date | int | str) -> int | str:
    """Return a value as the store has it."""
    return value.isoformat() if isinstance(value, date) else value


def columns(value: Any) -> Any:  # noqa: ANN401 - a value of any column
    """Return a value as its column keeps it: of a moment the day."""
    return value.day if isinstance(value, Moment) else value


def needed(values: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - a value of any type
    """Return a value that a row cannot do without."""
    if name not in values:
        raise Fault(f"{name} is missing")
    return values[name]


def clock_of(moment: Moment) -> str | None:
    """Return the time of day of a moment, as HH:MM."""
    return moment.clock and moment.clock[:5]


def with_folded(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return values with the folded spelling of some of them beside."""
    return values | {f"{name}_folded": folded(values[name]) for name in names if values.get(name)}
