"""Every metric is what plain Python makes of the same rows: in several periods, now and as of past days."""

from collections.abc import Callable
from datetime import date

import pytest

from improv.metrics import CATALOGUE
from tests.independent import opinions
from tests.independent.agree import answers, disagreements
from tests.independent.seen import ROOT, method
from tests.kept import ANOTHER, KEPT, Kept

pytestmark = pytest.mark.xdist_group("sample")

PAST = (date(2026, 9, 30), date(2026, 11, 8))


def test_every_metric_has_a_second_opinion_and_every_opinion_a_metric() -> None:
    """A new metric needs its second opinion: a function in `tests/independent`, as CONTRIBUTING.md says."""
    assert sorted(CATALOGUE.keys() ^ opinions().keys()) == []


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize("day", [None, *PAST], ids=str)
def test_both_come_to_the_same_figure(what: str, day: date | None, kept: Callable[..., Kept]) -> None:
    """Value, n, hits, open and left out; of lengths also how many ended, their mean and both medians."""
    assert disagreements(answers(kept(what).reader(day), method())) == []


def test_so_they_do_in_another_funnel(kept: Callable[..., Kept]) -> None:
    """The second opinion reads the other playbook's file by itself."""
    another = method(ROOT / "improv" / "playbooks" / f"{ANOTHER}.toml")
    assert disagreements(answers(kept(ANOTHER).reader(), another)) == []


def test_no_opinion_is_about_nothing(kept: Callable[..., Kept]) -> None:
    """In one of the books each metric counts something."""
    asked = (answers(kept(what).reader(), method(), ("all", "this month")) for what in KEPT)
    counting = {answer.metric for told in asked for answer in told if answer.theirs[1]}
    assert sorted(CATALOGUE.keys() - counting) == []
