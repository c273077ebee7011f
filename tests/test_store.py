"""The store as a file: one shape, private, refused in words when it is no store, and never touched by a reader."""

import contextlib
import hashlib
import os
import re
import shlex
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from improv import connecting, copying, journal, migrations, storefile
from improv.commands.desk import Desk, desk
from improv.store import Writing
from tests import drawn
from tests.files import backups_of
from tests.run import Result, run, spawn
from tests.session import must

pytestmark = pytest.mark.xdist_group("store")
IN_CI = bool(os.environ.get("CI"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with one lead."""
    path = tmp_path / "improv.db"
    assert run("lead", "add", "Ada", db=path).code == 0
    return path


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store in which everything has been typed once."""
    return drawn.template(tmp_path_factory.mktemp("full") / "improv.db")


def asked(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Return the rows of a query on a file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql, values).fetchall()


# ── Private ────────────────────────────────────────────────────────────────────────────────────────────────────────


def mode(path: Path) -> str:
    """Return a file's permissions, such as 0600."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


@pytest.mark.parametrize("first", [("init",), ("lead", "add", "Ada")])
def test_the_store_is_private_at_any_umask(tmp_path: Path, first: tuple[str, ...]) -> None:
    """Nobody else can read what is written, whatever the machine's habits are."""
    path = tmp_path / "above" / "new" / "improv.db"
    assert spawn(*first, db=path, umask=0).code == 0
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == ("0600", "0700", "0700")
    assert os.listdir(path.parent) == ["improv.db"]  # noqa: PTH208 - names are what is compared


# ── Refused in words ───────────────────────────────────────────────────────────────────────────────────────────────


def _another_program(path: Path, store: Path) -> None:
    del store
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE lead (name TEXT)")


def _newer(path: Path, store: Path) -> None:
    shutil.copy(store, path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.VERSION + 1}")


# What stands where the store should be, and the first line that says so.
NO_STORES: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "no bytes": (lambda path, _: path.touch(), "the store is empty: its content was lost"),
    "text": (lambda path, _: path.write_text("name,email\n"), "the file is not a store"),
    "garbage": (lambda path, _: path.write_bytes(os.urandom(9000)), "the file is not a store"),
    "garbage after the mark": (
        lambda path, _: path.write_bytes(storefile.MAGIC + b"\xff" * 9000),
        "the store is damaged",
    ),
    "garbage after the header": (
        lambda path, store: path.write_bytes(store.read_bytes()[:100] + b"\xaa" * 9000),
        "the store is damaged",
    ),
    "cut in the middle": (
        lambda path, store: path.write_bytes(store.read_bytes()[: store.stat().st_size // 2]),
        "the store is damaged",
    ),
    "cut after the header": (
        lambda path, store: path.write_bytes(store.read_bytes()[:100]),
        "the store is damaged",
    ),
    "another program's": (_another_program, "the file is another program's database"),
    "newer": (_newer, "the store is newer than this program"),
    "a folder": (lambda path, _: path.mkdir(), "the store is a folder"),
    "a pipe": (lambda path, _: os.mkfifo(path), "the store is not an ordinary file"),
}
COMMANDS = (
    ("lead", "list"),
    ("show", "L1"),
    ("history",),
    ("lead", "add", "Eve"),
    ("lead", "remove", "L1"),
    ("undo",),
    ("redo",),
)


def three_lines(result: Result, code: int, what: str, at_fault: Path) -> None:
    """Check that a refusal says what happened, the value at fault and what mends it, and nothing on stdout."""
    assert (result.code, result.out, len(result.told)) == (code, "", 3), result
    assert result.told[0].startswith(f"improv: {what}"), result.err
    assert result.told[1] == f"  at fault: {at_fault}"
    assert result.told[2].startswith("  to mend:  ")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("case", NO_STORES)
def test_what_is_no_store_is_refused_and_left_alone(
    full: Path, tmp_path: Path, case: str, command: tuple[str, ...]
) -> None:
    """Three lines, exit code 5, and the file byte for byte as it was."""
    path = tmp_path / "improv.db"
    make, what = NO_STORES[case]
    make(path, full)
    before = path.read_bytes() if path.is_file() else b""
    three_lines(run(*command, db=path), 5, what, path)
    assert os.listdir(tmp_path) == ["improv.db"]  # noqa: PTH208 - names are what is compared
    assert not path.is_file() or path.read_bytes() == before


@pytest.mark.parametrize("command", [("lead", "list"), ("history",), ("undo",), ("redo",), ("show", "L1")])
def test_a_missing_store_is_told_and_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Reading, and taking back what was never done, make no store."""
    path = tmp_path / "folder" / "improv.db"
    three_lines(run(*command, db=path), 3, "there is no store yet", path)
    assert not path.parent.exists()


@pytest.mark.parametrize("command", [*COMMANDS, ("init",)], ids=" ".join)
def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A store that moved away, or a disk that is not there, is not begun anew in its place."""
    path = tmp_path / "improv.db"
    path.symlink_to(tmp_path / "unmounted" / "improv.db")
    three_lines(run(*command, db=path), 3, "the store is a link that leads nowhere", path)
    assert path.is_symlink()
    assert not path.exists()


def test_a_link_to_a_store_is_the_store(db: Path, tmp_path: Path) -> None:
    """The store may be elsewhere, with a link in its place."""
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(db)
    assert run("lead", "add", "Bob", db=link).code == 0
    assert link.is_symlink()
    assert len(run("lead", "list", db=db).out.splitlines()) == 2


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_store_below_a_file_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A path through something that is no folder is told as such."""
    (tmp_path / "file").write_text("words")
    result = run(*command, db=tmp_path / "file" / "improv.db")
    assert (result.code, len(result.told)) == (5, 3), result
    assert (tmp_path / "file").read_text() == "words"


# ── Without root's powers ──────────────────────────────────────────────────────────────────────────────────────────

powerless = pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None and not IN_CI,
    reason="setpriv is missing, and root may read everything",
)
POWERLESS = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--") if os.geteuid() == 0 else ()


@pytest.fixture
def shared(full: Path) -> Iterator[Path]:
    """Give a store in a folder that everybody may enter, and take its permissions back afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield Path(shutil.copy(full, folder / "improv.db"))
        folder.chmod(0o755)


def unprivileged(*argv: str, db: Path) -> Result:
    """Run a command as a process that permissions hold for."""
    return spawn(*argv, db=db, before=POWERLESS)


@powerless
def test_a_store_that_cannot_be_read_is_told(shared: Path) -> None:
    """Without the right to read it, neither reading nor writing works, and both say why."""
    shared.chmod(0o000)
    for command in (("lead", "list"), ("lead", "add", "Eve"), ("undo",)):
        three_lines(
            unprivileged(*command, db=shared), 5, "the store cannot be read: permission denied", shared
        )


@powerless
def test_a_folder_that_cannot_be_entered_is_told(shared: Path) -> None:
    """The store behind it is not taken for missing."""
    shared.chmod(0o644)
    shared.parent.chmod(0o600)
    for command in (("lead", "list"), ("lead", "add", "Eve"), ("undo",)):
        three_lines(
            unprivileged(*command, db=shared), 5, "the store cannot be read: permission denied", shared
        )


@powerless
@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o555), (0o444, 0o777), (0o666, 0o555)])
def test_a_read_only_store_is_listed_and_not_written(shared: Path, file: int, folder: int) -> None:
    """What may only be read can be read, from a read-only disk too; a write says why it cannot."""
    before = shared.read_bytes()
    shared.chmod(file)
    shared.parent.chmod(folder)
    assert unprivileged("lead", "list", db=shared).out == run("lead", "list", db=shared).out
    assert unprivileged("history", db=shared).code == 0
    refused = unprivileged("lead", "add", "Eve", db=shared)
    assert (refused.code, len(refused.told)) == (5, 3), refused
    assert re.match("improv: the (folder of the )?store cannot be written; nothing was ", refused.told[0])
    assert shared.read_bytes() == before
    assert os.listdir(shared.parent) == ["improv.db"]  # noqa: PTH208 - names are what is compared


