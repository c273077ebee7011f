"""Each stage and each kind of event is judged by its own target, and by no other."""

from pathlib import Path

import pytest

from improv import measure, playbook
from improv.breakdown import tables_by
from improv.metrics import find
from improv.metrics.reading import Reading
from improv.playbook import Playbook
from improv.report import Days, Share, Table
from tests.book import TODAY, Book, open_book
from tests.run import run
from tests.test_metrics import NOVEMBER, event, opportunity, outcome, stays


def enter(book: Book, stage: str, how_many: int, to: str | None = None, days: int = 4) -> None:
    """Let opportunities stay in a stage for some days, then go to another, or be lost there."""
    for _ in range(how_many):
        deal = opportunity(book, "2026-11-01")
        left = f"2026-11-{1 + days:02}"
        stays(book, deal, (stage, "2026-11-01", left), *([(to, left, None)] if to else []))
        if to is None:
            outcome(book, deal, left, "lost", stage=stage)


def win(book: Book, stage: str | None, how_many: int) -> None:
    for _ in range(how_many):
        outcome(book, opportunity(book, "2026-11-01"), "2026-11-09", "won", stage=stage)


def parts(book: Book, name: str, *keys: str, use: Playbook | None = None) -> dict[object, Reading]:
    """Return the reading of each part, by its word or its two words."""
    found = measure.by(book.reader(playbook=use), find(name), NOVEMBER, *keys)
    return {key[0] if len(key) == 1 else key: part for key, part in found}


def verdicts(book: Book, name: str, *keys: str, use: Playbook | None = None) -> dict[object, str | None]:
    return {key: part.verdict for key, part in parts(book, name, *keys, use=use).items()}


def test_a_stage_advances_by_its_own_goal_and_the_open_count_both_ways(book: Book) -> None:
    """30 of 30 advance from Intro (85% wanted), 10 of 30 from Discovery (78%); its other 30 went on to Overcome."""
    enter(book, "intro", 30, "mutual-discovery")
    enter(book, "mutual-discovery", 20)
    enter(book, "mutual-discovery", 10, "overcome")
    found = parts(book, "advance_rate", "stage")
    intro, discovery, overcome = (found[key] for key in ("intro", "mutual-discovery", "overcome"))
    assert (intro.hits, intro.n, intro.verdict) == (30, 30, "on target")
    # 30 of the 60 discoveries are still there: 10 advanced, at most 40 of 60 will: from 9.3% to 77.3%.
    assert (discovery.hits, discovery.still_open, discovery.n) == (10, 30, 60)
    assert discovery.interval == pytest.approx((0.0931, 0.7727), abs=5e-5)
    assert discovery.verdict == "below target"
    assert (overcome.still_open, overcome.verdict) == (10, "too few to tell")


def test_the_goal_of_the_playbook_in_use_decides(book: Book) -> None:
    """77.3% at best is below 78%, and not below 77%; a stage without a goal is not judged."""
    enter(book, "intro", 30, "mutual-discovery")
    enter(book, "mutual-discovery", 20)
    enter(book, "mutual-discovery", 10, "overcome")
    lower = playbook.load(overrides={"stage": {"mutual-discovery": {"advance_goal": 77}}})
    assert verdicts(book, "advance_rate", "stage", use=lower)["mutual-discovery"] == "too few to tell"
    goals = {"replace": ["stage", "event_kind"]}
    bare = playbook.load(overrides={"playbook": goals, "stage": {"intro": {"name": "Intro"}}})
    assert set(verdicts(book, "advance_rate", "stage", use=bare).values()) == {None}


def test_beside_another_key_and_by_another_key_no_own_target_holds(book: Book) -> None:
    """Where a stay went to decides whether it advanced: judged by that it would be all or nothing."""
    enter(book, "intro", 3, "mutual-discovery")
    assert set(verdicts(book, "advance_rate", "stage", "went_to").values()) == {None}
    assert set(verdicts(book, "time_in_stage", "entry").values()) == {None}


def test_the_target_of_the_whole_is_none_of_its_parts(book: Book) -> None:
    """Twenty wins a week are nothing that each reason must reach, nor five days what each person must keep."""
    win(book, "proposal", 1)
    event(book, "discovery-meeting", "2026-11-01", "2026-11-20", assigned_to="Ida")
    assert verdicts(book, "won_deals", "reason") == {None: None}
    assert verdicts(book, "event_gap", "assigned_to") == {"Ida": None}
    assert measure.measure(book.reader(), find("event_gap"), NOVEMBER).verdict == "above target"


def test_a_closing_stage_is_judged_by_its_share_of_all_wins(book: Book) -> None:
    """Of 40 wins 24 closed at Proposal: 60%, from 44.6%; 25% are wanted. Overcome has 8: 20%, to 34.8%, of 60%."""
    win(book, "proposal", 24)
    win(book, "realign", 8)
    win(book, "overcome", 8)
    found = parts(book, "won_deals", "stage")
    told = {key: (part.value, part.of_all, part.verdict) for key, part in found.items()}
    assert told == {
        "proposal": (24, 40, "on target"),
        "realign": (8, 40, "too few to tell"),
        "overcome": (8, 40, "below target"),
    }
    assert found["proposal"].interval == pytest.approx((0.4460, 0.7365), abs=5e-5)


