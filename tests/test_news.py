"""What is new about the red flags since the last mail: new, worse, still there, cleared."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from improv.alerts.news import News, news, news_report, subject_line, told_by
from improv.alerts.raised import CATALOGUE, Alert
from improv.memory import Said, Subject
from improv.models import Client
from improv.report import Notes, Table
from tests.book import TODAY, Book

ACME = Subject("C1", "C", 1)
NAMED = {"C": "Acme", "L": "Ada", "O": "New site"}


def alert(code: str, ref: str, severity: Any = "critical", days: int = 94) -> Alert:
    """Return an alert that is up."""
    return Alert(
        code=code,
        severity=severity,
        kind=CATALOGUE[code].kind,
        ref=ref,
        name=NAMED[ref[0]],
        owner=None,
        client_id=None,
        reason=f"no visit for {days} days",
        since=TODAY - timedelta(days=days),
        days=days,
        why="",
        mend=f"improv show {ref}",
    )


def said(**severities: str) -> dict[Subject, Said]:
    """Return what a mail said, such as `C1_C1="critical"`: of the flag C1 on the record C1."""
    words = ((name.partition("_"), severity) for name, severity in severities.items())
    return {
        Subject(code, ref[0], int(ref[1:])): Said(severity, "2026-11-20")
        for (code, _, ref), severity in words
    }


def told(found: News) -> dict[str, list[str]]:
    """Return the news by what kind they are, without the kinds of which there are none."""
    parts = {"new": found.new, "worse": found.worse, "still": found.still}
    kinds = {kind: [f"{one.code} {one.ref}" for one in part] for kind, part in parts.items()}
    gone = [f"{one.subject.code} {one.subject.letter}{one.subject.number}" for one in found.cleared]
    return {kind: part for kind, part in {**kinds, "cleared": gone}.items() if part}


CASES: Mapping[str, tuple[list[Alert], dict[Subject, Said], dict[str, list[str]]]] = {
    "nothing was said, so that all is new": (
        [alert("C1", "C1"), alert("L3", "L1", "warning")],
        {},
        {"new": ["C1 C1", "L3 L1"]},
    ),
    "it was said, and is as it was": ([alert("C1", "C1")], said(C1_C1="critical"), {"still": ["C1 C1"]}),
    "it became graver": ([alert("C1", "C1")], said(C1_C1="warning"), {"worse": ["C1 C1"]}),
    "it became milder": ([alert("C1", "C1", "warning")], said(C1_C1="critical"), {"still": ["C1 C1"]}),
    "it is up no more": ([], said(C1_C1="critical"), {"cleared": ["C1 C1"]}),
    "the same flag on another record": (
        [alert("C1", "C2")],
        said(C1_C1="critical"),
        {"new": ["C1 C2"], "cleared": ["C1 C1"]},
    ),
    "a more exact flag took its place: the condition got worse": (
        [alert("S7", "O1")],
        said(S2_O1="warning"),
        {"worse": ["S7 O1"]},
    ),
    "the more exact flag gave way to the plainer one": (
        [alert("C7", "C1", "warning")],
        said(C1_C1="critical"),
        {"new": ["C7 C1"], "cleared": ["C1 C1"]},
    ),
    "a more exact flag on another record took nobody's place": (
        [alert("S7", "O2")],
        said(S2_O1="warning"),
        {"new": ["S7 O2"], "cleared": ["S2 O1"]},
    ),
    "a flag that there is no more": ([], said(X9_C1="warning"), {"cleared": ["X9 C1"]}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_new(case: str, book: Book) -> None:
    """Each alert is compared with what the last mail said of the same flag on the same record."""
    up, known, expected = CASES[case]
    found = news(book.reader(), up, known)
    assert told(found) == expected
    assert bool(found) == bool(expected.keys() - {"still"})


def test_what_was_told_is_all_that_is_up(book: Book) -> None:
    """Once a mail about it is accepted there is nothing new; a milder one that gets graver again is told again."""
    milder = alert("C1", "C1", "warning")
    after = told_by(news(book.reader(), [milder], said(C1_C1="critical", L3_L1="warning")), "2026-11-22")
    assert after == {ACME: Said("warning", "2026-11-22")}
    assert not news(book.reader(), [milder], after)
    assert told(news(book.reader(), [alert("C1", "C1")], after)) == {"worse": ["C1 C1"]}


def test_what_is_quiet_is_not_even_told_to_have_cleared(book: Book) -> None:
    """Whoever snoozed it does not want to hear of it."""
    assert not news(book.reader(), [], said(C1_C1="critical"), quiet={ACME})


def test_what_woke_is_told_anew(book: Book) -> None:
    """It was said before it was snoozed, and is back."""
    found = news(book.reader(), [alert("C1", "C1")], said(C1_C1="critical"), woken={ACME})
    assert told(found) == {"new": ["C1 C1"]}


def test_what_cleared_is_named_as_long_as_its_record_is_there(book: Book) -> None:
    """A record that was removed has no name any more."""
    book.add(Client, name="Acme", name_folded="acme", since_on=date(2026, 1, 1))
    found = news(book.reader(), [], said(C1_C1="critical", C1_C2="critical"))
    assert [one.name for one in found.cleared] == ["Acme", ""]


LINES = {
    "1 critical, 1 new: Acme: no visit for 94 days": ([alert("C1", "C1")], {}),
    "2 critical, 1 new, 1 worse: Acme: no visit for 130 days": (
        [alert("C1", "C1", days=130), alert("L1", "L1")],
        said(C1_C1="warning"),
    ),
    "1 critical, 1 new, 1 cleared: Acme: no visit for 94 days": ([alert("C1", "C1")], said(L3_L1="warning")),
    # The worst of the news, not of what was told before; and never an alert that is no news where there is some.
    "1 critical, 1 new: Ada: no visit for 3 days": (
        [alert("C1", "C1"), alert("L3", "L1", "warning", 3)],
        said(C1_C1="critical"),
    ),
    "1 critical, 1 cleared: L3 Ada": ([alert("C1", "C1")], said(C1_C1="critical", L3_L1="warning")),
    "1 still there: Ada: no visit for 3 days": ([alert("L3", "L1", "warning", 3)], said(L3_L1="warning")),
}


@pytest.mark.parametrize("line", LINES)
def test_the_subject_says_what_matters(line: str, book: Book) -> None:
    """How many, and the worst of the news in words."""
    from improv.models import Lead  # noqa: PLC0415 - only here

    book.add(Lead, name="Ada", name_folded="ada", received_on=TODAY)
    up, known = LINES[line]
    assert subject_line(news(book.reader(), up, known)) == line


def test_a_subject_is_one_short_line(book: Book) -> None:
    """However long a name is, and whatever is in it."""
    named = alert("C1", "C1")
    named = named._replace(name="A\r\nBcc: eve@example.com " + "x" * 500)
    line = subject_line(news(book.reader(), [named], {}))
    assert line.startswith("1 critical, 1 new: A\\r\\nBcc: eve@example.com xxx")
    assert len(line) == 120
    assert line.isprintable()


def page(book: Book, *, digest: bool) -> list[str]:
    """Return what a mail holds about one flag that is new and two that were told before."""
    up = [alert("C1", "C1"), alert("L3", "L1", "warning"), alert("L3", "L2", "warning")]
    found = news(book.reader(), up, said(L3_L1="warning", L3_L2="warning", S3_O1="warning"))
    report = news_report(found, book.reader(), digest=digest, notes=["a run was missed"])
    assert (report.title, report.subtitle, report.notes) == (
        "Red flags",
        "1 critical, 1 new, 1 cleared",
        ("a run was missed",),
    )
    lines = list[str]()
    for section in report.sections:
        for block in section.blocks:
            match block:
                case Table():
                    lines += [section.title, *(str(row[1] if len(row) > 3 else row[0]) for row in block.rows)]
                case Notes():
                    lines += block.lines
    return lines


def test_a_mail_lists_the_news_and_counts_the_rest(book: Book) -> None:
    """What was told before is a sentence, with the command that lists it."""
    news_of_it = ["New", "C1", "Cleared", "S3"]
    assert page(book, digest=False) == [*news_of_it, "2 still there: improv alerts"]


def test_a_digest_lists_all(book: Book) -> None:
    """That is what it is for."""
    assert page(book, digest=True) == ["New", "C1", "Cleared", "S3", "Still there", "L3", "L3"]
