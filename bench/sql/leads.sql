-- new_leads
SELECT COUNT(*) AS n FROM lead WHERE received_on BETWEEN :first AND :last;

-- leads_with_source
SELECT COUNT(*) AS n, COUNT(source) AS hits FROM lead WHERE received_on BETWEEN :first AND :last;

-- referral_share
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE source = 'referral') AS hits
FROM lead WHERE received_on BETWEEN :first AND :last;

-- qualified_leads
WITH found AS (
  SELECT (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = y.lead_id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) AS last
  FROM (SELECT lead_id, MIN(decided_on) AS day FROM qualification WHERE verdict = 'yes' GROUP BY lead_id) AS y
  WHERE y.day BETWEEN :first AND :last)
SELECT COUNT(*) FILTER (WHERE last = 'yes') AS n, COUNT(*) FILTER (WHERE last = 'no') AS left_out FROM found;

-- lead_qualification
WITH received AS (
  SELECT (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) AS last
  FROM lead AS l WHERE l.received_on BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE last = 'yes') AS hits, COUNT(*) FILTER (WHERE last IS NULL) AS still_open
FROM received;

-- qualified_lead_to_opportunity
WITH found AS (
  SELECT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = y.lead_id) AS opened,
    (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = y.lead_id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) AS last
  FROM (SELECT lead_id, MIN(decided_on) AS day FROM qualification WHERE verdict = 'yes' GROUP BY lead_id) AS y
  WHERE y.day BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE opened) AS hits, COUNT(*) FILTER (WHERE NOT opened AND last = 'yes') AS still_open
FROM found;

-- marketing_qualified_leads
SELECT COUNT(DISTINCT y.lead_id) AS n FROM lifecycle AS y
WHERE y.state = 'mql' AND y.since BETWEEN :first AND :last
AND NOT EXISTS (SELECT 1 FROM lifecycle AS z WHERE z.lead_id = y.lead_id AND z.state = 'mql' AND z.since < :first);

-- sales_qualified_leads
SELECT COUNT(DISTINCT y.lead_id) AS n FROM lifecycle AS y
WHERE y.state = 'sql' AND y.since BETWEEN :first AND :last
AND NOT EXISTS (SELECT 1 FROM lifecycle AS z WHERE z.lead_id = y.lead_id AND z.state = 'sql' AND z.since < :first);

-- leads_in_lifecycle
SELECT COUNT(*) AS n FROM lifecycle WHERE since <= :on AND (until IS NULL OR until > :on);

-- lead_to_opportunity
WITH received AS (
  SELECT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = l.id) AS opened,
    (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) AS last
  FROM lead AS l WHERE l.received_on BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE opened) AS hits, COUNT(*) FILTER (WHERE NOT opened AND last IS NOT 'no') AS still_open
FROM received;

-- lead_to_win
WITH standing AS (
  SELECT l.id, o.id AS opportunity, x.outcome FROM lead AS l LEFT JOIN opportunity AS o ON o.lead_id = l.id
  LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE l.received_on BETWEEN :first AND :last),
each_lead AS (
  SELECT id, COUNT(opportunity) AS opened, MAX(outcome IS 'won') AS won,
    MAX(opportunity IS NOT NULL AND outcome IS NULL) AS running FROM standing GROUP BY id)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE won) AS hits, COUNT(*) FILTER (WHERE NOT won AND (running OR opened = 0 AND
  (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = e.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) IS NOT 'no'))
  AS still_open FROM each_lead AS e;

-- lead_to_customer
WITH received AS (
  SELECT y.state, (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1)
    AS last
  FROM lead AS l LEFT JOIN lifecycle AS y ON y.lead_id = l.id AND y.until IS NULL
  WHERE l.received_on BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE state = 'customer') AS hits,
  COUNT(*) FILTER (WHERE state IS NOT 'customer' AND last IS NOT 'no') AS still_open FROM received;
