"""Erasing a person for good: the records, the journal, the outbox, and the backups that hold them.

It is done in a copy of the store, which is packed anew, so that no page keeps what was erased, checked, and then put in
the place of the store as one step of the file system, under the lock of every writer. Killed at any moment the store is
as it was, or purged. The backups that hold the person go just before that step: a purge that is done is done everywhere.
"""

import contextlib
import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from improv import aside, connecting, copying, journal, shelf, storefile
from improv.errors import NotFound, StoreUnusable
from improv.purging.copies import holding, work_copy
from improv.purging.extent import Extent, Row, extent
from improv.purging.mentions import refs_of, said
from improv.purging.traces import erase, mails_about
from improv.text import folded

REASON = "purge"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a purge erases, or has erased: rows by table, mails, entries of the journal, copies beside the store.

    `who` is the record that was named, `refs` the other records of the person, `left` those of others that only lose what
    referred to the person, `named` those of others that name them in words. `entry` is the number of the purge and
    `backup` the copy made of the purged store, once it is done.
    """

    who: str
    refs: tuple[str, ...]
    erased: dict[str, int]
    mails: int
    left: tuple[str, ...]
    named: tuple[str, ...]
    copies: tuple[Path, ...]
    entry: int | None = None
    backup: Path | None = None


def plan(connection: sqlite3.Connection, path: Path, who: Row) -> Plan:
    """Return what a purge of a lead, a client, a referral, a visitor or a contact would erase."""
    return _plan(extent(connection, who), path, who)


def contacts(connection: sqlite3.Connection, name: str) -> list[tuple[int, str]]:
    """Return the contacts of this name, one for each mail address: they have no ids of their own to be named by."""
    rows = connection.execute(
        "SELECT MIN(id), name FROM contact GROUP BY lower(name), lower(email) ORDER BY 1"
    )
    return [(number, known) for number, known in rows if folded(known) == folded(name)]


def _plan(found: Extent, path: Path, who: Row) -> Plan:
    there = "SELECT 1 FROM {} WHERE id = ?"
    persons = [
        (table, number)
        for table, number in sorted(found.persons - {who})
        if found.connection.execute(there.format(table), (number,)).fetchone()
    ]
    left = {(table, number) for (table, _), numbers in found.emptied.items() for number in numbers}
    return Plan(
        said(found.connection, who),
        tuple(said(found.connection, row) for row in persons),
        found.counts,
        len(mails_about(found)),
        tuple(said(found.connection, row) for row in sorted(left)),
        refs_of(found),
        tuple(holding(path, found)),
    )


def purge(path: Path, who: Row, today: date, recorded_at: str, *, everywhere: bool = False) -> Plan:
    """Erase a person from the store at `path` and from its backups; return what was erased, and what still names them.

    `everywhere`: their name is taken out of what the records of others say, too.
    """
    storefile.refuse_closed(path)
    found_there = _inode(path)
    with contextlib.closing(storefile.open_to_write(path)) as held, storefile.telling(path):
        connecting.patiently(held, "BEGIN IMMEDIATE")
        if _inode(path) != found_there:
            raise StoreUnusable("another store was put in its place meanwhile", str(path), "type it again")
        made = work_copy(path)
        try:
            with aside.copied(path, made) as work:
                done = _erased(work, path, who, today, recorded_at, everywhere=everywhere)
                kept = copying.backup(work, path, REASON)
            _forget(done.copies)
            aside.put_in_place(made, path)
        except BaseException:
            aside.forget(made)
            raise
        held.execute("ROLLBACK")
    return replace(done, backup=kept)


# What is found out before the lock must still hold under it: another purge, or a restore, puts another file there.
def _inode(path: Path) -> int | None:
    return path.stat().st_ino if path.exists() else None


def _erased(
    work: sqlite3.Connection, path: Path, who: Row, today: date, recorded_at: str, *, everywhere: bool
) -> Plan:
    """Erase a person in the copy as one entry of the journal, and pack the copy anew."""
    table, number = who
    if work.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone() is None:
        raise NotFound("there is no such record any more", said(work, who), "improv history")
    work.execute("BEGIN IMMEDIATE")
    found = extent(work, who)
    done = _plan(found, path, who)
    entry = journal.begin(work, f"purge {done.who}", recorded_at)
    cut = erase(found, entry, everywhere=everywhere)
    journal.close(work, None)
    work.execute(
        "INSERT INTO purge VALUES (?, ?, ?, ?)",
        (entry, today.isoformat(), json.dumps(done.erased), json.dumps(cut)),
    )
    named = refs_of(found)
    work.execute("COMMIT")
    work.execute("VACUUM")
    if work.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise StoreUnusable(
            "the store is damaged: nothing was purged",
            str(path),
            shelf.way_back(path, "look for a copy of it"),
        )
    return replace(done, entry=entry, named=named)


def _forget(copies: tuple[Path, ...]) -> None:
    for copy in copies:
        copy.unlink(missing_ok=True)
    for folder in {copy.parent for copy in copies}:
        shelf.sync_folder(folder)
