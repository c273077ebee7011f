"""The store as a file: made, opened, recognised, backed up. One private file; nothing acknowledged is ever lost.

A store is made whole under another name and linked into place, so that two first runs at once make one store and a
file of no bytes is always damage. It is read on an ordinary connection with `query_only` (a read-only one could not
roll back what a killed writer left), and read-only only where the file or its folder cannot be written.
"""

import contextlib
import errno
import os
import shlex
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from improv import interrupts, journal, shelf
from improv.errors import ImprovError, Interrupted, NotFound, Refused, StoreUnusable, quotes_a_value
from improv.migrations import APPLICATION_ID, VERSION, migrate, stranger
from improv.shelf import sync_folder

BUSY_SECONDS = 30
HEARS_AFTER_MS = 250
_LOOKS_EVERY = 1_000_000  # steps of SQLite's machine: some 10 ms
MAGIC = b"SQLite format 3\x00"
_GROWTH = 100_000  # bytes: what a command needs beyond the size of the store
_PAGES = 2_000  # copied at a time: between them Ctrl-C is heard
_NO_COPY = "look for a copy of it; improv --db another-file … starts anew"
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


def is_gone(path: Path) -> bool:
    """Tell whether a store has been here that is here no more: its backups are, or what a killed writer left of it."""
    traces = bool(shelf.listed(path)) or os.path.lexists(shelf.journal_of(path))
    return traces and missing(path)  # in this order: another command may be making the store just now


def refuse_gone(path: Path) -> None:
    """Refuse to go on where a store has been: nobody is to believe that nothing was ever typed."""
    if is_gone(path):
        anew = f"look for a copy of it; improv --db {shlex.quote(str(path))} init starts anew"
        raise NotFound("the store is gone", str(path), shelf.way_back(path, anew))


