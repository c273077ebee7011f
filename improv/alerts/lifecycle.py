"""The charter's rules about opportunities, SQLs, MQLs and leads, as flags."""

from typing import Final

from improv.alerts.charter import STANDING, later, waiting
from improv.alerts.current import OPEN_OPPORTUNITY, TERMS, lead_owner, opportunity_owner
from improv.alerts.flag import Flag
from improv.once import NOT_REFUSED

_OPPORTUNITY: Final = f"SELECT o.id, 'O' AS letter, o.name, {opportunity_owner('o.id')} AS owner, o.client_id"
_LEAD: Final = f"SELECT l.id, 'L' AS letter, l.name, {lead_owner('l.id')} AS owner, NULL AS client_id"

_H11: Final = f"""WITH {OPEN_OPPORTUNITY}, {waiting("opportunity", "open_opportunity")}
{_OPPORTUNITY}, {later("o.on_day", "o.opened_on")} AS since, days({later("o.on_day", "o.opened_on")}, :today) AS days,
  0 AS worse, CASE WHEN o.on_day > o.opened_on THEN 'the last one' ELSE 'it was opened' END AS detail
FROM waiting o"""

_H12: Final = f"""WITH {TERMS}
{_OPPORTUNITY}, o.close_on AS since, days(o.close_on, :today) AS days, 0 AS worse, NULL AS detail
FROM expected o WHERE o.close_on < :today"""

# Each lead with a deal: how many are won and open, and the days the last was won and opened.
_DEALS: Final = """deals AS (
  SELECT o.lead_id, SUM(CASE WHEN x.outcome = 'won' THEN 1 ELSE 0 END) AS won,
    SUM(CASE WHEN x.outcome IS NULL THEN 1 ELSE 0 END) AS running,
    MAX(CASE WHEN x.outcome = 'won' THEN x.since END) AS won_on, MAX(o.opened_on) AS opened_on
  FROM opportunity o LEFT JOIN opportunity_outcome x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE o.lead_id IS NOT NULL GROUP BY o.lead_id
), state AS (
  SELECT l.id, l.name, y.state, y.since FROM lead l JOIN lifecycle y ON y.lead_id = l.id AND y.until IS NULL
)"""

_H13: Final = f"""WITH ended AS MATERIALIZED (
  SELECT l.id, l.name, y.since, (SELECT MAX(x.since) FROM opportunity o CROSS JOIN opportunity_outcome x
    WHERE o.lead_id = l.id AND x.opportunity_id = o.id AND x.until IS NULL) AS ended_on
  FROM lifecycle y CROSS JOIN lead l WHERE y.until IS NULL AND y.state = 'opportunity' AND l.id = y.lead_id
    AND NOT EXISTS (SELECT 1 FROM opportunity o LEFT JOIN opportunity_outcome x ON x.opportunity_id = o.id AND x.until IS NULL
      WHERE o.lead_id = l.id AND COALESCE(x.outcome, 'won') = 'won')
)
{_LEAD}, COALESCE(l.ended_on, l.since) AS since, days(COALESCE(l.ended_on, l.since), :today) AS days, 0 AS worse,
  CASE WHEN l.ended_on IS NULL THEN 'no deal was opened' ELSE 'its last deal was closed' END AS detail
FROM ended l"""

_H14: Final = f"""WITH {_DEALS}
{_LEAD}, COALESCE(d.won_on, d.opened_on) AS since, days(COALESCE(d.won_on, d.opened_on), :today) AS days, 0 AS worse,
  UPPER(l.state) AS detail, CASE WHEN d.won > 0 THEN 'won' ELSE 'opened' END AS what,
  CASE WHEN d.won > 0 THEN 'customer' ELSE 'opportunity' END AS state
FROM state l JOIN deals d ON d.lead_id = l.id
WHERE l.state <> 'customer' AND (d.won > 0 OR (d.running > 0 AND l.state <> 'opportunity'))"""


