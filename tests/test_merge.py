"""Two records made one: the whole story of both stays, and undo gives back both."""

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from improv.history import HISTORY
from improv.journal import columns_of
from improv.nouns import BY_LETTER
from tests.kept import MONDAY, SAMPLE, Kept
from tests.run import run
from tests.session import must
from tests.test_undo import records

pytestmark = [pytest.mark.usefixtures("unsynced"), pytest.mark.xdist_group("sample")]

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


def test_who_is_on_two_tracks_stays_on_the_firsts(db: Path) -> None:
    """The other's ends today with the tasks that were open; what was done on it stays."""
    for line in (
        "track enrol L1 event --on 2026-11-20",
        "track enrol L2 general-interest --on 2026-11-10",
        "track run",
    ):
        must(line, db)
    assert "  D2 ended: nobody is on two tracks at once" in must("merge L1 L2", db).out.splitlines()
    assert asked(db, "SELECT id, lead_id, track, until, ending FROM enrolment") == [
        (1, 1, "event", None, None),
        (2, 1, "general-interest", "2026-11-23", "moved on"),
    ]
    steps = "SELECT enrolment_id, ending, COUNT(*) FROM enrolment_step GROUP BY 1, 2 ORDER BY 1"
    assert [row[:2] for row in asked(db, steps)] == [(1, None), (2, "dropped")]


def test_of_what_both_say_on_one_day_the_firsts_stands(db: Path) -> None:
    """Though the other's was typed later; it is in the note. What was said on another day holds from there."""
    for line in (
        "lead edit L1 --temperature hot --on 2026-05-01",
        "lead edit L2 --temperature cold --on 2026-05-01",
        "lead edit L2 --score 40 --on 2026-05-01",
        "lead qualify L1 --on 2026-05-02",
        "lead qualify L2 --no --because 'no money' --on 2026-05-02",
    ):
        must(line, db)
    told = must("merge L1 L2", db).out.splitlines()
    assert "temperature cold" in told[2]
    assert "verdict no" in told[2]
    note = asked(db, "SELECT text FROM note WHERE text LIKE 'merged from%'")[0][0].splitlines()
    assert {"temperature: cold (kept: hot)", "verdict: no (kept: yes)"} < {*note}
    must("client edit C1 --revenue 5k --on 2026-06-01", db)
    must("client edit C2 --revenue 6k --on 2026-06-01", db)
    must("merge C1 C2", db)
    note = asked(db, "SELECT text FROM note WHERE client_id = 1")[0][0].splitlines()
    assert "revenue: 6,000 (kept: 5,000)" in note
    sql = "SELECT kind, text, value FROM reading WHERE lead_id = 1 AND on_day = '2026-05-01' ORDER BY id"
    assert asked(db, sql) == [("temperature", "hot", None), ("score", None, 40)]
    assert asked(db, "SELECT verdict FROM qualification WHERE lead_id = 1") == [("yes",)]


@pytest.mark.parametrize("seed", range(3))
def test_any_two_become_one_and_two_again(seed: int, kept: Callable[..., Kept], tmp_path: Path) -> None:
    """In the sample book, of any two leads, clients and campaigns: nothing refuses, nothing is lost, undo is exact."""
    chance, path = random.Random(seed), tmp_path / "improv.db"  # noqa: S311 - no secret
    shutil.copy(kept(SAMPLE).path, path)
    before = records(path)
    on_track = "SELECT lead_id FROM enrolment WHERE until IS NULL AND lead_id IS NOT NULL"
    pairs = []
    for letter, sql in (
        ("L", on_track),
        ("L", f"SELECT id FROM lead WHERE id NOT IN ({on_track})"),
        ("C", "SELECT id FROM client"),
        ("M", "SELECT id FROM campaign"),
    ):
        pairs.append((letter, *chance.sample([row[0] for row in asked(path, sql)], 2)))
    for letter, one, other in pairs:
        start = records(path)
        must(f"merge {letter}{one} {letter}{other}", path, MONDAY)
        gone = Counter(table for table, _ in start.keys() - records(path).keys())
        noun = BY_LETTER[letter].table
        assert gone.pop(noun) == 1
        assert gone.keys() <= {"lifecycle", "client_status", "reading", "field_value", "qualification"}
        open_ = "SELECT COUNT(*) FROM enrolment WHERE until IS NULL GROUP BY COALESCE('L' || lead_id, 'C' || client_id)"
        assert {row[0] for row in asked(path, open_)} == {1}
        assert asked(path, "PRAGMA foreign_key_check") == []
    for _ in pairs:
        must("undo", path, MONDAY)
    assert records(path) == before


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