@powerless
def test_a_folder_that_cannot_be_written_gets_no_store() -> None:
    """A first command where nothing may be made says so."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        refused = unprivileged("lead", "add", "Ada", db=folder / "improv.db")
        three_lines(refused, 5, "the store cannot be made there: permission denied", folder / "improv.db")
        assert list(folder.iterdir()) == []
        folder.chmod(0o755)


# ── Reading never writes ───────────────────────────────────────────────────────────────────────────────────────────

READERS = (
    *(
        (noun, "list")
        for noun in ("lead", "client", "opportunity", "event", "visit", "task", "note", "campaign")
    ),
    ("show", "L1"),
    ("show", "O1"),
    ("client", "show", "acme"),
    ("history", "--limit", "5"),
    ("lead", "list", "--as-of", "2026-10-01"),
    ("todo",),
    ("alerts",),
    ("report", "weekly"),
    ("metric", "list"),
    ("playbook", "check"),
    ("today",),
    (),
)


def fingerprint(path: Path) -> tuple[str, int, list[str]]:
    """Return a file's hash and time of change, and the names beside it."""
    return (
        hashlib.sha256(path.read_bytes()).hexdigest(),
        path.stat().st_mtime_ns,
        sorted(beside.name for beside in path.parent.iterdir()),
    )


