"""How a file's columns become fields: guessed from headers or written as TOML, reusable on any file of the kind.

docs/import.md shows every key. A mapping is plain tables of strings, so it is written by a few lines of our own.
"""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from improv import textfile
from improv.custom import PREFIX
from improv.errors import Usage
from improv.playbook import Playbook, mending
from improv.transfer.alternatives import Alternatives, quoted, read
from improv.transfer.csvfile import DELIMITERS, REASON, CsvFile, unknown_column
from improv.transfer.fields import Kind
from improv.transfer.kinds import kind_of

UNKNOWN: Final = ("refuse", "keep", "blank")
# Not every choice may keep a word the playbook lacks: these would make the records untrue.
FIXED: Final = frozenset(
    (
        "stage",
        "any_stage",
        "outcome",
        "opportunity_type",
        "contact_role",
        "temperature",
        "lifecycle",
        "qualified",
        "event_status",
    )
) | {"event_outcome", "client_status", "response", "touch_kind"}
_WORDS: Final = {"match": ("id", "name"), "repeats": ("join", "keep"), "rest": ("leave", "note")}
_TEXTS: Final = ("kind", "encoding", "delimiter", *_WORDS)
_TABLES: Final = ("columns", "first", "join", "values", "constants", "dates", "numbers", "unknown")
_NUMBERS: Final = {"thousands": (",", ".", " ", "'"), "decimal": (",", ".")}


@dataclass(frozen=True, slots=True)
class Mapping:
    """What becomes of each column, and how its values are read.

    `columns` is column → fields (several columns of one field are joined in this order), `values` is field → value of
    the file → field → value, `constants` fill a field where the row has nothing. Of the columns in `first` the best that
    says something in a row is taken. With `rest` "note" what becomes of no field is kept in the record's note.
    """

    kind: Kind
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    first: tuple[Alternatives, ...] = ()
    join: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    blank: tuple[str, ...] = ()
    dates: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    match: str = "id"
    repeats: str = "join"
    rest: str = "leave"
    encoding: str = ""
    delimiter: str = ""

    @property
    def mapped(self) -> set[str]:
        """The fields that a column, a constant or a value fills."""
        found = {name for fields in self.columns.values() for name in fields} | set(self.constants)
        found |= {name for one in self.first for name in one.fields}
        return found | {name for one in self.values.values() for meant in one.values() for name in meant}

    def with_columns(self, typed: list[str]) -> "Mapping":
        """Return the mapping with single columns mapped otherwise: `column=field`, or `column=` for none."""
        columns, first = dict(self.columns), self.first
        told: set[str] = set()
        for one in typed:
            column, equals, fields = one.rpartition("=")
            if not equals or not column.strip():
                raise Usage("this maps no column", one, '--map "column=field"')
            names = tuple(name.strip() for name in fields.split(",") if name.strip())
            for name in names:
                self.kind.field(name)
            columns.pop(column.strip(), None)
            for known in [known for known in columns if known.casefold() == column.strip().casefold()]:
                del columns[known]
            # Who maps a column singly means it alone, not joined with the one that was guessed; but two columns
            # that are both told for one field are joined, as in a mapping file.
            columns = {
                old: left
                for old, held in columns.items()
                if (left := tuple(f for f in held if f not in names or old in told))
            }
            others = (among.without(column.strip(), names) for among in first)
            first = tuple(among for among in others if among is not None)
            told.add(column.strip())
            if names:
                columns[column.strip()] = names
        return replace(self, columns=columns, first=first)

    def with_dates(self, proved: dict[str, str]) -> "Mapping":
        """Return the mapping with the order of day and month that the values of a column proved."""
        dates = dict(self.dates)
        for column, fields in self.columns.items():
            for name in fields:
                if name in proved and "format" not in dates:
                    dates.setdefault(column, proved[name])
        return replace(self, dates=dates)

    def keeping_rest(self) -> "Mapping":
        """Return the mapping with what becomes of no field kept in a note; refused where records of the kind have none."""
        self.kind.field("note")
        return replace(self, rest="note")

    def with_constants(self, typed: list[str]) -> "Mapping":
        """Return the mapping with fields filled for every row that says nothing itself: `field=value`."""
        constants = dict(self.constants)
        for one in typed:
            name, equals, value = one.partition("=")
            if not equals:
                raise Usage("this sets no field", one, '--set "field=value"')
            constants[self.kind.field(name.strip()).name] = value.strip()
        return replace(self, constants={name: value for name, value in constants.items() if value})


