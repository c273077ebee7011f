"""What the lists of leads, opportunities and events show."""

from collections.abc import Mapping
from typing import Final

from improv.fragments import JOIN_STANDING, JOIN_VERDICT, STAGE, called, latest_reading, name_of
from improv.listings.listing import LEAD_SOURCE, OF_ANY, PARTY, Listing, Shown

_ENDED: Final = (
    "(SELECT z.id FROM opportunity_outcome AS z WHERE z.opportunity_id = o.id AND z.until IS NULL)"
)
_OUTCOME: Final = "COALESCE(z.outcome, 'open')"

SALES: Final[Mapping[str, Listing]] = {
    "lead": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            Shown("company", "Company", "text", "x.company"),
            Shown("received", "Received", "day", "x.received_on"),
            Shown("source", "Source", "text", called("playbook_source", "x.source")),
            Shown(
                "status",
                "Status",
                "text",
                f"""CASE WHEN EXISTS (SELECT 1 FROM client AS c WHERE c.lead_id = x.id) THEN 'client'
                WHEN EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = x.id AND {_ENDED} IS NULL) THEN 'opportunity'
                WHEN q.verdict = 'no' THEN 'not qualified'
                WHEN q.verdict = 'yes' OR EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = x.id) THEN 'qualified'
                ELSE 'new' END""",
            ),
            Shown("owner", "Owner", "text", latest_reading("lead", "owner", "text")),
            Shown("score", "Score", "number", "g.value"),
        ),
        "improv lead add NAME",
        {
            "source": "x.source",
            "temperature": latest_reading("lead", "temperature", "text"),
            "client": "x.referring_client_id",
        },
        ("new", "qualified", "not qualified", "opportunity", "client"),
        JOIN_VERDICT,
        "LEFT JOIN rated_score AS g ON g.lead_id = x.id",
    ),
    "opportunity": Listing(
        (
            Shown("title", "Title", "text", "x.title"),
            Shown("party", "With", "text", PARTY),
            Shown("stage", "Stage", "text", called("playbook_stage", STAGE)),
            Shown("status", "Status", "text", _OUTCOME),
            Shown("value", "Value", "money", "t.value"),
            Shown("close_on", "Closes", "day", "t.close_on"),
            Shown("owner", "Owner", "text", "t.owner"),
        ),
        "improv opportunity add LEAD",
        {
            "stage": STAGE,
            "source": f"COALESCE(x.source, {LEAD_SOURCE})",
            "lead": "x.lead_id",
            "client": "x.client_id",
        },
        ("open", "won", "lost", "no decision"),
        JOIN_STANDING,
    ),
    "event": Listing(
        (
            Shown("kind", "Event", "text", f"COALESCE(x.subject, {called('playbook_event_kind', 'x.kind')})"),
            Shown(
                "party",
                "With",
                "text",
                f"COALESCE({PARTY}, {name_of('opportunity', 'x.opportunity_id', 'title')})",
            ),
            Shown("scheduled_for", "Day", "day", "x.scheduled_for"),
            Shown("time", "Time", "text", "x.scheduled_time"),
            Shown("gap", "Gap", "days", "days(x.set_on, x.scheduled_for)"),
            Shown("status", "Status", "text", "x.status"),
            Shown("owner", "Who", "text", "x.assigned_to"),
        ),
        "improv event schedule WITH KIND DAY",
        OF_ANY,
        ("scheduled", "done", "no-show", "moved", "cancelled"),
    ),
}
