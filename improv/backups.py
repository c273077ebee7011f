"""What a copy of the store holds, and going back to one.

To go back, the copy is put in the store's place as one step of the file system, under the lock of every writer: who
waits for the lock finds the file moved, and SQLite refuses the write. What was there is kept among the
backups, so that going back can be taken back.
"""

import contextlib
import os
import shlex
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from improv import connecting, copying, interrupts, shelf, storefile
from improv.errors import ImprovError, NotFound, Refused, StoreUnusable, Usage, reason_of
from improv.history import HISTORY
from improv.migrations import APPLICATION_ID, VERSION, stranger
from improv.named import NamedTuple
from improv.textfile import no_such_file

LATEST = "latest"
_NAME = "improv-{}.db"
# What SQLite says of a file that is damaged, or is none of ours: it knows no such table.
_OF_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_ANOTHER = "improv restore another-file"


class Contents(NamedTuple):
    """What a copy holds: its file, its size, how many records of each table, and the newest command in it."""

    path: Path
    size: int
    records: dict[str, int]
    entry: int
    command: str | None
    recorded_at: str | None


class Restored(NamedTuple):
    """What going back did: what is there now, where what was there is kept, how many commands only that knows.

    `since` is none where what was there was damaged, and cannot be gone back to. `purged` are the purges that only that
    knows: whom they erased is there again.
    """

    now: Contents
    kept: Path | None
    since: int | None
    purged: tuple[str, ...] = ()


def back_up(path: Path, stamp: str, to: Path | None = None) -> Contents:
    """Copy the store to a file, or into a folder; unless told among its backups. `stamp` is the moment, for the name."""
    with contextlib.closing(storefile.open_to_read(path)) as connection, storefile.telling(path):
        if to is None:
            return look(copying.backup(connection, path, stamp))
        to = to / _NAME.format(stamp) if to.is_dir() else to
        if to.exists() or to.is_symlink():
            raise Refused("there is a file already", str(to), "name another")
        storefile.refuse_own(to, path)
        if not to.parent.is_dir():
            raise Usage("there is no such folder", str(to.parent), "make it first, or name another")
        copying.copy(connection, to)
    return look(to)


def look(path: Path) -> Contents:
    """Return what a copy holds; refuse what is no whole store of ours."""
    if storefile.missing(path):
        raise no_such_file(path)
    if not path.is_file() or not _begins_as_one(path):
        raise StoreUnusable("the file is not a store", str(path), _ANOTHER)
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            _check(connection, path)
            there = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            records = {
                table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
                for table in HISTORY
                if table in there
            }
            last = connection.execute(
                "SELECT id, command, recorded_at FROM journal_entry ORDER BY id DESC LIMIT 1"
            ).fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # a name in it that is no text
        raise StoreUnusable("the file does not hold together", str(path), _ANOTHER) from error
    return Contents(path, path.stat().st_size, records, *(last or (0, None, None)))


def _begins_as_one(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(storefile.MAGIC)) == storefile.MAGIC


