"""What each command loads: reading never pays for writing, help pays for nothing, a pipe never pays for colours."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from improv.commands import directory
from tests.mailbox import Mailbox
from tests.run import ROOT, world
from tests.session import must

WRITING = {"sqlalchemy", "sqlmodel", "pydantic", "pydantic_core"}
FOR_MAIL = {"rich", "email", "smtplib", "ssl"}
BARE = "import os, sys; print(*sys.modules)"
ASKS = """
import os, sys
from improv import entry
for command in sys.argv[1:]:
    code = entry.main(command.split(), os.environ)
    sys.stdout.flush()
    sys.stderr.write(f"\\nloaded: {code} {' '.join(sys.modules)}\\n")
"""
COMPILES = """
import builtins, sys
compiles = builtins.compile
def told(source, *rest, **more):
    if isinstance(source, str):
        sys.stderr.write(f"\\ncompiled: {source}\\n")
    return compiles(source, *rest, **more)
builtins.compile = told
"""
USES = """
from improv import store
import asyncio, importlib.metadata, sys
from importlib.metadata import version
kept = asyncio.iscoroutine
assert "asyncio.events" not in sys.modules and "email" not in sys.modules
assert version("sqlmodel") == importlib.metadata.version("sqlmodel") != ""
assert not kept(1) and not asyncio.iscoroutine(1)
async def answer():
    return await asyncio.wait_for(asyncio.sleep(0, 42), 5)
