"""The lines of a playbook: what each says, and which of its files has the last word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from improv.errors import Usage
from improv.named import NamedTuple
from improv.playbook.file import TABLES, laid, parsed
from improv.playbook.words import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Line(NamedTuple):
    """One line of a playbook: its table, the key and the field in it, what it says, and the file that says it."""

    table: str
    key: str
    field: str
    value: object
    where: str

    @property
    def place(self) -> str:
        """Where it stands, with dots, as in `stage.proposal.days`."""
        return ".".join(part for part in (self.table, self.key, self.field) if part)

    @property
    def said(self) -> str:
        """What it says, as it is written in a file."""
        return written(self.value)


def lines(use: str | Path, overrides: Mapping[str, object] | None, where: str) -> Iterator[Line]:
    """Yield every line of a playbook in the order of its tables, each with the file that has the last word on it."""
    entries, _ = laid(use, overrides, where)
    for table in TABLES:
        for key, fields in entries.values.get(table, {}).items():
            for field, value in fields.items():
                said = entries.said[table, key, field]
                yield Line(table, key, field, value, said.removeprefix("the playbook "))


def differences(one: Sequence[Line], other: Sequence[Line]) -> list[tuple[str, str | None, str | None]]:
    """Return each place where two playbooks differ, and what either says there; an entry that one lacks is one place."""
    sides = [_entries(one), _entries(other)]
    found = []
    for table, key in sorted({**sides[0], **sides[1]}, key=lambda entry: TABLES.index(entry[0])):
        left, right = (side.get((table, key), {}) for side in sides)
        entry = f"{table}.{key}" if key else table
        if left and right:
            places = [(f"{entry}.{field}", left.get(field), right.get(field)) for field in {**left, **right}]
        else:
            places = [(entry, _summed(left), _summed(right))]
        found += [(place, a, b) for place, a, b in places if a != b]
    return found


def _entries(said: Sequence[Line]) -> dict[tuple[str, str], dict[str, str]]:
    """Return what each entry says, field by field; a table without entries is one itself."""
    entries: dict[tuple[str, str], dict[str, str]] = {}
    for line in said:
        entries.setdefault((line.table, line.key), {})[line.field] = line.said
    return entries


def _summed(fields: Mapping[str, str]) -> str | None:
    """Return an entry in a word: its name, or its title, where it has one."""
    return fields.get("name") or fields.get(
        "title", ", ".join(f"{field} = {said}" for field, said in fields.items()) or None
    )


def is_playbook(path: Path) -> bool:
    """Say whether a file is a playbook, or would be if it could be read: one that has a key of its own."""
    try:
        head = parsed(path, str(path)).get("playbook", {})
    except Usage:
        return True
    return isinstance(head, Mapping) and "key" in head
