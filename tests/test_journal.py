"""The journal sees every writer, names every command, and never takes back more or less than one of them."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from improv import journal
from improv.history import HISTORY
from tests import drawn
from tests.run import run

LEAD = (
    "INSERT INTO lead (recorded_at, name, name_folded, received_on) "
    "VALUES ('2026-11-22T12:00:00Z', 'Ada', 'ada', '2026-11-22')"
)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give an empty store."""
    path = tmp_path / "improv.db"
    assert run("init", db=path).code == 0
    return path


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store in which everything has been typed once."""
    return drawn.template(tmp_path_factory.mktemp("full") / "improv.db")


@contextlib.contextmanager
def raw(path: Path, *, prepared: bool = True) -> Iterator[sqlite3.Connection]:
    """Open a store as any other program does."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if prepared:
            journal.prepare(connection)
        yield connection


def count(path: Path, table: str) -> int:
    """Return how many rows a table has."""
    with raw(path) as connection:
        return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_raw_sql_without_an_entry_is_refused(db: Path) -> None:
    """A row that no command wrote cannot be written, changed or removed."""
    assert run("lead", "add", "Ada", db=db).code == 0
    with raw(db) as connection:
        for statement in (LEAD, "UPDATE lead SET name = 'Eve'", "DELETE FROM lifecycle"):
            with pytest.raises(sqlite3.IntegrityError, match=r"journal_change\.entry_id"):
                connection.execute(statement)
        assert connection.execute("SELECT name FROM lead").fetchall() == [("Ada",)]


def test_a_program_that_does_not_know_the_journal_writes_nothing(db: Path) -> None:
    """The sqlite3 shell lacks the function of the triggers, so that its writes are refused."""
    with raw(db, prepared=False) as connection:
        with pytest.raises(sqlite3.OperationalError, match="improv_digest"):
            connection.execute(LEAD)
        assert connection.execute("SELECT COUNT(*) FROM lead").fetchone() == (0,)


def test_raw_sql_within_an_entry_is_seen(db: Path) -> None:
    """What is written past SQLModel in an open entry is journalled, and undone like everything else."""
    with raw(db) as connection:
        connection.execute("BEGIN IMMEDIATE")
        journal.begin(connection, "by hand", "2026-11-22T12:00:00Z")
        connection.execute(LEAD)
        assert journal.close(connection, None)
        connection.execute("COMMIT")
    assert run("undo", db=db).out.startswith("undone: #1 by hand\n")
    assert count(db, "lead") == 0


@pytest.mark.parametrize("table", sorted(HISTORY))
def test_the_triggers_of_a_table_see_every_column(db: Path, table: str) -> None:
    """Adding, changing and removing a row is written down with all its columns."""
    with raw(db) as connection:
        columns = journal.columns_of(connection, table)
        made = dict(
            connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,)
            )
        )
    assert sorted(made) == [f"journal_{table}_{verb}" for verb in ("delete", "insert", "update")]
    for verb, rows in {"insert": ["NEW"], "update": ["OLD", "NEW"], "delete": ["OLD"]}.items():
        for row in rows:
            image = "json_object(" + ", ".join(f"'{column}', {row}.{column}" for column in columns) + ")"
            assert image in made[f"journal_{table}_{verb}"]


def test_the_last_digest_of_every_record_fits_the_record(full: Path) -> None:
    """After many commands each row is what the journal says it is, and what is gone is gone by the journal."""
    by_row, by_journal = drawn.digests(full)
    assert by_row == by_journal
    assert {table for table, _ in by_row} == set(HISTORY)


def test_history_names_the_commands(db: Path) -> None:
    """The newest first, each with its number, its state, its record and its words as they were typed."""
    run("lead", "add", "Ada Lovelace", "--source", "web", db=db)
    run("lead", "edit", "L1", "--city", "s'Hertogenbosch", "--db", db, db=db)
    run("undo", db=db)
    rows = [line.split("\t") for line in run("history", db=db).out.splitlines()]
    assert [[number, *rest] for number, _, *rest in rows] == [
        ["#3", "undo of #2", "L1", "lead edit L1 --city 's'\"'\"'Hertogenbosch'"],
        ["#2", "undone", "L1", "lead edit L1 --city 's'\"'\"'Hertogenbosch'"],
        ["#1", "done", "L1", "lead add 'Ada Lovelace' --source web"],
    ]


def test_nothing_to_undo_or_redo_on_a_new_store(db: Path) -> None:
    """An empty history is said in words."""
    for verb in ("undo", "redo"):
        refused = run(verb, db=db)
        assert refused.code == 1
        assert refused.told == [
            f"improv: there is nothing to {verb}",
            f"  at fault: improv {verb}",
            "  to mend:  improv history",
        ]
    assert run("history", db=db).out == ""


def test_redo_is_refused_after_a_new_command(db: Path) -> None:
    """What was undone is not laid over what was typed since."""
    run("lead", "add", "Ada", db=db)
    run("undo", db=db)
    run("lead", "add", "Bob", db=db)
    assert run("redo", db=db).told[0] == "improv: there is nothing to redo"
    assert run("lead", "list", db=db).out.startswith("L2\tBob\t")


