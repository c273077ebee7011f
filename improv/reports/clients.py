"""The reports of clients: visits and what came of them, testimonials, referrals, and who is at risk."""

from collections.abc import Iterable, Sequence
from sqlite3 import Row
from typing import Final

from improv import measure
from improv.dates import Period
from improv.metrics import CATALOGUE
from improv.metrics.fragments import RATED_CLIENTS
from improv.reader import Reader
from improv.report import Cell, Column, Ref, Section, Share, Table
from improv.reports import agenda, goals
from improv.reports.parts import Rows, amount, day, days, on_day, ref, span

_CAME_OF_IT: Final = """
SELECT v.held_on AS day, 'V' AS letter, v.id AS number, c.name AS name, v.outcomes AS outcomes, v.next_steps AS next_steps
FROM visit AS v JOIN client AS c ON c.id = v.client_id
WHERE v.held_on BETWEEN :first AND :last AND COALESCE(v.outcomes, v.next_steps) IS NOT NULL
ORDER BY v.held_on, v.id"""

_TESTIMONIALS: Final = """
SELECT t.given_on AS day, 'T' AS letter, t.id AS number, c.name AS name, t.kind AS kind, t.rating AS rating,
    t.permission AS permission, t.published_on AS published_on, t.content AS content
FROM testimonial AS t JOIN client AS c ON c.id = t.client_id
WHERE t.given_on BETWEEN :first AND :last ORDER BY t.given_on, t.id"""

_ASKED: Final = """
SELECT v.held_on AS day, 'V' AS letter, v.id AS number, c.name AS name, COALESCE(k.name, v.kind) AS kind,
    'improv testimonial add C' || c.id AS command
FROM visit AS v JOIN client AS c ON c.id = v.client_id LEFT JOIN playbook_visit_kind AS k ON k.key = v.kind
WHERE v.held_on BETWEEN :first AND :last AND v.asked_testimonial = 1
  AND NOT EXISTS (SELECT 1 FROM testimonial AS t WHERE t.visit_id = v.id)
ORDER BY v.held_on, v.id"""

_REFERRALS: Final = """
SELECT r.received_on AS day, 'R' AS letter, r.id AS number, r.name AS name, c.id AS client_id, c.name AS client,
    days(r.received_on, r.contacted_on) AS waited, r.estimated_value AS estimated, w.value AS value,
    CASE WHEN w.won > 0 THEN 'won' WHEN w.opened > 0 THEN 'opportunity' WHEN r.declined_on IS NOT NULL THEN 'declined'
         WHEN r.contacted_on IS NOT NULL THEN 'contacted' ELSE 'not contacted' END AS state
FROM referral AS r JOIN client AS c ON c.id = r.client_id
LEFT JOIN (SELECT o.lead_id AS lead_id, COUNT(*) AS opened, SUM(CASE WHEN x.id IS NULL THEN 0 ELSE 1 END) AS won,
        SUM(CASE WHEN x.id IS NULL THEN NULL ELSE t.value END) AS value
    FROM opportunity AS o
    LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL AND x.outcome = 'won'
    LEFT JOIN (SELECT opportunity_id, value, ROW_NUMBER() OVER (PARTITION BY opportunity_id
        ORDER BY on_day DESC, id DESC) AS place FROM opportunity_terms) AS t ON t.opportunity_id = o.id AND t.place = 1
    GROUP BY o.lead_id) AS w ON w.lead_id = r.lead_id
WHERE r.received_on BETWEEN :first AND :last ORDER BY r.received_on, r.id"""
# Where a row of `agenda.visits_held` tells how many testimonials, stories and referrals.
_YIELDS: Final = (4, 5, 6)
_CONVERTED: Final = ("won", "opportunity")

