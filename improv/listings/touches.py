"""What the lists of touches, visitors, links and enrolments show."""

from collections.abc import Mapping
from typing import Final

from improv.fragments import ENROLMENT_STATUS, called, name_of, own_url
from improv.listings.listing import ABOUT, PARTY, Listing, Shown, count
from improv.nouns import VISITOR
from improv.records.words import ENDINGS

# Whose a touch is: by itself, or since the visitor was recognised.
_TOUCHED: Final = {"lead": "COALESCE(x.lead_id, b.lead_id)", "client": "COALESCE(x.client_id, b.client_id)"}
_UTM: Final = "NULLIF(COALESCE(x.utm_source, '') || COALESCE(' / ' || x.utm_medium, '') || COALESCE(' / ' || x.utm_campaign, ''), '')"
_OWN_URL: Final = own_url("x")

TOUCHES: Final[Mapping[str, Listing]] = {
    "touch": Listing(
        (
            Shown("kind", "Touch", "text", "x.kind"),
            Shown(
                "who",
                "Who",
                "text",
                f"COALESCE({name_of('client', _TOUCHED['client'])}, {name_of('lead', _TOUCHED['lead'])}, "
                f"(SELECT {VISITOR} || ' B' || x.id FROM visitor AS x WHERE x.id = b.id))",
            ),
            Shown("on_day", "Day", "day", "x.on_day"),
            Shown("time", "Time", "text", "x.at_time"),
            Shown("page", "Page", "text", "x.page"),
            Shown("seconds", "Seconds", "number", "x.seconds"),
            Shown("source", "UTM", "text", _UTM),
        ),
        "improv touch add LEAD --page /pricing",
        _TOUCHED,
        joins="LEFT JOIN visitor AS b ON b.id = x.visitor_id",
        order="day DESC, time DESC, x.id DESC",
    ),
    "visitor": Listing(
        (
            Shown("name", "Visitor", "text", VISITOR),
            Shown("seen_on", "First seen", "day", "x.seen_on"),
            Shown(
                "last", "Last seen", "day", "(SELECT MAX(w.on_day) FROM touch AS w WHERE w.visitor_id = x.id)"
            ),
            Shown("touches", "Touches", "number", count("touch", "visitor_id")),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.attributed_on IS NULL THEN 'unknown' ELSE 'known' END",
            ),
            ABOUT._replace(title="Who", sql=PARTY),
            Shown("attributed_on", "Known since", "day", "x.attributed_on"),
        ),
        "improv visitor add NAME",
        {"lead": "x.lead_id", "client": "x.client_id"},
        ("unknown", "known"),
        order="last DESC, x.id DESC",
    ),
    "link": Listing(
        (
            ABOUT._replace(title="Whose", sql=PARTY),
            Shown("url", "Link", "text", _OWN_URL),
            Shown("made_on", "Made", "day", "x.made_on"),
            Shown("campaign", "Campaign", "text", name_of("campaign", "x.campaign_id")),
            Shown("clicks", "Followed", "number", count("touch", "link_id")),
        ),
        "improv link make LEAD URL",
        {"lead": "x.lead_id", "client": "x.client_id"},
    ),
    "enrolment": Listing(
        (
            Shown("who", "Who", "text", PARTY),
            Shown("track", "Track", "text", called("playbook_track", "x.track")),
            Shown("since", "Since", "day", "x.since"),
            Shown("status", "Status", "text", ENROLMENT_STATUS),
            Shown(
                "steps",
                "Steps over",
                "number",
                "(SELECT COUNT(*) FROM enrolment_step AS y WHERE y.enrolment_id = x.id AND y.ending IN ('done', 'skipped'))",
            ),
            Shown("until", "Until", "day", "x.until"),
            Shown("because", "Because", "text", "x.because"),
        ),
        "improv track enrol RECORD TRACK",
        {"lead": "x.lead_id", "client": "x.client_id"},
        ("running", "paused", *ENDINGS),
    ),
}