def test_reading_leaves_the_file_as_it_is(full: Path) -> None:
    """No byte, no time of change, no file beside it."""
    before = fingerprint(full)
    for command in READERS:
        assert run(*command, db=full).code == 0, command
        assert fingerprint(full) == before, command


def test_what_is_refused_leaves_the_file_as_it_is(full: Path) -> None:
    """A refused undo, redo or record writes no byte that stays."""
    before = fingerprint(full)
    for command in (
        ("redo",),
        ("undo", "1"),
        ("lead", "add", ""),
        ("lead", "remove", "L1"),
        ("opp", "won", "O2"),
    ):
        assert run(*command, db=full).code in {1, 2}, command
        assert fingerprint(full)[::2] == before[::2], command


def test_nothing_else_opens_the_store_while_its_first_record_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To close a file lets go of every lock that the process holds on it: another writer would come in between."""
    opened = list[str]()
    recognise, validated = storefile.recognise, Writing._validated

    def seen(path: Path) -> None:
        opened.append("opened")
        recognise(path)

    def writes(work: Writing, *given: Any) -> Any:
        opened.append("writes")
        desk().local_time()
        return validated(work, *given)

    monkeypatch.setattr(storefile, "recognise", seen)
    monkeypatch.setattr(Writing, "_validated", writes)
    monkeypatch.setattr(Desk, "keep_daily", lambda _: None)  # that is when it is kept and told
    assert run("lead", "add", "Ada", db=tmp_path / "improv.db").code == 0
    assert "opened" not in opened[opened.index("writes") :]


# ── Made only by what is kept ──────────────────────────────────────────────────────────────────────────────────────


NOBODY = "no opportunity, client or lead answers to this name"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("lead add ''", 2, "improv: the name of the lead is missing"),
        ("lead add Ada --source heaven", 2, "improv: --source: no source is called so"),
        ("event done nobody", 3, f"improv: {NOBODY}"),
        ("batch BATCH", 3, f"improv: line 2: {NOBODY}; kept: nothing"),
        ("batch BATCH --as-one", 3, f"improv: line 2: {NOBODY}; kept: nothing"),
    ],
)
def test_a_refused_first_command_leaves_no_store(tmp_path: Path, words: str, code: int, told: str) -> None:
    """`improv init` can still choose its time zone and currency."""
    batch, path = tmp_path / "batch.txt", tmp_path / "new" / "improv.db"
    batch.write_text("# a batch\nevent done nobody\n", "utf-8")
    refused = run(*shlex.split(words.replace("BATCH", str(batch))), db=path)
    assert (refused.code, refused.told[0]) == (code, told)
    assert [*path.parent.glob("*")] == []
    assert run("init", "--currency", "USD", db=path).code == 0


def test_what_was_kept_before_a_refused_line_keeps_the_store(tmp_path: Path) -> None:
    """The first commands of a batch, and a store that `improv init` made."""
    batch, path = tmp_path / "batch.txt", tmp_path / "improv.db"
    batch.write_text("lead add Ada\nevent done nobody\n", "utf-8")
    assert run("batch", batch, db=path).code == 3
    assert asked(path, "SELECT name FROM lead") == [("Ada",)]
    chosen = tmp_path / "chosen.db"
    must("init --currency USD", chosen)
    assert run("lead", "add", "", db=chosen).code == 2
    assert asked(chosen, "SELECT value FROM store_setting WHERE key = 'currency'") == [("USD",)]


def test_a_store_is_taken_back_by_who_made_it_alone(tmp_path: Path) -> None:
    """Not while another command writes to it, and not what another has put in its place."""
    path = tmp_path / "improv.db"
    storefile.create(path, {"timezone": "Europe/Berlin", "currency": "EUR"})
    made = path.stat()
    with contextlib.closing(storefile.open_to_write(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        storefile.take_back(path, made)
        other.execute("ROLLBACK")
    assert path.exists()
    shutil.copy(path, tmp_path / "other.db")
    (tmp_path / "other.db").replace(path)
    storefile.take_back(path, made)
    assert path.exists()
    storefile.take_back(path, path.stat())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "statement", ["PRAGMA synchronous = EXTRA", "PRAGMA application_id", "BEGIN IMMEDIATE"]
)
def test_who_waited_for_a_store_that_is_taken_back_makes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Two first commands at once: one is refused, and the other is kept, whenever the one takes its store back."""
    path = tmp_path / "improv.db"
    storefile.create(path, {"timezone": "Europe/Berlin", "currency": "EUR"})
    patiently, taken = connecting.patiently, list[Path]()

    def waiting(connection: sqlite3.Connection, typed: str) -> sqlite3.Cursor:
        if typed == statement and not taken:
            taken.append(path)
            storefile.take_back(path, path.stat())
            assert not path.exists()
        return patiently(connection, typed)

    monkeypatch.setattr(connecting, "patiently", waiting)
    must("lead add Ada", path)
    assert taken == [path]
    assert asked(path, "SELECT name FROM lead") == [("Ada",)]


