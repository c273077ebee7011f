"""What `improv doctor` looks at: each check is declared once, and raises what is not well with the command that mends it."""

import contextlib
import shlex
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from improv import connecting, journal, memory, schedule, seals, shelf, storefile
from improv.commands.desk import Desk, zone
from improv.commands.own import faults
from improv.commands.postbox import post
from improv.commands.schedule import again, jobs, store, way_of
from improv.custom import NO_FIELD, unfit
from improv.errors import ImprovError, StoreUnusable, reason_of
from improv.history import HISTORY
from improv.migrations import migrate, schema
from improv.named import NamedTuple
from improv.nouns import BY_TABLE, FIELDED
from improv.reader import Reader
from improv.report import Cell
from improv.schedule import parse_due
from improv.schedule.crontab import Crontab
from improv.schedule.timers import Timers
from improv.strays import moving, strays

# A backup and a rollback journal, each as large as the store, and room to work in.
_COPIES: Final = 2
_MEGABYTE: Final = 10**6
_ROOM: Final = 16 * _MEGABYTE
_NAMED: Final = 5
_DAY: Final = timedelta(days=1)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class Check(NamedTuple):
    """One thing that must be well: its name, what raises when it is not, and the checks that must be well before."""

    name: str
    look: Callable[[Desk], None]
    after: tuple[str, ...] = ()


def unwell(here: Desk) -> Iterator[tuple[Cell, ...]]:
    """Return what is not well: the check, what is wrong, the value at fault, and the command that mends it."""
    bad = set[str]()
    for check in CHECKS:
        if not bad.isdisjoint(check.after):
            continue
        try:
            check.look(here)
        except OSError as error:
            bad.add(check.name)
            place = str(error.filename or here.path)
            yield check.name, reason_of(error), place, f"ls -l {shlex.quote(place)}"
        except ImprovError as error:
            bad.add(check.name)
            yield check.name, error.what, error.value, error.mend


def strange(here: Desk) -> ImprovError | None:
    """Return what in the store was not written by this program, as the reason why something failed; nothing where all is."""
    for look in (_journal, _whole, _references, _seals):
        try:
            look(here)
        except ImprovError as error:
            return StoreUnusable(f"the store cannot be read: {error.what}", error.value, "improv doctor")
    return None


@contextlib.contextmanager
def _opened(here: Desk) -> Iterator[sqlite3.Connection]:
    """Open the store to read, whatever the configuration says."""
    with contextlib.closing(storefile.open_to_read(here.path)) as connection, storefile.telling(here.path):
        yield connection


# The store.


def _configuration(here: Desk) -> None:
    here.playbook()


def _own(here: Desk) -> None:
    """Look whether every metric, flag and report that the playbook declares itself can be shown."""
    for fault in faults(here.playbook()):
        raise fault


def _store(here: Desk) -> None:
    with _opened(here):
        pass


def _stages(here: Desk) -> None:
    """Look whether every open opportunity stands in a stage of the playbook that is in use."""
    with _opened(here) as connection:
        found = strays(Reader(connection, here.playbook(), here.today(here.settings()["timezone"])))
    if found:
        what = f"{len(found)} of the open opportunities stand in stages that are not in the playbook any more"
        some = ", ".join(map(str, found[:_NAMED])) + (" …" if len(found) > _NAMED else "")
        raise ImprovError(what, some, moving(found, shlex.quote(str(here.playbook_of()[0]))))


def _private(here: Desk) -> None:
    path, folder, backups = here.path, here.path.parent, shelf.folder_of(here.path)
    for place, what, forbidden, mode in (
        (path, "others may read the store", _OTHERS, "600"),
        (backups, "others may read the backups", _OTHERS, "700"),
        (folder, "others may put another file in the place of the store", _OTHERS_WRITE, "go-w"),
    ):
        found = place.stat().st_mode if place.exists() else 0
        # Where a folder is sticky, such as /tmp, nobody replaces the files of others.
        if found & forbidden and not found & stat.S_ISVTX:
            value = f"{place} is {stat.filemode(found)}"
            raise ImprovError(what, value, f"chmod {mode} {shlex.quote(str(place))}")


