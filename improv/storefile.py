"""The store as a file: made, opened, recognised, backed up. One private file; nothing acknowledged is ever lost.

A store is made whole under another name and linked into place, so that two first runs at once make one store and a
file of no bytes is always damage. It is read on an ordinary connection with `query_only` (a read-only one could not
roll back what a killed writer left), and read-only only where the file or its folder cannot be written.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from improv import journal
from improv.errors import ImprovError, Interrupted, NotFound, Refused, StoreUnusable, quotes_a_value
from improv.migrations import APPLICATION_ID, VERSION, migrate, stranger

BUSY_SECONDS = 30
HEARS_AFTER_MS = 250
_LOOKS_EVERY = 1_000_000  # steps of SQLite's machine: some 10 ms
MAGIC = b"SQLite format 3\x00"
KEPT_BACKUPS = 10
# What may stand beside a store and is a part of it.
_BESIDE = ("-journal", "-wal", "-shm", ".mail-lock")


def missing(path: Path) -> bool:
    """Say that nothing is there: a link that leads nowhere is something, and so is what may not be looked at."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def create(path: Path, settings: dict[str, str]) -> bool:
    """Make a new store with its settings; say whether it was this call that made it. 0600 in a folder 0700."""
    import tempfile  # noqa: PLC0415 - only a new store needs it

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise StoreUnusable(
            f"the store cannot be made there: {_reason(error)}", str(path), "improv --db another-file init"
        ) from error
    os.close(handle)
    made = Path(name)
    try:
        with telling(path):
            _make(made)
            with contextlib.closing(_connect(str(made))) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO store_setting VALUES (?, ?)", settings.items())
                connection.execute("COMMIT")
        return _link(made, path)
    finally:
        made.unlink(missing_ok=True)
        made.with_name(made.name + "-journal").unlink(missing_ok=True)


def _make(file: Path) -> None:
    """Make a store that has no settings yet: nobody sees it before it is linked into place."""
    with contextlib.closing(_connect(str(file))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        migrate(connection, 0)
        connection.execute("COMMIT")


def _link(made: Path, path: Path) -> bool:
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreUnusable(f"the store cannot be made there: {_reason(error)}", str(path)) from error
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Wait until a folder knows its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name, timeout=BUSY_SECONDS, isolation_level=None, uri=uri, check_same_thread=False
    )
    # Between two looks of its machine Ctrl-C is heard: a hostile store could keep SQLite busy for ever.
    connection.set_progress_handler(lambda: None, _LOOKS_EVERY)
    connection.execute("PRAGMA foreign_keys = ON")
    # The first statement that looks into the file is the first that may have to wait.
    patiently(connection, "PRAGMA synchronous = EXTRA")
    journal.prepare(connection)
    return connection


def connect(path: Path) -> sqlite3.Connection:
    """Open a file as a store, whatever its version and state."""
    return _connect(str(path))


