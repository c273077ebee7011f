"""How a store came to its shape: numbered steps over `PRAGMA user_version`, each run once, in one transaction.

Step N takes a store of version N-1 to version N. Version 1 is the schema as it was first published, in `v1.sql`; it
is never edited. A step that adds or drops columns names the tables whose journal triggers are made anew.
"""

import sqlite3
from collections.abc import Callable
from importlib.resources import files

from improv import journal
from improv.history import HISTORY

# "IMPR" in the file's header tells our stores from other programs' databases.
APPLICATION_ID = 0x494D5052

SETTINGS = "CREATE TABLE store_setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);"


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one within the current transaction (`executescript` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def make_triggers(connection: sqlite3.Connection) -> None:
    """Make the journal's triggers for every record table, as its columns are now."""
    for table in HISTORY:
        run_script(connection, journal.triggers(table, journal.columns_of(connection, table)))


def _first(connection: sqlite3.Connection) -> None:
    run_script(connection, SETTINGS)
    run_script(connection, files("improv.migrations").joinpath("v1.sql").read_text("utf-8"))
    run_script(connection, journal.SCHEMA)
    make_triggers(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first,)
VERSION = len(STEPS)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Take a store from `version` to this program's, within the current transaction."""
    for number, step in enumerate(STEPS[version:], start=version + 1):
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")
