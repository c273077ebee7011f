"""Two clocks: what had been typed in by an entry of the journal, or by the end of a day, stays as it was."""

import contextlib
import shlex
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from improv import journal, playbook
from improv.commands.desk import Desk
from improv.history import HISTORY
from improv.reader import Reader
from tests import drawn
from tests.book import TODAY
from tests.run import Result, run
from tests.session import must

pytestmark = pytest.mark.usefixtures("unsynced")  # this page is about what is read

Rows = dict[str, list[tuple[object, ...]]]
PAST = date(2026, 11, 10)
CALM = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=4,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn.template(tmp_path_factory.mktemp("template") / "improv.db")


def seen(path: Path, *, as_of: date | None = None, known_on: int | None = None) -> Rows:
    """Return all rows of all record tables, read on a connection that cannot write."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        reader = Reader(connection, playbook.load(), TODAY, as_of=as_of, known_on=known_on)
        return {
            table: [tuple(row) for row in reader.rows(f"SELECT * FROM {table} ORDER BY id")]
            for table in HISTORY
        }


def newest(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT MAX(id) FROM journal_entry").fetchone()[0])


@CALM
@given(st.data())
def test_the_rows_known_on_an_entry_are_the_rows_that_stood_then(template: Path, data: st.DataObject) -> None:
    """Random commands, imports, undo and redo: each earlier state is read back whole, as of a past day too."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "improv.db"
        shutil.copy(template, db)
        stood = {newest(db): (seen(db), seen(db, as_of=PAST))}
        commands = sorted(drawn.registered() - drawn.ON_NO_STORE)
        for _ in range(data.draw(st.integers(4, 14))):
            command = data.draw(st.sampled_from([*commands, "undo", "undo", "redo"]))
            words = [] if command in {"undo", "redo"} else data.draw(drawn.COMMANDS[command])
            run(*drawn.argv(command, words, Path(folder)), db=db, config=drawn.CONFIG)
            stood[newest(db)] = (seen(db), seen(db, as_of=PAST))
        for entry, (rows, past) in stood.items():
            assert seen(db, known_on=entry) == rows
            assert seen(db, known_on=entry, as_of=PAST) == past
        assert not any(seen(db, known_on=0).values())


def test_a_column_that_came_later_is_empty_in_an_old_image(template: Path, tmp_path: Path) -> None:
    """What an old image does not say was not known."""
    db = tmp_path / "improv.db"
    shutil.copy(template, db)
    must("lead edit L1 --city Bonn", db)
    entry = newest(db)
    must("lead edit L1 --city Kiel", db)
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.execute(
            "UPDATE journal_change SET before = json_remove(before, '$.city') WHERE entry_id > ?", (entry,)
        )
        connection.commit()
    with contextlib.closing(sqlite3.connect(db)) as connection:
        reader = Reader(connection, playbook.load(), TODAY, known_on=entry)
        assert [tuple(row) for row in reader.rows("SELECT name, city FROM lead WHERE id = 1")] == [
            ("Ada", None)
        ]


# ── As a user types it ─────────────────────────────────────────────────────────────────────────────────────────────

Type = Callable[[str, str], None]
PAGES = (
    "report weekly",
    "alerts",
    "check",
    "today",
    "todo",
    "lead list",
    "opp list",
    "client list",
    "event list",
    "task list",
    "calendar",
    "show L1",
    "show O1",
    "show @",
    "history",
    "metric pipeline-value",
    "metric win-rate --for 2026 --by source",
    "explain new-leads",
)
EARLIER = (
    ("16 09:00", "lead add 'Ada Lovelace' --source web --city Bonn"),
    ("16 09:01", "lead add 'Bob Unsung'"),
    ("16 09:02", "opp add ada --title Audit --value 10k --close-on 2026-12-04"),
    ("16 09:03", "client add 'Acme Ltd' --on 2026-10-01 --health 50"),
    ("17 10:00", "event schedule audit discovery-meeting +5d --anticipated-stage proposal"),
    ("18 22:30", "task add 'call back' --about bob --due fri"),
)
LATER = (
    ("19 08:00", "lead edit bob --source referral --city Kiel"),
    ("19 08:01", "opp edit audit --value 12k --on '17 nov'"),
    ("19 08:02", "lead add 'Late Comer' --on '12 nov'"),
    ("19 08:03", "opp lost audit --because price --on '18 nov'"),
    ("19 08:04", "client edit acme --health 95 --on '17 nov'"),
    ("19 08:05", "task remove K1"),
    ("20 08:00", "undo"),
    ("20 08:01", "undo 6"),
    ("20 08:02", "redo"),
)


