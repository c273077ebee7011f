-- new_revenue
WITH buyer AS (SELECT lead_id, MIN(id) AS id FROM client WHERE lead_id IS NOT NULL GROUP BY lead_id),
win AS (
  SELECT x.id, x.since, COALESCE(o.client_id, b.id) AS client_id, (SELECT t.value FROM opportunity_terms AS t
    WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN buyer AS b ON b.lead_id = o.lead_id
  WHERE x.outcome = 'won' AND x.until IS NULL),
placed AS (
  SELECT w.*, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY since, id) = 1
    AND (SELECT c.since_on FROM client AS c WHERE c.id = w.client_id) >= since AS new FROM win AS w)
SELECT COUNT(value) FILTER (WHERE new) AS n, COALESCE(SUM(value) FILTER (WHERE new), 0) AS total,
  COUNT(*) FILTER (WHERE client_id IS NULL OR (new AND value IS NULL)) AS left_out
FROM placed WHERE since BETWEEN :first AND :last;

-- recurring_revenue
WITH buyer AS (SELECT lead_id, MIN(id) AS id FROM client WHERE lead_id IS NOT NULL GROUP BY lead_id),
win AS (
  SELECT x.id, x.since, COALESCE(o.client_id, b.id) AS client_id, (SELECT t.value FROM opportunity_terms AS t
    WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN buyer AS b ON b.lead_id = o.lead_id
  WHERE x.outcome = 'won' AND x.until IS NULL),
placed AS (
  SELECT w.*, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY since, id) > 1
    OR (SELECT c.since_on FROM client AS c WHERE c.id = w.client_id) < since AS later FROM win AS w)
SELECT COUNT(value) FILTER (WHERE client_id IS NOT NULL AND later) AS n,
  COALESCE(SUM(value) FILTER (WHERE client_id IS NOT NULL AND later), 0) AS total,
  COUNT(*) FILTER (WHERE client_id IS NULL OR (later AND value IS NULL)) AS left_out
FROM placed WHERE since BETWEEN :first AND :last;

-- new_customers
WITH buyer AS (SELECT lead_id, MIN(id) AS id FROM client WHERE lead_id IS NOT NULL GROUP BY lead_id),
win AS (
  SELECT x.id, x.since, COALESCE(o.client_id, b.id) AS client_id
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN buyer AS b ON b.lead_id = o.lead_id
  WHERE x.outcome = 'won' AND x.until IS NULL),
placed AS (
  SELECT w.*, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY since, id) = 1
    AND (SELECT c.since_on FROM client AS c WHERE c.id = w.client_id) >= since AS new FROM win AS w)
SELECT COUNT(*) FILTER (WHERE new) AS n, COUNT(*) FILTER (WHERE client_id IS NULL) AS left_out
FROM placed WHERE since BETWEEN :first AND :last;

-- recurring_wins
WITH buyer AS (SELECT lead_id, MIN(id) AS id FROM client WHERE lead_id IS NOT NULL GROUP BY lead_id),
win AS (
  SELECT x.id, x.since, COALESCE(o.client_id, b.id) AS client_id
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN buyer AS b ON b.lead_id = o.lead_id
  WHERE x.outcome = 'won' AND x.until IS NULL),
placed AS (
  SELECT w.*, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY since, id) > 1
    OR (SELECT c.since_on FROM client AS c WHERE c.id = w.client_id) < since AS later FROM win AS w)
SELECT COUNT(*) FILTER (WHERE client_id IS NOT NULL AND later) AS n, COUNT(*) FILTER (WHERE client_id IS NULL) AS left_out
FROM placed WHERE since BETWEEN :first AND :last;

-- win_backs
WITH win AS (
  SELECT x.since, COALESCE(o.client_id, (SELECT MIN(c.id) FROM client AS c WHERE c.lead_id = o.lead_id)) AS client_id
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
  WHERE x.outcome = 'won' AND x.until IS NULL AND x.since BETWEEN :first AND :last)
SELECT COUNT(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM client_status AS f WHERE f.client_id = w.client_id AND f.status = 'former' AND f.since <= w.since
    AND (f.until IS NULL OR f.until >= w.since))) AS n,
  COUNT(*) - COUNT(client_id) AS left_out
FROM win AS w;

-- winning_spend
WITH keeps AS (
  SELECT m.id FROM campaign AS m WHERE NOT EXISTS (SELECT 1 FROM lead AS l WHERE l.campaign_id = m.id) AND (
    EXISTS (SELECT 1 FROM activity AS a WHERE a.campaign_id = m.id AND a.client_id IS NOT NULL)
    OR EXISTS (SELECT 1 FROM opportunity AS o WHERE o.campaign_id = m.id AND o.client_id IS NOT NULL AND o.lead_id IS NULL)))
