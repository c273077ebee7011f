"""Lists that are kept under a name: found again as they are now, whatever day is looked at with them."""

import json
from sqlite3 import Row
from typing import Any

from improv.errors import Ambiguous, NotFound
from improv.named import NamedTuple
from improv.nouns import ref
from improv.reader import Reader
from improv.text import folded

_SQL = "SELECT x.id, x.name, x.name_folded, x.noun, x.query, x.options FROM saved_list AS x ORDER BY x.id"


class Saved(NamedTuple):
    """A list of a noun with its options, or a query with its values, under a name."""

    id: int
    name: str
    noun: str | None
    query: str | None
    options: dict[str, Any]

    @property
    def ref(self) -> str:
        """Its id, as it is typed."""
        return ref("saved_list", self.id)


def found(reader: Reader, typed: str) -> Saved:
    """Return the list that is meant: by its id, its name, or how its name begins."""
    rows, said = _rows(reader), folded(typed)
    hits = [row for row in rows if said in {row["name_folded"], ref("saved_list", row["id"]).casefold()}]
    hits = hits or [row for row in rows if said and row["name_folded"].startswith(said)]
    if not hits:
        raise NotFound("no list is saved under this name", typed, "improv list")
    if len(hits) > 1:
        names = "; ".join(f"{ref('saved_list', row['id'])} {row['name']}" for row in hits)
        raise Ambiguous("more than one saved list begins so", f"{typed}: {names}", "type the whole name")
    return _saved(hits[0])


def by_name(reader: Reader, name: str) -> Saved | None:
    """Return the list that has this very name."""
    return next((_saved(row) for row in _rows(reader) if row["name_folded"] == folded(name)), None)


def _rows(reader: Reader) -> list[Row]:
    """Return what is saved now: a list is a tool, and one made today looks at any day."""
    return Reader(reader.connection, reader.playbook, reader.today).rows(_SQL)


def _saved(row: Row) -> Saved:
    return Saved(row["id"], row["name"], row["noun"], row["query"], json.loads(row["options"]))
