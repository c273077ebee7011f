-- lead_to_opportunity_within_30
WITH ripe AS MATERIALIZED (SELECT id, received_on FROM lead WHERE received_on BETWEEN :first AND MIN(:last, date(:today, '-31 days')))
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE (SELECT MIN(o.opened_on) FROM opportunity AS o WHERE o.lead_id = ripe.id)
    <= date(received_on, '+30 days')) AS hits,
  (SELECT COUNT(*) FROM lead WHERE received_on BETWEEN :first AND :last AND received_on >= date(:today, '-30 days')) AS left_out
FROM ripe;

-- lead_to_opportunity_within_60
WITH ripe AS MATERIALIZED (SELECT id, received_on FROM lead WHERE received_on BETWEEN :first AND MIN(:last, date(:today, '-61 days')))
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE (SELECT MIN(o.opened_on) FROM opportunity AS o WHERE o.lead_id = ripe.id)
    <= date(received_on, '+60 days')) AS hits,
  (SELECT COUNT(*) FROM lead WHERE received_on BETWEEN :first AND :last AND received_on >= date(:today, '-60 days')) AS left_out
FROM ripe;

-- lead_to_opportunity_within_90
WITH ripe AS MATERIALIZED (SELECT id, received_on FROM lead WHERE received_on BETWEEN :first AND MIN(:last, date(:today, '-91 days')))
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE (SELECT MIN(o.opened_on) FROM opportunity AS o WHERE o.lead_id = ripe.id)
    <= date(received_on, '+90 days')) AS hits,
  (SELECT COUNT(*) FROM lead WHERE received_on BETWEEN :first AND :last AND received_on >= date(:today, '-90 days')) AS left_out
FROM ripe;

-- qualified_to_opportunity
WITH found AS (SELECT lead_id, MIN(decided_on) AS day FROM qualification WHERE verdict = 'yes' GROUP BY lead_id)
SELECT COUNT(*) FILTER (WHERE day < date(:today, '-90 days')) AS n,
  COUNT(*) FILTER (WHERE day < date(:today, '-90 days') AND (
    SELECT MIN(o.opened_on) FROM opportunity AS o WHERE o.lead_id = found.lead_id) <= date(day, '+90 days')) AS hits,
  COUNT(*) FILTER (WHERE day >= date(:today, '-90 days')) AS left_out
FROM found WHERE day BETWEEN :first AND :last;

-- stage_conversion
SELECT COUNT(*) AS n FROM stage_stay WHERE since BETWEEN :first AND :last;

-- advance_rate
WITH went AS MATERIALIZED (
  SELECT s.stage, CASE WHEN s.until IS NULL THEN 'still there' ELSE COALESCE(
    (SELECT x.outcome FROM opportunity_outcome AS x WHERE x.opportunity_id = s.opportunity_id AND x.since >= s.until
     AND COALESCE(x.stage, s.stage) = s.stage AND NOT EXISTS (
       SELECT 1 FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND (y.sequence, y.id) > (s.sequence, s.id)
       AND y.since < COALESCE(x.until, '9999-12-31'))
     ORDER BY x.since, x.id LIMIT 1),
    (SELECT y.stage FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND y.sequence > s.sequence
     ORDER BY y.sequence LIMIT 1)) END AS went_to
  FROM stage_stay AS s WHERE s.since BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE went_to = 'still there') AS still_open,
  COUNT(*) FILTER (WHERE went_to = 'won' OR CASE stage
    WHEN 'intro' THEN went_to IN ('mutual-discovery', 'proposal', 'realign', 'overcome', 'visit')
    WHEN 'mutual-discovery' THEN went_to IN ('proposal', 'realign', 'overcome', 'visit')
    WHEN 'proposal' THEN went_to IN ('overcome', 'visit') WHEN 'realign' THEN went_to IN ('overcome', 'visit') END) AS hits
FROM went;

-- close_by_stage
WITH went AS MATERIALIZED (
  SELECT s.stage, CASE WHEN s.until IS NULL THEN 'still there' ELSE COALESCE(
    (SELECT x.outcome FROM opportunity_outcome AS x WHERE x.opportunity_id = s.opportunity_id AND x.since >= s.until
     AND COALESCE(x.stage, s.stage) = s.stage AND NOT EXISTS (
       SELECT 1 FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND (y.sequence, y.id) > (s.sequence, s.id)
       AND y.since < COALESCE(x.until, '9999-12-31'))
     ORDER BY x.since, x.id LIMIT 1),
    (SELECT y.stage FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND y.sequence > s.sequence
     ORDER BY y.sequence LIMIT 1)) END AS went_to
  FROM stage_stay AS s WHERE s.since BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE went_to = 'won') AS hits, COUNT(*) FILTER (WHERE went_to = 'still there') AS still_open