SELECT COUNT(spend) AS n, COALESCE(SUM(spend), 0) AS total, COUNT(*) - COUNT(spend) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last AND campaign_id NOT IN keeps;

-- keeping_spend
WITH keeps AS (
  SELECT m.id FROM campaign AS m WHERE NOT EXISTS (SELECT 1 FROM lead AS l WHERE l.campaign_id = m.id) AND (
    EXISTS (SELECT 1 FROM activity AS a WHERE a.campaign_id = m.id AND a.client_id IS NOT NULL)
    OR EXISTS (SELECT 1 FROM opportunity AS o WHERE o.campaign_id = m.id AND o.client_id IS NOT NULL AND o.lead_id IS NULL)))
SELECT COUNT(spend) AS n, COALESCE(SUM(spend), 0) AS total, COUNT(*) - COUNT(spend) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last AND campaign_id IN keeps;

-- monthly_revenue
WITH active AS (
  SELECT (SELECT r.value FROM reading AS r WHERE r.client_id = s.client_id AND r.kind = 'revenue' AND r.on_day <= :on
          ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS revenue
  FROM client_status AS s WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on))
SELECT COUNT(revenue) AS n, COALESCE(SUM(revenue), 0) AS total, COUNT(*) - COUNT(revenue) AS left_out FROM active;

-- lost_revenue
WITH leaver AS (
  SELECT (SELECT r.value FROM reading AS r WHERE r.client_id = s.client_id AND r.kind = 'revenue' AND r.on_day <= s.until
          ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS revenue
  FROM client_status AS s WHERE s.status = 'active' AND s.until BETWEEN :first AND :last)
SELECT COUNT(revenue) AS n, COALESCE(SUM(revenue), 0) AS total, COUNT(*) - COUNT(revenue) AS left_out FROM leaver;

-- lost_clients
SELECT COUNT(*) AS n FROM client_status WHERE status = 'active' AND until BETWEEN :first AND :last;

-- clients_to_win_back
SELECT COUNT(*) AS n FROM client_status WHERE status = 'former' AND since <= :on AND (until IS NULL OR until > :on);

-- churn
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE until <= :last) AS hits FROM client_status
WHERE status = 'active' AND since < :first AND (until IS NULL OR until >= :first) AND :first <= :today;

-- lapsed_clients
WITH active AS (
  SELECT c.id, c.lead_id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on))
SELECT COUNT(*) AS n FROM active AS c
WHERE COALESCE((SELECT MAX(v.held_on) FROM visit AS v WHERE v.client_id = c.id AND v.held_on <= :on), c.since_on)
  < date(:on, '-365 days')
AND NOT EXISTS (
  SELECT 1 FROM opportunity AS o JOIN opportunity_outcome AS x ON x.opportunity_id = o.id
  WHERE x.outcome = 'won' AND x.since BETWEEN date(:on, '-365 days') AND :on AND (x.until IS NULL OR x.until > :on)
  AND (o.client_id = c.id OR (o.lead_id = c.lead_id AND o.client_id IS NULL
    AND c.id = (SELECT MIN(z.id) FROM client AS z WHERE z.lead_id = c.lead_id))));

-- visits_booked
SELECT COUNT(*) AS n FROM event WHERE kind = 'client-visit' AND scheduled_for BETWEEN :on AND date(:on, '+30 days')
AND set_on <= :on AND (closed_on IS NULL OR closed_on > :on);

-- accounts_won
SELECT COUNT(DISTINCT COALESCE(o.client_id, (SELECT MIN(c.id) FROM client AS c WHERE c.lead_id = o.lead_id))) AS n
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.outcome = 'won' AND x.until IS NULL AND x.since BETWEEN :first AND :on;

-- recurring_customers
WITH win AS (
  SELECT x.id, x.since, COALESCE(o.client_id, (SELECT MIN(c.id) FROM client AS c WHERE c.lead_id = o.lead_id)) AS client_id
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
  WHERE x.outcome = 'won' AND x.until IS NULL),
placed AS (SELECT w.*, ROW_NUMBER() OVER (PARTITION BY client_id ORDER BY since, id) AS place FROM win AS w)
SELECT COUNT(DISTINCT p.client_id) AS n FROM placed AS p JOIN client AS c ON c.id = p.client_id
WHERE p.since BETWEEN :first AND :on AND (p.place > 1 OR c.since_on < p.since);

-- winning_salespeople
SELECT COUNT(DISTINCT (SELECT t.owner FROM opportunity_terms AS t WHERE t.opportunity_id = x.opportunity_id
  ORDER BY t.on_day DESC, t.id DESC LIMIT 1)) AS n
FROM opportunity_outcome AS x WHERE x.outcome = 'won' AND x.until IS NULL AND x.since BETWEEN :first AND :on;

