"""A store that is damaged, gone, or something else: words, never made worse, never begun anew, and a command that mends it."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from improv import shelf
from improv.migrations import VERSION
from tests.faults.tally import FULL, Tally, some
from tests.faults.world import TODAY, dump, store_ill, words
from tests.run import ROOT, Result, run, world
from tests.session import must
from tests.test_two_clocks import PAGES

READING = ("lead list", "report weekly", "today", "alerts", "show L1", "history", "export", "backup")
WRITING = ("lead add Eve", "undo", "import HERE/leads.csv --as leads", "merge L1 L2", "init", "sample")
POWERLESS = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--") if os.geteuid() == 0 else ()
powerless = pytest.mark.system(*(["setpriv"] if os.geteuid() == 0 else []))


class Damage(NamedTuple):
    """What is done to a store, the first line that tells of it, the exit code, and whether a restore mends it."""

    name: str
    do: Callable[[Path], object]
    said: str
    code: int = 5
    restored: bool = True


def _rewritten(how: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda db: db.write_bytes(how(db.read_bytes()))


def _replaced(by: Callable[[Path], object]) -> Callable[[Path], object]:
    def replace(db: Path) -> None:
        db.unlink()
        by(db)

    return replace


def _another_program(db: Path) -> None:
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE lead (name TEXT)")


def _newer(db: Path) -> None:
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def _flipped(content: bytes) -> bytes:
    """Flip a bit in the header: of the mark that says whose file it is."""
    return content[:68] + bytes([content[68] ^ 4]) + content[69:]


def _only_the_journal(db: Path) -> None:
    killed_while_writing(db)
    db.unlink()


DAMAGES = (
    Damage("no bytes", _rewritten(lambda _: b""), "the store is empty: its content was lost"),
    Damage("cut by 1 byte", _rewritten(lambda was: was[:-1]), "the store is damaged"),
    Damage("cut by 20 bytes", _rewritten(lambda was: was[:-20]), "the store is damaged"),
    Damage("cut by half", _rewritten(lambda was: was[: len(was) // 2]), "the store is damaged"),
    Damage("a page too long", _rewritten(lambda was: was + bytes(4096)), "the store is damaged: it has "),
    Damage("garbage", _rewritten(lambda was: b"\xaa" * len(was)), "the file is not a store"),
    Damage(
        "garbage after the header",
        _rewritten(lambda was: was[:100] + b"\xaa" * (len(was) - 100)),
        "the store is damaged",
    ),
    Damage("a bit flipped", _rewritten(_flipped), "the file is another program's database"),
    Damage("the header only", _rewritten(lambda was: was[:100]), "the store is damaged"),
    Damage("a text file", _rewritten(lambda _: b"name,email\n"), "the file is not a store"),
    Damage("a folder", _replaced(Path.mkdir), "the store is a folder"),
    Damage("a FIFO", _replaced(os.mkfifo), "the store is not an ordinary file"),
    Damage(
        "a link to nothing",
        _replaced(lambda db: db.symlink_to(db.parent / "unmounted" / "improv.db")),
        "the store is a link that leads nowhere",
        3,
    ),
    Damage(
        "a link loop", _replaced(lambda db: db.symlink_to(db)), "the store cannot be read: too many levels"
    ),
    Damage(
        "another program's database", _replaced(_another_program), "the file is another program's database"
    ),
    Damage("a newer schema", _newer, "the store is newer than this program", restored=False),
    Damage("deleted", Path.unlink, "the store is gone", 3),
    Damage("deleted, its hot journal left", _only_the_journal, "the store is gone", 3),
)
PASTED = set[str]()  # the words of the damages whose mending command was pasted: a sample tries each once


@pytest.fixture(scope="module")
def shelved(tmp_path_factory: pytest.TempPathFactory, book: Path) -> Path:
    """Give a folder, its name a trap for shells, with a store that has a backup, and what was typed since."""
    folder = tmp_path_factory.mktemp("damages") / "it's $HOME; `here`"
    folder.mkdir()
    (folder / "leads.csv").write_text("Name\nZoe\n", "utf-8")
    db = Path(shutil.copy(book, folder / "improv.db"))
    must("backup", db)
    must("lead add Later", db)
    return folder


def seen(db: Path) -> tuple[object, ...]:
    """Return what stands in the place of a store, and the names beside it: a damage must not grow."""
    content = db.readlink() if db.is_symlink() else db.read_bytes() if db.is_file() else db.exists()
    return content, sorted(os.listdir(db.parent)), sorted(os.listdir(f"{db}.backups"))  # noqa: PTH208 - names


def pasted(result: Result) -> Result:
    """Paste the command that mends into a shell, as it was shown."""
    command = result.told[-1].removeprefix("  to mend:  ")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],
        env=world(Path("/nowhere"), TODAY) | {"PATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def wrong(damage: Damage, command: str, db: Path) -> str | None:
    """Type a command on a damaged store; return what is not as it must be."""
    before = seen(db)
    result = run(*shlex.split(command.replace("HERE", shlex.quote(str(db.parent)))), db=db, today=TODAY)
    if command == "init" and damage.said == "the store is gone":
        back = shlex.quote(str(shelf.newest(db)))
        told = result.out.splitlines()
        return (
            None if f"restore {back}" in told[-2] and result.code == 0 else f"begun anew in silence: {result}"
        )
    if seen(db) != before:
        return f"{command}: made worse: {result}"
    last = Result(result.code, result.out, "\n".join(result.told[-3:]))  # an import shows its mapping first
    said = words(last)
    if result.code != damage.code or result.out or not said or not said.startswith(damage.said):
        return f"{command}: {result}"
    if damage.restored and not result.told[-1].endswith(f"restore {shlex.quote(str(shelf.newest(db)))}"):
        return f"{command}: it names no backup: {result.err}"
    return None


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_a_damaged_store_is_told_and_left_alone_and_what_mends_it_does(
    tmp_path: Path, shelved: Path, damage: Damage, tally: Tally
) -> None:
    """Reading, writing, and the very first commands; then the command that was named is pasted into a shell."""
    folder = tmp_path / shelved.name
    faults, db = [], folder / "improv.db"
    commands = some((*READING, *WRITING), 5, damage.name)
    for command in commands:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(shelved, folder)
        damage.do(db)
        faults += [fault for fault in [wrong(damage, command, db)] if fault]
    shutil.rmtree(folder)
    shutil.copytree(shelved, folder)
    damage.do(db)
    found = store_ill(db)
    faults += [] if found and damage.said in found[0] else [f"doctor: {found}"]
    assert must("backup list", db).out.startswith("#1\t")
    told = run("lead", "list", db=db, today=TODAY)
    if damage.restored and (FULL or damage.said not in PASTED):
        PASTED.add(damage.said)
        mended = pasted(told)
        kept = shelf.newest(db)
        if mended.code or store_ill(db) or kept is None or dump(db) != dump(kept):
            faults.append(f"the command that mends does not: {mended}")
    tally.add(f"the store: {damage.name}", len(commands) + 2, len(faults), told.told[:1])
    assert faults == []


def killed_while_writing(db: Path) -> None:
    """Kill a writer when part of what it writes is in the store already: what takes it back is left beside it."""
    written = f"""
