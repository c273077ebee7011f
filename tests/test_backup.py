"""A copy of the whole store, and going back to one: checked, private, and taken back in its turn."""

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from improv import backups, connecting, copying, shelf, storefile
from improv.commands.desk import Desk
from improv.errors import StoreUnusable
from improv.migrations import VERSION
from improv.store import Writing
from tests.files import backups_of
from tests.run import Result, run
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
    return [one.name.partition("-2026")[0] for one in backups_of(db)]


def test_a_backup_is_a_private_copy_that_says_what_it_holds(db: Path) -> None:
    """Among the store's backups unless told, in a folder or under a name else; nothing is replaced."""
    first, holds, then = must("backup", db).out.splitlines()
    (made,) = backups_of(db)
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


def test_the_newest_are_kept_by_their_kind_and_what_was_asked_for_for_good(db: Path) -> None:
    """Ten daily ones, five of each other kind, and every one that somebody made by hand."""
    must("backup", db)
    with closing(storefile.open_to_write(db)) as connection:
        for day in range(12):
            copying.backup(connection, db, f"daily-2026-11-{day + 1:02}")
            copying.backup(connection, db, "before-merge")
            copying.backup(connection, db, "before-import")
    by_kind = Counter(one.why for one in shelf.listed(db))
    assert by_kind == {"": 1, "daily": 10, "before-merge": 5, "before-import": 5}
    assert next(one.moment for one in shelf.listed(db) if one.why == "daily") == "2026-11-03"
    assert shelf.listed(db)[-1].number == 37


def test_a_restore_is_taken_back_by_a_restore(db: Path, tmp_path: Path) -> None:
    """What was there is kept, what is only in it is counted, and the command that goes back is named."""
    must(f"backup {tmp_path}/ada.db", db)
    must("lead add Bob", db)
    both = records(db)
    told = must(f"restore {tmp_path}/ada.db", db).out.splitlines()
    before = backups_of(db)[-1]
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


def test_the_commands_told_are_about_the_store_that_was_named(db: Path, tmp_path: Path) -> None:
    """Pasted as they stand, they replace that one, and not the one that is used otherwise."""
    other = tmp_path / "other.db"
    must("lead add Zoe", other)
    made = run("backup", "--db", db, db=other).out.splitlines()
    (file,) = backups_of(db)
    assert made[-1] == f"  next: improv --db {db} restore {file}"
    back = run("restore", "latest", "--db", db, db=other).out.splitlines()
    kept = backups_of(db)[-1]
    assert back[-2:] == [
        f"  what was there is kept: improv --db {db} restore {kept} takes this back",
        f"  next: improv --db {db}",
    ]


def test_a_damaged_store_is_replaced_and_its_bytes_are_kept(db: Path, tmp_path: Path) -> None:
    """What a killed writer left beside it must not be played into another file."""
    must(f"backup {tmp_path}/good.db", db)
    good = records(db)
    db.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    journal = db.with_name("improv.db-journal")
    journal.write_bytes(b"left by a killed writer")
    must(f"restore {tmp_path}/good.db", db)
    assert records(db) == good
    (damaged,) = backups_of(db)
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
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.3)
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
    assert backups_of(db) == []


def test_the_store_is_not_restored_from_itself(db: Path) -> None:
    """Nor is a store that is not there copied."""
    assert run("restore", db, db=db).told[0] == "improv: this is the store itself"
    assert run("backup", db=db.with_name("none.db")).code == 3


@pytest.mark.parametrize(("size", "said"), [(999, "999 bytes"), (1_000, "1.0 kB"), (2_101_248, "2.1 MB")])
def test_a_size_is_told_in_words(size: int, said: str) -> None:
    """By thousands, to a tenth."""
    assert backups.size_words(size) == said


# ── By itself ──────────────────────────────────────────────────────────────────────────────────────────────────────


def at(moment: str, *words: object, db: Path) -> Result:
    """Type a command at a moment of the clock."""
    with patch.object(Desk, "now", lambda _: datetime.fromisoformat(moment)):
        return run(*words, db=db)


