"""What is ahead and what was done: the agenda of a day or a period, and today's page."""

from datetime import date
from sqlite3 import Row
from typing import Final

from improv.dates import Period, week_of
from improv.fragments import JOIN_WHOM, WHOM
from improv.reader import Reader
from improv.report import Column, Ref, Report, Section, Table
from improv.reports.cells import Rows, amount, day, ref, span
from improv.tracks import waiting

_AGENDA: Final = (
    Column("day", "Day", "day"),
    Column("time", "Time"),
    Column("what", "What"),
    Column("record", "With", "ref"),
    Column("detail", "Detail"),
)

_EVENTS: Final = f"""
SELECT x.scheduled_for AS day, x.scheduled_time AS time, COALESCE(k.name, x.kind) AS what, {WHOM},
    CASE WHEN x.status <> 'scheduled' THEN x.status || COALESCE(': ' || x.outcome, '')
         WHEN x.scheduled_for < :today THEN 'not logged yet'
         ELSE COALESCE('towards ' || s.name, 'no stage anticipated') END AS detail
FROM event AS x {JOIN_WHOM} LEFT JOIN playbook_event_kind AS k ON k.key = x.kind
LEFT JOIN playbook_stage AS s ON s.key = x.anticipated_stage
WHERE x.scheduled_for BETWEEN :first AND :last AND x.status IN ('scheduled', :held)
  AND COALESCE(k.visit, 0) = :visit
ORDER BY x.scheduled_for, x.scheduled_time, x.id"""

_OVERDUE: Final = f"""
SELECT d.text AS day, NULL AS time, x.what AS what, {WHOM}, COALESCE('for ' || x.assigned_to, '') AS detail
FROM task AS x {JOIN_WHOM}
JOIN reading AS d ON d.id = (SELECT r.id FROM reading AS r WHERE r.task_id = x.id AND r.kind = 'due'
    ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
WHERE x.done_on IS NULL AND d.text {{when}}
ORDER BY d.text, x.id"""

_TERMS: Final = """LEFT JOIN opportunity_terms AS t ON t.id = (SELECT u.id FROM opportunity_terms AS u
    WHERE u.opportunity_id = o.id ORDER BY u.on_day DESC, u.id DESC LIMIT 1)"""

_CLOSING: Final = f"""
SELECT t.close_on AS day, 'O' AS letter, o.id AS number, o.title AS name, t.value AS value, COALESCE(k.name, s.stage) AS stage,
    t.owner AS owner
FROM opportunity AS o {_TERMS}
LEFT JOIN stage_stay AS s ON s.opportunity_id = o.id AND s.until IS NULL
LEFT JOIN playbook_stage AS k ON k.key = s.stage
WHERE t.close_on BETWEEN :first AND :last
  AND o.id NOT IN (SELECT opportunity_id FROM opportunity_outcome WHERE until IS NULL)
ORDER BY t.close_on, o.id"""

_CLOSED: Final = f"""
SELECT x.since AS day, x.outcome || COALESCE(': ' || r.name, ': ' || x.reason, '') AS what, 'O' AS letter, o.id AS number,
    o.title AS name, t.value AS value
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id {_TERMS}
LEFT JOIN playbook_reason AS r ON r.key = x.reason
WHERE x.since BETWEEN :first AND :last AND x.until IS NULL
ORDER BY x.since, x.id"""

_COLLECTED: Final = """
SELECT v.held_on AS day, COALESCE(k.name, v.kind, 'visit') AS what, 'C' AS letter, c.id AS number, c.name AS name,
    v.satisfaction AS satisfaction,
    (SELECT COUNT(*) FROM testimonial AS t WHERE t.visit_id = v.id) AS testimonials,
    (SELECT COUNT(*) FROM story AS s WHERE s.visit_id = v.id) AS stories,
    (SELECT COUNT(*) FROM referral AS r WHERE r.visit_id = v.id) AS referrals
FROM visit AS v JOIN client AS c ON c.id = v.client_id LEFT JOIN playbook_visit_kind AS k ON k.key = v.kind
WHERE v.held_on BETWEEN :first AND :last ORDER BY v.held_on, v.id"""

# Without an index (the pluses): looking back, each event that is over would be fetched at a place of its own.
_UNLOGGED: Final = """
SELECT x.scheduled_for AS day, x.scheduled_time AS time, COALESCE(k.name, x.kind) AS what, 'E' AS letter, x.id AS number,
    c.name AS name, 'improv visit log E' || x.id AS detail
FROM event AS x JOIN playbook_event_kind AS k ON k.key = x.kind AND k.visit = 1 JOIN client AS c ON c.id = x.client_id
WHERE x.status = 'scheduled' AND +x.scheduled_for < :today ORDER BY +x.scheduled_for, x.id"""

_TO_CALL: Final = """
SELECT r.received_on AS day, r.received_time AS time, 'referred by ' || c.name AS what, 'R' AS letter, r.id AS number,
    r.name AS name, COALESCE(r.phone, r.email, '') AS detail
FROM referral AS r JOIN client AS c ON c.id = r.client_id
WHERE r.contacted_on IS NULL AND r.declined_on IS NULL ORDER BY r.received_on, r.received_time, r.id"""