def test_wins_of_an_unknown_stage_may_belong_to_any(book: Book) -> None:
    """With 20 more of no known stage Overcome may have 28 of 60: 59.1% at best, still below 60%; with 22 not."""
    win(book, "proposal", 32)
    win(book, "overcome", 8)
    win(book, None, 20)
    assert verdicts(book, "won_deals", "stage") == {
        "proposal": "on target",
        "overcome": "below target",
        None: None,
    }
    win(book, None, 2)
    assert verdicts(book, "won_deals", "stage")["overcome"] == "too few to tell"


def test_a_gap_is_judged_by_its_kind_and_sooner_is_no_fault(book: Book) -> None:
    """A mean of 6 days just keeps the 4 to 6 of a discovery meeting; one of 2 is no fault; 2.5 of a call is one."""
    for kind, days in (
        ("discovery-meeting", (5, 7)),
        ("proposal-presentation", (2,)),
        ("introductory-call", (2, 3)),
    ):
        for length in days:
            event(book, kind, "2026-11-01", f"2026-11-{1 + length:02}")
    expected = {
        "discovery-meeting": "on target",
        "proposal-presentation": "on target",
        "introductory-call": "above target",
    }
    assert verdicts(book, "event_gap", "kind") == expected
    assert verdicts(book, "event_gap_all", "kind") == expected


def test_the_days_in_a_stage_are_judged_by_the_interval_of_their_median(book: Book) -> None:
    """Intro may take 3 days: stays of 4 to 15 are above that; a single one in Overcome has no interval yet."""
    for days in range(4, 16):
        enter(book, "intro", 1, "mutual-discovery", days=days)
    enter(book, "overcome", 1, days=12)
    told = verdicts(book, "time_in_stage", "stage")
    assert told["intro"] == "above target"
    assert told["overcome"] == "too few to tell"


def test_the_verdicts_stand_before_what_the_parts_are_made_of(book: Book) -> None:
    """With interval, open rows and target; a metric without own targets has the one table."""
    enter(book, "intro", 30, "mutual-discovery")
    judged, made_of = tables_by(book.reader(), find("advance_rate"), NOVEMBER, ["stage"])
    assert [column.title for column in judged.columns] == [
        "Stage",
        "Advance rate",
        "Open",
        "95% interval",
        "Target",
        "Verdict",
    ]
    assert judged.rows[0] == ("Intro", Share(30, 30), 0, "88.6–100.0%", "≥ 85%", "on target")
    assert made_of.rows[-1][:2] == ("all", Share(30, 60))
    (only,) = tables_by(book.reader(), find("advance_rate"), NOVEMBER, ["entry"])
    assert only.key == "advance_rate_by_entry"


def test_a_length_says_which_of_its_means_or_medians_it_is(book: Book) -> None:
    """A gap is known at once and has a mean; a stay may go on and has a median."""
    event(book, "discovery-meeting", "2026-11-01", "2026-11-07")
    event(book, "discovery-meeting", "2026-11-01", "2026-11-04")
    gaps, rows = tables_by(book.reader(), find("event_gap"), NOVEMBER, ["kind"])
    assert gaps.rows == [("discovery meeting", Days(4.5), "≤ 6 d", "on target")]
    assert [column.title for column in rows.columns] == ["Kind", "Mean", "Rows", "Median", "Left out"]
    enter(book, "intro", 1, days=2)
    *_, lengths = tables_by(book.reader(), find("time_in_stage"), NOVEMBER, ["stage"])
    assert lengths.rows[-1] == ("all", Days(2), 1, Days(2), Days(2), 0, 0)


def test_every_part_of_a_count_is_told_as_a_share_of_all(book: Book) -> None:
    win(book, "proposal", 3)
    win(book, "overcome", 1)
    (table,) = tables_by(book.reader(), find("won_deals"), NOVEMBER, ["reason"])
    assert table.rows == [(None, 4, Share(4, 4), 0), ("all", 4, Share(4, 4), 0)]
    _, by_stage = tables_by(book.reader(), find("won_deals"), NOVEMBER, ["stage"])
    assert [row[:3] for row in by_stage.rows] == [
        ("Proposal", 3, Share(3, 4)),
        ("Overcome", 1, Share(1, 4)),
        ("all", 4, Share(4, 4)),
    ]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a book of 30 sales that went from Intro to discovery."""
    path = tmp_path_factory.mktemp("breakdown") / "improv.db"
    with open_book(path, TODAY) as book:
        enter(book, "intro", 30, "mutual-discovery")
    return path


def test_at_the_door_a_breakdown_tells_the_verdicts(db: Path) -> None:
    told = run("metric", "advance-rate", "--by", "stage", db=db).out.splitlines()
    start = told.index("## Each against its own target")
    assert told[start + 1 : start + 4] == [
        "Stage\tAdvance rate\tOpen\t95% interval\tTarget\tVerdict",
        "Intro\t100.0000% (30 of 30)\t0\t88.6–100.0%\t≥ 85%\ton target",
        "Mutual discovery\t0.0000% (0 of 30)\t30\t0.0–100.0%\t≥ 78%\ttoo few to tell",
    ]
    explained = run("explain", "advance-rate", db=db).out
    assert "target by stage\tadvance goal of each: improv metric advance-rate --by stage\n" in explained


def test_on_an_empty_store_there_is_nothing_to_judge(book: Book) -> None:
    for name, key in (("advance_rate", "stage"), ("won_deals", "stage"), ("event_gap", "kind")):
        (table,) = tables_by(book.reader(), find(name), NOVEMBER, [key])
        assert isinstance(table, Table)
        assert (list(table.rows), table.empty) == ([], "Nothing is recorded for Nov 2026.")
