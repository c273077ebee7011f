"""What a page asks the whole store for, once: who is current, and how long it took what is over.

Whom somebody still works with are a few among all that is over, and what is over grows for years. So the reader finds
them once on a page, and binds them in JSON to each query that names a list, such as `:once_active_clients`: such a query
begins with those few.
"""

from typing import Final

# Whether a lead `l` was not found unqualified: by the last verdict.
NOT_REFUSED: Final = """COALESCE((
    SELECT q.verdict FROM qualification q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1), '') <> 'no'"""
_UNOPENED: Final = """NOT EXISTS (SELECT 1 FROM opportunity o WHERE o.lead_id = l.id)
    AND NOT EXISTS (SELECT 1 FROM client c WHERE c.lead_id = l.id)"""
_CURRENT: Final = f"(({_UNOPENED}) OR {{}}) AND {NOT_REFUSED}"

# Whether an opportunity `o`, a client `c` or a lead `l` is current, where few are asked about.
IS_OPEN: Final = """NOT EXISTS (
    SELECT 1 FROM opportunity_outcome x WHERE x.opportunity_id = o.id AND x.until IS NULL)"""
IS_ACTIVE: Final = """NOT EXISTS (
    SELECT 1 FROM client_status s WHERE s.client_id = c.id AND s.until IS NULL AND s.status = 'former')"""
IS_CURRENT: Final = _CURRENT.format(
    f"EXISTS (SELECT 1 FROM opportunity o WHERE o.lead_id = l.id AND {IS_OPEN})"
)
_OF_OPEN: Final = """l.id IN (
    SELECT o.lead_id FROM json_each(:once_open_opportunities) AS j CROSS JOIN opportunity o WHERE o.id = j.value)"""


def _numbers(sql: str) -> str:
    return f"SELECT json_group_array(f.id) FROM ({sql}) AS f"


# Each by its name, and the query that finds it; one may begin with another.
ONCE: Final = {
    # Opportunities without an outcome that holds.
    "open_opportunities": _numbers(f"SELECT o.id FROM opportunity o WHERE {IS_OPEN}"),
    # Clients who have not left.
    "active_clients": _numbers(f"SELECT c.id FROM client c WHERE {IS_ACTIVE}"),
    # Leads that are not disqualified and have neither opportunity nor client yet, or an opportunity that is open.
    "current_leads": _numbers(f"SELECT l.id FROM lead l WHERE {_CURRENT.format(_OF_OPEN)}"),
    # Of these those without an opportunity or client.
    "active_leads": _numbers(
        f"SELECT l.id FROM json_each(:once_current_leads) AS j CROSS JOIN lead l WHERE l.id = j.value AND {_UNOPENED}"
    ),
    # Of each stage how many stays are finished, and their days together; an imported one that ends before it began is
    # left out.
    "finished_stays": """SELECT json_group_object(f.stage, json_array(f.stays, f.total)) FROM (
  SELECT s.stage, COUNT(*) AS stays, SUM(days(s.since, s.until)) AS total
  FROM stage_stay s WHERE s.until IS NOT NULL AND s.until >= s.since GROUP BY s.stage
) AS f""",
}
