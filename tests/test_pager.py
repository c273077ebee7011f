"""A page longer than the terminal goes through the user's pager, and nothing else ever does."""

import shlex
import sys
from pathlib import Path

import pytest

from improv.commands import pager
from tests.run import Result, run
from tests.session import must
from tests.terminal import CTRL_C, sit

# A pager that keeps what it was given, and tells whether the store could be written meanwhile.
KEEPER = """
import os, pathlib, sqlite3, sys
kept, store = map(pathlib.Path, sys.argv[1:3])
with sqlite3.connect(store, timeout=0) as connection:
    connection.execute("BEGIN EXCLUSIVE")
kept.write_bytes(sys.stdin.buffer.read())
kept.with_suffix(".words").write_text("\\n".join([*sys.argv[3:], os.environ.get("LESS", "")]))
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small book: its pages are long enough for a screen of a few lines."""
    db = tmp_path_factory.mktemp("pager") / "improv.db"
    for name in ("Ada", "Bob", "Eve"):
        must(f"lead add {name} --source web --on 2026-11-02", db)
    must("opp add L1 --value 12k --on 2026-11-03", db)
    return db


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Give the file that the pager below writes to."""
    return tmp_path / "kept"


@pytest.fixture
def keeper(tmp_path: Path, kept: Path, book: Path) -> str:
    """Give a pager as a user would set it."""
    script = tmp_path / "keeper.py"
    script.write_text(KEEPER)
    return shlex.join([sys.executable, str(script), str(kept), str(book)])


def seen(*words: str, db: Path, pager: str | None, lines: int = 3, **given: str) -> Result:
    """Look at a page on a terminal of a few lines."""
    extra = {"TERM": "xterm", "LINES": str(lines), **given}
    if pager is not None:
        extra["IMPROV_PAGER"] = pager
    return run(*words, db=db, tty=True, today="2026-11-23", extra=extra)


@pytest.mark.parametrize(
    "command",
    ["", "report weekly", "lead list", "show L1", "alerts", "history", "metric list", "explain win-rate"],
)
def test_a_page_longer_than_the_terminal_goes_to_the_pager(
    command: str, keeper: str, kept: Path, book: Path
) -> None:
    """The whole page, colours too; and the store is free while it is read."""
    printed = seen(*command.split(), db=book, pager="")
    paged = seen(*command.split(), db=book, pager=keeper)
    assert (paged.code, paged.out, paged.err) == (0, "", "")
    assert kept.read_text("utf-8") == printed.out
    assert "\x1b[" in printed.out


def test_a_page_that_leaves_a_line_for_the_prompt_fits(keeper: str, kept: Path, book: Path) -> None:
    """A page of as many lines as the terminal has does not."""
    page = seen("lead", "list", db=book, pager="").out
    long = len(page.splitlines())
    assert seen("lead", "list", db=book, pager=keeper, lines=long + 1).out == page
    assert not kept.exists()
    assert seen("lead", "list", db=book, pager=keeper, lines=long).out == ""
    assert kept.read_text("utf-8") == page


def test_a_line_wider_than_the_terminal_counts_as_the_lines_it_takes() -> None:
    assert pager.height("12345\n\n1234567890\n\x1b[1m12345\x1b[0m\n東京東\n", 5) == 1 + 1 + 2 + 1 + 2


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("--no-pager",), {}),
        ((), {"TERM": "dumb"}),
        ((), {"IMPROV_PAGER": ""}),
        ((), {"IMPROV_PAGER": "cat"}),
        ((), {"IMPROV_PAGER": " "}),
        ((), {"LINES": "500"}),
    ],
)
def test_no_pager_where_none_is_wanted(
    words: tuple[str, ...], given: dict[str, str], keeper: str, kept: Path, book: Path
) -> None:
    extra = {"TERM": "xterm", "LINES": "5", "IMPROV_PAGER": keeper, "PAGER": keeper} | given
    result = run("report", "weekly", *words, db=book, tty=True, extra=extra)
    assert result.code == 0
    assert len(result.out.splitlines()) > 5
    assert not kept.exists()


def test_a_pipe_and_a_file_are_never_paged(keeper: str, kept: Path, book: Path) -> None:
    given = {"TERM": "xterm", "LINES": "5", "IMPROV_PAGER": keeper}
    assert len(run("report", "weekly", db=book, extra=given).out.splitlines()) > 5
    assert seen("report", "weekly", "-o", str(kept.with_name("week.md")), db=book, pager=keeper).code == 0
    assert not kept.exists()


def test_the_pager_of_improv_comes_before_the_pager_of_all_programs(
    keeper: str, kept: Path, book: Path
) -> None:
    assert seen("lead", "list", db=book, pager=None, PAGER=keeper).out == ""
    assert kept.exists()
    assert seen("lead", "list", db=book, pager="cat", PAGER=keeper).out.count("\n") == 4


def test_no_shell_reads_the_words_of_the_pager(keeper: str, kept: Path, book: Path) -> None:
    """They are split as a shell would split them, and nothing else is done with them."""
    touched = kept.with_name("touched")
    seen(
        "lead",
        "list",
        db=book,
        pager=f"{keeper} 'two words' $HOME `id` > /dev/null; touch {touched}",
        LESS="x",
    )
    words = kept.with_suffix(".words").read_text().splitlines()
    assert words == ["two words", "$HOME", "`id`", ">", "/dev/null;", "touch", str(touched), "x"]
    assert not touched.exists()


def test_less_keeps_colours_unless_it_was_told_otherwise(keeper: str, kept: Path, book: Path) -> None:
    seen("lead", "list", db=book, pager=keeper)
    assert kept.with_suffix(".words").read_text() == "-RFX"


@pytest.mark.parametrize(
    ("words", "program"), [("no-such-pager --x", "no-such-pager"), ("/etc", "/etc"), ("less '", "less '")]
)
def test_a_pager_that_is_not_there_is_told_of_after_the_page(words: str, program: str, book: Path) -> None:
    result = seen("lead", "list", db=book, pager=words)
    assert (result.code, result.out) == (0, seen("lead", "list", db=book, pager="").out)
    assert result.told == [f"printed in one go: the pager is not there: {program}"]


def test_less_is_the_pager_of_who_has_named_none(keeper: str, kept: Path, book: Path, tmp_path: Path) -> None:
    """Where it is on the PATH."""
    less = tmp_path / "less"
    less.write_text(f"#!/bin/sh\nexec {keeper}\n")
    less.chmod(0o700)
    assert seen("lead", "list", db=book, pager=None, PATH=str(tmp_path)).out == ""
    assert kept.exists()


def test_where_there_is_no_less_the_page_is_printed(book: Path, tmp_path: Path) -> None:
    """Nobody asked for it, and nothing is said."""
    result = seen("lead", "list", db=book, pager=None, PATH=str(tmp_path))
    assert (result.out.count("\n"), result.err) == (4, "")


def test_leaving_the_pager_early_is_no_failure(book: Path) -> None:
    """However much of the page nobody read."""
    assert pager.show("a line\n" * 100_000, [sys.executable, "-c", ""], {}) is None
    left = seen("lead", "list", db=book, pager=shlex.join([sys.executable, "-c", ""]))
    assert (left.code, left.out, left.err) == (0, "", "")


@pytest.mark.parametrize("ends", ["exit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_a_page_that_the_pager_failed_to_show_is_printed(ends: str, book: Path) -> None:
    """Such as one that does not know the terminal."""
    result = seen("lead", "list", db=book, pager=shlex.join([sys.executable, "-c", ends]))
    assert (result.code, result.out) == (0, seen("lead", "list", db=book, pager="").out)
    assert result.told == [f"printed in one go: the pager failed: {sys.executable}"]


def test_ctrl_c_is_the_pagers_own(book: Path) -> None:
    """It may stop a search there; the command goes on until the pager ends."""
    patient = """
import os, signal
signal.signal(signal.SIGINT, lambda *_: (os.write(1, b"stopped"), os._exit(2)))
os.write(1, b"waiting")
signal.pause()
"""
    given = {"IMPROV_PAGER": shlex.join([sys.executable, "-c", patient])}
    at = sit("report", "weekly", db=book, rows=10, types=[("waiting", CTRL_C)], given=given)
    assert (at.code, at.text) == (0, "waiting^Cstopped")
