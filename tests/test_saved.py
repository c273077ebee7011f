"""Saved lists: kept as they were typed, shown as of any day, found by their name."""

import shlex
from pathlib import Path

import pytest

from tests.run import run
from tests.session import must

OCTOBER = "2026-10-20"


@pytest.fixture
def db(tmp_path: Path, unsynced: None) -> Path:
    """Give a book of two leads, one of each month, and a saved list of last month's."""
    del unsynced
    path = tmp_path / "improv.db"
    must("lead add Ada --owner Sam --temperature hot", path, OCTOBER)
    must("lead add Bob --owner Kim", path, "2026-11-10")
    must("list save 'last month' lead --period 'last month'", path)
    return path


def test_a_relative_period_stays_relative(db: Path) -> None:
    """In November last month is October, in December it is November."""
    assert must("list 'last month'", db).out.split("\t")[1] == "Ada"
    assert must("list 'last month'", db, "2026-12-02").out.split("\t")[1] == "Bob"


def test_a_list_saved_today_looks_at_any_day(db: Path) -> None:
    """It is a tool: on a day before it was saved it is there, and shows what was true then."""
    must("list save all lead", db)
    assert must("list all --as-of 2026-10-31", db).out.count("\n") == 1
    assert must("list all", db).out.count("\n") == 2
    assert must("list all --known-on 2026-10-31", db).code == 0
    assert must("list all --format json", db).out.startswith(
        '{\n  "schema": 1,\n  "key": "leads",\n  "title": "all"'
    )


def test_a_list_is_found_by_its_name_its_beginning_or_its_id(db: Path) -> None:
    must("list save 'last year' lead --period 'last year'", db)
    assert must("list 'LAST MONTH'", db).out == must("list run J1", db).out == must("list j1", db).out
    assert must("list 'last m'", db).out == must("list J1", db).out
    unsure = run("list", "last", db=db)
    assert (unsure.code, unsure.told[1]) == (4, "  at fault: last: J1 last month; J2 last year")
    assert run("list", "next month", db=db).code == 3


def test_a_name_is_used_once_and_undo_brings_the_list_before_back(db: Path) -> None:
    told = must("list save 'Last Month' client", db).out.splitlines()
    assert told[:2] == ["J1 Last Month saved anew: client", "  0 now"]
    assert must("list", db).out == "J1\tLast Month\tclient\t–\t2026-11-23\n"
    must("undo", db)
    assert must("list", db).out == "J1\tlast month\tlead\t--period last month\t2026-11-23\n"


def test_two_of_one_name_after_an_undo_are_told_apart_by_their_ids(db: Path) -> None:
    """One was removed, another saved, and the removal undone: nothing is lost, and nothing is guessed."""
    must("list remove 'last month'", db)
    must("list save 'last month' client", db)
    must("undo 4", db)
    assert run("list", "last month", db=db).code == 4
    assert must("list J1", db).out.split("\t")[1] == "Ada"


@pytest.mark.parametrize(
    ("command", "code", "word"),
    [
        ("save x lead --colour red", 2, "--colour"),
        ("save x lead --source tv", 2, "tv"),
        ("save x lead --period someday", 2, "someday"),
        ("save x lead --of nobody", 3, "nobody"),
        ("save x client --temperature hot", 2, "--temperature"),
        ("save x king", 2, "king"),
        ("save x", 2, "what is listed is missing"),
        ("save ' ' lead", 2, ""),
        ("save x --query 'SELECT 1 FROM lead'", 2, "lead"),
        ("save x --query 'SELECT :y'", 2, ":y"),
        ("save x lead --query 'SELECT 1'", 2, "lead"),
        ("remove x", 3, "x"),
    ],
)
def test_what_cannot_be_shown_is_not_saved(command: str, code: int, word: str, db: Path) -> None:
    result = run("list", *shlex.split(command), db=db)
    assert (result.code, word in result.err, len(result.told)) == (code, True, 3), result.err
    assert must("list", db).out.count("\n") == 1


def test_an_option_that_is_known_no_more_is_told(db: Path) -> None:
    """The playbook may forget a source; the list says so, and can be saved anew."""
    must("list save web lead --source web", db)
    config, book = db.with_name("config.toml"), db.with_name("mine.toml")
    head = '[playbook]\nkey = "mine"\ntitle = "Mine"\nextends = "improv"\nreplace = ["source"]\n'
    book.write_text(f'{head}[source.mail]\nname = "mail"\n', "utf-8")
    config.write_text('[playbook]\nuse = "mine.toml"\n', "utf-8")
    result = run("list", "web", db=db, config=config)
    assert (result.code, result.told[1]) == (2, "  at fault: web")