def _whole(here: Desk) -> None:
    with _opened(here) as connection:
        # It runs the rules of the tables, some of which ask a function of SQLite's own.
        connection.execute("PRAGMA trusted_schema = ON")
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise ImprovError("the store is damaged", found, shelf.way_back(here.path, storefile.NO_COPY))


def _references(here: Desk) -> None:
    with _opened(here) as connection:
        found = connection.execute("PRAGMA foreign_key_check").fetchall()
    if found:
        record, number, parent, _ = found[0]
        what = f"{len(found)} of the records refer to what is not there"
        raise ImprovError(
            what, f"{record} {number}, to a {parent}", shelf.way_back(here.path, storefile.NO_COPY)
        )


def _journal(here: Desk) -> None:
    """Look whether every record is as its changes left it, and every entry of the journal as its command left it."""
    _refuse_found(
        here,
        _unlike_the_journal,
        "record is not as the journal left it",
        "records are not as the journal left them",
    )


def _unlike_the_journal(connection: sqlite3.Connection) -> list[str]:
    found = [
        f"{record} {number}"
        for record in HISTORY
        for number in journal.broken(connection, record, journal.columns_of(connection, record))
    ]
    return found + [f"history #{number}" for number in journal.broken_entries(connection, HISTORY)]


def _seals(here: Desk) -> None:
    """Look whether the settings, the journal's entries and what the machine remembers are as they were written."""
    _refuse_found(here, _unsealed, "row is not as it was written", "rows are not as they were written")


def _unsealed(connection: sqlite3.Connection) -> list[str]:
    return [" ".join(place) for place in seals.broken(connection)]


def _refuse_found(here: Desk, look: Callable[[sqlite3.Connection], list[str]], one: str, many: str) -> None:
    """Refuse what is not as it was left, and name the newest backup in which it is."""
    with _opened(here) as connection:
        found = look(connection)
    if found:
        some = ", ".join(found[:_NAMED]) + (" …" if len(found) > _NAMED else "")
        kept = shelf.newest(here.path, lambda file: _is_well(file, look))
        mend = "look at them: something else wrote to the store, or the disk"
        what = f"1 {one}" if len(found) == 1 else f"{len(found):,} {many}"
        raise ImprovError(what, some, shelf.restoring(here.path, kept) if kept else mend)


def _is_well(file: Path, look: Callable[[sqlite3.Connection], list[str]]) -> bool:
    """Tell whether nothing is found in a backup; one that an older version made is not looked at."""
    try:
        with contextlib.closing(connecting.connect(file, "ro")) as connection:
            return not look(connection)
    except sqlite3.DatabaseError:
        return False


def _shape(here: Desk) -> None:
    """Look whether the tables, indices and triggers are those that this program makes."""
    with _opened(here) as connection, contextlib.closing(sqlite3.connect(":memory:")) as made:
        journal.prepare(made)
        migrate(made, 0)
        found = sorted(schema(connection) ^ schema(made))
    if found:
        kind, name, *_ = found[0]
        raise ImprovError(
            "the store is not made as this program makes it",
            f"{kind} {name}",
            shelf.way_back(here.path, storefile.NO_COPY),
        )


