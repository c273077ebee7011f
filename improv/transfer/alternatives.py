"""Columns that say one thing several times over: a work, a home and another address. The first that says something counts.

An address is taken whole: its city, region and country come from one of them. `contacts.toml` lists what exports call
them; a mapping file says its own under `[first]`.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final

from improv.errors import Usage
from improv.text import folded

Columns = tuple[str, ...]
# For each field of a group the columns that are joined for it.
Option = tuple[Columns, ...]
_BETWEEN: Final = ", "


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A field, or several that go together, and the columns they may come from, the best first."""

    fields: Columns
    options: tuple[Option, ...]

    @property
    def columns(self) -> Iterator[str]:
        """Every column it may take something from."""
        return (column for option in self.options for columns in option for column in columns)

    def without(self, column: str, fields: Iterable[str]) -> "Alternatives | None":
        """Return what is left when a column is mapped singly to these fields; nothing when nothing is."""
        kept = [at for at, name in enumerate(self.fields) if name not in set(fields)]
        options = [
            tuple(tuple(one for one in option[at] if one.casefold() != column.casefold()) for at in kept)
            for option in self.options
        ]
        left = tuple(option for option in options if any(option))
        return replace(self, fields=tuple(self.fields[at] for at in kept), options=left) if left else None

    def places(self, of: Callable[[str], int]) -> "list[tuple[tuple[int, ...], ...]]":
        """Return the options with each column as its place in a row."""
        return [tuple(tuple(map(of, columns)) for columns in option) for option in self.options]

    def written(self) -> tuple[str, str]:
        """Return the key and the value of it in a mapping file, the value as nested lists in TOML's own form."""
        return _BETWEEN.join(self.fields), f"[{_BETWEEN.join(map(self._option, self.options))}]"

    def _option(self, option: Option) -> str:
        if len(self.fields) > 1:
            return f"[{_BETWEEN.join(quoted(''.join(columns)) for columns in option)}]"
        (columns,) = option
        return quoted(columns[0]) if len(columns) == 1 else f"[{_BETWEEN.join(map(quoted, columns))}]"

    def told(self) -> str:
        """Return the columns as a person reads them."""
        spoken = [" and ".join(" ".join(columns) for columns in option if columns) for option in self.options]
        return ", else ".join(spoken)


def quoted(text: str) -> str:
    """Return a TOML string: quotation marks, backslashes and control characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'


def read(key: str, raw: Any, where: str) -> Alternatives:  # noqa: ANN401 - whatever a TOML file says
    """Return what a mapping file says under one key of `[first]`."""
    fields = tuple(part.strip() for part in key.split(","))
    if not isinstance(raw, list) or not raw:
        raise Usage(f"`{key}` in [first] of {where} must list columns", repr(raw), 'email = ["Work", "Home"]')
    return Alternatives(fields, tuple(_read_option(key, one, len(fields), where) for one in raw))


def _read_option(key: str, raw: object, wide: int, where: str) -> Option:
    listed = [raw] if isinstance(raw, str) else raw
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise Usage(f"`{key}` in [first] of {where} must list columns", repr(raw), 'email = ["Work", "Home"]')
    if wide == 1:
        return (tuple(listed),)
    if len(listed) != wide:
        raise Usage(
            f"`{key}` in [first] of {where} takes {wide} columns at a time", repr(raw), 'write "" for none'
        )
    return tuple((one,) if one else () for one in listed)


# What may stand behind the name of an amount or a day: "Amount spent (EUR)", "Start (UTC)".
_UNIT: Final = re.compile(r" ?\((?:[A-Z]{3}|[€$£])\)$")


def compact(header: str) -> str:
    """Return a header as it is compared: folded, without marks and spaces, "CloseDate" like "close date"."""
    plain = folded(_UNIT.sub("", header.strip().removesuffix("__c")))
    return "".join(char for char in plain if char.isalnum())


@cache
def _listed() -> dict[str, Any]:
    return tomllib.loads(files("improv.transfer").joinpath("contacts.toml").read_text("utf-8"))


def labelled() -> frozenset[str]:
    """Return what Google labels in a column of its own, folded."""
    return frozenset(map(folded, _listed()["labelled"]))


def known(kind: str, fields: Iterable[str], headers: Sequence[str]) -> list[Alternatives]:
    """Return what these headers of an export of contacts say, each field with every column it may come from."""
    by_key = {compact(header): header for header in reversed(headers)}
    found: dict[str, tuple[Option, ...]] = {}
    for key, raw in _listed().items():
        if key == "labelled":
            continue
        options = [
            tuple(tuple(by_key[compact(c)] for c in columns if compact(c) in by_key) for columns in option)
            for option in read(key, raw, "contacts.toml").options
        ]
        if left := _told_once([option for option in options if any(option)]):
            found[key] = left
    if kind == "clients":
        found = _of_clients(found)
    there = set(fields)
    made = [Alternatives(tuple(key.split(_BETWEEN)), options) for key, options in found.items()]
    return [one for one in made if there.issuperset(one.fields)]


def _told_once(options: list[Option]) -> tuple[Option, ...]:
    """Return options without those that take nothing another one does not: exports call a country by several names."""
    said = [set(chain(*option)) for option in options]
    return tuple(
        option
        for at, option in enumerate(options)
        if not any(said[at] < other or (said[at] == other and at > place) for place, other in enumerate(said))
    )


def _of_clients(found: dict[str, tuple[Option, ...]]) -> dict[str, tuple[Option, ...]]:
    """Return what the headers say of clients: they go by their company, and the person is whom you know there."""
    company, person = found.pop("company", ()), found.pop("name", ())
    names = {"name": company + person} if company or person else {}
    return found | names | ({"contact_name": person} if company and person else {})
