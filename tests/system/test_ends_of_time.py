"""Days that may be typed, from 1900 to 2199, and all others; and that nothing which may be stored breaks a later page."""

import contextlib
import shlex
import sqlite3
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from improv import cli
from improv.commands.by_typer import root
from improv.commands.desk import Desk, sit_down
from improv.nouns import NOUNS
from improv.show import FORMATS
from improv.text import shown
from tests import drawn
from tests.ends import FIRST, LAST, NEGATIVE, make
from tests.run import Result, run
from tests.session import must
from tests.test_two_clocks import PAGES, desk_at

pytestmark = pytest.mark.xdist_group("ends")
DAYS = (FIRST, "2026-11-23", LAST)
# What there is in the sample book alone, or cannot be reckoned with so few deals.
_OF_THE_SAMPLE = {"list 'quiet clients'", "plan --value 90k --per quarter"}
# A period that lies wholly before the first day, and days that are still to come.
_ELSEWHERE = {"days go from 1900 to 2199", "--why takes two days, neither to come"}


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with records on the first and on the last day there is."""
    return make(tmp_path_factory.mktemp("ends") / "improv.db")


def test_every_noun_is_there_at_both_ends(ends: Path) -> None:
    """At least two of each, so that no page is empty."""
    with contextlib.closing(sqlite3.connect(ends)) as connection:
        few = [
            noun.table
            for noun in NOUNS
            if connection.execute(f"SELECT COUNT(*) < 2 FROM {noun.table}").fetchone()[0]
        ]
    assert few == []


@pytest.mark.parametrize("today", DAYS)
def test_every_page_is_there_on_any_day(today: str, ends: Path) -> None:
    """Each in a format in its turn, looked at from either end of time or from the middle: no failure, no negative age."""
    forms, faults = cycle(FORMATS), []
    asked = [page for page in PAGES if page not in _OF_THE_SAMPLE]
    with desk_at(f"{today}T18:30+00:00"):
        for page in asked[DAYS.index(today) :: len(DAYS)]:
            form = () if page.startswith(("calendar", "export")) else ("--format", next(forms))
            seen = run(*shlex.split(page), *form, "--no-pager", db=ends, today=today, tty=True)
            there = seen.code == 0 or seen.told[0].removeprefix("improv: ") in _ELSEWHERE
            if not there or NEGATIVE.search(seen.out):
                faults.append((page, seen.code, seen.err, NEGATIVE.findall(seen.out)))
    assert faults == []


# Wrong days, wherever a day is typed.

WRONG = (
    *("2026-02-30", "31 june", "2025-02-29", "1900-02-29", "2100-02-29", "0000-00-00", "99999-01-01"),
    *(
        "1899-12-31",
        "2200-01-01",
        "10",
        "may",
        "13/13/2026",
        "٢٠٢٦-١١-٠٣",
        "２０２６-11-03",
        "🎂",
        "x" * 10_000,
    ),
    *(
        "-5",
        "+999999999d",
        "+9999y",
        "-99999w",
        "NaN",
        "infinity",
        "2026-11-31",
        "2026-W60",
        "03/04/2026",
        "12.5d",
    ),
)
# What a command needs beside the day, where its help does not say so by itself or names it in another way.
_NEEDS = {
    "lead add": "Zoe",
    "client add": "Zoe",
    "campaign add": "Zoe",
    "visitor add": "Zoe",
    "opportunity add": "L2",
    "event schedule": "L2 introductory-call",
    "event add": "L2 introductory-call",
    "log": "call L2",
    "plan": "--wins 2",
    "activity add": "call L2",
    "task add": "something",
    "note add": "L2 words",
    "referral add": "C1 Zoe",
    "change add": "something",
    "kpi change": "something",
    "kpi pick": "new-leads",
    "survey add": "bought price",
    "metric": "new-leads",
    "explain": "new-leads",
    "track enrol": "L2 event",
    "alerts snooze": "C6 C1",
    "client edit": "C1",
    "opportunity lost": "O1 --because price",
    "client left": "C1 --because price",
    "opportunity reopen": "O2",
    "client upsell": "C1 something --value 5k",
    "testimonial add": "C1 --content words",
    "story add": "C1 --achieved words",
    "": "lead list",
}
_GIVEN = {
    "LEAD": "L2",
    "OPPORTUNITY": "O1",
    "EVENT": "E1",
    "CLIENT": "C1",
    "TASK": "K1",
    "REFERRAL": "R1",
    "CAMPAIGN": "M1",
    "CLIENT|EVENT": "C1",
    "VISITOR": "B1",
    "WHO": "L2",
    "STAGE": "proposal",
    "STATE": "mql",
    "PRODUCT": "Audit",
    "NAME": "Zoe",
    "AMOUNT": "5k",
    "URL": "https://example.com",
    "ENROLMENT": "D2",
}
_CALLED = {"DAY", "DAY [TIME]", "WHEN", "PERIOD"}
Place = tuple[list[str], list[str], str]


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command with its words."""
    for name in group.list_commands(None) if hasattr(group, "list_commands") else ():
        yield from _commands(group.get_command(None, name), (*path, name))
    yield " ".join(path), group


