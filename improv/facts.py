"""What a record says: its fields that are filled, what holds since which day, and the figures that follow from them.

The fields come from `improv.fields`; what a record says beside them is declared here, noun by noun, as SQL over the
record's row `x`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from improv.custom import held, in_words
from improv.fields import FIELDS, Field, is_dated
from improv.formulas import BY_HAND, RATED, last_contact
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
    called,
    own_url,
)
from improv.money import money
from improv.nouns import BY_TABLE
from improv.ratings import rating
from improv.reader import Reader
from improv.records.words import FLAGGED, NOTED
from improv.report import Cell, Days, Facts, Money, Percent, Ref
from improv.resolve import Found


class Fact(NamedTuple):
    """One thing a record says: its name, the kind of its value (as in `improv.fields`), and the SQL of it."""

    name: str
    kind: str
    sql: str


class Page(NamedTuple):
    """What a noun says beside its fields, first to last, and the tables that say it."""

    facts: tuple[Fact, ...]
    joins: str = ""


_LEAD: Final = Fact("Lead", "lead", "x.lead_id")
_OPPORTUNITY: Final = Fact("Opportunity", "opportunity", "x.opportunity_id")
_CLIENT: Final = Fact("Client", "client", "x.client_id")
_VISIT: Final = Fact("Visit", "visit", "x.visit_id")
_ABOUT: Final = (_OPPORTUNITY, _LEAD, _CLIENT)


def _contacted(of: str) -> tuple[Fact, Fact]:
    return (
        Fact("Last contact", "day", last_contact(of)),
        Fact("Days since last contact", "days", f"days({last_contact(of)}, :today)"),
    )


def _next_event(of: str) -> Fact:
    return Fact(
        "Next event",
        "event",
        f"(SELECT e.id FROM event AS e WHERE e.{of}_id = :id AND e.status = 'scheduled' "
        "AND e.scheduled_for >= :today ORDER BY e.scheduled_for, e.id LIMIT 1)",
    )


def _on_track(of: str) -> Fact:
    return Fact(
        "On track",
        "enrolment",
        f"(SELECT e.id FROM enrolment AS e WHERE e.{of}_id = :id AND e.until IS NULL)",
    )


def _count(name: str, table: str, column: str) -> Fact:
    return Fact(name, "number", f"(SELECT NULLIF(COUNT(*), 0) FROM {table} AS y WHERE y.{column} = :id)")


def _points(letter: str, day: str) -> Fact:
    """Return the points that a record earned on its day, by itself or as it was logged."""
    return Fact(
        "Points",
        "number",
        f"(SELECT NULLIF(y.times * y.points, 0) FROM earned AS y "
        f"WHERE y.id = '{letter}' || :id AND y.day = {day} AND y.left_out IS NULL)",
    )


_CHANCE: Final = "COALESCE(t.probability, k.probability)"

PAGES: Final[Mapping[str, Page]] = {
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
            *_contacted("lead"),
            _next_event("lead"),
            _on_track("lead"),
        ),
        "LEFT JOIN lifecycle AS f ON f.lead_id = x.id AND f.until IS NULL" + JOIN_VERDICT,
    ),
    "opportunity": Page(
        (
            _LEAD,
            _CLIENT,
            Fact("Opened", "day", "x.opened_on"),
            Fact("Status", "text", "COALESCE(z.outcome || ' since ' || z.since, 'open')"),
            Fact("Reason", "text", called("playbook_reason", "z.reason")),
            Fact("In their words", "text", "z.words"),
            Fact("Stage", "stage", STAGE),
            Fact("Days in stage", "days", "days(s.since, :today)"),
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
            *_contacted("opportunity"),
            _next_event("opportunity"),
            Fact("Source of its lead", "source", "CASE WHEN x.source IS NULL THEN l.source END"),
        ),
        JOIN_STANDING
        + " LEFT JOIN playbook_stage AS k ON k.key = s.stage LEFT JOIN lead AS l ON l.id = x.lead_id",
    ),
    "event": Page(
        (
            Fact("Kind", "event_kind", "x.kind"),
            Fact("Status", "text", "x.status || COALESCE(' on ' || x.closed_on, '')"),
            *_ABOUT,
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
            _points("E", "x.closed_on"),
            Fact("Visit", "visit", "(SELECT MIN(v.id) FROM visit AS v WHERE v.event_id = :id)"),
        ),
        "LEFT JOIN playbook_event_kind AS k ON k.key = x.kind",
    ),
    "client": Page(
        (
            _LEAD,
            Fact("Client since", "day", "x.since_on"),
            Fact("Status", "text", "s.status || ' since ' || s.since || COALESCE(': ' || s.reason, '')"),
            Fact("Last visit", "day", LAST_VISIT),
            Fact("Days since last visit", "days", f"days({LAST_VISIT}, :today)"),
            _count("Visits", "visit", "client_id"),
            _count("Testimonials", "testimonial", "client_id"),
            _count("Stories", "story", "client_id"),
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
            *_contacted("client"),
            _next_event("client"),
            _on_track("client"),
        ),
        "LEFT JOIN client_status AS s ON s.client_id = x.id AND s.until IS NULL",
    ),
    "visit": Page(
        (
            _CLIENT,
            Fact("Booking", "event", "x.event_id"),
            Fact("Held", "day", "x.held_on"),
            _points("V", "x.held_on"),
            _count("Testimonials", "testimonial", "visit_id"),
            _count("Stories", "story", "visit_id"),
            _count("Referrals", "referral", "visit_id"),
            _count("Upsells found", "upsell", "visit_id"),
        )
    ),
    "testimonial": Page((_CLIENT, _VISIT, Fact("Given", "day", "x.given_on"))),
    "story": Page((_CLIENT, _VISIT, Fact("Told", "day", "x.told_on"))),
    "referral": Page(
        (
            Fact("From", "client", "x.client_id"),
            _VISIT,
            _LEAD,
            Fact("Received", "day", "x.received_on"),
            Fact("Received at", "text", "x.received_time"),
            Fact("First contact", "day", "x.contacted_on"),
            Fact("First contact at", "text", "x.contacted_time"),
            Fact("Days to first contact", "days", "days(x.received_on, x.contacted_on)"),
            Fact(
                "Days waiting",
                "days",
                "CASE WHEN x.contacted_on IS NULL AND x.declined_on IS NULL THEN days(x.received_on, :today) END",
            ),
            Fact("Declined", "day", "x.declined_on"),
        )
    ),
    "activity": Page(
        (
            Fact("Kind", "activity_kind", "x.kind"),
            *_ABOUT,
            Fact("Done", "day", "x.done_on"),
            Fact("Time", "text", "x.done_time"),
            Fact("Times", "number", "x.times"),
            _points("A", "x.done_on"),
        )
    ),
    "task": Page(
        (
            *_ABOUT,
            Fact("Made", "day", "x.created_on"),
            Fact("Done", "day", "x.done_on"),
            Fact(
                "Days overdue",
                "days",
                f"CASE WHEN x.done_on IS NULL AND {DUE} < :today THEN days({DUE}, :today) END",
            ),
        )
    ),
    "survey_answer": Page(
        (
            Fact("Question", "text", "x.question"),
            *_ABOUT,
            Fact("Answered", "day", "x.answered_on"),
        )
    ),
    "note": Page(
        (
            *(Fact(table.capitalize(), table, f"x.{table}_id") for table in BY_TABLE if table in NOTED),
            Fact("Noted", "day", "x.noted_on"),
            Fact("Text", "text", "x.text"),
        )
    ),
    "campaign": Page(
        (
            Fact("Starts", "day", "x.starts_on"),
            _count("Leads", "lead", "campaign_id"),
            Fact(
                "Opportunities",
                "number",
                "(SELECT NULLIF(COUNT(*), 0) FROM opportunity AS o LEFT JOIN lead AS l ON l.id = o.lead_id "
                "WHERE COALESCE(o.campaign_id, l.campaign_id) = :id)",
            ),
            Fact(
                "Activities",
                "number",
                "(SELECT SUM(a.times) FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id "
                "LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id) "
                "WHERE COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) = :id)",
            ),
            Fact(
                "Spend", "money", "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = :id)"
            ),
            Fact(
                "Cost per lead",
                "money",
                "(SELECT SUM(r.spend) FROM campaign_result AS r WHERE r.campaign_id = :id) "
                "/ (SELECT NULLIF(COUNT(*), 0) FROM lead AS y WHERE y.campaign_id = :id)",
            ),
        )
    ),
    "upsell": Page(
        (
            _CLIENT,
            _VISIT,
            Fact("Value", "money", "x.value"),
            Fact("Found", "day", "x.found_on"),
            Fact("Closed", "day", "x.closed_on"),
            Fact("Pursued as", "opportunity", "x.opportunity_id"),
            Fact("Because", "text", "x.because"),
        )
    ),
    "quota": Page((Fact("From", "day", "x.on_day"), Fact("Status", "text", QUOTA_STATUS))),
    "change": Page((Fact("Days since", "days", "days(x.on_day, :today)"),)),
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
            _LEAD,
            _CLIENT,
            Fact("First seen", "day", "x.seen_on"),
            Fact("Known", "text", "x.because || ' since ' || x.attributed_on"),
            _count("Touches", "touch", "visitor_id"),
        )
    ),
    "link": Page(
        (
            _LEAD,
            _CLIENT,
            Fact("Link", "text", own_url("x")),
            Fact("Made", "day", "x.made_on"),
            _count("Followed", "touch", "link_id"),
        )
    ),
    "saved_list": Page(
        (
            Fact("Of", "text", "COALESCE(x.noun, 'query')"),
            Fact("What it asks", "text", SAVED_WORDS),
            Fact("Saved", "day", "x.saved_on"),
        )
    ),
    "snooze": Page(
        (
            Fact("Flag", "text", "x.code"),
            *(Fact(table.capitalize(), table, f"x.{table}_id") for table in FLAGGED),
            Fact("Since", "day", "x.since_on"),
            Fact("Until", "text", "COALESCE(x.until_on, 'it gets worse')"),
            Fact("Because", "text", "x.because"),
            Fact("Severity then", "text", "x.severity"),
            Fact("Status", "text", SNOOZE_STATUS),
        )
    ),
    "enrolment": Page(
        (
            _LEAD,
            _CLIENT,
            Fact("Track", "track", "x.track"),
            Fact("Since", "day", "x.since"),
            Fact("Because", "text", "x.because"),
            Fact("Status", "text", f"{ENROLMENT_STATUS} || COALESCE(' since ' || x.until, '')"),
        )
    ),
}


def record_facts(reader: Reader, found: Found) -> Facts:
    """Return everything a record says that is filled, each with its name."""
    fields = FIELDS.get(found.table, ())
    page = PAGES[found.table]
    said = (*page.facts, *(Fact(_titled(one), one.kind, f"x.{one.name}") for one in fields if not one.dated))
    columns = ", ".join(f"{fact.sql} AS fact_{place}" for place, fact in enumerate(said))
    row = reader.row(
        f"SELECT {columns} FROM {found.table} AS x {page.joins} WHERE x.id = :id", {"id": found.id}
    )
    pairs = (
        []
        if row is None
        else [(fact.name, _cell(reader, fact.kind, row[place])) for place, fact in enumerate(said)]
    )
    pairs[len(page.facts) : len(page.facts)] = _dated(reader, found, fields)
    pairs += _custom(reader, found)
    return Facts("facts", "Facts", tuple((name, cell) for name, cell in pairs if cell is not None))


def _titled(field: Field) -> str:
    """Return the name of a field as people read it: `close_on` is "Close on"."""
    return field.option.removeprefix("--").replace("-", " ").capitalize()


def _dated(reader: Reader, found: Found, fields: tuple[Field, ...]) -> Iterator[tuple[str, Cell]]:
    """Yield the fields whose value changes over time: what holds on the day, and since when."""
    for field in fields:
        if field.dated:
            value, since = _holds(reader, found, field.name)
            words = _words(field.kind, value)
            if field.name in RATED:
                yield _titled(field), _rated(reader, found, field.name, since)
            else:
                yield _titled(field), None if words is None else f"{words} since {since}"


def _custom(reader: Reader, found: Found) -> Iterator[tuple[str, Cell]]:
    """Yield the fields of the user's own that are filled; of what changes over time since when."""
    for one, value, since in held(reader, found.table, found.id):
        words = in_words(one, value)
        if is_dated(found.table):
            yield one.name, f"{words} since {since}"
        else:
            yield one.name, words if one.kind in {"choice", "yes-no"} else _cell(reader, one.kind, value)


