"""The views of daily work: activities and points, notes, campaigns, quotas and KPIs; fields and lists of one's own."""

from typing import Final

from improv.fragments import QUOTA_STATUS, SNOOZE_STATUS
from improv.nouns import BY_TABLE, FIELDED
from improv.records.words import FLAGGED, NOTED
from improv.views.view import PARTIES, View, col, linked, numbered, yes

_POINTS: Final = "(SELECT k.points FROM playbook_activity_kind AS k WHERE k.key = x.kind)"

_EARNED: Final = "CASE WHEN x.left_out IS NULL THEN x.times * x.points ELSE 0 END"

_FIELDED_IDS: Final = ", ".join(f"x.{noun}_id" for noun in FIELDED)
_NOUN: Final = "CASE {} END".format(
    " ".join(f"WHEN x.{noun}_id IS NOT NULL THEN '{noun}'" for noun in FIELDED)
)
_SAID: Final = """CASE WHEN x.kind = 'yes-no' THEN CASE x.value WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END
    ELSE COALESCE(x.value, x.text) END"""
# A value holds until the next one is said; what was said while the field was of another kind is none of its values.
_LAST_SAID: Final = f"""JOIN (SELECT x.id, ROW_NUMBER() OVER (PARTITION BY {_FIELDED_IDS}, x.field, x.kind
    ORDER BY x.on_day DESC, x.id DESC) AS place FROM field_value AS x WHERE x.on_day <= :today) AS p
    ON p.id = x.id AND p.place = 1"""

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
    View(
        "points_earned",
        "What earned points, by itself or as it was logged.",
        "earned",
        (
            col("record", "the id of the record that earned them", "ref", "x.id"),
            col("how", "logged, or event, visit or lead where the record earned them by itself"),
            col("day", "the day", "day"),
            col("kind", "the kind of activity it is: a key of the playbook"),
            col("times", "how many", "number"),
            col("points", "what each is worth", "number"),
            col("earned", "the points earned; 0 where something else counts for it", "number", _EARNED),
            col("owner", "who earned them"),
            *linked("campaign"),
            col("left_out", "why it earned nothing; empty where it did"),
        ),
    ),
    View(
        "custom_fields",
        "What fields of your own say on the day: a row for each that is filled.",
        "field_value",
        (
            col("record", "the id of the record", "ref", _any_of(FIELDED)),
            col("number", "the number in it, to join by", "number", f"COALESCE({_FIELDED_IDS})"),
            col("noun", "what the record is, such as lead", sql="k.noun"),
            col("field", "the key of the field"),
            col("name", "what it is called", sql="k.name"),
            col("kind", "text, number, money, day, choice or yes-no"),
            col("value", "what it says; an amount in hundredths, yes or no in words", sql=_SAID),
            col("said_on", "the day it was said", "day", "x.on_day"),
        ),
        f"{_LAST_SAID} JOIN playbook_field AS k ON k.key = x.field AND k.kind = x.kind AND k.noun = {_NOUN}",
        "COALESCE(CAST(x.value AS TEXT), x.text) IS NOT NULL",
    ),
    View(
        "saved_lists",
        "Lists and queries that are kept under a name.",
        "saved_list",
        (
            *numbered("saved_list"),
            col("name", "name"),
            col("noun", "what it lists; empty for a query"),
            col("query", "the query, if it is one"),
            col("options", "what was typed for each option, as JSON"),
            col("saved_on", "the day it was saved", "day"),
        ),
    ),
)