def places() -> Iterator[Place]:
    """Yield each place where a day or a period is typed: the words before and after it, and what the help calls it."""
    sit_down(Desk({"IMPROV_CONFIG": str(drawn.CONFIG)}, cli.perform))
    for words, command in _commands(root()):
        for param in command.params:
            timed = "--due" in param.opts and "07:00" in (param.help or "")
            if param.metavar not in _CALLED or timed or "--per" in param.opts:
                continue
            if param.param_type_name == "argument":
                yield [*words.split(), *_needed(words, command, param)], [], param.metavar
            else:
                yield [*words.split(), param.opts[0]], _needed(words, command, param), param.metavar


def _needed(words: str, command: Any, param: Any) -> list[str]:
    """Return what a command must have beside a parameter."""
    if words in _NEEDS:
        return shlex.split(_NEEDS[words]) + (
            ["+3d"] if words.startswith("event ") and param.metavar == "DAY" else []
        )
    letter = next((noun.letter for noun in NOUNS if noun.command == words.split(maxsplit=1)[0]), "L")
    known = {"RECORD": f"{letter}1", "WHEN": "+3d", "DAY": "+3d", "KIND": "discovery-meeting"} | _GIVEN
    return [known[one.metavar] for one in command.params if one.required and one is not param]


PLACES = list(places())


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a book with at least one of everything."""
    return drawn.template(tmp_path_factory.mktemp("days") / "improv.db")


def refused(db: Path, place: Place, wrong: str) -> Result | None:
    """Type a wrong day in a place; return what came of it where it was not refused in three lines that name it."""
    before, after, _ = place
    result = run(*before, wrong, *after, db=db, config=drawn.CONFIG)
    named = shown(wrong)[:50].casefold() in result.err.casefold()
    return None if result.code in {2, 4} and not result.out and len(result.told) == 3 and named else result


@pytest.mark.parametrize("share", range(4))
def test_a_wrong_day_is_refused_with_its_value_wherever_one_is_typed(book: Path, share: int) -> None:
    """Every wrong day in some places, and some wrong days in every place."""
    faults = []
    for number in range(share, len(PLACES), 4):
        for wrong in ((WRONG * 2)[(number * 2) % len(WRONG) :])[:2]:
            if wrong == "may" and PLACES[number][2] == "PERIOD":
                continue
            if (result := refused(book, PLACES[number], wrong)) is not None:
                faults.append((" ".join(PLACES[number][0]), wrong[:20], result))
    assert faults == []


@pytest.mark.parametrize("year", [1904, 2000, 2024, 2028, 2196])
def test_a_leap_day_is_there_in_leap_years(year: int, tmp_path: Path) -> None:
    """The others are refused above: 1900 and 2100 have none."""
    day = f"{year}-02-29"
    db = tmp_path / "improv.db"
    must(f"lead add Ada --on {day}", db, today=day)
    assert run("lead", "list", db=db, today=day).out.split("\t")[3] == day
    assert run("report", "yearly", "--for", str(year), db=db, today=f"{year}-12-31").code == 0


@pytest.mark.parametrize("clock", ["1899-12-31", "2200-01-01", "9999-12-31", "0001-01-01"])
def test_a_clock_beyond_all_days_is_told(clock: str, ends: Path) -> None:
    """Before anything is read or written: nothing is reckoned with a day that no record may have."""
    for words in ((), ("lead", "add", "Zoe"), ("report", "weekly")):
        seen = run(*words, db=ends, today=clock)
        assert (seen.code, seen.told) == (
            2,
            [
                "improv: by the clock today is no day of 1900 to 2199",
                f"  at fault: {clock}",
                "  to mend:  set the clock: date",
            ],
        )


def test_a_period_may_reach_over_the_ends_where_it_holds_a_day_there_is(ends: Path) -> None:
    """The week of the last day, and of the first; one that holds none is refused."""
    assert "2199-12-30\t2200-01-05" in run("report", "weekly", db=ends, today=LAST).out
    assert run("calendar", db=ends, today=FIRST).code == 0
    beyond = run("report", "weekly", "--for", "next week", db=ends, today=LAST)
    assert (beyond.code, beyond.told[:2]) == (
        2,
        ["improv: days go from 1900 to 2199", "  at fault: next week"],
    )
