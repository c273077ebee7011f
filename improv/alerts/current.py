"""What is current on the day, as SQL: the leads, opportunities and clients that somebody still works."""

from typing import Final

from improv.once import IS_ACTIVE, IS_CURRENT, IS_OPEN

_LEADS: Final = """AS MATERIALIZED (SELECT l.id, l.name, l.received_on, l.source, l.city, l.email, l.phone
  FROM json_each(:once_{}) AS j CROSS JOIN lead l WHERE l.id = j.value)"""

# A lead that is not disqualified and has neither opportunity nor client yet.
ACTIVE_LEAD: Final = f"active_lead {_LEADS.format('active_leads')}"

# An active lead, or one whose opportunity is open.
CURRENT_LEAD: Final = f"current_lead {_LEADS.format('current_leads')}"

# An opportunity without an outcome that holds, with its open stay where there is one.
OPEN_OPPORTUNITY: Final = """open_opportunity AS MATERIALIZED (
  SELECT o.id, o.title AS name, o.lead_id, o.client_id, o.opened_on, s.stage, s.since
  FROM json_each(:once_open_opportunities) AS j CROSS JOIN opportunity o
  LEFT JOIN stage_stay s ON s.opportunity_id = o.id AND s.until IS NULL
  WHERE o.id = j.value
)"""

# A client who has not left.
ACTIVE_CLIENT: Final = """active_client AS MATERIALIZED (
  SELECT c.id, c.name, c.since_on FROM json_each(:once_active_clients) AS j CROSS JOIN client c WHERE c.id = j.value
)"""

# The same, with the day of their last visit.
VISITED_CLIENT: Final = f"""{ACTIVE_CLIENT}, visited_client AS MATERIALIZED (
  SELECT c.id, c.name, c.since_on, (SELECT MAX(v.held_on) FROM visit v WHERE v.client_id = c.id) AS visited_on
  FROM active_client c
)"""

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


# Open opportunities with what is expected of them: the last terms.
TERMS: Final = f"""{OPEN_OPPORTUNITY}, expected AS (
  SELECT o.id, o.name, o.client_id, t.value, t.close_on FROM open_opportunity o
  LEFT JOIN opportunity_terms t ON t.id = (SELECT u.id FROM opportunity_terms u WHERE u.opportunity_id = o.id
    ORDER BY u.on_day DESC, u.id DESC LIMIT 1)
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
BOOKING: Final = f"""scheduled AS MATERIALIZED (
  SELECT e.id, e.kind, e.set_on, e.scheduled_for, e.anticipated_stage, e.assigned_to, e.opportunity_id, e.client_id, e.lead_id
  FROM event e WHERE e.status = 'scheduled'
), booking AS (
  SELECT e.id, e.kind, e.set_on, e.scheduled_for, e.anticipated_stage,
    COALESCE(o.title, c.name, l.name) AS name,
    COALESCE(e.assigned_to, {opportunity_owner("o.id")}, {client_owner("c.id")}, {lead_owner("l.id")}) AS owner,
    COALESCE(o.client_id, c.id) AS client_id, o.id AS opportunity_id,
    days(e.set_on, e.scheduled_for) AS gap,
    COALESCE(k.name, e.kind) AS kind_name, COALESCE(k.visit, 0) AS visit, k.gap_high
  FROM scheduled e
  LEFT JOIN playbook_event_kind k ON k.key = e.kind
  LEFT JOIN opportunity o ON o.id = e.opportunity_id AND {IS_OPEN}
  LEFT JOIN client c ON c.id = e.client_id AND e.opportunity_id IS NULL AND {IS_ACTIVE}
  LEFT JOIN lead l ON l.id = e.lead_id AND e.opportunity_id IS NULL AND e.client_id IS NULL AND {IS_CURRENT}
  WHERE COALESCE(o.id, c.id, l.id) IS NOT NULL
)"""


def falls(active: str, subject: str, kind: str, limit: str) -> str:
    """Return the SQL of active subjects whose last readings of a kind each fell below the one before, so many times running.

    Who has too few of them to fall is never put in order: most have one.
    """
    return f"""fall AS (
  SELECT r.{subject} AS subject_id, r.on_day, r.value,
    LAG(r.value) OVER (PARTITION BY r.{subject} ORDER BY r.on_day, r.id) AS before,
    ROW_NUMBER() OVER (PARTITION BY r.{subject} ORDER BY r.on_day DESC, r.id DESC) AS place
  FROM {active} z CROSS JOIN reading r WHERE r.{subject} = z.id AND r.kind = '{kind}' AND r.value IS NOT NULL
    AND (SELECT COUNT(*) FROM reading q WHERE q.{subject} = z.id AND q.kind = '{kind}') > :{limit}
), fallen AS (
  SELECT f.subject_id, MIN(f.on_day) AS since,
    MAX(CASE WHEN f.place = :{limit} THEN f.before END) AS was, MAX(CASE WHEN f.place = 1 THEN f.value END) AS now_is
  FROM fall f WHERE f.place <= :{limit} GROUP BY f.subject_id
  HAVING SUM(CASE WHEN f.value < f.before THEN 1 ELSE 0 END) >= :{limit}
)"""