def closing(reader: Reader, period: Period) -> Table:
    """Return the open opportunities that are due to close in the period."""
    return Table(
        "closing",
        "Due to close",
        (
            Column("day", "Day", "day"),
            Column("record", "Opportunity", "ref"),
            Column("stage", "Stage"),
            Column("value", "Value", "money"),
            Column("owner", "Owner"),
        ),
        tuple(
            (day(row["day"]), ref(row), row["stage"], amount(row["value"]), row["owner"])
            for row in reader.rows(_CLOSING, span(period))
        ),
        empty="No open opportunity is due to close.",
    )


def overdue(reader: Reader) -> Table:
    """Return the open follow-up tasks that are past their day."""
    rows = _tasks(reader, "< :today")
    return Table("overdue", "Overdue follow-ups", _AGENDA, rows, empty="No follow-up is overdue.")


def events(reader: Reader, period: Period) -> Table:
    """Return the events that are scheduled in the period, visits left out."""
    rows = _agenda(reader, period, visit=0)
    return Table("events", "Events", _AGENDA, rows, empty="No event is scheduled.")


def visits_booked(reader: Reader, period: Period) -> Table:
    """Return the visits that are booked in the period."""
    rows = _agenda(reader, period, visit=1)
    return Table("visits_booked", "Visits booked", _AGENDA, rows, empty="No visit is booked.")


def closed(reader: Reader, period: Period) -> Table:
    """Return the opportunities closed in the period, with their outcome and reason."""
    return Table(
        "closed",
        "Closed",
        (
            Column("day", "Day", "day"),
            Column("record", "Opportunity", "ref"),
            Column("outcome", "Outcome"),
            Column("value", "Value", "money"),
        ),
        tuple(
            (day(row["day"]), ref(row), row["what"], amount(row["value"]))
            for row in reader.rows(_CLOSED, span(period))
        ),
        empty="Nothing was closed.",
    )


def slipped(reader: Reader, period: Period) -> Table:
    """Return the opportunities whose close date in the period did not hold."""
    from improv import measure  # noqa: PLC0415 - today's page measures nothing
    from improv.metrics import CATALOGUE  # noqa: PLC0415 - as above

    rows = measure.explain(reader, CATALOGUE["slipped"], period).counted
    return Table(
        "slipped",
        "Slipped",
        (Column("day", "Due", "day"), Column("record", "Opportunity", "ref")),
        tuple((day(row.day), Ref(row.ref, row.name or "")) for row in rows),
        empty="No close date slipped.",
    )


def visits_held(reader: Reader, period: Period) -> Table:
    """Return the visits held in the period and what they yielded."""
    yields = ("testimonials", "stories", "referrals")
    return Table(
        "visits",
        "Visits completed",
        (
            Column("day", "Day", "day"),
            Column("record", "Client", "ref"),
            Column("kind", "Kind"),
            Column("satisfaction", "Satisfied", "number"),
            *(Column(key, key.capitalize(), "number") for key in yields),
        ),
        tuple(
            (day(row["day"]), ref(row), row["what"], row["satisfaction"], *(row[key] for key in yields))
            for row in reader.rows(_COLLECTED, span(period))
        ),
        empty="No visit was completed.",
    )


def visits_unlogged(reader: Reader) -> Table:
    """Return the visits that were booked for a day that is over, and of which nothing is logged."""
    rows = tuple(map(_line, reader.rows(_UNLOGGED)))
    return Table("unlogged", "Visits not logged yet", _AGENDA, rows, empty="Every visit is logged.")


def today(reader: Reader, flags: Table) -> Report:
    """Return today's page: events, tasks due, the worst flags, referrals to call within a day, and whom to ask."""
    from improv.moments import asks_table  # noqa: PLC0415 - the week does without the rooms it needs

    this_day = Period(reader.today, reader.today, "")
    booked = [row for visit in (0, 1) for row in _agenda(reader, this_day, visit=visit, held="done")]
    booked.sort(key=lambda row: str(row[1] or ""))
    to_call = tuple(map(_line, reader.rows(_TO_CALL)))
    hours = reader.playbook.limits["referral_contact_within_hours"]
    tables = (
        Table("events", "Events", _AGENDA, tuple(booked), empty="Nothing is scheduled today."),
        Table(
            "tasks",
            "Tasks",
            _AGENDA,
            _tasks(reader, "<= :today"),
            empty="No task is due.",
            note=waiting(reader),
        ),
        flags,
        Table(
            "referrals",
            "Referrals to call",
            _AGENDA,
            to_call,
            empty=f"No referral waits for its first contact within {hours} hours.",
        ),
        asks_table(reader),
    )
    return Report(
        "today",
        "Today",
        week_of(reader.today).label,
        tuple(Section(table.title, (table,)) for table in tables),
        reader.today,
    )


def _tasks(reader: Reader, when: str) -> Rows:
    """Return the open tasks by the day they are due; `when` compares that day."""
    return tuple(map(_line, reader.rows(_OVERDUE.format(when=when))))


def _agenda(reader: Reader, period: Period, *, visit: int, held: str = "") -> Rows:
    return tuple(map(_line, reader.rows(_EVENTS, {**span(period), "visit": visit, "held": held})))


def _line(row: Row) -> tuple[date | None, str | None, str, Ref | None, str]:
    return day(row["day"]), row["time"], row["what"], ref(row), row["detail"]
