"""The views of leads and opportunities, and of what changes about them over time."""

from typing import Final

from improv.fragments import (
    DUE,
    JOIN_STANDING,
    JOIN_VERDICT,
    STAGE,
    TASK_ENDED,
    days_since,
    latest_reading,
    name_of,
)
from improv.views.view import PARTIES, View, col, linked, numbered, yes

PLACES: Final = (
    col("industry", "industry"),
    col("city", "city"),
    col("region", "region"),
    col("country", "country"),
)
REACHED: Final = (col("email", "email address"), col("phone", "phone number"))
_LIFECYCLE: Final = "(SELECT y.state FROM lifecycle AS y WHERE y.lead_id = x.id AND y.until IS NULL)"
_PARTY: Final = f"COALESCE({name_of('client', 'x.client_id')}, {name_of('lead', 'x.lead_id')})"
_LEAD_SOURCE: Final = name_of("lead", "x.lead_id", "source")
_PROBABILITY: Final = "(SELECT k.probability FROM playbook_stage AS k WHERE k.key = s.stage)"
_MARGIN: Final = (
    "(SELECT SUM(y.revenue - y.cost) FROM product_line AS y WHERE y.opportunity_id = x.id AND y.included = 1)"
)
_BECAUSE: Final = "why, as it was recorded"
_SINCE: Final = (
    col("since", "the first day", "day"),
    col("until", "the day it ended; empty while it lasts", "day"),
)

