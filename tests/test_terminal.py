"""What a person sees and types at a real terminal: questions, Ctrl-C, widths, colours, hostile names."""

import hashlib
from pathlib import Path

import pytest

from improv.text import width
from tests.run import run
from tests.session import must
from tests.terminal import CTRL_C, CTRL_D, sit

HOSTILE = "Eve \x1b[31m\x1b]0;owned\x07 \u202e[bold]x[/bold]"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with a full page for today, and names that would misbehave."""
    db = tmp_path_factory.mktemp("terminal") / "improv.db"
    long = "Nebenwirkungsgesellschaft für Anlagenbau und Überseehandel " * 3
    for command in (
        "lead add Ada --source web --on 2026-11-02",
        f"lead add '{long}' --source web --on 2026-11-10",
        "lead add 名前がとても長い会社の代表者の方です --on 2026-11-10",
        f"opp add ada --title '{long}' --value 12k --on 2026-11-02",
        "event schedule O1 discovery-meeting 'today 15:00' --set 2026-11-02 --subject 'a very long subject that goes on and on'",
        "event schedule O1 discovery-meeting 'today 17:00'",
        "client add '[red]Acme[/red]' --on 2026-03-02 --health 20",
        "referral add C1 Grace --on 2026-11-20",
        f"task add '{long}' --about O1 --on 2026-11-10 --due 2026-11-12",
    ):
        must(command, db)
    # A note and a discussion may hold anything: what is on many lines, too.
    assert run("note", "add", "C1", HOSTILE, "--pinned", db=db).code == 0
    assert (
        run("event", "done", "E2", "--notes", HOSTILE, "--on", "today", db=db, today="2026-11-23").code == 0
    )
    return db


def digest(db: Path) -> str:
    """Return what the store is, byte for byte."""
    return hashlib.sha256(db.read_bytes()).hexdigest()


def test_a_missing_name_and_what_is_essential_are_asked_for(tmp_path: Path) -> None:
    """The name, the company, where it came from; Enter skips what is not known."""
    db = tmp_path / "improv.db"
    seen = sit(
        "lead",
        "add",
        "--phone",
        "123",
        db=db,
        types=[
            ("Who is the lead?", "Ada Lovelace\n"),
            ("company (Enter to skip):", "Engines\n"),
            ("email address (Enter to skip):", "\n"),
            ("a source of the playbook (Enter to skip):", "web\n"),
        ],
    )
    assert seen.code == 0
    assert "L1 Ada Lovelace added: received Mon 23 Nov, source web" in seen.lines
    assert "phone" not in seen.text
    listed = run("lead", "list", db=db, today="2026-11-23").out.split("\t")
    assert listed[:5] == ["L1", "Ada Lovelace", "Engines", "2026-11-23", "web"]


def test_a_slip_in_an_answer_is_told_and_the_question_asked_again(tmp_path: Path) -> None:
    """What was answered before is not lost with it."""
    db = tmp_path / "improv.db"
    seen = sit(
        *("lead", "add", "Ada", "--phone", "123"),
        db=db,
        types=[
            ("company (Enter to skip):", "Engines\n"),
            ("email address (Enter to skip):", "\n"),
            ("a source of the playbook (Enter to skip):", "wbe\n"),
            ("to mend:  did you mean `web`?", ""),
            ("a source of the playbook (Enter to skip):", "web\n"),
        ],
    )
    assert (seen.code, "improv: --source: no source is called so" in seen.lines) == (0, True)
    assert run("lead", "list", db=db, today="2026-11-23").out.split("\t")[1:5] == [
        "Ada",
        "Engines",
        "2026-11-23",
        "web",
    ]


def test_a_lost_opportunity_is_asked_for_its_reason(tmp_path: Path) -> None:
    """In a pipe it is refused; a person is asked, with the reasons there are."""
    db = tmp_path / "improv.db"
    must("lead add Ada --source web", db)
    must("opp add ada --title Audit", db)
    seen = sit("opp", "lost", "audit", db=db, types=[("Why was it lost? (price, ", "price\n")])
    assert (seen.code, "O1 Audit lost Mon 23 Nov: price" in seen.lines) == (0, True)


def test_nothing_is_asked_when_everything_is_given(book: Path, tmp_path: Path) -> None:
    """And a name that is skipped is refused."""
    assert run("lead", "qualify", "L1", db=book, tty=True, stdin="").code == 0
    seen = sit("lead", "add", db=tmp_path / "improv.db", types=[("Who is the lead?", "\n")])
    assert seen.code == 2
    assert "improv: the name of the lead is missing" in seen.text


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_ctrl_c_and_ctrl_d_at_a_question_change_nothing(key: str, book: Path) -> None:
    """Words, exit code 130, and the store as it was."""
    before = digest(book)
    seen = sit("lead", "add", "Bob", db=book, types=[("company (Enter to skip):", key)])
    assert seen.code == 130
    assert seen.lines[-1] == "improv: stopped; nothing was changed"
    assert "Traceback" not in seen.text
    assert digest(book) == before


@pytest.mark.parametrize(("answer", "code", "leads"), [("\n", 1, 1), ("y\n", 0, 2), (CTRL_C, 130, 1)])
def test_a_lead_that_looks_like_a_known_one_is_questioned(
    answer: str, code: int, leads: int, tmp_path: Path
) -> None:
    """Only a yes adds it."""
    db = tmp_path / "improv.db"
    must("lead add 'José Martínez' --source web", db)
    question = "JOSE martinez looks like L1 José Martínez. Add it all the same? (y/N)"
    given = ("--company", "x", "--email", "x", "--phone", "x", "--source", "web")
    seen = sit("lead", "add", "JOSE martinez", *given, db=db, types=[(question, answer)])
    assert seen.code == code
    assert len(run("lead", "list", db=db).out.splitlines()) == leads


def test_a_question_never_shows_a_hostile_name_raw(tmp_path: Path) -> None:
    """What was typed is shown as text in the question, too."""
    db = tmp_path / "improv.db"
    must("client add Acme", db)
    seen = sit("event", "schedule", HOSTILE, db=db, types=[("What kind?", CTRL_C)], given={"NO_COLOR": "1"})
    assert seen.code == 130
    assert "\x1b" not in seen.text


@pytest.mark.parametrize("command", ["show C1", "show E2", "show O1", "note list", "event list", "today"])
def test_hostile_text_never_reaches_a_terminal_raw(command: str, book: Path) -> None:
    """No escape code, bell, override or markup of a user's text is obeyed."""
    words = command.split()
    bare = run(*words, db=book, today="2026-11-23", tty=True, extra={"NO_COLOR": "1"}).out
    coloured = run(*words, db=book, today="2026-11-23", tty=True).out
    for text in (bare, coloured):
        assert not set(text) & {"\x07", "\u202e"}
        assert "\x1b]0;" not in text
    assert "\x1b" not in bare
    if command in {"show C1", "note list"}:
        assert "\\x1b[31m" in bare
        assert "[bold]x[/bold]" in bare.replace("\n", "")


