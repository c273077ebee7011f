-- points
WITH logged AS MATERIALIZED (
  SELECT id, kind, times, done_on, owner, lead_id, opportunity_id, client_id, CASE kind
    WHEN 'add-prospect' THEN 3 WHEN 'first-appointment' THEN 10 WHEN 'discovery-meeting' THEN 12 WHEN 'presentation' THEN 14
    WHEN 'follow-up-appointment' THEN 16 WHEN 'proactive-date' THEN 5 WHEN 'follow-up' THEN 1 WHEN 'thank-you-postcard' THEN 1
    WHEN 'cold-call-block' THEN 15 WHEN 'track-call' THEN 1 WHEN 'lead-follow-up-call' THEN 1 WHEN 'social-event' THEN 10
    WHEN 'webinar' THEN 10 WHEN 'client-lunch' THEN 5 WHEN 'value-add-email' THEN 2 WHEN 'technology-business-review' THEN 20
    WHEN 'referral-given' THEN 5 WHEN 'hardware-quote' THEN 5 WHEN 'addendum-quote' THEN 10 WHEN 'thank-you-card' THEN 1
    WHEN 'wow-experience' THEN 10 WHEN 'dial' THEN 0 WHEN 'connected-call' THEN 0 WHEN 'email' THEN 0 WHEN 'chat' THEN 0
    WHEN 'social-message' THEN 0 WHEN 'web-form' THEN 0 WHEN 'appointment' THEN 0 WHEN 'demo' THEN 0 WHEN 'proposal' THEN 0 END AS points
  FROM activity WHERE done_on BETWEEN :first AND :last),
-- Whom what was logged is with; only what earns by itself on the same day can be the same.
stand_in AS MATERIALIZED (
  SELECT a.kind, a.done_on AS day, a.times, COALESCE(a.owner, '') AS owner, COALESCE('L' || COALESCE(a.lead_id, o.lead_id, c.lead_id),
    'C' || COALESCE(a.client_id, o.client_id), 'O' || a.opportunity_id) AS party
  FROM logged AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  LEFT JOIN client AS c ON c.id = COALESCE(a.client_id, o.client_id)
  WHERE a.kind IN ('add-prospect', 'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment',
    'technology-business-review')),
busy AS MATERIALIZED (SELECT DISTINCT kind, day FROM stand_in),
held AS MATERIALIZED (
  SELECT e.id, e.closed_on AS day, CASE e.kind WHEN 'introductory-call' THEN 'first-appointment'
    WHEN 'discovery-meeting' THEN 'discovery-meeting' WHEN 'proposal-presentation' THEN 'presentation'
    ELSE 'follow-up-appointment' END AS kind
  FROM event AS e WHERE e.status = 'done' AND e.closed_on BETWEEN :first AND :last
  AND e.kind IN ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'final-questions-session')
  AND e.id NOT IN (SELECT event_id FROM visit WHERE event_id IS NOT NULL AND kind = 'qbr')),
sole AS (
  SELECT 'event' AS how, h.id, h.kind, h.day,
    COALESCE('L' || COALESCE(e.lead_id, o.lead_id, c.lead_id), 'C' || c.id, 'O' || e.opportunity_id) AS party,
    COALESCE(e.assigned_to, (SELECT t.owner FROM opportunity_terms AS t WHERE t.opportunity_id = e.opportunity_id
        AND t.on_day <= h.day ORDER BY t.on_day DESC, t.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.lead_id = e.lead_id AND r.kind = 'owner' AND r.on_day <= h.day ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.lead_id = e.lead_id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.client_id = e.client_id AND r.kind = 'owner' AND r.on_day <= h.day ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.client_id = e.client_id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1), '') AS owner
  FROM held AS h JOIN event AS e ON e.id = h.id LEFT JOIN opportunity AS o ON o.id = e.opportunity_id
  LEFT JOIN client AS c ON c.id = COALESCE(e.client_id, o.client_id) WHERE (h.kind, h.day) IN busy
  UNION ALL
  SELECT 'visit', v.id, 'technology-business-review', v.held_on, COALESCE('L' || c.lead_id, 'C' || c.id), COALESCE(v.owner,
      (SELECT r.text FROM reading AS r WHERE r.client_id = v.client_id AND r.kind = 'owner' AND r.on_day <= v.held_on ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.client_id = v.client_id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1), '')
  FROM visit AS v JOIN client AS c ON c.id = v.client_id WHERE v.kind = 'qbr' AND v.held_on BETWEEN :first AND :last
  AND ('technology-business-review', v.held_on) IN busy
  UNION ALL
  SELECT 'lead', l.id, 'add-prospect', l.received_on, 'L' || l.id, COALESCE(
      (SELECT r.text FROM reading AS r WHERE r.lead_id = l.id AND r.kind = 'owner' AND r.on_day <= l.received_on ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.lead_id = l.id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1), '')
  FROM lead AS l WHERE l.received_on BETWEEN :first AND :last AND ('add-prospect', l.received_on) IN busy),
-- Of one kind and day: first what was logged with the same party, then what was logged with nobody, for each owner.
named AS (
  SELECT s.*, ROW_NUMBER() OVER (PARTITION BY kind, day, party ORDER BY how, id) <= COALESCE((
    SELECT SUM(x.times) FROM stand_in AS x WHERE x.kind = s.kind AND x.day = s.day AND x.party = s.party), 0) AS same FROM sole AS s),
doubled AS (
  SELECT kind FROM named WHERE same
  UNION ALL
  SELECT kind FROM (
    SELECT n.kind, n.day, n.owner, ROW_NUMBER() OVER (PARTITION BY kind, day, owner ORDER BY how, id) AS place FROM named AS n
    WHERE NOT same) AS n
  WHERE place <= (SELECT SUM(x.times) FROM stand_in AS x
    WHERE x.kind = n.kind AND x.day = n.day AND x.owner = n.owner AND x.party IS NULL)),
counted AS (
  SELECT COUNT(points) AS n, SUM(times * points) AS total, COUNT(*) - COUNT(points) AS left_out FROM logged
  UNION ALL
  SELECT SUM(n), SUM(n * CASE kind WHEN 'first-appointment' THEN 10 WHEN 'discovery-meeting' THEN 12 WHEN 'presentation' THEN 14
    WHEN 'follow-up-appointment' THEN 16 WHEN 'technology-business-review' THEN 20 ELSE 3 END), SUM(out)
  FROM (
    SELECT kind, COUNT(*) AS n, 0 AS out FROM held GROUP BY kind
    UNION ALL SELECT 'technology-business-review', COUNT(*), 0 FROM visit WHERE kind = 'qbr' AND held_on BETWEEN :first AND :last
    UNION ALL SELECT 'add-prospect', COUNT(*), 0 FROM lead WHERE received_on BETWEEN :first AND :last
    UNION ALL SELECT kind, -COUNT(*), COUNT(*) FROM doubled GROUP BY kind))
SELECT COALESCE(SUM(n), 0) AS n, COALESCE(SUM(total), 0) AS total, COALESCE(SUM(left_out), 0) AS left_out FROM counted;
