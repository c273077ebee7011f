"""The playbook: the method's numbers as the file gives them, overriding, extending, refusing, and look-ups."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from improv.errors import Ambiguous, Usage
from improv.formulas import FACTS
from improv.playbook import (
    FLAGS,
    LIMITS,
    MESSAGES,
    PLACEHOLDERS,
    ActivityKind,
    EventKind,
    Flag,
    Goal,
    Message,
    Moment,
    Page,
    Part,
    Reason,
    Source,
    Stage,
    Step,
    Target,
    Track,
    VisitKind,
    compiled,
    load,
)
from improv.playbook.compiled import SHIPPED
from improv.playbook.file import merged
from improv.reader import Reader

BOOK = load()

ANOTHER_FUNNEL = """
[playbook]
key = "commitment"
title = "Prospect to commitment"
extends = "improv"
replace = ["stage", "event_kind"]

[stage.prospect]
name = "Prospect"
advances_to = ["first-appointment"]

[stage.first-appointment]
name = "First appointment"
key_event = "first-appointment"
advances_to = ["discovery"]

[stage.discovery]
name = "Discovery"
key_event = "sales-discovery"
advances_to = ["presentation"]
discovery = true

[stage.presentation]
name = "Presentation"
advances_to = ["follow-up", "commitment"]

[stage.follow-up]
name = "Follow-up"
advances_to = ["commitment"]
optional = true

[stage.commitment]
name = "Commitment"
may_close = true

[event_kind.first-appointment]
name = "first appointment"
gap = [1, 5]
sales = true
stage = "first-appointment"

[event_kind.sales-discovery]
name = "sales discovery"
sales = true
stage = "discovery"

