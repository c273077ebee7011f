"""A store that somebody made to do harm: nothing of theirs runs at a write, nothing beside the file is touched."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.faults.tally import Tally, some
from tests.faults.test_mutants import CHANGE, LOOK, made_by, wrong
from tests.faults.world import TODAY, words
from tests.run import run, start

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
# What would run by itself when something is written.
STRANGERS = {
    "a trigger that loads a program": "CREATE TRIGGER mine AFTER INSERT ON lead BEGIN SELECT load_extension('x.so'); END",
    "a trigger that writes a file": "CREATE TRIGGER mine AFTER INSERT ON journal_entry BEGIN SELECT writefile('x', 'y'); END",
    "a trigger that forgets the journal": "CREATE TRIGGER mine AFTER INSERT ON journal_change BEGIN DELETE FROM journal_entry; END",
    "a trigger that never ends": f"CREATE TRIGGER mine BEFORE INSERT ON lead BEGIN SELECT ({ENDLESS}); END",
    "a trigger that writes to itself": "CREATE TRIGGER mine AFTER INSERT ON lead BEGIN INSERT INTO lead SELECT * FROM lead; END",
    "a trigger with words of its own": "CREATE TRIGGER mine BEFORE INSERT ON lead BEGIN SELECT RAISE(ABORT, '\x1b]0;owned\x07'); END",
    "a trigger that swallows": "CREATE TRIGGER mine BEFORE INSERT ON lead BEGIN SELECT RAISE(IGNORE); END",
    "a trigger in the place of ours": "DROP TRIGGER journal_lead_insert; CREATE TRIGGER journal_lead_insert AFTER INSERT ON lead "
    "BEGIN DELETE FROM client; END",
    "a view under the name of a table": "ALTER TABLE note RENAME TO other; CREATE VIEW note AS SELECT * FROM other",
    "a view that instead deletes": "CREATE VIEW mine AS SELECT * FROM lead; "
    "CREATE TRIGGER theirs INSTEAD OF INSERT ON mine BEGIN DELETE FROM lead; END",
    "a table of a module": "CREATE VIRTUAL TABLE mine USING fts5 (x)",
}
# What is odd, and is looked at and written to like any other, or is refused in words.
ODD = {
    "tables of the names we make up": "CREATE TABLE earned (x); CREATE TABLE rated_health (x); CREATE TABLE leads (x)",
    "a generated column": "ALTER TABLE lead ADD COLUMN mine TEXT GENERATED ALWAYS AS (hex(name)) VIRTUAL",
    "an index that computes": "CREATE INDEX mine ON lead (hex(name))",
    "a table whose words are none": "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE TABLE lead (x' WHERE name = 'lead'",
    "a table on the page of another": "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'lead'",
    "a table on a page beyond": "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'lead'",
    "pages of 512 bytes": "PRAGMA page_size = 512; VACUUM",
    "pages of 65,536 bytes": "PRAGMA page_size = 65536; VACUUM",
    "another order of pages": "PRAGMA auto_vacuum = 2; VACUUM",
    "a log in the place of a journal": "PRAGMA journal_mode = WAL",
    "no number left for a lead": "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'lead'",
    "no number left for a command": "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'journal_entry'",
    "a number below nothing": "PRAGMA foreign_keys = 0; UPDATE lead SET id = -5 WHERE id = 2",
    "a last number that is a word": "UPDATE sqlite_sequence SET seq = 'x' WHERE name = 'lead'",
    "an event that was moved from itself": "UPDATE event SET moved_from_id = id",
    "a command that undid itself": "UPDATE journal_entry SET kind = 'undo', reverts = id",
    "an amount without end": "PRAGMA ignore_check_constraints = 1; UPDATE opportunity_terms SET value = 9e999",
    "a day before days": "PRAGMA ignore_check_constraints = 1; UPDATE lead SET received_on = '-4713-11-24'",
    "a day that is a number": "PRAGMA ignore_check_constraints = 1; UPDATE lead SET received_on = 9223372036854775807",
    "a version below nothing": "PRAGMA user_version = -3",
    "a version long gone": "PRAGMA user_version = 1",
    "a currency that is an escape": "UPDATE store_setting SET value = char(27) || '[31m' WHERE key = 'currency'",
    "20,000 brackets in the journal": "UPDATE journal_change SET before = replace(printf('%.20000c', 'x'), 'x', '[')",
    "a name of 5 MB": "UPDATE lead SET name = printf('%.5000000c', 'x')",
}


def hostile(book: Path, folder: Path, statements: str) -> Path:
    """Return a copy of the book to which somebody did something by other means, our triggers in their place."""
    db = Path(shutil.copy(book, folder / "improv.db"))
    ours = [sql for (sql,) in made_by(book)]
    with contextlib.closing(sqlite3.connect(db)) as connection:
        if "TRIGGER" not in statements:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(statements)
        with contextlib.suppress(sqlite3.Error):
            for sql in ours if "TRIGGER" not in statements else ():
                connection.execute(sql)
        connection.commit()
    db.chmod(0o600)
    return db


@pytest.mark.parametrize("case", some(STRANGERS, 3, "strangers"))
def test_nothing_of_somebody_elses_runs_at_a_write(
    tmp_path: Path, book: Path, case: str, tally: Tally
) -> None:
    """The store is not written, restored or made ours; it is read still, and the doctor names what is in it."""
    db = hostile(book, tmp_path, STRANGERS[case])
    content, faults, said = db.read_bytes(), list[str](), list[str]()
    for typed in CHANGE:
        result = run(*typed, db=db, today=TODAY)
        said.append((words(result) or "").partition(":")[0])
        if result.code != 5 or "not made as this program makes it" not in result.err:
            faults.append(f"{typed}: {result}")
    copied = run("restore", str(db), db=tmp_path / "new.db")
    if copied.code != 5 or (tmp_path / "new.db").exists():
        faults.append(f"restored: {copied}")
    faults += [f"{typed}: {fault}" for typed in LOOK if (fault := wrong(run(*typed, db=db, today=TODAY)))]
    if run("doctor", db=db, today=TODAY).code != 1:
        faults.append("the doctor finds it well")
    if db.read_bytes() != content or os.listdir(tmp_path) != ["improv.db"]:  # noqa: PTH208 - names are what is compared
        faults.append("something was written")
    tally.add(f"a hostile store: {case}", len(CHANGE) + len(LOOK) + 1, len(faults), said)
    assert faults == []


@pytest.mark.parametrize("case", some(ODD, 4, "odd"))
def test_an_odd_store_is_taken_as_it_is_or_refused_in_words(
    tmp_path: Path, book: Path, case: str, tally: Tally
) -> None:
    """Every look and every write ends in words, and nothing but the store and its backups is there afterwards."""
    db, faults, said = hostile(book, tmp_path, ODD[case]), list[str](), list[str]()
    for typed in (*LOOK, ("export",), *CHANGE):
        result = run(*typed, db=db, today=TODAY)
        if fault := wrong(result):
            faults.append(f"{typed}: {fault}")
        if result.code == 5:
            said.append((words(result) or "").partition(":")[0])
    beside = {path.name for path in tmp_path.iterdir()} - {"improv.db", "improv.db.backups"}
    if beside - {"improv.db-wal", "improv.db-shm"}:
        faults.append(f"there is {beside}")
    tally.add(f"an odd store: {case}", len(LOOK) + 1 + len(CHANGE), len(faults), said)
    assert faults == []


def test_ctrl_c_stops_what_a_hostile_store_never_ends(tmp_path: Path, book: Path, tally: Tally) -> None:
    """A view in the place of a table keeps SQLite busy for ever; the user is not locked out of the terminal."""
    view = f"ALTER TABLE note RENAME TO other; CREATE VIEW note AS SELECT * FROM other WHERE ({ENDLESS}) > 0"
    db = hostile(book, tmp_path, view)
    with start("show", "L1", db=db, today=TODAY) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    tally.add(
        "Ctrl-C while a hostile store keeps SQLite busy",
        1,
        int(process.returncode != 130),
        err.splitlines()[:1],
    )
    assert (process.returncode, err) == (130, "improv: stopped; nothing was changed\n")
