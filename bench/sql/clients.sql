-- active_clients
SELECT COUNT(*) AS n FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > :on);

-- client_health
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on, (SELECT r.value FROM reading AS r WHERE r.client_id = c.id AND r.kind = 'health' AND r.on_day <= :on
    AND r.parts IS NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS by_hand
  FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
task_of AS (SELECT id, client_id FROM task WHERE client_id IS NOT NULL
  UNION SELECT t.id, o.client_id FROM opportunity AS o JOIN task AS t ON t.opportunity_id = o.id WHERE o.client_id IS NOT NULL),
late AS MATERIALIZED (
  SELECT y.client_id, SUM((t.done_on IS NULL OR t.done_on > :on) AND COALESCE((SELECT r.text FROM reading AS r
    WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on ORDER BY r.on_day DESC, r.id DESC LIMIT 1) < :on, 0)) AS tasks
  FROM task_of AS y JOIN task AS t ON t.id = y.id WHERE t.created_on <= :on
  AND y.client_id IN (SELECT id FROM active WHERE by_hand IS NULL) GROUP BY y.client_id),
fact AS MATERIALIZED (
  SELECT a.id, MAX(CAST(julianday(:on) - julianday((SELECT MAX(v.held_on) FROM visit AS v
      WHERE v.client_id = a.id AND v.held_on <= :on)) AS INTEGER)) AS ago,
    (SELECT v.satisfaction FROM visit AS v WHERE v.client_id = a.id AND v.held_on <= :on AND v.satisfaction IS NOT NULL
     ORDER BY v.held_on DESC, v.id DESC LIMIT 1) AS happy,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN SUM(w.held_on > date(:on, '-365 days')) END AS year,
    SUM(CASE WHEN w.kind IN ('qbr', 'check-in', 'kickoff', 'problem-solving', 'celebration')
        THEN w.kind = 'problem-solving' AND w.held_on > date(:on, '-365 days') END) AS problems,
    (SELECT l.tasks FROM late AS l WHERE l.client_id = a.id) AS tasks
  FROM active AS a LEFT JOIN visit AS w ON w.client_id = a.id AND w.held_on <= :on WHERE a.by_hand IS NULL GROUP BY a.id),
part AS (
  SELECT id,
    30 * (ago IS NOT NULL) + 40 * (happy IS NOT NULL) + 10 * (year IS NOT NULL) + 10 * (problems IS NOT NULL)
      + 10 * (tasks IS NOT NULL) AS known,
    COALESCE(30 * CASE WHEN ago >= 120 THEN 0 WHEN ago <= 30 THEN 100 ELSE (200 * (120 - ago) + 90) / 180 END, 0)
      + COALESCE(40 * CASE WHEN happy <= 1 THEN 0 WHEN happy >= 5 THEN 100 ELSE (200 * (happy - 1) + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN year <= 0 THEN 0 WHEN year >= 4 THEN 100 ELSE (200 * year + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN problems >= 3 THEN 0 WHEN problems <= 0 THEN 100 ELSE (200 * (3 - problems) + 3) / 6 END, 0)
      + COALESCE(10 * CASE WHEN tasks >= 3 THEN 0 WHEN tasks <= 0 THEN 100 ELSE (200 * (3 - tasks) + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT a.id, a.since_on, COALESCE(a.by_hand, CASE WHEN p.known >= 50 THEN (2 * p.points + p.known) / (2 * p.known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = a.id AND r.kind = 'health' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) AS health
  FROM active AS a LEFT JOIN part AS p ON p.id = a.id)
SELECT COUNT(health) AS n, AVG(health) AS value, COUNT(*) - COUNT(health) AS left_out FROM rated;

-- days_since_last_visit
WITH active AS (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on)
SELECT COUNT(*) AS n, AVG(julianday(:on) - julianday(COALESCE(
  (SELECT MAX(v.held_on) FROM visit AS v WHERE v.client_id = a.id AND v.held_on <= :on), a.since_on))) AS value
FROM active AS a;

-- at_risk_clients
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on, (SELECT r.value FROM reading AS r WHERE r.client_id = c.id AND r.kind = 'health' AND r.on_day <= :on
    AND r.parts IS NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS by_hand
  FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
task_of AS (SELECT id, client_id FROM task WHERE client_id IS NOT NULL
  UNION SELECT t.id, o.client_id FROM opportunity AS o JOIN task AS t ON t.opportunity_id = o.id WHERE o.client_id IS NOT NULL),
late AS MATERIALIZED (
  SELECT y.client_id, SUM((t.done_on IS NULL OR t.done_on > :on) AND COALESCE((SELECT r.text FROM reading AS r
    WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on ORDER BY r.on_day DESC, r.id DESC LIMIT 1) < :on, 0)) AS tasks
  FROM task_of AS y JOIN task AS t ON t.id = y.id WHERE t.created_on <= :on
  AND y.client_id IN (SELECT id FROM active WHERE by_hand IS NULL) GROUP BY y.client_id),
fact AS MATERIALIZED (
  SELECT a.id, MAX(CAST(julianday(:on) - julianday((SELECT MAX(v.held_on) FROM visit AS v
      WHERE v.client_id = a.id AND v.held_on <= :on)) AS INTEGER)) AS ago,
    (SELECT v.satisfaction FROM visit AS v WHERE v.client_id = a.id AND v.held_on <= :on AND v.satisfaction IS NOT NULL
     ORDER BY v.held_on DESC, v.id DESC LIMIT 1) AS happy,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN SUM(w.held_on > date(:on, '-365 days')) END AS year,
    SUM(CASE WHEN w.kind IN ('qbr', 'check-in', 'kickoff', 'problem-solving', 'celebration')
        THEN w.kind = 'problem-solving' AND w.held_on > date(:on, '-365 days') END) AS problems,
    (SELECT l.tasks FROM late AS l WHERE l.client_id = a.id) AS tasks
  FROM active AS a LEFT JOIN visit AS w ON w.client_id = a.id AND w.held_on <= :on WHERE a.by_hand IS NULL GROUP BY a.id),
part AS (
  SELECT id,
    30 * (ago IS NOT NULL) + 40 * (happy IS NOT NULL) + 10 * (year IS NOT NULL) + 10 * (problems IS NOT NULL)
      + 10 * (tasks IS NOT NULL) AS known,
    COALESCE(30 * CASE WHEN ago >= 120 THEN 0 WHEN ago <= 30 THEN 100 ELSE (200 * (120 - ago) + 90) / 180 END, 0)
      + COALESCE(40 * CASE WHEN happy <= 1 THEN 0 WHEN happy >= 5 THEN 100 ELSE (200 * (happy - 1) + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN year <= 0 THEN 0 WHEN year >= 4 THEN 100 ELSE (200 * year + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN problems >= 3 THEN 0 WHEN problems <= 0 THEN 100 ELSE (200 * (3 - problems) + 3) / 6 END, 0)
      + COALESCE(10 * CASE WHEN tasks >= 3 THEN 0 WHEN tasks <= 0 THEN 100 ELSE (200 * (3 - tasks) + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT a.id, a.since_on, COALESCE(a.by_hand, CASE WHEN p.known >= 50 THEN (2 * p.points + p.known) / (2 * p.known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = a.id AND r.kind = 'health' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) AS health
  FROM active AS a LEFT JOIN part AS p ON p.id = a.id)
SELECT COUNT(*) AS n FROM rated AS g WHERE g.health < 70 OR date(:on, '-90 days') > COALESCE(
  (SELECT MAX(v.held_on) FROM visit AS v WHERE v.client_id = g.id AND v.held_on <= :on), g.since_on);

-- clients_with_next_visit
WITH active AS (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (
  SELECT client_id FROM event WHERE kind = 'client-visit' AND scheduled_for >= :on AND set_on <= :on
  AND (closed_on IS NULL OR closed_on > :on))) AS hits FROM active;

-- clients_with_high_health
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on, (SELECT r.value FROM reading AS r WHERE r.client_id = c.id AND r.kind = 'health' AND r.on_day <= :on
    AND r.parts IS NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS by_hand
  FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
task_of AS (SELECT id, client_id FROM task WHERE client_id IS NOT NULL
  UNION SELECT t.id, o.client_id FROM opportunity AS o JOIN task AS t ON t.opportunity_id = o.id WHERE o.client_id IS NOT NULL),
late AS MATERIALIZED (
  SELECT y.client_id, SUM((t.done_on IS NULL OR t.done_on > :on) AND COALESCE((SELECT r.text FROM reading AS r
    WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on ORDER BY r.on_day DESC, r.id DESC LIMIT 1) < :on, 0)) AS tasks
  FROM task_of AS y JOIN task AS t ON t.id = y.id WHERE t.created_on <= :on
  AND y.client_id IN (SELECT id FROM active WHERE by_hand IS NULL) GROUP BY y.client_id),
fact AS MATERIALIZED (
  SELECT a.id, MAX(CAST(julianday(:on) - julianday((SELECT MAX(v.held_on) FROM visit AS v
      WHERE v.client_id = a.id AND v.held_on <= :on)) AS INTEGER)) AS ago,
    (SELECT v.satisfaction FROM visit AS v WHERE v.client_id = a.id AND v.held_on <= :on AND v.satisfaction IS NOT NULL
     ORDER BY v.held_on DESC, v.id DESC LIMIT 1) AS happy,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN SUM(w.held_on > date(:on, '-365 days')) END AS year,
    SUM(CASE WHEN w.kind IN ('qbr', 'check-in', 'kickoff', 'problem-solving', 'celebration')
        THEN w.kind = 'problem-solving' AND w.held_on > date(:on, '-365 days') END) AS problems,
    (SELECT l.tasks FROM late AS l WHERE l.client_id = a.id) AS tasks
  FROM active AS a LEFT JOIN visit AS w ON w.client_id = a.id AND w.held_on <= :on WHERE a.by_hand IS NULL GROUP BY a.id),
part AS (
  SELECT id,
    30 * (ago IS NOT NULL) + 40 * (happy IS NOT NULL) + 10 * (year IS NOT NULL) + 10 * (problems IS NOT NULL)
      + 10 * (tasks IS NOT NULL) AS known,
    COALESCE(30 * CASE WHEN ago >= 120 THEN 0 WHEN ago <= 30 THEN 100 ELSE (200 * (120 - ago) + 90) / 180 END, 0)
      + COALESCE(40 * CASE WHEN happy <= 1 THEN 0 WHEN happy >= 5 THEN 100 ELSE (200 * (happy - 1) + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN year <= 0 THEN 0 WHEN year >= 4 THEN 100 ELSE (200 * year + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN problems >= 3 THEN 0 WHEN problems <= 0 THEN 100 ELSE (200 * (3 - problems) + 3) / 6 END, 0)
      + COALESCE(10 * CASE WHEN tasks >= 3 THEN 0 WHEN tasks <= 0 THEN 100 ELSE (200 * (3 - tasks) + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT a.id, a.since_on, COALESCE(a.by_hand, CASE WHEN p.known >= 50 THEN (2 * p.points + p.known) / (2 * p.known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = a.id AND r.kind = 'health' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) AS health
  FROM active AS a LEFT JOIN part AS p ON p.id = a.id)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE health > 85) AS hits, COUNT(*) - COUNT(health) AS still_open FROM rated;

-- clients_on_visit_plan
WITH active AS (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
lived AS (
  SELECT client_id, CAST(CASE WHEN until IS NULL OR until > :on THEN julianday(:on) + 1 ELSE julianday(until) END
    - julianday(MAX(since, date(:on, '-364 days'))) AS INTEGER) AS days
  FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > date(:on, '-364 days'))),
asked AS (SELECT client_id, SUM(days) AS days FROM lived GROUP BY client_id),
visited AS (
  SELECT client_id, COUNT(*) AS visits FROM visit WHERE held_on BETWEEN date(:on, '-364 days') AND :on GROUP BY client_id)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE COALESCE(v.visits, 0) >= 4 * d.days / 365) AS hits
FROM active AS a JOIN asked AS d ON d.client_id = a.id LEFT JOIN visited AS v ON v.client_id = a.id;

-- client_days_of_year
WITH lived AS (
  SELECT client_id, CAST(CASE WHEN until IS NULL OR until > :on THEN julianday(:on) + 1 ELSE julianday(until) END
    - julianday(MAX(since, date(:on, '-364 days'))) AS INTEGER) AS days
  FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > date(:on, '-364 days')))
SELECT COUNT(*) AS n, COALESCE(SUM(days), 0) AS total FROM lived;

-- visits_of_year
SELECT COUNT(*) AS n FROM visit WHERE held_on BETWEEN date(:on, '-364 days') AND :on;

-- referrals_of_year
SELECT COUNT(*) AS n FROM referral WHERE received_on BETWEEN date(:on, '-364 days') AND :on;

-- referrals_given
SELECT COUNT(*) AS n, AVG(COALESCE(c.referrals_before, 0)
  + (SELECT COUNT(*) FROM referral AS r WHERE r.client_id = c.id AND r.received_on <= :on)) AS value
FROM client AS c WHERE c.since_on <= :on;
