"""Keeping what the playbook's formulas say of clients and leads, so that there is a history of it."""

from collections.abc import Iterable
from datetime import date

from improv.models import Reading
from improv.ratings import Rated, as_kept
from improv.store import Writing


def keep(work: Writing, ratings: Iterable[Rated], on: date) -> None:
    """Keep ratings by formula as readings of a day, each with its parts; a day has one, and the last one stands."""
    for rated in ratings:
        of = f"{rated.about.table}_id"
        said = {"value": rated.value, "parts": as_kept(rated.parts)}
        of_the_day = work.reader.value(
            f"SELECT id FROM reading WHERE {of} = :id AND kind = :kind AND on_day = :day AND parts IS NOT NULL",
            {"id": rated.about.id, "kind": rated.kind, "day": on.isoformat()},
        )
        if of_the_day is None:
            work.add(Reading, **{of: rated.about.id}, kind=rated.kind, on_day=on, **said)
        else:
            work.change(work.get(Reading, of_the_day), **said)
