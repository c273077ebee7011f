"""The metrics of daily work: activities, follow-up tasks, and what campaigns cost and bring."""

from typing import Final

from improv.metrics.fragments import ACTIVITY, ACTIVITY_KEYS, of_kinds
from improv.metrics.metric import Metric

_DONE: Final = "day the activity was done"


_ONCE: Final = ": as typed in with their results, else as touches say."


def _logged(
    name: str, title: str, sentence: str, source: str, kinds: str, condition: str = "1 = 1"
) -> Metric:
    """Return how many times activities of some kinds were done."""
    return Metric(
        name=name,
        title=title,
        sentence=sentence,
        kind="total",
        clock=_DONE,
        source=source,
        in_words=f"sum of the times of the {title.lower()} in the period",
        label="A",
        keys=ACTIVITY_KEYS,
        sql=f"{ACTIVITY} WHERE {of_kinds(kinds)} AND {condition}",
    )


def _touched(column: str, kind: str) -> str:
    """Return the SQL of the touches of campaigns, one each; those of a campaign whose results say how many are in them."""
    return f"""UNION ALL SELECT w.campaign_id, NULL, w.on_day, 1, m.name, m.type, m.subtype,
            CASE WHEN t.campaign_id IS NOT NULL THEN 'counted in its results' END
            FROM touch AS w JOIN campaign AS m ON m.id = w.campaign_id LEFT JOIN (
              SELECT DISTINCT campaign_id FROM campaign_result WHERE {column} IS NOT NULL) AS t
            ON t.campaign_id = w.campaign_id WHERE w.kind = '{kind}'"""


def _campaign(column: str, title: str, sentence: str, unit: str, touch: str = "") -> Metric:
    """Return the total of one column of the campaigns' dated results, or of touches of one kind."""
    return Metric(
        name=f"campaign_{column.removeprefix('platform_')}",
        title=title,
        sentence=sentence,
        kind="total",
        clock="day of the campaign's result",
        source="[B] web leads",
        in_words=f"sum of the {title.lower()} in the period",
        unit="money" if unit == "money" else "number",
        label="M",
        keys=("campaign", "type", "subtype"),
        sql=f"""SELECT r.campaign_id AS id, NULL AS about, r.on_day AS day, r.{column} AS value, m.name AS campaign,
            m.type AS type, m.subtype AS subtype,
            CASE WHEN r.{column} IS NULL THEN 'not given' END AS left_out
            FROM campaign_result AS r JOIN campaign AS m ON m.id = r.campaign_id {_touched(column, touch) if touch else ""}""",
    )


WORK: Final = (
    Metric(
        name="activities",
        title="Activities",
        sentence="Activities done, as many times as each was logged.",
        kind="total",
        clock=_DONE,
        source="[D] activities and points",
        in_words="sum of the times of the activities in the period",
        label="A",
        keys=ACTIVITY_KEYS,
        sql=ACTIVITY,
    ),
    Metric(
        name="points",
        title="Points",
        sentence="The points that the activities done are worth, each time they were done: those that were logged, and "
        "by themselves events held, visits and new leads whose kind is one; what was logged for one of these counts once.",
        kind="total",
        clock="day the activity was done, the event or the visit held, the lead received",
        source="[D] activities and points",
        in_words="sum of times times the points of the kind",
        label="AEVL",
        keys=(*ACTIVITY_KEYS, "activity_group", "how"),
        sql="""SELECT y.id AS id, NULL AS about, y.day AS day, y.times * y.points AS value, y.kind AS kind, y.owner AS owner,
            (SELECT m.name FROM campaign AS m WHERE m.id = y.campaign_id) AS campaign,
            (SELECT k.grp FROM playbook_activity_kind AS k WHERE k.key = y.kind) AS activity_group,
            y.how AS how, y.left_out AS left_out FROM credited AS y""",
    ),
    _logged(
        "conversations",
        "Conversations",
        "Activities that reached somebody and lasted longer than a short exchange.",
        "[C] planning backwards",
        "k.contact = 1",
        "a.minutes > :limit_conversation_minutes",
    ),
    _logged(
        "calls",
        "Calls",
        "Calls made, answered or not: activities of the kinds that the playbook counts as calls.",
        "[C] weekly targets",
        "k.channel = 'call'",
    ),
    _logged(
        "calls_with_outcome",
        "Calls with an outcome",
        "Calls made of which it is noted what came of them, or whether somebody responded.",
        "[C] weekly targets",
        "k.channel = 'call'",
        "COALESCE(a.outcome, a.response) IS NOT NULL",
    ),
    _logged(
        "emails",
        "Emails",
        "Emails sent: activities of the kinds that the playbook counts as emails.",
        "[C] weekly targets",
        "k.channel = 'email'",
    ),
    Metric(
        name="overdue_tasks",
        title="Overdue tasks",
        sentence="Follow-up tasks that are not done on the day though the day they were due is over.",
        kind="level",
        clock="last day of the period",
        source="[A] Monday",
        in_words="number of tasks not done and past the day they are due",
        label="K",
        keys=("assigned_to",),
        sql="""SELECT t.id AS id, NULL AS about, :on AS since, NULL AS until, t.assigned_to AS assigned_to,
            CASE WHEN d.text IS NULL THEN 'no due date' END AS left_out
            FROM task AS t LEFT JOIN reading AS d ON d.id = (
              SELECT r.id FROM reading AS r WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on
              ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
            WHERE t.created_on <= :on AND (t.done_on IS NULL OR t.done_on > :on)
            AND (d.text IS NULL OR d.text < :on)""",
    ),
    _campaign("spend", "Campaign spend", "What campaigns cost.", "money"),
    _campaign("clicks", "Campaign clicks", "Clicks that campaigns brought.", "number"),
    _campaign("impressions", "Campaign impressions", "How often campaigns were shown.", "number"),
    _campaign(
        "emails_opened",
        "Campaign emails opened",
        f"Emails of campaigns that were opened{_ONCE}",
        "number",
        "email open",
    ),
    _campaign(
        "links_clicked",
        "Campaign links clicked",
        f"Links clicked in emails of campaigns{_ONCE}",
        "number",
        "click",
    ),
    _campaign("forms", "Campaign forms", f"Web forms that campaigns got filled in{_ONCE}", "number", "form"),
    _campaign("platform_leads", "Campaign leads", "Leads as the platform itself reports them.", "number"),
    _campaign(
        "platform_customers", "Campaign customers", "Customers as the platform itself reports them.", "number"
    ),
)
