"""The catalogue of lists: what a line of every noun's list shows, and what it can be narrowed by.

A listing is declared, not programmed: its columns as SQL over the record's row `x`, the columns it is narrowed by,
and the statuses it knows.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from improv.custom import told
from improv.fragments import (
    DUE,
    ENROLMENT_STATUS,
    JOIN_STANDING,
    JOIN_VERDICT,
    LAST_VISIT,
    QUOTA_STATUS,
    SAVED_WORDS,
    SNOOZE_STATUS,
    STAGE,
    TASK_ENDED,
    called,
    latest_reading,
    name_of,
    own_url,
)
from improv.nouns import BY_TABLE, VISITOR
from improv.playbook import CustomField
from improv.records.words import ENDINGS, NOTED
from improv.report import Kind

PARTIES: Final = ("lead", "opportunity", "client")


class Shown(NamedTuple):
    """One column of a list: its key, its title, what its cells are, and the SQL of its value."""

    key: str
    title: str
    kind: Kind
    sql: str


class Listing(NamedTuple):
    """What a noun's list shows and is narrowed by; `finds` are the filters beside owner, status and period."""

    shown: tuple[Shown, ...]
    add: str
    finds: Mapping[str, str] = {}
    statuses: tuple[str, ...] = ()
    joins: str = ""
    order: str = "day DESC, x.id DESC"

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters it takes, as options without their dashes."""
        keys = {column.key for column in self.shown}
        taken = [
            name
            for name in ("stage", "owner", "source", "temperature")
            if name in self.finds or (name == "owner" and name in keys)
        ]
        belongs = ["of"] if any(one in self.finds for one in PARTIES) else []
        return (*taken, *(["status"] if self.statuses else []), "period", *belongs)


def _count(table: str, column: str) -> str:
    return f"(SELECT COUNT(*) FROM {table} AS y WHERE y.{column} = x.id)"


_CLIENT: Final = Shown("client", "Client", "text", name_of("client", "x.client_id"))
_PARTY: Final = f"COALESCE({name_of('client', 'x.client_id')}, {name_of('lead', 'x.lead_id')})"
_ABOUT: Final = Shown(
    "about", "About", "text", f"COALESCE({name_of('opportunity', 'x.opportunity_id', 'title')}, {_PARTY})"
)
_OF_CLIENT: Final = {"client": "x.client_id"}
# What is done for an opportunity is done for its lead and its client too.
_OF_ANY: Final = {
    "opportunity": "x.opportunity_id",
    "lead": f"COALESCE(x.lead_id, {name_of('opportunity', 'x.opportunity_id', 'lead_id')})",
    "client": f"COALESCE(x.client_id, {name_of('opportunity', 'x.opportunity_id', 'client_id')})",
}
_ENDED: Final = (
    "(SELECT z.id FROM opportunity_outcome AS z WHERE z.opportunity_id = o.id AND z.until IS NULL)"
)
_LEAD_SOURCE: Final = name_of("lead", "x.lead_id", "source")
_OUTCOME: Final = "COALESCE(z.outcome, 'open')"

# Whose a touch is: by itself, or since the visitor was recognised.
_TOUCHED: Final = {"lead": "COALESCE(x.lead_id, b.lead_id)", "client": "COALESCE(x.client_id, b.client_id)"}
_UTM: Final = "NULLIF(COALESCE(x.utm_source, '') || COALESCE(' / ' || x.utm_medium, '') || COALESCE(' / ' || x.utm_campaign, ''), '')"
_OWN_URL: Final = own_url("x")

LISTINGS: Final[Mapping[str, Listing]] = {
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
        JOIN_VERDICT + " LEFT JOIN rated_score AS g ON g.lead_id = x.id",
    ),
    "opportunity": Listing(
        (
            Shown("title", "Title", "text", "x.title"),
            Shown("party", "With", "text", _PARTY),
            Shown("stage", "Stage", "text", called("playbook_stage", STAGE)),
            Shown("status", "Status", "text", _OUTCOME),
            Shown("value", "Value", "money", "t.value"),
            Shown("close_on", "Closes", "day", "t.close_on"),
            Shown("owner", "Owner", "text", "t.owner"),
        ),
        "improv opportunity add LEAD",
        {
            "stage": STAGE,
            "source": f"COALESCE(x.source, {_LEAD_SOURCE})",
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
                f"COALESCE({_PARTY}, {name_of('opportunity', 'x.opportunity_id', 'title')})",
            ),
            Shown("scheduled_for", "Day", "day", "x.scheduled_for"),
            Shown("time", "Time", "text", "x.scheduled_time"),
            Shown("gap", "Gap", "days", "days(x.set_on, x.scheduled_for)"),
            Shown("status", "Status", "text", "x.status"),
            Shown("owner", "Who", "text", "x.assigned_to"),
        ),
        "improv event schedule WITH KIND DAY",
        _OF_ANY,
        ("scheduled", "done", "no-show", "moved", "cancelled"),
    ),
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
        {"source": _LEAD_SOURCE, "lead": "x.lead_id"},
        ("active", "former"),
        "LEFT JOIN rated_health AS g ON g.client_id = x.id",
    ),
    "visit": Listing(
        (
            _CLIENT,
            Shown("held_on", "Held", "day", "x.held_on"),
            Shown("kind", "Kind", "text", called("playbook_visit_kind", "x.kind")),
            Shown("satisfaction", "Satisfied", "number", "x.satisfaction"),
            Shown(
                "collected",
                "Collected",
                "number",
                " + ".join(_count(table, "visit_id") for table in ("testimonial", "story", "referral")),
            ),
            Shown("owner", "Who", "text", "x.owner"),
            Shown("outcomes", "Outcomes", "text", "x.outcomes"),
        ),
        "improv visit log CLIENT",
        _OF_CLIENT,
    ),
    "testimonial": Listing(
        (
            _CLIENT,
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
        _OF_CLIENT,
        ("collected", "permitted", "published", "used"),
    ),
    "story": Listing(
        (
            _CLIENT,
            Shown("told_on", "Told", "day", "x.told_on"),
            Shown("achieved", "Achieved", "text", "x.achieved"),
            Shown("numbers", "Numbers", "text", "x.numbers"),
            Shown("permission", "Permission", "text", "x.permission"),
        ),
        "improv story add CLIENT",
        _OF_CLIENT,
    ),
    "referral": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            _CLIENT._replace(title="From"),
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
    "activity": Listing(
        (
            Shown("kind", "Activity", "text", called("playbook_activity_kind", "x.kind")),
            _ABOUT,
            Shown("done_on", "Done", "day", "x.done_on"),
            Shown("times", "Times", "number", "x.times"),
            Shown("minutes", "Minutes", "number", "x.minutes"),
            Shown("outcome", "Outcome", "text", "COALESCE(x.outcome, x.subject)"),
            Shown("owner", "Who", "text", "x.owner"),
        ),
        "improv log KIND",
        _OF_ANY,
    ),
    "task": Listing(
        (
            Shown("what", "Task", "text", "x.what"),
            _ABOUT,
            Shown("due", "Due", "day", DUE),
            Shown(
                "status",
                "Status",
                "text",
                f"CASE WHEN x.done_on IS NOT NULL THEN {TASK_ENDED} WHEN {DUE} < :today THEN 'overdue' ELSE 'open' END",
            ),
            Shown("created_on", "Made", "day", "x.created_on"),
            Shown("owner", "Who", "text", "x.assigned_to"),
        ),
        "improv task add WHAT",
        _OF_ANY,
        ("open", "overdue", "done", "skipped", "dropped"),
        # What is due first comes first; what is due on no day comes last.
        order="CASE WHEN due IS NULL THEN 1 ELSE 0 END, due, x.id",
    ),
    "survey_answer": Listing(
        (
            Shown("question", "Question", "text", "x.question"),
            _ABOUT._replace(title="Who"),
            Shown("answered_on", "Day", "day", "x.answered_on"),
            Shown("reason", "Reason", "text", called("playbook_reason", "x.reason")),
            Shown("words", "In their words", "text", "x.words"),
        ),
        "improv survey add QUESTION REASON",
        _OF_ANY,
    ),
    "note": Listing(
        (
            Shown(
                "about",
                "On",
                "text",
                "COALESCE("
                + ", ".join(
                    f"'{noun.letter}' || x.{table}_id" for table, noun in BY_TABLE.items() if table in NOTED
                )
                + ")",
            ),
            Shown("noted_on", "Day", "day", "x.noted_on"),
            Shown("owner", "By", "text", "x.written_by"),
            Shown("pinned", "Pinned", "text", "CASE WHEN x.pinned = 1 THEN 'pinned' END"),
            Shown("text", "Note", "text", "x.text"),
        ),
        "improv note add RECORD TEXT",
        _OF_ANY,
    ),
    "campaign": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            Shown("type", "Type", "text", "x.type || COALESCE(' / ' || x.subtype, '')"),
            Shown("starts_on", "Starts", "day", "x.starts_on"),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.starts_on > :today THEN 'planned' WHEN x.ends_on < :today THEN 'ended' ELSE 'running' END",
            ),
            Shown("owner", "Owner", "text", "x.owner"),
            Shown("leads", "Leads", "number", _count("lead", "campaign_id")),
            Shown(
                "spend",
                "Spend",
                "money",
                "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = x.id)",
            ),
        ),
        "improv campaign add NAME",
        statuses=("planned", "running", "ended"),
    ),
    "upsell": Listing(
        (
            Shown("what", "Upsell", "text", "x.what"),
            _CLIENT,
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
    "quota": Listing(
        (
            Shown("owner", "Whose", "text", "COALESCE(x.owner, 'everyone')"),
            Shown("unit", "Unit", "text", "x.unit"),
            Shown("value", "Value", "money", "x.value"),
            Shown("points", "Points", "number", "x.points"),
            Shown("per", "A", "text", "x.per"),
            Shown("on_day", "From", "day", "x.on_day"),
            Shown("status", "Status", "text", QUOTA_STATUS),
        ),
        "improv quota set AMOUNT",
        statuses=("holds", "ahead", "past", "ended"),
    ),
    "change": Listing(
        (
            Shown("what", "Change", "text", "x.what"),
            Shown("on_day", "Changed", "day", "x.on_day"),
            Shown("days", "Days since", "number", "days(x.on_day, :today)"),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN days(x.on_day, :today) < :limit_baseline_days THEN 'running' ELSE 'over' END",
            ),
        ),
        "improv kpi change WHAT",
        statuses=("running", "over"),
    ),
    "snooze": Listing(
        (
            Shown("name", "Snooze", "text", BY_TABLE["snooze"].label),
            Shown("severity", "Severity", "text", "x.severity"),
            Shown("since_on", "Since", "day", "x.since_on"),
            Shown("until_on", "Until", "day", "x.until_on"),
            Shown("status", "Status", "text", SNOOZE_STATUS),
            Shown("because", "Because", "text", "x.because"),
        ),
        "improv alerts snooze CODE RECORD --until DAY",
        {"opportunity": "x.opportunity_id", "lead": "x.lead_id", "client": "x.client_id"},
        ("holds", "past", "over", "taken back"),
    ),
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
            Shown("touches", "Touches", "number", _count("touch", "visitor_id")),
            Shown(
                "status",
                "Status",
                "text",
                "CASE WHEN x.attributed_on IS NULL THEN 'unknown' ELSE 'known' END",
            ),
            _ABOUT._replace(title="Who", sql=_PARTY),
            Shown("attributed_on", "Known since", "day", "x.attributed_on"),
        ),
        "improv visitor add NAME",
        {"lead": "x.lead_id", "client": "x.client_id"},
        ("unknown", "known"),
        order="last DESC, x.id DESC",
    ),
    "link": Listing(
        (
            _ABOUT._replace(title="Whose", sql=_PARTY),
            Shown("url", "Link", "text", _OWN_URL),
            Shown("made_on", "Made", "day", "x.made_on"),
            Shown("campaign", "Campaign", "text", name_of("campaign", "x.campaign_id")),
            Shown("clicks", "Followed", "number", _count("touch", "link_id")),
        ),
        "improv link make LEAD URL",
        {"lead": "x.lead_id", "client": "x.client_id"},
    ),
    "saved_list": Listing(
        (
            Shown("name", "Name", "text", "x.name"),
            Shown("noun", "Of", "text", "COALESCE(x.noun, 'query')"),
            Shown("asks", "What it asks", "text", SAVED_WORDS),
            Shown("saved_on", "Saved", "day", "x.saved_on"),
        ),
        "improv list save NAME NOUN",
    ),
    "enrolment": Listing(
        (
            Shown("who", "Who", "text", _PARTY),
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

_KINDS: Final[Mapping[str, Kind]] = {"number": "number", "money": "money", "day": "day"}


def widened(listing: Listing, fields: Sequence[CustomField]) -> Listing:
    """Return a listing with a column for each custom field, in the order of the playbook."""
    made = (Shown(one.column, one.name, _KINDS.get(one.kind, "text"), told(one)) for one in fields)
    return listing._replace(shown=(*listing.shown, *made))
