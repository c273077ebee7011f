"""The metrics of what campaigns take and return: activities, one's own time, cost in all, and the return on it."""

from typing import Final

from improv.metrics.fragments import CAMPAIGN, CAMPAIGN_KEYS
from improv.metrics.metric import Metric

_TRACKED: Final = "[D] campaigns"
_DONE: Final = "day the activity was done"
# What was done for a campaign: the activity names it, or belongs to one of its opportunities or leads.
_FOR_CAMPAIGNS: Final = """FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
    LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
    JOIN campaign AS m ON m.id = COALESCE(a.campaign_id, o.campaign_id, l.campaign_id)"""
_ACTIVITY: Final = (
    f"SELECT a.id AS id, NULL AS about, a.done_on AS day, {CAMPAIGN}, a.kind AS kind, a.owner AS owner"
)
# Minutes are those of the whole entry, however often it says that something was done.
_OWN_COST: Final = "(2 * a.minutes * CAST(:hour_costs AS INTEGER) + 60) / 120"
_NO_RATE: Final = "WHEN CAST(:hour_costs AS INTEGER) IS NULL THEN 'no hourly rate is set'"
_NO_MINUTES: Final = "WHEN a.minutes IS NULL THEN 'no minutes'"


def _return(name: str, title: str, per: str, of_what: str) -> Metric:
    """Return the return on a cost: the gross profit less the cost, over the cost."""
    return Metric(
        name=name,
        title=title,
        sentence=f"The gross profit of campaigns less {of_what}, over {of_what}, both of the period: 0% has just paid for "
        "itself. Without a cost there is none; a win without its profit is left out.",
        kind="ratio",
        clock="the clock of each",
        source=_TRACKED,
        in_words=f"(campaign gross profit − {of_what}) / {of_what}",
        unit="percent",
        of="campaign_gross_profit",
        per=per,
        less=1,
    )


CAMPAIGNS: Final = (
    Metric(
        name="campaign_activities",
        title="Activities of campaigns",
        sentence="Activities done for campaigns, as many times as each was: those that name one, and those with its leads "
        "and opportunities.",
        kind="total",
        clock=_DONE,
        source=_TRACKED,
        in_words="sum of the times of the activities of campaigns in the period",
        label="A",
        keys=(*CAMPAIGN_KEYS, "kind", "owner"),
        sql=f"{_ACTIVITY}, a.times AS value {_FOR_CAMPAIGNS}",
    ),
    Metric(
        name="campaign_minutes",
        title="Minutes for campaigns",
        sentence="The minutes that the activities of campaigns took.",
        kind="total",
        clock=_DONE,
        source=_TRACKED,
        in_words="sum of the minutes of the activities of campaigns in the period",
        label="A",
        keys=(*CAMPAIGN_KEYS, "kind", "owner"),
        sql=f"{_ACTIVITY}, a.minutes AS value, CASE {_NO_MINUTES} END AS left_out {_FOR_CAMPAIGNS}",
    ),
    Metric(
        name="campaign_time_cost",
        title="Own time for campaigns",
        sentence="What the time of one's own costs that campaigns took, at the hourly rate of the settings (`rate` under "
        "`[me]`); nothing is known of it without one.",
        kind="total",
        clock=_DONE,
        source=_TRACKED,
        in_words="sum of the minutes × the hourly rate / 60 of the activities of campaigns in the period",
        unit="money",
        label="A",
        keys=(*CAMPAIGN_KEYS, "kind", "owner"),
        sql=f"""{_ACTIVITY}, {_OWN_COST} AS value, CASE {_NO_RATE} {_NO_MINUTES} END AS left_out
            {_FOR_CAMPAIGNS}""",
    ),
    Metric(
        name="campaign_full_cost",
        title="Campaign cost with own time",
        sentence="What campaigns cost, and the time of one's own that they took, at the hourly rate of the settings; "
        "nothing is known of it without one.",
        kind="total",
        clock="day of the campaign's result, day the activity was done",
        source=_TRACKED,
        in_words="campaign spend + own time for campaigns",
        unit="money",
        label="MA",
        keys=CAMPAIGN_KEYS,
        sql=f"""SELECT 'M' || r.campaign_id AS id, NULL AS about, r.on_day AS day, {CAMPAIGN}, r.spend AS value,
            CASE {_NO_RATE} WHEN r.spend IS NULL THEN 'not given' END AS left_out
            FROM campaign_result AS r JOIN campaign AS m ON m.id = r.campaign_id
            UNION ALL SELECT 'A' || a.id AS id, NULL AS about, a.done_on AS day, {CAMPAIGN}, {_OWN_COST} AS value,
            CASE {_NO_RATE} {_NO_MINUTES} END AS left_out {_FOR_CAMPAIGNS}""",
    ),
    Metric(
        name="cost_per_campaign_opportunity",
        title="Cost per opportunity of campaigns",
        sentence="Campaign spend over campaign opportunities, both of the period.",
        kind="ratio",
        clock="the clock of each",
        source=_TRACKED,
        in_words="campaign spend / campaign opportunities",
        unit="money",
        of="campaign_spend",
        per="campaign_opportunities",
    ),
    _return("campaign_roi", "ROI of campaigns", "campaign_spend", "their spend"),
    _return(
        "campaign_roi_with_time", "ROI with own time", "campaign_full_cost", "their cost with one's own time"
    ),
)
