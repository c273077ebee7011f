"""The red flags of clients and of the referrals they give."""

from typing import Final

from improv.alerts.current import ACTIVE_CLIENT, NEXT_VISIT, VISITED_CLIENT, client_owner, falls, lead_owner
from improv.alerts.flag import Flag

_HEAD: Final = f"SELECT c.id, 'C' AS letter, c.name, {client_owner('c.id')} AS owner, c.id AS client_id"
_SINCE_VISIT: Final = "COALESCE(c.visited_on, c.since_on)"
_VISITED: Final = f"""{_HEAD}, {_SINCE_VISIT} AS since, days({_SINCE_VISIT}, :today) AS days,
  CASE WHEN c.visited_on IS NULL THEN 'becoming a client' ELSE 'the last one' END AS detail"""
_CLIENTS: Final = "FROM visited_client c LEFT JOIN next_visit n ON n.client_id = c.id"

_C1: Final = f"""WITH {VISITED_CLIENT}, {NEXT_VISIT}
{_VISITED}, CASE WHEN days({_SINCE_VISIT}, :today) > :limit_no_visit_critical_after THEN 1 ELSE 0 END AS worse
{_CLIENTS}
WHERE days({_SINCE_VISIT}, :today)
  > CASE WHEN n.on_day IS NULL THEN :limit_no_visit_after ELSE :limit_no_visit_critical_after END"""

# Low since the first of its last readings that are all low; where there is none, the formula says so today, and nobody
# knows since when. Whoever is named in `:among` is rated, and nobody else.
_C2: Final = f"""WITH {ACTIVE_CLIENT}, health AS (
  SELECT r.client_id, r.on_day, r.value,
    ROW_NUMBER() OVER (PARTITION BY r.client_id ORDER BY r.on_day DESC, r.id DESC) AS place
  FROM active_client c CROSS JOIN reading r
  WHERE r.client_id = c.id AND r.kind = 'health' AND r.value IS NOT NULL AND r.on_day <= :today
), well AS (
  SELECT h.client_id, MIN(h.place) AS place FROM health h WHERE h.value >= :limit_health_below GROUP BY h.client_id
), ill AS (
  SELECT h.client_id, MIN(h.on_day) AS since FROM health h LEFT JOIN well w ON w.client_id = h.client_id
  WHERE w.place IS NULL OR h.place < w.place GROUP BY h.client_id
)
{_HEAD}, i.since, COALESCE(days(i.since, :today), 0) AS days, 0 AS worse,
  g.value || CASE WHEN g.state = 'by hand' THEN '' ELSE ' ' || g.state END AS detail
FROM active_client c JOIN rated_health g ON g.client_id = c.id AND g.value < :limit_health_below
LEFT JOIN ill i ON i.client_id = c.id
WHERE c.id IN (SELECT j.value FROM json_each(:among) AS j)"""

_C3: Final = f"""WITH {ACTIVE_CLIENT}, {falls("active_client", "client_id", "engagement", "limit_engagement_falls")}
{_HEAD}, f.since, days(f.since, :today) AS days, 0 AS worse, f.was || ' to ' || f.now_is AS detail
FROM active_client c JOIN fallen f ON f.subject_id = c.id"""

_C4: Final = f"""WITH {ACTIVE_CLIENT}
{_HEAD}, c.since_on AS since, days(c.since_on, :today) AS days, 0 AS worse, NULL AS detail
FROM active_client c WHERE NOT EXISTS (SELECT 1 FROM testimonial t WHERE t.client_id = c.id)"""

# The day a renewal came within reach is not recorded: `since` is left out and counted back from `days`.
_C5: Final = f"""WITH {ACTIVE_CLIENT}, due AS (
  SELECT r.client_id, MIN(r.due_on) AS on_day FROM active_client c CROSS JOIN renewal r
  WHERE r.client_id = c.id AND r.discussed_on IS NULL GROUP BY r.client_id
)
{_HEAD}, NULL AS since, :limit_renewal_within - days(:today, d.on_day) AS days, 0 AS worse, d.on_day AS detail
FROM active_client c JOIN due d ON d.client_id = c.id
WHERE days(:today, d.on_day) < :limit_renewal_within"""

_C6: Final = f"""WITH {ACTIVE_CLIENT}, opening AS (
  SELECT u.client_id, u.what, u.found_on, COUNT(*) OVER (PARTITION BY u.client_id) AS openings,
    ROW_NUMBER() OVER (PARTITION BY u.client_id ORDER BY u.found_on, u.id) AS place
  FROM active_client c CROSS JOIN upsell u WHERE u.client_id = c.id AND u.closed_on IS NULL
)
{_HEAD}, u.found_on AS since, days(u.found_on, :today) AS days, 0 AS worse,
  u.what || CASE WHEN u.openings > 1 THEN ' and ' || (u.openings - 1) || ' more' ELSE '' END AS detail
FROM active_client c JOIN opening u ON u.client_id = c.id AND u.place = 1"""

