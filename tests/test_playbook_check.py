"""The playbook's own check: each finding is computed, and overriding a number makes it appear or vanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from improv.playbook import load
from improv.playbook.check import Finding, findings

if TYPE_CHECKING:
    from improv.playbook import Playbook


def found(overrides: dict[str, Any] | None = None, use: str = "improv") -> dict[str, Finding]:
    return {finding.code: finding for finding in findings(load(use, overrides))}


def target(name: str, number: int, bound: str = "at_least", **more: Any) -> dict[str, Any]:
    return {"target": {name: {bound: number, **more}}}


def test_the_methods_own_numbers_disagree_where_the_method_says() -> None:
    assert {code: dict(finding.numbers) for code, finding in found().items()} == {
        "testimonial-asks": {"asked": 50, "success": 60, "reached": 30, "target": 50},
        "referral-asks": {"asked": 30, "success": 50, "visits": 4, "reached": 0.6, "target": 2},
        "stage-goals": {"least": 49, "most": 70, "target": 35},
        "win-rate-bases": {"entered": 45, "discoveries": 38, "won": 16, "implied": 42, "target": 35},
        "stage-days": {"low": 39, "high": 58, "short_low": 31, "short_high": 46, "target": 45},
        "charter-plan": {"opportunities": 40, "brought": 27, "target": 20},
        "visits-apart": {"visits": 4, "apart": 91, "limit": 90},
        "event-gaps": {"target": 5, "longest": 10, "longest_visit": 14, "kinds": 4},
        "points-plan": {"planned": 644, "quota": 500},
    }


def test_sentences_say_the_computed_figures() -> None:
    sentences = {code: finding.sentence for code, finding in found().items()}
    assert sentences["referral-asks"] == (
        "Asking for a referral at 30% of 4 visits a year with 50% success brings 0.6 a client a year; the target is 2."
    )
    assert (
        "39 to 58 (31 to 46 without Realign); the goal for the sales cycle is under 45 days"
        in sentences["stage-days"]
    )
    assert sentences["charter-plan"] == "40 opportunities at 2 in 3 bring 27 sales, not 20."
    assert "at least 49% of those that reach Mutual discovery" in sentences["stage-goals"]
    assert "16 won are 42% of those" in sentences["win-rate-bases"]


def standing_at(book: Playbook, place: str) -> object:
    """Return what stands at a dotted place of the playbook."""
    table, *words = place.split(".")
    value: Any = getattr(book, table if table in {"points", "funnel", "charter"} else f"{table}s")
    for word in words:
        if isinstance(value, tuple):
            value = next(entry for entry in value if entry.key == word)
        else:
            value = value[word] if isinstance(value, Mapping) else getattr(value, word)
    return value


def test_every_key_of_a_finding_stands_in_the_playbook() -> None:
    book = load()
    places = [place for finding in findings(book) for place in finding.keys]
    assert len(places) > 20
    assert [place for place in places if standing_at(book, place) is None] == []


@pytest.mark.parametrize(
    ("code", "overrides"),
    [
        ("testimonial-asks", target("testimonial_collection", 30)),
        ("testimonial-asks", target("testimonial_ask_rate", 84)),
        ("referral-asks", target("visits_per_client", 14, per="year")),
        (
            "referral-asks",
            {"target": {"referral_ask_rate": {"at_least": 80}, "referral_ask_success": {"at_least": 63}}},
        ),
        ("stage-goals", target("win_rate_from_discovery", 49)),
        ("stage-goals", {"stage": {"mutual-discovery": {"advance_goal": 55}}}),
        ("win-rate-bases", target("win_rate_from_discovery", 42)),
        ("win-rate-bases", {"stage": {"intro": {"advance_goal": 100}}}),
        ("stage-days", target("sales_cycle", 59, "less_than")),
        ("stage-days", target("sales_cycle", 58, "at_most")),
        ("stage-days", {"stage": {"overcome": {"days": [2, 4]}}}),
        ("charter-plan", target("won_deals", 27, per="week")),
        ("charter-plan", target("opportunities", 30, per="week")),
        ("charter-plan", {"charter": {"opportunity_wins": [1, 2]}}),
        ("visits-apart", {"limit": {"no_visit_after": 91}}),
        ("visits-apart", target("visits_per_client", 5, per="year")),
        ("event-gaps", target("event_gap", 11, "less_than")),
        ("points-plan", {"points": {"quota": 644}}),
        (
            "points-plan",
            {
                "activity_kind": {
                    "hardware-quote": {"plan": 0},
                    "addendum-quote": {"plan": 3},
                    "thank-you-card": {"plan": 11},
                }
            },
        ),
    ],
)
def test_overriding_a_number_makes_its_finding_vanish(code: str, overrides: dict[str, Any]) -> None:
    assert code in found()
    assert code not in found(overrides)


@pytest.mark.parametrize(
    ("code", "overrides", "numbers"),
    [
        ("funnel-lead-to-opportunity", target("lead_to_opportunity", 40), {"computed": 40, "entered": 45}),
        ("funnel-pipeline-entry-to-win", {"funnel": {"won": 20}}, {"computed": 16, "won": 20}),
        ("funnel-lead-to-win", target("lead_to_win", 20), {"computed": 20, "won": 16}),
        ("close-goals", {"stage": {"realign": {"close_goal": 20}}}, {"total": 105}),
        ("said-twice-no-visit-after", {"limit": {"no_visit_after": 60}}, {"number": 90, "limit": 60}),
        (
            "said-twice-no-visit-critical-after",
            {"stage": {"visit": {"critical_after": 150}}},
            {"number": 150, "limit": 120},
        ),
        ("said-twice-gap-goal-below", target("event_gap", 6, "less_than"), {"number": 6, "limit": 5}),
        ("stage-goals", target("win_rate_from_discovery", 71), {"most": 70, "target": 71}),
        ("win-rate-bases", target("win_rate_from_discovery", 44), {"implied": 42, "target": 44}),
    ],
)
def test_overriding_a_number_makes_a_finding_appear(
    code: str, overrides: dict[str, Any], numbers: dict[str, int]
) -> None:
    before = found().get(code)
    after = found(overrides)[code]
    assert before is None or before.numbers != after.numbers
    assert {name: after.numbers[name] for name in numbers} == numbers


@pytest.mark.parametrize(
    ("overrides", "code", "number", "value"),
    [
        (target("testimonial_ask_rate", 60), "testimonial-asks", "reached", 36),
        (target("referral_ask_rate", 50), "referral-asks", "reached", 1),
        ({"stage": {"overcome": {"advance_goal": 100}}}, "stage-goals", "least", 56),
        ({"stage": {"realign": {"optional": False}}}, "stage-days", "short_high", 58),
        (target("opportunities", 50, per="week"), "charter-plan", "brought", 33),
        (target("visits_per_client", 3, per="year"), "visits-apart", "apart", 121),
        ({"event_kind": {"realignment-meeting": {"gap": [5, 12]}}}, "event-gaps", "longest", 12),
        ({"activity_kind": {"presentation": {"plan": 5}}}, "points-plan", "planned", 658),
    ],
)
def test_figures_follow_the_playbook(overrides: dict[str, Any], code: str, number: str, value: float) -> None:
    assert found(overrides)[code].numbers[number] == value


@pytest.mark.parametrize("many", [4, 5])
def test_more_tracks_for_an_industry_than_target_industries_are_told(many: int) -> None:
    """Four are what the method says."""
    track = {"name": "t", "audience": "a", "steps": [{"after": 1, "activity": "email", "what": "w"}]}
    named = {f"t{number}": {**track, "industry": [f"industry {number}"]} for number in range(many)}
    told = found({"track": named}).get("industry-tracks")
    assert (told and dict(told.numbers)) == (None if many == 4 else {"tracks": 5, "limit": 4})


def test_targets_of_different_spans_are_not_compared() -> None:
    assert "charter-plan" not in found(target("won_deals", 20, per="month"))


def test_the_solo_preset_mends_what_it_can() -> None:
    assert set(found()) - set(found(use="solo")) == {"charter-plan"}


def test_a_funnel_without_goals_has_nothing_to_disagree_about() -> None:
    overrides = {
        "playbook": {"replace": ["stage", "event_kind"]},
        "stage": {"talk": {"name": "Talk", "discovery": True}, "deal": {"name": "Deal", "may_close": True}},
    }
    assert set(found(overrides)) & {"stage-goals", "stage-days", "event-gaps", "close-goals"} == set()
