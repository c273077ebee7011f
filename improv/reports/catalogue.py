"""The catalogue of reports: which there are, as data.

A report is declared once: what it shows, how often it is read, which period it is about unless told, the metrics of its
scorecard, and the room that makes its tables.
"""

from collections.abc import Mapping
from typing import Final

from improv.named import NamedTuple


class Maker(NamedTuple):
    """How a report is made: `groups` are the metrics of its scorecards, `room` the module that makes its tables.

    `period` is what it is about unless told; a report without one has its own days, and may be about a record of the
    noun `about`.
    """

    name: str
    title: str
    sentence: str
    rhythm: str
    source: str
    room: str
    period: str = ""
    groups: Mapping[str, tuple[str, ...]] = {}
    about: str = ""


SCORECARD: Final = {
    "Leads": ("qualified_leads", "lead_to_opportunity", "referral_share"),
    "Sales": ("win_rate_from_discovery", "sales_cycle", "pipeline_value", "weighted_pipeline"),
    "Clients": ("visits_per_client", "testimonial_collection", "referrals_per_client", "client_health"),
}


# What the charter counts every week.
COUNTS: Final = {
    "Work": ("calls", "calls_with_outcome", "emails", "conversations", "appointments_set", "appointments"),
    "Funnel": (
        *("marketing_qualified_leads", "sales_qualified_leads", "opportunities", "won_deals"),
        "pipeline_count",
    ),
}


def _one(*names: str) -> dict[str, tuple[str, ...]]:
    return {"Scorecard": names}


