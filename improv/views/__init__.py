"""The views: records under names and columns that stay, for the queries of users (docs/views.md).

A view is declared once: its name, its sentence, and for each column what it means and its SQL. It is put before a
query as a common table expression, over the tables that the reader cuts to the day: time travel comes for free. Names
and columns are a promise: more may come, none may go or change its meaning (tests/test_views.py).

What a further kind of record has to say is one more declaration. The user's own fields are rows of one view,
`custom_fields`: whoever declares one need not learn another view, and a query outlives the field.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from improv.report import Kind
from improv.views.clients import CLIENTS
from improv.views.reach import REACH
from improv.views.sales import SALES
from improv.views.view import Column, View
from improv.views.work import WORK

VIEWS: Final[Mapping[str, View]] = {view.name: view for view in (*SALES, *CLIENTS, *REACH, *WORK)}

__all__ = ["VIEWS", "Column", "View", "before", "kinds"]


def before(query: str, names: Iterable[str]) -> str:
    """Return the query of a user with the views it names put before it; nothing of it reaches past its own brackets."""
    views = ", ".join(f"{name} AS NOT MATERIALIZED ({VIEWS[name].sql})" for name in sorted(names))
    return f"{f'WITH {views} ' if views else ''}SELECT * FROM (\n{query}\n)"


def kinds(names: Iterable[str]) -> dict[str, Kind]:
    """Return what the columns of these views are, by name; a name that is two things is neither."""
    found: dict[str, set[Kind]] = {}
    for name in names:
        for column in VIEWS[name].columns:
            # An id stands for itself here, without the name that a list shows beside it.
            found.setdefault(column.name, set()).add("text" if column.kind == "ref" else column.kind)
    return {name: kind for name, (kind, *others) in found.items() if not others}
