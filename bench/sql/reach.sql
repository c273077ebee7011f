-- lead_spend
WITH spent AS (
  SELECT campaign_id, SUM(spend) AS spend FROM campaign_result
  WHERE on_day BETWEEN :first AND :on AND spend IS NOT NULL GROUP BY campaign_id),
shared AS (
  SELECT spend, (SELECT COUNT(*) FROM lead AS l WHERE l.campaign_id = s.campaign_id) AS leads FROM spent AS s)
SELECT COALESCE(SUM(leads), 0) AS n, COALESCE(SUM(spend), 0) AS total FROM shared WHERE leads > 0;

-- campaign_own_leads
SELECT COUNT(*) AS n FROM lead WHERE campaign_id IS NOT NULL AND received_on BETWEEN :first AND :last;

-- campaign_prospects
WITH found AS (
  SELECT (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = y.lead_id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) AS last
  FROM (SELECT lead_id, MIN(decided_on) AS day FROM qualification WHERE verdict = 'yes' GROUP BY lead_id) AS y
  JOIN lead AS l ON l.id = y.lead_id WHERE y.day BETWEEN :first AND :last AND l.campaign_id IS NOT NULL)
SELECT COUNT(*) FILTER (WHERE last = 'yes') AS n, COUNT(*) FILTER (WHERE last = 'no') AS left_out FROM found;

-- campaign_opportunities
SELECT COUNT(*) AS n FROM opportunity AS o LEFT JOIN lead AS l ON l.id = o.lead_id
WHERE o.opened_on BETWEEN :first AND :last AND (o.campaign_id IS NOT NULL OR l.campaign_id IS NOT NULL);

-- campaign_wins
SELECT COUNT(*) FILTER (WHERE x.until IS NULL) AS n, COUNT(x.until) AS left_out
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
WHERE x.outcome = 'won' AND x.since BETWEEN :first AND :last AND (o.campaign_id IS NOT NULL OR l.campaign_id IS NOT NULL);

-- campaign_won_value
WITH win AS (
  SELECT CASE WHEN x.until IS NULL THEN (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
    ORDER BY t.on_day DESC, t.id DESC LIMIT 1) END AS value
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE x.outcome = 'won' AND x.since BETWEEN :first AND :last AND (o.campaign_id IS NOT NULL OR l.campaign_id IS NOT NULL))
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM win;

-- campaign_gross_profit
WITH win AS (
  SELECT CASE WHEN x.until IS NULL THEN (SELECT CASE WHEN COUNT(*) = COUNT(p.revenue) AND COUNT(*) = COUNT(p.cost)
    THEN SUM(p.revenue) - SUM(p.cost) END FROM product_line AS p WHERE p.opportunity_id = o.id AND p.included = 1) END AS profit
  FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE x.outcome = 'won' AND x.since BETWEEN :first AND :last AND (o.campaign_id IS NOT NULL OR l.campaign_id IS NOT NULL))
SELECT COUNT(profit) AS n, COALESCE(SUM(profit), 0) AS total, COUNT(*) - COUNT(profit) AS left_out FROM win;

-- dials
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity
WHERE done_on BETWEEN :first AND :last AND kind IN ('dial', 'connected-call');

-- contacts
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity WHERE done_on BETWEEN :first AND :last
AND (kind = 'connected-call' AND response IS NOT 'no' OR kind = 'dial' AND response = 'yes');

-- presentations
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity
WHERE done_on BETWEEN :first AND :last AND kind = 'presentation';

-- demos
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity
WHERE done_on BETWEEN :first AND :last AND kind = 'demo';

-- proposals
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity
WHERE done_on BETWEEN :first AND :last AND kind = 'proposal';

-- first_appointments_set
WITH first AS (
  SELECT MIN(e.set_on) AS day FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id
  WHERE e.kind IN
    ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'realignment-meeting', 'final-questions-session')
  GROUP BY COALESCE(4 * COALESCE(e.lead_id, o.lead_id), 4 * e.opportunity_id + 1, 4 * e.client_id + 2, 4 * e.id + 3))
SELECT COUNT(*) AS n FROM first WHERE day BETWEEN :first AND :last;

-- first_appointments_held
WITH first AS (
  SELECT MIN(e.closed_on) AS day FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id
  WHERE e.status = 'done' AND e.kind IN
    ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'realignment-meeting', 'final-questions-session')
  GROUP BY COALESCE(4 * COALESCE(e.lead_id, o.lead_id), 4 * e.opportunity_id + 1, 4 * e.client_id + 2, 4 * e.id + 3))
SELECT COUNT(*) AS n FROM first WHERE day BETWEEN :first AND :last;