def read_mapping(path: Path, kind: Kind | None = None, playbook: Playbook | None = None) -> Mapping:
    """Return the mapping a file holds; refuse what is no mapping, of another kind, or names what there is not.

    The custom fields of the playbook are fields like all others.
    """
    where = f"the mapping {path.name}"
    try:
        raw = textfile.toml(textfile.read(path))
    except FileNotFoundError as error:
        raise textfile.no_such_file(path) from error
    except OSError as error:
        raise Usage(f"{where} cannot be read: {error.strerror}", str(path)) from error
    except ValueError as error:
        raise Usage(f"{where} is no TOML file: {error}", str(path)) from error
    return _checked(raw, where, kind, playbook)


def _checked(raw: dict[str, Any], where: str, wanted: Kind | None, playbook: Playbook | None) -> Mapping:
    for key, value in raw.items():
        if key not in {*_TEXTS, *_TABLES, "blank"}:
            raise Usage(f"unknown key `{key}` in {where}", key, mending(key, (*_TEXTS, *_TABLES, "blank")))
        fits = isinstance(value, str if key in _TEXTS else list if key == "blank" else dict)
        if not fits:
            raise Usage(
                f"`{key}` in {where} is of another type than it should be",
                repr(value),
                "docs/import.md shows it",
            )
    if "kind" not in raw and wanted is None:
        raise Usage(f"`kind` is missing in {where}", "", 'write kind = "opportunities" there, or give --as')
    kind = kind_of(raw["kind"], playbook) if "kind" in raw else wanted
    assert kind is not None  # noqa: S101 - one of the two is given
    if wanted is not None and kind.name != wanted.name:
        raise Usage(f"{where} is for {kind.name}", wanted.name, f"--as {kind.name}")
    for key, words in _WORDS.items():
        if key in raw and raw[key] not in words:
            raise Usage(f"`{key}` in {where} is none of its words", raw[key], mending(raw[key], words))
    mark = raw.get("delimiter", "")
    if mark and mark not in DELIMITERS:
        raise Usage(
            f"`delimiter` in {where} is no delimiter", mark, "use one of " + " ".join(map(repr, DELIMITERS))
        )
    fields = {key: _fields(raw.get(key, {}), kind, where, key) for key in ("join", "constants")}
    return Mapping(
        kind,
        columns={name: _names(kind, fields, where) for name, fields in raw.get("columns", {}).items()},
        first=tuple(_first(kind, key, one, where) for key, one in raw.get("first", {}).items()),
        join=fields["join"],
        values={name: _values(kind, name, one, where) for name, one in raw.get("values", {}).items()},
        constants=fields["constants"],
        blank=tuple(map(str, raw.get("blank", ()))),
        dates=_texts(raw.get("dates", {}), where, "dates"),
        numbers=_marks(_texts(raw.get("numbers", {}), where, "numbers"), where),
        unknown=_policies(_fields(raw.get("unknown", {}), kind, where, "unknown"), kind, where),
        **{key: raw[key] for key in (*_WORDS, "encoding", "delimiter") if key in raw},
    )


def _texts(raw: Table[str, object], where: str, table: str) -> dict[str, str]:
    for key, value in raw.items():
        if not isinstance(value, str | int):
            raise Usage(f"`{key}` in [{table}] of {where} must be a text", repr(value))
    return {key: str(value) for key, value in raw.items()}


def _fields(raw: Table[str, object], kind: Kind, where: str, table: str) -> dict[str, str]:
    for name in raw:
        kind.field(name)
    return _texts(raw, where, table)


def _names(kind: Kind, raw: object, where: str) -> tuple[str, ...]:
    names = (raw,) if isinstance(raw, str) else tuple(raw) if isinstance(raw, list) else (None,)
    for name in names:
        if not isinstance(name, str):
            raise Usage(
                f"a column in [columns] of {where} names no field", repr(raw), 'write "column" = "field"'
            )
        kind.field(name)
    return tuple(map(str, names))


def _first(kind: Kind, key: str, raw: object, where: str) -> Alternatives:
    found = read(key, raw, where)
    for name in found.fields:
        kind.field(name)
    return found


