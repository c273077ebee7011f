"""The red flags of leads."""

from typing import Final

from improv.alerts.current import ACTIVE_LEAD, CURRENT_LEAD, falls, lead_owner
from improv.alerts.flag import Flag
from improv.formulas import last_contact
from improv.fragments import TOUCHED
from improv.once import IS_CURRENT

_HEAD: Final = f"SELECT l.id, 'L' AS letter, l.name, {lead_owner('l.id')} AS owner, NULL AS client_id"

# Whatever reached an active lead: an activity that is a contact, an event held, a referral's first contact.
_LAST_CONTACT: Final = """last_contact AS MATERIALIZED (
  SELECT l.id, l.name, l.received_on, (SELECT MAX(t.on_day) FROM (
    SELECT a.done_on AS on_day FROM activity a
    WHERE a.lead_id = l.id AND a.kind IN (SELECT k.key FROM playbook_activity_kind k WHERE k.contact = 1)
    UNION ALL SELECT e.closed_on FROM event e WHERE e.lead_id = l.id AND e.status = 'done'
    UNION ALL SELECT r.contacted_on FROM referral r WHERE r.lead_id = l.id
  ) AS t) AS on_day
  FROM active_lead l
)"""

_L1: Final = f"""WITH {ACTIVE_LEAD}, {_LAST_CONTACT}
{_HEAD},
  COALESCE(l.on_day, l.received_on) AS since, days(COALESCE(l.on_day, l.received_on), :today) AS days,
  CASE WHEN l.on_day IS NULL THEN 1 ELSE 0 END AS worse,
  CASE WHEN l.on_day IS NULL THEN 'it came in' ELSE 'the last one' END AS detail
FROM last_contact l
WHERE days(COALESCE(l.on_day, l.received_on), :today)
  > CASE WHEN l.on_day IS NULL THEN :limit_lead_uncontacted_after ELSE :limit_lead_last_contact_after END"""

_L2: Final = f"""WITH {ACTIVE_LEAD}, verdict AS (
  SELECT q.lead_id, q.verdict, q.decided_on,
    ROW_NUMBER() OVER (PARTITION BY q.lead_id ORDER BY q.decided_on DESC, q.id DESC) AS place
  FROM active_lead l CROSS JOIN qualification q WHERE q.lead_id = l.id
)
{_HEAD}, v.decided_on AS since, days(v.decided_on, :today) AS days, 0 AS worse, NULL AS detail
FROM active_lead l JOIN verdict v ON v.lead_id = l.id AND v.place = 1 AND v.verdict = 'yes'
WHERE days(v.decided_on, :today) > :limit_qualified_without_meeting_after
  AND NOT EXISTS (
    SELECT 1 FROM event e WHERE e.lead_id = l.id
    AND ((e.status = 'scheduled' AND e.scheduled_for >= v.decided_on) OR (e.status = 'done' AND e.closed_on >= v.decided_on)))"""

_L3: Final = f"""WITH {CURRENT_LEAD}
{_HEAD}, l.received_on AS since, days(l.received_on, :today) AS days, 0 AS worse, NULL AS detail
FROM current_lead l WHERE COALESCE(l.source, '') = ''"""

_L4: Final = f"""WITH {ACTIVE_LEAD}, {falls("active_lead", "lead_id", "score", "limit_score_falls")}
{_HEAD}, f.since, days(f.since, :today) AS days, 0 AS worse, f.was || ' to ' || f.now_is AS detail
FROM active_lead l JOIN fallen f ON f.subject_id = l.id"""

_L5: Final = f"""WITH {ACTIVE_LEAD}, answer AS (
  SELECT t.lead_id, MAX(t.on_day) AS on_day FROM (
    SELECT a.lead_id, a.done_on AS on_day FROM active_lead l CROSS JOIN activity a WHERE a.lead_id = l.id AND a.response = 'yes'
    UNION ALL SELECT e.lead_id, e.closed_on FROM active_lead l CROSS JOIN event e WHERE e.lead_id = l.id AND e.status = 'done'
  ) AS t GROUP BY t.lead_id
), attempts AS (
  SELECT a.lead_id, SUM(a.times) AS tried, MIN(a.done_on) AS since
  FROM active_lead l CROSS JOIN activity a ON a.lead_id = l.id
  JOIN playbook_activity_kind k ON k.key = a.kind AND k.attempt = 1
  LEFT JOIN answer y ON y.lead_id = a.lead_id
  WHERE y.on_day IS NULL OR a.done_on > y.on_day
  GROUP BY a.lead_id
)
{_HEAD}, t.since, days(t.since, :today) AS days, 0 AS worse, t.tried AS detail
FROM active_lead l JOIN attempts t ON t.lead_id = l.id
WHERE t.tried >= :limit_attempts_without_response
  AND NOT EXISTS (SELECT 1 FROM event e WHERE e.lead_id = l.id AND e.status = 'scheduled')"""

