"""What faults are made to: every way in which a command writes the store, or puts another file in its place."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

from improv import journal, migrations
from improv.commands.imports import LONG
from tests.faults.world import Deed
from tests.session import must


def imported(folder: Path) -> None:
    """Lay a file of leads beside the store."""
    rows = "".join(f"Lead {number},web,lead{number}@example.com\n" for number in range(200))
    (folder / "leads.csv").write_text("Name,Source,Email\n" + rows, "utf-8")


def _long(folder: Path) -> None:
    """Lay a file of leads beside the store that is large enough to be brought in beside it."""
    rows = "".join(f"Lead {number},web,{'x' * 1300}\n" for number in range(200))
    assert len(rows) > LONG
    (folder / "long.csv").write_text("Name,Source,Website\n" + rows, "utf-8")


def _won(folder: Path) -> None:
    """Do what the deed undoes."""
    must("opp won O1", folder / "improv.db")


def _copied(folder: Path) -> None:
    """Copy the store to a file, and go on writing: going back to it takes that away."""
    must(f"backup {folder}/monday.db", folder / "improv.db")
    must("lead add Zed", folder / "improv.db")
    shutil.rmtree(folder / "improv.db.backups", ignore_errors=True)


def _aged(folder: Path) -> None:
    """Put a store of the first version in the place of the book."""
    db = folder / "improv.db"
    db.unlink()
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        journal.prepare(connection)
        connection.execute("BEGIN")
        migrations.STEPS[0](connection)
        for script in list(migrations._triggers(connection)):
            migrations.run_script(connection, script)
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO store_setting VALUES ('timezone', 'UTC'), ('currency', 'EUR')")
        connection.execute(
            "INSERT INTO journal_entry (recorded_at, kind, command) VALUES ('2026-11-02T09:00:00Z', 'do', 'import')"
        )
        connection.execute("UPDATE journal_open SET entry_id = 1")
        connection.executemany(
            "INSERT INTO lead (recorded_at, name, name_folded, received_on) "
            "VALUES ('2026-11-02T09:00:00Z', ?, ?, '2026-11-02')",
            [(f"Lead {number}", f"lead {number}") for number in range(100)],
        )
        connection.execute("UPDATE journal_open SET entry_id = NULL")
        connection.execute("COMMIT")
    db.chmod(0o600)


def _known_well(folder: Path) -> None:
    """Write more of the one who asks to be erased, and take a backup that holds it."""
    must("note add Bob 'wears a bowler'", folder / "improv.db")
    must("backup", folder / "improv.db")


def _many(folder: Path) -> None:
    """Lay a file of commands beside the store."""
    lines = "".join(f"lead add 'Lead {number}' --source web\n" for number in range(40))
    (folder / "lines.txt").write_text(lines, "utf-8")


MAILED = Deed("alerts --email", "alerts --email")
PURGED = Deed("purge", "purge L2 --yes", _known_well)
DEEDS = (
    Deed("add", "lead add Eve --source web"),
    Deed("import", "import HERE/leads.csv --as leads", imported),
    Deed("long import", "import HERE/long.csv --as leads", _long),
    Deed("merge", "merge L1 L2"),
    Deed("undo", "undo", _won),
    Deed("restore", "restore HERE/monday.db", _copied, keeps="before-restore"),
    Deed("migrate", "lead list", _aged, keeps="migration"),
    Deed("batch", "batch --as-one HERE/lines.txt", _many),
    PURGED,
    MAILED,
)