def _values(kind: Kind, name: str, raw: object, where: str) -> dict[str, dict[str, str]]:
    kind.field(name)
    if not isinstance(raw, dict):
        raise Usage(f"[values.{name}] of {where} must be a table", repr(raw), '"value of the file" = "value"')
    meant = {value: {name: said} if isinstance(said, str) else said for value, said in raw.items()}
    for value, said in meant.items():
        if not isinstance(said, dict):
            raise Usage(f"`{value}` in [values.{name}] of {where} must be a text or a table", repr(said))
    return {value: _fields(said, kind, where, f"values.{name}") for value, said in meant.items()}


def _marks(raw: dict[str, str], where: str) -> dict[str, str]:
    for key, mark in raw.items():
        if key not in _NUMBERS:
            raise Usage(f"unknown key `{key}` in [numbers] of {where}", key, mending(key, _NUMBERS))
        if mark not in _NUMBERS[key]:
            raise Usage(
                f"`{key}` in [numbers] of {where} is no such mark",
                mark,
                "use one of " + " ".join(_NUMBERS[key]),
            )
    if raw.get("thousands") is not None and raw.get("thousands") == raw.get("decimal"):
        raise Usage(f"one mark in [numbers] of {where} cannot mean both", raw["decimal"])
    return raw


def _policies(raw: dict[str, str], kind: Kind, where: str) -> dict[str, str]:
    for name, policy in raw.items():
        if policy not in UNKNOWN:
            raise Usage(
                f"`{name}` in [unknown] of {where} is none of its words", policy, mending(policy, UNKNOWN)
            )
        choice = kind.field(name).choice
        if policy == "keep" and (choice in FIXED or choice.startswith(PREFIX)):
            raise Usage(
                f"`{name}` in [unknown] of {where} keeps only words that are known",
                policy,
                'use "refuse" or "blank"',
            )
    return raw


def check_columns(mapping: Mapping, file: CsvFile) -> dict[str, int]:
    """Return where each column of the mapping stands in a file; refuse one that the file lacks, by name."""
    places: dict[str, int] = {}
    first = [column for one in mapping.first for column in one.columns]
    for column in [
        *mapping.columns,
        *first,
        *(key for key in mapping.dates if key not in {"format", "year"}),
    ]:
        place = file.position(column)
        if place is None:
            raise unknown_column(file, column)
        places[column] = place
    return places


def to_toml(mapping: Mapping) -> str:
    """Return the mapping as the text of a file."""
    lines = [f"kind = {quoted(mapping.kind.name)}"]
    for key, usual in (
        ("match", "id"),
        ("repeats", "join"),
        ("rest", "leave"),
        ("encoding", ""),
        ("delimiter", ""),
    ):
        if getattr(mapping, key) != usual:
            lines.append(f"{key} = {quoted(getattr(mapping, key))}")
    if mapping.blank:
        lines.append(f"blank = [{', '.join(map(quoted, mapping.blank))}]")
    columns = {
        name: quoted(fields[0]) if len(fields) == 1 else f"[{', '.join(map(quoted, fields))}]"
        for name, fields in mapping.columns.items()
    }
    lines += _table("columns", columns)
    lines += _table("first", dict(one.written() for one in mapping.first))
    for table in ("join", "constants", "dates", "numbers", "unknown"):
        lines += _table(table, {key: quoted(value) for key, value in getattr(mapping, table).items()})
    for name, meanings in mapping.values.items():
        lines += _table(f"values.{name}", {value: _meaning(name, said) for value, said in meanings.items()})
    return "\n".join(lines) + "\n"


def _table(name: str, rows: dict[str, str]) -> list[str]:
    return ["", f"[{name}]", *(f"{quoted(key)} = {value}" for key, value in rows.items())] if rows else []


def _meaning(name: str, said: dict[str, str]) -> str:
    if list(said) == [name]:
        return quoted(said[name])
    return "{ " + ", ".join(f"{field} = {quoted(value)}" for field, value in said.items()) + " }"


def ignored(file: CsvFile, mapping: Mapping) -> list[str]:
    """Return the columns of a file that become nothing."""
    used = {
        file.position(column)
        for column in [*mapping.columns, *(c for one in mapping.first for c in one.columns)]
    }
    return [header for at, header in enumerate(file.headers) if at not in used and header != REASON]
