"""How a playbook is read: its file, what it extends, the user's overrides, and everything that is refused.

What may stand in a single field is in `values.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from improv import textfile
from improv.errors import Usage
from improv.formulas import FACTS, RATED
from improv.named import NamedTuple
from improv.nouns import FIELDED
from improv.playbook import Playbook
from improv.playbook.compiled import SHIPPED, said
from improv.playbook.entries import (
    BOUNDS,
    FLAGS,
    LIMITS,
    MESSAGES,
    ActivityKind,
    CampaignType,
    Charter,
    Closing,
    EventKind,
    Flag,
    Funnel,
    Goal,
    Message,
    Moment,
    Named,
    Page,
    Part,
    Points,
    Reason,
    Record,
    Source,
    Stage,
    Step,
    Target,
    Team,
    Track,
    TrackMessage,
    VisitKind,
)
from improv.playbook.faults import REFERENCES, faults
from improv.playbook.own import (
    OWN_FLAG,
    CustomField,
    OwnFlag,
    OwnMetric,
    OwnReport,
)
from improv.playbook.values import Place, as_table, fields_of, made_of, schema_of
from improv.playbook.words import folded, mending

if TYPE_CHECKING:
    from collections.abc import Iterator


# The lists of a playbook; each is the field of `Playbook` with an s.
_LISTS: Final[dict[str, type[Named]]] = {
    "stage": Stage,
    "event_kind": EventKind,
    "source": Source,
    "visit_kind": VisitKind,
    "moment": Moment,
    "activity_group": Named,
    "activity_kind": ActivityKind,
    "campaign_type": CampaignType,
    "track": Track,
    "reason": Reason,
    "opportunity_type": Named,
    "contact_role": Named,
    "product_type": Named,
    "goal": Goal,
    "page": Page,
}
# A formula is a list of parts for each of what is rated: [formula.health.KEY]
_FORMULAS: Final[dict[str, type[Named]]] = {f"formula.{kind}": Part for kind in RATED}
_FIELDS: Final[dict[str, type[Named]]] = {f"field.{noun}": CustomField for noun in FIELDED}
# Tables of tables: of each thing that is rated, of each noun that has fields.
_NESTED: Final = ("formula", "field")
_KEYED: Final[dict[str, type[Record]]] = {
    **_LISTS,
    **_FORMULAS,
    **_FIELDS,
    "target": Target,
    "flag": Flag,
    "message": Message,
    "metric": OwnMetric,
    "report": OwnReport,
    "track_message": TrackMessage,
}
# The keys of a table that are the program's own.
_CLOSED: Final = {
    "flag": FLAGS,
    "message": MESSAGES,
    **{f"formula.{kind}": tuple(FACTS[of]) for kind, of in RATED.items()},
}
_SINGLE: Final[dict[str, type[Record]]] = {
    "points": Points,
    "funnel": Funnel,
    "charter": Charter,
    "closing": Closing,
    "team": Team,
}
TABLES: Final = ("playbook", "limit", *_SINGLE, *_KEYED)
_HEADER: Final = {"key": "str", "title": "str", "extends": "str", "replace": "tuple[str, ...]"}


class _Layer(NamedTuple):
    """One file of a playbook, or the user's overrides."""

    where: str
    head: dict[str, Any]
    raw: Mapping[str, object]


