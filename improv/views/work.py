"""The views of daily work: activities, notes, campaigns, quotas and KPIs."""

from typing import Final

from improv.fragments import QUOTA_STATUS, SNOOZE_STATUS
from improv.nouns import BY_TABLE
from improv.records.words import FLAGGED, NOTED
from improv.views.view import PARTIES, View, col, linked, numbered, yes

_POINTS: Final = "(SELECT k.points FROM playbook_activity_kind AS k WHERE k.key = x.kind)"

_SPEND: Final = "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = x.id)"


def _any_of(tables: tuple[str, ...]) -> str:
    """Return the SQL of the id of the one record, of several nouns, that a row belongs to."""
    ids = (f"'{BY_TABLE[table].letter}' || x.{table}_id" for table in tables)
    return f"COALESCE({', '.join(ids)})"


WORK: Final = (
    View(
        "activities",
        "What was done towards sales and clients.",
        "activity",
        (
            *numbered("activity"),
            col("kind", "what kind: a key of the playbook"),
            col("times", "how many", "number"),
            col("points", "what each is worth in points", "number", _POINTS),
            col("subject", "what it was about"),
            *PARTIES,
            col("done_on", "the day", "day"),
            col("done_time", "the time of day"),
            col("minutes", "how long it took", "number"),
            col("response", "did they respond: yes or no"),
            col("outcome", "what came of it"),
            col("owner", "who did it"),
            *linked("campaign"),
            col("notes", "more words"),
        ),
    ),
    View(
        "notes",
        "Words on any record.",
        "note",
        (
            *numbered("note"),
            col("record", "the id of the record it is on", "ref", _any_of(NOTED)),
            col("text", "the words"),
            col("noted_on", "the day", "day"),
            col("owner", "who wrote it", sql="x.written_by"),
            yes("pinned", "whether it is kept on top"),
        ),
    ),
    View(
        "campaigns",
        "Planned efforts to find leads.",
        "campaign",
        (
            *numbered("campaign"),
            col("name", "name"),
            col("type", "type: a key of the playbook"),
            col("subtype", "sub-type"),
            col("starts_on", "the first day", "day"),
            col("ends_on", "the last day", "day"),
            col("tracked_phone", "tracked phone number"),
            col("keywords", "search keywords"),
            col("owner", "who runs it"),
            col("spend", "what it cost so far", "money", _SPEND),
        ),
    ),
    View(
        "campaign_results",
        "What campaigns cost and did, day by day.",
        "campaign_result",
        (
            *linked("campaign"),
            col("on_day", "the day", "day"),
            col("spend", "what it cost", "money"),
            col("impressions", "impressions", "number"),
            col("clicks", "clicks", "number"),
            col("emails_opened", "emails opened", "number"),
            col("links_clicked", "links clicked", "number"),
            col("forms", "forms filled in", "number"),
            col("platform_leads", "leads as the platform reports them", "number"),
            col("platform_customers", "customers as the platform reports them", "number"),
        ),
    ),
    View(
        "quotas",
        "What is to be won or earned in a period.",
        "quota",
        (
            *numbered("quota"),
            col("name", "what it is called", sql=BY_TABLE["quota"].label),
            col("owner", "whose it is; empty: everyone's together"),
            col("unit", "the business unit it is for"),
            col("value", "what is to be won", "money"),
            col("points", "the points to earn", "number"),
            col("per", "in each month, quarter or year"),
            col("on_day", "the day it holds from", "day"),
            col("status", "holds, ahead, past or ended", sql=QUOTA_STATUS),
        ),
    ),
    View(
        "kpis",
        "The metrics that were picked to be tracked.",
        "kpi",
        (
            col("metric", "the metric's name"),
            col("since", "the day it was picked", "day"),
            col("until", "the day it was dropped; empty while it is tracked", "day"),
        ),
    ),
    View(
        "changes",
        "What was changed, to see what it does to the KPIs.",
        "change",
        (*numbered("change"), col("what", "what was changed"), col("on_day", "the day", "day")),
    ),
    View(
        "snoozes",
        "Red flags that were put aside.",
        "snooze",
        (
            *numbered("snooze"),
            col("code", "the flag's code"),
            col("record", "the id of the record it is about", "ref", _any_of(FLAGGED)),
            col("severity", "how grave it was then"),
            col("since_on", "the day it was put aside", "day"),
            col("until_on", "the day it comes back; empty: once it gets worse", "day"),
            col("because", "why"),
            col("status", "holds, past, over or taken back", sql=SNOOZE_STATUS),
        ),
    ),
)