assert asyncio.run(answer()) == 42
import asyncio.subprocess
assert asyncio.subprocess.PIPE == -1
assert isinstance(sys.modules["asyncio"].CancelledError(), BaseException)
from hashlib import md5
import secrets, ipaddress
assert md5(b"").hexdigest().startswith("d41d8c") and len(secrets.token_hex(4)) == 8
assert ipaddress.ip_address("::1").is_loopback
from sqlalchemy.dialects import sqlite
assert sqlite.aiosqlite.SQLiteDialect_aiosqlite.driver == "aiosqlite"
assert sqlite.pysqlcipher.SQLiteDialect_pysqlcipher.driver == "pysqlcipher"
"""


ADDRESSES = """
import os, sys
from improv import entry
assert entry.main(["lead", "list"], os.environ) == 0
assert "urlsplit" not in vars(sys.modules["urllib.parse"]) and "ipaddress" not in sys.modules
import urllib, pathlib
assert pathlib.Path("/a b").as_uri() == "file:///a%20b"
assert urllib.parse.quote("a b") == "a%20b"
import urllib.parse
from urllib.parse import urlsplit
assert urlsplit("http://[::1]:80/").hostname == urllib.parse.urlsplit("//[::1]").hostname == "::1"
"""


RICH = """
import io, sys
from improv.show import terminal
assert not {"_ast", "_pickle", "dis", "fractions"} & set(sys.modules)
from rich.console import Console
from rich.style import Style
from rich.table import Table
page = Console(file=io.StringIO(), width=40)
assert Style(meta={"a": 1}).meta == {"a": 1}
page.print("[@click=go(1)]a[/]")
table = Table(expand=True)
table.add_column("one", ratio=1)
table.add_column("two", ratio=2)
table.add_row("x " * 30, "y")
page.print(table)
told = page.file.getvalue().splitlines()
assert told[0] == "a" and {len(line) for line in told[1:]} == {40}
import inspect
assert inspect.isclass(Table)
"""


def these(names: str) -> set[str]:
    """Return the names in a text."""
    return set(names.split())


# What each kind of command may load: packages of Python's own and of others, and rooms of ours. An import that is not
# needed costs every start: who adds a name here says what for.
STARTING = these("collections enum functools gc itertools keyword operator reprlib signal types")
WORDS = STARTING | these("contextlib copyreg re typing warnings")
READING = (
    WORDS
    | these("contextvars datetime errno fcntl fnmatch importlib math ntpath pathlib")
    | these("shlex sqlite3 urllib zlib")
)
FIGURES = READING | these("bisect decimal fractions numbers")
CLOCK = these("struct sysconfig weakref zoneinfo")
WITH_SQLMODEL = (
    FIGURES
    | CLOCK
    | WRITING
    | these(
        "annotated_types ast asyncio atexit base64 binascii copy cython_runtime dataclasses dis hashlib hmac"
    )
    | these(
        "inspect ipaddress json linecache logging opcode pickle platform random secrets string textwrap threading"
    )
    | these("token tokenize traceback typing_extensions typing_inspection uuid")
)

STARTED = these("entry interrupts")
AT_ONCE = STARTED | these("commands.ready commands.tree")
TAB = STARTED | these("commands.completing commands.tree errors named nouns text")
DESK = these(
    "commands.desk commands.screen commands.settings connecting dates errors formulas history journal migrations named"
) | these("nouns playbook playbooks points reader recorded report seals storefile strays text textfile")
SHARED = (
    STARTED
    | DESK
    | these("putoff")
    | these("commands.declared commands.directory commands.doors commands.plainly commands.program")
)
DOOR = SHARED | these("cli custom fields money records resolve")
SHOWN = these("fragments show show.cells show.plain")
PAGE = DOOR | SHOWN
FLAGGED = these("alerts memory once snoozes")
# These two take no fields of a record.
RAISED = SHARED | SHOWN | FLAGGED | these("cli records resolve")
MEASURED = these("grouping measure metrics naming ratings reports scores statistics tracks why")
WRITE = DOOR | these(
    "actions aside bulk fragments links locking models purges shelf store tracks unneeded commands.daily commands.lead commands.listing"
)
LIMITS = {
    "--version": (STARTING, AT_ONCE),
    "--help": (STARTING, AT_ONCE),
    "opp --help": (STARTING, AT_ONCE),
    "lead add -h": (STARTING, AT_ONCE),
    "complete -- lead li": (WORDS, TAB),
    "complete -- opp move O1 pro": (READING, TAB | DESK | these("putoff")),
    "complete -- show ad": (READING, TAB | DESK | these("putoff")),
    "lead list": (READING, PAGE | these("commands.lead commands.listing listings lists")),
    "show O1": (
        READING,
        PAGE | these("commands.listing commands.show facts happenings ratings timeline tracks"),
    ),
    "todo": (READING, PAGE | FLAGGED | these("commands.todo todo")),
    "": (READING | CLOCK, RAISED | these("commands.today moments reports tracks")),
    "report weekly": (FIGURES, PAGE | MEASURED | these("commands.report")),
    "alerts": (READING | CLOCK, RAISED | these("commands.alerts")),
    "lead add Bob": (WITH_SQLMODEL, WRITE),
    "batch BATCH": (WITH_SQLMODEL | these("encodings select"), WRITE | these("commands.batch")),
}
READS = (
    "--help",
    "--version",
    "opp --help",
    "lead add --help",
    "",
    "lead list",
    "opp show O1",
    "show ada",
    "report weekly",
    "report kpi",
    "kpi",
    "change list",
    "alerts",
    "alerts explain S1",
    "check",
    "check --fix",
    "todo",
    "metric win-rate",
    "metric list",
    "metric time-in-stage --by stage",
    "plan --wins 2",
    "explain win-rate",
    "calendar",
    "history",
    "playbook check",
    "schedule show",
    "doctor",
    "query --views",
    "lead list --format json",
    "lead show nobody",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small book."""
    db = tmp_path_factory.mktemp("loaded") / "improv.db"
    for command in ("lead add Ada --source web", "opp add ada --value 5k", "client add Acme --on 2026-01-05"):
        must(command, db)
    return db


def loaded(*commands: str, db: Path, config: Path | None = None) -> list[set[str]]:
    """Run commands in one process of their own, into a pipe; return the modules that are loaded after each."""
    done = subprocess.run(
        [sys.executable, "-c", ASKS, *commands],
        cwd=ROOT,
        env=world(db, "2026-11-23", config),
        capture_output=True,
        text=True,
        check=True,
    )
    told = [line.split()[1:] for line in done.stderr.splitlines() if line.startswith("loaded: ")]
    assert {code for code, *_ in told} <= {"0", "3"}, done.stderr
    return [set(names) for _, *names in told]


def roots(names: set[str]) -> set[str]:
    """Return the packages that modules belong to."""
    return {name.partition(".")[0] for name in names}


