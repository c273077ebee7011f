"""The write side: one command is one transaction, one journal entry and one undo step.

`writing` opens the store (made at the first write), begins at once with the write lock, opens a journal entry and
hands out a `Writing`; leaving it commits rows and entry together, or nothing. Only this room and `improv.actions`
import SQLModel.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain, islice, repeat
from typing import Any, TypeVar

from improv import unneeded  # noqa: F401 - before what would load it
from improv.named import NamedTuple

# isort: split
from pydantic import ValidationError
from sqlalchemy import Boolean, Date, create_engine
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from improv import aside, bulk, custom, interrupts, journal, models, shelf, storefile
from improv.errors import Refused, Usage
from improv.history import HISTORY
from improv.journal import instant
from improv.locking import Place, locked, nothing
from improv.models import Record
from improv.playbook import CustomField, Playbook
from improv.reader import Reader

Kept = TypeVar("Kept", bound=Record)
Prepared = TypeVar("Prepared")
# The user's day, or what tells it by the settings of the store that is open.
Today = date | Callable[[sqlite3.Connection], date]
# What goes wrong is raised; SQLAlchemy would print a traceback besides, where Ctrl-C comes while it tidies up.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())


class Writing:
    """One transaction: what it writes, and a reader on its own connection, so that what was found is what changes.

    `today` is the user's day, `now` the instant in UTC. `subject` is the record the command is about, such as L12; `entry` its
    number in the journal, once it is kept.
    """

    def __init__(
        self, connection: sqlite3.Connection, session: Session, playbook: Playbook, today: date, now: datetime
    ) -> None:
        self.session = session
        self.connection = connection
        self.reader = Reader(connection, playbook, today)
        self.playbook = playbook
        self.today = today
        self.now = now
        self.subject: str | None = None
        self.entry: int | None = None

    def add(self, model: type[Kept], **fields: object) -> Kept:
        """Write a new record, validated, and return it with its id; what its custom fields say is kept beside it."""
        own, said = custom.apart(fields)
        record = self._validated(model, {**own, "recorded_at": self.now})
        self.session.add(record)
        self._flush()
        if said:
            assert record.id is not None  # noqa: S101 - it was just written
            self.say(str(model.__tablename__), record.id, said)
        return record

    def change(self, record: Kept, **fields: object) -> Kept:
        """Change fields of a record, validated as a whole."""
        checked = self._validated(type(record), {**record.model_dump(), **fields})
        for name in fields:
            setattr(record, name, getattr(checked, name))
        self.session.add(record)
        self._flush()
        return record

    def say(self, noun: str, number: int, said: Mapping[str, object], on: date | None = None) -> None:
        """Keep what custom fields of a record say from a day on, its own day unless told; None empties one.

        Nothing is written where a field says so already.
        """
        day = on or min(self.began(noun, number), self.today)
        for one in self.playbook.fields_of(noun):
            if one.column in said:
                value = said[one.column]
                plain = value.isoformat() if isinstance(value, date) else value
                if plain != self._said(one, number, day):
                    kept = {custom.kept_in(one): plain, f"{noun}_id": number}
                    self.add(models.FieldValue, field=one.key, kind=one.kind, on_day=day, **kept)

    def began(self, noun: str, number: int) -> date:
        """Return the day a record is known from."""
        return date.fromisoformat(
            self.reader.value(f"SELECT {HISTORY[noun].by} FROM {noun} WHERE id = :id", {"id": number})
        )

    def _said(self, one: CustomField, number: int, on: date) -> object:
        return self.reader.value(
            f"SELECT {custom.kept_in(one)} FROM field_value WHERE {one.noun}_id = :id AND field = :field "
            "AND kind = :kind AND on_day <= :on ORDER BY on_day DESC, id DESC LIMIT 1",
            {"id": number, "field": one.key, "kind": one.kind, "on": on.isoformat()},
        )

    def remove(self, record: Record) -> None:
        """Remove a record; refused by the store when others refer to it."""
        self.session.delete(record)
        self._flush()

    def get(self, model: type[Kept], number: int) -> Kept:
        """Return the record with this id, to be changed."""
        record = self.session.get(model, number)
        assert record is not None, f"{model.__name__} {number} was just resolved"  # noqa: S101 - a fault of ours
        return record

    def insert(self, model: type[Record], rows: list[dict[str, Any]]) -> None:
        """Write many rows at once; the caller has validated them and given them ids. For imports."""
        table = model.__table__  # type: ignore[attr-defined]  # SQLModel's own
        used = dict.fromkeys(chain.from_iterable(rows)) | {"recorded_at": None}
        columns = [
            repeat(instant(self.now))
            if name == "recorded_at"
            else _kept(table.columns[name].type, rows, name)
            for name in used
        ]
        with _refusing():
            bulk.insert(
                self.connection, table.name, list(used), islice(zip(*columns, strict=False), len(rows))
            )

    def next_id(self, model: type[Record]) -> int:
        """Return the id the next row of a table will have; ids of removed rows are not given again."""
        table = str(model.__tablename__)
        used = self.connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return 1 if used is None else int(used[0]) + 1

    def _validated(self, model: type[Kept], fields: Mapping[str, object]) -> Kept:
        for name, value in fields.items():
            if isinstance(value, str) and "\x00" in value:
                raise Usage(
                    f"{name.replace('_', ' ')} holds a character that cannot be kept", "\\x00", "leave it out"
                )
        try:
            return model.model_validate(fields)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]).replace("_", " ")
            raise Usage(f"{field}: {first['msg'].lower()}", str(first.get("input", ""))[:80]) from error

    def _flush(self) -> None:
        with _refusing():
            self.session.flush()


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Turn a broken rule of the store into a refusal, and let its own words for a failing disk through."""
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError) as error:
        rule = str(error.orig if isinstance(error, IntegrityError) else error)
        if "FOREIGN KEY" in rule:
            raise Refused(
                "other records refer to it", mend="improv show it, and remove those first"
            ) from error
        raise Refused(
            "the records would not hold together", rule.removeprefix("CHECK constraint failed: ")
        ) from error
    except DatabaseError as error:
        if isinstance(error.orig, sqlite3.DatabaseError):
            raise error.orig from error
        raise


