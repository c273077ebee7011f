"""The catalogue of reports: each reads the store and returns a `Report`, a plain value that any format can show."""

from datetime import date
from typing import Any, Final

from improv import measure
from improv.dates import Period, week_of
from improv.metrics import CATALOGUE
from improv.metrics.reading import Reading
from improv.reader import Reader
from improv.report import Block, Cell, Column, Money, Ref, Report, Scorecard, Section, Table
from improv.scores import score

TREND_WEEKS: Final = 6

# The week's scorecard: one line for each question of the Monday review.
WEEKLY: Final = (
    "new_leads",
    "leads_with_source",
    "qualified_leads",
    "win_rate",
    "win_rate_from_discovery",
    "won_value",
    "sales_cycle",
    "event_gap",
    "anticipation_accuracy",
    "opportunities_with_next_event",
    "visits",
    "testimonial_collection",
    "client_health",
)

_AGENDA: Final = (
    Column("day", "Day", "day"),
    Column("time", "Time"),
    Column("what", "What"),
    Column("record", "With", "ref"),
    Column("detail", "Detail"),
)

_WITH: Final = """COALESCE(o.title, c.name, l.name) AS name,
    CASE WHEN o.id IS NOT NULL THEN 'O' WHEN c.id IS NOT NULL THEN 'C' ELSE 'L' END AS letter,
    COALESCE(o.id, c.id, l.id) AS number"""
_JOINS: Final = """LEFT JOIN opportunity AS o ON o.id = x.opportunity_id
    LEFT JOIN client AS c ON c.id = x.client_id LEFT JOIN lead AS l ON l.id = x.lead_id"""

_EVENTS: Final = f"""
SELECT x.scheduled_for AS day, x.scheduled_time AS time, COALESCE(k.name, x.kind) AS what, {_WITH},
    CASE WHEN x.status <> 'scheduled' THEN x.status || COALESCE(': ' || x.outcome, '')
         WHEN x.scheduled_for < :today THEN 'not logged yet'
         ELSE COALESCE('towards ' || s.name, 'no stage anticipated') END AS detail
FROM event AS x {_JOINS} LEFT JOIN playbook_event_kind AS k ON k.key = x.kind
LEFT JOIN playbook_stage AS s ON s.key = x.anticipated_stage
WHERE x.scheduled_for BETWEEN :first AND :last AND x.status IN ('scheduled', :held)
  AND COALESCE(k.visit, 0) = :visit
ORDER BY x.scheduled_for, x.scheduled_time, x.id"""

_OVERDUE: Final = f"""
SELECT d.text AS day, NULL AS time, x.what AS what, {_WITH}, COALESCE('for ' || x.assigned_to, '') AS detail
FROM task AS x {_JOINS}
JOIN (SELECT task_id, text, ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY on_day DESC, id DESC) AS place
      FROM reading WHERE kind = 'due' AND task_id IS NOT NULL) AS d ON d.task_id = x.id AND d.place = 1
WHERE x.done_on IS NULL AND d.text {{when}}
ORDER BY d.text, x.id"""

_TERMS: Final = """LEFT JOIN (SELECT opportunity_id, value, close_on, owner,
        ROW_NUMBER() OVER (PARTITION BY opportunity_id ORDER BY on_day DESC, id DESC) AS place
    FROM opportunity_terms) AS t ON t.opportunity_id = o.id AND t.place = 1"""

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

_UNLOGGED: Final = """
SELECT x.scheduled_for AS day, x.scheduled_time AS time, COALESCE(k.name, x.kind) AS what, 'E' AS letter, x.id AS number,
    c.name AS name, 'improv visit log E' || x.id AS detail
FROM event AS x JOIN playbook_event_kind AS k ON k.key = x.kind AND k.visit = 1 JOIN client AS c ON c.id = x.client_id
WHERE x.status = 'scheduled' AND x.scheduled_for < :today ORDER BY x.scheduled_for, x.id"""

_TO_CALL: Final = """
SELECT r.received_on AS day, r.received_time AS time, 'referred by ' || c.name AS what, 'R' AS letter, r.id AS number,
    r.name AS name, COALESCE(r.phone, r.email, '') AS detail
FROM referral AS r JOIN client AS c ON c.id = r.client_id
WHERE r.contacted_on IS NULL AND r.declined_on IS NULL ORDER BY r.received_on, r.received_time, r.id"""


