"""The charter's rules about owners and customers, as flags; its other rooms are `lifecycle.py` and `hygiene.py`."""

from typing import Final

from improv.alerts.current import (
    ACTIVE_CLIENT,
    OPEN_OPPORTUNITY,
    client_owner,
    lead_owner,
    opportunity_owner,
)
from improv.alerts.flag import Flag
from improv.once import NOT_REFUSED

# Every lead in the state its lifecycle is in, but those that were found not qualified: nobody works them.
STANDING: Final = f"""standing AS (
  SELECT l.id, l.name, y.state, y.since FROM lifecycle y CROSS JOIN lead l
  WHERE y.until IS NULL AND l.id = y.lead_id AND {NOT_REFUSED}
)"""

# Tasks and bookings: the day each is for, or was done or closed on; `ahead` is 1 while it is still to come.
_TASK: Final = """SELECT COALESCE(f.done_on, f.due_on) AS on_day,
    CASE WHEN f.done_on IS NULL AND f.due_on >= :today THEN 1 ELSE 0 END AS ahead
  FROM (SELECT t.*, (SELECT r.text FROM reading r WHERE r.task_id = t.id AND r.kind = 'due'
    ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS due_on FROM task t) AS f"""
_EVENT: Final = """SELECT COALESCE(f.closed_on, f.scheduled_for) AS on_day,
    CASE WHEN f.status = 'scheduled' AND f.scheduled_for >= :today THEN 1 ELSE 0 END AS ahead FROM event f"""
# Whose follow-up it is, the record being `z`. What is set with a lead holds for its opportunities too, what is set for
# an opportunity holds for its lead and its client. The plus keeps to the index of whose it is.
_WHOSE: Final = {
    "lead": (
        "f.lead_id = z.id",
        "+f.lead_id IS NULL AND f.opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.lead_id = z.id)",
    ),
    "client": (
        "f.client_id = z.id",
        "+f.client_id IS NULL AND f.opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.client_id = z.id)",
    ),
    "opportunity": ("f.opportunity_id = z.id", "+f.opportunity_id IS NULL AND f.lead_id = z.lead_id"),
}


def waiting(noun: str, population: str, where: str = "1 = 1") -> str:
    """Return the SQL of those of a population with no follow-up ahead, each with the day of its last one.

    Each is looked up by itself: to gather the follow-ups of everybody first took SQLite a search through all of them for
    each of whom it asked.
    """
    steps = " UNION ALL ".join(f"{kind} WHERE {whose}" for kind in (_TASK, _EVENT) for whose in _WHOSE[noun])
    return f"""waiting AS MATERIALIZED (
  SELECT z.*, (SELECT MAX(y.on_day) FROM ({steps}) AS y) AS on_day FROM {population} z
  WHERE {where} AND NOT EXISTS (SELECT 1 FROM ({steps}) AS y WHERE y.ahead = 1)
)"""


def later(day: str, than: str) -> str:
    """Return the SQL of the later of two days, of which the first may be missing."""
    return f"CASE WHEN {day} > {than} THEN {day} ELSE {than} END"


# ── Whoever works a record owns it ───────────────────────────────────────────────────────────────────────────────────


def _owned(letter: str, ctes: str, population: str) -> str:
    """Return the SQL of what belongs to nobody, or to somebody who is not on the team; without a team nobody is judged."""
    return f"""WITH {ctes}
SELECT q.id, '{letter}' AS letter, q.name, q.owner, q.client_id, q.since, days(q.since, :today) AS days, 0 AS worse, q.what,
  CASE WHEN COALESCE(q.owner, '') = '' THEN 'nobody' ELSE q.owner || ', who is not on the team' END AS detail
FROM ({population}) AS q
WHERE COALESCE(q.owner, '') = '' OR (
  EXISTS (SELECT 1 FROM playbook_member m) AND NOT EXISTS (SELECT 1 FROM playbook_member m WHERE m.name = q.owner))"""