def _kept(kind: TypeEngine[Any], rows: list[dict[str, Any]], name: str) -> list[object]:
    """Return a column of rows as the store keeps it: days as text, yes and no as numbers."""
    column = [row.get(name) for row in rows]
    if isinstance(kind, Date):
        return [value and value.isoformat() for value in column]
    if isinstance(kind, Boolean):
        return [value if value is None else int(value) for value in column]
    return column


def _day(today: Today, connection: sqlite3.Connection) -> date:
    return today if isinstance(today, date) else today(connection)


@contextlib.contextmanager
def writing(
    place: Place,
    playbook: Playbook,
    today: Today,
    now: datetime,
    command: str,
    *,
    dry_run: bool = False,
    backup: str | None = None,
    long: bool = False,
) -> Iterator[Writing]:
    """Run one command on a store: all of it is kept with its journal entry, or nothing is.

    A command that changed nothing leaves no entry. With `dry_run` all is done and nothing is kept. `backup` says before
    what a backup is made, such as an import: one that cannot be made stops it, and one that nothing followed is removed.
    A `long` command works in a copy, and shuts nobody out who reads.
    """
    before = None
    with (_copied if long else _begun)(place) as (connection, session, keep):
        work = Writing(connection, session, playbook, _day(today, connection), now)
        try:
            if backup is not None and not dry_run:
                from improv import copying  # noqa: PLC0415 - only an import or the like copies

                before = copying.backup_before(place.path, backup)
            number = journal.begin(connection, command, instant(now))
            yield work
            session.flush()
            if journal.close(connection, work.subject) and not dry_run:
                interrupts.hold()
                keep()
                work.entry = number
        finally:
            if before is not None and work.entry is None:
                before.unlink(missing_ok=True)
    if before is not None:
        with contextlib.suppress(OSError):  # it is done, and one backup too many is no harm
            shelf.thin(place.path)