# ── Migrations ─────────────────────────────────────────────────────────────────────────────────────────────────────

Step = Callable[[sqlite3.Connection], None]


def _add_nickname(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE lead ADD COLUMN nickname TEXT")


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> Callable[[Step], None]:
    """Give a way to make this program the next version, with one more step."""

    def becomes(step: Step) -> None:
        monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, step))
        monkeypatch.setattr(storefile, "VERSION", migrations.VERSION + 1)

    return becomes


def version(path: Path) -> object:
    """Return the version of a store."""
    return asked(path, "PRAGMA user_version")[0][0]


@pytest.mark.parametrize("command", [("lead", "list"), ("lead", "edit", "L1", "--city", "Bonn")])
def test_an_older_store_is_brought_up_to_date_after_a_backup(
    db: Path, newer_program: Callable[[Step], None], command: tuple[str, ...]
) -> None:
    """The first command of a new version copies the store, then migrates it; the copy is as it was before."""
    before = asked(db, "SELECT * FROM lead")
    newer_program(_add_nickname)
    assert run(*command, db=db).code == 0
    assert version(db) == migrations.VERSION + 1
    assert asked(db, "SELECT nickname FROM lead") == [(None,)]
    (kept,) = backups_of(db)
    assert (kept.name, mode(kept), mode(kept.parent)) == ("000001-migration.db", "0600", "0700")
    assert (version(kept), asked(kept, "SELECT * FROM lead")) == (migrations.VERSION, before)
    assert run("lead", "list", db=db).out.startswith("L1\tAda\t")
    assert len(backups_of(db)) == 1


