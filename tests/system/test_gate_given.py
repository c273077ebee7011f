"""What is given beside the words of a command: the environment, settings, files and their names; and what names refuse."""

import json
import re
import shutil
import tomllib
from copy import deepcopy
from csv import writer as csv_writer
from functools import reduce
from itertools import cycle, takewhile
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from improv.commands.settings import SETTINGS
from improv.nouns import BY_TABLE
from tests.hostile import CONTROLS, HOSTILE, leaked, typed
from tests.run import ROOT, Result, run
from tests.test_two_clocks import MONDAY

pytest_plugins = ("tests.enemy",)
pytestmark = pytest.mark.xdist_group("enemy")

NAMED = re.compile(
    r'(?:environment\.get\(\s*|environment\[|folder\()"([A-Z_]+)"|"([A-Z_]+)" in (?:\w+\.)?environment'
)
GIVEN = ("\x1b]0;owned\x07\u202e\u2028", "/\x1b[2J\x9b", "\udc80\x1b")


def harmless(done: Result) -> bool:
    """Tell whether nothing in an answer can be obeyed, and it was no fault of the program's."""
    answer = leaked(done.out.replace("\r\n", "\n"), kept="\n\t") + leaked(done.err)
    return not answer and "itself failed" not in done.err


def variables() -> list[str]:
    """Return the variables of the environment that the program reads, by its own words, and those a shell gives."""
    source = "".join(file.read_text("utf-8") for file in (ROOT / "improv").rglob("*.py"))
    found = {name for names in NAMED.findall(source) for name in names if name}
    assert {"IMPROV_DB", "TZ", "PAGER"} <= found
    return sorted(found | {"HOME", "LANG", "LC_ALL", "COLUMNS", "BROWSER", "_IMPROV_COMPLETE"})