_C7: Final = f"""WITH {VISITED_CLIENT}, {NEXT_VISIT}
{_VISITED}, 0 AS worse
{_CLIENTS}
WHERE n.on_day IS NULL"""

# With the time of day on both sides the hours are counted; else as few of them as may have passed.
_MINUTES: Final = "CAST(SUBSTR({0}, {1}, 2) AS INTEGER) * 60 + CAST(SUBSTR({0}, {1} + 3, 2) AS INTEGER)"
_R1: Final = f"""SELECT r.id, 'R' AS letter, r.name,
  COALESCE({lead_owner("r.lead_id")}, {client_owner("r.client_id")}) AS owner, r.client_id,
  r.received_on AS since, days(r.received_on, :today) AS days, 0 AS worse, c.name AS detail
FROM referral r JOIN client c ON c.id = r.client_id
WHERE r.contacted_on IS NULL AND r.declined_on IS NULL
  AND CASE WHEN r.received_time IS NOT NULL AND CAST(:now AS TEXT) IS NOT NULL
    THEN days(r.received_on, :today) * 24 * 60
      + {_MINUTES.format("CAST(:now AS TEXT)", 12)} - ({_MINUTES.format("r.received_time", 1)})
      > :limit_referral_contact_within_hours * 60
    ELSE (days(r.received_on, :today) - 1) * 24 >= :limit_referral_contact_within_hours END"""

_VISIT: Final = "improv visit schedule {ref} {visit_soon}"

FLAGS: Final = (
    Flag(
        code="C1",
        title="no visit for long",
        sentence="An active client who was not visited for long; a visit ahead covers it until it is critical.",
        why="Clients who see nobody leave, and refer nobody.",
        kind="client",
        sql=_C1,
        reason="no visit since {detail} on {since}, {days} ago",
        mend=_VISIT,
        covers=("C7",),
    ),
    Flag(
        code="C2",
        title="at risk",
        sentence="An active client whose health, by hand or by formula, is below the limit.",
        why="A client in poor health is the next to leave.",
        kind="client",
        sql=_C2,
        among="active_clients",
        reason="health {detail}, below {limit_health_below} since {since}, {days} ago",
        mend=_VISIT,
    ),
    Flag(
        code="C3",
        title="engagement falling",
        sentence="An active client whose last engagement readings each fell below the one before.",
        why="Clients go quiet before they go.",
        kind="client",
        sql=_C3,
        reason="engagement fell {limit_engagement_falls} times running, from {detail}, since {since}",
        mend=_VISIT,
    ),
    Flag(
        code="C4",
        title="no testimonial",
        sentence="An active client who never gave a testimonial.",
        why="Praise that nobody asked for is praise that nobody reads.",
        kind="client",
        sql=_C4,
        reason="no testimonial since becoming a client on {since}, {days} ago",
        mend="improv testimonial add {ref}",
    ),
    Flag(
        code="C5",
        title="renewal not discussed",
        sentence="An active client whose renewal is near or overdue and was not discussed.",
        why="A renewal nobody spoke about is decided without you.",
        kind="client",
        sql=_C5,
        reason="renewal due on {detail} and not discussed",
        mend="improv client renewal {ref} --discussed today",
    ),
    Flag(
        code="C6",
        title="upsell not pursued",
        sentence="An active client with an opening for further business that was neither pursued nor dropped.",
        why="Business with a client who trusts you is the cheapest there is.",
        kind="client",
        sql=_C6,
        reason="upsell not pursued since {since}, {days} ago: {detail}",
        mend="improv client upsell {ref} --pursued O…",
    ),
    Flag(
        code="C7",
        title="no next visit",
        sentence="An active client with no visit booked today or later.",
        why="What is not on the calendar does not happen.",
        kind="client",
        sql=_C7,
        reason="no next visit booked; {days} since {detail} on {since}",
        mend=_VISIT,
    ),
    Flag(
        code="R1",
        title="referral not contacted",
        sentence="A referral that was not contacted within the hours promised, nor declined.",
        why="A referral expects your call; each day of silence embarrasses the client who gave it.",
        kind="referral",
        sql=_R1,
        reason="referred by {detail} on {since}, {days} ago, and not contacted within "
        "{limit_referral_contact_within_hours} hours",
        mend="improv referral contacted {ref}",
    ),
)
