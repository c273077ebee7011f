"""`improv schedule`: let the machine mail the red flags and the weekly report by itself."""

import contextlib
import os
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from improv import memory, outbox, storefile
from improv.commands.declared import Option
from improv.commands.desk import Desk, desk, machine_timezone, zone
from improv.commands.doors import moment_words, noun_app, told
from improv.commands.outgoing import refuse
from improv.commands.postbox import post
from improv.errors import ImprovError
from improv.report import Cell, Column, Notes, Report, Section, Table
from improv.schedule import LANGUAGE, PATH, Due, Job, is_due, minute_there, next_time, parse_due
from improv.schedule.crontab import Crontab
from improv.schedule.timers import Timers

app = noun_app(
    "Let the machine mail the red flags every day, and the weekly report.",
    """
    improv schedule install
    improv schedule install --at 08:30 --weekly "fri 16:00" --tracks 06:30
    improv schedule install --dry-run
    improv schedule show
    improv schedule remove
    """,
)
APPS = {"schedule": app}
TRACKS: Final = "track run"
_SECONDS: Final = 60


@app.command()
def install(
    at: Annotated[
        str, Option("--at", metavar="TIME", help="when the red flags are mailed, by your own clock")
    ] = "07:00",
    weekly: Annotated[
        str, Option("--weekly", metavar='"DAY TIME"', help="when the weekly report is mailed")
    ] = "mon 06:45",
    no_weekly: Annotated[bool, Option("--no-weekly", help="mail no weekly report")] = False,
    tracks: Annotated[
        str | None,
        Option("--tracks", metavar="TIME", help="when `improv track run` makes tasks of what is due"),
    ] = None,
    systemd: Annotated[bool, Option("--systemd", help="by timers of systemd rather than by cron")] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="show what would be written")] = False,
) -> None:
    """Mail the red flags every day, and the weekly report; run the tracks where a time is told.

    Only what is new about the flags is mailed. What was scheduled before is replaced.
    """
    here = desk()
    refuse("as_of", "known_on", "output", "format", to="a schedule")
    due = {"alerts": parse_due(at, weekly=False)}
    if not no_weekly:
        due["report weekly"] = parse_due(weekly, weekly=True)
    if tracks is not None:
        due[TRACKS] = parse_due(tracks, weekly=False)
    way, other = _chosen(here, systemd=systemd)
    if dry_run:
        _preview(way.wanted(jobs(here, due)))
        return
    post(here.config().get("mail", {}), here.configuration, here.environment)  # it would run to no avail
    left = _schedule(here, due, way, other)
    facts = _in_words(here, due, way)
    told(f"scheduled by {way.name} for {store(here)}", *facts, then=left or "improv schedule show")


@app.command()
def show() -> None:
    """Show what is scheduled, and when it ran well last."""
    refuse("as_of", "known_on", to="a schedule")
    here = desk()
    with here.reading() as reader:
        planned = memory.scheduled(reader.connection)
        rows = [_row(here, reader.connection, plan) for plan in planned]
    columns = ("Command", "When", "Last run that went well", "Next")
    table = Table(
        "schedule",
        "What runs by itself",
        tuple(Column(title.split()[0].lower(), title) for title in columns),
        rows,
        empty="Nothing is scheduled: improv schedule install",
    )
    if not planned:
        here.show_list(table)
        return
    way = way_of(here, planned[0].way)
    written = [Section(place, (Notes(_lines(text)),)) for place, text in way.found().items()]
    whose = f"by {way.name}, your own time: {here.settings()['timezone']}"
    here.show(Report("schedule", "Schedule", whose, (Section("", (table,)), *written), reader.today))


@app.command()
def remove() -> None:
    """Schedule nothing any more for this store."""
    here = desk()
    refuse("as_of", "known_on", "output", "format", to="a schedule")
    removed = [way.name for way in _ways(here) if way.remove()]
    if not storefile.missing(here.path):
        with _writing(here) as connection:
            memory.unschedule(connection)
    told(
        f"nothing is run by itself any more for {store(here)}"
        if removed
        else f"nothing was scheduled for {store(here)}",
        then="improv schedule install",
    )


# What the machine is told.


def store(here: Desk) -> Path:
    """Return the store by the one name it has from everywhere."""
    return here.path.resolve()


def jobs(here: Desk, due: Mapping[str, Due]) -> list[Job]:
    """Return the commands that the machine is to run, in words that start them from anywhere."""
    timezone = here.settings()["timezone"]
    # The machine's own clock goes by its own zone, not by one that a shell was told.
    user, machine = zone(timezone), zone(machine_timezone({}))
    # `env` rather than lines of variables: in a crontab those would hold for the user's own lines, too.
    start = [
        "/usr/bin/env",
        f"PATH={PATH}",
        f"LANG={LANGUAGE}",
        f"TZ={timezone}",
        f"IMPROV_CONFIG={here.configuration.absolute()}",
        *_program(),
        "--db",
        str(store(here)),
    ]
    return [
        Job(
            command,
            when,
            timezone,
            minute_there(when, user, machine, here.now()),
            [*start, *command.split(), *([] if command == TRACKS else ["--email"]), "--due", str(when)],
        )
        for command, when in due.items()
    ]


