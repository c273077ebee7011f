"""Many commands at once: each is done, none sees an error, and all that was acknowledged is there."""

import contextlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.faults.tally import FULL, Tally
from tests.faults.world import store_ill
from tests.run import HANGS_AFTER, ROOT, run, world
from tests.typists import write_at_once

WRITERS, ADDS = 8, (100 if FULL else 3)
FIRSTS = 10 if FULL else 3
ROUNDS = 40 if FULL else 3
# A process that types commands over and over, as a person's scripts would, and says how each ended.
TYPIST = """
import os, shlex, sys
from improv import cli
for number in range(int(sys.argv[1])):
    for command in sys.argv[2:]:
        code = cli.main(shlex.split(command.replace("NUMBER", str(number))), os.environ)
        if code:
            sys.exit(code)
"""
# What each does: two write, two take back what somebody wrote last, and two look.
MIXED = (
    ("lead add Ada-NUMBER", "log call L1 hello"),
    ("note add L1 again", "lead add Bob-NUMBER"),
    ("lead add Zoe-NUMBER", "undo"),
    ("log email L1 hello", "undo"),
    ("lead list", "report daily", "history"),
    ("show L1", "alerts"),
)


def test_many_writers_at_once_lose_nothing(tmp_path: Path, tally: Tally) -> None:
    """Eight processes write at once, the very first command among them: all of it is there, without an error."""
    faults = write_at_once(tmp_path / "improv.db", WRITERS, ADDS)
    tally.add(f"{WRITERS} writers at once, {ADDS} adds each", WRITERS * ADDS, len(faults), [])
    assert faults == []


def test_many_first_runs_at_once_make_one_store(tmp_path: Path, tally: Tally) -> None:
    """Eight processes type the very first command at once: there is one store, with all eight records.

    As at a new user's, neither the folder of the store is there nor the one above it.
    """
    faults = []
    for number in range(FIRSTS):
        faults += write_at_once(tmp_path / str(number) / "share" / "improv.db", WRITERS, 1)
    tally.add(f"{WRITERS} first runs at once", WRITERS * FIRSTS, len(faults), [])
    assert faults == []


def test_commands_of_every_kind_at_once_see_no_error(tmp_path: Path, tally: Tally) -> None:
    """Some add, some take back what anybody did last, some look: what was done and not undone is there."""
    db = tmp_path / "improv.db"
    assert run("lead", "add", "First", db=db).code == 0
    typists = [mixed(db, commands) for commands in MIXED]
    said = [process.communicate(timeout=HANGS_AFTER * 5) for process in typists]
    faults = [
        f"{process.returncode} {err}"
        for process, (_, err) in zip(typists, said, strict=True)
        if err or process.returncode
    ]
    out = "".join(out for out, _ in said)
    found = counted(db)
    told = {
        "lead": 1 + told_as(out, r"L\d+ \S+ added") - told_as(out, r"undone: #\d+ lead add"),
        "activity": told_as(out, r"A\d+ (?:dial|email)") - told_as(out, r"undone: #\d+ log"),
        "note": told_as(out, r"N\d+ ") - told_as(out, r"undone: #\d+ note"),
        "journal_entry": 1 + told_as(out, r"(?:L\d+ \S+ added|A\d+ (?:dial|email)|N\d+ |undone: )"),
    }
    if told != found:
        faults.append(f"told: {told}, there: {found}")
    faults += store_ill(db)
    tally.add(
        f"{len(MIXED)} at once: add, log, note, undo, and look",
        sum(map(len, MIXED)) * ROUNDS,
        len(faults),
        [],
    )
    assert faults == []


def mixed(db: Path, commands: tuple[str, ...]) -> subprocess.Popen[str]:
    """Start a process that types some commands over and over."""
    return subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(ROUNDS), *commands],
        cwd=ROOT,
        env=world(db, extra={"PYTHONDONTWRITEBYTECODE": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def told_as(out: str, words: str) -> int:
    """Return how many lines begin so."""
    return len(re.findall(rf"^{words}", out, re.MULTILINE))


def counted(db: Path) -> dict[str, int]:
    """Return how many records there are."""
    tables = ("lead", "activity", "note", "journal_entry")
    with contextlib.closing(sqlite3.connect(db)) as connection:
        return {table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables}