_H1: Final = _owned(
    "L",
    STANDING,
    f"""SELECT l.id, l.name, {lead_owner("l.id")} AS owner, NULL AS client_id, l.since, UPPER(l.state) AS what
    FROM standing l WHERE l.state IN ('mql', 'sql')""",
)
_H2: Final = _owned(
    "O",
    OPEN_OPPORTUNITY,
    f"""SELECT o.id, o.name, {opportunity_owner("o.id")} AS owner, o.client_id, o.opened_on AS since, 'open' AS what
    FROM open_opportunity o""",
)
_H3: Final = _owned(
    "C",
    ACTIVE_CLIENT,
    f"""SELECT c.id, c.name, {client_owner("c.id")} AS owner, c.id AS client_id, c.since_on AS since, 'customer' AS what
    FROM active_client c""",
)

# ── Customers ────────────────────────────────────────────────────────────────────────────────────────────────────────

_CLIENT: Final = f"SELECT c.id, 'C' AS letter, c.name, {client_owner('c.id')} AS owner, c.id AS client_id"


def _untold(last: str, limit: str) -> str:
    """Return the SQL of active clients for whom the `last` day of something is too long ago, or never came."""
    return f"""WITH {ACTIVE_CLIENT}, told AS MATERIALIZED (
  SELECT z.*, (SELECT MAX(t.on_day) FROM ({last}) AS t) AS on_day FROM active_client z
)
{_CLIENT}, {later("c.on_day", "c.since_on")} AS since, days({later("c.on_day", "c.since_on")}, :today) AS days, 0 AS worse,
  CASE WHEN c.on_day > c.since_on THEN 'the last one' ELSE 'becoming a client' END AS detail
FROM told c WHERE days({later("c.on_day", "c.since_on")}, :today) > :limit_{limit}"""


# A visit, and any event held with them, is more than a call. A client's is also what was said on their sales, and to
# the lead they were.
_CALL: Final = (
    "+a.kind IN (SELECT k.key FROM playbook_activity_kind k WHERE k.contact = 1 AND k.channel = 'call')"
)
_SPOKEN: Final = f"""SELECT a.done_on AS on_day FROM activity a WHERE a.client_id = z.id AND {_CALL}
  UNION ALL SELECT a.done_on FROM opportunity o JOIN activity a ON a.opportunity_id = o.id
  WHERE o.client_id = z.id AND +a.client_id IS NULL AND {_CALL}
  UNION ALL SELECT a.done_on FROM client c JOIN activity a ON a.lead_id = c.lead_id
  LEFT JOIN opportunity o ON o.id = a.opportunity_id
  WHERE c.id = z.id AND +a.client_id IS NULL AND o.client_id IS NULL AND {_CALL}
  UNION ALL SELECT v.held_on FROM visit v WHERE v.client_id = z.id
  UNION ALL SELECT e.closed_on FROM event e WHERE e.client_id = z.id AND e.status = 'done'"""
_ASKED_TO_REFER: Final = """SELECT v.held_on AS on_day FROM visit v WHERE v.client_id = z.id AND v.asked_referral = 1
  UNION ALL SELECT r.received_on FROM referral r WHERE r.client_id = z.id"""
_OFFERED: Final = """SELECT u.found_on AS on_day FROM upsell u WHERE u.client_id = z.id
  UNION ALL SELECT o.opened_on FROM opportunity o WHERE o.client_id = z.id"""

_H5: Final = f"""WITH {ACTIVE_CLIENT}, {waiting("client", "active_client")}
{_CLIENT}, {later("c.on_day", "c.since_on")} AS since, days({later("c.on_day", "c.since_on")}, :today) AS days, 0 AS worse,
  CASE WHEN c.on_day > c.since_on THEN 'the last one' ELSE 'becoming a client' END AS detail
FROM waiting c"""