SALES: Final = (
    View(
        "leads",
        "Leads: who they are, where they came from, and how they stand.",
        "lead",
        (
            *numbered("lead"),
            col("name", "name"),
            col("company", "company"),
            *REACHED,
            col("website", "web site"),
            col("received_on", "the day it came in", "day"),
            col("source", "where it came from: a key of the playbook"),
            *linked(
                "client",
                called="referred_by",
                sql="x.referring_client_id",
                means="the client who referred it",
            ),
            *linked("campaign"),
            col("met_at", "the event you met at"),
            col("met_on", "the day you met", "day"),
            col("platform", "the platform that carried the testimonial"),
            col("first_meeting_on", "first qualification meeting", "day"),
            col("job_profile", "what they do"),
            col("age_group", "age group"),
            col("gender", "gender"),
            *PLACES,
            col("owner", "who works it", sql=latest_reading("lead", "owner", "text")),
            col("temperature", "cold, warm or hot", sql=latest_reading("lead", "temperature", "text")),
            col("score", "lead score: what was said last, else by formula", "number", "g.value"),
            col("lifecycle", "subscriber, lead, mql, sql, opportunity or customer", sql=_LIFECYCLE),
            col("qualified", "the last verdict: yes or no", sql="q.verdict"),
            col("qualified_on", "the day of that verdict", "day", "q.decided_on"),
        ),
        JOIN_VERDICT + " LEFT JOIN rated_score AS g ON g.lead_id = x.id",
    ),
    View(
        "opportunities",
        "Opportunities: what they are worth, how they stand, and how they ended.",
        "opportunity",
        (
            *numbered("opportunity"),
            col("title", "title"),
            col("party", "whom it is with: the client's name, else the lead's", sql=_PARTY),
            *linked("lead"),
            *linked("client"),
            col("opened_on", "the day it was opened", "day"),
            col("status", "open, won, lost or no decision", sql="COALESCE(z.outcome, 'open')"),
            col("stage", "the stage it is in, or ended in: a key of the playbook", sql=STAGE),
            col("stage_since", "the day it entered that stage; empty once it ended", "day", "s.since"),
            col("value", "what it is worth", "money", "t.value"),
            col("close_on", "the day it should close", "day", "t.close_on"),
            col(
                "probability",
                "chance to win it, in percent: set by hand, else its stage's",
                "number",
                f"COALESCE(t.probability, {_PROBABILITY})",
            ),
            col("owner", "who works it", sql="t.owner"),
            col("closed_on", "the day it ended", "day", "z.since"),
            col("reason", "why it ended: a key of the playbook", sql="z.reason"),
            col("margin", "what its included product lines leave: revenue less cost", "money", _MARGIN),
            col("description", "what it is about"),
            col("type", "product or service"),
            col(
                "source",
                "where it came from, its lead's unless it has one: a key of the playbook",
                sql=f"COALESCE(x.source, {_LEAD_SOURCE})",
            ),
            *linked("campaign"),
            col("business_unit", "business unit"),
            col("location", "location"),
            col("rating", "rating"),
        ),
        JOIN_STANDING,
    ),
    View(
        "stage_stays",
        "Stays of opportunities in stages: one row for each time one was entered.",
        "stage_stay",
        (
            *linked("opportunity"),
            col("stage", "the stage: a key of the playbook"),
            *_SINCE,
            col(
                "days",
                "how long it lasted, or has lasted so far",
                "days",
                f"CASE WHEN x.until IS NULL THEN {days_since('x.since')} ELSE days(x.since, x.until) END",
            ),
            col("place", "its place among the stays of the opportunity", "number", "x.sequence"),
        ),
    ),
    View(
        "terms",
        "What was expected of opportunities over time: value, close date, probability, owner. The last holds.",
        "opportunity_terms",
        (
            *linked("opportunity"),
            col("on_day", "the day it was said", "day"),
            col("value", "what it is worth", "money"),
            col("probability", "chance to win it, set by hand, in percent", "number"),
            col("close_on", "the day it should close", "day"),
            col("owner", "who works it"),
        ),
    ),
    View(
        "outcomes",
        "How opportunities ended: one row for each time; those that were reopened have a last day.",
        "opportunity_outcome",
        (
            *linked("opportunity"),
            col("outcome", "won, lost or no decision"),
            col("stage", "the stage it ended in: a key of the playbook"),
            *_SINCE,
            col("reason", "why: a key of the playbook"),
            col("words", "why, in their own words"),
        ),
    ),
    View(
        "product_lines",
        "The lines of offers: what is sold, and what it costs.",
        "product_line",
        (
            *linked("opportunity"),
            col("product", "what is sold"),
            col("revenue", "what it brings", "money"),
            col("cost", "what it costs", "money"),
            col("margin", "revenue less cost", "money", "x.revenue - x.cost"),
            yes("included", "whether the offer includes it"),
            col("added_on", "the day it was added", "day"),
        ),
    ),
    View(
        "contacts",
        "People at the other side, and their role.",
        "contact",
        (
            *linked("opportunity"),
            *linked("client"),
            col("name", "name"),
            col("role", "influencer, decision maker or buyer"),
            *REACHED,
            col("added_on", "the day they were added", "day"),
        ),
    ),
    View(
        "lifecycles",
        "The lifecycle of leads over time.",
        "lifecycle",
        (
            *linked("lead"),
            col("state", "subscriber, lead, mql, sql, opportunity or customer"),
            *_SINCE,
            col("because", _BECAUSE),
        ),
    ),
    View(
        "qualifications",
        "Verdicts on leads: qualified or not. The last one holds.",
        "qualification",
        (
            *linked("lead"),
            col("decided_on", "the day", "day"),
            col("verdict", "yes or no"),
            col("because", _BECAUSE),
        ),
    ),
    View(
        "readings",
        "What was said of leads, clients and tasks over time. The last one of a kind holds.",
        "reading",
        (
            *linked("lead"),
            *linked("client"),
            *linked("task"),
            col("kind", "owner, score, temperature, health, engagement, revenue or due"),
            col("on_day", "the day it was said", "day"),
            col("figure", "the number, of one in numbers; a revenue is in hundredths", "number", "x.value"),
            col("text", "the word or day, of one in words"),
        ),
    ),
    View(
        "events",
        "Events: each booking with the day it was set and the day it is for.",
        "event",
        (
            *numbered("event"),
            col(
                "name",
                "what it is called",
                sql=f"COALESCE(x.subject, {name_of('opportunity', 'x.opportunity_id', 'title')}, {_PARTY}, x.kind)",
            ),
            col("kind", "what kind: a key of the playbook"),
            col("subject", "what it is about"),
            *PARTIES,
            col("set_on", "the day it was set", "day"),
            col("scheduled_for", "the day it is for", "day"),
            col("scheduled_time", "the time it begins"),
            col("ends_time", "the time it ends"),
            col("gap", "days from set to scheduled", "days", "days(x.set_on, x.scheduled_for)"),
            col("first_set_on", "the day the first booking of its chain was set", "day"),
            *linked(
                "event", called="moved_from", sql="x.moved_from_id", means="the booking it was moved from"
            ),
            col("status", "scheduled, done, no-show, moved or cancelled"),
            col("closed_on", "the day it was done, moved or cancelled", "day"),
            col("anticipated_stage", "the stage it was expected to lead to: a key of the playbook"),
            col("actual_stage", "the stage it led to: a key of the playbook"),
            col("outcome", "positive, negative or needs adjustment"),
            col("discussion", "what was talked about"),
            col("visit_kind", "what kind of visit: a key of the playbook"),
            col("place", "place"),
            col("owner", "who goes", sql="x.assigned_to"),
            col("assigned_by", "who assigned it"),
            col("confirmation_on", "the day the confirmation was sent", "day"),
        ),
    ),
    View(
        "tasks",
        "Follow-ups to do.",
        "task",
        (
            *numbered("task"),
            col("what", "what is to be done"),
            *PARTIES,
            col("due_on", "the day it is due", "day", DUE),
            col(
                "status",
                "open, overdue or done; of a track's step also skipped or dropped",
                sql=f"CASE WHEN x.done_on IS NOT NULL THEN {TASK_ENDED} WHEN {DUE} < :today THEN 'overdue' ELSE 'open' END",
            ),
            col("created_on", "the day it was made", "day"),
            col("done_on", "the day it was done", "day"),
            col("owner", "who does it", sql="x.assigned_to"),
            col("assigned_by", "who assigned it"),
        ),
    ),
)
