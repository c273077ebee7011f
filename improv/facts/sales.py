"""What leads, opportunities and events say, beside their fields."""

from collections.abc import Mapping
from typing import Final

from improv.facts.fact import ABOUT, CLIENT, LEAD, Fact, Page, contacted, next_event, on_track, points
from improv.fragments import JOIN_STANDING, JOIN_VERDICT, STAGE, called, days_since

_CHANCE: Final = "COALESCE(t.probability, k.probability)"

SALES: Final[Mapping[str, Page]] = {
    "lead": Page(
        (
            Fact("Received", "day", "x.received_on"),
            Fact("Lifecycle", "text", "f.state || ' since ' || f.since"),
            Fact(
                "Qualified",
                "text",
                "q.verdict || ' since ' || q.decided_on || COALESCE(': ' || q.because, '')",
            ),
            Fact("Client", "client", "(SELECT MIN(c.id) FROM client AS c WHERE c.lead_id = :id)"),
            *contacted("lead"),
            next_event("lead"),
            on_track("lead"),
        ),
        "LEFT JOIN lifecycle AS f ON f.lead_id = x.id AND f.until IS NULL" + JOIN_VERDICT,
    ),
    "opportunity": Page(
        (
            LEAD,
            CLIENT,
            Fact("Opened", "day", "x.opened_on"),
            Fact("Status", "text", "COALESCE(z.outcome || ' since ' || z.since, 'open')"),
            Fact("Reason", "text", called("playbook_reason", "z.reason")),
            Fact("In their words", "text", "z.words"),
            Fact("Stage", "stage", STAGE),
            Fact("Days in stage", "days", days_since("s.since")),
            Fact("Days the stage should take", "text", "k.days_low || '-' || k.days_high"),
            Fact(
                "Probability of the stage",
                "percent",
                "CASE WHEN t.probability IS NULL THEN k.probability END",
            ),
            Fact(
                "Value × probability",
                "money",
                f"CASE WHEN z.id IS NULL THEN (t.value * {_CHANCE} + 50) / 100 END",
            ),
            Fact("Days from opened to closed", "days", "days(x.opened_on, z.since)"),
            *contacted("opportunity"),
            next_event("opportunity"),
            Fact("Source of its lead", "source", "CASE WHEN x.source IS NULL THEN l.source END"),
        ),
        JOIN_STANDING
        + " LEFT JOIN playbook_stage AS k ON k.key = s.stage LEFT JOIN lead AS l ON l.id = x.lead_id",
    ),
    "event": Page(
        (
            Fact("Kind", "event_kind", "x.kind"),
            Fact("Status", "text", "x.status || COALESCE(' on ' || x.closed_on, '')"),
            *ABOUT,
            Fact("Set", "day", "x.set_on"),
            Fact("Scheduled for", "day", "x.scheduled_for"),
            Fact("Time", "text", "x.scheduled_time"),
            Fact("Gap", "days", "days(x.set_on, x.scheduled_for)"),
            Fact("Gap it should have", "text", "k.gap_low || '-' || k.gap_high"),
            Fact(
                "Total wait",
                "days",
                "CASE WHEN x.moved_from_id IS NOT NULL THEN days(x.first_set_on, x.scheduled_for) END",
            ),
            Fact("Moved from", "event", "x.moved_from_id"),
            Fact("Moved to", "event", "(SELECT MIN(e.id) FROM event AS e WHERE e.moved_from_id = :id)"),
            Fact("Led to", "stage", "x.actual_stage"),
            Fact("Outcome", "text", "x.outcome"),
            Fact("Discussion", "text", "x.discussion"),
            points("E"),
            Fact("Visit", "visit", "(SELECT MIN(v.id) FROM visit AS v WHERE v.event_id = :id)"),
        ),
        "LEFT JOIN playbook_event_kind AS k ON k.key = x.kind",
        earned_on="x.closed_on",
    ),
}
