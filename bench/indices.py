"""The indices of the store, and what each is for: the queries that use it, or the rule between records that it keeps.

`python -m bench.indices` types every session of the tests and every page there is, writes down each statement that
reaches a store, asks SQLite for its plan, and prints the section of docs/performance.md. An index that no plan uses and
no rule needs has not earned its place; `tests/system/test_indices.py` fails by its name.
"""

import contextlib
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from unittest.mock import patch

from improv import storefile
from improv.alerts import CATALOGUE as FLAGS
from improv.metrics import CATALOGUE as METRICS
from improv.nouns import NOUNS
from improv.reports.catalogue import CATALOGUE as REPORTS
from tests import session
from tests.run import run

TODAY: Final = "2026-11-23"
# A page opened twice, and once by a link of Ada's own.
LOG: Final = """192.0.2.7 - - [20/Nov/2026:10:00:00 +0100] "GET /?improv=ada HTTP/1.1" 200 99 "-" "Firefox"
192.0.2.7 - - [20/Nov/2026:10:01:00 +0100] "GET /prices HTTP/1.1" 200 99 "-" "Firefox"
"""
ONCE: Final = """today, todo, history, check, alerts, alerts --all, calendar, duplicates, export, export --format vcf, track due, list,
    list 'quiet clients', complete -- show a, complete -- lead show b, kpi list, alerts --email --due 07:00, undo, redo"""
PAGES: Final = (
    *(page.strip() for page in ONCE.split(",")),
    *(f"report {name}" for name in REPORTS),
    *(f"metric {name}" for name in METRICS),
    *(f"explain {name}" for name in (*METRICS, *FLAGS)),
    *(f"{noun.command} list" for noun in NOUNS),
    *(f"{noun.command} show {noun.letter}1" for noun in NOUNS),
)
_PROSE: Final = """## Indices

Each session of the tests and each page was typed, and SQLite was asked for the plan of every statement that reached a
store: *asked by* says how many of them use the index, and one command. The others find what refers to a record that is
removed, merged or purged, or forbid a second row of a kind; without one the whole table would be read each time. MB is
what it takes in the big store. `tests/system/test_indices.py` fails by the name of an index that is for nothing."""
# A narrow index that is read from end to end is only the shortest way to count a table's rows.
_USED: Final = re.compile(r"(?:SEARCH .*USING (?:COVERING )?|SCAN .*USING )INDEX (\w+)")


class Index(NamedTuple):
    """An index of the store: its table, its columns, whether it forbids two rows alike."""

    name: str
    table: str
    columns: tuple[str, ...]
    forbids: bool


class Use(NamedTuple):
    """What an index is for: how many statements have it in their plan, one command that runs one, and the rule it serves."""

    statements: int
    command: str
    rule: str


def indices(connection: sqlite3.Connection) -> list[Index]:
    """Return the indices that the schema makes, by table."""
    rows = connection.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY tbl_name, name"
    ).fetchall()
    return [
        Index(
            name,
            table,
            # An expression has no name: it is told as the schema has it.
            tuple(
                row[2] or sql.partition("(")[2].partition(" WHERE")[0].removesuffix(")")
                for row in connection.execute(f"PRAGMA index_info({name})")
            ),
            sql.startswith("CREATE UNIQUE"),
        )
        for name, table, sql in rows
    ]


def uses(store: Path) -> dict[str, Use]:
    """Return what each index is for; `store` is a sample book, and is left as it was but for its journal."""
    found: dict[str, list[str]] = {}
    asked = _statements(store)
    with contextlib.closing(storefile.open_to_read(store)) as connection:
        for sql, command in asked.items():
            for name in _in_plan(connection, sql):
                found.setdefault(name, []).append(command)
        return {
            one.name: Use(
                len(found.get(one.name, ())), next(iter(found.get(one.name, ())), ""), _rule(connection, one)
            )
            for one in indices(connection)
        }


def _rule(connection: sqlite3.Connection, index: Index) -> str:
    """Return the rule between records that an index serves: what it forbids, or whose removal asks it."""
    if index.forbids:
        return f"one {index.table.replace('_', ' ')} of a kind"
    for row in connection.execute(f"PRAGMA foreign_key_list({index.table})"):
        if row[3] == index.columns[0]:
            return f"removing a {row[2].replace('_', ' ')}"
    return ""


def _in_plan(connection: sqlite3.Connection, sql: str) -> set[str]:
    try:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    except sqlite3.Error:  # it needs a function, or a table that is gone by now
        return set()
    return {name for row in plan for name in _USED.findall(row[3])}


def _statements(store: Path) -> dict[str, str]:
    """Type everything, and return each statement that reached a store, with the first command that ran it."""
    seen: dict[str, str] = {}
    typing = [""]

    class Watched(sqlite3.Connection):
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named)  # type: ignore[arg-type]
            self.set_trace_callback(lambda sql: seen.setdefault(sql, typing[0]))

    def connect(*given: object, **named: object) -> sqlite3.Connection:
        return _connect(*given, **{"factory": Watched, **named})

    _connect: Callable[..., sqlite3.Connection] = sqlite3.connect
    with patch("sqlite3.connect", connect), tempfile.TemporaryDirectory() as folder:
        for command in _typed(store, Path(folder)):
            typing[0] = command
    return seen


def _typed(store: Path, folder: Path) -> Iterator[str]:
    """Type every page on a sample book and every session of the tests; each command is yielded before it runs."""
    log = folder / "access.log"
    log.write_text(LOG, "ascii")
    yield "touch import access.log"
    run("touch", "import", log, db=store, today=TODAY)
    for page in PAGES:
        yield page
        run(*shlex.split(page), db=store, today=TODAY)
    for story in sorted((Path(session.__file__).parent / "sessions").glob("*.txt")):
        yield f"tests/sessions/{story.name}"
        for command, _, _ in session.typed(
            story.read_text("utf-8"), folder / f"{story.stem}.db", session.settings_of(story)
        ):
            yield command.removeprefix("$ ")


def sizes(store: Path) -> dict[str, float]:
    """Return how many MB each index takes in a store, by the `sqlite3` shell, which can look into pages."""
    sql = "SELECT name, SUM(pgsize) / 1e6 FROM dbstat GROUP BY name"
    told = subprocess.run(
        ["/usr/bin/env", "sqlite3", "-readonly", "-tabs", str(store), sql],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {name: float(size) for name, size in (line.split("\t") for line in told.splitlines())}


def main(big: Path | None = None) -> None:
    """Print the section; with a store, how much of it each index is."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book.db"
        run("sample", db=book, today=TODAY)
        found = uses(book)
        with contextlib.closing(storefile.open_to_read(book)) as connection:
            listed = indices(connection)
    taken = sizes(big) if big else {}
    sys.stdout.write(
        f"{_PROSE}\n\n| Index | Columns | Asked by | Rule it keeps | MB |\n|---|---|---|---|---:|\n"
    )
    for one in listed:
        use = found[one.name]
        asked = f"{use.statements}, such as `{use.command}`" if use.statements else "–"
        size = f"{taken[one.name]:.1f}" if one.name in taken else "–"
        sys.stdout.write(
            f"| {one.name} | {one.table}: {', '.join(one.columns)} | {asked} | {use.rule or '–'} | {size} |\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
