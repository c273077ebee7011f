-- touches
SELECT COUNT(*) AS n FROM touch WHERE on_day BETWEEN :first AND :last;

-- interest
SELECT COUNT(*) AS n FROM touch WHERE on_day BETWEEN :first AND :last
AND (kind IN ('form', 'chat', 'click') OR link_id IS NOT NULL OR page GLOB '/pricing*' OR page GLOB '/contact*');

-- pages_with_utm
SELECT COUNT(*) AS n,
  COUNT(*) FILTER (WHERE utm_source IS NOT NULL OR utm_medium IS NOT NULL OR utm_campaign IS NOT NULL) AS hits
FROM touch WHERE kind = 'page' AND on_day BETWEEN :first AND :last;

-- returns
WITH did AS (
  SELECT lead_id, on_day FROM touch WHERE lead_id IS NOT NULL AND kind <> 'unsubscribe'
  UNION
  SELECT b.lead_id, w.on_day FROM visitor AS b JOIN touch AS w ON w.visitor_id = b.id
  WHERE b.lead_id IS NOT NULL AND w.kind <> 'unsubscribe'),
after AS (SELECT on_day, LAG(on_day) OVER (PARTITION BY lead_id ORDER BY on_day) AS before FROM did)
SELECT COUNT(*) AS n FROM after
WHERE on_day BETWEEN :first AND :last AND julianday(on_day) - julianday(before) > 14;

-- new_visitors
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE lead_id IS NOT NULL OR client_id IS NOT NULL) AS hits,
  COUNT(*) FILTER (WHERE lead_id IS NULL AND client_id IS NULL) AS still_open
FROM visitor WHERE seen_on BETWEEN :first AND :last;

-- unknown_visitors
SELECT COUNT(*) AS n FROM visitor WHERE seen_on <= :on AND (attributed_on IS NULL OR attributed_on > :on);

-- wins_by_contact
WITH won AS (
  SELECT MIN(x.since) AS day FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
  WHERE x.outcome = 'won' AND x.until IS NULL AND o.lead_id IS NOT NULL GROUP BY o.lead_id)
SELECT COUNT(*) AS n FROM won WHERE day BETWEEN :first AND :last;

-- conversion_by_contact
WITH received AS MATERIALIZED (SELECT id FROM lead WHERE received_on BETWEEN :first AND :last),
@standing,
@contacts,
had AS (SELECT id, kind, MIN(day) AS day FROM point GROUP BY id, kind)
SELECT COUNT(*) AS n, COUNT(s.won) AS hits, COUNT(*) FILTER (WHERE s.won IS NULL AND (s.running OR s.opened = 0 AND
  (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = s.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) IS NOT 'no'))
  AS still_open
FROM had AS h JOIN standing AS s ON s.id = h.id WHERE s.won IS NULL OR h.day <= s.won;

-- conversion_by_nurture
WITH received AS MATERIALIZED (SELECT id, received_on, campaign_id FROM lead WHERE received_on BETWEEN :first AND :last),
@standing,
@nurture
SELECT COUNT(*) AS n, COUNT(s.won) AS hits, COUNT(*) FILTER (WHERE s.won IS NULL AND (s.running OR s.opened = 0 AND
  (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = s.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) IS NOT 'no'))
  AS still_open
FROM had AS h JOIN standing AS s ON s.id = h.id WHERE s.won IS NULL OR h.day <= s.won;

-- part standing
standing AS MATERIALIZED (
  SELECT r.id, COUNT(o.id) AS opened, MIN(CASE WHEN x.outcome = 'won' THEN x.since END) AS won,
    MAX(o.id IS NOT NULL AND x.id IS NULL) AS running
  FROM received AS r LEFT JOIN opportunity AS o ON o.lead_id = r.id
  LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL GROUP BY r.id)

-- part contacts
point AS (
  SELECT r.id, a.kind, a.done_on AS day FROM received AS r JOIN activity AS a ON a.lead_id = r.id WHERE a.kind IN (
    'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
    'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
    'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
    'social-message', 'appointment', 'demo', 'proposal')
  UNION ALL
  SELECT r.id, a.kind, a.done_on FROM received AS r JOIN opportunity AS o ON o.lead_id = r.id
  JOIN activity AS a ON a.opportunity_id = o.id WHERE a.lead_id IS NULL AND a.kind IN (
    'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
    'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
    'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
    'social-message', 'appointment', 'demo', 'proposal')
  UNION ALL
  SELECT r.id, e.kind, e.closed_on FROM received AS r JOIN event AS e ON e.lead_id = r.id WHERE e.status = 'done'
  UNION ALL
  SELECT r.id, e.kind, e.closed_on FROM received AS r JOIN opportunity AS o ON o.lead_id = r.id
  JOIN event AS e ON e.opportunity_id = o.id WHERE e.lead_id IS NULL AND e.status = 'done'
  UNION ALL
  SELECT r.id, 'first contact', f.contacted_on FROM received AS r JOIN referral AS f ON f.lead_id = r.id
  WHERE f.contacted_on IS NOT NULL
  UNION ALL
  SELECT r.id, w.kind, w.on_day FROM received AS r JOIN touch AS w ON w.lead_id = r.id WHERE w.kind <> 'unsubscribe'
  UNION ALL
  SELECT r.id, w.kind, w.on_day FROM received AS r JOIN visitor AS b ON b.lead_id = r.id JOIN touch AS w ON w.visitor_id = b.id
  WHERE w.kind <> 'unsubscribe')

-- part nurture
point AS (
  SELECT id, campaign_id, received_on AS day FROM received
  UNION ALL
  SELECT COALESCE(a.lead_id, o.lead_id), a.campaign_id, a.done_on FROM activity AS a
  LEFT JOIN opportunity AS o ON o.id = a.opportunity_id WHERE a.campaign_id IS NOT NULL AND a.kind IN (
    'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
    'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
    'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
    'social-message', 'appointment', 'demo', 'proposal')
  UNION ALL
  SELECT lead_id, campaign_id, on_day FROM touch
  WHERE campaign_id IS NOT NULL AND lead_id IS NOT NULL AND kind <> 'unsubscribe'
  UNION ALL
  SELECT b.lead_id, w.campaign_id, w.on_day FROM touch AS w JOIN visitor AS b ON b.id = w.visitor_id
  WHERE w.campaign_id IS NOT NULL AND b.lead_id IS NOT NULL AND w.kind <> 'unsubscribe'),
had AS (
  SELECT p.id, m.type, MIN(p.day) AS day FROM point AS p JOIN campaign AS m ON m.id = p.campaign_id
  WHERE m.type IS NOT NULL GROUP BY p.id, m.type)
