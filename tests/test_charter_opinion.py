"""Who breaks which rule of the charter is what plain Python makes of the same rows, now and as of past days."""

from collections.abc import Callable
from datetime import date

import pytest

from improv.alerts import CATALOGUE
from tests.independent.charter import RULES
from tests.independent.seen import Seen, as_of, method, recorded
from tests.kept import KEPT, Kept

pytestmark = pytest.mark.xdist_group("sample")

PAST = (date(2026, 9, 30), date(2026, 11, 8))
# What is left is told by a case of its own in `test_charter.py`: too many clients, bought long ago, names and cities.
BY_CASE = {"H6", "H9", "H20", "H21", "H22", "H23", "H24"}


def test_every_rule_that_is_more_than_a_field_has_a_second_opinion() -> None:
    charter = {code for code, flag in CATALOGUE.items() if flag.rules == "charter"}
    assert RULES.keys() | BY_CASE == charter


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize("day", [None, *PAST], ids=str)
def test_both_find_the_same_records(what: str, day: date | None, kept: Callable[..., Kept]) -> None:
    """Each rule by itself, before the more specific one stands for both."""
    book = kept(what)
    reader, on = book.reader(day), day or book.today
    tables = recorded(book.connection)
    seen = Seen(as_of(tables, on) if day else tables, method(), on, (on, on))
    ours = {code: {row["id"] for row in CATALOGUE[code].rows(reader)} for code in RULES}
    assert ours == {code: calculate(seen) for code, calculate in RULES.items()}


def test_no_opinion_is_about_nothing(kept: Callable[..., Kept]) -> None:
    """In one of the books each rule is broken; nobody is silent for half a year in them (`test_charter.py` has that)."""
    found = set()
    for what in KEPT:
        reader = kept(what).reader()
        found |= {code for code in RULES if any(CATALOGUE[code].rows(reader))}
    assert RULES.keys() - found <= {"H4"}