FROM went;

-- referral_to_win
WITH received AS (
  SELECT declined_on, EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = r.lead_id) AS opened,
    EXISTS (SELECT 1 FROM opportunity AS o JOIN opportunity_outcome AS x ON x.opportunity_id = o.id
            WHERE o.lead_id = r.lead_id AND x.until IS NULL AND x.outcome = 'won') AS won,
    EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = r.lead_id AND NOT EXISTS (
              SELECT 1 FROM opportunity_outcome AS x WHERE x.opportunity_id = o.id AND x.until IS NULL)) AS running
  FROM referral AS r WHERE received_on BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE won) AS hits,
  COUNT(*) FILTER (WHERE NOT won AND (running OR (NOT opened AND declined_on IS NULL))) AS still_open
FROM received;

-- scan time_to_close
SELECT COUNT(*), SUM(julianday(x.since) - julianday(l.received_on))
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id JOIN lead AS l ON l.id = o.lead_id
WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won';

-- time_to_close
WITH won AS (
  SELECT julianday(x.since) - julianday(l.received_on) AS days, x.until
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won')
SELECT COUNT(*) FILTER (WHERE until IS NULL AND days >= 0) AS n, AVG(days) FILTER (WHERE until IS NULL AND days >= 0) AS value,
  COUNT(*) FILTER (WHERE until IS NOT NULL OR days IS NULL OR days < 0) AS left_out
FROM won;

-- scan days_to_first_contact
SELECT SUM(julianday(:today) - julianday(l.received_on)), COUNT((
    SELECT MIN(a.done_on) FROM activity AS a WHERE a.lead_id = l.id)), COUNT((
    SELECT MIN(e.closed_on) FROM event AS e WHERE e.lead_id = l.id AND e.status = 'done')), COUNT((
    SELECT MIN(a.done_on) FROM opportunity AS o JOIN activity AS a ON a.opportunity_id = o.id WHERE o.lead_id = l.id)), COUNT((
    SELECT MIN(e.closed_on) FROM opportunity AS o JOIN event AS e ON e.opportunity_id = o.id
    WHERE o.lead_id = l.id AND e.status = 'done'))
FROM lead AS l WHERE l.received_on BETWEEN :first AND :last;

-- days_to_first_contact
WITH received AS MATERIALIZED (
  SELECT l.received_on, (SELECT MIN(day) FROM (
    SELECT a.done_on AS day FROM activity AS a WHERE a.lead_id = l.id AND a.kind IN (
      'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
      'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
      'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
      'social-message', 'appointment', 'demo', 'proposal')
    UNION ALL
    SELECT a.done_on FROM opportunity AS o CROSS JOIN activity AS a ON a.opportunity_id = o.id
    WHERE o.lead_id = l.id AND a.lead_id IS NULL AND a.kind IN (
      'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
      'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
      'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
      'social-message', 'appointment', 'demo', 'proposal')
    UNION ALL
    SELECT e.closed_on FROM event AS e WHERE e.lead_id = l.id AND e.status = 'done'
    UNION ALL
    SELECT e.closed_on FROM opportunity AS o CROSS JOIN event AS e ON e.opportunity_id = o.id
    WHERE o.lead_id = l.id AND e.lead_id IS NULL AND e.status = 'done'
    UNION ALL
    SELECT r.contacted_on FROM referral AS r WHERE r.lead_id = l.id AND r.contacted_on IS NOT NULL))
    AS reached_on FROM lead AS l WHERE l.received_on BETWEEN :first AND :last),
wait AS (
  SELECT CAST(julianday(COALESCE(reached_on, :today)) - julianday(received_on) AS INTEGER) AS days, reached_on IS NOT NULL AS ended
  FROM received WHERE received_on <= COALESCE(reached_on, :today)),
length AS MATERIALIZED (SELECT days, COUNT(*) AS leads, SUM(ended) AS ends FROM wait GROUP BY days),
risk AS (SELECT days, ends, SUM(leads) OVER (ORDER BY days DESC) AS inside FROM length),
remaining AS (
  SELECT days, ends, SUM(CASE WHEN ends < inside THEN ln(1.0 - 1.0 * ends / inside) ELSE -99 END) OVER (ORDER BY days) AS log
  FROM risk),
step AS (
  SELECT days, exp(log) AS share, LEAD(days, 1, days) OVER (ORDER BY days) AS next FROM remaining
  WHERE ends > 0 OR days = (SELECT MAX(days) FROM length))
SELECT (SELECT CASE WHEN share > 0.5 - 1e-9 THEN (days + next) / 2.0 ELSE days END FROM step
        WHERE share < 0.5 + 1e-9 ORDER BY days LIMIT 1) AS median,
  SUM(leads) AS n, SUM(ends) AS finished, 1.0 * SUM(days * ends) / SUM(ends) AS finished_mean,
  (SELECT COUNT(*) FROM received WHERE received_on > COALESCE(reached_on, :today)) AS left_out
FROM length;

-- contact_before_opportunity
SELECT COUNT(*) AS n FROM (SELECT MIN(opened_on) AS day FROM opportunity WHERE lead_id IS NOT NULL GROUP BY lead_id)
WHERE day BETWEEN :first AND :last;

-- active_leads
SELECT COUNT(*) AS n FROM lead AS l WHERE l.received_on <= :on
AND NOT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = l.id AND o.opened_on <= :on)
AND (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id AND q.decided_on <= :on
     ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) IS NOT 'no';

