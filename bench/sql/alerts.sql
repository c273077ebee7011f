-- alerts
-- One line for each red flag of the method that is up, as the page has it: a record under its gravest flag of those that
-- say the same. Snoozed ones are among them. Referrals are judged by whole days; quotas (Q1) are left out, for what
-- counts towards one is no matter of a query. Stages, kinds and limits are those of the shipped playbook.
WITH verdict AS (
  SELECT lead_id, verdict, MAX(decided_on || printf('%012d', id)) AS last FROM qualification GROUP BY lead_id
), active_lead AS MATERIALIZED (
  SELECT l.id, l.received_on, l.source, l.email FROM lead l
  WHERE l.id NOT IN (SELECT lead_id FROM opportunity WHERE lead_id IS NOT NULL)
    AND l.id NOT IN (SELECT lead_id FROM client WHERE lead_id IS NOT NULL)
    AND l.id NOT IN (SELECT lead_id FROM verdict WHERE verdict = 'no')
), sale AS MATERIALIZED (
  SELECT o.id, o.lead_id, o.client_id, o.opened_on, s.stage,
    CAST(julianday(:today) - julianday(s.since) AS INTEGER) AS days
  FROM opportunity o LEFT JOIN stage_stay s ON s.opportunity_id = o.id AND s.until IS NULL
  WHERE o.id NOT IN (SELECT opportunity_id FROM opportunity_outcome WHERE until IS NULL)
), current_lead AS MATERIALIZED (
  SELECT id, source FROM active_lead
  UNION ALL
  SELECT id, source FROM lead WHERE id IN (SELECT lead_id FROM sale)
    AND id NOT IN (SELECT lead_id FROM verdict WHERE verdict = 'no')
), customer AS MATERIALIZED (
  SELECT id, since_on FROM client
  WHERE id NOT IN (SELECT client_id FROM client_status WHERE until IS NULL AND status = 'former')
), ahead AS MATERIALIZED (
  SELECT lead_id, opportunity_id, client_id, kind FROM event INDEXED BY events_by_day
  WHERE scheduled_for >= :today AND status = 'scheduled'
),
-- Leads.
contact AS (
  SELECT l.id, l.received_on, MAX(
    COALESCE((SELECT MAX(a.done_on) FROM activity a WHERE a.lead_id = l.id AND a.kind NOT IN
      ('add-prospect', 'cold-call-block', 'social-event', 'webinar', 'dial', 'web-form')), ''),
    COALESCE((SELECT MAX(e.closed_on) FROM event e WHERE e.lead_id = l.id AND e.status = 'done'), ''),
    COALESCE((SELECT MAX(r.contacted_on) FROM referral r WHERE r.lead_id = l.id), '')) AS last
  FROM active_lead l
), waited AS (
  SELECT id, CASE last WHEN '' THEN 'critical' ELSE 'warning' END AS severity,
    CAST(julianday(:today) - julianday(CASE last WHEN '' THEN received_on ELSE last END) AS INTEGER) AS days
  FROM contact
), qualified AS (
  SELECT v.lead_id AS id, SUBSTR(v.last, 1, 10) AS since FROM verdict v
  WHERE v.verdict = 'yes' AND v.lead_id IN (SELECT id FROM active_lead)
), attempt AS (
  SELECT a.lead_id AS id, SUM(a.times) AS times, MIN(a.done_on) AS since
  FROM activity a JOIN active_lead l ON l.id = a.lead_id
  WHERE a.kind IN ('follow-up', 'track-call', 'lead-follow-up-call', 'value-add-email', 'dial', 'connected-call', 'email',
      'social-message')
    AND a.done_on > MAX(
      COALESCE((SELECT MAX(y.done_on) FROM activity y WHERE y.lead_id = a.lead_id AND y.response = 'yes'), ''),
      COALESCE((SELECT MAX(e.closed_on) FROM event e WHERE e.lead_id = a.lead_id AND e.status = 'done'), ''))
  GROUP BY a.lead_id
), touched AS MATERIALIZED (
  SELECT COALESCE(w.lead_id, b.lead_id) AS lead_id, w.id, w.kind, w.on_day, w.page
  FROM touch w LEFT JOIN visitor b ON b.id = w.visitor_id
  WHERE COALESCE(w.lead_id, b.lead_id) IN (SELECT id FROM current_lead)
), spoken AS (
  SELECT t.lead_id, MAX(
    COALESCE((SELECT MAX(a.done_on) FROM activity a
      WHERE (a.lead_id = t.lead_id OR a.opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.lead_id = t.lead_id))
      AND a.done_on <= :today AND a.kind NOT IN
      ('add-prospect', 'cold-call-block', 'social-event', 'webinar', 'dial', 'web-form')), ''),
    COALESCE((SELECT MAX(e.closed_on) FROM event e
      WHERE (e.lead_id = t.lead_id OR e.opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.lead_id = t.lead_id))
      AND e.status = 'done'), ''),
    COALESCE((SELECT MAX(r.contacted_on) FROM referral r WHERE r.lead_id = t.lead_id), '')) AS last
  FROM (SELECT DISTINCT lead_id FROM touched) t
), news AS (
  SELECT t.* FROM touched t JOIN spoken s ON s.lead_id = t.lead_id
  WHERE t.on_day > s.last AND t.on_day BETWEEN date(:today, '-14 days') AND :today
), opened AS MATERIALIZED (
  SELECT lead_id AS id, MIN(on_day) AS since FROM news WHERE page GLOB '/pricing*' OR page GLOB '/contact*' GROUP BY lead_id
), silence AS (
  SELECT id, julianday(on_day) - julianday(LAG(on_day) OVER (PARTITION BY lead_id ORDER BY on_day, id)) AS days
  FROM touched WHERE kind <> 'unsubscribe'
), returned AS (
  SELECT n.lead_id AS id, MIN(n.on_day) AS since FROM news n JOIN silence s ON s.id = n.id WHERE s.days > 14 GROUP BY n.lead_id
),
-- Readings that fell twice running: scores of leads, engagement of clients.
measured AS (
  SELECT COALESCE(lead_id, client_id) AS id, kind, on_day, value, LEAD(value) OVER w AS before, ROW_NUMBER() OVER w AS place
  FROM reading WHERE (kind = 'score' AND lead_id IS NOT NULL) OR (kind = 'engagement' AND client_id IS NOT NULL)
  WINDOW w AS (PARTITION BY kind, lead_id, client_id ORDER BY on_day DESC, id DESC)
), fallen AS MATERIALIZED (
  SELECT id, kind, MIN(on_day) AS since FROM measured WHERE place <= 2 AND value < before GROUP BY kind, id HAVING COUNT(*) = 2
),
-- Bookings of what is still worked.
booked AS (
  SELECT e.id, e.kind, CAST(julianday(e.scheduled_for) - julianday(e.set_on) AS INTEGER) AS gap
  FROM event e WHERE e.status = 'scheduled' AND CASE
    WHEN e.opportunity_id IS NOT NULL THEN e.opportunity_id IN (SELECT id FROM sale)
    WHEN e.client_id IS NOT NULL THEN e.client_id IN (SELECT id FROM customer)
    ELSE e.lead_id IN (SELECT id FROM current_lead) END
), far AS (
  SELECT id, gap AS days, CASE WHEN kind <> 'client-visit' AND gap > 10 THEN 'S1' WHEN gap > CASE kind
    WHEN 'introductory-call' THEN 2 WHEN 'discovery-meeting' THEN 6 WHEN 'proposal-presentation' THEN 10
    WHEN 'realignment-meeting' THEN 8 WHEN 'final-questions-session' THEN 7 WHEN 'client-visit' THEN 14 END THEN 'S8' END AS code
  FROM booked
),
-- Opportunities.
finished AS MATERIALIZED (
  SELECT stage, AVG(julianday(until) - julianday(since)) AS mean, COUNT(*) AS stays
  FROM stage_stay WHERE until >= since GROUP BY stage
), pace AS (
  SELECT s.id, s.days, CASE WHEN s.stage = 'proposal' AND s.days > 30 THEN 'S5'
    WHEN s.days > CASE s.stage WHEN 'intro' THEN 5 WHEN 'mutual-discovery' THEN 15 WHEN 'proposal' THEN 20
      WHEN 'realign' THEN 18 WHEN 'overcome' THEN 25 END THEN 'S7'
    WHEN f.stays >= 8 AND s.days > 2 * f.mean AND s.stage <> 'visit' THEN 'S2' END AS code,
    s.days > CASE s.stage WHEN 'intro' THEN 7 WHEN 'mutual-discovery' THEN 20 WHEN 'proposal' THEN 30
      WHEN 'realign' THEN 25 WHEN 'overcome' THEN 35 END AS worse
  FROM sale s LEFT JOIN finished f ON f.stage = s.stage
), idle AS (
  SELECT s.id, COALESCE(
    (SELECT MAX(COALESCE(e.closed_on, e.scheduled_for)) FROM event e WHERE e.opportunity_id = s.id), s.opened_on) AS since
  FROM sale s WHERE s.id NOT IN (SELECT opportunity_id FROM ahead WHERE opportunity_id IS NOT NULL)
    AND (s.lead_id IS NULL
      OR s.lead_id NOT IN (SELECT lead_id FROM ahead WHERE opportunity_id IS NULL AND lead_id IS NOT NULL))
), judged AS (
  SELECT e.opportunity_id AS id, e.closed_on, e.anticipated_stage <> e.actual_stage AS missed,
    ROW_NUMBER() OVER (PARTITION BY e.opportunity_id ORDER BY e.closed_on DESC, e.id DESC) AS place
  FROM sale s JOIN event e ON e.opportunity_id = s.id
  WHERE e.status = 'done' AND e.anticipated_stage IS NOT NULL AND e.actual_stage IS NOT NULL
), surprised AS (
  SELECT id, MAX(closed_on) AS since FROM judged WHERE place <= 5 AND missed GROUP BY id HAVING COUNT(*) >= 3
), placed AS (
  SELECT y.opportunity_id AS id, y.since, y.sequence, CASE y.stage WHEN 'intro' THEN 1 WHEN 'mutual-discovery' THEN 2
    WHEN 'proposal' THEN 3 WHEN 'realign' THEN 4 WHEN 'overcome' THEN 5 WHEN 'visit' THEN 6 END AS position
  FROM sale s JOIN stage_stay y ON y.opportunity_id = s.id
), moved AS (
  SELECT id, since, position < LAG(position) OVER (PARTITION BY id ORDER BY sequence) AS back
  FROM placed WHERE position IS NOT NULL
), backward AS (
  SELECT id, MAX(since) AS since FROM moved WHERE back GROUP BY id HAVING COUNT(*) >= 2
),
-- Clients.
visited AS MATERIALIZED (
  SELECT c.id, CAST(julianday(:today) - julianday(
    COALESCE((SELECT MAX(v.held_on) FROM visit v WHERE v.client_id = c.id), c.since_on)) AS INTEGER) AS days,
    c.id IN (SELECT client_id FROM ahead WHERE kind = 'client-visit' AND client_id IS NOT NULL) AS covered
  FROM customer c
), unseen AS (
  SELECT id, days, CASE WHEN days > 120 OR (days > 90 AND NOT covered) THEN 'C1' WHEN NOT covered THEN 'C7' END AS code
  FROM visited
), rated AS MATERIALIZED (
  SELECT c.id, c.since_on, (SELECT r.value FROM reading r WHERE r.client_id = c.id AND r.kind = 'health'
    AND r.on_day <= :today AND r.parts IS NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS health
  FROM customer c
),
-- The formula, for whom nobody rated: its five parts in points, unknown ones left out.
fact AS (
  SELECT c.id,
    (SELECT CAST(julianday(:today) - julianday(MAX(v.held_on)) AS INTEGER) FROM visit v
      WHERE v.client_id = c.id AND v.held_on <= :today) AS visited,
    (SELECT v.satisfaction FROM visit v WHERE v.client_id = c.id AND v.held_on <= :today AND v.satisfaction IS NOT NULL
      ORDER BY v.held_on DESC, v.id DESC LIMIT 1) AS satisfied,
    CASE WHEN julianday(:today) - julianday(c.since_on) >= 365 THEN (SELECT SUM(julianday(:today) - julianday(v.held_on) < 365)
      FROM visit v WHERE v.client_id = c.id AND v.held_on <= :today) END AS visits,
    (SELECT SUM(v.kind = 'problem-solving' AND julianday(:today) - julianday(v.held_on) < 365)
      FROM visit v WHERE v.client_id = c.id AND v.held_on <= :today AND v.kind IS NOT NULL) AS problems,
    (SELECT SUM((t.done_on IS NULL OR t.done_on > :today) AND (SELECT r.text FROM reading r WHERE r.task_id = t.id
        AND r.kind = 'due' AND r.on_day <= :today ORDER BY r.on_day DESC, r.id DESC LIMIT 1) < :today)
      FROM task t WHERE t.created_on <= :today AND (t.client_id = c.id
        OR t.opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.client_id = c.id))) AS overdue
  FROM rated c WHERE c.health IS NULL
), part AS (
  SELECT id, 30 AS weight, CAST(100 * MIN(MAX(120 - visited, 0), 90) / 90.0 + 0.5 AS INTEGER) AS points FROM fact
  UNION ALL SELECT id, 40, CAST(100 * MIN(MAX(satisfied - 1, 0), 4) / 4.0 + 0.5 AS INTEGER) FROM fact
  UNION ALL SELECT id, 10, CAST(100 * MIN(visits, 4) / 4.0 + 0.5 AS INTEGER) FROM fact
  UNION ALL SELECT id, 10, CAST(100 * MAX(3 - problems, 0) / 3.0 + 0.5 AS INTEGER) FROM fact
  UNION ALL SELECT id, 10, CAST(100 * MAX(3 - overdue, 0) / 3.0 + 0.5 AS INTEGER) FROM fact
), formula AS (
  SELECT id, CAST(SUM(weight * points) * 1.0 / SUM(weight) FILTER (WHERE points IS NOT NULL) + 0.5 AS INTEGER) AS health
  FROM part GROUP BY id HAVING SUM(weight) FILTER (WHERE points IS NOT NULL) >= 50
), ailing AS (
  SELECT c.id FROM rated c LEFT JOIN formula f ON f.id = c.id
  WHERE COALESCE(c.health, f.health, (SELECT r.value FROM reading r WHERE r.client_id = c.id AND r.kind = 'health'
    AND r.on_day <= :today AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) < 70
), ill AS (
  SELECT a.id, (SELECT MIN(r.on_day) FROM reading r WHERE r.client_id = a.id AND r.kind = 'health' AND r.value < 70
    AND r.on_day <= :today AND r.on_day || printf('%012d', r.id) > COALESCE((SELECT MAX(w.on_day || printf('%012d', w.id))
      FROM reading w WHERE w.client_id = a.id AND w.kind = 'health' AND w.value >= 70 AND w.on_day <= :today), '')) AS since
  FROM ailing a
),
since AS (
  SELECT 'L2' AS code, 'L' AS letter, 'warning' AS severity, q.id, q.since FROM qualified q
  WHERE julianday(:today) - julianday(q.since) > 7 AND NOT EXISTS (SELECT 1 FROM event e WHERE e.lead_id = q.id
    AND ((e.status = 'scheduled' AND e.scheduled_for >= q.since) OR (e.status = 'done' AND e.closed_on >= q.since)))
  UNION ALL SELECT 'L3', 'L', 'warning', l.id, l.received_on FROM lead l
    JOIN current_lead c ON c.id = l.id WHERE COALESCE(c.source, '') = ''
  UNION ALL SELECT 'L4', 'L', 'warning', id, since FROM fallen
    WHERE kind = 'score' AND id IN (SELECT id FROM active_lead)
  UNION ALL SELECT 'L5', 'L', 'warning', a.id, a.since FROM attempt a WHERE a.times >= 3
    AND NOT EXISTS (SELECT 1 FROM event e WHERE e.lead_id = a.id AND e.status = 'scheduled')
  UNION ALL SELECT 'L6', 'L', 'warning', id, since FROM opened
  UNION ALL SELECT 'L7', 'L', 'warning', id, since FROM returned WHERE id NOT IN (SELECT id FROM opened)
  UNION ALL SELECT 'S3', 'O', 'warning', id, since FROM idle
  UNION ALL SELECT 'S4', 'O', 'warning', id, since FROM surprised
  UNION ALL SELECT 'S6', 'O', 'warning', id, since FROM backward
  UNION ALL SELECT 'C2', 'C', 'critical', id, COALESCE(since, :today) FROM ill
  UNION ALL SELECT 'C3', 'C', 'warning', id, since FROM fallen
    WHERE kind = 'engagement' AND id IN (SELECT id FROM customer)
  UNION ALL SELECT 'C4', 'C', 'warning', id, since_on FROM customer
    WHERE id NOT IN (SELECT client_id FROM testimonial)
  UNION ALL SELECT 'C6', 'C', 'warning', u.client_id, MIN(u.found_on) FROM upsell u
    WHERE u.closed_on IS NULL AND u.client_id IN (SELECT id FROM customer) GROUP BY u.client_id
  UNION ALL SELECT 'R1', 'R', 'critical', id, received_on FROM referral
    WHERE contacted_on IS NULL AND declined_on IS NULL AND julianday(:today) - julianday(received_on) >= 2
), up AS (
  SELECT code, letter, severity, id, CAST(julianday(:today) - julianday(since) AS INTEGER) AS days FROM since
  UNION ALL SELECT 'L1', 'L', severity, id, days FROM waited WHERE days > CASE severity WHEN 'critical' THEN 5 ELSE 3 END
  UNION ALL SELECT code, 'E', 'warning', id, days FROM far WHERE code IS NOT NULL
  UNION ALL SELECT code, 'O', CASE WHEN code = 'S5' OR (code = 'S7' AND worse) THEN 'critical' ELSE 'warning' END, id, days
    FROM pace WHERE code IS NOT NULL
  UNION ALL SELECT code, 'C', CASE WHEN code = 'C1' AND days > 120 THEN 'critical' ELSE 'warning' END, id, days
    FROM unseen WHERE code IS NOT NULL
  UNION ALL SELECT 'C5', 'C', 'critical', r.client_id, 60 - CAST(julianday(MIN(r.due_on)) - julianday(:today) AS INTEGER)
    FROM renewal r WHERE r.discussed_on IS NULL AND r.client_id IN (SELECT id FROM customer) GROUP BY r.client_id
    HAVING julianday(MIN(r.due_on)) - julianday(:today) < 60
)
SELECT severity, code, letter || id AS record, MAX(days, 0) AS days FROM up ORDER BY severity, days DESC, code, id;