# One line for whoever holds too many, about the client that was the first too many.
_H6: Final = f"""WITH {ACTIVE_CLIENT}, held AS (
  SELECT c.id, c.name, w.text AS owner, w.on_day AS since,
    ROW_NUMBER() OVER (PARTITION BY w.text ORDER BY w.on_day, c.id) AS place, COUNT(*) OVER (PARTITION BY w.text) AS clients
  FROM active_client c JOIN reading w ON w.id = (
    SELECT r.id FROM reading r WHERE r.client_id = c.id AND r.kind = 'owner' ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
)
SELECT h.id, 'C' AS letter, h.name, h.owner, h.id AS client_id, h.since, days(h.since, :today) AS days, 0 AS worse,
  h.clients AS detail
FROM held h WHERE h.place = :limit_clients_per_owner + 1"""

_H9: Final = f"""WITH {ACTIVE_CLIENT}, bought AS (
  SELECT o.client_id, o.title, x.since AS on_day,
    ROW_NUMBER() OVER (PARTITION BY o.client_id ORDER BY x.since DESC, x.id DESC) AS place
  FROM active_client c CROSS JOIN opportunity o CROSS JOIN opportunity_outcome x
  WHERE o.client_id = c.id AND x.opportunity_id = o.id AND x.outcome = 'won' AND x.until IS NULL
)
{_CLIENT}, b.on_day AS since, days(b.on_day, :today) AS days, 0 AS worse, b.title AS detail
FROM active_client c JOIN bought b ON b.client_id = c.id AND b.place = 1
WHERE days(b.on_day, :today) > :limit_client_ask_after
  AND NOT EXISTS (SELECT 1 FROM upsell u WHERE u.client_id = c.id AND u.found_on >= b.on_day)
  AND NOT EXISTS (SELECT 1 FROM opportunity o WHERE o.client_id = c.id AND o.opened_on >= b.on_day)"""

# The last deal with them, where it was not won: nothing was opened since, and nothing is set for the next one. A visit
# that is booked anyway is not set for it.
_H10: Final = f"""WITH {ACTIVE_CLIENT}, lost AS (
  SELECT o.id, o.client_id, o.title, x.since,
    ROW_NUMBER() OVER (PARTITION BY o.client_id ORDER BY x.since DESC, x.id DESC) AS place
  FROM active_client c CROSS JOIN opportunity o CROSS JOIN opportunity_outcome x
  WHERE o.client_id = c.id AND x.opportunity_id = o.id AND x.outcome <> 'won' AND x.until IS NULL
)
{_CLIENT}, x.since, days(x.since, :today) AS days, 0 AS worse, x.title AS detail, 'O' || x.id AS deal
FROM active_client c JOIN lost x ON x.client_id = c.id AND x.place = 1
WHERE NOT EXISTS (
    SELECT 1 FROM opportunity o LEFT JOIN opportunity_outcome w ON w.opportunity_id = o.id AND w.until IS NULL
    WHERE o.client_id = c.id AND (w.id IS NULL OR (w.outcome = 'won' AND w.since >= x.since)))
  AND NOT EXISTS (SELECT 1 FROM ({_TASK} WHERE f.opportunity_id = x.id
    UNION ALL {_EVENT} WHERE f.opportunity_id = x.id
    UNION ALL {_TASK} WHERE f.client_id = c.id AND f.created_on >= x.since) AS y WHERE y.ahead = 1)"""

_OWN: Final = "improv {noun} edit {{ref}} --owner …"
_WHO: Final = "who works it"

