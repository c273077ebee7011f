"""What activities, tasks and notes say, campaigns, quotas and changes, and what is kept or put aside, beside their fields."""

from collections.abc import Mapping
from typing import Final

from improv.facts.fact import ABOUT, Fact, Page, count, points
from improv.fragments import DUE, QUOTA_STATUS, SAVED_WORDS, SNOOZE_STATUS, days_since
from improv.nouns import BY_TABLE
from improv.records.words import FLAGGED, NOTED

WORK: Final[Mapping[str, Page]] = {
    "activity": Page(
        (
            Fact("Kind", "activity_kind", "x.kind"),
            *ABOUT,
            Fact("Done", "day", "x.done_on"),
            Fact("Time", "text", "x.done_time"),
            Fact("Times", "number", "x.times"),
            points("A"),
        ),
        earned_on="x.done_on",
    ),
    "task": Page(
        (
            *ABOUT,
            Fact("Made", "day", "x.created_on"),
            Fact("Done", "day", "x.done_on"),
            Fact(
                "Days overdue",
                "days",
                f"CASE WHEN x.done_on IS NULL AND {DUE} < :today THEN days({DUE}, :today) END",
            ),
        )
    ),
    "note": Page(
        (
            *(Fact(table.capitalize(), table, f"x.{table}_id") for table in BY_TABLE if table in NOTED),
            Fact("Noted", "day", "x.noted_on"),
            Fact("Text", "text", "x.text"),
        )
    ),
    "campaign": Page(
        (
            count("Leads", "lead", "campaign_id"),
            Fact(
                "Opportunities",
                "number",
                "(SELECT NULLIF(COUNT(*), 0) FROM opportunity AS o LEFT JOIN lead AS l ON l.id = o.lead_id "
                "WHERE COALESCE(o.campaign_id, l.campaign_id) = :id)",
            ),
            Fact(
                "Activities",
                "number",
                "(SELECT SUM(a.times) FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id "
                "LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id) "
                "WHERE COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) = :id)",
            ),
            Fact(
                "Spend", "money", "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = :id)"
            ),
            Fact(
                "Cost per lead",
                "money",
                "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = :id) "
                "/ (SELECT NULLIF(COUNT(*), 0) FROM lead AS y WHERE y.campaign_id = :id)",
            ),
        )
    ),
    "quota": Page((Fact("From", "day", "x.on_day"), Fact("Status", "text", QUOTA_STATUS))),
    "change": Page((Fact("Days since", "days", days_since("x.on_day")),)),
    "snooze": Page(
        (
            Fact("Flag", "text", "x.code"),
            *(Fact(table.capitalize(), table, f"x.{table}_id") for table in FLAGGED),
            Fact("Since", "day", "x.since_on"),
            Fact("Until", "text", "COALESCE(x.until_on, 'it gets worse')"),
            Fact("Because", "text", "x.because"),
            Fact("Severity then", "text", "x.severity"),
            Fact("Status", "text", SNOOZE_STATUS),
        )
    ),
    "saved_list": Page(
        (
            Fact("Of", "text", "COALESCE(x.noun, 'query')"),
            Fact("What it asks", "text", SAVED_WORDS),
            Fact("Saved", "day", "x.saved_on"),
        )
    ),
}
