"""The page of one record: what it says, its pinned notes, and everything that happened to it, oldest first.

What can happen is declared in `happenings.py`. A day that is still to come is told as scheduled.
"""

from collections.abc import Iterator
from datetime import date, time
from typing import Final

from improv.custom import Unfit, unfit
from improv.facts import record_facts
from improv.happenings import HAPPENINGS, Happening
from improv.money import money
from improv.nouns import BY_TABLE, FIELDED, ref
from improv.ratings import rating_table
from improv.reader import Reader
from improv.records.words import NOTED
from improv.report import Block, Entry, Notes, Ref, Report, Section, Timeline
from improv.resolve import Found
from improv.text import clipped
from improv.tracks import standing, step_table

_TITLE_AT_MOST: Final = 70
# What stands in a stay, in terms or in an outcome happened to the opportunity.
_PARTS_OF_OPPORTUNITY: Final = ("stage_stay", "opportunity_outcome", "opportunity_terms")
# What is done for an opportunity is part of the history of its lead and its client too.
_DONE_FOR_OPPORTUNITY: Final = ("event", "activity", "task", "note", "survey_answer", "snooze")


def record_report(reader: Reader, found: Found) -> Report:
    """Return the page of one record: pinned notes, facts, and its whole history."""
    history = Timeline("history", "History", tuple(_entries(reader, found)))
    pinned = _pinned(reader, found)
    blocks: tuple[Block, ...] = (Notes(pinned),) if pinned else ()
    rated = rating_table(reader, found)
    steps = step_table(standing(reader, found.id), reader.today) if found.table == "enrolment" else None
    return Report(
        name=found.table,
        title=clipped(f"{found.ref} {' '.join(found.name.split())}", _TITLE_AT_MOST),
        subtitle=BY_TABLE[found.table].singular,
        sections=(
            Section("", (*blocks, record_facts(reader, found), *filter(None, (rated, steps)), history)),
        ),
        as_of=reader.today,
        notes=tuple(f"kept all the same: {one.key}: {one.why}" for one in _unfit(reader, found)),
    )


def _unfit(reader: Reader, found: Found) -> Iterator[Unfit]:
    """Return the values of fields of the user's own that the playbook has no place for."""
    return unfit(reader, found.table, found.id) if found.table in FIELDED else iter(())


def _pinned(reader: Reader, found: Found) -> tuple[str, ...]:
    """Return the pinned notes on a record, each with who wrote it and when."""
    if found.table not in NOTED:
        return ()
    rows = reader.rows(
        f"SELECT text, noted_on, written_by FROM note WHERE {found.table}_id = :id AND pinned = 1 ORDER BY noted_on, id",
        {"id": found.id},
    )
    return tuple(f"pinned: {row['text']} ({_by(row['written_by'])}{row['noted_on']})" for row in rows)


def _by(writer: str | None) -> str:
    return f"{writer}, " if writer else ""


def _entries(reader: Reader, found: Found) -> Iterator[Entry]:
    """Yield what happened to a record, oldest first; what belongs to one day in the order of the declarations."""
    happened = []
    for place, kind in enumerate(HAPPENINGS):
        if found.table in kind.of:
            for row in reader.each(_sql(kind, found.table), {"id": found.id}):
                happened.append((row["day"], row["time"] or "", place, row))  # noqa: PERF401 - a sort key with its row
    happened.sort(key=lambda one: one[:3])
    for day_text, time_text, place, row in happened:
        day, kind = date.fromisoformat(day_text), HAPPENINGS[place]
        words = row["what"] + (f" {money(row['money'])}" if row["money"] is not None else "")
        words += f": {kind.tell(row['detail'])}" if row["detail"] else ""
        if day > reader.today:
            words = f"scheduled for {day_text}: {words}"
        named = None if kind.subject is None else Ref(ref(kind.subject, row["number"]), "")
        yield (
            day,
            time.fromisoformat(time_text) if time_text else None,
            None if named and named.id == found.ref else named,
            words,
        )


def _sql(kind: Happening, noun: str) -> str:
    """Return the query of one kind of happening in the history of a noun's record."""
    return (
        f"SELECT {kind.day} AS day, {kind.time} AS time, {kind.number} AS number, {kind.what} AS what, "
        f"{kind.money} AS money, {kind.detail} AS detail FROM {kind.rows or kind.table} AS x "
        f"WHERE {_mine(kind.table, noun)} AND {kind.day} IS NOT NULL{f' AND {kind.where}' if kind.where else ''} "
        "ORDER BY x.id"
    )


def _mine(table: str, noun: str) -> str:
    """Return the condition that a row belongs to the record `:id` of a noun."""
    if table == noun:
        return "x.id = :id"
    deals = f"x.opportunity_id IN (SELECT o.id FROM opportunity AS o WHERE o.{noun}_id = :id)"
    if noun in {"lead", "client"}:
        if table in _PARTS_OF_OPPORTUNITY:
            return deals
        if table in _DONE_FOR_OPPORTUNITY:
            return f"(x.{noun}_id = :id OR {deals})"
    return f"x.{noun}_id = :id"
