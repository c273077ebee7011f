"""Two records that are one: the second's whole story moves to the first, and nothing of it is lost.

Whatever refers to the second refers to the first then, by the store's own foreign keys. Of a field the first's value stands
and the second's fills a blank; what differs is written down in a note. The day it dates from is the earlier one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from improv.actions import tracks
from improv.errors import Refused
from improv.history import HISTORY
from improv.models import RECORDS, Enrolment, Note, Record
from improv.money import money
from improv.named import NamedTuple
from improv.nouns import BY_TABLE, ref
from improv.records.words import CLIENT_STATUSES, LIFECYCLE
from improv.resolve import Found
from improv.store import Writing
from improv.text import folded

MERGED: Final = ("lead", "client", "campaign")
_OWN: Final = frozenset(("id", "recorded_at"))


class _States(NamedTuple):
    """Spans of which a record has one at a time: the column of the state, and the states, the furthest last."""

    column: str
    ranked: tuple[str, ...]


# On each day the merged record is in the further of the two states: a client is active while either is.
_SPANS: Final = {
    "lifecycle": _States("state", LIFECYCLE),
    "client_status": _States("status", tuple(reversed(CLIENT_STATUSES))),
}


# Of what is said of a record on a day the last holds: the table, and what tells one thing said from another.
_SAID: Final = {"reading": "kind", "field_value": "field", "qualification": "'verdict'"}


@dataclass(slots=True)
class Merged:
    """What a merge did: the fields it filled, what differs (field, kept, other), how many rows moved, and its note.

    `left` is the enrolment that ended, where both were on a track.
    """

    filled: list[str] = field(default_factory=list)
    differing: list[tuple[str, object, object]] = field(default_factory=list)
    moved: Counter[str] = field(default_factory=Counter)
    left: str | None = None
    note: int | None = None


def spoken(name: str) -> str:
    """Return what a column is called."""
    return (name if name == "external_id" else name.removesuffix("_id")).replace("_", " ")


def merge(work: Writing, kept: Found, other: Found) -> Merged:
    """Merge one record into another of its kind; the other is gone then."""
    if kept == other:
        raise Refused("these are one record already", kept.ref, "improv duplicates")
    done = Merged()
    for table, states in _SPANS.items():
        if f"{kept.table}_id" in _columns(work, table):
            _join_spans(work, table, states, f"{kept.table}_id", (kept.id, other.id))
    done.left = _leave(work, kept, other)
    for table in _SAID:
        if f"{kept.table}_id" in _columns(work, table):
            _keep_first(work, table, f"{kept.table}_id", (kept.id, other.id), done)
    _absorb(work, kept.table, kept.id, other.id, done)
    said = [f"merged from {other.ref} {other.name}"]
    said += [f"{spoken(name)}: {lost} (kept: {stands})" for name, stands, lost in done.differing]
    note = work.add(
        Note, text="\n".join(said), pinned=False, noted_on=work.today, **{f"{kept.table}_id": kept.id}
    )
    done.note = note.id
    work.subject = kept.ref
    return done


def _leave(work: Writing, kept: Found, other: Found) -> str | None:
    """Take the other off its track where both are on one: nobody is on two at once. Return the enrolment that ended."""
    column = f"{kept.table}_id"
    if column not in _columns(work, "enrolment"):
        return None
    sql = f"SELECT id FROM enrolment WHERE {column} = ? AND until IS NULL"
    running, ending = (work.connection.execute(sql, (one.id,)).fetchone() for one in (kept, other))
    if running is None or ending is None:
        return None
    tracks.end(work, work.get(Enrolment, ending[0]), work.today, "moved on")
    return ref("enrolment", ending[0])


def _keep_first(work: Writing, table: str, column: str, ids: tuple[int, int], done: Merged) -> None:
    """Of what both say on one day let the first's stand, though the other's was typed later; note down what differs."""
    what, by = _SAID[table], HISTORY[table].by
    day = f"SELECT {what} AS what, {by} AS day FROM {table} WHERE {column} = ?"
    sql = f"""SELECT x.*, {what} AS what FROM {table} AS x WHERE {column} = ?
        AND ({what}, {by}) IN ({day} INTERSECT {day}) ORDER BY x.id"""
    first, theirs = ([*work.connection.execute(sql, (one, *ids)).fetchall()] for one in ids)
    stands = {(row[-1], _named(work, table, row[:-1])[by]): row for row in first}
    for row in theirs:
        said = _named(work, table, row[:-1])
        kept = _named(work, table, stands[row[-1], said[by]][:-1])
        if _value(kept) != _value(said):
            done.differing.append((row[-1], _value(kept), _value(said)))
        work.connection.execute(f"DELETE FROM {table} WHERE id = ?", (said["id"],))


def _value(said: dict[str, Any]) -> object:
    """Return what was said, of a reading, a field or a verdict, as it is told."""
    found = (said.get(name) for name in ("verdict", "value", "text"))
    value = next((one for one in found if one is not None), "nothing")
    if isinstance(value, int) and said.get("kind") in {"money", "revenue"}:
        return money(value)
    return ("no", "yes")[value] if isinstance(value, int) and said.get("kind") == "yes-no" else value


def _absorb(work: Writing, table: str, kept: int, other: int, done: Merged, by: str = "") -> None:
    """Move all that belongs to one row to another of its table, fill the other's blanks, and remove the row.

    `by` is the column that says whose row it is: the two differ in it, and that is no news.
    """
    # Rows refer to both until all of them are moved.
    work.connection.execute("PRAGMA defer_foreign_keys = ON")
    for child, column in _referring(work, table):
        _move(work, child, column, kept, other, done)
    before, gone = _row(work, table, kept), _row(work, table, other)
    work.connection.execute(f"DELETE FROM {table} WHERE id = ?", (other,))
    _fill(work, table, before, {name: said for name, said in gone.items() if name != by}, done)


def _referring(work: Writing, table: str) -> Iterator[tuple[str, str]]:
    """Return the tables and columns by which rows refer to a table."""
    for child in HISTORY:
        for _, _, parent, column, *_ in work.connection.execute(
            f"PRAGMA foreign_key_list({child})"
        ).fetchall():
            if parent == table:
                yield child, column


def _move(work: Writing, child: str, column: str, kept: int, other: int, done: Merged) -> None:
    """Let the rows that refer to one row refer to another; of two that cannot both be there one absorbs the other."""
    for key in _unique_with(work, child, column):
        for mine, theirs in work.connection.execute(key, (kept, other)).fetchall():
            _absorb(work, child, mine, theirs, done, column)
    moved = work.connection.execute(
        f"UPDATE {child} SET {column} = ? WHERE {column} = ?", (kept, other)
    ).rowcount
    if moved:
        done.moved[child] += moved


def _unique_with(work: Writing, child: str, column: str) -> Iterator[str]:
    """Return for each rule that a row is the only one of its kind the query of the two rows that would break it."""
    for _, name, unique, _, partial in work.connection.execute(f"PRAGMA index_list({child})").fetchall():
        own = [one for *_, one in work.connection.execute(f"PRAGMA index_info({name})")]
        if not unique or column not in own:
            continue
        where = ""
        if partial:
            sql = work.connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[
                0
            ]
            where = sql.partition(" WHERE ")[2]
        source = f"(SELECT * FROM {child}{f' WHERE {where}' if where else ''})"
        same = "".join(f" AND a.{one} = b.{one}" for one in own if one != column)
        yield f"SELECT a.id, b.id FROM {source} a JOIN {source} b ON a.{column} = ? AND b.{column} = ?{same}"


def _fill(work: Writing, table: str, kept: dict[str, Any], gone: dict[str, Any], done: Merged) -> None:
    """Fill the blanks of a row with what another said; note down what differs. The earlier day dates it."""
    dated_by = HISTORY[table].by
    values: dict[str, Any] = {}
    for name, said in gone.items():
        if name in _OWN or said is None or name.endswith("_folded") or _same(kept[name], said):
            continue
        if name == dated_by:
            values[name] = min(kept[name], said)
        elif kept[name] in {None, ""}:
            values[name] = said
            done.filled.append(name)
            if f"{name}_folded" in gone:
                values[f"{name}_folded"] = gone[f"{name}_folded"]
        elif name != "name":
            done.differing.append((name, *_spoken(work, table, name, kept[name], said)))
    if values:
        pairs = ", ".join(f"{name} = ?" for name in values)
        work.connection.execute(f"UPDATE {table} SET {pairs} WHERE id = ?", (*values.values(), kept["id"]))


def _same(one: object, other: object) -> bool:
    return one == other or (isinstance(one, str) and isinstance(other, str) and folded(one) == folded(other))


def _spoken(work: Writing, table: str, name: str, *values: object) -> tuple[object, object]:
    """Return two values as they are told: what refers to a record as its id."""
    keys = work.connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
    parent = next((parent for _, _, parent, column, *_ in keys if column == name), None)
    one, other = (value if parent is None else f"{BY_TABLE[parent].letter}{value}" for value in values)
    return one, other


def _join_spans(work: Writing, table: str, states: _States, column: str, ids: tuple[int, int]) -> None:
    """Replace the spans of two records by those of the first: on each day the further of their states."""
    marks = f"SELECT * FROM {table} WHERE {column} IN (?, ?) ORDER BY since, id"
    spans = [_named(work, table, row) for row in work.connection.execute(marks, ids)]
    work.connection.execute(f"DELETE FROM {table} WHERE {column} IN (?, ?)", ids)
    for span in _furthest(spans, lambda one: states.ranked.index(one[states.column])):
        own = {name: value for name, value in span.items() if name not in _OWN}
        work.add(_model(table), **own | {column: ids[0]})


def _furthest(spans: list[dict[str, Any]], rank: Callable[[dict[str, Any]], int]) -> list[dict[str, Any]]:
    """Return the spans of the furthest state on each day, each as the span it begins in, those that meet as one."""
    edges = sorted({day for one in spans for day in (one["since"], one["until"]) if day is not None})
    runs: list[dict[str, Any]] = []
    for since, until in zip(edges, [*edges[1:], None], strict=True):
        there = [
            one for one in spans if one["since"] <= since and (one["until"] is None or one["until"] > since)
        ]
        if not there:
            continue
        best = max(there, key=rank)
        if runs and runs[-1]["until"] == since and rank(runs[-1]) == rank(best):
            runs[-1] = runs[-1] | {"until": until}
        else:
            runs.append(best | {"since": since, "until": until})
    return runs


def _columns(work: Writing, table: str) -> list[str]:
    return [name for _, name, *_ in work.connection.execute(f"PRAGMA table_info({table})")]


def _row(work: Writing, table: str, number: int) -> dict[str, Any]:
    return _named(
        work, table, work.connection.execute(f"SELECT * FROM {table} WHERE id = ?", (number,)).fetchone()
    )


def _named(work: Writing, table: str, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(_columns(work, table), row, strict=True))


def _model(table: str) -> type[Record]:
    return next(model for model in RECORDS if model.__tablename__ == table)
