"""`--timings`: where a command's time went. Without that word nothing of this is loaded, and nothing measured.

The parts are watched from outside: what takes one is replaced, while the command runs, by itself with a watch around it.
Each moment belongs to one part, the innermost; so they add up to the whole.
"""

import builtins
import contextlib
import functools
import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Self

PYTHON, LOADING, LINE = "Python itself", "loading modules", "reading the line"
SETTINGS, OPENING, SQL, COMPUTING = "settings and playbook", "opening the store", "SQL", "computing"
SHOWING, KEEPING, BACKUP = "showing", "keeping what was written", "the backup of the day"
LEAST: Final = 0.00005  # seconds: what is less reads as nothing
PARTS: Final = (PYTHON, LOADING, LINE, SETTINGS, OPENING, SQL, COMPUTING, SHOWING, KEEPING, BACKUP)


class Watch:
    """A watch that runs for one part of a command at a time; `python` seconds had gone before it was started, at `since`."""

    def __init__(self, python: float, since: float) -> None:
        self.spent = {PYTHON: python}
        self.statements = 0
        self._part, self._since = LOADING, since
        self._restored = contextlib.ExitStack()

    def __enter__(self) -> Self:
        connect = functools.partial(sqlite3.connect, factory=_connection(self))
        self._replace(builtins, "__import__", LOADING)
        self._replace(sqlite3, "connect", OPENING, connect)
        from improv import storefile  # noqa: PLC0415 - loading it is watched, too
        from improv.commands import plainly  # noqa: PLC0415 - as above
        from improv.commands.desk import Desk  # noqa: PLC0415 - as above
        from improv.commands.screen import Screen  # noqa: PLC0415 - as above

        self._replace(plainly, "read", LINE)
        for name in ("config", "playbook"):
            self._replace(Desk, name, SETTINGS)
        for name in ("open_to_read", "open_to_write", "create"):
            self._replace(storefile, name, OPENING)
        for name in ("say", "show", "show_list", "put_stream"):
            self._replace(Screen, name, SHOWING)
        self._replace(Desk, "keep_daily", BACKUP)
        self.turn(COMPUTING)
        return self

    def __exit__(self, *_: object) -> None:
        self._restored.close()
        self.turn(COMPUTING)

    def _replace(self, owner: Any, name: str, part: str, by: Any = None) -> None:  # noqa: ANN401 - a module or a class
        was = getattr(owner, name)
        setattr(owner, name, self.watching(part, was if by is None else by))
        self._restored.callback(setattr, owner, name, was)

    def turn(self, part: str) -> str:
        """Go on with another part, and return the one before."""
        now = time.perf_counter()
        self.spent[self._part] = self.spent.get(self._part, 0.0) + now - self._since
        before, self._part, self._since = self._part, part, now
        return before

    def watching(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose time is a part's."""

        def watched(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes and gives
            before = self.turn(part)
            try:
                return function(*arguments, **named)
            finally:
                self.turn(before)

        return watched

    def told(self) -> Iterator[str]:
        """Yield a line for each part that took any time, and one for the whole."""
        rows = [(self._called(part), self.spent.get(part, 0.0)) for part in PARTS]
        rows = [*(row for row in rows if row[1] >= LEAST), ("together", sum(self.spent.values()))]
        wide = max(len(called) for called, _ in rows)
        for called, seconds in rows:
            yield f"{called:<{wide}}  {seconds * 1000:9,.1f} ms"

    def _called(self, part: str) -> str:
        return (
            f"{part}, {self.statements:,} statement{'' if self.statements == 1 else 's'}"
            if part == SQL
            else part
        )


def _connection(watch: Watch) -> type[sqlite3.Connection]:
    """Return what a store is opened as, so that its statements are watched and counted."""

    def run(statement: Callable[..., Any]) -> Callable[..., Any]:
        def counted(self: object, sql: str, *parameters: Any) -> Any:  # noqa: ANN401 - as sqlite3 takes and gives them
            watch.statements += 1
            part = KEEPING if sql == "COMMIT" else SQL
            return watch.watching(part, statement)(self, sql, *parameters)

        return counted

    class Cursor(sqlite3.Cursor):
        execute = run(sqlite3.Cursor.execute)
        executemany = run(sqlite3.Cursor.executemany)
        fetchone = watch.watching(SQL, sqlite3.Cursor.fetchone)
        fetchmany = watch.watching(SQL, sqlite3.Cursor.fetchmany)
        fetchall = watch.watching(SQL, sqlite3.Cursor.fetchall)
        __next__ = watch.watching(SQL, sqlite3.Cursor.__next__)

    class Connection(sqlite3.Connection):
        commit = watch.watching(KEEPING, sqlite3.Connection.commit)

        def cursor(self, factory: Any = Cursor) -> Any:  # noqa: ANN401 - as sqlite3 takes it
            return super().cursor(factory)

        def execute(self, *statement: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as above
            found: sqlite3.Cursor = self.cursor().execute(*statement)
            return found

        def executemany(self, *statement: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as above
            found: sqlite3.Cursor = self.cursor().executemany(*statement)
            return found

    return Connection
