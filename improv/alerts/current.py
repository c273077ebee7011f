"""What is current on the day, as SQL: the leads, opportunities and clients that somebody still works."""

from typing import Final

_LAST_VERDICT: Final = "(SELECT q.verdict FROM qualification q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1)"
_NOT_REFUSED: Final = f"COALESCE({_LAST_VERDICT}, '') <> 'no'"
_LEAD: Final = "SELECT l.id, l.name, l.received_on, l.source, l.city, l.email, l.phone FROM lead l"
_UNOPENED: Final = """NOT EXISTS (SELECT 1 FROM opportunity o WHERE o.lead_id = l.id)
    AND NOT EXISTS (SELECT 1 FROM client c WHERE c.lead_id = l.id)"""

# A lead that is not disqualified and has neither opportunity nor client yet.
ACTIVE_LEAD: Final = f"active_lead AS ({_LEAD} WHERE {_UNOPENED} AND {_NOT_REFUSED})"

# An opportunity without an outcome that holds, with its open stay where there is one.
OPEN_OPPORTUNITY: Final = """open_opportunity AS (
  SELECT o.id, o.title AS name, o.lead_id, o.client_id, o.opened_on, s.stage, s.since
  FROM opportunity o
  LEFT JOIN stage_stay s ON s.opportunity_id = o.id AND s.until IS NULL
  WHERE NOT EXISTS (SELECT 1 FROM opportunity_outcome x WHERE x.opportunity_id = o.id AND x.until IS NULL)
)"""

# An active lead, or one whose opportunity is open; judged one by one where few are asked about.
CURRENT_LEAD: Final = f"""current_lead AS NOT MATERIALIZED ({_LEAD} WHERE {_NOT_REFUSED} AND (({_UNOPENED}) OR EXISTS (
  SELECT 1 FROM opportunity o WHERE o.lead_id = l.id
  AND NOT EXISTS (SELECT 1 FROM opportunity_outcome x WHERE x.opportunity_id = o.id AND x.until IS NULL))))"""

# A client who has not left.
ACTIVE_CLIENT: Final = """active_client AS (
  SELECT c.id, c.name, c.since_on FROM client c
  WHERE NOT EXISTS (
    SELECT 1 FROM client_status s WHERE s.client_id = c.id AND s.until IS NULL AND s.status = 'former')
)"""

LAST_VISIT: Final = (
    "last_visit AS (SELECT v.client_id, MAX(v.held_on) AS on_day FROM visit v GROUP BY v.client_id)"
)

NEXT_VISIT: Final = """next_visit AS (
  SELECT e.client_id, MIN(e.scheduled_for) AS on_day
  FROM event e JOIN playbook_event_kind k ON k.key = e.kind AND k.visit = 1
  WHERE e.status = 'scheduled' AND e.scheduled_for >= :today AND e.client_id IS NOT NULL GROUP BY e.client_id
)"""

# Open opportunities with an event ahead, whether it was booked with them or with their lead before they were opened.
NEXT_EVENT: Final = """next_event AS (
  SELECT e.opportunity_id FROM event e
  WHERE e.status = 'scheduled' AND e.scheduled_for >= :today AND e.opportunity_id IS NOT NULL
  UNION
  SELECT o.id FROM event e JOIN opportunity o ON o.lead_id = e.lead_id
  WHERE e.status = 'scheduled' AND e.scheduled_for >= :today AND e.opportunity_id IS NULL
)"""


def lead_owner(number: str) -> str:
    """Return the SQL of who owns the lead with this id."""
    return _reading_owner("lead_id", number)


def client_owner(number: str) -> str:
    """Return the SQL of who owns the client with this id."""
    return _reading_owner("client_id", number)


def opportunity_owner(number: str) -> str:
    """Return the SQL of who owns the opportunity with this id."""
    return (
        f"(SELECT w.owner FROM opportunity_terms w WHERE w.opportunity_id = {number} "
        "ORDER BY w.on_day DESC, w.id DESC LIMIT 1)"
    )


def _reading_owner(subject: str, number: str) -> str:
    return (
        f"(SELECT w.text FROM reading w WHERE w.{subject} = {number} AND w.kind = 'owner' "
        "ORDER BY w.on_day DESC, w.id DESC LIMIT 1)"
    )


# A booking that is still open, of whatever is current: an opportunity, else a client, else a lead. The events that are
# ahead are found once: with what is asked of their kinds SQLite would look through all events for each kind.
BOOKING: Final = f"""{OPEN_OPPORTUNITY}, {ACTIVE_CLIENT}, {CURRENT_LEAD}, scheduled AS MATERIALIZED (
  SELECT e.id, e.kind, e.set_on, e.scheduled_for, e.anticipated_stage, e.assigned_to, e.opportunity_id, e.client_id, e.lead_id
  FROM event e WHERE e.status = 'scheduled'
), booking AS (
  SELECT e.id, e.kind, e.set_on, e.scheduled_for, e.anticipated_stage,
    COALESCE(o.name, c.name, l.name) AS name,
    COALESCE(e.assigned_to, {opportunity_owner("o.id")}, {client_owner("c.id")}, {lead_owner("l.id")}) AS owner,
    COALESCE(o.client_id, c.id) AS client_id, o.id AS opportunity_id,
    days(e.set_on, e.scheduled_for) AS gap,
    COALESCE(k.name, e.kind) AS kind_name, COALESCE(k.visit, 0) AS visit, k.gap_high
  FROM scheduled e
  LEFT JOIN playbook_event_kind k ON k.key = e.kind
  LEFT JOIN open_opportunity o ON o.id = e.opportunity_id
  LEFT JOIN active_client c ON c.id = e.client_id AND e.opportunity_id IS NULL
  LEFT JOIN current_lead l ON l.id = e.lead_id AND e.opportunity_id IS NULL AND e.client_id IS NULL
  WHERE COALESCE(o.id, c.id, l.id) IS NOT NULL
)"""


def falls(subject: str, kind: str, limit: str) -> str:
    """Return the SQL of subjects whose last readings of a kind each fell below the one before, so many times running.

    Who has too few of them to fall is never put in order: most have one.
    """
    return f"""fall AS (
  SELECT r.{subject} AS subject_id, r.on_day, r.value,
    LAG(r.value) OVER (PARTITION BY r.{subject} ORDER BY r.on_day, r.id) AS before,
    ROW_NUMBER() OVER (PARTITION BY r.{subject} ORDER BY r.on_day DESC, r.id DESC) AS place
  FROM reading r WHERE r.kind = '{kind}' AND r.value IS NOT NULL AND r.{subject} IN (
    SELECT q.{subject} FROM reading q WHERE q.kind = '{kind}' AND q.{subject} IS NOT NULL
    GROUP BY q.{subject} HAVING COUNT(*) > :{limit})
), fallen AS (
  SELECT f.subject_id, MIN(f.on_day) AS since,
    MAX(CASE WHEN f.place = :{limit} THEN f.before END) AS was, MAX(CASE WHEN f.place = 1 THEN f.value END) AS now_is
  FROM fall f WHERE f.place <= :{limit} GROUP BY f.subject_id
  HAVING SUM(CASE WHEN f.value < f.before THEN 1 ELSE 0 END) >= :{limit}
)"""