def _check(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")  # it may be anybody's file
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreUnusable("the file is another program's database", str(path), _ANOTHER)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StoreUnusable(
            f"the file is newer than this program (version {version}, this program knows {VERSION})",
            str(path),
            "upgrade improv, for example: pipx upgrade improv",
        )
    if version == VERSION and (found := stranger(connection)) is not None:
        raise StoreUnusable(
            f"the file is not made as this program makes it: there is a {found} in it", str(path), _ANOTHER
        )
    for pragma, whole in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
        if connection.execute(f"PRAGMA {pragma}").fetchall() != whole:
            raise StoreUnusable("the file does not hold together", str(path), _ANOTHER)


def shelved(path: Path) -> Iterator[tuple[shelf.Backup, Contents | None]]:
    """Return the backups of a store, the newest first, and what each holds; nothing where it does not hold together."""
    for one in reversed(shelf.listed(path)):
        try:
            yield one, look(one.path)
        except ImprovError:
            yield one, None


def chosen(path: Path, typed: str) -> Path:
    """Return the file of a backup by its number or as `latest`, else the file of this name."""
    if typed == LATEST:
        newest = shelf.newest(path)
        if newest is None:
            raise NotFound(
                "there is no backup to go back to", str(shelf.folder_of(path)), "improv restore a-file"
            )
        return newest
    number = typed.removeprefix("#")
    if not (number.isascii() and number.isdigit()):
        return Path(typed)
    found = [one.path for one in shelf.listed(path) if str(one.number) == number.lstrip("0")]
    if not found:
        raise NotFound("no backup has this number", typed, "improv backup list")
    return found[-1]


def restore(path: Path, source: Path) -> Restored:
    """Put a copy in the store's place, and keep what was there among the backups."""
    if source.exists() and path.exists() and source.samefile(path):
        raise Refused("this is the store itself", str(source), "improv restore a-backup")
    found = look(source)
    if not storefile.missing(path) and not path.is_file():
        storefile.recognise(path)
    storefile.refuse_closed(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = path.resolve()  # a link is followed: what it points to is replaced, and not the link
    with _beside(place) as made:
        with (
            contextlib.closing(
                sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
            ) as connection,
            storefile.telling(path),
        ):
            copying.copy(connection, made)
        if storefile.missing(path):
            done = Restored(found, shelf.set_journal_aside(place, path), None)
            interrupts.hold()
            made.replace(place)
        else:
            done = _keep_and_replace(path, place, made, found)
        shelf.sync_folder(place.parent)
    return done


@contextlib.contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Give the name of a new file beside the store; it is gone afterwards, unless it took the store's place."""
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file:
            made = Path(file.name)
    except OSError as error:
        what = f"nothing can be put in the place of the store: {reason_of(error)}"
        raise StoreUnusable(what, str(place), f"ls -ld {shlex.quote(str(place.parent))}") from error
    made.unlink()
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def _keep_and_replace(path: Path, place: Path, made: Path, found: Contents) -> Restored:
    """Keep the store that is there, and put another in its place while nobody can read or write it."""
    try:
        # One holds the writers off, the other copies: SQLite copies nothing from a connection that may write.
        with (
            contextlib.closing(connecting.connect(path)) as held,
            contextlib.closing(connecting.connect(path)) as read,
        ):
            connecting.patiently(held, "BEGIN IMMEDIATE")
            storefile.refuse_cut(held, path)
            last = read.execute("SELECT COALESCE(MAX(id), 0) FROM journal_entry").fetchone()[0]
            purged = tuple(
                command
                for (command,) in read.execute(
                    "SELECT e.command FROM purge p JOIN journal_entry e ON e.id = p.entry_id "
                    "WHERE p.entry_id > ? ORDER BY p.entry_id",
                    (found.entry,),
                )
            )
            kept = copying.backup(read, path, "before-restore")
            interrupts.hold()
            made.replace(place)
            held.execute("ROLLBACK")
            return Restored(found, kept, max(last - found.entry, 0), purged)
    except sqlite3.DatabaseError as error:
        if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF not in _OF_DAMAGE:
            with storefile.telling(path):
                raise
    except (StoreUnusable, UnicodeDecodeError):
        pass
    return _keep_bytes_and_replace(path, place, made, found)


def _keep_bytes_and_replace(path: Path, place: Path, made: Path, found: Contents) -> Restored:
    """Keep a damaged store, byte by byte, and put another in its place."""
    with shelf.held(path) as folder:
        kept = shelf.next_in(folder, shelf.DAMAGED)
        _copy_bytes(place, kept)
        journal = shelf.journal_of(place)
        if os.path.lexists(journal):  # what a killed writer left must not be played into another file
            journal.replace(shelf.journal_of(kept))
        shelf.sync_folder(folder)
    interrupts.hold()
    made.replace(place)
    shelf.thin(path)
    return Restored(found, kept, None)


def _copy_bytes(file: Path, to: Path) -> None:
    """Copy a file as it is to a private one; what finds no room leaves none."""
    to.touch(mode=0o600)
    try:
        shutil.copyfile(file, to)
        with to.open("rb") as copied:
            os.fsync(copied.fileno())
    except OSError:
        to.unlink()
        raise


def size_words(size: int) -> str:
    """Return a size as a person reads it."""
    for unit, thousand in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if size >= thousand:
            return f"{size / thousand:.1f} {unit}"
    return f"{size} bytes"
