-- report charter
WITH done AS (
  SELECT owner, kind, times, minutes, outcome, response FROM activity WHERE done_on BETWEEN :first AND :last),
met AS (
  SELECT opportunity_id, 1 AS made, 0 AS held FROM event WHERE set_on BETWEEN :first AND :last AND kind <> 'client-visit'
  UNION ALL
  SELECT opportunity_id, 0, 1 FROM event WHERE closed_on BETWEEN :first AND :last AND status = 'done' AND kind <> 'client-visit'),
each AS MATERIALIZED (
  SELECT owner, SUM(times) FILTER (WHERE kind IN ('dial', 'connected-call', 'track-call', 'lead-follow-up-call')) AS calls,
    SUM(times) FILTER (WHERE kind IN ('dial', 'connected-call', 'track-call', 'lead-follow-up-call')
      AND (outcome IS NOT NULL OR response IS NOT NULL)) AS calls_with_outcome,
    SUM(times) FILTER (WHERE kind IN ('email', 'value-add-email')) AS emails,
    SUM(times) FILTER (WHERE minutes > 5 AND kind NOT IN ('add-prospect', 'cold-call-block', 'social-event', 'webinar', 'dial', 'web-form'))
      AS conversations, 0 AS made, 0 AS held FROM done GROUP BY owner
  UNION ALL
  SELECT (SELECT t.owner FROM opportunity_terms AS t WHERE t.opportunity_id = m.opportunity_id ORDER BY t.on_day DESC, t.id DESC LIMIT 1),
    NULL, NULL, NULL, NULL, made, held FROM met AS m)
SELECT COALESCE(owner, 'no owner') AS owner, SUM(calls) AS calls, SUM(calls_with_outcome) AS calls_with_outcome, SUM(emails) AS emails,
  SUM(conversations) AS conversations, SUM(made) AS appointments_set, SUM(held) AS appointments FROM each GROUP BY owner
HAVING calls > 0 OR calls_with_outcome > 0 OR emails > 0 OR conversations > 0 OR appointments_set > 0 OR appointments > 0
UNION ALL SELECT 'all', COALESCE(SUM(calls), 0), COALESCE(SUM(calls_with_outcome), 0), COALESCE(SUM(emails), 0),
  COALESCE(SUM(conversations), 0), SUM(made), SUM(held) FROM each HAVING COUNT(*) > 0;

@worked;

-- Each rule as a query of the records that break it; nobody is on a team, and no rule is snoozed.
WITH rule (name, place) AS (VALUES ('owner', 1), ('customers', 2), ('customers who lost a deal', 3), ('opportunities', 4), ('SQL', 5),
  ('MQL', 6), ('leads and subscribers', 7), ('tasks', 8), ('hygiene', 9)),
refused AS MATERIALIZED (
  SELECT lead_id FROM (SELECT lead_id, verdict, MAX(decided_on || printf('%012d', id)) FROM qualification GROUP BY lead_id)
  WHERE verdict = 'no'),
standing AS MATERIALIZED (
  SELECT lead_id AS id, state FROM lifecycle WHERE until IS NULL AND lead_id NOT IN (SELECT lead_id FROM refused)),
sale AS MATERIALIZED (
  SELECT id, lead_id, client_id, opened_on FROM opportunity
  WHERE id NOT IN (SELECT opportunity_id FROM opportunity_outcome WHERE until IS NULL)),
customer AS MATERIALIZED (
  SELECT id, name, since_on, city, lead_id FROM client
  WHERE id NOT IN (SELECT client_id FROM client_status WHERE until IS NULL AND status = 'former')),
worked_lead AS MATERIALIZED (
  SELECT id, name, city FROM lead WHERE id NOT IN (SELECT lead_id FROM refused) AND (
    id IN (SELECT lead_id FROM sale) OR (id NOT IN (SELECT lead_id FROM opportunity WHERE lead_id IS NOT NULL)
      AND id NOT IN (SELECT lead_id FROM client WHERE lead_id IS NOT NULL)))),