def _rated(reader: Reader, found: Found, kind: str, since: str) -> str | None:
    """Return what a record is rated, and by whom."""
    row = rating(reader, kind, found.id)
    if row is None or row["value"] is None:
        return None
    return f"{row['value']} {row['state']}" + (f" since {since}" if row["state"] == BY_HAND else "")


def _holds(reader: Reader, found: Found, name: str) -> tuple[Any, str]:
    """Return the value that holds on the day, and the day it was said first without another in between."""
    if found.table == "opportunity":
        sql = f"SELECT on_day, {name} AS said FROM opportunity_terms WHERE opportunity_id = :id"
    else:
        sql = f"SELECT on_day, COALESCE(CAST(value AS TEXT), text) AS said FROM reading WHERE {found.table}_id = :id AND kind = :kind AND parts IS NULL"
    value, since = None, ""
    for row in reader.each(f"{sql} AND on_day <= :today ORDER BY on_day, id", {"id": found.id, "kind": name}):
        if row["said"] != value:
            value, since = row["said"], row["on_day"]
    return value, since


def _words(kind: str, value: Any) -> str | None:  # noqa: ANN401 - a column of any type
    if value is None:
        return None
    if kind in {"money", "revenue"}:
        return money(int(value))
    return f"{value}%" if kind == "percent" else str(value)


