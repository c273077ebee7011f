"""What can happen to a record, as its history tells it.

Each kind of happening is declared: it is one query over one table, and says whose history it belongs to.
"""

from collections.abc import Callable
from typing import Final

from improv.fields import is_dated
from improv.formulas import BY_FORMULA
from improv.fragments import DUE, TASK_ENDED, TOUCHED, called, name_of
from improv.named import NamedTuple
from improv.nouns import FIELDED
from improv.ratings import as_told
from improv.records.words import FLAGGED, NOTED


class Happening(NamedTuple):
    """One kind of thing that happens, as SQL over a row `x` of its table.

    `of` are the nouns whose history it belongs to. What is told is `what`, then an amount, then `detail` behind a
    colon: only the last may be what a user wrote at length. `subject` is the noun that the entry names, by the
    column `number`; nothing when it can only be the record itself. `rows` stands in for the table, `tell` turns a
    detail into words.
    """

    table: str
    of: tuple[str, ...]
    day: str
    what: str
    detail: str = "NULL"
    money: str = "NULL"
    time: str = "NULL"
    subject: str | None = None
    number: str = "x.id"
    where: str = ""
    rows: str = ""
    tell: Callable[[str], str] = str


_SALE: Final = ("lead", "client", "opportunity")


def _joined(*parts: str) -> str:
    """Return the SQL of the parts that are given, one behind the other with a semicolon between."""
    return "NULLIF(SUBSTR(" + " || ".join(f"COALESCE('; ' || {part}, '')" for part in parts) + ", 3), '')"


def _terms(column: str, what: str, *, amount: bool = False) -> Happening:
    """Return how one of the terms of an opportunity changed: the days on which something else was said."""
    return Happening(
        "opportunity_terms",
        ("opportunity",),
        "x.on_day",
        f"CASE WHEN x.{column} IS NULL THEN '{column.removesuffix('_on')} taken away' ELSE {what} END",
        money=f"x.{column}" if amount else "NULL",
        rows=f"(SELECT id, opportunity_id, on_day, {column}, "
        f"LAG({column}) OVER (PARTITION BY opportunity_id ORDER BY on_day, id) AS before FROM opportunity_terms)",
        where=f"COALESCE(CAST(x.{column} AS TEXT), '') <> COALESCE(CAST(x.before AS TEXT), '')",
    )


def _event(day: str, what: str, detail: str = "NULL", *, at: str = "NULL", where: str = "") -> Happening:
    return Happening("event", (*_SALE, "event"), day, what, detail, time=at, subject="event", where=where)


def _own(
    table: str, day: str, what: str, *of: str, detail: str = "NULL", money: str = "NULL", at: str = "NULL"
) -> Happening:
    """Something that happens to a record that has an id people know."""
    return Happening(table, (*of, table), day, what, detail, money, at, subject=table)


_KIND: Final = called("playbook_event_kind", "x.kind")
_STAGE: Final = called("playbook_stage", "x.stage")
_CLIENT: Final = name_of("client", "x.client_id")
_TRACK: Final = called("playbook_track", "x.track")
_WON_VALUE: Final = (
    "CASE WHEN x.outcome = 'won' THEN (SELECT t.value FROM opportunity_terms AS t "
    "WHERE t.opportunity_id = x.opportunity_id AND t.on_day <= x.since ORDER BY t.on_day DESC, t.id DESC LIMIT 1) END"
)
_ANTICIPATED: Final = "'anticipated ' || " + called("playbook_stage", "x.anticipated_stage")
_EXPECTED: Final = _joined("x.subject", _ANTICIPATED)
_WHEN: Final = "x.scheduled_for || COALESCE(' ' || x.scheduled_time, '')"
_SAME_QUOTA: Final = (
    "(PARTITION BY CASE WHEN points IS NULL THEN 0 ELSE 1 END, owner, unit ORDER BY on_day, id)"
)
_LED_TO: Final = "'led to ' || " + called("playbook_stage", "x.actual_stage")

