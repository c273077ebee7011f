"""What a command works at: the store, the playbook, the day, and the screen.

This is the only room that reads the clock, the environment and the configuration; its screen (`screen.py`) is the only
one that prints. Each run of the program sits down at a desk of its own.
"""

import contextlib
import os
import shlex
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from improv import journal, storefile
from improv import playbook as playbooks
from improv.commands.screen import PAGES, Screen
from improv.dates import KNOWN_YEARS, Looking, parse_day, year_is_known
from improv.errors import ImprovError, NotFound, Usage
from improv.playbook import Playbook
from improv.reader import Reader
from improv.strays import stray_of
from improv.text import shown

if TYPE_CHECKING:
    from improv.locking import Place
    from improv.store import Held, Writing

# What a command that is proposed leaves open.
BLANK = "…"
LONGEST_NUMBER = 16  # SQLite's integers
DEFAULT_CURRENCY = "EUR"
# Bytes in a record that are no text are shown as escapes: one damaged name hides no other.
_AS_TEXT = partial(str, encoding="utf-8", errors="backslashreplace")


class Desk(Screen):
    """One run of the program. Options of the whole program (`--db`, `--format`) are laid on it by the root command."""

    database: Path | None = None
    as_of: str | None = None
    known_on: str | None = None
    held: "Held | None" = None
    done: bool = False  # whether all was done that was to be done: what fails from then on takes nothing back
    wrote: bool = False
    is_of_today: bool = False  # whether nothing was typed on a day before, as far as is known

    def __init__(
        self, environment: Mapping[str, str], performs: Callable[["Desk", Sequence[str]], int]
    ) -> None:
        super().__init__(environment)
        self.performs = performs
        self.read: dict[str, Any] = {}

    @property
    def path(self) -> Path:
        """Where the store is: `--db`, else IMPROV_DB, else the user's data folder."""
        if self.database is not None:
            return self.database
        named = self.environment.get("IMPROV_DB")
        return Path(named) if named else self.folder("XDG_DATA_HOME", ".local/share") / "improv.db"

    def folder(self, variable: str, below_home: str, name: str = "improv") -> Path:
        """Return a folder of the user's, by the desktop's own variable or below the home folder."""
        named = self.environment.get(variable, "")
        # A path that is not absolute would be another store in every folder the user stands in.
        if Path(named).is_absolute():
            return Path(named) / name
        try:
            home = Path.home()
        except RuntimeError:
            home = Path()
        if not home.is_absolute() or self.environment.get("HOME") == "":
            raise Usage(
                "there is no home folder to keep the store in", mend="improv --db FILE …, or set IMPROV_DB"
            )
        return home / below_home / name

    @property
    def configuration(self) -> Path:
        """Where the configuration is: IMPROV_CONFIG, else the user's configuration folder."""
        named = self.environment.get("IMPROV_CONFIG")
        return Path(named) if named else self.folder("XDG_CONFIG_HOME", ".config") / "config.toml"

    def config(self) -> dict[str, Any]:
        """Return the configuration; empty when there is none."""
        if "config" not in self.read:
            from improv.commands.settings import read  # noqa: PLC0415 - a command such as --version reads none

            self.read["config"] = read(self.configuration, told=bool(self.environment.get("IMPROV_CONFIG")))
        found: dict[str, Any] = self.read["config"]
        return found

    def playbook(self) -> Playbook:
        """Return the playbook the configuration names, with the user's own numbers laid over it."""
        if "playbook" not in self.read:
            found = playbooks.load(*self.playbook_of(), where=str(self.configuration))
            self.read["playbook"] = Playbook(**{**vars(found), "hour_costs": self.hour_costs})
        book: Playbook = self.read["playbook"]
        return book

    @property
    def hour_costs(self) -> int | None:
        """What an hour of the user's own costs, in minor units."""
        rate = self.config().get("me", {}).get("rate")
        if rate is None:
            return None
        from improv.money import parse_money  # noqa: PLC0415 - only where a rate is told

        try:
            return parse_money(str(rate))
        except ImprovError as error:
            error.what = f"`rate` in [me] of {self.configuration}: {error.what}"
            raise

    def playbook_of(self, use: str | None = None) -> tuple[str | Path, dict[str, Any]]:
        """Return the name or file of the playbook that the configuration names, or of another, and the user's own lines."""
        own = dict(self.config().get("playbook", {}))
        chosen = own.pop("use", "improv")
        named = chosen if use is None else use
        if not isinstance(named, str):
            place = f"`use` in [playbook] of {self.configuration}"
            raise Usage(f"{place} must be a text", repr(named), 'use = "solo"')
        return self.configuration.parent / named if named.endswith(".toml") else named, own

    @property
    def me(self) -> str | None:
        """The user's own name, for what has no owner given."""
        name = self.config().get("me", {}).get("name")
        return str(name) if name else None

    @property
    def address(self) -> str | None:
        """The user's own mail address."""
        email = self.config().get("me", {}).get("email")
        return str(email) if email else None

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return datetime.now(UTC)

    def today(self, timezone: str) -> date:
        """Return the user's day; IMPROV_TODAY tells another, for rehearsals and tests."""
        told = self.environment.get("IMPROV_TODAY")
        try:
            day = date.fromisoformat(told) if told else self._clock(timezone).date()
        except ValueError as error:
            raise Usage("IMPROV_TODAY is not a day", told or "", "IMPROV_TODAY=2026-11-23") from error
        if not year_is_known(day.year):
            raise Usage(
                f"by the clock today is no day of {KNOWN_YEARS}", day.isoformat(), "set the clock: date"
            )
        return day

    def local_time(self) -> str | None:
        """Return the user's day and time of day, such as `2026-11-22T07:40`; none where a day is looked back on.

        A page known on a day is that of its end: asked for at any hour, today too, it says the same.
        """
        if self.as_of is not None or self.known_on is not None:
            return None
        timezone = self.settings()["timezone"]
        return f"{self.today(timezone).isoformat()}T{self._clock(timezone):%H:%M}"

    def clock_day(self) -> date:
        """Return the day of the user's own clock, whatever IMPROV_TODAY says."""
        return self._clock(self.settings()["timezone"]).date()

    def _clock(self, timezone: str) -> datetime:
        """Return the instant by the clock of a time zone."""
        return self.now().astimezone(None if is_of_machine(timezone) else zone(timezone))

    def settings(self) -> dict[str, str]:
        """Return what the store was made with: time zone and currency; what a new one would be made with if none is there."""
        if "settings" not in self.read:
            if storefile.missing(self.path):
                return {"timezone": machine_timezone(self.environment), "currency": DEFAULT_CURRENCY}
            with (
                contextlib.closing(storefile.open_to_read(self.path)) as connection,
                storefile.telling(self.path),
            ):
                self.read_settings(connection)
        found: dict[str, str] = self.read["settings"]
        return found

    def read_settings(self, connection: sqlite3.Connection) -> None:
        """Read what the store was made with, where it is not known yet: to open a store takes longer than to list it."""
        if "settings" not in self.read:
            said = connection.execute("SELECT key, value FROM store_setting")
            self.read["settings"] = dict(said.fetchall())

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open the store to read, all of it at one moment, as of the day and as known on the day asked for."""
        self._refuse_bytes()
        with self._seen() as connection, storefile.telling(self.path):
            today = self.today(self.settings()["timezone"])
            entry, known = self._known(connection, today)
            as_of = None if self.as_of is None else _past_day(self.as_of, today, "--as-of")
            if entry is not None or as_of is not None:
                from improv import purges  # noqa: PLC0415 - only who looks back has to be told what is gone

                self.missing = purges.missing(connection, entry, as_of)
            yield Reader(connection, self.playbook(), known, as_of=as_of, known_on=entry)

    @contextlib.contextmanager
    def _seen(self) -> Iterator[sqlite3.Connection]:
        """Open the store at one moment; while a transaction of many commands is held, look at it from within."""
        if self.held is not None:
            yield self.held.connection
            return
        with (
            contextlib.closing(storefile.open_to_read(self.path)) as connection,
            storefile.telling(self.path),
        ):
            connection.execute("BEGIN")
            self.read_settings(connection)
            connection.text_factory = _AS_TEXT
            yield connection

    def _known(self, connection: sqlite3.Connection, today: date) -> tuple[int | None, date]:
        """Return the last entry that counts and the day it is looked at on: a page asked for again is the page of that day."""
        typed = self.known_on
        if typed is None:
            return None, today
        if not typed.startswith("#"):
            day = _past_day(typed, today, "--known-on")
            return self.last_entry_on(connection, day), day
        number = typed.removeprefix("#")
        known = number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER
        entry = journal.entry(connection, int(number)) if known else None
        if entry is None:
            raise NotFound("no command has this number", typed, "improv history")
        recorded = datetime.fromisoformat(entry.recorded_at).astimezone(zone(self.settings()["timezone"]))
        return entry.id, min(recorded.date(), today)

    def last_entry_on(self, connection: sqlite3.Connection, day: date) -> int:
        """Return the number of the last journal entry recorded by the end of a day, by the user's own clock."""
        return journal.last_entry_before(connection, self._end_of(day))

    def _end_of(self, day: date) -> str:
        """Return the instant that ends a day of the user's, in UTC, as the store writes it."""
        midnight = datetime.combine(day + timedelta(days=1), time(), zone(self.settings()["timezone"]))
        return journal.instant(midnight)

    @contextlib.contextmanager
    def writing(
        self, *, dry_run: bool = False, backup: str | None = None, long: bool = False
    ) -> Iterator["Writing"]:
        """Open the store to write, made when there is none: one transaction, one journal entry, one undo step.

        `backup` says before what a backup is made, such as an import; a `long` command shuts out nobody who reads.
        """
        from improv.store import writing  # noqa: PLC0415 - only what writes loads SQLModel

        self._refuse_blank()
        self._refuse_bytes()
        self.refuse_looking_back()
        book = self.playbook()
        with self.making() as place:
            alone = partial(writing, place, backup=backup, long=long)
            begin = alone if self.held is None else self.held.writing
            with (
                storefile.telling(self.path),
                begin(book, self._day_of, self.now(), self.command(), dry_run=dry_run) as work,
            ):
                yield work
                stray = stray_of(work.reader, work.subject)
                if self.held is None:
                    self.is_of_today = not self.was_written_before(work.connection, self.clock_day())
        self.done = not dry_run
        if stray is not None:
            self.hint(
                f"{stray.ref} stands in {stray.name}, a stage that is not in the playbook any more: {stray.mend}"
            )
        if work.entry is not None and self.held is None:
            self.run_hook(work.entry)

    @contextlib.contextmanager
    def making(self) -> Iterator["Place"]:
        """Give where the store is, made where there is none; it is gone again where nothing was kept in it."""
        from improv.locking import Place  # noqa: PLC0415 - only what writes waits for the lock

        made = []

        def make() -> None:
            if storefile.missing(self.path):
                settings = self.settings()
                self.today(settings["timezone"])  # on a day that is one
                if storefile.create(self.path, settings):
                    made.append(self.path.stat())

        try:
            yield Place(self.path, make)
        finally:
            for one in made:
                storefile.take_back(self.path, one)

    def _day_of(self, connection: sqlite3.Connection) -> date:
        """Return the user's day, by the settings of a store that is open: to open it once more takes longer."""
        self.read_settings(connection)
        return self.today(self.settings()["timezone"])

    def was_written_before(self, connection: sqlite3.Connection, day: date) -> bool:
        """Tell whether anything was typed on a day before: else there is nothing to back up."""
        return journal.was_written_before(connection, self._end_of(day - timedelta(days=1)))

    def run_hook(self, entry: int | None = None) -> None:
        """Run the user's own program after a command that wrote, where there is one; what that types runs it not again.

        The backup of the day comes later.
        """
        self.wrote = True
        if "IMPROV_HOOK" in self.environment:
            return
        with contextlib.suppress(Usage):  # no home folder, no hook
            hook = self.folder("XDG_CONFIG_HOME", ".config") / "hooks" / "after-write"
            if os.path.lexists(hook):
                from improv.commands import hooks  # noqa: PLC0415 - only who has a hook loads it

                hooks.run(self, hook, entry)

    def keep_daily(self) -> None:
        """Make the backup of the day after a command that wrote and has said so."""
        if self.wrote:
            from improv.commands import daily  # noqa: PLC0415 - only who wrote keeps a backup

            self.wrote = False
            daily.keep(self)

    def refuse_looking_back(self) -> None:
        """Refuse the options of commands that look, `--output` too, where something is to be written."""
        for option, typed in (("--as-of", self.as_of), ("--known-on", self.known_on)):
            if typed is not None:
                raise Usage(
                    f"{option} looks back, and the past is not written",
                    typed,
                    "type it without; --on DAY says when something happened",
                )
        if self.output is not None:
            raise Usage("--output takes a page, and this command changes records", str(self.output), PAGES)

    def _refuse_blank(self) -> None:
        """Refuse a proposal that was pasted as it stands: what it leaves open would be kept as a name or a city."""
        if BLANK in self.arguments:
            raise Usage(f"{BLANK} stands for what is still to be typed", mend="type it in its place")

    def _refuse_bytes(self) -> None:
        """Refuse arguments that are no text: a shell can pass any bytes."""
        for word in self.arguments:
            if any("\ud800" <= char <= "\udfff" for char in word):
                raise Usage("this is no text in UTF-8", shown(word), "type it again")

    def command(self) -> str:
        """Return the command as it was typed, for the journal."""
        # A path may hold bytes that are no text; they are written as escapes.
        return shlex.join(self.arguments).encode("utf-8", "backslashreplace").decode()

    def type_again(self, words: Sequence[str]) -> int:
        """Type another command about the same store: a desk, a journal entry and an undo step of its own."""
        other = Desk({**self.environment, "IMPROV_DB": str(self.path)}, self.performs)
        other.program = self.program
        try:
            return self.performs(other, words)
        except ImprovError as error:
            return other.tell(error)
        finally:
            sit_down(self)

    def once(self, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is made
        """Return what was made under this name, made now where it is the first time."""
        if name not in self.read:
            self.read[name] = make()
        return self.read[name]


def _past_day(typed: str, today: date, option: str) -> date:
    """Return a day to look back on."""
    day = parse_day(typed, today, Looking.BACK)
    if day > today:
        raise Usage(
            "a day to look back on cannot be in the future", day.isoformat(), f"{option} {today.isoformat()}"
        )
    return day


_CURRENT: ContextVar[Desk] = ContextVar("desk")


def sit_down(desk: Desk) -> None:
    """Make this the desk of the run."""
    _CURRENT.set(desk)


def desk() -> Desk:
    """Return the desk of this run."""
    return _CURRENT.get()


def zone(name: str) -> tzinfo:
    """Return a time zone by its IANA name."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - only who looks at the clock loads it

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Usage("this time zone is not known", name, "an IANA name, such as Europe/Berlin") from error


def is_of_machine(timezone: str) -> bool:
    """Tell whether the C library keeps the clock of a time zone, from the file that `zone` would read.

    Most stores are of the machine's own zone, and to load the library of zones takes a third of Python's own start.
    The C library asks the process and not the desk what the zone is.
    """
    told = os.environ.keys() & {"TZ", "PYTHONTZPATH"}
    return not told and os.path.realpath("/etc/localtime") == f"/usr/share/zoneinfo/{timezone}"


def machine_timezone(environment: Mapping[str, str]) -> str:
    """Return the machine's time zone by its IANA name, UTC where it has none."""
    told = environment.get("TZ", "").lstrip(":")
    linked = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    for name in (told, linked):
        with contextlib.suppress(Usage):
            if name and zone(name):
                return name
    return "UTC"


__all__ = ["Desk", "desk", "machine_timezone", "sit_down", "zone"]
