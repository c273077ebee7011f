"""The rows of a file that are not imported, each with its reason: however many, they lie in a temporary file."""

import sqlite3
from collections.abc import Iterator, MutableMapping

from improv.register import temporary


class Failures(MutableMapping[int, str]):
    """Line → reason, in the order of the lines."""

    def __init__(self) -> None:
        self._file: sqlite3.Connection | None = None

    def _ask(self, sql: str, *bound: object) -> sqlite3.Cursor:
        if self._file is None:
            self._file = temporary("CREATE TABLE failure (line INTEGER PRIMARY KEY, reason TEXT NOT NULL)")
        return self._file.execute(sql, bound)

    def __getitem__(self, line: int) -> str:
        found = self._ask("SELECT reason FROM failure WHERE line = ?", line).fetchone()
        if found is None:
            raise KeyError(line)
        return str(found[0])

    def __setitem__(self, line: int, reason: str) -> None:
        self._ask("INSERT OR REPLACE INTO failure VALUES (?, ?)", line, reason)

    def __delitem__(self, line: int) -> None:
        self._ask("DELETE FROM failure WHERE line = ?", line)

    def __iter__(self) -> Iterator[int]:
        return (line for (line,) in self._ask("SELECT line FROM failure ORDER BY line"))

    def __len__(self) -> int:
        return int(self._ask("SELECT COUNT(*) FROM failure").fetchone()[0]) if self._file else 0

    def reasons(self, most: int) -> list[tuple[str, int, int]]:
        """Return the commonest reasons: how many rows have each, and the first of their lines."""
        sql = "SELECT reason, COUNT(*) AS n, MIN(line) AS first FROM failure GROUP BY reason ORDER BY n DESC, first LIMIT ?"
        return self._ask(sql, most).fetchall()