# Of what else is recorded the fields belong to its own day, and stand among its facts.
_CHANGING: Final = tuple(noun for noun in FIELDED if is_dated(noun))
_WHOSE: Final = " ".join(f"WHEN v.{noun}_id IS NOT NULL THEN '{noun}'" for noun in _CHANGING)
_FIELDS_OF_THE_USER: Final = f"""(SELECT v.*, f.name AS name FROM field_value AS v
    JOIN playbook_field AS f ON f.key = v.field AND f.kind = v.kind AND f.noun = CASE {_WHOSE} END)"""
_OFF_TRACK: Final = _own(
    "enrolment", "x.until", f"'off the track ' || {_TRACK} || ': ' || x.ending", "lead", "client"
)

# In the order in which things of one day are told.
HAPPENINGS: Final[tuple[Happening, ...]] = (
    Happening(
        "lead",
        ("lead",),
        "x.received_on",
        "'received'",
        "'from ' || " + called("playbook_source", "x.source"),
    ),
    Happening("lead", ("lead",), "x.met_on", "'met'", "x.met_at"),
    Happening("lead", ("lead",), "x.first_meeting_on", "'first qualification meeting'"),
    _own(
        "referral",
        "x.received_on",
        f"'referral of ' || x.name || ' by ' || {_CLIENT}",
        *("client", "visit", "lead"),
        detail="x.how",
        money="x.estimated_value",
        at="x.received_time",
    ),
    _own(
        "referral",
        "x.contacted_on",
        "x.name || ' contacted first'",
        *("client", "lead"),
        at="x.contacted_time",
    ),
    _own("referral", "x.declined_on", "x.name || ' declined'", *("client", "lead")),
    Happening("lifecycle", ("lead",), "x.since", "'lifecycle ' || x.state", "x.because"),
    Happening(
        "qualification",
        ("lead",),
        "x.decided_on",
        "CASE WHEN x.verdict = 'yes' THEN 'qualified' ELSE 'not qualified' END",
        "x.because",
    ),
    _own("client", "x.since_on", "'became a client'", "lead"),
    Happening("client_status", ("client",), "x.since", "x.status", "x.reason"),
    Happening(
        "reading",
        ("lead", "client"),
        "x.on_day",
        "CASE x.kind WHEN 'revenue' THEN 'yearly revenue' ELSE x.kind || ' ' || COALESCE(x.text, CAST(x.value AS TEXT)) END "
        f"|| CASE WHEN x.parts IS NULL THEN '' ELSE ' {BY_FORMULA}' END",
        "x.parts",
        money="CASE WHEN x.kind = 'revenue' THEN x.value END",
        tell=as_told,
    ),
    _own("opportunity", "x.opened_on", "'opportunity opened'", "lead", "client", detail="x.title"),
    Happening(
        "stage_stay",
        _SALE,
        "x.since",
        f"CASE WHEN x.sequence = 1 THEN 'starts in ' ELSE 'moved to ' END || {_STAGE}",
        subject="opportunity",
        number="x.opportunity_id",
    ),
    _terms("value", "'value'", amount=True),
    _terms("probability", "'probability ' || x.probability || '%'"),
    _terms("close_on", "'close date ' || x.close_on"),
    _terms("owner", "'owner ' || x.owner"),
    Happening(
        "field_value",
        _CHANGING,
        "x.on_day",
        "x.name || CASE WHEN x.value IS NULL AND x.text IS NULL THEN ' taken away' ELSE '' END",
        "CASE x.kind WHEN 'yes-no' THEN CASE x.value WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END "
        "WHEN 'money' THEN NULL ELSE COALESCE(x.text, CAST(x.value AS TEXT)) END",
        "CASE WHEN x.kind = 'money' THEN x.value END",
        rows=_FIELDS_OF_THE_USER,
    ),
    Happening("contact", ("opportunity", "client"), "x.added_on", "'contact ' || x.name", "x.role"),
    Happening(
        "product_line",
        ("opportunity",),
        "x.added_on",
        "CASE WHEN x.included = 1 THEN 'line ' ELSE 'line not included ' END || x.product",
        money="x.revenue",
    ),
    # The plus keeps to the index of whose events they are: nearly all were moved from no other.
    _event("x.set_on", f"{_KIND} || ' set for ' || {_WHEN}", _EXPECTED, where="+x.moved_from_id IS NULL"),
    _event(
        "x.closed_on",
        f"{_KIND} || CASE x.status WHEN 'no-show' THEN ': nobody came' ELSE ' ' || x.status END",
        "x.discussion",
        where="x.status <> 'done'",
    ),
    # Moving an event closes one booking and then opens another.
    _event(
        "x.set_on", f"{_KIND} || ' set anew for ' || {_WHEN}", _EXPECTED, where="+x.moved_from_id IS NOT NULL"
    ),
    _event(
        "x.scheduled_for",
        f"""CASE WHEN x.scheduled_for < :today THEN {_KIND} || ' was to be held, what came of it is not logged'
        WHEN x.scheduled_for = :today THEN 'scheduled for today: ' || {_KIND} ELSE {_KIND} END""",
        "x.subject",
        at="x.scheduled_time",
        where="x.status = 'scheduled'",
    ),
    _event(
        "x.closed_on",
        f"{_KIND} || ' held'",
        _joined("x.outcome", _ANTICIPATED, _LED_TO, "x.discussion"),
        at="CASE WHEN x.closed_on = x.scheduled_for THEN x.scheduled_time END",
        where="x.status = 'done'",
    ),
    _own(
        "visit",
        "x.held_on",
        "COALESCE(" + called("playbook_visit_kind", "x.kind") + " || ' visit', 'visit') "
        "|| COALESCE(', satisfaction ' || x.satisfaction || ' of 5', '')",
        *("client", "event"),
        detail="COALESCE(x.outcomes, x.topics)",
    ),
    _own("testimonial", "x.given_on", "'testimonial given'", "client", "visit", detail="x.content"),
    _own(
        "testimonial",
        "x.published_on",
        "'testimonial published'",
        "client",
        "visit",
        detail="x.published_where",
    ),
    _own("testimonial", "x.used_on", "'testimonial used'", "client", "visit"),
    _own("story", "x.told_on", "'story told'", "client", "visit", detail="x.achieved"),
    _own(
        "upsell",
        "x.found_on",
        "'upsell found'",
        *("client", "visit", "opportunity"),
        detail="x.what",
        money="x.value",
    ),
    _own(
        "upsell",
        "x.closed_on",
        "CASE WHEN x.opportunity_id IS NULL THEN 'upsell dropped' ELSE 'upsell pursued' END",
        *("client", "visit", "opportunity"),
        detail="x.because",
    ),
    Happening("renewal", ("client",), "x.noted_on", "'renewal noted, due ' || x.due_on"),
    Happening("renewal", ("client",), "x.discussed_on", "'renewal discussed, due ' || x.due_on"),
    Happening("renewal", ("client",), "x.due_on", "'renewal due'"),
    _own(
        "activity",
        "x.done_on",
        called("playbook_activity_kind", "x.kind")
        + " || CASE WHEN x.times > 1 THEN ' × ' || x.times ELSE '' END",
        *_SALE,
        detail=_joined("x.subject", "x.outcome", "x.notes"),
        at="x.done_time",
    ),
    _own("task", "x.created_on", "'task: ' || x.what", *_SALE),
    Happening("reading", ("task",), "x.on_day", "x.kind || ' ' || x.text"),
    _own("task", f"CASE WHEN x.done_on IS NULL THEN {DUE} END", "'task due: ' || x.what", *_SALE),
    _own("task", "x.done_on", f"'task ' || {TASK_ENDED} || ': ' || x.what", *_SALE),
    Happening(
        "opportunity_outcome",
        _SALE,
        "x.since",
        "x.outcome",
        _joined(f"'in ' || {_STAGE}", called("playbook_reason", "x.reason"), "x.words"),
        _WON_VALUE,
        subject="opportunity",
        number="x.opportunity_id",
    ),
    Happening(
        "opportunity_outcome",
        _SALE,
        "x.until",
        "'reopened'",
        subject="opportunity",
        number="x.opportunity_id",
    ),
    _own(
        "survey_answer",
        "x.answered_on",
        f"'survey, ' || x.question || COALESCE(': ' || {called('playbook_reason', 'x.reason')}, '')",
        *_SALE,
        detail="x.words",
    ),
    Happening(
        "touch",
        ("lead", "client", "visitor", "touch"),
        "x.on_day",
        "x.kind || COALESCE(' ' || x.page, '') || COALESCE(', ' || x.seconds || ' seconds', '')",
        _joined("x.words", "'from ' || x.utm_source", "'by their own link P' || x.link_id"),
        time="x.at_time",
        subject="touch",
        rows=TOUCHED,
    ),
    Happening("visitor", ("visitor",), "x.seen_on", "'first seen'"),
    Happening(
        "visitor",
        ("visitor", "lead", "client"),
        "x.attributed_on",
        "'recognised, ' || x.because",
        subject="visitor",
    ),
    Happening("link", ("lead", "client", "link"), "x.made_on", "'own link made'", "x.url", subject="link"),
    _own("campaign", "x.starts_on", "'campaign starts'"),
    Happening(
        "campaign_result",
        ("campaign",),
        "x.on_day",
        "'results'",
        _joined(
            "x.impressions || ' impressions'",
            "x.clicks || ' clicks'",
            "x.emails_opened || ' emails opened'",
            "x.links_clicked || ' links clicked'",
            "x.forms || ' forms'",
            "x.platform_leads || ' leads as the platform reports'",
            "x.platform_customers || ' customers as the platform reports'",
        ),
        "x.spend",
    ),
    _own("campaign", "x.ends_on", "'campaign ends'"),
    _own("change", "x.on_day", "'changed: ' || x.what"),
    _own("saved_list", "x.saved_on", "'saved'"),
    _own(
        "note",
        "x.noted_on",
        "'note' || COALESCE(' by ' || x.written_by, '')",
        *NOTED,
        detail="x.text",
    ),
    Happening(
        "quota",
        ("quota",),
        "x.on_day",
        """CASE WHEN COALESCE(x.value, x.points) = 0 THEN 'ends the quota before'
        ELSE 'quota per ' || x.per || COALESCE(' ' || x.points || ' points', '') END""",
        money="NULLIF(x.value, 0)",
    ),
    Happening(
        "quota",
        ("quota",),
        "x.followed_on",
        "'followed by this one'",
        subject="quota",
        number="x.followed_by",
        rows=f"(SELECT id, LEAD(on_day) OVER {_SAME_QUOTA} AS followed_on, "
        f"LEAD(id) OVER {_SAME_QUOTA} AS followed_by FROM quota)",
    ),
    _own(
        "snooze",
        "x.since_on",
        "'flag ' || x.code || COALESCE(' snoozed until ' || x.until_on, ' acknowledged')",
        *FLAGGED,
        detail="x.because",
    ),
    _own("snooze", "x.ended_on", "'flag ' || x.code || ' no longer snoozed'", *FLAGGED),
    # Moving on ends one enrolment and then begins another.
    _OFF_TRACK._replace(where="x.until > x.since"),
    _own(
        "enrolment",
        "x.since",
        f"'put on the track ' || {_TRACK}",
        *("lead", "client"),
        detail="x.because",
    ),
    Happening(
        "enrolment_pause",
        ("enrolment",),
        "x.since",
        "'paused' || COALESCE(' until ' || x.until_on, '')",
    ),
    Happening("enrolment_pause", ("enrolment",), "x.ended_on", "'resumed'"),
    Happening(
        "enrolment_step",
        ("enrolment",),
        "x.made_on",
        "'step of day ' || x.step || ' became a task'",
        subject="task",
        number="x.task_id",
    ),
    Happening(
        "enrolment_step",
        ("enrolment",),
        "x.ended_on",
        "'step of day ' || x.step || ' ' || x.ending",
        subject="task",
        number="x.task_id",
    ),
    _OFF_TRACK._replace(where="x.until = x.since"),
)
