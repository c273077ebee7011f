"""What is acknowledged has reached the disk: each write is synced before it is told, and so is the folder that knows it."""

import re
import shutil
from pathlib import Path

import pytest

from tests.faults.tally import Tally
from tests.faults.world import TODAY
from tests.run import spawn

pytestmark = pytest.mark.system("strace")
CALLS = "write,pwrite64,fsync,fdatasync,ftruncate,unlink,rename,link"
_CALL = re.compile(r"^\d+ +(\w+)\((?:\d+<([^>]*)>|\"([^\"]*)\"(?:, \"([^\"]*)\")?)", re.MULTILINE)
COMMANDS = ("lead add Eve", "lead edit L1 --city Bonn", "undo", "merge L1 L2", "init")


def traced(folder: Path, db: Path, words: str) -> list[tuple[str, str]]:
    """Run a command and return what it called on the files of a folder and on the screen, in order, with the last name."""
    log = folder.with_name("calls")
    tracer = ("strace", "-f", "-y", "-qq", "-o", str(log), "-e", f"trace={CALLS}")
    done = spawn(*words.split(), db=db, today=TODAY, before=tracer)
    assert (done.code, done.err) == (0, ""), done
    found = []
    for name, file, path, to in _CALL.findall(log.read_text("utf-8", "replace")):
        place = file or to or path
        if place.startswith(str(folder)):
            found.append((name, place))
        elif name == "write" and place.startswith("pipe:"):
            found.append(("told", ""))
    return found


def unsynced(calls: list[tuple[str, str]]) -> set[str]:
    """Return the files, and the folders of new or removed names, that were not synced when the command told of its work."""
    waiting = set[str]()
    for name, place in calls:
        if name == "told":
            return waiting
        if name == "unlink" and Path(place).name.startswith("."):
            continue  # a name that nobody was told of
        if name in {"write", "pwrite64", "ftruncate"}:
            waiting.add(place)
        elif name in {"unlink", "rename", "link"}:
            waiting.discard(place)
            waiting.add(str(Path(place).parent))
        else:
            waiting.discard(place)
    raise AssertionError("nothing was told")


@pytest.mark.parametrize("words", COMMANDS)
def test_what_is_told_has_reached_the_disk(tmp_path: Path, book: Path, words: str, tally: Tally) -> None:
    """The store, its backup, and the folder from which the journal was removed, without which it would be taken back."""
    folder = tmp_path / "store"
    folder.mkdir()
    db = folder / "improv.db"
    if words != "init":
        shutil.copy(book, db)
    calls = traced(folder, db, words)
    synced = {place for name, place in calls if name in {"fsync", "fdatasync"}}
    assert str(folder) in synced
    waiting = unsynced(calls)
    tally.add(f"every sync of `{words}` comes before it is told", 1, len(waiting), [])
    assert waiting == set()


def test_the_journal_is_synced_before_the_store_is_touched(tmp_path: Path, book: Path) -> None:
    """Or a power cut in between would leave half a write that nothing takes back."""
    db = Path(shutil.copy(book, tmp_path / "improv.db"))
    calls = traced(tmp_path, db, "lead add Eve")
    first = calls.index(("pwrite64", str(db)))
    journal = [name for name, place in calls[:first] if place == f"{db}-journal"]
    assert journal[-1] == "fdatasync"
