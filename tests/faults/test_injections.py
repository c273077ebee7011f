"""Text that would be SQL: typed into every option and every word of every command, none of it becomes a statement."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import Phase, find, settings

from improv import cli
from improv.commands import directory
from improv.commands.by_typer import root
from improv.commands.desk import Desk, sit_down
from improv.nouns import NOUNS
from tests.drawn import COMMANDS, CONFIG, ON_NO_STORE, argv, registered, template
from tests.faults.tally import FULL, Tally, some
from tests.faults.world import store_ill
from tests.run import Result, run

SIGN = "1nj3ct"
TEXT = f'{SIGN}\' OR "x"=`1`; DROP TABLE lead; --'
# What SQLite says of a text that it took for SQL.
_SAID = ("syntax error", "unrecognized token", "no such column", "incomplete input", "misuse")
# What takes SQL of the user's own: tests/test_query.py types worse at these.
_TAKES_SQL = {("query", "text"), ("list save", "--query")}
# What writes beside the store, runs the machine's own programs or needs a place of its own.
_NOT_HERE = {
    "restore",
    "backup",
    "schedule install",
    "schedule remove",
    "playbook new",
    "playbook use",
    "mail test",
    "init",
}
# What a command that only looks is about, by the name of its argument.
_ABOUT = {
    "code": "S1",
    "event": "E1",
    "enrolment": "D1",
    "number": "1",
    "what": "general-interest",
    "shell": "bash",
    "file": "lines.txt",
    "person": "L1",
}


_ONCE = settings(max_examples=1, phases=[Phase.generate], database=None)


class Try(NamedTuple):
    """A command that may be typed, and the option or word of it that holds the text."""

    command: str
    place: str
    words: tuple[str, ...]


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, *values: Any) -> "_Cursor":
        _Listening.heard.append(sql)
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> "_Cursor":
        _Listening.heard.append(sql)
        return super().executemany(sql, *values)


class _Listening(sqlite3.Connection):
    """A connection that writes down the statements that it is given, as they are before their values are bound."""

    heard: ClassVar[list[str]] = []

    def cursor(self, *_: Any) -> _Cursor:  # type: ignore[override]
        return super().cursor(_Cursor)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self.cursor().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self.cursor().executemany(sql, *values)

    def executescript(self, sql: str) -> sqlite3.Cursor:
        self.heard.append(sql)
        return super().executescript(sql)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Give the statements that any connection to a file is given from now on."""
    monkeypatch.chdir(tmp_path)  # the text is the name of a file, too
    connect = sqlite3.connect

    def connected(name: Any, *values: Any, **options: Any) -> sqlite3.Connection:
        if name == ":memory:":  # where a query of the user's own is looked at
            made: sqlite3.Connection = connect(name, *values, **options)
            return made
        return _Listening(name, *values, **options)

    monkeypatch.setattr(sqlite3, "connect", connected)
    _Listening.heard.clear()
    return _Listening.heard


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with everything in it."""
    return template(tmp_path_factory.mktemp("full") / "improv.db")


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Yield every command below one, by its words."""
    below = getattr(command, "commands", None)
    if not below:
        yield " ".join(path), command
    for name, one in (below or {}).items():
        yield from leaves(one, (*path, name))


def tries(folder: Path) -> Iterator[Try]:
    """Yield every way to type the text: as the value of each option, and in the place of each word."""
    sit_down(Desk({"IMPROV_CONFIG": str(CONFIG)}, cli.perform))
    writers, whole = registered(), root()
    for name in (name for commands in directory.COMMANDS.values() for name in commands):
        for command, leaf in leaves(whole.get_command(None, name), (name,)):
            if command in _NOT_HERE | ON_NO_STORE:
                continue
            base = _typed(command, folder) if command in writers else _looked(command, leaf)
            for place, words in _places(leaf, base, len(command.split())):
                if (command, place) not in _TAKES_SQL:
                    yield Try(command, place, words)


def _typed(command: str, folder: Path) -> list[str]:
    """Return the simplest way to type a command that writes."""
    return argv(command, find(COMMANDS[command], lambda _: True, settings=_ONCE), folder)


