"""What was acknowledged is there: after many writers at once, SIGKILL, a full disk and a closed screen."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from improv import connecting, interrupts
from tests.run import run, spawn
from tests.typists import kept, sound, stream, typist, write_at_once

WRITERS, ADDS = 4, 2


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give an empty store."""
    path = tmp_path / "improv.db"
    assert run("init", db=path).code == 0
    return path


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Processes write at once, beginning with the very first command: more of it is in tests/faults."""
    assert write_at_once(tmp_path / "improv.db", WRITERS, ADDS) == []


# ── Busy ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def locked(db: Path) -> Iterator[sqlite3.Connection]:
    """Hold the store as a long write of another program does."""
    with contextlib.closing(sqlite3.connect(db, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield connection


@pytest.mark.parametrize("command", [("lead", "add", "Ada"), ("lead", "list"), ("undo",)], ids=" ".join)
def test_a_store_that_stays_busy_is_told(
    db: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """After waiting, three lines and exit code 5; the store is as it was."""
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.1)
    with locked(db):
        refused = run(*command, db=db)
    assert (refused.code, refused.out) == (5, "")
    assert refused.told == [
        "improv: the store is busy: another command has been writing for long",
        f"  at fault: {db}",
        "  to mend:  try again in a moment",
    ]
    assert kept(db) == set()


def test_a_busy_store_is_waited_for(db: Path) -> None:
    """A command waits for another that is about to finish."""
    with locked(db) as connection:
        timer = threading.Timer(0.4, connection.execute, ("COMMIT",))
        timer.start()
        done = run("lead", "add", "Ada", db=db)
        timer.join()
    assert done.code == 0, done.err
    assert kept(db) == {("L1", "Ada")}


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_ctrl_c_ends_the_wait_for_a_busy_store(db: Path, lock: str) -> None:
    """Whoever does not want to wait for another command is let go at once, and nothing was changed."""
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute(f"BEGIN {lock}")
        with typist(db, "impatient", 1) as process:
            assert stream(process.stdout).readline() == "ready\n"
            stream(process.stdin).write("go\n")
            stream(process.stdin).flush()
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=connecting.BUSY_SECONDS / 4)
    assert (process.returncode, out) == (130, "")
    assert err == "improv: stopped; nothing was changed\n"
    assert kept(db) == set()


@pytest.mark.parametrize(("late", "code", "there"), [(False, 130, set()), (True, 0, {("L1", "Ada")})])
def test_ctrl_c_stops_what_is_not_kept_yet_and_nothing_else(
    db: Path, monkeypatch: pytest.MonkeyPatch, *, late: bool, code: int, there: set[tuple[str, str]]
) -> None:
    """Pressed just before the store is written nothing is kept; just afterwards the command says what it did."""
    hold = interrupts.hold

    def pressed() -> None:
        if late:
            hold()
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(interrupts, "hold", pressed)
    done = run("lead", "add", "Ada", db=db)
    assert (done.code, bool(done.out)) == (code, late)
    assert done.err == ("" if late else "improv: stopped; nothing was changed\n")
    assert kept(db) == there


def test_ctrl_c_before_the_program_is_loaded_ends_in_words(tmp_path: Path) -> None:
    """Nobody sees a traceback of what was being loaded."""
    (tmp_path / "sqlite3.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", "utf-8")
    ended = spawn("lead", "list", db=tmp_path / "improv.db", extra={"PYTHONPATH": str(tmp_path)})
    assert (ended.code, ended.out, ended.err) == (130, "", "improv: stopped; nothing was changed\n")


# ── Full ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def limited(blocks: int) -> tuple[str, ...]:
    """Return what is put before a command so that no file may grow beyond so many blocks: a disk that is full."""
    return ("sh", "-c", f'ulimit -f {blocks} && exec "$@"', "sh")


@pytest.mark.parametrize("blocks", [0, 8, 40, 200])
def test_a_full_disk_is_told_and_nothing_is_lost(db: Path, blocks: int) -> None:
    """Where the journal or the store cannot grow the command fails in words, and the store is as it was."""
    assert run("lead", "add", "Ada", db=db).code == 0
    before = db.read_bytes()
    refused = spawn("lead", "add", "Eve", "--company", "x" * 100_000, db=db, before=limited(blocks))
    assert (refused.code, refused.out, len(refused.told)) == (1, "", 3), refused
    assert re.match(
        r"improv: (the disk (is full|failed to read or write)|files may not grow large enough)",
        refused.told[0],
    )
    assert kept(db) == {("L1", "Ada")}
    assert db.read_bytes() == before
    assert run("lead", "add", "Bob", db=db).code == 0
    sound(db)


def test_a_first_run_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """A store that cannot be made whole is not made at all."""
    refused = spawn("lead", "add", "Ada", db=tmp_path / "improv.db", before=limited(8))
    assert (refused.code, refused.out, len(refused.told)) == (1, "", 3), refused
    assert list(tmp_path.iterdir()) == []


# ── The screen ─────────────────────────────────────────────────────────────────────────────────────────────────────

SCREENS = [("lead", "list"), ("lead", "add", "Bob"), ("--help",)]


@pytest.mark.parametrize("command", SCREENS, ids=" ".join)
def test_a_reader_that_has_seen_enough_is_no_error(db: Path, command: tuple[str, ...]) -> None:
    """`improv … | head -1` ends in silence, whether the page is short or longer than what a pipe holds."""
    assert run("lead", "add", "Ada", "--company", "x" * 100_000, db=db).code == 0
    read, write = os.pipe()
    os.close(read)
    result = spawn(*command, db=db, stdout=write)
    os.close(write)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("command", SCREENS[:2], ids=" ".join)
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_error(db: Path, closed: str, command: tuple[str, ...]) -> None:
    """Started without a screen or a keyboard, a command does its work, and the store holds no word of its output."""
    assert run("lead", "add", "Ada", db=db).code == 0
    result = spawn(*command, db=db, before=("sh", "-c", f'exec "$@" {closed}', "sh"))
    assert (result.code, result.err) == (0, "")
    assert (result.out == "") == (">&-" in closed.replace("2>&-", ""))
    assert kept(db) == {("L1", "Ada")} | ({("L2", "Bob")} if "add" in command else set())
    sound(db)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", SCREENS, ids=" ".join)
def test_a_full_stdout_is_told(db: Path, command: tuple[str, ...]) -> None:
    """Output that could not be written is a failure, in words; what was written to the store all the same is told."""
    assert run("lead", "add", "Ada", db=db).code == 0
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = spawn(*command, db=db, stdout=full)
    assert result.code == 1
    done = "" if "add" not in command else "it was done, but what it says cannot be written: "
    assert (result.told[0], len(result.told)) == (f"improv: {done}no space left on device", 3)
    assert kept(db) == {("L1", "Ada")} | ({("L2", "Bob")} if "add" in command else set())
