"""What must not grow with the store reads no table from its first row to its last; so flatness needs no stopwatch."""

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from improv import connecting, journal
from tests.kept import MONDAY, SAMPLE, Kept
from tests.run import run

pytestmark = pytest.mark.xdist_group("sample")

# Tables of a few rows, whatever the size: settings, what is erased, lists and quotas the user keeps.
SHORT: Final = {
    "",
    "store_setting",
    "journal_open",
    "sqlite_schema",
    "sqlite_sequence",
    "purge",
    "saved_list",
    "quota",
}
# What a command may look through all the same: the tables, a piece of its SQL, and why.
Allowed = tuple[tuple[set[str], str, str], ...]
ALLOWED: Final[Allowed] = (
    (
        {"journal_entry"},
        "WHERE recorded_at < ",
        "read from the end, and done with the first entry of a day before",
    ),
    (
        {"journal_entry"},
        "e.kind = 'do' AND COALESCE(",
        "read from the end, and done with the first command to undo",
    ),
    (
        {"client"},
        "lower(l.email)",
        "clients are few beside leads, and their addresses are looked through",
    ),
    (
        {"referral"},
        "FROM referral",
        "a client gives a few of them a year, and they are looked through by name",
    ),
)
# What it may find by an index that is no single record's.
SEARCHED: Final[Allowed] = (
    (
        {"campaign", "client", "lead", "opportunity"},
        "_folded >= ",
        "the names that begin with what was typed, and no more of them than are offered",
    ),
    (
        {"activity", "event", "lead", "visit"},
        " credited ",
        "what earned points on a day or in its month",
    ),
    ({"lead"}, "x.source = ", "the leads of a source are what is asked for"),
)
COMMANDS: Final = (
    "show O5",
    "show L7",
    "show C3",
    "show E5",
    "show V1",
    "show A1",
    "history --limit 3",
    "complete -- show Gra",
    "complete -- show L1",
    "event list --of O5",
    "lead add Nadia-Flat",
    "lead add Nadia-Flat --email nadia@flat.example --company Flat",
    "client add Flat",
    "opportunity add L7",
    "event schedule O5 discovery-meeting +3d",
    "event cancel E425",
    "event done E425",
    "lead list --source walk-in",
    "log email L7 prices",
    "note add O5 yes",
    "task add call --about O5 --due +3d",
    "undo",
)


_EXPLAINED: Final = ("SELECT ", "WITH ", "INSERT ", "UPDATE ", "DELETE ")


# What a store has a few of, whatever its size: to look for one of them is to read a good part of a table.
KINDS: Final = {"record", "status", "stage", "source", "kind"}
_SEARCH: Final = re.compile(r"SEARCH .*INDEX (\w+) \((.*)\)")


def searched_widely(connection: sqlite3.Connection, statement: str) -> set[str]:
    """Return the tables of which a statement finds by an index what is of a kind, or from one value to another."""
    owner = dict(connection.execute("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index'"))
    found = set()
    for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
        if (search := _SEARCH.match(detail)) is not None:
            index, terms = search.groups()
            if {term[:-2] for term in terms.split(" AND ") if term.endswith("=?")} <= KINDS:
                found.add(owner[index])
    return found


def scanned(connection: sqlite3.Connection, statement: str) -> set[str]:
    """Return the tables that a statement reads from one end, by their rows or by an index."""
    owner = dict(connection.execute("SELECT rootpage, tbl_name FROM sqlite_schema"))
    opened: dict[int, str] = {}
    nothing: dict[int, int] = {}
    found = set()
    for at, does, cursor, page, key, *_ in connection.execute(f"EXPLAIN {statement}"):
        if does in {"OpenRead", "OpenWrite"}:
            opened[cursor] = owner.get(page, "")
        elif does in {"OpenEphemeral", "OpenAutoindex", "OpenPseudo", "OpenDup", "SorterOpen"}:
            opened[cursor] = ""
        elif does == "Null":
            nothing[page] = at
        # What is looked for by an empty column is nearly all of them: `moved_from_id IS NULL`.
        elif does in {"Rewind", "Last"} or (does == "SeekGE" and nothing.get(key, -3) >= at - 2):
            found.add(opened.get(cursor, ""))
    return found - SHORT


def is_allowed(allowed: Allowed, tables: set[str], statement: str) -> bool:
    """Tell whether it was said why a statement may look through these tables."""
    return any(tables <= may and piece in statement for may, piece, _ in allowed)


@pytest.fixture
def store(kept: Callable[..., Kept], tmp_path: Path) -> Path:
    """Give a copy of the sample book that may be written."""
    return Path(shutil.copy(kept(SAMPLE).path, tmp_path / "improv.db"))


@pytest.mark.parametrize("typed", COMMANDS)
def test_no_table_is_read_from_end_to_end(typed: str, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every statement of a command is explained once more, against the store it was made for."""
    asked: list[str] = []
    connect = connecting._connect

    def listening(name: str, *, uri: bool = False) -> sqlite3.Connection:
        connection = connect(name, uri=uri)
        connection.set_trace_callback(asked.append)
        return connection

    monkeypatch.setattr(connecting, "_connect", listening)
    assert run(*typed.split(), db=store, today=MONDAY).code == 0
    wrong = {}
    with contextlib.closing(sqlite3.connect(store)) as connection:
        journal.prepare(connection)
        for statement in dict.fromkeys(asked):
            if not statement.lstrip().upper().startswith(_EXPLAINED):
                continue
            for allowed, tables in (
                (ALLOWED, scanned(connection, statement)),
                (SEARCHED, searched_widely(connection, statement)),
            ):
                if tables and not is_allowed(allowed, tables, statement):
                    wrong[statement] = tables
    assert asked
    assert wrong == {}


def test_what_reads_all_is_told_from_what_is_found_by_index(store: Path) -> None:
    """The test above could see it: a name that is looked for by index, and a company that is not."""
    with contextlib.closing(sqlite3.connect(store)) as connection:
        assert scanned(connection, "SELECT id FROM lead WHERE name_folded = 'ada'") == set()
        assert scanned(connection, "SELECT id FROM lead WHERE city = 'Bonn'") == {"lead"}
        assert scanned(connection, "SELECT COUNT(*) FROM event WHERE status = 'done'") == {"event"}
        assert scanned(connection, "SELECT subject FROM event WHERE moved_from_id = 7") == set()
        assert scanned(connection, "SELECT subject FROM event WHERE moved_from_id IS NULL") == {"event"}


def test_what_is_found_by_the_many_is_told_from_what_is_found_one_by_one(store: Path) -> None:
    """It could see that, too: all that one table's journal holds, and all open stays, are no record's."""
    changes = "SELECT id FROM journal_change WHERE record = 'lead'"
    with contextlib.closing(sqlite3.connect(store)) as connection:
        assert searched_widely(connection, changes) == {"journal_change"}
        assert searched_widely(connection, f"{changes} AND record_id = 7") == set()
        assert searched_widely(connection, "SELECT stage FROM stage_stay WHERE opportunity_id = 7") == set()
        assert searched_widely(
            connection, "SELECT id FROM stage_stay WHERE opportunity_id BETWEEN 1 AND 9"
        ) == {"stage_stay"}