FLAGS: Final = (
    Flag(
        code="H1",
        group="owner",
        title="lead without an owner",
        sentence="An MQL or SQL that belongs to nobody, or to somebody who is not on the team.",
        why="What nobody owns nobody follows up.",
        kind="lead",
        sql=_H1,
        reason="{what} since {since}, {days} ago, belongs to {detail}",
        mend=_OWN.format(noun="lead"),
        asks=_WHO,
    ),
    Flag(
        code="H2",
        group="owner",
        title="opportunity without an owner",
        sentence="An open opportunity that belongs to nobody, or to somebody who is not on the team.",
        why="What nobody owns nobody closes.",
        kind="opportunity",
        sql=_H2,
        reason="opened on {since}, {days} ago, belongs to {detail}",
        mend=_OWN.format(noun="opp"),
        asks=_WHO,
    ),
    Flag(
        code="H3",
        group="owner",
        title="customer without an owner",
        sentence="An active client who belongs to nobody, or to somebody who is not on the team.",
        why="A customer whom nobody looks after is the competition's next lead.",
        kind="client",
        sql=_H3,
        reason="a customer since {since}, {days} ago, belongs to {detail}",
        mend=_OWN.format(noun="client"),
        asks=_WHO,
    ),
    Flag(
        code="H4",
        group="customers",
        title="no relationship call",
        sentence="An active client whom nobody called, visited or met for long.",
        why="A customer who hears from you only when you sell stops listening.",
        kind="client",
        sql=_untold(_SPOKEN, "client_call_after"),
        reason="no call or meeting since {detail} on {since}, {days} ago: more than {limit_client_call_after}",
        mend='improv log {call} {ref} "…"',
        asks="what was said on the call",
    ),
    Flag(
        code="H5",
        group="customers",
        title="customer without a task",
        sentence="An active client with no task due and no event booked today or later.",
        why="Without a date nobody calls.",
        kind="client",
        sql=_H5,
        reason="no task ahead since {detail} on {since}, {days} ago",
        mend='improv task add "relationship call" --about {ref} --due …',
        asks="the day it is due",
    ),
    Flag(
        code="H6",
        group="customers",
        title="too many customers",
        sentence="Somebody holds more active clients than one person can look after; the first too many is named.",
        why="Beyond so many, customers are a list and no longer people.",
        kind="client",
        sql=_H6,
        reason="{owner} holds {detail} clients, this one since {since}: more than {limit_clients_per_owner}",
        mend=_OWN.format(noun="client"),
        asks="who looks after them from now on",
    ),
    Flag(
        code="H7",
        group="customers",
        title="not asked for referrals",
        sentence="An active client with no visit at which a referral was asked for, and no referral, for long.",
        why="A satisfied customer refers when asked, and hardly ever unasked.",
        kind="client",
        sql=_untold(_ASKED_TO_REFER, "client_ask_after"),
        reason="not asked for a referral since {detail} on {since}, {days} ago: more than {limit_client_ask_after}",
        mend="improv visit log {ref} --asked-referral",
    ),
    Flag(
        code="H8",
        group="customers",
        title="not asked about the next offer",
        sentence="An active client with no opening found and no opportunity opened for long.",
        why="Whoever bought once buys again from whoever asks.",
        kind="client",
        sql=_untold(_OFFERED, "client_ask_after"),
        reason="no next offer since {detail} on {since}, {days} ago: more than {limit_client_ask_after}",
        mend='improv client upsell {ref} "…"',
        asks="the offer they were asked about",
    ),
    Flag(
        code="H9",
        group="customers",
        title="not asked back",
        sentence="An active client who bought long ago and with whom no opening was found and no opportunity opened since.",
        why="Whoever liked a programme comes back to it, if somebody asks.",
        kind="client",
        sql=_H9,
        reason="bought {detail} on {since}, {days} ago, and was not asked back since",
        mend='improv client upsell {ref} "…"',
        asks="the programme they were asked back to",
        covers=("H8",),
    ),
    Flag(
        code="H10",
        group="customers who lost a deal",
        title="no date for the next sale",
        sentence="An active client whose last deal was not won, with no task set since that is still ahead.",
        why="A no is a no for now: the next sale needs a date.",
        kind="client",
        sql=_H10,
        reason="{detail} was not won on {since}, {days} ago, and nothing is set for the next sale",
        mend='improv task add "next sale" --about {deal} --due …',
        asks="the date of the next sale",
        covers=("H5",),
    ),
)