def test_what_was_typed_before_a_column_came_is_undone_after_it(
    db: Path, newer_program: Callable[[Step], None]
) -> None:
    """Adding, editing, undoing and removing: each image gets the column, and fits its digest as before."""
    for command in (
        "lead edit L1 --city Bonn",
        "lead edit L1 --city Kiel",
        "undo",
        "lead add Žofie",
        "lead remove L2",
        "lead add Bob",
    ):
        must(command, db)

    def widens(connection: sqlite3.Connection) -> None:
        _add_nickname(connection)
        journal.widen(connection, "lead")

    newer_program(widens)
    must("lead list", db)
    by_row, by_journal = drawn.digests(db)
    assert by_row == by_journal
    assert must("undo", db).out.startswith("undone: #7 lead add Bob")
    assert must("undo", db).out.startswith("undone: #6 lead remove L2")
    assert "Žofie" in must("lead list", db).out
    for command in ("lead add 'Žofie'", "lead edit L1 --city Bonn", "lead add Ada"):
        assert command in must("undo", db).out
    assert must("lead list", db).out == ""
    assert must("redo", db).out.startswith("done again: #1 lead add Ada")


@contextlib.contextmanager
def first_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make this program the first version, which knows the tables of the first script."""
    with monkeypatch.context() as first:
        first.setattr(migrations, "STEPS", migrations.STEPS[:1])
        first.setattr(storefile, "VERSION", 1)
        yield


def test_ratings_of_the_first_version_are_by_hand_and_can_be_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store made before formulas were kept holds what people said, and says it still."""
    old = tmp_path / "improv.db"
    with first_version(monkeypatch):
        storefile.create(old, {"timezone": "UTC", "currency": "EUR"})
        with contextlib.closing(storefile.open_to_write(old)) as connection:
            now = "'2026-11-20T08:00:00Z'"
            connection.execute("BEGIN IMMEDIATE")
            journal.begin(connection, "client add Acme --health 80", now.strip("'"))
            connection.execute(
                f"INSERT INTO client (recorded_at, name, name_folded, since_on) VALUES ({now}, 'Acme', 'acme', '2026-01-01')"
            )
            connection.execute(
                f"INSERT INTO client_status (recorded_at, client_id, status, since) VALUES ({now}, 1, 'active', '2026-01-01')"
            )
            connection.execute(
                f"INSERT INTO reading (recorded_at, client_id, kind, on_day, value) VALUES ({now}, 1, 'health', '2026-01-01', 80)"
            )
            connection.execute("UPDATE journal_entry SET subject = 'C1'")
            connection.execute("UPDATE journal_open SET entry_id = NULL")
            connection.execute("COMMIT")
    assert "Health\t80 by hand since 2026-01-01" in must("show C1", old).out
    assert version(old) == migrations.VERSION
    by_row, by_journal = drawn.digests(old)
    assert by_row == by_journal
    must("undo", old)
    assert must("client list", old).out == ""


def test_a_step_that_fails_leaves_the_store_as_it_was(
    db: Path, newer_program: Callable[[Step], None]
) -> None:
    """A migration is kept whole or not at all, and the backup is there."""

    def fails(connection: sqlite3.Connection) -> None:
        _add_nickname(connection)
        connection.execute("UPDATE lead SET name = ''")

    before = db.read_bytes()
    newer_program(fails)
    refused = run("lead", "list", db=db)
    assert refused.code == 1
    assert refused.told[0].startswith("improv: the store refused it: ")
    assert db.read_bytes() == before
    (kept,) = backups_of(db)
    assert asked(kept, "SELECT name FROM lead") == [("Ada",)]


def store_id(path: Path) -> object:
    """Return what tells a store from others; a store has one, and one only."""
    ((found,),) = asked(path, "SELECT value FROM store_setting WHERE key = 'id'")
    return found