[event_kind.network-discovery]
name = "network discovery"
sales = true
stage = "discovery"
"""


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(overrides: dict[str, Any]) -> str:
    with pytest.raises(Usage) as caught:
        load(overrides=overrides, where="my.toml")
    return str(caught.value)


# ── The method's numbers ─────────────────────────────────────────────────────────────────────────────────────────────


def test_stages_hold_the_numbers_of_the_method() -> None:
    """Name, days, warning, critical, advance goal, share of closes, probability, key event."""
    assert {
        stage.key: (
            stage.name,
            stage.days,
            stage.warning_after,
            stage.critical_after,
            stage.advance_goal,
            stage.close_goal,
            stage.probability,
            stage.key_event,
        )
        for stage in BOOK.stages
    } == {
        "intro": ("Intro", (2, 3), 5, 7, 85, None, 42, "introductory-call"),
        "mutual-discovery": ("Mutual discovery", (7, 10), 15, 20, 78, None, 49, "discovery-meeting"),
        "proposal": ("Proposal", (10, 15), 20, 30, 72, 25, 63, "proposal-presentation"),
        "realign": ("Realign", (8, 12), 18, 25, 90, 15, 79, "realignment-meeting"),
        "overcome": ("Overcome", (12, 18), 25, 35, 88, 60, 88, "final-questions-session"),
        "visit": ("Visit", None, 90, 120, None, None, None, "client-visit"),
    }


def test_stages_stand_in_the_order_of_the_funnel() -> None:
    assert "".join(stage.name[0] for stage in BOOK.stages) == "IMPROV"
    assert [stage.position for stage in BOOK.stages] == [1, 2, 3, 4, 5, 6]
    assert [stage.key for stage in BOOK.stages if stage.after_sale] == ["visit"]
    assert [stage.key for stage in BOOK.stages if stage.discovery] == ["mutual-discovery"]
    assert [stage.key for stage in BOOK.stages if stage.may_close] == ["proposal", "realign", "overcome"]
    assert [stage.slow_after for stage in BOOK.stages] == [None, None, 30, None, None, None]
    assert {stage.key: stage.advances_to for stage in BOOK.stages if stage.advances_to} == {
        "intro": ("mutual-discovery",),
        "mutual-discovery": ("proposal", "realign"),
        "proposal": ("overcome",),
        "realign": ("overcome",),
    }
    assert [stage.focus for stage in BOOK.stages] == [
        "first contact and qualification",
        "needs and fit",
        "present the solution",
        "adjust scope or budget",
        "answer objections",
        "keep the relationship, earn referrals",
    ]


@pytest.mark.parametrize(
    ("key", "gap"),
    [
        ("introductory-call", (1, 2)),
        ("discovery-meeting", (4, 6)),
        ("proposal-presentation", (7, 10)),
        ("realignment-meeting", (5, 8)),
        ("final-questions-session", (5, 7)),
        ("client-visit", (7, 14)),
    ],
)
def test_event_kinds_hold_their_gaps(key: str, gap: tuple[int, int]) -> None:
    kind = BOOK.event_kind(key)
    assert kind.gap == gap
    assert (kind.visit, kind.sales) == (key == "client-visit", key != "client-visit")


def test_funnel_and_charter_hold_their_numbers() -> None:
    assert BOOK.funnel is not None
    assert BOOK.charter is not None
    assert (BOOK.funnel.leads, BOOK.funnel.entered, BOOK.funnel.won) == (100, 45, 16)
    assert (BOOK.charter.qualified_lead_converts, BOOK.charter.opportunity_wins) == ((1, 3), (2, 3))


def test_sources_are_the_ten_of_the_method() -> None:
    names = (
        "referral, networking, testimonial, association, web, cold call, advertising, event, walk-in, other"
    )
    assert ", ".join(source.name for source in BOOK.sources) == names
    assert {source.key: source.asks for source in BOOK.sources if source.asks} == {
        "referral": "client",
        "networking": "event",
        "testimonial": "platform",
    }
    assert [source.key for source in BOOK.sources if source.from_client] == ["referral"]


def test_points_add_up_to_the_plan() -> None:
    plan = {
        "add a prospect": (3, 20),
        "first appointment": (10, 7),
        "discovery meeting": (12, 4),
        "presentation": (14, 4),
        "follow-up appointment to close": (16, 0),
        "proactive date with a client": (5, 0),
        "follow-up call or email": (1, 0),
        "thank-you postcard after a meeting": (1, 0),
        "two-hour cold-call block": (15, 4),
        "track activity call": (1, 0),
        "lead follow-up call": (1, 0),
        "attend a social event or show": (10, 2),
        "host a webinar or lunch & learn": (10, 1),
        "lunch with a client": (5, 2),
        "value-add proactive email": (2, 10),
        "technology business review": (20, 4),
        "referral given to a client": (5, 1),
        "new hardware quote": (5, 15),
        "new addendum quote": (10, 10),
        "thank-you card": (1, 10),
        "approved wow experience": (10, 2),
    }
    planned = {kind.name: (kind.points, kind.plan) for kind in BOOK.activity_kinds if kind.plan is not None}
    assert planned == plan
    assert sum(points * times for points, times in plan.values()) == 644
    assert BOOK.points is not None
    assert BOOK.points.quota == 500
    assert {kind.group for kind in BOOK.activity_kinds if kind.plan is not None} == {
        group.key for group in BOOK.activity_groups
    }


def test_limits_are_the_red_flags_numbers() -> None:
    assert dict(BOOK.limits) == {
        "lead_uncontacted_after": 5,
        "lead_last_contact_after": 3,
        "qualified_without_meeting_after": 7,
        "score_falls": 2,
        "attempts_without_response": 3,
        "gap_after": 10,
        "gap_goal_below": 5,
        "stage_over_average_percent": 200,
        "finished_stays_needed": 8,
        "history_weight": 8,
        "anticipation_misses": 3,
        "anticipation_of": 5,
        "backward_moves": 2,
        "no_visit_after": 90,
        "no_visit_critical_after": 120,
        "health_below": 70,
        "health_goal_above": 85,
        "engagement_falls": 2,
        "rating_known_percent": 50,
        "renewal_within": 60,
        "referral_contact_within_hours": 24,
        "visits_within": 30,
        "visits_a_year": 4,
        "ask_within": 14,
        "lapsed_after": 365,
        "conversion_short": 30,
        "conversion_middle": 60,
        "conversion_long": 90,
        "task_overdue_after": 30,
        "client_call_after": 183,
        "clients_per_owner": 150,
        "conversation_minutes": 5,
        "reasons_shown": 10,
        "accounts_shown": 20,
        "kpis_fewest": 5,
        "kpis_most": 10,
        "baseline_days": 30,
        "industry_tracks": 4,
        "enrol_within": 30,
        "quota_pace_below_percent": 100,
        "quota_pace_after_percent": 25,
        "event_minutes": 60,
        "session_minutes": 30,
        "returned_after": 14,
        "touch_news_within": 14,
        "client_ask_after": 365,
        "deal_unlogged_after": 7,
    }
    assert set(BOOK.limits) == set(LIMITS)


def test_targets_are_those_of_the_method() -> None:
    said = {
        name: {word: value for word, value in vars(target).items() if word != "origin"}
        for name, target in BOOK.targets.items()
    }
    assert said == {
        "new_leads": {"at_least": 2, "per": "day"},
        "leads_with_source": {"at_least": 100},
        "opportunities_with_next_event": {"at_least": 100},
        "anticipation_accuracy": {"more_than": 75},
        "event_gap": {"less_than": 5},
        "qualified_leads": {"at_least": 50, "per": "month"},
        "lead_to_opportunity": {"at_least": 45},
        "pipeline_entry_to_win": {"at_least": 35},
        "lead_to_win": {"at_least": 16},
        "referral_share": {"band": (35, 40)},
        "referral_to_intro": {"at_least": 50},
        "win_rate_from_discovery": {"at_least": 35},
        "sales_cycle": {"less_than": 45},
        "visits_per_client": {"at_least": 4, "per": "year"},
        "testimonial_collection": {"at_least": 50},
        "referrals_per_client": {"at_least": 2, "per": "year"},
        "client_health": {"more_than": 85},
        "testimonial_ask_rate": {"at_least": 50},
        "story_ask_rate": {"at_least": 25},
        "referral_ask_rate": {"at_least": 30},
        "testimonial_ask_success": {"at_least": 60},
        "story_ask_success": {"at_least": 40},
        "referral_ask_success": {"at_least": 50},
        "won_deals": {"at_least": 20, "per": "week"},
        "opportunities": {"at_least": 40, "per": "week"},
        "appointments": {"at_least": 40, "per": "week"},
        "conversations": {"at_least": 120, "per": "week"},
        "marketing_qualified_leads": {"at_least": 200, "per": "month"},
        "calls": {"at_least": 400, "per": "week"},
        "calls_with_outcome": {"at_least": 400, "per": "week"},
        "emails": {"at_least": 200, "per": "week"},
        "appointments_set": {"at_least": 50, "per": "week"},
        "pipeline_count": {"at_least": 80},
    }
    assert {target.origin for target in BOOK.targets.values()} == {"A", "C", "ours"}


def test_goals_visits_and_lists_are_there() -> None:
    assert [(goal.key, goal.within) for goal in BOOK.goals] == [
        ("first-week", 7),
        ("days-30", 30),
        ("days-90", 90),
        ("later", None),
    ]
    assert BOOK.goals[1].targets["testimonials"].at_least == 5
    assert BOOK.goals[2].targets["testimonials"].at_least == 15
    assert BOOK.visit_kind("qbr").purposes == (
        "performance",
        "next projects",
        "upsell",
        "testimonial",
        "story",
    )
    assert [kind.key for kind in BOOK.visit_kinds] == [
        "qbr",
        "check-in",
        "kickoff",
        "problem-solving",
        "celebration",
    ]
    assert len(BOOK.campaign_types) == 14
    assert BOOK.campaign_type("email").subtypes[0] == "important announcement"
    assert [track.key for track in BOOK.tracks] == [
        "general-interest",
        "industry",
        "value-add",
        "event",
        "lost-sale",
    ]
    assert [role.name for role in BOOK.contact_roles] == ["influencer", "decision maker", "buyer"]
    assert [kind.name for kind in BOOK.opportunity_types] == ["product", "service"]
    assert len(BOOK.moments) == 8


def test_flags_are_all_there_and_some_get_worse() -> None:
    assert tuple(BOOK.flags) == FLAGS
    assert [code for code, flag in BOOK.flags.items() if flag.worse] == ["L1", "S7", "C1"]


def test_every_question_has_reasons() -> None:
    questions = "lost no-decision left not-qualified clicked bought did-not-buy called-support"
    assert {word for reason in BOOK.reasons for word in reason.of} == set(questions.split())
    assert BOOK.reason("lost", "price").key == "price"
    with pytest.raises(Usage):
        BOOK.reason("called-support", "price")


# ── Look-ups ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("proposal", "proposal"),
        ("prop", "proposal"),
        ("PROPOSAL", "proposal"),
        ("mutual discovery", "mutual-discovery"),
        ("Mutual_Discovery", "mutual-discovery"),
        ("m", "mutual-discovery"),
        ("disc", "mutual-discovery"),
    ],
)
def test_a_stage_is_found_as_people_type_it(typed: str, key: str) -> None:
    assert BOOK.stage(typed).key == key


def test_other_names_and_whole_names_win_over_beginnings() -> None:
    assert BOOK.event_kind("final overcome session").key == "final-questions-session"
    assert BOOK.visit_kind("Quarterly Business Review").key == "qbr"
    assert BOOK.activity_kind("email").key == "email"
    assert BOOK.source("cold").key == "cold-call"
    assert BOOK.campaign_type("PPC").key == "pay-per-click"


def test_an_unknown_stage_lists_the_known_ones_and_the_closest() -> None:
    with pytest.raises(Usage) as caught:
        BOOK.stage("propsal")
    assert caught.value.value == "propsal"
    assert caught.value.mend.startswith("did you mean `proposal`? use one of intro, mutual-discovery,")
    with pytest.raises(Usage):
        BOOK.stage("  ")


def test_a_beginning_of_two_sources_is_ambiguous() -> None:
    with pytest.raises(Ambiguous) as caught:
        BOOK.source("w")
    assert caught.value.mend == "use one of web, walk-in"


# ── Tables for queries ───────────────────────────────────────────────────────────────────────────────────────────────


def test_tables_give_queries_what_they_join() -> None:
    tables = BOOK.tables()
    assert set(tables) == {
        "playbook_stage",
        "playbook_event_kind",
        "playbook_source",
        "playbook_visit_kind",
        "playbook_moment",
        "playbook_activity_kind",
        "playbook_reason",
        "playbook_page",
        "playbook_track",
        "playbook_part",
        "playbook_earning",
        "playbook_field",
        "playbook_member",
        "playbook_team",
    }
    columns, rows = tables["playbook_stage"]
    assert dict(zip(columns, rows[2], strict=True)) == {
        "key": "proposal",
        "name": "Proposal",
        "position": 3,
        "probability": 63,
        "warning_after": 20,
        "critical_after": 30,
        "slow_after": 30,
        "days_low": 10,
        "days_high": 15,
        "advance_goal": 72,
        "after_sale": 0,
        "discovery": 0,
        "advances_to": " overcome ",
    }
    assert rows[5] == ("visit", "Visit", 6, None, 90, 120, None, None, None, None, 1, 0, "  ")
    assert tables["playbook_event_kind"][1][-1] == ("client-visit", "client visit", 7, 14, 1, 0)
    assert tables["playbook_source"][1][0] == ("referral", "referral", 1)
    assert tables["playbook_visit_kind"][1][0] == ("qbr", "QBR", 0, "strong-qbr")
    assert tables["playbook_moment"][1][1] == ("strong-qbr", None, 4)
    columns, rows = tables["playbook_activity_kind"]
    assert columns == ("key", "name", "points", "plan", "grp", "attempt", "contact", "channel", "calling")
    assert ("dial", "dial", 0, None, None, 1, 0, "call", "dialled") in rows
    columns, rows = tables["playbook_earning"]
    assert columns == ("how", "what", "activity")
    assert rows[-2:] == (("visit", "qbr", "technology-business-review"), ("lead", None, "add-prospect"))
    columns, rows = tables["playbook_part"]
    assert columns == ("formula", "place", "fact", "name", "worst", "best", "weight", "optional")
    assert rows[1] == ("health", 1, "last-satisfaction", "satisfaction at the last visit", 1, 5, 40, 0)
    types = {type(cell) for _, rows in tables.values() for row in rows for cell in row}
    assert types == {str, int, type(None)}


def test_a_query_joins_of_a_list_the_columns_it_names() -> None:
    """What it cannot name would only be compiled; whoever asks for all has all, and who asks for none a row for each."""
    reader = Reader(sqlite3.connect(":memory:"), BOOK, date(2026, 11, 22))
    named = reader.prepared("SELECT k.name FROM playbook_source AS k")
    assert named.startswith("WITH playbook_source (name) AS (VALUES (:listed_0), (:listed_1)")
    assert reader.value("SELECT k.name FROM playbook_source AS k WHERE k.from_client = 1") == "referral"
    assert reader.value("SELECT COUNT(*) FROM playbook_stage") == len(BOOK.stages)
    columns, rows = BOOK.table("playbook_stage")
    found = reader.rows("SELECT * FROM playbook_stage")
    assert tuple(found[0].keys()) == columns
    assert tuple(map(tuple, found)) == rows


# ── Overriding and extending ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_override_changes_one_key_and_leaves_the_rest() -> None:
    book = load(overrides={"stage": {"intro": {"warning_after": 6}}, "limit": {"health_below": 60}})
    assert (book.stage("intro").warning_after, book.stage("intro").critical_after) == (6, 7)
    assert book.limits["health_below"] == 60
    assert book.limits["gap_after"] == 10
    assert BOOK.stage("intro").warning_after == 5


def test_an_override_adds_an_entry() -> None:
    book = load(
        overrides={
            "source": {"podcast": {"name": "podcast"}},
            "target": {"visits": {"at_least": 9, "per": "day"}},
        }
    )
    assert book.source("pod").name == "podcast"
    assert book.targets["visits"].bound == 9


def test_another_bound_makes_another_target() -> None:
    target = load(overrides={"target": {"sales_cycle": {"at_most": 60}}}).targets["sales_cycle"]
    assert (target.at_most, target.less_than, target.origin, target.bound) == (60, None, "", 60)
    assert load().targets["referral_share"].bound == 35


def test_a_flag_is_switched_off() -> None:
    flag = load(overrides={"flag": {"C6": {"off": True}}}).flags["C6"]
    assert (flag.off, flag.severity) == (True, "warning")


def test_a_formula_is_changed_part_by_part_left_without_one_or_begun_anew() -> None:
    book = load(
        overrides={
            "formula": {"health": {"last-satisfaction": {"weight": 60}, "overdue-tasks": {"weight": 0}}}
        }
    )
    parts = {part.key: (part.worst, part.best, part.weight) for part in book.formulas["health"]}
    assert parts["last-satisfaction"] == (1, 5, 60)
    assert parts["days-since-visit"] == (120, 30, 30)
    facts = [row[2] for row in book.tables()["playbook_part"][1] if row[0] == "health"]
    assert facts == ["days-since-visit", "last-satisfaction", "visits-of-year", "problem-visits"]
    anew = load(overrides={"playbook": {"replace": ["formula.health"]}})
    assert {kind: len(parts) for kind, parts in anew.formulas.items()} == {
        "health": 0,
        "engagement": 4,
        "score": 7,
    }


def test_solo_is_improv_with_the_volumes_of_one_person() -> None:
    solo = load("solo")
    assert (solo.key, solo.title) == ("solo", "IMPROV for one person")
    changed = {name for name, target in solo.targets.items() if vars(target) != vars(BOOK.targets[name])}
    assert changed == {name for name, target in solo.targets.items() if target.origin == "ours"}
    assert {"qualified_leads", "won_deals"} <= changed
    assert solo.tables() == BOOK.tables()


def test_another_funnel_is_a_file(tmp_path: Path) -> None:
    book = load(written(tmp_path, ANOTHER_FUNNEL))
    assert [stage.key for stage in book.sale_stages] == [
        "prospect",
        "first-appointment",
        "discovery",
        "presentation",
        "follow-up",
        "commitment",
    ]
    assert [kind.key for kind in book.event_kinds if kind.stage == "discovery"] == [
        "sales-discovery",
        "network-discovery",
    ]
    assert book.limits == BOOK.limits
    assert len(book.sources) == 10


def test_a_playbook_extends_a_file_beside_it(tmp_path: Path) -> None:
    written(tmp_path, ANOTHER_FUNNEL, "base.toml")
    top = '[playbook]\nkey = "top"\nextends = "base.toml"\n[stage.discovery]\nprobability = 30\n'
    book = load(str(written(tmp_path, top)))
    assert (book.key, book.title) == ("top", "Prospect to commitment")
    assert book.stage("discovery").probability == 30


def test_a_playbook_is_frozen() -> None:
    with pytest.raises(AttributeError, match="Stage is frozen"):
        BOOK.stages[0].name = "Other"  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        BOOK.limits["gap_after"] = 1  # type: ignore[index]  # the point of the test


# ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"stage": {"intro": {"warnin_after": 4}}}, "unknown key `warnin_after` in [stage.intro] of my.toml"),
        ({"stage": {"intro": {"warnin_after": 4}}}, "did you mean `warning_after`?"),
        ({"stages": {}}, "unknown key `stages` in my.toml"),
        ({"limit": {"gap_afterr": 4}}, "unknown key `gap_afterr` in [limit] of my.toml"),
        ({"flag": {"L9": {"severity": "warning"}}}, "unknown key `L9` in [flag] of my.toml"),
        (
            {"flag": {"L2": {"severity": "grave"}}},
            "`severity` in [flag.L2] of my.toml must be one of warning, critical",
        ),
        ({"stage": {"intor": {"days": [1, 2]}}}, "`name` is missing in [stage.intor] of my.toml"),
        ({"stage": {"intor": {"days": [1, 2]}}}, "did you mean `intro`?"),
        ({"stage": {"intro": 3}}, "[stage.intro] of my.toml must be a table"),
        (
            {"stage": {"intro": {"days": [3, 2]}}},
            "`days` in [stage.intro] of my.toml must be two whole numbers",
        ),
        ({"stage": {"intro": {"warning_after": 2.5}}}, "must be a whole number"),
        ({"stage": {"intro": {"warning_after": True}}}, "must be a whole number"),
        ({"stage": {"intro": {"warning_after": -1}}}, "must be a whole number"),
        ({"stage": {"intro": {"probability": 101}}}, "must be a whole percent from 0 to 100"),
        ({"stage": {"intro": {"discovery": 1}}}, "must be true or false"),
        ({"stage": {"intro": {"name": " "}}}, "must be a text"),
        (
            {"stage": {"intro": {"key_event": "intro-call"}}},
            "[stage.intro] of my.toml: `key_event` names no event_kind",
        ),
        ({"stage": {"intro": {"advances_to": ["propsal"]}}}, "did you mean `proposal`?"),
        ({"stage": {"overcome": {"advances_to": ["intro"]}}}, "names a stage that does not come later"),
        ({"stage": {"intro": {"warning_after": 8}}}, "`warning_after` is later than `critical_after`"),
        ({"stage": {"intro": {"discovery": True}}}, "`discovery` marks a second stage"),
        ({"stage": {"Cold": {"name": "Cold"}}}, "write `cold`"),
        ({"target": {"sales_cycle": {"at_most": 4, "less_than": 5}}}, "must have exactly one bound"),
        ({"target": {"visits": {"per": "day"}}}, "must have exactly one bound"),
        (
            {"goal": {"later": {"targets": {"x": {"at_leest": 1}}}}},
            "unknown key `at_leest` in [goal.later.targets.x]",
        ),
        ({"message": {"invite": {"title": "x"}}}, "unknown key `invite` in [message] of my.toml"),
        (
            {"message": {"invitation": {"subject": "{nmae}"}}},
            "[message.invitation] of my.toml: `subject` names no placeholder; did you mean `name`?",
        ),
        ({"message": {"confirmation": {"text": "{name.x} {0}"}}}, "`text` names no placeholder"),
        ({"message": {"confirmation": {"title": "a\nb"}}}, "`title` must be one line"),
        ({"message": {"confirmation": {"text": ""}}}, "must be a text"),
        (
            {"track": {"event": {"steps": [{"after": 1, "activity": "email"}]}}},
            "`what` is missing in [track.event.steps]",
        ),
        ({"track": {"event": {"steps": 4}}}, "must be a list of steps"),
        (
            {"track": {"event": {"steps": [{"after": 1, "activity": "fax", "what": "x"}]}}},
            "[track.event] of my.toml: a step names no activity_kind",
        ),
        ({"track": {"event": {"steps": []}}}, "[track.event] of my.toml: a track needs a step"),
        (
            {"track": {"event": {"steps": [{"after": 3, "activity": "email", "what": "x"}] * 2}}},
            "[track.event] of my.toml: a step is not later than the one before it",
        ),
        (
            {
                "track": {
                    "event": {"steps": [{"after": 1, "activity": "email", "what": "x", "message": "a-stori"}]}
                }
            },
            "[track.event] of my.toml: a step names no track_message; did you mean `a-story`?",
        ),
        ({"track": {"event": {"exits": ["death"]}}}, "must be a list of reply, booking, won"),
        ({"track": {"event": {"enrol_when": ["met"]}}}, "must be a list of won, lost, no-decision"),
        ({"track": {"event": {"then": "nowhere"}}}, "`then` names no track"),
        (
            {"track_message": {"a-story": {"text": "on {when}"}}},
            "[track_message.a-story] of my.toml: `text` names no placeholder",
        ),
        ({"track_message": {"mine": {"text": "Hello"}}}, "`subject` is missing in [track_message.mine]"),
        (
            {"formula": {"health": {"days-since-vist": {"weight": 3}}}},
            "unknown key `days-since-vist` in [formula.health] of my.toml",
        ),
        (
            {"formula": {"health": {"temperature": {"weight": 3}}}},
            "unknown key `temperature` in [formula.health]",
        ),
        ({"formula": {"helth": {}}}, "did you mean `formula.health`?"),
        ({"formula": 3}, "[formula] of my.toml must be a table"),
        (
            {"formula": {"score": {"temperature": {"weigth": 3}}}},
            "unknown key `weigth` in [formula.score.temperature] of my.toml",
        ),
        ({"formula": {"score": {"temperature": {"weight": 2.5}}}}, "must be a whole number"),
        (
            {"formula": {"score": {"temperature": {"best": 0}}}},
            "[formula.score.temperature] of my.toml: `worst` and `best` are the same",
        ),
        (
            {"formula": {"score": {"days-since-contact": {"weight": 3}}}},
            "`name` is missing in [formula.score.days-since-contact] of my.toml",
        ),
        ({"team": {"members": "Kim"}}, "`members` in [team] of my.toml must be a list of texts"),
        ({"charter": {"past_close_date": "never"}}, "must be one of flag, close"),
        ({"playbook": {"extends": "solo"}}, "unknown key `extends` in [playbook] of my.toml"),
        ({"playbook": {"replace": ["limit"]}}, "`replace` in [playbook] of my.toml names no list"),
        ({"playbook": {"replace": ["activity_kind"]}}, "[event_kind.introductory-call]"),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_place(overrides: dict[str, Any], said: str) -> None:
    assert said in refusal(overrides)


def test_a_file_that_is_incomplete_says_what_it_lacks(tmp_path: Path) -> None:
    text = ANOTHER_FUNNEL.replace('extends = "improv"\n', "").replace(
        'replace = ["stage", "event_kind"]\n', ""
    )
    with pytest.raises(
        Usage, match=r"`lead_uncontacted_after` is missing in \[limit\] of the playbook /.*mine.toml"
    ):
        load(written(tmp_path, text))
    with pytest.raises(Usage, match=r"`key` is missing in \[playbook\]"):
        load(written(tmp_path, '[playbook]\ntitle = "x"\n'))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="cannot be read"):
        load(tmp_path / "none.toml")
    with pytest.raises(Usage, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(Usage, match="is no TOML file"):
        load(written(tmp_path, "stage = ["))
    (tmp_path / "latin.toml").write_bytes(b'x = "\xe9"')
    with pytest.raises(Usage, match="is no TOML file"):
        load(tmp_path / "latin.toml")
    with pytest.raises(Usage, match="no playbook is called so"):
        load("improve")
    with pytest.raises(Usage, match="extends itself"):
        load(written(tmp_path, '[playbook]\nkey = "a"\nextends = "mine.toml"\n'))


@pytest.mark.parametrize("name", ["improv", "solo"])
def test_loading_imports_nothing_heavy(name: str) -> None:
    code = (
        "import sys; from improv.playbook import load; print(load(sys.argv[1]).key);"
        "print(*{'typer', 'click', 'sqlmodel', 'sqlalchemy', 'pydantic', 'rich', 'difflib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [name]


# ── The page about it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_the_calendar_names_every_message_and_placeholder() -> None:
    assert tuple(BOOK.messages) == MESSAGES
    page = (Path(__file__).parent.parent / "docs" / "calendar.md").read_text(encoding="utf-8")
    named = [*(f"[message.{key}]" for key in MESSAGES), *(f"`{{{word}}}`" for word in PLACEHOLDERS)]
    assert [name for name in named if name not in page] == []
    _, settings, override = (part.partition("```")[0] for part in page.split("```toml\n"))
    assert set(tomllib.loads(settings)["me"]) == {"name", "email"}
    book = load(overrides=tomllib.loads(override)["playbook"])
    assert book.messages["invitation"].subject == "Shall we meet {when}?"


def test_the_examples_of_the_page_load_and_every_field_is_named(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "playbook.md").read_text(encoding="utf-8")
    override, renamed, funnel = (part.partition("```")[0] for part in page.split("```toml\n")[1:])
    assert load(overrides=tomllib.loads(override)).stage("proposal").warning_after == 14
    assert load(overrides=tomllib.loads(renamed)).source("networking").name == "meetup"
    assert load(written(tmp_path, funnel)).sale_stages[1].key == "discovery"
    shapes = (
        Stage,
        EventKind,
        Source,
        VisitKind,
        Moment,
        ActivityKind,
        Reason,
        Track,
        Step,
        Goal,
        Target,
        Flag,
        Message,
        Part,
        Page,
    )
    lines = page.splitlines()
    for of, facts in FACTS.items():
        for name, fact in facts.items():
            known = ", ".join(each for each in FACTS if name in FACTS[each])
            assert f"| `{name}` | {known} | {fact.sentence} |" in lines, (of, name)
    fields = {name for shape in shapes for name in shape.schema} - {"key", "position"}
    assert [name for name in sorted(fields) if f"`{name}`" not in page] == []


def test_what_is_kept_of_the_shipped_playbooks_is_written_anew_with_them() -> None:
    """By `python -m improv.playbook.compiled`; what it says is what is read from the files."""
    assert all(file.read_text("utf-8") == source for file, source in compiled.sources().items())
    for file in SHIPPED.glob("*.toml"):
        assert repr(compiled.book(file.stem)) == repr(merged(file.stem, None, ""))
        assert compiled.said(file, file.read_text("utf-8")) == tomllib.loads(file.read_text("utf-8"))


def test_a_shipped_playbook_that_was_changed_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of another text is not mistaken for it."""
    for file in SHIPPED.glob("*.toml"):
        (tmp_path / file.name).write_text(
            file.read_text("utf-8").replace('title = "IMPROV"', 'title = "Ours"')
        )
    monkeypatch.setattr(compiled, "SHIPPED", tmp_path)
    assert compiled.book("improv") is None
    assert compiled.book("solo") is None, "it extends the one that was changed"
    assert compiled.book("nobody") is None
    improv = tmp_path / "improv.toml"
    assert compiled.said(improv, improv.read_text("utf-8")) is None
