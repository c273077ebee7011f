"""Another funnel runs from its playbook file alone: its own rules for a sale that ends, and the same pages.

That its figures add up, that a second opinion agrees, and that every flag can be up: tests/test_catalogue.py,
tests/test_second_opinion.py and tests/test_sample.py ask of it what they ask of the method's own.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from improv.dates import parse_period
from improv.playbook import load
from improv.playbook.check import findings
from improv.reports import make
from improv.reports.catalogue import CATALOGUE
from improv.show import FORMATS, render
from tests.kept import ANOTHER, MONDAY, Kept
from tests.run import Result, run

pytestmark = pytest.mark.xdist_group("sample")

BOOK = load(ANOTHER)


def test_its_stages_are_those_of_the_practice() -> None:
    """[D]: prospect to commitment, follow-up skipped on an immediate yes, won on leaving commitment."""
    assert [stage.name for stage in BOOK.sale_stages] == [
        *("Prospect", "First appointment", "Discovery", "Presentation", "Follow-up", "Commitment")
    ]
    assert [stage.key for stage in BOOK.sale_stages if stage.may_close] == ["commitment"]
    assert [stage.key for stage in BOOK.sale_stages if stage.optional] == ["follow-up"]
    assert BOOK.stage("presentation").advances_to == ("follow-up", "commitment")
    discovery = [kind.key for kind in BOOK.event_kinds if kind.stage == "discovery"]
    assert discovery == ["sales-discovery", "network-discovery"]


def test_it_keeps_the_activities_campaigns_and_limits_of_the_method() -> None:
    default = load()
    for listed in ("activity_kinds", "campaign_types", "sources", "reasons", "limits", "flags"):
        assert repr(getattr(BOOK, listed)) == repr(getattr(default, listed)), listed
    assert sum(kind.points * (kind.plan or 0) for kind in BOOK.activity_kinds) == 644
    assert BOOK.points
    assert BOOK.points.quota == 500


def test_it_has_a_track_for_each_of_its_four_industries() -> None:
    tracks = [track for track in BOOK.tracks if track.key.startswith("industry-")]
    assert len(tracks) == BOOK.limits["industry_tracks"]
    assert {track.then for track in tracks} == {"general-interest"}


def test_its_own_numbers_hold_together() -> None:
    """What does not is the method's, and stands in the default playbook too; of days and rates it has its own."""
    inherited = {one.code for one in findings(load())}
    own = {one.code for one in findings(BOOK)}
    assert own <= inherited
    assert inherited - own == {"stage-goals", "win-rate-bases", "stage-days"}


@pytest.mark.parametrize("form", FORMATS)
def test_every_report_has_every_format(form: str, kept: Callable[..., Kept]) -> None:
    """With the words of its own funnel, and none of the other's."""
    reader, said = kept(ANOTHER).reader(), ""
    for name, maker in CATALOGUE.items():
        span = parse_period(maker.period, MONDAY) if maker.period else None
        said += render(make(name, reader, span, [], None), form)
    for word in ("Commitment", "network discovery", "technology business review"):
        assert word in said
    for word in ("Mutual discovery", "Overcome", "introductory call", "client visit"):
        assert word not in said


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a book of the other funnel with one sale in Presentation."""
    (tmp_path / "config.toml").write_text(f'[playbook]\nuse = "{ANOTHER}"\n', "utf-8")
    db = tmp_path / "improv.db"
    for command in (
        "lead add Dana --source cold-call --on 2026-11-02",
        "opp add dana --title Network --value 30k --stage presentation --on 2026-11-09",
    ):
        assert typed(db, command).code == 0
    return db


def typed(db: Path, command: str) -> Result:
    return run(*command.split(), db=db, today="2026-11-23", config=db.parent / "config.toml")


def test_a_sale_is_won_on_leaving_commitment_and_nowhere_else(db: Path) -> None:
    refused = typed(db, "opp won network")
    assert (refused.code, refused.told) == (
        1,
        [
            "improv: a sale is won on leaving Commitment",
            "  at fault: O1, in Presentation",
            "  to mend:  improv opportunity move O1 commitment",
        ],
    )
    assert typed(db, "opp move O1 commitment").code == 0
    assert typed(db, "opp won network").code == 0


def test_what_was_refused_leaves_nothing(db: Path) -> None:
    """Not even the value that was typed with it."""
    assert typed(db, "opp won network --value 9k").code == 1
    assert "\t30000.00\t" in typed(db, "opp list").out
    assert typed(db, "history --limit 1").out.split("\t")[4].startswith("opp add")


def test_a_no_needs_its_reason_and_silence_is_no_no(db: Path) -> None:
    without = typed(db, "opp lost network")
    assert (without.code, without.told[0]) == (2, "improv: the reason it was lost is missing")
    assert typed(db, "opp lost network --because went-quiet").told[0] == "improv: no reason is called so"
    assert "\topen\t" in typed(db, "opp list").out
    assert typed(db, "opp lost network --because in-house").out.splitlines()[0] == (
        "O1 Network lost Mon 23 Nov: done in house"
    )


def test_where_the_playbook_does_not_demand_it_a_loss_needs_no_reason(db: Path) -> None:
    config = db.parent / "config.toml"
    config.write_text("[playbook.closing]\nlost_needs_reason = false\n", "utf-8")
    assert typed(db, "opp lost network").out.splitlines()[0] == "O1 Network lost Mon 23 Nov"
    assert "lost" in typed(db, "report weekly").out


def test_the_default_method_wins_from_any_stage(db: Path) -> None:
    (db.parent / "config.toml").write_text("", "utf-8")
    typed(db, "opp move network intro")
    assert typed(db, "opp won network").code == 0


def test_a_technology_business_review_earns_its_points_without_a_booking_too(db: Path) -> None:
    """20 points [D] for the visit; a check-in earns none."""
    typed(db, "client add Acme --on 2026-11-02")
    assert "points" not in typed(db, "visit log acme --kind check-in").out
    assert typed(db, "visit log acme --kind technology-business-review").out.splitlines()[1] == (
        "  20 points; Nov 2026: 23 of 500, 5%; day 23 of 30; at this pace 30 of 500"
    )


def test_after_one_discovery_the_other_is_proposed(db: Path) -> None:
    typed(db, "opp add dana --title Second --stage discovery")
    typed(db, "event schedule second sales-discovery today")
    held = typed(db, "event done second --next discovery").out.splitlines()
    assert held[-1] == "  next: improv event schedule O2 network-discovery +7d"
    typed(db, "event schedule second network-discovery today")
    held = typed(db, "event done second --next presentation").out.splitlines()
    assert held[-1] == "  next: improv event schedule O2 presentation +7d"
