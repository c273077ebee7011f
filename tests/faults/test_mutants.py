"""Anybody's file as the store: whatever was done to one, every command ends in words, and none in a traceback."""

import contextlib
import random
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from improv.errors import ImprovError, StoreUnusable
from tests.faults.nursery import Nursery
from tests.faults.tally import FULL, Tally
from tests.faults.world import TODAY
from tests.run import Result, run, world

PARTS, MUTANTS = (8, 250) if FULL else (1, 40)
# A command that takes longer, or more memory, than any on a store of this size.
SECONDS, LIMITS = 20, {"AS": 2_000_000_000}
LOOK = (
    ("lead", "list"),
    ("show", "L1"),
    ("show", "O1"),
    ("show", "C1"),
    ("history",),
    ("report", "weekly"),
    ("alerts",),
    ("todo",),
    ("metric", "win-rate-from-discovery", "--by", "source"),
    ("calendar",),
    ("doctor",),
    (),
)
CHANGE = (("lead", "add", "Eve"), ("undo",), ("opp", "won", "O1"), ("lead", "remove", "L1"))


def changed_bytes(content: bytearray, luck: random.Random) -> None:
    """Write other bytes here and there."""
    for _ in range(luck.choice((1, 1, 3, 20, 200))):
        content[luck.randrange(len(content))] = luck.randrange(256)


