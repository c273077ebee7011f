"""`improv check` as it is typed: narrowed, snoozed, explained, and mended one by one at a terminal."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.run import run
from tests.session import must
from tests.terminal import CTRL_C, CTRL_D, sit

DAY = "2026-11-23"
ASKED = "Do it?"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store in which two deals lack a follow-up, a lead is marketing's, and a task is long overdue."""
    store = tmp_path / "improv.db"
    for command in (
        "lead add 'Ada Lovelace' --owner Kim --city Bonn --source web --on 2026-11-16",
        "client add Acme --owner Kim --city Bonn --on 2026-11-20",
        "task add 'say hello' --about acme --due 2026-12-01",
        "opp add acme --title Audit --owner Kim --on 2026-11-20",
        "opp add acme --title Shop --owner Sam --on 2026-11-21",
        "note add O1 'they want it'",
        "note add O2 'they want it'",
        "task add 'old' --due 2026-09-01 --on 2026-08-20",
    ):
        must(command, store, DAY)
    return store


def codes(text: str) -> list[str]:
    """Return the rules that a page in a pipe lists, as `H11 O1`."""
    lines = [line.split("\t") for line in text.splitlines()]
    return [f"{line[1]} {line[2].split()[0]}" for line in lines if line[0] in {"warning", "critical"}]


def commands(db: Path) -> list[str]:
    """Return the commands of the journal, the latest first."""
    with contextlib.closing(sqlite3.connect(db)) as connection:
        return [row[0] for row in connection.execute("SELECT command FROM journal_entry ORDER BY id DESC")]


ALL = ["H19 K2", "H18 L1", "H11 O1", "H11 O2"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ALL),
        ("--owner kim", ["H18 L1", "H11 O1"]),
        ("--kind task", ["H19 K2"]),
        ("--kind opp", ["H11 O1", "H11 O2"]),
        ("--client acme", ["H11 O1", "H11 O2"]),
        ("--severity critical", []),
        ("--as-of 2026-11-20", ["H19 K2", "H18 L1", "H5 C1", "H11 O1", "H26 O1"]),
    ],
)
def test_the_rules_that_are_broken_are_narrowed_like_red_flags(
    db: Path, typed: str, found: list[str]
) -> None:
    assert codes(must(f"check {typed}", db).out) == found


def test_the_red_flags_of_the_method_know_nothing_of_the_charter(db: Path) -> None:
    assert not any(code.startswith("H") for code in codes(must("alerts", db).out))
    assert "H1" not in must("", db).out


def test_a_rule_is_put_aside_like_a_red_flag_and_explained_by_its_code(db: Path) -> None:
    must("alerts snooze H18 ada --until +7d --because 'she calls back'", db)
    assert codes(must("check", db).out) == ["H19 K2", "H11 O1", "H11 O2"]
    assert must("check", db).out.splitlines()[-1] == "1 snoozed: improv check --all"
    assert "she calls back" in must("check --all", db).out
    assert "to-marketing" not in must("check --fix", db).out
    must("alerts unsnooze H18 ada", db)
    assert codes(must("check", db).out) == ALL
    assert (
        must("explain H18", db).out == must("check explain h18", db).out == must("alerts explain H18", db).out
    )


def test_an_exit_code_says_whether_a_rule_is_broken(db: Path) -> None:
    assert run("check", "--exit-code", db=db, today=DAY).code == 10
    assert run("check", "--exit-code", "--severity", "critical", db=db, today=DAY).code == 0


def test_a_rule_is_switched_off_and_its_limit_moved_in_the_settings(db: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        "[playbook.flag.H11]\noff = true\n[playbook.limit]\ntask_overdue_after = 99\n"
        '[playbook.team]\nmembers = ["Kim"]\n',
        "utf-8",
    )
    assert codes(run("check", db=db, today=DAY, config=config).out) == ["H2 O2", "H18 L1"]


# Mended one by one


def test_in_a_pipe_only_the_commands_are_printed_and_nothing_is_changed(db: Path) -> None:
    before = commands(db)
    assert must("check --fix", db).out.splitlines() == [
        "improv task move K2 …",
        "improv lead to-marketing L1",
        'improv task add "follow up" --about O1 --due …',
        'improv task add "follow up" --about O2 --due …',
    ]
    assert commands(db) == before


def test_each_is_proposed_and_only_what_is_accepted_is_done_as_a_command_of_its_own(db: Path) -> None:
    """No leaves it, a day that is none is asked for again, yes types the command; each is an undo step."""
    seen = sit(
        *("check", "--fix"),
        db=db,
        types=[
            (ASKED, "n\r"),
            (ASKED, "maybe\r"),
            (ASKED, "y\r"),
            (ASKED, "y\r"),
            ("the day it is due:", "someday\r"),
            (ASKED, "y\r"),
            ("the day it is due:", "fri\r"),
            (ASKED, "\r"),
        ],
    )
    assert seen.code == 0
    assert commands(db)[:2] == ["task add 'follow up' --about O1 --due fri", "lead to-marketing L1"]
    assert [
        line for line in seen.lines if line.startswith(("H", "improv: ", "K3", "L1 ")) or "mended" in line
    ] == [
        "H19 K2 old: due on 2026-09-01, 83 days ago: more than 30",
        "H18 L1 Ada Lovelace: a lead that belongs to Kim since 2026-11-16, 7 days ago",
        "L1 Ada Lovelace handed to marketing Mon 23 Nov",
        "H11 O1 Audit: no follow-up ahead since it was opened on 2026-11-20, 3 days ago",
        "improv: --due: this is not understood as a day",
        "H11 O1 Audit: no follow-up ahead since it was opened on 2026-11-20, 3 days ago",
        "K3 follow up, for O1 Audit: due Fri 27 Nov",
        "H11 O2 Shop: no follow-up ahead since it was opened on 2026-11-21, 2 days ago",
        "2 mended, 2 left",
    ]
    must("undo", db)
    assert codes(must("check", db).out) == ["H19 K2", "H11 O1", "H11 O2"]
    must("undo", db)
    assert codes(must("check", db).out) == ALL


def test_a_rule_can_be_skipped_and_the_rest_left(db: Path) -> None:
    seen = sit("check", "--fix", "--kind", "opportunity", db=db, types=[(ASKED, "skip\r")])
    assert "0 mended, 2 left" in seen.text
    assert seen.text.count(ASKED) == 1
    seen = sit("check", "--fix", db=db, types=[(ASKED, "q\r")])
    assert "0 mended, 4 left" in seen.text


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_stopping_keeps_what_was_accepted_before_and_says_so(db: Path, key: str) -> None:
    seen = sit("check", "--fix", db=db, types=[(ASKED, "n\r"), (ASKED, "y\r"), (ASKED, key)])
    assert seen.code == 0
    assert "1 mended, 3 left" in seen.text
    assert commands(db)[0] == "lead to-marketing L1"


def test_with_nothing_broken_there_is_nothing_to_propose(tmp_path: Path) -> None:
    must("client add Acme --owner Kim --city Bonn", tmp_path / "improv.db")
    must("task add hello --about acme --due +9d", tmp_path / "improv.db")
    seen = sit("check", "--fix", db=tmp_path / "improv.db")
    assert seen.lines == ["No rule of the charter is broken."]
    assert "No rule of the charter is broken." in sit("check", db=tmp_path / "improv.db").text


def test_a_past_day_is_looked_at_and_not_mended(db: Path) -> None:
    result = run("check", "--fix", "--as-of", "2026-11-20", db=db, today=DAY)
    assert (result.code, result.told[0]) == (2, "improv: --as-of looks back, and the past is not written")