def weekly(reader: Reader, period: Period) -> Report:
    """Return the Monday and Friday page: the week's scorecard, the pipeline, what is ahead, and what was done."""
    trend = [period]
    while len(trend) < TREND_WEEKS:
        trend.insert(0, trend[0].previous())
    card = Scorecard(
        "scorecard", "Scorecard", tuple(score(reader, CATALOGUE[name], period, trend) for name in WEEKLY)
    )
    return Report(
        "weekly",
        "Weekly report",
        period.label,
        (
            Section("Scorecard", (card,)),
            Section("Pipeline", (_pipeline(reader, period),)),
            Section("Ahead", _ahead(reader, period)),
            Section("Sources, last 7 days", (_sources(reader, period),)),
            Section("Done", _done(reader, period)),
        ),
        reader.today,
        (period.first, period.last),
    )


def _pipeline(reader: Reader, period: Period) -> Table:
    """Return the pipeline by stage on the last day of the period; after the sale, active clients are counted."""
    names = ("pipeline_count", "pipeline_value", "weighted_pipeline")
    found = [dict(measure.by(reader, CATALOGUE[name], period, "stage")) for name in names]
    whole = [measure.measure(reader, CATALOGUE[name], period) for name in names]
    rows: list[tuple[Cell, ...]] = []
    known = [stage.key for stage in reader.playbook.sale_stages]
    others = sorted({key[0] for key in found[0]} - set(known), key=str)
    for key in (*known, *others):
        count, value, weighted = (part.get((key,)) for part in found)
        stage = next((one.name for one in reader.playbook.stages if one.key == key), str(key or "no stage"))
        rows.append((stage, count.n if count else 0, _money(value), _money(weighted)))
    rows.append(("all open", whole[0].n, _money(whole[1]), _money(whole[2])))
    clients = measure.measure(reader, CATALOGUE["active_clients"], period)
    rows += [
        (f"{stage.name} (active clients)", clients.n, None, None)
        for stage in reader.playbook.stages
        if stage.after_sale
    ]
    missing = (whole[1].left_out or {}).get("no value", 0)
    return Table(
        "pipeline",
        "Pipeline",
        (
            Column("stage", "Stage"),
            Column("open", "Open", "number"),
            Column("value", "Value", "money"),
            Column("weighted", "Weighted", "money"),
        ),
        tuple(rows),
        note=f"{missing} open without a value: improv todo" if missing else "",
    )


def _money(reading: Reading | None) -> Money | None:
    return None if reading is None or reading.value is None else Money(round(reading.value))


def _ahead(reader: Reader, period: Period) -> tuple[Block, ...]:
    closing = tuple(
        (_day(row), _ref(row), row["stage"], _amount(row["value"]), row["owner"])
        for row in _of(reader, _CLOSING, period)
    )
    return (
        Table(
            "closing",
            "Due to close",
            (
                Column("day", "Day", "day"),
                Column("record", "Opportunity", "ref"),
                Column("stage", "Stage"),
                Column("value", "Value", "money"),
                Column("owner", "Owner"),
            ),
            closing,
            empty="No open opportunity is due to close.",
        ),
        Table(
            "overdue",
            "Overdue follow-ups",
            _AGENDA,
            overdue(reader, "< :today"),
            empty="No follow-up is overdue.",
        ),
        Table(
            "events",
            "Events",
            _AGENDA,
            _agenda(reader, _EVENTS, period, visit=0),
            empty="No event is scheduled.",
        ),
        Table(
            "visits_booked",
            "Visits",
            _AGENDA,
            _agenda(reader, _EVENTS, period, visit=1),
            empty="No visit is booked.",
        ),
    )


def overdue(reader: Reader, when: str) -> tuple[tuple[Cell, ...], ...]:
    """Return the open tasks by the day they are due; `when` compares that day."""
    return tuple(_line(row) for row in reader.rows(_OVERDUE.format(when=when)))


def _sources(reader: Reader, period: Period) -> Table:
    """Return how each source did in the seven days up to the end of the period, or up to today."""
    last = min(period.last, reader.today)
    week = Period(date.fromordinal(last.toordinal() - 6), last, "last 7 days")
    names = ("new_leads", "opportunities", "won_deals", "won_value")
    found = [dict(measure.by(reader, CATALOGUE[name], week, "source")) for name in names]
    keys = sorted({key for part in found for key in part}, key=lambda key: (key[0] is None, str(key[0])))
    called = {one.key: one.name for one in reader.playbook.sources}
    rows = []
    for key in keys:
        leads, opened, won, value = (part.get(key) for part in found)
        word = key[0]
        rows.append(
            (
                "no source" if word is None else called.get(str(word), str(word)),
                *(0 if part is None else part.n for part in (leads, opened, won)),
                _money(value),
            )
        )
    return Table(
        "sources",
        "Sources, last 7 days",
        (
            Column("source", "Source"),
            Column("leads", "Leads", "number"),
            Column("opened", "Opened", "number"),
            Column("won", "Won", "number"),
            Column("value", "Won value", "money"),
        ),
        tuple(rows),
        empty="Nothing came in and nothing was won.",
    )