# What a lead that somebody works did by itself since it was last spoken to, as far as it is news: the day of a contact
# answers whatever came before the day is over. Only who did something lately has news, so that nobody else is looked at.
_SINCE_CONTACT: Final = f"""WITH lately AS MATERIALIZED (
  SELECT l.id FROM lead l WHERE {IS_CURRENT} AND l.id IN (SELECT w.lead_id FROM {TOUCHED} AS w
    WHERE w.on_day >= DATE(:today, -:limit_touch_news_within || ' days') AND w.on_day <= :today)
), touched AS MATERIALIZED (
  SELECT w.lead_id, w.id, w.kind, w.on_day, w.page FROM lately z CROSS JOIN touch w
  WHERE w.lead_id = z.id AND +w.visitor_id IS NULL
  UNION ALL SELECT b.lead_id, w.id, w.kind, w.on_day, w.page FROM lately z CROSS JOIN visitor b CROSS JOIN touch w
  WHERE b.lead_id = z.id AND w.visitor_id = b.id
), spoken AS (
  SELECT x.id AS lead_id, {last_contact("lead")} AS own, (
    SELECT MAX(y.on_day) FROM (
      SELECT a.done_on AS on_day FROM opportunity o JOIN activity a ON a.opportunity_id = o.id
      JOIN playbook_activity_kind k ON k.key = a.kind AND k.contact = 1 WHERE o.lead_id = x.id
      UNION ALL SELECT e.closed_on FROM opportunity o JOIN event e ON e.opportunity_id = o.id
      WHERE o.lead_id = x.id AND e.status = 'done') AS y) AS sold
  FROM (SELECT DISTINCT lead_id AS id FROM touched) AS x
), news AS (
  SELECT t.lead_id, t.id, t.kind, t.on_day, t.page FROM touched t LEFT JOIN spoken c ON c.lead_id = t.lead_id
  WHERE t.on_day > MAX(COALESCE(c.own, ''), COALESCE(c.sold, '')) AND days(t.on_day, :today) <= :limit_touch_news_within AND t.on_day <= :today
)"""

_L6: Final = f"""{_SINCE_CONTACT}, opened AS (
  SELECT n.lead_id, n.on_day, g.name AS page, COUNT(*) OVER (PARTITION BY n.lead_id) AS times,
    ROW_NUMBER() OVER (PARTITION BY n.lead_id ORDER BY n.on_day, n.id) AS place
  FROM news n JOIN playbook_page g ON n.page GLOB g.path
)
{_HEAD}, p.on_day AS since, days(p.on_day, :today) AS days, 0 AS worse,
  p.page || CASE WHEN p.times > 1 THEN ' and more like it, ' || p.times || ' times in all,' ELSE '' END AS detail
FROM opened p CROSS JOIN lead l WHERE l.id = p.lead_id AND p.place = 1"""

# Unsubscribing is no visit. A lead that did nothing before has not returned.
_L7: Final = f"""{_SINCE_CONTACT}, silent AS (
  SELECT t.lead_id, t.id, LAG(t.on_day) OVER (PARTITION BY t.lead_id ORDER BY t.on_day, t.id) AS before
  FROM touched t WHERE t.kind <> 'unsubscribe'
), returned AS (
  SELECT n.lead_id, n.on_day, days(s.before, n.on_day) AS silence,
    ROW_NUMBER() OVER (PARTITION BY n.lead_id ORDER BY n.on_day, n.id) AS place
  FROM news n JOIN silent s ON s.id = n.id WHERE days(s.before, n.on_day) > :limit_returned_after
)
{_HEAD}, r.on_day AS since, days(r.on_day, :today) AS days, 0 AS worse, r.silence AS detail
FROM returned r CROSS JOIN lead l WHERE l.id = r.lead_id AND r.place = 1"""

FLAGS: Final = (
    Flag(
        code="L1",
        title="lead not contacted",
        sentence="A lead that was never contacted long after it came in, or not again since the last contact.",
        why="A lead cools by the day; whoever calls first is heard.",
        kind="lead",
        sql=_L1,
        reason="no contact since {detail} on {since}, {days} ago",
        mend='improv log {contact} {ref} "…"',
    ),
    Flag(
        code="L2",
        title="qualified, no meeting",
        sentence="A lead that was found qualified and with whom no event was scheduled or held since.",
        why="A qualified lead without a meeting is a sale that nobody has begun.",
        kind="lead",
        sql=_L2,
        reason="qualified on {since}, {days} ago, and no meeting scheduled",
        mend="improv event schedule {ref} {key_event} {soon}",
    ),
    Flag(
        code="L3",
        title="no source",
        sentence="A lead of which nobody wrote down where it came from.",
        why="Without its source no lead counts for the source that earned it.",
        kind="lead",
        sql=_L3,
        reason="no source recorded since it came in on {since}, {days} ago",
        mend="improv lead edit {ref} --source …",
    ),
    Flag(
        code="L4",
        title="lead score falling",
        sentence="A lead whose last scores each fell below the one before.",
        why="A falling score says that interest is going before anybody says no.",
        kind="lead",
        sql=_L4,
        reason="score fell {limit_score_falls} times running, from {detail}, since {since}",
        mend='improv log {contact} {ref} "…"',
    ),
    Flag(
        code="L5",
        title="no response",
        sentence="A lead that was tried several times since it last responded, with no event booked.",
        why="Trying the same again rarely helps: change the way, or stop and spend the time elsewhere.",
        kind="lead",
        sql=_L5,
        reason="tried {detail} times since {since} without a response",
        mend='improv log {contact} {ref} "…" --response yes',
    ),
    Flag(
        code="L6",
        title="named page opened",
        sentence="A lead that opened a page the playbook names, such as the pricing page, and was not spoken to since.",
        why="Whoever reads the prices is deciding: now is when a call is welcome.",
        kind="lead",
        sql=_L6,
        reason="opened the {detail} on {since}, {days} ago",
        mend='improv log {contact} {ref} "…"',
        covers=("L7",),
    ),
    Flag(
        code="L7",
        title="returned after silence",
        sentence="A lead that came back after a long silence, and was not spoken to since.",
        why="Something brought them back: ask what, before it is gone again.",
        kind="lead",
        sql=_L7,
        reason="came back on {since} after {detail} days of silence",
        mend='improv log {contact} {ref} "…"',
    ),
)
