"""What a file may be imported as: every kind by its name."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from improv.custom import PREFIX
from improv.errors import Usage
from improv.playbook import CustomField, Playbook, mending
from improv.transfer.fields import Field, Kind, Type
from improv.transfer.fields_of_people import PEOPLE
from improv.transfer.fields_of_sales import SALES
from improv.transfer.fields_of_touches import TOUCHED

KINDS: Final = {kind.name: kind for kind in (*PEOPLE, *SALES, TOUCHED)}


def kind_of(typed: str, playbook: Playbook | None = None) -> Kind:
    """Return what a file is to be imported as, by its name or its singular; with the custom fields of a playbook."""
    for kind in KINDS.values():
        if typed.casefold() in {kind.name, kind.singular}:
            custom = {} if playbook is None else _custom(playbook.fields_of(kind.table))
            return replace(kind, fields=kind.fields | custom) if custom else kind
    raise Usage("a file cannot be imported as this", typed, mending(typed, KINDS))


_TYPES: Final[dict[str, Type]] = {
    "number": "integer",
    "money": "money",
    "day": "day",
    "choice": "choice",
    "yes-no": "yes or no",
}


def _custom(fields: Iterable[CustomField]) -> dict[str, Field]:
    """Return custom fields as those of a file, known by their names."""
    return {
        one.column: Field(
            one.column,
            one.help or one.name,
            _TYPES.get(one.kind, "text"),
            PREFIX + one.column if one.choices else "",
            (one.name, *one.also),
            negative=one.kind == "number",
        )
        for one in fields
    }