def _looked(command: str, leaf: Any) -> list[str]:
    """Return the simplest way to type a command that only looks."""
    letters = {noun.command: noun.letter for noun in NOUNS}
    record = {
        "record": f"{letters.get(command.split(maxsplit=1)[0], 'L')}1",
        "name": "new-leads" if "list" not in command else "J1",
    }
    needed = [one for one in leaf.params if one.param_type_name == "argument" and one.required]
    return [*command.split(), *(({**_ABOUT, **record})[one.name] for one in needed)]


def _places(leaf: Any, base: Sequence[str], start: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in leaf.params:
        if one.param_type_name == "option" and not getattr(one, "is_flag", False):
            yield one.opts[0], (*base, one.opts[0], TEXT)
    for place in range(start, len(base)):
        if not base[place].startswith("-") and not base[place - 1].startswith("--"):
            yield f"word {place}", (*base[:place], TEXT, *base[place + 1 :])
    if len(base) == start:
        yield "word", (*base, TEXT)


def wrong(one: Try, result: Result, statements: Sequence[str]) -> str | None:
    """Return what is wrong with how a text was taken; nothing where it was a value, or refused in words."""
    if any(SIGN in sql for sql in statements):
        return f"became a statement: {next(sql for sql in statements if SIGN in sql)}"
    if result.code not in {0, 1, 2, 3, 4} or "improv itself failed" in result.err:
        return result.err
    said = result.told[0] if result.told else ""
    return next((f"{one.words}: {said}" for sign in _SAID if sign in said), None)


def test_no_text_becomes_a_statement(full: Path, tmp_path: Path, heard: list[str], tally: Tally) -> None:
    """Whatever is typed wherever it may be: it is bound, or no such option, field, day or record."""
    every, db, faults = list(tries(tmp_path)), tmp_path / "improv.db", list[str]()
    assert len({one.command for one in every}) > 150
    run("lead", "add", TEXT, db=db)
    assert any(sql.startswith("INSERT INTO lead ") for sql in heard), "SQLModel's statements are heard, too"
    chosen = some(every, 100, "injections")
    for one in chosen:
        shutil.copy(full, db)
        heard.clear()
        result = run(*one.words, db=db, config=CONFIG, extra={"XDG_CONFIG_HOME": str(tmp_path)})
        if fault := wrong(one, result, heard):
            faults.append(f"{one.command} {one.place}: {fault}")
        if FULL and result.code == 0 and one.command in registered() and (ill := store_ill(db)):
            faults.append(f"{one.command} {one.place}: {ill}")
    tally.add("SQL typed into an option or a word of a command", len(chosen), len(faults), [])
    assert faults == []


# What a user may call their own things; a key that is no plain word is refused, all else is a value.
DECLARED = f"""
[playbook.field.lead.colour]
name = {json.dumps(TEXT)}
kind = "choice"
choices = [{json.dumps(TEXT)}]
[playbook.source.web]
was = [{json.dumps(TEXT)}]
name = {json.dumps(TEXT)}
[playbook.target.{json.dumps(TEXT)}]
at_least = 1
[playbook.metric.mine]
title = {json.dumps(TEXT)}
sentence = {json.dumps(TEXT)}
kind = "count"
sql = "SELECT id, received_on AS day, lead AS about FROM leads"
"""
LOOKS = (
    *("lead list", "lead list --colour red", "report weekly", "report scorecard --by colour", "metric mine"),
    *("metric new-leads --by source,colour", "show L1", "todo", "doctor", "lead edit L1 --source web"),
)


def test_no_name_of_a_playbook_becomes_a_statement(
    full: Path, tmp_path: Path, heard: list[str], tally: Tally
) -> None:
    """A field, a choice, a former key, a metric of the user's own."""
    db, config = Path(shutil.copy(full, tmp_path / "improv.db")), tmp_path / "config.toml"
    config.write_text(DECLARED, "utf-8")
    results = {words: run(*words.split(), db=db, config=config) for words in LOOKS}
    faults = [words for words, result in results.items() if "improv itself failed" in result.err]
    faults += [sql for sql in heard if SIGN in sql]
    assert {result.code for result in results.values()} <= {0, 1, 2}
    assert any(SIGN in result.out for result in results.values())
    for table in ("source", "stage", "field.lead", "limit"):
        config.write_text(f"[playbook.{table}.{json.dumps(TEXT)}]\nname = 'x'\n")
        if run("lead", "list", db=db, config=config).code != 2:
            faults.append(f"{table} takes a key that is no word")
    tally.add("SQL in the names of a playbook", len(LOOKS) + 4, len(faults), [])
    assert faults == []
