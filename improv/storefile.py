"""The store as a file: made, opened, recognised. One private file; nothing acknowledged is ever lost.

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
from pathlib import Path

from improv import connecting, interrupts
from improv.errors import (
    ImprovError,
    Interrupted,
    NotFound,
    Refused,
    StoreUnusable,
    quotes_a_value,
    reason_of,
)
from improv.migrations import APPLICATION_ID, VERSION, migrate, stranger

MAGIC = b"SQLite format 3\x00"
_GROWTH = 100_000  # bytes: what a command needs beyond the size of the store
NO_COPY = "look for a copy of it; improv --db another-file … starts anew"
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
    from improv import shelf  # noqa: PLC0415 - only where no store is there: who reads one needs none

    traces = bool(shelf.listed(path)) or os.path.lexists(shelf.journal_of(path))
    return traces and missing(path)  # in this order: another command may be making the store just now


def refuse_gone(path: Path) -> None:
    """Refuse to go on where a store has been: nobody is to believe that nothing was ever typed."""
    if is_gone(path):
        anew = f"look for a copy of it; improv --db {shlex.quote(str(path))} init starts anew"
        raise NotFound("the store is gone", str(path), _way_back(path, anew))


def _way_back(path: Path, otherwise: str = NO_COPY, *, instead: bool = False) -> str:
    """Return the command that takes the store back to its newest backup; `otherwise` where there is none."""
    from improv import shelf  # noqa: PLC0415 - as above

    return shelf.way_back(path, otherwise, instead=instead)


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
            f"the store cannot be made there: {reason_of(error)}", str(path), "improv --db another-file init"
        ) from error
    os.close(handle)
    made = Path(name)
    try:
        with telling(path):
            _make(made)
            with contextlib.closing(connecting.connect(made)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO store_setting VALUES (?, ?)", settings.items())
                connection.execute("COMMIT")
        return _link(made, path)
    finally:
        made.unlink(missing_ok=True)
        made.with_name(made.name + "-journal").unlink(missing_ok=True)


def take_back(path: Path, made: os.stat_result) -> None:
    """Remove the store that was just `made`, where nothing was kept in it; one that another command is at stays.

    Nobody chose its time zone and currency, and `improv init` is to be able to.
    """
    with (
        contextlib.suppress(sqlite3.Error, OSError),
        contextlib.closing(connecting.connect(path)) as connection,
    ):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("BEGIN IMMEDIATE")
        if is_unused(connection) and os.path.samestat(path.stat(), made):
            path.unlink()


def is_unused(connection: sqlite3.Connection) -> bool:
    """Tell whether a store holds its settings alone: no command, and nothing that the machine remembers."""
    used = "SELECT EXISTS (SELECT 1 FROM seal WHERE place <> 'store_setting')"
    return not connection.execute(used).fetchone()[0]


def _make_folder(folder: Path) -> None:
    """Make a private folder with those above it, each known to the one above."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)  # another first run may just have made it
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
        _sync(folder.parent)


def _make(file: Path) -> None:
    """Make a store that has no settings yet: nobody sees it before it is linked into place."""
    with contextlib.closing(connecting.connect(file, "rwc")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        migrate(connection, 0)
        connection.execute("COMMIT")


def _link(made: Path, path: Path) -> bool:
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreUnusable(f"the store cannot be made there: {reason_of(error)}", str(path)) from error
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    from improv import shelf  # noqa: PLC0415 - as above

    shelf.sync_folder(folder)


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open an existing store and take it to this program's version, a backup first."""
    recognise(path)
    with telling(path):
        connection = connecting.connect(path)
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
        connection = connecting.connect(path, "rw" if _may_be_written(path) else "ro")
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
            another = _way_back(path, "improv --db a-file …", instead=True)
            raise StoreUnusable("the store is a folder", str(path), another)
        if path.exists() and not path.is_file():
            another = _way_back(path, "improv --db a-file …", instead=True)
            raise StoreUnusable("the store is not an ordinary file", str(path), another)
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError as error:
        if path.is_symlink():
            mend = _way_back(path, look, instead=True)
            raise NotFound("the store is a link that leads nowhere", str(path), mend) from error
        refuse_gone(path)
        raise NotFound("there is no store yet", str(path), "improv init, or improv lead add NAME") from error
    except OSError as error:
        mend = _way_back(path, look, instead=True) if error.errno == errno.ELOOP else look
        raise StoreUnusable(f"the store cannot be read: {reason_of(error)}", str(path), mend) from error
    if not head.startswith(MAGIC):
        what = "the file is not a store" if head else "the store is empty: its content was lost"
        raise StoreUnusable(what, str(path), _way_back(path))


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a store; refused when it is none of ours, newer, or not as long as its header says."""
    connection.execute("BEGIN")  # what follows is seen at one moment
    try:
        application = connecting.patiently(connection, "PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            another = _way_back(path, "improv --db another-file …")
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
            _way_back(path),
        )


def _upgrade(connection: sqlite3.Connection, path: Path) -> None:
    if not _may_be_written(path):
        what = "the store is older than this program, and cannot be brought up to date where it cannot be written"
        raise StoreUnusable(
            what, str(path), f"ls -ld {shlex.quote(str(path.parent))} {shlex.quote(str(path))}"
        )
    from improv import copying  # noqa: PLC0415 - only an older store is copied

    copying.backup(connection, path, "migration")
    connecting.patiently(connection, "BEGIN IMMEDIATE")
    try:
        # Another process may have been first while we waited for the lock.
        migrate(connection, int(connection.execute("PRAGMA user_version").fetchone()[0]))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # Ctrl-C is heard after a COMMIT, too
            connection.execute("ROLLBACK")
        raise


def refuse_own(file: Path, path: Path) -> None:
    """Refuse to write a file that is the store, by whatever name, or that belongs to it: its journal, a backup."""
    if file.exists() and path.exists() and file.samefile(path):
        raise Refused("this is the store itself", str(file), "name another file")
    from improv import shelf  # noqa: PLC0415 - as above

    place, store = file.resolve(), path.resolve()
    beside = place.parent in {store.parent, path.parent.resolve()}
    named = {of.name + suffix for of in (store, path) for suffix in ("", *_BESIDE)}
    folders = {shelf.folder_of(store), shelf.folder_of(path).resolve()}
    if (beside and place.name in named) or not folders.isdisjoint((place, *place.parents)):
        raise Refused("this file belongs to the store", str(file), "name another file")


@contextlib.contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a file into words and an exit code."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _told(error, path) from error
    except UnicodeDecodeError as error:  # SQLite's words about what it found, or a name that is none
        raise StoreUnusable("the store is damaged", str(path), _way_back(path)) from error


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
            return StoreUnusable("the store is damaged", str(path), _way_back(path))
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
        mend = _way_back(path)
        return StoreUnusable("the store was moved or removed meanwhile; nothing was kept", str(path), mend)
    return StoreUnusable("another store was put in its place meanwhile", str(path), "type it again")