-- days_since_last_contact
WITH active AS MATERIALIZED (
  SELECT l.id, l.received_on FROM lead AS l WHERE l.received_on <= :on
  AND NOT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = l.id AND o.opened_on <= :on)
  AND (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id AND q.decided_on <= :on
       ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) IS NOT 'no')
SELECT COUNT(*) AS n, AVG(julianday(:on) - julianday(COALESCE((SELECT MAX(day) FROM (
    SELECT a.done_on AS day FROM activity AS a WHERE a.lead_id = l.id AND a.done_on <= :on AND a.kind IN (
      'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
      'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
      'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
      'social-message', 'appointment', 'demo', 'proposal')
    UNION ALL
    SELECT a.done_on FROM opportunity AS o CROSS JOIN activity AS a ON a.opportunity_id = o.id
    WHERE o.lead_id = l.id AND a.lead_id IS NULL AND a.done_on <= :on AND a.kind IN (
      'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
      'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
      'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
      'social-message', 'appointment', 'demo', 'proposal')
    UNION ALL
    SELECT e.closed_on FROM event AS e WHERE e.lead_id = l.id AND e.status = 'done' AND e.closed_on <= :on
    UNION ALL
    SELECT e.closed_on FROM opportunity AS o CROSS JOIN event AS e ON e.opportunity_id = o.id
    WHERE o.lead_id = l.id AND e.lead_id IS NULL AND e.status = 'done' AND e.closed_on <= :on
    UNION ALL
    SELECT r.contacted_on FROM referral AS r WHERE r.lead_id = l.id AND r.contacted_on IS NOT NULL AND r.contacted_on <= :on)),
  received_on))) AS value
FROM active AS l;

-- lead_score
WITH active AS MATERIALIZED (
  SELECT l.id, (SELECT r.value FROM reading AS r WHERE r.lead_id = l.id AND r.kind = 'score' AND r.on_day <= :on AND r.parts IS NULL
    ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS told
  FROM lead AS l WHERE l.received_on <= :on
  AND NOT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = l.id AND o.opened_on <= :on)
  AND (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id AND q.decided_on <= :on
       ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) IS NOT 'no'),
asked AS MATERIALIZED (SELECT id FROM active WHERE told IS NULL),
responded AS MATERIALIZED (
  SELECT id, MAX(
    COALESCE((SELECT MAX(e.closed_on) FROM event AS e WHERE e.lead_id = asked.id AND e.status = 'done' AND e.closed_on <= :on), ''),
    COALESCE((SELECT MAX(a.done_on) FROM activity AS a WHERE a.lead_id = asked.id AND a.response = 'yes' AND a.done_on <= :on), '')
  ) AS day FROM asked),
touched AS MATERIALIZED (
  SELECT asked.id, w.kind, w.on_day, w.link_id, w.page FROM asked JOIN touch AS w ON w.lead_id = asked.id WHERE w.on_day <= :on
  UNION ALL
  SELECT asked.id, w.kind, w.on_day, w.link_id, w.page FROM asked JOIN visitor AS v ON v.lead_id = asked.id
  JOIN touch AS w ON w.visitor_id = v.id WHERE v.attributed_on <= :on AND w.on_day <= :on),