def _idle(state: str) -> str:
    """Return the SQL of leads in a state of their lifecycle with nothing set for them."""
    return f"""WITH {STANDING}, {waiting("lead", "standing", f"z.state = '{state}'")}
{_LEAD}, {later("l.on_day", "l.since")} AS since, days({later("l.on_day", "l.since")}, :today) AS days, 0 AS worse,
  CASE WHEN l.on_day > l.since THEN 'the last one' ELSE 'it became one' END AS detail
FROM waiting l"""


# What says that nobody is interested: the last verdict, the last booking, or so many attempts since the last answer.
_H17: Final = f"""WITH interested AS MATERIALIZED (
  SELECT l.id, l.name FROM lifecycle y CROSS JOIN lead l
  WHERE y.until IS NULL AND y.state = 'mql' AND l.id = y.lead_id AND {NOT_REFUSED}
), answer AS (
  SELECT t.lead_id, MAX(t.on_day) AS on_day FROM (
    SELECT a.lead_id, a.done_on AS on_day FROM interested l CROSS JOIN activity a WHERE a.lead_id = l.id AND a.response = 'yes'
    UNION ALL SELECT e.lead_id, e.closed_on FROM interested l CROSS JOIN event e WHERE e.lead_id = l.id AND e.status = 'done'
  ) AS t GROUP BY t.lead_id
), missed AS (
  SELECT e.lead_id, MAX(e.closed_on) AS on_day FROM interested l CROSS JOIN event e
  WHERE e.lead_id = l.id AND e.status = 'no-show' GROUP BY e.lead_id
), tried AS (
  SELECT a.lead_id, SUM(a.times) AS times, MIN(a.done_on) AS on_day FROM interested l CROSS JOIN activity a ON a.lead_id = l.id
  JOIN playbook_activity_kind k ON k.key = a.kind AND k.attempt = 1 LEFT JOIN answer y ON y.lead_id = a.lead_id
  WHERE y.on_day IS NULL OR a.done_on > y.on_day GROUP BY a.lead_id
), refused AS (
  SELECT l.id, l.name, q.decided_on AS on_day, 'found not qualified' AS detail
  FROM lifecycle y CROSS JOIN lead l ON l.id = y.lead_id CROSS JOIN qualification q ON q.id = (
    SELECT p.id FROM qualification p WHERE p.lead_id = l.id ORDER BY p.decided_on DESC, p.id DESC LIMIT 1)
  WHERE y.until IS NULL AND y.state IN ('mql', 'sql') AND q.verdict = 'no'
), silent AS (
  SELECT l.id, l.name, COALESCE(m.on_day, t.on_day) AS on_day,
    CASE WHEN m.on_day IS NULL THEN 'tried ' || t.times || ' times without an answer' ELSE 'booked and did not come' END
    AS detail
  FROM interested l LEFT JOIN answer y ON y.lead_id = l.id
  LEFT JOIN missed m ON m.lead_id = l.id AND (y.on_day IS NULL OR m.on_day > y.on_day)
  LEFT JOIN tried t ON t.lead_id = l.id AND t.times >= :limit_attempts_without_response
  WHERE COALESCE(m.on_day, t.on_day) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM event e WHERE e.lead_id = l.id AND e.status = 'scheduled')
)
{_LEAD}, l.on_day AS since, days(l.on_day, :today) AS days, 0 AS worse, l.detail
FROM (SELECT r.id, r.name, r.on_day, r.detail FROM refused r
  UNION ALL SELECT s.id, s.name, s.on_day, s.detail FROM silent s) AS l"""

# Who owns it is asked before whether it was refused: most of these belong to nobody.
_H18: Final = f"""SELECT l.id, 'L' AS letter, l.name, w.text AS owner, NULL AS client_id, w.on_day AS since,
  days(w.on_day, :today) AS days, 0 AS worse, y.state AS detail
FROM lifecycle y CROSS JOIN reading w ON w.id = (
  SELECT r.id FROM reading r WHERE r.lead_id = y.lead_id AND r.kind = 'owner' ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
CROSS JOIN lead l ON l.id = y.lead_id
WHERE y.until IS NULL AND y.state IN ('subscriber', 'lead') AND {NOT_REFUSED}
  AND NOT EXISTS (SELECT 1 FROM playbook_team t WHERE LOWER(t.marketing) = LOWER(w.text))"""