@pytest.fixture
def type_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Give a way to type a command at an instant of November (UTC), with the clock at that instant."""
    db = tmp_path / "improv.db"

    def typed(when: str, command: str) -> None:
        day, clock = when.split()
        now = datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=UTC)
        monkeypatch.setattr(Desk, "now", lambda _: now)
        must(command, db, f"2026-11-{day}")

    return typed


def pages(db: Path, today: str, *options: str) -> dict[str, Result]:
    """Return all that every page answers."""
    return {page: run(*shlex.split(page), *options, db=db, today=today) for page in PAGES}


def test_a_page_known_on_a_day_is_the_page_of_that_evening_whatever_was_typed_later(
    type_at: Type, tmp_path: Path
) -> None:
    """Edits, removals, backdated records, undo and an import come later: every page has the same bytes."""
    db, file = tmp_path / "improv.db", tmp_path / "leads.csv"
    file.write_text(
        "name,source,received_on\nImported One,web,2026-11-11\nImported Two,,2026-11-12\n", "utf-8"
    )
    for when, command in EARLIER:
        type_at(when, command)
    that_evening = pages(db, "2026-11-18")
    that_evening_on_monday = pages(db, "2026-11-18", "--as-of", "2026-11-16")
    number = f"#{newest(db)}"
    for when, command in LATER:
        type_at(when, command)
    assert pages(db, "2026-11-20", "--known-on", "2026-11-18") == that_evening
    type_at("20 08:03", f"import {shlex.quote(str(file))} --as leads")
    assert pages(db, "2026-11-20", "--known-on", "wed") == that_evening
    assert pages(db, "2026-11-23", "--known-on", number) == that_evening
    both = ("--known-on", "2026-11-18", "--as-of", "2026-11-16")
    assert pages(db, "2026-11-23", *both) == that_evening_on_monday
    assert pages(db, "2026-11-20") != that_evening


def test_the_day_ends_by_the_users_own_clock(type_at: Type, tmp_path: Path) -> None:
    """In Berlin half past ten in the evening, UTC, is still that day; half past eleven is the next one."""
    db = tmp_path / "improv.db"
    type_at("17 22:30", "lead add Ada")
    type_at("17 23:30", "lead add Bob")
    assert "Bob" not in must("lead list --known-on 2026-11-17", db).out
    assert "Ada" in must("lead list --known-on 2026-11-17", db).out
    assert "Bob" in must("lead list --known-on 2026-11-18", db).out
    assert must("lead list --known-on 2026-11-16", db).out == ""


def test_where_the_clock_went_back_the_number_of_the_entry_decides(type_at: Type, tmp_path: Path) -> None:
    """What was typed before an entry of that day counts, although its clock ran ahead."""
    db = tmp_path / "improv.db"
    type_at("19 09:00", "lead add Ahead")
    type_at("17 09:00", "lead add Ada")
    listed = must("lead list --known-on 2026-11-17", db).out
    assert "Ahead" in listed
    assert "Ada" in listed


@pytest.mark.parametrize(
    ("command", "code", "first"),
    [
        ("lead list --known-on tomorrow", 2, "a day to look back on cannot be in the future"),
        ("lead list --known-on '#99'", 3, "no command has this number"),
        ("lead list --known-on '#x'", 3, "no command has this number"),
        ("lead add Bob --known-on yesterday", 2, "--known-on looks back, and the past is not written"),
        ("undo --known-on yesterday", 2, "--known-on looks back, and the past is not written"),
    ],
)
def test_what_cannot_be_looked_back_on_is_refused(
    command: str, code: int, first: str, tmp_path: Path
) -> None:
    """A day to come, an entry that is not there, and writing."""
    db = tmp_path / "improv.db"
    must("lead add Ada", db)
    result = run(*shlex.split(command), db=db, today="2026-11-23")
    assert (result.code, result.told[0]) == (code, f"improv: {first}")
    assert "Bob" not in must("lead list", db).out


def test_the_last_entry_before_an_instant_is_none_in_an_empty_journal() -> None:
    """Nothing typed in is entry 0."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(journal.SCHEMA)
        assert journal.last_entry_before(connection, "2026-11-23T00:00:00Z") == 0