seen AS (
  SELECT id, MAX(CASE WHEN kind <> 'unsubscribe' THEN on_day END) AS last, SUM(on_day > date(:on, '-90 days') AND (
    kind IN ('form', 'chat', 'click') OR link_id IS NOT NULL OR COALESCE(page GLOB '/pricing*' OR page GLOB '/contact*', 0))) AS signs
  FROM touched GROUP BY id),
fact AS MATERIALIZED (
  SELECT r.id, CAST(julianday(:on) - julianday(NULLIF(r.day, '')) AS INTEGER) AS silent,
    (SELECT CASE WHEN COUNT(*) > 0 THEN COALESCE(SUM(a.times) FILTER (WHERE a.done_on > r.day), 0) END FROM activity AS a
     WHERE a.lead_id = r.id AND a.done_on <= :on AND +a.kind IN ('follow-up', 'track-call', 'lead-follow-up-call', 'value-add-email', 'dial', 'connected-call', 'email', 'social-message')) AS tried,
    COALESCE((SELECT SUM(COALESCE((e.status = 'done' AND e.closed_on <= :on)
        OR ((e.closed_on IS NULL OR e.closed_on > :on) AND e.scheduled_for >= :on), 0))
      FROM event AS e WHERE e.lead_id = r.id AND e.set_on <= :on),
      (SELECT 0 FROM activity AS a WHERE a.lead_id = r.id AND a.done_on <= :on)) AS met,
    (SELECT SUM(e.status = 'no-show' AND e.closed_on > date(:on, '-365 days')) FROM event AS e
     WHERE e.lead_id = r.id AND e.status IN ('done', 'no-show') AND e.closed_on <= :on) AS missed,
    (SELECT CASE t.text WHEN 'cold' THEN 0 WHEN 'warm' THEN 1 WHEN 'hot' THEN 2 END FROM reading AS t
     WHERE t.lead_id = r.id AND t.kind = 'temperature' AND t.on_day <= :on ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS warm,
    CAST(julianday(:on) - julianday(s.last) AS INTEGER) AS ago, s.signs
  FROM responded AS r LEFT JOIN seen AS s ON s.id = r.id),
part AS (
  SELECT id, 30 * (silent IS NOT NULL) + 20 * (tried IS NOT NULL) + 20 * (met IS NOT NULL) + 10 * (missed IS NOT NULL)
      + 20 * (warm IS NOT NULL) + 20 * (ago IS NOT NULL) + 20 * (signs IS NOT NULL) AS known,
    100 + 20 * (ago IS NOT NULL) + 20 * (signs IS NOT NULL) AS asked,
    COALESCE(30 * CASE WHEN silent >= 30 THEN 0 WHEN silent <= 3 THEN 100 ELSE (200 * (30 - silent) + 27) / 54 END, 0)
      + COALESCE(20 * CASE WHEN tried >= 3 THEN 0 WHEN tried <= 0 THEN 100 ELSE (200 * (3 - tried) + 3) / 6 END, 0)
      + COALESCE(20 * CASE WHEN met > 0 THEN 100 ELSE 0 END * (met IS NOT NULL), 0)
      + COALESCE(10 * CASE WHEN missed >= 2 THEN 0 WHEN missed <= 0 THEN 100 ELSE 50 END * (missed IS NOT NULL), 0)
      + COALESCE(20 * 50 * warm, 0)
      + COALESCE(20 * CASE WHEN ago >= 60 THEN 0 WHEN ago <= 7 THEN 100 ELSE (200 * (60 - ago) + 53) / 106 END, 0)
      + COALESCE(20 * CASE WHEN signs <= 0 THEN 0 WHEN signs >= 3 THEN 100 ELSE (200 * signs + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT told AS score FROM active WHERE told IS NOT NULL
  UNION ALL
  SELECT COALESCE(CASE WHEN known > 0 AND 100 * known >= 50 * asked THEN (2 * points + known) / (2 * known) END,
    (SELECT r.value FROM reading AS r WHERE r.lead_id = part.id AND r.kind = 'score' AND r.on_day <= :on AND r.parts IS NOT NULL
     ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) FROM part)
SELECT COUNT(score) AS n, AVG(score) AS value, COUNT(*) - COUNT(score) AS left_out FROM rated;