class _Entries:
    """What the layers say so far: table → key → fields, and the layer that spoke last."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, dict[str, Any]]] = {}
        self.where: dict[tuple[str, str], str] = {}
        self.said: dict[tuple[str, str, str], str] = {}  # each field, and the layer it is from
        self.now: dict[tuple[str, str], str] = {}  # each key that an entry had, and the one it has now

    def add(self, layer: _Layer) -> None:
        """Lay one layer over those before: what it replaces goes, the rest is merged key by key."""
        for table in layer.head.get("replace", ()):
            if table not in _LISTS | _FORMULAS | _FIELDS:
                raise Usage(
                    f"`replace` in [playbook] of {layer.where} names no list",
                    table,
                    mending(table, _LISTS | _FORMULAS | _FIELDS),
                )
            self.values.pop(table, None)
        for table, body in _tables(layer):
            place = Place(table, "", layer.where)
            if table == "playbook":
                continue
            if table not in TABLES:
                raise Usage(f"unknown key `{table}` in {layer.where}", table, mending(table, TABLES))
            if table in _KEYED:
                for key, entry in as_table(body, place).items():
                    self._lay(Place(table, key, layer.where), _shape(table, key), entry)
            else:
                self._lay(place, _SINGLE.get(table), body)

    def _lay(self, place: Place, shape: type[Record] | None, raw: object) -> None:
        table, key, where = place
        if key not in _CLOSED.get(table, (key,)) and shape is not OwnFlag:
            raise Usage(f"unknown key `{key}` in [{table}] of {where}", key, mending(key, _CLOSED[table]))
        if table in _LISTS | _FIELDS and key != folded(key):
            raise Usage(f"a key is written small, with hyphens, in {place}", key, f"write `{folded(key)}`")
        new = fields_of(schema_of(shape) if shape else dict.fromkeys(LIMITS, "int"), raw, place)
        key = self.now.get((table, key), key)
        for old in new.get("was", ()):
            self._rekey(table, old, key)
        held = self.values.setdefault(table, {}).setdefault(key, {})
        if shape is Target and any(bound in new for bound in BOUNDS):
            held.clear()  # another bound makes another target: neither its period nor its origin is the old one's
        held.update(new)
        self.where[table, key] = where
        self.said.update(dict.fromkeys(((table, key, name) for name in new), where))

    def _rekey(self, table: str, old: str, key: str) -> None:
        """Give an entry another key, in its old place and with all it says."""
        entries = self.values.get(table, {})
        if old in entries and key not in entries:
            self.now[table, old] = key
            self.values[table] = {key if one == old else one: fields for one, fields in entries.items()}
            for field in entries[old]:
                self.said[table, key, field] = self.said[table, old, field]

    def follow(self) -> None:
        """Let whatever names an entry by a key that it had name it by the one it has now."""
        for table, field, listed in REFERENCES:
            for fields in self.values.get(table, {}).values():
                if isinstance(word := fields.get(field), str):
                    fields[field] = self.now.get((listed, word), word)
                elif word:
                    fields[field] = tuple(self.now.get((listed, one), one) for one in word)
        for fields in self.values.get("track", {}).values():
            if "steps" in fields:
                fields["steps"] = tuple(map(self._followed, fields["steps"]))

    def _followed(self, step: Step) -> Step:
        kind = self.now.get(("activity_kind", step.activity), step.activity)
        return Step(**{**vars(step), "activity": kind})

    def built(self, table: str, shape: type[Record]) -> dict[str, Any]:
        """Return the entries of one table by key, as records."""
        entries = self.values.get(table, {})
        records = {}
        for number, (key, values) in enumerate(entries.items(), 1):
            place = Place(table, key, self.where[table, key])
            made = _shape(table, key) if table in _KEYED else shape
            if "key" in made.schema:
                values["key"] = key
            if shape is Stage:
                values["position"] = number
            if made is CustomField:
                values["noun"] = table.partition(".")[2]
            records[key] = made_of(made, values, place, entries)
        return records


def laid(
    use: str | Path, overrides: Mapping[str, object] | None, where: str
) -> tuple[_Entries, list[_Layer]]:
    """Lay the files of a playbook and the overrides over each other."""
    layers = _layers(use)
    if overrides:
        layers.append(
            _layer(overrides, where, {name: kind for name, kind in _HEADER.items() if name != "extends"})
        )
    entries = _Entries()
    for layer in layers:
        entries.add(layer)
    entries.follow()
    return entries, layers


def merged(use: str | Path, overrides: Mapping[str, object] | None, where: str) -> Playbook:
    """Return the playbook of a name or a file, with the overrides merged in key by key."""
    entries, layers = laid(use, overrides, where)
    file = next(layer.where for layer in reversed(layers) if layer.raw is not overrides)
    head = {name: value for layer in layers for name, value in layer.head.items()}
    for name in ("key", "title"):
        if name not in head:
            raise Usage(f"`{name}` is missing in [playbook] of {file}", "", f'write {name} = "…" there')
    rest: dict[str, Any] = {
        f"{table}s": tuple(entries.built(table, shape).values()) for table, shape in _LISTS.items()
    }
    for table, shape in _SINGLE.items():
        rest[table] = entries.built(table, shape).get("")
    rest["closing"] = rest["closing"] or Closing()
    flags = entries.built("flag", Flag)
    book = Playbook(
        key=head["key"],
        title=head["title"],
        limits=_complete("limit", entries.values.get("limit", {}).get("", {}), LIMITS, file),
        flags=_complete("flag", flags, FLAGS, file, own=OwnFlag),
        messages=_complete("message", entries.built("message", Message), MESSAGES, file),
        track_messages=MappingProxyType(entries.built("track_message", TrackMessage)),
        targets=MappingProxyType(entries.built("target", Target)),
        metrics=MappingProxyType(entries.built("metric", OwnMetric)),
        reports=MappingProxyType(entries.built("report", OwnReport)),
        formulas=MappingProxyType(
            {kind: tuple(entries.built(f"formula.{kind}", Part).values()) for kind in RATED}
        ),
        fields=MappingProxyType(
            {noun: tuple(entries.built(f"field.{noun}", CustomField).values()) for noun in FIELDED}
        ),
        **rest,
    )
    for table, key, fault, value in faults(book):
        place = Place(table, key, entries.where.get((table, key), file))
        raise Usage(f"{place}: {fault}", value)
    return book


def _tables(layer: _Layer) -> Iterator[tuple[str, object]]:
    """Yield each table of a layer with what it says; a table of tables is one for each of them."""
    for table, body in layer.raw.items():
        if table in _NESTED:
            for kind, parts in as_table(body, Place(table, "", layer.where)).items():
                yield f"{table}.{kind}", parts
        else:
            yield table, body


def files_of(use: str | Path) -> list[Path]:
    """Return the file of a playbook and those it extends, the lowest first."""
    return [path for path, _ in _read(use)]


def _layers(use: str | Path) -> list[_Layer]:
    return [layer for _, layer in _read(use)]


def _read(use: str | Path) -> list[tuple[Path, _Layer]]:
    layers: list[tuple[Path, _Layer]] = []
    seen: list[Path] = []
    wanted: str | Path | None = use
    while wanted is not None:
        path = _path(wanted, seen[-1].parent if seen else Path())
        if path in seen:
            raise Usage("a playbook extends itself", str(wanted), "take `extends` out of one of the files")
        seen.append(path)
        where = f"the playbook {path.stem if path.parent == SHIPPED else path}"
        layers.insert(0, (path, _layer(parsed(path, where), where, _HEADER)))
        wanted = layers[0][1].head.get("extends")
    return layers


def _path(wanted: str | Path, beside: Path) -> Path:
    """Return the file that is meant: a path as it is written, else the name of a playbook that is shipped."""
    if isinstance(wanted, Path) or "/" in wanted or wanted.endswith(".toml"):
        return beside / wanted
    names = sorted(file.stem for file in SHIPPED.glob("*.toml"))
    if wanted not in names:
        raise Usage(
            "no playbook is called so", wanted, mending(wanted, names) + ", or a path that ends in .toml"
        )
    return SHIPPED / f"{wanted}.toml"


def parsed(path: Path, where: str) -> Mapping[str, object]:
    """Return what a file says, or refuse what cannot be read."""
    try:
        text = textfile.read(path)
        known = said(path, text) if path.parent == SHIPPED else None
        return _toml(text) if known is None else known
    except OSError as error:
        raise Usage(f"{where} cannot be read: {error.strerror}", str(path)) from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise Usage(f"{where} is no TOML file: {error}", str(path)) from error


@lru_cache(maxsize=8)
def _toml(text: str) -> Mapping[str, object]:
    """Parse a file once as long as it says the same; nobody changes what is returned."""
    return textfile.toml(text)


def _layer(raw: Mapping[str, object], where: str, header: Mapping[str, str]) -> _Layer:
    return _Layer(where, fields_of(header, raw.get("playbook", {}), Place("playbook", "", where)), raw)


def _complete(
    table: str, given: Mapping[str, Any], names: tuple[str, ...], where: str, own: type | None = None
) -> Mapping[str, Any]:
    """Return a closed table in its own order, the users' own after it, or refuse because it lacks a name."""
    for name in names:
        if name not in given:
            mend = 'give it there, or write extends = "improv" under [playbook]'
            raise Usage(f"`{name}` is missing in [{table}] of {where}", name, mend)
    theirs = [name for name, entry in given.items() if own and isinstance(entry, own)]
    return MappingProxyType({name: given[name] for name in (*names, *theirs)})


def _shape(table: str, key: str) -> type[Record]:
    """Return what an entry of a table is: a flag with a code of the users' is one of their own."""
    return OwnFlag if table == "flag" and re.fullmatch(OWN_FLAG, key) else _KEYED[table]