class _Begun(NamedTuple):
    """A transaction that has begun with the lock of every writer, and how all of it is kept."""

    connection: sqlite3.Connection
    session: Session
    keep: Callable[[], object]


@contextlib.contextmanager
def _begun(place: Place) -> Iterator[_Begun]:
    """Open the store and begin to write."""
    with locked(place, _session) as held, contextlib.closing(held.prepared):
        connection = held.connection
        yield _Begun(connection, held.prepared, lambda: connection.execute("COMMIT"))


@contextlib.contextmanager
def _copied(place: Place) -> Iterator[_Begun]:
    """Hold off who else would write, and begin in a copy of the store, which takes its place when it is kept."""
    path = place.path
    storefile.refuse_closed(path)
    made = aside.named(path, "import")
    with locked(place, nothing) as held:
        try:
            with (
                aside.copied(path, made, rolls_back="DELETE") as work,
                contextlib.closing(_session(work)) as session,
            ):
                work.execute("BEGIN IMMEDIATE")

                def keep() -> None:
                    work.execute("COMMIT")
                    held.refuse_moved()
                    aside.put_in_place(made, path)
                    held.file = path.stat()

                yield _Begun(work, session, keep)
        finally:
            aside.forget(made)  # while nobody else makes one


class Held:
    """Many commands in one transaction: each is a savepoint in it, and none is acknowledged before all are kept.

    With a `command` of their own they are one journal entry, and one undo step.
    """

    def __init__(
        self, connection: sqlite3.Connection, session: Session, now: datetime, command: str | None
    ) -> None:
        self.connection = connection
        self._session = session
        self._one = None if command is None else journal.begin(connection, command, instant(now))
        self._subject: str | None = None
        self._entries: list[int] = []

    @contextlib.contextmanager
    def writing(
        self, playbook: Playbook, today: Today, now: datetime, command: str, *, dry_run: bool = False
    ) -> Iterator[Writing]:
        """Run one of the commands, as `writing` does: what fails in it leaves the others as they are."""
        work = Writing(self.connection, self._session, playbook, _day(today, self.connection), now)
        self.connection.execute("SAVEPOINT one")
        try:
            if self._one is None:
                work.entry = journal.begin(self.connection, command, instant(now))
            yield work
            self._session.flush()
            if self._one is None and not journal.close(self.connection, work.subject):
                dry_run, work.entry = True, None
            if dry_run:
                self.connection.execute("ROLLBACK TO one")
        except BaseException:
            if not self.is_lost:
                self.connection.execute("ROLLBACK TO one")
            raise
        finally:
            if not self.is_lost:
                self.connection.execute("RELEASE one")
            self._session.expunge_all()
        self._subject = work.subject or self._subject
        if work.entry is not None:
            self._entries.append(work.entry)

    @property
    def is_lost(self) -> bool:
        """Whether all of it is rolled back: by SQLite when the disk is full, by SQLAlchemy, which closes it, on Ctrl-C."""
        try:
            return not self.connection.in_transaction
        except sqlite3.ProgrammingError:
            return True

    def keep(self) -> list[int]:
        """Keep all of it; return the numbers of the entries that it came to."""
        if self._one is not None:
            if not journal.close(self.connection, self._subject):
                return []
            self._entries = [self._one]
        self.connection.execute("COMMIT")
        return self._entries


@contextlib.contextmanager
def holding(place: Place, now: datetime, command: str | None = None) -> Iterator[Held]:
    """Open the store and begin a transaction for many commands; what is not kept in the end is rolled back."""
    with _begun(place) as (connection, session, _):
        yield Held(connection, session, now, command)


def _session(connection: sqlite3.Connection) -> Session:
    engine = create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True
    )
    session = Session(engine, autoflush=False, expire_on_commit=False)
    # SQLAlchemy looks the connection over and rolls back when it first sees it: that must come before BEGIN.
    session.connection()
    return session
