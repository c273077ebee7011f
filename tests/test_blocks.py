"""Every figure once more, as SQL written by hand: what `bench.size` times the program against must say the same."""

from collections.abc import Callable

import pytest

from bench.blocks import SCAN, blocks, differences, parameters
from improv import measure
from improv.dates import parse_period
from improv.metrics import CATALOGUE
from tests.kept import KEPT, Kept

pytestmark = pytest.mark.xdist_group("sample")

PERIODS = ("last 365 days", "last quarter")
# Written by somebody else, and not merged yet.
PENDING = frozenset(
    [
        "accounts_won",
        "active_leads",
        "advance_rate",
        "churn",
        "client_engagement",
        "clients_to_win_back",
        "close_by_stage",
        "closed",
        "closing_this_period",
        "closing_value",
        "contact_before_opportunity",
        "days_in_current_stage",
        "days_since_last_contact",
        "days_to_first_contact",
        "decided",
        "keeping_spend",
        "lapsed_clients",
        "lead_score",
        "lead_to_opportunity_within_30",
        "lead_to_opportunity_within_60",
        "lead_to_opportunity_within_90",
        "lost",
        "lost_clients",
        "lost_revenue",
        "monthly_revenue",
        "new_customers",
        "new_revenue",
        "opportunities",
        "opportunities_from_leads",
        "opportunities_with_anticipated_stage",
        "opportunities_with_next_event",
        "opportunities_with_time_set_aside",
        "pipeline_count",
        "pipeline_entry_to_win",
        "pipeline_value",
        "points",
        "qualified_to_opportunity",
        "recurring_customers",
        "recurring_revenue",
        "recurring_wins",
        "referral_ask_rate",
        "referral_ask_success",
        "referral_estimate",
        "referral_to_intro",
        "referral_to_win",
        "referral_won_value",
        "referrals",
        "sales_cycle",
        "slipped",
        "stage_conversion",
        "stories",
        "story_ask_rate",
        "story_ask_success",
        "testimonial_ask_rate",
        "testimonial_ask_success",
        "testimonial_collection",
        "testimonials",
        "time_in_stage",
        "time_to_close",
        "visit_ratings",
        "visits",
        "visits_booked",
        "visits_not_logged",
        "visits_rated",
        "visits_with_outcomes",
        "weighted_pipeline",
        "weighted_pipeline_by_hand",
        "weighted_pipeline_by_history",
        "win_backs",
        "win_rate",
        "win_rate_from_discovery",
        "win_rate_from_stage",
        "winning_salespeople",
        "winning_spend",
        "won_deals",
        "won_of_closed",
        "won_value",
        "won_with_value",
    ]
)
WRITTEN = {name: statements for name, statements in blocks().items() if name in CATALOGUE}


def test_every_metric_is_written_by_hand_once() -> None:
    """A ratio is told by its parts; a metric of lengths has the scan it is timed against, too."""
    told = {name for name, metric in CATALOGUE.items() if metric.kind != "ratio"}
    lengths = {SCAN + name for name, metric in CATALOGUE.items() if metric.kind == "duration"}
    assert sorted((WRITTEN.keys() | PENDING) ^ told) == []
    scans = {name for name in blocks() if name.startswith(SCAN)}
    assert sorted(scans ^ {name for name in lengths if name.removeprefix(SCAN) not in PENDING}) == []


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize("typed", PERIODS)
def test_hand_written_sql_says_the_same(what: str, typed: str, kept: Callable[..., Kept]) -> None:
    """Whatever determines the figure: how many, how many hit, what it adds up to."""
    reader = kept(what).reader()
    period = parse_period(typed, reader.today)
    bound = parameters(reader, period)
    wrong = {}
    for name, statements in WRITTEN.items():
        cursor = reader.connection.execute(statements[-1], bound)
        row = dict(zip((column for column, *_ in cursor.description), cursor.fetchone(), strict=True))
        if found := differences(measure.measure(reader, CATALOGUE[name], period), row):
            wrong[name] = found
    assert wrong == {}