def again(planned: Sequence[memory.Planned]) -> str:
    """Return the command that schedules the same anew."""
    due = {plan.command: plan.due for plan in planned}
    weekly = ["--weekly", due["report weekly"]] if "report weekly" in due else ["--no-weekly"]
    tracks = ["--tracks", due[TRACKS]] if TRACKS in due else []
    systemd = ["--systemd"] if planned[0].way == "systemd" else []
    return shlex.join(["improv", "schedule", "install", "--at", due["alerts"], *weekly, *tracks, *systemd])


def way_of(here: Desk, way: memory.Way) -> Crontab | Timers:
    """Return a way to have commands run."""
    if way == "cron":
        return Crontab(store(here), here.environment)
    units = here.folder("XDG_CONFIG_HOME", ".config", "systemd/user")
    return Timers(store(here), here.environment, units)


def _chosen(here: Desk, *, systemd: bool) -> tuple[Crontab | Timers, Crontab | Timers]:
    """Return the way to have commands run that was asked for, and the other one."""
    cron, timers = _ways(here)
    return (timers, cron) if systemd else (cron, timers)


def _ways(here: Desk) -> tuple[Crontab | Timers, Crontab | Timers]:
    return way_of(here, "cron"), way_of(here, "systemd")


def _program() -> list[str]:
    """Return the words that start this very program from anywhere: the command, else the module of its Python."""
    for script in (Path(sys.executable).with_name("improv"), Path(sys.argv[0]).absolute()):
        if script.name == "improv" and script.is_file() and os.access(script, os.X_OK):
            return [str(script)]
    words = [sys.executable, "-m", "improv"]
    found = subprocess.run(  # noqa: S603 - this Python itself; no shell
        [*words, "--version"],
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if found.returncode:
        raise ImprovError("the machine would not find this program", shlex.join(words), "pipx install .")
    return words


def _schedule(
    here: Desk, due: Mapping[str, Due], way: Crontab | Timers, other: Crontab | Timers
) -> str | None:
    """Let commands run one way and not the other, and remember it; return what is left for the user to do."""
    wanted = jobs(here, due)
    with _writing(here) as connection:
        memory.schedule(connection, way.name, {name: str(when) for name, when in due.items()}, here.now())
        left = way.install(wanted)
        other.remove()
    return left


@contextlib.contextmanager
def _writing(here: Desk) -> Iterator[sqlite3.Connection]:
    """Open the store to write down what the machine remembers."""
    with (
        contextlib.closing(storefile.open_to_write(here.path)) as connection,
        storefile.telling(here.path),
        outbox.transaction(connection),
    ):
        yield connection


# What is told.


def _preview(wanted: Mapping[str, str]) -> None:
    """Print what would be written; where that is several files, under their names."""
    for place, text in wanted.items():
        desk().say(*([f"# {place}"] if len(wanted) > 1 else []), *text.splitlines())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line)


def _in_words(here: Desk, due: Mapping[str, Due], way: Crontab | Timers) -> list[str]:
    """Return when each command is run next, and by which clock."""
    timezone, machine = here.settings()["timezone"], machine_timezone({})
    facts = [
        f"{command}: {when.in_words()}, next {_moment(here, next_time(when, zone(timezone), here.now()))}"
        for command, when in due.items()
    ]
    if machine != timezone:
        facts.append(f"by your own clock, {timezone}; the machine's is {machine}")
    if isinstance(way, Timers):
        facts.append("timers run while you are signed in; always: loginctl enable-linger")
    return facts


def _moment(here: Desk, moment: datetime) -> str:
    timezone = here.settings()["timezone"]
    local = moment.astimezone(zone(timezone))
    return moment_words(local.date(), f"{local:%H:%M}", here.today(timezone))


def _row(here: Desk, connection: sqlite3.Connection, plan: memory.Planned) -> tuple[Cell, ...]:
    """Return a command that is scheduled as a row: when it is due, when it ran well last, and when it is due next."""
    due, mine = parse_due(plan.due), zone(here.settings()["timezone"])
    ran = memory.last_success(connection, plan.command)
    now = is_due(connection, plan.command, due, mine, here.now())
    return (
        plan.command,
        due.in_words(),
        None if ran is None else _moment(here, ran),
        "within the hour" if now else _moment(here, next_time(due, mine, here.now())),
    )
