"""A command in a folder of its own, run while a fault is made; and whether what it left is whole, or as it was before."""

import contextlib
import re
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from improv import cli
from improv.commands.checks import unwell
from improv.commands.desk import Desk
from improv.history import HISTORY
from tests.faults.nursery import Child, Nursery, traced
from tests.run import Result, run, world

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
    "flock",
    "link",
    "rename",
    "unlink",
    "openat",
)
_COUNTED = re.compile(r"^\d+ +(\w+)\(", re.MULTILINE)


class Deed(NamedTuple):
    """A command that a fault hits: its name, its words, and what is done beforehand in the folder of the store.

    Where it puts another file in the store's place, or writes the store anew, a backup of what was there `keeps` it.
    """

    name: str
    words: str
    prepare: Callable[[Path], None] = lambda _: None
    keeps: str | None = None


class World:
    """A folder with a store that a deed is done to, once before the fault and once again for each.

    The deed is done in the folder `now`, such as one on a disk of its own.
    """

    def __init__(
        self, folder: Path, book: Path, deed: Deed, nursery: Nursery, now: Path | None = None
    ) -> None:
        self.origin, self.folder, self.deed, self.nursery = (
            folder / "origin",
            now or folder / "now",
            deed,
            nursery,
        )
        self.log, self.places = folder / "calls", set[str]()
        self.origin.mkdir(exist_ok=True)
        shutil.copy(book, self.origin / "improv.db")
        self.prepare()
        self.fresh()
        self.before = dump(self.db)
        done = self.do()
        assert done.code == 0, done
        self.after = dump(self.db)

    @property
    def db(self) -> Path:
        """The store."""
        return self.folder / "improv.db"

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the deed."""
        return world(self.db, TODAY)

    def prepare(self) -> None:
        """Do beforehand what the deed needs."""
        self.deed.prepare(self.origin)

    def fresh(self) -> None:
        """Put the folder back as it was before the deed."""
        self.folder.mkdir(exist_ok=True)
        for left in self.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        shutil.copytree(self.origin, self.folder, dirs_exist_ok=True)

    def start(
        self, limits: Mapping[str, int] | None = None, *, stopped: bool = False, step: int | None = None
    ) -> Child:
        """Begin the deed, within limits of the system's; `stopped` it can be traced; Ctrl-C comes at a step of Python's."""
        words = [word.replace("HERE", str(self.folder)) for word in shlex.split(self.deed.words)]
        return self.nursery.start(words, self.environment, limits, stopped=stopped, step=step)

    def do(self, limits: Mapping[str, int] | None = None) -> Result:
        """Do the deed."""
        return self.start(limits).end()

    def hit(self, call: str, number: int, fault: str, onwards: str = "") -> Result:
        """Do the deed while a fault hits a call of such a number, and `onwards`: of what is in the folder, or the folder."""
        self.fresh()
        return self._traced(call, "/dev/null", "-e", f"inject={call}:{fault}:when={number}{onwards}")

    @cached_property
    def calls(self) -> list[tuple[str, int]]:
        """Do the deed once, unharmed, and return every call that concerns the folder, as its name and number."""
        self.places = {str(self.folder)}
        for _ in range(2):  # once to see which files there are, and once to count
            self.fresh()
            done = self._traced(",".join(CALLS), str(self.log), "-y")
            assert done.code == 0, done
            log = self.log.read_text("utf-8", "replace")
            found = re.findall(rf'["<]({re.escape(str(self.folder))}[^">]*)[">](?!\.\.\.)', log)
            self.places |= {name.removesuffix(" (deleted)") for name in found}
        counted = dict.fromkeys(CALLS, 0)
        for name in _COUNTED.findall(log):
            counted[name] += 1
        return [(name, number) for name, count in counted.items() for number in range(1, count + 1)]

    def _traced(self, calls: str, log: str, *how: str) -> Result:
        known = sorted(self.places) if len(self.places) > 1 else []
        watched = [word for place in known for word in ("-P", place)]
        child = self.start(stopped=True)
        with traced(child, "-o", log, *watched, "-e", f"trace={calls}", *how):
            return child.end()

    def judge(self, result: Result) -> str | None:
        """Return what was lost, or nothing: the deed is whole or undone, what was told is true, the next command works."""
        found = dump(self.db)
        if found not in (self.before, self.after):
            return "half done"
        if (result.code == 0 or result.out) and found != self.after:
            return f"told as done, and is not: {result.out!r}"
        if "nothing was changed" in result.err and _counts(found) != _counts(self.before):
            return f"told as not done, and is: {result.err!r}"
        if self.deed.keeps and found != self.before and self.before not in self._kept():
            return "what was there is not kept"
        following = run("note", "add", "L1", "the next command", db=self.db, today=TODAY)
        if following.code or following.err:
            return f"the next command fails: {following.err}"
        ill = store_ill(self.db)
        return f"unsound: {ill}" if ill else None

    def _kept(self) -> list[Dump]:
        """Return what the backups hold that keep what the deed replaced."""
        folder = self.db.with_name("improv.db.backups")
        return [dump(kept) for kept in sorted(folder.glob(f"*-{self.deed.keeps}.db"))]


def dump(db: Path) -> Dump:
    """Return every record as it stands, but for the instant it was typed in."""
    # An ordinary connection takes back what a killed writer left.
    with contextlib.closing(sqlite3.connect(db, timeout=30)) as connection:
        there = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        found: Dump = {"version": connection.execute("PRAGMA user_version").fetchall()}
        for table in [table for table in HISTORY if table in there]:
            names = [
                name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
            ]
            kept = ", ".join(name for name in names if name != "recorded_at")
            if rows := connection.execute(f"SELECT {kept} FROM {table} ORDER BY id").fetchall():
                found[table] = rows
    return found


def _counts(found: Dump) -> dict[str, int]:
    """Return how many records there are of each kind: a store of a newer version has no others."""
    return {table: len(rows) for table, rows in found.items()}


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