CATALOGUE: Final[dict[str, Maker]] = {
    maker.name: maker
    for maker in (
        Maker(
            "daily",
            "Daily report",
            "Show the day: new leads, events set, red flags, clients at risk, visits ahead.",
            "daily",
            "[A] daily",
            "day",
            "today",
            _one(
                *("new_leads", "leads_with_source", "qualified_leads"),
                *("opportunities_with_next_event", "at_risk_clients", "visits_not_logged"),
            ),
        ),
        Maker(
            "weekly",
            "Weekly report",
            "Show the Monday and Friday page: the week's scorecard, the pipeline, what is ahead and what was done.",
            "weekly",
            "[A] weekly",
            "rhythm",
            "this week",
            _one(
                *("new_leads", "leads_with_source", "qualified_leads", "win_rate", "win_rate_from_discovery"),
                *("won_value", "sales_cycle", "event_gap", "anticipation_accuracy"),
                *("opportunities_with_next_event", "visits", "testimonial_collection", "client_health"),
            ),
        ),
        Maker(
            "monthly",
            "Monthly scorecard",
            "Show the month's scorecard with its targets, the pipeline and the sources.",
            "monthly",
            "[A] monthly scorecard",
            "rhythm",
            "this month",
            SCORECARD,
        ),
        Maker(
            "quarterly",
            "Quarterly scorecard",
            "Show the scorecard over a quarter, month by month.",
            "quarterly",
            "[A] monthly scorecard",
            "rhythm",
            "this quarter",
            SCORECARD,
        ),
        Maker(
            "yearly",
            "Yearly scorecard",
            "Show the scorecard over a year, quarter by quarter.",
            "yearly",
            "[A] monthly scorecard",
            "rhythm",
            "this year",
            SCORECARD,
        ),
        Maker(
            "scorecard",
            "Scorecard",
            "Show the scorecard alone, over any period.",
            "any time",
            "[A] monthly scorecard",
            "rhythm",
            "this month",
            SCORECARD,
        ),
        Maker(
            "source-roi",
            "Lead source ROI",
            "Show what each source brought and cost: leads, conversion, value won.",
            "weekly",
            "[A] report 1",
            "sales",
            "this quarter",
            _one("new_leads", "lead_to_opportunity", "lead_to_win", "won_deals", "won_value"),
        ),
        Maker(
            "pipeline",
            "Pipeline snapshot",
            "Show count, value and three weighted values by stage, and every open opportunity.",
            "daily",
            "[A] report 2",
            "sales",
            "today",
            _one(
                *("pipeline_count", "pipeline_value"),
                *("weighted_pipeline", "weighted_pipeline_by_history", "weighted_pipeline_by_hand"),
                *("opportunities_with_next_event", "opportunities_with_anticipated_stage"),
            ),
        ),
        Maker(
            "discovery",
            "Discovery conversion",
            "Show every discovery with its outcome, and what came next after each stage.",
            "weekly",
            "[A] report 3",
            "outcomes",
            "this quarter",
            _one("win_rate_from_discovery"),
        ),
        Maker(
            "sales-cycle",
            "Sales cycle",
            "Show the days from opening to winning by closing stage, and the days in each stage.",
            "monthly",
            "[A] report 4",
            "outcomes",
            "this quarter",
            _one("sales_cycle", "won_deals", "velocity"),
        ),
        Maker(
            "gap",
            "Set-to-scheduled gap",
            "Show the gap of every event against its target, and how the gaps spread.",
            "daily",
            "[A] report 5",
            "events",
            "this month",
            _one("event_gap", "gap_under_goal", "gap_over_red_flag", "events_kept"),
        ),
        Maker(
            "anticipation",
            "Anticipation accuracy",
            "Show which next stage was anticipated and which came.",
            "weekly",
            "[A] report 6",
            "events",
            "this month",
            _one("anticipation_accuracy"),
        ),
        Maker(
            "visits",
            "Visit activity",
            "Show visits and what came of them.",
            "weekly",
            "[A] report 7",
            "clients",
            "this month",
            _one(
                *("visits", "visits_per_client", "clients_with_next_visit"),
                *("visits_with_outcomes", "visit_satisfaction"),
            ),
        ),
        Maker(
            "testimonials",
            "Testimonial tracker",
            "Show testimonials collected against the goal, and how often they were asked for.",
            "weekly",
            "[A] report 8",
            "clients",
            "this quarter",
            _one(
                *("testimonials", "testimonial_collection"),
                *("testimonial_ask_rate", "testimonial_ask_success"),
            ),
        ),
        Maker(
            "referrals",
            "Referral performance",
            "Show referrals received and converted, and what they are worth.",
            "monthly",
            "[A] report 9",
            "clients",
            "this quarter",
            _one(
                *("referrals", "referral_to_intro", "referral_to_win", "referral_won_value"),
                *("referral_share", "referrals_per_client", "referral_ask_rate", "referral_ask_success"),
            ),
        ),
        Maker(
            "at-risk",
            "At-risk clients",
            "Show clients with low health, or without a visit for too long.",
            "weekly",
            "[A] report 10",
            "clients",
            "today",
            _one("at_risk_clients", "active_clients", "client_health", "clients_with_next_visit"),
        ),
        Maker(
            "accounts",
            "Top accounts",
            "Show the clients with the most value won, and what it costs to win and to keep them.",
            "monthly",
            "[B] wins",
            "rankings",
            "this year",
            _one(
                *("won_value", "won_deals", "new_customers", "recurring_customers"),
                *("cost_per_new_customer", "cost_per_kept_client", "active_clients", "clients_to_win_back"),
            ),
        ),
        Maker(
            "salespeople",
            "Top salespeople",
            "Show who won how much and how often, and the leads, opportunities and customers each works at.",
            "monthly",
            "[B] wins, [C] charter",
            "rankings",
            "this quarter",
            _one("won_value", "won_deals", "win_rate", "average_deal", "average_revenue_per_salesperson"),
        ),
        Maker(
            "reasons",
            "Reasons",
            "Show why people click, buy, do not buy, call support and leave: as they say, and as it was recorded.",
            "monthly",
            "[B] wins and losses",
            "rankings",
            "this quarter",
            _one("survey_answers", "win_rate", "won_deals", "lost", "closed", "lost_clients"),
        ),
        Maker(
            "activity",
            "Activities",
            "Show the activities logged by kind, and the counts of calls, emails and appointments.",
            "weekly",
            "[D] activities and points, [C] charter",
            "work",
            "this month",
            _one(
                *("activities", "calls", "calls_with_outcome", "emails", "conversations"),
                *("appointments_set", "appointments", "pipeline_count"),
            ),
        ),
        Maker(
            "points",
            "Points",
            "Show the points earned against the quota and, per person and group, against the plan: what is still to do.",
            "weekly",
            "[D] activities and points",
            "points",
            "this month",
            _one("points"),
        ),
        Maker(
            "campaigns",
            "Campaigns",
            "Show what each campaign and each type of them took and brought: leads, wins, gross profit, cost per step, ROI.",
            "monthly",
            "[D] campaigns, [B] web leads",
            "campaigns",
            "this year",
            _one(
                *("campaign_spend", "campaign_own_leads", "campaign_opportunities", "campaign_wins"),
                *("campaign_won_value", "campaign_gross_profit", "campaign_roi"),
            ),
        ),
        Maker(
            "tracks",
            "Tracks",
            "Show how people fare on the tracks, and which steps are due.",
            "weekly",
            "[D] tracks",
            "tracks",
            "this quarter",
            _one("enrolments", "people_on_tracks", "track_steps_done", "track_answers"),
        ),
        Maker(
            "quota",
            "Quotas",
            "Show value won and points against their quotas: month, quarter and year to date.",
            "weekly",
            "[D] dashboard",
            "quota",
            "this month",
            _one("won_value", "points"),
        ),
        Maker(
            "goals",
            "Goals",
            "Show the goals of the first week, 30 and 90 days, and how far they are reached.",
            "weekly",
            "[A] goals",
            "goals",
        ),
        Maker(
            "touches",
            "Touches",
            "Show what people did by themselves, and which contact point and nurture came before a sale.",
            "monthly",
            "[E] tracking",
            "touches",
            "this quarter",
            _one("touches", "interest", "returns", "pages_with_utm", "new_visitors", "unknown_visitors"),
        ),
        Maker(
            "charter",
            "Charter",
            "Show the week's counts against their targets, what each owner works at, and which rules are broken.",
            "weekly",
            "[C] charter",
            "charter",
            "this week",
            COUNTS,
        ),
        Maker(
            "kpi",
            "KPIs before and after",
            "Show what a change did to the KPIs, before and after side by side; without a change, the baseline so far.",
            "monthly",
            "[B] KPI habit",
            "kpi",
            about="change",
        ),
    )
}
