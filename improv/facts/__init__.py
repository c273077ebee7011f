"""What a record says: its fields that are filled, what holds since which day, and the figures that follow from them.

The fields come from `improv.fields`; what a record says beside them is declared noun by noun, as SQL over the record's
row `x`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from improv.custom import held, in_words
from improv.facts.clients import CLIENTS
from improv.facts.fact import Fact, Page
from improv.facts.sales import SALES
from improv.facts.touches import TOUCHES
from improv.facts.work import WORK
from improv.fields import FIELDS, Field, is_dated
from improv.formulas import BY_HAND, RATED
from improv.money import money
from improv.nouns import BY_TABLE
from improv.ratings import rating
from improv.reader import Reader
from improv.report import Cell, Facts, Kind, Percent, Ref, cell_of
from improv.resolve import Found

PAGES: Final[Mapping[str, Page]] = {**SALES, **CLIENTS, **WORK, **TOUCHES}


def record_facts(reader: Reader, found: Found) -> Facts:
    """Return everything a record says that is filled, each with its name."""
    fields = FIELDS.get(found.table, ())
    page = PAGES[found.table]
    said = (*page.facts, *(Fact(_titled(one), one.kind, f"x.{one.name}") for one in fields if not one.dated))
    columns = ", ".join(f"{fact.sql} AS fact_{place}" for place, fact in enumerate(said))
    day = None
    if page.earned_on:
        day = reader.value(
            f"SELECT {page.earned_on} FROM {found.table} AS x WHERE x.id = :id", {"id": found.id}
        )
    row = reader.row(
        f"SELECT {columns} FROM {found.table} AS x {page.joins} WHERE x.id = :id",
        {"id": found.id, "first": day, "last": day},
    )
    pairs = (
        []
        if row is None
        else [(fact.name, _cell(reader, fact.kind, row[place])) for place, fact in enumerate(said)]
    )
    pairs[len(page.facts) : len(page.facts)] = _dated(reader, found, fields)
    pairs += _custom(reader, found)
    return Facts("facts", "Facts", tuple((name, cell) for name, cell in pairs if cell is not None))


def _titled(field: Field) -> str:
    """Return the name of a field as people read it: `close_on` is "Close on"."""
    return field.option.removeprefix("--").replace("-", " ").capitalize()


def _dated(reader: Reader, found: Found, fields: tuple[Field, ...]) -> Iterator[tuple[str, Cell]]:
    """Yield the fields whose value changes over time: what holds on the day, and since when."""
    for field in fields:
        if field.dated:
            value, since = _holds(reader, found, field.name)
            words = _words(field.kind, value)
            if field.name in RATED:
                yield _titled(field), _rated(reader, found, field.name, since)
            else:
                yield _titled(field), None if words is None else f"{words} since {since}"


def _custom(reader: Reader, found: Found) -> Iterator[tuple[str, Cell]]:
    """Yield the fields of the user's own that are filled; of what changes over time since when."""
    for one, value, since in held(reader, found.table, found.id):
        words = in_words(one, value)
        if is_dated(found.table):
            yield one.name, f"{words} since {since}"
        else:
            yield one.name, words if one.kind in {"choice", "yes-no"} else _cell(reader, one.kind, value)


def _rated(reader: Reader, found: Found, kind: str, since: str) -> str | None:
    """Return what a record is rated, and by whom."""
    row = rating(reader, kind, found.id)
    if row is None or row["value"] is None:
        return None
    return f"{row['value']} {row['state']}" + (f" since {since}" if row["state"] == BY_HAND else "")


def _holds(reader: Reader, found: Found, name: str) -> tuple[Any, str]:
    """Return the value that holds on the day, and the day it was said first without another in between."""
    if found.table == "opportunity":
        sql = f"SELECT on_day, {name} AS said FROM opportunity_terms WHERE opportunity_id = :id"
    else:
        sql = f"SELECT on_day, COALESCE(CAST(value AS TEXT), text) AS said FROM reading WHERE {found.table}_id = :id AND kind = :kind AND parts IS NULL"
    value, since = None, ""
    for row in reader.each(f"{sql} AND on_day <= :today ORDER BY on_day, id", {"id": found.id, "kind": name}):
        if row["said"] != value:
            value, since = row["said"], row["on_day"]
    return value, since


def _words(kind: str, value: Any) -> str | None:  # noqa: ANN401 - a column of any type
    if value is None:
        return None
    if kind in {"money", "revenue"}:
        return money(int(value))
    return f"{value}%" if kind == "percent" else str(value)


def _cell(reader: Reader, kind: str, value: Any) -> Cell:  # noqa: ANN401 - a column of any type
    """Return a value as a cell; nothing where nothing is filled, or where the record it names is not there yet."""
    if value is None or value == "":
        return None
    if kind in BY_TABLE:
        return _record(reader, kind, value)
    if kind in _LISTS:
        entries = getattr(reader.playbook, _LISTS[kind])
        return next((str(entry.name) for entry in entries if entry.key == value), str(value))
    if kind == "flag":
        return "yes" if value else None
    if kind == "percent" and isinstance(value, int):
        return Percent(value)
    return cell_of(_KINDS.get(kind, "text"), value)


_KINDS: Final[Mapping[str, Kind]] = {
    "money": "money",
    "days": "days",
    **dict.fromkeys(("day", "past", "future"), "day"),
}
# What is told by the name the playbook gives it.
_LISTS: Final = {
    "stage": "stages",
    "source": "sources",
    "event_kind": "event_kinds",
    "visit_kind": "visit_kinds",
    "activity_kind": "activity_kinds",
    "campaign_type": "campaign_types",
    "reason": "reasons",
    "track": "tracks",
}


def _record(reader: Reader, table: str, number: int) -> Ref | None:
    """Return a record by what people call it; nothing when it is not there on the day that is looked at."""
    noun = BY_TABLE[table]
    row = reader.row(f"SELECT {noun.label} FROM {table} AS x WHERE x.id = :id", {"id": number})
    return None if row is None else Ref(f"{noun.letter}{number}", str(row[0] or ""))
