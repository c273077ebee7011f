"""What the lists of clients, visits and what clients bring show."""

from collections.abc import Mapping
from typing import Final

from improv.fragments import LAST_VISIT, called, latest_reading
from improv.listings.listing import ABOUT, CLIENT, LEAD_SOURCE, OF_ANY, OF_CLIENT, Listing, Shown, count
from improv.nouns import BY_TABLE

CLIENTS: Final[Mapping[str, Listing]] = {
    "client": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            Shown("since", "Since", "day", "x.since_on"),
            Shown(
                "status",
                "Status",
                "text",
                "(SELECT s.status FROM client_status AS s WHERE s.client_id = x.id AND s.until IS NULL)",
            ),
            Shown("owner", "Owner", "text", latest_reading("client", "owner", "text")),
            Shown("health", "Health", "number", "g.value"),
            Shown(
                "last_visit",
                "Last visit",
                "day",
                LAST_VISIT,
            ),
            Shown("revenue", "A year", "money", latest_reading("client", "revenue", "value")),
        ),
        "improv client add NAME",
        {"source": LEAD_SOURCE, "lead": "x.lead_id"},
        ("active", "former"),
        "LEFT JOIN rated_health AS g ON g.client_id = x.id",
    ),
    "visit": Listing(
        (
            CLIENT,
            Shown("held_on", "Held", "day", "x.held_on"),
            Shown("kind", "Kind", "text", called("playbook_visit_kind", "x.kind")),
            Shown("satisfaction", "Satisfied", "number", "x.satisfaction"),
            Shown(
                "collected",
                "Collected",
                "number",
                " + ".join(count(table, "visit_id") for table in ("testimonial", "story", "referral")),
            ),
            Shown("owner", "Who", "text", "x.owner"),
            Shown("outcomes", "Outcomes", "text", "x.outcomes"),
        ),
        "improv visit log CLIENT",
        OF_CLIENT,
    ),
    "testimonial": Listing(
        (
            CLIENT,
            Shown("given_on", "Given", "day", "x.given_on"),
            Shown("kind", "Kind", "text", "x.kind"),
            Shown("rating", "Rating", "number", "x.rating"),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.used_on IS NOT NULL THEN 'used' WHEN x.published_on IS NOT NULL THEN 'published' "
                "WHEN x.permission = 'yes' THEN 'permitted' ELSE 'collected' END",
            ),
            Shown("owner", "Collected by", "text", "x.collected_by"),
            Shown("content", "Words", "text", "x.content"),
        ),
        "improv testimonial add CLIENT",
        OF_CLIENT,
        ("collected", "permitted", "published", "used"),
    ),
    "story": Listing(
        (
            CLIENT,
            Shown("told_on", "Told", "day", "x.told_on"),
            Shown("achieved", "Achieved", "text", "x.achieved"),
            Shown("numbers", "Numbers", "text", "x.numbers"),
            Shown("permission", "Permission", "text", "x.permission"),
        ),
        "improv story add CLIENT",
        OF_CLIENT,
    ),
    "referral": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            CLIENT._replace(title="From"),
            Shown("received_on", "Received", "day", "x.received_on"),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.declined_on IS NOT NULL THEN 'declined' "
                "WHEN x.contacted_on IS NOT NULL THEN 'contacted' ELSE 'waiting' END",
            ),
            Shown("contacted_on", "Contacted", "day", "x.contacted_on"),
            Shown("value", "Value", "money", "x.estimated_value"),
            Shown("lead", "Lead", "ref", f"'{BY_TABLE['lead'].letter}' || x.lead_id"),
        ),
        "improv referral add CLIENT",
        {"client": "x.client_id", "lead": "x.lead_id"},
        ("waiting", "contacted", "declined"),
    ),
    "survey_answer": Listing(
        (
            Shown("question", "Question", "text", "x.question"),
            ABOUT._replace(title="Who"),
            Shown("answered_on", "Day", "day", "x.answered_on"),
            Shown("reason", "Reason", "text", called("playbook_reason", "x.reason")),
            Shown("words", "In their words", "text", "x.words"),
        ),
        "improv survey add QUESTION REASON",
        OF_ANY,
    ),
    "upsell": Listing(
        (
            Shown("what", "Upsell", "text", "x.what"),
            CLIENT,
            Shown("found_on", "Found", "day", "x.found_on"),
            Shown("value", "Value", "money", "x.value"),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.closed_on IS NULL THEN 'open' WHEN x.opportunity_id IS NULL THEN 'dropped' ELSE 'pursued' END",
            ),
            Shown("opportunity", "Sale", "ref", f"'{BY_TABLE['opportunity'].letter}' || x.opportunity_id"),
            Shown("because", "Because", "text", "x.because"),
        ),
        "improv client upsell CLIENT WHAT",
        {"client": "x.client_id", "opportunity": "x.opportunity_id"},
        ("open", "pursued", "dropped"),
    ),
}