def names(db: Path) -> list[str]:
    return [one.name for one in backups_of(db)]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Give a store in Berlin in which something was typed on the 2nd of November."""
    db = tmp_path / "improv.db"
    assert at("2026-11-02T08:00Z", "init", "--timezone", "Europe/Berlin", db=db).code == 0
    assert at("2026-11-02T08:01Z", "lead", "add", "Ada", db=db).code == 0
    return db


def test_the_first_command_of_a_day_that_writes_is_followed_by_a_backup(old: Path) -> None:
    """Of the user's day; the second command makes none, nor does one that reads; on the first day of all there is none."""
    assert names(old) == []
    assert at("2026-11-03T07:00Z", "lead", "list", db=old).code == 0
    assert names(old) == []
    for moment, name in (("2026-11-03T07:00Z", "Bob"), ("2026-11-03T21:00Z", "Cy")):
        done = at(moment, "lead", "add", name, db=old)
        assert (done.code, done.err) == (0, "")
        assert names(old) == ["000001-daily-2026-11-03.db"]
    assert backups.look(backups_of(old)[0]).records["lead"] == 2
    # It is half past midnight in Berlin.
    assert at("2026-11-03T23:30Z", "undo", db=old).code == 0
    assert names(old) == ["000001-daily-2026-11-03.db", "000002-daily-2026-11-04.db"]
    assert [one.stat().st_mode & 0o777 for one in (*backups_of(old), shelf.folder_of(old))] == [
        0o600,
        0o600,
        0o700,
    ]