def _cell(reader: Reader, kind: str, value: Any) -> Cell:  # noqa: ANN401 - a column of any type
    """Return a value as a cell; nothing where nothing is filled, or where the record it names is not there yet."""
    if value is None or value == "":
        return None
    if kind in BY_TABLE:
        return _record(reader, kind, value)
    if kind in _LISTS:
        entries = getattr(reader.playbook, _LISTS[kind])
        return next((str(entry.name) for entry in entries if entry.key == value), str(value))
    return _CELLS[kind](value) if kind in _CELLS else _plain(value)


def _plain(value: Any) -> Cell:  # noqa: ANN401 - a column of any type
    cell: Cell = value
    return cell


_CELLS: Final[Mapping[str, Callable[[Any], Cell]]] = {
    "money": Money,
    "percent": Percent,
    "days": Days,
    **dict.fromkeys(("day", "past", "future"), date.fromisoformat),
    "flag": lambda given: "yes" if given else None,
}
# What is told by the name the playbook gives it.
_LISTS: Final = {
    "stage": "stages",
    "source": "sources",
    "event_kind": "event_kinds",
    "visit_kind": "visit_kinds",
    "activity_kind": "activity_kinds",
    "campaign_type": "campaign_types",
    "reason": "reasons",
    "track": "tracks",
}


def _record(reader: Reader, table: str, number: int) -> Ref | None:
    """Return a record by what people call it; nothing when it is not there on the day that is looked at."""
    noun = BY_TABLE[table]
    row = reader.row(f"SELECT {noun.label} FROM {table} AS x WHERE x.id = :id", {"id": number})
    return None if row is None else Ref(f"{noun.letter}{number}", str(row[0] or ""))
