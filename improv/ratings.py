"""What clients and leads are rated, with the parts of the formula: as rows, as tables of a page, and as kept in a reading."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from improv.errors import Refused
from improv.formulas import ACTIVE, BY_FORMULA, BY_HAND, RATED, UNKNOWN
from improv.named import NamedTuple
from improv.nouns import ref
from improv.reader import Reader
from improv.report import Cell, Column, Ref, Section, Table
from improv.resolve import Found

if TYPE_CHECKING:
    from improv.measure import Explanation


class Part(NamedTuple):
    """One part of what the formula says of a record: the value of a fact, its points and its weight; no value is unknown."""

    fact: str
    name: str
    value: int | None
    points: int | None
    weight: int


Parts = tuple[Part, ...]

AS_KEPT: Final = "as kept already"

_COLUMNS: Final = (
    Column("part", "Part"),
    Column("value", "Value", "number"),
    Column("points", "Points", "number"),
    Column("weight", "Weight", "number"),
)


def rating(reader: Reader, kind: str, number: int) -> sqlite3.Row | None:
    """Return what one record is rated: its `value` and `state`, what the formula says, and what was kept of it last."""
    return reader.row(f"SELECT * FROM rated_{kind} WHERE {RATED[kind]}_id = :only", {"only": number})


def parts(reader: Reader, kind: str, on: str, only: int | None = None) -> Mapping[int, Parts]:
    """Return the parts of the formula on a day by record: for all it knows something of, or for one."""
    rows = reader.each(
        f"SELECT subject_id, fact, name, value, points, weight FROM {kind}_part ORDER BY subject_id, place",
        {"on": on, "only": only},
    )
    found = {number: tuple(Part(*row[1:]) for row in mine) for number, mine in groupby(rows, itemgetter(0))}
    return {number: mine for number, mine in found.items() if any(part.value is not None for part in mine)}


def formula_sections(reader: Reader, told: "Explanation") -> tuple[Section, ...]:
    """Return how the formula rates the records behind a figure that it rates, part by part."""
    kind = told.reading.metric.rating
    rated = [row for row in told.counted if row.state == BY_FORMULA]
    if kind is None or not rated:
        return ()
    found = parts(reader, kind, min(told.reading.period.last, reader.today).isoformat())
    rows = [(Ref(row.ref, row.name or ""), *part[1:]) for row in rated for part in found.get(int(row.id), ())]
    columns = (Column("record", "Record", "ref"), *_COLUMNS)
    return (Section("By formula", (Table("formula", "By formula", columns, rows),)),) if rows else ()


def rating_table(reader: Reader, found: Found) -> Table | None:
    """Return how the formulas rate one record, part by part and in all, though a rating by hand may hold instead."""
    rows: list[tuple[Cell, ...]] = []
    by_hand = []
    for kind in (kind for kind, of in RATED.items() if of == found.table):
        known = parts(reader, kind, reader.today.isoformat(), found.id).get(found.id)
        rated = rating(reader, kind, found.id)
        if known and rated:
            weights = sum(part.weight for part in known if part.value is not None)
            rows += [(kind, *part[1:]) for part in known]
            value = rated["by_formula"]
            rows.append((kind, UNKNOWN if value is None else BY_FORMULA, None, value, weights))
            by_hand += [f"{kind} {rated['value']}"] if rated["state"] == BY_HAND else []
    if not rows:
        return None
    note = f"What holds is {BY_HAND}: {', '.join(by_hand)}." if by_hand else ""
    return Table("formula", "By formula", (Column("rating", "Rating"), *_COLUMNS), rows, note=note)


class Rated(NamedTuple):
    """One rating by formula that differs from what was kept of it last, if anything was."""

    about: Found
    kind: str
    value: int
    kept: int | None
    parts: Parts

    @property
    def fell(self) -> int:
        """How far it fell since it was kept last."""
        return max(0, (self.kept or 0) - self.value)


_ACTIVE: Final = """SELECT x.id, x.name, r.state, r.by_formula, r.kept
FROM {of} AS x JOIN rated_{kind} AS r ON r.{of}_id = x.id WHERE {active} ORDER BY x.id"""


class Looked(NamedTuple):
    """What the formulas say: the ratings to keep, and how many are not: by hand, as kept already, too little known."""

    to_keep: tuple[Rated, ...]
    left: Mapping[str, int]


def look(reader: Reader, kinds: Sequence[str], on: str, only: Sequence[Found] = ()) -> Looked:
    """Look at what the formulas say on a day of every active client and lead, or of some who must be active."""
    to_keep: list[Rated] = []
    left = Counter({BY_HAND: 0, AS_KEPT: 0, UNKNOWN: 0})
    for kind in kinds:
        of = RATED[kind]
        found = parts(reader, kind, on)
        rows = {
            row["id"]: row
            for row in reader.each(_ACTIVE.format(kind=kind, of=of, active=ACTIVE[of]), {"on": on})
        }
        asked = [one.id for one in only if one.table == of] if only else rows
        for number in asked:
            if number not in rows:
                raise Refused(
                    f"only an active {of} is rated by formula",
                    ref(of, number),
                    f"improv show {ref(of, number)}",
                )
            row = rows[number]
            if row["state"] == BY_HAND:
                left[BY_HAND] += 1
            elif row["by_formula"] is None:
                left[UNKNOWN] += 1
            elif row["by_formula"] == row["kept"]:
                left[AS_KEPT] += 1
            else:
                about = Found(of, number, row["name"])
                to_keep.append(Rated(about, kind, row["by_formula"], row["kept"], found[number]))
    return Looked(tuple(to_keep), left)


def as_kept(found: Sequence[Part]) -> str:
    """Return parts as a reading keeps them: JSON of words and whole numbers."""
    import json  # noqa: PLC0415 - only where a rating is kept

    return json.dumps([part._asdict() for part in found], ensure_ascii=False, separators=(",", ":"))


def as_told(kept: str) -> str:
    """Tell the parts that a reading keeps in a sentence: each value with its points and weight, then what was unknown."""
    import json  # noqa: PLC0415 - only where a rating was kept

    found = [Part(**part) for part in json.loads(kept)]
    known = [
        f"{part.name} {part.value} ({part.points} × {part.weight})"
        for part in found
        if part.value is not None
    ]
    unknown = [part.name for part in found if part.value is None]
    return ", ".join(known) + (f"; unknown: {', '.join(unknown)}" if unknown else "")
