"""What clients, visits and what clients bring say, beside their fields."""

from collections.abc import Mapping
from typing import Final

from improv.facts.fact import (
    ABOUT,
    CLIENT,
    LEAD,
    VISIT,
    Fact,
    Page,
    contacted,
    count,
    next_event,
    on_track,
    points,
)
from improv.fragments import LAST_VISIT, days_since

CLIENTS: Final[Mapping[str, Page]] = {
    "client": Page(
        (
            LEAD,
            Fact("Client since", "day", "x.since_on"),
            Fact("Status", "text", "s.status || ' since ' || s.since || COALESCE(': ' || s.reason, '')"),
            Fact("Last visit", "day", LAST_VISIT),
            Fact("Days since last visit", "days", days_since(LAST_VISIT)),
            count("Visits", "visit", "client_id"),
            count("Testimonials", "testimonial", "client_id"),
            count("Stories", "story", "client_id"),
            Fact(
                "Referrals given",
                "number",
                "NULLIF((SELECT COUNT(*) FROM referral AS y WHERE y.client_id = :id) + COALESCE(x.referrals_before, 0), 0)",
            ),
            Fact(
                "Next renewal",
                "day",
                "(SELECT MIN(r.due_on) FROM renewal AS r WHERE r.client_id = :id AND r.discussed_on IS NULL)",
            ),
            *contacted("client"),
            next_event("client"),
            on_track("client"),
        ),
        "LEFT JOIN client_status AS s ON s.client_id = x.id AND s.until IS NULL",
    ),
    "visit": Page(
        (
            CLIENT,
            Fact("Booking", "event", "x.event_id"),
            Fact("Held", "day", "x.held_on"),
            points("V"),
            count("Testimonials", "testimonial", "visit_id"),
            count("Stories", "story", "visit_id"),
            count("Referrals", "referral", "visit_id"),
            count("Upsells found", "upsell", "visit_id"),
        ),
        earned_on="x.held_on",
    ),
    "testimonial": Page((CLIENT, VISIT, Fact("Given", "day", "x.given_on"))),
    "story": Page((CLIENT, VISIT, Fact("Told", "day", "x.told_on"))),
    "referral": Page(
        (
            Fact("From", "client", "x.client_id"),
            VISIT,
            LEAD,
            Fact("Received", "day", "x.received_on"),
            Fact("Received at", "text", "x.received_time"),
            Fact("First contact", "day", "x.contacted_on"),
            Fact("First contact at", "text", "x.contacted_time"),
            Fact("Days to first contact", "days", "days(x.received_on, x.contacted_on)"),
            Fact(
                "Days waiting",
                "days",
                f"CASE WHEN x.contacted_on IS NULL AND x.declined_on IS NULL THEN {days_since('x.received_on')} END",
            ),
            Fact("Declined", "day", "x.declined_on"),
        )
    ),
    "survey_answer": Page(
        (
            Fact("Question", "text", "x.question"),
            *ABOUT,
            Fact("Answered", "day", "x.answered_on"),
        )
    ),
    "upsell": Page(
        (
            CLIENT,
            VISIT,
            Fact("Value", "money", "x.value"),
            Fact("Found", "day", "x.found_on"),
            Fact("Closed", "day", "x.closed_on"),
            Fact("Pursued as", "opportunity", "x.opportunity_id"),
            Fact("Because", "text", "x.because"),
        )
    ),
}