import os, sqlite3
store = sqlite3.connect({str(db)!r}, isolation_level=None)
store.execute("PRAGMA cache_size = 1")
store.execute("BEGIN IMMEDIATE")
store.execute("CREATE TABLE spilt (held BLOB)")
store.executemany("INSERT INTO spilt VALUES (zeroblob(4000))", [()] * 500)
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""
    subprocess.run([sys.executable, "-c", written], check=False)
    assert shelf.journal_of(db).stat().st_size > 0


# ── Without root's powers ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def public(shelved: Path) -> Iterator[Path]:
    """Give a store with a backup in a folder that everybody may enter, and take it away afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "store"
        shutil.copytree(shelved, folder)
        Path(name).chmod(0o755)
        for place in folder.rglob("*"):
            place.chmod(0o755 if place.is_dir() else 0o644)
        yield folder / "improv.db"
        folder.chmod(0o755)


# Asks for pages in one process, and gives their exit codes, what they show and what they say.
ASKING = """
import json, shlex, sys
from pathlib import Path
from tests.run import run
asked = (run(*shlex.split(page), db=Path(sys.argv[1]), today=sys.argv[2]) for page in json.load(sys.stdin))
json.dump([(one.code, one.out, one.err) for one in asked], sys.stdout)
"""


def asked(pages: Sequence[str], db: Path, before: tuple[str, ...] = ()) -> list[Result]:
    """Ask for pages of a store, with words put before the process that does."""
    done = subprocess.run(
        [*before, sys.executable, "-c", ASKING, str(db), TODAY],
        input=json.dumps(pages),
        env=world(db, TODAY) | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [Result(*one) for one in json.loads(done.stdout)]


@powerless
@pytest.mark.parametrize(
    ("file", "folder"), [(0o444, 0o555), *([(0o444, 0o755), (0o644, 0o555)] if FULL else [])]
)
def test_every_page_is_shown_of_what_may_only_be_read(
    public: Path, file: int, folder: int, tally: Tally
) -> None:
    """Every report, list, figure and flag is as its owner sees it, and nothing is left beside the store."""
    pages = [*some(PAGES, 20, "read-only"), "backup list"]
    owners = asked(pages, public)
    public.chmod(file)
    public.parent.chmod(folder)
    before = seen(public)
    others = asked(pages, public, POWERLESS)
    faults = [page for page, one, other in zip(pages, owners, others, strict=True) if one != other]
    faults += [f"{page}: {one}" for page, one in zip(pages, owners, strict=True) if one.code not in {0, 2, 3}]
    faults += [] if seen(public) == before else ["something was written"]
    tally.add(f"a store of {file:o} in a folder of {folder:o}, read", len(pages), len(faults), [])
    assert faults == []


UNREAD = "the store cannot be read: permission denied"
CLOSED = (
    ("a store that may not be read", 0o000, 0o755, UNREAD),
    ("a folder that may not be entered", 0o644, 0o600, UNREAD),
    ("a read-only store", 0o444, 0o777, "the store cannot be written; nothing was changed"),
    ("a read-only folder", 0o666, 0o555, "the folder of the store cannot be written; nothing was changed"),
)


@powerless
@pytest.mark.parametrize(("name", "file", "folder", "said"), CLOSED, ids=[one[0] for one in CLOSED])
def test_what_may_not_be_read_or_written_is_told(
    public: Path, name: str, file: int, folder: int, said: str, tally: Tally
) -> None:
    """By reading and writing commands, the doctor, a backup and a restore; nothing is begun beside it."""
    before, unread = seen(public), said == UNREAD
    public.chmod(file)
    public.parent.chmod(folder)
    commands = ["lead add Eve", "undo"]
    commands += ["lead list", "report weekly", "today"] if unread else ["purge L1 --yes", "restore latest"]
    found = asked([*commands, "init", "restore 1", "backup", "doctor"], public, POWERLESS)
    *refused, init, restore, backup, doctor = found
    faults = [one for one in refused if not (words(one) or "").startswith(said) or one.out]
    faults += [
        one for one in (init, restore, backup) if one.code not in {0, 1, 3, 5} or "Traceback" in one.err
    ]
    faults += [one for one in (init, restore, backup) if one.code and not words(one)]
    faults += [doctor] if unread and (doctor.code, said in doctor.out) != (1, True) else []
    public.parent.chmod(0o755)
    public.chmod(0o644)
    faults += [] if seen(public) == before else [Result(1, "", "something was written")]
    tally.add(name, len(found), len(faults), [refused[0].told[0]])
    assert faults == []


@powerless
def test_what_a_killed_writer_left_where_nothing_can_be_written_is_told(public: Path, tally: Tally) -> None:
    """Nobody is shown what was half written; the command that is named mends it."""
    whole = dump(public)
    killed_while_writing(public)
    public.chmod(0o444)
    public.parent.chmod(0o555)
    shelf.journal_of(public).chmod(0o444)
    found = asked(["lead list", "report weekly", "today", "lead add Eve", "backup"], public, POWERLESS)
    faults = [one for one in found if one.code != 5 or "killed while it wrote" not in (words(one) or "")]
    tally.add("a hot journal where nothing can be written", len(found), len(faults), found[0].told[:1])
    assert faults == []
    assert pasted(found[0]).code == 0
    assert must("lead list", public).out.startswith("L3\tLater\t")
    assert dump(public) == whole