def test_undo_twice_and_redo_twice(db: Path) -> None:
    """Undo goes back step by step, and redo comes forward in the same order."""
    run("lead", "add", "Ada", db=db)
    run("lead", "add", "Bob", db=db)
    said = [run(verb, db=db).out.splitlines()[0] for verb in ("undo", "undo", "redo", "redo")]
    assert said == [
        "undone: #2 lead add Bob",
        "undone: #1 lead add Ada",
        "done again: #1 lead add Ada",
        "done again: #2 lead add Bob",
    ]
    assert count(db, "lead") == 2


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        ("9", 2, "improv: no command has this number"),
        ("#9", 2, "improv: no command has this number"),
        ("0", 2, "improv: no command has this number"),
        ("3", 2, "improv: no command has this number"),
        ("2", 1, "improv: this command is undone already"),
        ("-1", 2, "improv: no such option: -1"),
        ("x", 2, "improv: this is no number of a command"),
        ("9" * 30, 2, "improv: this is no number of a command"),
    ],
)
def test_undo_refuses_a_number_that_is_no_command_to_undo(
    db: Path, number: str, code: int, words: str
) -> None:
    """Only a command that is done can be undone by its number; an undo is none."""
    run("lead", "add", "Ada", db=db)
    run("lead", "add", "Bob", db=db)
    run("undo", db=db)
    refused = run("undo", number, db=db)
    assert (refused.code, refused.told[0].lower()) == (code, words)
    assert (count(db, "lead"), count(db, "journal_entry")) == (1, 3)


def test_undo_of_an_addition_that_was_changed_later_names_the_change(db: Path) -> None:
    """An older command is refused while a later one stands on its row, and undone once that one is."""
    run("lead", "add", "Ada", db=db)
    run("lead", "edit", "ada", "--city", "Bonn", db=db)
    refused = run("undo", "1", db=db)
    assert (refused.code, refused.told) == (
        1,
        [
            "improv: a later command changed the same record",
            "  at fault: #2 lead edit ada --city Bonn",
            "  to mend:  improv undo 2, then undo this one again",
        ],
    )
    assert run("undo", "2", db=db).code == 0
    assert run("undo", "1", db=db).code == 0
    assert count(db, "lead") == 0


@pytest.mark.parametrize(
    "argv",
    [
        ("lead", "edit", "L1", "--city", "Bonn"),
        ("lead", "edit", "L1", "--score", "40"),
        ("task", "move", "K1", "2026-11-27"),
        ("opportunity", "edit", "O1", "--value", "12k"),
    ],
)
def test_a_command_that_changes_nothing_leaves_no_entry(db: Path, argv: tuple[str, ...]) -> None:
    """Saying again what is known is no step to undo."""
    run("lead", "add", "Ada", "--city", "Bonn", "--score", "40", db=db)
    run("task", "add", "call", "--due", "2026-11-27", db=db)
    run("opportunity", "add", "L1", "--value", "12k", db=db)
    assert run(*argv, db=db).code == 0
    assert count(db, "journal_entry") == 3


def test_a_refused_command_leaves_no_entry_and_wastes_no_number(db: Path) -> None:
    """A command that fails half-way is gone as a whole: the next one gets the number it would have had."""
    run("client", "add", "Acme", db=db)
    refused = run("visit", "log", "C1", "--satisfaction", "5", "--referral", "  ", db=db)
    assert refused.code == 2
    assert (count(db, "visit"), count(db, "journal_entry")) == (0, 1)
    assert run("visit", "log", "C1", db=db).out.startswith("V1 ")
    assert run("history", db=db).out.startswith("#2\t")


def test_bytes_that_are_no_text_are_refused_in_words(db: Path) -> None:
    """A name that is not UTF-8 cannot be kept, and nothing is."""
    refused = run("lead", "add", "caf\udce9", db=db)
    assert (refused.code, len(refused.told)) == (2, 3)
    assert refused.told[1].endswith("\\udce9")
    assert count(db, "journal_entry") == 0


# ── What a record was ──────────────────────────────────────────────────────────────────────────────────────────────


def changed(path: Path, *columns: str, known_on: int | None = None) -> list[int]:
    """Return the entries that changed one of these columns of the first lead."""
    with raw(path) as connection:
        found = list(journal.revisions(connection, "lead", columns, [1], known_on))
    assert {number for number, _, _ in found} <= {1}
    return [entry for _, entry, _ in found]


def gone(path: Path, known_on: int | None = None) -> list[tuple[object, ...]]:
    """Return the number and the name of every lead that was removed or undone."""
    select = f"SELECT * FROM ({journal.gone_select('lead', ['id', 'name'])}) AS gone ORDER BY id"
    with raw(path) as connection:
        return connection.execute(select, {"known_on": known_on}).fetchall()


def test_each_change_of_a_column_is_read_back(db: Path) -> None:
    """Added, changed, removed, brought back: by the entry that did it; not what left the column as it was."""
    for words in (
        *("lead add Ada", "lead edit L1 --city Bonn", "lead edit L1 --name Eve", "lead edit L1 --city Bonn"),
        *("lead add Bob", "lead edit L1 --city Kiel", "lead remove L1", "undo", "undo"),
    ):
        assert run(*words.split(), db=db).code == 0
    assert changed(db, "name") == [1, 3, 6, 7]
    assert changed(db, "city") == [1, 2, 5, 6, 7, 8]
    assert changed(db, "name", "city") == [1, 2, 3, 5, 6, 7, 8]
    assert changed(db, "phone") == [1, 6, 7]
    assert changed(db, "name", "city", known_on=5) == [1, 2, 3, 5]
    assert changed(db, "name", known_on=0) == []


def test_what_is_gone_is_read_back_as_it_last_stood(db: Path) -> None:
    """Removed or undone, until it is brought back; as known on an entry, too."""
    for words in (
        "lead add Ada",
        "lead edit L1 --name Eve",
        "lead remove L1",
        "lead add Bob",
        "undo",
        "undo",
    ):
        assert run(*words.split(), db=db).code == 0
    assert gone(db) == [(2, "Bob")]
    assert gone(db, known_on=3) == [(1, "Eve")]
    assert gone(db, known_on=2) == []
    assert gone(db, known_on=4) == [(1, "Eve")]
