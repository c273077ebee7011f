"""How far a purge reaches: who the person is under all their records, and what of the store hangs on those.

It is found by the store's own foreign keys, in the records as they are and in every image the journal keeps, so that
what was removed, undone or merged long ago goes too, and a table added later is purged by itself. A row goes with what
it refers to, unless it is named here as one that only mentions it, or that belongs to somebody else as well.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from improv.history import HISTORY
from improv.named import NamedTuple
from improv.nouns import BY_TABLE, ref
from improv.purges import PERSONS
from improv.purging.words import Words

# The row stays without it: it is about somebody else, or something else, and merely names what goes.
MENTIONS: Final = frozenset(
    {
        ("lead", "referring_client_id"),
        ("upsell", "opportunity_id"),
        ("upsell", "visit_id"),
        ("visit", "event_id"),
        ("testimonial", "visit_id"),
        ("story", "visit_id"),
        ("referral", "visit_id"),
        ("touch", "link_id"),
        ("event", "moved_from_id"),
    }
)
# The row stays while one of those it belongs to does.
SHARED: Final = {
    "opportunity": ("lead_id", "client_id"),
    "event": ("lead_id", "opportunity_id", "client_id"),
}
# By what a person is known, wherever it stands.
_KNOWN_BY: Final = {
    "lead": ("name", "email", "phone"),
    "client": ("name", "contact_name", "email", "phone"),
    "referral": ("name", "email", "phone"),
    "visitor": ("name", "email"),
    "contact": ("name", "email", "phone"),
}

Row = tuple[str, int]


class Key(NamedTuple):
    """A foreign key: the table and column that refer, and the table referred to."""

    child: str
    column: str
    parent: str


def keys_of(connection: sqlite3.Connection) -> list[Key]:
    """Return every way in which a record refers to another."""
    return [
        Key(child, column, parent)
        for child in HISTORY
        for _, _, parent, column, *_ in connection.execute(f"PRAGMA foreign_key_list({child})").fetchall()
    ]


def listed(numbers: Iterable[int]) -> str:
    """Return numbers as JSON, to be bound as one parameter."""
    return json.dumps(sorted(numbers))


class Past:
    """The records that are no more, as the journal keeps them: each image of each, by its foreign keys."""

    def __init__(self, connection: sqlite3.Connection, keys: Iterable[Key]) -> None:
        self.referring: dict[tuple[str, str], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
        self.images: dict[Row, list[dict[str, Any]]] = defaultdict(list)
        columns = defaultdict(list)
        for key in keys:
            columns[key.child].append(key.column)
        for table in HISTORY:
            for number, before in connection.execute(
                f"""SELECT record_id, before FROM main.journal_change WHERE record = ? AND before IS NOT NULL
                    AND record_id NOT IN (SELECT id FROM main.{table})""",
                (table,),
            ):
                image = json.loads(before)
                if table in PERSONS:
                    self.images[table, number].append(image)
                for column in columns[table]:
                    if (value := image.get(column)) is not None:
                        self.referring[table, column][value].add(number)


@dataclass
class Extent:
    """What a purge erases and what it leaves: the person's records, all rows that go, and the keys that are emptied.

    `gone` holds rows that are in the journal alone, too. `emptied` are the rows that stay, by the column that named
    what goes.
    """

    connection: sqlite3.Connection
    persons: set[Row]
    gone: dict[str, set[int]]
    emptied: dict[tuple[str, str], set[int]]
    words: Words

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many rows of each table there are to erase."""
        found = {
            table: self.connection.execute(
                f"SELECT COUNT(*) FROM main.{table} WHERE id IN (SELECT value FROM json_each(?))",
                (listed(numbers),),
            ).fetchone()[0]
            for table, numbers in self.gone.items()
        }
        return {table: count for table, count in found.items() if count}


def extent(connection: sqlite3.Connection, start: Row) -> Extent:
    """Find all that has to go with a lead, a client, a referral, a visitor or a contact."""
    keys = keys_of(connection)
    past = Past(connection, keys)
    persons = _persons(connection, start, past)
    words = Words(_known_by(connection, persons))
    # Who is no more and was called the same is the same: typed twice and removed, or merged into another.
    namesakes = {
        row
        for row, images in past.images.items()
        if any(words.is_one(image.get(column)) for image in images for column in _KNOWN_BY[row[0]])
    }
    if namesakes - persons:
        persons |= namesakes
        words = Words(_known_by(connection, persons))
    gone, emptied = _hanging(connection, persons, keys, past)
    return Extent(connection, persons, gone, emptied, words)


def _persons(connection: sqlite3.Connection, start: Row, past: Past) -> set[Row]:
    """Return every record of one person: the lead, the client they became, the visitor they were."""
    found, new = set[Row](), {start}
    while new:
        found |= new
        new = {other for row in new for other in _same(connection, row, past)} - found
    return found


# A visitor with the person's address, whom nobody has recognised yet.
_UNKNOWN: Final = """SELECT v.id FROM main.visitor v JOIN main.{} x ON lower(x.email) = lower(v.email)
    WHERE x.id = :id AND v.lead_id IS NULL AND v.client_id IS NULL"""
# A contact with the person's address.
_CONTACT: Final = """SELECT k.id FROM main.contact k JOIN main.{} x ON lower(x.email) = lower(k.email)
    WHERE x.id = :id"""
