"""A command in a folder of its own, run while a fault is made; and whether what it left is whole, or as it was before."""

import contextlib
import re
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from improv import cli
from improv.commands.checks import unwell
from improv.commands.desk import Desk
from improv.history import HISTORY
from tests.run import Result, run, spawn
from tests.session import must

TODAY = "2026-11-23"
Dump = dict[str, list[tuple[object, ...]]]
# What is done to a file, and to a folder's entries, as Linux calls it.
CALLS = (
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fcntl",
    "link",
    "rename",
    "unlink",
    "openat",
)
_COUNTED = re.compile(r"^\d+ +(\w+)\(", re.MULTILINE)


class Deed(NamedTuple):
    """A command that a fault hits: its name, its words, and what is done beforehand in the folder of the store."""

    name: str
    words: str
    prepare: Callable[[Path], None] = lambda _: None


class World:
    """A folder with a store that a deed is done to, once before the fault and once again for each."""

    def __init__(self, folder: Path, book: Path, deed: Deed) -> None:
        self.origin, self.folder, self.deed = folder / "origin", folder / "now", deed
        self.origin.mkdir()
        shutil.copy(book, self.origin / "improv.db")
        deed.prepare(self.origin)
        self.fresh()
        self.before = dump(self.db)
        self.calls = self._counted()
        self.after = dump(self.db)
        assert self.before != self.after, "the deed does nothing"

    @property
    def db(self) -> Path:
        """The store."""
        return self.folder / "improv.db"

    def fresh(self) -> None:
        """Put the folder back as it was before the deed."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.origin, self.folder)

    def do(self, *before: str) -> Result:
        """Do the deed; `before` are words put before the command."""
        words = [word.replace("HERE", str(self.folder)) for word in shlex.split(self.deed.words)]
        return spawn(*words, db=self.db, today=TODAY, before=before)

    def hit(self, call: str, number: int, fault: str, onwards: str = "") -> Result:
        """Do the deed while a fault hits a call of such a number, and `onwards`: of the store, its journal, its folder."""
        self.fresh()
        return self.do(*self._strace(call), "-e", f"inject={call}:{fault}:when={number}{onwards}")

    def _strace(self, calls: str, log: str = "/dev/null") -> tuple[str, ...]:
        places = [
            self.db,
            self.db.with_name("improv.db-journal"),
            self.folder,
            self.folder / "improv.db.backups",
        ]
        watched = [word for place in places for word in ("-P", str(place))]
        return ("strace", "-f", "-qq", "-o", log, *watched, "-e", f"trace={calls}")

    def _counted(self) -> list[tuple[str, int]]:
        """Do the deed once, unharmed, and return every call of it as its name and number."""
        log = self.folder.with_name("calls")
        done = self.do(*self._strace(",".join(CALLS), str(log)))
        assert done.code == 0, done
        seen: dict[str, int] = dict.fromkeys(CALLS, 0)
        for name in _COUNTED.findall(log.read_text("utf-8", "replace")):
            seen[name] += 1
        return [(name, number) for name, count in seen.items() for number in range(1, count + 1)]

    def judge(self, result: Result) -> str | None:
        """Return what was lost, or nothing: the store is sound, the deed whole or undone, what was told is true."""
        ill = store_ill(self.db)
        if ill:
            return f"unsound: {ill}"
        found = dump(self.db)
        if found not in (self.before, self.after):
            return "half done"
        if (result.code == 0 or result.out) and found != self.after:
            return f"told as done, and is not: {result.out!r}"
        following = run("note", "add", "L1", "the next command", db=self.db, today=TODAY)
        if following.code or store_ill(self.db):
            return f"the next command fails: {following.err}"
        return None


def dump(db: Path) -> Dump:
    """Return every record as it stands, but for the instant it was typed in."""
    with contextlib.closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as connection:
        there = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        found = {}
        for table in [table for table in HISTORY if table in there]:
            names = [
                name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
            ]
            kept = ", ".join(name for name in names if name != "recorded_at")
            if rows := connection.execute(f"SELECT {kept} FROM {table} ORDER BY id").fetchall():
                found[table] = rows
    return found


def store_ill(db: Path) -> list[str]:
    """Return what the doctor finds wrong with a store."""
    here = Desk({"IMPROV_CONFIG": "/dev/null"}, cli.perform)
    here.database = db
    return [f"{check}: {what} ({value})" for check, what, value, _ in unwell(here) if check != "disk"]


def words(result: Result) -> str | None:
    """Return what a command that failed said it is; nothing where that was not said in words, with what mends it."""
    told = [line for line in result.told if line.startswith("improv: ")]
    spoken = len(told) == 1 and result.told[-1].startswith("  to mend:") and "Traceback" not in result.err
    return told[0].removeprefix("improv: ") if spoken else None


def imported(folder: Path) -> None:
    """Lay a file of leads beside the store."""
    rows = "".join(f"Lead {number},web,lead{number}@example.com\n" for number in range(200))
    (folder / "leads.csv").write_text("Name,Source,Email\n" + rows, "utf-8")


def added(folder: Path) -> None:
    """Do what the deed undoes."""
    must("opp won O1", folder / "improv.db")


DEEDS = (
    Deed("add", "lead add Eve --source web"),
    Deed("import", "import HERE/leads.csv --as leads", imported),
    Deed("undo", "undo", added),
)
