"""What was acknowledged is there: after many writers at once, SIGKILL, a full disk and a closed screen."""

import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from improv import storefile
from tests.run import HANGS_AFTER, ROOT, run, spawn, world

# One process that types many commands, as a person's scripts would: it waits for a line, then adds leads.
TYPIST = """
import os, sys
from improv import cli
import improv.actions.leads, improv.store
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    code = cli.main(["lead", "add", f"{sys.argv[1]}-{number}"], os.environ)
    if code:
        sys.exit(code)
"""
WRITERS, ADDS, KILLS = 8, 3, 5


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give an empty store."""
    path = tmp_path / "improv.db"
    assert run("init", db=path).code == 0
    return path


def typist(db: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Start a process that adds so many leads once it is told to go."""
    return subprocess.Popen(
        [sys.executable, "-c", TYPIST, name, str(count)],
        cwd=ROOT,
        env=world(db, extra={"PYTHONDONTWRITEBYTECODE": "1"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def stream(held: IO[str] | None) -> IO[str]:
    """Return a stream of a process, which is there because it was asked for."""
    assert held is not None
    return held


def added(out: str) -> list[tuple[str, str]]:
    """Return the id and the name of each lead that was acknowledged, in whole lines."""
    return re.findall(r"^(L\d+) (\S+) added: .*\n", out, re.MULTILINE)


def kept(db: Path) -> set[tuple[str, str]]:
    """Return the id and the name of each lead, as the next command sees them."""
    listed = run("lead", "list", db=db)
    assert (listed.code, listed.err) == (0, "")
    return {(line.split("\t")[0], line.split("\t")[1]) for line in listed.out.splitlines()}


def sound(db: Path) -> None:
    """Check that SQLite finds nothing wrong, and that nothing is left beside the store."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        leads, entries = connection.execute(
            "SELECT (SELECT COUNT(*) FROM lead), (SELECT COUNT(*) FROM journal_entry)"
        ).fetchone()
        assert leads == entries
    assert [beside.name for beside in db.parent.iterdir()] == [db.name]


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    """Eight processes write at once, beginning with the very first command: all of it is there, without an error."""
    db = tmp_path / "improv.db"
    typists = [typist(db, f"writer{number}", ADDS) for number in range(WRITERS)]
    for process in typists:
        assert stream(process.stdout).readline() == "ready\n"
    for process in typists:
        stream(process.stdin).write("go\n")
        stream(process.stdin).flush()
    said = [process.communicate(timeout=HANGS_AFTER) for process in typists]
    assert [(process.returncode, err) for process, (_, err) in zip(typists, said, strict=True)] == [
        (0, "")
    ] * WRITERS
    acknowledged = [one for out, _ in said for one in added(out)]
    assert len(acknowledged) == WRITERS * ADDS
    assert set(acknowledged) == kept(db)
    sound(db)


def test_what_was_acknowledged_survives_sigkill(db: Path) -> None:
    """Killed at any moment while adding, a writer loses nothing it acknowledged, and the next command works."""
    chance = random.Random(20261122)  # noqa: S311 - moments of a test, no secret
    acknowledged: set[tuple[str, str]] = set()
    for number in range(KILLS):
        with typist(db, f"victim{number}", 100_000) as process:
            assert stream(process.stdout).readline() == "ready\n"
            stream(process.stdin).write("go\n")
            stream(process.stdin).flush()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(0.01, 0.4))
            process.kill()
            out = stream(process.stdout).read()
            assert process.wait(timeout=HANGS_AFTER) == -signal.SIGKILL, stream(process.stderr).read()
        acknowledged |= set(added(out))
        assert acknowledged <= kept(db)
        after = run("lead", "add", f"after{number}", db=db)
        assert after.code == 0, after.err
        acknowledged |= set(added(after.out))
        sound(db)
    assert len(acknowledged) > KILLS


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
    monkeypatch.setattr(storefile, "BUSY_SECONDS", 0.1)
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
            out, err = process.communicate(timeout=storefile.BUSY_SECONDS / 4)
    assert (process.returncode, out) == (130, "")
    assert err == "improv: stopped; nothing was changed\n"
    assert kept(db) == set()


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
    assert re.match(r"improv: the disk (is full|failed to read or write)", refused.told[0])
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
    """Output that could not be written is a failure, in words."""
    assert run("lead", "add", "Ada", db=db).code == 0
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = spawn(*command, db=db, stdout=full)
    assert result.code == 1
    assert result.told[0] == "improv: no space left on device"
    assert "Traceback" not in result.err
