"""What TAB offers: commands, options, the words of the playbook, and records, each with what it means."""

from pathlib import Path

import pytest

from improv import tree_page
from improv.commands.tree import COMMANDS
from tests.run import run
from tests.session import behind, must


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small book."""
    db = tmp_path_factory.mktemp("completion") / "improv.db"
    for command in (
        'lead add "Ada Lovelace" --source web',
        "lead add Adam",
        'opp add "Ada Lovelace" --title "Audit of 2026"',
        'client add "Zürich & Söhne"',
        "event schedule O1 discovery-meeting +2d",
    ):
        must(command, db)
    return db


def offered(db: Path, *words: str) -> list[str]:
    """Return what is offered after some words, the last of them begun."""
    result = run("complete", "--", *words, db=db)
    assert (result.code, result.err) == (0, "")
    return result.out.splitlines()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["le"], "lead\tLeads: people and companies who may become clients"),
        (["lead", ""], "add\tAdd a lead: a name is enough"),
        (["opp", "wo"], "won\tClose an opportunity as won; its lead becomes a client"),
        (["lead", "add", "--sou"], "--source\twhere it came from, a source of the playbook"),
        (["lead", "add", "Eve", "--source", "w"], "web\tweb"),
        (["lead", "add", "--source=we"], "--source=web\tweb"),
        (["lead", "add", "--source", "=", "we"], "--source=web\tweb"),
        (["opp", "move", "O1", "prop"], "proposal\tProposal"),
        (["opp", "move", "au"], "Audit of 2026\topportunity O1"),
        (["lead", "show", "ada l"], "Ada Lovelace\tlead L1"),
        (["lead", "show", '"Ada L'], "Ada Lovelace\tlead L1"),
        (["lead", "show", r"Ada\ L"], "Ada Lovelace\tlead L1"),
        (["lead", "show", "l1"], "L1\tAda Lovelace"),
        (["show", "zur"], "Zürich & Söhne\tclient C1"),
        (["event", "done", ""], "E1\tAudit of 2026"),
        (["log", "dia"], "dial\tdial"),
        (["metric", "win_rate_from_d"], "win_rate_from_discovery\tWin rate from discovery"),
        (["alerts", "explain", "S1"], "S1\twarning"),
        (["--as-of", "today", "lead", "lis"], "list\tList leads; in a pipe one a line, tab-separated"),
        (["import", ""], ":files"),
        (["lead", "list", "--format", "js"], "json"),
        (
            ["report", "week"],
            "weekly\tShow the Monday and Friday page: the week's scorecard, the pipeline, what is ahead and what was done",
        ),
    ],
)
def test_what_is_offered_first(db: Path, words: list[str], first: str) -> None:
    """In the order of the program, the newest records first."""
    assert offered(db, *words)[0] == first


@pytest.mark.parametrize(
    "words", [["no-such", "x"], ["lead", "add", "Eve", ""], ["lead", "show", "--", "--as"], ["undo", "x", ""]]
)
def test_where_nothing_can_come_nothing_is_offered(db: Path, words: list[str]) -> None:
    """A name that is typed for the first time cannot be guessed."""
    assert offered(db, *words) == []


def test_a_shell_is_never_told_of_a_fault(tmp_path: Path) -> None:
    """No store, a damaged one, settings that cannot be read: nothing is printed, and nothing made."""
    config = tmp_path / "config.toml"
    config.write_text("not TOML", "utf-8")
    (tmp_path / "damaged.db").write_bytes(b"SQLite format 3\x00")
    for db in (tmp_path / "none.db", tmp_path / "damaged.db"):
        for words in (["show", "a"], ["opp", "move", "O1", ""]):
            result = run("complete", "--", *words, db=db, config=config)
            assert (result.out, result.err) == ("", "")
    assert not (tmp_path / "none.db").exists()


def test_the_commands_as_data_are_those_of_the_program() -> None:
    """Written anew by `python -m improv.tree_page` after a command was changed."""
    assert tree_page.TARGET.read_text("utf-8") == tree_page.source()


def test_every_value_that_is_no_free_text_can_be_completed() -> None:
    """By what it is called: files, days, lists, records."""
    called = {takes for _, _, options, _, _ in COMMANDS.values() for _, takes, _ in options if takes}
    assert {"STAGE", "SOURCE", "REASON", "KIND", "DAY", "WHEN", "PERIOD", "RECORD", "CLIENT"} <= called


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_lines(tmp_path: Path, shell: str) -> None:
    """Another one is refused."""
    assert "improv complete --" in run("completion", shell, db=tmp_path / "x.db").out
    assert run("completion", "ksh", db=tmp_path / "x.db").code == 2


def test_what_is_offered_is_text(tmp_path: Path) -> None:
    """Whatever stands in a store, a shell and a terminal are given one line, and nothing to obey."""
    db = tmp_path / "improv.db"
    must("lead add Eve", db)
    behind(
        db,
        "UPDATE journal_open SET entry_id = 1",
        "UPDATE lead SET name = 'Eve' || char(27) || '[2J' || char(9) || char(10) || 'x', name_folded = 'eve'",
    )
    assert offered(db, "show", "eve") == ["Eve\\x1b[2J\\t\\nx\tlead L1"]