_CHECK_IN: Final = 'improv task add "check in" --about {ref} --due …'
_DUE: Final = "the day it is due"
_STATE: Final = "improv lead lifecycle {ref} "
_BACK: Final = "improv lead to-marketing {ref}"

FLAGS: Final = (
    Flag(
        code="H11",
        group="opportunities",
        title="opportunity without a follow-up",
        sentence="An open opportunity with no task due and no event booked today or later.",
        why="A deal without a next date is waiting for the buyer to remember it.",
        kind="opportunity",
        sql=_H11,
        reason="no follow-up ahead since {detail} on {since}, {days} ago",
        mend='improv task add "follow up" --about {ref} --due …',
        asks=_DUE,
    ),
    Flag(
        code="H12",
        group="opportunities",
        title="past its close date",
        sentence="An open opportunity whose close date is over.",
        why="A date that passed in silence makes every forecast a wish: close it or move the date.",
        kind="opportunity",
        sql=_H12,
        reason="was to close on {since}, {days} ago",
        mend="improv {past_close}",
        asks="{past_close_asks}",
    ),
    Flag(
        code="H13",
        group="opportunities",
        title="lost, still an opportunity",
        sentence="A lead that counts as an opportunity though none of its deals is open or won.",
        why="A lost deal is an SQL again, with a date to check in, or it is marketing's.",
        kind="lead",
        sql=_H13,
        reason="counts as an opportunity; {detail} since {since}, {days} ago",
        mend=_STATE + "sql",
    ),
    Flag(
        code="H14",
        group="opportunities",
        title="lifecycle behind its deals",
        sentence="A lead with a deal won that is no customer, or with one open that is no opportunity.",
        why="Who counts as what is only worth knowing when it is true.",
        kind="lead",
        sql=_H14,
        reason="counts as {detail} though a deal was {what} on {since}, {days} ago",
        mend=_STATE + "{state}",
        covers=("H15", "H16", "H18"),
    ),
    Flag(
        code="H15",
        group="SQL",
        title="SQL without a follow-up",
        sentence="An SQL with no task due and no event booked today or later.",
        why="Whoever talks price and place wants to hear from you on a day you both know.",
        kind="lead",
        sql=_idle("sql"),
        reason="SQL, and no follow-up ahead since {detail} on {since}, {days} ago",
        mend=_CHECK_IN,
        asks=_DUE,
    ),
    Flag(
        code="H16",
        group="MQL",
        title="MQL without a follow-up",
        sentence="An MQL with no task due and no event booked today or later.",
        why="Interest in a product lasts for days, not for months.",
        kind="lead",
        sql=_idle("mql"),
        reason="MQL, and no follow-up ahead since {detail} on {since}, {days} ago",
        mend=_CHECK_IN,
        asks=_DUE,
    ),
    Flag(
        code="H17",
        group="MQL",
        title="no real interest",
        sentence="An MQL that booked and did not come, or answers neither mail nor calls; an MQL or SQL found not qualified.",
        why="Time spent on who does not want it is taken from who does: marketing keeps them warm.",
        kind="lead",
        sql=_H17,
        reason="{detail} since {since}, {days} ago",
        mend=_BACK,
        covers=("H15", "H16"),
    ),
    Flag(
        code="H18",
        group="leads and subscribers",
        title="marketing's lead",
        sentence="A lead or subscriber that belongs to a salesperson rather than to marketing.",
        why="Until somebody looks at a product there is nothing to sell yet.",
        kind="lead",
        sql=_H18,
        reason="a {detail} that belongs to {owner} since {since}, {days} ago",
        mend=_BACK,
    ),
)
