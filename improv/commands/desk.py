"""What a command works at: the store, the playbook, the day, and the screen.

This is the only room that reads the clock, the environment and the configuration, and the only one that prints. Each
run of the program sits down at a desk of its own.
"""

import contextlib
import os
import shlex
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from improv import journal, storefile
from improv import playbook as playbooks
from improv.dates import Looking, parse_day
from improv.errors import ImprovError, Interrupted, NotFound, Usage
from improv.playbook import Playbook
from improv.reader import Reader
from improv.report import Report, Table
from improv.strays import stray_of
from improv.text import shown

if TYPE_CHECKING:
    from improv.store import Writing

PLAIN_WIDTH = 80
_PAGES = "improv report weekly -o week.html"
LONGEST_NUMBER = 16  # SQLite's integers
DEFAULT_CURRENCY = "EUR"


@dataclass
class Desk:
    """One run of the program. Options of the whole program (`--db`, `--format`) are laid on it by the root command."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    runs: Callable[[Sequence[str], Mapping[str, str]], int]
    database: Path | None = None
    format: str | None = None
    output: Path | None = None
    force: bool = False
    open_it: bool = False
    no_pager: bool = False
    written: bool = False
    as_of: str | None = None
    known_on: str | None = None
    read: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the store is: `--db`, else IMPROV_DB, else the user's data folder."""
        if self.database is not None:
            return self.database
        named = self.environment.get("IMPROV_DB")
        return Path(named) if named else self.folder("XDG_DATA_HOME", ".local/share") / "improv.db"

    def folder(self, variable: str, below_home: str, name: str = "improv") -> Path:
        """Return a folder of the user's, by the desktop's own variable or below the home folder."""
        named = self.environment.get(variable)
        if named:
            return Path(named) / name
        try:
            return Path.home() / below_home / name
        except RuntimeError as error:
            raise Usage(
                "there is no home folder to keep the store in", mend="improv --db FILE …, or set IMPROV_DB"
            ) from error

    @property
    def configuration(self) -> Path:
        """Where the configuration is: IMPROV_CONFIG, else the user's configuration folder."""
        named = self.environment.get("IMPROV_CONFIG")
        return Path(named) if named else self.folder("XDG_CONFIG_HOME", ".config") / "config.toml"

    def config(self) -> dict[str, Any]:
        """Return the configuration; empty when there is none."""
        if "config" not in self.read:
            from improv.commands.settings import read  # noqa: PLC0415 - a command such as --version reads none

            self.read["config"] = read(self.configuration, told="IMPROV_CONFIG" in self.environment)
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
        if told:
            try:
                return date.fromisoformat(told)
            except ValueError as error:
                raise Usage("IMPROV_TODAY is not a day", told, "IMPROV_TODAY=2026-11-23") from error
        return self.now().astimezone(zone(timezone)).date()

    def local_time(self) -> str | None:
        """Return the user's day and time of day, such as `2026-11-22T07:40`; none where a day is looked back on.

        A page known on a day is that of its end: asked for at any hour, today too, it says the same.
        """
        if self.as_of is not None or self.known_on is not None:
            return None
        timezone = self.settings()["timezone"]
        clock = self.now().astimezone(zone(timezone))
        return f"{self.today(timezone).isoformat()}T{clock:%H:%M}"

    def settings(self) -> dict[str, str]:
        """Return what the store was made with: time zone and currency; what a new one would be made with if none is there."""
        if "settings" not in self.read:
            if storefile.missing(self.path):
                return {"timezone": machine_timezone(self.environment), "currency": DEFAULT_CURRENCY}
            with (
                contextlib.closing(storefile.open_to_read(self.path)) as connection,
                storefile.telling(self.path),
            ):
                self.read["settings"] = dict(
                    connection.execute("SELECT key, value FROM store_setting").fetchall()
                )
        found: dict[str, str] = self.read["settings"]
        return found

    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open the store to read, all of it at one moment, as of the day and as known on the day asked for."""
        self._refuse_bytes()
        today = self.today(self.settings()["timezone"])
        with (
            contextlib.closing(storefile.open_to_read(self.path)) as connection,
            storefile.telling(self.path),
        ):
            connection.execute("BEGIN")
            entry, known = self._known(connection, today)
            as_of = None if self.as_of is None else _past_day(self.as_of, today, "--as-of")
            yield Reader(connection, self.playbook(), known, as_of=as_of, known_on=entry)

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
        midnight = datetime.combine(day + timedelta(days=1), time(), zone(self.settings()["timezone"]))
        return journal.last_entry_before(connection, f"{midnight.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")

    @contextlib.contextmanager
    def writing(self, *, dry_run: bool = False) -> Iterator["Writing"]:
        """Open the store to write, made when there is none: one transaction, one journal entry, one undo step."""
        from improv.store import writing  # noqa: PLC0415 - only what writes loads SQLModel

        self._refuse_bytes()
        self.refuse_looking_back()
        settings = self.settings()
        book, today = self.playbook(), self.today(settings["timezone"])
        if storefile.missing(self.path):
            storefile.create(self.path, settings)
            self.settings()  # kept from here on: while the store is written nothing else may open and close it
        with writing(self.path, book, today, self.now(), self.command(), dry_run=dry_run) as work:
            yield work
            stray = stray_of(work.reader, work.subject)
        if stray is not None:
            self.hint(
                f"{stray.ref} stands in {stray.name}, a stage that is not in the playbook any more: {stray.mend}"
            )
        if work.entry is not None:
            self.run_hook(work.entry)

    def run_hook(self, entry: int | None = None) -> None:
        """Run the user's own program after a command that wrote, where there is one."""
        with contextlib.suppress(Usage):  # no home folder, no hook
            hook = self.folder("XDG_CONFIG_HOME", ".config") / "hooks" / "after-write"
            if os.path.lexists(hook):
                from improv.commands import hooks  # noqa: PLC0415 - only who has a hook loads it

                hooks.run(self, hook, entry)

    def refuse_looking_back(self) -> None:
        """Refuse the options of commands that look, `--output` too, where something is to be written."""
        for option, typed in (("--as-of", self.as_of), ("--known-on", self.known_on)):
            if typed is not None:
                raise Usage(
                    f"{option} looks back, and the past is not written",
                    typed,
                    "--on DAY says when it happened",
                )
        if self.output is not None:
            raise Usage("--output takes a page, and this command changes records", str(self.output), _PAGES)

    def _refuse_bytes(self) -> None:
        """Refuse arguments that are no text: a shell can pass any bytes."""
        for word in self.arguments:
            if any("\ud800" <= char <= "\udfff" for char in word):
                raise Usage("this is no text in UTF-8", shown(word), "type it again")

    def command(self) -> str:
        """Return the command as it was typed, for the journal."""
        # A path may hold bytes that are no text; they are written as escapes.
        return shlex.join(self.arguments).encode("utf-8", "backslashreplace").decode()

    # What is said. Results go to stdout, everything else to stderr.

    def say(self, *lines: str) -> None:
        """Print lines of a result; what users typed is made harmless on its way out."""
        for line in lines:
            sys.stdout.write(shown(line) + "\n")

    def hint(self, line: str) -> None:
        """Print a line that is no result."""
        sys.stderr.write(shown(line) + "\n")

    def show(self, report: Report) -> None:
        """Print a report as suits the reader: a person at a terminal, a pipe, or the format asked for."""
        from improv.show import render  # noqa: PLC0415 - only what shows loads it

        self._put(render(report, **self._look()))

    def show_list(self, table: Table) -> None:
        """Print a list of records; on a terminal an empty one says so."""
        from improv.show import render_table  # noqa: PLC0415 - only what shows loads it

        text = render_table(table, **self._look())
        if text or self.output is not None:
            self._put(text)
        elif self.is_terminal and table.empty:
            self.hint(table.empty)

    def write_to(self, output: Path | None, *, force: bool, open_it: bool) -> None:
        """Take pages to a file instead, in the format of its suffix unless another was asked for."""
        if output is None:
            if force:
                raise Usage("--force says that --output may replace a file", mend=_PAGES)
            if open_it:
                raise Usage("--open opens the file of --output", mend=_PAGES)
            return
        from improv.commands.pagefile import format_by_suffix  # noqa: PLC0415 - only where a file is named

        self.output, self.force, self.open_it = output, force, open_it
        self.format = self.format or format_by_suffix(output)

    def refuse_unwritten(self) -> None:
        """Say so when there was no page for the file that was named."""
        if self.output is not None and not self.written:
            raise Usage("this command shows no page, and no file was written", str(self.output), _PAGES)

    def is_file(self, form: str) -> bool:
        """Whether what has a form of its own goes out in it: when it is asked for, and into a pipe."""
        return self.format == form or (self.format is None and not self.is_terminal)

    def put_file(self, text: str) -> None:
        """Print a file of a form of its own, in UTF-8 whatever the locale's is; or write it where it was asked for."""
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        self._put(text)

    def _put(self, page: str) -> None:
        """Print a page, in a pager where it is longer than the screen; or write it to the file that was named."""
        if self.output is None:
            if not self._paged(page):
                sys.stdout.write(page)
            return
        data = page.encode()
        self.put_stream(lambda file: file.write(data))
        if self.open_it:
            import webbrowser  # noqa: PLC0415 - only where one is asked for

            if not webbrowser.open(self.output.resolve().as_uri()):
                self.hint("no browser was found to open it")

    def put_stream(self, write: Callable[[IO[bytes]], object]) -> None:
        """Write what is too long to be held as one page to stdout, or to the file that was named."""
        if self.output is None:
            write(sys.stdout.buffer)
            return
        from improv.commands.pagefile import save  # noqa: PLC0415 - only where a file is named

        save(write, self.output, self.path, force=self.force)
        self.written = True
        self.hint(f"written: {self.output}")

    def _paged(self, page: str) -> bool:
        """Show a page that is longer than the screen in a pager; false where it is to be printed."""
        if self.no_pager or not self.is_terminal or self.environment.get("TERM", "dumb") == "dumb":
            return False
        from improv.commands import pager  # noqa: PLC0415 - only a terminal needs it

        columns, lines = _screen(self.environment)
        words = pager.chosen(self.environment)
        if not words or lines is None or pager.height(page, columns) < lines:
            return False
        if not pager.show(page, words, self.environment):
            sys.stdout.write(page)
            sys.stdout.flush()
            self.hint(f"printed in one go: the pager is not there: {words[0]}")
        return True

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads stdout."""
        return sys.stdout.isatty()

    @property
    def columns(self) -> int:
        """How wide the screen is."""
        return _screen(self.environment)[0]

    @property
    def has_person(self) -> bool:
        """Whether a person is there to read, and to answer."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def type_again(self, words: Sequence[str]) -> int:
        """Type another command about the same store: a desk, a journal entry and an undo step of its own."""
        try:
            return self.runs(["--db", str(self.path), *words], self.environment)
        finally:
            sit_down(self)

    def _look(self) -> dict[str, Any]:
        if self.output is not None:
            return {"fmt": self.format, "width": PLAIN_WIDTH, "colour": False, "unicode": True}
        terminal = self.is_terminal
        plain = "NO_COLOR" in self.environment or self.environment.get("TERM") == "dumb"
        encoding = (sys.stdout.encoding or "").lower().replace("-", "")
        return {
            "fmt": self.format or ("terminal" if terminal else "plain"),
            "width": self.columns if terminal else PLAIN_WIDTH,
            "colour": terminal and not plain,
            "unicode": encoding.startswith("utf"),
        }

    def ask(self, question: str) -> str | None:
        """Ask a person for a value; nothing when no person is there, or when they press Enter."""
        if not self.has_person:
            return None
        sys.stderr.write(shown(question) + " ")
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt as error:
            raise Interrupted("stopped; nothing was changed") from error
        if not answer:
            raise Interrupted("stopped; nothing was changed")
        return answer.strip() or None


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


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Usage("this time zone is not known", name, "an IANA name, such as Europe/Berlin") from error


def machine_timezone(environment: Mapping[str, str]) -> str:
    """Return the machine's time zone by its IANA name, UTC where it has none."""
    told = environment.get("TZ", "").lstrip(":")
    linked = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    for name in (told, linked):
        with contextlib.suppress(Usage):
            if name and zone(name):
                return name
    return "UTC"


def _screen(environment: Mapping[str, str]) -> tuple[int, int | None]:
    """Return the columns and lines of the terminal, as COLUMNS and LINES say, else as it says itself."""
    try:
        real = os.get_terminal_size(sys.stdout.fileno())
        columns, lines = real.columns, real.lines
    except (OSError, ValueError):
        columns = lines = 0
    columns = _number(environment.get("COLUMNS", "")) or columns or PLAIN_WIDTH
    return columns, _number(environment.get("LINES", "")) or lines or None


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() else 0


__all__ = ["Desk", "desk", "machine_timezone", "sit_down", "zone"]
