"""The values of a playbook: what may stand in a field of an entry, and how what may not is refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from improv.errors import Usage
from improv.named import NamedTuple
from improv.playbook.entries import (
    BOUNDS,
    Asks,
    Bonus,
    Calling,
    Cause,
    Channel,
    Exit,
    Occasion,
    PastClose,
    Per,
    Record,
    Severity,
    Step,
    Target,
    Wanted,
)
from improv.playbook.own import (
    About,
    FieldKind,
    Figure,
    Flagged,
    MetricKind,
    MetricUnit,
    ReportPart,
)
from improv.playbook.words import mending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _pair(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == len("ab")
        and all(map(_whole, value))
        and value[0] <= value[1]
    )


def _list_of(words: tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(word in words for word in value)


# annotation of a field → what may stand there, and how to say so
_KINDS: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "str": (_text, "a text"),
    "int": (_whole, "a whole number, 0 or more"),
    "Percent": (lambda value: _whole(value) and value <= 100, "a whole percent from 0 to 100"),  # noqa: PLR2004 - a percent
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "tuple[int, int]": (_pair, "two whole numbers, the lower one first, as in [2, 3]"),
    "tuple[str, ...]": (
        lambda value: isinstance(value, list | tuple) and all(map(_text, value)),
        "a list of texts",
    ),
    **{
        f"tuple[{name}, ...]": (_list_of(get_args(words)), "a list of " + ", ".join(get_args(words)))
        for name, words in (("Wanted", Wanted), ("Cause", Cause), ("Exit", Exit))
    },
    "tuple[Step, ...]": (lambda value: isinstance(value, list | tuple), "a list of steps"),
    "tuple[Bonus, ...]": (lambda value: isinstance(value, list | tuple), "a list of steps of the bonus"),
    "tuple[ReportPart, ...]": (lambda value: isinstance(value, list | tuple), "a list of tables"),
    **{
        name: (get_args(words).__contains__, "one of " + ", ".join(get_args(words)))
        for name, words in (
            ("Severity", Severity),
            ("Per", Per),
            ("Asks", Asks),
            ("Channel", Channel),
            ("Calling", Calling),
            ("Occasion", Occasion),
            ("FieldKind", FieldKind),
            ("MetricKind", MetricKind),
            ("MetricUnit", MetricUnit),
            ("Figure", Figure),
            ("About", About),
            ("Flagged", Flagged),
            ("PastClose", PastClose),
        )
    },
}
_MAPPING: Final = "Mapping[str, "
# Lists whose entries are records.
_ENTRIES: Final[dict[str, type[Record]]] = {
    "tuple[Step, ...]": Step,
    "tuple[Bonus, ...]": Bonus,
    "tuple[ReportPart, ...]": ReportPart,
}


class Place(NamedTuple):
    """Where in a playbook something stands: the table, the key in it, the file."""

    table: str
    key: str
    where: str

    @property
    def dotted(self) -> str:
        """The table's own name, as it is written between brackets."""
        return f"{self.table}.{self.key}" if self.key else self.table

    def __str__(self) -> str:
        return f"[{self.dotted}] of {self.where}"


def schema_of(shape: type[Record]) -> dict[str, str]:
    """Return what a file may say about an entry: field → annotation."""
    return {name: kind for name, kind in shape.schema.items() if name not in {"key", "position", "noun"}}


def as_table(raw: object, place: Place) -> Mapping[str, object]:
    """Return a table, or refuse what is none."""
    if not isinstance(raw, Mapping):
        raise Usage(f"{place} must be a table", repr(raw), f"write it as [{place.dotted}] with keys below")
    return raw


def fields_of(schema: Mapping[str, str], raw: object, place: Place) -> dict[str, Any]:
    """Return the fields of one table, or refuse what is unknown or of a wrong type."""
    values = {}
    for name, value in as_table(raw, place).items():
        if name not in schema:
            raise Usage(f"unknown key `{name}` in {place}", name, mending(name, schema))
        values[name] = _value(schema[name].removesuffix(" | None"), value, place, name)
    return values


def _value(kind: str, raw: object, place: Place, name: str) -> object:
    """Return one field's value: lists frozen, records in it read, a wrong type refused."""
    inner = f"{place.dotted}.{name}"
    if kind.startswith(_MAPPING):
        body = as_table(raw, Place(inner, "", place.where))
        return MappingProxyType(
            {key: _inside(kind, value, Place(inner, key, place.where)) for key, value in body.items()}
        )
    fits, words = _KINDS[kind]
    if not fits(raw):
        raise Usage(f"`{name}` in {place} must be {words}", repr(raw))
    if kind in _ENTRIES:
        return tuple(
            _nested(_ENTRIES[kind], entry, Place(inner, "", place.where))
            for entry in cast("list[object]", raw)
        )
    return tuple(raw) if isinstance(raw, list) else raw


def _inside(kind: str, raw: object, place: Place) -> object:
    """Return a value of a table within an entry: a target, or what its annotation says."""
    held = kind.removeprefix(_MAPPING).removesuffix("]")
    return _nested(Target, raw, place) if held == "Target" else _value(held, raw, place, place.key)


def _nested(shape: type[Record], raw: object, place: Place) -> object:
    return made_of(shape, fields_of(schema_of(shape), raw, place), place)


def made_of(shape: type[Record], values: Mapping[str, Any], place: Place, beside: Iterable[str] = ()) -> Any:  # noqa: ANN401 - an instance of `shape`
    """Return the record, or refuse: a required field is missing, a target has no bound or several."""
    for name in shape.schema:
        if name not in values and not hasattr(shape, name):
            mend = "write it there, or " + mending(place.key, [key for key in beside if key != place.key])
            raise Usage(f"`{name}` is missing in {place}", place.dotted, mend)
    if shape is Target and sum(bound in values for bound in BOUNDS) != 1:
        raise Usage(f"{place} must have exactly one bound", place.dotted, "give one of " + ", ".join(BOUNDS))
    return shape(**values)
