"""A long import works in a copy beside the store: nobody waits to read, and who waits to write finds what it made."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from improv import aside, connecting
from improv.commands import imports
from improv.transfer.batch import Batch
from tests.files import written
from tests.run import run
from tests.session import must

LEADS = "id,name\n1,Grace\n2,Alan\n"


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a store with one lead, and take every import for a long one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(imports, "LONG", 0)
    store = tmp_path / "store" / "improv.db"
    must("lead add Ada", store)
    return store


def names(db: Path) -> list[str]:
    """Return the leads as a program reads them that waits for nobody."""
    with contextlib.closing(sqlite3.connect(db, timeout=0)) as reader:
        return [name for (name,) in reader.execute("SELECT name FROM lead ORDER BY id")]


def test_the_store_is_read_as_ever_until_all_rows_are_there(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a statement that holds every page waits: what is written is another file."""
    seen, flush = [], Batch.flush

    def looking(batch: Batch) -> None:
        flush(batch)
        seen.append(names(db))

    monkeypatch.setattr(Batch, "flush", looking)
    assert run("import", written(tmp_path, LEADS), "--as", "leads", db=db).code == 0
    assert (seen, names(db)) == ([["Ada"]] * len(seen), ["Ada", "Grace", "Alan"])
    assert seen
    assert sorted(os.listdir(db.parent)) == ["improv.db", "improv.db.backups"]  # noqa: PTH208 - names
    assert db.stat().st_mode & 0o777 == 0o600
    must("undo", db)
    assert names(db) == ["Ada"]
    assert must("doctor", db).code == 0


def test_a_link_to_the_store_stays_one(db: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(db)
    assert run("import", written(tmp_path, LEADS), "--as", "leads", db=link).code == 0
    assert (link.is_symlink(), names(db)) == (True, ["Ada", "Grace", "Alan"])


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_stops_before_the_step_leaves_the_store_and_nothing_beside_it(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Stopped, or without room for the copy: the store is the same file, byte for byte, and no backup was needed."""
    before = db.read_bytes(), db.stat().st_ino

    def stopped(*_: object) -> None:
        raise error

    monkeypatch.setattr(aside, "put_in_place", stopped)
    assert run("import", written(tmp_path, LEADS), "--as", "leads", db=db).code != 0
    assert (db.read_bytes(), db.stat().st_ino) == before
    assert [one for one in db.parent.rglob("*.db") if one != db] == []
    assert list(db.parent.glob(".improv.db*")) == []


def test_what_a_killed_import_left_is_removed_by_the_next(db: Path, tmp_path: Path) -> None:
    """A preview is done in a copy, too."""
    left = aside.named(db, "import")
    left.write_bytes(b"half")
    told = run("import", written(tmp_path, LEADS), "--as", "leads", "--dry-run", db=db)
    assert (told.code, left.exists(), names(db)) == (0, False, ["Ada"])


def test_who_waited_to_write_writes_into_what_the_import_made(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock it waited for is that of a file which is the store no more: it begins again with the one that is."""
    patiently, moved = connecting.patiently, list[Path]()

    def replaced(connection: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
        done = patiently(connection, statement)
        if statement == "BEGIN IMMEDIATE" and not moved:
            moved.append(Path(shutil.copy(db, db.with_name("other.db"))).replace(db))
        return done

    monkeypatch.setattr(connecting, "patiently", replaced)
    assert run("lead", "add", "Late", db=db).code == 0
    assert (len(moved), names(db)) == (1, ["Ada", "Late"])


def test_a_store_that_is_moved_away_meanwhile_is_not_made_anew(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = Batch.flush

    def moving(batch: Batch) -> None:
        flush(batch)
        if db.exists():
            db.rename(tmp_path / "moved.db")

    monkeypatch.setattr(Batch, "flush", moving)
    told = run("import", written(tmp_path, LEADS), "--as", "leads", db=db)
    assert (told.code, told.told[-3]) == (
        5,
        "improv: the store was moved or removed meanwhile; nothing was kept",
    )
    assert (db.exists(), names(tmp_path / "moved.db")) == (False, ["Ada"])