def test_a_backup_of_the_day_comes_after_the_acknowledgment(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it to be told; Ctrl-C meanwhile leaves what was acknowledged as it is."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(copying, "copy", stopped)
    done = at("2026-11-03T07:00Z", "lead", "add", "Bob", db=old)
    assert (done.code, done.out[:12]) == (0, "L2 Bob added")
    assert done.err == f"the backup of the day was not made: stopped ({shelf.folder_of(old)})\n"
    assert names(old) == []


def test_a_backup_that_fails_fails_no_command_but_those_that_need_it(old: Path, tmp_path: Path) -> None:
    """A daily one is told and tried again; before a merge nothing is done without one."""
    elsewhere = tmp_path / "elsewhere.db"
    assert at("2026-11-02T08:00Z", "backup", elsewhere, db=old).code == 0
    shelf.folder_of(old).write_text("in the way", "utf-8")
    assert at("2026-11-02T09:00Z", "lead", "add", "Bob", db=old).code == 0
    done = at("2026-11-03T07:00Z", "lead", "add", "Cy", db=old)
    assert (done.code, done.told) == (
        0,
        [f"the backup of the day was not made: not a directory ({shelf.folder_of(old)})"],
    )
    before = records(old)
    (tmp_path / "leads.csv").write_text("Name\nDi\n", "utf-8")
    for words in (("merge", "L1", "L2"), ("import", tmp_path / "leads.csv", "--as", "leads")):
        refused = at("2026-11-03T08:00Z", *words, db=old)
        assert (refused.code, refused.out) == (1, "")
        assert refused.told[-3:] == [
            f"improv: no backup could be made before the {words[0]}, and nothing was done: not a directory",
            f"  at fault: {shelf.folder_of(old)}",
            f"  to mend:  ls -ld {shelf.folder_of(old)}",
        ]
        assert records(old) == before
    for typed in (("backup",), ("restore", elsewhere), ("purge", "L1", "--yes")):
        refused = at("2026-11-03T08:00Z", *typed, db=old)
        assert (refused.code, refused.out, refused.told) == (
            1,
            "",
            [
                "improv: no backup could be made, and nothing was done: not a directory",
                f"  at fault: {shelf.folder_of(old)}",
                f"  to mend:  ls -ld {shelf.folder_of(old)}",
            ],
        )
        assert records(old) == before
    shelf.folder_of(old).unlink()
    assert at("2026-11-03T09:00Z", "lead", "add", "Di", db=old).err == ""
    assert names(old) == ["000001-daily-2026-11-03.db"]


def test_a_backup_is_made_before_an_import_and_a_merge(db: Path, tmp_path: Path) -> None:
    """It holds what was there just before; what was refused or only looked at leaves none."""
    (tmp_path / "leads.csv").write_text("Name\nBob\n", "utf-8")
    before = records(db)
    must(f"import {tmp_path}/leads.csv --as leads --dry-run", db)
    assert run("merge", "L1", "L9", db=db).code == 3
    assert names(db) == []
    must(f"import {tmp_path}/leads.csv --as leads", db)
    assert names(db) == ["000001-before-import.db"]
    assert records(backups_of(db)[0]) == before
    both = records(db)
    must("merge L1 L2", db)
    assert names(db) == ["000001-before-import.db", "000002-before-merge.db"]
    assert records(backups_of(db)[1]) == both


def test_before_an_import_into_an_empty_store_there_is_nothing_to_keep(tmp_path: Path) -> None:
    """A whole store that comes into a new one, too."""
    (tmp_path / "leads.csv").write_text("Name\nBob\n", "utf-8")
    must(f"import {tmp_path}/leads.csv --as leads", tmp_path / "new.db")
    must(f"export -o {tmp_path}/book.jsonl", tmp_path / "new.db")
    must(f"import {tmp_path}/book.jsonl", tmp_path / "another.db")
    assert list(tmp_path.glob("*.backups")) == []


def test_the_backups_are_listed_and_gone_back_to_by_number(old: Path) -> None:
    """The newest first: when and why, what it holds, what was typed last; one that is spoilt says so."""
    assert at("2026-11-03T07:00Z", "lead", "add", "Bob", db=old).code == 0
    assert at("2026-11-03T08:00Z", "backup", db=old).code == 0
    backups_of(old)[0].write_bytes(b"spoilt")
    hand, daily = [line.split("\t") for line in must("backup list", old).out.splitlines()]
    assert hand[:3] == ["#2", "2026-11-03 09:00", "by hand"]
    assert hand[4:] == ["2 leads", "#2 lead add Bob, 2026-11-03 08:00"]
    assert daily == ["#1", "2026-11-03", "daily", "6 bytes", "it cannot be gone back to", "–"]
    must("lead add Cy", old)
    assert must("restore 2", old).out.startswith(f"{old} is again as it was in {backups_of(old)[1]}\n")
    assert must("lead list", old).out.count("\n") == 2
    must("restore latest", old)  # what was there before the restore
    assert must("lead list", old).out.count("\n") == 3
    assert run("restore", "1", db=old).code == 5
    for number in ("77", "#77", "0", "9" * 5_000):
        missing = run("restore", number, db=old)
        assert (missing.code, missing.told[0]) == (3, "improv: no backup has this number")
    assert run("restore", db=old).told == [
        "improv: which backup to go back to is missing",
        "  at fault: improv restore",
        "  to mend:  improv backup list, then improv restore NUMBER",
    ]
    assert run("restore", "latest", db=old.with_name("none.db")).told[0] == (
        "improv: there is no backup to go back to"
    )


def test_a_restore_over_what_was_damaged_does_not_claim_to_be_taken_back(db: Path) -> None:
    """The bytes are kept, and never taken for a backup to go back to."""
    must("backup", db)
    db.write_bytes(db.read_bytes()[:-1])
    told = must("restore latest", db).out.splitlines()
    assert told[2] == f"  what was there was damaged, and is kept as it was: {backups_of(db)[-1]}"
    assert backups_of(db)[-1].name == "000002-damaged.db"
    assert shelf.newest(db) == backups_of(db)[0]


# ── Gone ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_older_store_that_cannot_be_written_is_told_as_such(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look at it made one more backup, for which an earlier one had to go."""
    with closing(sqlite3.connect(db)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION - 1}")
    monkeypatch.setattr("improv.storefile.os.access", lambda *_: False)
    done = run("lead", "list", db=db)
    what = "the store is older than this program, and cannot be brought up to date where it cannot be written"
    assert (done.code, done.told) == (
        5,
        [f"improv: {what}", f"  at fault: {db}", f"  to mend:  ls -ld {db.parent} {db}"],
    )
    assert kept(db) == []


def test_a_store_that_is_gone_is_begun_anew_only_when_it_is_asked_for(db: Path) -> None:
    """`init` says what is left of the one that was here, and how it comes back; the new one is well."""
    must("backup", db)
    db.unlink()
    journal = shelf.journal_of(db)
    journal.write_bytes(b"left by a killed writer")
    for words in (("lead", "add", "Bob"), ("today",), ("sample",), ("lead", "list")):
        assert run(*words, db=db).told == [
            "improv: the store is gone",
            f"  at fault: {db}",
            f"  to mend:  improv --db {db} restore {backups_of(db)[0]}",
        ]
    assert not db.exists()
    told = must("init", db).out.splitlines()
    aside = shelf.journal_of(shelf.folder_of(db) / "000002-damaged.db")
    assert told[2:4] == [
        f"  what a killed command left of the store that was here is kept: {aside}",
        f"  the store that was here comes back with: improv --db {db} restore {backups_of(db)[0]}",
    ]
    assert (journal.exists(), aside.read_bytes()) == (False, b"left by a killed writer")
    assert must("lead list", db).out == ""
    must("restore 1", db)
    assert must("lead list", db).out.startswith("L1\tAda\t")


def test_a_store_that_vanishes_while_it_is_written_is_not_acknowledged(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went into a file that has no name any more is lost, and said to be; what is read goes on to its end."""
    validated = Writing._validated

    def vanishing(work: Writing, *given: object) -> object:
        db.unlink(missing_ok=True)
        return validated(work, *given)  # type: ignore[arg-type]

    must("backup", db)
    monkeypatch.setattr(Writing, "_validated", vanishing)
    with closing(storefile.open_to_read(db)) as reader:
        lost = run("lead", "add", "Bob", db=db)
        assert (lost.code, lost.out) == (5, "")
        assert lost.told == [
            "improv: the store was moved or removed meanwhile; nothing was kept",
            f"  at fault: {db}",
            f"  to mend:  improv --db {db} restore {backups_of(db)[0]}",
        ]
        assert not db.exists()
        assert reader.execute("SELECT name FROM lead").fetchone() == ("Ada",)


def test_a_store_that_vanishes_while_it_is_opened_is_not_made(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No empty file is left in its place, by a reader or a writer."""
    recognise = storefile.recognise

    def vanishing(path: Path) -> None:
        recognise(path)
        path.unlink()

    content = db.read_bytes()
    monkeypatch.setattr(storefile, "recognise", vanishing)
    for words in (("lead", "list"), ("undo",)):
        db.write_bytes(content)
        done = run(*words, db=db)
        assert (done.code, len(done.told)) == (5, 3), done
        assert not db.exists()


# ── The doctor ─────────────────────────────────────────────────────────────────────────────────────────────────────


def told_of_backups(moment: str, db: Path) -> list[list[str]]:
    """Return what the doctor says of the backups."""
    lines = at(moment, "doctor", db=db).out.splitlines()
    return [line.split("\t")[1:] for line in lines if line.startswith("backups\t")]


def test_the_doctor_tells_what_is_in_no_backup_and_what_is_of_no_use(old: Path) -> None:
    """Not of today, for which there is one to come, nor on the day after the first."""
    assert told_of_backups("2026-11-03T07:00Z", old) == []
    assert at("2026-11-03T07:00Z", "lead", "add", "Bob", db=old).code == 0
    assert told_of_backups("2026-11-30T07:00Z", old) == []
    backups_of(old)[0].write_bytes(b"spoilt")
    assert told_of_backups("2026-11-04T07:00Z", old) == [
        [
            "the newest backup is of no use: the file is not a store",
            str(backups_of(old)[0]),
            "improv backup",
        ]
    ]
    shutil.rmtree(shelf.folder_of(old))
    assert told_of_backups("2026-11-03T08:00Z", old) == []
    unkept = ["what was typed is in no backup", "2026-11-03: #2 lead add Bob", "improv backup"]
    assert told_of_backups("2026-11-04T07:00Z", old) == [unkept]
    assert at("2026-11-04T07:00Z", "backup", db=old).code == 0
    assert told_of_backups("2026-11-04T07:00Z", old) == []


def flipped(path: Path, bit: bytes, to: bytes) -> None:
    """Change bytes of a store on the disk."""
    content = path.read_bytes()
    assert content.count(bit) == 1
    path.write_bytes(content.replace(bit, to))


def test_the_doctor_names_the_newest_backup_in_which_a_record_is_as_it_was(db: Path) -> None:
    """A bit that flips is in every backup made since, and those hold together all the same."""
    must("lead edit L1 --company 'Kneipp Fjord'", db)
    must("backup", db)
    flipped(db, b"ada" + b"Kneipp Fjord", b"ada" + b"Kneipp Fjore")
    must("backup", db)
    (line,) = must_not("doctor", db)
    what = "1 record is not as the journal left it"
    assert line == f"journal\t{what}\tlead 1\timprov --db {db} restore {backups_of(db)[0]}"
    must("restore 1", db)
    assert must("doctor", db).out == ""


def must_not(command: str, db: Path) -> list[str]:
    """Type a command that finds something wrong, and return what it shows."""
    done = run(command, db=db)
    assert done.code == 1
    return done.out.splitlines()
