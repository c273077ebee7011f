"""What a file may be imported as: every kind by its name."""

from typing import Final

from improv.errors import Usage
from improv.playbook import mending
from improv.transfer.fields import Kind
from improv.transfer.fields_of_people import PEOPLE
from improv.transfer.fields_of_sales import SALES
from improv.transfer.fields_of_touches import TOUCHED

KINDS: Final = {kind.name: kind for kind in (*PEOPLE, *SALES, TOUCHED)}


def kind_of(typed: str) -> Kind:
    """Return what a file is to be imported as, by its name or its singular."""
    for kind in KINDS.values():
        if typed.casefold() in {kind.name, kind.singular}:
            return kind
    raise Usage("a file cannot be imported as this", typed, mending(typed, KINDS))
