"""Survey answers: how they are kept, refused, and shown on the pages of whom they are of."""

import shlex
from pathlib import Path

import pytest

from tests.run import run
from tests.session import follow, must

SESSION = """
=== 2026-11-23
$ lead add Ada --on "2 nov" --source web
L1 Ada added: received Mon 2 Nov, source web
  next: improv log call L1 "…"
$ survey add "did not buy" price timing --who ada --words "too dear for the scope" --on fri
Y1 did not buy, L1 Ada, Fri 20 Nov: price, “too dear for the scope” (1 of 2 so far)
  Y2 did not buy, L1 Ada, Fri 20 Nov: timing, “too dear for the scope” (1 of 2 so far)
  next: improv report reasons
$ survey add did-not-buy pri
Y3 did not buy, Mon 23 Nov: price (2 of 3 so far)
  next: improv report reasons
$ survey add called --words "where is last month?"
Y4 called support, Mon 23 Nov: “where is last month?”
  next: improv report reasons
$ survey edit Y4 --reason how-to --words ""
Y4 called support changed: reason how-to, words taken away
  next: improv survey show Y4
$ survey list
Y4\tcalled support\t–\t2026-11-23\thow to use it\t–
Y3\tdid not buy\t–\t2026-11-23\tprice\t–
Y2\tdid not buy\tAda\t2026-11-20\ttiming\ttoo dear for the scope
Y1\tdid not buy\tAda\t2026-11-20\tprice\ttoo dear for the scope
$ survey list --as-of fri --of ada
Y2\tdid not buy\tAda\t2026-11-20\ttiming\ttoo dear for the scope
Y1\tdid not buy\tAda\t2026-11-20\tprice\ttoo dear for the scope
$ undo
undone: #5 survey edit Y4 --reason how-to --words ''
  next: improv redo brings it back
$ survey list --period today
Y4\tcalled support\t–\t2026-11-23\t–\twhere is last month?
Y3\tdid not buy\t–\t2026-11-23\tprice\t–
$ lead remove L1
improv: other records refer to L1 Ada
  at fault: Y1, Y2
  to mend:  improv lead show L1, and remove those first
[exit 1]
$ survey remove Y2
Y2 Ada removed
  next: improv undo brings it back
"""


def test_answers_are_kept_corrected_listed_and_removed(tmp_path: Path) -> None:
    """Several reasons are several answers; a question is known by its beginning, a reason by its own."""
    follow(SESSION, tmp_path / "improv.db")


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a sale to a client that was a lead before, and an answer about the sale."""
    db = tmp_path_factory.mktemp("acme") / "improv.db"
    for command in (
        "lead add Bob --company Acme --on '2 nov'",
        "opp add L1 --title Roof --value 5k --on '3 nov'",
        "opp won O1 --on '10 nov'",
        "survey add bought trust --who O1 --on '12 nov'",
    ):
        must(command, db)
    return db


@pytest.mark.parametrize("whose", ["L1", "C1", "O1"])
def test_an_answer_about_a_sale_stands_on_every_page_it_belongs_to(acme: Path, whose: str) -> None:
    """On the sale's own, and on those of its lead and its client."""
    assert "2026-11-12\t–\tY1\tsurvey, bought: trust" in must(f"show {whose}", acme).out.splitlines()
    assert must(f"survey list --of {whose}", acme).out == "Y1\tbought\tRoof\t2026-11-12\ttrust\t–\n"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "survey add bought curious",
            (
                "improv: no reason is called so",
                "  at fault: curious",
                "  to mend:  use one of price, trust, recommended, results, offer, other",
            ),
        ),
        (
            "survey add sold price",
            (
                "improv: this word is not known here",
                "  at fault: sold",
                "  to mend:  one of: clicked, bought, did not buy, called support, left",
            ),
        ),
        (
            "survey add left",
            (
                "improv: an answer is a reason, or their own words",
                "  at fault: improv survey add left",
                "  to mend:  improv survey add bought price --words '…'",
            ),
        ),
        (
            "survey add bought price --who O1 --on '2 nov'",
            (
                "improv: an answer cannot be before O1 began",
                "  at fault: 2026-11-02 is before 2026-11-03",
                "  to mend:  a day from 2026-11-03 on",
            ),
        ),
        (
            "survey add bought price --on 2026-12-01",
            (
                "improv: the day of an answer cannot be in the future",
                "  at fault: 2026-12-01",
                "  to mend:  a day up to today, 2026-11-23",
            ),
        ),
        (
            "survey edit Y1 --reason ''",
            (
                "improv: an answer is a reason, or their own words",
                "  at fault: improv survey edit Y1 --reason ''",
                "  to mend:  improv survey add bought price --words '…'",
            ),
        ),
        (
            "survey show Y9",
            (
                "improv: there is no survey answer with this id",
                "  at fault: Y9",
                "  to mend:  improv survey list",
            ),
        ),
        (
            "opp show Y1",
            (
                "improv: this is a survey answer, not an opportunity",
                "  at fault: Y1",
                "  to mend:  improv opportunity list",
            ),
        ),
    ],
)
def test_what_is_no_answer_is_refused(acme: Path, command: str, told: tuple[str, ...]) -> None:
    """A reason of another question, nothing said at all, a day that cannot be."""
    result = run(*shlex.split(command), db=acme, today="2026-11-23")
    assert result.code != 0
    assert result.told == list(told)


def test_a_terminal_asks_for_the_reason_and_the_words(tmp_path: Path) -> None:
    """The reasons of the question are named; Enter skips."""
    db = tmp_path / "improv.db"
    typed = run("survey", "add", "called support", db=db, tty=True, stdin="invoice\nthe old address\n")
    assert typed.told[0].startswith("Why? One of how-to, defect, invoice, service, other (Enter to skip):")
    assert must("survey list", db).out.endswith("\tan invoice\tthe old address\n")