def doors(names: set[str]) -> set[str]:
    """Return the modules of nouns and verbs that were loaded, without those that all commands share."""
    here = {name for name in ours(names) - SHARED - AT_ONCE if name.startswith("commands.")}
    return {name.removeprefix("commands.") for name in here}


def ours(names: set[str]) -> set[str]:
    """Return which rooms of ours were loaded, and which doors and formats of theirs."""
    here = {name.removeprefix("improv.") for name in names if name.startswith("improv.")}
    return {name if name.startswith(("commands.", "show.")) else name.partition(".")[0] for name in here} - {
        "commands"
    }


@pytest.mark.parametrize("command", LIMITS)
def test_a_command_loads_no_more_than_it_may(command: str, book: Path, tmp_path: Path) -> None:
    """Into a pipe, by a process of its own, without what Python itself begins with."""
    (tmp_path / "batch.txt").write_text("lead add Cid\nlead add Dan\n", "utf-8")
    words = command.replace("BATCH", str(tmp_path / "batch.txt"))
    (after,) = loaded(words, db=book)
    bare = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True)
    libraries, rooms = LIMITS[command]
    others = {
        name for name in roots(after - set(bare.stdout.split())) if not name.startswith(("_", "improv"))
    }
    assert others - libraries == set()
    assert ours(after) - rooms == set()


def test_reading_loads_nothing_that_writes_and_no_colours(book: Path) -> None:
    """No SQLModel, SQLAlchemy or pydantic; in a pipe no rich; no Typer, for these are plain: not after any of them."""
    after = loaded(*READS, db=book)
    for command, names in zip(READS, after, strict=True):
        assert not roots(names) & (WRITING | {"rich", "typer"}), command
        assert not {name for name in names if name.startswith(("improv.actions", "improv.models"))}, command
        assert "improv.store" not in names, command


def test_a_list_loads_no_more_of_the_library_than_it_needs(book: Path) -> None:
    """Each of these takes a tenth of a start: the parser of the settings, digests, temporary files, packages of files."""
    (names,) = loaded("lead list", db=book)
    assert not names & {"tomllib", "hashlib", "tempfile", "random", "importlib.resources", "json", "email"}


def test_alerts_and_today_load_no_metric_where_no_quota_was_set(book: Path) -> None:
    """Nor how reports are made: they are on today's page, which everybody sees every day."""
    for names in loaded("alerts", "", db=book):
        assert not names & {"improv.measure", "improv.metrics", "improv.quotas", "fractions"}
        assert "improv.reports.catalogue" not in names


def test_alerts_of_quotas_load_what_measures_them_alone(tmp_path: Path, book: Path) -> None:
    """Neither every metric, nor fractions and decimals, which take a quarter of Python's own start."""
    db = tmp_path / "quotas.db"
    shutil.copy(book, db)
    must("quota set 12k", db)
    (names,) = loaded("alerts", db=db)
    assert "improv.quotas" in names
    assert not names & {"improv.metrics.catalogue", "improv.scores", "fractions", "decimal"}


