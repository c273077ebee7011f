"""What an error never tells: whatever the store refuses or cannot read, no word of the user's data is repeated."""

import contextlib
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from improv import playbook
from improv.errors import ImprovError
from improv.journal import instant
from improv.locking import Place
from improv.models import Lead
from improv.store import Writing, writing
from tests.book import NOON, TODAY
from tests.run import run
from tests.session import must

CANARY = "Tweety Tweet"
DAMAGED = f"CAST(x'{CANARY.encode().hex()}ff' AS TEXT)"  # a text that is none in UTF-8
LOOK = (
    "lead list",
    "show L1",
    "show O1",
    "history",
    "alerts",
    "query 'SELECT * FROM leads'",
    "export",
    "doctor",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with a lead, its sale and a note."""
    db = tmp_path_factory.mktemp("untold") / "improv.db"
    must(f"lead add '{CANARY}' --source web", db)
    must("opp add L1 --title Audit --value 1k", db)
    must(f"note add L1 '{CANARY}'", db)
    return db


def damaged(book: Path, folder: Path, statement: str) -> Path:
    """Return a copy of the book to which a statement was done that no rule and no trigger saw."""
    db = Path(shutil.copy(book, folder / "improv.db"))
    with contextlib.closing(sqlite3.connect(db)) as connection:
        triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute(statement)
        connection.commit()
    return db


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE lead SET name = {DAMAGED}",
        f"UPDATE note SET text = {DAMAGED}",
        f"UPDATE journal_entry SET command = {DAMAGED}",
        f"UPDATE store_setting SET value = {DAMAGED}",
        f"UPDATE lead SET received_on = '{CANARY}'",
        f"UPDATE opportunity_terms SET value = '{CANARY}'",
        f"UPDATE journal_change SET before = '{CANARY}', after_digest = 0",
    ],
)
def test_what_is_damaged_is_not_quoted(statement: str, book: Path, tmp_path: Path) -> None:
    """Neither a text that is no text, nor a day that is none: it is told that the store is damaged, or that we failed."""
    db = damaged(book, tmp_path, statement)
    results = [run(*shlex.split(words), db=db) for words in LOOK]
    assert not any(CANARY[:6] in result.err for result in results)
    assert any(result.code for result in results)
    if DAMAGED in statement:
        # The doctor prints what it finds.
        told = {(result.code, result.told[0]) for result in results[:-1] if result.code}
        assert told <= {(5, "improv: the store is damaged")}


ROW = {
    "id": 7,
    "name": CANARY,
    "name_folded": CANARY.casefold(),
    "received_on": date(2026, 11, 22),
    "email": CANARY,
}
WRITES: dict[str, Callable[[Writing, dict[str, Any]], object]] = {
    "an import": lambda work, row: work.insert(Lead, [row]),
    "plain SQL": lambda work, row: work.connection.execute(
        f"INSERT INTO lead ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})",
        {**row, "recorded_at": instant(work.now)},
    ),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"received_on": date(1850, 1, 1)}, "received_on_is_a_day"),
        ({"name_folded": None}, "NOT NULL constraint failed: lead.name_folded"),
        ({"id": 1}, "UNIQUE constraint failed: lead.id"),
        ({"id": CANARY}, "datatype mismatch"),
    ],
)
def test_a_broken_rule_is_named_without_the_row_that_breaks_it(
    write: str, wrong: dict[str, object], rule: str, book: Path, tmp_path: Path
) -> None:
    """Whatever else the row says, and whichever way it was written."""
    db, now = Path(shutil.copy(book, tmp_path / "improv.db")), datetime.combine(TODAY, NOON)
    with (
        pytest.raises(ImprovError) as error,
        writing(Place(db), playbook.load(), TODAY, now, "test") as work,
    ):
        WRITES[write](work, {**ROW, "recorded_at": work.now, **wrong})
    assert CANARY not in str(error.value)
    assert rule in str(error.value)