def swapped_pages(content: bytearray, luck: random.Random) -> None:
    """Put one page in the place of another."""
    size = 4096
    one, other = (luck.randrange(len(content) // size) * size for _ in range(2))
    content[one : one + size] = content[other : other + size]


def blanked(content: bytearray, luck: random.Random) -> None:
    """Write nothing over a stretch."""
    start = luck.randrange(len(content))
    length = min(luck.choice((10, 1000, 50_000)), len(content) - start)
    content[start : start + length] = bytes(length)


def cut(content: bytearray, luck: random.Random) -> None:
    """Take the end away."""
    del content[luck.randrange(1, len(content)) :]


def header(content: bytearray, luck: random.Random) -> None:
    """Write another byte into the file's header."""
    content[luck.randrange(16, 100)] = luck.randrange(256)


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    changed_bytes,
    changed_bytes,
    swapped_pages,
    blanked,
    cut,
    header,
)


def wrong(result: Result) -> str | None:
    """Return what is wrong with how a command ended; nothing where it did its work or said why not."""
    if "Traceback" in result.err or result.code not in {0, 1, 2, 3, 4, StoreUnusable.exit_code}:
        return f"{result.code} {result.err[-300:]}"
    if result.code and result.out == "" and not result.told:
        return "failed without a word"
    # A calendar's lines end as its format says.
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", (result.out + result.err).replace("\r\n", "\n")):
        return "wrote a control character"
    return None


@pytest.mark.parametrize("part", range(PARTS))
def test_no_mutated_store_ends_in_a_traceback(
    tmp_path: Path, book: Path, nursery: Nursery, part: int, tally: Tally
) -> None:
    """Stores with other bytes, pages in the wrong place, parts missing: each is looked at and written to."""
    luck = random.Random(f"mutants {part}")  # noqa: S311 - no secret
    healthy, faults, said = book.read_bytes(), [], list[str]()
    for number in range(MUTANTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        db, content = folder / "improv.db", bytearray(healthy)
        luck.choice(MUTATIONS)(content, luck)
        db.write_bytes(content)
        for words in (luck.choice(LOOK), luck.choice(CHANGE), luck.choice(LOOK)):
            result = nursery.start(words, world(db, TODAY), LIMITS).end(SECONDS)
            if fault := wrong(result):
                faults.append(f"{number} {words}: {fault}")
            if result.code in {ImprovError.exit_code, StoreUnusable.exit_code} and result.told:
                said.append(result.told[0].removeprefix("improv: ").partition(":")[0])
        shutil.rmtree(folder)
    tally.add("a store with bytes, pages or its end changed", MUTANTS, len(faults), said)
    assert faults == []


# What somebody may have put into a store by other means than this program.
HOSTILE = {
    "a trigger of theirs": "CREATE TRIGGER mine AFTER INSERT ON lead BEGIN DELETE FROM client; END",
    "a trigger that never ends": "CREATE TRIGGER mine AFTER UPDATE ON journal_entry BEGIN "
    "INSERT INTO lead (name, name_folded, received_on, recorded_at) VALUES ('x', 'x', '2026-01-01', 'x'); END",
    "a view in the place of a table": "ALTER TABLE note RENAME TO other; CREATE VIEW note AS SELECT * FROM other",
    "a view that runs a function": "ALTER TABLE task RENAME TO other; "
    "CREATE VIEW task AS SELECT *, load_extension('/tmp/x.so') AS y FROM other",
    "a table that lacks": "DROP TABLE visit",
    "a column that lacks": "ALTER TABLE event DROP COLUMN place",
    "words where a number is": "PRAGMA ignore_check_constraints = 1; UPDATE opportunity_terms SET value = 'much'",
    "a number no amount is": "PRAGMA ignore_check_constraints = 1; UPDATE opportunity_terms SET value = 9223372036854775807",
    "a day that is none": "PRAGMA ignore_check_constraints = 1; UPDATE lead SET received_on = '2026-02-31'",
    "no day": "PRAGMA ignore_check_constraints = 1; UPDATE stage_stay SET since = ''",
    "a year beyond": "PRAGMA ignore_check_constraints = 1; UPDATE event SET scheduled_for = '99999-01-01'",
    "bytes where text is": "UPDATE lead SET name = x'ff00fe'",
    "text that is no UTF-8": "UPDATE lead SET name = CAST(x'41ff42' AS TEXT)",
    "a zero in a text": "UPDATE lead SET name = CAST(x'410042' AS TEXT)",
    "an escape in a text": "UPDATE lead SET name = char(27) || ']0;owned' || char(7)",
    "a stage of no playbook": "UPDATE stage_stay SET stage = '[red]nowhere[/x]'",
    "a status of no program": "PRAGMA ignore_check_constraints = 1; UPDATE event SET status = 'lost'",
    "a record that is gone": "PRAGMA foreign_keys = 0; DELETE FROM lead",
    "a journal that is gone": "DELETE FROM journal_change",
    "an image that is no JSON": "UPDATE journal_change SET before = '{' WHERE before IS NOT NULL",
    "an entry left open": "UPDATE journal_open SET entry_id = 1",
    "a time zone that is none": "UPDATE store_setting SET value = '../../etc/passwd' WHERE key = 'timezone'",
    "no settings": "DELETE FROM store_setting",
    "a million rows": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
    "INSERT INTO memory_run (command, started_at) SELECT 'alerts', '2026-01-01T00:00:00Z' FROM n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_store_gives_words(tmp_path: Path, book: Path, case: str, tally: Tally) -> None:
    """Whatever SQL was run on a store by other means, looking and writing end in words, and the doctor is not silent."""
    db = tmp_path / "improv.db"
    shutil.copy(book, db)
    with contextlib.closing(sqlite3.connect(db)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")  # ours would refuse it
        connection.executescript(HOSTILE[case])
        triggers = (book_sql for (book_sql,) in made_by(book))
        with contextlib.suppress(sqlite3.DatabaseError):
            for trigger in triggers:
                connection.execute(trigger)
        connection.commit()
    db.chmod(0o600)
    faults = [f"{words}: {fault}" for words in LOOK if (fault := wrong(run(*words, db=db, today=TODAY)))]
    doctor = run("doctor", db=db, today=TODAY)
    if doctor.code == 0:
        faults.append("the doctor finds it well")
    for words in CHANGE:
        copy = Path(shutil.copy(db, tmp_path / "copy.db"))
        if fault := wrong(run(*words, db=copy, today=TODAY)):
            faults.append(f"{words}: {fault}")
    tally.add(f"a hostile store: {case}", len(LOOK) + len(CHANGE), len(faults), doctor.out.splitlines()[:1])
    assert faults == []


def made_by(book: Path) -> list[tuple[str]]:
    """Return the SQL of the triggers of a healthy store."""
    with contextlib.closing(sqlite3.connect(book)) as connection:
        return connection.execute("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
