"""Rows on their way into the store: given their ids at once, written many at a time."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic_core import PydanticUndefined

from improv.models import Record
from improv.store import Writing
from improv.transfer.values import Fault


@dataclass(slots=True)
class _Growing:
    """A table that rows come into: its next id, what stands in a row unless told, and what is not written yet.

    `pending` are the rows by id, those that are held back too; `waiting` the rows to be written, in their order.
    """

    model: type[Record]
    table: str
    next_id: int
    usual: dict[str, Any]
    pending: dict[int, dict[str, Any]] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)


class Batch:
    """Collects new rows of any table and writes them together. A row stays changeable until it is written."""

    def __init__(self, work: Writing) -> None:
        self.work = work
        self.created: Counter[str] = Counter()
        self.referred: Counter[str] = Counter()
        self._growing: dict[type[Record], _Growing] = {}
        self._waiting: dict[str, _Growing] = {}  # in the order in which they are written
        self._pending: dict[str, dict[int, dict[str, Any]]] = {}
        # Within the transaction a row may be written before the record it refers to.
        work.connection.execute("PRAGMA defer_foreign_keys = ON")

    def add(self, model: type[Record], **fields: object) -> int:
        """Take a new row and return its id."""
        row = self._made(model, fields)
        self.put(model, row)
        return int(row["id"])

    def row(self, model: type[Record], **fields: object) -> dict[str, Any]:
        """Return a new row with its id, and with what stands in it unless told; `put` has it written."""
        return self._made(model, fields)

    def _made(self, model: type[Record], fields: dict[str, Any]) -> dict[str, Any]:
        into = self._growing.get(model) or self._begun(model)
        number = into.next_id
        into.next_id += 1
        self.created[into.table] += 1
        made = into.pending[number] = {**into.usual, **fields} if into.usual else fields
        made["id"] = number
        return made

    def _begun(self, model: type[Record]) -> _Growing:
        defaults = {name: one.get_default() for name, one in model.model_fields.items()}
        usual = {name: value for name, value in defaults.items() if value not in {None, PydanticUndefined}}
        made = _Growing(model, str(model.__tablename__), self.work.next_id(model), usual)
        self._growing[model] = made
        self._pending[made.table] = made.pending
        return made

    def put(self, model: type[Record], row: dict[str, Any]) -> None:
        """Take a row that was made before."""
        into = self._growing[model]
        if not into.waiting:
            self._waiting[into.table] = into
        into.waiting.append(row)

    def flush(self) -> None:
        """Write what was taken so far."""
        for into in self._waiting.values():
            self.work.insert(into.model, into.waiting)
            for row in into.waiting:
                del into.pending[row["id"]]
            into.waiting.clear()
        self._waiting.clear()

    def peek(self, table: str, number: int, *names: str) -> tuple[Any, ...]:
        """Return columns of a row as the store has them, or will have them."""
        row = self._pending.get(table, {}).get(number)
        if row is not None:
            return tuple(_plain(row.get(name)) for name in names)
        sql = f"SELECT {', '.join(names)} FROM {table} WHERE id = ?"
        found: tuple[Any, ...] = self.work.connection.execute(sql, (number,)).fetchone()
        return found

    def change(self, table: str, number: int, values: Mapping[str, object]) -> bool:
        """Change the columns of a row that differ; say whether any did. What is None is left as it is."""
        given = {name: value for name, value in values.items() if value is not None}
        before = self.peek(table, number, *given) if given else ()
        new = {
            name: given[name] for name, was in zip(given, before, strict=True) if was != _plain(given[name])
        }
        if not new:
            return False
        row = self._pending.get(table, {}).get(number)
        if row is not None:
            row.update(new)
            return True
        pairs = ", ".join(f"{name} = ?" for name in new)
        plain = (*map(_plain, new.values()), number)
        try:
            self.work.connection.execute(f"UPDATE {table} SET {pairs} WHERE id = ?", plain)
        except sqlite3.IntegrityError as error:
            rule = str(error).removeprefix("CHECK constraint failed: ").replace("_", " ")
            raise Fault(f"{table}: the record would not hold together: {rule}") from None
        return True


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else int(value) if isinstance(value, bool) else value
