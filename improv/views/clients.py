"""The views of clients: how they stand, the visits to them, and what comes of those."""

from typing import Final

from improv.fragments import LAST_VISIT, latest_reading, name_of
from improv.views.sales import PLACES, REACHED
from improv.views.view import PARTIES, View, col, linked, numbered, yes

_STATUS: Final = "(SELECT s.status FROM client_status AS s WHERE s.client_id = x.id AND s.until IS NULL)"
_CLIENT_NAME: Final = col("client_name", "the client's name", sql=name_of("client", "x.client_id"))
_NEXT_VISIT: Final = """(SELECT MIN(e.scheduled_for) FROM event AS e JOIN playbook_event_kind AS k
    ON k.key = e.kind AND k.visit = 1 WHERE e.client_id = x.id AND e.status = 'scheduled' AND e.scheduled_for >= :today)"""
_RENEWAL: Final = "(SELECT MIN(r.due_on) FROM renewal AS r WHERE r.client_id = x.id AND r.due_on >= :today)"

CLIENTS: Final = (
    View(
        "clients",
        "Clients: who they are, and how they stand.",
        "client",
        (
            *numbered("client"),
            col("name", "name"),
            col("contact_name", "the person you know there"),
            *REACHED,
            *linked("lead", means="the lead they were"),
            col(
                "source",
                "where they came from: a key of the playbook",
                sql=name_of("lead", "x.lead_id", "source"),
            ),
            col("since_on", "the day they became a client", "day"),
            col("status", "active or former", sql=_STATUS),
            col("owner", "who looks after them", sql=latest_reading("client", "owner", "text")),
            col("health", "health: what was said last, else by formula", "number", "h.value"),
            col("engagement", "engagement: what was said last, else by formula", "number", "e.value"),
            col("revenue", "revenue a year", "money", latest_reading("client", "revenue", "value")),
            col("last_visit_on", "the day of the last visit", "day", LAST_VISIT),
            col("next_visit_on", "the day of the next visit booked", "day", _NEXT_VISIT),
            col("renewal_on", "the day the contract is renewed next", "day", _RENEWAL),
            col("referrals_before", "referrals given before you kept count", "number"),
            *PLACES,
        ),
        "LEFT JOIN rated_health AS h ON h.client_id = x.id LEFT JOIN rated_engagement AS e ON e.client_id = x.id",
    ),
    View(
        "client_statuses",
        "When clients were active and when they had left, and why.",
        "client_status",
        (
            *linked("client"),
            col("status", "active or former"),
            col("since", "the first day", "day"),
            col("until", "the day it ended; empty while it lasts", "day"),
            col("reason", "why they left: a key of the playbook"),
        ),
    ),
    View(
        "renewals",
        "Contract renewals.",
        "renewal",
        (
            *linked("client"),
            col("due_on", "the day it falls due", "day"),
            col("noted_on", "the day it was noted", "day"),
            col("discussed_on", "the day it was discussed", "day"),
        ),
    ),
    View(
        "upsells",
        "Openings for further business at clients.",
        "upsell",
        (
            *numbered("upsell"),
            col("what", "what it is"),
            *linked("client"),
            *linked("visit", means="the visit it was found on"),
            col("value", "what it may be worth", "money"),
            col("found_on", "the day it was found", "day"),
            col("closed_on", "the day it was pursued or dropped", "day"),
            *linked("opportunity", means="the opportunity that came of it"),
            col("because", "why it was dropped"),
        ),
    ),
    View(
        "visits",
        "Client visits that were held, and what came of them.",
        "visit",
        (
            *numbered("visit"),
            *linked("client"),
            _CLIENT_NAME,
            col("kind", "what kind: a key of the playbook"),
            col("held_on", "the day", "day"),
            *linked("event", means="the booking"),
            col("attendees", "who was there"),
            col("topics", "what was talked about"),
            col("outcomes", "what came of it"),
            col("satisfaction", "how satisfied they are, 1 to 5", "number"),
            yes("asked_testimonial", "whether a testimonial was asked for"),
            yes("asked_story", "whether a story was asked for"),
            yes("asked_referral", "whether a referral was asked for"),
            col("next_steps", "next steps"),
            col("owner", "who went"),
        ),
    ),
    View(
        "testimonials",
        "What clients said in praise.",
        "testimonial",
        (
            *numbered("testimonial"),
            *linked("client"),
            _CLIENT_NAME,
            *linked("visit", means="the visit it came from"),
            col("given_on", "the day it was given", "day"),
            col("kind", "written or video"),
            col("method", "how it was given"),
            col("owner", "who collected it", sql="x.collected_by"),
            col("content", "the words"),
            col("rating", "rating, 1 to 5", "number"),
            col("permission", "permission to publish: yes, no or asked"),
            col("published_on", "the day it was published", "day"),
            col("published_where", "where it was published"),
            col("used_on", "the day marketing used it", "day"),
        ),
    ),
    View(
        "stories",
        "What was achieved at clients.",
        "story",
        (
            *numbered("story"),
            *linked("client"),
            _CLIENT_NAME,
            *linked("visit", means="the visit it came from"),
            col("told_on", "the day it was told", "day"),
            col("achieved", "what was achieved"),
            col("numbers", "the numbers in it"),
            col("permission", "permission to tell it: yes, no or asked"),
        ),
    ),
    View(
        "referrals",
        "Who was named to you by clients.",
        "referral",
        (
            *numbered("referral"),
            col("name", "name"),
            *linked("client", means="the client who gave it"),
            _CLIENT_NAME,
            *linked("visit", means="the visit it came from"),
            *linked("lead", means="the lead that came of it"),
            col("received_on", "the day it was given", "day"),
            col("received_time", "the time of day"),
            col("how", "how it was given"),
            col("kind", "what kind of referral"),
            *REACHED,
            col("value", "what it may be worth", "money", "x.estimated_value"),
            col("incentive", "incentive offered"),
            col("contacted_on", "the day of the first contact", "day"),
            col("contacted_time", "the time of it"),
            col("declined_on", "the day it was declined", "day"),
        ),
    ),
    View(
        "survey_answers",
        "Why people clicked, bought, did not buy, called support or left, as they say themselves.",
        "survey_answer",
        (
            *numbered("survey_answer"),
            col("question", "clicked, bought, did not buy, called support or left"),
            col("reason", "why: a key of the playbook"),
            col("words", "in their own words"),
            col("answered_on", "the day", "day"),
            *PARTIES,
        ),
    ),
)