def test_every_store_has_an_id_of_its_own_made_once(db: Path, tmp_path: Path) -> None:
    """Two stores differ, and no command changes it."""
    made = store_id(db)
    assert re.fullmatch("[0-9a-f]{16}", str(made))
    assert run("lead", "edit", "L1", "--city", "Bonn", db=db).code == 0
    assert store_id(db) == made
    assert run("init", db=tmp_path / "other.db").code == 0
    assert store_id(tmp_path / "other.db") != made


def test_a_store_from_before_there_were_ids_gets_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command of the new version makes it, and it stays."""
    db = tmp_path / "improv.db"
    with first_version(monkeypatch):
        assert run("init", db=db).code == 0
        assert asked(db, "SELECT key FROM store_setting ORDER BY key") == [("currency",), ("timezone",)]
    assert run("lead", "list", db=db).code == 0
    made = store_id(db)
    assert run("lead", "add", "Ada", db=db).code == 0
    assert (store_id(db), version(db)) == (made, migrations.VERSION)


def test_a_damaged_store_names_its_newest_backup(db: Path) -> None:
    """Whoever lost the content is told how to get it back."""
    with contextlib.closing(storefile.open_to_write(db)) as connection:
        kept = copying.backup(connection, db, "test")
    db.write_bytes(b"")
    refused = run("lead", "list", db=db)
    assert refused.told[2] == f"  to mend:  improv --db {db} restore {kept}"
    shutil.copy(kept, db)
    assert run("lead", "list", db=db).out.startswith("L1\tAda\t")


def test_what_was_snoozed_before_tasks_could_be_is_so_still_and_can_be_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is made anew: rows, history and the numbers that were given stay."""
    old, before = tmp_path / "improv.db", migrations.STEPS.index(migrations._snoozes_of_tasks)
    now = "'2026-11-20T08:00:00Z'"
    snooze = f"INSERT INTO snooze (recorded_at, code, lead_id, severity, since_on) VALUES ({now}, 'L3', 1, 'warning', '2026-11-20')"
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "STEPS", migrations.STEPS[:before])
        earlier.setattr(storefile, "VERSION", before)
        storefile.create(old, {"timezone": "UTC", "currency": "EUR"})
        with contextlib.closing(storefile.open_to_write(old)) as connection:
            for command, *statements in (
                (
                    "lead add Ada",
                    f"INSERT INTO lead (recorded_at, name, name_folded, received_on) VALUES ({now}, 'Ada', 'ada', '2026-11-20')",
                ),
                ("alerts ack L3 ada", snooze),
                ("alerts ack L3 ada", snooze),
                ("lead edit ada", "DELETE FROM snooze WHERE id = 2"),
            ):
                connection.execute("BEGIN IMMEDIATE")
                journal.begin(connection, command, now.strip("'"))
                for statement in statements:
                    connection.execute(statement)
                journal.close(connection, "L1")
                connection.execute("COMMIT")
    assert "L3 of L1" in must("show Z1", old).out
    assert version(old) == migrations.VERSION
    by_row, by_journal = drawn.digests(old)
    assert by_row == by_journal
    must("alerts unsnooze L3 ada", old)
    assert must("alerts ack L3 ada", old).out.startswith("Z3 ")
    for _ in ("ack", "unsnooze", "edit"):
        must("undo", old)
    assert "L3 of L1" in must("show Z2", old).out
    for _ in ("ack", "ack"):
        must("undo", old)
    assert run("show", "Z1", db=old).code == 3


def test_a_command_opens_the_store_once(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open it has SQLite read its schema, which takes longer than most pages."""
    must('lead add "Ada Lovelace"', db)
    opened: list[Path] = []
    connect = connecting.connect

    def counted(path: Path, mode: str = "rw") -> sqlite3.Connection:
        opened.append(path)
        return connect(path, mode)

    monkeypatch.setattr(connecting, "connect", counted)
    for command in ("lead list", "todo", "report weekly", "", "lead add Bob", "lead edit bob --company Acme"):
        opened.clear()
        must(command, db)
        assert opened == [db], command
