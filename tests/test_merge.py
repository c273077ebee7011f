"""Two records made one: the whole story of both stays, and undo gives back both."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from improv.history import HISTORY
from improv.journal import columns_of
from tests.run import run
from tests.session import must
from tests.test_undo import records

pytestmark = pytest.mark.usefixtures("unsynced")

TWICE = """
lead add 'Ada Lovelace' --email ada@engines.example --city Bonn --on 2026-03-01 --owner Sam
lead lifecycle L1 mql --on 2026-06-01
lead add 'Ada L.' --email ada@home.example --phone '+49 30 1234567' --company Engines --on 2026-02-01 --owner Kim
lead lifecycle L2 sql --on 2026-05-01
lead lifecycle L2 lead --on 2026-07-01
log call L2 'asked for a price' --on 2026-04-01
note add L2 'prefers mornings'
opp add L2 --title Audit --value 10k --on 2026-07-02
alerts snooze L3 L2 --until +5d
client add Acme --on 2026-01-10 --health 80
client add 'Acme GmbH' --on 2025-06-01 --revenue 12k
client left C2 --because price --on 2026-04-01
visit log C2 --on 2025-09-01 --referral Grace
"""


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a book in which a lead and a client are recorded twice."""
    path = tmp_path / "improv.db"
    for line in TWICE.strip().splitlines():
        must(line, path)
    return path


def asked(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(sql).fetchall()


def test_a_lead_takes_over_the_story_of_another(db: Path) -> None:
    """What the first says stands, the second fills its blanks and the rest is in a note; it dates from the earlier day."""
    assert must("merge L1 L2", db).out.splitlines() == [
        "L1 Ada Lovelace took over L2 Ada L.: 1 reading, 1 opportunity, 1 activity, 1 note, 1 snooze",
        "  filled: company, phone",
        "  kept in note N2 because it differs: email ada@home.example",
        "  next: improv lead show L1",
    ]
    sql = "SELECT name, company, company_folded, email, phone, city, received_on FROM lead WHERE id = 1"
    assert asked(db, sql) == [
        ("Ada Lovelace", "Engines", "engines", "ada@engines.example", "+49 30 1234567", "Bonn", "2026-02-01")
    ]
    assert asked(db, "SELECT text FROM note WHERE lead_id = 1") == [
        ("prefers mornings",),
        ("merged from L2 Ada L.\nemail: ada@home.example (kept: ada@engines.example)",),
    ]


def test_on_each_day_the_further_state_of_the_two_holds(db: Path) -> None:
    """Lead since February, SQL from May on, MQL when the other fell back, and the opportunity that was opened then."""
    must("merge L1 L2", db)
    assert asked(db, "SELECT state, since, until FROM lifecycle WHERE lead_id = 1 ORDER BY since") == [
        ("lead", "2026-02-01", "2026-05-01"),
        ("sql", "2026-05-01", "2026-07-01"),
        ("mql", "2026-07-01", "2026-07-02"),
        ("opportunity", "2026-07-02", None),
    ]


def test_a_client_is_active_while_either_was(db: Path) -> None:
    """One left in April, the other stayed: since June of the year before there is no gap. What was typed moves."""
    assert must("merge acme C2", db, "2026-11-23").code == 0
    assert asked(db, "SELECT status, since, until FROM client_status") == [("active", "2025-06-01", None)]
    assert asked(db, "SELECT client_id FROM visit") == [(1,)]
    assert asked(db, "SELECT referring_client_id FROM lead WHERE name = 'Grace'") == [(1,)]
    assert asked(db, "SELECT since_on FROM client") == [("2025-06-01",)]


@pytest.mark.parametrize(("kept", "other"), [("L1", "L2"), ("L2", "L1"), ("C1", "C2"), ("C2", "C1")])
def test_nothing_is_lost_and_undo_gives_back_both(db: Path, kept: str, other: str) -> None:
    """Every row but the record itself and its spans is there afterwards; undo and redo are exact."""
    before = records(db)
    must(f"merge {kept} {other}", db)
    after = records(db)
    gone = Counter(table for table, _ in before.keys() - after.keys())
    assert gone.keys() <= {"lead", "client", "lifecycle", "client_status"}
    assert gone["lead"] + gone["client"] == 1
    must("undo", db)
    assert records(db) == before
    must("redo", db)
    assert records(db) == after
    assert must("doctor", db).code == 0


def test_no_row_refers_to_the_record_that_is_gone(db: Path) -> None:
    """Looked up by the store's own foreign keys, in every table."""
    must("merge C1 C2", db)
    must("merge L1 L2", db)
    with closing(sqlite3.connect(db)) as connection:
        for table in HISTORY:
            for column, gone in (("client_id", 2), ("referring_client_id", 2), ("lead_id", 2)):
                if column in columns_of(connection, table):
                    found = connection.execute(
                        f"SELECT id FROM {table} WHERE {column} = ?", (gone,)
                    ).fetchall()
                    assert found == [], (table, column)


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("L1", "L1"), 1, "improv: these are one record already"),
        (("L1", "C1"), 2, "improv: this is a client, not a lead"),
        (("O1", "L1"), 2, "improv: this is an opportunity, not a lead or a client or a campaign"),
        (("L1", "L9"), 3, "improv: there is no lead with this id"),
    ],
)
def test_what_cannot_be_one_is_refused(db: Path, words: tuple[str, str], code: int, what: str) -> None:
    """Three lines, and nothing changes."""
    before = records(db)
    done = run("merge", *words, db=db)
    assert (done.code, done.told[0]) == (code, what)
    assert records(db) == before


def test_campaigns_are_merged_too(tmp_path: Path) -> None:
    """Their results add up under one name."""
    db = tmp_path / "improv.db"
    for line in (
        "campaign add Letter --on 2026-03-01",
        "campaign add Letters --on 2026-02-01 --type email",
        "campaign result M2 --spend 450 --on 2026-03-02",
        "merge M1 M2",
    ):
        must(line, db)
    assert asked(db, "SELECT name, type, starts_on FROM campaign") == [("Letter", "email", "2026-02-01")]
    assert asked(db, "SELECT campaign_id, spend FROM campaign_result") == [(1, 45000)]


def test_of_two_rows_of_which_there_can_be_one_the_first_stands(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no rule of its own knows (here: the open state of a lead) becomes one row by the store's own unique index."""
    monkeypatch.setattr("improv.actions.merging._SPANS", {})
    told = must("merge L1 L2", db).out.splitlines()
    assert "  kept in note N2 because it differs: state opportunity, email ada@home.example" in told
    assert asked(db, "SELECT state FROM lifecycle WHERE lead_id = 1 AND until IS NULL") == [("mql",)]
    must("undo", db)
    assert asked(db, "SELECT state FROM lifecycle WHERE lead_id = 2 AND until IS NULL") == [("opportunity",)]