_HEALTH: Final = f"""
SELECT 'C' || c.id AS ref, h.value AS health, v.held_on AS visited, days(COALESCE(v.held_on, c.since_on), :on) AS days,
    (SELECT MIN(e.scheduled_for) FROM event AS e JOIN playbook_event_kind AS k ON k.key = e.kind AND k.visit = 1
        WHERE e.client_id = c.id AND e.set_on <= :on AND e.scheduled_for >= :on
        AND (e.closed_on IS NULL OR e.closed_on > :on)) AS next_visit,
    (SELECT w.text FROM reading AS w WHERE w.client_id = c.id AND w.kind = 'owner' AND w.on_day <= :on
        ORDER BY w.on_day DESC, w.id DESC LIMIT 1) AS owner
{RATED_CLIENTS}"""


def visits(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the visits held in the period, by kind and one by one, what came of them, and those booked."""
    held = agenda.visits_held(reader, period)._replace(title="Visits held")
    came = Table(
        "outcomes",
        "What came of them",
        (
            Column("day", "Day", "day"),
            Column("record", "Visit", "ref"),
            Column("outcomes", "Outcomes"),
            Column("next_steps", "Next steps"),
        ),
        tuple(
            (day(row["day"]), ref(row), row["outcomes"], row["next_steps"])
            for row in reader.rows(_CAME_OF_IT, span(period))
        ),
        empty="No visit has its outcomes written down.",
    )
    coming = (agenda.visits_booked(reader, period), agenda.visits_unlogged(reader))
    return (
        Section("By kind", (_by_kind(held.rows),)),
        Section("Visits held", (held, came)),
        Section("Booked", coming),
    )


def _by_kind(held: Sequence[tuple[Cell, ...]]) -> Table:
    """Return the visits of each kind: how many, how satisfied the clients were, and what they yielded."""
    kinds: dict[Cell, list[tuple[Cell, ...]]] = {}
    for row in held:
        kinds.setdefault(row[2], []).append(row)
    told = sorted(kinds.items(), key=lambda item: (-len(item[1]), str(item[0])))
    rows = [(kind, len(rows), _mean(row[3] for row in rows), *_sums(rows)) for kind, rows in told]
    rows += [("all", len(held), _mean(row[3] for row in held), *_sums(held))] if held else []
    return Table(
        "kinds",
        "By kind",
        (
            Column("kind", "Kind"),
            Column("visits", "Visits", "number"),
            Column("satisfaction", "Satisfied", "number"),
            Column("testimonials", "Testimonials", "number"),
            Column("stories", "Stories", "number"),
            Column("referrals", "Referrals", "number"),
        ),
        tuple(rows),
        empty="No visit was completed.",
    )


def _mean(values: Iterable[Cell]) -> float | None:
    given = [value for value in values if isinstance(value, int)]
    return sum(given) / len(given) if given else None


def _sums(rows: Sequence[tuple[Cell, ...]]) -> tuple[int, ...]:
    """Return what visits yielded: the sum of each of the last columns."""
    return tuple(sum(value for row in rows if isinstance(value := row[place], int)) for place in _YIELDS)


def testimonials(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the testimonials collected in the period, against the goals, and the visits that asked in vain."""
    return (
        Section("Against the goals", (goals.towards(reader, "testimonials"),)),
        Section("Collected", (_collected(reader, period), _asked_in_vain(reader, period))),
    )


def _collected(reader: Reader, period: Period) -> Table:
    return Table(
        "testimonials",
        "Collected",
        (
            Column("day", "Day", "day"),
            Column("record", "Testimonial", "ref"),
            Column("kind", "Kind"),
            Column("rating", "Rating", "number"),
            Column("permission", "Permission"),
            Column("published_on", "Published", "day"),
            Column("content", "Words"),
        ),
        tuple(
            (
                day(row["day"]),
                ref(row),
                row["kind"],
                row["rating"],
                row["permission"],
                day(row["published_on"]),
                row["content"],
            )
            for row in reader.rows(_TESTIMONIALS, span(period))
        ),
        empty="No testimonial was collected.",
    )


def _asked_in_vain(reader: Reader, period: Period) -> Table:
    return Table(
        "asked",
        "Asked for and not received",
        (
            Column("day", "Day", "day"),
            Column("record", "Visit", "ref"),
            Column("kind", "Kind"),
            Column("command", "When it comes"),
        ),
        tuple(
            (day(row["day"]), ref(row), row["kind"], row["command"])
            for row in reader.rows(_ASKED, span(period))
        ),
        empty="No visit asked for a testimonial in vain.",
    )


def referrals(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the referrals received in the period, what became of each, and what they are worth, by client."""
    found = reader.rows(_REFERRALS, span(period))
    by_client = Table(
        "clients",
        "By client",
        (
            Column("client", "From", "ref"),
            Column("received", "Received", "number"),
            Column("converted", "Converted", "share"),
            Column("estimated", "Estimated", "money"),
            Column("value", "Value won", "money"),
        ),
        _by_client(found),
        empty="No referral was received.",
        note="Converted: the referral's lead has an opportunity." if found else "",
    )
    return (Section("By client", (by_client,)), Section("Received", (_received(found),)))


def _received(found: Sequence[Row]) -> Table:
    return Table(
        "referrals",
        "Received",
        (
            Column("day", "Day", "day"),
            Column("record", "Referral", "ref"),
            Column("client", "From", "ref"),
            Column("state", "State"),
            Column("waited", "First contact", "days"),
            Column("estimated", "Estimated", "money"),
            Column("value", "Value won", "money"),
        ),
        tuple(
            (
                day(row["day"]),
                ref(row),
                _client(row),
                row["state"],
                days(row["waited"]),
                amount(row["estimated"]),
                amount(row["value"]),
            )
            for row in found
        ),
        empty="No referral was received.",
    )


def _client(row: Row) -> Ref:
    return Ref(f"C{row['client_id']}", row["client"])


def _by_client(found: Sequence[Row]) -> Rows:
    clients: dict[Ref, list[Row]] = {}
    for row in found:
        clients.setdefault(_client(row), []).append(row)
    told = sorted(clients.items(), key=lambda item: (-len(item[1]), item[0].name, item[0].id))
    rows: list[tuple[Cell, ...]] = [(client, *_worth(rows)) for client, rows in told]
    rows += [("all", *_worth(found))] if found else []
    return tuple(rows)


def _worth(rows: Sequence[Row]) -> tuple[Cell, ...]:
    converted = Share(sum(row["state"] in _CONVERTED for row in rows), len(rows))
    return len(rows), converted, *(amount(_sum(rows, key)) for key in ("estimated", "value"))


def _sum(rows: Sequence[Row], key: str) -> int | None:
    """Return the sum of a column, or nothing where no row has one."""
    given = [row[key] for row in rows if row[key] is not None]
    return sum(given) if given else None


def at_risk(reader: Reader, period: Period) -> tuple[Section, ...]:
    """Return the clients at risk on the last day of the period: low health, or not visited for too long."""
    return (Section("At risk", (clients_at_risk(reader, period),)),)


def clients_at_risk(reader: Reader, period: Period) -> Table:
    """Return the clients at risk: why, their health, their last visit and the next."""
    told = measure.explain(reader, CATALOGUE["at_risk_clients"], period).counted
    known = {row["ref"]: row for row in reader.rows(_HEALTH, {"on": on_day(reader, period).last.isoformat()})}
    found = [(row, known[row.ref]) for row in told]
    found.sort(key=lambda pair: (-pair[1]["days"], pair[0].name or ""))
    return Table(
        "at_risk",
        "At risk",
        (
            Column("record", "Client", "ref"),
            Column("why", "Why"),
            Column("health", "Health", "number"),
            Column("visited", "Last visit", "day"),
            Column("days", "Since", "days"),
            Column("next_visit", "Next visit", "day"),
            Column("owner", "Owner"),
        ),
        tuple(
            (
                Ref(row.ref, row.name or ""),
                row.state,
                now["health"],
                day(now["visited"]),
                days(now["days"]),
                day(now["next_visit"]),
                now["owner"],
            )
            for row, now in found
        ),
        empty="No client is at risk.",
    )
