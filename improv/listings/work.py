"""What the lists of activities, tasks and notes show, of campaigns, quotas and changes, and of what is kept or put aside."""

from collections.abc import Mapping
from typing import Final

from improv.fragments import DUE, QUOTA_STATUS, SAVED_WORDS, SNOOZE_STATUS, TASK_ENDED, called, days_since
from improv.listings.listing import ABOUT, OF_ANY, Listing, Shown, count
from improv.nouns import BY_TABLE
from improv.records.words import NOTED

WORK: Final[Mapping[str, Listing]] = {
    "activity": Listing(
        (
            Shown("kind", "Activity", "text", called("playbook_activity_kind", "x.kind")),
            ABOUT,
            Shown("done_on", "Done", "day", "x.done_on"),
            Shown("times", "Times", "number", "x.times"),
            Shown("minutes", "Minutes", "number", "x.minutes"),
            Shown("outcome", "Outcome", "text", "COALESCE(x.outcome, x.subject)"),
            Shown("owner", "Who", "text", "x.owner"),
        ),
        "improv log KIND",
        OF_ANY,
    ),
    "task": Listing(
        (
            Shown("what", "Task", "text", "x.what"),
            ABOUT,
            Shown("due", "Due", "day", DUE),
            Shown(
                "status",
                "Status",
                "text",
                f"CASE WHEN x.done_on IS NOT NULL THEN {TASK_ENDED} WHEN {DUE} < :today THEN 'overdue' ELSE 'open' END",
            ),
            Shown("created_on", "Made", "day", "x.created_on"),
            Shown("owner", "Who", "text", "x.assigned_to"),
        ),
        "improv task add WHAT",
        OF_ANY,
        ("open", "overdue", "done", "skipped", "dropped"),
        # What is due first comes first; what is due on no day comes last.
        order="CASE WHEN due IS NULL THEN 1 ELSE 0 END, due, x.id",
    ),
    "note": Listing(
        (
            Shown(
                "about",
                "On",
                "text",
                "COALESCE("
                + ", ".join(
                    f"'{noun.letter}' || x.{table}_id" for table, noun in BY_TABLE.items() if table in NOTED
                )
                + ")",
            ),
            Shown("noted_on", "Day", "day", "x.noted_on"),
            Shown("owner", "By", "text", "x.written_by"),
            Shown("pinned", "Pinned", "text", "CASE WHEN x.pinned = 1 THEN 'pinned' END"),
            Shown("text", "Note", "text", "x.text"),
        ),
        "improv note add RECORD TEXT",
        OF_ANY,
    ),
    "campaign": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            Shown("type", "Type", "text", "x.type || COALESCE(' / ' || x.subtype, '')"),
            Shown("starts_on", "Starts", "day", "x.starts_on"),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.starts_on > :today THEN 'planned' WHEN x.ends_on < :today THEN 'ended' ELSE 'running' END",
            ),
            Shown("owner", "Owner", "text", "x.owner"),
            Shown("leads", "Leads", "number", count("lead", "campaign_id")),
            Shown(
                "spend",
                "Spend",
                "money",
                "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = x.id)",
            ),
        ),
        "improv campaign add NAME",
        statuses=("planned", "running", "ended"),
    ),
    "quota": Listing(
        (
            Shown("owner", "Whose", "text", "COALESCE(x.owner, 'everyone')"),
            Shown("unit", "Unit", "text", "x.unit"),
            Shown("value", "Value", "money", "x.value"),
            Shown("points", "Points", "number", "x.points"),
            Shown("per", "A", "text", "x.per"),
            Shown("on_day", "From", "day", "x.on_day"),
            Shown("status", "Status", "text", QUOTA_STATUS),
        ),
        "improv quota set AMOUNT",
        statuses=("holds", "ahead", "past", "ended"),
    ),
    "change": Listing(
        (
            Shown("what", "Change", "text", "x.what"),
            Shown("on_day", "Changed", "day", "x.on_day"),
            Shown("days", "Days since", "number", days_since("x.on_day")),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN days(x.on_day, :today) < :limit_baseline_days THEN 'running' ELSE 'over' END",
            ),
        ),
        "improv kpi change WHAT",
        statuses=("running", "over"),
    ),
    "snooze": Listing(
        (
            Shown("name", "Snooze", "text", BY_TABLE["snooze"].label),
            Shown("severity", "Severity", "text", "x.severity"),
            Shown("since_on", "Since", "day", "x.since_on"),
            Shown("until_on", "Until", "day", "x.until_on"),
            Shown("status", "Status", "text", SNOOZE_STATUS),
            Shown("because", "Because", "text", "x.because"),
        ),
        "improv alerts snooze CODE RECORD --until DAY",
        {"opportunity": "x.opportunity_id", "lead": "x.lead_id", "client": "x.client_id"},
        ("holds", "past", "over", "taken back"),
    ),
    "saved_list": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            Shown("noun", "Of", "text", "COALESCE(x.noun, 'query')"),
            Shown("asks", "What it asks", "text", SAVED_WORDS),
            Shown("saved_on", "Saved", "day", "x.saved_on"),
        ),
        "improv list save NAME NOUN",
    ),
}