# For each kind of person the records that are the same one's: the table, and the query that finds them.
_SAME: Final = {
    "lead": (
        ("client", "SELECT id FROM main.client WHERE lead_id = :id"),
        ("referral", "SELECT id FROM main.referral WHERE lead_id = :id"),
        ("visitor", "SELECT id FROM main.visitor WHERE lead_id = :id"),
        ("visitor", _UNKNOWN.format("lead")),
        ("contact", _CONTACT.format("lead")),
    ),
    "client": (
        ("lead", "SELECT lead_id FROM main.client WHERE id = :id AND lead_id IS NOT NULL"),
        ("visitor", "SELECT id FROM main.visitor WHERE client_id = :id"),
        ("visitor", _UNKNOWN.format("client")),
        ("contact", _CONTACT.format("client")),
    ),
    "referral": (("lead", "SELECT lead_id FROM main.referral WHERE id = :id AND lead_id IS NOT NULL"),),
    "visitor": (
        ("lead", "SELECT lead_id FROM main.visitor WHERE id = :id AND lead_id IS NOT NULL"),
        ("client", "SELECT client_id FROM main.visitor WHERE id = :id AND client_id IS NOT NULL"),
    ),
    # One person may be the contact of several sales.
    "contact": (
        (
            "contact",
            """SELECT k.id FROM main.contact k JOIN main.contact x ON lower(x.name) = lower(k.name)
            AND lower(x.email) IS lower(k.email) WHERE x.id = :id""",
        ),
    ),
}


def _same(connection: sqlite3.Connection, row: Row, past: Past) -> Iterator[Row]:
    table, number = row
    for other, sql in _SAME[table]:
        yield from ((other, found) for (found,) in connection.execute(sql, {"id": number}))
    if table not in BY_TABLE:
        return
    # What was merged into it: removed by an entry about the record that stayed.
    for (merged,) in connection.execute(
        """SELECT c.record_id FROM main.journal_change c JOIN main.journal_entry e ON e.id = c.entry_id
           WHERE e.subject = ? AND c.record = ? AND c.after_digest IS NULL AND c.record_id <> ?""",
        (ref(table, number), table, number),
    ):
        if (table, merged) in past.images:
            yield table, merged


def _known_by(connection: sqlite3.Connection, persons: set[Row]) -> Iterator[str]:
    """Yield every name, mail address and phone number that the person ever had here."""
    for table, number in persons:
        columns = _KNOWN_BY[table]
        current = connection.execute(
            f"SELECT {', '.join(columns)} FROM main.{table} WHERE id = ?", (number,)
        ).fetchall()
        befores = [
            json.loads(before)
            for (before,) in connection.execute(
                "SELECT before FROM main.journal_change WHERE record = ? AND record_id = ? AND before IS NOT NULL",
                (table, number),
            )
        ]
        yield from (value for row in current for value in row if value)
        yield from (value for image in befores for column in columns if (value := image.get(column)))


def _hanging(
    connection: sqlite3.Connection, persons: set[Row], keys: list[Key], past: Past
) -> tuple[dict[str, set[int]], dict[tuple[str, str], set[int]]]:
    """Follow the foreign keys from a person to all that goes, until nothing more does; return what is emptied, too."""
    gone: dict[str, set[int]] = defaultdict(set)
    emptied: dict[tuple[str, str], set[int]] = defaultdict(set)
    new: dict[str, set[int]] = defaultdict(set)
    for table, number in persons:
        new[table].add(number)
    while new:
        for table, numbers in new.items():
            gone[table] |= numbers
        reached: dict[str, set[int]] = defaultdict(set)
        for child, column, parent in keys:
            if parent in new:
                there = _referring(connection, child, column, new[parent])
                before = {number for one in new[parent] for number in past.referring[child, column][one]}
                stays = there if (child, column) in MENTIONS else _belonging(connection, child, there, gone)
                emptied[child, column] |= stays
                if (child, column) not in MENTIONS:
                    reached[child] |= (there - stays) | before
        new = {table: left for table, numbers in reached.items() if (left := numbers - gone[table])}
    kept = {place: numbers - gone[place[0]] for place, numbers in emptied.items()}
    return dict(gone), {place: numbers for place, numbers in kept.items() if numbers}


def _referring(connection: sqlite3.Connection, child: str, column: str, numbers: set[int]) -> set[int]:
    return {
        number
        for (number,) in connection.execute(
            f"SELECT id FROM main.{child} WHERE {column} IN (SELECT value FROM json_each(?))",
            (listed(numbers),),
        )
    }


def _belonging(
    connection: sqlite3.Connection, child: str, rows: set[int], gone: dict[str, set[int]]
) -> set[int]:
    """Return those of the rows that belong to somebody who stays, as well."""
    if child not in SHARED:
        return set()
    owners = SHARED[child]
    found = connection.execute(
        f"SELECT id, {', '.join(owners)} FROM main.{child} WHERE id IN (SELECT value FROM json_each(?))",
        (listed(rows),),
    )
    return {
        number
        for number, *values in found
        if any(
            value is not None and value not in gone.get(owner.removesuffix("_id"), ())
            for owner, value in zip(owners, values, strict=True)
        )
    }
