"""A copy of the whole store, and going back to one: checked, private, and taken back in its turn."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from improv import backups, storefile
from improv.errors import StoreUnusable
from tests.run import run
from tests.session import must
from tests.test_undo import records


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with a lead in it."""
    path = tmp_path / "improv.db"
    must("lead add Ada", path)
    return path


def kept(db: Path) -> list[str]:
    """Return the names of the backups without their moment."""
    return [one.name.partition("-2026")[0] for one in storefile.backups(db)]


def test_a_backup_is_a_private_copy_that_says_what_it_holds(db: Path) -> None:
    """Among the store's backups unless told, in a folder or under a name else; nothing is replaced."""
    first, holds, then = must("backup", db).out.splitlines()
    (made,) = storefile.backups(db)
    assert first == f"the store is copied to {made}"
    assert holds.partition("kB, ")[2].partition("; last")[0] == "1 lead, 2 rows in all"
    assert "; last #1 lead add Ada, 20" in holds
    assert then == f"  next: improv restore {made}"
    assert made.stat().st_mode & 0o777 == 0o600
    assert records(made) == records(db)
    folder = db.parent / "stick"
    folder.mkdir()
    must(f"backup {folder}", db)
    (on_stick,) = folder.glob("improv-20*.db")
    assert records(on_stick) == records(db)
    must(f"backup {folder}/mine.db", db)
    again = run("backup", folder / "mine.db", db=db)
    assert (again.code, again.told[0]) == (1, "improv: there is a file already")
    assert run("backup", folder / "none" / "mine.db", db=db).code == 2


def test_a_backup_made_by_hand_is_never_removed(db: Path) -> None:
    """Of those the program makes for itself the newest ten are kept."""
    must("backup", db)
    with closing(storefile.open_to_read(db)) as connection:
        for _ in range(12):
            storefile.backup(connection, db, "test")
    numbers = [int(name.partition("-")[0]) for name in kept(db)]
    assert numbers == [1, *range(4, 14)]


def test_a_restore_is_taken_back_by_a_restore(db: Path, tmp_path: Path) -> None:
    """What was there is kept, what is only in it is counted, and the command that goes back is named."""
    must(f"backup {tmp_path}/ada.db", db)
    must("lead add Bob", db)
    both = records(db)
    told = must(f"restore {tmp_path}/ada.db", db).out.splitlines()
    before = storefile.backups(db)[-1]
    assert before.name == "000001-before-restore.db"
    assert [told[0], *told[2:]] == [
        f"{db} is again as it was in {tmp_path}/ada.db",
        "  1 command typed since is only in what was there",
        f"  what was there is kept: improv restore {before} takes this back",
        "  next: improv",
    ]
    assert must("lead list", db).out.startswith("L1\tAda\t")
    assert db.stat().st_mode & 0o777 == 0o600
    must(f"restore {before}", db)
    assert records(db) == both
    must("lead add Cy", db)
    must("undo", db)
    assert records(db) == both


def test_a_damaged_store_is_replaced_and_its_bytes_are_kept(db: Path, tmp_path: Path) -> None:
    """What a killed writer left beside it must not be played into another file."""
    must(f"backup {tmp_path}/good.db", db)
    good = records(db)
    db.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    journal = db.with_name("improv.db-journal")
    journal.write_bytes(b"left by a killed writer")
    must(f"restore {tmp_path}/good.db", db)
    assert records(db) == good
    (damaged,) = storefile.backups(db)
    assert damaged.read_bytes().endswith(b"\x07" * 100)
    assert not journal.exists()


def test_a_store_that_is_gone_comes_back(db: Path, tmp_path: Path) -> None:
    """Where there is nothing, nothing is kept."""
    must(f"backup {tmp_path}/good.db", db)
    good = records(db)
    db.unlink()
    told = must(f"restore {tmp_path}/good.db", db).out.splitlines()
    assert told[2:] == ["  next: improv"]
    assert records(db) == good


def test_what_waits_for_the_store_does_not_write_into_the_old_one(db: Path, tmp_path: Path) -> None:
    """A command that had opened the store before is told so, and nothing is lost silently."""
    must(f"backup {tmp_path}/good.db", db)
    with closing(storefile.open_to_write(db)) as waiting:
        must(f"restore {tmp_path}/good.db", db)
        waiting.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable, match="another store was put in its place"), storefile.telling(db):
            waiting.execute("UPDATE journal_entry SET command = 'typed meanwhile'")


def test_a_restore_waits_for_who_writes_and_gives_up(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is busy: nothing is replaced."""
    must(f"backup {tmp_path}/good.db", db)
    monkeypatch.setattr(storefile, "BUSY_SECONDS", 0.3)
    with closing(sqlite3.connect(db)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        inode = db.stat().st_ino
        done = run("restore", tmp_path / "good.db", db=db)
    assert (done.code, done.told[0][:27]) == (5, "improv: the store is busy: ")
    assert db.stat().st_ino == inode


def newer(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    return "improv: the file is newer than this program"


def others(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA application_id = 7")
    return "improv: the file is another program's database"


def orphaned(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM lead")
        connection.commit()
    return "improv: the file does not hold together"


def cut_short(path: Path) -> str:
    path.write_bytes(path.read_bytes()[:30_000])
    return "improv: the file does not hold together"


def no_store(path: Path) -> str:
    path.write_text("a letter", "utf-8")
    return "improv: the file is not a store"


def gone(path: Path) -> str:
    path.unlink()
    return "improv: there is no such file"


@pytest.mark.parametrize("spoil", [newer, others, orphaned, cut_short, no_store, gone])
def test_what_is_no_good_store_is_not_restored(spoil: object, db: Path, tmp_path: Path) -> None:
    """It is refused in three lines, and the store stays as it is."""
    copy = tmp_path / "copy.db"
    shutil.copy(db, copy)
    assert callable(spoil)
    what, before = spoil(copy), db.read_bytes()
    done = run("restore", copy, db=db)
    assert done.code in {3, 5}
    assert done.told[0].startswith(what)
    assert len(done.told) == 3
    assert db.read_bytes() == before
    assert storefile.backups(db) == []


def test_the_store_is_not_restored_from_itself(db: Path) -> None:
    """Nor is a store that is not there copied."""
    assert run("restore", db, db=db).told[0] == "improv: this is the store itself"
    assert run("backup", db=db.with_name("none.db")).code == 3


@pytest.mark.parametrize(("size", "said"), [(999, "999 bytes"), (1_000, "1.0 kB"), (2_101_248, "2.1 MB")])
def test_a_size_is_told_in_words(size: int, said: str) -> None:
    """By thousands, to a tenth."""
    assert backups.size_words(size) == said