def _backups(here: Desk) -> None:
    """Look whether the newest backup holds together, and is no older than the last day, but today, that was typed on."""
    from improv.backups import look  # noqa: PLC0415 - only this check needs it

    kept = [one for one in shelf.listed(here.path) if one.why != shelf.DAMAGED]
    try:
        held = look(kept[-1].path) if kept else None
    except ImprovError as error:
        raise ImprovError(
            f"the newest backup is of no use: {error.what}", error.value, "improv backup"
        ) from error
    mine = zone(here.settings()["timezone"])

    def day_of(recorded: str) -> date:
        return datetime.fromisoformat(recorded).astimezone(mine).date()

    with _opened(here) as connection:
        last = journal.entry(connection, here.last_entry_on(connection, day_of(f"{here.now()}") - _DAY))
        if last is None:
            return
        typed = day_of(last.recorded_at)
        # Of the first day that is typed on the next one makes the first backup.
        begun = held is not None or here.last_entry_on(connection, typed - _DAY) > 0
    if begun and (held is None or held.recorded_at is None or day_of(held.recorded_at) < typed):
        since = f"{typed}: #{last.id} {last.command}"
        raise ImprovError("what was typed is in no backup", since, "improv backup")


def _disk(here: Desk) -> None:
    folder = here.path.parent
    free, needed = shutil.disk_usage(folder).free, _COPIES * here.path.stat().st_size + _ROOM
    if free < needed:
        what = f"the disk is nearly full: {-(-needed // _MEGABYTE):,} MB are needed to be safe"
        raise ImprovError(what, f"{free // _MEGABYTE:,} MB free in {folder}", "free some space")


def _time_zone(here: Desk) -> None:
    zone(here.settings()["timezone"])


def _fields(here: Desk) -> None:
    """Look whether the playbook has a place for every value of the user's own fields."""
    with _opened(here) as connection:
        reader = Reader(connection, here.playbook(), here.today(here.settings()["timezone"]))
        found = [one for noun in FIELDED for one in unfit(reader, noun)]
    if found:
        first = found[0]
        what = f"{len(found)} of the values of your own fields fit none of them now"
        if first.why == NO_FIELD or first.noun == "upsell":  # an opening is not edited
            mend = (
                f"[playbook.field.{first.noun}.{first.key}] in {here.configuration}, with its name and "
                f'kind = "{first.kind}"; and with off = true to have it out of sight'
            )
        else:
            mend = f"improv {BY_TABLE[first.noun].command} edit {first.record} --{first.key} …"
        raise ImprovError(what, f"{first.record} {first.key}: {first.why}", mend)


# Mail, and what is run by itself.


def _settings(here: Desk) -> None:
    """Look at the mail settings where there are some, or where something is scheduled that needs them."""
    from improv.letters import digest_days  # noqa: PLC0415 - only this check needs it

    mail = here.config().get("mail", {})
    if not mail and not _planned(here):
        return
    digest_days(mail.get("digest"))
    way = post(mail, here.configuration, here.environment)
    if way.sendmail and shutil.which(way.sendmail) is None:
        raise ImprovError("the program that sends mail is not there", way.sendmail, "correct [mail]")


def _password(here: Desk) -> None:
    """Look whether the password is found, and by what the machine runs, too: it knows less than a shell does."""
    mail, planned = here.config().get("mail", {}), _planned(here)
    if not mail.get("user"):
        return
    program, variable = (mail.get("password_command") or [""])[0], mail.get("password_env")
    if planned and program and shutil.which(program, path=schedule.PATH) is None:
        what = f"{planned[0].way} does not find the command for the password in {schedule.PATH}"
        raise ImprovError(what, "password_command in [mail]", "its first word, with its whole path")
    if planned and variable:
        way = way_of(here, planned[0].way)
        if isinstance(way, Crontab) and not way.gives(variable):
            what = "cron does not know the variable with the password"
            mend = "crontab -e, and a line NAME=… of that name; or password_file in [mail]"
            raise ImprovError(what, "password_env in [mail]", mend)
        return  # a shell need not know what cron knows
    fetch = post(mail, here.configuration, here.environment).password
    if fetch is not None:
        fetch()  # it raises where there is none; what it is stays here


