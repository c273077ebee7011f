"""What touches, visitors, links and enrolments say, beside their fields."""

from collections.abc import Mapping
from typing import Final

from improv.facts.fact import CLIENT, LEAD, Fact, Page, count
from improv.fragments import ENROLMENT_STATUS, own_url

TOUCHES: Final[Mapping[str, Page]] = {
    "touch": Page(
        (
            Fact("Who", "lead", "COALESCE(x.lead_id, b.lead_id)"),
            Fact("Who", "client", "COALESCE(x.client_id, b.client_id)"),
            Fact("Visitor", "visitor", "x.visitor_id"),
            Fact("Day", "day", "x.on_day"),
            Fact("Time", "text", "x.at_time"),
            Fact("Link", "link", "x.link_id"),
        ),
        "LEFT JOIN visitor AS b ON b.id = x.visitor_id",
    ),
    "visitor": Page(
        (
            LEAD,
            CLIENT,
            Fact("First seen", "day", "x.seen_on"),
            Fact("Known", "text", "x.because || ' since ' || x.attributed_on"),
            count("Touches", "touch", "visitor_id"),
        )
    ),
    "link": Page(
        (
            LEAD,
            CLIENT,
            Fact("Link", "text", own_url("x")),
            Fact("Made", "day", "x.made_on"),
            count("Followed", "touch", "link_id"),
        )
    ),
    "enrolment": Page(
        (
            LEAD,
            CLIENT,
            Fact("Track", "track", "x.track"),
            Fact("Since", "day", "x.since"),
            Fact("Because", "text", "x.because"),
            Fact("Status", "text", f"{ENROLMENT_STATUS} || COALESCE(' since ' || x.until, '')"),
        )
    ),
}