@pytest.mark.parametrize("columns", [80, 200])
def test_todays_page_fits_a_real_terminal(columns: int, book: Path) -> None:
    """No line is wider than the terminal, nor than 110 columns, where lines are still read."""
    seen = sit(db=book, columns=columns, given={"NO_COLOR": "1"})
    assert seen.code == 0
    assert len(seen.lines) > 10
    assert max(width(line) for line in seen.lines) <= min(columns, 110)


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("command", ["", "alerts", "report weekly", "opp list", "show O1", "todo"])
def test_every_page_fits_the_width_it_is_given(command: str, columns: int, book: Path) -> None:
    """The same holds for any page."""
    extra = {"NO_COLOR": "1", "COLUMNS": str(columns)}
    page = run(*command.split(), db=book, today="2026-11-23", tty=True, extra=extra).out
    assert len(page.splitlines()) > 2
    assert max(width(line) for line in page.splitlines()) <= min(columns, 110)


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colours_where_they_are_not_wanted(name: str, value: str, book: Path) -> None:
    """A terminal that takes colours gets them; NO_COLOR and TERM=dumb get no escape code."""
    assert "\x1b" not in sit(db=book, given={name: value}).text
    for command in ("alerts", "lead list", "--help", "lead add --help", "lead show nobody"):
        words = command.split()
        shown = run(*words, db=book, today="2026-11-23", tty=True, extra={name: value})
        assert "\x1b" not in shown.out + shown.err


def test_a_terminal_that_takes_colours_gets_them(book: Path) -> None:
    """Today's page is coloured unless it is told not to be."""
    assert "\x1b[" in sit(db=book).text


def test_an_empty_list_says_so_at_a_terminal_only(book: Path) -> None:
    """A pipe gets nothing; a person gets words."""
    piped, seen = run("story", "list", db=book), run("story", "list", db=book, tty=True)
    assert (piped.out, piped.err, piped.code) == ("", "", 0)
    assert "improv story add" in seen.out + seen.err
