"""Which record a row means: by its external id, else by its exact name; what a file refers to and nobody knows is made."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from improv.models import (
    Campaign,
    Client,
    ClientStatus,
    Lead,
    Lifecycle,
    Opportunity,
    OpportunityTerms,
    Record,
    StageStay,
)
from improv.nouns import BY_TABLE, ref
from improv.register import Register
from improv.text import folded
from improv.transfer.batch import Batch
from improv.transfer.values import Fault

_NAMES: Final = {
    "lead": "SELECT name_folded, id FROM lead UNION "
    "SELECT company_folded, id FROM lead WHERE company_folded IS NOT NULL ORDER BY 2",
    "opportunity": "SELECT title_folded, id FROM opportunity ORDER BY id",
    "client": "SELECT name_folded, id FROM client ORDER BY id",
    "campaign": "SELECT name_folded, id FROM campaign ORDER BY id",
    "referral": "SELECT name_folded, id FROM referral ORDER BY id",
}
_CALLED: Final = {
    "opportunity": "title",
    "campaign": "name",
    "client": "name",
    "lead": "name",
    "referral": "name",
}
# Before one of our own ids: the record itself, whatever ids other systems use.
OWN: Final = "improv:"
_COUNTED: Final = ("no", "one", "two", "three", "four", "five", "six")


class SetAside(Fault):
    """The row refers to an id or a name that several records have."""


class Directory:
    """The records of one table, known by external id and by name, those of this import among them."""

    def __init__(self, batch: Batch, table: str) -> None:
        self.table = table
        self._batch = batch
        self._connection = batch.work.connection
        self._by_id: Register | None = None
        self._by_name: Register | None = None

    @property
    def by_id(self) -> Register:
        """The external ids in use → the records that have them."""
        if self._by_id is None:
            self._by_id = Register()
            sql = f"SELECT external_id, id FROM {self.table} WHERE external_id IS NOT NULL ORDER BY id"
            for external, number in self._connection.execute(sql):
                self._by_id.add(external, number)
        return self._by_id

    @property
    def by_name(self) -> Register:
        """The folded names in use → the records that have them."""
        if self._by_name is None:
            self._by_name = Register()
            for name, number in self._connection.execute(_NAMES[self.table]):
                self._by_name.add(name, number)
        return self._by_name

    def learn(self, number: int, external: str | None, name: str | None) -> None:
        """Note a record that this import makes."""
        if external:
            self.by_id.add(external, number)
        if name and self.table in _NAMES:
            self.by_name.add(folded(name), number)

    def called(self, number: int) -> str:
        """Return what a record is called."""
        return str(self._batch.peek(self.table, number, _CALLED[self.table])[0])

    def named(self, number: int, name: str) -> bool:
        """Tell whether a record has this name."""
        return folded(self.called(number)) == folded(name)

    def find(self, external: str | None, name: str | None) -> int | None:
        """Return the one record with this id, or without an id with this name; nothing when there is none."""
        if external and external.startswith(OWN):
            return self._itself(external.removeprefix(OWN))
        if external:
            return self._one(external, self.by_id.under(external))
        return self._one(name, self.by_name.under(folded(name))) if name else None

    def _itself(self, said: str) -> int:
        """Return the record that is named by our own id, as in a failed row that was mended."""
        noun = BY_TABLE.get(self.table)
        number = said[1:]
        if noun is None or said[:1].upper() != noun.letter or not (number.isascii() and number.isdigit()):
            raise Fault(f'"{OWN}{said}" names no {self.table}')
        row = self._connection.execute(f"SELECT id FROM {self.table} WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise Fault(f"there is no {self.table} {said}")
        return int(row[0])

    def _one(self, said: str, hits: list[int]) -> int | None:
        if len(hits) > 1:
            many = _COUNTED[len(hits)] if len(hits) < len(_COUNTED) else str(len(hits))
            listed = ", ".join(
                f"{ref(self.table, number)} {self.called(number)}" for number in hits[: len(_COUNTED)]
            )
            raise SetAside(f"ambiguous: {said} is {many} records: {listed}")
        return hits[0] if hits else None


class Links:
    """The records that rows refer to. What is lacking is made as of the first day it is needed, or the row refused.

    What is made is held back until the end, because a later row may belong to an earlier day.
    """

    def __init__(self, batch: Batch, *, create: bool) -> None:
        self._batch = batch
        self._create = create
        self._directories: dict[str, Directory] = {}
        self._held: dict[tuple[str, int], list[tuple[type[Record], dict[str, Any], str]]] = {}
        self._makers: dict[str, Callable[[str | None, str, date, dict[str, Any]], int]] = {
            "lead": self._lead,
            "client": self._client,
            "opportunity": self._opportunity,
            "campaign": self._campaign,
        }

    def directory(self, table: str) -> Directory:
        """Return the directory of a table."""
        if table not in self._directories:
            self._directories[table] = Directory(self._batch, table)
        return self._directories[table]

    def known(self, table: str, values: dict[str, Any]) -> int | None:
        """Return the record a row refers to when it is known already."""
        return self.directory(table).find(values.get(table), values.get(f"{table}_name"))

    def to(self, table: str, values: dict[str, Any], on: date, **extras: object) -> int | None:
        """Return the record a row refers to, made when it is lacking; `extras` are fields of one that is made."""
        external, name = values.get(table), values.get(f"{table}_name")
        if not external and not name:
            return None
        found = self.directory(table).find(external, name)
        if found is None:
            return self._made(table, external, name, on, extras)
        self.lower(table, found, on)
        return found

    def lower(self, table: str, number: int, on: date) -> None:
        """Note that a record made here is needed as of this day already."""
        for _, row, column in self._held.get((table, number), ()):
            row[column] = min(row[column], on)

    def _made(
        self, table: str, external: str | None, name: str | None, on: date, extras: dict[str, Any]
    ) -> int:
        if not self._create:
            said = f"has the id {external}" if external else f"is called {name}"
            raise Fault(f"no {table} {said}: import the {BY_TABLE[table].plural} first, or --missing create")
        number = self.new(table, external, name or str(external), on, extras)
        self._batch.referred[table] += 1
        self._batch.created[table] -= 1
        return number

    def new(self, table: str, external: str | None, name: str, on: date, extras: dict[str, Any]) -> int:
        """Make a record that dates from the first day it is needed."""
        number = self._makers[table](external, name, on, extras)
        self.directory(table).learn(number, external, name)
        return number

    def _hold(self, table: str, model: type[Record], row: dict[str, Any], number: int, dated_by: str) -> int:
        self._held.setdefault((table, number), []).append((model, row, dated_by))
        return number

    def _lead(self, external: str | None, name: str, on: date, extras: dict[str, Any]) -> int:
        own = {"name": name, "name_folded": folded(name), "received_on": on, "external_id": external}
        row = self._batch.row(Lead, **extras | own)
        span = self._batch.row(Lifecycle, lead_id=row["id"], state="lead", since=on)
        self._hold("lead", Lifecycle, span, row["id"], "since")
        return self._hold("lead", Lead, row, row["id"], "received_on")

    def _client(self, external: str | None, name: str, on: date, extras: dict[str, Any]) -> int:
        own = {"name": name, "name_folded": folded(name), "since_on": on, "external_id": external}
        row = self._batch.row(Client, **extras | own)
        span = self._batch.row(ClientStatus, client_id=row["id"], status="active", since=on)
        self._hold("client", ClientStatus, span, row["id"], "since")
        return self._hold("client", Client, row, row["id"], "since_on")

    def _opportunity(self, external: str | None, name: str, on: date, extras: dict[str, Any]) -> int:
        own = {"title": name, "title_folded": folded(name), "opened_on": on, "external_id": external}
        row = self._batch.row(Opportunity, imported=True, **extras | own)
        terms = self._batch.row(OpportunityTerms, opportunity_id=row["id"], on_day=on)
        first = self._batch.work.playbook.sale_stages[0].key
        stay = self._batch.row(
            StageStay, opportunity_id=row["id"], stage=first, since=on, sequence=1, imported=True
        )
        self._hold("opportunity", OpportunityTerms, terms, row["id"], "on_day")
        self._hold("opportunity", StageStay, stay, row["id"], "since")
        return self._hold("opportunity", Opportunity, row, row["id"], "opened_on")

    def _campaign(self, external: str | None, name: str, on: date, extras: dict[str, Any]) -> int:
        own = {"name": name, "name_folded": folded(name), "starts_on": on, "external_id": external}
        row = self._batch.row(Campaign, **extras | own)
        return self._hold("campaign", Campaign, row, row["id"], "starts_on")

    def release(self) -> None:
        """Hand over what was held back."""
        for held in self._held.values():
            for model, row, _ in held:
                self._batch.put(model, row)
        self._held.clear()