-- won_with_value
SELECT COUNT((SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = x.opportunity_id
  ORDER BY t.on_day DESC, t.id DESC LIMIT 1)) AS n
FROM opportunity_outcome AS x WHERE x.outcome = 'won' AND x.until IS NULL AND x.since BETWEEN :first AND :last;

-- decided
SELECT COUNT(*) FILTER (WHERE until IS NULL) AS n, COUNT(until) AS left_out FROM opportunity_outcome
WHERE since BETWEEN :first AND :last AND outcome IN ('won', 'lost');

-- client_engagement
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on, (SELECT r.value FROM reading AS r WHERE r.client_id = c.id AND r.kind = 'engagement' AND r.on_day <= :on
    AND r.parts IS NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS told
  FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on)),
asked AS MATERIALIZED (SELECT id, since_on FROM active WHERE told IS NULL),
done AS MATERIALIZED (
  SELECT asked.id, a.done_on AS day, a.kind, a.response, a.times
  FROM asked CROSS JOIN activity AS a ON a.client_id = asked.id WHERE a.done_on <= :on
  UNION ALL
  SELECT asked.id, a.done_on, a.kind, a.response, a.times
  FROM asked CROSS JOIN opportunity AS o ON o.client_id = asked.id CROSS JOIN activity AS a ON a.opportunity_id = o.id
  WHERE a.done_on <= :on AND a.client_id IS NOT asked.id),
met AS MATERIALIZED (
  SELECT id, MAX(
    COALESCE((SELECT MAX(e.closed_on) FROM event AS e WHERE e.client_id = asked.id AND e.status = 'done' AND e.closed_on <= :on), ''),
    COALESCE((SELECT MAX(v.held_on) FROM visit AS v WHERE v.client_id = asked.id AND v.held_on <= :on), '')) AS day FROM asked),
reached AS (
  SELECT id, MAX(CASE WHEN response = 'yes' THEN day END) AS responded, MAX(CASE WHEN kind IN (
    'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
    'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
    'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
    'social-message', 'appointment', 'demo', 'proposal') THEN day END) AS day
  FROM done GROUP BY id),
last AS MATERIALIZED (
  SELECT m.id, MAX(m.day, COALESCE(r.day, '')) AS reached, MAX(m.day, COALESCE(r.responded, '')) AS responded
  FROM met AS m LEFT JOIN reached AS r ON r.id = m.id),
attempt AS (
  SELECT d.id, COALESCE(SUM(d.times) FILTER (WHERE d.day > l.responded), 0) AS tried FROM done AS d JOIN last AS l ON l.id = d.id
  WHERE d.kind IN ('follow-up', 'track-call', 'lead-follow-up-call', 'value-add-email', 'dial', 'connected-call', 'email', 'social-message') GROUP BY d.id),
fact AS MATERIALIZED (
  SELECT a.id, CAST(julianday(:on) - julianday(NULLIF(l.reached, '')) AS INTEGER) AS ago, t.tried,
    COALESCE((SELECT NULLIF(COUNT(*), 0) FROM testimonial AS y WHERE y.client_id = a.id AND y.given_on <= :on), v.naught) AS praised,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN COALESCE((
      SELECT SUM(y.received_on > date(:on, '-365 days')) FROM referral AS y WHERE y.client_id = a.id AND y.received_on <= :on),
      v.naught) END AS referred
  FROM asked AS a JOIN last AS l ON l.id = a.id LEFT JOIN attempt AS t ON t.id = a.id
  LEFT JOIN (SELECT DISTINCT client_id, 0 AS naught FROM visit WHERE held_on <= :on) AS v ON v.client_id = a.id),
part AS (
  SELECT id, 40 * (ago IS NOT NULL) + 20 * (tried IS NOT NULL) + 20 * (praised IS NOT NULL) + 20 * (referred IS NOT NULL) AS known,
    COALESCE(40 * CASE WHEN ago >= 183 THEN 0 WHEN ago <= 90 THEN 100 ELSE (200 * (183 - ago) + 93) / 186 END, 0)
      + COALESCE(20 * CASE WHEN tried >= 3 THEN 0 WHEN tried <= 0 THEN 100 ELSE (200 * (3 - tried) + 3) / 6 END, 0)
      + COALESCE(20 * 50 * MIN(praised, 2), 0) + COALESCE(20 * 50 * MIN(referred, 2), 0) AS points
  FROM fact),
rated AS (
  SELECT told AS engagement FROM active WHERE told IS NOT NULL
  UNION ALL
  SELECT COALESCE(CASE WHEN known >= 50 THEN (2 * points + known) / (2 * known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'engagement' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) FROM part)
SELECT COUNT(engagement) AS n, AVG(engagement) AS value, COUNT(*) - COUNT(engagement) AS left_out FROM rated;
