"""The shape of a store: the migrations make what the models say, and the tables refuse what is untrue."""

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from improv import migrations, models, storefile
from improv.errors import ImprovError
from improv.history import HISTORY
from tests import drawn
from tests.book import Book
from tests.run import run

pytestmark = pytest.mark.xdist_group("schema")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store in which everything has been typed once."""
    return drawn.template(tmp_path_factory.mktemp("full") / "improv.db")


def asked(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Return the rows of a query on a file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give a store that the migrations made, and a database that the models made."""
    folder = tmp_path_factory.mktemp("shapes")
    assert run("init", db=folder / "improv.db").code == 0
    engine = create_engine(f"sqlite:///{folder / 'models.db'}")
    made = [SQLModel.metadata.tables[str(model.__tablename__)] for model in models.RECORDS]
    SQLModel.metadata.create_all(engine, made)
    engine.dispose()
    return folder / "improv.db", folder / "models.db"


def shape(path: Path, table: str) -> dict[str, object]:
    """Return what a table promises: columns, keys, checks, indices, and whether ids are never reused."""
    (sql,) = asked(path, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)[0]
    indices = asked(path, "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", table)
    return {
        "columns": asked(
            path, 'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY name', table
        ),
        "keys": asked(path, 'SELECT "from", "table", "to" FROM pragma_foreign_key_list(?) ORDER BY 1', table),
        # The words of a rule, in any order: a sum may be written from either end.
        "checks": {
            name: sorted(rule.split())
            for name, rule in re.findall(r"CONSTRAINT (\w+) CHECK \((.*)\)", str(sql))
        },
        "indices": sorted(" ".join(str(made).split()) for (made,) in indices),
        "never reused": "AUTOINCREMENT" in str(sql),
    }


@pytest.mark.parametrize("table", sorted(HISTORY))
def test_the_migrations_make_the_tables_of_the_models(shapes: tuple[Path, Path], table: str) -> None:
    """What the migrations make has the columns, keys, checks and indices of the record class."""
    migrated, modelled = (shape(path, table) for path in shapes)
    assert migrated == modelled
    assert migrated["never reused"]
    assert migrated["checks"]


def test_a_store_of_the_first_version_becomes_one_of_this(shapes: tuple[Path, Path], tmp_path: Path) -> None:
    """The first command brings it up to date, and what is new is written and taken back like all else."""
    db = tmp_path / "old.db"
    with contextlib.closing(sqlite3.connect(db)) as connection:
        migrations.STEPS[0](connection)
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO store_setting VALUES ('timezone', 'UTC'), ('currency', 'EUR')")
        connection.commit()
    assert run("quota", "set", "40k", db=db).out.startswith("Q1 everyone")
    assert [shape(db, table) for table in HISTORY] == [shape(shapes[0], table) for table in HISTORY]
    assert run("undo", db=db).code == 0
    assert run("quota", "list", db=db).out == ""


def test_history_knows_every_table_and_its_columns(shapes: tuple[Path, Path]) -> None:
    """Time travel knows every record table, what dates it, and what of it is learnt later."""
    assert set(HISTORY) == {str(model.__tablename__) for model in models.RECORDS}
    for table, dated in HISTORY.items():
        columns = {name for (name,) in asked(shapes[0], "SELECT name FROM pragma_table_info(?)", table)}
        named = {dated.by, *dated.later, *(day for day, _ in dated.later.values())}
        assert named <= columns, table


