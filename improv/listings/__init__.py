"""The catalogue of lists: what a line of every noun's list shows, and what it can be narrowed by.

A listing is declared, not programmed: its columns as SQL over the record's row `x`, the columns it is narrowed by,
and the statuses it knows.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from improv.custom import told
from improv.listings.clients import CLIENTS
from improv.listings.listing import Listing, Shown
from improv.listings.sales import SALES
from improv.listings.touches import TOUCHES
from improv.listings.work import WORK
from improv.playbook import CustomField
from improv.report import Kind

LISTINGS: Final[Mapping[str, Listing]] = {**SALES, **CLIENTS, **WORK, **TOUCHES}

__all__ = ["LISTINGS", "Listing", "widened"]

_KINDS: Final[Mapping[str, Kind]] = {"number": "number", "money": "money", "day": "day"}


def widened(listing: Listing, fields: Sequence[CustomField]) -> Listing:
    """Return a listing with a column for each custom field, in the order of the playbook."""
    made = (Shown(one.column, one.name, _KINDS.get(one.kind, "text"), told(one)) for one in fields)
    return listing._replace(shown=(*listing.shown, *made))
