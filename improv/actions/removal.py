"""Removing what was typed by mistake. What ended is never removed: it gets a dated status."""

from sqlmodel import SQLModel

from improv.errors import Refused
from improv.models import RECORDS, Record
from improv.nouns import BY_TABLE, FIELDED, ref
from improv.records.words import FLAGGED, NOTED
from improv.resolve import Found
from improv.store import Writing

# The parts of a record go with it; a record that merely refers to it stands in the way.
PARTS: dict[str, tuple[str, ...]] = {
    "lead": ("lifecycle", "qualification", "reading"),
    "client": ("client_status", "renewal", "reading", "contact"),
    "opportunity": ("opportunity_terms", "stage_stay", "opportunity_outcome", "product_line", "contact"),
    "task": ("reading", "enrolment_step"),
    "enrolment": ("enrolment_pause", "enrolment_step"),
    "campaign": ("campaign_result",),
    "visitor": ("touch",),
}


def remove(work: Writing, found: Found) -> int:
    """Remove a record with its parts, notes, snoozes and fields; return how many rows went. Refused while other records refer to it."""
    _refuse_referred(work, found)
    removed = 0
    for part in _parts(found):
        removed += work.connection.execute(
            f"DELETE FROM {part} WHERE {found.table}_id = ?", (found.id,)
        ).rowcount
    work.remove(work.get(_model(found.table), found.id))
    work.subject = None
    return removed + 1


def _parts(found: Found) -> tuple[str, ...]:
    written = {"note": NOTED, "snooze": FLAGGED, "field_value": FIELDED}
    return (*PARTS.get(found.table, ()), *(part for part, nouns in written.items() if found.table in nouns))


def _model(table: str) -> type[Record]:
    return next(model for model in RECORDS if model.__tablename__ == table)


def _refuse_referred(work: Writing, found: Found) -> None:
    """List the records that would be left without it."""
    parts = _parts(found)
    standing = []
    for model in RECORDS:
        table = str(model.__tablename__)
        keys = SQLModel.metadata.tables[table].foreign_keys
        columns = [key.parent.name for key in keys if key.column.table.name == found.table]
        for column in columns:
            if table in parts and column == f"{found.table}_id":
                continue
            rows = work.reader.rows(
                f"SELECT id FROM {table} WHERE {column} = :id ORDER BY id", {"id": found.id}
            )
            standing += [ref(table, row["id"]) if table in BY_TABLE else table for row in rows]
    if standing:
        shown = ", ".join(standing[:8]) + (f" and {len(standing) - 8} more" if len(standing) > 8 else "")  # noqa: PLR2004 - a line's worth
        raise Refused(
            f"other records refer to {found.ref} {found.name}",
            shown,
            f"improv {BY_TABLE[found.table].command} show {found.ref}, and remove those first",
        )
