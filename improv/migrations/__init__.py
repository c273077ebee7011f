"""How a store came to its shape: numbered steps over `PRAGMA user_version`, each run once, in one transaction.

Step N takes a store of version N-1 to version N. Version 1 is the schema as it was first published, in `v1.sql`; a
published step is never edited. After the last step the journal's triggers are made anew for the columns there are.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator

from improv import journal, seals
from improv.history import HISTORY
from improv.seals import SEALED

# "IMPR" in the file's header tells our stores from other programs' databases.
APPLICATION_ID = 0x494D5052

Step = Callable[[sqlite3.Connection], None]

SETTINGS = "CREATE TABLE store_setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);"


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one within the current transaction (`executescript` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _scripted(name: str) -> Step:
    """Return the step that runs a script of this folder."""

    def step(connection: sqlite3.Connection) -> None:
        from importlib.resources import files  # noqa: PLC0415 - only a new or an older store needs it

        run_script(connection, files("improv.migrations").joinpath(f"{name}.sql").read_text("utf-8"))

    return step


def _first(connection: sqlite3.Connection) -> None:
    run_script(connection, SETTINGS)
    _scripted("v1")(connection)
    run_script(connection, journal.SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _parts_of_ratings(connection: sqlite3.Connection) -> None:
    _scripted("scores")(connection)
    journal.widen(connection, "reading")


def _seals(connection: sqlite3.Connection) -> None:
    run_script(connection, seals.SCHEMA)
    connection.execute("ALTER TABLE journal_entry ADD COLUMN changes INTEGER")
    connection.execute(
        "UPDATE journal_entry SET changes = (SELECT COUNT(*) FROM journal_change c WHERE c.entry_id = journal_entry.id)"
    )
    for table in _sealed(connection):
        seals.reseal(connection, table)
        run_script(connection, seals.triggers(connection, table))  # steps that come after write, too


def _snoozes_of_tasks(connection: sqlite3.Connection) -> None:
    _scripted("snooze_task")(connection)
    journal.widen(connection, "snooze")


def _tracks(connection: sqlite3.Connection) -> None:
    _scripted("tracks")(connection)
    for table in ("lead", "client"):
        journal.widen(connection, table)


STEPS: tuple[Step, ...] = (
    _first,
    _scripted("quota"),
    _parts_of_ratings,
    _scripted("kpi"),
    _scripted("survey"),
    _scripted("store_id"),
    _scripted("memory"),
    _scripted("snooze"),
    _scripted("schedule"),
    _seals,
    _scripted("touch"),
    _scripted("field"),
    _scripted("saved_list"),
    _snoozes_of_tasks,
    _tracks,
    _scripted("purge"),
    _scripted("indices"),
    _scripted("growth"),
)
VERSION = len(STEPS)
_TRIGGER = r"(?s)CREATE TRIGGER .*?\nEND(?=;\n)"  # compiled where it is used: a reader never does


def _there(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _sealed(connection: sqlite3.Connection) -> list[str]:
    """Return the sealed tables that the steps so far have made."""
    there = _there(connection)
    return [table for table in SEALED if table in there]


def _triggers(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the SQL that makes the triggers of the journal and of the seals, as the columns are now."""
    there = _there(connection)
    for table in [table for table in HISTORY if table in there]:
        yield journal.triggers(table, journal.columns_of(connection, table))
    for table in _sealed(connection) if "seal" in there else ():
        yield seals.triggers(connection, table)


def stranger(connection: sqlite3.Connection) -> str | None:
    """Return what would run by itself when a store is written, and was not made by this program; nothing where all was.

    It is a trigger that is not as we make it, or a view or a table of a module's, which may stand in the place of ours.
    """
    ours = {trigger for script in _triggers(connection) for trigger in re.findall(_TRIGGER, script)}
    runs = "type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL TABLE%'"
    for kind, name, sql in connection.execute(f"SELECT type, name, sql FROM sqlite_schema WHERE {runs}"):
        if sql not in ours:
            return f"{kind} {name}"
    return None


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Take a store from `version` to this program's, within the current transaction."""
    for number, step in enumerate(STEPS[version:], start=version + 1):
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")
    for script in list(_triggers(connection)):
        run_script(connection, script)


def schema(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return what a store is made of: its tables, indices and triggers, with their words."""
    return set(connection.execute("SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema"))