def _outbox(here: Desk) -> None:
    with _opened(here) as connection:
        waiting = memory.waiting(connection)
    if not waiting:
        return
    doubtful = sum(letter.state == "doubtful" for letter in waiting)
    what = f"{len(waiting)} of the mails not sent, the oldest since {waiting[0].created_at}"
    if doubtful:
        what += f"; {doubtful} perhaps sent, with no answer"
    raise ImprovError(what, f"{waiting[0].subject}: {waiting[0].error or 'not tried'}", "improv mail send")


def _schedule(here: Desk) -> None:
    """Look whether what the store remembers is what the machine runs, by this program and these settings."""
    planned = _planned(here)
    if not planned:
        _refuse_unplanned(here)
        return
    way, due = way_of(here, planned[0].way), {plan.command: parse_due(plan.due) for plan in planned}
    found, wanted = way.found(), way.wanted(jobs(here, due))
    if not found:
        what = f"what is scheduled is not in the {way.place} any more"
        raise ImprovError(what, str(store(here)), again(planned))
    if found != wanted:
        known = {line for text in wanted.values() for line in text.splitlines()}
        strange = (line for text in found.values() for line in text.splitlines() if line not in known)
        what = "what is scheduled runs another program, or not as it would be scheduled now"
        raise ImprovError(what, next(strange, "some of it is missing"), again(planned))
    if isinstance(way, Timers) and (left := way.left()):
        raise ImprovError("the timers of systemd are not enabled", str(store(here)), left)


def _refuse_unplanned(here: Desk) -> None:
    """Refuse lines that the store does not know of, and mail settings that nothing uses by itself."""
    for way in (way_of(here, "cron"), way_of(here, "systemd")):
        found: Mapping[str, str] = {}
        with contextlib.suppress(ImprovError):  # a machine may have none of the two
            found = way.found()
        if found:
            what = f"there is a schedule in the {way.place} that the store knows nothing of"
            raise ImprovError(what, str(store(here)), "improv schedule install, or improv schedule remove")
    if here.config().get("mail"):
        raise ImprovError(
            "mail is set up, and nothing is scheduled", str(store(here)), "improv schedule install"
        )


def _runs(here: Desk) -> None:
    timezone = here.settings()["timezone"]
    with _opened(here) as connection:
        found = schedule.missed(connection, zone(timezone), here.now())
        ran = [memory.last_success(connection, one.command) for one in found]
    if found:
        last = f"{found[0].command} ran well last: {f'{ran[0]:%Y-%m-%d %H:%M} UTC' if ran[0] else 'never'}"
        what = f"missed: {schedule.in_words(found, here.today(timezone))}"
        raise ImprovError(what, last, f"improv {found[0].command} --email says why")


def _planned(here: Desk) -> list[memory.Planned]:
    """Return what is scheduled; nothing where there is no store to know it."""
    try:
        with _opened(here) as connection:
            return memory.scheduled(connection)
    except ImprovError:
        return []


CHECKS: Final = (
    Check("configuration", _configuration),
    Check("own declarations", _own, after=("configuration",)),
    Check("store", _store),
    Check("privacy", _private, after=("store",)),
    Check("integrity", _whole, after=("store",)),
    Check("schema", _shape, after=("store", "integrity")),
    Check("references", _references, after=("store", "integrity", "schema")),
    Check("journal", _journal, after=("store", "integrity", "schema", "references")),
    Check("seals", _seals, after=("store", "integrity", "schema")),
    Check("time zone", _time_zone, after=("store",)),
    Check("backups", _backups, after=("store", "integrity", "schema", "time zone")),
    Check("disk", _disk, after=("store",)),
    Check("stages", _stages, after=("configuration", "store", "time zone")),
    Check("fields", _fields, after=("configuration", "store", "integrity", "time zone")),
    Check("mail", _settings, after=("configuration",)),
    Check("password", _password, after=("configuration", "mail")),
    Check("outbox", _outbox, after=("store",)),
    Check("schedule", _schedule, after=("configuration", "store", "time zone")),
    Check("runs", _runs, after=("store", "time zone")),
)
