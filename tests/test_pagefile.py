"""Files of the user's that a command writes: private, whole or not there at all, and nothing of anybody's replaced unasked."""

import errno
import fcntl
import os
import stat
from pathlib import Path

import pytest

from improv.commands import pagefile
from improv.errors import ImprovError
from tests.files import written
from tests.run import run
from tests.session import must

LEADS = "Name,Created\nAda,2026-01-01\nBob,2026-02-30\n"
LOG = '192.0.2.1 - - [01/Nov/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "Firefox"\nno line\n'
# Every command that writes a file of the user's, and the file.
WRITERS = {
    "report weekly -o {}/page.html": "page.html",
    "lead list -o {}/page.csv": "page.csv",
    "show L1 -o {}/page.json": "page.json",
    "calendar -o {}/all.ics": "all.ics",
    "event invite E1 -o {}/mail.eml": "mail.eml",
    "export -o {}/book.jsonl": "book.jsonl",
    "export -o {}/book.zip": "book.zip",
    "export -o {}/book.vcf": "book.vcf",
    "backup {}/copy.db": "copy.db",
    "playbook new mine": "mine.toml",
    "import {}/in.csv --as leads --failed {}/bad.csv": "bad.csv",
    "import {}/good.csv --as leads --save-mapping {}/good.toml": "good.toml",
    "touch import {}/in.log --failed {}/bad.log": "bad.log",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a book, and files to be imported."""
    folder = tmp_path_factory.mktemp("here")
    must("lead add Ada --source web --email ada@example.com", folder / "improv.db")
    must("event schedule ada introductory-call +2d", folder / "improv.db")
    written(folder, LEADS, "in.csv")
    written(folder, LEADS.replace("02-30", "02-27"), "good.csv")
    written(folder, LOG, "in.log")
    return folder


def typed(command: str, here: Path) -> tuple[int, list[str]]:
    """Type a command at the book, with a configuration beside it."""
    config = here / "config.toml"
    config.write_text('[me]\nname = "Sam"\nemail = "sam@example.com"\n', "utf-8")
    words = [word.replace("{}", str(here)) for word in command.split()]
    done = run(*words, db=here / "improv.db", config=config)
    return done.code, done.told


@pytest.mark.parametrize(("command", "name"), WRITERS.items(), ids=list(WRITERS.values()))
def test_a_file_is_private_at_any_umask_and_kept_when_it_is_written_again(
    command: str, name: str, here: Path
) -> None:
    """0600 even where everything is allowed; a second time nothing changes; and nothing is left beside it."""
    umask = os.umask(0)
    try:
        code, told = typed(command, here)
    finally:
        os.umask(umask)
    file = here / name
    assert code == 0, told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = "mine"
    file.write_text(kept)
    code, told = typed(command, here)
    assert (code, told[-2]) == (1, f"  at fault: {file}"), told
    assert told[-3] in {"improv: there is a file already", "improv: there is a playbook of this name already"}
    assert file.read_text() == kept
    assert not [left for left in here.iterdir() if left.name.startswith(".")]


def test_what_is_forced_keeps_nothing_of_the_modes_and_links_of_what_was_there(here: Path) -> None:
    """A file everybody could read becomes private; another name of the old file keeps the old bytes."""
    file, other = written(here, "old", "open.csv"), here / "other.csv"
    file.chmod(0o666)
    other.hardlink_to(file)
    assert typed("lead list -o {}/open.csv --force", here)[0] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (other.read_text(), file.read_text("utf-8")[:3]) == ("old", "id,")


def test_nothing_replaces_the_store_or_what_belongs_to_it(here: Path) -> None:
    """By its name, a link, another hard link, its journal's name, or a place among its backups; however it is forced."""
    store = here / "improv.db"
    before = store.read_bytes()
    (here / "link.csv").symlink_to(store)
    (here / "hard.csv").hardlink_to(store)
    (here / "loop.csv").symlink_to(here / "loop.csv")
    (here / "nowhere.csv").symlink_to(here / "none.csv")
    folder = here / "improv.db.backups"
    folder.mkdir(exist_ok=True)
    there = sorted(folder.iterdir())
    os.mkfifo(here / "fifo.csv")
    for name, what in {
        "link.csv": "this is the store itself",
        "hard.csv": "this is the store itself",
        "improv.db": "this is the store itself",
        "improv.db-journal": "this file belongs to the store",
        "improv.db.backups/000001-daily.db": "this file belongs to the store",
        "loop.csv": "this is a link that leads nowhere",
        "nowhere.csv": "this is a link that leads nowhere",
        "fifo.csv": "this is no ordinary file",
    }.items():
        for command in (
            "lead list --format csv -o {}/NAME --force",
            "export --format zip -o {}/NAME --force",
        ):
            code, told = typed(command.replace("NAME", name), here)
            assert (code, told[0], told[1]) == (1, f"improv: {what}", f"  at fault: {here / name}")
    for command in (
        "backup {}/improv.db-journal",
        "backup {}/improv.db.backups/mine.db",
        "import {}/in.csv --as leads --failed {}/improv.db-journal",
        "import {}/in.csv --as leads --save-mapping {}/improv.db.backups/mine.toml",
        "touch import {}/in.log --failed {}/improv.db-wal",
    ):
        code, told = typed(command, here)
        assert (code, told[-3]) == (1, "improv: this file belongs to the store"), told
    assert (store.read_bytes(), sorted(folder.iterdir())) == (before, there)
    for name in ("link.csv", "hard.csv", "loop.csv", "nowhere.csv", "fifo.csv"):
        (here / name).unlink()


@pytest.mark.parametrize("device", ["/dev/full", "/dev/null", "/dev/stdin/x"])
def test_a_device_is_no_file(device: str, here: Path) -> None:
    code, told = typed(f"lead list --format csv --force -o {device}", here)
    assert code in {1, 3}
    assert told[0] in {"improv: this is no ordinary file", "improv: there is no such folder"}


def test_what_fails_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    """The disk is full after the first bytes, or Ctrl-C is pressed: the old file stands, and nothing beside it."""
    file = written(tmp_path, "old", "page.csv")
    for failure in (OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()):

        def write(to: object, failure: BaseException = failure) -> None:
            to.write(b"half")  # type: ignore[attr-defined]
            raise failure

        with pytest.raises((ImprovError, KeyboardInterrupt)) as told:
            pagefile.save(write, file, tmp_path / "improv.db", force=True)
        if isinstance(told.value, ImprovError):
            assert told.value.what == "the file cannot be written: no space left on device"
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("page.csv", "old")]


def test_what_a_killed_command_left_goes_with_the_next_page_and_what_is_being_written_stays(
    tmp_path: Path,
) -> None:
    left = written(tmp_path, "half", ".page.csv.killed.part")
    busy = written(tmp_path, "half", ".page.csv.busy.part")
    with busy.open("rb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        pagefile.save_text("all", tmp_path / "page.csv", tmp_path / "improv.db")
    assert (left.exists(), busy.exists(), (tmp_path / "page.csv").read_text()) == (False, True, "all")


def test_failed_rows_never_replace_those_somebody_may_be_mending(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second import of the file puts them beside the first ones."""
    monkeypatch.chdir(here)
    for name in ("in.failed.csv", "in.failed.2.csv"):
        assert typed("import {}/in.csv --as leads", here)[0] == 0
        assert (here / name).read_text().splitlines()[1].startswith("Bob,2026-02-30,")
        (here / name).write_text("mended")
