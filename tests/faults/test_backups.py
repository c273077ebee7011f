"""Backups that are made by themselves, by many at once and where there is no room: never two of a day, and no write fails."""

import shutil
from collections import Counter
from pathlib import Path

from improv import shelf
from tests.faults.deeds import imported
from tests.faults.tally import FULL, Tally, some
from tests.faults.test_full_disk import disk, filled
from tests.faults.world import dump, store_ill, words
from tests.run import run, start
from tests.session import behind

WRITERS = 8
__all__ = ["disk"]  # a fixture


def yesterday(db: Path) -> None:
    """Let all that was typed have been typed before today, so that a backup of the day is due."""
    behind(db, "UPDATE journal_entry SET recorded_at = '2026-01-05T08:00:00Z'")


def test_of_many_writers_at_once_one_makes_the_backup_of_the_day(
    tmp_path: Path, book: Path, tally: Tally
) -> None:
    """All are acknowledged without a word beside it, and the backup holds together."""
    faults, rounds = [], 10 if FULL else 1
    for number in range(rounds):
        db = tmp_path / f"{number}.db"
        shutil.copy(book, db)
        yesterday(db)
        started = [start("lead", "add", f"Eve {one}", db=db) for one in range(WRITERS)]
        for one in started:
            _, err = one.communicate(timeout=60)
            faults += [err] if one.returncode or err else []
        made = Counter(kept.why for kept in shelf.listed(db))
        faults += [] if made == {shelf.DAILY: 1} else [f"backups: {made}"]
        faults += store_ill(db) + [ill for kept in shelf.listed(db) for ill in store_ill(kept.path)]
    tally.add("the first write of a day, by eight at once", WRITERS * rounds, len(faults), [])
    assert faults == []


def test_many_backups_at_once_have_numbers_of_their_own(tmp_path: Path, book: Path, tally: Tally) -> None:
    """None takes the place of another."""
    db = Path(shutil.copy(book, tmp_path / "improv.db"))
    started = [start("backup", db=db) for _ in range(WRITERS)]
    codes = [one.wait(timeout=60) for one in started]
    for one in started:
        one.communicate()
    numbers = [kept.number for kept in shelf.listed(db)]
    lost = WRITERS - len(set(numbers))
    tally.add("eight backups at once", WRITERS, lost, [])
    assert (codes, numbers) == ([0] * WRITERS, list(range(1, WRITERS + 1)))
    assert all(dump(kept.path) == dump(db) for kept in shelf.listed(db))
    assert run("doctor", db=db).out == ""


def test_a_backup_that_finds_no_room_loses_nothing(disk: Path, book: Path, tally: Tally) -> None:
    """A daily one is told beside what was acknowledged; an import that has none is not begun; nothing is left half."""
    size = book.stat().st_size
    faults, said = [], list[str]()
    levels = some(range(0, size, size // 16), 3, "room")
    for free in levels:
        for typed in (("lead", "add", "Eve"), ("import", str(disk / "leads.csv"), "--as", "leads")):
            shutil.rmtree(disk / "store", ignore_errors=True)
            (disk / "store").mkdir()
            db = Path(shutil.copy(book, disk / "store" / "improv.db"))
            imported(disk)
            yesterday(db)
            before = dump(db)
            filler = filled(disk, free)
            done = run(*typed, db=db)
            filler.unlink()
            told = [line for line in done.told if "backup" in line or line.startswith("improv: ")]
            said += told[:1]
            faults += [] if told or shelf.listed(db) else [f"{free}: not told: {done}"]
            faults += [] if (dump(db) == before) == (done.code != 0) else [f"{free}: told wrongly: {done}"]
            faults += store_ill(db) if done.code else []
            left = [one.name for one in shelf.folder_of(db).glob(".*") if one.name != ".lock"]
            faults += [f"{free}: left {left}"] if left else []
    tally.add("no room for a backup", len(levels) * 2, len(faults), said)
    assert faults == []


def test_a_restore_that_finds_no_room_leaves_all_as_it_was(disk: Path, book: Path, tally: Tally) -> None:
    """For the copy, or for what is there and is to be kept: the store is not taken for a damaged one."""
    size = book.stat().st_size
    faults, said = [], list[str]()
    levels = some((0, size // 2, size, size + size // 2), 2, "restore")
    for free in levels:
        shutil.rmtree(disk / "store", ignore_errors=True)
        (disk / "store").mkdir()
        db = Path(shutil.copy(book, disk / "store" / "improv.db"))
        before = db.read_bytes()
        filler = filled(disk, free)
        done = run("restore", book, db=db)
        filler.unlink()
        said += done.told[:1]
        whole = db.read_bytes() == before and shelf.listed(db) == []
        left = [
            one.name for one in (disk / "store").iterdir() if one.name not in {db.name, f"{db.name}.backups"}
        ]
        faults += [] if done.code and words(done) and whole and not left else [f"{free}: {done}, left {left}"]
    tally.add("no room for a restore", len(levels), len(faults), said)
    assert faults == []