def _done(reader: Reader, period: Period) -> tuple[Block, ...]:
    closed = tuple(
        (_day(row), _ref(row), row["what"], _amount(row["value"])) for row in _of(reader, _CLOSED, period)
    )
    visits = tuple(
        (
            _day(row),
            _ref(row),
            row["what"],
            row["satisfaction"],
            row["testimonials"],
            row["stories"],
            row["referrals"],
        )
        for row in _of(reader, _COLLECTED, period)
    )
    slipped = measure.explain(reader, CATALOGUE["slipped"], period).counted
    unlogged = tuple(_line(row) for row in reader.rows(_UNLOGGED))
    return (
        Table(
            "closed",
            "Closed",
            (
                Column("day", "Day", "day"),
                Column("record", "Opportunity", "ref"),
                Column("outcome", "Outcome"),
                Column("value", "Value", "money"),
            ),
            closed,
            empty="Nothing was closed.",
        ),
        Table(
            "slipped",
            "Slipped",
            (Column("day", "Due", "day"), Column("record", "Opportunity", "ref")),
            tuple((row.day, Ref(row.ref, row.name or "")) for row in slipped),
            empty="No close date slipped.",
        ),
        Table(
            "visits",
            "Visits completed",
            (
                Column("day", "Day", "day"),
                Column("record", "Client", "ref"),
                Column("kind", "Kind"),
                Column("satisfaction", "Satisfied", "number"),
                Column("testimonials", "Testimonials", "number"),
                Column("stories", "Stories", "number"),
                Column("referrals", "Referrals", "number"),
            ),
            visits,
            empty="No visit was completed.",
        ),
        Table("unlogged", "Visits not logged yet", _AGENDA, unlogged, empty="Every visit is logged."),
    )


def today(reader: Reader, flags: Table) -> Report:
    """Return today's page: events, tasks due, the worst flags, and referrals to call within a day."""
    day = Period(reader.today, reader.today, "")
    events = [row for visit in (0, 1) for row in _agenda(reader, _EVENTS, day, visit=visit, held="done")]
    events.sort(key=lambda row: str(row[1] or ""))
    to_call = tuple(_line(row) for row in reader.rows(_TO_CALL))
    hours = reader.playbook.limits["referral_contact_within_hours"]
    return Report(
        "today",
        "Today",
        week_of(reader.today).label,
        (
            Section(
                "Events",
                (Table("events", "Events", _AGENDA, tuple(events), empty="Nothing is scheduled today."),),
            ),
            Section(
                "Tasks",
                (Table("tasks", "Tasks", _AGENDA, overdue(reader, "<= :today"), empty="No task is due."),),
            ),
            Section("Red flags", (flags,)),
            Section(
                "Referrals to call",
                (
                    Table(
                        "referrals",
                        "Referrals to call",
                        _AGENDA,
                        to_call,
                        empty=f"No referral waits for its first contact within {hours} hours.",
                    ),
                ),
            ),
        ),
        reader.today,
    )


def _of(reader: Reader, sql: str, period: Period) -> list[Any]:
    return reader.rows(sql, {"first": period.first.isoformat(), "last": period.last.isoformat()})


def _agenda(
    reader: Reader, sql: str, period: Period, *, visit: int, held: str = ""
) -> tuple[tuple[Cell, ...], ...]:
    span = {"first": period.first.isoformat(), "last": period.last.isoformat(), "visit": visit, "held": held}
    return tuple(_line(row) for row in reader.rows(sql, span))


def _line(row: Any) -> tuple[Cell, ...]:  # noqa: ANN401 - a row of an agenda
    return (_day(row), row["time"], row["what"], _ref(row), row["detail"])


def _day(row: Any) -> date:  # noqa: ANN401 - as above
    return date.fromisoformat(row["day"])


def _ref(row: Any) -> Ref | None:  # noqa: ANN401 - as above
    return None if row["number"] is None else Ref(f"{row['letter']}{row['number']}", row["name"] or "")


def _amount(value: int | None) -> Money | None:
    return None if value is None else Money(value)
