"""One bit flipped anywhere in the store: wherever it changes what is read, the doctor says so."""

import contextlib
import random
import sqlite3
from pathlib import Path

from tests.faults.tally import FULL, Tally
from tests.faults.world import store_ill

FLIPS = 300 if FULL else 30  # of those that change what is read


def read(db: Path) -> object:
    """Return all that can be read of a store, as bytes; or that it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as connection:
            connection.text_factory = bytes
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            rows = [
                connection.execute(f'SELECT * FROM "{name.decode()}"').fetchall()  # by rowid: its order
                for (name,) in sorted(tables)
                if name != b"sqlite_sequence"  # the next id to be given: nothing that is read
            ]
            names = ("user_version", "application_id")
            head = [connection.execute(f"PRAGMA {name}").fetchone() for name in names]
            return rows, head, connection.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return repr(error)


def test_a_flipped_bit_is_found_wherever_it_changes_what_is_read(
    tmp_path: Path, book: Path, tally: Tally
) -> None:
    """Bits are flipped one by one, drawn by chance, until so many of them changed what is read: each was found."""
    luck = random.Random("bits")  # noqa: S311 - no secret
    healthy, damaged = book.read_bytes(), tmp_path / "improv.db"
    as_written = read(book)
    assert store_ill(book) == []
    missed, said, changed, flipped = [], list[str](), 0, 0
    while changed < FLIPS:
        place = luck.randrange(len(healthy) * 8)
        content = bytearray(healthy)
        content[place // 8] ^= 1 << place % 8
        damaged.write_bytes(content)
        damaged.chmod(0o600)
        flipped += 1
        if read(damaged) == as_written:
            continue
        changed += 1
        found = store_ill(damaged)
        said += [one.partition(":")[0] for one in found[:1]]
        if not found:
            missed.append(place)
    tally.add(
        f"one bit flipped ({flipped} flips, {changed} changed what is read)",
        changed,
        len(missed),
        [f"doctor, {name}" for name in said],
    )
    assert missed == []
