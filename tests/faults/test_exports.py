"""A file of the user's that is being written when something fails: the old one stands whole, or the new one does."""

import shutil
from pathlib import Path

import pytest

from tests.faults.tally import Tally, some
from tests.faults.test_full_disk import disk, filled  # noqa: F401 - the disk is a fixture
from tests.faults.world import TODAY, words
from tests.run import Result, spawn
from tests.session import must

OLD = "what was there\n"
PAGES = ("export -o {}/page.jsonl", "export -o {}/page.zip", "report weekly -o {}/page.html")


def page_of(command: str, folder: Path, *before: str) -> tuple[Path, Result]:
    """Type a command that replaces a file, and return the file and what it said."""
    typed = command.replace("{}", str(folder)).split()
    done = spawn(*typed, "--force", db=folder / "improv.db", today=TODAY, cwd=folder, before=before)
    return Path(typed[-1]), done


def lost(file: Path, done: Result, whole: bytes) -> list[str]:
    """Return what went wrong: neither the old file nor the new one, told otherwise, or something left beside it."""
    found = file.read_bytes()
    faults = [] if found in {OLD.encode(), whole} else ["half a file"]
    if (found == whole) != (done.code == 0) and done.code >= 0:
        faults.append(f"told {done.code}, and did otherwise")
    if done.code > 0 and words(done) is None:
        faults.append(f"said {done}")
    if done.code >= 0:
        faults += [f"left {left.name}" for left in file.parent.glob(".*.part")]
    return faults


def wholes(folder: Path) -> dict[str, bytes]:
    """Return what each page is when nothing fails."""
    return {command: page_of(command, folder)[0].read_bytes() for command in PAGES}


@pytest.mark.system("prlimit")
def test_a_file_that_may_not_grow_is_told_and_the_old_one_stands(
    tmp_path: Path, book: Path, tally: Tally
) -> None:
    """A limit to the size of files at many levels, as `ulimit -f` sets it."""
    shutil.copy(book, tmp_path / "improv.db")
    faults, said, tried = [], [], 0
    for command, whole in wholes(tmp_path).items():
        for level in some(range(0, len(whole) + 1, max(len(whole) // 20, 1)), 2, command):
            Path(command.split()[-1].replace("{}", str(tmp_path))).write_text(OLD)
            file, done = page_of(command, tmp_path, "prlimit", f"--fsize={level}", "--")
            faults += [f"{command} {level}: {one}" for one in lost(file, done, whole)]
            said.append(words(done) or "done")
            tried += 1
    tally.add("a page that may not grow (ulimit -f), at many levels", tried, len(faults), said)
    assert faults == []


def test_a_full_disk_keeps_the_old_page(disk: Path, book: Path, tally: Tally) -> None:  # noqa: F811 - the fixture
    """Whatever is still free: the new page, or the old one and words."""
    shutil.copy(book, disk / "improv.db")
    must("note add L1 " + "x" * 9_000, disk / "improv.db")
    faults, said, tried = [], [], 0
    for command, whole in wholes(disk).items():
        for free in some(range(0, len(whole) + 8192, 4096), 2, command):
            Path(command.split()[-1].replace("{}", str(disk))).write_text(OLD)
            filler = filled(disk, free)
            file, done = page_of(command, disk)
            faults += [f"{command} {free}: {one}" for one in lost(file, done, whole)]
            said.append(words(done) or "done all the same")
            filler.unlink()
            tried += 1
    tally.add("a page on a disk that is full, at many levels", tried, len(faults), said)
    assert faults == []


@pytest.mark.system("strace")
def test_a_command_killed_while_it_writes_a_page_leaves_the_old_one_and_the_next_clears_up(
    tmp_path: Path, book: Path, tally: Tally
) -> None:
    """SIGKILL before the page is synced, and before it is put in its place."""
    shutil.copy(book, tmp_path / "improv.db")
    faults, tried = [], 0
    for command, whole in wholes(tmp_path).items():
        for call in some(["fsync", "rename", "fcntl,flock"], 1, command):
            Path(command.split()[-1].replace("{}", str(tmp_path))).write_text(OLD)
            inject = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when=1")
            file, done = page_of(command, tmp_path, *inject)
            faults += [f"{command} {call}: {one}" for one in lost(file, done, whole)]
            assert page_of(command, tmp_path)[1].code == 0
            faults += [f"{command} {call}: {left.name} stays" for left in tmp_path.glob(".*.part")]
            tried += 1
    tally.add("SIGKILL while a page is written", tried, len(faults), [])
    assert faults == []
