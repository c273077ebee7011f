"""The images that the journal keeps of records that stay: without what a purge erases, and still fitting each other."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from improv import journal
from improv.history import HISTORY
from improv.purging.extent import MENTIONS, SHARED, Extent, Row, keys_of
from improv.purging.mentions import free, texts_of

Image = dict[str, Any]


def rewrite(found: Extent, before: Mapping[Row, str | None]) -> None:
    """Take what is erased out of every image of a record that stays; `before` are those that a purge itself altered.

    What the journal keeps of a text as it still stands in the record is left: the two must not differ.
    """
    work, cleaner = found.connection, _Cleaner(found)
    for table in HISTORY:
        touched = {number for record, number in before if record == table}
        for number, text in work.execute(
            "SELECT record_id, before FROM journal_change WHERE record = ? AND before IS NOT NULL", (table,)
        ):
            if number not in touched and cleaner.changes(table, number, json.loads(text)):
                touched.add(number)
        for number in sorted(touched):
            _rewrite(work, cleaner, (table, number), before.get((table, number)))


class _Cleaner:
    """Says of an image what has to be otherwise in it."""

    def __init__(self, found: Extent) -> None:
        self.found = found
        self.parents: dict[str, dict[str, str]] = {}
        for child, column, parent in keys_of(found.connection):
            if (child, column) in MENTIONS or column in SHARED.get(child, ()):
                self.parents.setdefault(child, {})[column] = parent
        self.texts = {table: texts_of(found.connection, table) for table in HISTORY}

    def changes(self, table: str, number: int, image: Image) -> Image:
        """Return the columns of an image that change, with what stands there then."""
        keys = self.parents.get(table, {})
        gone = [
            column for column, parent in keys.items() if image.get(column) in self.found.gone.get(parent, ())
        ]
        # An image that belongs to nobody else keeps its key, so that it is never played back without an owner.
        owned = [
            column for column in SHARED.get(table, ()) if image.get(column) is not None and column not in gone
        ]
        made: Image = {column: None for column in gone if (table, column) in MENTIONS or owned}
        named = [
            column
            for column in self.texts[table]
            if free(column) and self.found.words.found(image.get(column))
        ]
        if named:
            stands = self.found.connection.execute(
                f"SELECT {', '.join(named)} FROM {table} WHERE id = ?", (number,)
            ).fetchone()
            for column, now in zip(named, stands or (None,) * len(named), strict=True):
                if image[column] != now:
                    made[column] = self.found.words.blanked(image[column])
        return made


def _rewrite(work: sqlite3.Connection, cleaner: _Cleaner, row: Row, was: str | None) -> None:
    """Rewrite the images of one record, and the digest before each so that it fits, where it did before."""
    changes = work.execute(
        "SELECT id, before, after_digest FROM journal_change WHERE record = ? AND record_id = ? ORDER BY id",
        row,
    ).fetchall()
    now = journal.image(work, *row)
    old = [before for _, before, _ in changes] + [was or now]
    new = [_cleaned(work, cleaner, row, before) for before in old[:-1]] + [now]
    for place, (number, _, after) in enumerate(changes):
        fitted = after is not None and after == journal.digest(_bytes(old[place + 1]))
        work.execute(
            "UPDATE journal_change SET before = ?, after_digest = ? WHERE id = ?",
            (new[place], journal.digest(_bytes(new[place + 1])) if fitted else after, number),
        )


def _cleaned(work: sqlite3.Connection, cleaner: _Cleaner, row: Row, before: str | None) -> str | None:
    if before is None:
        return None
    image = json.loads(before)
    changes = cleaner.changes(*row, image)
    if not changes:
        return before
    # SQLite writes it, as the triggers do: each byte counts in a digest.
    pairs = ", ".join(f"'{column}', ?" for column in image)
    (made,) = work.execute(f"SELECT json_object({pairs})", tuple((image | changes).values())).fetchone()
    return str(made)


def _bytes(image: str | None) -> bytes | None:
    return None if image is None else image.encode()