@pytest.mark.parametrize("variable", variables())
def test_the_environment_is_shown_as_text(
    variable: str, clean: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    """Also where it names a file, a time zone or a program that is not there."""
    monkeypatch.chdir(tmp_path)
    db = shutil.copy(clean, tmp_path / "improv.db")
    for words, command in zip(
        cycle(GIVEN),
        ("doctor", "lead list", "lead add \x1b", "schedule show", "init", "backup"),
        strict=False,
    ):
        done = run(*command.split(" "), db=Path(db), today=MONDAY, extra={variable: words})
        assert harmless(done), (command, done)


def leaves(table: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Yield the way to every text of a table."""
    if isinstance(table, str):
        yield path
    for key, value in (
        table.items() if isinstance(table, dict) else enumerate(table if isinstance(table, list) else ())
    ):
        yield from leaves(value, (*path, key))


def kinds(book: dict[str, Any]) -> dict[tuple[object, object], tuple[Any, ...]]:
    """Return one way to each kind of text that a playbook holds."""
    return {
        (path[0], next(key for key in reversed(path) if isinstance(key, str))): path for path in leaves(book)
    }


BOOK = tomllib.loads((ROOT / "improv" / "playbooks" / "improv.toml").read_text("utf-8"))


def changed(book: dict[str, Any], path: tuple[Any, ...], words: str) -> None:
    """Put words behind a text of a playbook."""
    *way, last = path
    for key in way:
        book = book[key]
    book[last] += words


def test_a_playbook_of_an_enemys_is_text_in_what_refuses_it(clean: Path, tmp_path: Path) -> None:
    """Each kind of text in it, one by one."""
    words, config = cycle(HOSTILE), tmp_path / "config.toml"
    assert len(kinds(BOOK)) > 50
    for path in kinds(BOOK).values():
        book = deepcopy(BOOK)
        changed(book, path, next(words))
        keys = list(takewhile(lambda key: isinstance(key, str), path))
        table = reduce(lambda found, key: found[key], keys[:-1], book)
        header = ".".join(json.dumps(key) for key in keys[:-1])
        line = f"[playbook.{header}]\n{keys[-1]} = {json.dumps(table[keys[-1]])}\n"
        config.write_text(line.replace("\x7f", r"\u007f"), "utf-8")
        done = run("playbook", "show", db=clean, today=MONDAY, config=config)
        assert harmless(done), (path, done)


def test_every_name_of_a_playbook_may_be_an_enemys(enemy: Path, tmp_path: Path) -> None:
    """All at once: its pages say them as text."""
    words = cycle(HOSTILE)
    book = deepcopy(BOOK)
    for path in leaves(BOOK):
        if path[-1] in {"name", "origin", "focus", "what"}:
            changed(book, path, f" {next(words)}".translate({ord("{"): None}))
    (tmp_path / "enemy.toml").write_text(tomlkit.dumps(book), "utf-8")
    config = tmp_path / "config.toml"
    config.write_text('[playbook]\nuse = "enemy.toml"\n')
    for command in (
        *(
            "playbook show",
            "playbook check",
            "playbook diff improv",
            "report pipeline",
            "report weekly",
            "today",
        ),
        *(
            "lead show L1",
            "show O1",
            "show C1",
            "event list",
            "metric time-in-stage --by stage",
            "track list",
            "calendar",
        ),
    ):
        for form in ((), ("--format", "csv"), ("--format", "html")):
            if command != "calendar" or not form:
                done = run(*command.split(), *form, db=enemy, today=MONDAY, config=config)
                assert done.code == 0, done.err
                assert harmless(done), command


def test_settings_are_shown_as_text(clean: Path, tmp_path: Path) -> None:
    """Every setting there is, a key and a table nobody knows, and a file that is no TOML."""
    config, words = tmp_path / "config.toml", cycle(HOSTILE)
    lines = [
        f"[{table}]\n{key} = {json.dumps(next(words))}" for table, keys in SETTINGS.items() for key in keys
    ]
    lines += [f"[{table}]\n{json.dumps(next(words))} = 1" for table in SETTINGS]
    lines += [f"[{json.dumps(next(words))}]", "\x1b[2J", "x = \x9b2J", '[playbook]\nuse = "\\u001b[2J.toml"']
    for line in lines:
        config.write_text(line.replace("\x7f", r"\u007f"), "utf-8")
        for command in ("lead list", "mail test"):
            done = run(*command.split(), db=clean, today=MONDAY, config=config)
            assert harmless(done), (line, done)


# A slash and a NUL cannot stand in the name of a file.
FILES = [
    words.replace("/", "").replace("\0", "")
    for words in (*CONTROLS[:4], *CONTROLS[6:8], *CONTROLS[11:14], "\udc80")
]


@pytest.mark.parametrize("name", FILES)
def test_the_name_of_a_file_is_shown_as_text(
    name: str, clean: Path, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, written, missing, no store, no page; as it is told and as it is refused."""
    monkeypatch.chdir(tmp_path)
    csv, page = Path(f"{name}.csv"), Path(f"{name}.html")
    csv.write_text(
        f"Name,Received\n{name.encode('utf-8', 'replace').decode()},2026-11-02\nEve,2026-13-40\n", "utf-8"
    )
    for words in (
        ("import", csv, "--as", "leads", "--dry-run"),
        ("import", csv),
        ("import", f"{name}.vcf"),
        ("lead", "list", "-o", page),
        ("lead", "list", "-o", page),
        ("lead", "list", "-o", name),
        ("lead", "list", "-o", Path(name, "x.html")),
        ("backup", Path(f"{name}.db")),
        ("restore", csv),
        ("playbook", "new", f"{name}.toml"),
        ("--db", name, "lead", "list"),
        ("--db", csv, "lead", "list"),
        ("--db", Path(f"{name}.new"), "lead", "add", "Ada"),
    ):
        assert harmless(typed(Path(shutil.copy(clean, "improv.db")), config, *words)), words


# A file of controls alone is taken for binary data.
PLAIN = " and what else is done there" * 9


def test_what_is_imported_is_kept_and_shown_as_escapes(clean: Path, config: Path, tmp_path: Path) -> None:
    """Names that nobody could type come in with a file: each is there, none is obeyed, and the file of failures neither."""
    db, file, failed = (
        Path(shutil.copy(clean, tmp_path / "improv.db")),
        tmp_path / "leads.csv",
        tmp_path / "failed.csv",
    )
    names = [words for words in HOSTILE if not set(words) & set("\0")]
    with file.open("w", encoding="utf-8", newline="") as written:
        rows = csv_writer(written)
        rows.writerow(["Name", "Received", "Industry"])
        rows.writerows([f"Eve {name}", "2026-11-02", name + PLAIN] for name in names)
        rows.writerows([f"Bob {name}", "2026-13-40", name + PLAIN] for name in names)
    done = typed(db, config, "import", file, "--as", "leads", "--failed", failed)
    assert harmless(done)
    listed = typed(db, config, "lead", "list")
    assert harmless(listed)
    assert listed.out.count("\tEve") == len(names)
    assert harmless(typed(db, config, "undo"))


NAMES = [
    (noun, one.label.removeprefix("x."))
    for noun, one in BY_TABLE.items()
    if one.label in {"x.name", "x.what", "x.title"}
]


@pytest.mark.parametrize(("table", "name"), [one for one in NAMES if one[0] not in {"saved_list", "upsell"}])
def test_a_name_refuses_what_cannot_be_shown(table: str, name: str, clean: Path, config: Path) -> None:
    """Controls, overrides, and what nobody would see; the refusal shows it."""
    noun, called = BY_TABLE[table], table if name == "what" else name
    for words in (*CONTROLS, "\u200b"):
        if "\0" not in words:
            done = typed(clean, config, noun.command, "edit", f"{noun.letter}1", f"--{name}", f"A{words}da")
            assert (done.code, done.told[0]) == (
                1,
                f"improv: {called} holds a character that cannot be shown",
            )
            assert harmless(done)
