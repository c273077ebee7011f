"""Pieces of SQL that several populations share: an opportunity, an outcome and a client as they stand on a day."""

from typing import Final

from improv.formulas import RATED, UNKNOWN

# Looked up by index for each open opportunity: they are few among all that ever were. The terms that hold on the day
# are the last ones given; imported stays may overlap, and then the last of those that hold on the day stands.
OPEN_OPPORTUNITIES: Final = """
FROM opportunity AS o
LEFT JOIN opportunity_terms AS t ON t.id = (
  SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = o.id AND y.on_day <= :on
  ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
LEFT JOIN stage_stay AS s ON s.id = (
  SELECT y.id FROM stage_stay AS y
  WHERE y.opportunity_id = o.id AND y.since <= :on AND (y.until IS NULL OR y.until > :on)
  ORDER BY y.sequence DESC LIMIT 1)
LEFT JOIN playbook_stage AS k ON k.key = s.stage
WHERE o.opened_on <= :on AND NOT EXISTS (
  SELECT 1 FROM opportunity_outcome AS x
  WHERE x.opportunity_id = o.id AND x.since <= :on AND (x.until IS NULL OR x.until > :on))"""

# One row for each time an opportunity was closed; it stands until it is reopened.
CLOSINGS: Final = """
FROM opportunity_outcome AS x
JOIN opportunity AS o ON o.id = x.opportunity_id"""
# The same with its last terms, `t`; nobody pays for looking them up who does not need them.
OUTCOMES: Final = f"""{CLOSINGS}
LEFT JOIN opportunity_terms AS t ON t.id = (
  SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = o.id ORDER BY y.on_day DESC, y.id DESC LIMIT 1)"""

# Each stage that an opportunity closed by the day had entered before, once, and how it ended, as things stood that day.
CLOSED_STAGES: Final = """
SELECT MIN(s.id) AS id, s.opportunity_id AS about, x.since AS day, s.stage AS stage, x.outcome AS outcome
FROM opportunity_outcome AS x JOIN stage_stay AS s ON s.opportunity_id = x.opportunity_id AND s.since <= x.since
WHERE x.since <= :on AND (x.until IS NULL OR x.until > :on)
GROUP BY s.opportunity_id, s.stage, x.since, x.outcome"""

REOPENED: Final = "WHEN x.until IS NOT NULL THEN 'reopened since'"

# Whether a stay `s` is the opportunity's first in that stage.
ENTRY: Final = """CASE WHEN EXISTS (
  SELECT 1 FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND y.sequence <= s.sequence
  AND y.stage = s.stage AND (y.sequence < s.sequence OR y.id < s.id)) THEN 'again' ELSE 'first' END"""

# How an opportunity stands now: its outcome, or open.
STANDING: Final = "COALESCE(x.outcome, 'open')"
JOIN_STANDING: Final = "LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL"


def last_verdict(lead: str) -> str:
    """Return the SQL of the number of the last verdict on a lead."""
    return f"""(SELECT q.id FROM qualification AS q WHERE q.lead_id = {lead}
    ORDER BY q.decided_on DESC, q.id DESC LIMIT 1)"""


# Each lead on the first day it was found qualified, `y`, with the last verdict on it, `z`.
QUALIFIED: Final = f"""
FROM (SELECT lead_id, MIN(decided_on) AS day FROM qualification WHERE verdict = 'yes' GROUP BY lead_id) AS y
JOIN qualification AS z ON z.id = {last_verdict("y.lead_id")}"""
NOT_QUALIFIED: Final = "CASE WHEN z.verdict = 'no' THEN 'no longer qualified' END AS left_out"


def is_of_sales(event: str = "e") -> str:
    """Return the SQL of whether an event is one of sales."""
    return f"{event}.kind IN (SELECT k.key FROM playbook_event_kind AS k WHERE k.sales = 1)"


# An activity counts as many times as it was logged.
ACTIVITY: Final = """SELECT a.id AS id, NULL AS about, a.done_on AS day, a.times AS value, a.kind AS kind,
    a.owner AS owner, m.name AS campaign
    FROM activity AS a LEFT JOIN campaign AS m ON m.id = a.campaign_id"""
ACTIVITY_KEYS: Final = ("kind", "owner", "campaign")


