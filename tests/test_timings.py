"""`--timings` says on stderr where a command's time went, and changes nothing else."""

import builtins
import re
import sqlite3
from pathlib import Path

import pytest

from tests.run import Result, run
from tests.session import must

ROW = re.compile(r"(.+?) +([\d,]+\.\d) ms")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with one lead."""
    must("lead add Ada --source web", tmp_path / "improv.db")
    return tmp_path / "improv.db"


def timed(result: Result) -> dict[str, float]:
    """Return how many milliseconds each part took, as it was told on the last lines of stderr."""
    rows = [row for line in result.told if (row := ROW.fullmatch(line))]
    return {row[1].partition(",")[0]: float(row[2].replace(",", "")) for row in rows}


def test_the_parts_of_a_read_add_up_to_the_whole(db: Path) -> None:
    """Each moment belongs to one part; what it prints to stdout, and its exit code, are as without."""
    plain, watched = run("lead", "list", db=db), run("--timings", "lead", "list", db=db)
    assert (watched.code, watched.out, plain.err) == (plain.code, plain.out, "")
    parts = timed(watched)
    whole = parts.pop("together")
    assert len(parts) + 1 == len(watched.told)
    assert set(parts) >= {"Python itself", "SQL", "computing"}
    assert abs(sum(parts.values()) - whole) <= 0.05 * (len(parts) + 1)
    assert [line for line in watched.told if re.match(r"SQL, [1-9]\d* statements +", line)] != []


def test_it_may_stand_anywhere_and_the_journal_does_not_know_it(db: Path) -> None:
    """A write says how long it took to keep; the command that is kept is what did something."""
    added = run("lead", "add", "--timings", "Bob", db=db)
    assert added.out.startswith("L2 Bob added")
    assert timed(added)["keeping what was written"] > 0
    assert "lead add Bob" in must("history", db).out


@pytest.mark.parametrize(("words", "code"), [("show nobody", 3), ("lead ad", 2), ("--help", 0)])
def test_what_went_wrong_is_told_first(words: str, code: int, db: Path) -> None:
    """The error has its three lines, as without; the page of help stands on stdout."""
    plain, watched = run(*words.split(), db=db), run(*words.split(), "--timings", db=db)
    assert (watched.code, watched.out) == (code, plain.out)
    assert watched.told[: len(plain.told)] == plain.told
    assert "together" in timed(watched)


def test_a_name_is_no_request(db: Path) -> None:
    """After -- it is a word like any other."""
    named = run("lead", "add", "--", "--timings", db=db)
    assert (named.out.splitlines()[0][:18], named.err) == ("L2 --timings added", "")


def test_nothing_is_watched_afterwards(db: Path) -> None:
    """What was replaced to be watched is itself again, also after an error."""
    before = builtins.__import__, sqlite3.connect
    run("show", "nobody", "--timings", db=db)
    assert (builtins.__import__, sqlite3.connect) == before