def test_nothing_of_queries_loads_where_none_is_asked(book: Path, tmp_path: Path) -> None:
    """Not even where the settings declare a metric, a flag is judged, or a list is shown; only what needs them does."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[playbook.metric.m]\ncounts = "lead"\nsql = "SELECT id, received_on AS day FROM leads"\n', "utf-8"
    )
    commands = ("lead list", "alerts", "report weekly", "metric win-rate", "list", "metric m")
    after = loaded(*commands, db=book, config=config)
    assert ["improv.views" in names for names in after] == [False] * 5 + [True]


def test_the_library_of_calendars_loads_only_for_one(book: Path) -> None:
    """For the file, and for the message that goes with one; not for the list of the same, nor with a booking."""
    commands = ("event schedule ada introductory-call +2d", "calendar --format plain", "calendar")
    after = loaded(*commands, db=book)
    assert ["icalendar" in roots(names) for names in after] == [False, False, True]


def test_a_run_of_cron_with_nothing_to_tell_loads_nothing_for_mail(tmp_path: Path, book: Path) -> None:
    """It runs every hour, on every day; what makes and sends a message is loaded where there is one."""
    box = Mailbox(tmp_path)
    shutil.copy(book, box.db)
    (told,) = loaded("alerts --email", db=box.db, config=box.config)
    (silent,) = loaded("alerts --email", db=box.db, config=box.config)
    assert len(box.letters()) == 1
    assert roots(told) >= FOR_MAIL
    assert not roots(silent) & (WRITING | FOR_MAIL)
    assert not silent & {"improv.mail", "improv.smtp", "improv.show", "improv.store"}


def test_writing_is_what_loads_them(book: Path) -> None:
    """The test above sees what it looks for."""
    (names,) = loaded("lead add Bob", db=book)
    assert roots(names) >= WRITING
    assert "rich" not in roots(names)


def test_undo_and_redo_load_nothing_that_makes_records(book: Path) -> None:
    """They play rows back in plain SQL: two thirds of each was loading SQLModel."""
    for names in loaded("undo", "redo", db=book):
        assert not roots(names) & WRITING
        assert not names & {"improv.store", "improv.models"}


def test_a_write_makes_the_records_it_touches_and_those_that_they_name(book: Path) -> None:
    """Each takes longer to make than a page of a list."""
    (names,) = loaded("lead add Cyd", db=book)
    records = {name.removeprefix("improv.records.") for name in names if name.startswith("improv.records.")}
    assert records == {"base", "words", "lead", "lifecycle", "client", "campaign"}
    assert "improv.actions.touches" not in names


def test_a_write_loads_nothing_for_a_network_and_asks_no_other_package(book: Path) -> None:
    """SQLAlchemy and pydantic would: an eighth of the command. Nor does OpenSSL come along for a digest."""
    (names,) = loaded("lead add Dee", db=book)
    assert not {name for name in names if name.startswith(("asyncio.", "importlib.metadata."))}
    assert not roots(names) & {"email", "ssl", "zipfile", "_hashlib", "hmac"}


def test_what_is_put_off_is_there_as_soon_as_it_is_used() -> None:
    """Whatever is looked up in it: a function that was kept for later, a name, a module in it."""
    subprocess.run([sys.executable, "-c", USES], cwd=ROOT, check=True)


def test_a_page_on_a_terminal_loads_no_more_of_the_library_than_it_needs(book: Path) -> None:
    """What Rich would load beside, for what no page of ours has, takes half of Python's own start."""
    (names,) = loaded("--format terminal", db=book)
    assert "rich.console" in names
    assert not names & {"_ast", "_pickle", "decimal", "dis", "fractions", "tokenize"}
    subprocess.run([sys.executable, "-c", RICH], cwd=ROOT, check=True)


def test_a_list_loads_nothing_for_addresses_until_there_is_one(book: Path) -> None:
    """What the library of paths loads for them takes a tenth of Python's own start."""
    subprocess.run([sys.executable, "-c", ADDRESSES], cwd=ROOT, env=world(book, "2026-11-23"), check=True)


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        ("--help", set()),
        ("--version", set()),
        ("alerts", {"alerts"}),
        ("report --help", set()),
        ("report kpi", {"report"}),
        ("kpi", {"kpi", "listing"}),
        ("todo", {"todo"}),
        ("history", {"journal"}),
        ("lead --help", set()),
        ("lead list", {"lead", "listing"}),
    ],
)
def test_a_command_loads_its_own_door_only(command: str, needs: set[str], book: Path) -> None:
    """Help of the whole program loads no command; a command loads its own module and what it shares."""
    (names,) = loaded(command, db=book)
    assert doors(names) == needs


def test_the_help_of_the_program_says_what_every_command_is() -> None:
    """Its one-line helps stand in a table, so that no module has to be loaded for them."""
    lines = [text for commands in directory.COMMANDS.values() for _, text in commands.values()]
    assert all(lines)
    assert len(lines) == len(set(lines))


def test_no_page_compiles_an_annotation(book: Path) -> None:
    """A name in quotes in a tuple's fields is compiled as it is loaded: the first one costs a quarter of Python's start."""
    asks = COMPILES + ASKS
    done = subprocess.run(
        [sys.executable, "-c", asks, "", "alerts", "todo", "lead list", "show O1", "report weekly"],
        cwd=ROOT,
        env=world(book, "2026-11-23"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "compiled: " not in done.stderr