def of_kinds(which: str) -> str:
    """Return the SQL of whether an activity `a` is of a kind `k` that the playbook marks so."""
    return f"a.kind IN (SELECT k.key FROM playbook_activity_kind AS k WHERE {which})"


# A campaign `m` and what it is sorted under; of an opportunity `o` its own, else that of its lead.
CAMPAIGN_KEYS: Final = ("campaign", "type", "subtype")
CAMPAIGN: Final = "m.name AS campaign, m.type AS type, m.subtype AS subtype"
JOIN_CAMPAIGN: Final = """LEFT JOIN lead AS l ON l.id = o.lead_id
    JOIN campaign AS m ON m.id = COALESCE(o.campaign_id, l.campaign_id)"""


def contacts_of(lead: str, shown: str = "", among: str = "") -> str:
    """Return the SQL of whatever reached a lead, by its number, with its `day`, `kind` and `campaign_id`.

    That is an activity that is a contact, an event held, a referral's first contact. What is about its opportunity
    reached the lead too. For all leads `among` some, what is `shown` of them comes first.
    """
    found, its = f"FROM {among} JOIN" if among else "FROM", f"a.lead_id = {lead}"
    # The plus keeps to the index of whose it is: most of what is done has no lead of its own.
    sold, bought = (
        f"{found} opportunity AS o JOIN",
        f"a.opportunity_id = o.id AND o.lead_id = {lead} AND +a.lead_id IS NULL",
    )
    done = f"SELECT {shown}a.done_on AS day, a.kind AS kind, a.campaign_id AS campaign_id"
    held, contact = f"SELECT {shown}a.closed_on, a.kind, NULL", of_kinds("k.contact = 1")
    return f"""{done} {found} activity AS a WHERE {its} AND {contact}
UNION ALL {done} {sold} activity AS a WHERE {bought} AND {contact}
UNION ALL {held} {found} event AS a WHERE {its} AND a.status = 'done'
UNION ALL {held} {sold} event AS a WHERE {bought} AND a.status = 'done'
UNION ALL SELECT {shown}a.contacted_on, 'first contact', NULL {found} referral AS a WHERE {its} AND a.contacted_on IS NOT NULL"""


def active_clients(joins: str = "") -> str:
    """Return the SQL of the clients `c` who are active on the day."""
    return f"""
FROM client AS c
JOIN client_status AS a ON a.client_id = c.id AND a.status = 'active'
     AND a.since <= :on AND (a.until IS NULL OR a.until > :on)
{joins} WHERE c.since_on <= :on"""


_LAST_VISIT: Final = """LEFT JOIN visit AS v ON v.id = (
  SELECT y.id FROM visit AS y WHERE y.client_id = c.id AND y.held_on <= :on ORDER BY y.held_on DESC LIMIT 1)"""
# The same with their last visit, `v`, and with how well they are, `h`.
ACTIVE_CLIENTS: Final = active_clients(_LAST_VISIT)
RATED_CLIENTS: Final = active_clients(f"{_LAST_VISIT} JOIN rated_health AS h ON h.client_id = c.id")


def rated(kind: str, population: str) -> str:
    """Return the SQL of what each of a population, by its `id`, is rated: by hand or by formula."""
    return f"""SELECT q.id AS id, q.id AS about, :on AS since, NULL AS until, r.value AS value, r.state AS state,
    CASE WHEN r.value IS NULL THEN '{UNKNOWN}' END AS left_out
    FROM ({population}) AS q JOIN rated_{kind} AS r ON r.{RATED[kind]}_id = q.id"""


def events_ahead(owner: str, extra: str = "") -> str:
    """Return the SQL of who has a booking that lies ahead on the day, by the column that names them.

    The plus signs keep to the index of the days ahead: most bookings were set long ago.
    """
    return f"""SELECT e.{owner} AS owner_id,
       MAX(CASE WHEN e.anticipated_stage IS NULL THEN 0 ELSE 1 END) AS anticipated,
       MAX(CASE WHEN e.scheduled_time IS NULL OR e.ends_time IS NULL THEN 0 ELSE 1 END) AS set_aside
FROM event AS e {extra}
WHERE +e.set_on <= :on AND (e.closed_on IS NULL OR e.closed_on > :on) AND e.scheduled_for >= :on
GROUP BY +e.{owner}"""
