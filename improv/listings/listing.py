"""What a listing is, and the columns and filters that several have."""

from collections.abc import Mapping
from typing import Final

from improv.fragments import name_of
from improv.named import NamedTuple
from improv.report import Kind

PARTIES: Final = ("lead", "opportunity", "client")


class Shown(NamedTuple):
    """One column of a list: its key, its title, what its cells are, and the SQL of its value."""

    key: str
    title: str
    kind: Kind
    sql: str


class Listing(NamedTuple):
    """What a noun's list shows and is narrowed by; `finds` are the filters beside owner, status and period.

    `rated` joins what the records are rated: of those alone that are listed, for to rate one takes many questions.
    """

    shown: tuple[Shown, ...]
    add: str
    finds: Mapping[str, str] = {}
    statuses: tuple[str, ...] = ()
    joins: str = ""
    rated: str = ""
    order: str = "day DESC, x.id DESC"

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters it takes, as options without their dashes."""
        keys = {column.key for column in self.shown}
        taken = [
            name
            for name in ("stage", "owner", "source", "temperature")
            if name in self.finds or (name == "owner" and name in keys)
        ]
        belongs = ["of"] if any(one in self.finds for one in PARTIES) else []
        return (*taken, *(["status"] if self.statuses else []), "period", *belongs)


def count(table: str, column: str) -> str:
    """Return the SQL of how many records of a table name this one."""
    return f"(SELECT COUNT(*) FROM {table} AS y WHERE y.{column} = x.id)"


CLIENT: Final = Shown("client", "Client", "text", name_of("client", "x.client_id"))
PARTY: Final = f"COALESCE({name_of('client', 'x.client_id')}, {name_of('lead', 'x.lead_id')})"
ABOUT: Final = Shown(
    "about", "About", "text", f"COALESCE({name_of('opportunity', 'x.opportunity_id', 'title')}, {PARTY})"
)
OF_CLIENT: Final = {"client": "x.client_id"}
# What is done for an opportunity is done for its lead and its client too.
OF_ANY: Final = {
    "opportunity": "x.opportunity_id",
    "lead": f"COALESCE(x.lead_id, {name_of('opportunity', 'x.opportunity_id', 'lead_id')})",
    "client": f"COALESCE(x.client_id, {name_of('opportunity', 'x.opportunity_id', 'client_id')})",
}
LEAD_SOURCE: Final = name_of("lead", "x.lead_id", "source")
