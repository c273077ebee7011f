"""What the verbs share: dated readings, spans that follow each other, and days in a sensible order."""

from datetime import date
from typing import Any

from improv import models
from improv.errors import Refused, Usage
from improv.formulas import BY_FORMULA, RATED
from improv.nouns import BY_TABLE, ref
from improv.resolve import Found
from improv.store import Writing
from improv.text import refuse_controls


def not_after_today(work: Writing, day: date, what: str) -> date:
    """Refuse a day that has not come: what happened is logged, what will happen is scheduled."""
    if day > work.today:
        raise Refused(
            f"{what} cannot be in the future", day.isoformat(), f"a day up to today, {work.today.isoformat()}"
        )
    return day


def not_before(day: date, earlier: date, what: str, than: str) -> date:
    """Refuse a day before the one it must follow."""
    if day < earlier:
        raise Refused(
            f"{what} cannot be before {than}",
            f"{day.isoformat()} is before {earlier.isoformat()}",
            f"a day from {earlier.isoformat()} on",
        )
    return day


def not_before_parent(work: Writing, about: Found, day: date, what: str) -> None:
    """Refuse a day before the lead, opportunity or client it belongs to was there."""
    noun = BY_TABLE[about.table]
    began = work.reader.value(f"SELECT {noun.dated_by} FROM {noun.table} WHERE id = :id", {"id": about.id})
    not_before(day, date.fromisoformat(began), what, f"{about.ref} began")


def one_line(text: str, what: str) -> str:
    """Return a name or a title, refused when it is blank or holds what cannot be shown."""
    if not text.strip():
        raise Usage(f"{what} cannot be empty", repr(text), f"type the {what}")
    return refuse_controls(text.strip(), what)


def split_dated(values: dict[str, Any], *dated: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values that stand in the record itself, and those that are dated readings."""
    own = {name: value for name, value in values.items() if name not in dated}
    return own, {name: value for name, value in values.items() if name in dated}


def read_on(
    work: Writing, table: str, number: int, kind: str, value: object, on: date
) -> "models.Reading | None":
    """Keep a reading of a lead, client or task from a day on; nothing is written when it says the same already.

    A rating that is taken away is left to the formula from that day on.
    """
    if value is None and kind in RATED:
        if reading(work, table, number, kind, on) is None:
            return None
        value = BY_FORMULA
    if value is None:
        raise Refused(
            f"a dated value is not taken away, it is followed by another: {kind}",
            ref(table, number),
            f"give the {kind} that holds from a day on",
        )
    latest = reading(work, table, number, kind, on)
    said = value if isinstance(value, int) else str(value)
    if latest == said:
        return None
    field = {"value": said} if isinstance(said, int) else {"text": said}
    return work.add(models.Reading, **{f"{table}_id": number}, kind=kind, on_day=on, **field)


def reading(work: Writing, table: str, number: int, kind: str, on: date) -> int | str | None:
    """Return what somebody said in a reading that holds on a day."""
    row = work.reader.row(
        f"SELECT value, text FROM reading WHERE {table}_id = :id AND kind = :kind AND on_day <= :on "
        "AND parts IS NULL ORDER BY on_day DESC, id DESC LIMIT 1",
        {"id": number, "kind": kind, "on": on.isoformat()},
    )
    if row is None:
        return None
    found: int | str = row["text"] if row["value"] is None else row["value"]
    return found


def read_all(work: Writing, table: str, number: int, values: dict[str, Any], on: date) -> None:
    """Keep several readings of one record from a day on; those not given are left as they are."""
    for kind, value in values.items():
        if value is not None:
            read_on(work, table, number, kind, value, on)
