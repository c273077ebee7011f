"""Processes that add leads as fast as they can: many at once, and killed at any moment."""

import contextlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.run import HANGS_AFTER, ROOT, run, world

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


def write_at_once(db: Path, writers: int, adds: int) -> list[str]:
    """Let so many processes add so many leads each, all at once; return every fault: an error, a lead that is not there."""
    typists = [typist(db, f"writer{number}", adds) for number in range(writers)]
    for process in typists:
        assert stream(process.stdout).readline() == "ready\n"
    for process in typists:
        stream(process.stdin).write("go\n")
        stream(process.stdin).flush()
    said = [process.communicate(timeout=HANGS_AFTER * 5) for process in typists]
    faults = [
        f"{process.returncode} {err}"
        for process, (_, err) in zip(typists, said, strict=True)
        if err or process.returncode
    ]
    acknowledged = [one for out, _ in said for one in added(out)]
    there = kept(db)
    faults += [f"{one} is not there" for one in acknowledged if one not in there]
    if not len(acknowledged) == len(there) == writers * adds:
        faults.append(f"{len(acknowledged)} acknowledged, {len(there)} there")
    sound(db)
    return faults


def kill_at_random(db: Path, kills: int) -> tuple[int, list[str]]:
    """Kill so many processes that add leads, each at a moment of chance; return what was acknowledged, and every fault."""
    chance = random.Random(20261122)  # noqa: S311 - moments of a test, no secret
    acknowledged: set[tuple[str, str]] = set()
    faults = []
    for number in range(kills):
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
        faults += [f"{one} is not there" for one in acknowledged - kept(db)]
        after = run("lead", "add", f"after{number}", db=db)
        if after.code:
            faults.append(f"the next command fails: {after.err}")
        acknowledged |= set(added(after.out))
        sound(db)
    return len(acknowledged), faults
