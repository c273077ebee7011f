"""The fixtures `config`, `clean` and `enemy`: settings, a book of everything, and the same after an enemy wrote into it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from improv import journal
from tests import drawn
from tests.drawn import CONFIG
from tests.hostile import poison
from tests.run import run
from tests.test_two_clocks import MONDAY, desk_at


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give settings with fields of the user's own, by which mail is refused with an enemy's words."""
    folder = tmp_path_factory.mktemp("config")
    program = folder / "sendmail"
    program.write_text("#!/bin/sh\ncat > \"${0%/*}/mail.eml\"\nprintf '\\033]0;owned\\007' >&2\nexit 1\n")
    program.chmod(0o700)
    file = folder / "config.toml"
    mail = f'[me]\nname = "Sam"\nemail = "sam@example.com"\n[mail]\nto = "sam@example.com"\nsendmail = "{program}"\n'
    file.write_text(mail + CONFIG.read_text("utf-8"), "utf-8")
    return file


@pytest.fixture(scope="session")
def clean(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book of at least one of everything, what the machine remembers too."""
    db = tmp_path_factory.mktemp("gate") / "improv.db"
    with desk_at(f"{MONDAY}T12:00+00:00"):
        drawn.template(db)
        run("alerts", "--email", db=db, today=MONDAY, config=config)
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        journal.prepare(connection)
        connection.execute(
            "INSERT INTO memory_schedule VALUES ('alerts', '07:00', 'cron', '2026-11-01T00:00:00Z')"
        )
    return db


@pytest.fixture(scope="session")
def enemy(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the same book after an enemy wrote into it."""
    db = Path(shutil.copy(clean, tmp_path_factory.mktemp("enemy") / "improv.db"))
    poison(db)
    return db