def test_an_id_is_not_given_twice(tmp_path: Path) -> None:
    """The number of a removed record stays its own."""
    db = tmp_path / "improv.db"
    assert run("lead", "add", "Ada", db=db).code == 0
    assert run("lead", "remove", "L1", db=db).code == 0
    assert run("lead", "add", "Bob", db=db).out.startswith("L2 Bob added")


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE lead SET received_on = '2026-02-30'", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = '1800-01-01'", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = '2200-01-01'", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = '2026-1-2'", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = '20260102'", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = 2461000", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = ''", "received_on_is_a_day"),
        ("UPDATE lead SET received_on = NULL", r"lead\.received_on"),
        ("UPDATE lead SET name = '  '", "name_is_given"),
        ("UPDATE event SET status = 'perhaps'", "status_is_known"),
        ("UPDATE event SET outcome = 'Positive'", "outcome_is_known"),
        ("UPDATE event SET scheduled_time = '9:00'", "scheduled_time_is_a_time"),
        ("UPDATE event SET scheduled_time = '24:30'", "scheduled_time_is_a_time"),
        ("UPDATE event SET scheduled_for = '2026-01-01'", "scheduled_for_not_before_set_on"),
        ("UPDATE client_status SET status = 'asleep'", "status_is_known"),
        ("UPDATE lifecycle SET state = 'suspect'", "state_is_known"),
        ("UPDATE opportunity_outcome SET outcome = 'maybe'", "outcome_is_known"),
        ("UPDATE opportunity_terms SET value = 12.5", "value_not_negative"),
        ("UPDATE opportunity_terms SET value = -1", "value_not_negative"),
        ("UPDATE opportunity_terms SET value = '12,50'", "value_not_negative"),
        ("UPDATE opportunity_terms SET probability = 101", "probability_in_range"),
        ("UPDATE opportunity_terms SET probability = 33.3", "probability_in_range"),
        ("UPDATE campaign_result SET spend = 0.1", "spend_not_negative"),
        ("UPDATE upsell SET value = 0.5", "value_not_negative"),
        ("UPDATE product_line SET cost = 1e-3", "cost_not_negative"),
        ("UPDATE reading SET value = 101 WHERE kind = 'health'", "scores_up_to_100"),
        ("UPDATE visit SET satisfaction = 6", "satisfaction_in_range"),
        ("UPDATE quota SET per = 'week'", "per_is_known"),
        ("UPDATE quota SET value = 0.5 WHERE id = 1", "value_not_negative"),
        ("UPDATE quota SET points = 5 WHERE id = 1", "value_or_points"),
        ("UPDATE quota SET unit = 'cloud' WHERE id = 2", "points_have_no_unit"),
        ("UPDATE snooze SET severity = 'mild'", "severity_is_known"),
        ("UPDATE snooze SET code = ' '", "code_is_given"),
        ("UPDATE snooze SET lead_id = 1", "belongs_to_one"),
        ("UPDATE snooze SET until_on = '2026-01-01'", "until_on_not_before_since_on"),
        ("UPDATE snooze SET ended_on = '2026-01-01'", "ended_on_not_before_since_on"),
        ("UPDATE field_value SET kind = 'colour'", "kind_is_known"),
        ("UPDATE field_value SET kind = 'text'", "a_number_in_value"),
        ("UPDATE field_value SET kind = 'yes-no'", "yes_or_no"),
        ("UPDATE field_value SET value = 1.5", "value_is_whole"),
        ("UPDATE field_value SET value = NULL, text = '12'", "words_in_text"),
        ("UPDATE field_value SET value = NULL, kind = 'day', text = '3 dec'", "a_day_is_a_day"),
        ("UPDATE field_value SET field = ''", "field_is_given"),
        ("UPDATE field_value SET client_id = 1", "belongs_to_one"),
        ("UPDATE enrolment SET lead_id = NULL", "belongs_to_one"),
        ("UPDATE enrolment SET ending = 'bored'", "ending_is_known"),
        ("UPDATE enrolment SET until = since WHERE until IS NULL", "an_end_says_how"),
        ("UPDATE enrolment SET client_id = 1, lead_id = NULL", r"enrolment\.client_id"),
        ("UPDATE enrolment_pause SET until_on = '2026-01-01'", "until_on_not_before_since"),
        ("UPDATE enrolment_step SET ending = 'done'", "an_end_says_how"),
        ("UPDATE enrolment_step SET step = 7", r"enrolment_step\.enrolment_id, enrolment_step\.step"),
        ("UPDATE stage_stay SET until = NULL", r"stage_stay\.opportunity_id"),
        ("DELETE FROM client WHERE id = 1", "FOREIGN KEY"),
    ],
)
def test_the_table_itself_refuses_what_is_untrue(
    full: Path, tmp_path: Path, statement: str, rule: str
) -> None:
    """Days that do not exist, unknown words and fractions of money are refused whoever writes."""
    path = Path(shutil.copy(full, tmp_path))
    connection = storefile.open_to_write(path)
    with contextlib.closing(connection):
        connection.execute("UPDATE journal_open SET entry_id = 1")
        with pytest.raises(sqlite3.IntegrityError, match=rule):
            connection.execute(statement)


def test_a_text_with_a_nul_is_refused(book: Book) -> None:
    """The journal keeps rows as JSON text, in which a NUL would end the text for SQLite."""
    with pytest.raises(ImprovError, match="cannot be kept"):
        book.add(models.Note, text="a\x00b", noted_on="2026-11-22", lead_id=1)


def test_a_record_is_called_as_its_table_is() -> None:
    """By that rule the classes are found that the foreign keys of another lead to."""
    for model in models.RECORDS:
        for key in SQLModel.metadata.tables[str(model.__tablename__)].foreign_keys:
            target = key.column.table.name
            assert getattr(models, target.title().replace("_", "")).__tablename__ == target