todo AS MATERIALIZED (
  SELECT t.id, t.lead_id, t.opportunity_id, t.client_id, t.created_on, (SELECT r.text FROM reading AS r WHERE r.task_id = t.id
    AND r.kind = 'due' ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS due FROM task AS t WHERE t.done_on IS NULL),
ahead AS MATERIALIZED (
  SELECT 'event' AS what, lead_id, opportunity_id, client_id, NULL AS created_on FROM event
  WHERE status = 'scheduled' AND scheduled_for >= :today
  UNION ALL SELECT 'task', lead_id, opportunity_id, client_id, created_on FROM todo WHERE due >= :today),
lead_ahead AS MATERIALIZED (
  SELECT COALESCE(a.lead_id, o.lead_id) AS id FROM ahead AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  WHERE COALESCE(a.lead_id, o.lead_id) IS NOT NULL),
client_ahead AS MATERIALIZED (
  SELECT COALESCE(a.client_id, o.client_id) AS id FROM ahead AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  WHERE COALESCE(a.client_id, o.client_id) IS NOT NULL),
deal AS MATERIALIZED (
  SELECT o.lead_id AS id, SUM(x.outcome IS 'won') AS won, SUM(x.id IS NULL) AS running
  FROM opportunity AS o LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE o.lead_id IS NOT NULL GROUP BY o.lead_id),
spoken AS (
  SELECT client_id AS id FROM visit WHERE held_on >= date(:today, '-183 days')
  UNION ALL SELECT client_id FROM event WHERE status = 'done' AND closed_on >= date(:today, '-183 days') AND client_id IS NOT NULL
  UNION ALL SELECT COALESCE(a.client_id, o.client_id, c.id) FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  LEFT JOIN client AS c ON c.lead_id = a.lead_id
  WHERE a.done_on >= date(:today, '-183 days') AND a.kind IN ('track-call', 'lead-follow-up-call', 'connected-call')
  AND COALESCE(a.client_id, o.client_id, c.id) IS NOT NULL),
held AS (
  SELECT c.id, COUNT(*) OVER (PARTITION BY r.text) AS n, ROW_NUMBER() OVER (PARTITION BY r.text ORDER BY r.on_day, c.id) AS place
  FROM customer AS c CROSS JOIN reading AS r ON r.id = (SELECT y.id FROM reading AS y WHERE y.client_id = c.id AND y.kind = 'owner'
    ORDER BY y.on_day DESC, y.id DESC LIMIT 1)),
closed AS MATERIALIZED (
  SELECT o.client_id AS id, o.id AS deal, x.outcome = 'won' AS won, x.since,
    ROW_NUMBER() OVER (PARTITION BY o.client_id, x.outcome = 'won' ORDER BY x.since DESC, x.id DESC) AS place
  FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id WHERE x.until IS NULL AND o.client_id IS NOT NULL),
answer AS MATERIALIZED (
  SELECT id, MAX(day) AS day FROM (
    SELECT lead_id AS id, done_on AS day FROM activity WHERE response = 'yes' AND lead_id IS NOT NULL
    UNION ALL SELECT lead_id, closed_on FROM event WHERE status = 'done' AND lead_id IN (SELECT id FROM standing WHERE state = 'mql'))
  GROUP BY id),
up AS MATERIALIZED (
  SELECT 'H1' AS code, 'owner' AS rule, 'L' AS letter, s.id FROM standing AS s WHERE state IN ('mql', 'sql') AND COALESCE((
    SELECT r.text FROM reading AS r WHERE r.lead_id = s.id AND r.kind = 'owner' ORDER BY r.on_day DESC, r.id DESC LIMIT 1), '') = ''
  UNION ALL SELECT 'H2', 'owner', 'O', s.id FROM sale AS s WHERE COALESCE((
    SELECT t.owner FROM opportunity_terms AS t WHERE t.opportunity_id = s.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1), '') = ''
  UNION ALL SELECT 'H3', 'owner', 'C', c.id FROM customer AS c WHERE COALESCE((
    SELECT r.text FROM reading AS r WHERE r.client_id = c.id AND r.kind = 'owner' ORDER BY r.on_day DESC, r.id DESC LIMIT 1), '') = ''
  UNION ALL SELECT 'H4', 'customers', 'C', id FROM customer
    WHERE since_on < date(:today, '-183 days') AND id NOT IN (SELECT id FROM spoken)
  UNION ALL SELECT 'H5', 'customers', 'C', id FROM customer WHERE id NOT IN (SELECT id FROM client_ahead)
  UNION ALL SELECT 'H6', 'customers', 'C', id FROM held WHERE n > 150 AND place = 151
  UNION ALL SELECT 'H7', 'customers', 'C', id FROM customer WHERE since_on < date(:today, '-365 days')
    AND id NOT IN (SELECT client_id FROM visit WHERE asked_referral AND held_on >= date(:today, '-365 days'))
    AND id NOT IN (SELECT client_id FROM referral WHERE received_on >= date(:today, '-365 days'))
  UNION ALL SELECT 'H8', 'customers', 'C', id FROM customer WHERE since_on < date(:today, '-365 days')
    AND id NOT IN (SELECT client_id FROM upsell WHERE found_on >= date(:today, '-365 days'))
    AND id NOT IN (SELECT client_id FROM opportunity WHERE opened_on >= date(:today, '-365 days') AND client_id IS NOT NULL)
  UNION ALL SELECT 'H9', 'customers', 'C', x.id FROM closed AS x
    WHERE x.won AND x.place = 1 AND x.since < date(:today, '-365 days') AND x.id IN (SELECT id FROM customer)
    AND NOT EXISTS (SELECT 1 FROM upsell AS u WHERE u.client_id = x.id AND u.found_on >= x.since)
    AND NOT EXISTS (SELECT 1 FROM opportunity AS o WHERE o.client_id = x.id AND o.opened_on >= x.since)
  UNION ALL SELECT 'H10', 'customers who lost a deal', 'C', x.id FROM closed AS x
    WHERE NOT x.won AND x.place = 1 AND x.id IN (SELECT id FROM customer)
    AND NOT EXISTS (SELECT 1 FROM sale AS s WHERE s.client_id = x.id)
    AND NOT EXISTS (SELECT 1 FROM closed AS w WHERE w.id = x.id AND w.won AND w.since >= x.since)
    AND NOT EXISTS (SELECT 1 FROM ahead AS a WHERE a.opportunity_id = x.deal
      OR (a.what = 'task' AND a.client_id = x.id AND a.created_on >= x.since))
  UNION ALL SELECT 'H11', 'opportunities', 'O', s.id FROM sale AS s WHERE s.id NOT IN (
      SELECT opportunity_id FROM ahead WHERE opportunity_id IS NOT NULL)
    AND COALESCE(s.lead_id NOT IN (SELECT lead_id FROM ahead WHERE opportunity_id IS NULL AND lead_id IS NOT NULL), 1)
  UNION ALL SELECT 'H12', 'opportunities', 'O', s.id FROM sale AS s WHERE (
    SELECT t.close_on FROM opportunity_terms AS t WHERE t.opportunity_id = s.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) < :today
  UNION ALL SELECT 'H13', 'opportunities', 'L', y.lead_id FROM lifecycle AS y LEFT JOIN deal AS d ON d.id = y.lead_id
    WHERE y.until IS NULL AND y.state = 'opportunity' AND COALESCE(d.won, 0) = 0 AND COALESCE(d.running, 0) = 0
  UNION ALL SELECT 'H14', 'opportunities', 'L', y.lead_id FROM lifecycle AS y JOIN deal AS d ON d.id = y.lead_id
    WHERE y.until IS NULL AND y.state <> 'customer' AND (d.won > 0 OR (d.running > 0 AND y.state <> 'opportunity'))
  UNION ALL SELECT 'H15', 'SQL', 'L', id FROM standing WHERE state = 'sql' AND id NOT IN (SELECT id FROM lead_ahead)
  UNION ALL SELECT 'H16', 'MQL', 'L', id FROM standing WHERE state = 'mql' AND id NOT IN (SELECT id FROM lead_ahead)
  UNION ALL SELECT 'H17', 'MQL', 'L', lead_id FROM lifecycle WHERE until IS NULL AND state IN ('mql', 'sql')
    AND lead_id IN (SELECT lead_id FROM refused)
  UNION ALL SELECT 'H17', 'MQL', 'L', s.id FROM standing AS s LEFT JOIN answer AS y ON y.id = s.id
    WHERE s.state = 'mql' AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.lead_id = s.id AND e.status = 'scheduled')
    AND ((SELECT MAX(e.closed_on) FROM event AS e WHERE e.lead_id = s.id AND e.status = 'no-show') > COALESCE(y.day, '')
      OR (SELECT SUM(a.times) FROM activity AS a WHERE a.lead_id = s.id AND a.done_on > COALESCE(y.day, '')
        AND a.kind IN ('follow-up', 'track-call', 'lead-follow-up-call', 'value-add-email', 'dial', 'connected-call', 'email',
          'social-message')) >= 3)
  UNION ALL SELECT 'H18', 'leads and subscribers', 'L', s.id FROM standing AS s WHERE s.state IN ('subscriber', 'lead') AND (
    SELECT LOWER(r.text) <> 'marketing' FROM reading AS r WHERE r.lead_id = s.id AND r.kind = 'owner'
    ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
  UNION ALL SELECT 'H19', 'tasks', 'K', id FROM todo WHERE due < date(:today, '-30 days')
  UNION ALL SELECT 'H20', 'hygiene', 'L', id FROM worked_lead
    WHERE name GLOB '[a-z]*' OR SUBSTR(name, LENGTH(RTRIM(name, REPLACE(name, ' ', ''))) + 1) GLOB '[a-z]*'
  UNION ALL SELECT 'H21', 'hygiene', 'C', id FROM customer WHERE name GLOB '[a-z]*'
  UNION ALL SELECT 'H22', 'hygiene', 'L', id FROM worked_lead WHERE COALESCE(city, '') = ''
  UNION ALL SELECT 'H23', 'hygiene', 'C', id FROM customer WHERE COALESCE(city, '') = ''
  UNION ALL SELECT 'H25', 'hygiene', 'O', s.id FROM sale AS s WHERE s.opened_on < date(:today, '-7 days')
    AND NOT EXISTS (SELECT 1 FROM activity AS a WHERE a.opportunity_id = s.id)
    AND NOT EXISTS (SELECT 1 FROM activity AS a WHERE a.lead_id = s.lead_id AND a.done_on >= s.opened_on)
    AND NOT EXISTS (SELECT 1 FROM activity AS a WHERE a.client_id = s.client_id AND a.done_on >= s.opened_on)
    AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.opportunity_id = s.id AND e.status = 'done')
    AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.lead_id = s.lead_id AND e.status = 'done' AND e.closed_on >= s.opened_on)
  UNION ALL SELECT 'H26', 'hygiene', 'O', s.id FROM sale AS s
    WHERE NOT EXISTS (SELECT 1 FROM note AS n WHERE n.opportunity_id = s.id)
    AND NOT EXISTS (SELECT 1 FROM note AS n WHERE n.lead_id = s.lead_id)
    AND NOT EXISTS (SELECT 1 FROM activity AS a WHERE a.opportunity_id = s.id
      AND (COALESCE(a.notes, '') <> '' OR a.id IN (SELECT activity_id FROM note)))
    AND NOT EXISTS (SELECT 1 FROM activity AS a WHERE a.lead_id = s.lead_id AND a.done_on >= s.opened_on
      AND (COALESCE(a.notes, '') <> '' OR a.id IN (SELECT activity_id FROM note)))
    AND NOT EXISTS (SELECT 1 FROM activity AS a WHERE a.client_id = s.client_id AND a.done_on >= s.opened_on
      AND (COALESCE(a.notes, '') <> '' OR a.id IN (SELECT activity_id FROM note)))
    AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.opportunity_id = s.id
      AND (COALESCE(e.discussion, '') <> '' OR e.id IN (SELECT event_id FROM note)))
    AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.lead_id = s.lead_id AND e.closed_on >= s.opened_on
      AND (COALESCE(e.discussion, '') <> '' OR e.id IN (SELECT event_id FROM note)))),
broken AS (
  SELECT code, rule, letter, id FROM up AS u WHERE NOT CASE code
    WHEN 'H5' THEN id IN (SELECT id FROM up WHERE code = 'H10') WHEN 'H8' THEN id IN (SELECT id FROM up WHERE code = 'H9')
    WHEN 'H15' THEN id IN (SELECT id FROM up WHERE code IN ('H14', 'H17')) WHEN 'H16' THEN id IN (SELECT id FROM up WHERE code IN ('H14', 'H17'))
    WHEN 'H18' THEN id IN (SELECT id FROM up WHERE code = 'H14') WHEN 'H26' THEN id IN (SELECT id FROM up WHERE code = 'H25') ELSE 0 END)
SELECT r.name AS rule, COUNT(b.id) AS broken, COUNT(b.id) FILTER (WHERE b.code IN ('H1', 'H2', 'H3', 'H12')) AS critical,
  COUNT(DISTINCT b.letter || b.id) AS records
FROM rule AS r LEFT JOIN broken AS b ON b.rule = r.name GROUP BY r.name ORDER BY r.place;