def patiently(connection: sqlite3.Connection, statement: str) -> sqlite3.Cursor:
    """Run a statement that may have to wait for another command, in short waits: between them Ctrl-C is heard."""
    connection.execute(f"PRAGMA busy_timeout = {HEARS_AFTER_MS}")
    try:
        for _ in range(int(BUSY_SECONDS * 1000 / HEARS_AFTER_MS)):
            try:
                return connection.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
        return connection.execute(statement)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open an existing store and take it to this program's version, a backup first."""
    _recognise(path)
    with telling(path):
        connection = _connect(str(path))
        try:
            version = _version(connection, path)
            if version < VERSION:
                _upgrade(connection, path)
            _refuse_strangers(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _refuse_strangers(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse to write to a store in which something of somebody else's would run with whatever is written."""
    found = stranger(connection)
    if found is not None:
        what = f"the store is not made as this program makes it, and is not written: there is a {found} in it"
        raise StoreUnusable(what, str(path), "improv doctor; improv export reads it still")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing store so that nothing can be written. An older one is read after it was brought up to date."""
    _recognise(path)
    with telling(path):
        if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
            connection = _connect(str(path))
        else:
            connection = _connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            if _version(connection, path) < VERSION:
                connection.close()
                connection = open_to_write(path)
            connection.execute("PRAGMA query_only = ON")
            # What a reader opens may be anybody's file: its views must not run functions.
            connection.execute("PRAGMA trusted_schema = OFF")
        except BaseException:
            connection.close()
            raise
    return connection


def _recognise(path: Path) -> None:
    """Refuse what is no store, before SQLite touches it."""
    try:
        if path.is_dir():
            raise StoreUnusable("the store is a folder", str(path), "improv --db a-file …")
        if path.exists() and not path.is_file():
            raise StoreUnusable("the store is not an ordinary file", str(path), "improv --db a-file …")
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError as error:
        if path.is_symlink():
            raise NotFound("the store is a link that leads nowhere", str(path), f"ls -l {path}") from error
        raise NotFound("there is no store yet", str(path), "improv init, or improv lead add NAME") from error
    except OSError as error:
        raise StoreUnusable(
            f"the store cannot be read: {_reason(error)}", str(path), f"ls -l {path}"
        ) from error
    if not head.startswith(MAGIC):
        raise StoreUnusable(
            "the file is not a store" if head else "the store is empty: its content was lost",
            str(path),
            newest_backup(path),
        )


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a store; refused when it is none of ours, newer, or not as long as its header says."""
    connection.execute("BEGIN")  # what follows is seen at one moment
    try:
        application = patiently(connection, "PRAGMA application_id").fetchone()[0]
        version, pages, size = (
            int(connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("user_version", "page_count", "page_size")
        )
        length = path.stat().st_size
    finally:
        connection.execute("COMMIT")
    if application != APPLICATION_ID:
        raise StoreUnusable("the file is another program's database", str(path), "improv --db another-file …")
    if length != pages * size:
        raise StoreUnusable(
            f"the store is damaged: it has {length:,} bytes, and should have {pages * size:,}",
            str(path),
            newest_backup(path),
        )
    if version > VERSION:
        raise StoreUnusable(
            f"the store is newer than this program (version {version}, this program knows {VERSION})",
            str(path),
            "upgrade improv, for example: pipx upgrade improv",
        )
    return version


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    backup(connection, path, "migration")
    patiently(connection, "BEGIN IMMEDIATE")
    try:
        # Another process may have been first while we waited for the lock.
        migrate(connection, int(connection.execute("PRAGMA user_version").fetchone()[0]))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # Ctrl-C is heard after a COMMIT, too
            connection.execute("ROLLBACK")
        raise


def backups(path: Path) -> list[Path]:
    """Return the backups of a store, the newest last."""
    return sorted(backup_folder(path).glob("*.db"))


def backup_folder(path: Path) -> Path:
    """Return the folder that holds the backups of a store."""
    return path.with_name(path.name + ".backups")


def backup(connection: sqlite3.Connection, path: Path, reason: str) -> Path:
    """Copy the store into its folder of backups; of those made for a reason of our own the newest ten are kept."""
    kept = next_backup(path, reason)
    copy(connection, kept)
    for old in [one for one in backups(path) if not _by_hand(one)][:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)
    return kept


def next_backup(path: Path, reason: str) -> Path:
    """Return the name of the next backup: by number, for clocks go back; the folder is made."""
    folder = backup_folder(path)
    folder.mkdir(mode=0o700, exist_ok=True)
    numbers = [int(kept.name.partition("-")[0]) for kept in backups(path)]
    return folder / f"{max(numbers, default=0) + 1:06d}-{reason}.db"


def _by_hand(kept: Path) -> bool:
    """Tell a backup that somebody asked for: it is named by its moment, and kept until they remove it."""
    return kept.name.partition("-")[2][:1].isdigit()


def copy(connection: sqlite3.Connection, to: Path) -> None:
    """Copy a store by SQLite's backup call to a new file, checked and synced before it has its name."""
    import tempfile  # noqa: PLC0415 - only a copy needs it

    with tempfile.NamedTemporaryFile(dir=to.parent, prefix=".", delete=False) as file:
        made = Path(file.name)
    try:
        with contextlib.closing(sqlite3.connect(made)) as target:
            connection.backup(target)
            if target.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise StoreUnusable("the store is damaged: its backup does not hold together", str(to))
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(to)
    finally:
        made.unlink(missing_ok=True)
    sync_folder(to.parent)


def refuse_own(file: Path, path: Path) -> None:
    """Refuse to write a file that is the store, by whatever name, or that belongs to it: its journal, a backup."""
    if file.exists() and path.exists() and file.samefile(path):
        raise Refused("this is the store itself", str(file), "name another file")
    place, store = file.resolve(), path.resolve()
    beside = place.parent in {store.parent, path.parent.resolve()}
    named = {of.name + suffix for of in (store, path) for suffix in ("", *_BESIDE)}
    folders = {backup_folder(store), backup_folder(path).resolve()}
    if (beside and place.name in named) or not folders.isdisjoint((place, *place.parents)):
        raise Refused("this file belongs to the store", str(file), "name another file")


def newest_backup(path: Path) -> str:
    """Return the command that takes a damaged store back to its newest backup."""
    kept = backups(path)
    return (
        f"improv --db {path} restore {kept[-1]}"
        if kept
        else "look for a copy of it; improv --db another-file … starts anew"
    )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


@contextlib.contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file into words and an exit code."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _told(error, path) from error
    except UnicodeDecodeError as error:  # SQLite's words about what it found, or a name that is none
        raise StoreUnusable("the store is damaged", str(path), newest_backup(path)) from error


def _told(error: sqlite3.DatabaseError, path: Path) -> ImprovError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if "user-defined function raised" in str(error) or code == sqlite3.SQLITE_INTERRUPT:
        # Ours cannot fail by itself: Ctrl-C was pressed while SQLite was inside it.
        return Interrupted("stopped; nothing was changed")
    if quotes_a_value(error):
        code = sqlite3.SQLITE_CORRUPT
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            what, mend = (
                "the store is busy: another command has been writing for long",
                "try again in a moment",
            )
        case sqlite3.SQLITE_FULL:
            return ImprovError(
                "the disk is full; nothing was changed", str(path), "free some space, then type it again"
            )
        case sqlite3.SQLITE_READONLY if code == sqlite3.SQLITE_READONLY_DBMOVED:
            what, mend = "another store was put in its place meanwhile", "type it again"
        case sqlite3.SQLITE_READONLY:
            return ImprovError("the store cannot be written; nothing was changed", str(path), f"ls -l {path}")
        case sqlite3.SQLITE_IOERR:
            return ImprovError(
                "the disk failed to read or write; nothing was acknowledged",
                str(path),
                "check the disk, then type it again",
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            what, mend = "the store cannot be opened", f"ls -l {path}"
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            what, mend = "the store is damaged", newest_backup(path)
        case _:
            # The words of the rule that was broken are ours; the values are the user's and are not repeated.
            return ImprovError(f"the store refused it: {error}", mend="improv history")
    return StoreUnusable(what, str(path), mend)
