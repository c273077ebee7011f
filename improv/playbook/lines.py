"""The lines of a playbook: what each says, and which of its files has the last word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from improv.errors import Usage
from improv.playbook.file import TABLES, laid, parsed
from improv.playbook.words import written

if TYPE_CHECKING:
    from collections.abc import Iterator
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


def is_playbook(path: Path) -> bool:
    """Say whether a file is a playbook, or would be if it could be read: one that has a key of its own."""
    try:
        head = parsed(path, str(path)).get("playbook", {})
    except Usage:
        return True
    return isinstance(head, Mapping) and "key" in head
