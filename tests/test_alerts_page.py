"""The page of the red flags says what the catalogue and the playbook say."""

from pathlib import Path

from improv import playbook
from improv.alerts import CATALOGUE
from improv.alerts_page import page

PAGE = Path(__file__).parent.parent / "docs" / "alerts.md"


def test_the_committed_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text("utf-8") == page(playbook.load())


def test_every_flag_has_its_part_with_its_severity_and_limits() -> None:
    """Numbers are those of the playbook that is asked for; so is what is off."""
    told = page(playbook.load(overrides={"limit": {"health_below": 55}, "flag": {"C4": {"off": True}}}))
    parts = {part.split()[0]: part for part in told.split("\n### ")[1:]}
    assert set(parts) == set(CATALOGUE)
    assert "- severity: critical\n" in parts["C2"]
    assert "- limit: `health_below` = 55\n" in parts["C2"]
    assert "- severity: off\n" in parts["C4"]
    assert "- stands for: S2, S7\n" in parts["S5"]
    assert "- gives way to: S5, S7\n" in parts["S2"]
    assert "- limit: `slow_after` of each `[stage.KEY]`: Proposal 30\n" in parts["S5"]
    assert "- to mend it: `improv visit schedule C… DAY`\n" in parts["C1"]
    assert "- rule of the charter: tasks\n" in parts["H19"]
    assert [code for code, part in parts.items() if "- limit: " not in part] == [
        *("L3", "S3", "C4", "C6", "C7"),
        *("H1", "H2", "H3", "H5", "H10", "H11", "H12", "H13", "H14", "H15", "H16", "H18"),
        *("H20", "H21", "H22", "H23", "H24", "H26"),
    ]


def test_every_moment_says_what_makes_it() -> None:
    book = playbook.load(overrides={"visit_kind": {"kickoff": {"moment": "milestone"}}})
    rows = [line for line in page(book).splitlines() if line.startswith("| after")]
    assert len(rows) == len(book.moments)
    assert (
        "| after a milestone | referral | a visit of the kind kickoff or an opportunity won with somebody who was a client already |"
        in rows
    )
    assert "| after a 5/5 visit | referral | any visit, satisfaction 5 or more |" in rows
