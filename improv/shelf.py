"""The backups of a store, in a folder beside it: each has a number, and a name that says why it was made.

Of the daily ones the newest ten are kept, of those made before something (an import, a merge) the newest five of each
kind, and what somebody asked for until they remove it.
"""

import contextlib
import fcntl
import os
import re
import shlex
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from improv.migrations import APPLICATION_ID, VERSION
from improv.named import NamedTuple

DAILY: Final = "daily"
DAMAGED: Final = "damaged"
HALF: Final = ".half-"  # what a copy is called until it is whole
_KEPT: Final = {DAILY: 10}
_KEPT_OF_ANOTHER_KIND: Final = 5
_NAME: Final = r"(\d+)-(?:(\d.*)|(daily)-(.+)|(.+))\.db"  # compiled where it is used: a reader never does


class Backup(NamedTuple):
    """A backup: its file, its number, why it was made (nothing where somebody asked for it), and the moment in its name."""

    path: Path
    number: int
    why: str
    moment: str | None


def folder_of(path: Path) -> Path:
    """Return the folder that holds the backups of a store."""
    return path.parent / f"{path.name}.backups"


def listed(path: Path) -> list[Backup]:
    """Return the backups of a store, the newest last: by number, for clocks go back."""
    found = [_known(file) for file in folder_of(path).glob("*.db")]
    return sorted((one for one in found if one), key=lambda one: (one.number, one.path.name))


def _known(file: Path) -> Backup | None:
    """Return what a file's name says; nothing where it is none of ours."""
    parts = re.fullmatch(_NAME, file.name)
    if parts is None:
        return None
    number, moment, daily, day, why = parts.groups()
    return Backup(file, int(number), daily or why or "", moment or day)


def of_day(path: Path, day: date) -> Backup | None:
    """Return the daily backup of a day, if there is one."""
    return next((one for one in listed(path) if (one.why, one.moment) == (DAILY, day.isoformat())), None)


@contextlib.contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[Path]:
    """Hold the folder of backups, made where there is none, so that no two get one number or are of one day.

    Without `wait` it raises BlockingIOError where another command holds it.
    """
    folder = folder_of(path)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync_folder(folder.parent)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # As SQLite locks the store: where the one works, the other does.
        fcntl.lockf(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        for left in folder.glob(f"{HALF}*"):  # by a command that was killed: whoever copies holds the folder
            left.unlink(missing_ok=True)
        yield folder
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Wait until a folder knows its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def next_in(folder: Path, why: str) -> Path:
    """Return the name of the next backup, in a folder that is held. A journal set aside has a number, too."""
    numbers = (int(name.partition("-")[0]) for name in os.listdir(folder) if name[:1].isdigit())  # noqa: PTH208 - of 30 names
    return folder / f"{max(numbers, default=0) + 1:06d}-{why}.db"


def journal_of(path: Path) -> Path:
    """Return where SQLite keeps what it needs to take an interrupted write back."""
    return path.with_name(f"{path.name}-journal")


def set_journal_aside(place: Path, path: Path) -> Path | None:
    """Move the journal that a killed writer left to the backups of `path`: it must not be played into another file."""
    journal = journal_of(place)
    if not os.path.lexists(journal):
        return None
    with held(path) as folder:
        aside = journal_of(next_in(folder, DAMAGED))
        journal.replace(aside)
    return aside


def thin(path: Path) -> None:
    """Remove what is too old to be kept."""
    seen = Counter[str]()
    for one in reversed(listed(path)):
        seen[one.why] += 1
        if one.why and seen[one.why] > _KEPT.get(one.why, _KEPT_OF_ANOTHER_KIND):
            one.path.unlink(missing_ok=True)
            journal_of(one.path).unlink(missing_ok=True)


def newest(path: Path, fits: Callable[[Path], bool] = lambda _: True) -> Path | None:
    """Return the newest backup that can be gone back to, and that `fits`."""
    likely = (one.path for one in reversed(listed(path)) if one.why != DAMAGED)
    return next((kept for kept in likely if 0 < holds_together(kept) <= VERSION and fits(kept)), None)


def holds_together(file: Path) -> int:
    """Return the version of a store of ours whose pages hold together; 0 of anything else."""
    try:
        if not file.is_file():
            return 0
        with contextlib.closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")  # it may be anybody's file
            (whose,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except (sqlite3.Error, OSError, UnicodeDecodeError):
        return 0
    return int(version) if whose == APPLICATION_ID and found == "ok" else 0


def way_back(path: Path, otherwise: str, *, instead: bool = False) -> str:
    """Return the command that takes a store back to its newest backup; `otherwise` where there is none.

    With `instead` what stands in the store's place is moved away first, because it is no file that can be replaced.
    """
    kept = newest(path)
    if kept is None:
        return otherwise
    place = shlex.quote(str(path))
    away = f"mv {place} {shlex.quote(f'{path}.aside')} && " if instead else ""
    return away + restoring(path, kept)


def restoring(path: Path, kept: Path) -> str:
    """Return the command that takes a store back to a backup, so that a shell takes it as it is meant."""
    return f"improv --db {shlex.quote(str(path))} restore {shlex.quote(str(kept))}"