def create(path: Path, settings: dict[str, str], *, anew: bool = False) -> bool:
    """Make a new store with its settings; say whether it was this call that made it. 0600 in a folder 0700.

    Where a store has been it is made only when it was asked for: `anew`.
    """
    import tempfile  # noqa: PLC0415 - only a new store needs it

    try:
        if not anew:
            refuse_gone(path)
        _make_folder(path.parent)
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
            with contextlib.closing(connect(made)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO store_setting VALUES (?, ?)", settings.items())
                connection.execute("COMMIT")
        return _link(made, path)
    finally:
        made.unlink(missing_ok=True)
        made.with_name(made.name + "-journal").unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    """Make a private folder with those above it, each known to the one above."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)  # another first run may just have made it
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
        sync_folder(folder.parent)


def _make(file: Path) -> None:
    """Make a store that has no settings yet: nobody sees it before it is linked into place."""
    with contextlib.closing(connect(file, "rwc")) as connection:
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


def connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """Open a file as a store, whatever its version and state. One that has just vanished is not made."""
    return _connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)


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
    recognise(path)
    with telling(path):
        connection = connect(path)
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
    recognise(path)
    with telling(path):
        connection = connect(path, "rw" if _may_be_written(path) else "ro")
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


def recognise(path: Path) -> None:
    """Refuse what is no store, before SQLite touches it."""
    look = f"ls -l {shlex.quote(str(path))}"
    try:
        if path.is_dir():
            another = shelf.way_back(path, "improv --db a-file …", instead=True)
            raise StoreUnusable("the store is a folder", str(path), another)
        if path.exists() and not path.is_file():
            another = shelf.way_back(path, "improv --db a-file …", instead=True)
            raise StoreUnusable("the store is not an ordinary file", str(path), another)
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError as error:
        if path.is_symlink():
            mend = shelf.way_back(path, look, instead=True)
            raise NotFound("the store is a link that leads nowhere", str(path), mend) from error
        refuse_gone(path)
        raise NotFound("there is no store yet", str(path), "improv init, or improv lead add NAME") from error
    except OSError as error:
        mend = shelf.way_back(path, look, instead=True) if error.errno == errno.ELOOP else look
        raise StoreUnusable(f"the store cannot be read: {_reason(error)}", str(path), mend) from error
    if not head.startswith(MAGIC):
        what = "the file is not a store" if head else "the store is empty: its content was lost"
        raise StoreUnusable(what, str(path), shelf.way_back(path, _NO_COPY))


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a store; refused when it is none of ours, newer, or not as long as its header says."""
    connection.execute("BEGIN")  # what follows is seen at one moment
    try:
        application = patiently(connection, "PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            another = shelf.way_back(path, "improv --db another-file …")
            raise StoreUnusable("the file is another program's database", str(path), another)
        refuse_cut(connection, path)
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.execute("COMMIT")  # a rollback would have the schema read anew
    if version > VERSION:
        raise StoreUnusable(
            f"the store is newer than this program (version {version}, this program knows {VERSION})",
            str(path),
            "upgrade improv, for example: pipx upgrade improv",
        )
    return version


def refuse_cut(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a store that is not as long as its header says; the caller sees it at one moment."""
    pages, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size")
    )
    length = path.stat().st_size
    if length != pages * size:
        raise StoreUnusable(
            f"the store is damaged: it has {length:,} bytes, and should have {pages * size:,}",
            str(path),
            shelf.way_back(path, _NO_COPY),
        )


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    if not _may_be_written(path):
        what = "the store is older than this program, and cannot be brought up to date where it cannot be written"
        raise StoreUnusable(
            what, str(path), f"ls -ld {shlex.quote(str(path.parent))} {shlex.quote(str(path))}"
        )
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
    """Return the files of a store's backups, the newest last."""
    return [one.path for one in shelf.listed(path)]


def backup(connection: sqlite3.Connection, path: Path, why: str) -> Path:
    """Copy the store to its backups, and remove those that are too old to be kept."""
    try:
        with shelf.held(path) as folder:
            kept = shelf.next_in(folder, why)
            copy(connection, kept)
            shelf.thin(path)
    except OSError as error:
        raise _unmade("no backup could be made, and nothing was done", error, path) from error
    return kept


def backup_of_day(connection: sqlite3.Connection, path: Path, day: date) -> None:
    """Copy the store to its backups once a day; where another command is at it, leave that to it."""
    with contextlib.suppress(BlockingIOError), shelf.held(path, wait=False) as folder:
        if shelf.of_day(path, day) is None:
            copy(connection, shelf.next_in(folder, f"{shelf.DAILY}-{day}"))
            shelf.thin(path)


def backup_before(path: Path, what: str) -> Path | None:
    """Copy a store, whose write lock the caller holds, as it is before an import or the like; nothing of an empty one.

    None is removed for it before the caller has done what it set out to do.
    """
    try:
        with contextlib.closing(connect(path)) as connection:
            if not connection.execute("SELECT EXISTS (SELECT 1 FROM journal_entry)").fetchone()[0]:
                return None
            with shelf.held(path) as folder:
                kept = shelf.next_in(folder, f"before-{what}")
                copy(connection, kept)
    except OSError as error:
        raise _unmade(
            f"no backup could be made before the {what}, and nothing was done", error, path
        ) from error
    return kept


def _unmade(what: str, error: OSError, path: Path) -> ImprovError:
    """Return what is told where the folder of the backups takes none."""
    folder = shelf.folder_of(path)
    mend = (
        "make room there, and type it again"
        if error.errno == errno.ENOSPC
        else f"ls -ld {shlex.quote(str(folder))}"
    )
    return ImprovError(f"{what}: {_reason(error)}", str(folder), mend)


def copy(connection: sqlite3.Connection, to: Path) -> None:
    """Copy a store by SQLite's backup call to a new file, checked and synced before it has its name."""
    import tempfile  # noqa: PLC0415 - only a copy needs it

    with tempfile.NamedTemporaryFile(dir=to.parent, prefix=shelf.HALF, delete=False) as file:
        made = Path(file.name)
    try:
        with contextlib.closing(sqlite3.connect(made)) as target:
            _fill(target, connection)
        if not shelf.holds_together(made):
            raise StoreUnusable("the store is damaged: its backup does not hold together", str(to))
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(to)
    finally:
        made.unlink(missing_ok=True)
        shelf.journal_of(made).unlink(missing_ok=True)
    sync_folder(to.parent)


def refuse_own(file: Path, path: Path) -> None:
    """Refuse to write a file that is the store, by whatever name, or that belongs to it: its journal, a backup."""
    if file.exists() and path.exists() and file.samefile(path):
        raise Refused("this is the store itself", str(file), "name another file")
    place, store = file.resolve(), path.resolve()
    beside = place.parent in {store.parent, path.parent.resolve()}
    named = {of.name + suffix for of in (store, path) for suffix in ("", *_BESIDE)}
    folders = {shelf.folder_of(store), shelf.folder_of(path).resolve()}
    if (beside and place.name in named) or not folders.isdisjoint((place, *place.parents)):
        raise Refused("this file belongs to the store", str(file), "name another file")


def _fill(target: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Copy all of a store as it is at one moment: nobody writes in between, and a wait for somebody ends."""
    source.execute("BEGIN")
    try:
        patiently(source, "SELECT 1 FROM sqlite_schema")
        source.backup(target, pages=_PAGES, progress=lambda *_: None)
    finally:
        source.execute("COMMIT")


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
        raise StoreUnusable("the store is damaged", str(path), shelf.way_back(path, _NO_COPY)) from error


def _told(error: sqlite3.DatabaseError, path: Path) -> ImprovError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if interrupts.caused(error):  # SQLite was inside a function of ours, which cannot fail by itself
        return Interrupted(interrupts.STOPPED)
    if quotes_a_value(error):
        code = sqlite3.SQLITE_CORRUPT
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            what = "the store is busy: another command has been writing for long"
            return StoreUnusable(what, str(path), "try again in a moment")
        case sqlite3.SQLITE_FULL:
            what, mend = "the disk is full; nothing was changed", "free some space, then type it again"
        case sqlite3.SQLITE_IOERR:
            what = "the disk failed to read or write; nothing was acknowledged"
            mend = "check the disk, then type it again"
            if _is_limited(path):
                what = "files may not grow large enough for the store; nothing was acknowledged"
                mend = "ulimit -f unlimited, then type it again"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _closed_to_us(code, path)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return StoreUnusable("the store is damaged", str(path), shelf.way_back(path, _NO_COPY))
        case _:
            # The words of the rule that was broken are ours; the values are the user's and are not repeated.
            return ImprovError(f"the store refused it: {error}", mend="improv history")
    return ImprovError(what, str(path), mend)


def _is_limited(path: Path) -> bool:
    """Tell whether a limit on the size of files (`ulimit -f`) leaves no room for the store to be written."""
    import resource  # noqa: PLC0415 - only where something failed

    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return limit != resource.RLIM_INFINITY and not missing(path) and path.stat().st_size + _GROWTH > limit


def _closed_to_us(code: int, path: Path) -> ImprovError:
    """Return what is told of a store that SQLite may not open or write."""
    place, folder = shlex.quote(str(path)), shlex.quote(str(path.parent))
    if code == sqlite3.SQLITE_READONLY_DBMOVED or missing(path):
        return moved(path)
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        what = "a command was killed while it wrote; what it left can only be taken back where the store can be written"
        return StoreUnusable(what, str(path), f"chmod u+w {folder} {place}")
    if os.access(path, os.W_OK) and not os.access(path.parent, os.W_OK):
        what = "the folder of the store cannot be written; nothing was changed"
        return StoreUnusable(what, str(path), f"ls -ld {folder}")
    if code & 0xFF == sqlite3.SQLITE_READONLY:
        return StoreUnusable("the store cannot be written; nothing was changed", str(path), f"ls -l {place}")
    return StoreUnusable("the store cannot be opened", str(path), f"ls -l {place}")


def _may_be_written(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def refuse_closed(path: Path) -> None:
    """Refuse to put another file in the place of a store that may only be read: its folder alone would allow it."""
    if not missing(path) and not _may_be_written(path):
        raise _closed_to_us(sqlite3.SQLITE_READONLY, path)


def moved(path: Path) -> ImprovError:
    """Return what is told where the file that was opened is not the one that stands in its place now."""
    if missing(path):
        mend = shelf.way_back(path, _NO_COPY)
        return StoreUnusable("the store was moved or removed meanwhile; nothing was kept", str(path), mend)
    return StoreUnusable("another store was put in its place meanwhile", str(path), "type it again")
